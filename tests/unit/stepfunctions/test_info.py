# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What those get told who only look."""

from __future__ import annotations

import json
from datetime import timedelta

from ansible_collections.landfall.aws.plugins.modules import (
    stepfunctions_execution_info,
    stepfunctions_state_machine,
    stepfunctions_state_machine_info,
)
from tests.unit.stepfunctions.account import ARN, NOW, PREFIX, ROLE

TREE = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
NIGHTLY = f"{PREFIX}:execution:orders:nightly"
FAILED = {
    "executionArn": NIGHTLY,
    "stateMachineArn": ARN,
    "name": "nightly",
    "status": "FAILED",
    "startDate": NOW,
    "stopDate": NOW + timedelta(seconds=3),
    "input": '{"card": 1, "token": "hunter2"}',
    "error": "E",
}


def machines(account, **options):
    return account.succeed(stepfunctions_state_machine_info, **options)


def executions(account, **options):
    return account.run(stepfunctions_execution_info, **options)


def test_all_are_listed_past_the_first_page(aws):
    for number in range(130):
        aws.stepfunctions.create_state_machine(name=f"m{number}", definition=json.dumps(TREE), roleArn=ROLE)
    result = machines(aws)
    assert len(result["state_machines"]) == 130
    assert set(result.calls) == {"ListStateMachines"}


def test_nothing_there_is_an_empty_list(aws):
    assert machines(aws)["state_machines"] == []
    assert machines(aws, names=["never"])["state_machines"] == []


def test_one_is_told_with_what_is_asked_for(aws):
    made = {"name": "orders", "role_arn": ROLE, "definition": TREE, "tags": {"Team": "web"}}
    aws.succeed(stepfunctions_state_machine, **made)
    result = machines(aws, name=["orders"], include=["tags"])
    (found,) = result["state_machines"]
    assert (found["definition"], found["tags"], found["role_arn"]) == (TREE, {"Team": "web"}, ROLE)
    assert sorted(result.calls) == ["DescribeStateMachine", "GetCallerIdentity", "ListTagsForResource"]
    (brief,) = machines(aws)["state_machines"]
    assert set(brief) == {"name", "state_machine_arn", "type", "creation_date"}


def test_versions_and_aliases_are_told(script):
    described = {"stateMachineArn": ARN, "name": "orders", "definition": json.dumps(TREE), "roleArn": ROLE}
    script.on("describe_state_machine", {**described, "type": "STANDARD", "creationDate": NOW})
    version = {"stateMachineVersionArn": f"{ARN}:7", "creationDate": NOW}
    script.on("list_state_machine_versions", {"stateMachineVersions": [version], "nextToken": "more"})
    older = {**version, "stateMachineVersionArn": f"{ARN}:6"}
    script.on("list_state_machine_versions", {"stateMachineVersions": [older]}, stateMachineArn=ARN, nextToken="more")
    alias = f"{ARN}:live"
    script.on(
        "list_state_machine_aliases", {"stateMachineAliases": [{"stateMachineAliasArn": alias, "creationDate": NOW}]}
    )
    routing = [{"stateMachineVersionArn": f"{ARN}:7", "weight": 100}]
    script.on("describe_state_machine_alias", {"name": "live", "routingConfiguration": routing})
    (found,) = machines(script, names=[ARN], include=["versions", "aliases"])["state_machines"]
    assert [each["version"] for each in found["versions"]] == ["7", "6"]
    (told,) = found["aliases"]
    assert told["routing_configuration"] == [{"state_machine_version_arn": f"{ARN}:7", "weight": 100}]


def test_executions_are_told_with_why_they_failed(script):
    listed = {key: FAILED[key] for key in ("executionArn", "stateMachineArn", "name", "status", "startDate")}
    script.on("list_executions", {"executions": [listed]}, stateMachineArn=ARN, statusFilter="FAILED")
    script.on("describe_execution", FAILED, executionArn=NIGHTLY)
    entered = {"id": 1, "type": "FailStateEntered", "timestamp": NOW, "stateEnteredEventDetails": {"name": "Refuse"}}
    script.on("get_execution_history", {"events": [entered]}, executionArn=NIGHTLY, reverseOrder=True, maxResults=1000)
    (found,) = executions(script, state_machine=ARN, status="FAILED")["executions"]
    assert found["failure"]["state"] == "Refuse"
    assert found["input"] == {"card": 1, "token": "********"}


def test_at_most_as_many_as_are_asked_for(aws):
    aws.succeed(stepfunctions_state_machine, name="orders", role_arn=ROLE, definition=TREE)
    for number in range(5):
        aws.stepfunctions.start_execution(stateMachineArn=ARN, name=f"n{number}")
    found = executions(aws, state_machine="orders", limit=3)["executions"]
    assert len(found) == 3


def test_one_with_all_its_history_and_its_maps(script):
    run = f"{PREFIX}:mapRun:orders/Each:1"
    script.on("describe_execution", {**FAILED, "output": "7"})
    event = {
        "id": 1,
        "type": "ExecutionStarted",
        "timestamp": NOW,
        "executionStartedEventDetails": {"input": '{"password": "x"}'},
    }
    script.on("get_execution_history", {"events": [event]}, executionArn=NIGHTLY)
    listed = {"executionArn": NIGHTLY, "mapRunArn": run, "stateMachineArn": ARN, "startDate": NOW}
    script.on("list_map_runs", {"mapRuns": [listed]})
    keys = ("pending", "running", "succeeded", "failed", "timedOut", "aborted", "total", "resultsWritten")
    counts = dict.fromkeys(keys, 0)
    described = {"mapRunArn": run, "executionArn": NIGHTLY, "status": "FAILED", "startDate": NOW, "maxConcurrency": 1}
    described |= {
        "toleratedFailurePercentage": 0.0,
        "toleratedFailureCount": 0,
        "itemCounts": counts,
        "executionCounts": counts,
    }
    script.on("describe_map_run", described, mapRunArn=run)
    (found,) = executions(script, execution_arns=[NIGHTLY], history="all", map_runs=True)["executions"]
    assert found["output"] == 7
    assert found["events"][0]["execution_started_event_details"]["input"] == {"password": "********"}
    assert found["map_runs"][0]["item_counts"]["timed_out"] == 0


def test_of_express_executions_aws_tells_nothing(script):
    script.refuses("list_executions", "StateMachineTypeNotSupported")
    said = "orders is an EXPRESS state machine, of whose executions AWS tells nothing"
    assert said in executions(script, state_machine=ARN).message
    arn = f"{PREFIX}:express:orders:nightly:1"
    assert "It can't be described" in executions(script, execution_arns=[arn]).message


def test_mistakes_are_told_before_any_call(script):
    result = executions(script, execution_arns=["x"], limit=0)
    assert "2 mistakes" in result.message
    assert result.calls == []
    assert script.run(stepfunctions_state_machine_info, names=["a b"]).calls == []
