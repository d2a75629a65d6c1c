#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: scheduler_schedule
short_description: Manage a schedule of Amazon EventBridge Scheduler
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Creates, changes and removes a schedule that calls AWS at set times, for instance to stop instances in the evening.
  - An option that is left out is left as it is, although AWS itself resets at every update what the update does not name.
  - A role that was made just before can't be assumed at once. The module goes on trying for 90 seconds.
  - No change costs one call to AWS, any other state two.
options:
  state:
    description:
      - Whether the schedule should exist.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - Name of the schedule, unique within its group.
    type: str
    required: true
  group_name:
    description:
      - The group that the schedule lies in. Tags belong to groups; a schedule has none.
    type: str
    default: default
  description:
    description:
      - What the schedule is for.
    type: str
  schedule_expression:
    description:
      - When, like cron(0 20 ? * MON-FRI *), rate(1 day) or at(2027-01-31T20:00:00). Needed for a new schedule.
    type: str
  schedule_expression_timezone:
    description:
      - Time zone of O(schedule_expression), like V(Europe/Paris). A new schedule's is UTC when this is left out.
    type: str
  schedule_state:
    description:
      - Whether the schedule is in force.
    type: str
    choices: [ENABLED, DISABLED]
  action_after_completion:
    description:
      - What becomes of the schedule after its last time.
    type: str
    choices: [NONE, DELETE]
  flexible_time_window:
    description:
      - How punctual the schedule is. A new one is when this is left out.
    type: dict
    suboptions:
      mode:
        description: V(FLEXIBLE) lets AWS choose a time within the window.
        type: str
        choices: ["OFF", FLEXIBLE]
        required: true
      maximum_window_in_minutes:
        description: Length of the window.
        type: int
  target:
    description:
      - What is called. Needed for a new schedule.
      - What AWS knows of the target besides these options stays, as long as O(target.arn) does.
    type: dict
    suboptions:
      arn:
        description: A resource, or for any call of AWS one like V(arn:aws:scheduler:::aws-sdk:ec2:stopInstances).
        type: str
      role_arn:
        description: The role as which it is called.
        type: str
      input:
        description: What the target is told.
        type: json
      retry_policy:
        description: What happens when the call fails.
        type: dict
        suboptions:
          maximum_event_age_in_seconds:
            description: For how long it is tried again.
            type: int
          maximum_retry_attempts:
            description: How often it is tried again.
            type: int
      dead_letter_config:
        description: Where calls go that failed for good.
        type: dict
        suboptions:
          arn:
            description: An SQS queue.
            type: str
            required: true
extends_documentation_fragment:
  - landfall.aws.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Instance is stopped in the evening
  landfall.aws.scheduler_schedule:
    name: stop
    group_name: shop-dev-power
    schedule_expression: cron(0 20 ? * MON-FRI *)
    schedule_expression_timezone: Europe/Paris
    target:
      arn: arn:aws:scheduler:::aws-sdk:ec2:stopInstances
      role_arn: arn:aws:iam::123456789012:role/shop-dev-power
      input: {InstanceIds: [i-0123456789abcdef0]}

- name: Schedule is out of force for now
  landfall.aws.scheduler_schedule:
    name: stop
    group_name: shop-dev-power
    schedule_state: DISABLED
"""

RETURN = r"""
schedule:
  description: The schedule as it is now, or in check mode as it would be. Empty if it does not exist.
  returned: success
  type: dict
  sample:
    name: stop
    group_name: shop-dev-power
    arn: arn:aws:scheduler:eu-west-3:123456789012:schedule/shop-dev-power/stop
    schedule_expression: cron(0 20 ? * MON-FRI *)
    schedule_expression_timezone: Europe/Paris
    state: ENABLED
changes:
  description: What happens to the schedule (V(add), V(change), V(remove) or V(unchanged)), and why.
  returned: success
  type: list
  elements: dict
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
"""

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, pending, refuse_mistakes, report
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.rules import RULES
from ansible_collections.landfall.aws.plugins.module_utils.scheduler import api, canonical

RETRY_POLICY = {"maximum_event_age_in_seconds": {"type": "int"}, "maximum_retry_attempts": {"type": "int"}}
TARGET = {
    "arn": {"type": "str"},
    "role_arn": {"type": "str"},
    "input": {"type": "json"},
    "retry_policy": {"type": "dict", "options": RETRY_POLICY},
    "dead_letter_config": {"type": "dict", "options": {"arn": {"type": "str", "required": True}}},
}
WINDOW = {
    "mode": {"type": "str", "choices": ["OFF", "FLEXIBLE"], "required": True},
    "maximum_window_in_minutes": {"type": "int"},
}
OPTIONS = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "name": {"type": "str", "required": True},
    "group_name": {"type": "str", "default": "default"},
    "description": {"type": "str"},
    "schedule_expression": {"type": "str"},
    "schedule_expression_timezone": {"type": "str"},
    "schedule_state": {"type": "str", "choices": ["ENABLED", "DISABLED"]},
    "action_after_completion": {"type": "str", "choices": ["NONE", "DELETE"]},
    "flexible_time_window": {"type": "dict", "options": WINDOW},
    "target": {"type": "dict", "options": TARGET},
}


def mistakes(options):
    found = []
    for option, rule in (("schedule_expression", "schedule_expression"), ("schedule_expression_timezone", "time_zone")):
        if options[option] is not None:
            found += [f"{option}: {sentence}" for sentence in RULES[rule](options[option])]
    return found


def apply(client, options, given, live):
    """Make it so; the schedule's ARN."""
    place = {"GroupName": options["group_name"], "Name": options["name"]}
    if options["state"] == "absent":
        return api.delete_schedule(client, options["group_name"], options["name"])
    if live:
        return api.update_schedule(client, {**place, **canonical.merged(given, live)})
    return api.create_schedule(client, {**place, **canonical.merged(given, {})})


def main():
    module = LandfallModule(argument_spec=OPTIONS, supports_check_mode=True)
    options, given = module.params, canonical.document(module.params)
    name, group, present = options["name"], options["group_name"], options["state"] == "present"
    try:
        refuse_mistakes(mistakes(options))
        client = module.client("scheduler")
        live = api.schedule(client, group, name)
        if present:
            refuse_mistakes([f"{each}: must be given for a new schedule" for each in canonical.missing(given, live)])
        changes = canonical.plan_schedule(name, options["state"], given, live)
        arn = (live or {}).get("Arn", "")
        if pending(changes) and not module.check_mode:
            arn = apply(client, options, given, live)
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The schedule {name} in the group {group} can't be made {options['state']}")
    shown = canonical.described(name, group, canonical.merged(given, live or {}), arn) if present else {}
    result = report(changes)
    module.finish(changed=result["pending"], schedule=shown, changes=result["changes"], diff=result["diff"])


if __name__ == "__main__":
    main()
