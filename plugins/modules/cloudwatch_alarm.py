#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudwatch_alarm
short_description: Manage an alarm of CloudWatch on one metric, with tags
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Creates, changes and removes an alarm on one metric. Unlike M(amazon.aws.cloudwatch_metric_alarm) it tags the alarm, so that
    ours can be told from others'.
  - An alarm is ours when it carries the tags C(Project), C(Environment) and C(ManagedBy=landfall.aws). One of the same name that
    does not is left alone; the module fails, and with O(state=absent) it does nothing.
  - No change costs two calls to AWS.
options:
  state:
    description:
      - Whether the alarm should exist.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - Name of the alarm, 1 to 255 characters. It becomes the tag C(Name), unless O(tags) has another.
    type: str
    required: true
  description:
    description:
      - What it means when the alarm goes off, for whoever is told, up to 1024 characters.
    type: str
    default: ""
  namespace:
    description:
      - Namespace of the metric, like V(AWS/Lambda). Needed with O(state=present).
    type: str
  metric_name:
    description:
      - Name of the metric, like V(Errors). Needed with O(state=present).
    type: str
  dimensions:
    description:
      - What tells the metric from others of the same name, like C(FunctionName).
    type: dict
    default: {}
  statistic:
    description:
      - How the values of a period become one.
    type: str
    choices: [Average, Maximum, Minimum, SampleCount, Sum]
    default: Sum
  period:
    description:
      - Seconds of a period, 10, 20, 30 or a multiple of 60.
    type: int
    default: 300
  evaluation_periods:
    description:
      - In how many periods, one after the other, it must be so.
    type: int
    default: 1
  comparison_operator:
    description:
      - On which side of O(threshold).
    type: str
    choices:
      - GreaterThanOrEqualToThreshold
      - GreaterThanThreshold
      - LessThanOrEqualToThreshold
      - LessThanThreshold
    default: GreaterThanThreshold
  threshold:
    description:
      - The limit, in the metric's unit.
    type: float
    default: 0
  treat_missing_data:
    description:
      - What a period without values means.
    type: str
    choices: [breaching, ignore, missing, notBreaching]
    default: notBreaching
  alarm_actions:
    description:
      - ARNs of what is told when the alarm goes off, like SNS topics, 5 at most by AWS's rule.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - landfall.aws.resource
  - landfall.aws.resource.owned
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Somebody is told when a function fails
  landfall.aws.cloudwatch_alarm:
    name: shop-dev-thumbnail-errors
    project: shop
    environment: dev
    namespace: AWS/Lambda
    metric_name: Errors
    dimensions: {FunctionName: shop-dev-thumbnail}
    alarm_actions: ["arn:aws:sns:eu-west-3:123456789012:alerts"]

- name: Alarm is gone
  landfall.aws.cloudwatch_alarm:
    name: shop-dev-thumbnail-errors
    project: shop
    environment: dev
    state: absent
"""

RETURN = r"""
changes:
  description: What happens to the alarm (V(add), V(change), V(remove) or V(unchanged)), and why.
  returned: success
  type: list
  elements: dict
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
"""

from ansible_collections.landfall.aws.plugins.module_utils.changes import (
    Refused,
    differences,
    pending,
    refuse_mistakes,
    report,
)
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.cloudwatch import alarm, api
from ansible_collections.landfall.aws.plugins.module_utils.plan_options import OWNED_OPTIONS

COMPARISONS = (
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanThreshold",
)
OPTIONS = {
    **OWNED_OPTIONS,
    "description": {"type": "str", "default": ""},
    "namespace": {"type": "str"},
    "metric_name": {"type": "str"},
    "dimensions": {"type": "dict", "default": {}},
    "statistic": {
        "type": "str",
        "choices": ["Average", "Maximum", "Minimum", "SampleCount", "Sum"],
        "default": alarm.RULE["statistic"],
    },
    "period": {"type": "int", "default": alarm.RULE["period"]},
    "evaluation_periods": {"type": "int", "default": alarm.RULE["evaluation_periods"]},
    "comparison_operator": {"type": "str", "choices": list(COMPARISONS), "default": alarm.RULE["comparison_operator"]},
    "threshold": {"type": "float", "default": alarm.RULE["threshold"]},
    "treat_missing_data": {
        "type": "str",
        "choices": ["breaching", "ignore", "missing", "notBreaching"],
        "default": alarm.RULE["treat_missing_data"],
    },
    "alarm_actions": {"type": "list", "elements": "str", "default": []},
}


def main():
    required = [("state", "present", ("namespace", "metric_name"))]
    module = LandfallModule(argument_spec=OPTIONS, required_if=required, supports_check_mode=True)
    options, name = module.params, module.params["name"]
    try:
        refuse_mistakes(alarm.mistakes(options))
        cloudwatch = module.client("cloudwatch")
        described = api.metric_alarm(cloudwatch, name)
        have = [alarm.live(described, api.alarm_tags(cloudwatch, described["AlarmArn"]))] if described else []
        changes = alarm.plan(options, have)
        if pending(changes) and not module.check_mode:
            differing = differences(changes[0].after or {}, changes[0].before or {})
            api.apply(cloudwatch, changes[0], alarm.document, differing)
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The alarm {name} can't be made {options['state']}")
    result = report(changes)
    module.finish(changed=result["pending"], changes=result["changes"], diff=result["diff"])


if __name__ == "__main__":
    main()
