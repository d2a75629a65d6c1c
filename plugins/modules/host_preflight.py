#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: host_preflight
short_description: Check that a host can take a release, all at once and as a table
version_added: 0.2.0
description:
  - Looks at a host before anything on it is changed, and says everything that would keep a release from running there, each
    with what was found and what to do about it.
  - C(system), whether the operating system is supported. C(engine), whether a Docker engine answers. C(clock), how far the
    host's is from the controller's.
  - C(registry), whether the registry describes the image to the login that is given. C(architecture), whether the image has a
    variant for the host. C(disk), whether the layers that the host does not have yet fit where the engine keeps its images,
    packed and unpacked, with 256 MiB and enough inodes left. Layers are taken to grow to 2.5 times their size. Nothing is
    pulled.
  - C(memory), whether a second copy of the app has room beside the first, for a switch without a gap.
  - C(web ports) and C(app ports), whether something else than Caddy and the app's own containers has them, and what.
  - C(certificate), whether Caddy has run, or is about to run, into the rate limits of Let's Encrypt.
  - What can't be found out is V(skipped), with the reason, and is no failure. So the module also works where no Docker engine
    is installed yet.
author:
  - The landfall.aws authors (@landfall-aws)
options:
  image:
    description:
      - The image that will be run. Left out, C(registry), C(architecture) and C(disk) are skipped.
    type: str
    default: ""
  login:
    description:
      - The login to the image's registry. Left out, it is the one that the host's root user has, where it lies in
        C(/root/.docker/config.json). It is used for the questions, and kept nowhere.
    type: dict
    default: {}
    suboptions:
      url:
        description: The registry that the login is for. Where it is another one than the image's, the login is not used.
        type: str
      username:
        description: Who asks.
        type: str
      password:
        description: The password or access token.
        type: str
  app_name:
    description:
      - Name of the app. Its containers are called so, with or without C(-blue) or C(-green), or belong to a compose project
        that is.
    type: str
    default: app
  app_ports:
    description: Ports on the loopback address that the app's copies are published on.
    type: list
    elements: int
    default: []
  web_ports:
    description: Ports that Caddy answers on.
    type: list
    elements: int
    default: []
  strategy:
    description: Whether a second copy runs beside the first for a while.
    type: str
    choices: [blue_green, recreate]
    default: blue_green
  memory:
    description:
      - Most memory that a copy may use, like V(512M). Left out, it is what the running copy uses, where one runs.
    type: str
    default: ""
  swap:
    description:
      - Swap that will be made before the app runs, like V(2G). It counts as far as the host does not have it yet.
    type: str
    default: ""
  names:
    description: Names of the site, for which certificates are needed.
    type: list
    elements: str
    default: []
  acme_ca:
    description: Directory of the certificate authority. Left out, it is Let's Encrypt.
    type: str
    default: ""
  image_store:
    description:
      - Where the engine keeps its images. Left out, the engine is asked, whose answer is C(/var/lib/containerd) or its own data
        folder.
    type: path
  controller_time:
    description: Seconds since 1970 by the controller's clock. Left out, the clock is not compared.
    type: float
  checks:
    description: Checks that were made elsewhere, to stand in the same table. Each has O(checks[].name), O(checks[].result) and
      O(checks[].found).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: What was looked at.
        type: str
        required: true
      result:
        description: How it ended.
        type: str
        choices: [ok, warning, failed, skipped]
        required: true
      found:
        description: What was found.
        type: str
        required: true
      remedy:
        description: What to do about it.
        type: str
        default: ""
  fail:
    description: Whether to fail where a check has, with the table as message.
    type: bool
    default: true
attributes:
  check_mode:
    description: Can run in check mode and return a status without changing anything.
    support: full
  diff_mode:
    description: Returns details on what has changed.
    support: none
    details: The module changes nothing.
  platform:
    description: What the host must be.
    support: full
    platforms: linux
notes:
  - Needs root, to see whose a port is, and nothing besides Python's standard library.
  - A registry's certificate is judged as Docker does. One on a loopback address, or among C(insecure-registries) of
    C(/etc/docker/daemon.json), need not have one; an authority in C(/etc/docker/certs.d) is trusted.
"""

EXAMPLES = r"""
- name: Host can take the release
  landfall.aws.host_preflight:
    image: registry.example.com/team/web:1.4.2
    login:
      username: deploy
      password: "{{ registry_password }}"
    memory: 512M
    app_ports: [8000, 8001]
    web_ports: [80, 443]
    names: [app.example.com]
    controller_time: "{{ now().timestamp() }}"
"""

RETURN = r"""
checks:
  description: What was checked, in the order of the table.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: What was looked at.
      type: str
    result:
      description: How it ended, V(ok), V(warning), V(failed) or V(skipped).
      type: str
    found:
      description: What was found, or why it was not looked for.
      type: str
    remedy:
      description: What to do about it. Empty where there is nothing to do.
      type: str
  sample:
    - name: architecture
      result: failed
      found: registry.example.com/team/web:1.4.2 is built for arm64, and this host is amd64
      remedy: docker buildx build --platform linux/amd64 --tag registry.example.com/team/web:1.4.2 --push .
table:
  description: The same for people.
  returned: always
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.aws.plugins.module_utils.preflight import report
from ansible_collections.landfall.aws.plugins.module_utils.preflight.inspection import Inspection, Planned, mistakes

TEXT = {"type": "str", "default": ""}
NUMBERS = {"type": "list", "elements": "int", "default": []}
LOGIN = {"url": {"type": "str"}, "username": {"type": "str"}, "password": {"type": "str", "no_log": True}}
CHECK = {
    "name": {"type": "str", "required": True},
    "result": {"type": "str", "choices": list(report.RESULTS), "required": True},
    "found": {"type": "str", "required": True},
    "remedy": TEXT,
}
ARGUMENTS = {
    "image": TEXT,
    "login": {"type": "dict", "default": {}, "options": LOGIN},
    "app_name": {"type": "str", "default": "app"},
    "app_ports": NUMBERS,
    "web_ports": NUMBERS,
    "strategy": {"type": "str", "choices": ["blue_green", "recreate"], "default": "blue_green"},
    "memory": TEXT,
    "swap": TEXT,
    "names": {"type": "list", "elements": "str", "default": []},
    "acme_ca": TEXT,
    "image_store": {"type": "path"},
    "controller_time": {"type": "float"},
    "checks": {"type": "list", "elements": "dict", "default": [], "options": CHECK},
    "fail": {"type": "bool", "default": True},
}


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    planned = Planned(**{name: value for name, value in module.params.items() if name not in ("checks", "fail")})
    wrong = mistakes(planned)
    if wrong:
        lines = "".join(f"\n- {sentence}" for sentence in wrong)
        module.fail_json(msg=f"The options are not valid; nothing has been checked.{lines}", checks=[], table="")
    checks = Inspection(planned, run=module.run_command).checks()
    checks += [report.from_dict(each) for each in module.params["checks"]]
    result = {"changed": False, "checks": [each.as_dict() for each in checks], "table": report.table(checks)}
    if module.params["fail"] and report.with_result(checks, report.FAILED):
        module.fail_json(
            msg=f"This host can't take the release; nothing has been changed.\n\n{result['table']}", **result
        )
    module.exit_json(**result)


if __name__ == "__main__":
    main()
