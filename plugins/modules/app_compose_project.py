#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: app_compose_project
short_description: Have all that a project of Docker Compose needs on the host, so that it can run again at any time
version_added: 0.2.0
description:
  - Reads a project from a folder on the host, fills in its variables, pulls and builds its images, and keeps it all under a
    name that is the same as long as all of it is the same. After that neither its source nor a registry is needed.
  - What the project mounts of its own folder is copied, so that a release keeps what it was made with. A folder that does not
    exist there, or is empty, is for data; it lies in C(/var/lib/landfall-data/<name>) and stays.
  - Builds nothing again from a source that it has built from.
  - Starts and stops nothing.
author:
  - The landfall.aws authors (@landfall-aws)
options:
  name:
    description: Name of the app.
    type: str
    required: true
  state:
    description:
      - V(present) keeps the project of O(source).
      - V(pruned) removes every project that no release needs any more, with its images and files, and the containers of
        services that the app has no longer.
    type: str
    choices: [present, pruned]
    default: present
  source:
    description: The folder on the host with the project. Needed when O(state=present).
    type: path
  files:
    description: Compose files in it, in the order in which they add to each other. Left out, the first one that Compose would take.
    type: list
    elements: str
    default: []
  profiles:
    description: Profiles whose services belong to it.
    type: list
    elements: str
    default: []
  environment:
    description: Variables for the Compose files.
    type: dict
    default: {}
  secrets:
    description: More of them, that appear nowhere.
    type: dict
    default: {}
  service:
    description: The service that requests go to. Left out, the only one that has a port.
    type: str
    default: ""
  switched:
    description: Other services that each release has for itself.
    type: list
    elements: str
    default: []
  pull:
    description:
      - Which images to ask the registry for. With V(auto) these are those that the host does not have, and those with the tag
        C(latest) or none.
    type: str
    choices: [auto, missing, always]
    default: auto
  logging:
    description: How services log that do not say so themselves, as in a Compose file.
    type: dict
    default: {}
  folder:
    description: Where apps are kept.
    type: path
    default: /var/lib/landfall
attributes:
  check_mode:
    description: Can run in check mode and return a status without changing anything.
    support: partial
    details: In check mode nothing is pulled or built. A source that was not kept before has no images then.
  diff_mode:
    description: Returns details on what has changed.
    support: none
    details: The project may hold secrets.
notes:
  - Needs the command C(docker) with its plugin C(compose), 2.20 or newer, and root.
"""

EXAMPLES = r"""
- name: Project can run
  landfall.aws.app_compose_project:
    name: shop
    source: /var/lib/landfall/shop/source
    service: web
"""

RETURN = r"""
project:
  description: The project's name; empty where it is not kept.
  returned: when O(state=present)
  type: str
  sample: 6f1d0a4b9c2e7f3885d1c0aa42b7e619
image:
  description: The image of the service that requests go to; empty where it is not on the host.
  returned: when O(state=present)
  type: str
  sample: "sha256:9c7a54a9a43c"
service:
  description: The service that requests go to.
  returned: when O(state=present)
  type: str
  sample: web
switched:
  description: All services that each release has for itself.
  returned: when O(state=present)
  type: list
  elements: str
  sample: [migrate, web]
removed:
  description: What was not needed any more.
  returned: when O(state=pruned)
  type: list
  elements: str
"""

import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.aws.plugins.module_utils.deploy.compose_host import Engine, Source, Store
from ansible_collections.landfall.aws.plugins.module_utils.deploy.compose_keep import keep, unneeded
from ansible_collections.landfall.aws.plugins.module_utils.deploy.host import read_key, read_records
from ansible_collections.landfall.aws.plugins.module_utils.deploy.releases import Impossible

SPEC = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "pruned"], "default": "present"},
    "source": {"type": "path"},
    "files": {"type": "list", "elements": "str", "default": []},
    "profiles": {"type": "list", "elements": "str", "default": []},
    "environment": {"type": "dict", "default": {}},
    "secrets": {"type": "dict", "default": {}, "no_log": True},
    "service": {"type": "str", "default": ""},
    "switched": {"type": "list", "elements": "str", "default": []},
    "pull": {"type": "str", "choices": ["auto", "missing", "always"], "default": "auto"},
    "logging": {"type": "dict", "default": {}},
    "folder": {"type": "path", "default": "/var/lib/landfall"},
}


def main():
    module = AnsibleModule(
        argument_spec=SPEC, required_if=[("state", "present", ("source",))], supports_check_mode=True
    )
    options = module.params
    folder = Path(options["folder"], options["name"])
    engine = Engine(module.run_command)
    try:
        store = Store(folder, options["name"], read_key(folder.with_name("key"), make=not module.check_mode))
        if options["state"] == "pruned":
            records, _strays = read_records(folder)
            steps = unneeded(store, engine, records)
            for _name, remove in steps if not module.check_mode else []:
                remove()
            module.exit_json(changed=bool(steps), removed=[name for name, _remove in steps])
        variables = {key: str(value) for key, value in {**options["environment"], **options["secrets"]}.items()}
        source = Source(
            options["source"],
            options["files"],
            options["profiles"],
            variables,
            lambda words, more: module.run_command(words, environ_update=more),
        )
        changed, kept, warnings = keep(source, store, engine, options, module.check_mode)
    except (Impossible, OSError, shutil.Error) as error:
        module.fail_json(msg=f"App {options['name']}: {error}")
    for warning in warnings:
        module.warn(f"Docker Compose: {warning}")
    # What follows holds no secret. A short one, like "1", would be cut out of every name and number in it.
    options["secrets"] = dict.fromkeys(options["secrets"], "(not shown)")
    module.no_log_values.clear()
    module.exit_json(changed=changed, **kept)


if __name__ == "__main__":
    main()
