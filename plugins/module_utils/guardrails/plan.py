# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What shall guard an account, what does, and what has to happen. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.account import checks
from ansible_collections.landfall.aws.plugins.module_utils.budgets import canonical as budgets
from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, Resource, compare, removals
from ansible_collections.landfall.aws.plugins.module_utils.guardrails import alarm
from ansible_collections.landfall.aws.plugins.module_utils.preflight.report import OK, WARNING
from ansible_collections.landfall.aws.plugins.module_utils.rules import RULES
from ansible_collections.landfall.aws.plugins.module_utils.tags import own_tags, wanted_tags

# The words of amazon.aws.iam_password_policy, and what a policy means by a member that it leaves out.
PASSWORD_MEMBERS = {
    "min_pw_length": ("MinimumPasswordLength", 6),
    "require_symbols": ("RequireSymbols", False),
    "require_numbers": ("RequireNumbers", False),
    "require_uppercase": ("RequireUppercaseCharacters", False),
    "require_lowercase": ("RequireLowercaseCharacters", False),
    "allow_pw_change": ("AllowUsersToChangePassword", False),
    "pw_max_age": ("MaxPasswordAge", 0),
    "pw_reuse_prevent": ("PasswordReusePrevention", 0),
    "pw_expire": ("HardExpiry", False),
}
# How a module takes the least that a policy has to demand.
PASSWORD_OPTIONS = {
    "min_pw_length": {"type": "int", "default": 12},
    "pw_max_age": {"type": "int", "default": 90},
    "pw_reuse_prevent": {"type": "int", "default": 5},
    **{name: {"type": "bool", "default": True} for name in PASSWORD_MEMBERS if name.startswith("require_")},
}
# Where a subscription's ARN would stand.
NOT_CONFIRMED, GONE = ("PendingConfirmation",), ("Deleted",)


@dataclass(frozen=True)
class Spec:
    """What the user wrote."""

    state: str
    name: str
    project: str
    environment: str
    tags: dict[str, str] = field(default_factory=dict)
    amount: str | None = None
    currency: str = "USD"
    project_only: bool = False
    notifications: list[dict[str, Any]] | None = None
    emails: tuple[str, ...] = ()
    sns_topic_arn: str | None = None
    alarm_amount: float = 0
    password_policy: dict[str, Any] | None = None
    remove_password_policy: bool = False

    @property
    def own_tags(self):
        return own_tags(self.project, self.environment, self.name)

    @property
    def all_tags(self):
        return wanted_tags(self.tags, self.project, self.environment, self.name)

    @property
    def budget(self):
        """The same as the options of the module budget. The whole account is meant unless filters say otherwise."""
        options = {key: getattr(self, key) for key in ("state", "name", "project", "environment", "tags", "amount")}
        told = {key: getattr(self, key) for key in ("project_only", "notifications", "emails", "sns_topic_arn")}
        return {**options, **told, "unit": self.currency, "time_unit": "MONTHLY", "cost_filters": self._filters}

    @property
    def _filters(self):
        return None if self.project_only else {}


@dataclass
class Guard:
    """What is live."""

    budget: dict[str, Any] | None
    alarm: dict[str, Any] | None
    alarm_tags: dict[str, str]
    topic_arn: str
    topic_tags: dict[str, str] | None
    subscriptions: list[dict[str, str]]
    password_policy: dict[str, Any] | None
    billing_metrics: bool

    @property
    def others(self):
        """Who else hears of the topic. Only mail addresses are ours to add and to take away."""
        return [each for each in self._standing if each["Protocol"] != "email"]

    @property
    def _standing(self):
        return [each for each in self.subscriptions if each["SubscriptionArn"] not in GONE]

    @property
    def topic(self):
        if self.topic_tags is None:
            return []
        properties = {"subscriptions": _labels(self._standing), "tags": self.topic_tags}
        return [Resource("sns_topic", self.topic_arn.rpartition(":")[2], properties, id=self.topic_arn)]

    def unconfirmed(self):
        return sorted(each["Endpoint"] for each in self.subscriptions if each["SubscriptionArn"] in NOT_CONFIRMED)


def _labels(subscriptions):
    return sorted(f"{each['Protocol']}:{each['Endpoint']}" for each in subscriptions)


def refuse_caller(identity, allow_root):
    """Nobody works as the root user, and nobody whom AWS does not know."""
    check = checks.credentials(identity)
    if check.result != OK and not (check.result == WARNING and allow_root):
        raise Refused(f"Nothing has been changed. {check.found} {check.remedy}")


def mistakes(spec):
    """All that is wrong with a spec, in sentences that begin with the option's name."""
    found = budgets.mistakes({**spec.budget, "tags": spec.tags})
    found += [f"name: {sentence}" for sentence in RULES["name"](spec.name)]
    if spec.state == "present":
        if spec.amount is None:
            found.append("amount: must be given")
        if not spec.emails:
            found.append("emails: must be given, or nobody would be told")
    if spec.alarm_amount:
        found += [f"alarm_amount: {sentence}" for sentence in RULES["usd"](spec.alarm_amount)]
    if spec.password_policy is not None:
        limits = (
            ("min_pw_length", "password_length"),
            ("pw_max_age", "password_age"),
            ("pw_reuse_prevent", "password_reuse"),
        )
        for option, rule in limits:
            found += [f"password_policy.{option}: {sentence}" for sentence in RULES[rule](spec.password_policy[option])]
    return found


def password_properties(policy):
    """A policy in the words of the module that changes it."""
    return {name: policy.get(member) or default for name, (member, default) in PASSWORD_MEMBERS.items()}


def stricter(wanted, live):
    """What is wanted, but nowhere weaker than what is live. Without a policy, users may change their own passwords."""
    have = password_properties(live or {"AllowUsersToChangePassword": True})
    ages = [age for age in (wanted["pw_max_age"], have["pw_max_age"]) if age]
    return {
        **have,
        **{name: wanted[name] or have[name] for name in wanted if name.startswith("require_")},
        "min_pw_length": max(wanted["min_pw_length"], have["min_pw_length"]),
        "pw_max_age": min(ages, default=0),
        "pw_reuse_prevent": max(wanted["pw_reuse_prevent"], have["pw_reuse_prevent"]),
    }


def foreign(spec, live):
    """What is in the way: of the same name, and not ours."""
    ours = spec.own_tags.items()
    if live.budget and not ours <= live.budget["tags"].items():
        yield f"the budget {spec.name}"
    if live.topic_tags is not None and not ours <= live.topic_tags.items():
        yield f"the SNS topic {spec.name} in {alarm.REGION}"
    if live.alarm and not ours <= live.alarm_tags.items():
        yield f"the alarm {spec.name} in {alarm.REGION}"


def plan(spec, live):
    """The changes that make a spec live, or Refused with the reason."""
    if spec.state == "absent":
        password = _password_policy(live) if spec.remove_password_policy else []
        return [
            *removals([*_alarm_ours(spec, live), *password], "no longer wanted"),
            *budgets.plan(spec.budget, live.budget),
        ]
    strangers = list(foreign(spec, live))
    if strangers:
        raise Refused(
            f"There is {' and '.join(strangers)} without our tags (Name, Project, Environment, ManagedBy), so nothing has been "
            "changed. Choose another name, or remove what is not needed."
        )
    wanted, have = list(_alarm_wanted(spec, live)), _alarm_ours(spec, live)
    if spec.password_policy is not None:
        wanted.append(Resource("password_policy", "account", stricter(spec.password_policy, live.password_policy)))
        have += _password_policy(live)
    return [*budgets.plan(spec.budget, live.budget), *compare(wanted, have)]


def _alarm_ours(spec, live):
    """In the order of creation."""
    found = [*live.topic, *alarm.live(live.alarm, live.alarm_tags)]
    return [each for each in found if spec.own_tags.items() <= each.properties["tags"].items()]


def _password_policy(live):
    if not live.password_policy:
        return []
    return [Resource("password_policy", "account", password_properties(live.password_policy))]


def _alarm_wanted(spec, live):
    if not spec.alarm_amount:
        return
    yield Resource("sns_topic", spec.name, {"subscriptions": _labels(subscriptions(spec, live)), "tags": spec.all_tags})
    yield alarm.wanted(spec.name, spec.alarm_amount, spec.currency, [live.topic_arn], spec.all_tags)


def subscriptions(spec, live):
    """Whom the topic writes to. Who was asked and has not answered can't be taken away, and AWS forgets them."""
    waiting = set(live.unconfirmed())
    wanted = [{"Protocol": "email", "Endpoint": each} for each in sorted({*spec.emails, *waiting})]
    return wanted + [{key: each[key] for key in ("Protocol", "Endpoint")} for each in live.others]


def notes(spec, live):
    """What is worth knowing though nothing is done about it."""
    if spec.state == "absent":
        found = [f"{each} does not carry our tags: left alone" for each in foreign(spec, live)]
        if live.password_policy and not spec.remove_password_policy:
            found.append("the account's password policy is everybody's, and stays as it is")
        return found
    if not spec.alarm_amount:
        return []
    found = [
        f"{each} has not confirmed yet that the alarm may write: AWS has sent a mail with a link, which holds for three days"
        for each in live.unconfirmed()
    ]
    if not live.billing_metrics:
        found.append(
            "CloudWatch knows no costs of this account, so the alarm stays silent. Its owner switches on CloudWatch billing alerts "
            "under Alert preferences in the billing console; the first figures come within a day"
        )
    return found
