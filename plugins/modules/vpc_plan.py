#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: vpc_plan
short_description: Plan a VPC with all that belongs to it
version_added: 0.1.0
author:
  - The landfall.aws authors (@landfall)
description:
  - Compares the network that is wanted with the one that is live and returns what has to be added, changed, replaced or
    removed, and what that costs. It changes nothing itself; the role P(landfall.aws.vpc#role) applies the plan with the modules
    of C(amazon.aws).
  - What is ours is found by the tags C(Name), C(Project), C(Environment) and C(ManagedBy=landfall.aws); security groups,
    Elastic IPs, the log group and its role by C(Vpc) as well, because other roles make such things in the same environment.
    What lacks the tags is never part of a plan; where it is in the way, the module fails and names it.
  - An unchanged network costs twelve calls to AWS, however large it is, most of them at the same time; two to four more with
    flow logs, peerings or IPv6.
options:
  cidr:
    description:
      - The VPC's IPv4 range, a /16 to a /28. It can't be changed later.
    type: str
    default: 10.0.0.0/16
  tiers:
    description:
      - Kinds of subnets, each with one subnet in each Availability Zone and route tables of its own.
    type: list
    elements: dict
    default: [{name: public}]
    suboptions:
      name:
        description:
          - Any name. It is the tag C(Tier), and part of the names of subnets and route tables.
        type: str
        required: true
      internet:
        description:
          - The way to the internet. V(gateway) makes the subnets public, V(nat) leads out through NAT gateways, V(none) nowhere.
          - When left out, V(gateway) for a tier named V(public), V(nat) for one named V(private) unless O(nat=none), otherwise
            V(none).
        type: str
        choices: [gateway, nat, none]
      subnets:
        description:
          - IPv4 ranges of the subnets, one for each Availability Zone. A subnet is known by its range.
          - When left out, they are planned within O(cidr), with room for O(az_room) zones, so that a zone that is added later
            moves none.
        type: list
        elements: str
      prefix_length:
        description:
          - Prefix length of planned subnets, 16 to 28. When left out, what O(tiers[].addresses) needs, or that of the VPC plus
            eight, at most 28.
        type: int
      addresses:
        description:
          - How many addresses each subnet must have that can be used. AWS keeps five of each subnet for itself.
          - See U(https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html).
        type: int
      map_public_ip_on_launch:
        description:
          - Whether instances get a public address. When left out, they do where O(tiers[].internet=gateway).
        type: bool
      routes:
        description:
          - "More routes, a target's id by destination, like C({10.9.0.0/16: tgw-0123456789abcdef0})."
        type: dict
        default: {}
      network_acl:
        description:
          - A network ACL for the tier's subnets. When left out, they have the VPC's default one, which allows everything.
          - It is stateless, so it must allow replies to the ephemeral ports, TCP 1024 to 65535; one that does not is refused.
        type: dict
        suboptions:
          ingress:
            description: Rules for what comes in; what none allows is denied.
            type: list
            elements: dict
            default: []
            suboptions: &acl_rule
              rule_number: {description: "Its place, 1 to 32766; the first rule that fits decides.", type: int, required: true}
              action: {description: What happens., type: str, choices: [allow, deny], default: allow}
              protocol: {description: Protocol., type: str, choices: [tcp, udp, icmp, all], default: tcp}
              from_port: {description: First port of tcp or udp., type: int}
              to_port: {description: Last port; the first one when left out., type: int}
              cidr: {description: From where or to where., type: str, required: true}
          egress:
            description: Rules for what goes out; what none allows is denied.
            type: list
            elements: dict
            default: []
            suboptions: *acl_rule
  azs:
    description:
      - Names of the Availability Zones, in the order of the tiers' subnets.
      - When empty, a new subnet gets a zone that none of its tier has, and an existing one stays where it is.
    type: list
    elements: str
    default: []
  az_count:
    description:
      - In how many Availability Zones there are subnets, 1 to 6, where neither O(azs) nor O(tiers[].subnets) say so.
    type: int
    default: 1
  az_room:
    description:
      - For how many Availability Zones a tier's planned ranges have room, 1 to 6.
    type: int
    default: 6
  nat:
    description:
      - NAT gateways for the tiers whose O(tiers[].internet) is V(nat). V(per_az) makes one in each Availability Zone, V(shared) a
        single one, which is cheaper, and whose zone all depend on.
    type: str
    choices: [none, shared, per_az]
    default: none
  ipv6:
    description:
      - Whether the VPC has an IPv6 range of Amazon's as well, and each subnet a /64 of it. It is not taken back when this is
        turned off again.
    type: bool
    default: false
  gateway_endpoints:
    description:
      - Gateway endpoints for all route tables, V(s3) and V(dynamodb). They cost nothing and spare the NAT gateway.
    type: list
    elements: str
    default: []
  interface_endpoints:
    description:
      - Interface endpoints, by service, like V(ecr.api), V(ecr.dkr), V(logs) or V(ssm), with a security group for HTTPS from the
        VPC.
    type: list
    elements: str
    default: []
  interface_endpoint_tier:
    description:
      - Tier whose subnets they are in. When empty, the first one that is not public.
    type: str
    default: ""
  security_groups:
    description:
      - Security groups. Their names in AWS begin with O(name) and a hyphen.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name of the group., type: str, required: true}
      description: {description: What it is for. It can't be changed later., type: str}
      ingress:
        description: Rules for what comes in; what none allows is denied.
        type: list
        elements: dict
        default: []
        suboptions: &group_rule
          protocol: {description: Protocol., type: str, choices: [tcp, udp, icmp, all], default: tcp}
          from_port: {description: First port of tcp or udp., type: int}
          to_port: {description: Last port; the first one when left out., type: int}
          cidrs: {description: IPv4 and IPv6 ranges., type: list, elements: str, default: []}
          groups: {description: Names of groups of this list., type: list, elements: str, default: []}
          description: {description: What the rule is for., type: str}
      egress:
        description: Rules for what goes out. When left out, everything may.
        type: list
        elements: dict
        suboptions: *group_rule
  peerings:
    description:
      - Peering connections with other VPCs of the region. One that the other side asked for is used, and accepted if it waits
        for that.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name of the connection., type: str, required: true}
      peer_vpc_id: {description: The other VPC., type: str, required: true}
      peer_cidr: {description: "Its IPv4 range, which is routed there.", type: str, required: true}
      peer_owner_id: {description: "Its account, if that is another one, which then has to accept.", type: str}
      tiers: {description: Tiers that are routed there; all when left out., type: list, elements: str}
  flow_logs:
    description:
      - Whether the VPC's traffic is recorded in CloudWatch Logs, in the log group C(/aws/vpc/flowlogs/NAME), through a role that
        may write there and nowhere else. With O(state=absent) the log group is removed as well.
    type: bool
    default: false
  flow_logs_traffic:
    description:
      - Which traffic.
    type: str
    choices: [ALL, ACCEPT, REJECT]
    default: ALL
  flow_logs_retention:
    description:
      - For how many days records are kept; a number that CloudWatch Logs offers.
    type: int
    default: 30
  flow_logs_interval:
    description:
      - Over how many seconds packets are put together.
    type: int
    choices: [60, 600]
    default: 600
  leaving:
    description:
      - With O(state=absent), see whether the network could be removed after everything else that carries our tags, so that this
        is not in the way. In check mode this is always so.
    type: bool
    default: false
  created_by:
    description:
      - Absolute paths of the files in which tasks with C(async) that applied the plan leave their results, each with the name of
        what the task was for. They are waited for, and then what they made is waited for until it can be seen.
    type: dict
    default: {}
  removed_by:
    description:
      - The same for tasks that removed something.
    type: dict
    default: {}
  failed_before:
    description:
      - RV(failures) of the round before.
    type: dict
    default: {}
  rounds:
    description:
      - RV(rounds) of the plan before, when this one follows what was done of it. After fifteen the module fails with what is left.
    type: int
  wait_timeout:
    description:
      - How many seconds to wait for those tasks, and for AWS to finish what it is making or removing.
    type: int
    default: 600
extends_documentation_fragment:
  - landfall.aws.plan
  - landfall.aws.plan.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: See what would be done for three tiers in two zones
  landfall.aws.vpc_plan:
    name: shop-dev
    project: shop
    environment: dev
    cidr: 10.1.0.0/16
    az_count: 2
    nat: shared
    tiers:
      - name: public
      - name: private
      - name: data
    security_groups:
      - name: web
        ingress: [{from_port: 443, cidrs: [0.0.0.0/0]}]
      - name: app
        ingress: [{from_port: 8000, groups: [web]}]
    region: eu-west-3
  check_mode: true
  diff: true
  register: network

- name: Read it
  ansible.builtin.debug:
    msg: "{{ network.plan }}"
"""

RETURN = r"""
vpc_id:
  description: Id of the VPC, or empty if it does not exist yet.
  returned: always
  type: str
  sample: vpc-0123456789abcdef0
subnet_ids:
  description: Ids of the subnets that exist, by tier, in the order of the Availability Zones.
  returned: always
  type: dict
  sample: {public: [subnet-0123456789abcdef0]}
public_subnet_ids:
  description: Those of the first tier whose O(tiers[].internet) is V(gateway).
  returned: always
  type: list
  elements: str
security_group_ids:
  description: Ids of the security groups that exist, by the names in O(security_groups).
  returned: always
  type: dict
nat_public_ips:
  description: The addresses by which the world sees what is behind the NAT gateways.
  returned: always
  type: list
  elements: str
changes:
  description: What has to happen, in the order of creation, removals last.
  returned: always
  type: list
  elements: dict
  contains:
    action:
      description: One of V(add), V(change), V(replace), V(remove) and V(unchanged).
      type: str
    type:
      description: Kind of the resource.
      type: str
    name:
      description: Its tag C(Name).
      type: str
    key:
      description: What tells it from others of its kind, where that is not the name.
      type: str
    id:
      description: Its id, or nothing if it does not exist yet.
      type: str
    before:
      description: Its properties as they are live.
      type: dict
    after:
      description: Its properties as they are wanted.
      type: dict
    why:
      description: The reason in words.
      type: str
    monthly_cost:
      description: What it adds in USD by the month, or saves if below zero, without traffic; nothing where that is not known.
      type: float
pending:
  description: Whether there is anything to do.
  returned: always
  type: bool
summary:
  description: The plan in one line.
  returned: always
  type: str
  sample: "Plan: 23 to add, 1 to change, 0 to remove"
plan:
  description: The plan in lines to be read.
  returned: always
  type: list
  elements: str
todo:
  description:
    - What of it can be done now, with nothing else of it done before, by step (C(create), C(remove), or C(empty) for a security
      group that another one names and that has to go) and type. The next round is known from the next plan.
  returned: always
  type: dict
failures:
  description: Why tasks of O(created_by) and O(removed_by) failed that are worth another try, and how often so far.
  returned: always
  type: dict
rounds:
  description: How many rounds of a plan have been done, this one's O(rounds) and one.
  returned: always
  type: int
notes:
  description: What was noticed and left alone.
  returned: always
  type: list
  elements: str
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
"""

from ansible_collections.landfall.aws.plugins.module_utils import jobs
from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, refuse_mistakes
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.network import api, canonical, costs, order, plan, rounds
from ansible_collections.landfall.aws.plugins.module_utils.network.options import OPTIONS
from ansible_collections.landfall.aws.plugins.module_utils.network.resolve import resolved
from ansible_collections.landfall.aws.plugins.module_utils.network.spec import from_options
from ansible_collections.landfall.aws.plugins.module_utils.plan_options import PLAN_OPTIONS, finish_plan
from ansible_collections.landfall.aws.plugins.module_utils.tags import own_tags
from ansible_collections.landfall.aws.plugins.module_utils.termination import wait_for_termination


def look(module, spec):
    """(what is live, the changes)"""
    live = rounds.read(module.client, spec, module.params["state"])
    if module.params["state"] == "absent":
        if live.vpc:
            refuse_tenants(module, spec, live, f"the VPC {live.vpc_id} ({spec.name})")
        return live, plan.plan_removal(live)
    zones = plan.usable_zones(api.availability_zones(module.client("ec2"))) if plan.needs_zones(spec, live) else ()
    changes = plan.plan(spec, live, zones)
    leaving = [each.id for each in changes if each.type == "subnet" and each.action in ("remove", "replace")]
    if leaving:
        refuse_tenants(module, spec, live, f"the subnets {', '.join(leaving)}", leaving)
    return live, changes


def refuse_tenants(module, spec, live, what, subnet_ids=None):
    ec2 = module.client("ec2")
    wait_for_termination(ec2, own_tags(spec.project, spec.environment))
    found = canonical.tenants(api.read_tenants(ec2, live.vpc_id), live, spec, subnet_ids)
    # In check mode the roles that come before have not really removed what is ours.
    leaving = module.check_mode or module.params["leaving"]
    things = "".join(f"\n- {each.text}" for each in found if not (each.ours and leaving))
    if things:
        raise Refused(f"Nothing has been changed. First remove what is still inside {what}:{things}")


def main():
    module = LandfallModule(argument_spec={**PLAN_OPTIONS, **OPTIONS}, supports_check_mode=True)
    given, spec = module.params, from_options(module.params)
    try:
        if given["state"] == "present":
            refuse_mistakes(plan.mistakes(spec, module.region))
        made, failures = rounds.results_of(
            given["created_by"], given["removed_by"], given["failed_before"], given["wait_timeout"]
        )
        live, changes = rounds.settled(lambda: look(module, spec), made, given["wait_timeout"])
        number = jobs.next_round(given["rounds"], changes)
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The VPC {spec.name} can't be read")
    changes = costs.priced(changes, module.region)
    finish_plan(
        module,
        changes,
        plan.notes(spec, live),
        costs.sentence(changes, module.region),
        todo=resolved(order.ready(changes, live), spec, live),
        failures=failures,
        rounds=number,
        vpc_id=live.vpc_id or "",
        **plan.facts(spec, live),
    )


if __name__ == "__main__":
    main()
