# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook guardrails: budget, topic, alarm and password policy come, are left alone, are mended, and go."""

from __future__ import annotations

import dataclasses
import json
import os

import boto3
import pytest
from billing import Billing

NAME = "landfall-dev-guardrails"
TAGS = {"Name": NAME, "Project": "landfall", "Environment": "dev", "ManagedBy": "landfall.aws"}
TAG_LIST = [{"Key": key, "Value": value} for key, value in TAGS.items()]
TOPIC = f"arn:aws:sns:us-east-1:123456789012:{NAME}"
CHAT = "arn:aws:sns:us-east-1:123456789012:chat"
MAILS = {"guardrails_emails": ["ops@example.com"]}
ACTUAL, FORECASTED = "ACTUAL > 80 %", "FORECASTED > 100 %"


class Account:
    """What is in the account, asked for without the collection's own code."""

    def __init__(self, account, billing):
        self.billing = billing
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        names = ("sns", "cloudwatch", "iam")
        self.sns, self.cloudwatch, self.iam = (boto3.client(name, endpoint_url=account.url, **keys) for name in names)

    @property
    def budget(self):
        return self.billing.budgets[NAME]

    @property
    def told(self):
        """{(kind, threshold): addresses} of the budget."""
        return {
            (each["notification"]["NotificationType"], each["notification"]["Threshold"]): sorted(
                to["Address"] for to in each["subscribers"]
            )
            for each in self.budget["notifications"].values()
        }

    @property
    def alarms(self):
        return self.cloudwatch.describe_alarms()["MetricAlarms"]

    @property
    def topics(self):
        return [each["TopicArn"] for each in self.sns.list_topics()["Topics"]]

    @property
    def subscribed(self):
        found = self.sns.list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]
        return sorted((each["Protocol"], each["Endpoint"]) for each in found)

    @property
    def password_policy(self):
        try:
            return self.iam.get_account_password_policy()["PasswordPolicy"]
        except self.iam.exceptions.NoSuchEntityException:
            return None

    def set_password_policy(self, **more):
        self.iam.update_account_password_policy(AllowUsersToChangePassword=True, **more)

    def assert_guarded(self, amount=10.0, emails=("ops@example.com",)):
        assert float(self.budget["budget"]["BudgetLimit"]["Amount"]) == amount
        assert self.budget["budget"]["TimeUnit"] == "MONTHLY"
        assert self.budget["tags"] == TAGS
        assert self.told == {("ACTUAL", 80.0): sorted(emails), ("FORECASTED", 100.0): sorted(emails)}
        assert self.topics == [TOPIC]
        assert self.sns.list_tags_for_resource(ResourceArn=TOPIC)["Tags"] == TAG_LIST
        assert self.subscribed == [("email", each) for each in sorted(emails)]
        (alarm,) = self.alarms
        assert (alarm["AlarmName"], alarm["Namespace"], alarm["MetricName"]) == (
            NAME,
            "AWS/Billing",
            "EstimatedCharges",
        )
        assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (amount, "GreaterThanThreshold")
        assert alarm["Dimensions"] == [{"Name": "Currency", "Value": "USD"}]
        assert alarm["AlarmActions"] == [TOPIC]
        assert self.cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"] == TAG_LIST

    def assert_nothing(self):
        assert (self.billing.budgets, self.alarms, self.topics) == ({}, [], [])


@pytest.fixture
def billing():
    server = Billing()
    yield server
    server.end()


@pytest.fixture
def aws(account, billing):
    return Account(account, billing)


@pytest.fixture
def playbook(playbook, billing):
    """Runs the playbook guardrails instead of roles."""

    class Signed(type(playbook.account)):
        environment = property(lambda self: {**super().environment, **billing.environment})

    playbook.account = Signed(**dataclasses.asdict(playbook.account))

    def command(roles, options, arguments):
        assert not roles
        variables = playbook.directory / "variables.json"
        variables.write_text(json.dumps(options))
        return ["ansible-playbook", "-i", os.devnull, "landfall.aws.guardrails", "-e", f"@{variables}", *arguments]

    playbook.command = command
    return playbook


def test_an_account_is_guarded_and_a_second_run_is_one_plan(playbook, aws):
    planned = playbook.succeed(check=True, diff=True, **MAILS)
    assert "Plan: 4 to add, 0 to change, 0 to remove" in planned.output
    assert f"+ budget {NAME}" in planned.output
    assert f"{ACTUAL}: [ops@example.com]" in planned.output
    assert planned.changed == 1
    aws.assert_nothing()
    assert aws.password_policy is None

    made = playbook.succeed(**MAILS)
    aws.assert_guarded()
    policy = aws.password_policy
    assert (policy["MinimumPasswordLength"], policy["MaxPasswordAge"], policy["PasswordReusePrevention"]) == (12, 90, 5)
    assert policy["RequireSymbols"]
    assert policy["RequireNumbers"]
    assert policy["AllowUsersToChangePassword"]
    assert made.changed == 4
    assert "CloudWatch knows no costs of this account" in made.output

    aws.billing.calls.clear()
    again = playbook.succeed(**MAILS)
    assert (again.recap()["changed"], again.recap()["ok"]) == (0, 4)  # two of them check argument specs
    assert sorted(aws.billing.calls) == [
        "DescribeBudget",
        "DescribeNotificationsForBudget",
        "DescribeSubscribersForNotification",
        "DescribeSubscribersForNotification",
        "ListTagsForResource",
    ]
    assert playbook.succeed(check=True, **MAILS).changed == 0


def test_what_is_wanted_otherwise_is_changed_and_the_rest_is_kept(playbook, aws):
    playbook.succeed(**MAILS)
    aws.sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:chat")
    aws.budget["tags"]["Team"] = "web"
    later = {
        "guardrails_emails": ["boss@example.com", "dev@example.com"],
        "guardrails_amount": "25",
        "guardrails_project_only": True,
        "guardrails_notifications": [{"threshold": 50}, {"threshold": 80}],
        "guardrails_topic_arn": CHAT,
        "landfall_owner": "Ada",
    }
    plan = playbook.succeed(check=True, diff=True, **later).output
    for line in (
        "amount = 10 -> 25",
        "notifications.ACTUAL > 50 % = (none) -> [boss@example.com, dev@example.com, " + CHAT,
        f"notifications.{FORECASTED} = [ops@example.com] -> (none)",
        "cost_filters.TagKeyValue = (none) -> [user:Project$landfall]",
        "threshold = 10.0 -> 25.0",
        "tags.Owner = (none) -> Ada",
    ):
        assert line in plan
    assert aws.budget["budget"]["BudgetLimit"]["Amount"] == "10"

    playbook.succeed(**later)
    assert aws.budget["budget"]["CostFilters"] == {"TagKeyValue": ["user:Project$landfall"]}
    assert aws.told == {("ACTUAL", each): [CHAT, "boss@example.com", "dev@example.com"] for each in (50.0, 80.0)}
    assert aws.budget["tags"] == {**TAGS, "Team": "web", "Owner": "Ada"}
    assert aws.alarms[0]["Threshold"] == 25.0
    assert {each for each in aws.subscribed if each[0] == "sqs"}
    assert ("email", "boss@example.com") in aws.subscribed
    assert playbook.succeed(**later).changed == 0

    playbook.succeed(guardrails_alarm_amount="0", **later)
    assert (aws.alarms, aws.topics) == ([], [])
    assert playbook.succeed(guardrails_alarm_amount="0", **later).changed == 0


def test_drift_is_named_and_mended(playbook, aws):
    playbook.succeed(**MAILS)
    aws.budget["budget"]["BudgetLimit"]["Amount"] = "1000"
    aws.budget["notifications"].popitem()
    alarm = aws.alarms[0]
    drifted = {key: alarm[key] for key in ("AlarmName", "Namespace", "MetricName", "Period", "EvaluationPeriods")}
    drifted |= {"Statistic": "Maximum", "ComparisonOperator": "GreaterThanThreshold", "Dimensions": alarm["Dimensions"]}
    aws.cloudwatch.put_metric_alarm(**drifted, Threshold=5000.0, ActionsEnabled=False, AlarmActions=[TOPIC])
    plan = playbook.succeed(check=True, diff=True, **MAILS).output
    for line in ("amount = 1000 -> 10", "threshold = 5000.0 -> 10.0", "actions_enabled = false -> true"):
        assert line in plan
    playbook.succeed(**MAILS)
    aws.assert_guarded()
    assert aws.alarms[0]["ActionsEnabled"] is True


def test_the_password_policy_is_never_weakened(playbook, aws):
    aws.set_password_policy(MinimumPasswordLength=20, MaxPasswordAge=30, RequireSymbols=False, HardExpiry=True)
    playbook.succeed(**MAILS)
    policy = aws.password_policy
    assert (policy["MinimumPasswordLength"], policy["MaxPasswordAge"], policy["RequireSymbols"]) == (20, 30, True)
    assert policy["HardExpiry"]
    assert playbook.succeed(guardrails_password_length=8, **MAILS).changed == 0
    assert aws.password_policy["MinimumPasswordLength"] == 20


def test_a_password_policy_that_nobody_asked_about_stays(playbook, aws):
    aws.set_password_policy(MinimumPasswordLength=6)
    playbook.succeed(guardrails_password_policy=False, **MAILS)
    assert aws.password_policy["MinimumPasswordLength"] == 6


def test_the_way_back_leaves_nothing_and_keeps_the_password_policy_unless_told(playbook, aws):
    playbook.succeed(**MAILS)
    planned = playbook.succeed(check=True, diff=True, guardrails_state="absent")
    assert "0 to add, 0 to change, 3 to remove" in planned.output
    aws.assert_guarded()
    gone = playbook.succeed(landfall_state="absent")
    aws.assert_nothing()
    assert "password policy is everybody's" in gone.output
    assert aws.password_policy["MinimumPasswordLength"] == 12
    assert playbook.succeed(landfall_state="absent").changed == 0
    playbook.succeed(landfall_state="absent", guardrails_remove_password_policy=True)
    assert aws.password_policy is None
    assert playbook.succeed(landfall_state="absent", guardrails_remove_password_policy=True).changed == 0


def test_what_others_made_under_the_same_name_is_in_the_way(playbook, aws):
    aws.billing.budgets[NAME] = {
        "budget": {"BudgetName": NAME, "BudgetType": "COST", "TimeUnit": "MONTHLY"}
        | {"BudgetLimit": {"Amount": "99", "Unit": "USD"}},
        "notifications": {},
        "tags": {**TAGS, "ManagedBy": "hand"},
    }
    aws.sns.create_topic(Name=NAME)
    refused = playbook.fail(**MAILS).output
    assert f"the budget {NAME} and the SNS topic {NAME} in us-east-1 without our tags" in refused
    assert (aws.alarms, aws.password_policy) == ([], None)
    left = playbook.succeed(guardrails_state="absent")
    assert left.changed == 0
    assert f"the budget {NAME} does not carry our tags: left alone" in left.output
    assert NAME in aws.billing.budgets
    assert aws.topics == [TOPIC]


@pytest.mark.parametrize("task", ["Topic writes to who has to know", "Alarm goes off", "Passwords are as strict"])
def test_a_run_that_was_killed_is_finished_by_the_next(playbook, aws, task):
    playbook.kill_at(task, **MAILS)
    playbook.succeed(**MAILS)
    aws.assert_guarded()
    assert playbook.succeed(**MAILS).changed == 0


def test_a_removal_that_was_killed_is_finished_by_the_next(playbook, aws):
    playbook.succeed(**MAILS)
    playbook.kill_at("Budget is gone", guardrails_state="absent")
    assert NAME in aws.billing.budgets
    playbook.succeed(guardrails_state="absent")
    aws.assert_nothing()


def test_every_mistake_is_named_at_once_and_aws_is_not_asked(playbook, aws):
    wrong = {
        "guardrails_name": "a b",
        "guardrails_emails": ["nobody", "a@example.com", "a@example.com"],
        "guardrails_amount": "10 USD",
        "guardrails_notifications": [{"threshold": 0}],
        "guardrails_topic_arn": "alerts",
        "guardrails_alarm_amount": "-1",
        "guardrails_password_length": 5,
        "guardrails_password_max_age": 2000,
        "guardrails_password_reuse_prevention": 25,
        "guardrails_tags": {"Name": "mine"},
        "landfall_region": "eu-wst-3",
    }
    output = playbook.fail(**wrong).output
    assert "mistakes in the options; nothing has been changed" in output
    message = output.partition("mistakes in the options")[2].partition("Origin:")[0]
    for said in (
        "guardrails_name: 'a b'",
        "guardrails_emails[0]: 'nobody'",
        "guardrails_emails: a@example.com is named 2 times",
        "guardrails_amount: '10 USD' is not an amount",
        "guardrails_notifications: notification 1: 0 is not a threshold",
        "guardrails_topic_arn: 'alerts'",
        "guardrails_alarm_amount: '-1'",
        "guardrails_password_length: 5",
        "guardrails_password_max_age: 2000",
        "guardrails_password_reuse_prevention: 25",
        "guardrails_tags: the tag 'Name'",
        "landfall_region: 'eu-wst-3' is not an AWS region",
    ):
        assert said in message
    assert "guardrails_emails: must be given" in playbook.fail().output
    assert aws.billing.calls == []


def test_what_aws_refuses_is_said_and_nothing_is_changed(playbook, aws):
    aws.billing.refused["DescribeBudget"] = "AccessDeniedException"
    refused = playbook.fail(**MAILS).output
    assert "What guards the account of landfall can't be read" in refused
    assert "AccessDeniedException" in refused
    aws.assert_nothing()
    assert aws.password_policy is None
