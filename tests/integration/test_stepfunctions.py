# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Step Functions modules in playbooks, against the emulator; among them those of community.aws, under our names."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import boto3
import pytest
import yaml
from ansible_collections.community.aws.plugins.modules import (
    stepfunctions_state_machine,
    stepfunctions_state_machine_execution,
)

from lab.ministack import Ministack

REGION = "us-west-2"  # of the examples
DEFINITION = {"StartAt": "Hello", "States": {"Hello": {"Type": "Pass", "Result": "world", "End": True}}}
COPY = "arn:aws:states:us-west-2:123456789012:stateMachine:HelloWorldStateMachineCopy"
ROLE = "arn:aws:iam::123456789012:role/orders"


def descendants(pid):
    """The processes that one has begun; Ansible's workers are in sessions of their own."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, each.split())) for each in listed.splitlines()]
    for child, parent in pairs:
        if parent == pid:
            yield from [child, *descendants(child)]


class Plays:
    """Runs tasks, and tells what each of them returned."""

    def __init__(self, environment, folder):
        self.environment, self.folder = environment, folder

    @property
    def stepfunctions(self):
        keys = {key: self.environment[key.upper()] for key in ("aws_access_key_id", "aws_secret_access_key")}
        where = {"endpoint_url": self.environment["AWS_ENDPOINT_URL"], "region_name": self.environment["AWS_REGION"]}
        return boto3.client("stepfunctions", verify=self.environment.get("AWS_CA_BUNDLE"), **where, **keys)

    def command(self, tasks):
        play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks}
        play["vars"] = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        playbook = self.folder / "playbook.json"
        playbook.write_text(json.dumps([play]))
        return ["ansible-playbook", "-i", os.devnull, str(playbook)]

    def run(self, tasks, *arguments, failed=False):
        returned = self.folder / "returned.json"
        tasks = [{**task, "register": f"result_{index}"} for index, task in enumerate(tasks)]
        results = "{{ [" + ", ".join(f"result_{index}" for index in range(len(tasks))) + "] | to_json }}"
        kept = {"ansible.builtin.copy": {"content": results, "dest": str(returned)}, "check_mode": False, "diff": False}
        done = subprocess.run(
            [*self.command([*tasks, kept]), *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        self.output = done.stdout + done.stderr
        assert (done.returncode != 0) is failed, self.output
        return [] if failed else json.loads(returned.read_text())

    def kill_at(self, line, tasks):
        """Kill a run with all its children as soon as it shows a line."""
        process = subprocess.Popen(
            self.command(tasks),
            env={**self.environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        shown = any(line in each for each in process.stdout)
        for pid in [process.pid, *descendants(process.pid)]:
            os.kill(pid, signal.SIGKILL)
        process.stdout.close()
        process.wait()
        assert shown, f"the run never showed {line!r}"


@pytest.fixture
def plays(account, tmp_path):
    return Plays({**account.environment, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}, tmp_path)


@pytest.fixture(scope="module")
def ministack(tmp_path_factory):
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    with Ministack(tmp_path_factory.mktemp("ministack")) as running:
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        running.client("iam").create_role(RoleName=ROLE.rpartition("/")[2], AssumeRolePolicyDocument=document)
        yield running


@pytest.fixture
def running_plays(ministack, emulator, tmp_path):
    """In an account where executions really run."""
    environment = {**emulator.environment, **ministack.environment, "AWS_DISABLE_HOST_PREFIX_INJECTION": "true"}
    return Plays(environment, tmp_path)


def examples(module):
    """The tasks that a module documents."""
    return yaml.safe_load(module.EXAMPLES)


def moved_over(tasks):
    """The same tasks with the collection's name replaced, and nothing else."""
    return json.loads(json.dumps(tasks).replace('"community.aws.', '"landfall.aws.'))


def test_the_examples_of_state_machines_do_the_same_under_our_name(plays, account):
    (plays.folder / "state_machine.json").write_text(json.dumps(DEFINITION))
    tasks = examples(stepfunctions_state_machine)
    *present, absent = tasks
    left, returned = [], []
    for each in (tasks, moved_over(tasks)):
        account.reset()
        returned.append(plays.run(each[: len(present)]))
        left.append(state(plays.stepfunctions))
    assert left[0] == left[1]
    (gone,) = left[1]
    assert gone[0] == absent["community.aws.stepfunctions_state_machine"]["name"]
    for one, other in zip(*returned, strict=True):
        assert one["changed"]
        assert other["changed"]
        assert one["state_machine_arn"] == other["state_machine_arn"]
    first, second = plays.run(moved_over([absent, absent]))
    assert (first["changed"], second["changed"]) == (True, False)
    assert state(plays.stepfunctions) == []


def state(client):
    """What state machines there are."""
    found = []
    for each in client.list_state_machines()["stateMachines"]:
        described = client.describe_state_machine(stateMachineArn=each["stateMachineArn"])
        tags = client.list_tags_for_resource(resourceArn=each["stateMachineArn"])["tags"]
        found.append((each["name"], json.loads(described["definition"]), described["roleArn"], described["type"], tags))
    return found


def test_the_examples_of_executions_do_the_same_under_our_name(plays, account):
    tasks = examples(stepfunctions_state_machine_execution)
    start, stop = ({**next(iter(task[key] for key in task if "." in key))} for task in tasks)
    left, returned = [], []
    for each in (tasks, moved_over(tasks)):
        account.reset()
        client = plays.stepfunctions
        for arn in (start["state_machine_arn"], COPY):
            name = arn.rpartition(":")[2]
            client.create_state_machine(name=name, definition=json.dumps(DEFINITION), roleArn=ROLE)
        client.start_execution(stateMachineArn=COPY, name=stop["execution_arn"].rpartition(":")[2])
        returned.append(plays.run(each))
        started = client.describe_execution(executionArn=returned[-1][0]["execution_arn"])
        stopped = client.describe_execution(executionArn=stop["execution_arn"])
        left.append((started["name"], json.loads(started["input"]), started["status"], stopped["status"]))
    assert left[0] == left[1]
    assert left[1][2:] == ("RUNNING", "ABORTED")
    theirs, ours = returned
    for one, other in zip(theirs, ours, strict=True):
        assert one["changed"]
        assert other["changed"]
        assert {"execution_arn", "start_date", "stop_date"} & set(one) <= set(other)


def test_a_state_machine_is_made_changed_run_and_removed(plays):
    definition = plays.folder / "orders.asl.yaml"
    definition.write_text("StartAt: Wait\nStates:\n  Wait:\n    Type: Wait\n    Seconds: ${Pause}\n    End: true\n")
    machine = {"name": "orders", "definition_file": str(definition), "role_arn": ROLE, "substitutions": {"Pause": 5}}
    task = {"landfall.aws.stepfunctions_state_machine": {**machine, "tags": {"Team": "web"}, "publish": True}}
    (foretold,) = plays.run([task], "--check", "--diff")
    assert foretold["changed"]
    assert '"Seconds": 5' in plays.output
    assert state(plays.stepfunctions) == []
    alias = {"landfall.aws.stepfunctions_alias": {"name": "live", "state_machine": "orders", "version": "1"}}
    start = {"landfall.aws.stepfunctions_execution": {"state_machine": "orders", "name": "one", "input": {"a": 1}}}
    made, led, started = plays.run([task, alias, start])
    assert made["state_machine_version_arn"].endswith(":orders:1")
    assert led["alias"]["routing"] == {"1": 100}
    assert "    live leads to 1: 100 %\n" in plays.output
    assert started["execution"]["status"] == "RUNNING"

    machine["substitutions"]["Pause"] = 7
    changed, same = plays.run([{"landfall.aws.stepfunctions_state_machine": machine}] * 2, "--diff", "-vv")
    assert (changed["changed"], same["changed"]) == (True, False)
    assert changed["api_calls"] == {"DescribeStateMachine": 2, "UpdateStateMachine": 1}
    assert same["api_calls"] == {"DescribeStateMachine": 1}
    assert '-        "Seconds": 5' in plays.output
    assert state(plays.stepfunctions)[0][-1] == [{"key": "Team", "value": "web"}]

    known, executed, *_removed = plays.run(
        [
            {"landfall.aws.stepfunctions_state_machine_info": {"names": ["orders"], "include": ["tags", "aliases"]}},
            {"landfall.aws.stepfunctions_execution_info": {"state_machine": "orders"}},
            {"landfall.aws.stepfunctions_execution": {"state_machine": "orders", "name": "one", "state": "stopped"}},
            {"landfall.aws.stepfunctions_alias": {"name": "live", "state_machine": "orders", "state": "absent"}},
            {"landfall.aws.stepfunctions_state_machine": {"name": "orders", "state": "absent"}},
        ]
    )
    assert known["state_machines"][0]["aliases"][0]["name"] == "live"
    assert executed["executions"][0]["input"] == {"a": 1}
    assert state(plays.stepfunctions) == []


def test_a_mistake_in_the_definition_is_told_with_its_place_and_changes_nothing(plays):
    definition = plays.folder / "orders.asl.yaml"
    definition.write_text(
        "StartAt: Wait\nStates:\n  Wait:\n    Type: Wait\n    Seconds: 5\n    Next: Shipp\n  Ship:\n    Type: Succeed\n"
    )
    options = {"name": "orders", "definition_file": str(definition), "role_arn": ROLE}
    plays.run([{"landfall.aws.stepfunctions_state_machine": options}], failed=True)
    assert "orders.asl.yaml:6:5" in plays.output or "orders.asl.yaml:6:11" in plays.output
    assert 'did you mean "Ship"?' in plays.output
    assert state(plays.stepfunctions) == []


GREETING = """
StartAt: Greet
States:
  Greet: {Type: Pass, Result: {said: "${Word}"}, Next: Is it kind}
  Is it kind:
    Type: Choice
    Choices:
      - {Variable: $.said, StringEquals: go away, Next: Refuse}
    Default: Done
  Refuse: {Type: Fail, Error: NotKind, Cause: one does not say so}
  Done: {Type: Succeed}
"""


def test_what_is_made_here_really_runs(running_plays):
    greeting = {"name": "greeting", "definition": GREETING, "role_arn": ROLE}
    shift = {"name": "live", "state_machine": "greeting", "wait_delay": 1}
    linear = {**shift, "version": "2", "strategy": "linear", "percent": 50, "interval_minutes": 0.05}
    once = {"state_machine": "greeting:live", "once": True, "input": {"a": 1}, "wait": True}
    _machine, _live, second, moved, run, again, _third, failed, _express, answered = running_plays.run(
        [
            {
                "landfall.aws.stepfunctions_state_machine": {
                    **greeting,
                    "substitutions": {"Word": "hello"},
                    "publish": True,
                }
            },
            {"landfall.aws.stepfunctions_alias": {**shift, "version": "1"}},
            {
                "landfall.aws.stepfunctions_state_machine": {
                    **greeting,
                    "substitutions": {"Word": "good day"},
                    "publish": True,
                }
            },
            {"landfall.aws.stepfunctions_alias": linear},
            {"landfall.aws.stepfunctions_execution": once},
            {"landfall.aws.stepfunctions_execution": once},
            {"landfall.aws.stepfunctions_state_machine": {**greeting, "substitutions": {"Word": "go away"}}},
            {
                "landfall.aws.stepfunctions_execution": {"state_machine": "greeting", "name": "rude", "wait": True},
                "failed_when": "result_7.execution.status != 'FAILED'",
            },
            {"landfall.aws.stepfunctions_state_machine": {**greeting, "name": "quick", "type": "EXPRESS"}},
            {"landfall.aws.stepfunctions_execution": {"state_machine": "quick", "sync": True}},
        ]
    )
    assert second["state_machine_version_arn"].endswith(":2")
    assert [each["routing"] for each in moved["steps"]] == [{"1": 50, "2": 50}, {"2": 100}]
    assert (run["changed"], run["execution"]["output"]) == (True, {"said": "good day"})
    assert (again["changed"], again["execution_arn"]) == (False, run["execution_arn"])
    assert failed["msg"].splitlines() == [
        'The execution rude FAILED after 0 s in state "Refuse"',
        "Error: NotKind",
        "Cause: one does not say so",
        'Input of the state: {"said": "go away"}',
        "States before: Greet, Is it kind",
    ]
    assert answered["execution"]["output"] == {"said": "${Word}"}


def test_a_shift_that_was_killed_is_finished_by_the_next_run(running_plays):
    client = running_plays.stepfunctions
    definitions = [{**DEFINITION, "Comment": word} for word in ("one", "two")]
    machine = {"name": "shifted", "role_arn": ROLE, "publish": True}
    shift = {"name": "live", "state_machine": "shifted", "wait_delay": 1}
    first, second = (
        {"landfall.aws.stepfunctions_state_machine": {**machine, "definition": each}} for each in definitions
    )
    running_plays.run([first, {"landfall.aws.stepfunctions_alias": {**shift, "version": "1"}}, second])
    canary = {**shift, "version": "2", "strategy": "canary", "percent": 10, "interval_minutes": 0.1}
    long = {"landfall.aws.stepfunctions_alias": {**canary, "interval_minutes": 60}}
    running_plays.kill_at("live leads to 1: 90 %, 2: 10 %", [long])
    arn = "arn:aws:states:eu-west-3:123456789012:stateMachine:shifted:live"
    left = client.describe_state_machine_alias(stateMachineAliasArn=arn)["routingConfiguration"]
    assert [each["weight"] for each in left] == [90, 10]
    (finished,) = running_plays.run([{"landfall.aws.stepfunctions_alias": canary}])
    assert [each.get("remark") for each in finished["steps"]] == ["as a run before left it", None]
    left = client.describe_state_machine_alias(stateMachineAliasArn=arn)["routingConfiguration"]
    assert [(each["stateMachineVersionArn"].rpartition(":")[2], each["weight"]) for each in left] == [("2", 100)]
