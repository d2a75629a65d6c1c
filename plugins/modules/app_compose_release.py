#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: app_compose_release
short_description: Prepare a release of a project of Docker Compose, so that it can start beside the one that answers
version_added: 0.2.0
description:
  - Divides a project that M(landfall.aws.app_compose_project) has kept. The services that are switched become a project of
    their own for each colour, C(<name>-blue) or C(<name>-green), and all others the project C(<name>), of which there is one.
    A database so never runs twice.
  - Writes both as files for Docker Compose that only root can read, and makes the networks and volumes that both use. No
    service publishes a port, but for the one that requests go to, on loopback.
  - Says which services are to be started, because they do not run, or not as they should.
author:
  - The landfall.aws authors (@landfall-aws)
options:
  name:
    description: Name of the app.
    type: str
    required: true
  project:
    description: Name of the project. Left out, it is the one of O(release).
    type: str
    default: ""
  release:
    description: The release.
    type: str
    required: true
  going_back:
    description:
      - Whether the release is an earlier one. Then a service that keeps data in a volume stays as it is, as long as it runs,
        because an older database may not be able to read what a newer one has written.
    type: bool
    default: false
  colour:
    description: The colour that the release gets. Left out, only what there is one of is prepared.
    type: str
    choices: [blue, green]
  port:
    description: The port on loopback that the release is published on.
    type: int
    default: 8000
  container_port:
    description: The port that the service listens on that requests go to.
    type: int
    default: 8000
  network:
    description: The network in which the proxy reaches it.
    type: str
    default: landfall
  address:
    description: Its address in this network.
    type: str
    default: ""
  stop_timeout:
    description: How many seconds this service has to stop, where the project does not say so.
    type: int
    default: 10
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
    details: The files may hold secrets.
notes:
  - Needs the command C(docker) with its plugin C(compose) on the host, and root.
"""

EXAMPLES = r"""
- name: Release is prepared
  landfall.aws.app_compose_release:
    name: shop
    project: 6f1d0a4b9c2e7f3885d1c0aa42b7e619
    release: 3f2a9c01b7de-5c1b77aa
    colour: green
    port: 8001
    address: 192.168.255.3
  register: prepared
"""

RETURN = r"""
folder:
  description: Where the files are.
  returned: success
  type: str
  sample: /var/lib/landfall/shop/compose
shared:
  description: What there is one of, in the file C(shared.json).
  returned: success
  type: dict
  contains: &contains
    start:
      description: Services that do not run, or not as they should. In check mode they are not looked for.
      type: list
      elements: str
    dependencies:
      description: Whether what they depend on may be started with them. Work that is done would be done anew.
      type: bool
    orphans:
      description: Whether there are containers of services that the project does not have.
      type: bool
  sample: {start: [db], dependencies: true, orphans: false}
coloured:
  description: What the release has for itself, in the file C(<colour>.json).
  returned: success
  type: dict
  contains: *contains
  sample: {start: [shop-green], dependencies: true, orphans: false}
awaited:
  description: Services that must be healthy before the release starts.
  returned: success
  type: list
  elements: str
  sample: [db]
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.aws.plugins.module_utils.deploy.compose_host import Engine, Store
from ansible_collections.landfall.aws.plugins.module_utils.deploy.compose_run import prepare
from ansible_collections.landfall.aws.plugins.module_utils.deploy.host import read_key, read_records
from ansible_collections.landfall.aws.plugins.module_utils.deploy.releases import Impossible


def main():
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "project": {"type": "str", "default": ""},
            "release": {"type": "str", "required": True},
            "going_back": {"type": "bool", "default": False},
            "colour": {"type": "str", "choices": ["blue", "green"]},
            "port": {"type": "int", "default": 8000},
            "container_port": {"type": "int", "default": 8000},
            "network": {"type": "str", "default": "landfall"},
            "address": {"type": "str", "default": ""},
            "stop_timeout": {"type": "int", "default": 10},
            "folder": {"type": "path", "default": "/var/lib/landfall"},
        },
        supports_check_mode=True,
    )
    options = module.params
    folder = Path(options["folder"], options["name"])
    engine = Engine(module.run_command)
    try:
        store = Store(folder, options["name"], read_key(folder.with_name("key"), make=False))
        records, _strays = read_records(folder)
        record = records.get(options["release"], {}).get("configuration", {})
        project = options["project"] or record.get("project")
        changed, prepared = prepare(store, engine, project, options, module.check_mode) if project else (False, {})
    except (Impossible, OSError) as error:
        module.fail_json(msg=f"App {options['name']}: {error}")
    nothing = {"start": [], "dependencies": True, "orphans": False}
    told = {"shared": nothing, "coloured": nothing, "awaited": [], **prepared}
    module.exit_json(changed=changed, folder=str(folder / "compose"), **told)


if __name__ == "__main__":
    main()
