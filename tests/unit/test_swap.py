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
    bridge_size,
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


BRIDGED = "make_bridge", "bridge_on"
UNBRIDGED = "bridge_off", "drop_bridge"


def test_another_size_is_made_beside_the_old_one_and_a_bridge_is_on_meanwhile():
    expected = ("make_new", *BRIDGED, "swap_off", "put_in_place", "swap_on", *UNBRIDGED)
    assert names(plan_present(DONE, 4 * GIB)) == expected


def test_without_room_for_three_the_old_one_goes_before_the_new_one_is_made():
    tight = replace(DONE, free=2 * GIB)
    expected = (*BRIDGED, "swap_off", "remove", "make_new", "put_in_place", "swap_on", *UNBRIDGED)
    assert names(plan_present(tight, 3 * GIB)) == expected


def test_without_room_for_a_bridge_there_is_no_swap_meanwhile():
    full = replace(DONE, free=MIB)
    assert names(plan_present(full, GIB)) == ("swap_off", "remove", "make_new", "put_in_place", "swap_on")


@pytest.mark.parametrize(
    ("used", "size"), [(0, 64 * MIB), (20 * MIB, 64 * MIB), (100 * MIB + 1, 201 * MIB), (1900 * MIB, 2 * GIB)]
)
def test_a_bridge_takes_what_is_in_use_and_no_more_disk_than_that_needs(used, size):
    assert bridge_size(replace(DONE, listed=Active(2 * GIB - PAGE, used))) == size


def test_what_does_not_fit_the_disk_is_refused():
    with pytest.raises(Impossible, match="3G are wanted, and its file system has room for only 2560M"):
        plan_present(replace(DONE, free=512 * MIB), 3 * GIB)


@pytest.mark.parametrize(
    ("plan", "room"),
    [
        (plan_absent, "1024M"),
        (lambda live: plan_present(replace(live, free=MIB), GIB), "1024M"),
        # A bridge takes them, but then they have to leave it.
        (lambda live: plan_present(live, 256 * MIB), "1280M"),
    ],
)
def test_swap_stays_on_when_memory_can_not_take_what_is_in_it(plan, room):
    with pytest.raises(Impossible, match=f"1536M in it are in use, and memory can take only {room}"):
        plan(replace(DONE, listed=Active(2 * GIB - PAGE, 1536 * MIB)))


def test_what_memory_can_not_take_goes_through_the_bridge():
    full = replace(DONE, listed=Active(2 * GIB - PAGE, 1536 * MIB), available=100 * MIB)
    assert "bridge_on" in names(plan_present(full, 4 * GIB))


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
        "bridge": [None, Active(64 * MIB - PAGE, 0)],
        "bridge_file": [False, True],
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
            for made, there, dropped in (
                ("make_new", live.leftover, "drop_leftover"),
                ("make_bridge", live.bridge_file, "drop_bridge"),
            ):
                if made in steps and there:
                    assert steps.index(dropped) < steps.index(made)
            if "remove" in steps and live.on:
                assert steps.index("swap_off") < steps.index("remove")
    assert {name for name in seen if not callable(getattr(Host, name))} == set()
    assert {method for method in ALLOCATION.values() if not callable(getattr(Host, f"_{method}"))} == set()


class Simulated:
    """A host whose kernel and disk refuse what the real ones refuse."""

    def __init__(self, disk, memory):
        self.disk, self.memory = disk, memory
        self.files, self.on, self.fstab = {}, {}, ()  # files: name -> (size, header); on: name -> bytes in use

    def live(self):
        size, header = self.files.get("path", (None, None))
        bridge = self.files.get("bridge")
        return replace(
            BARE,
            free=self.free()
            + sum(self.files[name][0] for name in self.files if name != "path" and name not in self.on),
            available=self.memory,
            size=size,
            allocated=size or 0,
            mode=0o600,
            header=header,
            listed=Active(header - PAGE, self.on["path"]) if "path" in self.on else None,
            fstab=self.fstab,
            leftover="new" in self.files,
            bridge=Active(bridge[1] - PAGE, self.on["bridge"]) if "bridge" in self.on else None,
            bridge_file=bridge is not None,
        )

    def free(self):
        return self.disk - sum(size for size, _header in self.files.values())

    def do(self, step, live, size, killed=False):
        """``killed``: the step is begun, and not finished."""
        target = "bridge" if "bridge" in step else "new" if step in ("make_new", "drop_leftover") else "path"
        if step in ("make_new", "make_bridge"):
            size = size if step == "make_new" else bridge_size(live)
            assert target not in self.files
            assert size <= self.free()
            self.files[target] = (size // 2, None) if killed else (size, size)
        elif killed:
            pass
        elif step in ("remove", "drop_leftover", "drop_bridge"):
            assert target not in self.on
            del self.files[target]
        elif step == "put_in_place":
            assert not {"new", "path"} & {*self.on}
            self.files["path"] = self.files.pop("new")
        elif step in ("swap_on", "bridge_on"):
            assert self.files[target][0] == self.files[target][1]
            self.on[target] = 0
        elif step in ("swap_off", "bridge_off"):
            used = self.on.pop(target)
            for other in self.on:
                moved = min(used, self.files[other][1] - PAGE - self.on[other])
                self.on[other] += moved
                used -= moved
            assert used <= self.memory
        elif step in ("add_to_fstab", "remove_from_fstab"):
            self.fstab = (ENTRY,) if step == "add_to_fstab" else ()
        else:
            raise AssertionError(step)


@pytest.mark.parametrize("used", [0, 500 * MIB])
@pytest.mark.parametrize("disk", [20 * GIB, 5 * GIB, 4 * GIB])
@pytest.mark.parametrize("goal", [4 * GIB, GIB, None])
def test_a_run_that_is_killed_anywhere_is_finished_by_the_next_one(goal, disk, used):
    """Killed at each step, before it has any effect or in the middle of it; and so is the run that comes after."""
    for first, second in itertools.product(range(14), repeat=2):
        host = Simulated(disk, memory=GIB)
        host.files, host.on, host.fstab = {"path": (2 * GIB, 2 * GIB)}, {"path": used}, (ENTRY,)
        roomy = disk >= 5 * GIB and goal is not None
        for last in (first, second, None):
            live = host.live()
            steps = names(plan_absent(live) if goal is None else plan_present(live, goal))
            for number, step in enumerate(steps):
                host.do(step, live, goal, killed=number == last)
                assert host.on or not roomy, f"no swap after {step} of {steps}"
                if number == last:
                    break
        assert {*host.files} == {*host.on} == (set() if goal is None else {"path"})
        assert names(plan_absent(host.live()) if goal is None else plan_present(host.live(), goal)) == ()


def test_check_mode_tells_what_the_run_will_find():
    assert state.describe_wanted("/swapfile", 2 * GIB) == state.describe("/swapfile", DONE)
    assert state.describe_wanted("/swapfile", None) == state.describe("/swapfile", BARE)
