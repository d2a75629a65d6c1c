#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: serverless_plan
short_description: Plan functions of AWS Lambda with what is around them, and a state machine that calls them
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Compares functions, their roles, logs, alarms and triggers, buckets, a topic and a state machine with what is live, and
    returns what has to be changed. It changes nothing itself; P(landfall.aws.lambda_function#role) and
    P(landfall.aws.pipeline#role) apply the plan.
  - A function is built from a folder of Python. The same sources give the same bytes on every machine, so unchanged code is no
    change. What C(requirements.txt) at the top of the folder names is bundled for the function's runtime and architecture, whatever
    this machine's are. It needs pip then, and what was installed once is kept in O(cache_dir).
  - Each function has a role of its own, which may do what O(functions[].policy_statements) says, write its own logs and send
    traces, and nothing else.
  - What is ours is found by O(name), and by the tags C(Name), C(Project), C(Environment) and C(ManagedBy=landfall.aws). Where
    something that is wanted exists without them, it fails and names it. What is ours and not wanted any more goes.
  - C(${Name}) in policies, in environment variables and in the definition stands for the ARN of the function of that name in
    O(functions). C(${topic}), C(${state_machine}), C(${account_id}), C(${region}) and C(${partition}) can be used, too.
  - An unchanged run costs 11 calls to AWS, 7 for each function, 9 for each bucket and 5 for a state machine, side by side.
options:
  buckets:
    description:
      - Buckets with versions, encrypted, closed to the public, and closed to requests without TLS. They are the only ones that
        are made and removed.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the bucket, unique in the world.
        type: str
        required: true
      expirations:
        description: What is removed after some days, with all its versions.
        type: list
        elements: dict
        default: []
        suboptions:
          prefix:
            description: What the objects' keys begin with.
            type: str
            required: true
          days:
            description: How many days they are kept.
            type: int
            required: true
  functions:
    description:
      - The functions.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: What the function is called within O(name), which comes before it with a hyphen. With O(name) itself the
          function is called that.
        type: str
        required: true
      path:
        description: Folder with the function's sources, on the machine on which the module runs.
        type: path
        required: true
      files:
        description: Patterns of the files in the folder that make up the function. V(*) stands for slashes, too.
        type: list
        elements: str
        default: ["*"]
      handler:
        description: File and function that is called, like V(app.handler) for C(handler) in C(app.py).
        type: str
        required: true
      runtime:
        description: The version of Python, if not O(runtime).
        type: str
      architecture:
        description: The processor, if not O(architecture).
        type: str
        choices: [x86_64, arm64]
      memory_size:
        description: Memory in MB, 128 to 10240. The processor's share grows with it.
        type: int
        default: 128
      timeout:
        description: Seconds after which a call is broken off, 1 to 900.
        type: int
        default: 30
      environment_variables:
        description: Its environment. Everybody who may describe the function can read it, so it is no place for secrets.
        type: dict
        default: {}
      policy_statements:
        description: What it may do, as statements of IAM with C(Action) and C(Resource).
        type: list
        elements: dict
        default: []
      triggers:
        description: Which new objects call it. A bucket that O(buckets) does not name must be there, and carry our tags.
        type: list
        elements: dict
        default: []
        suboptions:
          bucket:
            description: Name of the bucket.
            type: str
            required: true
          prefix:
            description: What the objects' keys begin with.
            type: str
            default: ""
          suffix:
            description: What the objects' keys end with.
            type: str
            default: ""
      alarm_threshold:
        description: How many errors within five minutes are no reason for an alarm. V(-1) is for no alarm.
        type: int
        default: 0
  runtime:
    description:
      - The version of Python that functions have.
    type: str
    default: python3.13
  architecture:
    description:
      - The processor that functions have.
    type: str
    choices: [x86_64, arm64]
    default: x86_64
  topic:
    description:
      - Whether there is an SNS topic, which alarms tell, and which gets what a triggered function could not do.
    type: bool
    default: false
  emails:
    description:
      - Mail addresses that the topic writes to. They have to confirm.
    type: list
    elements: str
    default: []
  alarm_actions:
    description:
      - ARNs of what else alarms tell.
    type: list
    elements: str
    default: []
  state_machine:
    description:
      - The state machine. It is V(STANDARD), may call the functions that have no triggers and tell the topic, and logs and traces.
    type: dict
    suboptions:
      definition_file:
        description: Path of its definition, in JSON or YAML.
        type: path
        required: true
      substitutions:
        description: What further C(${Name}) stand for.
        type: dict
        default: {}
      policy_statements:
        description: What else it may do.
        type: list
        elements: dict
        default: []
      log_level:
        description: Which events of executions are logged.
        type: str
        choices: [ALL, ERROR, FATAL]
        default: ERROR
  retention_in_days:
    description:
      - How long logs are kept.
    type: int
    default: 30
  delete_objects:
    description:
      - Whether O(state=absent) takes buckets that have objects, with all versions of them.
    type: bool
    default: false
  cache_dir:
    description:
      - Folder for packages and installed dependencies.
    type: path
    default: ~/.cache/landfall.aws
  jobs:
    description:
      - Absolute paths of the files in which tasks with C(async) that applied the plan leave their results, each with the name of
        what the task was for. They are waited for.
    type: dict
    default: {}
  failed_before:
    description:
      - RV(failures) of the round before.
    type: dict
    default: {}
  rounds:
    description:
      - RV(rounds) of the plan before, when this one follows what was done of it. After fifteen the module fails with what is left.
    type: int
  wait_timeout:
    description:
      - How many seconds to wait for those tasks.
    type: int
    default: 600
extends_documentation_fragment:
  - landfall.aws.plan
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: See what is missing
  landfall.aws.serverless_plan:
    name: shop-dev-thumbnail
    project: shop
    environment: dev
    functions:
      - name: shop-dev-thumbnail
        path: functions/thumbnail
        handler: thumbnail.handler
        triggers: [{bucket: shop-dev-uploads, prefix: images/}]
        policy_statements:
          - {Action: s3:GetObject, Resource: "arn:aws:s3:::shop-dev-uploads/images/*"}
    region: eu-west-3
  check_mode: true
  diff: true
"""

RETURN = r"""
changes:
  description: What has to happen, in the order of creation, removals last.
  returned: success
  type: list
  elements: dict
pending:
  description: Whether there is anything to do.
  returned: success
  type: bool
summary:
  description: The plan in one line.
  returned: success
  type: str
  sample: "Plan: 31 to add, 0 to change, 0 to remove"
plan:
  description: The plan in lines to be read.
  returned: success
  type: list
  elements: str
todo:
  description: The changes that can be done now, by what has to be done (C(create) or C(remove)) and by type.
  returned: success
  type: dict
packages:
  description: Files with the code of the functions, by name.
  returned: success
  type: dict
subscriptions:
  description: All that shall hear of the topic, others' subscriptions too, each with C(protocol) and C(endpoint).
  returned: success
  type: list
  elements: dict
delete_objects:
  description: The option O(delete_objects).
  returned: success
  type: bool
role_path:
  description: The path of the functions' roles in IAM.
  returned: success
  type: str
  sample: /landfall/shop-dev-thumbnail/eu-west-3/
function_arns:
  description: ARNs of the functions by their names in O(functions), also where they are not there yet.
  returned: success
  type: dict
topic_arn:
  description: ARN of the topic, empty without one.
  returned: success
  type: str
state_machine_arn:
  description: ARN of the state machine, empty without one.
  returned: success
  type: str
substitutions:
  description: What the placeholders in the definition stand for.
  returned: success
  type: dict
failures:
  description: Why tasks of O(jobs) failed that are worth another try, and how often so far.
  returned: success
  type: dict
rounds:
  description: How many rounds of a plan have been done, this one's O(rounds) and one.
  returned: success
  type: int
notes:
  description: What was noticed and left alone.
  returned: success
  type: list
  elements: str
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
"""

from ansible_collections.landfall.aws.plugins.module_utils import jobs
from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, refuse_mistakes
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.plan_options import PLAN_OPTIONS, finish_plan
from ansible_collections.landfall.aws.plugins.module_utils.serverless import api, order, package, plan, rounds, spec

OPTIONS = {
    "buckets": {"type": "list", "elements": "dict", "default": [], "options": spec.BUCKET_OPTIONS},
    "functions": {"type": "list", "elements": "dict", "default": [], "options": spec.FUNCTION_OPTIONS},
    "runtime": {"type": "str", "default": "python3.13"},
    "architecture": {"type": "str", "choices": list(spec.ARCHITECTURES), "default": "x86_64"},
    "topic": {"type": "bool", "default": False},
    "emails": {"type": "list", "elements": "str", "default": []},
    "alarm_actions": {"type": "list", "elements": "str", "default": []},
    "state_machine": {"type": "dict", "options": spec.STATE_MACHINE_OPTIONS},
    "retention_in_days": {"type": "int", "default": 30},
    "delete_objects": {"type": "bool", "default": False},
    "cache_dir": {"type": "path", "default": "~/.cache/landfall.aws"},
    **rounds.OPTIONS,
}


def main():
    module = LandfallModule(argument_spec={**PLAN_OPTIONS, **OPTIONS}, supports_check_mode=True)
    options, wanted = module.params, spec.from_options(module.params)
    try:
        refuse_mistakes(spec.mistakes(wanted, module.region))
        failures = rounds.failures(options)
        packages = package.of_functions(wanted, options["cache_dir"])
        clients = {name: module.client(name) for name in api.SERVICES}
        place = api.place(clients["sts"])
        live = api.read(clients, wanted, place)
        changes = plan.plan(wanted, place, live, {name: each.sha256 for name, each in packages.items()})
        number = jobs.next_round(options["rounds"], changes)
        kept = {} if module.check_mode else package.keep_all(packages, wanted, changes, options["cache_dir"])
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"What belongs to {wanted.name} can't be read")
    more = {"todo": order.ready(changes), "packages": kept, "failures": failures, "rounds": number}
    more["subscriptions"] = plan.subscriptions(changes)
    finish_plan(module, changes, plan.notes(wanted, live), **more, **wanted.facts(place))


if __name__ == "__main__":
    main()
