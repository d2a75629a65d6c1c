#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_service
short_description: Manage a service in Amazon ECS, and wait for its deployment
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Creates, changes and deletes a service, by one call, and waits for the deployment that this starts.
  - The deployment itself is waited for. When it fails, is rolled back or somebody's newer one takes its place, the module fails,
    even if the service runs well on what it had before. It says why, which tasks were stopped with which exit codes, the last
    events and log lines, and what is running now.
  - An option that is left out is left alone. Values are compared with AWS's own defaults filled in, and lists without regard to their
    order.
  - No change costs one call to AWS, a new service two, a changed one two and one for each of tags put on and taken off. One more
    where O(task_definition) is a family, where O(gateway_connectors) or O(monitoring) is given, and two where security groups are
    given by name. Each look at a deployment costs one or two, and a failure up to six.
  - What goes on is shown as it happens, if the module runs on the controller.
options:
  state:
    description:
      - Whether the service should exist. V(deleting) deletes nothing, and waits for one that is being deleted.
    type: str
    choices: [present, absent, deleting]
    default: present
  name:
    description:
      - Name of the service, 1 to 255 letters, digits, V(_) and V(-).
    type: str
    required: true
    aliases: [service]
  cluster:
    description:
      - Name or ARN of the cluster.
    type: str
    default: default
  task_definition:
    description:
      - The task definition as V(family:revision) or ARN, or a family for its latest active revision. A new service needs it.
    type: str
  desired_count:
    description:
      - How many tasks there are to be. A new service needs it, unless O(scheduling_strategy=DAEMON). Leave it out where an autoscaler
        decides.
    type: int
  manage_desired_count:
    description:
      - With V(create_only) O(desired_count) is for a new service, and one that exists keeps its number of tasks.
    type: str
    choices: [always, create_only]
    default: always
  load_balancers:
    description:
      - Target groups or Classic Load Balancers, each with C(container_name) and C(container_port), as in AWS's C(LoadBalancer).
    type: list
    elements: dict
  service_registries:
    description:
      - Registries of AWS Cloud Map, as in AWS's C(ServiceRegistry).
    type: list
    elements: dict
  launch_type:
    description:
      - What the tasks run on. It can't be changed.
    type: str
    choices: [EC2, FARGATE, EXTERNAL, MANAGED_INSTANCES]
  capacity_provider_strategy:
    description:
      - Capacity providers with C(weight) and C(base), in place of O(launch_type). A change of it starts a deployment.
    type: list
    elements: dict
  platform_version:
    description:
      - Version of the Fargate platform, like V(1.4.0) or V(LATEST).
    type: str
  role:
    description:
      - Role by which ECS calls the load balancer, for tasks outside network mode C(awsvpc). It can't be changed.
    type: str
  deployment_controller:
    description:
      - Who deploys. C(type) is V(ECS), V(CODE_DEPLOY) or V(EXTERNAL).
    type: dict
  deployment_configuration:
    description:
      - How it is deployed, as in AWS's C(DeploymentConfiguration). Percentages, circuit breaker, alarms, strategy (V(ROLLING),
        V(BLUE_GREEN), V(LINEAR) or V(CANARY)), bake time in minutes, lifecycle hooks. What is left out of it stays as it is.
      - A new service has the circuit breaker with rollback, unless this says otherwise.
    type: dict
  placement_constraints:
    description:
      - Constraints with C(type) and C(expression), at most 10.
    type: list
    elements: dict
  placement_strategy:
    description:
      - Rules with C(type) and C(field), at most 5, in their order.
    type: list
    elements: dict
  network_configuration:
    description:
      - For tasks of network mode C(awsvpc). C(subnets), C(security_groups) by ID or name, and C(assign_public_ip), directly or below
        C(awsvpc_configuration).
    type: dict
  health_check_grace_period_seconds:
    description:
      - For how many seconds of a task's life its health checks are ignored.
    type: int
  scheduling_strategy:
    description:
      - Whether there is a number of tasks, or one for each instance. It can't be changed.
    type: str
    choices: [REPLICA, DAEMON]
  availability_zone_rebalancing:
    description:
      - Whether tasks are spread anew over availability zones.
    type: str
    choices: [ENABLED, DISABLED]
  enable_ecs_managed_tags:
    description:
      - Whether tasks get the tags of ECS.
    type: bool
  propagate_tags:
    description:
      - Whose tags the tasks get.
    type: str
    choices: [TASK_DEFINITION, SERVICE, NONE]
  enable_execute_command:
    description:
      - Whether commands can be run in the containers (ECS Exec). Tasks that are running get it with the next deployment.
    type: bool
  service_connect_configuration:
    description:
      - As in AWS's C(ServiceConnectConfiguration).
    type: dict
  volume_configurations:
    description:
      - EBS volumes, as in AWS's C(ServiceVolumeConfiguration).
    type: list
    elements: dict
  vpc_lattice_configurations:
    description:
      - As in AWS's C(VpcLatticeConfiguration).
    type: list
    elements: dict
  gateway_connectors:
    description:
      - As in the API reference of CreateService.
    type: list
    elements: dict
  monitoring:
    description:
      - As in the API reference of CreateService.
    type: dict
  tags:
    description:
      - Tags of the service.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description:
      - Whether tags that O(tags) does not name are taken off. Never when O(tags) is left out.
    type: bool
    default: true
  client_token:
    description:
      - Up to 36 characters that make the creation happen once, however often it is asked for.
    type: str
  force_new_deployment:
    description:
      - Whether to deploy where nothing differs, too.
    type: bool
    default: false
  force:
    description:
      - Whether a service that has tasks is deleted with them.
    type: bool
    default: false
    aliases: [force_deletion]
  recreate:
    description:
      - Whether a service is deleted and made anew where AWS can't change it in place.
    type: bool
    default: false
  wait:
    description:
      - Whether to wait, for a deployment or until the service is gone.
    type: bool
    default: true
  wait_for:
    description:
      - With V(deployment) until the deployment that was started has ended well; also one that an earlier run has left.
      - With V(stable) until the number of tasks is right, too. With V(pause) until it ends or a lifecycle hook pauses it; go on with
        M(landfall.aws.ecs_deployment). With V(none) not at all.
    type: str
    choices: [deployment, stable, pause, none]
    default: deployment
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - landfall.aws.resource
  - landfall.aws.ecs_deployment
seealso:
  - module: landfall.aws.ecs_service_info
  - module: landfall.aws.ecs_deployment
"""

EXAMPLES = r"""
- name: API runs behind its load balancer
  landfall.aws.ecs_service:
    cluster: prod
    name: api
    task_definition: api:43
    desired_count: 2
    manage_desired_count: create_only
    launch_type: FARGATE
    network_configuration:
      subnets: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
      security_groups: [api]
    load_balancers:
      - target_group_arn: arn:aws:elasticloadbalancing:eu-west-3:123456789012:targetgroup/api/0123456789abcdef
        container_name: app
        container_port: 8080

- name: A tenth of the requests goes to the new one for ten minutes
  landfall.aws.ecs_service:
    cluster: prod
    name: api
    task_definition: api
    deployment_configuration:
      strategy: CANARY
      canary_configuration: {canary_percent: 10, canary_bake_time_in_minutes: 10}
      alarms: {alarm_names: [api-5xx], enable: true, rollback: true}

- name: Service is gone with its tasks
  landfall.aws.ecs_service:
    cluster: prod
    name: api
    state: absent
    force: true
"""

RETURN = r"""
service:
  description: The service as AWS describes it, in snake_case, without its events. Empty if it does not exist.
  returned: always, if it is known
  type: dict
deployment:
  description: The deployment that was waited for.
  returned: always, if one was
  type: dict
  sample:
    id: ecs-svc/1234567890123456789
    status: SUCCESSFUL
    task_definition: api:43
    desired_count: 2
    running_count: 2
    failed_tasks: 0
    duration_seconds: 95
replaces_tasks:
  description: Whether the change replaces running tasks, in check mode whether it would.
  returned: success
  type: bool
failure:
  description:
    - Why a deployment failed. The C(headline), the C(causes), C(stopped_tasks) in groups with C(count), C(stop_code), C(reason),
      C(container), C(exit_code) and one C(task), the last C(events), C(logs) by container, a C(hint), and what is running C(now).
  returned: when a deployment that was waited for did not succeed
  type: dict
changes:
  description: What happens to the service (V(add), V(change), V(replace), V(remove) or V(unchanged)), and why.
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
from ansible_collections.landfall.aws.plugins.module_utils.ecs import diagnose, service_options
from ansible_collections.landfall.aws.plugins.module_utils.ecs.service import Service
from ansible_collections.landfall.aws.plugins.module_utils.ecs.wait import WAIT_OPTIONS, Failed, Watch
from ansible_collections.landfall.aws.plugins.module_utils.outcome import outcome
from ansible_collections.landfall.aws.plugins.module_utils.progress import teller
from ansible_collections.landfall.aws.plugins.module_utils.shapes import input_shape, output_shape

DICTS = {"type": "list", "elements": "dict"}
DICT = {"type": "dict"}
OPTIONS = {
    "state": {"type": "str", "choices": ["present", "absent", "deleting"], "default": "present"},
    "name": {"type": "str", "required": True, "aliases": ["service"]},
    "cluster": {"type": "str", "default": "default"},
    "task_definition": {"type": "str"},
    "desired_count": {"type": "int"},
    "manage_desired_count": {"type": "str", "choices": ["always", "create_only"], "default": "always"},
    "load_balancers": DICTS,
    "service_registries": DICTS,
    "launch_type": {"type": "str", "choices": ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"]},
    "capacity_provider_strategy": DICTS,
    "platform_version": {"type": "str"},
    "role": {"type": "str"},
    "deployment_controller": DICT,
    "deployment_configuration": DICT,
    "placement_constraints": DICTS,
    "placement_strategy": DICTS,
    "network_configuration": DICT,
    "health_check_grace_period_seconds": {"type": "int"},
    "scheduling_strategy": {"type": "str", "choices": ["REPLICA", "DAEMON"]},
    "availability_zone_rebalancing": {"type": "str", "choices": ["ENABLED", "DISABLED"]},
    "enable_ecs_managed_tags": {"type": "bool"},
    "propagate_tags": {"type": "str", "choices": ["TASK_DEFINITION", "SERVICE", "NONE"]},
    "enable_execute_command": {"type": "bool"},
    "service_connect_configuration": DICT,
    "volume_configurations": DICTS,
    "vpc_lattice_configurations": DICTS,
    "gateway_connectors": DICTS,
    "monitoring": DICT,
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
    "client_token": {"type": "str", "no_log": False},
    "force_new_deployment": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False, "aliases": ["force_deletion"]},
    "recreate": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_for": {"type": "str", "choices": ["deployment", "stable", "pause", "none"], "default": "deployment"},
    **WAIT_OPTIONS,
}
NEWEST = ("availability_zone_rebalancing", "vpc_lattice_configurations", "gateway_connectors", "monitoring")


def main():
    module = LandfallModule(argument_spec=OPTIONS, supports_check_mode=True)
    client, options = module.client("ecs"), module.params
    reader = diagnose.Reader(client, lambda: module.client("logs"), options["cluster"], options["diagnose"])
    watch = Watch(client, reader, options["name"], options, teller(options["progress_file"]))
    service = Service(client, lambda: module.client("ec2"), options, watch)
    shape = output_shape(client, "CreateService").members["service"]

    def known():
        described = {"service": service_options.returned(shape, service.described or {})}
        return {**described, **({"deployment": watch.report()} if watch.seen.own else {})}

    try:
        service.options, mistakes = service_options.checked(input_shape(client, "CreateService"), options, NEWEST)
        refuse_mistakes([*mistakes, *diagnose.mask_mistakes(options["diagnose"]["mask"])])
        change = service.converge(module.check_mode)
    except Failed as failed:
        module.refuse(str(failed), failure=failed.failure, changed=bool(service.done), **known())
    except Refused as refusal:
        module.refuse(str(refusal), changed=bool(service.done))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The service {service.label} can't be made {options['state']}")
    given = input_shape(client, "CreateService")
    result = outcome([change], lambda each: service_options.readable(given, service_options.documents(each)))
    told = known() if options["state"] == "present" else {"service": {}}
    module.finish(**result, **told, replaces_tasks=service.replaces_tasks, notes=watch.notes)


if __name__ == "__main__":
    main()
