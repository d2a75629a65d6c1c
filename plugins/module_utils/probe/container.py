# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The container behind a URL: whether it keeps running, and what it said."""

from __future__ import annotations

import json

ENOUGH = 3  # restarts after which nobody believes in it any more
LINES = 20


class Watched:
    """A Docker container from the moment on that it is watched. ``run(words)`` returns (exit code, output, errors)."""

    def __init__(self, name, run):
        self.name, self._run = name, run
        self._first = self._last = self._read()

    def _read(self):
        code, out, _err = self._run(["docker", "container", "inspect", self.name])
        if code:
            return {}
        (found,) = json.loads(out)
        return {"restarts": found["RestartCount"], **found["State"]}

    def has_restarted(self):
        """Whether it has begun anew since it was asked this last."""
        before, self._last = self._last, self._read()
        return before.get("StartedAt") != self._last.get("StartedAt")

    def is_lost(self):
        """Whether there is no use in waiting for it. One that is restarted once, for want of a database, may come round."""
        state = self._read()
        stopped = not state or not (state["Running"] or state["Restarting"])
        return stopped or state["restarts"] - self._first.get("restarts", 0) >= ENOUGH

    def describe(self):
        state = self._read()
        if not state:
            return f"The container {self.name} is gone, or the Docker engine does not answer."
        memory = ", it ran out of memory" if state["OOMKilled"] else ""
        return (
            f"The container {self.name} is {state['Status']} "
            f"(restarts: {state['restarts']}, last exit code: {state['ExitCode']}{memory})."
        )

    def log(self):
        """Its last lines, of both streams in their order of writing."""
        _code, out, err = self._run(["docker", "logs", "--tail", str(LINES), "--timestamps", self.name])
        stamped = sorted(line.partition(" ")[::2] for line in (out + err).splitlines() if line[:4].isdigit())
        return [text for _stamp, text in stamped][-LINES:]
