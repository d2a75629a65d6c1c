#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_task_run
short_description: Run a task in Amazon ECS, and wait for its exit code
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Runs tasks of a task definition, waits until they have stopped, and returns the exit codes and last log lines of their containers.
  - When AWS does not start a task, or a container ends with another exit code than O(success_exit_codes), the module fails and says
    why. Without O(watch_container) the essential containers of the task definition count.
  - A call whose answer is lost is repeated with the same token, so that nothing runs twice.
  - Costs one call to AWS, and with O(wait) one for each look, one for the task definition and one for each container's log. Two more
    where security groups are given by name.
  - In check mode nothing is asked, and the module says that it would run the task.
options:
  task_definition:
    description:
      - The task definition as V(family:revision) or ARN, or a family for its latest active revision.
    type: str
    required: true
  cluster:
    description:
      - Name or ARN of the cluster.
    type: str
    default: default
  count:
    description:
      - How many tasks, 1 to 10.
    type: int
    default: 1
  containers:
    description:
      - What is otherwise in this run, by the container's name. C(command), C(environment) as a dict, C(cpu), C(memory) in MiB and so on, as
        in AWS's C(ContainerOverride).
    type: dict
  overrides:
    description:
      - The same and more as in AWS's C(TaskOverride), like C(task_role_arn).
    type: dict
  launch_type:
    description:
      - What the task runs on.
    type: str
    choices: [EC2, FARGATE, EXTERNAL, MANAGED_INSTANCES]
  capacity_provider_strategy:
    description:
      - Capacity providers with C(weight) and C(base), in place of O(launch_type).
    type: list
    elements: dict
  container_instances:
    description:
      - The instances on which the task is started directly, one on each, without being placed by ECS.
    type: list
    elements: str
  network_configuration:
    description:
      - For tasks of network mode C(awsvpc), and needed for V(FARGATE). C(subnets), C(security_groups) by ID or name, and
        C(assign_public_ip), directly or below C(awsvpc_configuration).
    type: dict
  platform_version:
    description:
      - Version of the Fargate platform.
    type: str
  placement_constraints:
    description:
      - Constraints with C(type) and C(expression).
    type: list
    elements: dict
  placement_strategy:
    description:
      - Rules with C(type) and C(field), in their order.
    type: list
    elements: dict
  volume_configurations:
    description:
      - EBS volumes, as in AWS's C(TaskVolumeConfiguration).
    type: list
    elements: dict
  group:
    description:
      - Name of the group of tasks that it belongs to.
    type: str
  started_by:
    description:
      - Who runs it, up to 128 characters.
    type: str
  reference_id:
    description:
      - A name of your own for the task.
    type: str
  propagate_tags:
    description:
      - Whose tags the task gets besides O(tags).
    type: str
    choices: [TASK_DEFINITION, SERVICE, NONE]
  enable_execute_command:
    description:
      - Whether commands can be run in the containers (ECS Exec).
    type: bool
  enable_ecs_managed_tags:
    description:
      - Whether the task gets the tags of ECS.
    type: bool
  tags:
    description:
      - Tags of the task.
    type: dict
    aliases: [resource_tags]
  run_id:
    description:
      - A name of this run. The same options with the same one run once within 24 hours, and later ones get the same task.
    type: str
  client_token:
    description:
      - The token that does the same, up to 64 characters, if you make it yourself.
    type: str
  wait:
    description:
      - Whether to wait.
    type: bool
    default: true
  wait_for:
    description:
      - What is waited for. V(stopped) for one-off tasks, V(running) for those that go on.
    type: str
    choices: [none, running, stopped]
    default: stopped
  wait_timeout:
    description:
      - For how many seconds at most, all tries together.
    type: int
    default: 600
  wait_delay:
    description:
      - How many seconds there are between two looks at first. They become longer, up to 15, and vary by a fifth.
    type: float
    default: 2
  stop_on_timeout:
    description:
      - Whether tasks that are not through after O(wait_timeout) are stopped. The module fails in any case.
    type: bool
    default: true
  success_exit_codes:
    description:
      - The exit codes that mean success.
    type: list
    elements: int
    default: [0]
  watch_container:
    description:
      - The one container whose exit code counts.
    type: str
  retries_on:
    description:
      - What is tried again within O(wait_timeout). V(RESOURCE) where there is no room for the task, V(SpotInterruption) where the capacity
        was taken away.
    type: list
    elements: str
    choices: [RESOURCE, SpotInterruption]
    default: []
  log_lines:
    description:
      - How many lines of each container's log, from its end, of 10 containers at most. V(0) reads none. Only of the log driver C(awslogs).
    type: int
    default: 20
  mask:
    description:
      - Regular expressions. What they find in logs and messages is masked, but for what their first group finds, besides what looks
        like a secret anyway.
    type: list
    elements: str
    default: []
  operation:
    description:
      - Says nothing that O(container_instances) does not say. It is there for tasks of community.aws's C(ecs_task).
    type: str
    choices: [run, start]
  task:
    description:
      - Is not used. It is there for tasks of community.aws's C(ecs_task).
    type: str
  progress_file:
    description:
      - A file that a line is added to as something happens. Where the module runs on the controller, these lines are shown anyway.
    type: path
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - landfall.aws.resource
seealso:
  - module: landfall.aws.ecs_task_stop
  - module: landfall.aws.ecs_task_info
"""

EXAMPLES = r"""
- name: Database is migrated before the deployment
  landfall.aws.ecs_task_run:
    cluster: prod
    task_definition: api:43
    launch_type: FARGATE
    network_configuration:
      subnets: [subnet-0123456789abcdef0]
      security_groups: [api]
    containers:
      app: {command: [./manage.py, migrate]}
  register: migrated

- name: Report is written on Spot capacity, again if that is taken away
  landfall.aws.ecs_task_run:
    cluster: prod
    task_definition: report
    capacity_provider_strategy: [{capacity_provider: FARGATE_SPOT, weight: 1}]
    network_configuration: {subnets: [subnet-0123456789abcdef0]}
    retries_on: [RESOURCE, SpotInterruption]
    run_id: "{{ report_date }}"
"""

RETURN = r"""
tasks:
  description: The tasks, in snake_case, and of those that have stopped why, as C(stopped).
  returned: always, if any was started
  type: list
  elements: dict
exit_codes:
  description: The exit codes of those that have ended, by task and container.
  returned: always, if any was started
  type: dict
  sample: {0123456789abcdef0123456789abcdef: {app: 0}}
logs:
  description: The last lines of each container's log, masked.
  returned: always, if any was started
  type: list
  elements: dict
  sample: [{container: app, task: 0123456789abcdef0123456789abcdef, lines: ["No migrations to apply."]}]
failure:
  description:
    - Why it failed. The C(headline), the C(causes), C(stopped_tasks) in groups, C(logs), a C(hint), and what was done C(now).
  returned: when a task did not succeed
  type: dict
changes:
  description: What happens (V(add) or V(unchanged)), and why.
  returned: success
  type: list
  elements: dict
notes:
  description: What else there is to know. Each is a warning, too.
  returned: success
  type: list
  elements: str
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
from ansible_collections.landfall.aws.plugins.module_utils.ecs.diagnose import Reader
from ansible_collections.landfall.aws.plugins.module_utils.ecs.wait import Failed
from ansible_collections.landfall.aws.plugins.module_utils.outcome import outcome
from ansible_collections.landfall.aws.plugins.module_utils.progress import teller

OPTIONS = {
    "task_definition": {"type": "str", "required": True},
    "cluster": {"type": "str", "default": "default"},
    "count": {"type": "int", "default": 1},
    "containers": {"type": "dict"},
    "overrides": {"type": "dict"},
    "launch_type": {"type": "str", "choices": ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"]},
    "capacity_provider_strategy": {"type": "list", "elements": "dict"},
    "container_instances": {"type": "list", "elements": "str"},
    "network_configuration": {"type": "dict"},
    "platform_version": {"type": "str"},
    "placement_constraints": {"type": "list", "elements": "dict"},
    "placement_strategy": {"type": "list", "elements": "dict"},
    "volume_configurations": {"type": "list", "elements": "dict"},
    "group": {"type": "str"},
    "started_by": {"type": "str"},
    "reference_id": {"type": "str"},
    "propagate_tags": {"type": "str", "choices": ["TASK_DEFINITION", "SERVICE", "NONE"]},
    "enable_execute_command": {"type": "bool"},
    "enable_ecs_managed_tags": {"type": "bool"},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "run_id": {"type": "str"},
    "client_token": {"type": "str", "no_log": False},
    "wait": {"type": "bool", "default": True},
    "wait_for": {"type": "str", "choices": ["none", "running", "stopped"], "default": "stopped"},
    "wait_timeout": {"type": "int", "default": 600},
    "wait_delay": {"type": "float", "default": 2},
    "stop_on_timeout": {"type": "bool", "default": True},
    "success_exit_codes": {"type": "list", "elements": "int", "default": [0]},
    "watch_container": {"type": "str"},
    "retries_on": {"type": "list", "elements": "str", "choices": ["RESOURCE", "SpotInterruption"], "default": []},
    "log_lines": {"type": "int", "default": 20},
    "mask": {"type": "list", "elements": "str", "default": []},
    "operation": {"type": "str", "choices": ["run", "start"]},
    "task": {"type": "str"},
    "progress_file": {"type": "path"},
}


def known(client, run):
    """What is returned of a run, whether it went well or not."""
    if not run.tasks:
        return {}
    return {"tasks": tasks.returned(client, run.tasks), "exit_codes": run.exit_codes(), "logs": run.logs}


def main():
    module = LandfallModule(argument_spec=OPTIONS, supports_check_mode=True)
    client, options = module.client("ecs"), module.params
    reader = Reader(client, lambda: module.client("logs"), options["cluster"], options)
    run = tasks.Run(
        client,
        ec2=lambda: module.client("ec2"),
        impatient=lambda: module.client("ecs", max_attempts=0),
        reader=reader,
        options=options,
        tell=teller(options["progress_file"]),
    )
    try:
        run.options, mistakes = tasks.checked(client, options)
        refuse_mistakes(mistakes)
        run.converge(module.check_mode)
    except Failed as failed:
        module.refuse(str(failed), failure=failed.failure, changed=run.changed, **known(client, run))
    except Refused as refusal:
        module.refuse(str(refusal), changed=run.changed, **known(client, run))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The task {run.label} can't be run", **known(client, run))
    result = outcome([run.change], lambda change: (change.before or {}, change.after))
    module.finish(**result, notes=reader.notes, **known(client, run))


if __name__ == "__main__":
    main()
