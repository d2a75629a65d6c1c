# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network that the user wrote, with what was left out filled in. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.tags import wanted_tags

RESERVED = 5  # addresses of each subnet: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
SMALLEST = 28  # the longest prefix of a subnet
MOST_AZS = 6
ENDPOINTS_GROUP = "endpoints"
OPTIONS = (
    "name",
    "project",
    "environment",
    "cidr",
    "tiers",
    "azs",
    "az_count",
    "az_room",
    "nat",
    "ipv6",
    "gateway_endpoints",
    "interface_endpoints",
    "interface_endpoint_tier",
    "security_groups",
    "peerings",
    "flow_logs",
    "flow_logs_traffic",
    "flow_logs_retention",
    "flow_logs_interval",
    "tags",
)


@dataclass(frozen=True)
class Tier:
    """Subnets of one kind, one in each Availability Zone."""

    name: str
    internet: str  # gateway, nat or none
    subnets: tuple[str, ...] = ()
    prefix_length: int = 24
    public_addresses: bool = False
    routes: dict[str, str] = field(default_factory=dict)
    network_acl: dict[str, Any] | None = None


@dataclass(frozen=True)
class Spec:
    """What the user wrote. Of lists and dicts it keeps the form of the role's options."""

    name: str
    project: str
    environment: str
    cidr: str = "10.0.0.0/16"
    tiers: tuple[dict[str, Any], ...] = ({"name": "public"},)
    azs: tuple[str, ...] = ()
    az_count: int = 1
    az_room: int = MOST_AZS
    nat: str = "none"
    ipv6: bool = False
    gateway_endpoints: tuple[str, ...] = ()
    interface_endpoints: tuple[str, ...] = ()
    interface_endpoint_tier: str = ""
    security_groups: tuple[dict[str, Any], ...] = ()
    peerings: tuple[dict[str, Any], ...] = ()
    flow_logs: bool = False
    flow_logs_traffic: str = "ALL"
    flow_logs_retention: int = 30
    flow_logs_interval: int = 600
    tags: dict[str, str] = field(default_factory=dict)

    def tagged(self, name, **more):
        """All tags of something of this network. ``Vpc`` tells it from what other roles made in the same environment."""
        return {**wanted_tags(self.tags, self.project, self.environment, name), "Vpc": self.name, **more}

    @property
    def slots(self):
        """How many Availability Zones there are subnets in."""
        explicit = max((len(each.get("subnets") or ()) for each in self.tiers), default=0)
        return explicit or len(self.azs) or self.az_count

    @property
    def networks(self):
        """The tiers with what was left out: their way to the internet, and the ranges of their subnets."""
        ranges = iter(allot(self))
        found = []
        for each in self.tiers:
            internet = internet_of(each, self.nat)
            planned = None if each.get("subnets") else next(ranges)
            subnets = tuple(each["subnets"]) if planned is None else tuple(str(one) for one in planned[: self.slots])
            public = each.get("map_public_ip_on_launch")
            found.append(
                Tier(
                    name=each["name"],
                    internet=internet,
                    subnets=subnets,
                    prefix_length=prefix_of(each, self.cidr),
                    public_addresses=internet == "gateway" if public is None else public,
                    routes=each.get("routes") or {},
                    network_acl=each.get("network_acl"),
                )
            )
        return found

    @property
    def first_public(self):
        return next((tier for tier in self.networks if tier.internet == "gateway"), None)

    @property
    def endpoint_tier(self):
        """Where interface endpoints have their addresses: the tier that is named, else the first that is not public."""
        tiers = self.networks
        named = [tier for tier in tiers if tier.name == self.interface_endpoint_tier]
        return (named or [tier for tier in tiers if tier.internet != "gateway"] or tiers)[0]

    @property
    def log_group(self):
        return f"/aws/vpc/flowlogs/{self.name}"

    @property
    def flow_log_role(self):
        return f"{self.name}-flowlogs"

    def group_name(self, name):
        """The name that AWS knows a security group by; in a region's list the VPC's name tells them apart."""
        return f"{self.name}-{name}"


def internet_of(tier, nat):
    """A tier's way to the internet: as it says, or after its name."""
    by_name = {"public": "gateway", "private": "none" if nat == "none" else "nat"}
    return tier.get("internet") or by_name.get(tier["name"], "none")


def prefix_of(tier, cidr):
    """The prefix length of a tier's planned subnets."""
    if tier.get("prefix_length"):
        return tier["prefix_length"]
    if tier.get("addresses"):
        return min(32 - (tier["addresses"] + RESERVED - 1).bit_length(), SMALLEST)
    return min(ipaddress.ip_network(cidr).prefixlen + 8, SMALLEST)


def allot(spec):
    """Ranges for each tier that names none, in their order: one for each Availability Zone that it has room for.

    Each tier gets a block of its own, as large as its room asks for, so neither a further zone nor a further tier at the
    end moves what is there. What others name explicitly is stepped over.
    """
    vpc = ipaddress.ip_network(spec.cidr)
    taken = [ipaddress.ip_network(subnet) for tier in spec.tiers for subnet in tier.get("subnets") or ()]
    room = max(spec.az_room, spec.slots)
    found, start = [], int(vpc.network_address)
    for tier in spec.tiers:
        if tier.get("subnets"):
            continue
        prefix = prefix_of(tier, spec.cidr)
        size = 1 << (32 - prefix + (room - 1).bit_length())
        start = -(-start // size) * size
        while any(_overlap(start, size, each) for each in taken):
            start += size
        if start + size > int(vpc.broadcast_address) + 1:
            raise ValueError(
                f"the tier {tier['name']!r} finds no room in {spec.cidr} for {room} subnets of /{prefix}; give it a larger "
                "prefix_length, the VPC a larger range, or lower az_room"
            )
        subnets = ipaddress.ip_network((start, 32 - (size - 1).bit_length())).subnets(new_prefix=prefix)
        found.append(list(subnets)[:room])
        start += size
    return found


def _overlap(start, size, network):
    return start <= int(network.broadcast_address) and int(network.network_address) < start + size


def from_options(params):
    """A Spec of a module's parameters."""
    values = {option: params[option] for option in OPTIONS if params.get(option) is not None}
    for option, value in values.items():
        if isinstance(value, list):
            values[option] = tuple(value)
    return Spec(**values)
