# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An ECS that answers what a test says, call by call, held to botocore's model of it; and what it answers with."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar
from unittest import mock

from ansible_collections.landfall.aws.plugins.module_utils import waiting
from ansible_collections.landfall.aws.plugins.module_utils.ecs import service as ecs_service
from tests.unit.stepfunctions.account import ACCOUNT, METADATA, NOW, REGION, Scripted

PREFIX = f"arn:aws:ecs:{REGION}:{ACCOUNT}"
SERVICE = f"{PREFIX}:service/prod/web"
CLUSTER = f"{PREFIX}:cluster/prod"
RECORD = f"{PREFIX}:service-deployment/prod/web/new"
TOKEN = "a-token"
IMAGE_MISSING = (
    "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
    "registry.example.com/web:nope: registry.example.com/web:nope: not found"
)


def at(seconds):
    return NOW + timedelta(seconds=seconds)


class Ecs(Scripted):
    """Answers what it was told to, in this order, and nothing else."""

    SERVICES: ClassVar = {name: name for name in ("ecs", "logs", "ec2")}

    # ``service`` is an argument of calls to ECS.
    def on(self, operation, answer=None, by="ecs", **arguments):
        answer = {"ResponseMetadata": METADATA, **(answer or {})}
        self.stubs[by].add_response(operation, answer, arguments or None)

    def refuses(self, operation, code, message="", by="ecs", **arguments):
        self.stubs[by].add_client_error(operation, code, message, expected_params=arguments or None)

    def run(self, module, **options):
        # What looks vary by is chance, and so is a token; here they are not.
        with (
            mock.patch.object(waiting, "uniform", return_value=0),
            mock.patch.object(ecs_service, "uuid4", return_value=TOKEN),
        ):
            return super().run(module, **options)

    def sees(self, *services, times=1):
        for _time in range(times):
            failures = [] if services else [{"arn": SERVICE, "reason": "MISSING"}]
            arguments = {"cluster": "prod", "services": ["web"], "include": ["TAGS"]}
            self.on("describe_services", {"services": list(services), "failures": failures}, **arguments)

    def keeps(self, status, arn=RECORD, **more):
        """What DescribeServiceDeployments answers."""
        record = {"serviceDeploymentArn": arn, "createdAt": at(1), "status": status, **more}
        self.on("describe_service_deployments", {"serviceDeployments": [record]}, serviceDeploymentArns=[arn])

    def stopped(self, *tasks):
        """What is asked for the stopped tasks of the service."""
        arns = [each["taskArn"] for each in tasks]
        self.on("list_tasks", {"taskArns": arns}, cluster="prod", serviceName="web", desiredStatus="STOPPED")
        if arns:
            self.on("describe_tasks", {"tasks": list(tasks)}, cluster="prod", tasks=arns, include=["TAGS"])

    def logs(self, *lines, task="t1", group="/prod/web", limit=10):
        log = {"logDriver": "awslogs", "options": {"awslogs-group": group, "awslogs-stream-prefix": "web"}}
        definition = {"containerDefinitions": [{"name": "app", "image": "web", "logConfiguration": log}]}
        self.on("describe_task_definition", {"taskDefinition": definition}, taskDefinition=revision(43))
        self.lines(*lines, task=task, group=group, limit=limit)

    def lines(self, *lines, task="t1", group="/prod/web", limit=10):
        answer = {"events": [{"timestamp": 1, "message": f"{each}\n", "ingestionTime": 1} for each in lines]}
        stream = f"web/app/{task}"
        asked = {"logGroupName": group, "logStreamName": stream, "limit": limit, "startFromHead": False}
        self.on("get_log_events", answer, "logs", **asked)


def revision(number):
    return f"{PREFIX}:task-definition/web:{number}"


def deployment(number, state="IN_PROGRESS", status="PRIMARY", running=0, desired=2, pending=0, failed=0, **more):
    """A deployment of web:number, whose id is ecs-svc/number."""
    return {
        "id": f"ecs-svc/{number}",
        "status": status,
        "taskDefinition": revision(number),
        "desiredCount": desired,
        "runningCount": running,
        "pendingCount": pending,
        "failedTasks": failed,
        "createdAt": at(0),
        "updatedAt": at(5),
        "launchType": "FARGATE",
        **({"rolloutState": state} if state else {}),
        **more,
    }


def old(running=2, **more):
    return deployment(42, "COMPLETED", "ACTIVE", running=running, **{"createdAt": at(-3600), **more})


def settled(number=42, **more):
    """The one deployment of a service with which all is well."""
    return deployment(number, "COMPLETED", running=2, **more)


def service(*deployments, events=(), **more):
    """A service, as DescribeServices answers; its newest event comes first."""
    first = deployments[0] if deployments else {}
    said = [{"id": f"e{index}", "createdAt": at(when), "message": text} for index, (when, text) in enumerate(events)]
    return {
        "serviceArn": SERVICE,
        "serviceName": "web",
        "clusterArn": CLUSTER,
        "status": "ACTIVE",
        "desiredCount": 2,
        "runningCount": sum(each["runningCount"] for each in deployments),
        "pendingCount": 0,
        "launchType": "FARGATE",
        "platformVersion": "LATEST",
        "taskDefinition": first.get("taskDefinition", revision(42)),
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "deployments": list(deployments),
        "events": said[::-1],
        "currentServiceDeployment": RECORD,
        **more,
    }


def task(name="t1", code="EssentialContainerExited", why="Essential container in task exited", exits=None, **more):
    """A stopped task of the deployment ecs-svc/43."""
    container = {"name": "app", **({} if exits is None else {"exitCode": exits})}
    container.update(more.pop("container", {}))
    began = {} if code == "TaskFailedToStart" else {"startedAt": at(20)}
    return {
        "taskArn": f"{PREFIX}:task/prod/{name}",
        "clusterArn": CLUSTER,
        "taskDefinitionArn": revision(43),
        "startedBy": "ecs-svc/43",
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "stopCode": code,
        "stoppedReason": why,
        "stoppedAt": at(30),
        "containers": [container],
        **began,
        **more,
    }
