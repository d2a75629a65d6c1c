#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: stepfunctions_alias
short_description: Manage an alias of an AWS Step Functions state machine, and shift it from version to version
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - An alias leads executions to one version of a state machine, or shares them out between two. This module creates it, moves
    it at once or step by step, looks at CloudWatch alarms meanwhile, and takes it back when one of them fires.
  - What belongs to one shift is one task. A run that is killed leaves the alias at the step where it was; the next one with the
    same O(version) goes on from there, after watching that step for its whole interval.
  - Nothing is shifted when an alarm does not exist or fires already. If one fires at a shift that a killed run had begun, that
    is taken back.
  - No change costs one call to AWS, any other state two, and one more asks for the account where O(state_machine) is a name.
    V(latest) costs one more. Each further step costs a call to see whether the alias is still as it was left, and one to
    move it; each look at the alarms costs one.
  - Each step is shown as soon as it is taken, if the module runs on the controller.
options:
  state:
    description:
      - Whether the alias should exist.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - Name of the alias, 1 to 80 letters, digits, V(_), V(-) and V(.); not a number.
    type: str
    required: true
  state_machine:
    description:
      - Name or ARN of the state machine.
    type: str
    required: true
    aliases: [state_machine_arn]
  version:
    description:
      - The version that all executions are led to in the end. A number, a version's ARN, or V(latest) for the one that was
        published last. A new alias needs this or O(routing).
    type: str
  routing:
    description:
      - One or two versions and their shares, for an alias that is to stay so.
    type: list
    elements: dict
    suboptions:
      version:
        description: A number, a version's ARN, or V(latest).
        type: str
        required: true
      weight:
        description: Its share in percent. All come to 100.
        type: int
        required: true
  description:
    description:
      - What the alias is for, up to 256 characters.
    type: str
  strategy:
    description:
      - How an alias that exists goes over to O(version). With V(all_at_once) in one step.
      - With V(canary) O(percent) of the executions go there first, and after O(interval_minutes) all.
      - With V(linear) O(percent) more go there at every O(interval_minutes).
    type: str
    choices: [all_at_once, canary, linear]
    default: all_at_once
  percent:
    description:
      - The size of a step, 1 to 99 percent. Needed for V(canary) and V(linear).
    type: int
  interval_minutes:
    description:
      - For how many minutes each step but the last is watched. Needed for V(canary) and V(linear).
    type: float
  alarms:
    description:
      - Names of CloudWatch alarms, metric alarms or composite ones, up to 100. When one of them is in C(ALARM), cannot be found
        or cannot be read, the shift has failed.
    type: list
    elements: str
    default: []
  bake_minutes:
    description:
      - For how many minutes the alarms are looked at after the last step.
    type: float
    default: 0
  rollback:
    description:
      - Whether the alias is led back when a shift fails, to what it was before it. The module fails in any case.
    type: bool
    default: true
  wait_delay:
    description:
      - How many seconds there are between two looks at the alarms.
    type: float
    default: 15
  progress_file:
    description:
      - A file that a line is added to at each step. Where the module runs on the controller, these lines are shown anyway.
    type: path
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - landfall.aws.resource
seealso:
  - module: landfall.aws.stepfunctions_state_machine
"""

EXAMPLES = r"""
- name: Each change is a version
  landfall.aws.stepfunctions_state_machine:
    name: orders
    definition_file: files/orders.asl.yaml
    role_arn: arn:aws:iam::123456789012:role/orders
    publish: true
  register: orders

- name: A tenth of the orders goes to it for ten minutes, then all
  landfall.aws.stepfunctions_alias:
    name: live
    state_machine: orders
    version: "{{ orders.state_machine_version_arn }}"
    strategy: canary
    percent: 10
    interval_minutes: 10
    bake_minutes: 5
    alarms: [orders-failed, orders-slow]

- name: Orders go back to version 7 at once
  landfall.aws.stepfunctions_alias:
    name: live
    state_machine: orders
    version: "7"

- name: Alias is gone
  landfall.aws.stepfunctions_alias:
    name: live
    state_machine: orders
    state: absent
"""

RETURN = r"""
alias:
  description: The alias as it is now, or in check mode as it would be. Empty if it does not exist.
  returned: success
  type: dict
  sample:
    name: live
    state_machine_alias_arn: arn:aws:states:eu-west-3:123456789012:stateMachine:orders:live
    routing: {"8": 100}
state_machine_alias_arn:
  description: ARN of the alias, also where it does not exist.
  returned: success
  type: str
  sample: arn:aws:states:eu-west-3:123456789012:stateMachine:orders:live
steps:
  description: The steps that were taken, also those of a shift that failed; in check mode those that would be.
  returned: always, if there were any
  type: list
  elements: dict
  sample:
    - {at: "2026-11-21T12:00:00+00:00", routing: {"7": 90, "8": 10}, watched_seconds: 600}
    - {at: "2026-11-21T12:10:01+00:00", routing: {"8": 100}, watched_seconds: 300}
alarm_states:
  description: The state of each alarm when it was last looked at.
  returned: always, if there are alarms and they were looked at
  type: dict
  sample: {orders-failed: OK}
changes:
  description: What happens to the alias (V(add), V(change), V(remove) or V(unchanged)), and why.
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
from ansible_collections.landfall.aws.plugins.module_utils.outcome import outcome
from ansible_collections.landfall.aws.plugins.module_utils.progress import teller
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import api, shift
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions.alias import Alias
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions.state_machine import find

ROUTE = {"version": {"type": "str", "required": True}, "weight": {"type": "int", "required": True}}
OPTIONS = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "name": {"type": "str", "required": True},
    "state_machine": {"type": "str", "required": True, "aliases": ["state_machine_arn"]},
    "version": {"type": "str"},
    "routing": {"type": "list", "elements": "dict", "options": ROUTE},
    "description": {"type": "str"},
    "strategy": {"type": "str", "choices": ["all_at_once", "canary", "linear"], "default": "all_at_once"},
    "percent": {"type": "int"},
    "interval_minutes": {"type": "float"},
    "alarms": {"type": "list", "elements": "str", "default": []},
    "bake_minutes": {"type": "float", "default": 0},
    "rollback": {"type": "bool", "default": True},
    "wait_delay": {"type": "float", "default": 15},
    "progress_file": {"type": "path"},
}


def so_far(alias):
    """What is returned of a shift, whether it went well or not."""
    told = {"steps": alias.steps, "alarm_states": alias.alarm_states} if alias else {}
    return {key: value for key, value in told.items() if value}


def main():
    module = LandfallModule(
        argument_spec=OPTIONS, mutually_exclusive=[("version", "routing")], supports_check_mode=True
    )
    client, options, alias = module.client("stepfunctions"), module.params, None
    try:
        refuse_mistakes(shift.checked(options))
        arn = find(client, lambda: api.account(module.client("sts")), options["state_machine"])
        alias = Alias(client, lambda: module.client("cloudwatch"), options, arn, teller(options["progress_file"]))
        change = alias.converge(module.check_mode)
    except Refused as refusal:
        module.refuse(str(refusal), **so_far(alias))
    except AWS_ERRORS as error:
        what = f"The alias {options['name']} of {options['state_machine']} can't be made {options['state']}"
        module.fail_json_aws(error, msg=what, **so_far(alias))
    shown = {"alias": shift.shown(arn, options["name"], change), "state_machine_alias_arn": alias.arn}
    module.finish(**outcome([change], shift.documents), **shown, **so_far(alias))


if __name__ == "__main__":
    main()
