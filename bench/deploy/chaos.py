"""What a deploy leaves behind that is killed, and whether the next one gets over it: ``make chaos-deploy``.

A deploy is killed at moments that are spread over all of its duration, each of a release that the host has not seen yet, and
while requests come in. After each kill the old release or the new one must answer, and the same deploy, run again at once,
must get through, with nothing left over of the one that was killed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lab.project import LabError

from . import releases
from .__main__ import console, site
from .host import RATE, Host, Play
from .scenarios import deploy, left_over

ASKS = 10


@dataclass
class Moment:
    """A point of a deploy's course: so many seconds after so many tasks have begun. Holds on slower machines, too."""

    tasks: int
    seconds: float

    def come(self, play: Play) -> None:
        while not play.over and play.tasks < self.tasks:
            time.sleep(0.01)
        end = time.monotonic() + self.seconds
        while not play.over and time.monotonic() < end:
            time.sleep(0.01)


@dataclass
class AtTask:
    """The moment when a task of this name has begun."""

    name: str

    def come(self, play: Play) -> None:
        while not play.over and not play.task.endswith(self.name):
            time.sleep(0.01)


@dataclass
class Round:
    old: str
    new: str
    killed: bool = False
    task: str = ""
    answered: bool = False
    resumed: bool = False
    load: dict = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def course(play: Play) -> list[float]:
    """When each task of a deploy began, and when all was over."""
    times: list[float] = []
    while not play.over:
        times += [time.monotonic()] * (play.tasks - len(times))
        time.sleep(0.01)
    if play.wait():
        raise LabError("An undisturbed deploy failed:\n" + "\n".join(play.log.read_text().splitlines()[-25:]))
    return [*times, time.monotonic()]


def moments(times: list[float], count: int, seed: int) -> list[Moment]:
    """Spread over the whole course, at random within their part of it, and in no order."""
    chance = random.Random(seed)
    first, last = times[0], times[-1]
    found = []
    for number in range(count):
        at = first + (number + chance.random()) * (last - first) / count
        tasks = max(sum(begun <= at for begun in times[:-1]), 1)
        found.append(Moment(tasks, at - times[tasks - 1]))
    chance.shuffle(found)
    return found


def kill(host: Host, moment: Moment | AtTask, new: str) -> Round:
    """One deploy that is killed, and the one that comes after it."""
    round_ = Round(host.release, new)
    with host.load() as round_.load:
        play = deploy(host, new)
        moment.come(play)
        round_.task = play.task
        round_.killed = play.kill()
        answers = {host.release for _ask in range(ASKS)}
        round_.answered = answers <= {round_.old, new}
        if not round_.answered:
            round_.problems.append(f"after the kill: {answers}")
        again = deploy(host, new)
        code = again.wait()
    if code:
        round_.problems += [
            f"the deploy after it ended with exit code {code}",
            *again.log.read_text().splitlines()[-15:],
        ]
    if host.release != new:
        round_.problems.append(f"{host.release or 'nothing'} answers after the deploy after it")
    if left := left_over(host):
        round_.problems.append(left)
    round_.resumed = code == 0 and host.release == new and not left
    return round_


def show(number: int, round_: Round) -> None:
    good = round_.killed and round_.answered and round_.resumed
    console.print(
        f"  {'[green]✔[/]' if good else '[red]✘[/]'} {number:2}  {round_.old} → {round_.new}"
        f"  {round_.load['failed']:4} of {round_.load['requests']:5} failed  ",
        end="",
    )
    console.print(round_.task if round_.killed else "was through before", style="dim", markup=False)
    for problem in round_.problems:
        console.print(f"      {problem}", markup=False)
    for cause, count in round_.load["causes"].items():
        console.print(f"      {count:5} {cause}", markup=False)


def chaos(host: Host, count: int, seed: int, first: int = 1) -> list[Round]:
    """Rounds in which a deploy was killed, and, where one was through too early, those too."""
    names = [f"r{first + number}" for number in range(2 * count + 1)]
    fresh = iter(names)

    def next_release() -> str:
        name = next(fresh)
        releases.push(host.project, (name,))
        return name

    times = course(deploy(host, next_release()))
    console.print(f"\nA deploy takes {times[-1] - times[0]:.1f} s from its first task on, of {len(times) - 1}\n")
    rounds: list[Round] = []
    for moment in moments(times, count, seed):
        while len(rounds) < len(names) - 1:
            rounds.append(kill(host, moment, next_release()))
            show(len(rounds), rounds[-1])
            if rounds[-1].killed:
                break
            moment = Moment(moment.tasks - 1, 0)
    return rounds


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.deploy.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another one gives other moments (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=RATE, help="requests per second (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="file for all results, as JSON")
    parser.add_argument("--keep", action="store_true", help="leave the lab as it is at the end")
    arguments = parser.parse_args()
    with site("chaos-deploy", arguments.rate, arguments.keep) as host:
        rounds = chaos(host, arguments.kills, arguments.seed)
    if arguments.out:
        arguments.out.write_text(json.dumps([asdict(round_) for round_ in rounds], indent=1))
    killed = [round_ for round_ in rounds if round_.killed]
    failed = sum(round_.load["failed"] for round_ in rounds)
    requests = sum(round_.load["requests"] for round_ in rounds)
    answered, resumed = sum(each.answered for each in killed), sum(each.resumed for each in killed)
    print(f"dropped meanwhile: {failed} of {requests} requests")
    print(f"killed: {len(killed)}, answered after: {answered}, resumed: {resumed}")
    return 0 if len(killed) == answered == resumed == arguments.kills else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as error:
        sys.exit(f"bench: {error}")
