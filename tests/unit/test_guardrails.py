# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What guards an account: what is compared, what is refused, and exactly what AWS is asked and told."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.stub import Stubber
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused
from ansible_collections.landfall.aws.plugins.module_utils.guardrails import plan
from ansible_collections.landfall.aws.plugins.modules import account_guardrails_plan, billing_alarm

ACCOUNT, NAME = "123456789012", "shop-dev-guardrails"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:{NAME}"
ALARM_ARN = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:{NAME}"
TAGS = {"Name": NAME, "Project": "shop", "Environment": "dev", "ManagedBy": "landfall.aws"}
TAG_LIST = [{"Key": key, "Value": value} for key, value in TAGS.items()]
PASSWORDS = {"min_pw_length": 12, "pw_max_age": 90, "pw_reuse_prevent": 5}
PASSWORDS |= dict.fromkeys(("require_symbols", "require_numbers", "require_uppercase", "require_lowercase"), True)
STRICT = {
    "MinimumPasswordLength": 12,
    "RequireSymbols": True,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": True,
    "AllowUsersToChangePassword": True,
    "ExpirePasswords": True,
    "MaxPasswordAge": 90,
    "PasswordReusePrevention": 5,
}
PUT = {
    "AlarmName": NAME,
    "Namespace": "AWS/Billing",
    "MetricName": "EstimatedCharges",
    "Dimensions": [{"Name": "Currency", "Value": "USD"}],
    "Statistic": "Maximum",
    "Period": 21600,
    "EvaluationPeriods": 1,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "missing",
    "ActionsEnabled": True,
    "Threshold": 10.0,
    "AlarmActions": [TOPIC],
    "AlarmDescription": "The account's costs of this month are above 10 USD",
}
LIVE_ALARM = {**PUT, "AlarmArn": ALARM_ARN, "StateValue": "OK"}
MAIL = {"Protocol": "email", "Endpoint": "ops@example.com", "SubscriptionArn": f"{TOPIC}:1", "TopicArn": TOPIC}
QUEUE = {**MAIL, "Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-east-1:123456789012:chat"}
WAITING = {**MAIL, "Endpoint": "late@example.com", "SubscriptionArn": "PendingConfirmation"}
BUDGET = {
    "BudgetName": NAME,
    "BudgetLimit": {"Amount": "10.0", "Unit": "USD"},
    "TimeUnit": "MONTHLY",
    "BudgetType": "COST",
}
NOTIFICATION = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
SPEC = plan.Spec(
    "present",
    NAME,
    "shop",
    "dev",
    amount="10",
    emails=["ops@example.com"],
    alarm_amount=10.0,
    password_policy=PASSWORDS,
)


class Ended(Exception):
    pass


class Module:
    """A run of a module against given clients."""

    check_mode = False

    def __init__(self, options, client):
        self.params, self.client = options, client

    def finish(self, **result):
        self.result = result
        raise Ended

    def refuse(self, message, **result):
        self.message = message
        raise Ended

    def fail_json_aws(self, error, msg):
        self.message = f"{msg}: {error}"
        raise Ended


def connect(service):
    return boto3.client(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


class Account:
    """Answers side by side, by operation, with what botocore's model allows; an error is raised."""

    def __init__(self, **changed):
        self.calls = []
        self.replies = {
            "GetCallerIdentity": {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/ada", "UserId": "AIDA"},
            "DescribeAlarms": {"MetricAlarms": [LIVE_ALARM]},
            "ListMetrics": {"Metrics": [{"Namespace": "AWS/Billing", "MetricName": "EstimatedCharges"}]},
            "GetAccountPasswordPolicy": {"PasswordPolicy": STRICT},
            "DescribeBudget": {"Budget": BUDGET},
            "budgets:ListTagsForResource": {"ResourceTags": TAG_LIST},
            "cloudwatch:ListTagsForResource": {"Tags": TAG_LIST},
            "sns:ListTagsForResource": {"Tags": TAG_LIST},
            "ListSubscriptionsByTopic": {"Subscriptions": [MAIL]},
            "DescribeNotificationsForBudget": {
                "Notifications": [
                    NOTIFICATION,
                    {**NOTIFICATION, "NotificationType": "FORECASTED", "Threshold": 100.0},
                ]
            },
            "DescribeSubscribersForNotification": {
                "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "ops@example.com"}]
            },
            **{key.replace("__", ":"): answer for key, answer in changed.items()},
        }
        self.clients = {}

    def client(self, service, **_more):
        if service not in self.clients:
            self.clients[service] = connect(service)
            self.clients[service]._make_api_call = self._answering(service, self.clients[service])
        return self.clients[service]

    def _answering(self, service, client):
        def call(operation, arguments):
            model = client.meta.service_model.operation_model(operation)
            client._convert_to_request_dict(dict(arguments), model, client.meta.endpoint_url)
            self.calls.append(operation)
            answer = self.replies.get(f"{service}:{operation}", self.replies.get(operation))
            if isinstance(answer, Exception):
                raise answer
            report = ParamValidator().validate(answer, model.output_shape)
            assert not report.has_errors(), report.generate_report()
            return answer

        return call

    def plan(self, monkeypatch, **options):
        given_ = {
            "state": "present",
            "name": NAME,
            "project": "shop",
            "environment": "dev",
            "tags": {},
            "prove": False,
            "amount": "10",
            "currency": "USD",
            "project_only": False,
            "notifications": None,
            "emails": ["ops@example.com"],
            "sns_topic_arn": None,
            "alarm_amount": 10.0,
            "password_policy": PASSWORDS,
            "remove_password_policy": False,
            "allow_root": False,
            **options,
        }
        module = Module(given_, self.client)
        monkeypatch.setattr(account_guardrails_plan, "LandfallModule", lambda **arguments: module)
        with pytest.raises(Ended):
            account_guardrails_plan.main()
        return module


def missing(code):
    return ClientError({"Error": {"Code": code, "Message": "not there"}}, "X")


EMPTY = {
    "DescribeAlarms": {"MetricAlarms": []},
    "ListMetrics": {"Metrics": []},
    "GetAccountPasswordPolicy": missing("NoSuchEntity"),
    "DescribeBudget": missing("NotFoundException"),
    "budgets__ListTagsForResource": missing("NotFoundException"),
    "sns__ListTagsForResource": missing("ResourceNotFound"),
    "ListSubscriptionsByTopic": missing("NotFound"),
    "DescribeNotificationsForBudget": missing("NotFoundException"),
}


def actions(module):
    return {each["type"]: each["action"] for each in module.result["changes"]}


def test_an_unchanged_account_costs_twelve_calls(monkeypatch):
    account = Account()
    module = account.plan(monkeypatch)
    assert set(actions(module).values()) == {"unchanged"}
    assert module.result["notes"] == []
    assert sorted(account.calls) == [
        "DescribeAlarms",
        "DescribeBudget",
        "DescribeNotificationsForBudget",
        "DescribeSubscribersForNotification",
        "DescribeSubscribersForNotification",
        "GetAccountPasswordPolicy",
        "GetCallerIdentity",
        "ListMetrics",
        "ListSubscriptionsByTopic",
        "ListTagsForResource",
        "ListTagsForResource",
        "ListTagsForResource",
    ]


def test_an_empty_account_gets_everything_and_is_told_about_billing_alerts(monkeypatch):
    account = Account(**EMPTY)
    module = account.plan(monkeypatch)
    assert actions(module) == dict.fromkeys(("budget", "sns_topic", "billing_alarm", "password_policy"), "add")
    assert module.result["topic_arn"] == TOPIC
    assert module.result["subscriptions"] == [{"protocol": "email", "endpoint": "ops@example.com"}]
    assert "CloudWatch billing alerts" in module.result["notes"][0]
    assert len(account.calls) == 9


@pytest.mark.parametrize("state", ["present", "absent"])
def test_the_root_user_is_refused_unless_allowed(monkeypatch, state):
    arn = f"arn:aws:iam::{ACCOUNT}:root"
    root = Account(GetCallerIdentity={"Account": ACCOUNT, "Arn": arn, "UserId": ACCOUNT})
    refused = root.plan(monkeypatch, state=state)
    assert "These are the credentials of the account's root user" in refused.message
    assert "Nothing has been changed" in refused.message
    assert root.plan(monkeypatch, state=state, allow_root=True).result["account_id"] == ACCOUNT


def test_who_has_no_credentials_is_told_how_to_sign_in(monkeypatch):
    account = Account(GetCallerIdentity=NoCredentialsError())
    account.replies["DescribeAlarms"] = NoCredentialsError()
    assert "aws configure" in account.plan(monkeypatch).message


def test_what_aws_refuses_is_not_taken_for_missing(monkeypatch):
    for operation in ("DescribeBudget", "GetAccountPasswordPolicy", "sns:ListTagsForResource"):
        account = Account()
        account.replies[operation] = missing("AccessDeniedException")
        assert "can't be read" in account.plan(monkeypatch).message


def test_others_of_the_same_name_are_named_together(monkeypatch):
    account = Account(cloudwatch__ListTagsForResource={"Tags": []}, sns__ListTagsForResource={"Tags": TAG_LIST[1:]})
    message = account.plan(monkeypatch).message
    assert f"There is the SNS topic {NAME} in us-east-1 and the alarm {NAME} in us-east-1 without our tags" in message
    left = account.plan(monkeypatch, state="absent")
    assert actions(left) == {"budget": "remove"}
    assert f"the alarm {NAME} in us-east-1 does not carry our tags: left alone" in left.result["notes"]


def test_other_subscriptions_stay_and_who_has_not_answered_is_named(monkeypatch):
    account = Account(ListSubscriptionsByTopic={"Subscriptions": [MAIL, QUEUE, WAITING]})
    module = account.plan(monkeypatch)
    assert actions(module)["sns_topic"] == "unchanged"
    assert module.result["notes"][0].startswith("late@example.com has not confirmed yet")
    module = account.plan(monkeypatch, emails=["boss@example.com"])
    assert actions(module)["sns_topic"] == "change"
    assert {each["endpoint"] for each in module.result["subscriptions"]} == {
        "boss@example.com",
        "late@example.com",
        QUEUE["Endpoint"],
    }


def test_no_alarm_is_wanted_by_no_amount(monkeypatch):
    module = Account().plan(monkeypatch, alarm_amount=0)
    assert actions(module) == {
        "budget": "unchanged",
        "password_policy": "unchanged",
        "billing_alarm": "remove",
        "sns_topic": "remove",
    }


def test_the_password_policy_goes_only_where_told(monkeypatch):
    kept = Account().plan(monkeypatch, state="absent")
    assert list(actions(kept)) == ["billing_alarm", "sns_topic", "budget"]
    assert kept.result["notes"] == ["the account's password policy is everybody's, and stays as it is"]
    gone = Account().plan(monkeypatch, state="absent", remove_password_policy=True)
    assert actions(gone)["password_policy"] == "remove"


def test_mistakes_are_named_before_any_call(monkeypatch):
    account = Account()
    wrong = {"amount": None, "emails": [], "alarm_amount": -1.0, "password_policy": {**PASSWORDS, "min_pw_length": 3}}
    message = account.plan(monkeypatch, name="a b", **wrong).message
    for said in (
        "5 mistakes",
        "name: 'a b'",
        "amount: must be",
        "emails: must be",
        "alarm_amount: ",
        "password_policy.min",
    ):
        assert said in message
    assert account.calls == []


POLICIES = st.fixed_dictionaries(
    {
        "MinimumPasswordLength": st.integers(6, 128),
        "RequireSymbols": st.booleans(),
        "RequireNumbers": st.booleans(),
        "RequireUppercaseCharacters": st.booleans(),
        "RequireLowercaseCharacters": st.booleans(),
        "AllowUsersToChangePassword": st.booleans(),
        "ExpirePasswords": st.booleans(),
    },
    optional={
        "MaxPasswordAge": st.integers(1, 1095),
        "PasswordReusePrevention": st.integers(1, 24),
        "HardExpiry": st.booleans(),
    },
)


@given(POLICIES, st.integers(6, 128), st.integers(0, 1095), st.integers(0, 24))
def test_a_password_policy_is_never_weakened_and_is_as_strict_as_wanted(live, length, age, reuse):
    wanted = {**PASSWORDS, "min_pw_length": length, "pw_max_age": age, "pw_reuse_prevent": reuse}
    result, before = plan.stricter(wanted, live), plan.password_properties(live)
    for each in (wanted, before):
        assert result["min_pw_length"] >= each["min_pw_length"]
        assert result["pw_reuse_prevent"] >= each["pw_reuse_prevent"]
        assert not each["pw_max_age"] or 0 < result["pw_max_age"] <= each["pw_max_age"]
        assert all(result[name] for name, value in each.items() if name.startswith("require_") and value)
    assert (result["allow_pw_change"], result["pw_expire"]) == (before["allow_pw_change"], before["pw_expire"])


def test_without_a_policy_users_may_change_their_passwords():
    assert plan.stricter(PASSWORDS, None) == {**PASSWORDS, "allow_pw_change": True, "pw_expire": False}


def test_a_refusal_leaves_no_way_around():
    with pytest.raises(Refused):
        plan.refuse_caller({"Arn": f"arn:aws:iam::{ACCOUNT}:root"}, False)
    assert plan.refuse_caller({"Arn": f"arn:aws:iam::{ACCOUNT}:user/root"}, False) is None


OPTIONS = {
    "state": "present",
    "name": NAME,
    "project": "shop",
    "environment": "dev",
    "threshold": 10.0,
    "currency": "USD",
    "topic_arns": [TOPIC],
    "tags": {},
}


@pytest.fixture
def cloudwatch():
    client = connect("cloudwatch")
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


def has(stubber, *alarms, tags=TAG_LIST):
    stubber.add_response("describe_alarms", {"MetricAlarms": list(alarms)}, {"AlarmNames": [NAME]})
    if alarms:
        stubber.add_response("list_tags_for_resource", {"Tags": tags}, {"ResourceARN": ALARM_ARN})


def run(monkeypatch, cloudwatch, check_mode=False, **options):
    module = Module({**OPTIONS, **options}, lambda service, region: cloudwatch[0])
    module.check_mode = check_mode
    monkeypatch.setattr(billing_alarm, "LandfallModule", lambda **arguments: module)
    with pytest.raises(Ended):
        billing_alarm.main()
    return module


def test_an_alarm_comes_with_its_tags_in_one_call(monkeypatch, cloudwatch):
    has(cloudwatch[1])
    cloudwatch[1].add_response("put_metric_alarm", {}, {**PUT, "Tags": TAG_LIST})
    assert run(monkeypatch, cloudwatch).result["changed"]


def test_an_unchanged_alarm_costs_two_calls(monkeypatch, cloudwatch):
    has(cloudwatch[1], LIVE_ALARM)
    assert not run(monkeypatch, cloudwatch).result["changed"]


@pytest.mark.parametrize(
    "drift",
    [
        {"Threshold": 99.0},
        {"ActionsEnabled": False},
        {"AlarmActions": []},
        {"Dimensions": [*PUT["Dimensions"], {"Name": "ServiceName", "Value": "AmazonEC2"}]},
    ],
    ids=lambda drift: next(iter(drift)),
)
def test_a_changed_alarm_is_put_again_without_tags_that_would_not_count(monkeypatch, cloudwatch, drift):
    has(cloudwatch[1], {**LIVE_ALARM, **drift})
    cloudwatch[1].add_response("put_metric_alarm", {}, PUT)
    assert run(monkeypatch, cloudwatch).result["changed"]


def test_tags_of_an_alarm_are_put_on_by_their_own_call(monkeypatch, cloudwatch):
    has(cloudwatch[1], LIVE_ALARM, tags=[*TAG_LIST, {"Key": "Theirs", "Value": "x"}])
    wanted = [{"Key": "Team", "Value": "web"}, *TAG_LIST]
    cloudwatch[1].add_response("tag_resource", {}, {"ResourceARN": ALARM_ARN, "Tags": wanted})
    assert run(monkeypatch, cloudwatch, tags={"Team": "web"}).result["changed"]


@pytest.mark.parametrize("exists", [True, False])
def test_an_alarm_is_removed_or_was_not_there(monkeypatch, cloudwatch, exists):
    has(cloudwatch[1], *([LIVE_ALARM] if exists else []))
    if exists:
        cloudwatch[1].add_response("delete_alarms", {}, {"AlarmNames": [NAME]})
    assert run(monkeypatch, cloudwatch, state="absent").result["changed"] is exists


def test_an_alarm_without_our_tags_is_not_touched(monkeypatch, cloudwatch):
    has(cloudwatch[1], LIVE_ALARM, tags=TAG_LIST[1:])
    assert "does not carry our tags" in run(monkeypatch, cloudwatch, threshold=99.0).message
    has(cloudwatch[1], LIVE_ALARM, tags=[])
    assert not run(monkeypatch, cloudwatch, state="absent").result["changed"]


@pytest.mark.parametrize("options", [{"threshold": 99.0}, {"state": "absent"}])
def test_check_mode_only_reads_an_alarm(monkeypatch, cloudwatch, options):
    has(cloudwatch[1], LIVE_ALARM)
    assert run(monkeypatch, cloudwatch, check_mode=True, **options).result["changed"]


def test_mistakes_of_an_alarm_are_named_before_any_call(monkeypatch, cloudwatch):
    message = run(monkeypatch, cloudwatch, threshold=0.0, topic_arns=["alerts"], tags={"aws:x": "y"}).message
    for said in ("3 mistakes", "threshold: 0.0 is not an amount", "topic_arns: 'alerts'", "tags: 'aws:x'"):
        assert said in message
