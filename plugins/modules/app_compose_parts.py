#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: app_compose_parts
short_description: Stop, start or remove what a project of Docker Compose consists of
version_added: 0.2.0
description:
  - Finds what the role app has made of a project by its labels, and stops, starts or removes it. Nothing else is touched, and
    the project's files are not needed.
author:
  - The landfall.aws authors (@landfall-aws)
options:
  name:
    description: Name of the app.
    type: str
    required: true
  colour:
    description:
      - The release whose services are meant. Left out with O(state=absent), all of the app is meant.
    type: str
    choices: [blue, green]
  state:
    description: What becomes of them.
    type: str
    choices: [started, stopped, absent]
    required: true
  volumes:
    description: Whether O(state=absent) without O(colour) also removes the volumes, and the folders with data, for good.
    type: bool
    default: false
  folder:
    description: Where apps are kept.
    type: path
    default: /var/lib/landfall
attributes:
  check_mode:
    description: Can run in check mode and return a status without changing anything.
    support: full
  diff_mode:
    description: Returns details on what has changed.
    support: none
notes:
  - Needs the command C(docker) on the host, and root.
"""

EXAMPLES = r"""
- name: Old release is stopped
  landfall.aws.app_compose_parts:
    name: shop
    colour: blue
    state: stopped
"""

RETURN = r"""
parts:
  description: What was started, stopped or removed.
  returned: success
  type: list
  elements: str
  sample: [shop-blue-api]
"""

import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.aws.plugins.module_utils.deploy import compose_run
from ansible_collections.landfall.aws.plugins.module_utils.deploy.compose_host import DATA, Engine, Store
from ansible_collections.landfall.aws.plugins.module_utils.deploy.releases import Impossible


def main():
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "colour": {"type": "str", "choices": ["blue", "green"]},
            "state": {"type": "str", "choices": ["started", "stopped", "absent"], "required": True},
            "volumes": {"type": "bool", "default": False},
            "folder": {"type": "path", "default": "/var/lib/landfall"},
        },
        required_if=[("state", "started", ("colour",)), ("state", "stopped", ("colour",))],
        supports_check_mode=True,
    )
    name, colour, state = (module.params[each] for each in ("name", "colour", "state"))
    engine, data = Engine(module.run_command), DATA / name
    try:
        if state == "absent":
            store = Store(Path(module.params["folder"], name), name, b"")
            volumes = module.params["volumes"] and not colour
            parts = compose_run.remove(engine, store, colour, volumes, module.check_mode)
            if volumes and data.is_dir():
                parts.append(str(data))
                if not module.check_mode:
                    shutil.rmtree(data)
        else:
            change = {"started": compose_run.start, "stopped": compose_run.stop}[state]
            parts = change(engine, name, colour, module.check_mode)
    except (Impossible, OSError) as error:
        module.fail_json(msg=f"App {name}: {error}")
    module.exit_json(changed=bool(parts), parts=parts)


if __name__ == "__main__":
    main()
