# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Budgets: what is compared, what AWS is told, and in exactly which calls, against botocore's model of the service."""

from __future__ import annotations

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.budgets import api, canonical
from ansible_collections.landfall.aws.plugins.modules import budget

ACCOUNT, NAME = "123456789012", "shop-dev"
PLACE = {"AccountId": ACCOUNT, "BudgetName": NAME}
ARN = f"arn:aws:budgets::{ACCOUNT}:budget/{NAME}"
IDENTITY = {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/ada", "UserId": "x"}
TAGS = {"Name": NAME, "Project": "shop", "Environment": "dev", "ManagedBy": "landfall.aws"}
ACTUAL = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
ACTUAL["ThresholdType"] = "PERCENTAGE"
FORECASTED = {**ACTUAL, "NotificationType": "FORECASTED", "Threshold": 100.0}
OPS, BOSS = ({"SubscriptionType": "EMAIL", "Address": f"{name}@example.com"} for name in ("ops", "boss"))
TOPICS = [f"arn:aws:sns:us-east-1:{ACCOUNT}:{name}" for name in ("alerts", "chat")]
SNS = [{"SubscriptionType": "SNS", "Address": topic} for topic in TOPICS]
LIVE = {
    "BudgetName": NAME,
    "BudgetLimit": {"Amount": "10.0", "Unit": "USD"},
    "CostTypes": {"IncludeTax": True},
    "TimeUnit": "MONTHLY",
    "TimePeriod": {"Start": 1793491200, "End": 3706473600},
    "CalculatedSpend": {"ActualSpend": {"Amount": "3.21", "Unit": "USD"}},
    "BudgetType": "COST",
    "LastUpdatedTime": 1793491200,
}
KEPT = {key: value for key, value in LIVE.items() if key not in canonical.REPORTED}
OPTIONS = {
    "state": "present",
    "name": NAME,
    "project": "shop",
    "environment": "dev",
    "amount": "10",
    "unit": None,
    "time_unit": None,
    "cost_filters": None,
    "project_only": False,
    "notifications": None,
    "emails": ["ops@example.com"],
    "sns_topic_arn": None,
    "tags": None,
}


class Ended(Exception):
    pass


class Module:
    """A run of the module against stubbed clients."""

    def __init__(self, clients, options, check_mode):
        self.params, self.check_mode = options, check_mode
        self.client = clients.get

    def finish(self, **result):
        self.result = result
        raise Ended

    def refuse(self, message, **result):
        self.message = message
        raise Ended


class Aws:
    """What AWS is asked, in order; reads that run side by side are answered one after the other here."""

    def __init__(self, monkeypatch):
        keys = {"region_name": "eu-west-3", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        self.clients = {name: boto3.client(name, **keys) for name in ("sts", "budgets")}
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        self.monkeypatch = monkeypatch
        for module in (api, budget):
            monkeypatch.setattr(module, "in_parallel", lambda reads: {name: read() for name, read in reads.items()})

    def expect(self, operation, answer=None, **arguments):
        self.stubs["budgets"].add_response(operation, answer or {}, arguments)

    def identity(self):
        self.stubs["sts"].add_response("get_caller_identity", IDENTITY, {})

    def has(self, live=None, tags=None, **told):
        """A live budget, with who is told of ``actual`` and ``forecasted``."""
        live, tags = live or LIVE, tags or TAGS
        self.identity()
        notifications = {"actual": ACTUAL, "forecasted": FORECASTED}
        self.expect("describe_budget", {"Budget": live}, **PLACE)
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        self.expect("list_tags_for_resource", {"ResourceTags": listed}, ResourceARN=ARN)
        found = [{**notifications[each], "NotificationState": "OK"} for each in told]
        self.expect("describe_notifications_for_budget", {"Notifications": found}, **PLACE)
        for each, to in told.items():
            expected = {**PLACE, "Notification": notifications[each]}
            self.expect("describe_subscribers_for_notification", {"Subscribers": to}, **expected)

    def has_none(self):
        self.identity()
        for operation in ("describe_budget", "list_tags_for_resource", "describe_notifications_for_budget"):
            self.stubs["budgets"].add_client_error(operation, "NotFoundException")

    def run(self, check_mode=False, **options):
        module = Module(self.clients, {**OPTIONS, **options}, check_mode)
        self.monkeypatch.setattr(budget, "LandfallModule", lambda **arguments: module)
        with pytest.raises(Ended):
            budget.main()
        return module


@pytest.fixture
def aws(monkeypatch):
    account = Aws(monkeypatch)
    with account.stubs["sts"], account.stubs["budgets"]:
        yield account
        for stub in account.stubs.values():
            stub.assert_no_pending_responses()


def test_a_budget_comes_with_notifications_and_tags_in_one_call(aws):
    aws.has_none()
    wanted = {
        "BudgetName": NAME,
        "BudgetLimit": {"Amount": "10", "Unit": "USD"},
        "TimeUnit": "MONTHLY",
        "BudgetType": "COST",
        "CostFilters": {"TagKeyValue": ["user:Project$shop"]},
    }
    told = [{"Notification": each, "Subscribers": [OPS]} for each in (ACTUAL, FORECASTED)]
    tags = [{"Key": key, "Value": value} for key, value in {"Team": "web", **TAGS}.items()]
    aws.expect("create_budget", AccountId=ACCOUNT, Budget=wanted, NotificationsWithSubscribers=told, ResourceTags=tags)
    result = aws.run(project_only=True, tags={"Team": "web"}).result
    assert result["changed"]
    assert result["budget"]["notifications"] == {
        "ACTUAL > 80 %": ["ops@example.com"],
        "FORECASTED > 100 %": ["ops@example.com"],
    }
    assert "+ budget shop-dev" in result["diff"]["prepared"]


def test_an_unchanged_budget_costs_four_calls_and_one_for_each_notification(aws):
    aws.has(forecasted=[OPS], actual=[OPS])
    result = aws.run().result
    assert not result["changed"]
    assert result["diff"] == {}
    assert result["budget"]["actual_spend"] == "3.21"


def test_what_is_left_out_is_left_as_it_is(aws):
    aws.has(actual=[BOSS])
    result = aws.run(amount=None, emails=None).result
    assert not result["changed"]
    assert result["budget"]["notifications"] == {"ACTUAL > 80 %": ["boss@example.com"]}


def test_an_update_says_again_what_it_does_not_change(aws):
    aws.has(actual=[OPS], forecasted=[OPS])
    # Whether others have filtered it with an expression is asked first.
    aws.expect("describe_budget", {"Budget": LIVE}, **PLACE, ShowFilterExpression=True)
    wanted = {**KEPT, "BudgetLimit": {"Amount": "12.5", "Unit": "USD"}}
    aws.expect("update_budget", AccountId=ACCOUNT, NewBudget=wanted)
    result = aws.run(amount="12.50").result
    assert "amount = 10 -> 12.5" in result["diff"]["prepared"]


def test_notifications_go_first_then_come_and_then_change_who_is_told(aws):
    aws.has(actual=[OPS, SNS[0]], forecasted=[OPS])
    half = {**ACTUAL, "Threshold": 50.0}
    aws.expect("delete_notification", **PLACE, Notification=FORECASTED)
    aws.expect("create_notification", **PLACE, Notification=half, Subscribers=[BOSS, SNS[1]])
    changed = {**PLACE, "Notification": ACTUAL}
    aws.expect("update_subscriber", **changed, OldSubscriber=OPS, NewSubscriber=BOSS)
    aws.expect("update_subscriber", **changed, OldSubscriber=SNS[0], NewSubscriber=SNS[1])
    wanted = [{"notification_type": "ACTUAL", "threshold": each} for each in (50.0, 80.0)]
    result = aws.run(notifications=wanted, emails=["boss@example.com"], sns_topic_arn=TOPICS[1]).result
    assert result["changed"]


@pytest.mark.parametrize(("live", "wanted"), [([OPS], ["boss", "ops"]), ([BOSS, OPS], ["ops"])], ids=["more", "fewer"])
def test_one_address_comes_or_goes_in_one_call(aws, live, wanted):
    aws.has(actual=live)
    operation = "create_subscriber" if len(live) == 1 else "delete_subscriber"
    aws.expect(operation, **PLACE, Notification=ACTUAL, Subscriber=BOSS)
    only = [{"notification_type": "ACTUAL", "threshold": 80.0}]
    assert aws.run(notifications=only, emails=[f"{name}@example.com" for name in wanted]).result["changed"]


def test_tags_that_are_not_named_stay_and_missing_ones_come(aws):
    aws.has(tags={**TAGS, "Theirs": "x"}, actual=[OPS], forecasted=[OPS])
    aws.expect("tag_resource", ResourceARN=ARN, ResourceTags=[{"Key": "Team", "Value": "web"}])
    assert aws.run(tags={"Team": "web"}).result["budget"]["tags"] == {**TAGS, "Theirs": "x", "Team": "web"}


@pytest.mark.parametrize("exists", [True, False])
def test_a_budget_is_removed_or_was_not_there(aws, exists):
    if exists:
        aws.has()
        aws.expect("delete_budget", **PLACE)
    else:
        aws.has_none()
    result = aws.run(state="absent", amount=None, emails=None).result
    assert result["changed"] is exists
    assert result["budget"] == {}


@pytest.mark.parametrize("missing", TAGS)
def test_a_budget_that_lacks_one_of_our_tags_is_not_touched(aws, missing):
    theirs = {key: value for key, value in TAGS.items() if key != missing}
    aws.has(tags=theirs)
    assert "does not carry our tags" in aws.run(amount="99").message
    aws.has(tags=theirs)
    result = aws.run(state="absent").result
    assert not result["changed"]
    assert result["notes"] == ["the budget shop-dev does not carry our tags: left alone"]


@pytest.mark.parametrize("options", [{"amount": "20"}, {"state": "absent"}, {"emails": ["boss@example.com"]}])
def test_check_mode_only_reads(aws, options):
    aws.has(actual=[OPS], forecasted=[OPS])
    assert aws.run(check_mode=True, **options).result["changed"]


def test_mistakes_are_named_before_any_call(aws):
    wrong = {
        "name": "a:b",
        "amount": "10 USD",
        "cost_filters": {"TagKeyValue": "x"},
        "project_only": True,
        "notifications": [{"notification_type": "ACTUAL", "threshold": 0.0, "emails": ["nobody"]}],
        "emails": None,
        "sns_topic_arn": "alerts",
        "tags": {"Name": "x"},
    }
    message = aws.run(**wrong).message
    for said in (
        "8 mistakes",
        "name: 'a:b'",
        "amount: '10 USD'",
        "cost_filters: the value of TagKeyValue is 'x'",
        "cost_filters: TagKeyValue is given, and project_only sets it",
        "notifications: notification 1: 0 is not a threshold",
        "notifications[0].emails: 'nobody'",
        "sns_topic_arn: 'alerts'",
        "tags: the tag 'Name'",
    ):
        assert said in message
    untold = [{"notification_type": "ACTUAL", "threshold": 80.0}]
    assert "nobody would get notification 1" in aws.run(notifications=untold, emails=None).message


def test_a_day_has_no_forecast(aws):
    daily = {**OPTIONS, "time_unit": "DAILY"}
    assert [each.label for each in canonical.notifications(daily)] == ["ACTUAL > 80 %"]
    forecast = [{"notification_type": "FORECASTED", "threshold": 100.0}]
    assert "AWS forecasts no single day" in aws.run(time_unit="DAILY", notifications=forecast).message


def test_a_new_budget_needs_an_amount_and_another_kind_is_refused(aws):
    aws.has_none()
    assert "amount: must be given for a new budget" in aws.run(amount=None).message
    aws.has({**LIVE, "BudgetType": "USAGE"})
    assert "one of USAGE, not of costs" in aws.run().message


def test_one_amount_takes_the_place_of_planned_ones():
    planned = {**KEPT, "PlannedBudgetLimits": {"1793491200": {"Amount": "9", "Unit": "USD"}}}
    wanted = {"amount": "10", "unit": None, "time_unit": None, "cost_filters": None}
    assert "PlannedBudgetLimits" not in canonical.document(wanted, planned)
    kept = canonical.document({**wanted, "amount": None}, planned)
    assert kept["PlannedBudgetLimits"]
    assert "BudgetLimit" not in kept
    found = {"budget": planned, "tags": TAGS, "notifications": {}, "arn": ARN}
    (change,) = canonical.plan(OPTIONS, found)
    assert change.before["amount"] == "PlannedBudgetLimits"


def test_an_expression_is_kept_where_filters_are_left_out_and_gives_way_where_they_are_given():
    expression = {"FilterExpression": {"Tags": {"Key": "x", "Values": ["y"]}}, "Metrics": ["UnblendedCost"]}
    wanted = {"amount": "10", "unit": None, "time_unit": None, "cost_filters": None}
    kept = canonical.document(wanted, {**KEPT, **expression})
    assert expression.items() <= kept.items()
    assert not {"CostFilters", "CostTypes"} & set(kept)
    given_ = canonical.document({**wanted, "cost_filters": {"Service": ["x"]}}, {**KEPT, **expression})
    assert given_["CostFilters"] == {"Service": ["x"]}
    assert not set(expression) & set(given_)


@given(st.decimals(min_value="0.01", max_value="999999999", places=2))
def test_an_amount_is_compared_by_its_value_however_it_is_written(amount):
    assert canonical.number(amount) == canonical.number(f"{amount}0") == canonical.number(str(amount).rstrip())
    assert "E" not in canonical.number(amount)


@given(st.permutations(["c@example.com", "a@example.com", "b@example.com"]), st.permutations(["x", "y"]))
def test_the_order_of_addresses_and_filters_says_nothing(emails, services):
    options = {**OPTIONS, "emails": emails, "cost_filters": {"Service": services}}
    told = dict.fromkeys(canonical.notifications(options), sorted(emails))
    live = {**LIVE, "CostFilters": {"Service": ["x", "y"]}}
    found = {"budget": live, "tags": TAGS, "notifications": told, "arn": ARN}
    (change,) = canonical.plan(options, found)
    assert not change.pending
