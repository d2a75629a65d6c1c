# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deployments that are rolled back, stopped, told to go on, and services that go to another revision."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.aws.plugins.modules import ecs_deployment as module
from tests.unit.ecs.service_account import (
    PREFIX,
    RECORD,
    Ecs,
    at,
    deployment,
    old,
    revision,
    service,
    settled,
)

WEB = {"cluster": "prod", "name": "web"}
GOING = service(deployment(43, running=1, pending=1), old())
STAGED = {"deploymentConfiguration": {"strategy": "BLUE_GREEN"}}
HOOK = {"hookId": "h-1", "targetType": "PAUSE", "status": "AWAITING_ACTION"}


@pytest.fixture
def ecs():
    return Ecs()


@pytest.mark.parametrize(
    ("action", "stop_type", "status"), [("rollback", "ROLLBACK", "ROLLBACK_SUCCESSFUL"), ("stop", "ABORT", "STOPPED")]
)
def test_what_goes_on_is_rolled_back_or_stopped(ecs, action, stop_type, status):
    ecs.sees(GOING)
    ecs.on("stop_service_deployment", {}, serviceDeploymentArn=RECORD, stopType=stop_type)
    ecs.keeps("ROLLBACK_IN_PROGRESS")
    ecs.keeps(status)
    ecs.sees(service(settled()))
    result = ecs.run(module, **WEB, action=action)
    assert (result["changed"], result["deployment"], result["task_definition"]) == (True, {"status": status}, "web:42")
    assert result.waited == 5


def test_without_waiting_it_costs_two_calls(ecs):
    ecs.sees(GOING)
    ecs.on("stop_service_deployment", {}, serviceDeploymentArn=RECORD, stopType="ROLLBACK")
    result = ecs.run(module, **WEB, action="rollback", wait=False)
    assert result.calls == ["DescribeServices", "StopServiceDeployment"]
    assert result["deployment"]["status"] == "ROLLBACK_REQUESTED"


@pytest.mark.parametrize("action", ["rollback", "stop"])
def test_what_has_ended_is_left_alone(ecs, action):
    ecs.sees(service(settled()))
    result = ecs.run(module, **WEB, action=action)
    assert (result["changed"], result.calls) == (False, ["DescribeServices"])


def test_check_mode_only_looks(ecs):
    ecs.sees(GOING)
    result = ecs.run(module, **WEB, action="rollback", check_mode=True)
    assert (result["changed"], result.calls) == (True, ["DescribeServices"])
    ecs.sees(service(settled()))
    result = ecs.run(module, **WEB, to_revision="41", check_mode=True)
    assert result["diff"][0]["after"] == '{\n  "task_definition": "web:41"\n}\n'


def test_a_rollback_that_fails_is_a_failure(ecs):
    ecs.sees(GOING)
    ecs.on("stop_service_deployment", {}, serviceDeploymentArn=RECORD, stopType="ROLLBACK")
    ecs.keeps("ROLLBACK_FAILED", statusReason="no capacity")
    ecs.sees(GOING)
    result = ecs.run(module, **WEB, action="rollback")
    assert result["changed"]
    assert result.message == (
        "The deployment ecs-svc/43 of prod/web is ROLLBACK_FAILED, and not ROLLBACK_SUCCESSFUL, after the rollback was asked for: "
        "no capacity. The service is on web:43 now."
    )


def test_a_rollback_that_takes_too_long_is_a_failure(ecs):
    ecs.sees(GOING)
    ecs.on("stop_service_deployment", {}, serviceDeploymentArn=RECORD, stopType="ROLLBACK")
    ecs.keeps("ROLLBACK_IN_PROGRESS")
    ecs.keeps("ROLLBACK_IN_PROGRESS")
    ecs.sees(GOING)
    assert "is ROLLBACK_IN_PROGRESS" in ecs.run(module, **WEB, action="rollback", wait_timeout=5).message


# Another revision


@pytest.mark.parametrize(("given", "sent"), [("41", "web:41"), ("web:41", "web:41"), (revision(41), revision(41))])
def test_a_service_goes_to_a_revision(ecs, given, sent):
    ecs.sees(service(settled()))
    ecs.on(
        "update_service",
        {"service": service(deployment(41), old())},
        cluster="prod",
        service="web",
        taskDefinition=sent,
    )
    ecs.sees(service(deployment(41, "COMPLETED", running=2)))
    result = ecs.run(module, **WEB, to_revision=given)
    assert (result["changed"], result["task_definition"], result["deployment"]["status"]) == (
        True,
        "web:41",
        "SUCCESSFUL",
    )


def test_a_service_that_is_there_already_stays(ecs):
    ecs.sees(service(settled()))
    result = ecs.run(module, **WEB, to_revision="42")
    assert (result["changed"], result.calls) == (False, ["DescribeServices"])


def of_revision(name):
    return f"{PREFIX}:service-revision/prod/web/{name}"


def brought(ecs, **definitions):
    """The successful deployments, the oldest first, and what each has brought."""
    listed = [
        {"targetServiceRevisionArn": of_revision(name), "createdAt": at(index), "status": "SUCCESSFUL"}
        for index, name in enumerate(definitions)
    ]
    ecs.on(
        "list_service_deployments",
        {"serviceDeployments": listed},
        cluster="prod",
        service="web",
        status=["SUCCESSFUL"],
        maxResults=20,
    )
    revisions = [
        {"serviceRevisionArn": of_revision(name), "taskDefinition": revision(number)}
        for name, number in definitions.items()
    ]
    ecs.on(
        "describe_service_revisions",
        {"serviceRevisions": revisions},
        serviceRevisionArns=[each["serviceRevisionArn"] for each in revisions][::-1],
    )


def test_previous_is_the_last_that_went_well_with_another_definition(ecs):
    ecs.sees(service(settled()))
    brought(ecs, a=40, b=41, c=42)
    ecs.on(
        "update_service",
        {"service": service(deployment(41))},
        cluster="prod",
        service="web",
        taskDefinition=revision(41),
    )
    result = ecs.run(module, **WEB, to_revision="previous", wait=False)
    assert result.calls == ["DescribeServices", "ListServiceDeployments", "DescribeServiceRevisions", "UpdateService"]


def test_where_there_is_no_previous_one_that_is_said(ecs):
    ecs.sees(service(settled()))
    brought(ecs, c=42)
    assert (
        "no deployment of prod/web that went well with another task definition"
        in ecs.run(module, **WEB, to_revision="previous").message
    )


def test_a_service_revision_stands_for_its_definition(ecs):
    ecs.sees(service(settled()))
    arn = of_revision("a")
    answer = {"serviceRevisions": [{"serviceRevisionArn": arn, "taskDefinition": revision(42)}]}
    ecs.on("describe_service_revisions", answer, serviceRevisionArns=[arn])
    assert not ecs.run(module, **WEB, to_revision=arn)["changed"]
    ecs.sees(service(settled()))
    ecs.on("describe_service_revisions", {"serviceRevisions": []}, serviceRevisionArns=[arn])
    assert "there is no service revision" in ecs.run(module, **WEB, to_revision=arn).message


def test_a_revision_that_fails_says_why(ecs):
    ecs.sees(service(settled()))
    ecs.on(
        "update_service",
        {"service": service(deployment(41), old())},
        cluster="prod",
        service="web",
        taskDefinition="web:41",
    )
    message = "(service web) was unable to place a task because no container instance met all of its requirements."
    ecs.sees(service(deployment(41), old(), events=[(1, message)]))
    ecs.keeps("IN_PROGRESS")
    ecs.stopped()
    result = ecs.run(module, **WEB, to_revision="41")
    assert result.message.startswith("ECS service prod/web: deployment ecs-svc/41 of web:41 can't succeed")
    assert "done before: service updated to web:41" in result.message


# On


def waits(ecs, *hooks, status="IN_PROGRESS"):
    ecs.sees(service(deployment(43, running=2), old(), **STAGED))
    ecs.keeps(status, lifecycleHookDetails=list(hooks))


def test_a_paused_deployment_goes_on(ecs):
    waits(ecs, HOOK)
    ecs.on(
        "continue_service_deployment",
        {"serviceDeploymentArn": RECORD},
        serviceDeploymentArn=RECORD,
        hookId="h-1",
        action="CONTINUE",
    )
    waits(ecs, HOOK)
    waits(ecs, {**HOOK, "status": "SUCCEEDED"}, status="SUCCESSFUL")
    result = ecs.run(module, **WEB, action="continue")
    assert (result["changed"], result["deployment"]["status"]) == (True, "SUCCESSFUL")


def test_the_next_pause_can_be_waited_for(ecs):
    waits(ecs, HOOK)
    ecs.on(
        "continue_service_deployment",
        {"serviceDeploymentArn": RECORD},
        serviceDeploymentArn=RECORD,
        hookId="h-1",
        action="CONTINUE",
    )
    waits(ecs, HOOK)
    waits(ecs, {**HOOK, "status": "SUCCEEDED"}, {**HOOK, "hookId": "h-2"})
    result = ecs.run(module, **WEB, action="continue", wait_for="pause")
    assert result["deployment"]["paused_hooks"] == ["h-2"]


def test_nothing_that_is_paused_is_nothing_to_do(ecs):
    waits(ecs, {**HOOK, "status": "SUCCEEDED"})
    result = ecs.run(module, **WEB, action="continue", hook_id="h-1")
    assert (result["changed"], result.calls) == (False, ["DescribeServices", "DescribeServiceDeployments"])


def test_of_two_hooks_one_must_be_named_and_it_must_exist(ecs):
    two = [HOOK, {**HOOK, "hookId": "h-2"}]
    waits(ecs, *two)
    assert "hook_id: must be given, because 2 hooks" in ecs.run(module, **WEB, action="continue").message
    waits(ecs, *two)
    assert "has no hook h-3; it has h-1, h-2" in ecs.run(module, **WEB, action="continue", hook_id="h-3").message


# What can't be


def test_a_service_or_cluster_that_does_not_exist_is_named(ecs):
    ecs.sees()
    assert "There is no service prod/web" in ecs.run(module, **WEB, action="stop").message
    ecs.refuses("describe_services", "ClusterNotFoundException")
    assert "There is no service prod/web" in ecs.run(module, **WEB, action="stop").message


def test_one_that_aws_can_not_stop_any_more(ecs):
    ecs.sees(GOING)
    ecs.refuses("stop_service_deployment", "ConflictException", "too late")
    assert (
        ecs.run(module, **WEB, action="stop").message
        == "The deployment ecs-svc/43 of prod/web can't be stopped: too late"
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"action": "stop", "hook_id": "h-1"}, "hook_id: only with action continue"),
        ({"action": "stop", "wait_timeout": -1}, "wait_timeout: -1 is not valid"),
        ({"action": "stop", "wait_delay": 0}, "wait_delay: 0.0 is not valid"),
    ],
)
def test_mistakes_are_told_before_any_call(ecs, options, said):
    result = ecs.run(module, **WEB, **options)
    assert said in result.message
    assert result.calls == []
