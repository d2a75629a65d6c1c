# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The alarm on what AWS expects an account to cost this month, as CloudWatch has it. Pure."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, Resource, compare, removals
from ansible_collections.landfall.aws.plugins.module_utils.tags import own_tags, wanted_tags

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html
REGION = "us-east-1"
NAMESPACE, METRIC = "AWS/Billing", "EstimatedCharges"
# AWS counts a few times a day; the count only grows until the month ends.
RULE = {
    "namespace": NAMESPACE,
    "metric_name": METRIC,
    "statistic": "Maximum",
    "period": 21600,
    "evaluation_periods": 1,
    "comparison_operator": "GreaterThanThreshold",
    "treat_missing_data": "missing",
    "actions_enabled": True,
}
MEMBERS = {
    "namespace": "Namespace",
    "metric_name": "MetricName",
    "statistic": "Statistic",
    "period": "Period",
    "evaluation_periods": "EvaluationPeriods",
    "comparison_operator": "ComparisonOperator",
    "treat_missing_data": "TreatMissingData",
    "actions_enabled": "ActionsEnabled",
    "threshold": "Threshold",
    "alarm_actions": "AlarmActions",
    "description": "AlarmDescription",
}


def wanted(name, threshold, currency, topics, tags):
    properties = {
        **RULE,
        "currency": currency,
        "threshold": float(threshold),
        "alarm_actions": sorted(topics),
        "description": f"The account's costs of this month are above {float(threshold):g} {currency}",
        "tags": tags,
    }
    return Resource("billing_alarm", name, properties)


def live(described, tags):
    """The alarm that AWS described, as a list of one or none."""
    if not described:
        return []
    dimensions = {each["Name"]: each["Value"] for each in described.get("Dimensions", [])}
    properties = {name: described.get(member) for name, member in MEMBERS.items()}
    properties.update(
        alarm_actions=sorted(described.get("AlarmActions", [])),
        treat_missing_data=described.get("TreatMissingData", "missing"),
        # Of one account or service only, it would be another metric.
        currency=dimensions.get("Currency") if set(dimensions) == {"Currency"} else str(dimensions),
        tags=tags,
    )
    return [Resource("billing_alarm", described["AlarmName"], properties, id=described["AlarmArn"])]


def document(name, properties):
    """What AWS is to be told of an alarm."""
    members = {member: properties[each] for each, member in MEMBERS.items()}
    return {
        "AlarmName": name,
        "Dimensions": [{"Name": "Currency", "Value": properties["currency"]}],
        **members,
    }


def plan(options, described, tags):
    """The changes that make options live, or Refused with the reason."""
    name, have = options["name"], live(described, tags)
    ours = own_tags(options["project"], options["environment"], name).items() <= tags.items()
    if options["state"] == "absent":
        return removals(have if ours else [], "no longer wanted")
    if have and not ours:
        raise Refused(
            f"There is an alarm {name} in {REGION} that does not carry our tags (Name, Project, Environment, ManagedBy), so it "
            "is left alone. Choose another name, or remove it."
        )
    all_tags = wanted_tags(options["tags"], options["project"], options["environment"], name)
    want = wanted(name, options["threshold"], options["currency"], options["topic_arns"], all_tags)
    return compare([want], have)
