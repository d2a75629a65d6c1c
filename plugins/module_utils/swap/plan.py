# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must be done to a swap file, as a list of steps. Pure.

Nothing is deduced from what an earlier run did: each step follows from the state alone, so that a run that was killed
anywhere is finished by the next one.
"""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.landfall.aws.plugins.module_utils.swap.state import Live, bytes_to_size, fstab_is_right

MIB = 1 << 20
LEAST_BRIDGE = 64 * MIB

# How a file without holes is made. ext2 and ext3 can't reserve, and a file on btrfs must not be copied on write.
# XFS takes a reserved swap file since Linux 4.18.
ALLOCATION = {"ext4": "reserve", "ext3": "write", "ext2": "write", "xfs": "reserve", "btrfs": "reserve_nocow"}


class Impossible(Exception):
    """The wanted state can't be reached; says why, and what to do."""


class Step(NamedTuple):
    name: str
    why: str


def bridge_size(live: Live) -> int:
    """Twice what is in use, in whole MiB; not more than the file that it stands in for."""
    return min(live.header, max(LEAST_BRIDGE, -(-2 * live.listed.used // MIB) * MIB))


def plan_present(live: Live, size: int) -> list[Step]:
    steps = _drop_leftovers(live)
    if not live.sound(size):
        steps += _rebuild(live, size)
    else:
        if (live.mode, live.owner) != (0o600, 0):
            steps.append(Step("protect", f"others could read it: mode {live.mode:04o}, owner {live.owner}"))
        if not live.on:
            steps.append(Step("swap_on", "it is not in use"))
    if live.bridge or "bridge_on" in [step.name for step in steps]:
        _must_fit(live.used, live.available + size)
        steps += [Step("bridge_off", "it is needed no more"), Step("drop_bridge", "it is needed no more")]
    if not fstab_is_right(list(live.fstab)):
        steps.append(Step("add_to_fstab", "it would be off after a reboot"))
    return steps


def plan_absent(live: Live) -> list[Step]:
    """fstab first: a reboot in between must not look for a file that is gone."""
    steps = [Step("remove_from_fstab", "it would be asked for at boot")] if live.fstab else []
    _must_fit(live.used, live.available)
    if live.on:
        steps.append(Step("swap_off", "it is in use"))
    if live.bridge:
        steps += [Step("bridge_off", "it is in use"), Step("drop_bridge", "an earlier run did not finish")]
    steps += _drop_leftovers(live)
    if live.size is not None:
        steps.append(Step("remove", f"it takes {bytes_to_size(live.size)}"))
    return steps


def _drop_leftovers(live: Live) -> list[Step]:
    why = "an earlier run did not finish"
    steps = [Step("drop_leftover", why)] if live.leftover else []
    return [*steps, Step("drop_bridge", why)] if live.bridge_file and not live.bridge else steps


def _rebuild(live: Live, size: int) -> list[Step]:
    """The kernel lets no file be renamed or removed that is on, so the new one can't be on before the old one is gone.

    In between, a small file beside them, the bridge, is on. It takes the pages that are in the old one, and it is made
    anew rather than being as large as the new one: that is the least that must be written. Where the disk has no room
    for all three, the old one goes before the new one is made; and where it has none for a bridge either, there is no
    swap meanwhile.
    """
    if live.filesystem not in ALLOCATION:
        raise Impossible(
            f"its file system is {live.filesystem}, which can't carry a swap file; "
            f"choose a path on one of {', '.join(sorted(ALLOCATION))}"
        )
    room = live.free + live.allocated
    if room < size:
        raise Impossible(
            f"{bytes_to_size(size)} are wanted, and its file system has room for only "
            f"{_about(room)}; choose a smaller size, or make room"
        )
    make = Step("make_new", _what_is_wrong(live, size))
    finish = [Step("put_in_place", "it is ready"), Step("swap_on", "it is not in use")]
    remove = Step("remove", "there is no room for two")
    off = [Step("swap_off", "it is in use")] if live.on else []
    if not live.on or live.bridge:
        if live.on:
            _must_fit(live.listed.used, live.available + live.bridge.size - live.bridge.used)
        return [make, *off, *finish] if live.free >= size else [*off, remove, make, *finish]
    bridge = bridge_size(live)
    build = [Step("make_bridge", "there would be no swap for a while"), Step("bridge_on", "it is ready")]
    if live.free >= size + bridge:
        return [make, *build, *off, *finish]
    if live.free >= bridge and room >= size + bridge:
        return [*build, *off, remove, make, *finish]
    _must_fit(live.listed.used, live.available)
    return [*off, remove, make, *finish]


def _what_is_wrong(live: Live, size: int) -> str:
    if live.size is None:
        return "there is none"
    if live.size != size:
        return f"it has {bytes_to_size(live.size)}, and {bytes_to_size(size)} are wanted"
    if live.header is None:
        return "it has no swap signature"
    if live.header != size:
        return f"its swap signature is for {bytes_to_size(live.header)}"
    return "it has holes"


def _must_fit(used: int, room: int) -> None:
    if used > room:
        raise Impossible(
            f"{_about(used)} in it are in use, and memory can take only {_about(room)}; "
            "stop something first, or add swap elsewhere"
        )


def _about(number: int) -> str:
    return f"{number / MIB:.0f}M"
