"""What may happen to a host while requests come in, and how each of it must end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from lab.project import LabError

from .host import PLAYS, TAIL, Host, Play
from .releases import reference

# What ansible-playbook says of a task that failed; an unreachable host or a playbook that can't be read has another one.
FAILED = 2
# Deploys that must fail are not waited for longer than this.
HEALTH_SECONDS = 15


@dataclass
class Outcome:
    name: str
    seconds: float = 0.0
    load: dict = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    said: str = ""  # the last words of a playbook that ended otherwise than it should

    @property
    def releases(self) -> str:
        return " → ".join(self.load["releases"]) or "none"


def deploy(host: Host, release: str) -> Play:
    return host.play(
        "landfall.aws.deploy",
        "-e", f"app_image={reference(host.project, release)}",
        "-e", f"app_health_timeout={HEALTH_SECONDS}",
    )  # fmt: skip


def rollback(host: Host) -> Play:
    return host.play("landfall.aws.rollback")


def set_caddy_option(host: Host, value: str) -> Play:
    return host.play(str(PLAYS / "caddy.yml"), caddy_extra_directives=f"header X-Setting {value}")


def under_load(
    host: Host,
    name: str,
    action: Callable[[Host], Play | None],
    answering: list[str],
    fails: bool = False,
    afterwards: Callable[[Host], str] = lambda host: "",
    tail: float = TAIL,
) -> Outcome:
    """Do something while requests come in, and compare with what must come of it.

    answering: the releases that must have answered, in their order. afterwards: what is wrong then; empty where all is well.
    """
    outcome = Outcome(name)
    with host.load(tail) as outcome.load:
        begun = time.monotonic()
        play = action(host)
        code = play.wait() if play else 0
        outcome.seconds = time.monotonic() - begun
        if play and code != (FAILED if fails else 0):
            outcome.problems.append(f"ended with exit code {code}")
            outcome.said = "\n".join(play.log.read_text().splitlines()[-25:])
    if outcome.load["failed"]:
        reasons = ", ".join(f"{count} {cause}" for cause, count in outcome.load["causes"].items())
        outcome.problems.append(f"{outcome.load['failed']} requests failed: {reasons}")
    if list(outcome.load["releases"]) != answering:
        outcome.problems.append(f"answered: {outcome.releases}, and not {' → '.join(answering)}")
    if host.release != answering[-1]:
        outcome.problems.append(f"{host.release or 'nothing'} answers afterwards")
    if wrong := afterwards(host):
        outcome.problems.append(wrong)
    return outcome


def left_over(host: Host) -> str:
    """What no deploy may leave on a host."""
    wrong = []
    containers = host.containers()
    if not set(containers) <= {"app-blue", "app-green"} or list(containers.values()).count("running") != 1:
        wrong.append(f"containers are {containers}")
    if files := host.run(LEFT_OVER).split():
        wrong.append(f"left over: {', '.join(files)}")
    return "; ".join(wrong)


# Locks, and logins to the registry for one deploy only.
LEFT_OVER = "sudo find /run/landfall -mindepth 1 2>/dev/null || true"


def has_setting(value: str) -> Callable[[Host], str]:
    def check(host: Host) -> str:
        found = host.ask().headers.get("X-Setting")
        return "" if found == value else f"Caddy's option is {found}"

    return check


def restart_engine(host: Host) -> None:
    host.restart_engine()


SCENARIOS: dict[str, Callable[[Host, str], Outcome]] = {
    "deploy of a good release": lambda host, name: under_load(
        host, name, lambda host: deploy(host, "v2"), ["v1", "v2"], afterwards=left_over
    ),
    "deploy that never becomes well": lambda host, name: under_load(
        host, name, lambda host: deploy(host, "never-well"), ["v2"], fails=True, afterwards=left_over
    ),
    "deploy that crashes after a second": lambda host, name: under_load(
        host, name, lambda host: deploy(host, "crashes"), ["v2"], fails=True, afterwards=left_over
    ),
    "deploy that takes 5 s to boot": lambda host, name: under_load(
        host, name, lambda host: deploy(host, "slow-to-boot"), ["v2", "slow-to-boot"], afterwards=left_over
    ),
    "rollback": lambda host, name: under_load(host, name, rollback, ["slow-to-boot", "v2"], afterwards=left_over),
    "Caddy's options change": lambda host, name: under_load(
        host, name, lambda host: set_caddy_option(host, "new"), ["v2"], afterwards=has_setting("new")
    ),
    "Docker is restarted": lambda host, name: under_load(host, name, restart_engine, ["v2"], afterwards=left_over),
}


def plain_way(host: Host) -> list[Outcome]:
    """The same changes of image, with the container replaced where it is."""

    def replaced_by(release: str) -> Callable[[Host], Play]:
        return lambda host: host.play(str(PLAYS / "plain.yml"), "-e", f"app_image={reference(host.project, release)}")

    for play in (
        lambda: host.play(str(PLAYS / "plain_before.yml")),
        lambda: replaced_by("v1")(host),
    ):
        started = play()
        if started.wait():
            raise LabError("The plain way can't be set up:\n" + "\n".join(started.log.read_text().splitlines()[-25:]))
    return [
        under_load(host, "plain way: a good release", replaced_by("v2"), ["v1", "v2"]),
        # The playbook says that all is well before it is.
        under_load(host, "plain way: 5 s to boot", replaced_by("slow-to-boot"), ["v2", "slow-to-boot"], tail=8),
        under_load(host, "plain way: crashes after a second", replaced_by("crashes"), ["slow-to-boot"], tail=8),
    ]
