# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Histories of deployments as AWS tells them, played through the module: what each ends with, word for word."""

from __future__ import annotations

import signal

import pytest

from ansible_collections.landfall.aws.plugins.modules import ecs_service as module
from tests.unit.ecs.service_account import (
    IMAGE_MISSING,
    RECORD,
    Ecs,
    at,
    deployment,
    old,
    revision,
    service,
    settled,
    task,
)

DEPLOY = {"cluster": "prod", "name": "web", "task_definition": "web:43"}
GOING = deployment(43, running=0, pending=2)


@pytest.fixture
def ecs():
    return Ecs()


@pytest.fixture
def updated(ecs):
    """A service on web:42, whose update to web:43 begins."""
    ecs.sees(service(settled()))
    begun = service(GOING, old())
    ecs.on("update_service", {"service": begun}, cluster="prod", service="web", taskDefinition="web:43")
    return ecs


def test_a_deployment_that_completes(updated, tmp_path):
    progress = tmp_path / "progress"
    updated.sees(service(GOING, old(), events=[(2, "(service web) has started 2 tasks: (task t1) (task t2).")]))
    updated.sees(service(deployment(43, running=2), old()))
    updated.sees(
        service(deployment(43, "COMPLETED", running=2), events=[(60, "(service web) has reached a steady state.")])
    )
    result = updated.run(module, **DEPLOY, progress_file=str(progress))
    assert not result.failed
    assert result["deployment"] == {
        "id": "ecs-svc/43",
        "status": "SUCCESSFUL",
        "task_definition": "web:43",
        "desired_count": 2,
        "running_count": 2,
        "failed_tasks": 0,
        "service_deployment_arn": RECORD,
        "duration_seconds": 12,
    }
    assert result.calls == ["DescribeServices", "UpdateService", *["DescribeServices"] * 3]
    assert result.waited == 5 + 7.5
    assert progress.read_text().splitlines() == [
        "12:00:02 (service web) has started 2 tasks: (task t1) (task t2).",
        "web:43 IN_PROGRESS: 0 of 2 running, 2 pending",
        "web:43 IN_PROGRESS: 2 of 2 running, 0 pending",
        "web:43 COMPLETED: 2 of 2 running, 0 pending",
    ]


EVENTS = [
    (10, "(service web) has started 2 tasks: (task t1) (task t2)."),
    (40, "(service web) (deployment ecs-svc/43) deployment failed: tasks failed to start."),
    (41, "(service web) rolling back to deployment ecs-svc/44."),
]
CRASHED = [task("t1", exits=3), task("t2", exits=3), task("t3", exits=3)]


def test_the_circuit_breaker_rolls_it_back_though_the_service_is_stable_on_the_old_revision(updated):
    failed = deployment(
        43, "FAILED", "ACTIVE", failed=3, rolloutStateReason="ECS deployment circuit breaker: task failed to start."
    )
    back = deployment(44, "COMPLETED", running=2, taskDefinition=revision(42), createdAt=at(41))
    updated.sees(service(deployment(43, pending=2, failed=1), old()))
    updated.stopped(task("t1", exits=3))
    broken = {
        "deploymentCircuitBreaker": {"status": "TRIGGERED", "failureCount": 3, "threshold": 3},
        "statusReason": "Service deployment rolled back because of circuit breaker.",
    }
    updated.sees(
        service(deployment(44, taskDefinition=revision(42)), failed, events=EVENTS, currentServiceDeployment="other")
    )
    updated.keeps("ROLLBACK_IN_PROGRESS", **broken)
    updated.sees(service(back, events=EVENTS, currentServiceDeployment="other"))
    updated.keeps("ROLLBACK_SUCCESSFUL", **broken)
    updated.stopped(*CRASHED)
    updated.logs("connecting to postgres://app:hunter2@db/app", "FATAL: password=hunter2 is wrong")
    result = updated.run(module, **DEPLOY)
    assert (
        result.message
        == """\
ECS service prod/web: deployment ecs-svc/43 of web:43 FAILED after 12s; the service is back on web:42
Cause: circuit breaker: 3 tasks failed, threshold 3
Cause: Service deployment rolled back because of circuit breaker.
Cause: ECS deployment circuit breaker: task failed to start.
Stopped tasks:
- 3x EssentialContainerExited: container app exit 3; task t1
Events:
- 12:00:41 (service web) rolling back to deployment ecs-svc/44.
- 12:00:40 (service web) (deployment ecs-svc/43) deployment failed: tasks failed to start.
- 12:00:10 (service web) has started 2 tasks: (task t1) (task t2).
Log of app, task t1:
  connecting to postgres://app:********@db/app
  FATAL: password=******** is wrong
Now: web:42 with 2 of 2 running, 0 pending
Now: done before: service updated in task_definition"""
    )


def test_an_alarm_rolls_it_back(updated):
    updated.sees(service(deployment(43, running=2), old()))
    back = deployment(44, "COMPLETED", running=2, taskDefinition=revision(42), createdAt=at(300))
    updated.sees(service(back, currentServiceDeployment="other"))
    fired = {"status": "TRIGGERED", "alarmNames": ["web-5xx", "web-slow"], "triggeredAlarmNames": ["web-5xx"]}
    updated.keeps(
        "ROLLBACK_SUCCESSFUL",
        alarms=fired,
        rollback={"reason": "A CloudWatch alarm was triggered.", "startedAt": at(290)},
    )
    updated.stopped()
    assert (
        updated.run(module, **DEPLOY).message
        == """\
ECS service prod/web: deployment ecs-svc/43 of web:43 FAILED after 5s; the service is back on web:42
Cause: alarm web-5xx in ALARM
Cause: A CloudWatch alarm was triggered.
Now: web:42 with 2 of 2 running, 0 pending
Now: done before: service updated in task_definition"""
    )


def test_somebody_elses_deployment_takes_its_place(updated):
    updated.sees(service(deployment(43, running=1, pending=1), old()))
    newer = deployment(45, running=1, pending=1, createdAt=at(20))
    updated.sees(
        service(newer, deployment(43, status="ACTIVE", running=1), old(running=1), currentServiceDeployment="other")
    )
    updated.keeps("STOPPED")
    updated.stopped()
    assert (
        updated.run(module, **DEPLOY).message
        == """\
ECS service prod/web: deployment ecs-svc/43 of web:43 was STOPPED after 5s
Cause: the deployment ecs-svc/45 of web:45 took its place
Now: web:45 with 1 of 2 running, 1 pending
Now: web:43 with 1 of 2 running, 0 pending
Now: web:42 with 1 of 2 running, 0 pending
Now: done before: service updated in task_definition"""
    )


def test_old_tasks_that_do_not_drain_are_named_when_the_time_is_over(updated):
    events = [(50, "(service web) has begun draining connections on 2 tasks.")]
    updated.sees(service(deployment(43, running=2), old(running=2), events=events), times=4)
    updated.keeps("IN_PROGRESS", lifecycleStage="CLEAN_UP")
    updated.stopped()
    assert (
        updated.run(module, **DEPLOY, wait_timeout=20).message
        == """\
ECS service prod/web: deployment ecs-svc/43 of web:43 is not through after 20s
Cause: timeout of 20 s: 2 of 2 running, 0 pending; 2 of web:42 still to stop
Events:
- 12:00:50 (service web) has begun draining connections on 2 tasks.
Hint: Old tasks leave when their connections have: look at the target group's deregistration delay and at stop_timeout.
Now: web:43 with 2 of 2 running, 0 pending
Now: web:42 with 2 of 2 running, 0 pending
Now: the deployment goes on; on_failure is report
Now: done before: service updated in task_definition"""
    )


def test_spot_capacity_that_is_taken_away(updated):
    spot = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
    why = "Your Spot Task was interrupted."
    lost = [task(name, "SpotInterruption", why, exits=143) for name in ("t1", "t2")]
    unable = "(service web) was unable to place a task. Reason: Capacity is unavailable at this time."
    shown = service(deployment(43, running=0, pending=1, failed=2, **spot), old(), events=[(35, unable)])
    updated.sees(shown)
    updated.stopped(*lost)
    updated.sees(shown, times=3)
    updated.keeps("IN_PROGRESS", lifecycleStage="SCALE_UP")
    updated.stopped(*lost)
    updated.logs("GET / 200", "signal SIGTERM")
    assert (
        updated.run(module, **DEPLOY, wait_timeout=20).message
        == """\
ECS service prod/web: deployment ecs-svc/43 of web:43 is not through after 20s
Cause: timeout of 20 s: 0 of 2 running, 1 pending, 2 failed; 2 of web:42 still to stop
Stopped tasks:
- 2x SpotInterruption: Your Spot Task was interrupted.; container app exit 143; task t1
Events:
- 12:00:35 (service web) was unable to place a task. Reason: Capacity is unavailable at this time.
Log of app, task t1:
  GET / 200
  signal SIGTERM
Hint: Spot capacity was taken away: put a base of the tasks on FARGATE or On-Demand instances.
Now: web:43 with 0 of 2 running, 1 pending, 2 failed
Now: web:42 with 2 of 2 running, 0 pending
Now: the deployment goes on; on_failure is report
Now: done before: service updated in task_definition"""
    )


STAGED = {"deploymentConfiguration": {"strategy": "BLUE_GREEN", "maximumPercent": 200, "minimumHealthyPercent": 100}}
HOOK = {
    "hookId": "h-1",
    "targetType": "PAUSE",
    "status": "AWAITING_ACTION",
    "expiresAt": at(3600),
    "timeoutAction": "ROLLBACK",
}


def pausing(ecs, times):
    for _time in range(times):
        ecs.sees(service(deployment(43, running=2), old(), **STAGED))
        ecs.keeps("IN_PROGRESS", lifecycleStage="POST_TEST_TRAFFIC_SHIFT", lifecycleHookDetails=[HOOK])


def test_a_hook_that_pauses_until_the_time_is_over(updated, tmp_path):
    progress = tmp_path / "progress"
    pausing(updated, times=4)
    updated.stopped()
    assert (
        updated.run(module, **DEPLOY, wait_timeout=20, progress_file=str(progress)).message
        == """\
ECS service prod/web: deployment ecs-svc/43 of web:43 is not through after 20s
Cause: timeout of 20 s: 2 of 2 running, 0 pending; 2 of web:42 still to stop; hook h-1 is AWAITING_ACTION, until 13:00:00, then ROLLBACK
Hint: Somebody has to say how it goes on: ecs_deployment with action: continue, or rollback.
Now: web:43 with 2 of 2 running, 0 pending
Now: web:42 with 2 of 2 running, 0 pending
Now: the deployment goes on; on_failure is report
Now: done before: service updated in task_definition"""
    )
    assert progress.read_text() == (
        "web:43 IN_PROGRESS: 2 of 2 running, 0 pending, POST_TEST_TRAFFIC_SHIFT, "
        "hook h-1 is AWAITING_ACTION, until 13:00:00, then ROLLBACK\n"
    )


def test_a_pause_is_what_was_waited_for(updated):
    pausing(updated, times=1)
    result = updated.run(module, **DEPLOY, wait_for="pause")
    assert not result.failed
    assert result["deployment"]["paused_hooks"] == ["h-1"]
    assert result["deployment"]["status"] == "IN_PROGRESS"


def test_a_staged_deployment_is_through_when_aws_says_so(updated):
    updated.sees(service(deployment(43, running=2), old(), **STAGED))
    updated.keeps("IN_PROGRESS", lifecycleStage="BAKE_TIME")
    updated.sees(service(deployment(43, running=2), **STAGED))
    updated.keeps("SUCCESSFUL")
    result = updated.run(module, **DEPLOY)
    assert (result.failed, result["deployment"]["status"]) == (False, "SUCCESSFUL")


# What can't get better is not waited for


def test_an_image_that_does_not_exist_fails_at_once(updated):
    updated.sees(service(deployment(43, pending=1, failed=1), old()))
    lost = task("t1", "TaskFailedToStart", IMAGE_MISSING)
    updated.stopped(lost)
    updated.keeps("IN_PROGRESS")
    updated.stopped(lost)
    result = updated.run(module, **DEPLOY)
    assert (
        result.message
        == f"""\
ECS service prod/web: deployment ecs-svc/43 of web:43 can't succeed after 0s
Cause: {IMAGE_MISSING}
Stopped tasks:
- 1x TaskFailedToStart: {IMAGE_MISSING}; task t1
Hint: Look at the image's name and tag: the registry has no such image.
Now: web:43 with 0 of 2 running, 1 pending, 1 failed
Now: web:42 with 2 of 2 running, 0 pending
Now: the deployment goes on; on_failure is report
Now: done before: service updated in task_definition"""
    )
    assert result.waited == 0


@pytest.mark.parametrize(
    ("message", "times"),
    [
        ("(service web) was unable to place a task because no container instance met all of its requirements.", 1),
        ("(service web) failed to launch a task with (error ECS was unable to assume the role 'web').", 2),
    ],
)
def test_no_room_and_a_role_that_can_not_be_assumed_fail_at_once(updated, message, times):
    updated.sees(service(deployment(43), old(), events=[(5 + index, message) for index in range(times)]))
    updated.keeps("IN_PROGRESS")
    updated.stopped()
    result = updated.run(module, **DEPLOY)
    assert f"Cause: {message}\n" in result.message
    assert result["failure"]["hint"]
    assert result.waited == 0


def test_a_role_that_was_made_just_now_gets_a_second_chance(updated):
    message = "(service web) failed to launch a task with (error ECS was unable to assume the role 'web')."
    updated.sees(service(deployment(43), old(), events=[(5, message)]))
    updated.sees(service(deployment(43, "COMPLETED", running=2), events=[(5, message)]))
    assert not updated.run(module, **DEPLOY).failed


def test_a_provider_that_brings_capacity_is_waited_for(updated):
    spot = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
    message = "(service web) was unable to place a task. Reason: Capacity is unavailable at this time."
    updated.sees(service(deployment(43, **spot), old(), events=[(5, message)]))
    updated.sees(service(deployment(43, "COMPLETED", running=2, **spot), events=[(5, message)]))
    assert not updated.run(module, **DEPLOY).failed


def test_tasks_that_fail_are_counted(updated):
    updated.sees(service(deployment(43, failed=3), old()))
    updated.stopped(*CRASHED)
    updated.keeps("IN_PROGRESS")
    updated.stopped(*CRASHED)
    updated.logs("boom")
    result = updated.run(module, **DEPLOY, fail_fast_after=3)
    assert "Cause: 3 tasks have failed; fail_fast_after is 3\n" in result.message
    assert result["changed"]
    assert result["failure"]["stopped_tasks"][0]["exit_code"] == 3
    assert result["failure"]["logs"] == [{"container": "app", "task": "t1", "lines": ["boom"]}]


# What to do with it


@pytest.mark.parametrize(
    ("on_failure", "stop_type", "status"),
    [("rollback", "ROLLBACK", "ROLLBACK_SUCCESSFUL"), ("stop", "ABORT", "STOPPED")],
)
def test_a_deployment_that_is_given_up_is_rolled_back_or_stopped_if_that_is_wanted(
    updated, on_failure, stop_type, status
):
    updated.sees(service(deployment(43, pending=1, failed=1), old()))
    lost = task("t1", "TaskFailedToStart", IMAGE_MISSING)
    updated.stopped(lost)
    updated.on("stop_service_deployment", {}, serviceDeploymentArn=RECORD, stopType=stop_type)
    updated.keeps("ROLLBACK_IN_PROGRESS" if on_failure == "rollback" else "STOP_REQUESTED")
    updated.keeps(status)
    updated.sees(service(deployment(44, "COMPLETED", running=2, taskDefinition=revision(42))))
    updated.stopped(lost)
    result = updated.run(module, **DEPLOY, on_failure=on_failure)
    assert f"Now: on_failure: {on_failure} was asked for, and the deployment is {status}" in result.message
    assert ("the service is back on web:42" in result.message) == (on_failure == "rollback")


def test_who_may_read_neither_tasks_nor_logs_is_told_what_is_known(updated):
    failed = deployment(43, "FAILED", rolloutStateReason="tasks failed to start", failed=3)
    updated.sees(service(failed, old()))
    updated.refuses("describe_service_deployments", "AccessDeniedException")
    updated.refuses("describe_service_deployments", "AccessDeniedException")
    updated.refuses("list_tasks", "AccessDeniedException")
    assert (
        updated.run(module, **DEPLOY).message
        == """\
ECS service prod/web: deployment ecs-svc/43 of web:43 FAILED after 0s
Cause: tasks failed to start
Note: deployment (ecs:DescribeServiceDeployments) not read: AccessDeniedException
Note: stopped tasks (ecs:ListTasks) not read: AccessDeniedException
Now: web:43 with 0 of 2 running, 0 pending, 3 failed
Now: web:42 with 2 of 2 running, 0 pending
Now: done before: service updated in task_definition"""
    )


def test_log_lines_that_are_denied_leave_the_rest(updated):
    updated.sees(service(deployment(43, failed=3), old()))
    updated.stopped(*CRASHED)
    updated.keeps("IN_PROGRESS")
    updated.stopped(*CRASHED)
    log = {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-stream-prefix": "web"}}
    definition = {"containerDefinitions": [{"name": "app", "image": "web", "logConfiguration": log}]}
    updated.on("describe_task_definition", {"taskDefinition": definition}, taskDefinition=revision(43))
    updated.refuses("get_log_events", "AccessDeniedException", by="logs")
    result = updated.run(module, **DEPLOY)
    assert "3x EssentialContainerExited: container app exit 3" in result.message
    assert "Note: log lines (logs:GetLogEvents) not read: AccessDeniedException" in result.message


def test_a_service_that_is_deleted_meanwhile(updated):
    updated.sees({**service(), "status": "DRAINING"})
    updated.keeps("STOPPED")
    updated.stopped()
    assert "somebody has deleted the service prod/web" in updated.run(module, **DEPLOY).message


def test_an_own_pattern_masks_too(updated):
    updated.sees(service(deployment(43, failed=3), old()))
    updated.stopped(*CRASHED)
    updated.keeps("IN_PROGRESS")
    updated.stopped(*CRASHED)
    updated.logs("customer 4711 is lost")
    result = updated.run(module, **DEPLOY, diagnose={"mask": [r"customer \d+"]})
    assert "  ******** is lost" in result.message
    assert result["failure"]["logs"][0]["lines"] == ["******** is lost"]


@pytest.mark.parametrize("on_failure", ["report", "stop"])
def test_a_run_that_is_interrupted_leaves_the_deployment_or_stops_it(updated, monkeypatch, on_failure):
    monkeypatch.setattr(updated.time, "sleep", lambda _seconds: signal.raise_signal(signal.SIGTERM))
    updated.sees(service(GOING, old()))
    if on_failure == "stop":
        updated.on("stop_service_deployment", {}, serviceDeploymentArn=RECORD, stopType="ABORT")
        updated.keeps("STOPPED")
        updated.sees(service(GOING, old()))
    else:
        updated.keeps("IN_PROGRESS")
    updated.stopped()
    message = updated.run(module, **DEPLOY, on_failure=on_failure).message
    assert "Cause: this run was interrupted by SIGTERM" in message
    assert ("Now: the deployment goes on" in message) == (on_failure == "report")
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_failed_tasks_are_looked_at_once_for_each_that_failed(updated):
    going = service(deployment(43, pending=1, failed=1), old())
    updated.sees(going)
    updated.stopped()
    updated.sees(going)
    updated.sees(service(deployment(43, "COMPLETED", running=2, failed=1)))
    assert not updated.run(module, **DEPLOY).failed
