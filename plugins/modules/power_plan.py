#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: power_plan
short_description: Plan which instances of a project are stopped or started, and say what they cost
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Compares the state and the schedule that are wanted of a project's instances with those that are live, and returns what
    has to be changed. It changes nothing itself; the role P(landfall.aws.power#role) applies the plan.
  - What is ours is found by the tags C(Project), C(Environment) and C(ManagedBy=landfall.aws).
  - Fails, with all of them named, if instances can't be stopped. They belong to an Auto Scaling group, are Spot Instances,
    have their system on an instance store, or are protected from being stopped.
  - Says what is charged for each instance while it runs and while it is stopped.
  - Three calls to AWS tell what there is. One for each instance that is to be stopped, and one for all of them, tell
    whether it can be. An unchanged schedule costs eight more.
options:
  state:
    description:
      - V(stopped) and V(started) are what the instances should be, V(unchanged) leaves them as they are.
      - V(absent) is about the schedule alone, which should not exist then.
    type: str
    choices: [unchanged, stopped, started, absent]
    default: unchanged
  name:
    description:
      - Name of the schedule's group and of its IAM role.
    type: str
    required: true
  project:
    description:
      - The tag C(Project) of the instances.
    type: str
    required: true
  environment:
    description:
      - The tag C(Environment) of the instances.
    type: str
    required: true
  names:
    description:
      - Tags C(Name) of the instances that are meant. When empty, all of the project and environment are.
    type: list
    elements: str
    default: []
  schedule:
    description:
      - When the instances are stopped and started. When left out, the schedule is not looked at.
    type: dict
    suboptions:
      stop:
        description: When to stop, like cron(0 20 ? * MON-FRI *).
        type: str
      start:
        description: When to start.
        type: str
      timezone:
        description: Time zone of both, like V(Europe/Paris).
        type: str
        default: UTC
  prices:
    description:
      - Prices in USD that are used instead of those that the module knows, by instance type (an hour), by type of volume (a
        month and GiB), and as C(public_ipv4) (an hour).
    type: dict
    default: {}
  tags:
    description:
      - More tags for the schedule's group and role. Tags that are live but not named here are left alone.
    type: dict
    default: {}
  wait_for:
    description:
      - Ids of instances to wait for before anything is compared, until they are as O(state) says. Those that are started
        have to pass AWS's status checks.
    type: list
    elements: str
    default: []
  wait_timeout:
    description:
      - How many seconds to wait for them.
    type: int
    default: 600
  prove:
    description:
      - Fail if anything is left to do. Meant for after the plan was applied.
    type: bool
    default: false
extends_documentation_fragment:
  - landfall.aws.plan.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: See what a project's instances cost
  landfall.aws.power_plan:
    name: shop-dev-power
    project: shop
    environment: dev
    region: eu-west-3
  register: power

- name: See what stopping them would do
  landfall.aws.power_plan:
    state: stopped
    name: shop-dev-power
    project: shop
    environment: dev
    region: eu-west-3
  check_mode: true
  diff: true
"""

RETURN = r"""
report:
  description: Who runs and what it costs, in lines to be read.
  returned: success
  type: list
  elements: str
costs:
  description: The same as numbers, in USD a month.
  returned: success
  type: dict
  contains:
    usd_now:
      description: As things stand.
      type: float
    usd_running:
      description: With all instances running.
      type: float
    usd_stopped:
      description: With all instances stopped.
      type: float
    unknown:
      description: Things that no price is known for. They are not in the sums.
      type: list
      elements: str
    instances:
      description: Each instance with its name, id, state, type, address, and its own C(usd_running) and C(usd_stopped).
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
  sample: "Plan: 0 to add, 1 to change, 0 to remove"
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

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, refuse_mistakes
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.plan_options import PLAN_OPTIONS, finish_plan
from ansible_collections.landfall.aws.plugins.module_utils.power import api, canonical, costs, plan

SCHEDULE = {"stop": {"type": "str"}, "start": {"type": "str"}, "timezone": {"type": "str", "default": "UTC"}}
OPTIONS = {
    "state": {"type": "str", "choices": ["unchanged", "stopped", "started", "absent"], "default": "unchanged"},
    "names": {"type": "list", "elements": "str", "default": []},
    "schedule": {"type": "dict", "options": SCHEDULE},
    "prices": {"type": "dict", "default": {}},
}
WAITING = {
    "wait_for": {"type": "list", "elements": "str", "default": []},
    "wait_timeout": {"type": "int", "default": 600},
}


def read(module, spec):
    found = api.read(module.client, spec)
    live = canonical.power(found, spec)
    plan.refuse_unknown_names(spec, live, found.get("reservations", []))
    details = api.read_details(module.client, live, found, spec)
    if spec.looks_at_schedule:
        canonical.read_schedule(live, details, spec)
    return live


def main():
    module = LandfallModule(argument_spec={**PLAN_OPTIONS, **OPTIONS, **WAITING}, supports_check_mode=True)
    options = module.params
    spec = plan.Spec(**{option: options[option] for option in ("name", "project", "environment", "tags", *OPTIONS)})
    try:
        refuse_mistakes(plan.mistakes(spec))
        ec2 = module.client("ec2")
        # Made here, because making a client is not safe in threads.
        if spec.looks_at_schedule:
            module.client("iam")
            module.client("scheduler")
        if options["wait_for"] and spec.state in plan.STATES:
            api.wait_for(ec2, options["wait_for"], spec.state, options["wait_timeout"])
        live = read(module, spec)
        changes = plan.plan(spec, live, plan.Place(ec2.meta.partition, ec2.meta.region_name, live.account))
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The instances of {spec.project} {spec.environment} can't be read")
    found = costs.costs(live, ec2.meta.region_name, spec.prices)
    report = [] if spec.state == "absent" else costs.report(found, spec, ec2.meta.region_name)
    finish_plan(module, changes, plan.notes(spec, live), report=report, costs=costs.numbers(found))


if __name__ == "__main__":
    main()
