# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be wrong with a network's options: each sentence, and all of a spec at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.network.spec import Spec, from_options
from ansible_collections.landfall.aws.plugins.module_utils.network.validate import mistakes

REGION = "eu-west-3"
SPEC = Spec(name="shop-dev", project="shop", environment="dev")
PUBLIC, PRIVATE = {"name": "public"}, {"name": "private"}
ALLOW = {"rule_number": 100, "protocol": "all", "cidr": "0.0.0.0/0"}
REPLIES = {"rule_number": 100, "from_port": 1024, "to_port": 65535, "cidr": "0.0.0.0/0"}
PEER = {"name": "tools", "peer_vpc_id": "vpc-0123456789abcdef0", "peer_cidr": "172.16.0.0/16"}


def tier(**more):
    return {"tiers": ({**PUBLIC, **more},)}


def group(**more):
    return {"security_groups": ({"name": "web", **more},)}


def ingress(**rule):
    return group(ingress=[rule])


def acl(ingress=(ALLOW,), egress=(ALLOW,), **more):
    return tier(network_acl={"ingress": list(ingress), "egress": list(egress)}, **more)


def peer(**more):
    return {"peerings": ({**PEER, **more},)}


NAME = "a name has 1 to 63 letters, digits, '.', '_' and '-', and starts and ends with a letter or digit"
RETENTIONS = "1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653"
ALLOWED = "AWS allows 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*"
KINDS = "tgw-, vgw-, pcx-, eni-, nat-, igw-, eigw-, lgw-, cagw-, vpce-"
STATELESS = "must be allowed, because a network ACL is stateless and replies would be dropped"
WRONG = {
    "cidr too large": ({"cidr": "10.0.0.0/8"}, "cidr: 10.0.0.0/8 is a /8; AWS allows /16 to /28"),
    "cidr with host bits": (
        {"cidr": "10.0.0.1/16"},
        "cidr: '10.0.0.1/16' is not a CIDR block; did you mean 10.0.0.0/16?",
    ),
    "cidr with a mask": (
        {"cidr": "10.0.0.0/255.255.0.0"},
        "cidr: '10.0.0.0/255.255.0.0' is not a CIDR block; did you mean 10.0.0.0/16?",
    ),
    "no tier": ({"tiers": ()}, "tiers: name at least one, like {name: public}"),
    "tier's name": ({"tiers": ({"name": "no good"},)}, f"tiers[0].name: 'no good' is not valid; {NAME}"),
    "tier twice": ({"tiers": (PUBLIC, PUBLIC)}, "tiers: public is named 2 times"),
    "subnet not a range": (
        tier(subnets=["nonsense"]),
        "tiers[0].subnets[0]: 'nonsense' is not a CIDR block; write it like 203.0.113.7/32",
    ),
    "subnet too small": (
        tier(subnets=["10.0.0.0/29"]),
        "tiers[0].subnets[0]: 10.0.0.0/29 is a /29; AWS allows /16 to /28",
    ),
    "subnet outside": (
        tier(subnets=["10.9.0.0/24"]),
        "tiers: the subnet 10.9.0.0/24 does not lie within the VPC's 10.0.0.0/16",
    ),
    "subnets overlap": (
        {**tier(subnets=["10.0.0.0/24", "10.0.0.128/25"])},
        "tiers: the subnets 10.0.0.0/24 and 10.0.0.128/25 overlap",
    ),
    "subnets for fewer zones": (
        {
            "tiers": (
                {**PUBLIC, "subnets": ["10.0.1.0/24", "10.0.2.0/24"]},
                {"name": "data", "subnets": ["10.0.9.0/24"]},
            )
        },
        "tiers[1].subnets: 1 subnets, where another tier has 2; a tier has one in each Availability Zone",
    ),
    "subnets for seven zones": (
        tier(subnets=[f"10.0.{number}.0/24" for number in range(7)]),
        "tiers[0].subnets: 7 subnets; a network lies in 1 to 6 Availability Zones",
    ),
    "prefix length": (tier(prefix_length=29), "tiers[0].prefix_length: 29 is not valid; AWS allows /16 to /28"),
    "no addresses": (
        tier(addresses=0),
        "tiers[0].addresses: 0 is not valid; a subnet has 11 to 65531 that can be used",
    ),
    "too few addresses": (
        tier(addresses=100, prefix_length=26),
        "tiers[0]: a /26 has 59 addresses that can be used, because AWS keeps 5; 100 are wanted (addresses)",
    ),
    "too few addresses of explicit subnets": (
        tier(addresses=12, subnets=["10.0.0.0/28"]),
        "tiers[0]: a /28 has 11 addresses that can be used, because AWS keeps 5; 12 are wanted (addresses)",
    ),
    "no room": (
        {"cidr": "10.0.0.0/24", **tier(prefix_length=26)},
        "tiers: the tier 'public' finds no room in 10.0.0.0/24 for 6 subnets of /26; give it a larger prefix_length, the VPC "
        "a larger range, or lower az_room",
    ),
    "route's destination": (
        tier(routes={"10.9.0.1/16": "tgw-0123456789abcdef0"}),
        "tiers[0].routes: '10.9.0.1/16' is not a CIDR block; did you mean 10.9.0.0/16?",
    ),
    "route's target": (
        tier(routes={"10.9.0.0/16": "i-0123456789abcdef0"}),
        f"tiers[0].routes: 'i-0123456789abcdef0' is not the id of a target; one begins with {KINDS}",
    ),
    "route in the VPC": (
        tier(routes={"10.0.9.0/24": "tgw-0123456789abcdef0"}),
        "tiers[0].routes: 10.0.9.0/24 overlaps the VPC's own 10.0.0.0/16, which is always local",
    ),
    "route to everywhere": (
        tier(routes={"0.0.0.0/0": "tgw-0123456789abcdef0"}),
        "tiers[0].routes: 0.0.0.0/0 is routed by internet: gateway, nat or none",
    ),
    "IPv6 route without IPv6": (
        tier(routes={"2001:db8::/32": "tgw-0123456789abcdef0"}),
        "tiers[0].routes: 2001:db8::/32 is IPv6, which the VPC has none of; set ipv6",
    ),
    "IPv6 route written otherwise": (
        {"ipv6": True, **tier(routes={"2001:DB8:0::/32": "tgw-0123456789abcdef0"})},
        "tiers[0].routes: '2001:DB8:0::/32' is not a CIDR block; did you mean 2001:db8::/32?",
    ),
    "public data": (
        {"tiers": ({"name": "data", "internet": "gateway"},)},
        "tiers[0].internet: the tier data has no way to the internet; name it otherwise to give it one",
    ),
    "closed public": (
        tier(internet="none"),
        "tiers[0].internet: a public subnet needs an internet gateway; name the tier otherwise to have none",
    ),
    "useless public addresses": (
        {"tiers": ({"name": "app", "map_public_ip_on_launch": True},)},
        "tiers[0].map_public_ip_on_launch: a public address is of no use in a tier whose internet is none, not gateway",
    ),
    "NAT wanted and none": (
        {"tiers": (PUBLIC, {"name": "app", "internet": "nat"})},
        "tiers[1].internet: nat is wanted, but there is no NAT gateway; set nat to shared or per_az",
    ),
    "NAT that nobody uses": ({"nat": "shared"}, "nat: shared costs money, but no tier's internet is nat"),
    "NAT without a place": (
        {"nat": "per_az", "tiers": (PRIVATE,)},
        "nat: per_az needs a tier whose internet is gateway, where NAT gateways stand",
    ),
    "endpoints' tier": (
        {"interface_endpoint_tier": "app"},
        "interface_endpoint_tier: there is no tier 'app'; there are public",
    ),
    "zone's name": (
        {"azs": ("eu-west-3",)},
        "azs[0]: 'eu-west-3' is not valid; an Availability Zone is its region and a letter, like eu-west-3a",
    ),
    "zone elsewhere": ({"azs": ("eu-west-1a",)}, "azs[0]: eu-west-1a does not lie in the region eu-west-3"),
    "zone twice": ({"azs": ("eu-west-3a", "eu-west-3a")}, "azs: eu-west-3a is named 2 times"),
    "zones and subnets": (
        {"azs": ("eu-west-3a", "eu-west-3b"), **tier(subnets=["10.0.0.0/24"])},
        "azs: 2 are named, but the tiers have subnets for 1",
    ),
    "seven zones": ({"az_count": 7}, "az_count: 7 is not valid; a network lies in 1 to 6 Availability Zones"),
    "no room for zones": ({"az_room": 0}, "az_room: 0 is not valid; a network lies in 1 to 6 Availability Zones"),
    "group twice": ({"security_groups": ({"name": "web"}, {"name": "web"})}, "security_groups: web is named 2 times"),
    "group's name": (group(name="-"), f"security_groups[0].name: '-' is not valid; {NAME}"),
    "default group": (
        group(name="default"),
        "security_groups[0].name: 'default' is a name that is taken; choose another",
    ),
    "endpoints' group": (
        {"interface_endpoints": ("logs",), **group(name="endpoints")},
        "security_groups[0].name: 'endpoints' is a name that is taken; choose another",
    ),
    "group like an id": (
        {"name": "sg", **group()},
        "security_groups[0].name: 'sg-web' begins with 'sg-', which AWS does not allow",
    ),
    "group's description": (
        group(description="Web's own"),
        f'security_groups[0].description: "Web\'s own" is not valid; {ALLOWED}',
    ),
    "rule's description": (
        ingress(from_port=443, cidrs=["0.0.0.0/0"], description="für alle"),
        f"security_groups[0].ingress[0].description: 'für alle' is not valid; {ALLOWED}",
    ),
    "rule without ports": (
        ingress(cidrs=["10.0.0.0/8"]),
        "security_groups[0].ingress[0].from_port: must be given with the protocol tcp",
    ),
    "rule's ports": (
        ingress(from_port=90, to_port=80, cidrs=["10.0.0.0/8"]),
        "security_groups[0].ingress[0]: 90 to 80 is not a range of ports; ports are 0 to 65535, the lower one first",
    ),
    "ports of a protocol without": (
        ingress(protocol="icmp", from_port=8, cidrs=["10.0.0.0/8"]),
        "security_groups[0].ingress[0].from_port: the protocol icmp has no ports; leave it out",
    ),
    "last port of a protocol without": (
        ingress(protocol="all", to_port=8, cidrs=["10.0.0.0/8"]),
        "security_groups[0].ingress[0].to_port: the protocol all has no ports; leave it out",
    ),
    "last port without a first": (
        ingress(to_port=80, cidrs=["10.0.0.0/8"]),
        "security_groups[0].ingress[0].from_port: must be given with the protocol tcp",
    ),
    "ping by IPv6": (
        ingress(protocol="icmp", cidrs=["10.0.0.0/8", "2001:db8::/32"]),
        "security_groups[0].ingress[0].cidrs: icmp is for IPv4 alone, and 2001:db8::/32 is IPv6; for that, use the protocol all",
    ),
    "rule for nobody": (
        ingress(from_port=80),
        "security_groups[0].ingress[0]: name cidrs or groups that it is for",
    ),
    "rule's range": (
        group(egress=[{"from_port": 80, "cidrs": ["10.0.0.1"]}]),
        "security_groups[0].egress[0].cidrs: '10.0.0.1' is not a CIDR block; did you mean 10.0.0.1/32?",
    ),
    "rule's group": (
        ingress(from_port=80, groups=["app"]),
        "security_groups[0].ingress[0].groups: there is no security group 'app'; there are web",
    ),
    "SSH to the world": (
        ingress(from_port=22, cidrs=["0.0.0.0/0"]),
        "security_groups[0].ingress[0].cidrs: 0.0.0.0/0 opens SSH to the whole internet; name the addresses that you connect "
        "from, like 203.0.113.7/32",
    ),
    "SSH to the world within a range": (
        ingress(from_port=20, to_port=30, cidrs=["::/0"]),
        "security_groups[0].ingress[0].cidrs: ::/0 opens SSH to the whole internet; name the addresses that you connect from, "
        "like 203.0.113.7/32",
    ),
    "SSH to half of the world": (
        ingress(protocol="all", cidrs=["128.0.0.0/1"]),
        "security_groups[0].ingress[0].cidrs: 128.0.0.0/1 opens SSH to far too much of the internet; name the addresses that "
        "you connect from, like 203.0.113.7/32",
    ),
    "ACL's number": (
        acl(ingress=[{**ALLOW, "rule_number": 32767}]),
        "tiers[0].network_acl.ingress[0].rule_number: 32767 is not valid; a rule has a number from 1 to 32766",
    ),
    "ACL's number twice": (
        acl(egress=[ALLOW, ALLOW]),
        "tiers[0].network_acl.egress: 100 is the number of a rule 2 times",
    ),
    "ACL's range": (
        acl(ingress=[{**ALLOW, "cidr": "everywhere"}]),
        "tiers[0].network_acl.ingress[0].cidr: 'everywhere' is not a CIDR block; write it like 203.0.113.7/32",
    ),
    "ACL without ports": (
        acl(ingress=[{"rule_number": 1, "cidr": "0.0.0.0/0"}]),
        "tiers[0].network_acl.ingress[0].from_port: must be given with the protocol tcp",
    ),
    "ACL's ports": (
        acl(ingress=[{**REPLIES, "to_port": 70000}]),
        "tiers[0].network_acl.ingress[0]: 1024 to 70000 is not a range of ports; ports are 0 to 65535, the lower one first",
    ),
    "ACL's ports of a protocol without": (
        acl(ingress=[{**ALLOW, "from_port": 1}]),
        "tiers[0].network_acl.ingress[0].from_port: the protocol all has no ports; leave it out",
    ),
    "ACL's ping by IPv6": (
        acl(ingress=[{"rule_number": 1, "protocol": "icmp", "cidr": "2001:db8::/32"}, REPLIES]),
        "tiers[0].network_acl.ingress[0].cidr: icmp is for IPv4 alone, and 2001:db8::/32 is IPv6; for that, use the protocol all",
    ),
    "ACL that drops replies": (
        acl(ingress=[{**REPLIES, "from_port": 1025}]),
        f"tiers[0].network_acl.ingress: tcp 1024-65535 from 0.0.0.0/0 {STATELESS}",
    ),
    "ACL that sends no replies": (
        acl(egress=[{**ALLOW, "rule_number": 10, "action": "deny"}, ALLOW]),
        f"tiers[0].network_acl.egress: tcp 1024-65535 to 0.0.0.0/0 {STATELESS}",
    ),
    "ACL that drops replies of the VPC": (
        {"tiers": ({"name": "data", "network_acl": {"ingress": [ALLOW], "egress": []}},)},
        f"tiers[0].network_acl.egress: tcp 1024-65535 to 10.0.0.0/16 {STATELESS}",
    ),
    "peer's VPC": (
        peer(peer_vpc_id="tools"),
        "peerings[0].peer_vpc_id: 'tools' is not a VPC's id, like vpc-0123456789abcdef0",
    ),
    "peer's account": (
        peer(peer_owner_id="tools"),
        "peerings[0].peer_owner_id: 'tools' is not an account's id; it has 12 digits",
    ),
    "peer's tier": (peer(tiers=["data"]), "peerings[0].tiers: there is no tier 'data'; there are public"),
    "peer's range": (
        peer(peer_cidr="172.16.0.1/16"),
        "peerings[0].peer_cidr: '172.16.0.1/16' is not a CIDR block; did you mean 172.16.0.0/16?",
    ),
    "peer overlaps": (
        peer(peer_cidr="10.0.128.0/17"),
        "peerings[0].peer_cidr: 10.0.128.0/17 overlaps the VPC's own 10.0.0.0/16; such VPCs can't be peered",
    ),
    "peers overlap": (
        {"peerings": (PEER, {"name": "b", "peer_vpc_id": "vpc-0123456789abcdef1", "peer_cidr": "172.16.9.0/24"})},
        "peerings[1].peer_cidr: 172.16.9.0/24 overlaps another peer's 172.16.0.0/16, so a route could not tell them apart",
    ),
    "gateway endpoint": (
        {"gateway_endpoints": ("logs",)},
        "gateway_endpoints: 'logs' has no gateway endpoint; s3 and dynamodb have, others are interface_endpoints",
    ),
    "gateway endpoint twice": ({"gateway_endpoints": ("s3", "s3")}, "gateway_endpoints: s3 is named 2 times"),
    "interface endpoint": (
        {"interface_endpoints": ("com.amazonaws.eu-west-3.logs",)},
        "interface_endpoints: 'com.amazonaws.eu-west-3.logs' is not a service; write it like ecr.api, logs or ssm",
    ),
    "retention": (
        {"flow_logs": True, "flow_logs_retention": 2},
        f"flow_logs_retention: 2 days is not what CloudWatch offers; it offers {RETENTIONS}",
    ),
    "role's name": (
        {"flow_logs": True, "name": "x" * 60},
        f"name: '{'x' * 60}-flowlogs', the role of the flow logs, has more than the 64 characters of an IAM role",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_mistake_has_one_sentence(what):
    options, sentence = WRONG[what]
    assert mistakes(replace(SPEC, **options), REGION) == [sentence]


def test_there_are_at_least_forty():
    assert len(WRONG) >= 40


def test_all_mistakes_of_a_spec_are_in_one_list():
    options, expected = {}, []
    for what in (
        "retention",
        "gateway endpoint",
        "interface endpoint",
        "peer's VPC",
        "SSH to the world",
        "no addresses",
    ):
        options.update(WRONG[what][0])
        expected.append(WRONG[what][1])
    assert sorted(mistakes(replace(SPEC, **options), REGION)) == sorted(expected)


@pytest.mark.parametrize(
    "options",
    [
        acl(ingress=[REPLIES], egress=[{**REPLIES, "from_port": 0}]),
        acl(ingress=[{**REPLIES, "to_port": 5000}, {**REPLIES, "rule_number": 110, "from_port": 5001}]),
        acl(ingress=[{"rule_number": 1, "action": "deny", "from_port": 22, "cidr": "0.0.0.0/0"}, REPLIES]),
        acl(ingress=[{**ALLOW, "protocol": "udp", "rule_number": 9, "action": "deny", "from_port": 2000}, ALLOW]),
        ingress(from_port=22, cidrs=["203.0.113.7/32"]),
        group(egress=[{"protocol": "all", "cidrs": ["0.0.0.0/0"]}]),
        ingress(from_port=22, groups=["web"]),
        {"security_groups": ({"name": "endpoints"},)},
        {"nat": "shared", "tiers": (PUBLIC, PRIVATE)},
        {"flow_logs": False, "flow_logs_retention": 2},
        tier(addresses=1),
        tier(addresses=65531, prefix_length=16, subnets=["10.0.0.0/16"]),
        tier(routes={"192.168.0.0/16": "eni-0123456789abcdef0"}),
    ],
)
def test_what_is_right_is_no_mistake(options):
    assert mistakes(replace(SPEC, **options), REGION) == []


def test_what_an_option_leaves_out_is_the_default():
    assert from_options({"name": "a", "project": "b", "environment": "c", "azs": [], "nat": None}) == Spec(
        "a", "b", "c"
    )
