# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network of a spec as AWS describes it, written down from the spec, and the specs there can be."""

from __future__ import annotations

import ipaddress

from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.network.spec import Spec
from tests.unit.network.account import OWNER, REGION, VPC_IPV6, ZONES, Account, tag_list

TGW, ENI = "tgw-0123456789abcdef0", "eni-0123456789abcdef0"
ALL = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
THEIRS = "210987654321"


def tags(spec, name, **more):
    own = {"Name": name, "Project": spec.project, "Environment": spec.environment, "ManagedBy": "landfall.aws"}
    return tag_list({**spec.tags, **own, "Vpc": spec.name, **more})


def described(spec, zones=ZONES):
    """An account where the spec is live."""
    account = Account()
    zones = list(spec.azs or zones[: spec.slots])
    _vpc(account, spec)
    tiers = spec.networks
    subnets = {tier.name: _subnets(account, spec, tier, zones, number) for number, tier in enumerate(tiers)}
    nats = _nat_gateways(account, spec, tiers, subnets, zones)
    peerings = {each["name"]: _peering(account, spec, each) for each in spec.peerings}
    groups = _security_groups(account, spec)
    tables = _route_tables(account, spec, tiers, subnets, zones, nats, peerings)
    for tier in tiers:
        if tier.network_acl:
            _network_acl(account, spec, tier, subnets[tier.name])
    _endpoints(account, spec, tiers, subnets, tables, groups)
    if spec.flow_logs:
        _flow_log(account, spec)
    return account


def _vpc(account, spec):
    vpc = {"VpcId": account.id("vpc"), "CidrBlock": spec.cidr, "Tags": tags(spec, spec.name)}
    if spec.ipv6:
        associated = {"Ipv6CidrBlock": VPC_IPV6, "Ipv6CidrBlockState": {"State": "associated"}}
        vpc["Ipv6CidrBlockAssociationSet"] = [associated]
    account.vpcs.append(vpc)
    account.dns = {"enableDnsSupport": True, "enableDnsHostnames": True}
    main = {"RouteTableId": account.id("rtb"), "Associations": [{"Main": True}], "Routes": account.local_routes()}
    account.route_tables.append(main)
    acl = {"NetworkAclId": account.id("acl"), "IsDefault": True, "Entries": [], "Associations": []}
    account.network_acls.append(acl)
    default = {"GroupId": account.id("sg"), "GroupName": "default", "Description": "default VPC security group"}
    account.security_groups.append({**default, "IpPermissions": [], "IpPermissionsEgress": [ALL]})
    ways = [tier.internet for tier in spec.networks]
    if "gateway" in ways:
        attached = [{"VpcId": vpc["VpcId"], "State": "available"}]
        gateway = {"InternetGatewayId": account.id("igw"), "Attachments": attached, "Tags": tags(spec, spec.name)}
        account.internet_gateways.append(gateway)
    if spec.ipv6 and "nat" in ways:
        attached = [{"VpcId": vpc["VpcId"], "State": "attached"}]
        gateway = {"EgressOnlyInternetGatewayId": account.id("eigw"), "Attachments": attached}
        account.egress_only_internet_gateways.append({**gateway, "Tags": tags(spec, spec.name)})


def _subnets(account, spec, tier, zones, number):
    ids = []
    for slot, (cidr, zone) in enumerate(zip(tier.subnets, zones, strict=True)):
        subnet = {
            "SubnetId": account.id("subnet"),
            "VpcId": account.vpc_id,
            "CidrBlock": cidr,
            "AvailabilityZone": zone,
            "MapPublicIpOnLaunch": tier.public_addresses,
            "AssignIpv6AddressOnCreation": spec.ipv6,
            "Ipv6CidrBlockAssociationSet": [],
            "Tags": tags(spec, f"{spec.name}-{tier.name}-{zone}", Tier=tier.name),
        }
        if spec.ipv6:
            block = list(ipaddress.ip_network(VPC_IPV6).subnets(new_prefix=64))[number * 8 + slot]
            associated = {"Ipv6CidrBlock": str(block), "Ipv6CidrBlockState": {"State": "associated"}}
            subnet["Ipv6CidrBlockAssociationSet"] = [associated]
        account.subnets.append(subnet)
        ids.append(subnet["SubnetId"])
    return ids


def _nat_gateways(account, spec, tiers, subnets, zones):
    """The ids of the NAT gateways, by slot."""
    if spec.nat == "none":
        return []
    public = next(tier for tier in tiers if tier.internet == "gateway")
    found = []
    for slot in range(spec.slots if spec.nat == "per_az" else 1):
        name, number = f"{spec.name}-nat-{zones[slot]}", next(account._numbers)
        address = {"AllocationId": f"eipalloc-{number:017x}", "PublicIp": f"198.51.100.{number}"}
        address["Tags"] = tags(spec, name, Subnet=public.subnets[slot])
        account.addresses.append(address)
        gateway = account.nat_gateway(subnets[public.name][slot], address)
        account.nat_gateways.append({**gateway, "Tags": tags(spec, name)})
        found.append(gateway["NatGatewayId"])
    return found


def _peering(account, spec, peering):
    owner = peering.get("peer_owner_id") or OWNER
    found = {
        "VpcPeeringConnectionId": account.id("pcx"),
        "RequesterVpcInfo": {"VpcId": account.vpc_id, "OwnerId": OWNER},
        "AccepterVpcInfo": {"VpcId": peering["peer_vpc_id"], "OwnerId": owner},
        "Status": {"Code": "active"},
        "Tags": tags(spec, f"{spec.name}-{peering['name']}"),
    }
    account.peerings.append(found)
    return found["VpcPeeringConnectionId"]


def _security_groups(account, spec):
    ids = {each["name"]: account.id("sg") for each in spec.security_groups}
    for group in spec.security_groups:
        egress = group.get("egress")
        account.security_groups.append(
            {
                "GroupId": ids[group["name"]],
                "GroupName": f"{spec.name}-{group['name']}",
                "Description": group.get("description") or f"{group['name']} of {spec.name}",
                "IpPermissions": _permissions(group.get("ingress") or (), ids),
                "IpPermissionsEgress": [ALL] if egress is None else _permissions(egress, ids),
                "Tags": tags(spec, f"{spec.name}-{group['name']}"),
            }
        )
    if spec.interface_endpoints:
        ids["endpoints"] = account.id("sg")
        rule = {"protocol": "tcp", "from_port": 443, "cidrs": [spec.cidr]}
        account.security_groups.append(
            {
                "GroupId": ids["endpoints"],
                "GroupName": f"{spec.name}-endpoints",
                "Description": f"Interface endpoints of {spec.name}",
                "IpPermissions": _permissions([rule], ids),
                "IpPermissionsEgress": [],
                "Tags": tags(spec, f"{spec.name}-endpoints"),
            }
        )
    return ids


def _permissions(rules, ids):
    """AWS puts all sources of the same ports together, each once."""
    found = {}
    for rule in rules:
        protocol, first = rule.get("protocol") or "tcp", rule.get("from_port")
        last = first if rule.get("to_port") is None else rule["to_port"]
        key = {"all": ("-1",), "icmp": ("icmp", -1, -1)}.get(protocol, (protocol, first, last))
        permission = found.setdefault(key, {"IpRanges": [], "Ipv6Ranges": [], "UserIdGroupPairs": []})
        for cidr in rule.get("cidrs") or ():
            ranges, member = ("Ipv6Ranges", "CidrIpv6") if ":" in cidr else ("IpRanges", "CidrIp")
            permission[ranges] += [] if {member: cidr} in permission[ranges] else [{member: cidr}]
        for name in rule.get("groups") or ():
            pairs = permission["UserIdGroupPairs"]
            pairs += [] if {"GroupId": ids[name]} in pairs else [{"GroupId": ids[name]}]
    return [
        {**dict(zip(("IpProtocol", "FromPort", "ToPort"), key, strict=False)), **permission}
        for key, permission in found.items()
    ]


def _route_tables(account, spec, tiers, subnets, zones, nats, peerings):
    ids = []
    for tier in tiers:
        each_zone = tier.internet == "nat" and len(nats) > 1
        parts = [[slot] for slot in range(spec.slots)] if each_zone else [list(range(spec.slots))]
        for slots in parts:
            name = f"{spec.name}-{tier.name}" + (f"-{zones[slots[0]]}" if each_zone else "")
            table = {
                "RouteTableId": account.id("rtb"),
                "VpcId": account.vpc_id,
                "Associations": [{"Main": False, "SubnetId": subnets[tier.name][slot]} for slot in slots],
                "Routes": [*account.local_routes(), *_routes(account, spec, tier, nats, slots, peerings)],
                "Tags": tags(spec, name, Tier=tier.name),
            }
            account.route_tables.append(table)
            ids.append(table["RouteTableId"])
    return ids


def _routes(account, spec, tier, nats, slots, peerings):
    found = []
    if tier.internet == "gateway":
        gateway = {"GatewayId": account.internet_gateways[0]["InternetGatewayId"]}
        found.append({"DestinationCidrBlock": "0.0.0.0/0", **gateway})
        if spec.ipv6:
            found.append({"DestinationIpv6CidrBlock": "::/0", **gateway})
    if tier.internet == "nat":
        found.append({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": nats[slots[0] if len(nats) > 1 else 0]})
        if spec.ipv6:
            out = account.egress_only_internet_gateways[0]["EgressOnlyInternetGatewayId"]
            found.append({"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": out})
    for peering in spec.peerings:
        if not peering.get("tiers") or tier.name in peering["tiers"]:
            pcx = {"VpcPeeringConnectionId": peerings[peering["name"]]}
            found.append({"DestinationCidrBlock": peering["peer_cidr"], **pcx})
    for destination, target in tier.routes.items():
        key = "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"
        found.append(
            {key: destination, "TransitGatewayId": target}
            if target == TGW
            # That of a firewall's instance, whose id comes with it.
            else {key: destination, "InstanceId": "i-0a", "InstanceOwnerId": OWNER, "NetworkInterfaceId": target}
        )
    return [{**each, "Origin": "CreateRoute", "State": "active"} for each in found]


def _network_acl(account, spec, tier, subnet_ids):
    last = {"RuleNumber": 32767, "Protocol": "-1", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0"}
    entries = [{**last, "Egress": egress} for egress in (True, False)]
    for direction in ("ingress", "egress"):
        for rule in tier.network_acl.get(direction) or ():
            protocol, first = rule.get("protocol") or "tcp", rule.get("from_port")
            entry = {
                "RuleNumber": rule["rule_number"],
                "Protocol": {"tcp": "6", "udp": "17", "icmp": "1", "all": "-1"}[protocol],
                "RuleAction": rule.get("action") or "allow",
                "Egress": direction == "egress",
                "Ipv6CidrBlock" if ":" in rule["cidr"] else "CidrBlock": rule["cidr"],
            }
            if first is not None:
                entry["PortRange"] = {"From": first, "To": first if rule.get("to_port") is None else rule["to_port"]}
            entries.append(entry)
    account.network_acls.append(
        {
            "NetworkAclId": account.id("acl"),
            "IsDefault": False,
            "Entries": entries,
            "Associations": [{"SubnetId": each} for each in subnet_ids],
            "Tags": tags(spec, f"{spec.name}-{tier.name}", Tier=tier.name),
        }
    )


def _endpoints(account, spec, tiers, subnets, tables, groups):
    for service in spec.gateway_endpoints:
        endpoint = account.vpc_endpoint(f"com.amazonaws.{REGION}.{service}", "Gateway", tables, [], [])
        account.vpc_endpoints.append({**endpoint, "Tags": tags(spec, f"{spec.name}-{service}")})
        for table in account.route_tables:
            if table["RouteTableId"] in tables:
                route = {"DestinationPrefixListId": "pl-6ea54007", "GatewayId": endpoint["VpcEndpointId"]}
                table["Routes"].append({**route, "Origin": "CreateRoute", "State": "active"})
    if spec.interface_endpoints:
        inner = [tier.name for tier in tiers if tier.internet != "gateway"]
        tier = spec.interface_endpoint_tier or (inner or [tiers[0].name])[0]
    for service in spec.interface_endpoints:
        name, group = f"com.amazonaws.{REGION}.{service}", groups["endpoints"]
        endpoint = account.vpc_endpoint(name, "Interface", [], subnets[tier], [group])
        account.vpc_endpoints.append({**endpoint, "Tags": tags(spec, f"{spec.name}-{service}")})


def _flow_log(account, spec):
    group, role = f"/aws/vpc/flowlogs/{spec.name}", f"{spec.name}-flowlogs"
    arn = f"arn:aws:logs:{REGION}:{OWNER}:log-group:{group}"
    account.log_group = {"logGroupName": group, "arn": arn, "retentionInDays": spec.flow_logs_retention}
    account.log_group["Tags"] = tags(spec, group)
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    actions = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": f"{arn}:*"}],
    }
    account.role = {"RoleName": role, "Arn": f"arn:aws:iam::{OWNER}:role/{role}", "AssumeRolePolicyDocument": trust}
    account.role.update(_policy=policy, Tags=tags(spec, role))
    account.flow_logs.append(
        {
            "FlowLogId": account.id("fl"),
            "LogGroupName": group,
            "TrafficType": spec.flow_logs_traffic,
            "MaxAggregationInterval": spec.flow_logs_interval,
            "DeliverLogsPermissionArn": account.role["Arn"],
            "Tags": tags(spec, spec.name),
        }
    )


# Specs.

CIDRS = ("10.0.0.0/16", "10.1.0.0/18", "10.2.0.0/20")
GROUPS = ("web", "app", "db", "cache")
ACLS = (
    {
        "ingress": [{"rule_number": 100, "protocol": "all", "cidr": "0.0.0.0/0"}],
        "egress": [{"rule_number": 100, "protocol": "all", "cidr": "0.0.0.0/0"}],
    },
    {
        "ingress": [
            {"rule_number": 120, "from_port": 1024, "to_port": 65535, "cidr": "0.0.0.0/0"},
            {"rule_number": 90, "action": "deny", "from_port": 22, "cidr": "0.0.0.0/0"},
            {"rule_number": 110, "protocol": "icmp", "cidr": "0.0.0.0/0"},
            {"rule_number": 130, "from_port": 443, "cidr": "::/0"},
        ],
        "egress": [{"rule_number": 1, "protocol": "tcp", "from_port": 0, "to_port": 65535, "cidr": "0.0.0.0/0"}],
    },
)
RULES = (
    {"from_port": 443, "cidrs": ["0.0.0.0/0", "::/0"]},
    {"protocol": "udp", "from_port": 53, "to_port": 54, "cidrs": ["10.0.0.0/8"], "description": "Names"},
    {"protocol": "icmp", "cidrs": ["10.0.0.0/8"]},
    {"protocol": "all", "cidrs": ["192.168.0.0/16"]},
)


@st.composite
def _group_rules(draw, names):
    rules = [{**each} for each in draw(st.lists(st.sampled_from(RULES), max_size=2))]
    for name in draw(st.lists(st.sampled_from(names), max_size=2)):
        rules.append({"from_port": draw(st.sampled_from([80, 5432])), "groups": [name]})
    return rules


@st.composite
def _tiers(draw, nat, slots, cidr, ipv6):
    names = draw(st.lists(st.sampled_from(["public", "private", "data", "edge", "app"]), min_size=1, unique=True))
    names += [name for name in ("public", "private") if nat != "none" and name not in names]
    ranges = list(ipaddress.ip_network(cidr).subnets(new_prefix=26))[-32:]
    explicit = draw(st.integers(0, 1)) and len(names) * slots <= len(ranges)
    free = iter(draw(st.permutations(ranges))) if explicit else iter(())
    found = []
    for name in names:
        tier = {"name": name}
        if name == "private":
            tier["internet"] = draw(st.sampled_from(["none", "gateway"] if nat == "none" else ["nat", None]))
        elif name in ("edge", "app"):
            tier["internet"] = draw(st.sampled_from(["none", "gateway", None] + ["nat"] * (nat != "none")))
        by_name = {"public": "gateway", "private": "nat"}
        if (tier.get("internet") or by_name.get(name)) == "gateway":
            tier["map_public_ip_on_launch"] = draw(st.sampled_from([None, True, False]))
        if explicit and draw(st.booleans()):
            tier["subnets"] = [str(next(free)) for _slot in range(slots)]
        else:
            tier["prefix_length"] = draw(st.sampled_from([27, 28]))
        tier["routes"] = draw(
            st.dictionaries(
                st.sampled_from(["192.168.0.0/16", "198.18.0.0/15"] + ["2001:db8:ffff::/48"] * ipv6),
                st.sampled_from([TGW, ENI]),
                max_size=2,
            )
        )
        tier["network_acl"] = draw(st.sampled_from([None, None, *ACLS]))
        found.append(tier)
    if not any(tier.get("subnets") for tier in found):
        return tuple(found), False
    return tuple(found), True


@st.composite
def specs(draw, cidr=None, name=None):
    """Any valid spec."""
    cidr = cidr or draw(st.sampled_from(CIDRS))
    nat, ipv6 = draw(st.sampled_from(["none", "shared", "per_az"])), draw(st.booleans())
    slots = draw(st.integers(1, 6 if cidr != CIDRS[2] else 3))
    tiers, explicit = draw(_tiers(nat, slots, cidr, ipv6))
    azs = tuple(draw(st.permutations(ZONES)))[:slots] if draw(st.booleans()) else ()
    groups = draw(st.lists(st.sampled_from(GROUPS), unique=True))
    peers = draw(st.lists(st.sampled_from([0, 1]), unique=True))
    names = [tier["name"] for tier in tiers]
    return Spec(
        name=name or draw(st.sampled_from(["shop-dev", "a"])),
        project="shop",
        environment="dev",
        cidr=cidr,
        tiers=tiers,
        azs=azs,
        az_count=1 if azs or explicit else slots,
        nat=nat,
        ipv6=ipv6,
        gateway_endpoints=tuple(draw(st.lists(st.sampled_from(["s3", "dynamodb"]), unique=True))),
        interface_endpoints=tuple(draw(st.lists(st.sampled_from(["ecr.api", "logs", "s3"]), unique=True))),
        interface_endpoint_tier=draw(st.sampled_from(["", *names])),
        security_groups=tuple(
            {
                "name": each,
                "description": draw(st.sampled_from([None, "What it is for"])),
                "ingress": draw(_group_rules(groups)),
                "egress": draw(st.none() | _group_rules(groups)),
            }
            for each in groups
        ),
        peerings=tuple(
            {
                "name": f"peer{each}",
                "peer_vpc_id": f"vpc-0000000{each}",
                "peer_cidr": f"172.{16 + each}.0.0/16",
                "peer_owner_id": draw(st.sampled_from([None, THEIRS])),
                "tiers": draw(st.none() | st.lists(st.sampled_from(names), unique=True)),
            }
            for each in peers
        ),
        flow_logs=draw(st.booleans()),
        flow_logs_traffic=draw(st.sampled_from(["ALL", "ACCEPT", "REJECT"])),
        flow_logs_retention=draw(st.sampled_from([1, 30])),
        flow_logs_interval=draw(st.sampled_from([60, 600])),
        tags=draw(st.dictionaries(st.sampled_from(["Owner", "Team"]), st.sampled_from(["a", "b"]))),
    )
