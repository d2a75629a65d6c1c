# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a host: what it runs, has free, and listens on. Nothing here changes anything."""

from __future__ import annotations

import json
import os
import socket
import struct
import time
from dataclasses import dataclass
from pathlib import Path

# https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
LISTENS = "0A"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}
CADDY_HOME = "/var/lib/caddy"


@dataclass(frozen=True)
class Listener:
    """A program that has a port: its name, its process, and the unit of systemd or container that it belongs to."""

    address: str
    port: int
    program: str = ""
    pid: int = 0
    unit: str = ""


@dataclass(frozen=True)
class Space:
    """What is free where a path lies or will lie. No inodes: the file system makes them as it needs them."""

    path: str
    free: int
    inodes: int | None


def architecture():
    machine = os.uname().machine
    return ARCHITECTURES.get(machine, machine)


def os_release(text):
    """(id, version, the name for people) of an os-release file."""
    values = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals:
            values[key.strip()] = value.strip().strip("\"'")
    return values.get("ID", ""), values.get("VERSION_ID", ""), values.get("PRETTY_NAME") or "unknown"


def meminfo(text):
    """{name: bytes} of /proc/meminfo."""
    return {
        name: int(rest.split()[0]) * 1024
        for name, _colon, rest in (line.partition(":") for line in text.splitlines())
        if rest.split()[1:] == ["kB"]
    }


def space(path):
    """Where the path does not exist yet, its nearest folder that does."""
    folder = Path(path)
    while not folder.exists():
        folder = folder.parent
    found = os.statvfs(folder)
    return Space(str(folder), found.f_bavail * found.f_frsize, found.f_favail if found.f_files else None)


def sockets(text, family):
    """[(address, port, inode)] of what listens, of /proc/net/tcp or tcp6."""
    found = []
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 9 and fields[3] == LISTENS:
            address, _colon, port = fields[1].partition(":")
            found.append((_address(address, family), int(port, 16), fields[9]))
    return found


def _address(text, family):
    """The kernel shows addresses in words of the machine's own byte order."""
    words = [struct.pack("=I", int(text[start : start + 8], 16)) for start in range(0, len(text), 8)]
    address = socket.inet_ntop(family, b"".join(words))
    return address[7:] if address.startswith("::ffff:") else address


def listeners(ports, proc="/proc"):
    """Who listens on the ports. Root sees all processes."""
    found = [
        each
        for file, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6))
        if Path(proc, "net", file).exists()
        for each in sockets(Path(proc, "net", file).read_text(), family)
        if each[1] in ports
    ]
    if not found:
        return []
    owners = _owners({inode for _address, _port, inode in found}, Path(proc))
    return [Listener(address, port, *owners.get(inode, ())) for address, port, inode in found]


def _owners(inodes, proc):
    """{inode: (program, pid, unit)} of the processes that hold the sockets."""
    wanted, found = {f"socket:[{inode}]": inode for inode in inodes}, {}
    for process in sorted((each for each in proc.iterdir() if each.name.isdigit()), key=lambda each: int(each.name)):
        try:
            for handle in (process / "fd").iterdir():
                inode = wanted.get(os.readlink(handle))
                if inode and inode not in found:
                    program = (process / "comm").read_text().strip()
                    found[inode] = (program, int(process.name), unit_of((process / "cgroup").read_text()))
        except OSError:  # it has ended meanwhile
            continue
    return found


def unit_of(cgroup):
    """The unit of systemd that a process belongs to."""
    for part in reversed(cgroup.replace("\n", "/").split("/")):
        if part.endswith((".service", ".socket")) and not part.startswith("user@"):
            return part
    return ""


def in_container():
    return Path("/run/systemd/container").exists() or Path("/.dockerenv").exists()


def json_file(path):
    """The object in a JSON file; an empty one where there is none, or something else."""
    try:
        found = json.loads(Path(path).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def certificates(names, home=CADDY_HOME, now=None):
    """{name: days since it was written} of the certificates that Caddy has in store."""
    found = {}
    for name in names:
        for file in Path(home).glob(f".local/share/caddy/certificates/*/{name}/{name}.crt"):
            days = int(((now or time.time()) - file.stat().st_mtime) / 86400)
            found[name] = min(days, found.get(name, days))
    return found
