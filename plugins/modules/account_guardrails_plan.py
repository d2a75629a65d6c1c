#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: account_guardrails_plan
short_description: Plan the budget, the billing alarm and the password policy of an AWS account
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Compares what shall guard an account against costs and weak passwords with what does, and returns what has to be changed. It
    changes nothing itself; the role P(landfall.aws.guardrails#role) applies the plan.
  - Refuses to work with the credentials of the account's root user.
  - What is ours is found by its name and the tags C(Name), C(Project), C(Environment) and C(ManagedBy=landfall.aws).
    Where something of the same name lacks them, it fails and names it.
  - The password policy is the account's. It has no tags, and is never planned to be weaker than it is.
  - An unchanged run costs twelve calls to AWS, with two notifications, most of them side by side.
options:
  amount:
    description:
      - What may be spent in a month, above 0. Needed with O(state=present).
    type: str
  currency:
    description:
      - The currency of the amounts, as the account is billed in.
    type: str
    default: USD
  project_only:
    description:
      - Whether the budget counts only what carries the tag C(Project) of O(project). The alarm always counts the whole account.
    type: bool
    default: false
  emails:
    description:
      - Mail addresses that the budget and the alarm write to. Needed with O(state=present).
    type: list
    elements: str
    default: []
  sns_topic_arn:
    description:
      - ARN of an SNS topic that the budget tells, too.
    type: str
  alarm_amount:
    description:
      - The costs of the account in a month above which the alarm goes off. V(0) is for no alarm.
    type: float
    default: 0
  password_policy:
    description:
      - What the account's password policy must demand at least. When left out, the policy is left as it is.
    type: dict
    suboptions:
      min_pw_length:
        description: How many characters a password has, 6 to 128 by AWS's rule.
        type: int
        default: 12
      pw_max_age:
        description: After how many days a password has to be changed, up to 1095. V(0) is for never.
        type: int
        default: 90
      pw_reuse_prevent:
        description: How many earlier passwords may not come again, up to 24.
        type: int
        default: 5
      require_symbols:
        description: Whether a password needs a symbol.
        type: bool
        default: true
      require_numbers:
        description: Whether a password needs a digit.
        type: bool
        default: true
      require_uppercase:
        description: Whether a password needs an upper case letter.
        type: bool
        default: true
      require_lowercase:
        description: Whether a password needs a lower case letter.
        type: bool
        default: true
  remove_password_policy:
    description:
      - Whether O(state=absent) takes the account's password policy, too. AWS's default is in force then.
    type: bool
    default: false
  allow_root:
    description:
      - Whether to work with the credentials of the root user.
    type: bool
    default: false
extends_documentation_fragment:
  - landfall.aws.plan
  - landfall.aws.plan.attributes
  - landfall.aws.resource.notifications
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: See what is missing
  landfall.aws.account_guardrails_plan:
    name: shop-dev-guardrails
    project: shop
    environment: dev
    amount: "10"
    alarm_amount: 10
    emails: [ops@example.com]
    password_policy: {}
    region: eu-west-3
  check_mode: true
  diff: true
"""

RETURN = r"""
account_id:
  description: Id of the account.
  returned: success
  type: str
  sample: "123456789012"
topic_arn:
  description: ARN of the topic that the alarm tells, also where it is not there yet.
  returned: success
  type: str
subscriptions:
  description: All that shall hear of the topic, others' subscriptions too, each with C(protocol) and C(endpoint).
  returned: success
  type: list
  elements: dict
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
  sample: "Plan: 4 to add, 0 to change, 0 to remove"
plan:
  description: The plan in lines to be read.
  returned: success
  type: list
  elements: str
todo:
  description: The changes by what has to be done (C(create) or C(remove)) and by type, for the tasks that apply them.
  returned: success
  type: dict
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

from ansible_collections.landfall.aws.plugins.module_utils.budgets.canonical import NOTIFICATION_OPTIONS
from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, refuse_mistakes
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.guardrails import alarm, api, plan
from ansible_collections.landfall.aws.plugins.module_utils.plan_options import PLAN_OPTIONS, finish_plan

OPTIONS = {
    "amount": {"type": "str"},
    "currency": {"type": "str", "default": "USD"},
    "project_only": {"type": "bool", "default": False},
    "notifications": {"type": "list", "elements": "dict", "options": NOTIFICATION_OPTIONS},
    "emails": {"type": "list", "elements": "str", "default": []},
    "sns_topic_arn": {"type": "str"},
    "alarm_amount": {"type": "float", "default": 0},
    "password_policy": {"type": "dict", "options": plan.PASSWORD_OPTIONS, "no_log": False},
    "remove_password_policy": {"type": "bool", "default": False},
}


def clients(module):
    """Made here, because making a client is not safe in threads."""
    billing = {name: module.client(name, region=alarm.REGION) for name in ("cloudwatch", "sns")}
    return {**billing, **{name: module.client(name) for name in ("sts", "iam", "budgets")}}


def read(module, spec):
    """The account, and what guards it."""
    connected = clients(module)
    first = api.read(connected, spec.name)
    plan.refuse_caller(first["identity"], module.params["allow_root"])
    for answer in first.values():
        if isinstance(answer, Exception):
            raise answer
    account, partition = first["identity"]["Account"], connected["sns"].meta.partition
    topic = f"arn:{partition}:sns:{alarm.REGION}:{account}:{spec.name}"
    rest = api.read_details(connected, spec.name, account, topic, first["alarm"])
    return account, plan.Guard(
        budget=rest["found_budget"],
        alarm=first["alarm"],
        alarm_tags=rest.get("alarm_tags", {}),
        topic_arn=topic,
        topic_tags=rest["topic_tags"],
        subscriptions=rest["subscriptions"],
        password_policy=first["password_policy"],
        billing_metrics=first["billing_metrics"],
    )


def main():
    allow = {"allow_root": {"type": "bool", "default": False}}
    module = LandfallModule(argument_spec={**PLAN_OPTIONS, **OPTIONS, **allow}, supports_check_mode=True)
    names = ("state", "name", "project", "environment", "tags", *OPTIONS)
    spec = plan.Spec(**{option: module.params[option] for option in names})
    try:
        refuse_mistakes(plan.mistakes(spec))
        account, live = read(module, spec)
        changes = plan.plan(spec, live)
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"What guards the account of {spec.project} can't be read")
    told = [{key.lower(): to for key, to in each.items()} for each in plan.subscriptions(spec, live)]
    more = {"account_id": account, "topic_arn": live.topic_arn, "subscriptions": told}
    finish_plan(module, changes, plan.notes(spec, live), **more)


if __name__ == "__main__":
    main()
