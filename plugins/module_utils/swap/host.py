# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads a swap file's state from the host, and does the steps of a plan to it."""

from __future__ import annotations

import fcntl
import os
import stat
import struct
import tempfile
from pathlib import Path

from ansible_collections.landfall.aws.plugins.module_utils.swap import state
from ansible_collections.landfall.aws.plugins.module_utils.swap.plan import ALLOCATION, Impossible, bridge_size

FS_IOC_SETFLAGS, FS_NOCOW_FL = 0x40086602, 0x00800000  # linux/fs.h
FSTAB = "/etc/fstab"
BLOCK = 1 << 20


class Host:
    """One swap file on this host. ``run(*words)`` runs a command, and fails the module where the command fails."""

    def __init__(self, path, run, move):
        self.path, self.new, self.bridge = path, f"{path}.new", f"{path}.bridge"
        self._run, self._move = run, move

    def read(self) -> state.Live:
        page = os.sysconf("SC_PAGE_SIZE")
        swaps = state.parse_swaps(_text("/proc/swaps"))
        directory = os.path.realpath(os.path.dirname(self.path))
        space = os.statvfs(_existing(directory))
        others = sum(swap.size - swap.used for path, swap in swaps.items() if path not in (self.path, self.bridge))
        bridge = swaps.get(self.bridge)
        if not state.is_this_file(bridge, _header(self.bridge, page), page):
            bridge = None
        file = {}
        if os.path.lexists(self.path):
            status = os.lstat(self.path)
            if not stat.S_ISREG(status.st_mode):
                raise Impossible("there is something that is not a regular file; choose another path")
            file = {
                "size": status.st_size,
                "allocated": _allocated(self.path),
                "mode": status.st_mode & 0o7777,
                "owner": status.st_uid,
                "header": _header(self.path, page),
                "listed": swaps.get(self.path),
            }
        return state.Live(
            filesystem=state.filesystem_of(_text("/proc/mounts"), directory),
            free=space.f_bavail * space.f_frsize + _allocated(self.new) + (0 if bridge else _allocated(self.bridge)),
            available=state.parse_available(_text("/proc/meminfo")) + others,
            page=page,
            fstab=tuple(state.fstab_entries(_text(FSTAB), self.path)),
            leftover=os.path.lexists(self.new),
            bridge=bridge,
            bridge_file=os.path.lexists(self.bridge),
            **file,
        )

    def apply(self, steps, live, size=None):
        self._live, self._size = live, size
        for step in steps:
            getattr(self, step.name)()

    def drop_leftover(self):
        os.unlink(self.new)

    def make_new(self):
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        self._make(self.new, self._size)

    def make_bridge(self):
        self._make(self.bridge, bridge_size(self._live))

    def bridge_on(self):
        self._run("swapon", self.bridge)

    def bridge_off(self):
        self._run("swapoff", self.bridge)

    def drop_bridge(self):
        os.unlink(self.bridge)

    def _make(self, path, size):
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            getattr(self, "_" + ALLOCATION[self._live.filesystem])(descriptor, size)
            os.fsync(descriptor)
        except OSError:
            os.unlink(path)
            raise
        finally:
            os.close(descriptor)
        self._run("mkswap", path)

    def _reserve(self, descriptor, size):
        os.posix_fallocate(descriptor, 0, size)

    def _reserve_nocow(self, descriptor, size):
        fcntl.ioctl(descriptor, FS_IOC_SETFLAGS, struct.pack("l", FS_NOCOW_FL))
        self._reserve(descriptor, size)

    def _write(self, descriptor, size):
        for start in range(0, size, BLOCK):
            os.write(descriptor, bytes(min(BLOCK, size - start)))

    def put_in_place(self):
        os.rename(self.new, self.path)

    def protect(self):
        os.chown(self.path, 0, 0)
        os.chmod(self.path, 0o600)

    def swap_on(self):
        self._run("swapon", self.path)

    def swap_off(self):
        self._run("swapoff", self.path)

    def remove(self):
        os.unlink(self.path)

    def add_to_fstab(self):
        self._write_fstab(state.fstab_with(_text(FSTAB), self.path))

    def remove_from_fstab(self):
        self._write_fstab(state.fstab_without(_text(FSTAB), self.path))

    def _write_fstab(self, text):
        with tempfile.NamedTemporaryFile("w", dir=os.path.dirname(FSTAB), prefix=".fstab-", delete=False) as stream:
            stream.write(text)
        os.chmod(stream.name, 0o644)
        self._move(stream.name, FSTAB)


def _text(path):
    return Path(path).read_text() if os.path.exists(path) else ""


def _header(path, page):
    """The size that a file's signature claims; None where there is no such file, or no signature."""
    if not os.path.isfile(path):
        return None
    with open(path, "rb") as stream:
        return state.parse_header(stream.read(page))


def _allocated(path):
    return os.lstat(path).st_blocks * 512 if os.path.lexists(path) else 0


def _existing(directory):
    """The directory itself, or the first one above it that exists."""
    while not os.path.isdir(directory):
        directory = os.path.dirname(directory)
    return directory
