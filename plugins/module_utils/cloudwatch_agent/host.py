# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what the CloudWatch agent on this host runs, and does the steps of a plan with the agent's own programs."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from ansible_collections.landfall.aws.plugins.module_utils.cloudwatch_agent import config

AGENT = Path("/opt/aws/amazon-cloudwatch-agent")
UNIT = "amazon-cloudwatch-agent.service"


class Refused(Exception):
    """The agent does not take a configuration; says what the agent says."""


class Host:
    """``run(*words)`` runs a command and gives its return code and what it said; ``move`` puts a file in place at once."""

    def __init__(self, path, mode, run, move, scratch):
        self.source, self.mode = Path(path), mode
        self._run, self._move, self._scratch = run, move, Path(scratch)
        self.etc, self.bin = AGENT / "etc", AGENT / "bin"
        self.ctl = self.bin / "amazon-cloudwatch-agent-ctl"
        self.copies = self.etc / "amazon-cloudwatch-agent.d"
        self.own = self.copies / config.loaded_name(path)

    @property
    def installed(self):
        return self.ctl.exists()

    def read(self) -> config.Live:
        names = os.listdir(self.copies) if self.copies.is_dir() else []
        return config.Live(
            source=_text(self.source),
            own=_text(self.own) if self.installed else None,
            others=config.others(names, self.own.name, (self.etc / config.LEGACY).exists()),
            behind=self.installed and self._behind(),
        )

    def _behind(self):
        _rc, said = self._run("systemctl", "show", UNIT, "--property=ActiveState,ActiveEnterTimestampMonotonic")
        # The folder's time tells of copies that have gone.
        times = [path.stat().st_mtime for path in (self.own, self.copies) if path.exists()]
        return config.is_behind(said, max(times, default=0), time.time(), time.monotonic())

    def validate(self, wanted, exclusive):
        """Lets the agent's programs check what they would make of it, as `ctl` does, but in a folder of its own.

        `ctl` itself overwrites what the agent runs before its second check.
        """
        copies, output = self._scratch / "amazon-cloudwatch-agent.d", self._scratch / "amazon-cloudwatch-agent.toml"
        copies.mkdir()
        if self.copies.is_dir() and not exclusive:
            for path in self.copies.iterdir():
                if path.suffix != ".tmp" and path.is_file():
                    shutil.copy(path, copies)
        (copies / f"{self.own.name}.tmp").write_text(config.render(wanted))
        words = {
            "--input": self.etc / config.LEGACY,
            "--input-dir": copies,
            "--output": output,
            "--mode": self.mode,
            "--config": self.etc / "common-config.toml",
            "--multi-config": "default" if exclusive else "append",
        }
        self._must("config-translator", *(str(word) for pair in words.items() for word in pair))
        self._must("amazon-cloudwatch-agent", "-schematest", "-config", str(output))

    def apply(self, steps, wanted, exclusive):
        self._wanted, self._exclusive = wanted, exclusive
        for step in steps:
            getattr(self, step.name)()

    def write(self):
        new = self._scratch / self.source.name
        new.write_text(config.render(self._wanted))
        new.chmod(0o644)
        self.source.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        self._move(str(new), str(self.source))

    def load(self):
        self._ctl("fetch-config" if self._exclusive else "append-config")

    def unload(self):
        self._ctl("remove-config")

    def delete(self):
        self.source.unlink()

    def follow(self):
        """Nothing that is done here: who asked restarts the agent."""

    def _ctl(self, action):
        self._must(self.ctl.name, "-a", action, "-m", self.mode, "-c", f"file:{self.source}")

    def _must(self, program, *words):
        rc, said = self._run(str(self.bin / program), *words)
        if rc:
            raise Refused(said.replace(str(self._scratch), str(self.etc)).strip())


def _text(path):
    return path.read_text() if path.exists() else None
