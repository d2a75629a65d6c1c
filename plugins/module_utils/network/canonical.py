# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network as AWS describes it, in the form that plans compare. Pure.

A resource names others instead of holding their ids: a subnet by its range, everything else by ``type name``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, Resource
from ansible_collections.landfall.aws.plugins.module_utils.security_groups import rules_of
from ansible_collections.landfall.aws.plugins.module_utils.tags import carries, own_tags, tags_of

GONE = ("deleted", "deleting", "failed", "rejected", "expired", "detached")
NO_TARGETS = ("DestinationPrefixListId", "InstanceId", "InstanceOwnerId")
PROTOCOL_NUMBERS = {"-1": "all", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}


@dataclass
class Network:
    """What is live: ours, in the order of creation, and what else stands in its place or inside it."""

    resources: list[Resource] = field(default_factory=list)
    vpc: dict[str, Any] | None = None
    strangers: list[dict[str, Any]] = field(default_factory=list)  # VPCs of our name without our tags
    foreign_gateway: str | None = None
    foreign_egress_gateway: str | None = None
    foreign_subnets: list[dict[str, Any]] = field(default_factory=list)
    foreign_groups: dict[str, str] = field(default_factory=dict)  # ids of those without our tags by their names
    foreign: dict[str, str] = field(default_factory=dict)  # what else has a name that we need, by type
    foreign_addresses: dict[str, str] = field(default_factory=dict)  # of our NAT gateways, by the subnet's range
    unmanaged: list[str] = field(default_factory=list)
    settling: list[str] = field(default_factory=list)  # what AWS has not finished making or removing
    leaving: set[tuple[str, str]] = field(default_factory=set)  # identities that what is being removed still holds
    interfaces: set[str] = field(default_factory=set)  # network interfaces of our gateways and endpoints
    ipv6_cidr: str | None = None
    seen: set[str] = field(default_factory=set)  # ids of what is not ours, or not in use any more
    described: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)  # all of it, as AWS returned it

    @property
    def vpc_id(self):
        return self.vpc["VpcId"] if self.vpc else None

    def of_type(self, type_):
        return [resource for resource in self.resources if resource.type == type_]

    def id_of(self, type_, key):
        """The id of what has this identity, or nothing."""
        return next((each.id for each in self.resources if each.identity == (type_, key)), None)

    def subnet_ids(self, cidrs):
        """Ids of the subnets with these ranges, in their order, as far as they exist."""
        found = [self.id_of("subnet", cidr) for cidr in cidrs]
        return [each for each in found if each]


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
    """A Network of what ``api.read_region`` and, if the VPC exists, ``api.read_vpc`` and its kind returned."""
    vpc, strangers = our_vpc(region["vpcs"], spec)
    reading = _Reading(Network(vpc=vpc, strangers=strangers), spec)
    reading.region(region)
    if vpc:
        reading.inside(inside)
    reading.outside(inside or {})
    reading.live.described = {**region, **(inside or {})}
    return reading.live


def name_of(resource, otherwise):
    return tags_of(resource).get("Name") or otherwise


def ipv6_of(described):
    """The IPv6 ranges that a VPC or a subnet has."""
    return [
        each["Ipv6CidrBlock"]
        for each in described.get("Ipv6CidrBlockAssociationSet", [])
        if each.get("Ipv6CidrBlockState", {}).get("State", "associated") == "associated"
    ]


class _Reading:
    """One pass over what AWS returned; later kinds name what earlier ones found."""

    def __init__(self, live, spec):
        self.live, self.spec = live, spec
        self.environment = own_tags(spec.project, spec.environment)
        self.names: dict[str, str] = {}  # by id: how others name it

    def ours(self, resource, what):
        """Whether something carries our tags; otherwise it is noted."""
        if carries(resource, self.environment):
            return True
        self.live.unmanaged.append(what)
        return False

    def of_this_network(self, resource):
        """What other roles make in the same environment does not say that it belongs to this network."""
        return carries(resource, {**self.environment, "Vpc": self.spec.name})

    def add(self, type_, name, id_, properties, key=None, hint=None):
        self.live.resources.append(Resource(type_, name, properties, id=id_, key=key, hint=hint))

    # Each kind, in the order of creation.

    def region(self, region):
        self.addresses = region["addresses"]
        self.gateways(region["internet_gateways"])

    def gateways(self, gateways):
        """Ours: what is attached to our VPC, and what a killed run made but did not attach."""
        found, vpc = [], self.live.vpc
        for gateway in gateways:
            id_ = gateway["InternetGatewayId"]
            attached = [attachment["VpcId"] for attachment in gateway.get("Attachments", [])]
            here = bool(vpc and vpc["VpcId"] in attached)
            if here and not carries(gateway, self.environment):
                self.live.foreign_gateway = id_
                self.live.unmanaged.append(f"internet gateway {id_}")
            elif here or (
                not attached and carries(gateway, own_tags(self.spec.project, self.spec.environment, self.spec.name))
            ):
                found.append((not here, id_, gateway))
        for number, (unattached, id_, gateway) in enumerate(sorted(found, key=lambda each: each[:2])):
            if number == 0:
                self.names[id_] = "internet_gateway"
            properties = {"attached": not unattached, "tags": tags_of(gateway)}
            self.add("internet_gateway", name_of(gateway, id_), id_, properties, key="gateway")

    def inside(self, inside):
        self.live.resources.insert(0, self.vpc(inside))
        self.egress_gateways(inside.get("egress_only_internet_gateways", ()))
        self.subnets(inside["subnets"])
        self.nat_gateways(inside["nat_gateways"])
        self.peerings(inside.get("peerings", ()))
        self.security_groups(inside["security_groups"])
        self.network_acls(inside["network_acls"])
        self.route_tables(inside["route_tables"])
        self.endpoints(inside["vpc_endpoints"])

    def vpc(self, inside):
        vpc = self.live.vpc
        blocks = ipv6_of(vpc)
        self.live.ipv6_cidr = blocks[0] if blocks else None
        properties = {
            "cidr_block": vpc["CidrBlock"],
            "ipv6": bool(blocks),
            "dns_support": inside["dns_support"],
            "dns_hostnames": inside["dns_hostnames"],
            "tags": tags_of(vpc),
        }
        return Resource("vpc", tags_of(vpc)["Name"], properties, id=vpc["VpcId"], key="vpc")

    def egress_gateways(self, gateways):
        for gateway in gateways:
            id_ = gateway["EgressOnlyInternetGatewayId"]
            if self.ours(gateway, f"egress-only internet gateway {id_}"):
                self.names[id_] = "egress_only_internet_gateway"
                properties = {"tags": tags_of(gateway)}
                self.add("egress_only_internet_gateway", name_of(gateway, id_), id_, properties, key="gateway")
            else:
                self.live.foreign_egress_gateway = id_

    def subnets(self, subnets):
        for subnet in sorted(subnets, key=lambda each: each["SubnetId"]):
            id_, cidr = subnet["SubnetId"], subnet["CidrBlock"]
            if not self.ours(subnet, f"subnet {id_} {cidr}"):
                self.live.foreign_subnets.append(subnet)
                continue
            self.names[id_] = cidr
            blocks = ipv6_of(subnet)
            properties = {
                "cidr_block": cidr,
                "availability_zone": subnet["AvailabilityZone"],
                "map_public_ip_on_launch": subnet["MapPublicIpOnLaunch"],
                "ipv6_cidr": blocks[0] if blocks else "",
                "assign_ipv6_address_on_creation": subnet.get("AssignIpv6AddressOnCreation", False),
                "tags": tags_of(subnet),
            }
            self.add("subnet", name_of(subnet, id_), id_, properties, key=cidr)

    def nat_gateways(self, gateways):
        """With the addresses, whose names are those of the gateways that use them."""
        used = {}
        for gateway in sorted(gateways, key=lambda each: each["NatGatewayId"]):
            id_, state = gateway["NatGatewayId"], gateway["State"]
            subnet = self.names.get(gateway["SubnetId"], gateway["SubnetId"])
            held = [each for each in gateway.get("NatGatewayAddresses", []) if each.get("AllocationId")]
            if carries(gateway, self.environment):
                self.live.interfaces |= {
                    each["NetworkInterfaceId"]
                    for each in gateway.get("NatGatewayAddresses", [])
                    if each.get("NetworkInterfaceId")
                }
            if state == "failed":
                self.live.seen.add(id_)
            if state in ("deleted", "failed") or not self.ours(gateway, f"NAT gateway {id_}"):
                continue
            if state == "deleting":
                self.live.settling.append(f"NAT gateway {id_} is being removed")
                self.live.leaving |= {("subnet", subnet), ("internet_gateway", "gateway")}
                used.update({each["AllocationId"]: None for each in held})
                continue
            if state == "pending":
                self.live.settling.append(f"NAT gateway {id_} is being made")
            self.names[id_] = f"nat_gateway {subnet}"
            our_addresses = {each["AllocationId"] for each in self.addresses}
            foreign = [each["AllocationId"] for each in held if each["AllocationId"] not in our_addresses]
            if foreign:
                self.live.foreign_addresses[subnet] = foreign[0]
            # That of a second gateway in the same subnet is another, which goes after that gateway.
            double = subnet in used.values()
            used.update({each["AllocationId"]: each["AllocationId"] if double else subnet for each in held})
            properties = {
                "subnet": subnet,
                "elastic_ip": foreign[0] if foreign else used[held[0]["AllocationId"]] if held else None,
                "public_ip": next((each["PublicIp"] for each in held if each.get("PublicIp")), None),
                "state": state,
                "tags": tags_of(gateway),
            }
            self.add("nat_gateway", name_of(gateway, id_), id_, properties, key=subnet)
        self.elastic_ips(used)

    def elastic_ips(self, used):
        def place(address):
            """Of two for the same subnet, the one that stays comes first: what a gateway has, and last what one that goes had."""
            id_ = address["AllocationId"]
            return used.get(id_) is None, id_ in used, id_

        for address in sorted(self.addresses, key=place):
            id_ = address["AllocationId"]
            # One that no gateway uses says itself which subnet it is for.
            subnet = used.get(id_) or tags_of(address).get("Subnet")
            properties = {"public_ip": address["PublicIp"], "tags": tags_of(address)}
            if id_ in used and used[id_] is None:
                self.live.leaving.add(("elastic_ip", id_))
            self.add("elastic_ip", name_of(address, id_), id_, properties, key=subnet or id_)

    def peerings(self, peerings):
        for peering in peerings:
            id_, state = peering["VpcPeeringConnectionId"], peering["Status"]["Code"]
            if state in GONE:
                continue
            sides = [peering["RequesterVpcInfo"], peering["AccepterVpcInfo"]]
            peer = next(side for side in sides if side["VpcId"] != self.live.vpc_id)
            self.names[id_] = f"vpc_peering {peer['VpcId']}"
            properties = {"peer_vpc_id": peer["VpcId"], "state": state, "tags": tags_of(peering)}
            properties["asked_by_peer"] = peer is peering["RequesterVpcInfo"]
            if not self.of_this_network(peering):
                # The other side's own: used, and left to it.
                properties["tags"] = None
            self.add("vpc_peering", name_of(peering, id_), id_, properties, key=peer["VpcId"])

    def security_groups(self, groups):
        names = {group["GroupId"]: group["GroupName"] for group in groups}
        for group in sorted(groups, key=lambda each: each["GroupName"]):
            if group["GroupName"] == "default":
                continue
            if not self.of_this_network(group):
                self.live.foreign_groups[group["GroupName"]] = group["GroupId"]
                if not carries(group, self.environment):
                    self.live.unmanaged.append(f"security group {group['GroupId']} ({group['GroupName']})")
                continue
            properties = {
                "description": group["Description"],
                "ingress": rules_of(group["IpPermissions"], names),
                "egress": rules_of(group["IpPermissionsEgress"], names),
                "tags": tags_of(group),
            }
            self.add("security_group", group["GroupName"], group["GroupId"], properties)

    def network_acls(self, acls):
        for acl in sorted(acls, key=lambda each: each["NetworkAclId"]):
            id_ = acl["NetworkAclId"]
            if acl["IsDefault"] or not self.ours(acl, f"network ACL {id_}"):
                continue
            subnets = sorted(
                self.names.get(each["SubnetId"], each["SubnetId"])
                for each in acl["Associations"]
                if each.get("SubnetId")
            )
            properties = {
                "ingress": acl_rules_of(acl["Entries"], egress=False),
                "egress": acl_rules_of(acl["Entries"], egress=True),
                "subnets": subnets,
                "tags": tags_of(acl),
            }
            self.add("network_acl", name_of(acl, id_), id_, properties, hint=tuple(subnets))

    def route_tables(self, tables):
        for table in sorted(tables, key=lambda each: each["RouteTableId"]):
            id_ = table["RouteTableId"]
            if any(association.get("Main") for association in table["Associations"]):
                continue  # comes and goes with the VPC
            if not self.ours(table, f"route table {id_}"):
                continue
            subnets = sorted(
                self.names[each["SubnetId"]] for each in table["Associations"] if each.get("SubnetId") in self.names
            )
            self.names[id_] = name_of(table, id_)
            found = routes(table, self.names)
            properties = {
                "routes": {key: value for key, value in found.items() if ":" not in key},
                "ipv6_routes": {key: value for key, value in found.items() if ":" in key},
                "subnets": subnets,
                "tags": tags_of(table),
            }
            self.add("route_table", name_of(table, id_), id_, properties, hint=tuple(subnets))

    def endpoints(self, endpoints):
        groups = {each.id: each.name for each in self.live.of_type("security_group")}
        for endpoint in sorted(endpoints, key=lambda each: each["VpcEndpointId"]):
            id_, state = endpoint["VpcEndpointId"], endpoint.get("State", "available").lower()
            if state in ("deleted", "failed", "rejected", "expired"):
                continue
            service = endpoint["ServiceName"].split(".", 3)[-1]
            key = f"{endpoint['VpcEndpointType']} {service}"
            if not self.ours(endpoint, f"endpoint {id_} ({endpoint['ServiceName']})"):
                continue
            subnets = sorted(self.names.get(each, each) for each in endpoint.get("SubnetIds") or ())
            tables = sorted(self.names.get(each, each) for each in endpoint.get("RouteTableIds") or ())
            members = sorted(groups.get(each["GroupId"], each["GroupId"]) for each in endpoint.get("Groups") or ())
            self.live.interfaces |= set(endpoint.get("NetworkInterfaceIds") or ())
            if state == "deleting":
                self.live.settling.append(f"endpoint {id_} is being removed")
                self.live.leaving |= {("subnet", each) for each in subnets}
                self.live.leaving |= {("security_group", each) for each in members}
                self.live.leaving.add(("vpc_endpoint", key))  # it keeps its private name
                continue
            gateway = endpoint["VpcEndpointType"] == "Gateway"
            properties = {
                "service": service,
                "type": endpoint["VpcEndpointType"],
                "route_tables": tables if gateway else None,
                "subnets": None if gateway else subnets,
                "security_groups": None if gateway else members,
                "tags": tags_of(endpoint),
            }
            self.add("vpc_endpoint", name_of(endpoint, id_), id_, properties, key=key)

    def outside(self, inside):
        """Flow logs, and what they need in other services."""
        group, role = inside.get("log_group"), inside.get("flow_log_role")
        if group:
            tags = [{"Key": key, "Value": value} for key, value in group["tags"].items()]
            if self.of_this_network({"Tags": tags}):
                properties = {"retention": group.get("retentionInDays"), "arn": group["arn"], "tags": group["tags"]}
                self.add("log_group", group["logGroupName"], group["arn"], properties)
            else:
                self.live.foreign["log_group"] = group["logGroupName"]
        if role:
            if self.of_this_network(role):
                properties = {
                    "trust": _document(role["AssumeRolePolicyDocument"]),
                    "policy": _document(role["Policy"]),
                    "tags": tags_of(role),
                }
                self.add("iam_role", role["RoleName"], role["Arn"], properties)
            else:
                self.live.foreign["iam_role"] = role["RoleName"]
        for log in sorted(inside.get("flow_logs", ()), key=lambda each: each["FlowLogId"]):
            if not self.ours(log, f"flow log {log['FlowLogId']}"):
                continue
            properties = {
                "log_group": log.get("LogGroupName"),
                "traffic": log["TrafficType"],
                "interval": log["MaxAggregationInterval"],
                "role": (log.get("DeliverLogsPermissionArn") or "").rpartition("/")[2],
                "tags": tags_of(log),
            }
            self.add("flow_log", name_of(log, log["FlowLogId"]), log["FlowLogId"], properties, key="flow_log")


def _document(document):
    """An IAM policy as text that compares."""
    return json.dumps(document, sort_keys=True) if document else None


def routes(table, names):
    """{destination: target} of the routes that someone made; the local ones and those of endpoints come by themselves."""
    found = {}
    for route in table["Routes"]:
        # Of an interface's instance, and of whose it is, AWS tells besides.
        target = next(
            (value for key, value in sorted(route.items()) if key.endswith("Id") and key not in NO_TARGETS), None
        )
        made = route.get("Origin", "CreateRoute") == "CreateRoute" and target != "local"
        destination = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock")
        if made and destination:
            found[destination] = names.get(target, target or "nothing")
    return found


def acl_rules_of(entries, egress):
    """Rules of a network ACL as lines in their order, without the last one, which every ACL has: ``100 allow tcp 443 0.0.0.0/0``."""
    lines = []
    for entry in sorted(entries, key=lambda each: each["RuleNumber"]):
        if entry["Egress"] is egress and entry["RuleNumber"] < 32767:
            ports = entry.get("PortRange") or {}
            protocol = PROTOCOL_NUMBERS.get(entry["Protocol"], entry["Protocol"])
            source = entry.get("CidrBlock") or entry.get("Ipv6CidrBlock")
            lines.append(
                acl_line(entry["RuleNumber"], entry["RuleAction"], protocol, ports.get("From"), ports.get("To"), source)
            )
    return lines


def acl_line(number, action, protocol, first, last, cidr):
    ports = (
        "" if first is None or protocol not in ("tcp", "udp") else f" {first}" if first == last else f" {first}-{last}"
    )
    return f"{number} {action} {protocol}{ports} {cidr}"


@dataclass(frozen=True)
class Tenant:
    """Something that keeps a VPC or a subnet from being removed."""

    text: str
    ours: bool  # made by another role of the same environment, whose turn to remove it may come before


def tenants(inside, live, spec, subnet_ids=None):
    """What stands in the way of removing the VPC, or only the subnets named; what this network's plan removes does not."""
    environment = own_tags(spec.project, spec.environment)
    our_instances = {
        instance["InstanceId"]
        for reservation in inside["reservations"]
        for instance in reservation["Instances"]
        if carries(instance, environment)
    }
    found = set()
    for interface in inside["network_interfaces"]:
        here = subnet_ids is None or interface["SubnetId"] in subnet_ids
        if here and interface["NetworkInterfaceId"] not in live.interfaces:
            # An interface has no tags of its own; whose it is can be told by its instance.
            holder = interface.get("Attachment", {}).get("InstanceId")
            found.add(Tenant(_interface(interface), holder in our_instances))
    if subnet_ids is None:
        unmanaged = set(live.unmanaged)
        for name, id_ in live.foreign_groups.items():
            text = f"security group {id_} ({name})"
            found.add(Tenant(text, text not in unmanaged))
        found |= {Tenant(text, False) for text in unmanaged if not text.startswith("flow log")}
    return sorted(found, key=lambda tenant: tenant.text)


def _interface(interface):
    instance = interface.get("Attachment", {}).get("InstanceId")
    if instance:
        return f"instance {instance}"
    return f"network interface {interface['NetworkInterfaceId']} ({interface.get('Description') or 'no description'})"
