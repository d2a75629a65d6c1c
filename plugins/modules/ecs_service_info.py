#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_service_info
short_description: Look at services in Amazon ECS
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Tells how services are, and on request what became of their deployments, what their tasks do, and what is wrong with them.
  - Costs one call to AWS for each 10 services, and for each 10 of a cluster one more where O(names) is left out. For each service
    O(deployments) costs one, O(tasks) two, and O(diagnose) up to five.
options:
  names:
    description:
      - Names or ARNs of services. One that does not exist is left out. All of the cluster, where this is left out.
    type: list
    elements: str
    aliases: [name, service]
  cluster:
    description:
      - Name or ARN of the cluster.
    type: str
    default: default
  details:
    description:
      - Whether services are described. Otherwise their ARNs are returned, or what O(names) says.
    type: bool
    default: true
  events:
    description:
      - Whether to tell the events that AWS keeps of each, up to 100.
    type: bool
    default: true
  deployments:
    description:
      - How many of the newest deployments are told of each, up to 100. V(0) asks for none.
    type: int
    default: 0
  tasks:
    description:
      - Whether to tell the tasks of each.
    type: bool
    default: false
  diagnose:
    description:
      - Whether to tell what is wrong with the deployment that each is at. Stopped tasks in groups, events, log lines and a hint.
    type: bool
    default: false
  log_lines:
    description:
      - How many lines of a failed container's log O(diagnose) tells. V(0) reads none.
    type: int
    default: 10
  mask:
    description:
      - Regular expressions. What they find in a diagnosis is masked, but for what their first group finds, besides what looks like a
        secret anyway.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - landfall.aws.resource
seealso:
  - module: landfall.aws.ecs_service
"""

EXAMPLES = r"""
- name: All services of the cluster are known
  landfall.aws.ecs_service_info:
    cluster: prod

- name: It is known what is wrong with the API
  landfall.aws.ecs_service_info:
    cluster: prod
    names: [api]
    deployments: 5
    diagnose: true
"""

RETURN = r"""
services:
  description:
    - The services, in snake_case, their tags as a dict. C(service_deployments) are the newest deployments in short, C(tasks) its
      tasks, and C(diagnosis) tells the C(stopped_tasks) in groups, the C(events) of the deployment, the C(logs) of what failed, and a
      C(hint).
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
from ansible_collections.landfall.aws.plugins.module_utils.ecs import service_info
from ansible_collections.landfall.aws.plugins.module_utils.ecs.diagnose import mask_mistakes

OPTIONS = {
    "names": {"type": "list", "elements": "str", "aliases": ["name", "service"]},
    "cluster": {"type": "str", "default": "default"},
    "details": {"type": "bool", "default": True},
    "events": {"type": "bool", "default": True},
    "deployments": {"type": "int", "default": 0},
    "tasks": {"type": "bool", "default": False},
    "diagnose": {"type": "bool", "default": False},
    "log_lines": {"type": "int", "default": 10},
    "mask": {"type": "list", "elements": "str", "default": []},
}
MOST = 100  # deployments that AWS lists in one call


def mistakes(options):
    if not 0 <= options["deployments"] <= MOST:
        yield f"deployments: {options['deployments']} is not valid; give 0 to {MOST}"
    if options["log_lines"] < 0:
        yield f"log_lines: {options['log_lines']} is not valid; give 0 or more"
    yield from mask_mistakes(options["mask"], "mask")


def main():
    module = LandfallModule(argument_spec=OPTIONS, supports_check_mode=True)
    options = module.params
    try:
        refuse_mistakes(list(mistakes(options)))
        found = service_info.services(module.client("ecs"), lambda: module.client("logs"), options)
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The services in {options['cluster']} can't be read")
    module.finish(changed=False, services=found)


if __name__ == "__main__":
    main()
