#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: billing_alarm
short_description: Manage a CloudWatch alarm on what an AWS account costs this month
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Creates, changes and removes an alarm on the metric C(EstimatedCharges) of C(AWS/Billing), which tells SNS topics when the
    costs of the whole account since the month began are above an amount.
  - The alarm carries its tags from the call that creates it. M(amazon.aws.cloudwatch_metric_alarm) can't tag alarms, so nobody
    could tell whose they are.
  - Only an alarm with the tags C(Name), C(Project), C(Environment) and C(ManagedBy=landfall.aws) is changed or removed. One of
    the same name without them is refused, and left alone by V(absent).
  - The alarm and its topics are in us-east-1, where AWS keeps this metric, whatever the region is.
  - The metric is there once the account's owner has switched on CloudWatch billing alerts, which no call of AWS can do.
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
      - Name of the alarm, unique in the region.
    type: str
    required: true
  threshold:
    description:
      - The amount above which the alarm goes off, above 0. Needed with O(state=present).
    type: float
  currency:
    description:
      - The currency that the account is billed in.
    type: str
    default: USD
  topic_arns:
    description:
      - ARNs of SNS topics in us-east-1 that are told. Needed with O(state=present).
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
- name: Alarm goes off above ten dollars
  landfall.aws.billing_alarm:
    name: shop-dev
    project: shop
    environment: dev
    threshold: 10
    topic_arns: [arn:aws:sns:us-east-1:123456789012:alerts]

- name: Alarm is gone
  landfall.aws.billing_alarm:
    name: shop-dev
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
from ansible_collections.landfall.aws.plugins.module_utils.cloudwatch import api
from ansible_collections.landfall.aws.plugins.module_utils.guardrails import alarm
from ansible_collections.landfall.aws.plugins.module_utils.plan_options import OWNED_OPTIONS
from ansible_collections.landfall.aws.plugins.module_utils.rules import RULES

OPTIONS = {
    **OWNED_OPTIONS,
    "threshold": {"type": "float"},
    "currency": {"type": "str", "default": "USD"},
    "topic_arns": {"type": "list", "elements": "str", "default": []},
}


def mistakes(options):
    found = [f"topic_arns: {sentence}" for each in options["topic_arns"] for sentence in RULES["topic_arn"](each)]
    if options["threshold"] is not None:
        found += [f"threshold: {sentence}" for sentence in RULES["usd"](options["threshold"])]
    return found + [f"tags: {sentence}" for sentence in RULES["tags"](options["tags"] or {})]


def main():
    required = [("state", "present", ("threshold", "topic_arns"))]
    module = LandfallModule(argument_spec=OPTIONS, required_if=required, supports_check_mode=True)
    options, name = module.params, module.params["name"]
    try:
        refuse_mistakes(mistakes(options))
        cloudwatch = module.client("cloudwatch", region=alarm.REGION)
        described = api.metric_alarm(cloudwatch, name)
        tags = api.alarm_tags(cloudwatch, described["AlarmArn"]) if described else {}
        changes = alarm.plan(options, described, tags)
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
