# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that are run, waited for, stopped and looked at."""

from __future__ import annotations

import importlib
from datetime import timedelta

import pytest
import yaml

from ansible_collections.landfall.aws.plugins.module_utils.ecs import tasks
from ansible_collections.landfall.aws.plugins.modules import ecs_task_info, ecs_task_run, ecs_task_stop
from tests.unit.ecs.service_account import IMAGE_MISSING, NOW, PREFIX, Ecs, revision, task

WEB = {"cluster": "prod", "task_definition": "web:43"}
MANY = "RESOURCE:MEMORY"


@pytest.fixture
def ecs():
    return Ecs()


def arn(name):
    return f"{PREFIX}:task/prod/{name}"


def going(name="t1", status="RUNNING", **more):
    return {
        "taskArn": arn(name),
        "taskDefinitionArn": revision(43),
        "lastStatus": status,
        "desiredStatus": "RUNNING",
        "createdAt": NOW,
        "containers": [{"name": "app"}],
        **more,
    }


def starts(ecs, *names, failures=()):
    answer = {"tasks": [going(name, "PROVISIONING") for name in names], "failures": list(failures)}
    ecs.on("run_task", answer)


def sees(ecs, *found):
    ecs.on(
        "describe_tasks",
        {"tasks": list(found)},
        cluster="prod",
        tasks=[each["taskArn"] for each in found],
        include=["TAGS"],
    )


# To run


def test_a_task_that_succeeds_returns_exit_code_and_log(ecs, tmp_path):
    progress = tmp_path / "progress"
    starts(ecs, "t1")
    sees(ecs, going())
    sees(ecs, task("t1", exits=0))
    ecs.logs("migrating", "token=abc done", limit=20)
    result = ecs.run(ecs_task_run, **WEB, progress_file=str(progress))
    assert not result.failed
    assert result.calls == ["RunTask", "DescribeTasks", "DescribeTasks", "DescribeTaskDefinition", "GetLogEvents"]
    assert result["exit_codes"] == {"t1": {"app": 0}}
    assert result["logs"] == [{"container": "app", "task": "t1", "lines": ["migrating", "token=******** done"]}]
    assert progress.read_text() == "web:43 in prod: t1 RUNNING\nweb:43 in prod: t1 STOPPED\n"


def test_exit_code_3_is_a_failure_with_the_log(ecs):
    starts(ecs, "t1")
    sees(ecs, task("t1", exits=3))
    ecs.logs("boom", limit=20)
    result = ecs.run(ecs_task_run, **WEB)
    assert (
        result.message
        == """\
Task web:43 in prod failed after 0s
Cause: 1 of 1 tasks did not succeed
Stopped tasks:
- 1x EssentialContainerExited: container app exit 3; task t1
Log of app, task t1:
  boom"""
    )
    assert (result["exit_codes"], result["changed"]) == ({"t1": {"app": 3}}, True)


def test_another_exit_code_can_mean_success(ecs):
    starts(ecs, "t1")
    sees(ecs, task("t1", exits=3))
    ecs.logs("three", limit=20)
    assert not ecs.run(ecs_task_run, **WEB, success_exit_codes=[0, 3]).failed


def two_containers(ecs, essential):
    starts(ecs, "t1")
    ended = task("t1", exits=0)
    ended["containers"].append({"name": "sidecar", "exitCode": 143})
    sees(ecs, ended)
    if essential is not None:
        containers = [{"name": "app", "image": "a"}, {"name": "sidecar", "image": "b", "essential": essential}]
        ecs.on("describe_task_definition", {"taskDefinition": {"containerDefinitions": containers}})


def test_a_container_that_is_not_essential_does_not_count(ecs):
    two_containers(ecs, essential=False)
    assert not ecs.run(ecs_task_run, **WEB, log_lines=0).failed
    two_containers(ecs, essential=True)
    assert ecs.run(ecs_task_run, **WEB, log_lines=0).failed


def test_one_container_can_be_watched(ecs):
    two_containers(ecs, essential=None)
    assert not ecs.run(ecs_task_run, **WEB, log_lines=0, watch_container="app").failed
    two_containers(ecs, essential=None)
    assert ecs.run(ecs_task_run, **WEB, log_lines=0, watch_container="sidecar").failed
    two_containers(ecs, essential=None)
    message = ecs.run(ecs_task_run, **WEB, log_lines=0, watch_container="nginx").message
    assert message == "watch_container: the task has no container nginx; it has app, sidecar"


def test_an_image_that_does_not_exist_is_named_with_a_hint(ecs):
    starts(ecs, "t1")
    sees(ecs, task("t1", "TaskFailedToStart", IMAGE_MISSING))
    ecs.on("describe_task_definition", {"taskDefinition": {"containerDefinitions": [{"name": "app", "image": "x"}]}})
    message = ecs.run(ecs_task_run, **WEB).message
    assert f"1x TaskFailedToStart: {IMAGE_MISSING}; task t1" in message
    assert "Hint: Look at the image's name and tag" in message


def test_what_aws_does_not_start_is_a_failure_and_nothing_is_changed(ecs):
    starts(ecs, failures=[{"arn": "arn:x", "reason": MANY}])
    result = ecs.run(ecs_task_run, **WEB)
    assert (
        result.message
        == """\
Task web:43 in prod failed after 0s
Cause: AWS did not start 1 of 1 tasks: RESOURCE:MEMORY
Hint: There is no room for the task: give the cluster capacity, or the task less cpu and memory, or another capacity provider."""
    )
    assert not result["changed"]


def test_one_of_two_that_was_started_is_returned(ecs):
    starts(ecs, "t1", failures=[{"reason": MANY}])
    result = ecs.run(ecs_task_run, **WEB, count=2)
    assert "AWS did not start 1 of 2 tasks" in result.message
    assert (result["changed"], len(result["tasks"])) == (True, 1)


def test_room_is_waited_for_where_that_is_wanted(ecs):
    starts(ecs, failures=[{"reason": MANY}])
    starts(ecs, "t1")
    result = ecs.run(ecs_task_run, **WEB, retries_on=["RESOURCE"], wait=False)
    assert (result.calls, result.waited) == (["RunTask", "RunTask"], 15)


def test_room_that_does_not_come_is_a_failure(ecs):
    starts(ecs, failures=[{"reason": MANY}])
    starts(ecs, failures=[{"reason": MANY}])
    result = ecs.run(ecs_task_run, **WEB, retries_on=["RESOURCE"], wait_timeout=10)
    assert "RESOURCE:MEMORY" in result.message


def test_a_task_that_spot_has_taken_is_run_again(ecs):
    starts(ecs, "t1")
    sees(ecs, task("t1", "SpotInterruption", "Your Spot Task was interrupted.", exits=143))
    ecs.on("describe_task_definition", {"taskDefinition": {"containerDefinitions": [{"name": "app", "image": "x"}]}})
    starts(ecs, "t2")
    sees(ecs, task("t2", exits=0))
    result = ecs.run(ecs_task_run, **WEB, retries_on=["SpotInterruption"])
    assert result["exit_codes"] == {"t2": {"app": 0}}


@pytest.mark.parametrize(
    ("stops", "now"), [(True, "Now: stopped: t1"), (False, "Now: they go on; stop_on_timeout is false")]
)
def test_a_task_that_takes_too_long_is_stopped(ecs, stops, now):
    starts(ecs, "t1")
    for _look in range(4):
        sees(ecs, going())
    if stops:
        ecs.on("stop_task", {"task": going()}, cluster="prod", task=arn("t1"), reason="Not through after 9 s")
    ecs.logs("still busy", limit=20)
    result = ecs.run(ecs_task_run, **WEB, wait_timeout=9, stop_on_timeout=stops)
    assert "Cause: timeout of 9 s: t1 is RUNNING" in result.message
    assert "  still busy" in result.message
    assert result.message.endswith(now)


def test_running_is_enough_where_that_is_wanted(ecs):
    starts(ecs, "t1")
    sees(ecs, going(status="PENDING"))
    sees(ecs, going())
    result = ecs.run(ecs_task_run, **WEB, wait_for="running")
    assert (result.failed, result.waited) == (False, 2)


def test_without_waiting_it_costs_one_call(ecs):
    starts(ecs, "t1")
    assert ecs.run(ecs_task_run, **WEB, wait=False).calls == ["RunTask"]


def test_check_mode_runs_nothing(ecs):
    result = ecs.run(ecs_task_run, **WEB, check_mode=True)
    assert (result["changed"], result.calls) == (True, [])


def test_the_same_run_is_run_once(ecs):
    def wanted(run_id):
        return tasks.token(
            {"client_token": None, "run_id": run_id}, {"cluster": "prod", "taskDefinition": "web:43", "count": 1}, 0
        )

    assert wanted("monday") == wanted("monday") != wanted("tuesday")
    old = going(createdAt=NOW - timedelta(minutes=5))
    sent = {"cluster": "prod", "taskDefinition": "web:43", "count": 1, "clientToken": wanted("monday")}
    ecs.on("run_task", {"tasks": [old]}, **sent)
    assert not ecs.run(ecs_task_run, **WEB, run_id="monday", wait=False)["changed"]


def test_what_is_otherwise_in_this_run_is_written_by_container(ecs):
    sent = {
        "cluster": "prod",
        "taskDefinition": "web:43",
        "count": 1,
        "clientToken": "x",
        "overrides": {
            "taskRoleArn": "arn:r",
            "containerOverrides": [
                {"name": "app", "command": ["migrate"], "environment": [{"name": "A_b", "value": "1"}], "memory": 512}
            ],
        },
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a"], "assignPublicIp": "ENABLED"}},
        "tags": [{"key": "team", "value": "web"}],
    }
    ecs.on("run_task", {"tasks": [going()]}, **sent)
    options = {
        "containers": {"app": {"command": ["migrate"], "environment": {"A_b": 1}, "memory": "512"}},
        "overrides": {"task_role_arn": "arn:r"},
        "network_configuration": {"subnets": ["subnet-a"], "assign_public_ip": True},
        "tags": {"team": "web"},
    }
    assert ecs.run(ecs_task_run, **WEB, **options, client_token="x", wait=False)["changed"]


WRONG = {
    "count: 0 is not valid": {"count": 0},
    "count: 11 is not valid": {"count": 11},
    "launch_type: not with capacity_provider_strategy": {
        "launch_type": "EC2",
        "capacity_provider_strategy": [{"capacity_provider": "a", "weight": 1}],
    },
    "container_instances: must be given for operation start": {"operation": "start"},
    "platform_version: not with container_instances": {"container_instances": ["i"], "platform_version": "1.4.0"},
    "count: not with container_instances": {"container_instances": ["i"], "count": 2},
    "run_id: not with client_token": {"run_id": "a", "client_token": "b"},
    "the container app is given 2 times": {
        "containers": {"app": {"cpu": 1}},
        "overrides": {"container_overrides": [{"name": "app"}]},
    },
    "network_configuration: must be given for launch_type FARGATE": {"launch_type": "FARGATE"},
    "log_lines: -1 is not valid": {"log_lines": -1},
    "wait_timeout: -1 is not valid": {"wait_timeout": -1},
    "wait_delay: 0.0 is not valid": {"wait_delay": 0},
    "mask: '[' is not a regular expression": {"mask": ["["]},
    'unknown field "comand"': {"containers": {"app": {"comand": ["x"]}}},
    "'much' is not a whole number": {"containers": {"app": {"memory": "much"}}},
    "containers.app: 'x' is not a dict of overrides": {"containers": {"app": "x"}},
    "network_configuration: no subnets are given": {"network_configuration": {"subnets": []}},
}


@pytest.mark.parametrize("said", WRONG)
def test_mistakes_are_told_before_any_call(ecs, said):
    result = ecs.run(ecs_task_run, **{**WEB, **WRONG[said]})
    assert said in result.message
    assert result.calls == []


# To stop


def test_a_running_task_is_stopped_and_waited_for(ecs):
    sees(ecs, going())
    ecs.on("stop_task", {"task": going(desiredStatus="STOPPED")}, cluster="prod", task=arn("t1"), reason="Maintenance")
    sees(ecs, going(desiredStatus="STOPPED"))
    sees(ecs, task("t1", "UserInitiated", "Maintenance", exits=143))
    result = ecs.run(ecs_task_stop, cluster="prod", tasks=[arn("t1")], reason="Maintenance")
    assert (result["changed"], result.waited) == (True, 2)
    assert result["tasks"][0]["stopped"]["reason"] == "Maintenance"


def test_a_stopped_task_is_no_change(ecs):
    sees(ecs, task("t1", exits=0))
    result = ecs.run(ecs_task_stop, cluster="prod", task=arn("t1"))
    assert (result["changed"], result.calls) == (False, ["DescribeTasks"])


def test_a_task_that_aws_has_forgotten_is_no_change(ecs):
    answer = {"tasks": [], "failures": [{"arn": arn("t1"), "reason": "MISSING"}]}
    ecs.on("describe_tasks", answer, cluster="prod", tasks=[arn("t1")], include=["TAGS"])
    assert not ecs.run(ecs_task_stop, cluster="prod", tasks=[arn("t1")])["changed"]


@pytest.mark.parametrize(
    ("given", "asked"), [("family", "family"), ("service", "serviceName"), ("started_by", "startedBy")]
)
def test_tasks_are_found_by_what_they_are_of(ecs, given, asked):
    ecs.on("list_tasks", {"taskArns": []}, cluster="prod", desiredStatus="RUNNING", **{asked: "web"})
    result = ecs.run(ecs_task_stop, cluster="prod", **{given: "web"})
    assert (result["changed"], result.calls) == (False, ["ListTasks"])


def test_check_mode_stops_nothing(ecs):
    sees(ecs, going())
    result = ecs.run(ecs_task_stop, cluster="prod", tasks=[arn("t1")], check_mode=True)
    assert (result["changed"], result.calls) == (True, ["DescribeTasks"])


def test_a_task_that_does_not_stop_is_named(ecs):
    sees(ecs, going())
    ecs.on("stop_task", {"task": going(desiredStatus="STOPPED")}, cluster="prod", task=arn("t1"))
    for _look in range(3):
        sees(ecs, going(desiredStatus="STOPPED"))
    message = ecs.run(ecs_task_stop, cluster="prod", tasks=[arn("t1")], wait_timeout=4).message
    assert message.startswith("The tasks t1 have not stopped after 4 seconds.")


# To look


def test_tasks_are_told_with_their_tags_and_why_they_stopped(ecs):
    found = task("t1", exits=137, container={"reason": "OutOfMemoryError"}, tags=[{"key": "com.Foo", "value": "x"}])
    ecs.on("list_tasks", {"taskArns": [arn("t1")]}, cluster="prod", desiredStatus="STOPPED", serviceName="web")
    sees(ecs, found)
    result = ecs.run(ecs_task_info, cluster="prod", service="web", status="STOPPED")
    (told,) = result["tasks"]
    assert (told["tags"], told["stopped"]["exit_code"], told["stopped"]["container_reason"]) == (
        {"com.Foo": "x"},
        137,
        "OutOfMemoryError",
    )
    assert result.calls == ["ListTasks", "DescribeTasks"]


# Moving over from community.aws


def examples():
    theirs = importlib.import_module("ansible_collections.community.aws.plugins.modules.ecs_task")
    return [each["community.aws.ecs_task"] for each in yaml.safe_load(theirs.EXAMPLES)]


@pytest.mark.parametrize("options", examples(), ids=lambda each: f"{each['operation']}-{len(each)}")
def test_examples_of_community_aws_run_under_our_name(ecs, options):
    if options.get("network_configuration", {}).get("security_groups"):
        ecs.on("describe_subnets", {"Subnets": [{"VpcId": "vpc-1"}]}, "ec2")
        found = [{"GroupName": "my_security_group", "GroupId": "sg-b"}]
        ecs.on("describe_security_groups", {"SecurityGroups": found}, "ec2")
    if options["operation"] == "stop":
        ecs.on("describe_tasks", {"tasks": [going()]})
        ecs.on("stop_task", {"task": going(desiredStatus="STOPPED")})
        result = ecs.run(ecs_task_stop, **options, wait=False)
    else:
        ecs.on(f"{options['operation']}_task", {"tasks": [going()]})
        result = ecs.run(ecs_task_run, **options, wait=False)
    assert not result.failed, result.returned
    assert result["changed"]


def test_count_and_started_by_may_be_left_out_and_a_start_needs_no_task(ecs):
    ecs.on("start_task", {"tasks": [going()]}, cluster="prod", taskDefinition="web:43", containerInstances=["i-1"])
    assert ecs.run(ecs_task_run, **WEB, operation="start", container_instances=["i-1"], wait=False)["changed"]


def test_a_start_that_is_throttled_is_repeated_and_one_whose_answer_is_lost_is_not(ecs):
    ecs.refuses("start_task", "ThrottlingException")
    ecs.on("start_task", {"tasks": [going()]})
    result = ecs.run(ecs_task_run, **WEB, container_instances=["i-1"], wait=False)
    assert (result.failed, result.waited) == (False, 1)
    ecs.refuses("start_task", "ServerException", "gone")
    assert ecs.run(ecs_task_run, **WEB, container_instances=["i-1"], wait=False).failed
