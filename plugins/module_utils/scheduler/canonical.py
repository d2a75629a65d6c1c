# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A schedule and a schedule group as the API has them, and the plans to change them. Pure."""

from __future__ import annotations

import json

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict, snake_dict_to_camel_dict

from ansible_collections.landfall.aws.plugins.module_utils.changes import Resource, compare, removals

# What an update takes; it resets what it does not name.
MEMBERS = (
    "Description",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
    "EndDate",
    "State",
    "KmsKeyArn",
    "Target",
    "FlexibleTimeWindow",
    "ActionAfterCompletion",
)
EVERY_TIME = {"Mode": "OFF"}
DELETING = "DELETING"


def document(options):
    """The members of the API that options name. What was left out is not among them."""
    given = {
        "Description": options["description"],
        "ScheduleExpression": options["schedule_expression"],
        "ScheduleExpressionTimezone": options["schedule_expression_timezone"],
        "State": options["schedule_state"],
        "Target": options["target"],
        "FlexibleTimeWindow": options["flexible_time_window"],
        "ActionAfterCompletion": options["action_after_completion"],
    }
    given = {name: _given(value) for name, value in given.items() if value is not None}
    return {
        name: snake_dict_to_camel_dict(value, True) if isinstance(value, dict) else value
        for name, value in given.items()
    }


def _given(value):
    """An option without the suboptions that were left out."""
    if not isinstance(value, dict):
        return value
    return {key: _given(each) for key, each in value.items() if each is not None}


def merged(given, live):
    """What AWS is to be told: what was given, over what is live."""
    result = {"FlexibleTimeWindow": EVERY_TIME}
    result.update({name: live[name] for name in MEMBERS if live.get(name) is not None})
    result.update(given)
    before, after = live.get("Target", {}), given.get("Target", {})
    # The parameters of another target's kind would be refused.
    if before.get("Arn") == after.get("Arn", before.get("Arn")):
        result["Target"] = {**before, **after}
    return result


def properties(described):
    """Members in one flat form, however the API or a user wrote them: ``target.role_arn``."""
    flat = {}
    for name in MEMBERS:
        value = described.get(name)
        if isinstance(value, dict):
            flat.update(_flat(_snake(name), value))
        elif value is not None:
            flat[_snake(name)] = value
    return flat


def _flat(prefix, members):
    flat = {}
    for name, value in members.items():
        label = f"{prefix}.{_snake(name)}"
        if name == "Input":
            flat[label] = _parsed(value)
        elif isinstance(value, dict):
            flat.update(_flat(label, value))
        else:
            flat[label] = value
    return flat


def _snake(name):
    return next(iter(camel_dict_to_snake_dict({name: None})))


def _parsed(text):
    """JSON is compared by what it says, not by its blanks. A target that takes plain text gets any."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def plan_schedule(name, state, given, live):
    have = [Resource("schedule", name, properties(live), id=live.get("Arn"))] if live else []
    if state == "absent":
        return removals(have, "no longer wanted")
    return compare([Resource("schedule", name, properties(given))], have)


def described(name, group, members, arn):
    """A schedule as it is returned to the user."""
    shown = {_snake(key): value for key, value in members.items() if not isinstance(value, dict)}
    shown["target"] = camel_dict_to_snake_dict(members["Target"])
    shown["flexible_time_window"] = camel_dict_to_snake_dict(members["FlexibleTimeWindow"])
    return {"name": name, "group_name": group, "arn": arn, **shown}


def missing(given, live):
    """What a new schedule can't do without."""
    if live:
        return []
    needed = [name for name in ("schedule_expression", "target") if name not in {_snake(each) for each in given}]
    target = given.get("Target", {})
    return needed + [f"target.{name}" for name in ("arn", "role_arn") if target and name not in map(_snake, target)]


def plan_group(name, state, wanted, purge, live, live_tags):
    """A group that is being deleted is there for who wants it gone, and not there for who wants it."""
    going = bool(live) and live.get("State") == DELETING
    have = []
    if live and not (going and state == "present"):
        others = sorted(key for key in live_tags if key not in (wanted or {}) and not key.startswith("aws:"))
        have = [Resource("schedule_group", name, {"tags": live_tags, "other_tags": others}, id=live["Arn"])]
    if state == "absent":
        return removals(have, "no longer wanted")
    after = {"tags": wanted, "other_tags": [] if purge and wanted is not None and have else None}
    return compare([Resource("schedule_group", name, after)], have)
