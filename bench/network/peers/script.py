"""The lower bound: one boto3 script that knows this network alone, reads side by side and makes side by side what is missing.

No plan, no check mode, no drift but what is missing: what a generic tool does besides is what it costs more.
``python script.py FILE`` with the design as JSON.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import boto3
from botocore.config import Config

POOL = ThreadPoolExecutor(10)
READS = {
    "describe_vpcs": "Vpcs",
    "describe_subnets": "Subnets",
    "describe_internet_gateways": "InternetGateways",
    "describe_nat_gateways": "NatGateways",
    "describe_route_tables": "RouteTables",
    "describe_security_groups": "SecurityGroups",
    "describe_addresses": "Addresses",
}


def named(kind: str, name: str) -> list[dict]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


class Network:
    """One VPC. What exists is known by its tag Name."""

    def __init__(self, ec2, live: dict[str, list[dict]], design: dict, zones: list[str], operator: str):
        self.ec2, self.name, self.design, self.zones, self.operator = ec2, design["name"], design, zones, operator
        self.live = {
            key: {tag["Value"]: each for each in found for tag in each.get("Tags", []) if tag["Key"] == "Name"}
            for key, found in live.items()
        }

    def id_of(self, key: str, name: str, member: str, make) -> str:
        found = self.live[key].get(name)
        return found[member] if found else make()

    def build(self) -> None:
        vpc = self.id_of("Vpcs", self.name, "VpcId", self.vpc)
        gateway = POOL.submit(self.id_of, "InternetGateways", self.name, "InternetGatewayId", lambda: self.gateway(vpc))
        groups = POOL.submit(self.groups, vpc)
        subnets = {
            tier: [
                POOL.submit(self.subnet, vpc, tier, zone, cidr) for zone, cidr in zip(self.zones, cidrs, strict=True)
            ]
            for tier, cidrs in self.design["tiers"].items()
        }
        addresses = [POOL.submit(self.address, zone) for zone in self.zones]
        ids = {tier: [each.result() for each in found] for tier, found in subnets.items()}
        gateway_id = gateway.result()
        tables = [
            POOL.submit(self.table, vpc, "public", ids["public"], {"GatewayId": gateway_id}),
            POOL.submit(self.table, vpc, "data", ids["data"], None),
        ]
        ways = zip(self.zones, ids["public"], ids["private"], addresses, strict=True)
        tables += [POOL.submit(self.way_out, vpc, *way) for way in ways]
        for each in (groups, *tables):
            each.result()

    def way_out(self, vpc: str, zone: str, public: str, private: str, address: Future[str]) -> None:
        nat = self.nat(zone, public, address.result())
        self.table(vpc, f"private-{zone}", [private], {"NatGatewayId": nat})

    def vpc(self) -> str:
        tags = named("vpc", self.name)
        vpc = self.ec2.create_vpc(CidrBlock=self.design["cidr"], TagSpecifications=tags)["Vpc"]["VpcId"]
        self.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        return vpc

    def gateway(self, vpc: str) -> str:
        made = self.ec2.create_internet_gateway(TagSpecifications=named("internet-gateway", self.name))
        gateway = made["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        return gateway

    def subnet(self, vpc: str, tier: str, zone: str, cidr: str) -> str:
        name = f"{self.name}-{tier}-{zone}"

        def make() -> str:
            made = self.ec2.create_subnet(
                VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone, TagSpecifications=named("subnet", name)
            )
            subnet = made["Subnet"]["SubnetId"]
            if tier == "public":
                self.ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
            return subnet

        return self.id_of("Subnets", name, "SubnetId", make)

    def address(self, zone: str) -> str:
        name = f"{self.name}-{zone}"
        tags = named("elastic-ip", name)

        def make() -> str:
            return self.ec2.allocate_address(Domain="vpc", TagSpecifications=tags)["AllocationId"]

        return self.id_of("Addresses", name, "AllocationId", make)

    def nat(self, zone: str, subnet: str, address: str) -> str:
        name = f"{self.name}-{zone}"

        def make() -> str:
            made = self.ec2.create_nat_gateway(
                SubnetId=subnet, AllocationId=address, TagSpecifications=named("natgateway", name)
            )
            nat = made["NatGateway"]["NatGatewayId"]
            self.ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat])
            return nat

        return self.id_of("NatGateways", name, "NatGatewayId", make)

    def table(self, vpc: str, suffix: str, subnets: list[str], target: dict | None) -> str:
        name = f"{self.name}-{suffix}"

        def make() -> str:
            made = self.ec2.create_route_table(VpcId=vpc, TagSpecifications=named("route-table", name))
            table = made["RouteTable"]["RouteTableId"]
            if target:
                self.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
            for subnet in subnets:
                self.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
            return table

        return self.id_of("RouteTables", name, "RouteTableId", make)

    def groups(self, vpc: str) -> None:
        bastion = self.group(vpc, "bastion", {"IpRanges": [{"CidrIp": self.operator}]})
        self.group(vpc, "web", {"UserIdGroupPairs": [{"GroupId": bastion}]})

    def group(self, vpc: str, suffix: str, source: dict) -> str:
        name = f"{self.name}-{suffix}"

        def make() -> str:
            made = self.ec2.create_security_group(
                GroupName=name, Description=suffix, VpcId=vpc, TagSpecifications=named("security-group", name)
            )
            rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, **source}
            self.ec2.authorize_security_group_ingress(GroupId=made["GroupId"], IpPermissions=[rule])
            return made["GroupId"]

        return self.id_of("SecurityGroups", name, "GroupId", make)


def main() -> None:
    design = json.loads(Path(sys.argv[1]).read_text())
    ec2 = boto3.client("ec2", config=Config(max_pool_connections=10))
    reads = {key: POOL.submit(getattr(ec2, operation)) for operation, key in READS.items()}
    live = {key: read.result()[key] for key, read in reads.items()}
    for network in design["networks"]:
        Network(ec2, live, network, design["zones"], design["operator"]).build()


if __name__ == "__main__":
    main()
