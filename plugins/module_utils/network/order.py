# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a plan can be done now, with nothing else of it done before. Pure.

A network is applied in rounds: everything that is ready is done side by side, then it is planned anew from what is live.
So a run that was killed anywhere, a drift and an empty account all take the same way.
"""

from __future__ import annotations

import ipaddress
from dataclasses import asdict

# What stands in the VPC itself, or needs it to be made.
IN_VPC = (
    "internet_gateway",
    "egress_only_internet_gateway",
    "subnet",
    "vpc_peering",
    "security_group",
    "network_acl",
    "route_table",
    "vpc_endpoint",
    "flow_log",
    "nat_gateway",
)
VPC = ("vpc", "vpc")
TARGETS = {
    "internet_gateway": ("internet_gateway", "gateway"),
    "egress_only_internet_gateway": ("egress_only_internet_gateway", "gateway"),
}


def hard_references(type_, properties):
    """Identities that a resource holds on to: they can't be removed before it is."""
    if not properties:
        return []
    found = [VPC] if type_ in IN_VPC else []
    if type_ == "nat_gateway":
        found += [("subnet", properties["subnet"]), ("elastic_ip", properties["elastic_ip"])]
        found.append(("internet_gateway", "gateway"))
    elif type_ == "vpc_endpoint":
        found += [("subnet", each) for each in properties.get("subnets") or ()]
        found += [("security_group", each) for each in properties.get("security_groups") or ()]
        found += [("route_table", each) for each in properties.get("route_tables") or ()]
    elif type_ == "flow_log":
        found += [("log_group", properties["log_group"]), ("iam_role", properties["role"])]
    return found


def soft_references(type_, properties):
    """Identities that a resource points at: what it needs to be made, but what can be removed under it."""
    found = []
    if type_ in ("route_table", "network_acl"):
        found += [("subnet", each) for each in properties["subnets"]]
    if type_ == "route_table":
        targets = [*properties["routes"].values(), *(properties.get("ipv6_routes") or {}).values()]
        found += [TARGETS.get(each, tuple(each.split(" ", 1))) for each in targets if each in TARGETS or " " in each]
    return found


def group_references(name, properties):
    """The other security groups that a group's rules name."""
    lines = [*(properties.get("ingress") or ()), *(properties.get("egress") or ())]
    sources = {line.rpartition(" ")[2] for line in lines}
    return {
        ("security_group", each) for each in sources if each != name and "/" not in each and not each.startswith("pl-")
    }


def ready(changes, live):
    """``{"create": {type: [...]}, "remove": {...}, "empty": {...}}`` of the changes that can be done now."""
    going = {each.identity: each for each in changes if each.action in ("remove", "replace")}
    # Of what is replaced, the new one comes in a later round; what AWS is still making can't be used yet.
    replaced = {identity for identity, each in going.items() if each.action == "replace"}
    here = {each.identity for each in live.resources if not unfinished(each.properties)} - replaced
    found = {"create": {}, "remove": {}, "empty": {}}
    for change in changes:
        if change.action in ("add", "change"):
            step = "create" if _can_be_made(change, here, live) and not _in_the_way(change, going) else None
        else:
            step = _way_out(change, changes, live, going) if change.pending else None
        if step:
            found[step].setdefault(change.type, []).append(asdict(change))
    return found


def unfinished(properties):
    return properties.get("state") in ("pending", "provisioning", "initiating-request")


def _can_be_made(change, here, live):
    if change.action == "change" and unfinished(change.before):
        return False
    if change.type == "security_group":
        # New ones are made with the rules whose groups exist already, so that groups can name each other.
        needed = {VPC} if change.action == "add" else {VPC, *group_references(change.name, change.after)}
    elif change.type == "iam_role":
        needed = {each for each in here if each[0] == "log_group"} or {("log_group", "")}
    else:
        needed = {*hard_references(change.type, change.after), *soft_references(change.type, change.after)}
        needed -= {("elastic_ip", address) for address in live.foreign_addresses.values()}
    return needed <= here


def _in_the_way(change, going):
    """Whether a new subnet takes the range of one that goes."""
    if change.type != "subnet" or change.action != "add":
        return False
    ranges = [ipaddress.ip_network(key) for type_, key in going if type_ == "subnet"]
    return any(each.overlaps(ipaddress.ip_network(change.key)) for each in ranges)


def _way_out(change, changes, live, going):
    """How something that has to go can go now: ``remove``, for a group that others name ``empty``, or not yet."""
    if change.identity in live.leaving or (change.type == "elastic_ip" and ("elastic_ip", change.id) in live.leaving):
        return None
    others = [each for each in changes if each.before is not None and each.id != change.id]
    if change.type == "security_group":
        members = {each.identity for each in others if each.type == "security_group" and each.identity in going}
        if group_references(change.name, change.before) & members:
            return "empty"
        if any(
            change.identity in group_references(each.name, each.before) for each in others if each.type == change.type
        ):
            return None
    if _is_double(change, live):
        return "remove"  # it has the identity of the one that stays, so nobody holds on to it
    if any(change.identity in hard_references(each.type, each.before) for each in others):
        return None
    # What points at it, and can be pointed elsewhere, is pointed elsewhere first.
    pointing = [each for each in others if change.identity in soft_references(each.type, each.before)]
    if change.action == "remove" and change.type != "subnet" and any(each.pending for each in pointing):
        return None
    return "remove"


def _is_double(change, live):
    """Whether another live resource has the same identity, and is the one that stays."""
    same = [each.id for each in live.resources if each.identity == change.identity]
    return len(same) > 1 and change.id != same[0]
