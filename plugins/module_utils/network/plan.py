# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network that is wanted, and what has to happen to get there. Pure."""

from __future__ import annotations

import ipaddress
from collections import Counter
from dataclasses import dataclass, field, replace

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, Resource, compare, removals
from ansible_collections.landfall.aws.plugins.module_utils.network.canonical import INTERNET_GATEWAY
from ansible_collections.landfall.aws.plugins.module_utils.rules import RULES
from ansible_collections.landfall.aws.plugins.module_utils.tags import wanted_tags

PUBLIC = "public"


@dataclass(frozen=True)
class Spec:
    """What the user wrote."""

    name: str
    project: str
    environment: str
    cidr: str = "10.0.0.0/16"
    public_subnets: tuple[str, ...] = ("10.0.1.0/24",)
    azs: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)

    def tagged(self, name, **more):
        return {**wanted_tags(self.tags, self.project, self.environment, name), **more}


def mistakes(spec, region=None):
    """All that is wrong with a spec, in sentences that begin with the option's name."""
    found = [f"cidr: {sentence}" for sentence in RULES["vpc_cidr"](spec.cidr)]
    for index, subnet in enumerate(spec.public_subnets):
        found += [f"public_subnets[{index}]: {sentence}" for sentence in RULES["subnet_cidr"](subnet)]
    found += [f"public_subnets: {sentence}" for sentence in RULES["subnets_within"](spec.cidr, spec.public_subnets)]
    if not spec.public_subnets:
        found.append("public_subnets: name at least one CIDR block, like 10.0.1.0/24")
    for index, zone in enumerate(spec.azs):
        found += [f"azs[{index}]: {sentence}" for sentence in RULES["availability_zone"](zone)]
        if region and not zone.startswith(region):
            found.append(f"azs[{index}]: {zone} does not lie in the region {region}")
    found += [f"azs: {zone} is named {times} times" for zone, times in Counter(spec.azs).items() if times > 1]
    return found


def needs_zones(spec, live):
    """Whether a subnet has to be made, so that it must be known which Availability Zones there are."""
    have = {resource.properties["cidr_block"]: resource for resource in live.of_type("subnet")}
    return any(subnet not in have for subnet in spec.public_subnets) or any(
        zone not in {each.properties["availability_zone"] for each in have.values()} for zone in spec.azs
    )


def usable_zones(described):
    """Names of the Availability Zones that are open to us, without Local and Wavelength Zones."""
    return sorted(
        zone["ZoneName"]
        for zone in described
        if zone.get("State") == "available"
        and zone.get("ZoneType", "availability-zone") == "availability-zone"
        and zone.get("OptInStatus") != "not-opted-in"
    )


def place(spec, live, zones):
    """{subnet's CIDR: Availability Zone}. What exists stays where it is unless ``azs`` says otherwise."""
    unknown = [zone for zone in spec.azs if zones and zone not in zones]
    if unknown:
        raise Refused(f"azs: {', '.join(unknown)} can't be used by this account; it can use {', '.join(zones)}")
    if spec.azs:
        return {subnet: spec.azs[index % len(spec.azs)] for index, subnet in enumerate(spec.public_subnets)}
    have = {each.properties["cidr_block"]: each.properties["availability_zone"] for each in live.of_type("subnet")}
    placed = {subnet: have[subnet] for subnet in spec.public_subnets if subnet in have}
    load = Counter(placed.values())
    for subnet in spec.public_subnets:
        if subnet not in placed:
            if not zones:
                raise Refused("This account can use no Availability Zone in this region.")
            placed[subnet] = min(zones, key=lambda zone: (load[zone], zone))
            load[placed[subnet]] += 1
    return placed


def wanted(spec, placed):
    """The resources of a spec, in the order of creation."""
    resources = [
        Resource(
            "vpc",
            spec.name,
            {"cidr_block": spec.cidr, "dns_support": True, "dns_hostnames": True, "tags": spec.tagged(spec.name)},
            immutable=("cidr_block",),
        ),
        Resource("internet_gateway", spec.name, {"attached": True, "tags": spec.tagged(spec.name)}, key="gateway"),
    ]
    for subnet in spec.public_subnets:
        name = f"{spec.name}-{PUBLIC}-{placed[subnet]}"
        properties = {
            "cidr_block": subnet,
            "availability_zone": placed[subnet],
            "map_public_ip_on_launch": True,
            "tags": spec.tagged(name, Tier=PUBLIC),
        }
        resources.append(Resource("subnet", name, properties, key=subnet, immutable=("availability_zone",)))
    name = f"{spec.name}-{PUBLIC}"
    properties = {
        "routes": {"0.0.0.0/0": INTERNET_GATEWAY},
        "subnets": sorted(spec.public_subnets),
        "tags": spec.tagged(name, Tier=PUBLIC),
    }
    return [*resources, Resource("route_table", name, properties)]


def plan(spec, live, zones=()):
    """The changes that make a spec live, or Refused with the reason."""
    refuse_what_is_in_the_way(spec, live)
    resources = wanted(spec, place(spec, live, list(zones)))
    changes = compare(resources, live.resources)
    leaving = {each.before["cidr_block"] for each in changes if each.type == "subnet" and each.action == "replace"}
    return compare(resources, [_without(each, leaving) for each in live.resources]) if leaving else changes


def _without(resource, leaving):
    """A route table as it is once these subnets are gone: their associations go with them."""
    if resource.type != "route_table":
        return resource
    subnets = [each for each in resource.properties["subnets"] if each not in leaving]
    return replace(resource, properties={**resource.properties, "subnets": subnets})


def refuse_what_is_in_the_way(spec, live):
    if live.vpc and live.vpc["CidrBlock"] != spec.cidr:
        raise Refused(
            f"cidr: the VPC {live.vpc_id} ({spec.name}) has {live.vpc['CidrBlock']}, and a VPC's range can't be changed to "
            f"{spec.cidr}. Give the new VPC another name, or remove this one first (state: absent)."
        )
    if live.foreign_gateway:
        raise Refused(
            f"The internet gateway {live.foreign_gateway} is attached to the VPC {live.vpc_id} ({spec.name}) but does not carry "
            "our tags, so it is not ours to use. A VPC can have only one: detach it, or tag it "
            f"{_as_text(spec.tagged(spec.name))}."
        )
    for subnet in live.foreign_subnets:
        theirs = ipaddress.ip_network(subnet["CidrBlock"])
        clash = [each for each in spec.public_subnets if ipaddress.ip_network(each).overlaps(theirs)]
        if clash:
            raise Refused(
                f"public_subnets: {clash[0]} overlaps {theirs} of {subnet['SubnetId']}, which is in the VPC {live.vpc_id} but "
                "does not carry our tags. Choose another range, or remove that subnet."
            )


def plan_removal(live):
    """The changes that remove the network, inside out."""
    order = ("vpc", "internet_gateway", "route_table", "subnet")
    return removals(sorted(live.resources, key=lambda each: order.index(each.type)), "no longer wanted")


def notes(spec, live):
    """What is worth knowing though nothing is done about it."""
    found = [
        f"{vpc['VpcId']} is also named {spec.name}, but does not carry our tags: left alone" for vpc in live.strangers
    ]
    return found + [f"{each} is in our VPC, but not ours: left alone" for each in live.unmanaged]


def _as_text(tags):
    return ", ".join(f"{key}={value}" for key, value in tags.items())
