# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that can be wrong with a network's options, found without a call. Pure."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations

from ansible_collections.landfall.aws.plugins.module_utils.network.spec import (
    ENDPOINTS_GROUP,
    RESERVED,
    SMALLEST,
    allot,
    internet_of,
    prefix_of,
)
from ansible_collections.landfall.aws.plugins.module_utils.rules import RETENTIONS, RULES, network_of

GATEWAY_SERVICES = ("s3", "dynamodb")
EPHEMERAL = (
    1024,
    65535,
)  # https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
PROTOCOLS = ("tcp", "udp", "icmp", "all")
WORLD = ("0.0.0.0/0", "::/0")
# https://docs.aws.amazon.com/vpc/latest/userguide/WorkWithRoutes.html: what a route of the user's own may lead to.
TARGETS = ("tgw", "vgw", "pcx", "eni", "nat", "igw", "eigw", "lgw", "cagw", "vpce")
# What the role itself routes, and who wants it otherwise says it by ``internet``.
OWN_ROUTES = ("0.0.0.0/0", "::/0")


def mistakes(spec, region=None):
    """All that is wrong with a spec, in sentences that begin with the option's name."""
    found = _basics(spec, region)
    if not found:
        found += _ranges(spec)
    found += _ways_out(spec)
    found += _security_groups(spec)
    found += _network_acls(spec)
    found += _peerings(spec)
    found += _endpoints(spec)
    found += _flow_logs(spec)
    return found


def _rule(rule, label, *values):
    return [f"{label}: {sentence}" for sentence in RULES[rule](*values)]


def _twice(label, names, what="is named"):
    return [f"{label}: {name} {what} {times} times" for name, times in Counter(names).items() if times > 1]


def _basics(spec, region):
    found = _rule("vpc_cidr", "cidr", spec.cidr)
    if not spec.tiers:
        found.append("tiers: name at least one, like {name: public}")
    for index, tier in enumerate(spec.tiers):
        label = f"tiers[{index}]"
        found += _rule("name", f"{label}.name", tier["name"])
        for number, subnet in enumerate(tier.get("subnets") or ()):
            found += _rule("subnet_cidr", f"{label}.subnets[{number}]", subnet)
        length = tier.get("prefix_length")
        if length is not None and not 16 <= length <= SMALLEST:
            found.append(f"{label}.prefix_length: {length} is not valid; AWS allows /16 to /28")
        addresses = tier.get("addresses")
        if addresses is not None and not 1 <= addresses <= 2**16 - RESERVED:
            found.append(f"{label}.addresses: {addresses} is not valid; a subnet has 11 to 65531 that can be used")
        for destination in tier.get("routes") or {}:
            found += _rule("cidr", f"{label}.routes", destination)
    found += _twice("tiers", [tier["name"] for tier in spec.tiers])
    for index, zone in enumerate(spec.azs):
        found += _rule("availability_zone", f"azs[{index}]", zone)
        if region and not zone.startswith(region):
            found.append(f"azs[{index}]: {zone} does not lie in the region {region}")
    found += _twice("azs", spec.azs)
    for option, count in (("az_count", spec.az_count), ("az_room", spec.az_room)):
        if not 1 <= count <= 6:
            found.append(f"{option}: {count} is not valid; a network lies in 1 to 6 Availability Zones")
    if len(spec.azs) > 6:
        found.append(f"azs: {len(spec.azs)} are named; a network lies in 1 to 6 Availability Zones")
    return found


def _ranges(spec):
    """Subnets lie in the VPC, apart from each other, and are large enough."""
    found = []
    explicit = [subnet for tier in spec.tiers for subnet in tier.get("subnets") or ()]
    found += _rule("subnets_within", "tiers", spec.cidr, explicit)
    if not found:
        try:
            allot(spec)
        except ValueError as error:
            found.append(f"tiers: {error}")
    for index, tier in enumerate(spec.tiers):
        label, subnets, needed = f"tiers[{index}]", tier.get("subnets") or (), tier.get("addresses") or 0
        if subnets and len(subnets) != spec.slots:
            found.append(
                f"{label}.subnets: {len(subnets)} subnets, where another tier has {spec.slots}; a tier has one in each "
                "Availability Zone"
            )
        if subnets and not spec.azs and len(subnets) > 6:
            found.append(f"{label}.subnets: {len(subnets)} subnets; a network lies in 1 to 6 Availability Zones")
        ranges = [network_of(subnet, 4) for subnet in subnets]
        lengths = [each.prefixlen for each in ranges] or [prefix_of(tier, spec.cidr)]
        for length in sorted(set(lengths)):
            usable = 2 ** (32 - length) - RESERVED
            if usable < needed:
                found.append(
                    f"{label}: a /{length} has {usable} addresses that can be used, because AWS keeps {RESERVED}; "
                    f"{needed} are wanted (addresses)"
                )
    if spec.azs and len(spec.azs) != spec.slots:
        found.append(f"azs: {len(spec.azs)} are named, but the tiers have subnets for {spec.slots}")
    return found


def _ways_out(spec):
    """Where each tier's packets go."""
    found = []
    ways = {tier["name"]: internet_of(tier, spec.nat) for tier in spec.tiers}
    behind_nat = [name for name, way in ways.items() if way == "nat"]
    for index, tier in enumerate(spec.tiers):
        label, way = f"tiers[{index}]", ways[tier["name"]]
        if tier["name"] == "data" and way != "none":
            found.append(
                f"{label}.internet: the tier data has no way to the internet; name it otherwise to give it one"
            )
        if tier["name"] == "public" and way != "gateway":
            found.append(
                f"{label}.internet: a public subnet needs an internet gateway; name the tier otherwise to have none"
            )
        if tier.get("map_public_ip_on_launch") and way != "gateway":
            found.append(
                f"{label}.map_public_ip_on_launch: a public address is of no use in a tier whose internet is {way}, not gateway"
            )
        if tier["name"] in behind_nat and spec.nat == "none":
            found.append(f"{label}.internet: nat is wanted, but there is no NAT gateway; set nat to shared or per_az")
        for destination, target in (tier.get("routes") or {}).items():
            network, own = network_of(destination, 4), network_of(spec.cidr, 4)
            if destination in OWN_ROUTES:
                found.append(f"{label}.routes: {destination} is routed by internet: gateway, nat or none")
            elif ":" in destination and not spec.ipv6:
                found.append(f"{label}.routes: {destination} is IPv6, which the VPC has none of; set ipv6")
            elif network and own and network.overlaps(own):
                found.append(f"{label}.routes: {destination} overlaps the VPC's own {spec.cidr}, which is always local")
            if not re.fullmatch(rf"({'|'.join(TARGETS)})-[0-9a-f]{{8,17}}", str(target)):
                kinds = ", ".join(f"{kind}-" for kind in TARGETS)
                found.append(f"{label}.routes: {target!r} is not the id of a target; one begins with {kinds}")
    if spec.nat != "none" and not behind_nat:
        found.append(f"nat: {spec.nat} costs money, but no tier's internet is nat")
    if spec.nat != "none" and "gateway" not in ways.values():
        found.append(f"nat: {spec.nat} needs a tier whose internet is gateway, where NAT gateways stand")
    if spec.interface_endpoint_tier and spec.interface_endpoint_tier not in ways:
        names = ", ".join(ways)
        found.append(f"interface_endpoint_tier: there is no tier {spec.interface_endpoint_tier!r}; there are {names}")
    return found


def _security_groups(spec):
    names = [group["name"] for group in spec.security_groups]
    found = _twice("security_groups", names)
    known = set(names)
    for index, group in enumerate(spec.security_groups):
        label = f"security_groups[{index}]"
        found += _rule("name", f"{label}.name", group["name"])
        if group["name"] == "default" or (group["name"] == ENDPOINTS_GROUP and spec.interface_endpoints):
            found.append(f"{label}.name: {group['name']!r} is a name that is taken; choose another")
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
        if spec.group_name(group["name"]).startswith("sg-"):
            found.append(
                f"{label}.name: {spec.group_name(group['name'])!r} begins with 'sg-', which AWS does not allow"
            )
        found += _description(label, group)
        for direction in ("ingress", "egress"):
            for number, rule in enumerate(group.get(direction) or ()):
                found += _group_rule(f"{label}.{direction}[{number}]", rule, known, direction)
                found += _description(f"{label}.{direction}[{number}]", rule)
    return found


def _description(label, described):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html"""
    text = described.get("description") or ""
    if not re.fullmatch(r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}", text):
        return [
            f"{label}.description: {text!r} is not valid; AWS allows 255 letters, digits, spaces and ._-:/()#,@[]+=&;{{}}!$*"
        ]
    return []


def _ports(rule):
    """(protocol, first port, last port) of a rule, which needs no last one."""
    first = rule.get("from_port")
    return rule.get("protocol") or "tcp", first, first if rule.get("to_port") is None else rule["to_port"]


def _port_mistakes(label, rule):
    protocol, first, last = _ports(rule)
    if protocol not in ("tcp", "udp"):
        given = [name for name in ("from_port", "to_port") if rule.get(name) is not None]
        return [f"{label}.{name}: the protocol {protocol} has no ports; leave it out" for name in given]
    if first is None:
        return [f"{label}.from_port: must be given with the protocol {protocol}"]
    if not 0 <= first <= last <= 65535:
        return [f"{label}: {first} to {last} is not a range of ports; ports are 0 to 65535, the lower one first"]
    return []


def _icmp_mistakes(label, protocol, cidr):
    """The protocol icmp is that of IPv4; AWS takes it for an IPv6 range, where nothing ever matches it."""
    if protocol == "icmp" and ":" in cidr:
        return [f"{label}: icmp is for IPv4 alone, and {cidr} is IPv6; for that, use the protocol all"]
    return []


def _group_rule(label, rule, known, direction):
    protocol, first, last = _ports(rule)
    found = _port_mistakes(label, rule)
    if not rule.get("cidrs") and not rule.get("groups"):
        found.append(f"{label}: name cidrs or groups that it is for")
    for cidr in rule.get("cidrs") or ():
        found += _rule("cidr", f"{label}.cidrs", cidr) or _icmp_mistakes(f"{label}.cidrs", protocol, cidr)
    for name in rule.get("groups") or ():
        if name not in known:
            among = ", ".join(sorted(known))
            found.append(f"{label}.groups: there is no security group {name!r}; there are {among}")
    opens_ssh = protocol == "all" or (protocol == "tcp" and first is not None and first <= 22 <= last)
    if direction == "ingress" and opens_ssh:
        found += [
            sentence
            for sentence in _rule("ssh_cidrs", f"{label}.cidrs", rule.get("cidrs") or ())
            if "is not a CIDR block" not in sentence
        ]
    return found


def _network_acls(spec):
    found = []
    for index, tier in enumerate(spec.tiers):
        acl, label = tier.get("network_acl"), f"tiers[{index}].network_acl"
        if not acl:
            continue
        wrong = []
        for direction in ("ingress", "egress"):
            rules = acl.get(direction) or ()
            wrong += _twice(f"{label}.{direction}", [rule["rule_number"] for rule in rules], "is the number of a rule")
            for number, rule in enumerate(rules):
                wrong += _acl_rule(f"{label}.{direction}[{number}]", rule)
        found += wrong
        if not wrong and network_of(spec.cidr, 4):
            found += _closed_to_replies(spec, tier, acl, label)
    return found


def _acl_rule(label, rule):
    found = _rule("cidr", f"{label}.cidr", rule["cidr"])
    if not 1 <= rule["rule_number"] <= 32766:
        found.append(f"{label}.rule_number: {rule['rule_number']} is not valid; a rule has a number from 1 to 32766")
    found += _port_mistakes(label, rule)
    found += _icmp_mistakes(f"{label}.cidr", rule.get("protocol"), rule["cidr"])
    return found


def _closed_to_replies(spec, tier, acl, label):
    """A network ACL is stateless: replies come to, and go to, the ephemeral ports of whoever asked."""
    outside = "0.0.0.0/0" if internet_of(tier, spec.nat) != "none" else spec.cidr
    for direction, what in (("ingress", "from"), ("egress", "to")):
        if not _allows(acl.get(direction) or (), outside):
            yield (
                f"{label}.{direction}: tcp {EPHEMERAL[0]}-{EPHEMERAL[1]} {what} {outside} must be allowed, because a network "
                "ACL is stateless and replies would be dropped"
            )


def _allows(rules, cidr):
    """Whether the rules, in their order, let the ephemeral ports of TCP through for the whole of a range."""
    target, open_ = network_of(cidr), []
    for rule in sorted(rules, key=lambda each: each["rule_number"]):
        source = network_of(rule["cidr"])
        if source.version != target.version or (rule.get("protocol") or "tcp") not in ("tcp", "all"):
            continue
        first = 0 if rule.get("from_port") is None else rule["from_port"]
        last = (65535 if rule.get("from_port") is None else first) if rule.get("to_port") is None else rule["to_port"]
        if rule.get("action", "allow") == "deny":
            closed = range(max(first, EPHEMERAL[0]), min(last, EPHEMERAL[1]) + 1)
            if source.overlaps(target) and any(not any(a <= port <= b for a, b in open_) for port in closed):
                return False
        elif target.subnet_of(source):
            open_.append((first, last))
            if _covered(open_):
                return True
    return False


def _covered(ranges):
    reached = EPHEMERAL[0]
    for first, last in sorted(ranges):
        if first <= reached:
            reached = max(reached, last + 1)
    return reached > EPHEMERAL[1]


def _peerings(spec):
    found = _twice("peerings", [each["name"] for each in spec.peerings])
    found += _twice("peerings", [each["peer_vpc_id"] for each in spec.peerings])
    names, ranges = {tier["name"] for tier in spec.tiers}, []
    own = network_of(spec.cidr, 4)
    for index, each in enumerate(spec.peerings):
        label = f"peerings[{index}]"
        found += _rule("name", f"{label}.name", each["name"])
        if not re.fullmatch(r"vpc-([0-9a-f]{8}|[0-9a-f]{17})", each["peer_vpc_id"]):
            found.append(f"{label}.peer_vpc_id: {each['peer_vpc_id']!r} is not a VPC's id, like vpc-0123456789abcdef0")
        owner = each.get("peer_owner_id")
        if owner and not re.fullmatch(r"\d{12}", str(owner)):
            found.append(f"{label}.peer_owner_id: {owner!r} is not an account's id; it has 12 digits")
        for name in each.get("tiers") or ():
            if name not in names:
                found.append(f"{label}.tiers: there is no tier {name!r}; there are {', '.join(sorted(names))}")
        peer = network_of(each["peer_cidr"], 4)
        if peer is None:
            found += _rule("cidr", f"{label}.peer_cidr", each["peer_cidr"])
        elif own and peer.overlaps(own):
            found.append(f"{label}.peer_cidr: {peer} overlaps the VPC's own {own}; such VPCs can't be peered")
        else:
            ranges.append((label, peer))
    for (_label, one), (label, other) in combinations(ranges, 2):
        if one.overlaps(other):
            found.append(
                f"{label}.peer_cidr: {other} overlaps another peer's {one}, so a route could not tell them apart"
            )
    return found


def _endpoints(spec):
    found = _twice("gateway_endpoints", spec.gateway_endpoints) + _twice(
        "interface_endpoints", spec.interface_endpoints
    )
    for service in spec.gateway_endpoints:
        if service not in GATEWAY_SERVICES:
            found.append(
                f"gateway_endpoints: {service!r} has no gateway endpoint; {' and '.join(GATEWAY_SERVICES)} have, "
                "others are interface_endpoints"
            )
    for service in spec.interface_endpoints:
        if not re.fullmatch(r"[a-z0-9]+([.-][a-z0-9]+)*", str(service)) or service.startswith("com.amazonaws"):
            found.append(f"interface_endpoints: {service!r} is not a service; write it like ecr.api, logs or ssm")
    return found


def _flow_logs(spec):
    found = []
    if spec.flow_logs:
        if spec.flow_logs_retention not in RETENTIONS:
            days = ", ".join(str(each) for each in RETENTIONS)
            found.append(
                f"flow_logs_retention: {spec.flow_logs_retention} days is not what CloudWatch offers; it offers {days}"
            )
        if len(spec.flow_log_role) > 64:
            found.append(
                f"name: {spec.flow_log_role!r}, the role of the flow logs, has more than the 64 characters of an IAM role"
            )
    return found
