# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pure half of swap_file: what the host's files say, and what follows from it."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.swap import state
from ansible_collections.landfall.aws.plugins.module_utils.swap.host import Host
from ansible_collections.landfall.aws.plugins.module_utils.swap.plan import (
    ALLOCATION,
    Impossible,
    plan_absent,
    plan_present,
)
from ansible_collections.landfall.aws.plugins.module_utils.swap.state import Active, Live

MIB, GIB, PAGE = 1 << 20, 1 << 30, 4096
ENTRY = "/swapfile none swap sw 0 0"
BARE = Live(filesystem="ext4", free=10 * GIB, available=GIB)
DONE = replace(
    BARE,
    size=2 * GIB,
    allocated=2 * GIB,
    mode=0o600,
    owner=0,
    header=2 * GIB,
    listed=Active(2 * GIB - PAGE, 0),
    fstab=(ENTRY,),
)
HEALED = "make_new", "put_in_place", "swap_on"


def names(steps):
    return tuple(step.name for step in steps)


def header(pages, size=PAGE):
    page = bytearray(size)
    page[1024:1032] = (1).to_bytes(4, "little") + (pages - 1).to_bytes(4, "little")
    page[-10:] = b"SWAPSPACE2"
    return bytes(page)


@pytest.mark.parametrize(("text", "number"), [("2G", 2 * GIB), ("512M", 512 * MIB), ("1024K", MIB), ("1T", 1 << 40)])
def test_sizes_are_read_and_written_in_the_shortest_exact_form(text, number):
    assert state.size_to_bytes(text) == number
    assert state.size_to_bytes(state.bytes_to_size(number)) == number


@pytest.mark.parametrize("text", ["", "0", "0M", "2", "2g", "2GB", "2 G", "-1G", "1.5G", "100K", "2 gigs"])
def test_what_is_not_a_size_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"is not a size; write .* like 512M or 2G"):
        state.size_to_bytes(text)


def test_proc_swaps_is_read():
    text = (
        "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
        "/swapfile                               file\t\t2097148\t\t1024\t\t-2\n"
        "/mnt/with\\040space                      file\t\t1020\t\t0\t\t-3\n"
    )
    assert state.parse_swaps(text) == {
        "/swapfile": Active(2 * GIB - PAGE, MIB),
        "/mnt/with space": Active(1020 * 1024, 0),
    }


@pytest.mark.parametrize("size", [4096, 16384, 65536])
def test_a_signature_says_which_size_it_was_made_for(size):
    assert state.parse_header(header(pages=100, size=size)) == 100 * size


@pytest.mark.parametrize("page", [b"", bytes(PAGE), b"\xff" * 10])
def test_other_content_has_no_signature(page):
    assert state.parse_header(page) is None


@pytest.mark.parametrize(
    ("directory", "kind"),
    [("/", "ext4"), ("/srv/data", "xfs"), ("/srv/database", "ext4"), ("/mnt/a b", "btrfs"), ("/tmp/x", "tmpfs")],
)
def test_the_file_system_is_that_of_the_innermost_last_mount(directory, kind):
    mounts = (
        "overlay / overlay rw 0 0\n/dev/vda1 / ext4 rw 0 0\n/dev/vdb /srv/data xfs rw 0 0\n"
        "/dev/vdc /mnt/a\\040b btrfs rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n"
    )
    assert state.filesystem_of(mounts, directory) == kind


@pytest.mark.parametrize(
    ("entries", "right"),
    [
        ([], False),
        ([ENTRY], True),
        (["/swapfile swap swap defaults,pri=5 0 0"], True),
        (["/swapfile none swap"], True),
        (["/swapfile none swap sw,noauto 0 0"], False),
        ([ENTRY, ENTRY], False),
    ],
)
def test_fstab_turns_it_on_once(entries, right):
    assert state.fstab_is_right(entries) is right


def test_only_our_line_of_fstab_is_touched():
    others = "# /swapfile none swap sw 0 0\nUUID=1 / ext4 rw 0 1\n/swapfile2 none swap sw 0 0\n"
    assert state.fstab_with(others, "/swapfile") == others + ENTRY + "\n"
    assert state.fstab_with(others + ENTRY + "\n" + ENTRY, "/swapfile") == others + ENTRY + "\n"
    assert state.fstab_without(others + ENTRY + "\n", "/swapfile") == others
    assert state.fstab_entries(others + ENTRY, "/swapfile") == [ENTRY]


def test_nothing_is_done_to_what_is_done():
    assert plan_present(DONE, 2 * GIB) == []
    assert plan_absent(BARE) == []


def test_a_bare_host_gets_everything():
    assert names(plan_present(BARE, 2 * GIB)) == (*HEALED, "add_to_fstab")


def test_everything_is_taken_back_with_fstab_first():
    assert names(plan_absent(replace(DONE, leftover=True))) == (
        "remove_from_fstab",
        "swap_off",
        "drop_leftover",
        "remove",
    )


@pytest.mark.parametrize(
    ("broken", "steps"),
    [
        ({"header": None, "listed": None}, HEALED),
        ({"header": GIB, "listed": None}, HEALED),
        ({"size": GIB, "allocated": GIB, "header": GIB, "listed": None}, HEALED),
        ({"allocated": 0, "listed": None}, HEALED),
        ({"listed": None}, ("swap_on",)),
        ({"fstab": ()}, ("add_to_fstab",)),
        ({"mode": 0o644}, ("protect",)),
        ({"owner": 1000}, ("protect",)),
        ({"leftover": True}, ("drop_leftover",)),
        # Another container's file of the same name is on; it is not ours.
        ({"listed": Active(GIB - PAGE, 0)}, ("swap_on",)),
    ],
)
def test_only_what_is_missing_is_done(broken, steps):
    assert names(plan_present(replace(DONE, **broken), 2 * GIB)) == steps


def test_another_size_is_made_beside_the_old_one():
    assert names(plan_present(DONE, 4 * GIB)) == ("make_new", "swap_off", "put_in_place", "swap_on")


def test_without_room_for_two_the_old_one_goes_first():
    tight = replace(DONE, free=GIB)
    assert names(plan_present(tight, 3 * GIB)) == ("swap_off", "remove", "make_new", "put_in_place", "swap_on")


def test_what_does_not_fit_the_disk_is_refused():
    with pytest.raises(Impossible, match="3G are wanted, and its file system has room for only 2560M"):
        plan_present(replace(DONE, free=512 * MIB), 3 * GIB)


@pytest.mark.parametrize("plan", [plan_absent, lambda live: plan_present(live, 4 * GIB)])
def test_swap_stays_on_when_memory_can_not_take_what_is_in_it(plan):
    with pytest.raises(Impossible, match="1536M in it are in use, and memory can take only 1024M"):
        plan(replace(DONE, listed=Active(2 * GIB - PAGE, 1536 * MIB)))


@pytest.mark.parametrize("filesystem", ["overlay", "tmpfs", "zfs", "nfs4", "unknown"])
def test_a_file_system_that_can_not_carry_swap_is_refused(filesystem):
    with pytest.raises(Impossible, match=f"its file system is {filesystem}, which can't carry a swap file"):
        plan_present(replace(BARE, filesystem=filesystem), GIB)


def test_every_step_of_every_plan_can_be_done():
    """All combinations of what can be wrong, present and absent."""
    variants = {
        "size": [None, GIB, 2 * GIB],
        "allocated": [0, 2 * GIB],
        "mode": [0o600, 0o644],
        "header": [None, GIB, 2 * GIB],
        "listed": [None, Active(GIB - PAGE, 0), Active(2 * GIB - PAGE, 0)],
        "fstab": [(), (ENTRY,), (ENTRY, ENTRY)],
        "leftover": [False, True],
        "free": [0, GIB, 10 * GIB],
    }
    seen = set()
    for values in itertools.product(*variants.values()):
        live = replace(BARE, **dict(zip(variants, values)))
        for plan in (plan_absent, lambda live: plan_present(live, 2 * GIB)):
            try:
                steps = names(plan(live))
            except Impossible:
                continue
            seen.update(steps)
            if "make_new" in steps and live.leftover:
                assert steps.index("drop_leftover") < steps.index("make_new")
            if "remove" in steps and live.on:
                assert steps.index("swap_off") < steps.index("remove")
    assert {name for name in seen if not callable(getattr(Host, name))} == set()
    assert {method for method in ALLOCATION.values() if not callable(getattr(Host, f"_{method}"))} == set()


def test_check_mode_tells_what_the_run_will_find():
    assert state.describe_wanted("/swapfile", 2 * GIB) == state.describe("/swapfile", DONE)
    assert state.describe_wanted("/swapfile", None) == state.describe("/swapfile", BARE)
