# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections that end without an answer, and throttling, on the wire."""

from __future__ import annotations

import json

from ansible_collections.landfall.aws.plugins.modules import ecs_task_definition as module
from tests.unit.ecs.account import described
from tests.unit.stepfunctions.account import NOW, Runner

APP = {"name": "app", "image": "web:2", "memory": 64}
LOST = None, {}
THROTTLED = 400, {"__type": "ThrottlingException", "message": "Rate exceeded"}
WEB = {"family": "web", "containers": [APP]}


def answer(revision, image="web:2"):
    told = described({"containerDefinitions": [{**APP, "image": image}]}, revision)
    return 200, json.loads(json.dumps({"taskDefinition": {**told, "registeredAt": NOW.timestamp()}}))


def test_a_registration_whose_answer_is_lost_is_not_made_twice(wire):
    wire.answers += [answer(4, "web:1"), LOST, answer(5)]
    result = Runner().succeed(module, **WEB)
    assert wire.asked == ["DescribeTaskDefinition", "RegisterTaskDefinition", "DescribeTaskDefinition"]
    assert result["task_definition"]["revision"] == 5


def test_a_registration_that_did_not_arrive_is_made_after_a_look(wire):
    wire.answers += [answer(4, "web:1"), LOST, answer(4, "web:1"), answer(5)]
    result = Runner().succeed(module, **WEB)
    assert wire.asked[-2:] == ["DescribeTaskDefinition", "RegisterTaskDefinition"]
    assert result["task_definition"]["revision"] == 5


def test_what_is_throttled_is_asked_again(wire):
    wire.answers += [THROTTLED, answer(4, "web:1"), THROTTLED, THROTTLED, answer(5)]
    result = Runner().succeed(module, **WEB)
    assert wire.asked == ["DescribeTaskDefinition"] * 2 + ["RegisterTaskDefinition"] * 3
    assert result["task_definition"]["revision"] == 5


def test_a_look_that_is_lost_is_repeated(wire):
    wire.answers += [LOST, answer(4)]
    assert not Runner().succeed(module, **WEB)["changed"]
