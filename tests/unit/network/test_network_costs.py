# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a network's plan costs by the month."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.network import costs
from ansible_collections.landfall.aws.plugins.module_utils.network.spec import Spec
from tests.unit.network.account import Account
from tests.unit.network.carried_out import carry_out, look
from tests.unit.network.described import described

SPEC = Spec(
    name="shop-dev",
    project="shop",
    environment="dev",
    tiers=({"name": "public"}, {"name": "private"}),
    az_count=2,
    nat="per_az",
)


def sentence(account, spec, region, state="present"):
    _live, changes = look(account, spec, state)
    return costs.sentence(costs.priced(changes, region), region)


@pytest.mark.parametrize(
    ("region", "more", "expected"),
    [
        # Two NAT gateways at 0.05 and two addresses at 0.005 an hour, 730 hours.
        ("eu-west-3", {}, "80.30 USD a month more"),
        ("eu-west-3", {"nat": "shared"}, "40.15 USD a month more"),
        ("us-east-1", {}, "73.00 USD a month more"),
        # One endpoint in two zones at 0.011.
        ("eu-west-3", {"interface_endpoints": ("logs",)}, "96.36 USD a month more"),
        ("eu-west-3", {"gateway_endpoints": ("s3",)}, "80.30 USD a month more"),
        # Where it is not known, nothing is made up, and it is said.
        (
            "sa-east-1",
            {"interface_endpoints": ("logs",)},
            "143.08 USD a month more, and vpc endpoint at a price that is not known here",
        ),
        ("xx-nowhere-1", {}, "7.30 USD a month more, and nat gateway at a price that is not known here"),
    ],
)
def test_a_new_network(region, more, expected):
    found = sentence(Account(), replace(SPEC, **more), region)
    assert found == f"Cost: {expected}, without traffic (prices of {region}, January 2025)"


def test_what_goes_saves():
    found = sentence(described(SPEC), SPEC, "eu-west-3", "absent")
    assert found == "Cost: 80.30 USD a month less, without traffic (prices of eu-west-3, January 2025)"


def test_fewer_nat_gateways_save():
    found = sentence(described(SPEC), replace(SPEC, nat="shared"), "eu-west-3")
    assert found == "Cost: 40.15 USD a month less, without traffic (prices of eu-west-3, January 2025)"


def test_a_network_without_what_costs_says_nothing():
    free = replace(SPEC, nat="none", tiers=({"name": "public"},), gateway_endpoints=("s3",))
    assert sentence(Account(), free, "eu-west-3") is None


def test_a_network_that_stays_says_nothing():
    account = described(SPEC)
    assert carry_out(account, SPEC) == 0
    assert sentence(account, SPEC, "eu-west-3") is None


def test_each_change_says_what_it_adds():
    _live, changes = look(Account(), SPEC)
    by_type = {each.type: each.monthly_cost for each in costs.priced(changes, "eu-west-3")}
    assert (by_type["nat_gateway"], by_type["elastic_ip"], by_type["vpc"]) == (36.5, 3.65, 0.0)
