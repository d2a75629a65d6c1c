# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account with one VPC in memory: it answers as AWS describes, changes as the modules of amazon.aws do, and is as strict
as AWS about what has to be there first and what is still held.

The rules here are written from AWS's behaviour. None of them asks the code under test.
"""

from __future__ import annotations

import copy
import ipaddress
import itertools
import json

from ansible_collections.landfall.aws.plugins.module_utils.changes import KNOWN_AFTER_APPLY
from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError

REGION = "eu-west-3"
ZONES = tuple(f"{REGION}{letter}" for letter in "abcdef")
OWNER = "123456789012"
VPC_IPV6 = "2001:db8:1234:1a00::/56"
NUMBERS = {"all": "-1", "icmp": "1", "tcp": "6", "udp": "17"}


class Forbidden(AssertionError):
    """AWS would not do that."""


def rule(holds, sentence):
    if not holds:
        raise Forbidden(sentence)


def tag_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tags_in(thing):
    return {tag["Key"]: tag["Value"] for tag in thing.get("Tags", [])}


def retagged(thing, tags):
    """Tags of others stay: no task of the role purges them."""
    thing["Tags"] = tag_list({**tags_in(thing), **tags})


def overlap(one, other):
    return ipaddress.ip_network(one).overlaps(ipaddress.ip_network(other))


class Account:
    """What AWS would return, by the kinds of ``api.read_region`` and ``api.read_vpc``."""

    KINDS = (
        "vpcs",
        "internet_gateways",
        "addresses",
        "egress_only_internet_gateways",
        "subnets",
        "nat_gateways",
        "peerings",
        "security_groups",
        "network_acls",
        "route_tables",
        "vpc_endpoints",
        "flow_logs",
    )

    def __init__(self):
        for kind in self.KINDS:
            setattr(self, kind, [])
        self.dns = {"enableDnsSupport": True, "enableDnsHostnames": False}
        self.log_group = self.role = None
        self.slow = False  # whether what a task does not wait for takes a while
        self.calls = []
        self._numbers = itertools.count(1)

    # What the tests ask.

    def id(self, prefix):
        return f"{prefix}-{next(self._numbers):017x}"

    @property
    def vpc(self):
        return next((each for each in self.vpcs), None)

    @property
    def vpc_id(self):
        return self.vpc["VpcId"] if self.vpc else None

    def one(self, kind, id_):
        """A thing by its id, where it still exists."""
        return next((each for each in getattr(self, kind) if id_ in each.values() and not self.is_gone(each)), None)

    @staticmethod
    def is_gone(thing):
        state = thing.get("Status", {}).get("Code") if isinstance(thing.get("Status"), dict) else thing.get("State")
        return state in ("deleted", "failed")

    def ours(self):
        """How many things carry our tags, by kind; what everybody's VPC has is not counted."""
        counts = {}
        for kind in self.KINDS:
            mine = [
                each
                for each in getattr(self, kind)
                if tags_in(each).get("ManagedBy") == "landfall.aws" and not self.is_gone(each)
            ]
            counts[kind] = len(mine)
        counts["log_group"], counts["role"] = int(bool(self.log_group)), int(bool(self.role))
        return {kind: count for kind, count in counts.items() if count}

    def tick(self):
        """AWS gets on with what it is making or removing."""
        for gateway in self.nat_gateways:
            gateway["State"] = {"pending": "available", "deleting": "deleted"}.get(gateway["State"], gateway["State"])
        self.vpc_endpoints = [each for each in self.vpc_endpoints if each["State"] != "deleting"]

    # What the plan reads: a client of any service.

    def __call__(self, _service):
        return self

    def can_paginate(self, _operation):
        return False

    def _in_vpc(self, operation, kind, key, given):
        self.calls.append(operation)
        assert given == [{"Name": "vpc-id", "Values": [self.vpc_id]}], operation
        return {key: getattr(self, kind)}

    def _tagged(self, kind, filters):
        wanted = {each["Name"].removeprefix("tag:"): each["Values"] for each in filters}
        return [
            each
            for each in getattr(self, kind)
            if all(tags_in(each).get(key) in values for key, values in wanted.items())
        ]

    def describe_vpcs(self, Filters):
        self.calls.append("describe_vpcs")
        return {"Vpcs": self._tagged("vpcs", Filters)}

    def describe_addresses(self, Filters):
        self.calls.append("describe_addresses")
        return {"Addresses": self._tagged("addresses", Filters)}

    def describe_internet_gateways(self):
        self.calls.append("describe_internet_gateways")
        return {"InternetGateways": self.internet_gateways}

    def describe_egress_only_internet_gateways(self):
        self.calls.append("describe_egress_only_internet_gateways")
        return {"EgressOnlyInternetGateways": self.egress_only_internet_gateways}

    def describe_availability_zones(self):
        self.calls.append("describe_availability_zones")
        return {"AvailabilityZones": [{"ZoneName": zone, "State": "available"} for zone in ZONES]}

    def describe_vpc_attribute(self, VpcId, Attribute):
        self.calls.append("describe_vpc_attribute")
        assert VpcId == self.vpc_id
        return {Attribute[0].upper() + Attribute[1:]: {"Value": self.dns[Attribute]}}

    def describe_subnets(self, Filters):
        return self._in_vpc("describe_subnets", "subnets", "Subnets", Filters)

    def describe_route_tables(self, Filters):
        return self._in_vpc("describe_route_tables", "route_tables", "RouteTables", Filters)

    def describe_nat_gateways(self, Filter):
        return self._in_vpc("describe_nat_gateways", "nat_gateways", "NatGateways", Filter)

    def describe_security_groups(self, Filters):
        return self._in_vpc("describe_security_groups", "security_groups", "SecurityGroups", Filters)

    def describe_network_acls(self, Filters):
        return self._in_vpc("describe_network_acls", "network_acls", "NetworkAcls", Filters)

    def describe_vpc_endpoints(self, Filters):
        return self._in_vpc("describe_vpc_endpoints", "vpc_endpoints", "VpcEndpoints", Filters)

    def describe_flow_logs(self, Filter):
        self.calls.append("describe_flow_logs")
        assert Filter == [{"Name": "resource-id", "Values": [self.vpc_id]}]
        return {"FlowLogs": self.flow_logs}

    def describe_vpc_peering_connections(self, Filters):
        self.calls.append("describe_vpc_peering_connections")
        (condition,) = Filters
        side = {"requester-vpc-info.vpc-id": "RequesterVpcInfo", "accepter-vpc-info.vpc-id": "AccepterVpcInfo"}
        found = [each for each in self.peerings if each[side[condition["Name"]]]["VpcId"] in condition["Values"]]
        return {"VpcPeeringConnections": found}

    def describe_instances(self, Filters):
        self.calls.append("describe_instances")
        return {"Reservations": []}

    def describe_network_interfaces(self, Filters):
        self.calls.append("describe_network_interfaces")
        found = [
            {"NetworkInterfaceId": address["NetworkInterfaceId"], "SubnetId": gateway["SubnetId"]}
            for gateway in self.nat_gateways
            if not self.is_gone(gateway)
            for address in gateway["NatGatewayAddresses"]
        ]
        found += [
            {"NetworkInterfaceId": interface, "SubnetId": subnet}
            for endpoint in self.vpc_endpoints
            for interface, subnet in zip(endpoint["NetworkInterfaceIds"], endpoint["SubnetIds"], strict=True)
        ]
        return {"NetworkInterfaces": found}

    def describe_log_groups(self, logGroupNamePrefix):
        self.calls.append("describe_log_groups")
        groups = [{**self.log_group, "arn": f"{self.log_group['arn']}:*"}] if self.log_group else []
        return {"logGroups": [each for each in groups if each["logGroupName"].startswith(logGroupNamePrefix)]}

    def list_tags_for_resource(self, resourceArn):
        self.calls.append("list_tags_for_resource")
        assert resourceArn == self.log_group["arn"]
        return {"tags": tags_in(self.log_group)}

    def get_role(self, RoleName):
        self.calls.append("get_role")
        if not self.role:
            raise ClientError({"Error": {"Code": "NoSuchEntity"}}, "GetRole")
        return {"Role": self.role}

    def get_role_policy(self, RoleName, PolicyName):
        self.calls.append("get_role_policy")
        if self.role.get("_policy") is None:
            raise ClientError({"Error": {"Code": "NoSuchEntity"}}, "GetRolePolicy")
        return {"PolicyDocument": self.role["_policy"]}

    # What a round of the role does. Everything in it happens side by side, so it has to be right in any order.

    def apply(self, todo, only=None):
        """Do what ``todo`` says, or of it only what ``only`` says; the ids of what was made."""
        jobs = [
            (step, type_, entry)
            for step, types in todo.items()
            for type_, entries in types.items()
            for entry in entries
            if only is None or only(entry)
        ]
        backwards = copy.deepcopy(self)
        for job in reversed(jobs):
            backwards._do(*job)
        made = {self._do(*job) for job in jobs}
        return {each for each in made if each}

    def _do(self, step, type_, entry):
        assert step != "create" or KNOWN_AFTER_APPLY not in entry["after"].values(), f"{type_} {entry['name']}"
        return getattr(self, f"{step}_{type_}")(entry)

    def create_vpc(self, entry):
        after, vpc = entry["after"], self.one("vpcs", entry["id"])
        if entry["id"] is None:
            vpc = {"VpcId": self.id("vpc"), "CidrBlock": after["cidr_block"]}
            self.vpcs.insert(0, vpc)
            group = {"GroupId": self.id("sg"), "GroupName": "default", "Description": "", "IpPermissions": []}
            self.security_groups.append({**group, "IpPermissionsEgress": []})
            acl = {"NetworkAclId": self.id("acl"), "IsDefault": True, "Entries": [], "Associations": []}
            self.network_acls.append(acl)
            main = {"RouteTableId": self.id("rtb"), "Associations": [{"Main": True}], "Routes": self.local_routes()}
            self.route_tables.append(main)
        rule(vpc["CidrBlock"] == after["cidr_block"], "a VPC's range can't be changed")
        if after["ipv6"] and not vpc.get("Ipv6CidrBlockAssociationSet"):
            state = {"State": "associated"}
            vpc["Ipv6CidrBlockAssociationSet"] = [{"Ipv6CidrBlock": VPC_IPV6, "Ipv6CidrBlockState": state}]
        self.dns = {"enableDnsSupport": after["dns_support"], "enableDnsHostnames": after["dns_hostnames"]}
        retagged(vpc, after["tags"])
        return vpc["VpcId"]

    def local_routes(self):
        return [{"DestinationCidrBlock": self.vpc["CidrBlock"], "GatewayId": "local", "Origin": "CreateRouteTable"}]

    def remove_vpc(self, entry):
        rule(self.one("vpcs", entry["id"]), "the VPC does not exist")
        inside = [kind for kind in ("subnets", "vpc_endpoints", "egress_only_internet_gateways") if getattr(self, kind)]
        inside += ["NAT gateway" for each in self.nat_gateways if not self.is_gone(each)]
        inside += ["peering" for each in self.peerings if not self.is_gone(each)]
        inside += ["security group" for each in self.security_groups if each["GroupName"] != "default"]
        inside += ["network ACL" for each in self.network_acls if not each["IsDefault"]]
        inside += ["route table" for each in self.route_tables if each["Associations"][:1] != [{"Main": True}]]
        inside += ["internet gateway" for each in self.internet_gateways if each["Attachments"]]
        inside += ["flow log" for each in self.flow_logs]
        rule(not inside, f"DependencyViolation: the VPC still has {inside}")
        self.vpcs.clear()
        self.security_groups, self.network_acls, self.route_tables = [], [], []

    def create_internet_gateway(self, entry):
        rule(self.vpc, "there is no VPC to attach it to")
        gateway = self.one("internet_gateways", entry["id"])
        if entry["id"] is None:
            gateway = {"InternetGatewayId": self.id("igw"), "Attachments": []}
            self.internet_gateways.append(gateway)
        if not gateway["Attachments"]:
            rule(not any(each["Attachments"] for each in self.internet_gateways), "Resource.AlreadyAssociated")
            gateway["Attachments"] = [{"VpcId": self.vpc_id, "State": "available"}]
        retagged(gateway, entry["after"]["tags"])
        return gateway["InternetGatewayId"]

    def remove_internet_gateway(self, entry):
        gateway = self.one("internet_gateways", entry["id"])
        if gateway["Attachments"]:
            public = [each for each in self.nat_gateways if not self.is_gone(each)]
            rule(not public, "DependencyViolation: the VPC has mapped public addresses")
        self.internet_gateways.remove(gateway)

    def create_egress_only_internet_gateway(self, entry):
        rule(self.vpc, "there is no VPC to attach it to")
        if not self.egress_only_internet_gateways:
            gateway = {"EgressOnlyInternetGatewayId": self.id("eigw")}
            gateway["Attachments"] = [{"VpcId": self.vpc_id, "State": "attached"}]
            self.egress_only_internet_gateways.append(gateway)
        retagged(self.egress_only_internet_gateways[0], entry["after"]["tags"])
        return self.egress_only_internet_gateways[0]["EgressOnlyInternetGatewayId"]

    def remove_egress_only_internet_gateway(self, _entry):
        del self.egress_only_internet_gateways[0]

    def create_subnet(self, entry):
        rule(self.vpc, "there is no VPC for it")
        after, before = entry["after"], entry["before"] or {}
        cidr = after["cidr_block"]
        subnet = next((each for each in self.subnets if each["CidrBlock"] == cidr), None)
        if subnet is None:
            rule(not any(overlap(cidr, each["CidrBlock"]) for each in self.subnets), f"{cidr}: InvalidSubnet.Conflict")
            rule(after["availability_zone"] in ZONES, "there is no such Availability Zone")
            subnet = {"SubnetId": self.id("subnet"), "CidrBlock": cidr, "AvailabilityZone": after["availability_zone"]}
            self.subnets.append(subnet)
        subnet["MapPublicIpOnLaunch"] = after["map_public_ip_on_launch"]
        block = after["ipv6_cidr"] or before.get("ipv6_cidr")
        held = [each["Ipv6CidrBlock"] for each in subnet.get("Ipv6CidrBlockAssociationSet", [])]
        if [block] != held and block:
            rule(not held, f"{cidr}: an IPv6 range can't be taken from a subnet whose instances use it")
            rule(self.vpc.get("Ipv6CidrBlockAssociationSet"), "the VPC has no IPv6 range")
            rule(ipaddress.ip_network(block).subnet_of(ipaddress.ip_network(VPC_IPV6)), f"{block} is not the VPC's")
            taken = {
                each["Ipv6CidrBlock"] for one in self.subnets for each in one.get("Ipv6CidrBlockAssociationSet", [])
            }
            rule(block not in taken, f"{block}: InvalidSubnet.Conflict")
            state = {"State": "associated"}
            subnet["Ipv6CidrBlockAssociationSet"] = [{"Ipv6CidrBlock": block, "Ipv6CidrBlockState": state}]
        assign = after["assign_ipv6_address_on_creation"] or before.get("assign_ipv6_address_on_creation", False)
        subnet["AssignIpv6AddressOnCreation"] = assign
        retagged(subnet, after["tags"])
        return subnet["SubnetId"]

    def remove_subnet(self, entry):
        subnet = self.one("subnets", entry["id"])
        id_ = subnet["SubnetId"]
        held = [each for each in self.describe_network_interfaces([])["NetworkInterfaces"] if each["SubnetId"] == id_]
        rule(not held, f"DependencyViolation: {entry['name']} has network interfaces {held}")
        self.subnets.remove(subnet)
        for each in (*self.route_tables, *self.network_acls):
            each["Associations"] = [one for one in each["Associations"] if one.get("SubnetId") != id_]

    def create_elastic_ip(self, entry):
        known = (entry["before"] or {}).get("public_ip")
        address = self.one("addresses", known) if known else None
        if address is None:
            number = next(self._numbers)
            address = {"AllocationId": f"eipalloc-{number:017x}", "PublicIp": f"198.51.100.{number}"}
            self.addresses.append(address)
        retagged(address, entry["after"]["tags"])
        return address["AllocationId"]

    def using(self, allocation_id):
        return [
            gateway
            for gateway in self.nat_gateways
            if not self.is_gone(gateway)
            and allocation_id in [each.get("AllocationId") for each in gateway["NatGatewayAddresses"]]
        ]

    def remove_elastic_ip(self, entry):
        address = self.one("addresses", entry["before"]["public_ip"])
        rule(not self.using(address["AllocationId"]), "InvalidIPAddress.InUse: a NAT gateway has the address")
        self.addresses.remove(address)

    def create_nat_gateway(self, entry):
        subnet, address = entry["given"]["subnet_id"], entry["given"]["allocation_id"]
        rule(self.one("subnets", subnet), "InvalidSubnetID.NotFound")
        rule(self.one("addresses", address), "InvalidAllocationID.NotFound")
        attached = [each for each in self.internet_gateways if each["Attachments"]]
        rule(attached, "Gateway.NotAttached: the VPC has no internet gateway")
        existing = [each for each in self.using(address) if each["SubnetId"] == subnet and each["State"] != "deleting"]
        if not existing:
            rule(not self.using(address), "Resource.AlreadyAssociated: another NAT gateway has the address")
            existing = [self.nat_gateway(subnet, self.one("addresses", address))]
            self.nat_gateways += existing
        retagged(existing[0], entry["after"]["tags"])
        return existing[0]["NatGatewayId"]

    def nat_gateway(self, subnet_id, address):
        held = {"AllocationId": address["AllocationId"], "PublicIp": address["PublicIp"]}
        return {
            "NatGatewayId": self.id("nat"),
            "SubnetId": subnet_id,
            "State": "pending" if self.slow else "available",
            "NatGatewayAddresses": [{**held, "NetworkInterfaceId": self.id("eni")}],
        }

    def remove_nat_gateway(self, entry):
        self.one("nat_gateways", entry["id"])["State"] = "deleting" if self.slow else "deleted"

    def create_vpc_peering(self, entry):
        rule(self.vpc, "there is no VPC to peer")
        after = entry["after"]
        peering = self.one("peerings", entry["id"])
        if entry["id"] is None:
            owner = entry["given"].get("peer_owner_id") or OWNER
            peering = {
                "VpcPeeringConnectionId": self.id("pcx"),
                "RequesterVpcInfo": {"VpcId": self.vpc_id, "OwnerId": OWNER},
                "AccepterVpcInfo": {"VpcId": after["peer_vpc_id"], "OwnerId": owner},
                "Status": {"Code": "pending-acceptance"},
            }
            self.peerings.append(peering)
        elif peering["Status"]["Code"] != "active":
            rule(peering["AccepterVpcInfo"]["OwnerId"] == OWNER, "OperationNotPermitted: only its peer can accept it")
            peering["Status"] = {"Code": "active"}
        if after["tags"]:
            retagged(peering, after["tags"])
        return peering["VpcPeeringConnectionId"] if entry["id"] is None else None

    def remove_vpc_peering(self, entry):
        peering = self.one("peerings", entry["id"])
        rule(tags_in(peering).get("ManagedBy") == "landfall.aws", "that is not ours to remove")
        peering["Status"] = {"Code": "deleted"}

    def create_security_group(self, entry):
        rule(self.vpc, "there is no VPC for it")
        group = next((each for each in self.security_groups if each["GroupName"] == entry["name"]), None)
        given = entry["given"]
        if group is None:
            group = {"GroupId": self.id("sg"), "GroupName": entry["name"], "Description": given["description"]}
            self.security_groups.append(group)
        rule(group["Description"] == given["description"], "a security group's description can't be changed")
        group["IpPermissions"] = [self.permission(each, group) for each in given["ingress"]]
        group["IpPermissionsEgress"] = [self.permission(each, group) for each in given["egress"]]
        retagged(group, entry["after"]["tags"])
        return group["GroupId"]

    def permission(self, given, group):
        """A rule as amazon.aws.ec2_security_group takes it, as AWS describes it."""
        found = {"IpProtocol": {"all": "-1"}.get(given["proto"], given["proto"])}
        if found["IpProtocol"] != "-1":
            found.update(FromPort=given["from_port"], ToPort=given["to_port"])
        if "cidr_ip" in given:
            return {**found, "IpRanges": [{"CidrIp": str(ipaddress.IPv4Network(given["cidr_ip"]))}]}
        if "cidr_ipv6" in given:
            return {**found, "Ipv6Ranges": [{"CidrIpv6": str(ipaddress.IPv6Network(given["cidr_ipv6"]))}]}
        if "group_name" in given:
            assert given["group_name"] == group["GroupName"]
            return {**found, "UserIdGroupPairs": [{"GroupId": group["GroupId"]}]}
        rule(self.one("security_groups", given["group_id"]), "InvalidGroup.NotFound")
        return {**found, "UserIdGroupPairs": [{"GroupId": given["group_id"]}]}

    def empty_security_group(self, entry):
        group = self.one("security_groups", entry["id"])
        group["IpPermissions"], group["IpPermissionsEgress"] = [], []

    def remove_security_group(self, entry):
        group = self.one("security_groups", entry["id"])
        for other in self.security_groups:
            if other is not group:
                pairs = [
                    pair["GroupId"]
                    for permission in (*other["IpPermissions"], *other["IpPermissionsEgress"])
                    for pair in permission.get("UserIdGroupPairs", [])
                ]
                rule(group["GroupId"] not in pairs, f"DependencyViolation: {other['GroupName']} names {entry['name']}")
        for endpoint in self.vpc_endpoints:
            members = [each["GroupId"] for each in endpoint["Groups"]]
            rule(group["GroupId"] not in members, f"DependencyViolation: an endpoint has {entry['name']}")
        self.security_groups.remove(group)

    def create_network_acl(self, entry):
        rule(self.vpc, "there is no VPC for it")
        acl = self.one("network_acls", entry["id"])
        if acl is None:
            acl = {"NetworkAclId": self.id("acl"), "IsDefault": False, "Associations": []}
            self.network_acls.append(acl)
        given = entry["given"]
        acl["Entries"] = [
            *(self.entry(each, False) for each in given["ingress"]),
            *(self.entry(each, True) for each in given["egress"]),
            *({"RuleNumber": 32767, "Protocol": "-1", "RuleAction": "deny", "Egress": each} for each in (True, False)),
        ]
        for subnet in given["subnets"]:
            rule(self.one("subnets", subnet), "InvalidSubnetID.NotFound")
        for other in self.network_acls:
            other["Associations"] = [each for each in other["Associations"] if each["SubnetId"] not in given["subnets"]]
        acl["Associations"] = [{"SubnetId": subnet} for subnet in given["subnets"]]
        retagged(acl, entry["after"]["tags"])
        return acl["NetworkAclId"]

    @staticmethod
    def entry(given, egress):
        number, protocol, action, cidr, *_icmp = given[:6]
        key = "Ipv6CidrBlock" if ":" in cidr else "CidrBlock"
        found = {"RuleNumber": number, "Protocol": NUMBERS[protocol], "RuleAction": action, "Egress": egress, key: cidr}
        if protocol in ("tcp", "udp"):
            found["PortRange"] = {"From": given[6], "To": given[7]}
        return found

    def remove_network_acl(self, entry):
        # The module gives its subnets back to the default one first.
        self.network_acls.remove(self.one("network_acls", entry["id"]))

    def create_route_table(self, entry):
        rule(self.vpc, "there is no VPC for it")
        table = self.one("route_tables", entry["id"])
        if entry["id"] is None:
            same = [each for each in self.route_tables if tags_in(each).items() >= entry["after"]["tags"].items()]
            rule(len(same) < 2, "these tags do not tell which route table is meant")
            table = same[0] if same else None
        if table is None:
            table = {"RouteTableId": self.id("rtb"), "Associations": [], "Routes": self.local_routes()}
            self.route_tables.append(table)
        given = [self.route(each) for each in entry["given"]["routes"]]
        wanted = {each.get("DestinationCidrBlock") or each["DestinationIpv6CidrBlock"]: each for each in given}
        kept = []
        for route in table["Routes"]:
            by_itself = route["Origin"] != "CreateRoute" or route.get("GatewayId", "").startswith("vpce-")
            # The module neither points an IPv6 route anew nor takes it away.
            if by_itself or "DestinationIpv6CidrBlock" in route:
                kept.append(route)
                wanted.pop(route.get("DestinationIpv6CidrBlock"), None)
        table["Routes"] = [*kept, *wanted.values()]
        subnets = entry["given"]["subnets"]
        for subnet in subnets:
            rule(self.one("subnets", subnet), "InvalidSubnetID.NotFound")
        for other in self.route_tables:
            other["Associations"] = [each for each in other["Associations"] if each.get("SubnetId") not in subnets]
        table["Associations"] = [{"Main": False, "SubnetId": subnet} for subnet in subnets]
        retagged(table, entry["after"]["tags"])
        return table["RouteTableId"]

    def route(self, given):
        destination = given["dest"]
        key = "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"
        found = {key: str(ipaddress.ip_network(destination)), "Origin": "CreateRoute", "State": "active"}
        ((option, target),) = [(name, value) for name, value in given.items() if name != "dest"]
        assert target, given
        prefix = target.partition("-")[0]
        if prefix == "igw":
            attached = [each for each in self.internet_gateways if each["Attachments"]]
            rule(target in [each["InternetGatewayId"] for each in attached], f"{target}: InvalidGatewayID.NotFound")
        kinds = {"nat": "nat_gateways", "pcx": "peerings", "eigw": "egress_only_internet_gateways"}
        if prefix in kinds:
            rule(self.one(kinds[prefix], target), f"{target}: NotFound")
        expected = {"pcx": "vpc_peering_connection_id", "eigw": "egress_only_internet_gateway_id"}
        expected = {**expected, "eni": "network_interface_id"}.get(prefix, "gateway_id")
        assert option == expected, given
        member = {
            "nat": "NatGatewayId",
            "pcx": "VpcPeeringConnectionId",
            "eigw": "EgressOnlyInternetGatewayId",
            "tgw": "TransitGatewayId",
            "eni": "NetworkInterfaceId",
        }
        if prefix == "eni":
            found.update(InstanceId="i-0123456789abcdef0", InstanceOwnerId=OWNER)
        return {**found, member.get(prefix, "GatewayId"): target}

    def remove_route_table(self, entry):
        # The module takes its subnets away first; a gateway endpoint's route it can't.
        tables = [each for endpoint in self.vpc_endpoints for each in endpoint["RouteTableIds"]]
        rule(entry["id"] not in tables, "DependencyViolation: an endpoint has a route in it")
        self.route_tables.remove(self.one("route_tables", entry["id"]))

    def create_vpc_endpoint(self, entry):
        rule(self.vpc, "there is no VPC for it")
        after, given = entry["after"], entry["given"]
        endpoint = self.one("vpc_endpoints", entry["id"])
        if entry["id"] is None:
            tables, subnets = given["route_table_ids"], given["subnet_ids"]
            groups = given["security_group_ids"]
            for kind, ids in (("route_tables", tables), ("subnets", subnets), ("security_groups", groups)):
                for id_ in ids:
                    rule(self.one(kind, id_), f"{id_}: NotFound")
            name = f"com.amazonaws.{REGION}.{after['service']}"
            for other in self.vpc_endpoints:
                if (other["ServiceName"], other["VpcEndpointType"]) == (name, after["type"]):
                    rule(not set(other["RouteTableIds"]) & set(tables), "RouteAlreadyExists")
                    rule(after["type"] == "Gateway", "private-dns-enabled cannot be set: another endpoint has the name")
            rule(bool(subnets) == bool(groups) == (after["type"] == "Interface"), "what its type does not have")
            zones = [self.one("subnets", each)["AvailabilityZone"] for each in subnets]
            rule(len(zones) == len(set(zones)), "DuplicateSubnetsInSameZone")
            endpoint = self.vpc_endpoint(name, after["type"], tables, subnets, groups)
            self.vpc_endpoints.append(endpoint)
        retagged(endpoint, after["tags"])
        return endpoint["VpcEndpointId"]

    def vpc_endpoint(self, service, type_, tables, subnets, groups):
        return {
            "VpcEndpointId": self.id("vpce"),
            "ServiceName": service,
            "VpcEndpointType": type_,
            "State": "available",
            "RouteTableIds": list(tables),
            "SubnetIds": list(subnets),
            "Groups": [{"GroupId": each} for each in groups],
            "NetworkInterfaceIds": [self.id("eni") for _subnet in subnets],
        }

    def remove_vpc_endpoint(self, entry):
        endpoint = self.one("vpc_endpoints", entry["id"])
        if endpoint["VpcEndpointType"] == "Interface":
            endpoint["State"] = "deleting"  # the module does not wait, and its interfaces take minutes to go
        else:
            self.vpc_endpoints.remove(endpoint)

    def create_log_group(self, entry):
        arn = f"arn:aws:logs:{REGION}:{OWNER}:log-group:{entry['name']}"
        self.log_group = self.log_group or {"logGroupName": entry["name"], "arn": arn}
        self.log_group["retentionInDays"] = entry["after"]["retention"]
        retagged(self.log_group, entry["after"]["tags"])

    def remove_log_group(self, _entry):
        assert self.log_group
        self.log_group = None

    def create_iam_role(self, entry):
        arn = f"arn:aws:iam::{OWNER}:role/{entry['name']}"
        self.role = self.role or {"RoleName": entry["name"], "Arn": arn}
        self.role["AssumeRolePolicyDocument"] = json.loads(entry["after"]["trust"])
        self.role["_policy"] = json.loads(entry["after"]["policy"])
        retagged(self.role, entry["after"]["tags"])

    def remove_iam_role(self, _entry):
        assert self.role
        self.role = None

    def create_flow_log(self, entry):
        after = entry["after"]
        rule(self.log_group and self.log_group["logGroupName"] == after["log_group"], "there is no such log group")
        rule(self.role and self.role["Arn"] == entry["given"]["role_arn"], "there is no such role")
        wanted = {
            "LogGroupName": after["log_group"],
            "TrafficType": after["traffic"],
            "MaxAggregationInterval": after["interval"],
            "DeliverLogsPermissionArn": entry["given"]["role_arn"],
        }
        same = [each for each in self.flow_logs if each["LogGroupName"] == after["log_group"]]
        if not same or not same[0].items() >= wanted.items():
            self.flow_logs = [each for each in self.flow_logs if each not in same[:1]]
            same = [{"FlowLogId": self.id("fl"), **wanted}]
            self.flow_logs += same
        retagged(same[0], after["tags"])
        return same[0]["FlowLogId"]

    def remove_flow_log(self, entry):
        self.flow_logs.remove(self.one("flow_logs", entry["id"]))
