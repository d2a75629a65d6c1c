# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan is complete, says why, and reads like one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.changes import (
    Resource,
    compare,
    count,
    pending,
    removals,
    render,
    report,
)

RESOURCES = st.lists(
    st.builds(
        Resource,
        type=st.sampled_from(["vpc", "subnet"]),
        name=st.sampled_from("abcd"),
        properties=st.fixed_dictionaries(
            {
                "size": st.integers(0, 2),
                "place": st.sampled_from("xy"),
                "tags": st.dictionaries(st.sampled_from("kl"), st.just("v")),
            }
        ),
        id=st.none() | st.sampled_from(["id-1", "id-2"]),
        immutable=st.just(("place",)),
    ),
    max_size=6,
)


def unique(resources):
    return list({resource.identity: resource for resource in resources}.values())


def apply(changes, live):
    """What is live after a plan, by an AWS that does just what it is told."""
    gone = {change.id or change.name for change in changes if change.action in ("remove", "replace")}
    kept = {each.identity: each for each in live if (each.id or each.name) not in gone}
    for change in changes:
        if change.action in ("add", "replace", "change"):
            old = kept.get((change.type, change.name))
            properties = {**(old.properties if old else {}), **change.after}
            kept[(change.type, change.name)] = Resource(change.type, change.name, properties)
    return list(kept.values())


@given(RESOURCES.map(unique), RESOURCES.map(unique))
def test_a_plan_that_is_applied_leaves_nothing_to_do(wanted, live):
    live = [Resource(each.type, each.name, each.properties, id=f"{each.type}-{each.name}") for each in live]
    assert not pending(compare(wanted, apply(compare(wanted, live), live)))


@given(RESOURCES.map(unique))
def test_what_is_as_wanted_is_left_alone(resources):
    changes = compare(resources, resources)
    assert not pending(changes)
    assert count(changes) == {"add": 0, "change": 0, "remove": 0}
    assert report(changes)["diff"] == {}


@given(RESOURCES.map(unique))
def test_everything_goes_in_the_opposite_order(resources):
    assert [change.name for change in removals(resources, "x")] == [each.name for each in reversed(resources)]


def test_tags_that_others_put_on_and_options_left_out_do_not_matter():
    live = Resource("vpc", "a", {"profile": "theirs", "tags": {"Name": "a", "Backup": "daily"}})
    assert not pending(compare([Resource("vpc", "a", {"profile": None, "tags": {"Name": "a"}})], [live]))


def test_a_second_one_of_the_same_identity_is_removed():
    one, two = Resource("gateway", "a", id="g-1"), Resource("gateway", "a", id="g-2")
    changes = pending(compare([Resource("gateway", "a")], [one, two]))
    assert [(change.action, change.id) for change in changes] == [("remove", "g-2")]


def test_a_plan_reads_like_one():
    live = [
        Resource("vpc", "net", {"dns": False, "tags": {"Name": "net", "Team": "a", "Backup": "daily"}}, id="vpc-1"),
        Resource("subnet", "old", {"zone": "a"}, id="subnet-1"),
        Resource("subnet", "moved", {"zone": "a"}, id="subnet-2"),
    ]
    wanted = [
        Resource("vpc", "net", {"dns": True, "tags": {"Name": "net", "Team": "b"}}),
        Resource("subnet", "new", {"zone": "b", "open": True, "profile": ""}),
        Resource("subnet", "moved", {"zone": "b"}, immutable=("zone",)),
    ]
    assert render(compare(wanted, live), ["vpc-9 is not ours"]) == (
        "~ vpc net (vpc-1): differs in dns, tags\n"
        "~     dns = false -> true\n"
        "~     tags.Team = a -> b\n"
        "+ subnet new\n"
        "+     id = (known after apply)\n"
        "+     zone = b\n"
        "+     open = true\n"
        "-/+ subnet moved (subnet-2): zone can't be changed in place\n"
        "-/+     zone = a -> b\n"
        "- subnet old (subnet-1): ours, but not wanted any more\n"
        "# vpc-9 is not ours\n"
        "Plan: 2 to add, 1 to change, 2 to remove\n"
    )


def test_what_has_to_be_done_is_told_apart_by_type():
    live = [Resource("key", "k", {"public": "old"}, id="key-1")]
    todo = report(compare([Resource("key", "k", {"public": "new"}, immutable=("public",))], live))["todo"]
    assert [each["id"] for each in todo["remove"]["key"]] == ["key-1"]
    assert [each["id"] for each in todo["create"]["key"]] == [None]
