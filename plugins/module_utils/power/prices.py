# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWS asks for an instance, a disk and an address, as far as it is known here. Pure.

The prices are those of AWS's public price pages for Linux on demand. They change rarely and mostly downwards, but they do:
whoever needs them exact says them in the option ``prices``, which comes first. Where no price is known, none is made up.
"""

from __future__ import annotations

AS_OF = "January 2025"
HOURS = 730  # of a month, as AWS's own calculator has it
PUBLIC_IPV4 = 0.005  # an hour, in all regions, attached or not, since February 2024

# Region: (a t3.micro an hour, a t4g.micro an hour, a GiB of gp3 a month, a NAT gateway an hour, an interface endpoint in one
# Availability Zone an hour). https://aws.amazon.com/ec2/pricing/on-demand/, https://aws.amazon.com/ebs/pricing/,
# https://aws.amazon.com/vpc/pricing/ and https://aws.amazon.com/privatelink/pricing/
REGIONS = {
    "us-east-1": (0.0104, 0.0084, 0.08, 0.045, 0.01),
    "us-east-2": (0.0104, 0.0084, 0.08, 0.045, 0.01),
    "us-west-1": (0.0124, None, 0.096, 0.048, 0.011),
    "us-west-2": (0.0104, 0.0084, 0.08, 0.045, 0.01),
    "ca-central-1": (0.0116, None, 0.088, 0.05, 0.011),
    "sa-east-1": (0.0168, None, 0.152, 0.093, None),
    "eu-west-1": (0.0114, 0.0092, 0.088, 0.048, 0.011),
    "eu-west-2": (0.0118, None, 0.0928, 0.05, 0.011),
    "eu-west-3": (0.0118, None, 0.0928, 0.05, 0.011),
    "eu-central-1": (0.0120, 0.0096, 0.0952, 0.052, 0.012),
    "eu-north-1": (0.0108, None, 0.0836, 0.046, 0.011),
    "ap-south-1": (0.0112, None, 0.0912, 0.056, 0.013),
    "ap-southeast-1": (0.0132, None, 0.096, 0.059, 0.013),
    "ap-southeast-2": (0.0132, None, 0.096, 0.059, 0.013),
    "ap-northeast-1": (0.0136, None, 0.096, 0.062, 0.014),
}
# Of one family, each size costs twice as much as the one below.
SIZES = {"nano": 0.5, "micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32}
GP2_OVER_GP3 = 1.25


def price_list(region, own=None):
    """USD an hour by instance type and for ``public_ipv4``, USD a month and GiB by type of volume."""
    prices = {"public_ipv4": PUBLIC_IPV4}
    if region in REGIONS:
        t3, t4g, gp3, nat_gateway, interface_endpoint = REGIONS[region]
        prices.update(gp3=gp3, gp2=gp3 * GP2_OVER_GP3)
        prices["nat_gateway"] = nat_gateway
        if interface_endpoint is not None:
            prices["interface_endpoint"] = interface_endpoint
        for family, micro in (("t3", t3), ("t4g", t4g)):
            if micro is not None:
                prices.update({f"{family}.{size}": micro * factor for size, factor in SIZES.items()})
    return {**prices, **(own or {})}
