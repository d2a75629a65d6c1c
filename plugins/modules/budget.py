#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: budget
short_description: Manage a cost budget of AWS Budgets and who is told of it
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Creates, changes and removes a budget of costs, with the notifications that AWS sends when the costs, or their forecast, come
    near the amount.
  - A budget warns. It stops nothing, and AWS reckons costs up to three times a day, so a warning can come hours late.
  - An option that is left out is left as it is, although AWS itself resets at every update what the update does not name.
  - A new budget comes with its notifications and tags in one call, so a run that was killed leaves nothing half done.
  - Only a budget with the tags C(Name), C(Project), C(Environment) and C(ManagedBy=landfall.aws) is changed or removed. One of
    the same name without them is refused, and left alone by V(absent).
  - No change costs four calls to AWS and one for each notification.
options:
  state:
    description:
      - Whether the budget should exist. V(absent) takes its notifications, too.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - Name of the budget, unique in the account. 1 to 100 characters, without C(:) and C(\\), by AWS's rule.
    type: str
    required: true
  amount:
    description:
      - What may be spent in O(time_unit), like V(10) or V(12.50), above 0. Needed for a new budget.
      - Takes the place of amounts that are planned month by month, or adjusted by AWS.
    type: str
  unit:
    description:
      - The currency of O(amount), as the account is billed in. A new budget has V(USD) when this is left out.
    type: str
  time_unit:
    description:
      - After what time the costs begin at 0 again. A new budget has V(MONTHLY) when this is left out.
    type: str
    choices: [DAILY, MONTHLY, QUARTERLY, ANNUALLY]
  cost_filters:
    description:
      - What is counted, as lists by C(Service), C(Region), C(LinkedAccount), C(TagKeyValue) and others of AWS's names. Without
        any, the whole account is.
    type: dict
  project_only:
    description:
      - Whether only what carries the tag C(Project) of O(project) is counted. Sets C(TagKeyValue) in O(cost_filters).
      - AWS counts by a tag from when it was activated as a cost allocation tag, and nothing before.
    type: bool
    default: false
  emails:
    description:
      - Mail addresses that are told, 10 at most by AWS's rule. They need not confirm.
    type: list
    elements: str
  sns_topic_arn:
    description:
      - ARN of an SNS topic that is told. Its policy must let C(budgets.amazonaws.com) publish.
    type: str
extends_documentation_fragment:
  - landfall.aws.resource
  - landfall.aws.resource.owned
  - landfall.aws.resource.notifications
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Ten dollars a month, and a mail in time
  landfall.aws.budget:
    name: shop-dev
    project: shop
    environment: dev
    amount: "10"
    emails: [ops@example.com]

- name: What the project costs, and nothing else
  landfall.aws.budget:
    name: shop-prod
    project: shop
    environment: prod
    amount: "250"
    project_only: true
    notifications:
      - threshold: 50
      - threshold: 100
        notification_type: FORECASTED
        sns_topic_arn: arn:aws:sns:us-east-1:123456789012:alerts
    emails: [ops@example.com]

- name: Budget is gone
  landfall.aws.budget:
    name: shop-dev
    project: shop
    environment: dev
    state: absent
"""

RETURN = r"""
budget:
  description: The budget as it is now, or in check mode as it would be. Empty if it does not exist.
  returned: success
  type: dict
  sample:
    name: shop-dev
    amount: "10"
    unit: USD
    time_unit: MONTHLY
    cost_filters: {}
    notifications: {"ACTUAL > 80 %": [ops@example.com]}
    tags: {Name: shop-dev, Project: shop, Environment: dev, ManagedBy: landfall.aws}
    actual_spend: "3.21"
    forecasted_spend: "9.63"
changes:
  description: What happens to the budget (V(add), V(change), V(remove) or V(unchanged)), and why.
  returned: success
  type: list
  elements: dict
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

from ansible_collections.landfall.aws.plugins.module_utils.budgets import api, canonical
from ansible_collections.landfall.aws.plugins.module_utils.changes import (
    Refused,
    differences,
    pending,
    refuse_mistakes,
    report,
)
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule, in_parallel
from ansible_collections.landfall.aws.plugins.module_utils.plan_options import OWNED_OPTIONS

OPTIONS = {
    **OWNED_OPTIONS,
    "amount": {"type": "str"},
    "unit": {"type": "str"},
    "time_unit": {"type": "str", "choices": ["DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY"]},
    "cost_filters": {"type": "dict"},
    "project_only": {"type": "bool", "default": False},
    "notifications": {"type": "list", "elements": "dict", "options": canonical.NOTIFICATION_OPTIONS},
    "emails": {"type": "list", "elements": "str"},
    "sns_topic_arn": {"type": "str"},
}


def change(client, account, options, found, after, differing):
    """Say to AWS what differs, and nothing else."""
    name, budget = options["name"], found["budget"]
    if set(differing) - {"notifications", "tags"}:
        if after["cost_filters"] is None and not budget.get("CostFilters"):
            budget = api.budget_with_expression(client, account, name)
        api.update(client, account, canonical.document(after, budget))
    if "notifications" in differing:
        api.change_notifications(client, account, name, canonical.notifications(options), found["notifications"])
    if "tags" in differing:
        api.tag(client, found["arn"], {key: to for key, to in after["tags"].items() if found["tags"].get(key) != to})


def apply(client, account, options, found, what):
    if what.action == "remove":
        api.delete(client, account, options["name"])
    elif what.action == "add":
        document = canonical.document(what.after, {"BudgetName": options["name"]})
        api.create(client, account, document, canonical.notifications(options), what.after["tags"])
    else:
        change(client, account, options, found, what.after, differences(what.after, what.before))


def main():
    module = LandfallModule(argument_spec=OPTIONS, supports_check_mode=True)
    options, name = module.params, module.params["name"]
    try:
        refuse_mistakes(canonical.mistakes(options))
        client, account = module.client("budgets"), api.account(module.client("sts"))["Account"]
        found = api.found(client, account, name, in_parallel(api.reads(client, account, name)))
        changes = canonical.plan(options, found)
        if pending(changes) and not module.check_mode:
            apply(client, account, options, found, changes[0])
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The budget {name} can't be made {options['state']}")
    result = report(changes, canonical.notes(options, found))
    returned = {key: result[key] for key in ("changes", "diff", "notes")}
    module.finish(changed=result["pending"], budget=canonical.described(options, found, changes), **returned)


if __name__ == "__main__":
    main()
