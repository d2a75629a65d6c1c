"""What a network costs in time and calls, beside what others take for the same: ``make bench-network``.

Each contender creates the production network in an empty account and is run again, which must change nothing; first with the
emulator at hand, then with 80 ms between, as to a region some way off. Ends with an error if an unchanged run of ours makes more
than 12 calls or takes more than a fifth of Terraform's time, or if creation is slower than Terraform's.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console

from lab.project import LabError

from . import state
from .contenders import CONTENDERS, AmazonAws, Contender, Ours, Run, Terraform, start_of_ansible
from .design import Design
from .emulator import Account, account

SYSTEM_3 = Design(azs=2)
GROWTH = (Design(azs=4), Design(azs=6), Design(azs=2, vpcs=5))
MOST_CALLS, MOST_OF_TERRAFORM = 12, 0.20
NEAR, FAR = "at hand", "far"
CREATED, UNCHANGED = "created", "unchanged"
console = Console(highlight=False, soft_wrap=True)


@dataclass
class Result:
    """All runs of one contender for one design."""

    contender: str
    design: Design
    runs: dict[str, dict[str, list[Run]]] = field(
        default_factory=lambda: {place: {CREATED: [], UNCHANGED: []} for place in (NEAR, FAR)}
    )
    problems: list[str] = field(default_factory=list)

    def seconds(self, place: str, kind: str) -> float | None:
        runs = self.runs[place][kind]
        return statistics.median(run.seconds for run in runs) if runs else None

    def cpu(self, place: str, kind: str) -> float | None:
        runs = self.runs[place][kind]
        return statistics.median(run.cpu for run in runs) if runs else None

    def calls(self, kind: str) -> int | None:
        """The most that any run made."""
        return max((run.calls for run in self.runs[FAR][kind]), default=None)


def once(result: Result, contender: Contender, site: Account, place: str) -> None:
    """An empty account, the network created, and the same again."""
    site.reset()
    # Near, there is nothing to count the calls.
    url = site.url if place == NEAR else site.far
    contender.prepare(url, site.environment(url))
    result.runs[place][CREATED].append(contender.run(site, url))
    before = state.read(site)
    result.runs[place][UNCHANGED].append(contender.run(site, url))
    after = state.read(site)
    if (found := state.resources(before)) != contender.design.resources:
        result.problems.append(f"{place}: {found} resources instead of {contender.design.resources}")
    if state.ids(before) != state.ids(after) or state.normalised(before) != state.normalised(after):
        result.problems.append(f"{place}: the run that should change nothing did")
    if result.runs[place][UNCHANGED][-1].changed:
        result.problems.append(f"{place}: the run that should change nothing says that it did")


def measure(
    site: Account, folder: Path, design: Design, rounds: int, names: list[str], places: tuple[str, ...]
) -> list[Result]:
    """Round by round, so that what else the machine does falls to all alike."""
    results = {name: Result(name, design) for name in names}
    contenders = {name: CONTENDERS[name](folder / f"{name} {design}".replace(" ", "-"), design) for name in names}
    for name, contender in list(contenders.items()):
        if contender.missing:
            console.print(f"  {name} does not take part: {contender.missing}", style="dim", markup=False)
            del contenders[name], results[name]
    for number in range(rounds):
        for place in places:
            for name, contender in contenders.items():
                once(results[name], contender, site, place)
                runs = results[name].runs[place]
                console.print(
                    f"  {number + 1}  {place:8} {name:14} created {runs[CREATED][-1].seconds:6.2f} s"
                    f"  unchanged {runs[UNCHANGED][-1].seconds:6.2f} s",
                    style="dim",
                )
    for result in results.values():
        for problem in dict.fromkeys(result.problems):
            console.print(f"  {result.contender}: {problem}", style="red", markup=False)
    return list(results.values())


def _cell(value: float | None, unit: str = " s", digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f}{unit}"


def table(results: list[Result], delay: float) -> None:
    print(
        f"\n| {results[0].design} | created | {delay:g} ms away | unchanged | {delay:g} ms away | CPU | calls | unchanged |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for each in results:
        times = [_cell(each.seconds(place, kind)) for kind in (CREATED, UNCHANGED) for place in (NEAR, FAR)]
        # What it computes, when nothing changes: not what it waits for.
        cpu = _cell(each.cpu(NEAR, UNCHANGED) or each.cpu(FAR, UNCHANGED))
        calls = [_cell(each.calls(kind), "", 0) for kind in (CREATED, UNCHANGED)]
        print(f"| {' | '.join([each.contender, *times, cpu, *calls])} |")


def worst(ours: Result, peer: Result | None, kind: str) -> float | None:
    """Ours as a part of a peer's time, at hand or far, whichever is worse."""
    if peer is None:
        return None
    pairs = [(ours.seconds(place, kind), peer.seconds(place, kind)) for place in (NEAR, FAR)]
    return max(mine / theirs for mine, theirs in pairs if mine is not None and theirs is not None)


def verdict(results: list[Result]) -> tuple[str, bool]:
    """(the last line, whether it is good enough)"""
    by_name = {each.contender: each for each in results}
    ours, terraform, amazon = by_name[Ours.name], by_name.get(Terraform.name), by_name.get(AmazonAws.name)
    calls = ours.calls(UNCHANGED)
    unchanged, created = worst(ours, terraform, UNCHANGED), worst(ours, terraform, CREATED)
    line = (
        f"unchanged: {calls} calls, {_cell(unchanged, '')} of terraform, {_cell(worst(ours, amazon, UNCHANGED), '')} of"
        f" amazon.aws; created: {_cell(created, '')} of terraform"
    )
    good = not ours.problems and calls is not None and calls <= MOST_CALLS
    if terraform:
        # Near it must not be slower, far away it must be faster.
        far = ours.seconds(FAR, CREATED) < terraform.seconds(FAR, CREATED)
        good = good and unchanged <= MOST_OF_TERRAFORM and round(created, 2) <= 1 and far
    return line, good


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.network", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of which the medians are taken (default: %(default)s)")
    parser.add_argument("--growth-runs", type=int, default=1, help="of the larger networks (default: %(default)s)")
    parser.add_argument(
        "--delay", type=float, default=80, help="milliseconds to the far account (default: %(default)s)"
    )
    parser.add_argument("--out", type=Path, help="file for all results, as JSON")
    arguments = parser.parse_args()
    started, names = time.monotonic(), list(CONTENDERS)
    with account(arguments.delay / 1000) as site, tempfile.TemporaryDirectory(prefix="landfall-bench-") as temporary:
        folder = Path(temporary)
        start = statistics.median(start_of_ansible(site, folder) for _number in range(arguments.runs))
        console.print(f"{SYSTEM_3}\n")
        results = measure(site, folder, SYSTEM_3, arguments.runs, names, (NEAR, FAR))
        grown = []
        for design in GROWTH if arguments.growth_runs else ():
            console.print(f"\n{design}\n")
            grown.append(measure(site, folder, design, arguments.growth_runs, names, (FAR,)))
    for each in (results, *grown):
        table(each, arguments.delay)
    if arguments.out:
        arguments.out.write_text(json.dumps([asdict(each) for found in (results, *grown) for each in found], indent=1))
    print(f"\nansible-playbook alone takes {start:.2f} s to start. {time.monotonic() - started:.0f} s in all")
    line, good = verdict(results)
    print(line)
    return (
        0 if good and not any(each.problems for found in grown for each in found if each.contender == Ours.name) else 1
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as error:
        sys.exit(f"bench: {error}")
