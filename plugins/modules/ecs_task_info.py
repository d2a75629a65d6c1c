#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_task_info
short_description: Look at tasks in Amazon ECS
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Tells of tasks what they run and where, and of those that have stopped why. AWS forgets a stopped task after about an hour.
  - Costs one call to AWS for each 100 tasks that are named, and two where they are not.
options:
  tasks:
    description:
      - IDs or ARNs of the tasks. One that AWS does not know is left out.
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
      - Only tasks of this family of task definitions.
    type: str
  service:
    description:
      - Only tasks of this service.
    type: str
  started_by:
    description:
      - Only tasks that were started with this O(ignore:started_by).
    type: str
  status:
    description:
      - Whether those that are meant to run are told, or those that have stopped.
    type: str
    choices: [RUNNING, STOPPED]
    default: RUNNING
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - landfall.aws.resource
seealso:
  - module: landfall.aws.ecs_task_run
"""

EXAMPLES = r"""
- name: It is known why tasks of the API have stopped
  landfall.aws.ecs_task_info:
    cluster: prod
    service: api
    status: STOPPED
  register: lost
"""

RETURN = r"""
tasks:
  description:
    - The tasks, in snake_case. C(stopped) tells of one that has stopped the C(stop_code), the C(reason), the C(container) that is to blame,
      its C(exit_code) and C(container_reason).
  returned: success
  type: list
  elements: dict
  sample:
    - task_arn: arn:aws:ecs:eu-west-3:123456789012:task/prod/0123456789abcdef0123456789abcdef
      last_status: STOPPED
      stopped: {stop_code: EssentialContainerExited, reason: null, container: app, exit_code: 3, container_reason: null}
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
api_calls:
  description: How often each call was made, by its name.
  returned: with -vv
  type: dict
"""

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.ecs import tasks

OPTIONS = {
    "tasks": {"type": "list", "elements": "str", "aliases": ["task"]},
    "cluster": {"type": "str", "default": "default"},
    "family": {"type": "str"},
    "service": {"type": "str"},
    "started_by": {"type": "str"},
    "status": {"type": "str", "choices": ["RUNNING", "STOPPED"], "default": "RUNNING"},
}


def main():
    module = LandfallModule(
        argument_spec=OPTIONS,
        mutually_exclusive=[("tasks", "family"), ("tasks", "service"), ("tasks", "started_by")],
        supports_check_mode=True,
    )
    client, options = module.client("ecs"), module.params
    try:
        found = tasks.meant(client, options, options["status"])
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The tasks in {options['cluster']} can't be read")
    module.finish(changed=False, tasks=tasks.returned(client, found))


if __name__ == "__main__":
    main()
