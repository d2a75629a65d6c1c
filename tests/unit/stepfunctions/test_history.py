# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why an execution failed, out of histories as AWS writes them."""

from __future__ import annotations

import json

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import history


class Past:
    """A history that is told event by event; each comes after the one before it, or after another one that is named."""

    def __init__(self):
        self.events = []

    def __call__(self, type_, after=None, **details):
        previous = len(self.events) if after is None else after
        self.events.append({"id": len(self.events) + 1, "previousEventId": previous, "type": type_, **details})
        return len(self.events)

    def entered(self, name, input_="{}", kind="Task", after=None):
        return self(f"{kind}StateEntered", after, stateEnteredEventDetails={"name": name, "input": input_})

    def exited(self, name, kind="Task"):
        return self(f"{kind}StateExited", stateExitedEventDetails={"name": name})

    def task(self, error=None, cause="x", after=None):
        called = {"resourceType": "lambda", "resource": "invoke"}
        self("TaskScheduled", after, taskScheduledEventDetails={**called, "region": "x", "parameters": "{}"})
        self("TaskStarted", taskStartedEventDetails=called)
        if error:
            return self("TaskFailed", taskFailedEventDetails={**called, "error": error, "cause": cause})
        return self("TaskSucceeded", taskSucceededEventDetails=called)

    def failed(self, error, cause="x", after=None):
        return self("ExecutionFailed", after, executionFailedEventDetails={"error": error, "cause": cause})

    @property
    def failure(self):
        return history.failure_of(self.events[::-1])


@pytest.fixture
def past():
    told = Past()
    told("ExecutionStarted", 0, executionStartedEventDetails={"input": "{}"})
    return told


def test_the_state_its_input_and_the_states_before_it_are_found(past):
    for name in ("First", "Second", "Third", "Fourth"):
        past.entered(name)
        past.task()
        past.exited(name)
    past.entered("Charge", '{"amount": 7}')
    past.task("CardExpired")
    past.failed("CardExpired")
    failure = past.failure
    assert (failure["state"], failure["resource"], failure["error"]) == ("Charge", "lambda:invoke", "CardExpired")
    assert failure["input"] == {"amount": 7}
    assert failure["states_before"] == ["Second", "Third", "Fourth"]
    assert failure["attempt"] == 1


def test_attempts_are_counted_in_their_own_state_only(past):
    past.entered("Before")
    past.task("Busy")
    past.task()
    past.exited("Before")
    past.entered("Charge")
    for _try in range(3):
        past.task("Busy")
    past.failed("Busy")
    assert (past.failure["state"], past.failure["attempt"]) == ("Charge", 3)


def test_the_branch_that_failed_is_found_among_others(past):
    entered = past.entered("Both", kind="Parallel")
    begun = past("ParallelStateStarted", entered)
    one = past.entered("One", after=begun)
    two = past.entered("Two", after=begun)
    past.task(after=one)
    past.task("Broken", after=two)
    failed = past("ParallelStateFailed", len(past.events))
    past.failed("Broken", after=failed)
    assert past.failure["state"] == "Two"


def test_a_map_that_does_not_name_what_failed_inside(past):
    entered = past.entered("Each", kind="Map")
    begun = past("MapStateStarted", entered, mapStateStartedEventDetails={"length": 2})
    past.entered("Item", '{"number": 2}', after=begun)
    past.task("Broken")
    past("MapStateFailed", begun)
    past.failed("Broken", after=begun)
    assert (past.failure["state"], past.failure["input"]) == ("Item", {"number": 2})


def test_a_fail_state_tells_its_own_error(past):
    past.entered("Refuse", kind="Fail")
    past.failed("NotAllowed", "because")
    assert (past.failure["state"], past.failure["error"], past.failure["cause"]) == ("Refuse", "NotAllowed", "because")
    assert past.failure["attempt"] is None


def test_an_expression_that_did_not_fit(past):
    past.entered("Sum", kind="Pass")
    details = {"error": "States.QueryEvaluationError", "cause": "no such field", "location": "Output", "state": "Sum"}
    past("EvaluationFailed", evaluationFailedEventDetails=details)
    past.failed("States.QueryEvaluationError", "no such field")
    assert (past.failure["state"], past.failure["cause"]) == ("Sum", "no such field")


def test_a_timeout_is_in_the_state_that_it_caught(past):
    past.entered("Wait", kind="Wait")
    past("ExecutionTimedOut", executionTimedOutEventDetails={"error": "States.Timeout"})
    assert (past.failure["state"], past.failure["error"]) == ("Wait", "States.Timeout")


def test_one_that_was_stopped_tells_by_whom_and_where(past):
    past.entered("Charge")
    past("ExecutionAborted", executionAbortedEventDetails={"error": "Maintenance", "cause": "closed"})
    assert (past.failure["state"], past.failure["error"], past.failure["cause"]) == ("Charge", "Maintenance", "closed")


def test_functions_that_are_called_by_their_arn(past):
    past.entered("Charge")
    past("LambdaFunctionScheduled", lambdaFunctionScheduledEventDetails={"resource": "arn:charge"})
    past("LambdaFunctionFailed", lambdaFunctionFailedEventDetails={"error": "E", "cause": "x"})
    past.failed("E")
    assert past.failure["resource"] == "arn:charge"


def test_a_history_that_tells_nothing_is_no_mistake():
    assert history.failure_of([])["state"] is None


def test_events_that_do_not_name_the_one_before_them_are_in_their_order(past):
    past.entered("First")
    past.exited("First")
    past.entered("Charge")
    past.task("CardExpired")
    past.failed("CardExpired")
    for event in past.events:
        del event["previousEventId"]
    assert (past.failure["state"], past.failure["states_before"]) == ("Charge", ["First"])


def test_one_that_is_still_running_is_where_it_is(past):
    past.entered("First")
    past.exited("First")
    past.entered("Charge")
    past.task("Busy")
    past("TaskScheduled", taskScheduledEventDetails={"resourceType": "lambda", "resource": "invoke"})
    assert past.failure["state"] == "Charge"


PYTHON = {
    "errorMessage": "card expired",
    "errorType": "CardExpired",
    "stackTrace": ['  File "/var/task/a.py", line 3, in handler\n', '  File "/var/task/b.py", line 9, in charge\n'],
}
NODE = {
    "errorMessage": "card expired",
    "errorType": "Error",
    "trace": ["Error: card expired", "    at charge (/var/task/b.js:9:3)"],
}
TASK = {
    "StoppedReason": "Essential container in task exited",
    "Containers": [{"Name": "app", "ExitCode": 137, "Reason": "OutOfMemory"}, {"Name": "log", "ExitCode": 0}],
    "TaskArn": "x",
}


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (None, None),
        ("plain words", "plain words"),
        (json.dumps(PYTHON), 'CardExpired: card expired (File "/var/task/b.py", line 9, in charge)'),
        (json.dumps(NODE), "Error: card expired (at charge (/var/task/b.js:9:3))"),
        (json.dumps({"errorMessage": "card expired"}), "card expired"),
        (json.dumps(TASK), "Essential container in task exited; container app ended with 137 (OutOfMemory)"),
        (
            json.dumps({"Error": "States.TaskFailed", "Cause": json.dumps(PYTHON)}),
            "States.TaskFailed: CardExpired: card expired",
        ),
        (json.dumps({"code": 3, "password": "hunter2"}), '{"code": 3, "password": "********"}'),
        ("[1]", "[1]"),
    ],
)
def test_a_cause_is_told_in_words(cause, said):
    told = history.decoded(cause)
    assert told == said if said is None else told.startswith(said)


@pytest.mark.parametrize(
    "key", ["password", "db_password", "apiKey", "api_key", "Authorization", "clientSecret", "access_token"]
)
def test_what_looks_like_a_secret_is_masked_at_any_depth(key):
    assert history.masked({"a": [{key: "hunter2", "amount": 7}]}) == {"a": [{key: history.MASK, "amount": 7}]}


def test_a_hint_comes_with_errors_that_have_one():
    described = {"name": "nightly", "status": "FAILED"}
    said = history.explanation(described, {"error": "States.DataLimitExceeded"}, None)
    assert "Hint: More than 256 KiB went from one state to the next" in said
    assert "Hint" not in history.explanation(described, {"error": "CardExpired"}, None)


def test_a_long_cause_is_cut_in_the_message():
    said = history.explanation({"name": "x", "status": "FAILED"}, {"cause": "y" * 5000}, 1)
    assert len(said) < 700
