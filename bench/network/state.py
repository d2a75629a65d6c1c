"""What is in the emulated account, so that two ways to get there can be compared: by names, not by ids."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from .emulator import Account

READS = {
    "vpc": ("describe_vpcs", "Vpcs", "VpcId"),
    "subnet": ("describe_subnets", "Subnets", "SubnetId"),
    "internet gateway": ("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "egress-only gateway": (
        "describe_egress_only_internet_gateways",
        "EgressOnlyInternetGateways",
        "EgressOnlyInternetGatewayId",
    ),
    "address": ("describe_addresses", "Addresses", "AllocationId"),
    "NAT gateway": ("describe_nat_gateways", "NatGateways", "NatGatewayId"),
    "route table": ("describe_route_tables", "RouteTables", "RouteTableId"),
    "security group": ("describe_security_groups", "SecurityGroups", "GroupId"),
    "network ACL": ("describe_network_acls", "NetworkAcls", "NetworkAclId"),
    "endpoint": ("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    "peering": ("describe_vpc_peering_connections", "VpcPeeringConnections", "VpcPeeringConnectionId"),
    "flow log": ("describe_flow_logs", "FlowLogs", "FlowLogId"),
}
# What goes out of the account in a while after it was deleted, and what AWS or the emulator draws by lot.
GOING = {"deleting", "deleted"}
DRAWN = re.compile(
    r"Time$|Timestamp$|^CreateDate$|^RoleId$|^PublicIp$|^PrivateIp|^NetworkInterface|Association(Id|State|Set)$|AssociationId$|^OwnerId$|^RequesterId$|Arn$"
    r"|^ClientToken$|^AvailabilityZoneId$|^DnsEntries$|^AvailableIpAddressCount$|^CreateTime|^SecurityGroupRuleId$|^NetworkBorder"
)


def read(account: Account) -> dict[str, list[dict]]:
    """All of the network's kinds, of the region, but for what AWS brings along: default VPC and what is in it."""
    ec2 = account.client("ec2")
    found = {kind: getattr(ec2, operation)()[key] for kind, (operation, key, _id) in READS.items()}
    default = {vpc["VpcId"] for vpc in found["vpc"] if vpc["IsDefault"]}
    # The emulator keeps the default network ACL of a VPC that is gone; with AWS it goes along.
    there = {vpc["VpcId"] for vpc in found["vpc"]}
    found["network ACL"] = [each for each in found["network ACL"] if not each["IsDefault"] or each["VpcId"] in there]
    found = {
        kind: [each for each in items if not _of(each, default) and str(each.get("State", "")).lower() not in GOING]
        for kind, items in found.items()
    }
    found["log group"] = account.client("logs").describe_log_groups()["logGroups"]
    iam = account.client("iam")
    found["instance profile"] = iam.list_instance_profiles()["InstanceProfiles"]
    found["role"] = [
        {
            **role,
            "Policies": [
                iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
                for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
            ],
        }
        for role in iam.list_roles()["Roles"]
        if "/aws-service-role/" not in role["Arn"]
    ]
    return found


def _of(item: dict, vpcs: set[str]) -> bool:
    attached = {each.get("VpcId") for each in item.get("Attachments", [])}
    return item.get("VpcId") in vpcs or bool(attached & vpcs)


def count(found: dict[str, list[dict]]) -> dict[str, int]:
    """How many there are of each kind, but for what comes and goes with a VPC by itself."""
    made = {kind: [each for each in items if not _comes_by_itself(kind, each)] for kind, items in found.items()}
    return {kind: len(items) for kind, items in made.items() if items}


def _comes_by_itself(kind: str, item: dict) -> bool:
    return (
        (kind == "security group" and item["GroupName"] == "default")
        or (kind == "network ACL" and item["IsDefault"])
        or (kind == "route table" and any(each.get("Main") for each in item["Associations"]))
    )


def resources(found: dict[str, list[dict]]) -> int:
    """How many resources Terraform would call it."""
    associations = [each for table in found["route table"] for each in table["Associations"]]
    return sum(count(found).values()) + sum(bool(each.get("SubnetId")) for each in associations)


def ids(found: dict[str, list[dict]]) -> set[str]:
    return {each[READS[kind][2]] for kind, items in found.items() if kind in READS for each in items}


def normalised(found: dict[str, list[dict]]) -> dict[str, list[Any]]:
    """The same for the same network, whenever and in whatever order it was made: every id is its resource's name."""
    names = {}
    for kind, items in found.items():
        if kind in READS:
            for item in items:
                names[item[READS[kind][2]]] = f"{kind} {_name(kind, item)}"
    for address in found["address"]:
        names[address["PublicIp"]] = names[address["AllocationId"]]
    return {kind: sorted((_plain(item, names) for item in items), key=_text) for kind, items in found.items()}


def _name(kind: str, item: dict) -> str:
    named = {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}.get("Name")
    return named or item.get("GroupName") or ("by itself" if _comes_by_itself(kind, item) else "without a name")


def _plain(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each, names) for key, each in sorted(value.items()) if not DRAWN.search(key)}
    if isinstance(value, list):
        return sorted((_plain(each, names) for each in value), key=_text)
    if isinstance(value, str):
        return names.get(value, re.sub(r"\b[a-z]+-([0-9a-f]{17}|[0-9a-f]{8})\b", "another id", value))
    return value


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def differences(wanted: dict[str, list], found: dict[str, list]) -> list[str]:
    """What one has and the other lacks, in sentences."""
    sentences = []
    for kind in wanted:
        should, does = (Counter(map(_text, each[kind])) for each in (wanted, found))
        sentences += [f"{kind} lacks: {each}" for each in (should - does).elements()]
        sentences += [f"{kind} too many: {each}" for each in (does - should).elements()]
    return sentences
