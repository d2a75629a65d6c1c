# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWS throttles is asked again, and a call whose answer is lost does nothing twice."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.modules import ecs_service, ecs_task_run
from tests.unit.ecs.service_account import SERVICE
from tests.unit.stepfunctions.account import Runner

THROTTLED = 400, {"__type": "ThrottlingException", "message": "Rate exceeded"}
MISSING = 200, {"services": [], "failures": [{"arn": SERVICE, "reason": "MISSING"}]}
MADE = 200, {"service": {"serviceArn": SERVICE, "serviceName": "web", "status": "ACTIVE"}}
STARTED = 200, {"tasks": [{"taskArn": "arn:aws:ecs:eu-west-3:123456789012:task/prod/t1"}]}
LOST = 500, {}


def tokens(wire, operation):
    return [sent["clientToken"] for name, sent in zip(wire.asked, wire.sent) if name == operation]


def test_a_service_is_created_once_though_it_is_throttled_and_its_answer_lost(wire):
    wire.answers += [THROTTLED, MISSING, THROTTLED, LOST, MADE]
    result = Runner().succeed(
        ecs_service, cluster="prod", name="web", task_definition="web:1", desired_count=1, wait=False
    )
    assert result["api_call_count"] == 2
    assert len(tokens(wire, "CreateService")) == 3
    assert len(set(tokens(wire, "CreateService"))) == 1


def test_a_task_is_run_once_though_its_answer_is_lost(wire):
    wire.answers += [THROTTLED, LOST, STARTED]
    assert Runner().succeed(ecs_task_run, cluster="prod", task_definition="web:1", wait=False)["changed"]
    assert len(tokens(wire, "RunTask")) == 3
    assert len(set(tokens(wire, "RunTask"))) == 1


def test_a_start_that_has_no_token_is_not_repeated(wire):
    wire.answers += [LOST]
    assert Runner().fail(ecs_task_run, cluster="prod", task_definition="web:1", container_instances=["i-1"])
    assert len(wire.asked) == 1
