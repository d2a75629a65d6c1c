"""Run a playbook against a lab and know how long each of its plays took and what it changed."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import ansible_runner

from .project import ROOT, Project


@dataclass
class Play:
    name: str
    started: float
    seconds: float = 0.0
    changed: int = 0
    calls: int = 0  # to AWS, by our own modules; those of amazon.aws do not say how many they make
    failure: str = ""
    hosts: bool = False  # whether the play had a host to run on


@dataclass
class Run:
    log: Path
    plays: list[Play] = field(default_factory=list)
    stats: dict = field(default_factory=dict)
    succeeded: bool = False

    @property
    def changed(self) -> int:
        return sum(self.stats.get("changed", {}).values())


def run(project: Project, playbook: str = "site.yml", arguments: str = "", finished=lambda play: None) -> Run:
    """Run a playbook with inventory/local. ``finished`` is told of each play at its end."""
    log = project.folder("logs") / f"{Path(playbook).stem}.log"
    result = Run(log)
    output = log.open("a")

    def end_of_play() -> None:
        if result.plays:
            play = result.plays[-1]
            play.seconds = time.monotonic() - play.started
            if play.hosts:
                finished(play)

    def handle(event: dict) -> bool:
        if event.get("stdout"):
            print(event["stdout"], file=output, flush=True)
        data, kind = event.get("event_data", {}), event["event"]
        if kind == "playbook_on_play_start":
            end_of_play()
            result.plays.append(Play(data["name"], time.monotonic()))
        elif kind == "playbook_on_task_start":
            result.plays[-1].hosts = True
        elif kind == "runner_on_ok":
            result.plays[-1].changed += bool(data["res"].get("changed"))
            result.plays[-1].calls += data["res"].get("api_call_count", 0)
        elif kind in ("runner_on_failed", "runner_on_unreachable") and not data.get("ignore_errors"):
            result.plays[-1].failure = f"{data.get('task')}: {data.get('res', {}).get('msg', '')}"
        elif kind == "playbook_on_stats":
            end_of_play()
            result.stats = {key: data.get(key, {}) for key in ("ok", "changed", "failures", "dark")}
        return False

    # The runner keeps the arguments and the environment of a run in its folder, for the next one and for whoever looks.
    with output, tempfile.TemporaryDirectory() as folder:
        runner = ansible_runner.run(
            private_data_dir=folder,
            project_dir=str(ROOT),
            playbook=str(ROOT / playbook) if (ROOT / playbook).exists() else playbook,
            inventory=str(ROOT / "inventory" / "local"),
            cmdline=arguments or None,
            envvars={
                **os.environ,
                **project.environment(),
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
                "ANSIBLE_FORCE_COLOR": "0",
                "ANSIBLE_NOCOLOR": "1",
            },
            event_handler=handle,
            quiet=True,
        )
    result.succeeded = runner.status == "successful"
    return result
