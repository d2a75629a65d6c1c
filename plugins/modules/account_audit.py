#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: account_audit
short_description: Report what is open, forgotten or unowned in an AWS account, and what a project costs
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Looks for a root user without MFA or with access keys, console users without MFA, public buckets, SSH that is open to the
    world, access keys that are too old, users with policies of their own, Elastic IPs that are attached to nothing, resources
    without our tags in our VPC, instances without the tag C(Owner), and log groups that never expire. Each line says what to do.
  - Says what the project has cost this month by service, and what its instances, disks and addresses cost as things stand and
    would cost if all were stopped.
  - Changes nothing. AWS makes its credential report anew, at most every four hours, when it is asked for it; users and keys are
    reported as they were then.
  - What can't be read is a line of the report, and counts as the worst that may be behind it.
  - The questions are asked side by side. They are eight for the account, five for each region, six more for a region with a VPC and
    instances of ours, and for each bucket one to three, unless the account blocks public access to all of them.
options:
  project:
    description:
      - The tag C(Project).
    type: str
    required: true
  environment:
    description:
      - The tag C(Environment).
    type: str
    required: true
  regions:
    description:
      - The regions that are looked at. When left out, the module's own region is.
    type: list
    elements: str
    default: []
  max_key_age:
    description:
      - How many days old an access key may be, from 1 to 3650.
    type: int
    default: 90
  costs:
    description:
      - Whether to ask Cost Explorer what the project has cost this month. AWS charges 0.01 USD for that.
    type: bool
    default: true
  prices:
    description:
      - Prices in USD that are used instead of those that the module knows, by instance type (an hour), by type of volume (a
        month and GiB), and as C(public_ipv4) (an hour).
    type: dict
    default: {}
  fail_on:
    description:
      - Lines of this severity, and of worse ones, are returned in RV(failing). The module itself does not fail, so that the
        report can be written first.
    type: str
    choices: [none, high, medium, low]
    default: none
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    support: full
    description: Can run in check mode and return a status without changing anything.
  diff_mode:
    support: none
    description: The module changes nothing.
requirements:
  - python >= 3.11
"""

EXAMPLES = r"""
- name: Account is looked over
  landfall.aws.account_audit:
    project: shop
    environment: prod
    regions: [eu-west-3, eu-central-1]
    fail_on: high
  register: audit

- name: What is to be done is shown
  ansible.builtin.debug:
    msg: "{{ audit.table }}"
"""

RETURN = r"""
report:
  description: The audit as data.
  returned: success
  type: dict
  contains:
    account_id:
      description: Id of the account.
      type: str
    at:
      description: When it was looked at.
      type: str
    credentials_at:
      description: As of when users and access keys are reported. Empty where they could not be read.
      type: str
    checks:
      description:
        - Each check in each region with its C(severity), its C(result), V(ok), V(found) or V(unread), and the C(count) of its
          lines.
      type: list
      elements: dict
    findings:
      description: The lines, the worst first.
      type: list
      elements: dict
      contains:
        severity:
          description: V(high), V(medium), V(low) or V(info).
          type: str
        check:
          description: Name of the check.
          type: str
        region:
          description: The region. Empty for what belongs to the whole account.
          type: str
        resource:
          description: What it is about.
          type: str
        found:
          description: What was found of it.
          type: str
        remedy:
          description: What to do about it. A line that starts in lower case is a command.
          type: str
        read:
          description: Whether it could be looked at.
          type: bool
    summary:
      description: How many lines there are of each severity, and how many of what could not be read (C(unread)).
      type: dict
    costs:
      description: What is booked under the project this month, by service. Empty where it was not asked or not answered.
      type: dict
    running:
      description: What our instances, disks and addresses cost in a month, C(usd_now), C(usd_running) and C(usd_stopped).
      type: dict
table:
  description: The same for people.
  returned: success
  type: str
failing:
  description: The lines that O(fail_on) is about, in short.
  returned: success
  type: list
  elements: str
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
"""

from datetime import datetime, timezone

from ansible_collections.landfall.aws.plugins.module_utils.account import api as account_api
from ansible_collections.landfall.aws.plugins.module_utils.account import checks
from ansible_collections.landfall.aws.plugins.module_utils.audit import api, judge, report
from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, refuse_mistakes
from ansible_collections.landfall.aws.plugins.module_utils.client import LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.rules import RULES

ARGUMENTS = {
    "project": {"type": "str", "required": True},
    "environment": {"type": "str", "required": True},
    "regions": {"type": "list", "elements": "str", "default": []},
    "max_key_age": {"type": "int", "default": 90, "no_log": False},
    "costs": {"type": "bool", "default": True},
    "prices": {"type": "dict", "default": {}},
    "fail_on": {"type": "str", "choices": ["none", "high", "medium", "low"], "default": "none"},
}


def mistakes(wanted):
    found = [f"regions: {sentence}" for each in wanted.regions or [""] for sentence in RULES["aws_region"](each)]
    found += [f"regions: {sentence}" for sentence in RULES["unique"](wanted.regions)]
    found += [f"max_key_age: {sentence}" for sentence in RULES["key_age"](wanted.max_key_age)]
    return found + [f"prices: {sentence}" for sentence in RULES["prices"](wanted.prices)]


def ask(module, wanted):
    """The account's answers, in three rounds."""

    def client(service, region):
        return module.client(service, **({"region": region} if region else {}))

    found = api.read(client, wanted)
    identity = found[account_api.IDENTITY]
    if isinstance(identity, Exception):
        check = checks.credentials(identity)
        raise Refused(f"{check.found} {check.remedy}")
    found.update(api.read_details(client, wanted, found))
    found.update(api.read_buckets(client, found))
    return found


def main():
    module = LandfallModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options = module.params
    chosen = {name: options[name] for name in ("project", "environment", "max_key_age", "costs", "prices")}
    regions = tuple(options["regions"] or filter(None, [module.region]))
    wanted = judge.Wanted(regions=regions, at=datetime.now(timezone.utc), **chosen)
    try:
        refuse_mistakes(mistakes(wanted))
        data = report.report(ask(module, wanted), wanted)
    except Refused as refusal:
        module.refuse(str(refusal))
    failing = [
        f"{each['severity']}: {each['resource']} {each['found']}"
        for each in judge.failing(data["findings"], options["fail_on"])
    ]
    module.finish(changed=False, report=data, table=report.table(data), failing=failing)


if __name__ == "__main__":
    main()
