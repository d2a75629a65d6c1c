# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a network from AWS: one function a call, and which calls go side by side. Nothing here changes anything."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError, in_parallel, pages
from ansible_collections.landfall.aws.plugins.module_utils.tags import filters, own_tags, tag_filters


def vpcs_named(client, name):
    return pages(client, "describe_vpcs", "Vpcs", Filters=tag_filters({"Name": name}))


def internet_gateways(client):
    # All of the region, because one that was made but not yet attached has no VPC to be found by.
    return pages(client, "describe_internet_gateways", "InternetGateways")


def addresses(client, spec):
    # One that was allocated for a NAT gateway that does not exist yet is found by its tags alone.
    tags = {**own_tags(spec.project, spec.environment), "Vpc": spec.name}
    return pages(client, "describe_addresses", "Addresses", Filters=tag_filters(tags))


def availability_zones(client):
    return client.describe_availability_zones()["AvailabilityZones"]


def vpc_attribute(client, vpc_id, attribute):
    answer = client.describe_vpc_attribute(VpcId=vpc_id, Attribute=attribute)
    return answer[attribute[0].upper() + attribute[1:]]["Value"]


def inside(client, vpc_id, operation, key, **more):
    """All of one kind in a VPC."""
    return pages(client, operation, key, **(more or {"Filters": filters(vpc_id=vpc_id)}))


def read_region(client, spec):
    """What may be ours: read before it is known which VPC is."""
    return in_parallel(
        vpcs=lambda: vpcs_named(client, spec.name),
        internet_gateways=lambda: internet_gateways(client),
        addresses=lambda: addresses(client, spec),
    )


def read_vpc(client, vpc_id):
    """What is in the VPC, and how it is set."""
    return in_parallel(
        dns_support=lambda: vpc_attribute(client, vpc_id, "enableDnsSupport"),
        dns_hostnames=lambda: vpc_attribute(client, vpc_id, "enableDnsHostnames"),
        subnets=lambda: inside(client, vpc_id, "describe_subnets", "Subnets"),
        route_tables=lambda: inside(client, vpc_id, "describe_route_tables", "RouteTables"),
        nat_gateways=lambda: inside(
            client, vpc_id, "describe_nat_gateways", "NatGateways", Filter=filters(vpc_id=vpc_id)
        ),
        security_groups=lambda: inside(client, vpc_id, "describe_security_groups", "SecurityGroups"),
        network_acls=lambda: inside(client, vpc_id, "describe_network_acls", "NetworkAcls"),
        vpc_endpoints=lambda: inside(client, vpc_id, "describe_vpc_endpoints", "VpcEndpoints"),
        flow_logs=lambda: inside(client, vpc_id, "describe_flow_logs", "FlowLogs", Filter=filters(resource_id=vpc_id)),
    )


def peering_connections(client, vpc_id):
    """Those that the VPC asked for, and those that it was asked for."""
    sides = {side: [{"Name": f"{side}-vpc-info.vpc-id", "Values": [vpc_id]}] for side in ("requester", "accepter")}
    found = in_parallel(
        {
            side: lambda condition=condition: pages(
                client, "describe_vpc_peering_connections", "VpcPeeringConnections", Filters=condition
            )
            for side, condition in sides.items()
        }
    )
    # Each once, also where a filter is answered more widely than it says.
    return list({each["VpcPeeringConnectionId"]: each for side in sides for each in found[side]}.values())


def egress_only_internet_gateways(client, vpc_id):
    gateways = pages(client, "describe_egress_only_internet_gateways", "EgressOnlyInternetGateways")
    return [each for each in gateways if vpc_id in [attachment["VpcId"] for attachment in each.get("Attachments", [])]]


def log_group(logs, name):
    groups = pages(logs, "describe_log_groups", "logGroups", logGroupNamePrefix=name)
    found = next((each for each in groups if each["logGroupName"] == name), None)
    if found:
        arn = found["arn"].removesuffix(":*")
        found = {**found, "arn": arn, "tags": logs.list_tags_for_resource(resourceArn=arn)["tags"]}
    return found


def flow_log_role(iam, name):
    """The role with its inline policy, or nothing."""
    try:
        role = iam.get_role(RoleName=name)["Role"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            return None
        raise
    try:
        policy = iam.get_role_policy(RoleName=name, PolicyName=name)["PolicyDocument"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        policy = None
    return {**role, "Policy": policy}


def read_tenants(client, vpc_id):
    """What keeps a VPC or its subnets from being removed, besides what ``read_vpc`` returns."""
    return in_parallel(
        reservations=lambda: inside(client, vpc_id, "describe_instances", "Reservations"),
        network_interfaces=lambda: inside(client, vpc_id, "describe_network_interfaces", "NetworkInterfaces"),
    )
