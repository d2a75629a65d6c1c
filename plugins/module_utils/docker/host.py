# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host's own tools and files say about its distribution, packages and users. Pure."""

from __future__ import annotations

import re
import shlex

ABSENT = frozenset({"not-installed", "config-files"})


def parse_os_release(text: str) -> dict[str, str]:
    """/etc/os-release by key. A word of it is quoted like a shell's."""
    words = (line.split("=", 1) for line in text.splitlines() if re.match(r"[A-Z_]+=", line))
    return {key: "".join(shlex.split(value)) for key, value in words}


def parse_packages(text: str) -> dict[str, str]:
    """Packages that are there in any way, with their status, from lines of a name and dpkg's word for its status."""
    packages = dict(line.split() for line in text.splitlines() if len(line.split()) == 2)
    return {name: status for name, status in packages.items() if status not in ABSENT}


def is_interrupted(packages: dict[str, str], journal: list[str]) -> bool:
    """Whether dpkg was killed: a package is in between, or dpkg's journal, which apt looks at, is not empty."""
    return any(status != "installed" for status in packages.values()) or any(name.isdigit() for name in journal)


def users_outside(primary: dict[str, int], members: list[str], gid: int | None) -> list[str]:
    """Those of the users who are not in a group. ``primary`` has the primary group of each; no ``gid``, no such group."""
    return [user for user, group in primary.items() if user not in members and (gid is None or group != gid)]
