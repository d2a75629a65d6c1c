# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the changes of a network cost by the month, where that is known. Pure."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.landfall.aws.plugins.module_utils.power.prices import AS_OF, HOURS, price_list

SIGNS = {"add": 1, "remove": -1}


def priced(changes, region):
    """The changes, those that cost or save money with how much."""
    prices = price_list(region)
    return [replace(change, monthly_cost=_cost(change, prices)) for change in changes]


def _cost(change, prices):
    sign, properties = SIGNS.get(change.action, 0), change.after or change.before
    if change.type == "nat_gateway":
        hourly = prices.get("nat_gateway")
    elif change.type == "elastic_ip":
        hourly = prices["public_ipv4"]
    elif change.type == "vpc_endpoint" and properties["type"] == "Interface":
        hourly = prices["interface_endpoint"] * len(properties["subnets"]) if "interface_endpoint" in prices else None
    else:
        return 0.0 if sign else None
    return None if hourly is None else round(sign * hourly * HOURS, 2)


def sentence(changes, region):
    """What all of them come to, or nothing where nothing costs money."""
    known = [change.monthly_cost for change in changes if change.action in SIGNS and change.monthly_cost]
    unknown = sorted({change.type for change in changes if change.action in SIGNS and change.monthly_cost is None})
    if not known and not unknown:
        return None
    total = sum(known)
    parts = [f"{abs(total):.2f} USD a month {'less' if total < 0 else 'more'}"] if known else []
    parts += [f"{each.replace('_', ' ')} at a price that is not known here" for each in unknown]
    return f"Cost: {', and '.join(parts)}, without traffic (prices of {region}, {AS_OF})"
