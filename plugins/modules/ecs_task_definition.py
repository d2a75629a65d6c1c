#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_task_definition
short_description: Manage a task definition of Amazon ECS
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Registers a revision of a family where the latest active one is not what is wanted, and removes revisions.
  - Two definitions are the same where they mean the same. What AWS fills in by itself says nothing, and neither does the order of
    containers, variables, secrets, ports, volumes and the like; the order of a command does. Any other difference is one, and is
    told with its place.
  - The definition is what the options say as a whole. What a revision has besides, for instance from the console, is told as a
    difference and is gone with the next one. With O(from) the options are laid over a revision instead, and change what they name.
  - Mistakes are told before anything is called or changed, all at once. A field that the installed botocore does not know is one.
  - No change costs one call to AWS, however many revisions there are. To register costs two. O(match=any_active), O(keep_revisions)
    and an O(from) that is not V(latest) cost one more, and one for each revision that is looked at or removed.
  - A call whose answer is lost is not repeated blindly. The module looks first whether the revision is there.
options:
  state:
    description:
      - Whether there should be such a revision. With V(absent), O(arn) or O(family) with O(revision) is deregistered, and with O(family)
        alone every active revision.
    type: str
    choices: [present, absent]
    default: present
  family:
    description:
      - The family's name, 1 to 255 letters, digits, hyphens and underscores. It may stand in O(definition), too.
      - When it is left out with O(from), it is the family of that revision.
    type: str
  arn:
    description:
      - ARN of a revision that is to be absent.
    type: str
  revision:
    description:
      - With O(state=absent), the number of the revision. With O(state=present), the number that the revision must have; the module fails
        if it would be another one.
    type: int
  container_definitions:
    description:
      - The containers. Their fields are those of AWS, like C(memory_reservation) or C(memoryReservation).
      - >-
        C(environment) and C(secrets) may be a dict, too, like C({PORT: 8080}), of names and values, or of names and ARNs.
      - With O(from), each names a container of that revision, and what is to be different. Variables, secrets and labels are added
        to those that there are, any other field is replaced. A field, variable, secret or label that is null is taken off.
    type: list
    elements: dict
    aliases: [containers]
  definition:
    description:
      - The definition as a whole, as a dict or a text in JSON or YAML. What DescribeTaskDefinition or
        M(landfall.aws.ecs_task_definition_info) answers is one, too.
      - Options that are given besides come before it. Every field that the installed botocore knows can be given, and no other.
    type: raw
  definition_file:
    description:
      - Path of a file with such a definition. It is read on the host on which the module runs.
    type: path
  from:
    description:
      - A revision to begin with, as V(latest), C(family:revision) or an ARN. What the options name is changed, and nothing else.
      - To begin with what a service runs, give the ARN that the service names.
    type: str
  match:
    description:
      - With V(latest), the latest active revision is compared. With V(any_active), when that one differs, the others are, too, from the
        newest to the oldest, and one that is the same is returned instead of registering another one.
    type: str
    choices: [latest, any_active]
    default: latest
  force:
    description:
      - Whether a revision is registered though nothing differs.
    type: bool
    default: false
    aliases: [force_create]
  keep_revisions:
    description:
      - How many active revisions to keep, the newest ones, when one is registered. Older ones are deregistered. What runs of them
        goes on.
      - When this is left out, none are.
    type: int
  delete_inactive:
    description:
      - Whether revisions that are deregistered are deleted, too. With O(state=absent), those that were deregistered before as well.
    type: bool
    default: false
  validate:
    description:
      - What happens when the definition has mistakes that can be found without AWS, like sizes that Fargate does not offer. With
        V(strict) the module fails, with V(warn) it warns, with V(off) nobody looks. A field that does not exist, or whose value has
        the wrong type, is a mistake in any case.
    type: str
    choices: [strict, warn, "off"]
    default: strict
  task_role_arn:
    description: ARN or name of the role as which the containers call AWS.
    type: str
  execution_role_arn:
    description: ARN or name of the role as which ECS itself fetches images and secrets, and writes logs.
    type: str
  network_mode:
    description: How containers reach the network. AWS takes V(bridge) when it is left out. V(default) is the same as to leave it out.
    type: str
    choices: [default, bridge, host, awsvpc, none]
  volumes:
    description: What containers can mount, by name.
    type: list
    elements: dict
  placement_constraints:
    description: Which instances tasks can run on, up to 10.
    type: list
    elements: dict
  requires_compatibilities:
    description: What the definition is to run on, V(EC2), V(FARGATE), V(EXTERNAL) or V(MANAGED_INSTANCES).
    type: list
    elements: str
  launch_type:
    description: The same for one of them.
    type: str
    choices: [EC2, FARGATE, EXTERNAL]
  cpu:
    description: The task's CPU in units (1024 are one vCPU), or like V(0.5 vCPU). Needed for Fargate.
    type: str
  memory:
    description: The task's memory in MiB, or like V(1 GB). Needed for Fargate, which offers certain sizes for each O(cpu).
    type: str
  pid_mode:
    description: With whom containers share their processes.
    type: str
    choices: [host, task]
  ipc_mode:
    description: With whom containers share their IPC resources.
    type: str
    choices: [host, task, none]
  proxy_configuration:
    description: The App Mesh proxy.
    type: dict
  inference_accelerators:
    description: Elastic Inference accelerators.
    type: list
    elements: dict
  ephemeral_storage:
    description:
      - >-
        The task's storage on Fargate, like C({size_in_gib: 30}), 21 to 200 GiB.
    type: dict
  runtime_platform:
    description:
      - >-
        C(cpu_architecture) and C(operating_system_family). AWS takes V(X86_64) and V(LINUX) when it is left out.
    type: dict
  enable_fault_injection:
    description: Whether containers may ask for faults to be injected.
    type: bool
  trusted_execution_configuration:
    description: How tasks are kept apart from others on an instance.
    type: dict
  tags:
    description:
      - The revision's tags. A new one gets those of the one before it when this is left out. A difference in tags alone makes no new
        revision.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description:
      - Whether tags that O(tags) does not name are taken off. None are when O(tags) is left out.
    type: bool
    default: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - landfall.aws.resource
seealso:
  - module: landfall.aws.ecs_task_definition_info
  - module: landfall.aws.ecs_cluster
"""

EXAMPLES = r"""
- name: Task definition of the api is as it should be
  landfall.aws.ecs_task_definition:
    family: api
    launch_type: FARGATE
    network_mode: awsvpc
    cpu: 512
    memory: 1 GB
    execution_role_arn: arn:aws:iam::123456789012:role/api-execution
    task_role_arn: arn:aws:iam::123456789012:role/api
    container_definitions:
      - name: app
        image: registry.example.com/api:1.4.2
        port_mappings:
          - container_port: 8080
        environment: {LOG_LEVEL: info}
        secrets:
          DATABASE_URL: arn:aws:secretsmanager:eu-west-3:123456789012:secret:api/database-url
        log_configuration:
          log_driver: awslogs
          options:
            awslogs-group: /ecs/api
            awslogs-region: eu-west-3
            awslogs-stream-prefix: api
    keep_revisions: 10
  register: api

- name: The api runs the next image, and all else stays
  landfall.aws.ecs_task_definition:
    family: api
    from: latest
    container_definitions:
      - name: app
        image: registry.example.com/api:1.4.3
        environment: {FEATURE_CART: "on", LOG_LEVEL: null}

- name: Task definition is as the file says
  landfall.aws.ecs_task_definition:
    definition_file: files/worker.yaml

- name: Nothing is left of the family
  landfall.aws.ecs_task_definition:
    family: api
    state: absent
    delete_inactive: true
"""

RETURN = r"""
task_definition:
  description:
    - The revision as it is now, in snake_case, or in check mode as it would be. Empty with O(state=absent).
    - Names in C(environment), C(docker_labels) and log options are as they were written, and so are values. Put what nobody should see
      into C(secrets), or C(no_log) on the task.
  returned: success
  type: dict
  sample:
    task_definition_arn: arn:aws:ecs:eu-west-3:123456789012:task-definition/api:43
    family: api
    revision: 43
    status: ACTIVE
    container_definitions:
      - {name: app, image: registry.example.com/api:1.4.3}
    tags: {Project: shop}
task_definition_arn:
  description:
    - ARN of that revision. Empty where there is none. In check mode, where it would be registered, a text that says so, which
      M(landfall.aws.ecs_service) understands.
  returned: success
  type: str
  sample: arn:aws:ecs:eu-west-3:123456789012:task-definition/api:43
taskdefinition:
  description: The same as RV(task_definition) in AWS's own spelling, as C(community.aws.ecs_taskdefinition) returns it.
  returned: success
  type: dict
  sample:
    taskDefinitionArn: arn:aws:ecs:eu-west-3:123456789012:task-definition/api:43
    family: api
    revision: 43
previous:
  description: ARN of the revision that was the latest active one before. Empty if there was none.
  returned: success
  type: str
  sample: arn:aws:ecs:eu-west-3:123456789012:task-definition/api:42
pruned:
  description: ARNs of the revisions that were deregistered.
  returned: success
  type: list
  elements: str
differences:
  description:
    - What differs from the revision that was compared, by its C(path), with C(before), C(after) and the C(effect), V(new revision) or
      V(in place). Values of variables and options whose names sound like a secret are not shown.
  returned: success
  type: list
  elements: dict
  sample:
    - path: container_definitions[app].image
      before: registry.example.com/api:1.4.2
      after: registry.example.com/api:1.4.3
      effect: new revision
changes:
  description:
    - What happens to the family (V(add), V(change) or V(unchanged)), and why; then which revisions are removed.
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

from ansible_collections.landfall.aws.plugins.module_utils.changes import KNOWN_AFTER_APPLY, Refused, refuse_mistakes
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.ecs.task_definition import (
    TaskDefinition,
    checked,
    refuse_no_target,
)
from ansible_collections.landfall.aws.plugins.module_utils.outcome import outcome

OPTIONS = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "family": {"type": "str"},
    "arn": {"type": "str"},
    "revision": {"type": "int"},
    "container_definitions": {"type": "list", "elements": "dict", "aliases": ["containers"]},
    "definition": {"type": "raw"},
    "definition_file": {"type": "path"},
    "from": {"type": "str"},
    "match": {"type": "str", "choices": ["latest", "any_active"], "default": "latest"},
    "force": {"type": "bool", "default": False, "aliases": ["force_create"]},
    "keep_revisions": {"type": "int"},
    "delete_inactive": {"type": "bool", "default": False},
    "validate": {"type": "str", "choices": ["strict", "warn", "off"], "default": "strict"},
    "task_role_arn": {"type": "str"},
    "execution_role_arn": {"type": "str"},
    "network_mode": {"type": "str", "choices": ["default", "bridge", "host", "awsvpc", "none"]},
    "volumes": {"type": "list", "elements": "dict"},
    "placement_constraints": {"type": "list", "elements": "dict"},
    "requires_compatibilities": {"type": "list", "elements": "str"},
    "launch_type": {"type": "str", "choices": ["EC2", "FARGATE", "EXTERNAL"]},
    "cpu": {"type": "str"},
    "memory": {"type": "str"},
    "pid_mode": {"type": "str", "choices": ["host", "task"]},
    "ipc_mode": {"type": "str", "choices": ["host", "task", "none"]},
    "proxy_configuration": {"type": "dict"},
    "inference_accelerators": {"type": "list", "elements": "dict"},
    "ephemeral_storage": {"type": "dict"},
    "runtime_platform": {"type": "dict"},
    "enable_fault_injection": {"type": "bool"},
    "trusted_execution_configuration": {"type": "dict"},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


def run(module, client):
    """The module's result."""
    options = module.params
    given, mistakes, said = checked(options, client)
    refuse_mistakes(mistakes)
    if options["state"] == "absent":
        refuse_no_target(options, given.family)
    notes = [] if options["validate"] == "off" else said
    task = TaskDefinition(client, lambda: module.client("ecs", max_attempts=0), options, given, notes=notes)
    changes, described = task.converge(module.check_mode)
    return {
        **outcome(changes, lambda change: (change.before or {}, change.after or {})),
        "task_definition": described,
        "task_definition_arn": described.get("task_definition_arn", KNOWN_AFTER_APPLY if described else ""),
        "taskdefinition": task.described,
        "previous": task.previous,
        "pruned": task.pruned,
        "differences": task.report,
        "notes": task.notes,
    }


def main():
    module = LandfallModule(
        argument_spec=OPTIONS,
        mutually_exclusive=[("definition", "definition_file"), ("requires_compatibilities", "launch_type")],
        supports_check_mode=True,
    )
    name = module.params["family"] or module.params["arn"] or "that is given"
    try:
        result = run(module, module.client("ecs"))
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The task definition {name} can't be made {module.params['state']}")
    module.finish(**result)


if __name__ == "__main__":
    main()
