# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module: what it fails for, what it asks AWS, and that it needs none for the rest."""

from __future__ import annotations

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.landfall.aws.plugins.module_utils.asl.source import read
from ansible_collections.landfall.aws.plugins.modules import stepfunctions_definition
from tests.unit.stepfunctions.account import ROLE, Runner, Scripted

RIGHT = """
StartAt: Ship
States:
  Ship:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke
    Parameters: {FunctionName: ship}
    Catch: [{ErrorEquals: [OutOfStock], Next: Sorry}]
    Next: Kind
  Kind:
    Type: Choice
    Choices: [{Variable: $.kind, StringEquals: book, Next: Shipped}]
    Default: Sorry
  Sorry: {Type: Fail, Error: NotShipped}
  Shipped: {Type: Succeed}
"""
WRONG = RIGHT.replace("Next: Kind", "Next: Knd").replace("    Default: Sorry\n", "")
TEXT = read(RIGHT).text


def run(**options):
    return Scripted().run(stepfunctions_definition, **options)


def test_a_definition_that_is_right_needs_no_aws(monkeypatch):
    def no_client(*_given, **_more):
        raise AssertionError("AWS was asked")

    monkeypatch.setattr(AnsibleAWSModule, "client", no_client)
    monkeypatch.setattr(stepfunctions_definition, "HAS_BOTO3", False)
    result = Runner().succeed(stepfunctions_definition, definition=RIGHT)
    assert result.returned == {
        "ok": True,
        "problems": [],
        "tests": [],
        "notes": [],
        "changed": False,
        "api_call_count": 0,
    }


def test_boto3_is_asked_for_where_it_is_needed(monkeypatch):
    monkeypatch.setattr(stepfunctions_definition, "HAS_BOTO3", False)
    assert "boto3" in Runner().fail(stepfunctions_definition, definition=RIGHT, validate_server=True).message


def test_all_that_is_found_stands_in_the_message(tmp_path):
    path = tmp_path / "orders.asl.yaml"
    path.write_text(WRONG, encoding="utf-8")
    result = run(definition_file=str(path))
    assert result.message.splitlines() == [
        f'{path}:9:5 [MISSING_TRANSITION_TARGET] Next "Knd" does not exist; did you mean "Kind"?',
        f'{path}:10:3 [NO_DEFAULT] The Choice "Kind" has no Default; add Default, be it a Fail that says what came',
        f'{path}:10:3 [UNREACHABLE_STATE] No transition leads to the state "Kind"; lead to it, or remove it',
        f'{path}:14:3 [UNREACHABLE_STATE] No transition leads to the state "Shipped"; lead to it, or remove it',
    ]
    assert next((each["line"], each["code"]) for each in result["problems"]) == (9, "MISSING_TRANSITION_TARGET")
    assert result["ok"] is False
    assert result["api_call_count"] == 0


@pytest.mark.parametrize(
    ("fail_on", "definition", "failed", "ok"),
    [
        ("error", WRONG, True, False),
        ("never", WRONG, False, False),
        ("error", RIGHT.replace("    Default: Sorry\n", ""), False, True),
        ("warning", RIGHT.replace("    Default: Sorry\n", ""), True, False),
        ("warning", RIGHT, False, True),
    ],
)
def test_what_it_fails_for(fail_on, definition, failed, ok):
    result = run(definition=definition, fail_on=fail_on)
    assert (result.failed, result["ok"], result["changed"]) == (failed, ok, False)


def test_a_warning_is_shown_and_can_be_ignored():
    without = RIGHT.replace("    Default: Sorry\n", "")
    assert "NO_DEFAULT" in run(definition=without)["notes"][0]
    assert run(definition=without, ignore=["NO_DEFAULT"], fail_on="warning")["notes"] == []


def test_a_dict_with_substitutions_and_the_type_express():
    tree = {
        "StartAt": "A",
        "States": {"A": {"Type": "Task", "Resource": "${Arn}", "TimeoutSeconds": "${T}", "End": True}},
    }
    arn = "arn:aws:states:::glue:startJobRun.sync"
    assert run(definition=tree, substitutions={"Arn": arn, "T": 5})["ok"]
    result = run(definition=tree, substitutions={"Arn": arn, "T": "5", "Q": 1}, type="EXPRESS")
    assert [each["code"] for each in result["problems"]] == ["SUBSTITUTION", "WRONG_TYPE", "EXPRESS"]
    assert result.message.startswith("definition:/ [SUBSTITUTION] the substitution Q is given")


def test_a_file_that_is_not_there_and_a_definition_that_is_none():
    assert "definition_file: '/nowhere' can't be read" in run(definition_file="/nowhere").message
    assert "definition: 5 is not valid" in run(definition=5).message
    assert "wants an object" in run(definition="[]").message


def test_aws_is_asked_and_its_findings_stand_at_the_same_lines():
    diagnostics = [
        {
            "severity": "ERROR",
            "code": "SCHEMA_VALIDATION_FAILED",
            "message": "is bad",
            "location": "/States/Kind/Choices[0]/Next",
        },
        {"severity": "WARNING", "code": "SOMETHING", "message": "is odd", "location": "/States/Sorry"},
        {"severity": "WARNING", "code": "IGNORED", "message": "is odd"},
    ]
    script = Scripted().on(
        "validate_state_machine_definition",
        {"result": "FAIL", "diagnostics": diagnostics},
        definition=TEXT,
        type="STANDARD",
        severity="WARNING",
    )
    result = script.fail(stepfunctions_definition, definition=RIGHT, validate_server=True, ignore=["IGNORED"])
    assert result.message.splitlines() == [
        "definition:12:54 [SCHEMA_VALIDATION_FAILED] is bad",
        "definition:14:3 [SOMETHING] is odd",
    ]
    assert result["api_call_count"] == 1


def test_aws_is_not_asked_about_what_can_not_be_read():
    result = run(definition="{", validate_server=True)
    assert [each["code"] for each in result["problems"]] == ["SYNTAX"]
    assert result["api_call_count"] == 0


def test_states_are_tried_out():
    tests = [
        {
            "state": "Ship",
            "input": {"id": 7},
            "variables": {"x": 1},
            "context": {"Execution": {"Name": "a"}},
            "mock": {"result": {"Payload": 1}, "field_validation_mode": "NONE"},
            "expect": {"next_state": "Kind", "output": {"Payload": 1}},
        },
        {"state": "Ship", "mock": {"error_output": {"error": "OutOfStock"}}, "expect": {"status": "CAUGHT_ERROR"}},
        {"state": "Kind", "input": {"kind": "book"}, "role_arn": f"{ROLE}2", "expect": {"next_state": "Sorry"}},
        {"state": "Sorry", "expect": {"error": "NotShipped", "status": "FAILED"}},
    ]
    script = Scripted()
    script.on(
        "test_state",
        {"status": "SUCCEEDED", "output": '{"Payload": 1}', "nextState": "Kind"},
        definition=TEXT,
        stateName="Ship",
        roleArn=ROLE,
        input='{"id": 7}',
        variables='{"x": 1}',
        context='{"Execution": {"Name": "a"}}',
        mock={"result": '{"Payload": 1}', "fieldValidationMode": "NONE"},
    )
    script.on(
        "test_state",
        {"status": "CAUGHT_ERROR", "error": "OutOfStock", "nextState": "Sorry"},
        definition=TEXT,
        stateName="Ship",
        roleArn=ROLE,
        mock={"errorOutput": {"error": "OutOfStock"}},
    )
    script.on(
        "test_state",
        {"status": "SUCCEEDED", "output": '{"kind": "book"}', "nextState": "Shipped"},
        definition=TEXT,
        stateName="Kind",
        roleArn=f"{ROLE}2",
        input='{"kind": "book"}',
    )
    script.on(
        "test_state", {"status": "FAILED", "error": "NotShipped"}, definition=TEXT, stateName="Sorry", roleArn=ROLE
    )
    result = script.fail(stepfunctions_definition, definition=RIGHT, role_arn=ROLE, test_state=tests)
    assert result.message == 'test of Kind: next_state is "Shipped", and "Sorry" was expected'
    assert [(each["ok"], each["status"]) for each in result["tests"]] == [
        (True, "SUCCEEDED"),
        (True, "CAUGHT_ERROR"),
        (False, "SUCCEEDED"),
        (True, "FAILED"),
    ]
    assert result["api_call_count"] == 4


def test_a_state_that_fails_says_why():
    script = Scripted().on("test_state", {"status": "FAILED", "error": "States.Runtime", "cause": "no $.kind"})
    result = script.fail(stepfunctions_definition, definition=RIGHT, test_state=[{"state": "Kind"}])
    assert result.message.splitlines() == [
        'test of Kind: status is "FAILED", and "SUCCEEDED" was expected',
        "test of Kind: it failed with States.Runtime: no $.kind",
    ]


def test_check_mode_runs_nothing():
    mocked = {"state": "Ship", "mock": {"result": 1}}
    script = Scripted().on("test_state", {"status": "SUCCEEDED"}).on("test_state", {"status": "SUCCEEDED"})
    tests = [{"state": "Ship"}, mocked, {"state": "Kind"}]
    result = script.succeed(stepfunctions_definition, check_mode=True, definition=RIGHT, test_state=tests)
    assert [each["skipped"] for each in result["tests"]] == [True, False, False]


def test_all_mistakes_of_the_tests_are_told_before_a_call():
    tests = [
        {"state": "Shp"},
        {"state": "Kind", "mock": {"result": 1}},
        {"state": "Ship", "mock": {"field_validation_mode": "NONE"}},
        {"state": "Ship", "context": {}},
    ]
    message = run(definition=RIGHT, test_state=tests).message
    assert 'test_state[0].state: the definition has no state "Shp"; did you mean "Ship"?' in message
    assert "test_state[1].mock: AWS mocks Task, Map, Parallel, and Kind is a Choice; remove it" in message
    assert "test_state[2].mock: give either result or error_output" in message
    assert "test_state[3].context: AWS takes a context only with a mock" in message
