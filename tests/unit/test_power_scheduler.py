# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schedules and their groups: what is compared, what AWS is told, and in exactly which calls."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.scheduler import api, canonical
from ansible_collections.landfall.aws.plugins.modules import scheduler_schedule, scheduler_schedule_group

ARN = "arn:aws:scheduler:eu-west-3:123456789012:schedule/power/stop"
GROUP_ARN = "arn:aws:scheduler:eu-west-3:123456789012:schedule-group/power"
TARGET = {
    "Arn": "arn:aws:scheduler:::aws-sdk:ec2:stopInstances",
    "RoleArn": "arn:aws:iam::123456789012:role/power",
    "Input": '{"InstanceIds":["i-1"]}',
    "RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10},
}
LIVE = {
    "Arn": ARN,
    "GroupName": "power",
    "Name": "stop",
    "Description": "Someone's own words",
    "ScheduleExpression": "cron(0 20 ? * MON-FRI *)",
    "ScheduleExpressionTimezone": "Europe/Paris",
    "State": "ENABLED",
    "Target": TARGET,
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "ActionAfterCompletion": "NONE",
}
KEPT = {key: value for key, value in LIVE.items() if key != "Arn"}
PLACE = {"GroupName": "power", "Name": "stop"}
OPTIONS = {
    "state": "present",
    "name": "stop",
    "group_name": "power",
    "description": None,
    "schedule_expression": "cron(0 20 ? * MON-FRI *)",
    "schedule_expression_timezone": None,
    "schedule_state": None,
    "action_after_completion": None,
    "flexible_time_window": None,
    "target": None,
}
WHOLE_TARGET = {
    "arn": TARGET["Arn"],
    "role_arn": TARGET["RoleArn"],
    "input": '{"InstanceIds": ["i-1"]}',
    "retry_policy": {"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": None},
    "dead_letter_config": None,
}


class Ended(Exception):
    pass


class Module:
    """A run of a module against a stubbed client."""

    check_mode = False

    def __init__(self, client, options):
        self.params = options
        self.client = lambda service: client

    def finish(self, **result):
        self.result = result
        raise Ended

    def refuse(self, message, **result):
        self.message = message
        raise Ended


@pytest.fixture
def aws(monkeypatch):
    monkeypatch.setattr(api, "NEW_ROLE", {"seconds": 30, "delay": 0})
    monkeypatch.setattr(api, "DELETION_DELAY", 0)
    client = boto3.client("scheduler", region_name="eu-west-3", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


def run(monkeypatch, aws, plugin, options, check_mode=False):
    module = Module(aws[0], options)
    module.check_mode = check_mode
    monkeypatch.setattr(plugin, "LandfallModule", lambda **arguments: module)
    with pytest.raises(Ended):
        plugin.main()
    return module


def schedule(monkeypatch, aws, check_mode=False, **options):
    return run(monkeypatch, aws, scheduler_schedule, {**OPTIONS, **options}, check_mode)


def missing(stubber, operation="get_schedule", expected=None):
    stubber.add_client_error(
        operation, "ResourceNotFoundException", expected_params=PLACE if expected is None else expected
    )


def test_a_schedule_is_made_in_two_calls(monkeypatch, aws):
    _client, stubber = aws
    missing(stubber)
    target = {**TARGET, "Input": '{"InstanceIds": ["i-1"]}', "RetryPolicy": {"MaximumEventAgeInSeconds": 3600}}
    expected = {
        **PLACE,
        "ScheduleExpression": "cron(0 20 ? * MON-FRI *)",
        "Target": target,
        "FlexibleTimeWindow": {"Mode": "OFF"},
    }
    stubber.add_response("create_schedule", {"ScheduleArn": ARN}, expected)
    result = schedule(monkeypatch, aws, target=WHOLE_TARGET).result
    assert result["changed"]
    assert result["schedule"]["arn"] == ARN
    assert result["schedule"]["target"]["retry_policy"] == {"maximum_event_age_in_seconds": 3600}
    assert "+ schedule stop" in result["diff"]["prepared"]


def test_an_unchanged_schedule_costs_one_call(monkeypatch, aws):
    aws[1].add_response("get_schedule", LIVE, PLACE)
    result = schedule(monkeypatch, aws, target=WHOLE_TARGET).result
    assert not result["changed"]
    assert result["schedule"]["description"] == "Someone's own words"


def test_an_update_says_again_what_it_does_not_change(monkeypatch, aws):
    aws[1].add_response("get_schedule", LIVE, PLACE)
    aws[1].add_response("update_schedule", {"ScheduleArn": ARN}, {**KEPT, "State": "DISABLED"})
    result = schedule(monkeypatch, aws, schedule_expression=None, schedule_state="DISABLED").result
    assert "state = ENABLED -> DISABLED" in result["diff"]["prepared"]
    assert result["schedule"]["state"] == "DISABLED"


def test_of_another_target_nothing_is_kept(monkeypatch, aws):
    aws[1].add_response("get_schedule", LIVE, PLACE)
    other = {"Arn": "arn:aws:sqs:eu-west-3:123456789012:queue", "RoleArn": TARGET["RoleArn"]}
    aws[1].add_response("update_schedule", {"ScheduleArn": ARN}, {**KEPT, "Target": other})
    target = {**dict.fromkeys(WHOLE_TARGET), "arn": other["Arn"], "role_arn": other["RoleArn"]}
    assert schedule(monkeypatch, aws, target=target).result["changed"]


@pytest.mark.parametrize("exists", [True, False])
def test_a_schedule_is_removed_or_was_not_there(monkeypatch, aws, exists):
    if exists:
        aws[1].add_response("get_schedule", LIVE, PLACE)
        aws[1].add_response("delete_schedule", {}, PLACE)
    else:
        missing(aws[1])
    result = schedule(monkeypatch, aws, state="absent").result
    assert result["changed"] is exists
    assert result["schedule"] == {}


@pytest.mark.parametrize("state", ["present", "absent"])
def test_check_mode_only_reads(monkeypatch, aws, state):
    aws[1].add_response("get_schedule", LIVE, PLACE)
    changed = {"schedule_expression": "rate(1 day)", "state": state}
    assert schedule(monkeypatch, aws, check_mode=True, **changed).result["changed"]


def test_a_role_that_was_just_made_is_waited_for(monkeypatch, aws):
    _client, stubber = aws
    not_yet = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
    missing(stubber)
    stubber.add_client_error("create_schedule", "ValidationException", not_yet)
    stubber.add_client_error("create_schedule", "ValidationException", not_yet)
    stubber.add_response("create_schedule", {"ScheduleArn": ARN})
    assert schedule(monkeypatch, aws, target=WHOLE_TARGET).result["changed"]


def test_the_wait_for_a_role_ends_and_other_faults_are_not_waited_for(monkeypatch, aws):
    client, stubber = aws
    stubber.add_client_error("create_schedule", "ValidationException", "Invalid Schedule Expression")
    with pytest.raises(client.exceptions.ValidationException, match="Invalid Schedule"):
        api.create_schedule(client, {**PLACE, **KEPT})
    monkeypatch.setattr(api, "NEW_ROLE", {"seconds": -1, "delay": 0})
    stubber.add_client_error("create_schedule", "ValidationException", "must allow ... to assume the role")
    with pytest.raises(client.exceptions.ValidationException, match="assume the role"):
        api.create_schedule(client, {**PLACE, **KEPT})


def test_mistakes_are_named_before_any_call_and_what_is_missing_before_any_change(monkeypatch, aws):
    wrong = {"schedule_expression": "at noon", "schedule_expression_timezone": "Paris"}
    message = schedule(monkeypatch, aws, **wrong).message
    assert "2 mistakes" in message
    assert "schedule_expression: 'at noon'" in message
    assert "schedule_expression_timezone: 'Paris'" in message
    missing(aws[1])
    message = schedule(monkeypatch, aws, schedule_expression=None, target={**WHOLE_TARGET, "role_arn": None}).message
    assert "schedule_expression: must be given for a new schedule" in message
    assert "target.role_arn: must be given for a new schedule" in message


@given(st.dictionaries(st.text(max_size=9), st.one_of(st.integers(), st.lists(st.text(max_size=5), max_size=3))))
def test_a_user_s_own_keys_are_compared_as_they_are_and_never_recased(told):
    options = {**OPTIONS, "target": {**WHOLE_TARGET, "input": json.dumps(told)}}
    document = canonical.document(options)
    assert canonical.properties(document)["target.input"] == told
    live = {**LIVE, "Target": {**TARGET, "Input": json.dumps(told, indent=3)}}
    (change,) = canonical.plan_schedule("stop", "present", document, live)
    assert not change.pending


GROUP = {"state": "present", "name": "power", "tags": {"Project": "shop"}, "purge_tags": True, "wait_timeout": 60}
LIVE_GROUP = {"Arn": GROUP_ARN, "Name": "power", "State": "ACTIVE"}
NAMED = {"Name": "power"}


def group(monkeypatch, aws, check_mode=False, **options):
    return run(monkeypatch, aws, scheduler_schedule_group, {**GROUP, **options}, check_mode)


def has_tags(stubber, **tags):
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    stubber.add_response("list_tags_for_resource", {"Tags": listed}, {"ResourceArn": GROUP_ARN})


def test_a_group_is_made_with_its_tags_in_two_calls(monkeypatch, aws):
    missing(aws[1], "get_schedule_group", NAMED)
    expected = {**NAMED, "Tags": [{"Key": "Project", "Value": "shop"}]}
    aws[1].add_response("create_schedule_group", {"ScheduleGroupArn": GROUP_ARN}, expected)
    result = group(monkeypatch, aws).result
    assert result["changed"]
    assert result["schedule_group"] == {"name": "power", "arn": GROUP_ARN, "tags": {"Project": "shop"}}


def test_an_unchanged_group_costs_two_calls(monkeypatch, aws):
    aws[1].add_response("get_schedule_group", LIVE_GROUP, NAMED)
    has_tags(aws[1], Project="shop")
    assert not group(monkeypatch, aws).result["changed"]


@pytest.mark.parametrize(
    ("options", "tagged", "untagged", "left"),
    [
        ({"tags": {"Project": "web"}}, {"Project": "web"}, ["Theirs"], {"Project": "web"}),
        ({"tags": {"Project": "web"}, "purge_tags": False}, {"Project": "web"}, [], {"Project": "web", "Theirs": "x"}),
        ({"tags": {}}, {}, ["Project", "Theirs"], {}),
        ({"tags": None}, {}, [], {"Project": "shop", "Theirs": "x"}),
    ],
    ids=["purge", "keep", "none", "left out"],
)
def test_tags_of_a_group(monkeypatch, aws, options, tagged, untagged, left):
    aws[1].add_response("get_schedule_group", LIVE_GROUP, NAMED)
    has_tags(aws[1], Project="shop", Theirs="x")
    if tagged:
        listed = [{"Key": key, "Value": value} for key, value in tagged.items()]
        aws[1].add_response("tag_resource", {}, {"ResourceArn": GROUP_ARN, "Tags": listed})
    if untagged:
        aws[1].add_response("untag_resource", {}, {"ResourceArn": GROUP_ARN, "TagKeys": untagged})
    result = group(monkeypatch, aws, **options).result
    assert result["changed"] is bool(tagged or untagged)
    assert result["schedule_group"]["tags"] == left


def test_a_group_that_is_removed_is_waited_for(monkeypatch, aws):
    aws[1].add_response("get_schedule_group", LIVE_GROUP, NAMED)
    aws[1].add_response("delete_schedule_group", {}, NAMED)
    aws[1].add_response("get_schedule_group", {**LIVE_GROUP, "State": "DELETING"}, NAMED)
    missing(aws[1], "get_schedule_group", NAMED)
    assert group(monkeypatch, aws, state="absent").result["changed"]


def test_a_removal_that_was_killed_is_waited_for_and_not_asked_for_again(monkeypatch, aws):
    aws[1].add_response("get_schedule_group", {**LIVE_GROUP, "State": "DELETING"}, NAMED)
    missing(aws[1], "get_schedule_group", NAMED)
    assert group(monkeypatch, aws, state="absent").result["changed"]


def test_a_group_that_is_being_deleted_is_made_anew_once_it_is_gone(monkeypatch, aws):
    aws[1].add_response("get_schedule_group", {**LIVE_GROUP, "State": "DELETING"}, NAMED)
    has_tags(aws[1], Project="shop")
    missing(aws[1], "get_schedule_group", NAMED)
    aws[1].add_response("create_schedule_group", {"ScheduleGroupArn": GROUP_ARN})
    assert group(monkeypatch, aws).result["changed"]


def test_the_wait_for_a_group_is_bounded(monkeypatch, aws):
    aws[1].add_response("get_schedule_group", {**LIVE_GROUP, "State": "DELETING"}, NAMED)
    aws[1].add_response("get_schedule_group", {**LIVE_GROUP, "State": "DELETING"}, NAMED)
    message = group(monkeypatch, aws, state="absent", wait_timeout=-1).message
    assert "power is still being deleted" in message


@pytest.mark.parametrize("state", ["present", "absent"])
def test_check_mode_only_reads_a_group(monkeypatch, aws, state):
    aws[1].add_response("get_schedule_group", LIVE_GROUP, NAMED)
    if state == "present":
        has_tags(aws[1])
    assert group(monkeypatch, aws, check_mode=True, state=state).result["changed"]
