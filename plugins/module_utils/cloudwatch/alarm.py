# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An alarm on one metric, wanted and as CloudWatch has it. Pure."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, Resource, compare, removals
from ansible_collections.landfall.aws.plugins.module_utils.rules import RULES
from ansible_collections.landfall.aws.plugins.module_utils.tags import own_tags, wanted_tags

# What is wanted of an alarm that nothing else is said of: more than nothing within five minutes.
RULE = {
    "threshold": 0.0,
    "statistic": "Sum",
    "period": 300,
    "evaluation_periods": 1,
    "comparison_operator": "GreaterThanThreshold",
    # What did not run did not fail.
    "treat_missing_data": "notBreaching",
}
MEMBERS = {
    "namespace": "Namespace",
    "metric_name": "MetricName",
    "threshold": "Threshold",
    "statistic": "Statistic",
    "period": "Period",
    "evaluation_periods": "EvaluationPeriods",
    "comparison_operator": "ComparisonOperator",
    "treat_missing_data": "TreatMissingData",
    "description": "AlarmDescription",
}


def wanted(name, metric, alarm_actions, description, tags):
    """``metric`` is namespace, metric_name and dimensions, and what differs from the rule."""
    known = {**RULE, **metric, "description": description, "actions_enabled": True}
    return Resource("cloudwatch_alarm", name, {**known, "alarm_actions": sorted(alarm_actions), "tags": tags})


def live(described, tags):
    """The alarm that AWS described."""
    properties = {name: described.get(member) for name, member in MEMBERS.items()}
    properties.update(
        dimensions={each["Name"]: each["Value"] for each in described.get("Dimensions", [])},
        actions_enabled=described.get("ActionsEnabled", True),
        alarm_actions=sorted(described.get("AlarmActions", [])),
        treat_missing_data=described.get("TreatMissingData", "missing"),
        tags=tags,
    )
    return Resource("cloudwatch_alarm", described["AlarmName"], properties, id=described["AlarmArn"])


def document(name, properties):
    """What AWS is to be told of an alarm."""
    return {
        "AlarmName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in sorted(properties["dimensions"].items())],
        "ActionsEnabled": properties["actions_enabled"],
        "AlarmActions": properties["alarm_actions"],
        **{member: properties[each] for each, member in MEMBERS.items()},
    }


def plan(options, have):
    """The changes that make a module's options live; ``have`` is a list of the live alarm, or empty."""
    name = options["name"]
    ours = own_tags(options["project"], options["environment"])
    if have and not ours.items() <= have[0].properties["tags"].items():
        if options["state"] == "absent":
            return []
        raise Refused(
            f"There is an alarm {name} that does not carry our tags (Project, Environment, ManagedBy), so it is left alone. Choose "
            "another name, or remove it."
        )
    if options["state"] == "absent":
        return removals(have, "no longer wanted")
    metric = {key: options[key] for key in ("namespace", "metric_name", "dimensions", *RULE)}
    # Name may be that of what the alarm is part of.
    tags = {**wanted_tags(options["tags"], options["project"], options["environment"], name), **_name(options["tags"])}
    return compare([wanted(name, metric, options["alarm_actions"], options["description"], tags)], have)


def _name(tags):
    return {"Name": tags["Name"]} if tags and "Name" in tags else {}


def mistakes(options):
    """What is wrong with a module's options, by AWS's rules."""
    extra = {key: each for key, each in (options["tags"] or {}).items() if key != "Name"}
    found = [f"tags: {sentence}" for sentence in RULES["tags"](extra)]
    if not 1 <= len(options["name"]) <= 255:
        found.append(f"name: has {len(options['name'])} characters; AWS allows 1 to 255")
    if len(options["description"]) > 1024:
        found.append(f"description: has {len(options['description'])} characters; AWS allows 1024")
    if options["period"] not in (10, 20, 30) and (options["period"] < 60 or options["period"] % 60):
        found.append(f"period: {options['period']} is not a period; 10, 20, 30 and the multiples of 60 are")
    if options["evaluation_periods"] < 1 or options["period"] * options["evaluation_periods"] > 7 * 86400:
        found.append("evaluation_periods: must be at least 1, and all periods together at most 7 days")
    if len(options["alarm_actions"]) > 5:
        found.append(f"alarm_actions: {len(options['alarm_actions'])} are given; AWS allows 5")
    return found
