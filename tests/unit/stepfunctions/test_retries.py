# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWS throttles is asked again, which a client of amazon.aws's own retries does not do for this error."""

from __future__ import annotations

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

from ansible_collections.landfall.aws.plugins.modules import stepfunctions_execution, stepfunctions_state_machine
from tests.unit.stepfunctions.account import ARN, ROLE, Runner

THROTTLED = 400, {"__type": "com.amazonaws.swf.service.v2.model#ThrottlingException", "message": "Rate exceeded"}
MISSING = 400, {"__type": "com.amazonaws.swf.service.v2.model#StateMachineDoesNotExist", "message": "no"}
CREATED = 200, {"stateMachineArn": ARN, "creationDate": 1793491200}


def test_what_is_throttled_is_asked_again_and_counts_once(wire):
    assert not AWSRetry.found("ThrottlingException")
    wire.answers += [THROTTLED, THROTTLED, MISSING, THROTTLED, CREATED]
    options = {"definition": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, "role_arn": ROLE, "wait": False}
    result = Runner().succeed(stepfunctions_state_machine, name="orders", **options)
    assert wire.asked == ["DescribeStateMachine"] * 3 + ["CreateStateMachine"] * 2
    assert result["api_call_count"] == 2


def test_it_gives_up_at_last_and_says_why(wire):
    wire.answers += [THROTTLED] * 9
    result = Runner().fail(stepfunctions_state_machine, arn=ARN, state="absent")
    assert "ThrottlingException" in result.message
    assert len(wire.asked) == 9


def test_a_start_that_is_repeated_has_the_same_name(wire):
    started = {"executionArn": f"{ARN}:x".replace("stateMachine", "execution"), "startDate": 1}
    wire.answers += [(500, {}), (200, started)]
    assert Runner().succeed(stepfunctions_execution, state_machine=ARN)["changed"]
    names = [each["name"] for each in wire.sent]
    assert len(names) == 2
    assert len(set(names)) == 1


def test_a_synchronous_execution_whose_answer_is_lost_is_not_started_again(wire, monkeypatch):
    monkeypatch.setenv("AWS_DISABLE_HOST_PREFIX_INJECTION", "true")
    wire.answers += [(500, {})]
    assert Runner().fail(stepfunctions_execution, state_machine=ARN, sync=True)
    assert wire.asked == ["StartSyncExecution"]
