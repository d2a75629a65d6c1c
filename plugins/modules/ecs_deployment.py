#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_deployment
short_description: Roll back, stop or continue a deployment in Amazon ECS, or go to another revision
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Acts on the deployment that a service is at, or leads the service to another revision of its task definition.
  - When the deployment that is waited for fails, the module fails as M(landfall.aws.ecs_service) does, with the cause.
  - Nothing to do costs one call to AWS, or two with O(action=continue). To stop or to roll back costs two, to continue three, another
    revision two, and four where it is V(previous). Each look while waiting costs one or two.
  - What goes on is shown as it happens, if the module runs on the controller.
options:
  name:
    description:
      - Name of the service.
    type: str
    required: true
    aliases: [service]
  cluster:
    description:
      - Name or ARN of the cluster.
    type: str
    default: default
  action:
    description:
      - With V(rollback) a deployment that goes on is rolled back by AWS, with V(stop) it is stopped where it is. One that has ended is
        left alone; see O(to_revision) for that.
      - With V(continue) a deployment that a lifecycle hook has paused goes on.
    type: str
    choices: [rollback, stop, continue]
  to_revision:
    description:
      - The task definition that the service goes to. A number of a revision of its family, V(family:revision) or an ARN, of a service
        revision, too. With V(previous) the one of the last deployment that went well with another one, so that twice leads back.
    type: str
  hook_id:
    description:
      - The hook that is told to go on, where more than one waits.
    type: str
  wait:
    description:
      - Whether to wait until the deployment has ended.
    type: bool
    default: true
  wait_for:
    description:
      - What is waited for with O(action=continue) and O(to_revision), as in M(landfall.aws.ecs_service).
    type: str
    choices: [deployment, stable, pause]
    default: deployment
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - landfall.aws.resource
  - landfall.aws.ecs_deployment
seealso:
  - module: landfall.aws.ecs_service
"""

EXAMPLES = r"""
- name: What is being deployed is rolled back
  landfall.aws.ecs_deployment:
    cluster: prod
    name: api
    action: rollback

- name: API is what it was before
  landfall.aws.ecs_deployment:
    cluster: prod
    name: api
    to_revision: previous

- name: Tests went well, so traffic goes over
  landfall.aws.ecs_deployment:
    cluster: prod
    name: api
    action: continue
"""

RETURN = r"""
deployment:
  description: The deployment that was acted on or waited for, as far as it is known.
  returned: always, if it is known
  type: dict
  sample: {id: ecs-svc/1234567890123456789, status: SUCCESSFUL, task_definition: "api:42"}
task_definition:
  description: The task definition that the service is on.
  returned: always, if it is known
  type: str
  sample: api:42
failure:
  description: Why a deployment failed, as M(landfall.aws.ecs_service) returns it.
  returned: when a deployment that was waited for did not succeed
  type: dict
changes:
  description: What happens (V(change) or V(unchanged)), and why.
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
from ansible_collections.landfall.aws.plugins.module_utils.ecs import diagnose
from ansible_collections.landfall.aws.plugins.module_utils.ecs.deployment import Deployment, mistakes
from ansible_collections.landfall.aws.plugins.module_utils.ecs.wait import WAIT_OPTIONS, Failed, Watch
from ansible_collections.landfall.aws.plugins.module_utils.outcome import outcome
from ansible_collections.landfall.aws.plugins.module_utils.progress import teller

OPTIONS = {
    "name": {"type": "str", "required": True, "aliases": ["service"]},
    "cluster": {"type": "str", "default": "default"},
    "action": {"type": "str", "choices": ["rollback", "stop", "continue"]},
    "to_revision": {"type": "str"},
    "hook_id": {"type": "str"},
    "wait": {"type": "bool", "default": True},
    "wait_for": {"type": "str", "choices": ["deployment", "stable", "pause"], "default": "deployment"},
    **WAIT_OPTIONS,
}


def known(deployment):
    """What is returned of a run, whether it went well or not."""
    described, record = deployment.described or {}, deployment.record or {}
    status = {"status": record["status"]} if "status" in record else {}
    about = deployment.watch.report() or status
    told = {"deployment": about, "task_definition": diagnose.tail(described.get("taskDefinition"))}
    return {key: value for key, value in told.items() if value}


def main():
    module = LandfallModule(
        argument_spec=OPTIONS,
        required_one_of=[("action", "to_revision")],
        mutually_exclusive=[("action", "to_revision")],
        supports_check_mode=True,
    )
    client, options = module.client("ecs"), module.params
    reader = diagnose.Reader(client, lambda: module.client("logs"), options["cluster"], options["diagnose"])
    watch = Watch(client, reader, options["name"], options, teller(options["progress_file"]))
    deployment = Deployment(client, options, watch)
    try:
        refuse_mistakes([*mistakes(options), *diagnose.mask_mistakes(options["diagnose"]["mask"])])
        change = deployment.converge(module.check_mode)
    except Failed as failed:
        module.refuse(str(failed), failure=failed.failure, changed=deployment.changed, **known(deployment))
    except Refused as refusal:
        module.refuse(str(refusal), changed=deployment.changed, **known(deployment))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The deployment of {deployment.label} can't be changed")
    module.finish(**outcome([change], lambda each: (each.before, each.after)), notes=watch.notes, **known(deployment))


if __name__ == "__main__":
    main()
