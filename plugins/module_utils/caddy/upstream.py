# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where Caddy sends an app's requests, said by files that are there or not.

Caddy looks for them at each request, so a switch takes effect with the next one and needs no reload. A reload would close
the connections that clients keep open, and some of them would have a request on its way.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

FOLDER = Path("/etc/caddy/upstreams")
MARKS = ("green", "hold", "maintenance")


class Upstream:
    def __init__(self, name, folder=FOLDER):
        self.name, self.folder = name, folder

    @property
    def file(self):
        return self.folder / f"{self.name}.caddy"

    def _mark(self, mark):
        return self.folder / f"{self.name}.{mark}"

    def marks(self):
        """Which of the files are there."""
        return {mark for mark in MARKS if self._mark(mark).exists()}

    def colour(self):
        """Which container requests go to; None where Caddy has not been told of the app."""
        return ("green" if "green" in self.marks() else "blue") if self.file.is_file() else None

    def is_imported(self):
        """Whether the Caddyfile uses it."""
        caddyfile = self.folder.parent / "Caddyfile"
        pattern = rf"(?m)^\s*import\s+{re.escape(self.name)}\s*$"
        return caddyfile.is_file() and re.search(pattern, caddyfile.read_text()) is not None

    def set(self, wanted):
        """Have these files and no others. What lets requests through is changed last."""
        have = self.marks()
        self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        for mark in sorted(wanted - have, key=MARKS.index):
            self._mark(mark).touch(mode=0o644)
        for mark in sorted(have - wanted, key=MARKS.index):
            self._mark(mark).unlink(missing_ok=True)
        descriptor = os.open(self.folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def requests_at(upstreams, address):
    """How many requests an address has at the moment, out of what Caddy tells of all."""
    return sum(each.get("num_requests", 0) for each in upstreams or () if each.get("address") == address)


def drain(read, address, timeout):
    """Wait until an address has no requests any more. Returns how many it has when the time is over."""
    end = time.monotonic() + timeout
    while True:
        left = requests_at(read(), address)
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.1)
