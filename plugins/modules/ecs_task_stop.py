#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_task_stop
short_description: Stop tasks in Amazon ECS
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Stops tasks that are named, or those of a family, of a service or of whoever started them. What has stopped already is left alone.
  - A service starts another task in place of one that is stopped.
  - Costs one call to AWS, another one for each task that is stopped and where tasks are not named, and one for each look.
options:
  tasks:
    description:
      - IDs or ARNs of the tasks. One that AWS does not know any more has stopped.
    type: list
    elements: str
    aliases: [task]
  cluster:
    description:
      - Name or ARN of the cluster.
    type: str
    default: default
  family:
    description:
      - All tasks of this family of task definitions.
    type: str
  service:
    description:
      - All tasks of this service.
    type: str
  started_by:
    description:
      - All tasks that were started with this O(ignore:started_by).
    type: str
  reason:
    description:
      - Why, which the task's C(stoppedReason) tells then. Up to 255 characters.
    type: str
  wait:
    description:
      - Whether to wait until they have stopped.
    type: bool
    default: true
  wait_timeout:
    description:
      - For how many seconds at most.
    type: int
    default: 300
  wait_delay:
    description:
      - How many seconds there are between two looks at first. They become longer, up to 15, and vary by a fifth.
    type: float
    default: 2
  operation:
    description:
      - Says nothing. It is there for tasks of community.aws's C(ecs_task).
    type: str
    choices: [stop]
  task_definition:
    description:
      - Is not used. It is there for tasks of community.aws's C(ecs_task).
    type: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - landfall.aws.resource
seealso:
  - module: landfall.aws.ecs_task_run
"""

EXAMPLES = r"""
- name: One task is stopped
  landfall.aws.ecs_task_stop:
    cluster: prod
    tasks: [0123456789abcdef0123456789abcdef]
    reason: Maintenance

- name: No report is being written
  landfall.aws.ecs_task_stop:
    cluster: prod
    family: report
"""

RETURN = r"""
tasks:
  description: The tasks that are meant, in snake_case, as they are now.
  returned: success
  type: list
  elements: dict
changes:
  description: What happens (V(remove) or V(unchanged)), and why.
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
from ansible_collections.landfall.aws.plugins.module_utils.ecs import tasks
from ansible_collections.landfall.aws.plugins.module_utils.outcome import outcome

OPTIONS = {
    "tasks": {"type": "list", "elements": "str", "aliases": ["task"]},
    "cluster": {"type": "str", "default": "default"},
    "family": {"type": "str"},
    "service": {"type": "str"},
    "started_by": {"type": "str"},
    "reason": {"type": "str"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
    "wait_delay": {"type": "float", "default": 2},
    "operation": {"type": "str", "choices": ["stop"]},
    "task_definition": {"type": "str"},
}
WHICH = ("tasks", "family", "service", "started_by")


def main():
    module = LandfallModule(
        argument_spec=OPTIONS, required_one_of=[WHICH], mutually_exclusive=[WHICH], supports_check_mode=True
    )
    client, options = module.client("ecs"), module.params
    stop = tasks.Stop(client, options)
    try:
        refuse_mistakes(list(tasks.wait_mistakes(options)))
        stop.converge(module.check_mode)
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The tasks in {options['cluster']} can't be stopped")
    result = outcome([stop.change], lambda change: (change.before, change.after or {}))
    module.finish(**result, tasks=tasks.returned(client, stop.tasks))


if __name__ == "__main__":
    main()
