"""What deploys, rollbacks and reconfigurations cost in lost requests: ``make bench-deploy``.

Brings up a lab of its own and site.yml in it, then lets each scenario happen while requests come in all the time. For
comparison, not counted, the same changes the plain way. Ends with an error if a request was lost, or if a scenario ended
otherwise than it must.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from lab import lab, playbook
from lab.project import LabError, Project

from . import releases, scenarios
from .host import RATE, Host
from .scenarios import Outcome

console = Console(highlight=False, soft_wrap=True)


@contextmanager
def site(name: str, rate: float = RATE, keep: bool = False) -> Iterator[Host]:
    """A lab of its own with site.yml in it, and release v1 as the app."""
    project = Project(name)
    try:
        lab.up(project)
        releases.push(project)
        run = playbook.run(project, arguments=f"-e app_image={releases.reference(project, 'v1')}")
        if not run.succeeded:
            failures = [play.failure for play in run.plays if play.failure]
            raise LabError(f"site.yml failed. {'; '.join(failures)}")
        host = Host(project, rate)
        assert host.release == "v1", f"{host.release} answers after site.yml"
        yield host
    finally:
        if not keep:
            lab.down(project, purge=False)


def show(outcome: Outcome) -> None:
    load = outcome.load
    mark = "[red]✘[/]" if outcome.problems else "[green]✔[/]"
    console.print(
        f"  {mark} {outcome.name:<36}{load['requests']:6} requests {load['failed']:5} failed"
        f" {load['outage']:6.2f} s outage {outcome.seconds:6.1f} s  [dim]{outcome.releases}[/]"
    )


def explain(outcome: Outcome) -> None:
    for problem in outcome.problems:
        console.print(f"      {problem}", markup=False)
    if outcome.load["late"] > 0.25:
        console.print(f"      This machine was busy: requests were sent up to {outcome.load['late']:.2f} s late.")
    if outcome.said:
        console.print(outcome.said, markup=False, style="dim")


def table(outcomes: list[Outcome]) -> None:
    print("\n| scenario | requests | failed | longest outage | slowest answer | deploy takes | who answered |")
    print("|---|---|---|---|---|---|---|")
    for outcome in outcomes:
        load = outcome.load
        print(
            f"| {outcome.name} | {load['requests']} | {load['failed']} | {load['outage']:.2f} s"
            f" | {load['slowest']:.2f} s | {outcome.seconds:.1f} s | {outcome.releases} |"
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.deploy", description=__doc__)
    parser.add_argument("--rate", type=float, default=RATE, help="requests per second (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="file for all results, as JSON")
    parser.add_argument("--keep", action="store_true", help="leave the lab as it is at the end")
    parser.add_argument("--only", action="append", choices=list(scenarios.SCENARIOS), help="this scenario alone")
    arguments = parser.parse_args()
    started, outcomes = time.monotonic(), []
    with site("bench-deploy", arguments.rate, arguments.keep) as host:
        console.print(f"\n{arguments.rate:g} requests/s over HTTPS, a quarter of them on connections of their own\n")
        for name, scenario in scenarios.SCENARIOS.items():
            if arguments.only and name not in arguments.only:
                continue
            outcomes.append(scenario(host, name))
            show(outcomes[-1])
            explain(outcomes[-1])
        console.print("\n  For comparison, not counted:")
        compared = scenarios.plain_way(host)
        for outcome in compared:
            show(outcome)
        if not compared[0].load["failed"]:
            outcomes[-1].problems.append("The plain way dropped nothing, so this load would not see what is dropped")
    table(outcomes + compared)
    if arguments.out:
        arguments.out.write_text(json.dumps([asdict(outcome) for outcome in outcomes + compared], indent=1))
    dropped = sum(outcome.load["failed"] for outcome in outcomes)
    requests = sum(outcome.load["requests"] for outcome in outcomes)
    print(f"\n{time.monotonic() - started:.0f} s in all")
    for outcome in outcomes:
        for problem in outcome.problems:
            print(f"{outcome.name}: {problem}")
    print(f"dropped: {dropped} of {requests} requests in {len(outcomes)} scenarios")
    return 1 if any(outcome.problems for outcome in outcomes) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as error:
        sys.exit(f"bench: {error}")
