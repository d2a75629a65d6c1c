#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: vpc_plan
short_description: Plan a VPC with its subnets, internet gateway and route table
version_added: 0.1.0
author:
  - The landfall.aws authors (@landfall)
description:
  - Compares the network that is wanted with the one that is live and returns what has to be added, changed, replaced or
    removed. It changes nothing itself; the role P(landfall.aws.vpc#role) applies the plan with the modules of C(amazon.aws).
  - What is ours is found by the tags C(Name), C(Project), C(Environment) and C(ManagedBy=landfall.aws). What lacks them is
    never part of a plan; where it is in the way, the module fails and names it.
  - An unchanged network costs six calls to AWS, most of them at the same time.
options:
  cidr:
    description:
      - The VPC's IPv4 range. It can't be changed later.
    type: str
    default: 10.0.0.0/16
  public_subnets:
    description:
      - The IPv4 ranges of the public subnets. A subnet is known by its range.
    type: list
    elements: str
    default: [10.0.1.0/24]
  azs:
    description:
      - Availability Zones of the subnets, in their order, starting again when there are more subnets.
      - When empty, a new subnet gets the available zone with the fewest subnets, and an existing one stays where it is.
    type: list
    elements: str
    default: []
  leaving:
    description:
      - With O(state=absent), see whether the network could be removed after everything else that carries our tags, so that this
        is not in the way. In check mode this is always so.
    type: bool
    default: false
extends_documentation_fragment:
  - landfall.aws.plan
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: See what would be done
  landfall.aws.vpc_plan:
    name: shop-dev
    project: shop
    environment: dev
    cidr: 10.1.0.0/16
    public_subnets: [10.1.1.0/24, 10.1.2.0/24]
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
internet_gateway_id:
  description: Id of the internet gateway, or empty if it does not exist yet.
  returned: always
  type: str
public_subnet_ids:
  description: Ids of the public subnets that exist, in the order of O(public_subnets).
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
pending:
  description: Whether there is anything to do.
  returned: always
  type: bool
summary:
  description: The plan in one line.
  returned: always
  type: str
  sample: "Plan: 5 to add, 0 to change, 0 to remove"
plan:
  description: The plan in lines to be read.
  returned: always
  type: list
  elements: str
todo:
  description: The changes by what has to be done (C(create) or C(remove)) and by type, for the tasks that apply them.
  returned: always
  type: dict
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

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, refuse_mistakes
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.network import api, canonical, plan
from ansible_collections.landfall.aws.plugins.module_utils.plan_options import PLAN_OPTIONS, finish_plan
from ansible_collections.landfall.aws.plugins.module_utils.tags import own_tags
from ansible_collections.landfall.aws.plugins.module_utils.termination import wait_for_termination


def read(ec2, spec):
    region = api.read_region(ec2, spec.name)
    vpc, _strangers = canonical.our_vpc(region["vpcs"], spec)
    return canonical.network(region, api.read_vpc(ec2, vpc["VpcId"]) if vpc else None, spec)


def to_be_present(module, ec2, spec, live):
    zones = plan.usable_zones(api.availability_zones(ec2)) if plan.needs_zones(spec, live) else ()
    changes = plan.plan(spec, live, zones)
    leaving = [each.id for each in changes if each.type == "subnet" and each.action in ("remove", "replace")]
    if leaving:
        refuse_tenants(module, ec2, spec, live, f"the subnets {', '.join(leaving)}", leaving)
    return changes


def to_be_absent(module, ec2, spec, live):
    if live.vpc:
        refuse_tenants(module, ec2, spec, live, f"the VPC {live.vpc_id} ({spec.name})")
    return plan.plan_removal(live)


def refuse_tenants(module, ec2, spec, live, what, subnet_ids=None):
    wait_for_termination(ec2, own_tags(spec.project, spec.environment))
    found = canonical.tenants(api.read_tenants(ec2, live.vpc_id), live, spec, subnet_ids)
    # In check mode the roles that come before have not really removed what is ours.
    leaving = module.check_mode or module.params["leaving"]
    things = "".join(f"\n- {each.text}" for each in found if not (each.ours and leaving))
    if things:
        raise Refused(f"Nothing has been changed. First remove what is still inside {what}:{things}")


def main():
    module = LandfallModule(
        argument_spec={
            **PLAN_OPTIONS,
            "cidr": {"type": "str", "default": "10.0.0.0/16"},
            "public_subnets": {"type": "list", "elements": "str", "default": ["10.0.1.0/24"]},
            "azs": {"type": "list", "elements": "str", "default": []},
            "leaving": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    options = ("name", "project", "environment", "cidr", "public_subnets", "azs", "tags")
    spec = plan.Spec(**{option: module.params[option] for option in options})
    present = module.params["state"] == "present"
    try:
        if present:
            refuse_mistakes(plan.mistakes(spec, module.region))
        ec2 = module.client("ec2")
        live = read(ec2, spec)
        changes = to_be_present(module, ec2, spec, live) if present else to_be_absent(module, ec2, spec, live)
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The VPC {spec.name} can't be read")
    finish_plan(
        module,
        changes,
        plan.notes(spec, live),
        vpc_id=live.vpc_id or "",
        internet_gateway_id=next((each.id for each in live.of_type("internet_gateway")), ""),
        public_subnet_ids=live.subnet_ids(spec.public_subnets),
    )


if __name__ == "__main__":
    main()
