#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: caddy_config
short_description: Change one file of Caddy's configuration, and make Caddy run it
version_added: 0.2.0
description:
  - Writes one of the files that Caddy's configuration consists of, and makes the running Caddy follow without a restart;
    or leaves everything as it was, and says why in Caddy's own words.
  - The whole configuration is checked with the new file before anything is changed, as the user that Caddy runs as. Then
    Caddy loads it, shows that it runs it, and answers the O(probes). Only then the file is put in place, so that what the
    next start of Caddy reads has been proven, wherever a run is killed.
  - Caddy gets a new configuration only where what it runs differs from what the files say. So a run that was killed is
    finished by the next one, and a certificate that is just being issued is not disturbed needlessly.
  - Where Caddy is not installed yet, or does not run, only the file is written.
author:
  - The landfall.aws authors (@landfall-aws)
options:
  dest:
    description:
      - The file. It is O(caddyfile) itself, or one that lies in the same folder or below and is imported.
    type: path
    required: true
  content:
    description:
      - What the file says.
      - Left out with O(state=present), nothing is changed, and the module only tells what there is.
    type: str
  caddyfile:
    description: The file that Caddy starts with.
    type: path
    default: /etc/caddy/Caddyfile
  state:
    description: Whether there is such a file.
    type: str
    choices: [present, absent]
    default: present
  owner:
    description: User that the file belongs to.
    type: str
    default: root
  group:
    description: Group that the file belongs to.
    type: str
    default: root
  mode:
    description: Mode of the file, in octal.
    type: str
    default: "0644"
  reload:
    description: Whether a Caddy that runs is made to follow.
    type: bool
    default: true
  force:
    description:
      - Whether Caddy loads its configuration also where that is the same as it runs, as it must when a certificate file that
        the configuration names has changed.
    type: bool
    default: false
  closing_time:
    description:
      - How many seconds before Caddy loads a new configuration it begins to close the connections that clients keep open, each
        with its next answer. Those that it would find idle then are just the ones on which a request may be on its way.
      - Only where the configuration that runs looks for the file C(/run/caddy/closing), as that of the role
        P(landfall.aws.caddy#role) does. V(0) switches it off.
    type: int
    default: 1
  probes:
    description:
      - What to ask Caddy once it has loaded the new configuration. When one of them does not answer as it should, Caddy goes
        back to what it ran before.
    type: list
    elements: dict
    default: []
    suboptions:
      url:
        description: What to ask. Over HTTPS the certificate must be good.
        type: str
        required: true
      connect_to:
        description: Address to connect to, rather than what the URL's host resolves to.
        type: str
      ca_path:
        description: File on the host with the root certificates to trust, in PEM form, in place of the system's.
        type: path
      status:
        description: What the answer's status may be, each like V(200) or V(2xx). With an empty list any will do.
        type: list
        elements: str
        default: [2xx, 3xx]
      refused_status:
        description: What the answer's status may not be, each like V(502) or V(5xx).
        type: list
        elements: str
        default: []
      timeout:
        description: How many seconds to keep trying. V(0) tries once.
        type: int
        default: 10
attributes:
  check_mode:
    description: Can run in check mode and return a status without changing anything.
    support: full
    details: Caddy checks the configuration in check mode, too, where it is installed.
  diff_mode:
    description: Returns details on what has changed, or would change.
    support: full
  platform:
    description: What the host must be.
    support: full
    platforms: linux
notes:
  - Caddy's admin endpoint must be on, as it is by default. It may be a TCP port or a socket, and may be moved by the new
    configuration.
  - Needs Python 3.9 or newer on the host, and root.
seealso:
  - module: landfall.aws.http_probe
"""

EXAMPLES = r"""
- name: Caddyfile is in place, and Caddy runs it
  landfall.aws.caddy_config:
    dest: /etc/caddy/Caddyfile
    content: "{{ lookup('ansible.builtin.template', 'Caddyfile.j2') }}"
    group: caddy
    mode: "0640"

- name: Requests go to the new container
  landfall.aws.caddy_config:
    dest: /etc/caddy/upstreams/shop.caddy
    content: |
      (shop) {
        reverse_proxy 127.0.0.1:8001
      }
    probes:
      - url: https://shop.example.com/health
        connect_to: 127.0.0.1

- name: Where requests go now is known
  landfall.aws.caddy_config:
    dest: /etc/caddy/upstreams/shop.caddy
  register: shop_upstream
"""

RETURN = r"""
content:
  description: What the file says afterwards. Null where there is none.
  returned: success
  type: str
active:
  description: Whether Caddy's service runs.
  returned: success
  type: bool
  sample: true
state:
  description: The state of Caddy's service, as systemd names it. Empty where there is none.
  returned: success
  type: str
  sample: active
version:
  description: Version of the Caddy that is installed. Null where none is.
  returned: success
  type: str
  sample: 2.6.2
loaded:
  description: Whether Caddy runs what its files say, O(dest) among them. In check mode, whether it would.
  returned: success
  type: bool
  sample: true
dials:
  description:
    - The addresses that requests are passed on to, sorted, in what Caddy runs afterwards, or will run once it is started.
    - Empty where Caddy is not installed.
  returned: success
  type: list
  elements: str
  sample: ["127.0.0.1:8001"]
dials_before:
  description: The same, as it was before.
  returned: success
  type: list
  elements: str
  sample: ["127.0.0.1:8000"]
"""

import os

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.aws.plugins.module_utils.caddy.change import Change, Failed
from ansible_collections.landfall.aws.plugins.module_utils.caddy.host import File, Host
from ansible_collections.landfall.aws.plugins.module_utils.probe.client import ProbeFailed, Target, keep_asking
from ansible_collections.landfall.aws.plugins.module_utils.probe.diagnose import log_about, sentence

PROBE = {
    "url": {"type": "str", "required": True},
    "connect_to": {"type": "str"},
    "ca_path": {"type": "path"},
    "status": {"type": "list", "elements": "str", "default": ["2xx", "3xx"]},
    "refused_status": {"type": "list", "elements": "str", "default": []},
    "timeout": {"type": "int", "default": 10},
}


def main():
    module = AnsibleModule(
        argument_spec={
            "dest": {"type": "path", "required": True},
            "content": {"type": "str"},
            "caddyfile": {"type": "path", "default": "/etc/caddy/Caddyfile"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "owner": {"type": "str", "default": "root"},
            "group": {"type": "str", "default": "root"},
            "mode": {"type": "str", "default": "0644"},
            "reload": {"type": "bool", "default": True},
            "force": {"type": "bool", "default": False},
            "closing_time": {"type": "int", "default": 1},
            "probes": {"type": "list", "elements": "dict", "default": [], "options": PROBE},
        },
        supports_check_mode=True,
    )
    options = module.params
    try:
        file = wanted_file(options)
        probes = targets(options["probes"])
        host = Host(options["caddyfile"], module.get_bin_path, module.run_command)
        host.closing_time = options["closing_time"]
        with host.lock():
            before = text_of(options["dest"])
            change = Change(host, file, lambda: prove(module, probes), options["reload"], options["force"])
            changed = change.read()
            if changed and not module.check_mode:
                change.make()
    except (Failed, OSError, ValueError, KeyError) as error:
        module.fail_json(msg=str(error).strip("'\""))
    for warning in change.warnings if not changed else []:
        module.warn(warning)
    after = file.text if file else before
    module.exit_json(
        changed=changed,
        content=after,
        version=host.version(),
        diff={
            "before": before or "",
            "after": after or "",
            "before_header": options["dest"],
            "after_header": options["dest"],
        },
        **change.report(changed),
    )


def wanted_file(options):
    """The file as it shall be; None where it is only asked about."""
    if os.path.commonpath([options["dest"], os.path.dirname(options["caddyfile"])]) != os.path.dirname(
        options["caddyfile"]
    ):
        raise ValueError(f"dest: {options['dest']} does not lie in the folder of {options['caddyfile']}, or below it")
    try:
        mode = int(options["mode"], 8)
    except ValueError:
        raise ValueError(f'mode: {options["mode"]!r} is not a mode; write it like "0640", in quotes') from None
    if options["state"] == "absent":
        return File(options["dest"], None)
    if options["content"] is None:
        return None
    return File(options["dest"], options["content"], options["owner"], options["group"], mode)


def targets(probes):
    keys = ("url", "connect_to", "ca_path", "status", "refused_status")
    return [(Target.from_options(*(probe[key] for key in keys)), probe["timeout"]) for probe in probes]


def prove(module, probes):
    for target, timeout in probes:
        try:
            keep_asking(target, timeout)
        except ProbeFailed as failure:
            lines = log_about(module.run_command, "caddy", target.host)
            raise ValueError(sentence(target, str(failure), lines)) from failure


def text_of(path):
    if not os.path.isfile(path):
        return None
    with open(path, "rb") as stream:
        return stream.read().decode(errors="replace")


if __name__ == "__main__":
    main()
