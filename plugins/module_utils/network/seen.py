# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a picture of a network shows: all that is in the VPC, ours or not, in words and in a lasting order. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from ansible_collections.landfall.aws.plugins.module_utils.network.canonical import (
    GONE,
    NO_TARGETS,
    PROTOCOL_NUMBERS,
    acl_rules_of,
    ipv6_of,
)
from ansible_collections.landfall.aws.plugins.module_utils.tags import carries, own_tags, tags_of

EVERYWHERE = ("0.0.0.0/0", "::/0")
KINDS = ("gateway", "nat", "other", "broken", "none")  # of ways out, in the order of their tiers
TARGETS = {
    "igw": "Internet gateway",
    "nat": "NAT gateway",
    "eigw": "Egress-only internet gateway",
    "pcx": "Peering",
    "tgw": "Transit gateway",
    "vgw": "Virtual private gateway",
    "eni": "Network interface",
    "lgw": "Local gateway",
    "cagw": "Carrier gateway",
    "vpce": "Endpoint",
    "arn:aws:networkmanager": "Core network",
}


@dataclass(frozen=True)
class Way:
    """Where a subnet's default route leads."""

    kind: str
    text: str
    target: str = ""


@dataclass(frozen=True)
class Nat:
    """A NAT gateway, in its subnet."""

    id: str
    lines: tuple[str, ...]
    ours: bool


@dataclass(frozen=True)
class Subnet:
    id: str
    name: str
    cidr: str
    ipv6: str
    zone: str
    tier: str
    ours: bool
    ways: tuple[Way, ...]
    nats: tuple[Nat, ...]
    endpoints: tuple[str, ...]
    acl: str
    acl_rules: tuple[str, ...]


@dataclass(frozen=True)
class Beside:
    """What the VPC is joined to besides the internet."""

    title: str
    lines: tuple[str, ...]
    detail: str
    ours: bool = True
    kind: str = "other"


@dataclass(frozen=True)
class Rule:
    """Who may come in: a group's id or the key of a source, and how that is said."""

    source: str
    text: str
    detail: str = ""
    port: int = -1


@dataclass(frozen=True)
class Group:
    """A security group, or a source that is none."""

    id: str
    name: str
    lines: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    detail: str = ""
    ours: bool = True
    source: bool = False
    open: bool = False  # the whole internet


@dataclass(frozen=True)
class Seen:
    name: str
    id: str
    facts: tuple[str, ...]
    zones: tuple[str, ...]
    tiers: tuple[str, ...]
    subnets: tuple[Subnet, ...]
    gateway: str
    gateway_ours: bool
    beside: tuple[Beside, ...]
    groups: tuple[Group, ...] = field(default=())

    def cell(self, tier, zone):
        return [each for each in self.subnets if each.tier == tier and each.zone == zone]

    def of_tier(self, tier):
        return [each for each in self.subnets if each.tier == tier]


def seen(live):
    """What is seen of a Network whose VPC exists."""
    look = _Look(live)
    subnets = look.subnets()
    gateway, gateway_ours = look.gateway()
    return Seen(
        name=look.name,
        id=live.vpc_id,
        facts=look.facts(),
        zones=tuple(sorted({each.zone for each in subnets})),
        tiers=look.tiers(subnets),
        subnets=subnets,
        gateway=gateway,
        gateway_ours=gateway_ours,
        beside=look.beside(subnets),
        groups=look.groups(),
    )


def by_range(cidr):
    """Ranges in the order of their addresses, prefix lists after them."""
    if cidr.startswith("pl-"):
        return (9, cidr)
    network = ipaddress.ip_network(cidr)
    return (network.version, network)


def target_of(route):
    """The id of where a route leads."""
    return next(
        (value for key, value in sorted(route.items()) if key.endswith(("Id", "Arn")) and key not in NO_TARGETS), ""
    )


def destination_of(route):
    return next(
        route[f"Destination{each}"]
        for each in ("CidrBlock", "Ipv6CidrBlock", "PrefixListId")
        if route.get(f"Destination{each}")
    )


def kind_of(target):
    return next((words for prefix, words in TARGETS.items() if target.startswith(f"{prefix}-")), "") or next(
        (words for prefix, words in TARGETS.items() if target.startswith(prefix)), "Something else"
    )


def ports_of(permission):
    """``tcp 443``, ``udp 1000-2000``, ``icmp``, ``all traffic``."""
    protocol = PROTOCOL_NUMBERS.get(permission["IpProtocol"], permission["IpProtocol"])
    first, last = permission.get("FromPort"), permission.get("ToPort")
    if protocol == "all":
        return "all traffic"
    if protocol not in ("tcp", "udp"):
        return f"protocol {protocol}" if protocol.isdigit() else protocol
    if first is None or (first, last) == (0, 65535):
        return f"{protocol}, all ports"
    return f"{protocol} {first}" if first == last else f"{protocol} {first}-{last}"


class _Look:
    """One pass over what AWS returned."""

    def __init__(self, live):
        tags = tags_of(live.vpc)
        self.live, self.described, self.name = live, live.described, tags["Name"]
        self.environment = own_tags(tags["Project"], tags["Environment"])
        self.zones = {each["SubnetId"]: each["AvailabilityZone"] for each in self.described["subnets"]}
        self.main, self.tables = None, {}
        for table in sorted(self.described["route_tables"], key=lambda each: each["RouteTableId"]):
            for association in table["Associations"]:
                if association.get("SubnetId"):
                    self.tables[association["SubnetId"]] = table
                elif association.get("Main"):
                    self.main = table
        self.nat_zones = {
            each["NatGatewayId"]: self.zones.get(each["SubnetId"], "")
            for each in self.described["nat_gateways"]
            if each["State"] not in GONE
        }

    def ours(self, resource):
        return carries(resource, self.environment)

    def short(self, name):
        """Names begin with the VPC's, which the picture says once."""
        return name.removeprefix(f"{self.name}-") or name

    def label(self, resource, id_):
        return self.short(tags_of(resource).get("Name") or id_)

    def facts(self):
        vpc = self.live.vpc
        blocks = [each["CidrBlock"] for each in vpc.get("CidrBlockAssociationSet", [])] or [vpc["CidrBlock"]]
        found = [" and ".join([*blocks, *ipv6_of(vpc)])]
        logs = [
            f"flow logs of {each['TrafficType'].lower()} traffic"
            + ("" if each.get("FlowLogStatus", "ACTIVE") == "ACTIVE" else ", not active")
            for each in self.described.get("flow_logs", ())
        ]
        found += sorted(set(logs)) or ["no flow logs"]
        on = [self.described["dns_support"], self.described["dns_hostnames"]]
        return (*found, "DNS names on" if all(on) else "DNS names off")

    def gateway(self):
        """(the id of the internet gateway that is attached, whether it is ours)"""
        here = [
            each
            for each in self.described["internet_gateways"]
            if self.live.vpc_id in [attachment["VpcId"] for attachment in each.get("Attachments", [])]
        ]
        return (here[0]["InternetGatewayId"], self.ours(here[0])) if here else ("", True)

    # Subnets.

    def subnets(self):
        found = []
        for each in sorted(self.described["subnets"], key=lambda each: (by_range(each["CidrBlock"]), each["SubnetId"])):
            id_, ours = each["SubnetId"], self.ours(each)
            acl, acl_rules = self.acl(id_)
            found.append(
                Subnet(
                    id=id_,
                    name=self.label(each, id_),
                    cidr=each["CidrBlock"],
                    ipv6=" ".join(ipv6_of(each)),
                    zone=each["AvailabilityZone"],
                    tier=tags_of(each).get("Tier", "") if ours else "unmanaged",
                    ours=ours,
                    ways=self.ways(id_),
                    nats=self.nats(id_),
                    endpoints=self.endpoints(id_),
                    acl=acl,
                    acl_rules=acl_rules,
                )
            )
        return tuple(found)

    def tiers(self, subnets):
        """What reaches the internet is above, and what is not ours below."""
        best = {}
        for number, each in enumerate(subnets):
            rank = (not each.ours, KINDS.index(each.ways[0].kind), number)
            best[each.tier] = min(best.get(each.tier, rank), rank)
        return tuple(sorted(best, key=best.get))

    def table(self, subnet_id):
        return self.tables.get(subnet_id) or self.main or {"Routes": []}

    def ways(self, subnet_id):
        """Where its default route leads, and that of IPv6 where it is another one."""
        found = {
            destination_of(each): each for each in self.table(subnet_id)["Routes"] if destination_of(each) in EVERYWHERE
        }
        way, way6 = (self.way(found[each], subnet_id) if each in found else None for each in EVERYWHERE)
        if way6 and way6 != way:
            way6 = Way(way6.kind, f"IPv6 {way6.text}", way6.target)
            return (way or Way("none", "no way to the internet over IPv4"), way6)
        return (way or Way("none", "no way to the internet"),)

    def way(self, route, subnet_id):
        target = target_of(route)
        words = kind_of(target)
        if route.get("State") == "blackhole":
            return Way("broken", f"→ {words}, which is gone", target)
        if target.startswith("igw-"):
            return Way("gateway", "↔ Internet gateway", target)
        if target.startswith("nat-"):
            zone = self.nat_zones.get(target, "")
            elsewhere = f" in {zone}" if zone and zone != self.zones[subnet_id] else ""
            return Way("nat", f"→ NAT gateway{elsewhere}", target)
        if target.startswith("eigw-"):
            return Way("nat", "→ egress-only gateway", target)
        return Way("other", f"→ {words}", target)

    def nats(self, subnet_id):
        found = []
        for each in sorted(self.described["nat_gateways"], key=lambda each: each["NatGatewayId"]):
            if each["SubnetId"] != subnet_id or each["State"] in GONE:
                continue
            held = each.get("NatGatewayAddresses", [])
            public = [address["PublicIp"] for address in held if address.get("PublicIp")]
            private = [address["PrivateIp"] for address in held if address.get("PrivateIp")]
            lines = sorted(public) or [f"private, {address}" for address in sorted(private)] or [each["NatGatewayId"]]
            state = [] if each["State"] == "available" else [each["State"]]
            found.append(Nat(each["NatGatewayId"], (*lines, *state), self.ours(each)))
        return tuple(found)

    def endpoints(self, subnet_id):
        return tuple(
            sorted(
                each["ServiceName"].split(".", 3)[-1] + ("" if self.ours(each) else " (unmanaged)")
                for each in self.described["vpc_endpoints"]
                if subnet_id in (each.get("SubnetIds") or ()) and each.get("State", "").lower() not in GONE
            )
        )

    def acl(self, subnet_id):
        """(words for the network ACL unless it is the VPC's default one, its rules)"""
        for each in self.described["network_acls"]:
            members = [association.get("SubnetId") for association in each["Associations"]]
            if subnet_id in members and not each["IsDefault"]:
                rules = [f"in: {rule}" for rule in acl_rules_of(each["Entries"], egress=False)]
                rules += [f"out: {rule}" for rule in acl_rules_of(each["Entries"], egress=True)]
                whose = "" if self.ours(each) else ", unmanaged"
                return f"Network ACL{whose}: {self.label(each, each['NetworkAclId'])}", tuple(rules)
        return "", ()

    # What the VPC is joined to.

    def beside(self, subnets):
        reached = {}  # by target: its destinations, and the subnets from which there is a route
        for subnet in subnets:
            for route in self.table(subnet.id)["Routes"]:
                target, destination = target_of(route), destination_of(route)
                if destination in EVERYWHERE and target.startswith(("igw-", "nat-")):
                    continue
                if target in ("local", "") or target.startswith("vpce-"):
                    continue
                destinations, sources = reached.setdefault(target, ([], []))
                destinations += [] if destination in destinations else [destination]
                sources += [] if subnet in sources else [subnet]
        found = [
            self.peering(each, subnets, *reached.pop(each["VpcPeeringConnectionId"], ((), ())))
            for each in self.peerings()
        ]
        for target, (destinations, sources) in sorted(reached.items()):
            lines = ["everything" if each in EVERYWHERE else each for each in sorted(destinations, key=by_range)]
            kind, ours = "other", True
            if target.startswith("eigw-"):
                lines, kind = ["IPv6, out only"], "nat"
                gateways = self.described.get("egress_only_internet_gateways", ())
                ours = any(self.ours(each) for each in gateways if target == each["EgressOnlyInternetGatewayId"])
            found.append(Beside(kind_of(target), (target, *lines, self.sources(sources, subnets)), target, ours, kind))
        return (*self.gateway_endpoints(subnets), *found)

    def peerings(self):
        found = [each for each in self.described.get("peerings", ()) if each["Status"]["Code"] not in GONE]
        return sorted(found, key=lambda each: each["VpcPeeringConnectionId"])

    def peering(self, peering, subnets, destinations, sources):
        sides = [peering["RequesterVpcInfo"], peering["AccepterVpcInfo"]]
        peer = next(side for side in sides if side["VpcId"] != self.live.vpc_id)
        id_, state = peering["VpcPeeringConnectionId"], peering["Status"]["Code"]
        name = self.label(peering, "")
        lines = [name] if name else []
        lines += [peer["VpcId"], *(sorted(destinations, key=by_range) or [peer.get("CidrBlock", "")])]
        lines += [] if state == "active" else [f"state {state}"]
        return Beside("Peering", (*filter(None, lines), self.sources(sources, subnets)), id_, self.ours(peering))

    def gateway_endpoints(self, subnets):
        found = []
        for each in sorted(
            self.described["vpc_endpoints"], key=lambda each: (each["ServiceName"], each["VpcEndpointId"])
        ):
            if each["VpcEndpointType"] != "Gateway" or each.get("State", "").lower() in GONE:
                continue
            tables = each.get("RouteTableIds") or ()
            sources = [subnet for subnet in subnets if self.table(subnet.id).get("RouteTableId") in tables]
            service = each["ServiceName"].split(".", 3)[-1]
            found.append(
                Beside(
                    "Gateway endpoint",
                    (service, self.sources(sources, subnets)),
                    each["VpcEndpointId"],
                    self.ours(each),
                )
            )
        return found

    @staticmethod
    def sources(sources, subnets):
        """From where there is a route, in words: tiers, and of those that have it only in part, how many subnets."""
        if not sources:
            return "no route leads there"
        if len(sources) == len(subnets):
            return "from every subnet"
        words = []
        for tier in dict.fromkeys(each.tier for each in sources):
            there = [each for each in sources if each.tier == tier]
            whole = len(there) == sum(each.tier == tier for each in subnets)
            words.append((tier or "no tier") if whole else f"{tier or 'no tier'} ({len(there)})")
        return f"from {', '.join(words)}"

    # Security groups.

    def groups(self):
        described = sorted(self.described["security_groups"], key=lambda each: (each["GroupName"], each["GroupId"]))
        self.group_names = {each["GroupId"]: self.short(each["GroupName"]) for each in described}
        self.found_sources = {}
        groups = [self.group(each) for each in described]
        named = {rule.source for group in groups for rule in group.rules if rule.source != group.id}
        shown = [each for each in groups if each.name != "default" or each.id in named or self.opened(each)]
        return (*sorted(self.found_sources.values(), key=lambda each: (not each.open, each.lines)), *shown)

    @staticmethod
    def opened(group):
        """Whether somebody has given the VPC's default group more than the rule that it comes with."""
        return any(rule.source != group.id for rule in group.rules)

    def group(self, group):
        id_, rules = group["GroupId"], []
        for permission in group["IpPermissions"]:
            ports, port = ports_of(permission), permission.get("FromPort", -1)
            for pair in permission.get("UserIdGroupPairs", []):
                source = self.group_source(pair)
                who = "itself" if source == id_ else self.group_names.get(source, source)
                rules.append(Rule(source, f"{ports} from {who}", pair.get("Description", ""), port))
            ranges = self.ranges(permission)
            if ranges:
                key, who = self.source(ranges)
                rules.append(Rule(key, f"{ports} from {who}", ", ".join(ranges), port))
        everything = any(
            each["IpProtocol"] == "-1" and "0.0.0.0/0" in self.ranges(each) for each in group["IpPermissionsEgress"]
        )
        return Group(
            id=id_,
            name=self.group_names[id_],
            lines=() if everything else tuple(self.egress(group)),
            rules=tuple(sorted(set(rules), key=lambda rule: (rule.port, rule.text, rule.source, rule.detail))),
            detail=group.get("Description", ""),
            ours=self.ours(group),
        )

    def egress(self, group):
        """What may go out, where that is not everything."""
        lines = []
        for permission in group["IpPermissionsEgress"]:
            ids = [each["GroupId"] for each in permission.get("UserIdGroupPairs", [])]
            who = [self.group_names.get(each, each) for each in ids]
            ranges = self.ranges(permission)
            who += [self.words(ranges)] if ranges else []
            lines += [f"out: {ports_of(permission)} to {each}" for each in who]
        return sorted(lines) or ["out: nothing"]

    @staticmethod
    def ranges(permission):
        found = [each["CidrIp"] for each in permission.get("IpRanges", [])]
        found = sorted(found, key=by_range)
        found += sorted((each["CidrIpv6"] for each in permission.get("Ipv6Ranges", [])), key=by_range)
        return found + sorted(each["PrefixListId"] for each in permission.get("PrefixListIds", []))

    def group_source(self, pair):
        """The key of a group that is named; of one in another VPC a source stands in the picture."""
        id_ = pair["GroupId"]
        if id_ not in self.group_names:
            self.found_sources[id_] = Group(id_, id_, ("in another VPC",), source=True)
        return id_

    def source(self, ranges):
        """(key, words) of those whom ranges name; those who are named together stand together."""
        open_ = any(each in ranges for each in EVERYWHERE)
        words = self.words(ranges)
        key = words if open_ else " ".join(ranges)
        lines = tuple(each for each in ranges if each != words and each not in EVERYWHERE)
        if len(lines) > 4:
            lines = (*lines[:3], f"and {len(lines) - 3} more")
        self.found_sources[key] = Group(
            key,
            words,
            lines if not open_ else (),
            detail=", ".join(ranges) if not open_ else "",
            source=True,
            open=open_,
        )
        return key, words

    def words(self, ranges):
        if "0.0.0.0/0" in ranges:
            return "anywhere"
        if "::/0" in ranges:
            return "anywhere over IPv6"
        if ranges == [self.live.vpc["CidrBlock"]]:
            return "this VPC"
        return ranges[0] if len(ranges) == 1 else f"{len(ranges)} ranges"
