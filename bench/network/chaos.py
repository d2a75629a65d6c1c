"""What is left of a network whose making or removal was killed, or that a bad day of AWS came in between: ``make chaos-network``.

Killed: the production network with all that the role vpc knows is created, killed at the begin of each task and at moments in
between, and the same run comes again at once. In turns, all of it is killed, as when its machine loses power, and only
ansible-playbook's own process group, while the modules that it has started go on. The run after it must get through, and the
account must hold what it holds after a run that nobody killed, named alike, and nothing else. Then the same with its removal,
of which nothing must be left.

Faults: the same network is created, run again and removed while a tenth of all calls is throttled, ends in an internal error, or
does not find what was made seconds before.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from itertools import zip_longest
from pathlib import Path

from rich.console import Console

from bench.deploy.chaos import Moment, course, moments
from bench.deploy.host import Play
from lab.project import LabError
from lab.proxy import Faults

from . import state
from .contenders import options
from .design import Design
from .emulator import REGION, Account, account

SHARE = 0.1
MARK = "LANDFALL_CHAOS"  # in the environment of all that a run has started, wherever it has gone since
POWER, GROUP = "all of it", "its group"
PATIENCE = 120
PRESENT, ABSENT = "present", "absent"
DOING = {PRESENT: "creation", ABSENT: "removal"}
REPLIES = {"rule_number": 200, "from_port": 1024, "to_port": 65535, "cidr": "10.0.0.0/16"}
DATABASE = {"rule_number": 100, "from_port": 5432, "cidr": "10.0.0.0/16"}
console = Console(highlight=False, soft_wrap=True)


@dataclass
class Kill:
    """A run that was killed, and what the one after it made of that."""

    doing: str
    how: str = POWER
    killed: bool = False
    task: str = ""
    orphans: int = 0
    problems: list[str] = field(default_factory=list)


class Run(Play):
    """A playbook that can be killed also where its modules run in the background."""

    def __init__(self, log: Path, command: list[str], environment: dict[str, str]):
        self.mark = f"{MARK}={log}".encode()
        super().__init__(log, command, {**environment, MARK: str(log), "PYTHONUNBUFFERED": "1"})

    def kill_as(self, how: str) -> bool:
        """Returns whether there was something to kill."""
        if self.over:
            return False
        if how == GROUP:
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            # Held still, so that nothing is born while it is counted; what is born all the same is found the next time.
            os.kill(self.process.pid, signal.SIGSTOP)
            while found := self.alive():
                for pid in found:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                self.process.poll()
        return self.process.wait() == -signal.SIGKILL

    def alive(self) -> set[int]:
        """What it has started and is not dead, also its grandchildren that have another parent now."""
        found = set()
        for process in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if process.name.isdigit() and self.mark in (process / "environ").read_bytes().split(b"\0"):
                    found.add(int(process.name))
        return found

    def settle(self) -> None:
        """Wait for what goes on by itself."""
        end = time.monotonic() + PATIENCE
        while self.alive():
            if time.monotonic() > end:
                raise LabError(f"What {self.log} started does not end")
            time.sleep(0.05)


@dataclass
class BadDay:
    """A network made, looked at again and removed while calls go wrong."""

    seed: int
    calls: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass
class Truth:
    """What an account holds when nobody disturbed anything, and when each task of it began."""

    held: dict[str, dict[str, list]] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)


def whole_network(azs: int = 2) -> dict:
    """Options of the role vpc: the production network with everything that a network may have."""
    design = Design(azs)
    wanted = options(design.networks()[0], design)
    data = next(tier for tier in wanted["vpc_tiers"] if tier["name"] == "data")
    data["network_acl"] = {"ingress": [DATABASE, REPLIES], "egress": [REPLIES]}
    return {
        **wanted,
        "vpc_name": "prod0",
        "vpc_gateway_endpoints": ["s3", "dynamodb"],
        "vpc_interface_endpoints": ["logs"],
        "vpc_interface_endpoint_tier": "private",
        "vpc_flow_logs": True,
    }


class Network:
    """Plays at the network of an account."""

    def __init__(self, site: Account, folder: Path, wanted: dict | None = None):
        self.site, self.folder = site, folder
        shared = {"landfall_project": "bench", "landfall_environment": "prod", "landfall_region": REGION}
        (folder / "variables.json").write_text(json.dumps({**shared, **(wanted or whole_network())}))
        role = {"role": "landfall.aws.vpc"}
        play = {"name": "Network", "hosts": "localhost", "gather_facts": False, "roles": [role]}
        (folder / "playbook.json").write_text(json.dumps([play]))
        self.number = 0

    def play(self, doing: str, far: bool = False) -> Run:
        self.number += 1
        arguments = ["-i", os.devnull, str(self.folder / "playbook.json"), "-e", f"@{self.folder / 'variables.json'}"]
        environment = self.site.environment(self.site.far if far else self.site.url)
        command = ["ansible-playbook", *arguments, "-e", f"vpc_state={doing}"]
        return Run(self.folder / f"{self.number}.log", command, environment)

    def held(self) -> dict[str, list]:
        return state.normalised(state.read(self.site))

    def compared(self, doing: str, truth: Truth) -> tuple[list[str], int]:
        """(how it differs from what it should be, how many resources too many there are)"""
        held = self.held()
        orphans = sum(max(len(held[kind]) - len(truth.held[doing][kind]), 0) for kind in held)
        return state.differences(truth.held[doing], held), orphans


def told(play: Run, doing: str, code: int) -> list[str]:
    return [f"the {DOING[doing]} ended with exit code {code}", *play.log.read_text(errors="replace").splitlines()[-15:]]


def undisturbed(network: Network, again: bool = True) -> Truth:
    """What comes of a creation and a removal, and, ``again``, that the same runs have nothing left to do."""
    truth = Truth()
    network.site.reset()
    for doing in (PRESENT, ABSENT):
        truth.times[doing] = course(network.play(doing))
        truth.held[doing] = network.held()
        if not again:
            continue
        second = network.play(doing)
        if second.wait() or "changed=0 " not in second.log.read_text():
            raise LabError(f"After an undisturbed {DOING[doing]} the same run changes something. See {second.log}")
    if left := {kind: items for kind, items in truth.held[ABSENT].items() if items}:
        raise LabError(f"An undisturbed removal leaves behind: {left}")
    return truth


def kill(network: Network, doing: str, moment: Moment, how: str, truth: Truth) -> Kill:
    """One run that is killed, and the one that comes at once after it."""
    done, play = Kill(DOING[doing], how), network.play(doing)
    moment.come(play)
    done.task, done.killed = play.task, play.kill_as(how)
    again = network.play(doing)
    if code := again.wait():
        done.problems += told(again, doing, code)
    for each in (play, again):
        each.settle()
    differences, done.orphans = network.compared(doing, truth)
    done.problems += differences
    return done


def show(number: int, done: Kill) -> None:
    mark = "[red]✘[/]" if done.problems else "[green]✔[/]"
    console.print(f"  {mark} {number:3}  {done.doing:8}  {done.how}  ", end="")
    console.print(done.task if done.killed else f"was through before, at {done.task}", style="dim", markup=False)
    for problem in done.problems:
        console.print(f"      {problem}", markup=False)


def boundaries(times: list[float]) -> list[Moment]:
    return [Moment(number, 0) for number in range(1, len(times))]


def killed(network: Network, truth: Truth, chosen: dict[str, list[Moment]]) -> list[Kill]:
    """Each creation that was killed and finished is the network whose removal is killed."""
    found: list[Kill] = []
    for number, (creation, removal) in enumerate(zip_longest(chosen[PRESENT], chosen[ABSENT])):
        network.site.reset()
        for doing, moment in ((PRESENT, creation), (ABSENT, removal)):
            # None is left where one has more tasks than the other; there must be a network to remove all the same.
            if moment is None:
                if doing == PRESENT and network.play(doing).wait():
                    raise LabError(f"An undisturbed {DOING[doing]} failed after others were killed")
                continue
            found.append(kill(network, doing, moment, (POWER, GROUP)[number % 2], truth))
            show(len(found), found[-1])
            if found[-1].problems:
                break  # what is left is no network to go on with
    return found


def bad_day(network: Network, truth: Truth, seed: int, share: float = SHARE) -> BadDay:
    """From an empty account to a network and back, while calls go wrong."""
    network.site.reset()
    network.site.proxy.faults = Faults(share, seed)
    day = BadDay(seed)
    for doing in (PRESENT, ABSENT):
        play = network.play(doing, far=True)
        if code := play.wait():
            day.problems += told(play, doing, code)
        day.problems += network.compared(doing, truth)[0]
        again = network.play(doing, far=True)
        if again.wait() or "changed=0 " not in again.log.read_text():
            day.problems += ["the run after it was not without changes", *told(again, doing, again.process.returncode)]
    proxy = network.site.proxy
    day.calls, day.faults = proxy.calls.total(), dict(proxy.faulted)
    proxy.faults = Faults()
    return day


def show_day(day: BadDay) -> None:
    mark = "[red]✘[/]" if day.problems else "[green]✔[/]"
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(day.faults.items()))
    console.print(f"  {mark} seed {day.seed:3}  {day.calls} calls: {kinds}")
    for problem in day.problems:
        console.print(f"      {problem}", markup=False)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.network.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="at random moments of each (default: %(default)s)")
    parser.add_argument("--every", type=int, default=1, help="n: kill only at each nth task (default: %(default)s)")
    parser.add_argument("--days", type=int, default=10, help="runs with faults (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another one gives other moments (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="file for all results, as JSON")
    arguments = parser.parse_args()
    started = time.monotonic()
    with account() as site, tempfile.TemporaryDirectory(prefix="landfall-chaos-") as folder:
        network = Network(site, Path(folder))
        truth = undisturbed(network)
        chosen = {
            doing: boundaries(times)[:: arguments.every] + moments(times, arguments.kills, arguments.seed)
            for doing, times in truth.times.items()
        }
        for doing, times in truth.times.items():
            console.print(
                f"A {DOING[doing]} takes {times[-1] - times[0]:.1f} s from its first task on, of {len(times) - 1}"
            )
        console.print()
        kills = killed(network, truth, chosen)
        console.print()
        days = []
        for seed in range(arguments.seed, arguments.seed + arguments.days):
            days.append(bad_day(network, truth, seed))
            show_day(days[-1])
    if arguments.out:
        arguments.out.write_text(json.dumps([asdict(each) for each in (*kills, *days)], indent=1))
    hit = [each for each in kills if each.killed]
    converged, through = sum(not each.problems for each in hit), sum(not each.problems for each in days)
    orphans = sum(each.orphans for each in kills)
    print(f"\n{time.monotonic() - started:.0f} s in all")
    for each in (each for each in kills if each.problems):
        print(f"{each.doing} killed at {each.task}: {each.problems[0]}")
    print(
        f"killed: {len(hit)}, converged: {converged}, orphans: {orphans}; "
        f"faults: {len(days)} runs, converged: {through}"
    )
    good = not any(each.problems for each in (*kills, *days)) and not orphans
    return 0 if good and hit and len(days) == arguments.days else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as error:
        sys.exit(f"bench: {error}")
