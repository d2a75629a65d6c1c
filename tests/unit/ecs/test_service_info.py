# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services, for those who only look."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.aws.plugins.modules import ecs_service_info as module
from tests.unit.ecs.service_account import (
    IMAGE_MISSING,
    PREFIX,
    RECORD,
    SERVICE,
    Ecs,
    at,
    deployment,
    old,
    service,
    settled,
    task,
)
from tests.unit.ecs.test_service import examples

WEB = {"cluster": "prod", "names": ["web"]}


@pytest.fixture
def ecs():
    return Ecs()


def test_a_service_is_told_in_one_call(ecs):
    ecs.sees(service(settled(), events=[(1, "steady")], tags=[{"key": "com.Foo", "value": "x"}]))
    result = ecs.run(module, **WEB)
    (told,) = result["services"]
    assert (told["service_name"], told["tags"], told["events"][0]["message"]) == ("web", {"com.Foo": "x"}, "steady")
    assert (result["changed"], result.calls) == (False, ["DescribeServices"])


def test_all_of_a_cluster_are_told_ten_by_ten(ecs):
    arns = [f"{PREFIX}:service/prod/{index}" for index in range(12)]
    ecs.on("list_services", {"serviceArns": arns}, cluster="prod")
    ecs.on("describe_services", {"services": []}, cluster="prod", services=arns[:10], include=["TAGS"])
    ecs.on("describe_services", {"services": []}, cluster="prod", services=arns[10:], include=["TAGS"])
    assert ecs.run(module, cluster="prod")["services"] == []


def test_one_that_does_not_exist_is_left_out_and_so_are_those_of_no_cluster(ecs):
    ecs.sees()
    assert ecs.run(module, **WEB)["services"] == []
    ecs.refuses("describe_services", "ClusterNotFoundException")
    assert ecs.run(module, **WEB)["services"] == []


def test_what_may_not_be_read_is_an_error_and_not_an_empty_list(ecs):
    ecs.refuses("describe_services", "AccessDeniedException", "you may not")
    assert "The services in prod can't be read" in ecs.run(module, **WEB).message
    answer = {"failures": [{"arn": SERVICE, "reason": "ACCESS_DENIED", "detail": "no"}], "services": []}
    ecs.on("describe_services", answer)
    assert "ACCESS_DENIED: no" in ecs.run(module, **WEB).message


def test_deployments_and_tasks_are_told_where_that_is_wanted(ecs):
    ecs.sees(service(settled()))
    listed = [{"serviceDeploymentArn": RECORD, "status": "SUCCESSFUL", "createdAt": at(0)}]
    ecs.on("list_service_deployments", {"serviceDeployments": listed}, cluster="prod", service="web", maxResults=5)
    found = task("t1", exits=0)
    ecs.on("list_tasks", {"taskArns": [found["taskArn"]]}, cluster="prod", serviceName="web")
    ecs.on("describe_tasks", {"tasks": [found]}, cluster="prod", tasks=[found["taskArn"]], include=["TAGS"])
    (told,) = ecs.run(module, **WEB, deployments=5, tasks=True, events=False)["services"]
    assert told["service_deployments"][0]["status"] == "SUCCESSFUL"
    assert told["tasks"][0]["stopped"]["exit_code"] == 0
    assert "events" not in told


def test_a_diagnosis_tells_what_is_wrong(ecs):
    failing = service(deployment(43, failed=2), old(), events=[(9, "(service web) was unable to place a task.")])
    ecs.sees(failing)
    ecs.stopped(task("t1", exits=3), task("t2", "TaskFailedToStart", IMAGE_MISSING))
    ecs.logs("password=hunter2")
    (told,) = ecs.run(module, **WEB, diagnose=True)["services"]
    found = told["diagnosis"]
    assert (found["deployment"], found["task_definition"]) == ("ecs-svc/43", "web:43")
    assert [each["count"] for each in found["stopped_tasks"]] == [1, 1]
    assert found["logs"] == [{"container": "app", "task": "t1", "lines": ["password=********"]}]
    assert found["hint"].startswith("Look at the image's name and tag")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"deployments": 101}, "deployments: 101 is not valid"),
        ({"log_lines": -1}, "log_lines: -1 is not valid"),
        ({"mask": ["("]}, "mask: '(' is not a regular expression"),
    ],
)
def test_mistakes_are_told_before_any_call(ecs, options, said):
    result = ecs.run(module, **WEB, **options)
    assert said in result.message
    assert result.calls == []


@pytest.mark.parametrize("options", examples("ecs_service_info"), ids=lambda each: str(len(each)))
def test_examples_of_community_aws_run_under_our_name(ecs, options):
    if "service" not in options:
        ecs.on("list_services", {"serviceArns": [SERVICE]}, cluster=options["cluster"])
    ecs.on("describe_services", {"services": [service(settled())]})
    assert len(ecs.run(module, **options)["services"]) == 1
