# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cost budget with its notifications as the API has them, and the plan to change it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, Resource, compare, removals
from ansible_collections.landfall.aws.plugins.module_utils.rules import RULES
from ansible_collections.landfall.aws.plugins.module_utils.tags import own_tags, wanted_tags

# What AWS says of a budget and does not take.
REPORTED = ("CalculatedSpend", "LastUpdatedTime", "HealthStatus")
SYMBOLS = {"GREATER_THAN": ">", "LESS_THAN": "<", "EQUAL_TO": "="}
# How the modules take a notification.
NOTIFICATION_OPTIONS = {
    "notification_type": {"type": "str", "choices": ["ACTUAL", "FORECASTED"], "default": "ACTUAL"},
    "threshold": {"type": "float", "required": True},
    "threshold_type": {"type": "str", "choices": ["PERCENTAGE", "ABSOLUTE_VALUE"], "default": "PERCENTAGE"},
    "comparison_operator": {"type": "str", "choices": list(SYMBOLS), "default": "GREATER_THAN"},
    "emails": {"type": "list", "elements": "str"},
    "sns_topic_arn": {"type": "str"},
}
# A budget that is new has these, as far as nothing else was said.
NEW = {"unit": "USD", "time_unit": "MONTHLY"}
DEFAULT_NOTIFICATIONS = (
    {"notification_type": "ACTUAL", "threshold": 80.0},
    {"notification_type": "FORECASTED", "threshold": 100.0},
)


def number(value):
    """An amount in the one form that it is compared in; AWS writes 10 as 10.0."""
    return format(Decimal(str(value)).normalize(), "f")


@dataclass(frozen=True)
class Notification:
    """What AWS tells a budget's notifications apart by."""

    notification_type: str
    threshold: str
    threshold_type: str = "PERCENTAGE"
    comparison_operator: str = "GREATER_THAN"

    @classmethod
    def of_option(cls, option):
        given = {key: option[key] for key in ("threshold_type", "comparison_operator") if option.get(key)}
        return cls(option["notification_type"], number(option["threshold"]), **given)

    @classmethod
    def of_aws(cls, described):
        return cls(
            described["NotificationType"],
            number(described["Threshold"]),
            described.get("ThresholdType", "PERCENTAGE"),
            described["ComparisonOperator"],
        )

    @property
    def members(self):
        return {
            "NotificationType": self.notification_type,
            "ComparisonOperator": self.comparison_operator,
            "Threshold": float(self.threshold),
            "ThresholdType": self.threshold_type,
        }

    @property
    def label(self):
        percent = " %" if self.threshold_type == "PERCENTAGE" else ""
        return f"{self.notification_type} {SYMBOLS[self.comparison_operator]} {self.threshold}{percent}"


def subscriber(address):
    return {"SubscriptionType": "SNS" if address.startswith("arn:") else "EMAIL", "Address": address}


def addresses(option):
    """Who is told: mail addresses first, then the topic."""
    topic = option.get("sns_topic_arn")
    return sorted(option.get("emails") or []) + ([topic] if topic else [])


def notifications(options):
    """{Notification: addresses}, or None where options say nothing about it."""
    everybody, given = addresses(options), options["notifications"]
    if given is None and not everybody:
        return None
    chosen = _defaults(options) if given is None else given
    return {Notification.of_option(each): addresses(each) or everybody for each in chosen}


def _defaults(options):
    """AWS forecasts no single day."""
    daily = options["time_unit"] == "DAILY"
    return [each for each in DEFAULT_NOTIFICATIONS if not (daily and each["notification_type"] == "FORECASTED")]


def cost_filters(options):
    """What is counted, or None where options say nothing about it."""
    project, given = options["project"], options["cost_filters"]
    if options["project_only"]:
        given = {**(given or {}), "TagKeyValue": [f"user:Project${project}"]}
    return None if given is None else _sorted(given)


def _sorted(filters):
    return {str(key): sorted(map(str, values)) for key, values in filters.items()}


def mistakes(options):
    """All that is wrong with options, in sentences that begin with the option's name."""
    found = [f"name: {sentence}" for sentence in RULES["budget_name"](options["name"])]
    if options["amount"] is not None:
        found += [f"amount: {sentence}" for sentence in RULES["usd"](options["amount"])]
    found += [f"tags: {sentence}" for sentence in RULES["tags"](options["tags"] or {})]
    found += _not_lists(options["cost_filters"] or {})
    if options["project_only"] and "TagKeyValue" in (options["cost_filters"] or {}):
        found.append("cost_filters: TagKeyValue is given, and project_only sets it; leave one of them out")
    given = options["notifications"] or []
    told = (options["state"], options["emails"], options["sns_topic_arn"], given)
    found += [f"notifications: {sentence}" for sentence in RULES["budget_notifications"](given)]
    found += [f"notifications: {sentence}" for sentence in RULES["somebody_is_told"](*told)]
    if options["time_unit"] == "DAILY" and any(each["notification_type"] == "FORECASTED" for each in given):
        found.append("notifications: FORECASTED is given, and AWS forecasts no single day; choose another time_unit")
    for label, each in (("", options), *((f"notifications[{index}].", each) for index, each in enumerate(given))):
        found += _address_mistakes(label, each)
    return found


def _address_mistakes(label, option):
    emails = option.get("emails") or []
    found = [f"{label}emails: {sentence}" for sentence in RULES["email_list"](emails)]
    found += [f"{label}emails: {sentence}" for each in emails for sentence in RULES["email"](each)]
    if option.get("sns_topic_arn"):
        found += [f"{label}sns_topic_arn: {sentence}" for sentence in RULES["topic_arn"](option["sns_topic_arn"])]
    return found


def _not_lists(filters):
    for key, values in filters.items():
        if not isinstance(values, list) or not values:
            yield f"cost_filters: the value of {key} is {values!r}; write a list of what is counted, like [Amazon Simple Storage Service]"


def wanted(options):
    """The budget that options describe. What they leave out may be anything."""
    tags = wanted_tags(options["tags"], options["project"], options["environment"], options["name"])
    told = notifications(options)
    properties = {
        "amount": None if options["amount"] is None else number(options["amount"]),
        "unit": options["unit"],
        "time_unit": options["time_unit"],
        "cost_filters": cost_filters(options),
        "notifications": None if told is None else {each.label: to for each, to in told.items()},
        "tags": tags,
    }
    return Resource("budget", options["name"], properties)


def live(found):
    """The budget that ``api.read`` found, as a list of one or none."""
    if not found:
        return []
    budget, limit = found["budget"], found["budget"].get("BudgetLimit", {})
    planned = {"PlannedBudgetLimits", "AutoAdjustData"} & set(budget)
    filters = _sorted(budget.get("CostFilters") or {})
    # An expression, which the console makes, can say more than our filters. It only has to be seen as something else.
    if not filters and budget.get("FilterExpression"):
        filters = {"FilterExpression": [str(budget["FilterExpression"])]}
    properties = {
        "amount": ", ".join(sorted(planned)) or number(limit["Amount"]),
        "unit": limit.get("Unit"),
        "time_unit": budget["TimeUnit"],
        "cost_filters": filters,
        "notifications": {each.label: to for each, to in found["notifications"].items()},
        "tags": found["tags"],
    }
    return [Resource("budget", budget["BudgetName"], properties, id=found["arn"])]


def is_ours(options, found):
    ours = own_tags(options["project"], options["environment"], options["name"])
    return bool(found) and ours.items() <= found["tags"].items()


def plan(options, found):
    """The changes that make options live, or Refused with the reason."""
    name, ours = options["name"], is_ours(options, found)
    if options["state"] == "absent":
        return removals(live(found) if ours else [], "no longer wanted")
    if found and not ours:
        raise Refused(
            f"There is a budget {name} that does not carry our tags (Name, Project, Environment, ManagedBy), so it is left "
            "alone. Choose another name, or remove it."
        )
    if found and found["budget"]["BudgetType"] != "COST":
        raise Refused(f"The budget {name} is one of {found['budget']['BudgetType']}, not of costs. Remove it first.")
    if not found and options["amount"] is None:
        raise Refused("1 mistake in the options; nothing has been changed.\n- amount: must be given for a new budget")
    want = wanted(options)
    if not found:
        given = {key: want.properties[key] or value for key, value in NEW.items()}
        want = Resource("budget", name, {**want.properties, **given})
    return compare([want], live(found))


def notes(options, found):
    if options["state"] == "absent" and found and not is_ours(options, found):
        return [f"the budget {options['name']} does not carry our tags: left alone"]
    return []


def document(properties, budget):
    """What AWS is to be told of a budget: what is wanted, over what is live. An update resets what it does not name."""
    result = {key: value for key, value in budget.items() if key not in REPORTED}
    limit = dict(result.get("BudgetLimit", {}))
    if properties["amount"] is not None:
        # One fixed amount takes the place of those that are planned or found by AWS.
        result.pop("PlannedBudgetLimits", None)
        result.pop("AutoAdjustData", None)
        limit["Amount"] = properties["amount"]
    if properties["unit"] is not None:
        limit["Unit"] = properties["unit"]
    result["BudgetLimit"] = limit
    if "PlannedBudgetLimits" in result:
        del result["BudgetLimit"]
    if properties["time_unit"] is not None:
        result["TimeUnit"] = properties["time_unit"]
    result["BudgetType"] = "COST"
    if properties["cost_filters"] is not None:
        result["CostFilters"] = properties["cost_filters"]
    return _one_kind_of_filters(result, properties["cost_filters"] is not None)


def _one_kind_of_filters(result, given):
    """AWS takes CostFilters and CostTypes, or FilterExpression and Metrics."""
    others = ("FilterExpression", "Metrics")
    if not given and not result.get("CostFilters") and result.get("FilterExpression"):
        others = ("CostFilters", "CostTypes")
    return {key: value for key, value in result.items() if key not in others}


def described(options, found, changes):
    """A budget as it is returned to the user: what is wanted, and what was left as it is."""
    if options["state"] == "absent":
        return {}
    before, after = changes[0].before or {}, changes[0].after
    shown = {key: before.get(key) if value is None else value for key, value in after.items()}
    shown["tags"] = {**before.get("tags", {}), **after["tags"]}
    spent = (found or {}).get("budget", {}).get("CalculatedSpend", {})
    for key, member in (("actual_spend", "ActualSpend"), ("forecasted_spend", "ForecastedSpend")):
        shown[key] = spent.get(member, {}).get("Amount", "")
    return {"name": options["name"], **shown}
