# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From one round of applying a plan to the next: what was tried is through, and what it made can be seen."""

from __future__ import annotations

import time

from ansible_collections.landfall.aws.plugins.module_utils import jobs
from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, pending, render
from ansible_collections.landfall.aws.plugins.module_utils.network import api, canonical
from ansible_collections.landfall.aws.plugins.module_utils.network.order import ready

PAUSE = 2  # seconds between two looks at what AWS has not finished
# Where the modules of amazon.aws say what they made.
MADE = (
    ("vpc", "id"),
    ("gateway_id",),
    ("egress_only_internet_gateway_id",),
    ("subnet", "id"),
    ("allocation_id",),
    ("nat_gateway_id",),
    ("group_id",),
    ("nacl_id",),
    ("route_table", "id"),
    ("result", "vpc_endpoint_id"),
    ("vpc_peering_connection", "vpc_peering_connection_id"),
    ("flow_log", "flow_log_id"),
)


def read(clients, spec, state="present"):
    """A Network of what is live. ``clients`` makes one for a service."""
    ec2 = clients("ec2")
    region = api.read_region(ec2, spec)
    vpc, _strangers = canonical.our_vpc(region["vpcs"], spec)
    inside = api.read_vpc(ec2, vpc["VpcId"]) if vpc else {}
    going = state == "absent"
    if vpc:
        # What hardly anybody has is asked for where there is a sign of it.
        if spec.ipv6 or vpc.get("Ipv6CidrBlockAssociationSet"):
            inside["egress_only_internet_gateways"] = api.egress_only_internet_gateways(ec2, vpc["VpcId"])
        routed = any("VpcPeeringConnectionId" in route for table in inside["route_tables"] for route in table["Routes"])
        if spec.peerings or routed or going:
            inside["peerings"] = api.peering_connections(ec2, vpc["VpcId"])
    if spec.flow_logs or going or inside.get("flow_logs"):
        inside["log_group"] = api.log_group(clients("logs"), spec.log_group)
        inside["flow_log_role"] = api.flow_log_role(clients("iam"), spec.flow_log_role)
    return canonical.network(region, inside, spec)


def made_by(results):
    """The ids of what modules say that they made."""
    found = set()
    for result in results:
        for path in MADE:
            value = result
            for key in path:
                value = value.get(key) if isinstance(value, dict) else None
            if isinstance(value, str) and value:
                found.add(value)
    return found


def results_of(created_by, removed_by, failed_before, timeout):
    """(ids that were made, {why something failed: how often so far}) of a round's jobs, or Refused.

    The jobs are given as ``{file of the result: what it is for}``.
    """
    created, removed = jobs.wait_for(created_by, timeout), jobs.wait_for(removed_by, timeout)
    names = [*created_by.values(), *removed_by.values()]
    return made_by(created), jobs.counted(created + removed, names, failed_before)


def settled(look, made, timeout):
    """What ``look`` returns, (live, changes), once all that was made can be seen and there is something to do, or nothing left."""
    deadline = time.monotonic() + timeout
    while True:
        live, changes = look()
        unseen = made - {each.id for each in live.resources} - live.seen
        todo = ready(changes, live)
        idle = bool(pending(changes)) and not any(todo.values())
        if not unseen and not (idle and live.settling):
            if idle:
                raise Refused(f"Each change of the plan waits for another one:\n{render(changes)}")
            return live, changes
        if time.monotonic() > deadline:
            what = "; ".join([*live.settling, *(f"{each} can't be seen yet" for each in sorted(unseen))])
            raise Refused(f"AWS was not through after {timeout} seconds: {what}. The next run goes on from there.")
        time.sleep(PAUSE)
