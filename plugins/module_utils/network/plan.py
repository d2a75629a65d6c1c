# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network that is wanted, and what has to happen to get there. Pure."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import replace

from ansible_collections.landfall.aws.plugins.module_utils.changes import (
    KNOWN_AFTER_APPLY,
    Refused,
    Resource,
    compare,
    removals,
)
from ansible_collections.landfall.aws.plugins.module_utils.network.canonical import acl_line, ipv6_of
from ansible_collections.landfall.aws.plugins.module_utils.network.order import hard_references
from ansible_collections.landfall.aws.plugins.module_utils.network.spec import ENDPOINTS_GROUP
from ansible_collections.landfall.aws.plugins.module_utils.network.validate import mistakes
from ansible_collections.landfall.aws.plugins.module_utils.security_groups import line_of

__all__ = ["mistakes", "needs_zones", "notes", "place", "plan", "plan_removal", "usable_zones", "wanted"]

ANYWHERE = ["all 0.0.0.0/0"]  # what a security group that says nothing lets out
# https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html, but for this one log group only.
LOG_ACTIONS = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
IPV6_SUBNETS_OF_A_TIER = 8  # of the VPC's 256, so that neither a zone nor a tier that is added moves the others


def needs_zones(spec, live):
    """Whether a subnet has to be made or moved, so that it must be known which Availability Zones there are."""
    have = {each.key: each for each in live.of_type("subnet")}
    subnets = [subnet for tier in spec.networks for subnet in tier.subnets]
    zones = {each.properties["availability_zone"] for each in have.values()}
    if spec.azs and any(zone not in zones for zone in spec.azs):
        return True
    return any(subnet not in have for subnet in subnets) or None in _placed(spec, live)


def usable_zones(described):
    """Names of the Availability Zones that are open to us, without Local and Wavelength Zones."""
    return sorted(
        zone["ZoneName"]
        for zone in described
        if zone.get("State") == "available"
        and zone.get("ZoneType", "availability-zone") == "availability-zone"
        and zone.get("OptInStatus") != "not-opted-in"
    )


def place(spec, live, zones):
    """The Availability Zone of each tier's first, second, ... subnet. What exists stays where it is unless ``azs`` says otherwise."""
    unknown = [zone for zone in spec.azs if zones and zone not in zones]
    if unknown:
        raise Refused(f"azs: {', '.join(unknown)} can't be used by this account; it can use {', '.join(zones)}")
    if spec.azs:
        return list(spec.azs)
    placed = _placed(spec, live)
    free = [zone for zone in zones if zone not in placed]
    for slot, zone in enumerate(placed):
        if zone is None:
            if not free:
                raise Refused(
                    f"az_count: subnets in {spec.slots} Availability Zones are wanted, but this account can use only "
                    f"{len(zones)} in this region ({', '.join(zones) or 'none'})"
                )
            placed[slot] = free.pop(0)
    return placed


def _placed(spec, live):
    """The zone of each slot that has a subnet already, never the same twice; otherwise None."""
    have = {each.key: each.properties["availability_zone"] for each in live.of_type("subnet")}
    placed, tiers = [], spec.networks
    for slot in range(spec.slots):
        zones = [have[tier.subnets[slot]] for tier in tiers if tier.subnets[slot] in have]
        placed.append(next((zone for zone in zones if zone not in placed), None))
    return placed


def wanted(spec, live, zones):
    """The resources of a spec, in the order of creation; ``zones`` are those of the slots."""
    tiers = spec.networks
    return [
        *_gateways(spec, tiers),
        *_subnets(spec, tiers, zones, live),
        *_nat_gateways(spec, tiers, zones, live),
        *_peerings(spec, live),
        *_security_groups(spec, live),
        *_network_acls(spec, tiers),
        *_route_tables(spec, tiers, zones),
        *_endpoints(spec, tiers, zones),
        *_flow_logs(spec),
    ]


def _gateways(spec, tiers):
    properties = {
        "cidr_block": spec.cidr,
        "ipv6": True if spec.ipv6 else None,  # a range that is in use can't be taken back
        "dns_support": True,
        "dns_hostnames": True,
        "tags": spec.tagged(spec.name),
    }
    yield Resource("vpc", spec.name, properties, key="vpc", immutable=("cidr_block",))
    ways = {tier.internet for tier in tiers}
    if "gateway" in ways:
        properties = {"attached": True, "tags": spec.tagged(spec.name)}
        yield Resource("internet_gateway", spec.name, properties, key="gateway")
    if spec.ipv6 and "nat" in ways:
        properties = {"tags": spec.tagged(spec.name)}
        yield Resource("egress_only_internet_gateway", spec.name, properties, key="gateway")


def _subnets(spec, tiers, zones, live):
    ipv6 = ipv6_ranges(tiers, live)
    for tier in tiers:
        for cidr, zone in zip(tier.subnets, zones, strict=True):
            name = f"{spec.name}-{tier.name}-{zone}"
            properties = {
                "cidr_block": cidr,
                "availability_zone": zone,
                "map_public_ip_on_launch": tier.public_addresses,
                "ipv6_cidr": ipv6.get(cidr, KNOWN_AFTER_APPLY) if spec.ipv6 else None,
                "assign_ipv6_address_on_creation": True if spec.ipv6 else None,
                "tags": spec.tagged(name, Tier=tier.name),
            }
            yield Resource("subnet", name, properties, key=cidr, immutable=("availability_zone",))


def ipv6_ranges(tiers, live):
    """The /64 of each subnet, once the VPC has a range: its own, or that of its place unless another subnet was there first."""
    if not live.ipv6_cidr:
        return {}
    have = {each.key: each.properties["ipv6_cidr"] for each in live.of_type("subnet") if each.properties["ipv6_cidr"]}
    taken = {*have.values(), *(each for subnet in live.foreign_subnets for each in ipv6_of(subnet))}
    ranges = [str(each) for each in ipaddress.ip_network(live.ipv6_cidr).subnets(new_prefix=64)]
    places = {
        cidr: number * IPV6_SUBNETS_OF_A_TIER + slot
        for number, tier in enumerate(tiers)
        for slot, cidr in enumerate(tier.subnets)
    }
    spare = iter([each for place, each in enumerate(ranges) if place not in places.values() and each not in taken])
    free = {cidr: ranges[place] for cidr, place in places.items() if place < len(ranges) and ranges[place] not in taken}
    return {cidr: have.get(cidr) or free.get(cidr) or next(spare) for cidr in places}


def nat_slots(spec, tiers):
    """In which slots NAT gateways stand: all, or the first; nowhere if nobody needs one."""
    if spec.nat == "none" or not any(tier.internet == "nat" for tier in tiers):
        return range(0)
    return range(spec.slots if spec.nat == "per_az" else 1)


def _nat_gateways(spec, tiers, zones, live):
    for slot in nat_slots(spec, tiers):
        subnet, name = spec.first_public.subnets[slot], f"{spec.name}-nat-{zones[slot]}"
        # A gateway that somebody gave another address keeps it; a new one would be another for whoever trusts it.
        address = live.foreign_addresses.get(subnet, subnet)
        if address == subnet:
            yield Resource("elastic_ip", name, {"tags": spec.tagged(name, Subnet=subnet)}, key=subnet)
        properties = {"subnet": subnet, "elastic_ip": address, "state": "available", "tags": spec.tagged(name)}
        yield Resource("nat_gateway", name, properties, key=subnet, immutable=("elastic_ip",))


def _peerings(spec, live):
    peers = live.of_type("vpc_peering")
    ours = {each.key for each in peers if each.properties["tags"] is not None}
    theirs = {each.key for each in peers} - ours
    askers = {each.key for each in peers if each.properties["asked_by_peer"]}
    for peering in spec.peerings:
        name, peer = f"{spec.name}-{peering['name']}", peering["peer_vpc_id"]
        properties = {
            "peer_vpc_id": peer,
            # Another account accepts it when it likes, unless it is the one that asked.
            "state": "active" if peer in askers or not peering.get("peer_owner_id") else None,
            "tags": None if peer in theirs else spec.tagged(name),
        }
        yield Resource("vpc_peering", name, properties, key=peer)


def group_lines(spec, rules):
    """Rules as ``security_groups.rules_of`` writes those that are live."""
    return sorted({line for line, _description in described_lines(spec, rules)})


def described_lines(spec, rules):
    """(line, description) of each source of each rule."""
    for rule in rules:
        protocol, first = rule.get("protocol") or "tcp", rule.get("from_port")
        last = first if rule.get("to_port") is None else rule["to_port"]
        if protocol == "icmp":
            first = last = -1
        sources = [*(rule.get("cidrs") or ()), *(spec.group_name(name) for name in rule.get("groups") or ())]
        for source in sources:
            yield line_of("-1" if protocol == "all" else protocol, first, last, source), rule.get("description") or ""


def groups_of(spec):
    """The security groups as the user wrote them, and the one that interface endpoints need."""
    own = list(spec.security_groups)
    if spec.interface_endpoints:
        rule = {"protocol": "tcp", "from_port": 443, "cidrs": [spec.cidr], "description": "HTTPS from the VPC"}
        text = f"Interface endpoints of {spec.name}"
        own.append({"name": ENDPOINTS_GROUP, "description": text, "ingress": [rule], "egress": []})
    return own


def _security_groups(spec, live):
    for group in groups_of(spec):
        name, egress = spec.group_name(group["name"]), group.get("egress")
        properties = {
            # AWS can't change it, and it does nothing: that of a group that exists is left alone.
            "description": None
            if live.id_of("security_group", name)
            else group.get("description") or f"{group['name']} of {spec.name}",
            "ingress": group_lines(spec, group.get("ingress") or ()),
            "egress": ANYWHERE if egress is None else group_lines(spec, egress),
            "tags": spec.tagged(name),
        }
        yield Resource("security_group", name, properties)


def _network_acls(spec, tiers):
    for tier in tiers:
        if tier.network_acl:
            name = f"{spec.name}-{tier.name}"
            properties = {
                **{direction: _acl_lines(tier.network_acl.get(direction) or ()) for direction in ("ingress", "egress")},
                "subnets": sorted(tier.subnets),
                "tags": spec.tagged(name, Tier=tier.name),
            }
            yield Resource("network_acl", name, properties, hint=tuple(sorted(tier.subnets)))


def _acl_lines(rules):
    lines = []
    for rule in sorted(rules, key=lambda each: each["rule_number"]):
        first, last = rule.get("from_port"), rule.get("to_port")
        action, protocol = rule.get("action") or "allow", rule.get("protocol") or "tcp"
        lines.append(
            acl_line(rule["rule_number"], action, protocol, first, first if last is None else last, rule["cidr"])
        )
    return lines


def tables_of(spec, tiers, zones):
    """(name, tier, subnets, NAT gateway's subnet) of each route table."""
    gateways = [spec.first_public.subnets[slot] for slot in nat_slots(spec, tiers)]
    for tier in tiers:
        if tier.internet == "nat" and len(gateways) > 1:
            for subnet, zone, gateway in zip(tier.subnets, zones, gateways, strict=True):
                yield f"{spec.name}-{tier.name}-{zone}", tier, (subnet,), gateway
        else:
            yield f"{spec.name}-{tier.name}", tier, tier.subnets, gateways[0] if tier.internet == "nat" else None


def _route_tables(spec, tiers, zones):
    for name, tier, subnets, gateway in tables_of(spec, tiers, zones):
        routes, ipv6 = {}, {}
        if tier.internet == "gateway":
            routes["0.0.0.0/0"] = ipv6["::/0"] = "internet_gateway"
        elif gateway:
            routes["0.0.0.0/0"], ipv6["::/0"] = f"nat_gateway {gateway}", "egress_only_internet_gateway"
        for peering in spec.peerings:
            if not peering.get("tiers") or tier.name in peering["tiers"]:
                routes[peering["peer_cidr"]] = f"vpc_peering {peering['peer_vpc_id']}"
        for destination, target in tier.routes.items():
            (ipv6 if ":" in destination else routes)[destination] = target
        properties = {
            "routes": routes,
            "ipv6_routes": ipv6 if spec.ipv6 else None,
            "subnets": sorted(subnets),
            "tags": spec.tagged(name, Tier=tier.name),
        }
        yield Resource("route_table", name, properties, hint=tuple(sorted(subnets)))


def _endpoints(spec, tiers, zones):
    tables = sorted(name for name, _tier, _subnets, _gateway in tables_of(spec, tiers, zones))
    for service in spec.gateway_endpoints:
        name = f"{spec.name}-{service}"
        properties = {"service": service, "type": "Gateway", "route_tables": tables, "tags": spec.tagged(name)}
        # amazon.aws.ec2_vpc_endpoint changes nothing but tags.
        yield Resource("vpc_endpoint", name, properties, key=f"Gateway {service}", immutable=("route_tables",))
    for service in spec.interface_endpoints:
        name = f"{spec.name}-{service}"
        properties = {
            "service": service,
            "type": "Interface",
            "subnets": sorted(spec.endpoint_tier.subnets),
            "security_groups": [spec.group_name(ENDPOINTS_GROUP)],
            "tags": spec.tagged(name),
        }
        immutable = ("subnets", "security_groups")
        yield Resource("vpc_endpoint", name, properties, key=f"Interface {service}", immutable=immutable)


def log_policy(group_arn):
    """What the flow logs' role may do: write to their log group, and to no other."""
    statement = {"Effect": "Allow", "Action": LOG_ACTIONS, "Resource": f"{group_arn}:*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def log_trust():
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _flow_logs(spec):
    if not spec.flow_logs:
        return
    properties = {"retention": spec.flow_logs_retention, "tags": spec.tagged(spec.log_group)}
    yield Resource("log_group", spec.log_group, properties)
    properties = {
        "trust": json.dumps(log_trust(), sort_keys=True),
        "policy": KNOWN_AFTER_APPLY,
        "tags": spec.tagged(spec.flow_log_role),
    }
    yield Resource("iam_role", spec.flow_log_role, properties)
    properties = {
        "log_group": spec.log_group,
        "traffic": spec.flow_logs_traffic,
        "interval": spec.flow_logs_interval,
        "role": spec.flow_log_role,
        "tags": spec.tagged(spec.name),
    }
    yield Resource("flow_log", spec.name, properties, key="flow_log", immutable=("log_group",))


def plan(spec, live, zones=()):
    """The changes that make a spec live, or Refused with the reason."""
    refuse_what_is_in_the_way(spec, live)
    resources = _with_policy(wanted(spec, live, place(spec, live, list(zones))), live)
    have = adopt(resources, _ours_or_wanted(live.resources, resources))
    changes = _unroutable(compare(resources, have))
    while True:
        # What stands in something that is replaced is replaced as well, and what points at it has to be pointed anew.
        leaving = {change.identity for change in changes if change.action == "replace"}
        again = [
            _drawn_in(change, leaving) for change in compare(resources, [_without(each, leaving) for each in have])
        ]
        again = _unroutable(again)
        if {change.identity for change in again if change.action == "replace"} == leaving:
            return again
        changes = again


def _with_policy(resources, live):
    """The role's policy names the log group by its ARN, which is known once the group exists."""
    group = next((each for each in live.of_type("log_group")), None)
    policy = json.dumps(log_policy(group.properties["arn"]), sort_keys=True) if group else KNOWN_AFTER_APPLY
    return [
        replace(each, properties={**each.properties, "policy": policy}) if each.type == "iam_role" else each
        for each in resources
    ]


def _ours_or_wanted(have, resources):
    """Without peerings of the other side that nobody asks for, or that are there a second time."""
    ours = {each.identity for each in have if each.properties.get("tags") is not None}
    used, found = {each.identity for each in resources} - ours, []
    for each in have:
        theirs = each.properties.get("tags") is None
        if not theirs or each.identity in used:
            found.append(each)
        if theirs:
            used.discard(each.identity)
    return found


def adopt(resources, have):
    """The live resources, those that were renamed under the key by which they are wanted."""
    keys, known = {each.identity for each in resources}, {each.identity for each in have}
    lost = {(each.type, each.hint): each for each in resources if each.hint and each.identity not in known}
    renamed, found = {}, []
    for each in have:
        want = lost.pop((each.type, each.hint), None) if each.identity not in keys else None
        if want:
            renamed[each.type, each.name] = want.name
            each = replace(each, key=want.key or want.name)
        found.append(each)
    return [_renamed(each, renamed) for each in found]


def _renamed(resource, renamed):
    """An endpoint names its route tables."""
    if not resource.properties.get("route_tables"):
        return resource
    tables = sorted(renamed.get(("route_table", each), each) for each in resource.properties["route_tables"])
    return replace(resource, properties={**resource.properties, "route_tables": tables})


def _without(resource, leaving):
    """A resource as it is once these are gone: the associations of a subnet go with it."""
    subnets = resource.properties.get("subnets")
    if resource.type not in ("route_table", "network_acl") or not subnets:
        return resource
    kept = [each for each in subnets if ("subnet", each) not in leaving]
    return replace(resource, properties={**resource.properties, "subnets": kept})


def _drawn_in(change, leaving):
    """A change that became a replacement because what it stands in is replaced."""
    held = [each for each in hard_references(change.type, change.before or {}) if each in leaving]
    if change.action in ("unchanged", "change") and held and change.type not in ("security_group",):
        reason = f"the {held[0][0].replace('_', ' ')} that it stands in is replaced"
        return replace(change, action="replace", why=reason)
    return change


def _unroutable(changes):
    """amazon.aws.ec2_vpc_route_table can't point an IPv6 route anew, nor take one away: the table is replaced."""
    found = []
    for change in changes:
        if change.type == "route_table" and change.action == "change" and change.after["ipv6_routes"] is not None:
            have, want = change.before["ipv6_routes"], change.after["ipv6_routes"]
            if any(want.get(destination) != target for destination, target in have.items()):
                change = replace(change, action="replace", why="an IPv6 route can't be changed in place")
        found.append(change)
    return found


def refuse_what_is_in_the_way(spec, live):
    if live.vpc and live.vpc["CidrBlock"] != spec.cidr:
        raise Refused(
            f"cidr: the VPC {live.vpc_id} ({spec.name}) has {live.vpc['CidrBlock']}, and a VPC's range can't be changed to "
            f"{spec.cidr}. Give the new VPC another name, or remove this one first (state: absent)."
        )
    if live.foreign_gateway and any(tier.internet == "gateway" for tier in spec.networks):
        raise Refused(
            f"The internet gateway {live.foreign_gateway} is attached to the VPC {live.vpc_id} ({spec.name}) but does not carry "
            "our tags, so it is not ours to use. A VPC can have only one: detach it, or tag it "
            f"{_as_text(spec.tagged(spec.name))}."
        )
    # amazon.aws takes the one that it finds, and the plan is not to change what is not ours.
    if live.foreign_egress_gateway and spec.ipv6 and any(tier.internet == "nat" for tier in spec.networks):
        raise Refused(
            f"The egress-only internet gateway {live.foreign_egress_gateway} is attached to the VPC {live.vpc_id} ({spec.name}) "
            f"but does not carry our tags, so it is not ours to use. Remove it, or tag it {_as_text(spec.tagged(spec.name))}."
        )
    for subnet in live.foreign_subnets:
        theirs = ipaddress.ip_network(subnet["CidrBlock"])
        for tier in spec.networks:
            clash = [each for each in tier.subnets if ipaddress.ip_network(each).overlaps(theirs)]
            if clash:
                raise Refused(
                    f"tiers: {clash[0]} of the tier {tier.name} overlaps {theirs} of {subnet['SubnetId']}, which is in the VPC "
                    f"{live.vpc_id} but does not carry our tags. Choose another range, or remove that subnet."
                )
    for group in groups_of(spec):
        name = spec.group_name(group["name"])
        if name in live.foreign_groups:
            raise Refused(
                f"security_groups: in the VPC {live.vpc_id} there already is a security group {name} "
                f"({live.foreign_groups[name]}) that is not this network's. Choose another name, or remove that group."
            )
    if spec.flow_logs:
        for type_, name in live.foreign.items():
            raise Refused(
                f"flow_logs: there already is the {type_.replace('_', ' ')} {name} without our tags, so it is not ours to use. "
                "Remove it, or give the network another name."
            )


def plan_removal(live):
    """The changes that remove the network, inside out."""
    return removals([each for each in live.resources if each.properties.get("tags") is not None], "no longer wanted")


def notes(spec, live):
    """What is worth knowing though nothing is done about it."""
    found = [
        f"{vpc['VpcId']} is also named {spec.name}, but does not carry our tags: left alone" for vpc in live.strangers
    ]
    found += [
        f"the NAT gateway in {subnet} has the address {address} without our tags: left alone"
        for subnet, address in live.foreign_addresses.items()
    ]
    return found + [f"{each} is in our VPC, but not ours: left alone" for each in live.unmanaged]


def _as_text(tags):
    return ", ".join(f"{key}={value}" for key, value in tags.items())


def facts(spec, live):
    """What others want to know of a network."""
    tiers = spec.networks if not mistakes(spec) else []
    public = next((tier for tier in tiers if tier.internet == "gateway"), None)
    groups = {each["name"]: live.id_of("security_group", spec.group_name(each["name"])) for each in groups_of(spec)}
    return {
        "subnet_ids": {tier.name: live.subnet_ids(tier.subnets) for tier in tiers},
        "public_subnet_ids": live.subnet_ids(public.subnets) if public else [],
        "security_group_ids": {name: id_ for name, id_ in groups.items() if id_},
        "nat_public_ips": [each.properties["public_ip"] for each in live.of_type("nat_gateway")],
    }
