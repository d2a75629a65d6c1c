# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An ECS that answers what a test says, and what it says of task definitions, clusters and capacity providers."""

from __future__ import annotations

from typing import ClassVar

import boto3

from tests.unit.stepfunctions.account import ACCOUNT, NOW, REGION, Scripted

PREFIX = f"arn:aws:ecs:{REGION}:{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/web-execution"
KEYS = {"region_name": REGION, "aws_access_key_id": "x", "aws_secret_access_key": "x"}
CLIENT = boto3.client("ecs", **KEYS)


def arn(revision, family="web"):
    return f"{PREFIX}:task-definition/{family}:{revision}"


def described(definition, revision=1, family="web", status="ACTIVE"):
    """A revision as DescribeTaskDefinition tells of it, without what AWS fills into the definition itself."""
    return {
        "taskDefinitionArn": arn(revision, family),
        "family": family,
        "revision": revision,
        "status": status,
        "requiresAttributes": [{"name": "com.amazonaws.ecs.capability.docker-remote-api.1.18"}],
        "compatibilities": ["EC2", "FARGATE"],
        "registeredAt": NOW,
        "registeredBy": f"arn:aws:iam::{ACCOUNT}:user/ada",
        **definition,
    }


class Ecs(Scripted):
    """Answers what it was told to, in this order, and nothing else."""

    SERVICES: ClassVar = {"ecs": "ecs"}

    def has(self, definition, revision=1, family="web", name=None, tags=(), **more):
        answer = {"taskDefinition": described(definition, revision, family, **more)}
        answer["tags"] = [{"key": key, "value": value} for key, value in dict(tags).items()]
        return self.on("describe_task_definition", answer, taskDefinition=name or family, include=["TAGS"])

    def has_none(self, name="web"):
        said = "Unable to describe task definition."
        return self.refuses("describe_task_definition", "ClientException", said, taskDefinition=name, include=["TAGS"])

    def registers(self, definition, revision=2, family="web", **arguments):
        answer = {"taskDefinition": described(definition, revision, family), "tags": arguments.get("tags", [])}
        return self.on("register_task_definition", answer, **({"family": family, **arguments} if arguments else {}))

    def deregisters(self, *revisions, family="web"):
        for each in revisions:
            self.on("deregister_task_definition", {"taskDefinition": {}}, taskDefinition=arn(each, family))
        return self

    def lists(self, *revisions, family="web", status="ACTIVE"):
        answer = {"taskDefinitionArns": [arn(each, family) for each in revisions]}
        return self.on("list_task_definitions", answer, familyPrefix=family, status=status, sort="DESC")
