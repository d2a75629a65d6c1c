# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any network is live as planned, becomes any other, and goes, whoever kills a run; no round does what AWS would refuse."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.network.validate import mistakes
from tests.unit.network.account import REGION, Account
from tests.unit.network.carried_out import carry_out, changes_of
from tests.unit.network.described import CIDRS, described, specs

few = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def pairs(draw):
    """Two specs of the same VPC."""
    cidr = draw(st.sampled_from(CIDRS))
    return draw(specs(cidr, "shop-dev")), draw(specs(cidr, "shop-dev"))


@few
@given(specs())
def test_a_valid_spec_has_no_mistakes_and_is_live_as_planned(spec):
    assert mistakes(spec, REGION) == []
    assert changes_of(described(spec), spec) == []


@few
@given(specs(), st.booleans())
def test_any_network_comes_from_nothing_and_goes_again(spec, slow):
    account = Account()
    account.slow = slow
    assert carry_out(account, spec) <= 8
    assert account.ours() == described(spec).ours()
    assert carry_out(account, spec, "absent") <= 8
    assert account.ours() == {}


@few
@given(pairs(), st.booleans())
def test_one_network_becomes_any_other_of_its_range(specs_, slow):
    old, new = specs_
    account = described(old)
    account.slow = slow
    carry_out(account, new)
    account.tick()  # what AWS is still removing, and nothing waits for
    assert account.ours() == described(new).ours()


@few
@given(pairs(), st.integers(1, 8), st.integers())
def test_what_a_killed_run_left_is_finished(specs_, most, seed):
    old, new = specs_
    account, chance = described(old), random.Random(seed)
    carry_out(account, new, only=lambda _entry: chance.random() < 0.5, most=most)
    carry_out(account, new)
    account.tick()  # what the killed run was removing
    assert account.ours() == described(new).ours()


@few
@given(pairs(), st.integers(1, 8), st.integers(1, 8), st.integers())
def test_what_a_killed_run_left_is_removed(specs_, most, most_of_removal, seed):
    old, new = specs_
    account, chance = described(old), random.Random(seed)
    for state, rounds_ in (("present", most), ("absent", most_of_removal)):
        carry_out(account, new, state, only=lambda _entry: chance.random() < 0.5, most=rounds_)
    carry_out(account, new, "absent")
    assert account.ours() == {}
