# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host's files say about one swap file, as values. Pure: text and bytes in, values out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
FSTAB_ENTRY = "{path} none swap sw 0 0"


def size_to_bytes(text: str) -> int:
    match = re.fullmatch(r"([1-9]\d*)([KMGT])", text)
    if not match or int(match.group(1)) * UNITS[match.group(2)] < UNITS["M"]:
        raise ValueError(f"{text!r} is not a size; write 1M or more as a whole number and a unit, like 512M or 2G")
    return int(match.group(1)) * UNITS[match.group(2)]


def bytes_to_size(number: int) -> str:
    """The shortest exact form: 2G, 1536M, 4097K, 5000."""
    for unit in reversed(UNITS):
        if number and number % UNITS[unit] == 0:
            return f"{number // UNITS[unit]}{unit}"
    return str(number)


class Active(NamedTuple):
    """A line of /proc/swaps, in bytes."""

    size: int
    used: int


def parse_swaps(text: str) -> dict[str, Active]:
    """/proc/swaps by path."""
    swaps = {}
    for line in text.splitlines()[1:]:
        path, _type, size, used = line.split()[:4]
        swaps[_unescape(path)] = Active(int(size) * 1024, int(used) * 1024)
    return swaps


def parse_header(page: bytes) -> int | None:
    """The size that a swap signature in a file's first page claims for the file; None where there is no signature."""
    if page[-10:] != b"SWAPSPACE2":
        return None
    last_page = int.from_bytes(page[1028:1032], "little")
    return (last_page + 1) * len(page)


def parse_available(meminfo: str) -> int:
    return int(re.search(r"^MemAvailable:\s+(\d+) kB$", meminfo, re.MULTILINE).group(1)) * 1024


def filesystem_of(mounts: str, directory: str) -> str:
    """The type of the file system that holds a directory, from /proc/mounts. A later mount hides an earlier one."""
    found = ("", "unknown")
    for line in mounts.splitlines():
        point, kind = (_unescape(word) for word in line.split()[1:3])
        inside = (directory + "/").startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(found[0]):
            found = (point, kind)
    return found[1]


def fstab_entries(fstab: str, path: str) -> list[str]:
    return [line for line in fstab.splitlines() if _is_entry(line, path)]


def fstab_is_right(entries: list[str]) -> bool:
    """Options of the admin, like a priority, are left alone, unless they keep the swap off at boot."""
    options = [option for entry in entries for option in (entry.split()[3:4] or [""])[0].split(",")]
    return len(entries) == 1 and "noauto" not in options


def fstab_with(fstab: str, path: str) -> str:
    return fstab_without(fstab, path) + FSTAB_ENTRY.format(path=path) + "\n"


def fstab_without(fstab: str, path: str) -> str:
    return "".join(line + "\n" for line in fstab.splitlines() if not _is_entry(line, path))


def _is_entry(line: str, path: str) -> bool:
    words = line.split()
    return len(words) >= 3 and _unescape(words[0]) == path and words[2] == "swap"


def _unescape(word: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), word)


def is_this_file(listed: Active | None, header: int | None, page: int) -> bool:
    """Whether a line of /proc/swaps is of this very file, by the size that the file's signature claims.

    /proc/swaps is the kernel's: a container sees its neighbours' files in it.
    """
    return listed is not None and header is not None and listed.size == header - page


@dataclass(frozen=True)
class Live:
    """One swap file as it is."""

    filesystem: str = "unknown"
    free: int = 0  # bytes that a new file may take, leftovers included
    available: int = 0  # bytes of memory and of other swap that can take pages in
    page: int = 4096
    size: int | None = None  # of the file; None where there is none
    allocated: int = 0
    mode: int = 0
    owner: int = 0
    header: int | None = None  # size that the signature claims
    listed: Active | None = None  # what /proc/swaps says of the path
    fstab: tuple[str, ...] = ()
    leftover: bool = False  # an earlier run's unfinished file lies beside it
    bridge: Active | None = None  # what /proc/swaps says of the bridge, where that is on
    bridge_file: bool = False  # there is a file for the bridge, on or not

    @property
    def on(self) -> bool:
        return is_this_file(self.listed, self.header, self.page)

    @property
    def used(self) -> int:
        """What must go elsewhere before neither the file nor the bridge is on."""
        return (self.listed.used if self.on else 0) + (self.bridge.used if self.bridge else 0)

    def sound(self, size: int) -> bool:
        return self.size == self.header == size and self.allocated >= size


def describe(path: str, live: Live) -> dict:
    return {
        "path": path,
        "size": "" if live.size is None else bytes_to_size(live.size),
        "mode": "" if live.size is None else f"{live.mode:04o}",
        "formatted": live.size is not None and live.size == live.header,
        "on": live.on,
        "in_fstab": fstab_is_right(list(live.fstab)),
    }


def describe_wanted(path: str, size: int | None) -> dict:
    """What ``describe`` says once the file has the wanted size, or once there is none."""
    if size is None:
        return describe(path, Live())
    listed, entry = Active(size - Live.page, 0), FSTAB_ENTRY.format(path=path)
    return describe(path, Live(size=size, header=size, mode=0o600, listed=listed, fstab=(entry,)))
