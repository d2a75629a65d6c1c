# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module: which calls it makes, what it writes, and what it refuses before any call."""

from __future__ import annotations

import json
import stat
from datetime import timedelta

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.asl import graph_read
from ansible_collections.landfall.aws.plugins.modules import stepfunctions_graph
from tests.unit.graph.definitions import LINEAR
from tests.unit.graph.histories import BEGIN, Events
from tests.unit.stepfunctions.account import ARN, NOW, PREFIX, ROLE, Scripted, one_by_one

EXECUTION = f"{PREFIX}:execution:orders:first"
NEEDED = {"stateMachineArn": ARN, "name": "orders", "definition": json.dumps(LINEAR), "roleArn": ROLE}
MACHINE = {**NEEDED, "type": "STANDARD", "creationDate": NOW}


@pytest.fixture
def script():
    return Scripted()


def run(script, **options):
    return script.succeed(stepfunctions_graph, **options)


def test_a_definition_takes_no_call(script, tmp_path):
    path = tmp_path / "orders.svg"
    result = run(script, definition=LINEAR, svg_path=str(path), mode="0640")
    assert (result["changed"], result.calls) == (True, [])
    assert path.read_text(encoding="utf-8").startswith("<svg")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert "svg" not in result.returned
    written = path.stat().st_mtime_ns
    assert not run(script, definition=json.dumps(LINEAR), svg_path=str(path), mode="0640")["changed"]
    assert path.stat().st_mtime_ns == written


def test_check_mode_says_what_would_be_written(script, tmp_path):
    paths = {"svg_path": str(tmp_path / "orders.svg"), "mermaid_path": str(tmp_path / "orders.mmd")}
    result = run(script, definition=LINEAR, check_mode=True, **paths)
    assert result["changed"]
    assert [each["after_header"] for each in result["diff"]] == list(paths.values())
    assert result["diff"][1]["after"] == result["mermaid"]
    assert not list(tmp_path.iterdir())
    run(script, definition=LINEAR, **paths)
    assert not run(script, definition=LINEAR, check_mode=True, mode="0644", **paths)["changed"]
    assert run(script, definition=LINEAR, check_mode=True, mode="0600", **paths)["changed"]
    assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()} == {0o644}


def test_without_a_file_the_texts_are_returned(script):
    result = run(script, definition=LINEAR)
    assert not result["changed"]
    assert result["svg"].startswith("<svg")
    assert result["mermaid"].splitlines()[1] == "flowchart TB"


def test_substitutions_are_filled_in(script, tmp_path):
    path = tmp_path / "orders.asl.yaml"
    path.write_text("StartAt: A\nStates:\n  A: {Type: Wait, Seconds: '${Pause}', End: true}\n")
    assert "${Pause} s" in run(script, definition_file=str(path))["svg"]
    result = run(script, definition_file=str(path), substitutions={"Pause": 7})
    assert "Wait · 7 s" in result["svg"]
    assert '<title id="title">State machine orders</title>' in result["svg"]


def test_a_machine_by_its_name_takes_two_calls(script):
    script.identity().on("describe_state_machine", MACHINE, stateMachineArn=ARN)
    result = run(script, state_machine="orders")
    assert result["state_machine_arn"] == ARN
    assert "State machine orders" in result["svg"]


def test_a_version_by_its_arn_takes_one_call(script):
    arn = f"{ARN}:7"
    script.on("describe_state_machine", {**MACHINE, "stateMachineArn": arn}, stateMachineArn=arn)
    assert "State machine orders:7" in run(script, state_machine=arn)["svg"]


def test_an_execution_takes_three_calls_that_read_no_data(script, monkeypatch):
    monkeypatch.setattr(graph_read, "in_parallel", lambda **reads: one_by_one(reads))
    events = Events()
    events.task("A")
    events.entered("Pass", "B")
    described = {
        "executionArn": EXECUTION,
        "stateMachineArn": ARN,
        "name": "first",
        "status": "FAILED",
        "startDate": BEGIN,
        "stopDate": BEGIN + timedelta(seconds=6),
        "error": "States.Runtime",
        "cause": "a secret",
    }
    events("ExecutionFailed", executionFailed={"error": "States.Runtime", "cause": "a secret"})
    script.on("describe_execution", described, executionArn=EXECUTION, includedData="METADATA_ONLY")
    script.on("describe_state_machine_for_execution", {**NEEDED, "updateDate": NOW}, executionArn=EXECUTION)
    wanted = {"executionArn": EXECUTION, "includeExecutionData": False, "maxResults": 1000}
    script.on("get_execution_history", events.answer(), **wanted)
    result = run(script, execution_arn=EXECUTION)
    assert result["outcomes"] == {"A": "succeeded", "B": "failed", "C": "not reached"}
    assert "Execution first: FAILED after 6.00 s, States.Runtime" in result["svg"]
    assert "secret" not in json.dumps(result.returned)


def test_every_mistake_is_told_at_once_and_nothing_is_asked(script, tmp_path):
    wrong = {"StartAt": "Ship", "States": {"Shipp": {"Type": "Task", "Next": "Done"}}}
    options = {"svg_path": str(tmp_path), "mermaid_path": str(tmp_path / "none" / "x.mmd")}
    message = script.fail(stepfunctions_graph, definition=wrong, **options).message
    assert message.splitlines() == [
        "4 mistakes in the options; nothing has been changed.",
        "- definition:/StartAt [MISSING_TRANSITION_TARGET] StartAt is 'Ship', and there is no such state beside it; "
        'did you mean "Shipp"?',
        "- definition:/States/Shipp/Next [MISSING_TRANSITION_TARGET] Next of 'Shipp' is 'Done', and there is no such state "
        "beside it",
        f"- svg_path: '{tmp_path}' is a directory; give a file's path, like '{tmp_path}/orders.svg'",
        f"- mermaid_path: the directory '{tmp_path}/none' does not exist; make it, or give another path",
    ]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"state_machine": "or ders"}, "state_machine: 'or ders' contains ' '"),
        ({"execution_arn": ARN}, f"execution_arn: '{ARN}' is not valid; it is written like"),
        ({"execution_arn": f"{PREFIX}:express:orders:a:b"}, "AWS keeps no history of an EXPRESS execution"),
        ({"state_machine": "orders", "substitutions": {"A": 1}}, "substitutions: given without a definition"),
        ({"definition": "{"}, "definition:1:2 [SYNTAX]"),
        ({"definition": {"States": {}}}, "there are no States; give one at least"),
    ],
)
def test_what_is_wrong_is_refused_before_any_call(script, options, says):
    assert says in script.fail(stepfunctions_graph, **options).message


def test_a_machine_that_is_not_there_is_told(script):
    script.refuses("describe_state_machine", "StateMachineDoesNotExist", stateMachineArn=ARN)
    assert f"There is no state machine {ARN}" in script.fail(stepfunctions_graph, state_machine=ARN).message
