#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: app_compose_source
short_description: Bring a folder of the controller to a host, as it is
version_added: 0.2.0
description:
  - Packs a folder of the controller, brings it to the host in one go, and puts it in place of what was there before. So a
    file that is gone on the controller is gone on the host, too.
  - Brings nothing where the host has the same already.
  - The folder C(.git) is left out. Symbolic links stay links. Everything belongs to root on the host, and all can read it who get
    there; of the modes only that of executables is kept, as Git does it.
author:
  - The landfall.aws authors (@landfall-aws)
options:
  src:
    description: The folder on the controller.
    type: path
    required: true
  dest:
    description: The folder on the host. Only root can read it.
    type: path
    required: true
  checksum:
    description: The packed folder's SHA-256. The action plugin of this module fills it in.
    type: str
  archive:
    description: The packed folder on the host. The action plugin of this module fills it in.
    type: path
attributes:
  action:
    description: Has an action plugin of its own on the controller.
    support: full
  check_mode:
    description: Can run in check mode and return a status without changing anything.
    support: full
  diff_mode:
    description: Returns details on what has changed.
    support: none
    details: The files may hold secrets.
"""

EXAMPLES = r"""
- name: Project is on the host
  landfall.aws.app_compose_source:
    src: "{{ playbook_dir }}/../shop"
    dest: /var/lib/landfall/shop/source
"""

RETURN = r"""
needed:
  description: Whether the host has something else.
  returned: success
  type: bool
"""

import shutil
import tarfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule


def main():
    module = AnsibleModule(
        argument_spec={
            "src": {"type": "path", "required": True},
            "dest": {"type": "path", "required": True},
            "checksum": {"type": "str"},
            "archive": {"type": "path"},
        },
        supports_check_mode=True,
    )
    checksum, archive = module.params["checksum"], module.params["archive"]
    if not checksum:
        module.fail_json(msg="checksum is empty: the module was called without its action plugin")
    dest = Path(module.params["dest"])
    noted = dest.with_name(f"{dest.name}.sha256")
    needed = not (dest.is_dir() and noted.is_file() and noted.read_text() == checksum)
    if needed and archive and not module.check_mode:
        new = dest.with_name(f"{dest.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700, parents=True)
        with tarfile.open(archive) as packed:
            # It comes from the controller, which may do anything here.
            packed.extraction_filter = getattr(tarfile, "fully_trusted_filter", None)
            packed.extractall(new)
        noted.unlink(missing_ok=True)
        shutil.rmtree(dest, ignore_errors=True)
        new.rename(dest)
        noted.write_text(checksum)
    module.exit_json(changed=needed, needed=needed)


if __name__ == "__main__":
    main()
