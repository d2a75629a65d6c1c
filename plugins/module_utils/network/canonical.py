# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network as AWS describes it, in the form that plans compare. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, Resource
from ansible_collections.landfall.aws.plugins.module_utils.tags import carries, own_tags, tags_of

INTERNET_GATEWAY = "internet_gateway"  # as the target of a route: ours, whatever its id is


@dataclass
class Network:
    """What is live: ours, in the order of creation, and what else stands in its place or inside it."""

    resources: list[Resource] = field(default_factory=list)
    vpc: dict[str, Any] | None = None
    strangers: list[dict[str, Any]] = field(default_factory=list)  # VPCs of our name without our tags
    foreign_gateway: str | None = None
    foreign_subnets: list[dict[str, Any]] = field(default_factory=list)
    unmanaged: list[str] = field(default_factory=list)

    @property
    def vpc_id(self):
        return self.vpc["VpcId"] if self.vpc else None

    def of_type(self, type_):
        return [resource for resource in self.resources if resource.type == type_]

    def subnet_ids(self, cidrs):
        """Ids of the subnets with these ranges, in their order, as far as they exist."""
        ids = {resource.properties["cidr_block"]: resource.id for resource in self.of_type("subnet")}
        return [ids[cidr] for cidr in cidrs if cidr in ids]


def our_vpc(vpcs, spec):
    """(ours or None, those of the same name that are not ours)"""
    tags = own_tags(spec.project, spec.environment, spec.name)
    ours = [vpc for vpc in vpcs if carries(vpc, tags)]
    if len(ours) > 1:
        ids = " and ".join(sorted(vpc["VpcId"] for vpc in ours))
        raise Refused(
            f"The VPCs {ids} all carry the tags of {spec.name!r}, so it can't be told which one is meant. "
            "Give the others another tag Name, or remove them."
        )
    return (ours[0] if ours else None), [vpc for vpc in vpcs if vpc not in ours]


def network(region, inside, spec):
    """A Network of what ``api.read_region`` and, if the VPC exists, ``api.read_vpc`` returned."""
    vpc, strangers = our_vpc(region["vpcs"], spec)
    live = Network(vpc=vpc, strangers=strangers)
    environment = own_tags(spec.project, spec.environment)
    if vpc:
        live.resources.append(_vpc(vpc, inside))
    gateways = _gateways(region["internet_gateways"], vpc, spec, live)
    live.resources += gateways
    if vpc:
        ours = [subnet for subnet in inside["subnets"] if carries(subnet, environment)]
        live.foreign_subnets = [subnet for subnet in inside["subnets"] if subnet not in ours]
        live.unmanaged += [f"subnet {subnet['SubnetId']} {subnet['CidrBlock']}" for subnet in live.foreign_subnets]
        live.resources += [_subnet(subnet) for subnet in sorted(ours, key=lambda each: each["SubnetId"])]
        live.resources += _route_tables(inside["route_tables"], environment, ours, gateways, live)
    return live


def _vpc(vpc, inside):
    return Resource(
        "vpc",
        tags_of(vpc)["Name"],
        {
            "cidr_block": vpc["CidrBlock"],
            "dns_support": inside["dns_support"],
            "dns_hostnames": inside["dns_hostnames"],
            "tags": tags_of(vpc),
        },
        id=vpc["VpcId"],
    )


def _gateways(gateways, vpc, spec, live):
    """Ours: what is attached to our VPC, and what a killed run made but did not attach."""
    found = []
    for gateway in gateways:
        attached = [attachment["VpcId"] for attachment in gateway.get("Attachments", [])]
        here = bool(vpc and vpc["VpcId"] in attached)
        if here and not carries(gateway, own_tags(spec.project, spec.environment)):
            live.foreign_gateway = gateway["InternetGatewayId"]
            live.unmanaged.append(f"internet gateway {live.foreign_gateway}")
        elif here or (not attached and carries(gateway, own_tags(spec.project, spec.environment, spec.name))):
            found.append(
                Resource(
                    "internet_gateway",
                    tags_of(gateway).get("Name", gateway["InternetGatewayId"]),
                    {"attached": here, "tags": tags_of(gateway)},
                    id=gateway["InternetGatewayId"],
                    key="gateway",
                )
            )
    return sorted(found, key=lambda each: (not each.properties["attached"], each.id))


def _subnet(subnet):
    return Resource(
        "subnet",
        tags_of(subnet).get("Name", subnet["SubnetId"]),
        {
            "cidr_block": subnet["CidrBlock"],
            "availability_zone": subnet["AvailabilityZone"],
            "map_public_ip_on_launch": subnet["MapPublicIpOnLaunch"],
            "tags": tags_of(subnet),
        },
        id=subnet["SubnetId"],
        key=subnet["CidrBlock"],
    )


def _route_tables(tables, environment, our_subnets, gateways, live):
    cidrs = {subnet["SubnetId"]: subnet["CidrBlock"] for subnet in our_subnets}
    gateway_id = gateways[0].id if gateways else None
    found = []
    for table in tables:
        if any(association.get("Main") for association in table["Associations"]):
            continue  # comes and goes with the VPC
        if not carries(table, environment):
            live.unmanaged.append(f"route table {table['RouteTableId']}")
            continue
        subnets = [cidrs[each["SubnetId"]] for each in table["Associations"] if each.get("SubnetId") in cidrs]
        found.append(
            Resource(
                "route_table",
                tags_of(table).get("Name", table["RouteTableId"]),
                {"routes": routes(table, gateway_id), "subnets": sorted(subnets), "tags": tags_of(table)},
                id=table["RouteTableId"],
            )
        )
    return sorted(found, key=lambda each: each.id)


def routes(table, gateway_id):
    """{destination: target} of the IPv4 routes that someone made; the local ones and those of endpoints come by themselves."""
    found = {}
    for route in table["Routes"]:
        target = next(
            (value for key, value in sorted(route.items()) if key.endswith("Id") and key != "DestinationPrefixListId"),
            None,
        )
        made = route.get("Origin", "CreateRoute") == "CreateRoute" and target != "local"
        if made and route.get("DestinationCidrBlock"):
            found[route["DestinationCidrBlock"]] = (
                INTERNET_GATEWAY if target and target == gateway_id else target or "nothing"
            )
    return found


@dataclass(frozen=True)
class Tenant:
    """Something that keeps a VPC or a subnet from being removed."""

    text: str
    ours: bool  # made by another role of the same environment, whose turn to remove it may come before


def tenants(inside, live, spec, subnet_ids=None):
    """What stands in the way of removing the VPC, or only the subnets named."""
    environment = own_tags(spec.project, spec.environment)
    our_groups = {group["GroupId"] for group in inside["security_groups"] if carries(group, environment)}
    our_instances = {
        instance["InstanceId"]
        for reservation in inside["reservations"]
        for instance in reservation["Instances"]
        if carries(instance, environment)
    }
    found = set()
    for interface in inside["network_interfaces"]:
        if subnet_ids is None or interface["SubnetId"] in subnet_ids:
            # An interface has no tags of its own; whose it is can be told by its instance.
            holder = interface.get("Attachment", {}).get("InstanceId")
            found.add(Tenant(_interface(interface), holder in our_instances))
    if subnet_ids is None:
        for group in inside["security_groups"]:
            if group["GroupName"] != "default":
                text = f"security group {group['GroupId']} ({group['GroupName']})"
                found.add(Tenant(text, group["GroupId"] in our_groups))
        for acl in inside["network_acls"]:
            if not acl["IsDefault"]:
                found.add(Tenant(f"network ACL {acl['NetworkAclId']}", carries(acl, environment)))
        for endpoint in inside["vpc_endpoints"]:
            if endpoint.get("State", "").lower() not in ("deleting", "deleted"):
                text = f"endpoint {endpoint['VpcEndpointId']} ({endpoint['ServiceName']})"
                found.add(Tenant(text, carries(endpoint, environment)))
        found |= {Tenant(text, False) for text in live.unmanaged}
    return sorted(found, key=lambda tenant: tenant.text)


def _interface(interface):
    instance = interface.get("Attachment", {}).get("InstanceId")
    if instance:
        return f"instance {instance}"
    return f"network interface {interface['NetworkInterfaceId']} ({interface.get('Description') or 'no description'})"
