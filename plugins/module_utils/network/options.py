# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of M(landfall.aws.vpc_plan), as AnsibleModule takes them."""

from __future__ import annotations


def _rules(**more):
    return {
        "protocol": {"type": "str", "choices": ["tcp", "udp", "icmp", "all"], "default": "tcp"},
        "from_port": {"type": "int"},
        "to_port": {"type": "int"},
        **more,
    }


def _list_of(options, **more):
    return {"type": "list", "elements": "dict", "options": options, **more}


ACL_RULE = _rules(
    rule_number={"type": "int", "required": True},
    action={"type": "str", "choices": ["allow", "deny"], "default": "allow"},
    cidr={"type": "str", "required": True},
)
GROUP_RULE = _rules(
    cidrs={"type": "list", "elements": "str", "default": []},
    groups={"type": "list", "elements": "str", "default": []},
    description={"type": "str"},
)
TIER = {
    "name": {"type": "str", "required": True},
    "internet": {"type": "str", "choices": ["gateway", "nat", "none"]},
    "subnets": {"type": "list", "elements": "str"},
    "prefix_length": {"type": "int"},
    "addresses": {"type": "int"},
    "map_public_ip_on_launch": {"type": "bool"},
    "routes": {"type": "dict", "default": {}},
    "network_acl": {
        "type": "dict",
        "options": {"ingress": _list_of(ACL_RULE, default=[]), "egress": _list_of(ACL_RULE, default=[])},
    },
}
SECURITY_GROUP = {
    "name": {"type": "str", "required": True},
    "description": {"type": "str"},
    "ingress": _list_of(GROUP_RULE, default=[]),
    "egress": _list_of(GROUP_RULE),
}
PEERING = {
    "name": {"type": "str", "required": True},
    "peer_vpc_id": {"type": "str", "required": True},
    "peer_cidr": {"type": "str", "required": True},
    "peer_owner_id": {"type": "str"},
    "tiers": {"type": "list", "elements": "str"},
}
OPTIONS = {
    "cidr": {"type": "str", "default": "10.0.0.0/16"},
    "tiers": _list_of(TIER, default=[{"name": "public"}]),
    "azs": {"type": "list", "elements": "str", "default": []},
    "az_count": {"type": "int", "default": 1},
    "az_room": {"type": "int", "default": 6},
    "nat": {"type": "str", "choices": ["none", "shared", "per_az"], "default": "none"},
    "ipv6": {"type": "bool", "default": False},
    "gateway_endpoints": {"type": "list", "elements": "str", "default": []},
    "interface_endpoints": {"type": "list", "elements": "str", "default": []},
    "interface_endpoint_tier": {"type": "str", "default": ""},
    "security_groups": _list_of(SECURITY_GROUP, default=[]),
    "peerings": _list_of(PEERING, default=[]),
    "flow_logs": {"type": "bool", "default": False},
    "flow_logs_traffic": {"type": "str", "choices": ["ALL", "ACCEPT", "REJECT"], "default": "ALL"},
    "flow_logs_retention": {"type": "int", "default": 30},
    "flow_logs_interval": {"type": "int", "choices": [60, 600], "default": 600},
    "leaving": {"type": "bool", "default": False},
    "created_by": {"type": "dict", "default": {}},
    "removed_by": {"type": "dict", "default": {}},
    "failed_before": {"type": "dict", "default": {}},
    "rounds": {"type": "int"},
    "wait_timeout": {"type": "int", "default": 600},
}
