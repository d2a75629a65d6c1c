#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: docker_host_info
short_description: Tell what installing the Docker engine on a host depends on
version_added: 0.2.0
description:
  - Reads at once what the role P(landfall.aws.docker#role) decides by, which is the distribution, the packages that are
    there, the users and their group, and the room on the disk.
author:
  - The landfall.aws authors (@landfall-aws)
options:
  packages:
    description:
      - Names of the packages to look for.
    type: list
    elements: str
    default: []
  users:
    description:
      - Names of the users to look for.
    type: list
    elements: str
    default: []
  group:
    description:
      - The group that the users should be in.
    type: str
    default: docker
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
    platforms: debian
"""

EXAMPLES = r"""
- name: Host is known
  landfall.aws.docker_host_info:
    packages: [docker.io, docker-ce]
    users: [deploy]
"""

RETURN = r"""
host:
  description: The host.
  returned: success
  type: dict
  contains:
    name:
      description: The distribution and its version, as it calls itself.
      type: str
    distribution:
      description: Identifier of the distribution.
      type: str
    release:
      description: Code name of the release. Empty where it has none.
      type: str
    architecture:
      description: The packages' architecture.
      type: str
    packages:
      description: Those of the packages that are installed.
      type: list
      elements: str
    in_between:
      description: Those of the packages that are there, and not wholly installed.
      type: list
      elements: str
    interrupted:
      description: Whether an installation was killed, so that C(dpkg --configure -a) has to come first.
      type: bool
    free:
      description: Bytes that programs may still take on the disk.
      type: int
    users_missing:
      description: Those of the users who do not exist.
      type: list
      elements: str
    users_outside:
      description: Those of the users who exist and are not in the group.
      type: list
      elements: str
  sample:
    name: Debian GNU/Linux 13 (trixie)
    distribution: debian
    release: trixie
    architecture: amd64
    packages: [docker.io]
    in_between: []
    interrupted: false
    free: 21474836480
    users_missing: []
    users_outside: [deploy]
"""

import grp
import os
import pwd
import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.aws.plugins.module_utils.docker import host


def main():
    module = AnsibleModule(
        argument_spec={
            "packages": {"type": "list", "elements": "str", "default": []},
            "users": {"type": "list", "elements": "str", "default": []},
            "group": {"type": "str", "default": "docker"},
        },
        supports_check_mode=True,
    )
    release = host.parse_os_release(Path("/etc/os-release").read_text())
    show = ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n"]
    # dpkg-query fails where it has never heard of one of the packages, and tells about the others.
    packages = host.parse_packages(module.run_command([*show, *module.params["packages"]])[1])
    primary = {name: looked_up.pw_gid for name in module.params["users"] if (looked_up := look_up(pwd.getpwnam, name))}
    group = look_up(grp.getgrnam, module.params["group"])
    module.exit_json(
        changed=False,
        host={
            "name": release.get("PRETTY_NAME", release.get("ID", "")),
            "distribution": release.get("ID", ""),
            "release": release.get("VERSION_CODENAME", ""),
            "architecture": module.run_command(["dpkg", "--print-architecture"], check_rc=True)[1].strip(),
            "packages": sorted(name for name, status in packages.items() if status == "installed"),
            "in_between": sorted(name for name, status in packages.items() if status != "installed"),
            "interrupted": host.is_interrupted(packages, os.listdir("/var/lib/dpkg/updates")),
            "free": shutil.disk_usage("/usr").free,
            "users_missing": [user for user in module.params["users"] if user not in primary],
            "users_outside": host.users_outside(primary, group.gr_mem if group else [], group and group.gr_gid),
        },
    )


def look_up(database, name):
    try:
        return database(name)
    except KeyError:
        return None


if __name__ == "__main__":
    main()
