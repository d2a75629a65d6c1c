#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: http_probe
short_description: Wait until a URL answers as it should, and say why it does not
version_added: 0.1.0
description:
  - Asks a URL again and again until it answers as wanted, for a bounded time. Over HTTPS the certificate must be valid, be
    issued for the name, and chain to a trusted root.
  - Can connect to another address than the name resolves to, so that a host can ask itself before the world does.
  - A failure names the last cause, what the service logged about the name, and what helps.
  - Can watch the container that answers. What it answered before it restarted does not count, it is not waited for once it
    is lost, and its state and last lines become part of the message.
  - Needs nothing but Python on the host.
author:
  - The landfall.aws authors (@landfall-aws)
options:
  url:
    description:
      - What to ask. Its host is also the name that the certificate must be issued for.
      - Redirects are not followed.
    type: str
    required: true
  connect_to:
    description:
      - Address to connect to, rather than what the URL's host resolves to. The port is the URL's.
    type: str
  status:
    description:
      - What the answer's status may be, each like V(200) or V(2xx).
      - With an empty list any status will do.
      - Where O(refused_status) is empty as well, nothing is asked for; over HTTPS the certificate is checked all the same.
    type: list
    elements: str
    default: [2xx, 3xx]
  refused_status:
    description:
      - What the answer's status may not be, each like V(502) or V(5xx).
    type: list
    elements: str
    default: []
  ca_path:
    description:
      - File on the host with the root certificates to trust, in PEM form, in place of the system's.
    type: path
  timeout:
    description:
      - How many seconds to keep trying. V(0) tries once.
    type: int
    default: 60
  successes:
    description:
      - How many answers in a row must be as wanted.
    type: int
    default: 1
    version_added: 0.2.0
  interval:
    description:
      - How many seconds lie between two tries.
    type: int
    default: 1
    version_added: 0.2.0
  container:
    description:
      - Name of the Docker container that answers. It is lost when it is gone, does not run, or has been restarted three
        times while it was waited for.
    type: str
    version_added: 0.2.0
  log_unit:
    description:
      - Unit of systemd whose last log lines about the URL's host become part of the message when the time is over.
    type: str
attributes:
  check_mode:
    description: Can run in check mode and return a status without changing anything.
    support: full
  diff_mode:
    description: Returns details on what has changed.
    support: none
    details: The module changes nothing.
"""

EXAMPLES = r"""
- name: Site has its certificate
  landfall.aws.http_probe:
    url: https://app.example.com/
    connect_to: 127.0.0.1
    status: []
    timeout: 300
    log_unit: caddy

- name: App is healthy
  landfall.aws.http_probe:
    url: http://127.0.0.1:8000/health
    status: ["200"]
    container: shop-blue
    successes: 3
"""

RETURN = r"""
status:
  description: The answer's status.
  returned: when something was asked for
  type: int
  sample: 200
certificate:
  description: The certificate that the server showed, verified.
  returned: over HTTPS
  type: dict
  sample:
    issuer: R12
    subject: app.example.com
    subject_alt_names: [app.example.com]
    not_before: "2026-11-21T10:12:45Z"
    not_after: "2027-02-19T10:12:44Z"
    days_left: 89
attempts:
  description: How many times the URL was asked.
  returned: success
  type: int
  sample: 3
cause:
  description: What was wrong with the last answer.
  returned: on failure
  type: str
  sample: "the server at 127.0.0.1:443 has no certificate for app.example.com (TLS alert: internal error)"
log:
  description: The last lines about the URL's host in the log of O(log_unit), or of the log of O(container).
  returned: on failure
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.aws.plugins.module_utils.probe.client import ProbeFailed, Target, keep_asking
from ansible_collections.landfall.aws.plugins.module_utils.probe.container import Watched
from ansible_collections.landfall.aws.plugins.module_utils.probe.diagnose import log_about, sentence


def main():
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "required": True},
            "connect_to": {"type": "str"},
            "status": {"type": "list", "elements": "str", "default": ["2xx", "3xx"]},
            "refused_status": {"type": "list", "elements": "str", "default": []},
            "ca_path": {"type": "path"},
            "timeout": {"type": "int", "default": 60},
            "successes": {"type": "int", "default": 1},
            "interval": {"type": "int", "default": 1},
            "container": {"type": "str"},
            "log_unit": {"type": "str"},
        },
        supports_check_mode=True,
    )
    try:
        options = ("url", "connect_to", "ca_path", "status", "refused_status")
        target = Target.from_options(*(module.params[each] for each in options))
    except ValueError as error:
        module.fail_json(msg=str(error))
    name = module.params["container"]
    watched = Watched(name, module.run_command) if name else None
    patience = [module.params[each] for each in ("timeout", "successes", "interval")]
    try:
        status, certificate, attempts = keep_asking(target, *patience, watched)
    except ProbeFailed as failure:
        if watched:
            lines = watched.log()
            told = f"{watched.describe()} {'Its log says:' if lines else 'Its log is empty.'}"
        else:
            lines = log_about(module.run_command, module.params["log_unit"], target.host)
            told = None
        module.fail_json(msg=sentence(target, str(failure), lines, told), cause=str(failure), log=lines)

    result = {"status": status, "certificate": certificate, "attempts": attempts}
    module.exit_json(changed=False, **{key: value for key, value in result.items() if value is not None})


if __name__ == "__main__":
    main()
