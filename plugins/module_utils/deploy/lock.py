# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One deploy of an app at a time: a file on the host that says who is at it. Python's standard library only.

The file lies where a reboot removes it. It is read and written only while its folder is locked, so that of two runs that
want it at the same moment one gets it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
from datetime import datetime, timezone
from pathlib import Path

FOLDER = Path("/run/landfall")
AUDIT = Path("/var/log/landfall")


class Held(Exception):
    """Somebody else has the lock."""

    def __init__(self, holder):
        super().__init__(holder)
        self.holder = holder


class Lock:
    def __init__(self, name, folder=FOLDER, audit=AUDIT):
        self.path = folder / f"{name}.lock"
        self.audit = audit / f"{name}.log"

    def acquire(self, holder, replace=None):
        """Become the holder. Returns who was it before, where ``replace`` is the token of a holder that may be replaced."""
        with self._alone():
            before = self.read()
            if before and before["token"] not in (holder["token"], replace):
                raise Held(before)
            self._write({**holder, "since": now()})
        return before if before and before["token"] != holder["token"] else None

    def release(self, token, entry=None):
        """Let others have it. Returns whether it was ours still; only then is ``entry`` added to the audit log."""
        with self._alone():
            holder = self.read()
            if not holder or holder["token"] != token:
                return False
            if entry:
                self._log({"at": now(), "since": holder["since"], "by": holder["by"], "why": holder["why"], **entry})
            self.path.unlink()
            return True

    def read(self):
        """The holder; None where nobody is it. What can't be understood was written by nobody of us."""
        try:
            return json.loads(self.path.read_text())
        except FileNotFoundError:
            return None
        except ValueError:
            return {"token": "", "by": "unknown", "since": "unknown", "why": f"{self.path} is damaged", "process": {}}

    def _write(self, holder):
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(holder))
        new.replace(self.path)

    def _log(self, entry):
        self.audit.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        with os.fdopen(os.open(self.audit, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640), "a") as file:
            file.write(json.dumps(entry) + "\n")

    @contextlib.contextmanager
    def _alone(self):
        self.path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_dead(holder, this):
    """Whether the holder's process is gone for sure, seen from ``this``: a process of the same controller."""
    process = holder.get("process") or {}
    if process.get("machine") != this["machine"]:
        return False
    return process.get("boot") != this["boot"] or start_time(process.get("pid")) != process.get("started")


def describe_process(pid):
    """A process of this machine, so that it can be told from all others, later ones with the same number too."""
    return {
        # Containers of one machine count their processes each for itself.
        "machine": f"{_line('/etc/machine-id')}/{socket.gethostname()}/{os.readlink('/proc/self/ns/pid')}",
        "boot": _line("/proc/sys/kernel/random/boot_id"),
        "pid": pid,
        "started": start_time(pid),
    }


def start_time(pid):
    """When a process began, in ticks since boot; None where it is gone, or dead and not yet buried."""
    try:
        # The program's name stands in brackets and may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return None if fields[0] in "ZX" else fields[19]


def _line(path):
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def sentence(holder, name):
    """What to tell somebody who wants the lock of the app ``name``."""
    return (
        f"The app {name} is being deployed by {holder['by']} since {holder['since']} ({holder['why']}). "
        "Nothing has been changed. Wait for that to end. If you know that nobody is at it any more, run again with "
        "-e app_lock_break=true: this takes the lock away."
    )
