# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is live on a host: its Docker engine, the app's containers, the releases that are kept. Reads only."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ansible_collections.landfall.aws.plugins.module_utils.deploy.releases import LABEL, RECORD, containers_of

FOLDER = Path("/var/lib/landfall")


class Engine:
    """The Docker engine, through its command line."""

    def __init__(self, run):
        """``run(words)`` returns (exit code, output, errors)."""
        self._run = run

    def describe(self):
        """(architecture, why not): one of them is None."""
        try:
            code, out, err = self._run(["docker", "version", "--format", "{{json .Server}}"])
        except OSError as error:
            return None, str(error)
        if code:
            return None, err.strip() or out.strip()
        return json.loads(out)["Arch"], None

    def containers(self, app):
        names = self._lines(
            ["docker", "container", "ls", "--all", "--quiet", "--filter", f"label={LABEL}app={app}"],
        )
        # One may go between the two calls; the others are told nevertheless.
        return containers_of(self._inspect("container", names)) if names else []

    def image(self, reference):
        """(id, architecture) of an image on the host; (None, None) where it is not there."""
        found = self._inspect("image", [reference]) if reference else []
        return (found[0]["Id"], found[0]["Architecture"]) if found else (None, None)

    def _inspect(self, kind, names):
        code, out, err = self._run(["docker", kind, "inspect", *names])
        if code and "no such" not in err.lower():
            raise OSError(f"docker {kind} inspect: {err.strip()}")
        return json.loads(out or "[]")

    def _lines(self, words):
        code, out, err = self._run(words)
        if code:
            raise OSError(f"{' '.join(words[:3])}: {err.strip()}")
        return out.split()


def read_records(folder):
    """(records by release, files that belong to none) of an app."""
    files = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        match = RECORD.fullmatch(path.name)
        if match:
            files.setdefault(match["release"], {})[match["kind"]] = path
    records = {}
    for release, kinds in files.items():
        try:
            record = json.loads(kinds["json"].read_text())
            complete = "env" in kinds or not record["configuration"]["secrets"]
        except (KeyError, ValueError, TypeError):
            continue
        if complete:
            records[release] = record
    return records, [str(path) for release, kinds in files.items() if release not in records for path in kinds.values()]


def read_key(path, make):
    """The host's own key for the names of releases. Without ``make``, something in its place where there is none yet."""
    if make and not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(os.urandom(32))
        new.replace(path)
    return path.read_bytes() if path.exists() else b"\0"
