#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_capacity_provider
short_description: Manage a capacity provider of Amazon ECS
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Creates, changes and removes a capacity provider, on an Auto Scaling group or with instances that ECS manages itself.
  - An option that is left out is left as it is, and so is a field that is left out within one. What AWS can't change is refused, in
    check mode, too.
  - No change costs one call to AWS. To create and to change costs two, and one more for each of tagging and untagging. Waiting costs
    one for each look.
options:
  state:
    description:
      - Whether the capacity provider should exist. One that is in use is not removed.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - >-
        Its name, 1 to 255 letters, digits, hyphens and underscores. It does not begin with C(aws), C(ecs) or C(fargate).
    type: str
    required: true
  cluster:
    description:
      - The cluster that it belongs to, with O(managed_instances_provider).
    type: str
  auto_scaling_group_provider:
    description:
      - C(auto_scaling_group_arn) is the group's ARN or name. AWS can't change it.
      - C(managed_scaling) has C(status) (V(ENABLED) or V(DISABLED)), C(target_capacity) in percent, C(minimum_scaling_step_size),
        C(maximum_scaling_step_size) and C(instance_warmup_period) in seconds.
      - C(managed_termination_protection) and C(managed_draining) are V(ENABLED) or V(DISABLED).
      - Every field that the installed botocore knows can be given, and no other.
    type: dict
  managed_instances_provider:
    description:
      - C(infrastructure_role_arn) is the role as which ECS starts instances, C(instance_launch_template) says which ones and where.
      - The order of subnets, security groups and types says nothing.
      - Every field that the installed botocore knows can be given, and no other.
    type: dict
  tags:
    description:
      - Its tags. They are left alone when this is left out.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description:
      - Whether tags that O(tags) does not name are taken off. None are when O(tags) is left out.
    type: bool
    default: true
  wait:
    description:
      - Whether to wait until AWS is through.
    type: bool
    default: true
  wait_timeout:
    description:
      - For how many seconds at most. Also for how long to try while AWS is busy.
    type: int
    default: 300
  wait_delay:
    description:
      - How many seconds there are between two looks at first. They become longer, up to 10.
    type: float
    default: 2
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - landfall.aws.resource
seealso:
  - module: landfall.aws.ecs_cluster
"""

EXAMPLES = r"""
- name: Tasks can run on the instances of a group, which grows and shrinks with them
  landfall.aws.ecs_capacity_provider:
    name: gpu
    auto_scaling_group_provider:
      auto_scaling_group_arn: gpu-instances
      managed_scaling: {status: ENABLED, target_capacity: 90}
      managed_termination_protection: ENABLED

- name: Tasks can run on instances that ECS manages
  landfall.aws.ecs_capacity_provider:
    name: managed
    cluster: prod
    managed_instances_provider:
      infrastructure_role_arn: arn:aws:iam::123456789012:role/ecs-infrastructure
      instance_launch_template:
        ec2_instance_profile_arn: arn:aws:iam::123456789012:instance-profile/ecs-instance
        network_configuration: {subnets: [subnet-1, subnet-2]}

- name: Capacity provider is gone
  landfall.aws.ecs_capacity_provider:
    name: gpu
    state: absent
"""

RETURN = r"""
capacity_provider:
  description: The capacity provider as it is now, or in check mode as it would be, with tags by name. Empty if it does not exist.
  returned: success
  type: dict
  sample:
    name: gpu
    capacity_provider_arn: arn:aws:ecs:eu-west-3:123456789012:capacity-provider/gpu
    status: ACTIVE
    auto_scaling_group_provider:
      managed_scaling: {status: ENABLED, target_capacity: 90}
    tags: {Project: shop}
differences:
  description: What differs, by its C(path), with C(before), C(after) and the C(effect), which is V(in place).
  returned: success
  type: list
  elements: dict
  sample:
    - {path: auto_scaling_group_provider.managed_scaling.target_capacity, before: 100, after: 90, effect: in place}
changes:
  description: What happens to the capacity provider (V(add), V(change), V(remove) or V(unchanged)), and why.
  returned: success
  type: list
  elements: dict
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
api_calls:
  description: How often each call was made, by its name.
  returned: with -vv
  type: dict
"""

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, refuse_mistakes
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.ecs.capacity_provider import CapacityProvider, checked
from ansible_collections.landfall.aws.plugins.module_utils.outcome import outcome
from ansible_collections.landfall.aws.plugins.module_utils.shapes import input_shape

OPTIONS = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "name": {"type": "str", "required": True},
    "cluster": {"type": "str"},
    "auto_scaling_group_provider": {"type": "dict"},
    "managed_instances_provider": {"type": "dict"},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
    "wait_delay": {"type": "float", "default": 2},
}


def main():
    module = LandfallModule(
        argument_spec=OPTIONS,
        mutually_exclusive=[("auto_scaling_group_provider", "managed_instances_provider")],
        supports_check_mode=True,
    )
    name, state = module.params["name"], module.params["state"]
    try:
        client = module.client("ecs")
        options, mistakes = checked(module.params, input_shape(client, "CreateCapacityProvider"))
        refuse_mistakes(mistakes)
        provider = CapacityProvider(client, options)
        changes, described = provider.converge(module.check_mode)
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The capacity provider {name} can't be made {state}")
    told = outcome(changes, lambda change: (change.before or {}, change.after or {}))
    module.finish(**told, capacity_provider=described, differences=provider.differences)


if __name__ == "__main__":
    main()
