# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a change of Docker's daemon.json means for the running engine. Pure."""

from __future__ import annotations

import json
import re

# https://docs.docker.com/reference/cli/dockerd/#configuration-reload-behavior
# It names "features" too, but some of them, like containerd-snapshotter, are looked at when the engine starts.
RELOADABLE = frozenset(
    {
        "authorization-plugins",
        "debug",
        "default-runtime",
        "insecure-registries",
        "labels",
        "live-restore",
        "max-concurrent-downloads",
        "max-concurrent-uploads",
        "max-download-attempts",
        "registry-mirrors",
        "runtimes",
        "shutdown-timeout",
    }
)


def parse(text: str | None) -> dict | None:
    """The options in a daemon.json; None where there is no file, or nothing the engine could read."""
    try:
        options = json.loads(text or "")
    except ValueError:
        return None
    return options if isinstance(options, dict) else None


def render(options: dict) -> str:
    return json.dumps(options, indent=2, sort_keys=True) + "\n"


def differing(live: dict | None, wanted: dict | None) -> list[str]:
    """The names of the options that differ."""
    live, wanted = live or {}, wanted or {}
    missing = object()
    return sorted(name for name in {*live, *wanted} if live.get(name, missing) != wanted.get(name, missing))


def is_as_wanted(before: str | None, wanted: dict | None) -> bool:
    """Whether a file with this text needs no change. No file tells the engine the same as one without options."""
    if before is None:
        return not wanted
    return wanted is not None and parse(before) == wanted


def effect(live: dict | None, wanted: dict | None) -> str:
    """What makes a running engine follow: "reload", "restart" or "none".

    The engine ignores an option that is missing when it reloads, so one that was taken out needs a restart.
    """
    names = differing(live, wanted)
    if not names:
        return "none"
    return "reload" if all(name in RELOADABLE and name in (wanted or {}) for name in names) else "restart"


def with_defaults(options: dict, defaults: dict, usage: str | None) -> dict:
    """The options, and those defaults which they don't set and the engine knows.

    ``usage`` is the engine's --help, None where there is no engine to ask. An option that holds several values is named in
    the plural in daemon.json only.
    """
    known = {
        name
        for name in defaults
        if usage is None or re.search(rf"--{re.escape(name.removesuffix('s'))}s?\s", usage) is not None
    }
    return {**{name: defaults[name] for name in known}, **options}


def is_behind(properties: str, changed_at: float, now: float, monotonic: float) -> bool:
    """Whether the engine runs, and last started or reloaded before its configuration was changed.

    ``properties`` is what ``systemctl show`` says of ActiveState and StateChangeTimestampMonotonic.
    """
    values = dict(line.split("=", 1) for line in properties.splitlines() if "=" in line)
    if values.get("ActiveState") != "active":
        return False
    followed_at = now - monotonic + int(values["StateChangeTimestampMonotonic"]) / 1e6
    return changed_at > followed_at
