# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What those get told who only look."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.modules import ecs_task_definition_info as module
from tests.unit.ecs.account import arn

LIVE = {"containerDefinitions": [{"name": "app", "image": "web:1", "dockerLabels": {"com.Foo": "x"}}]}
NEXT = {"containerDefinitions": [{"name": "app", "image": "web:2", "cpu": 0}]}


def test_a_revision_is_told_in_one_call_with_users_names_as_they_are(script):
    script.has(LIVE, 4, tags={"a": "b"})
    result = script.succeed(module, task_definition="web")
    (found,) = result["task_definitions"]
    assert (found["revision"], found["task_definition_arn"], found["tags"]) == (4, arn(4), {"a": "b"})
    assert found["container_definitions"][0]["docker_labels"] == {"com.Foo": "x"}
    assert result.calls == ["DescribeTaskDefinition"]


def test_nothing_there_is_an_empty_list(script):
    script.has_none()
    assert script.succeed(module, task_definition="web")["task_definitions"] == []


def test_who_may_not_look_is_told_so(script):
    script.refuses("describe_task_definition", "AccessDeniedException", "ada may not")
    assert "ada may not" in script.fail(module, task_definition="web").message


def test_the_newest_ones_are_told(aws):
    for number in range(4):
        container = {"name": "app", "image": f"web:{number}", "memory": 128}
        aws.ecs.register_task_definition(family="web", containerDefinitions=[container])
    result = aws.succeed(module, task_definition="web", revisions=2)
    assert [each["revision"] for each in result["task_definitions"]] == [4, 3]


def test_two_are_compared_by_what_they_mean(script):
    script.has(LIVE, 4, name="web:4").has(NEXT, 5, name="web:5")
    result = script.succeed(module, compare=["web:4", "web:5"])
    assert {each["path"]: (each["before"], each["after"]) for each in result["differences"]} == {
        "container_definitions[app].docker_labels[com.Foo]": ("x", None),
        "container_definitions[app].image": ("web:1", "web:2"),
    }
    assert '"image": "web:2"' in result["diff"]["after"]
    assert not result["changed"]


def test_what_is_not_there_can_not_be_compared(script):
    script.has(LIVE, 4, name="web:4").has_none("web:9")
    assert "there is no task definition web:9" in script.fail(module, compare=["web:4", "web:9"]).message


def test_mistakes_are_told_before_any_call(script):
    result = script.fail(module, task_definition="web:4", revisions=0)
    assert "2 mistakes" in result.message
    assert "two can be compared" in script.fail(module, compare=["web:1"]).message
    assert result.calls == []
