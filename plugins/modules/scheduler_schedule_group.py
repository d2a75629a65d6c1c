#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: scheduler_schedule_group
short_description: Manage a group of schedules of Amazon EventBridge Scheduler
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Creates a group with its tags, changes its tags, and removes it with all schedules in it, which it waits for.
  - A group is what can carry tags, so it says whose the schedules in it are.
options:
  state:
    description:
      - Whether the group should exist. V(absent) removes the schedules in it, too.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - Name of the group, unique in the region.
    type: str
    required: true
  tags:
    description:
      - Tags of the group. When left out, they are left as they are.
    type: dict
  purge_tags:
    description:
      - Whether tags that O(tags) does not name are taken away.
    type: bool
    default: true
  wait_timeout:
    description:
      - How many seconds to wait until a group that is being deleted is gone.
    type: int
    default: 300
extends_documentation_fragment:
  - landfall.aws.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Group of our schedules exists
  landfall.aws.scheduler_schedule_group:
    name: shop-dev-power
    tags: {Project: shop, Environment: dev}
    purge_tags: false

- name: Group and the schedules in it are gone
  landfall.aws.scheduler_schedule_group:
    name: shop-dev-power
    state: absent
"""

RETURN = r"""
schedule_group:
  description: The group as it is now, or in check mode as it would be. Empty if it does not exist.
  returned: success
  type: dict
  sample:
    name: shop-dev-power
    arn: arn:aws:scheduler:eu-west-3:123456789012:schedule-group/shop-dev-power
    tags: {Project: shop}
changes:
  description: What happens to the group (V(add), V(change), V(remove) or V(unchanged)), and why.
  returned: success
  type: list
  elements: dict
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
"""

from ansible_collections.landfall.aws.plugins.module_utils.changes import pending, report
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.scheduler import api, canonical

OPTIONS = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "name": {"type": "str", "required": True},
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
}


def remove(client, options, live):
    if live["State"] != canonical.DELETING:
        api.delete_schedule_group(client, options["name"])
    api.wait_until_gone(client, options["name"], options["wait_timeout"])


def create(client, options, wanted, live):
    if live:
        api.wait_until_gone(client, options["name"], options["wait_timeout"])
    return api.create_schedule_group(client, options["name"], wanted or {})


def change_tags(client, arn, change):
    tags = {key: value for key, value in change.after["tags"].items() if change.before["tags"].get(key) != value}
    if tags:
        api.tag(client, arn, tags)
    if change.after["other_tags"] is not None and change.before["other_tags"]:
        api.untag(client, arn, change.before["other_tags"])


def apply(client, options, wanted, live, change):
    """Make it so; the group's ARN."""
    if change.action == "remove":
        return remove(client, options, live)
    if change.action == "add":
        return create(client, options, wanted, live)
    change_tags(client, live["Arn"], change)
    return live["Arn"]


def main():
    module = LandfallModule(argument_spec=OPTIONS, supports_check_mode=True)
    options, name = module.params, module.params["name"]
    wanted = {str(key): str(value) for key, value in options["tags"].items()} if options["tags"] is not None else None
    try:
        client = module.client("scheduler")
        live = api.schedule_group(client, name)
        tags = api.tags(client, live["Arn"]) if live and options["state"] == "present" else {}
        changes = canonical.plan_group(name, options["state"], wanted, options["purge_tags"], live, tags)
        arn = (live or {}).get("Arn", "")
        if pending(changes) and not module.check_mode:
            arn = apply(client, options, wanted, live, changes[0])
    except api.StillThere as error:
        module.refuse(str(error))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The schedule group {name} can't be made {options['state']}")
    kept = {} if options["purge_tags"] and wanted is not None else tags
    shown = {"name": name, "arn": arn, "tags": {**kept, **(wanted or {})}} if options["state"] == "present" else {}
    result = report(changes)
    module.finish(changed=result["pending"], schedule_group=shown, changes=result["changes"], diff=result["diff"])


if __name__ == "__main__":
    main()
