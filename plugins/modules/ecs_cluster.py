#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_cluster
short_description: Manage a cluster of Amazon ECS
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Creates, changes and removes a cluster, with its settings, its capacity providers and its tags.
  - An option that is left out is left as it is, and so is a field that is left out within one.
  - No change costs one call to AWS. To create costs two. To change costs one, and one more for each of settings and configuration,
    capacity providers, tagging and untagging, and one to tell what came of it. Waiting costs one for each look.
options:
  state:
    description:
      - Whether the cluster should exist.
      - V(absent) removes it when no service and no instance is left in it, and waits for tasks that are ending.
      - V(has_instances) waits until an instance has registered with it, and changes nothing.
    type: str
    choices: [present, absent, has_instances]
    default: present
  name:
    description:
      - Its name, 1 to 255 letters, digits, hyphens and underscores.
    type: str
    required: true
  settings:
    description:
      - >-
        Settings by name. C({container_insights: enhanced}) is V(enabled), V(enhanced) or V(disabled).
    type: dict
  configuration:
    description:
      - C(execute_command_configuration) says where sessions with containers are logged, C(managed_storage_configuration) which keys
        storage is encrypted with. Every field that the installed botocore knows can be given, and no other.
    type: dict
  service_connect_defaults:
    description:
      - >-
        C({namespace: name}) is the Cloud Map namespace of services that name none. An empty one takes it off.
    type: dict
  capacity_providers:
    description:
      - Capacity providers that the cluster has, like V(FARGATE) and V(FARGATE_SPOT).
    type: list
    elements: str
  default_capacity_provider_strategy:
    description:
      - How tasks are spread over capacity providers that say nothing of it themselves. It is replaced as a whole, and its order says
        nothing. An empty list means none.
    type: list
    elements: dict
    aliases: [capacity_provider_strategy]
    suboptions:
      capacity_provider:
        description: Its name.
        type: str
        required: true
      weight:
        description: Its share of the tasks, 0 to 1000. AWS takes 0 when it is left out.
        type: int
      base:
        description: How many tasks at least, 0 to 100000. One may have a base.
        type: int
  purge_capacity_providers:
    description:
      - Whether capacity providers that O(capacity_providers) does not name are taken off. None are when that is left out.
    type: bool
    default: false
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
      - Whether to wait until capacity providers are attached, or until the cluster is gone.
    type: bool
    default: true
  wait_timeout:
    description:
      - For how many seconds at most. Also for how long to try while AWS is busy with the cluster, or its tasks are ending.
    type: int
    default: 300
  wait_delay:
    description:
      - How many seconds there are between two looks at first. They become longer, up to 10.
    type: float
    default: 2
    aliases: [delay]
  repeat:
    description:
      - With O(state=has_instances), how many times O(wait_delay) to wait, in place of O(wait_timeout).
    type: int
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - landfall.aws.resource
seealso:
  - module: landfall.aws.ecs_cluster_info
  - module: landfall.aws.ecs_capacity_provider
"""

EXAMPLES = r"""
- name: Cluster exists, and runs on Fargate
  landfall.aws.ecs_cluster:
    name: prod
    settings: {container_insights: enhanced}
    capacity_providers: [FARGATE, FARGATE_SPOT]
    default_capacity_provider_strategy:
      - {capacity_provider: FARGATE, base: 1, weight: 1}
      - {capacity_provider: FARGATE_SPOT, weight: 3}
    tags: {Project: shop, Environment: prod}

- name: Cluster is gone
  landfall.aws.ecs_cluster:
    name: prod
    state: absent
"""

RETURN = r"""
cluster:
  description: The cluster as it is now, or in check mode as it would be, with settings and tags by name. Empty if it does not exist.
  returned: success
  type: dict
  sample:
    cluster_name: prod
    cluster_arn: arn:aws:ecs:eu-west-3:123456789012:cluster/prod
    status: ACTIVE
    settings: {containerInsights: enhanced}
    capacity_providers: [FARGATE, FARGATE_SPOT]
    tags: {Project: shop}
differences:
  description: What differs, by its C(path), with C(before), C(after) and the C(effect), which is V(in place).
  returned: success
  type: list
  elements: dict
  sample:
    - {path: "settings[containerInsights]", before: disabled, after: enhanced, effect: in place}
changes:
  description: What happens to the cluster (V(add), V(change), V(remove) or V(unchanged)), and why.
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
from ansible_collections.landfall.aws.plugins.module_utils.ecs.cluster import Cluster, checked
from ansible_collections.landfall.aws.plugins.module_utils.outcome import outcome
from ansible_collections.landfall.aws.plugins.module_utils.shapes import input_shape

STRATEGY = {
    "capacity_provider": {"type": "str", "required": True},
    "weight": {"type": "int"},
    "base": {"type": "int"},
}
OPTIONS = {
    "state": {"type": "str", "choices": ["present", "absent", "has_instances"], "default": "present"},
    "name": {"type": "str", "required": True},
    "settings": {"type": "dict"},
    "configuration": {"type": "dict"},
    "service_connect_defaults": {"type": "dict"},
    "capacity_providers": {"type": "list", "elements": "str"},
    "default_capacity_provider_strategy": {
        "type": "list",
        "elements": "dict",
        "options": STRATEGY,
        "aliases": ["capacity_provider_strategy"],
    },
    "purge_capacity_providers": {"type": "bool", "default": False},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
    "wait_delay": {"type": "float", "default": 2, "aliases": ["delay"]},
    "repeat": {"type": "int"},
}


def main():
    module = LandfallModule(argument_spec=OPTIONS, supports_check_mode=True)
    try:
        client = module.client("ecs")
        options, mistakes = checked(module.params, input_shape(client, "CreateCluster"))
        refuse_mistakes(mistakes)
        cluster = Cluster(client, options)
        changes, described = cluster.converge(module.check_mode)
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The cluster {module.params['name']} can't be made {module.params['state']}")
    told = outcome(changes, lambda change: (change.before or {}, change.after or {}))
    module.finish(**told, cluster=described, differences=cluster.differences)


if __name__ == "__main__":
    main()
