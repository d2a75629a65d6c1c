# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change that is ready, with the names in it turned into the ids and forms that the modules of amazon.aws take. Pure."""

from __future__ import annotations

import re

from ansible_collections.landfall.aws.plugins.module_utils.network.plan import described_lines, groups_of

# How ec2_vpc_route_table takes the targets that gateway_id does not stand for.
TARGET_OPTIONS = {
    "pcx": "vpc_peering_connection_id",
    "eigw": "egress_only_internet_gateway_id",
    "eni": "network_interface_id",
    "vgw": "gateway_id",
    "lgw": "local_gateway_id",
}


def resolved(todo, spec, live):
    """The entries of ``order.ready``, each with ``given``: what its task needs besides ``after``."""
    resolver = {
        "nat_gateway": _nat_gateway,
        "vpc_peering": _peering,
        "security_group": _security_group,
        "network_acl": _network_acl,
        "route_table": _route_table,
        "vpc_endpoint": _endpoint,
        "flow_log": _flow_log,
    }
    for type_, entries in todo["create"].items():
        for entry in entries:
            entry["given"] = resolver[type_](entry, spec, live) if type_ in resolver else {}
    return todo


def _nat_gateway(entry, _spec, live):
    after = entry["after"]
    return {
        "subnet_id": live.id_of("subnet", after["subnet"]),
        "allocation_id": live.id_of("elastic_ip", after["elastic_ip"]) or after["elastic_ip"],
    }


def _peering(entry, spec, _live):
    asked = next(each for each in spec.peerings if each["peer_vpc_id"] == entry["after"]["peer_vpc_id"])
    return {"peer_owner_id": asked.get("peer_owner_id")}


def _security_group(entry, spec, live):
    groups = {each.name: each.id for each in live.of_type("security_group")}
    group = next(each for each in groups_of(spec) if spec.group_name(each["name"]) == entry["name"])
    found = {"description": entry["after"]["description"] or (entry["before"] or {}).get("description")}
    for direction in ("ingress", "egress"):
        said = dict(described_lines(spec, group.get(direction) or ()))
        rules = [_group_rule(line, said.get(line, ""), groups, entry["name"]) for line in entry["after"][direction]]
        found[direction] = [rule for rule in rules if rule]
    return found


def _group_rule(line, description, groups, own_name):
    """A line of ``security_groups.rules_of`` as amazon.aws.ec2_security_group takes it; nothing if its group does not exist yet."""
    protocol, *ports, source = line.split(" ")
    rule = {"proto": protocol}
    if ports:
        first, _dash, last = ports[0].partition("-") if protocol != "icmp" else ("-1", "", "-1")
        rule.update(from_port=int(first), to_port=int(last or first))
    if description:
        rule["rule_desc"] = description
    if "/" in source:
        return {**rule, "cidr_ipv6" if ":" in source else "cidr_ip": source}
    if source.startswith("pl-"):
        return {**rule, "ip_prefix": source}
    if source == own_name:
        return {**rule, "group_name": source}
    return {**rule, "group_id": groups[source]} if source in groups else None


def _network_acl(entry, _spec, live):
    after = entry["after"]
    return {
        "subnets": live.subnet_ids(after["subnets"]),
        **{direction: [_acl_rule(line) for line in after[direction]] for direction in ("ingress", "egress")},
    }


def _acl_rule(line):
    number, action, protocol, *ports, cidr = line.split(" ")
    if protocol == "icmp":
        return [int(number), protocol, action, cidr, -1, -1]
    first, _dash, last = ports[0].partition("-") if ports else ("", "", "")
    bounds = [int(first), int(last or first)] if ports else [None, None]
    return [int(number), protocol, action, cidr, None, None, *bounds]


def _route_table(entry, _spec, live):
    after = entry["after"]
    routes = {**after["routes"], **(after["ipv6_routes"] or {})}
    return {
        "routes": [{"dest": destination, **_target(target, live)} for destination, target in routes.items()],
        "subnets": live.subnet_ids(after["subnets"]),
    }


def _target(target, live):
    type_, _blank, key = target.partition(" ")
    is_id = re.fullmatch(r"[a-z]+-[0-9a-f]+", target)
    id_ = target if is_id else live.id_of(type_, key or "gateway")
    return {TARGET_OPTIONS.get(id_.partition("-")[0], "gateway_id"): id_}


def _endpoint(entry, _spec, live):
    after = entry["after"]
    return {
        "route_table_ids": [live.id_of("route_table", each) for each in after.get("route_tables") or ()],
        "subnet_ids": live.subnet_ids(after.get("subnets") or ()),
        "security_group_ids": [live.id_of("security_group", each) for each in after.get("security_groups") or ()],
    }


def _flow_log(entry, _spec, live):
    return {"role_arn": live.id_of("iam_role", entry["after"]["role"])}
