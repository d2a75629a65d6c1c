# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a network from AWS: one function a call, and which calls go side by side. Nothing here changes anything."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.client import in_parallel, pages
from ansible_collections.landfall.aws.plugins.module_utils.tags import filters, tag_filters


def vpcs_named(client, name):
    return pages(client, "describe_vpcs", "Vpcs", Filters=tag_filters({"Name": name}))


def internet_gateways(client):
    # All of the region, because one that was made but not yet attached has no VPC to be found by.
    return pages(client, "describe_internet_gateways", "InternetGateways")


def availability_zones(client):
    return client.describe_availability_zones()["AvailabilityZones"]


def vpc_attribute(client, vpc_id, attribute):
    answer = client.describe_vpc_attribute(VpcId=vpc_id, Attribute=attribute)
    return answer[attribute[0].upper() + attribute[1:]]["Value"]


def inside(client, vpc_id, operation, key):
    """All of one kind in a VPC."""
    return pages(client, operation, key, Filters=filters(vpc_id=vpc_id))


def read_region(client, name):
    """What may be ours: read before it is known which VPC is."""
    return in_parallel(
        vpcs=lambda: vpcs_named(client, name),
        internet_gateways=lambda: internet_gateways(client),
    )


def read_vpc(client, vpc_id):
    """What is in the VPC, and how it is set."""
    return in_parallel(
        dns_support=lambda: vpc_attribute(client, vpc_id, "enableDnsSupport"),
        dns_hostnames=lambda: vpc_attribute(client, vpc_id, "enableDnsHostnames"),
        subnets=lambda: inside(client, vpc_id, "describe_subnets", "Subnets"),
        route_tables=lambda: inside(client, vpc_id, "describe_route_tables", "RouteTables"),
    )


def read_tenants(client, vpc_id):
    """What keeps a VPC or its subnets from being removed."""
    return in_parallel(
        reservations=lambda: inside(client, vpc_id, "describe_instances", "Reservations"),
        network_interfaces=lambda: inside(client, vpc_id, "describe_network_interfaces", "NetworkInterfaces"),
        security_groups=lambda: inside(client, vpc_id, "describe_security_groups", "SecurityGroups"),
        network_acls=lambda: inside(client, vpc_id, "describe_network_acls", "NetworkAcls"),
        vpc_endpoints=lambda: inside(client, vpc_id, "describe_vpc_endpoints", "VpcEndpoints"),
    )
