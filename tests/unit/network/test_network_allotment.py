# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ranges that are planned: within the VPC, apart, and where they were when zones or tiers come."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.network.spec import Spec, allot, prefix_of

SPEC = Spec(name="shop-dev", project="shop", environment="dev")
NAMES = ("public", "private", "data", "edge", "app", "tools")


@st.composite
def allotted(draw):
    """A spec whose tiers find room."""
    vpc = ipaddress.ip_network(f"10.{draw(st.integers(0, 255))}.0.0/{draw(st.integers(16, 22))}")
    room = draw(st.integers(1, 6))
    explicit = [str(each) for each in vpc.subnets(new_prefix=vpc.prefixlen + 5)]
    tiers = []
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True)):
        how = draw(st.sampled_from(["length", "addresses", "explicit"]))
        size = {
            "length": {"prefix_length": draw(st.integers(24, 28))},
            "addresses": {"addresses": draw(st.integers(1, 250))},
            "explicit": {"subnets": [explicit.pop(draw(st.integers(0, len(explicit) - 1)))]},
        }
        tiers.append({"name": name, **size[how]})
    slots = 1 if any(tier.get("subnets") for tier in tiers) else draw(st.integers(1, room))
    spec = replace(SPEC, cidr=str(vpc), tiers=tuple(tiers), az_count=slots, az_room=room)
    try:
        allot(spec)
    except ValueError:
        assume(False)
    return spec


@given(allotted())
def test_ranges_lie_within_the_vpc_and_apart(spec):
    found = allot(spec)
    vpc = ipaddress.ip_network(spec.cidr)
    explicit = [ipaddress.ip_network(each) for tier in spec.tiers for each in tier.get("subnets") or ()]
    ranges = [*explicit, *(each for tier in found for each in tier)]
    assert all(each.subnet_of(vpc) for each in ranges)
    assert not any(one.overlaps(other) for one, other in combinations(ranges, 2))
    planned = [tier for tier in spec.tiers if not tier.get("subnets")]
    for tier, subnets in zip(planned, found, strict=True):
        assert len(subnets) == spec.az_room
        assert all(16 <= each.prefixlen <= 28 for each in subnets)
        assert all(2 ** (32 - each.prefixlen) - 5 >= tier.get("addresses", 0) for each in subnets)


@given(allotted(), st.integers(1, 6))
def test_a_further_zone_moves_none(spec, zones):
    assume(zones <= spec.az_room and not any(tier.get("subnets") for tier in spec.tiers))
    more = replace(spec, az_count=zones)
    for tier, again in zip(spec.networks, more.networks, strict=True):
        shorter = min(spec.az_count, zones)
        assert tier.subnets[:shorter] == again.subnets[:shorter]
        assert len(again.subnets) == zones


@given(allotted(), st.integers(24, 28))
def test_a_further_tier_at_the_end_moves_none(spec, length):
    more = replace(spec, tiers=(*spec.tiers, {"name": "further", "prefix_length": length}))
    try:
        found = allot(more)
    except ValueError:
        assume(False)
    assert found[: len(allot(spec))] == allot(spec)


@pytest.mark.parametrize(
    ("tier", "cidr", "length"),
    [
        ({}, "10.0.0.0/16", 24),
        ({}, "10.0.0.0/20", 28),
        ({}, "10.0.0.0/24", 28),
        ({"prefix_length": 26}, "10.0.0.0/16", 26),
        ({"prefix_length": 26, "addresses": 4}, "10.0.0.0/16", 26),
        ({"addresses": 1}, "10.0.0.0/16", 28),
        ({"addresses": 11}, "10.0.0.0/16", 28),
        ({"addresses": 12}, "10.0.0.0/16", 27),
        ({"addresses": 251}, "10.0.0.0/16", 24),
        ({"addresses": 252}, "10.0.0.0/16", 23),
        ({"addresses": 65531}, "10.0.0.0/16", 16),
    ],
)
def test_a_subnet_is_as_large_as_it_has_to_be(tier, cidr, length):
    assert prefix_of(tier, cidr) == length


def test_tiers_come_one_after_the_other():
    tiers = ({"name": "public"}, {"name": "private", "prefix_length": 22}, {"name": "data"})
    found = replace(SPEC, tiers=tiers, az_count=2).networks
    assert [tier.subnets for tier in found] == [
        ("10.0.0.0/24", "10.0.1.0/24"),
        ("10.0.32.0/22", "10.0.36.0/22"),
        ("10.0.64.0/24", "10.0.65.0/24"),
    ]
