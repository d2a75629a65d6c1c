# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must be done so that the CloudWatch agent runs a configuration, as a list of steps. Pure.

The agent keeps its own copies: its ``ctl`` copies a file into ``etc/amazon-cloudwatch-agent.d`` under another name, and at
each start the agent merges all that lies there. So what it runs is read there, and not from the file it was given.
"""

from __future__ import annotations

import json
import os
import re
from typing import NamedTuple

# Tutorials put a configuration here. The agent merges it with the others until the next `fetch-config` deletes it.
LEGACY = "amazon-cloudwatch-agent.json"


class Step(NamedTuple):
    name: str
    why: str


class Live(NamedTuple):
    """``own`` is what the agent has under our name, ``others`` are the names of all else that it merges with it."""

    source: str | None
    own: str | None
    others: tuple[str, ...]
    behind: bool


def loaded_name(path: str) -> str:
    """What ``ctl`` calls its copy of a file."""
    return "file_" + re.sub(r"[/ :]", "_", os.path.basename(path))


def others(names: list[str], own: str, legacy: bool) -> tuple[str, ...]:
    """Whose configurations the agent has besides ours; ``.tmp`` is what a ``ctl`` that was killed has left."""
    found = [name for name in sorted(names) if name != own and not name.endswith(".tmp")]
    return (*found, *([LEGACY] if legacy else []))


def render(config: dict) -> str:
    return json.dumps(config, indent=2, sort_keys=True) + "\n"


def parse(text: str | None):
    """The configuration in a file; None where there is none, or nothing the agent could read."""
    try:
        return json.loads(text or "")
    except ValueError:
        return None


def plan_present(live: Live, wanted: dict, exclusive: bool) -> list[Step]:
    steps = []
    if live.source != render(wanted):
        steps.append(Step("write", "the file is not as wanted" if live.source else "there is no file"))
    if live.own is None:
        steps.append(Step("load", "the agent does not have it"))
    elif parse(live.own) != wanted:
        steps.append(Step("load", "the agent has another one"))
    elif exclusive and live.others:
        steps.append(Step("load", f"the agent has others, too: {', '.join(live.others)}"))
    return steps + _follow(live, steps)


def plan_absent(live: Live) -> list[Step]:
    """Where the agent has no other configuration there is nothing left for it to run, and it is for others to remove it."""
    steps = []
    if live.own is not None and live.others:
        steps.append(Step("unload", "the agent has it"))
    if live.source is not None:
        steps.append(Step("delete", "the file is there"))
    return steps + _follow(live, steps)


def _follow(live: Live, steps: list[Step]) -> list[Step]:
    if live.behind and not any(step.name in ("load", "unload") for step in steps):
        return [Step("follow", "the agent has not been started since it has its configuration")]
    return []


def effect(steps: list[Step]) -> str:
    return "restart" if any(step.name in ("load", "unload", "follow") for step in steps) else "none"


def is_behind(properties: str, changed_at: float, now: float, monotonic: float) -> bool:
    """Whether the agent runs, and was started before its configurations were changed; or keeps failing.

    ``properties`` is what ``systemctl show`` says of ActiveState and ActiveEnterTimestampMonotonic.
    """
    values = dict(line.split("=", 1) for line in properties.splitlines() if "=" in line)
    if values.get("ActiveState") != "active":
        return values.get("ActiveState") == "activating"
    started_at = now - monotonic + int(values["ActiveEnterTimestampMonotonic"]) / 1e6
    return changed_at > started_at
