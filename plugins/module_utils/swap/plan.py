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

# How a file without holes is made. What fallocate reserves on XFS counts as a hole for swapon of older kernels, and a
# file on btrfs must not be copied on write.
ALLOCATION = {"ext4": "reserve", "ext3": "write", "ext2": "write", "xfs": "write", "btrfs": "reserve_nocow"}


class Impossible(Exception):
    """The wanted state can't be reached; says why, and what to do."""


class Step(NamedTuple):
    name: str
    why: str


def plan_present(live: Live, size: int) -> list[Step]:
    steps = [Step("drop_leftover", "an earlier run did not finish")] if live.leftover else []
    if not live.sound(size):
        steps += _rebuild(live, size)
    else:
        if (live.mode, live.owner) != (0o600, 0):
            steps.append(Step("protect", f"others could read it: mode {live.mode:04o}, owner {live.owner}"))
        if not live.on:
            steps.append(Step("swap_on", "it is not in use"))
    if not fstab_is_right(list(live.fstab)):
        steps.append(Step("add_to_fstab", "it would be off after a reboot"))
    return steps


def plan_absent(live: Live) -> list[Step]:
    """fstab first: a reboot in between must not look for a file that is gone."""
    steps = [Step("remove_from_fstab", "it would be asked for at boot")] if live.fstab else []
    if live.on:
        _must_fit(live)
        steps.append(Step("swap_off", "it is in use"))
    if live.leftover:
        steps.append(Step("drop_leftover", "an earlier run did not finish"))
    if live.size is not None:
        steps.append(Step("remove", f"it takes {bytes_to_size(live.size)}"))
    return steps


def _rebuild(live: Live, size: int) -> list[Step]:
    if live.filesystem not in ALLOCATION:
        raise Impossible(
            f"its file system is {live.filesystem}, which can't carry a swap file; "
            f"choose a path on one of {', '.join(sorted(ALLOCATION))}"
        )
    if live.free + live.allocated < size:
        raise Impossible(
            f"{bytes_to_size(size)} are wanted, and its file system has room for only "
            f"{_about(live.free + live.allocated)}; choose a smaller size, or make room"
        )
    make = Step("make_new", _what_is_wrong(live, size))
    finish = [Step("put_in_place", "it is ready"), Step("swap_on", "it is not in use")]
    off = []
    if live.on:
        _must_fit(live)
        off = [Step("swap_off", "it is in use")]
    # Made beside the old one where there is room, so that the host is without swap for a moment only. The kernel lets
    # no file be renamed that is on, so the new one can't be on before the old one is gone.
    if live.free >= size:
        return [make, *off, *finish]
    return [*off, Step("remove", "there is no room for two"), make, *finish]


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


def _must_fit(live: Live) -> None:
    if live.listed.used > live.available:
        raise Impossible(
            f"{_about(live.listed.used)} in it are in use, and memory can take only {_about(live.available)}; "
            "stop something first, or add swap elsewhere"
        )


def _about(number: int) -> str:
    return f"{number / (1 << 20):.0f}M"
