# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Executions: started once, waited for, stopped and redriven, and how one that failed is told."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from ansible_collections.landfall.aws.plugins.modules import stepfunctions_execution as module
from ansible_collections.landfall.aws.plugins.modules import stepfunctions_state_machine
from tests.unit.stepfunctions.account import ARN, NOW, PREFIX, ROLE

NIGHTLY = f"{PREFIX}:execution:orders:nightly"
EXPRESS = f"{PREFIX}:express:orders:nightly:1f1f1f1f-0000-4000-8000-000000000000"
STARTED = {"executionArn": NIGHTLY, "startDate": NOW}
DESCRIBED = {
    "executionArn": NIGHTLY,
    "stateMachineArn": ARN,
    "name": "nightly",
    "status": "RUNNING",
    "startDate": NOW,
    "input": '{"day": 1}',
}
ENDED = {"stopDate": NOW + timedelta(seconds=12)}
ORDER = {"state_machine": ARN, "name": "nightly", "input": {"day": 1}}
CAUSE = '{"errorMessage": "11/24", "errorType": "CardExpired"}'
FAILED = {**DESCRIBED, **ENDED, "status": "FAILED", "error": "CardExpired", "cause": CAUSE}
HISTORY = [
    {
        "id": 4,
        "previousEventId": 3,
        "type": "ExecutionFailed",
        "executionFailedEventDetails": {"error": "CardExpired", "cause": "x"},
    },
    {
        "id": 3,
        "previousEventId": 2,
        "type": "TaskFailed",
        "taskFailedEventDetails": {"resourceType": "lambda", "resource": "invoke"},
    },
    {
        "id": 2,
        "previousEventId": 1,
        "type": "TaskScheduled",
        "taskScheduledEventDetails": {
            "resourceType": "lambda",
            "resource": "invoke",
            "region": "x",
            "parameters": "{}",
        },
    },
    {
        "id": 1,
        "previousEventId": 0,
        "type": "TaskStateEntered",
        "stateEnteredEventDetails": {"name": "Charge", "input": '{"card": "4711", "api_key": "hunter2"}'},
    },
]
HISTORY = [{**each, "timestamp": NOW} for each in HISTORY]


@pytest.fixture
def orders(aws):
    """An account in which the state machine orders is."""
    definition = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    aws.succeed(stepfunctions_state_machine, name="orders", definition=definition, role_arn=ROLE)
    return aws


def describe(script, **more):
    return script.on("describe_execution", {**DESCRIBED, **more}, executionArn=NIGHTLY)


# Starting


def test_to_start_costs_one_call(orders):
    result = orders.succeed(module, **ORDER)
    assert (result["changed"], result.calls, result["execution_arn"]) == (True, ["StartExecution"], NIGHTLY)
    assert orders.stepfunctions.describe_execution(executionArn=NIGHTLY)["input"] == '{"day": 1}'


def test_a_name_in_place_of_an_arn_asks_for_the_account(orders):
    assert orders.succeed(module, state_machine="orders").calls == ["GetCallerIdentity", "StartExecution"]


def test_one_that_has_ended_with_the_same_input_is_left_as_it_is(script):
    script.refuses("start_execution", "ExecutionAlreadyExists")
    describe(script, **ENDED, status="SUCCEEDED", output='{"charged": 17}', input='{ "day" : 1.0 }')
    result = script.run(module, **ORDER)
    assert (result["changed"], result.calls) == (False, ["StartExecution", "DescribeExecution"])
    assert result["execution"]["output"] == {"charged": 17}


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_same_name_with_another_input_is_an_error_and_no_silence(script, check_mode):
    if not check_mode:
        script.refuses("start_execution", "ExecutionAlreadyExists")
    describe(script, input='{"day": 2}')
    result = script.run(module, **ORDER, check_mode=check_mode)
    assert "There is an execution nightly of orders with another input, RUNNING since" in result.message


@pytest.mark.parametrize(("seconds", "changed"), [(0.4, True), (30, False)], ids=["this run's", "another run's"])
def test_one_that_is_running_already_is_told_from_one_that_was_started(script, seconds, changed):
    started = {**STARTED, "startDate": NOW - timedelta(seconds=seconds)}
    script.on("start_execution", started)
    assert script.run(module, **ORDER)["changed"] is changed


def test_once_names_the_execution_by_what_its_input_means(orders):
    one = orders.succeed(module, state_machine=ARN, once=True, input={"a": 1, "b": 2})
    same = orders.succeed(module, state_machine=ARN, once=True, input='{"b": 2, "a": 1}', check_mode=True)
    other = orders.succeed(module, state_machine=ARN, once=True, input={"a": 1, "b": 3})
    assert same["execution"]["execution_arn"] == one["execution_arn"] != other["execution_arn"]
    assert (same["changed"], other["changed"]) == (False, True)


def test_without_a_name_each_run_starts_one_under_a_name_of_its_own(orders):
    arns = {orders.succeed(module, state_machine=ARN)["execution_arn"] for _run in range(2)}
    assert len(arns) == 2


def test_check_mode_describes_a_named_one_and_asks_nothing_for_others(orders):
    result = orders.succeed(module, **ORDER, check_mode=True)
    assert (result["changed"], result.calls) == (True, ["DescribeExecution"])
    orders.succeed(module, **ORDER)
    result = orders.succeed(module, **ORDER, check_mode=True)
    assert (result["changed"], result.calls) == (False, ["DescribeExecution"])
    result = orders.succeed(module, state_machine="orders", check_mode=True)
    assert (result["changed"], result.calls) == (True, [])
    assert len(orders.stepfunctions.list_executions(stateMachineArn=ARN)["executions"]) == 1


def test_a_version_or_an_alias_is_started_by_its_name(script):
    arn = f"{ARN}:live"
    script.identity().on("start_execution", STARTED, stateMachineArn=arn, name="nightly", input='{"day": 1}')
    assert not script.run(module, **{**ORDER, "state_machine": "orders:live"}).failed
    script.refuses("start_execution", "ExecutionAlreadyExists")
    describe(script)
    # An execution's ARN does not tell what it was started by.
    assert not script.run(module, **{**ORDER, "state_machine": arn})["changed"]


def test_everything_that_start_takes_is_sent(script):
    script.on("start_execution", STARTED, stateMachineArn=ARN, name="nightly", input='[1, "é"]', traceHeader="Root=1")
    script.run(module, **{**ORDER, "input": [1, "é"]}, trace_header="Root=1")


# Waiting


def test_its_output_is_a_value(script):
    script.on("start_execution", STARTED)
    describe(script)
    describe(script, **ENDED, status="SUCCEEDED", output='{"charged": [1, 2]}')
    result = script.run(module, **ORDER, wait=True)
    assert result["execution"]["output"] == {"charged": [1, 2]}
    assert result["stop_date"] == ENDED["stopDate"].isoformat()
    assert "input" not in result["execution"]


def test_a_failure_says_where_why_and_with_what(script):
    script.on("start_execution", STARTED)
    script.on("describe_execution", {**FAILED, "redriveStatus": "REDRIVABLE"})
    script.on("get_execution_history", {"events": HISTORY}, executionArn=NIGHTLY, reverseOrder=True, maxResults=1000)
    result = script.run(module, **ORDER, wait=True)
    assert result.message.splitlines() == [
        'The execution nightly FAILED after 12 s in state "Charge" (lambda:invoke)',
        "Error: CardExpired",
        "Cause: CardExpired: 11/24",
        'Input of the state: {"card": "4711", "api_key": "********"}',
        "Redrive: possible, with state: redriven",
    ]
    assert result["failure"]["state"] == "Charge"
    assert "hunter2" not in json.dumps(result.returned)
    assert (result["execution"]["status"], result["changed"]) == ("FAILED", True)
    assert result.calls == ["StartExecution", "DescribeExecution", "GetExecutionHistory"]


def test_without_history_a_failure_costs_no_call_more(script):
    script.on("start_execution", STARTED)
    script.on("describe_execution", FAILED)
    result = script.run(module, **ORDER, wait=True, history="none")
    assert "Cause: CardExpired: 11/24" in result.message


def test_all_of_the_history_comes_with_its_values_and_without_its_secrets(script):
    script.on("start_execution", STARTED)
    describe(script, **ENDED, status="SUCCEEDED")
    script.on("get_execution_history", {"events": HISTORY[::-1]}, executionArn=NIGHTLY)
    entered = script.run(module, **ORDER, wait=True, history="all")["events"][0]["state_entered_event_details"]
    assert entered["input"] == {"card": "4711", "api_key": "********"}


@pytest.mark.parametrize("stop", [True, False])
def test_one_that_does_not_end_is_told_and_stopped_only_where_that_is_wanted(script, stop):
    script.on("start_execution", STARTED)
    for _look in range(5):
        describe(script)
    script.on("get_execution_history", {"events": HISTORY[3:]})
    if stop:
        script.on(
            "stop_execution",
            {"stopDate": NOW},
            executionArn=NIGHTLY,
            error="Timeout",
            cause="Not through after 7 seconds",
        )
    result = script.run(module, **ORDER, wait=True, wait_timeout=7, stop_on_timeout=stop)
    assert 'The execution nightly is still RUNNING in state "Charge" after 7 seconds.' in result.message
    assert ("It was stopped." in result.message) is stop


def test_one_that_failed_before_is_told_again_and_not_started(script):
    script.refuses("start_execution", "ExecutionAlreadyExists")
    script.on("describe_execution", FAILED)
    script.on("get_execution_history", {"events": HISTORY})
    result = script.run(module, **ORDER, wait=True)
    assert result.failed
    assert not result["changed"]


# EXPRESS


def test_an_express_execution_answers_at_once_with_its_output(script):
    answer = {"executionArn": EXPRESS, "startDate": NOW, **ENDED, "status": "SUCCEEDED", "output": '"hello"'}
    script.on("start_sync_execution", answer, "sync", stateMachineArn=ARN, name="nightly", input='{"day": 1}')
    result = script.run(module, **ORDER, sync=True)
    assert (result["execution"]["output"], result.calls) == ("hello", ["StartSyncExecution"])


def test_an_express_execution_that_fails_is_a_failure(script):
    answer = {"executionArn": EXPRESS, "startDate": NOW, **ENDED, "status": "FAILED", "error": "E", "cause": "because"}
    script.on("start_sync_execution", answer, "sync")
    assert script.run(module, **ORDER, sync=True).message.splitlines()[1:] == ["Error: E", "Cause: because"]


def test_sync_with_a_standard_state_machine_is_told(script):
    script.refuses("start_sync_execution", "StateMachineTypeNotSupported", service="sync")
    assert (
        "orders is a STANDARD state machine, and only EXPRESS ones answer at once"
        in script.run(module, **ORDER, sync=True).message
    )


def test_what_was_throttled_is_started_again_and_nothing_else_is(script):
    answer = {"executionArn": EXPRESS, "startDate": NOW, **ENDED, "status": "SUCCEEDED"}
    script.refuses("start_sync_execution", "ThrottlingException", service="sync").on(
        "start_sync_execution", answer, "sync"
    )
    assert not script.run(module, **ORDER, sync=True).failed
    script.refuses("start_sync_execution", "InternalFailure", service="sync")
    assert script.run(module, **ORDER, sync=True).failed


def test_an_express_execution_can_be_started_without_looking_back(script):
    script.on("start_execution", {**STARTED, "executionArn": EXPRESS})
    result = script.run(module, **ORDER, wait=True)
    assert (result["changed"], result.calls) == (True, ["StartExecution"])
    assert (
        "of which AWS tells nothing; look at its log group. So it was not waited for; with sync: true"
        in result["notes"][0]
    )


def test_that_an_express_execution_can_not_be_started_once_is_said(script):
    script.on("start_execution", {**STARTED, "executionArn": EXPRESS})
    result = script.run(module, state_machine=ARN, once=True)
    assert result["notes"] == ["once: AWS remembers no executions of EXPRESS state machines, so each run starts one."]


@pytest.mark.parametrize("state", ["stopped", "redriven"])
def test_what_only_standard_executions_can_is_refused_before_any_call(script, state):
    result = script.run(module, execution_arn=EXPRESS, state=state)
    assert (
        f"is an execution of an EXPRESS state machine, of which AWS tells nothing; look at its log group. It can't be {state}"
        in result.message
    )
    assert result.calls == []


# Stopping and redriving


def test_to_stop_costs_two_calls_and_one_when_it_has_ended(orders):
    orders.succeed(module, **ORDER)
    stop = {"execution_arn": NIGHTLY, "state": "stopped", "error": "Maintenance", "cause": "closed"}
    foretold = orders.succeed(module, **stop, check_mode=True)
    assert (foretold["changed"], foretold.calls) == (True, ["DescribeExecution"])
    result = orders.succeed(module, **stop)
    assert (result["changed"], result.calls) == (True, ["DescribeExecution", "StopExecution"])
    result = orders.succeed(module, **stop)
    assert (result["changed"], result.calls, result["execution"]["status"]) == (False, ["DescribeExecution"], "ABORTED")


def test_one_that_does_not_exist_can_not_be_stopped(orders):
    said = orders.fail(module, state_machine=ARN, name="never", state="stopped").message
    assert f"There is no execution {PREFIX}:execution:orders:never" in said


def test_a_redrive_is_waited_for_past_how_it_ended_before(script):
    failed = {**FAILED, "redriveStatus": "REDRIVABLE", "redriveCount": 1}
    script.on("describe_execution", failed).on("redrive_execution", {"redriveDate": NOW})
    # Just after it AWS still describes what was before.
    script.on("describe_execution", failed)
    describe(script, **ENDED, status="SUCCEEDED", redriveCount=2, output="1")
    result = script.run(module, execution_arn=NIGHTLY, state="redriven", wait=True)
    assert (result["changed"], result["execution"]["output"]) == (True, 1)


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED"])
def test_one_that_did_not_fail_is_not_redriven(script, status):
    describe(script, status=status)
    result = script.run(module, execution_arn=NIGHTLY, state="redriven")
    assert (result["changed"], result.calls) == (False, ["DescribeExecution"])


def test_one_that_can_not_be_redriven_is_told_in_check_mode_too(script):
    script.on(
        "describe_execution", {**FAILED, "redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": "14 days are over."}
    )
    result = script.run(module, execution_arn=NIGHTLY, state="redriven", check_mode=True)
    assert "can't be redriven: 14 days are over." in result.message


# Mistakes


def test_an_input_of_more_than_256_kib_is_refused_before_any_call(script):
    script.on("start_execution", STARTED)
    assert not script.run(module, state_machine=ARN, input=["é" * 131070]).failed
    result = script.run(module, state_machine=ARN, input={"text": "é" * 131072})
    assert "input: 262156 bytes; AWS takes 262144 (256 KiB)" in result.message
    assert result.calls == []


def test_every_mistake_is_told_before_any_call(script):
    result = script.run(module, name="a b", input="hello", execution_arn="x", once=True, sync=True, wait_delay=0)
    for part in (
        "7 mistakes",
        "input: this is not JSON",
        "name: 'a b' contains ' '",
        "state_machine: must be given for state started",
        "execution_arn: AWS gives an execution its ARN",
        "execution_arn: 'x' is not valid",
        "once: not with sync",
        "wait_delay: 0.0 is not valid",
    ):
        assert part in result.message
    assert result.calls == []


def test_stopping_needs_to_know_which(script):
    said = script.run(module, state="stopped", state_machine=ARN, once=True).message
    assert "execution_arn: must be given for state stopped, or state_machine and name" in said
    assert "once: only for state started" in said
