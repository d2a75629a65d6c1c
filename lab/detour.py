"""The way to a host's port that this machine has in use on all its addresses, sshd's usually.

Such a port can't be published on a host's address: the address is this machine's own, and taken. So what this machine sends
there is turned to the way in by its firewall instead. The rules are this lab's alone and go with it.
"""

from __future__ import annotations

import zlib

from . import engine, images
from .project import Project, Settings


def bridge(project: Project) -> str:
    """Name of the lab network's interface; Linux allows 15 characters."""
    return f"lab{zlib.crc32(project.prefix.encode()):08x}"


def chain(project: Project) -> str:
    return f"LANDFALL-{zlib.crc32(project.prefix.encode()):08x}"


def _fixed_rules(project: Project, settings: Settings) -> list[str]:
    device = bridge(project)
    return [
        f"nat OUTPUT -d 127.{settings.public_network}.0.0/16 -p tcp -j {chain(project)}",
        # What leaves loopback needs an address that it can be answered at.
        f"nat POSTROUTING -s 127.0.0.0/8 -o {device} -j MASQUERADE",
        # route_localnet would let containers of the lab at this machine's loopback.
        f"raw PREROUTING -i {device} -d 127.0.0.0/8 -j DROP",
    ]


def _with(action: str, rule: str) -> str:
    table, rest = rule.split(" ", 1)
    return f"iptables -w -t {table} {action} {rest}"


def lay(project: Project, settings: Settings, ways: dict[tuple[str, int], str]) -> None:
    """Have a detour for each (public address, port), to the way in with this address, and for no other."""
    name = chain(project)
    script = [
        "umount /proc/sys 2>/dev/null || true",
        f"sysctl -qw net.ipv4.conf.{bridge(project)}.route_localnet=1",
        f"iptables -w -t nat -N {name} 2>/dev/null || iptables -w -t nat -F {name}",
        *(
            f"iptables -w -t nat -A {name} -d {public} -p tcp --dport {port} -j DNAT --to-destination {own}:{port}"
            for (public, port), own in sorted(ways.items())
        ),
        *(f"{_with('-C', rule)} 2>/dev/null || {_with('-I', rule)}" for rule in _fixed_rules(project, settings)),
    ]
    _on_this_machine(script)


def remove(project: Project, settings: Settings) -> None:
    name = chain(project)
    script = [f"{_with('-D', rule)} 2>/dev/null || true" for rule in _fixed_rules(project, settings)]
    script += [f"iptables -w -t nat -{action} {name} 2>/dev/null || true" for action in "FX"]
    _on_this_machine(script)


def _on_this_machine(script: list[str]) -> None:
    """Run commands in this machine's network. In a container, so that the group docker is enough."""
    engine.client().containers.run(
        images.SERVICES, ["sh", "-ec", "\n".join(script)], network_mode="host", remove=True,
        cap_add=["ALL"], cap_drop=["SYS_RESOURCE"], security_opt=["seccomp=unconfined", "apparmor=unconfined"],
    )  # fmt: skip
