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

from ansible_collections.landfall.aws.plugins.module_utils.changes import KNOWN_AFTER_APPLY

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
# Of these a plan looks for what is not wanted only where something that is read anyway points at it.
SHOWN_BY_OTHERS = ("vpc_peering", "log_group", "iam_role")
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
    return found


def soft_references(type_, properties):
    """Identities that a resource points at: what it needs to be made, but what can be removed under it."""
    found = []
    if not properties:
        return found
    if type_ in ("route_table", "network_acl"):
        found += [("subnet", each) for each in properties["subnets"]]
    if type_ == "route_table":
        targets = [*properties["routes"].values(), *(properties.get("ipv6_routes") or {}).values()]
        found += [TARGETS.get(each, tuple(each.split(" ", 1))) for each in targets if each in TARGETS or " " in each]
    if type_ == "flow_log":
        found += [("log_group", properties["log_group"]), ("iam_role", properties["role"])]
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
    found = _ready(changes, live, gently=True)
    # A NAT gateway may stand in the range that the subnet of the next one takes: then the way out is closed for a while.
    return found if any(found.values()) or live.settling else _ready(changes, live, gently=False)


def _ready(changes, live, gently):
    going = {each.identity: each for each in changes if each.action in ("remove", "replace")}
    # Of what is replaced, the new one comes in a later round; what AWS is still making can't be used yet, nor an address that
    # is still in use, nor a gateway that is not attached.
    replaced = {identity for identity, each in going.items() if each.action == "replace"}
    usable = [
        each for each in live.resources if not unfinished(each.properties) and each.properties.get("attached", True)
    ]
    here = {each.identity for each in usable if (each.type, each.id) not in live.leaving} - replaced
    found = {"create": {}, "remove": {}, "empty": {}}
    for change in changes:
        if _shows_what_goes(change, going):
            step = None
        elif change.action in ("add", "change"):
            step = "create" if _can_be_made(change, here, live) and not _in_the_way(change, going) else None
        else:
            step = _way_out(change, changes, live, going, gently) if change.pending else None
        if step:
            found[step].setdefault(change.type, []).append(asdict(change))
    return found


def _shows_what_goes(change, going):
    """Whether the next run, if this one is killed, would not find something that has to go without this."""
    shown = [each for each in soft_references(change.type, change.before or {}) if each[0] in SHOWN_BY_OTHERS]
    return change.pending and any(each in going for each in shown)


def unfinished(properties):
    return properties.get("state") in ("pending", "provisioning", "initiating-request")


def _can_be_made(change, here, live):
    if KNOWN_AFTER_APPLY in change.after.values() or (change.action == "change" and unfinished(change.before)):
        return False
    if change.action == "add" and change.identity in live.leaving:
        return False
    if change.type == "security_group":
        # New ones are made with the rules whose groups exist already, so that groups can name each other.
        needed = {VPC} if change.action == "add" else {VPC, *group_references(change.name, change.after)}
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


def _way_out(change, changes, live, going, gently):
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
    if not gently:
        return "remove"
    # What points at it, and can be pointed elsewhere, is pointed elsewhere first.
    pointing = [each for each in others if change.identity in soft_references(each.type, each.before)]
    pointed_first = change.action == "remove" and change.type not in ("subnet", *SHOWN_BY_OTHERS)
    if pointed_first and any(each.pending for each in pointing):
        return None
    # Its subnets are taken over first, so that they are never without their routes.
    taking = [each for each in changes if each.type == change.type and each.action in ("add", "change")]
    associated = set(change.before["subnets"]) if change.type in ("route_table", "network_acl") else ()
    if any(associated & set(each.after["subnets"]) for each in taking if associated):
        return None
    return "remove"


def _is_double(change, live):
    """Whether another live resource has the same identity, and is the one that stays."""
    same = [each.id for each in live.resources if each.identity == change.identity]
    return len(same) > 1 and change.id != same[0]
