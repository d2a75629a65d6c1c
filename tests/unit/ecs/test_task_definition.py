# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Task definitions: what a run asks and tells AWS, call by call, and how it ends when something is in the way."""

from __future__ import annotations

import json
from unittest import mock

import pytest

from ansible_collections.landfall.aws.plugins.module_utils import waiting
from ansible_collections.landfall.aws.plugins.modules import ecs_task_definition as module
from tests.unit.ecs.account import ROLE, arn

CONTAINER = {
    "name": "app",
    "image": "web:1",
    "memory": 128,
    "environment": [{"name": "PORT", "value": "80"}, {"name": "LEVEL", "value": "info"}],
    "command": ["serve", "--fast"],
    "dockerLabels": {"com.Foo": "bar"},
}
LIVE = {"containerDefinitions": [{**CONTAINER, "cpu": 0, "essential": True, "mountPoints": [], "portMappings": []}]}
WEB = {"family": "web", "containers": [CONTAINER]}
DESCRIBE, REGISTER = "DescribeTaskDefinition", "RegisterTaskDefinition"


def with_container(**more):
    return {"family": "web", "containers": [{**CONTAINER, **more}]}


def sent(**more):
    return [{**CONTAINER, **more}]


# What it costs


def test_create_describes_and_registers(script):
    script.has_none().registers(LIVE, 1, family="web", containerDefinitions=sent())
    result = script.succeed(module, **WEB)
    assert result.calls == [DESCRIBE, REGISTER]
    assert (result["changed"], result["task_definition_arn"], result["previous"]) == (True, arn(1), "")


def test_no_change_is_one_call_whatever_the_number_of_revisions(aws):
    for level in range(40):
        aws.ecs.register_task_definition(family="web", containerDefinitions=[{**CONTAINER, "user": str(level)}])
    options = with_container(user="39")
    for check_mode in (True, False):
        result = aws.succeed(module, **options, check_mode=check_mode)
        assert (result["changed"], result.calls, result["diff"]) == (False, [DESCRIBE], [])
        assert result["task_definition"]["revision"] == 40


def test_update_describes_and_registers(script):
    script.has(LIVE, 4).registers(LIVE, 5, containerDefinitions=sent(image="web:2"), family="web")
    result = script.succeed(module, **with_container(image="web:2"))
    assert result.calls == [DESCRIBE, REGISTER]
    assert (result["previous"], result["task_definition_arn"]) == (arn(4), arn(5))
    (found,) = result["differences"]
    path = "container_definitions[app].image"
    assert found == {"path": path, "before": "web:1", "after": "web:2", "effect": "new revision"}


def test_check_mode_only_reads_and_says_the_same_as_the_run_after_it(script):
    options = with_container(image="web:2")
    told = []
    for check_mode in (True, False):
        script.has(LIVE, 4)
        if not check_mode:
            script.registers(LIVE, 5)
        told.append(script.succeed(module, **options, check_mode=check_mode))
    foretold, done = told
    assert foretold.calls == [DESCRIBE]
    for key in ("changed", "changes", "diff", "differences", "previous"):
        assert foretold[key] == done[key]
    assert foretold["task_definition_arn"] == "(known after apply)"
    assert foretold["task_definition"]["container_definitions"][0]["image"] == "web:2"


def test_old_revisions_are_listed_once_and_deregistered_one_by_one(script):
    script.has(LIVE, 4).lists(4, 3, 2, 1).registers(LIVE, 5)
    script.deregisters(2, 1)
    result = script.succeed(module, **with_container(image="web:2"), keep_revisions=3)
    assert result.calls == [DESCRIBE, "ListTaskDefinitions", REGISTER, *["DeregisterTaskDefinition"] * 2]
    assert result["pruned"] == [arn(2), arn(1)]


def test_nothing_is_listed_or_removed_when_nothing_is_registered(script):
    script.has(LIVE, 4)
    assert script.succeed(module, **WEB, keep_revisions=1).calls == [DESCRIBE]


def test_tags_alone_cost_a_call_each_and_make_no_revision(script):
    script.has(LIVE, 4, tags={"a": "1", "b": "2"})
    script.on("untag_resource", resourceArn=arn(4), tagKeys=["b"])
    script.on("tag_resource", resourceArn=arn(4), tags=[{"key": "c", "value": "3"}])
    result = script.succeed(module, **WEB, tags={"a": "1", "c": 3})
    assert result.calls == [DESCRIBE, "UntagResource", "TagResource"]
    assert [(each["path"], each["effect"]) for each in result["differences"]] == [
        ("tags[b]", "in place"),
        ("tags[c]", "in place"),
    ]
    assert result["task_definition"]["tags"] == {"a": "1", "c": "3"}


# What community.aws gets wrong


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"environment": [{"name": "PORT", "value": "81"}, CONTAINER["environment"][1]]}, "environment[PORT]"),
        ({"command": ["serve", "--slow"]}, "command"),
        ({"command": ["--fast", "serve"]}, "command"),
        ({"dockerLabels": {"com.Foo": "baz"}}, "docker_labels[com.Foo]"),
    ],
)
def test_a_list_of_the_same_length_is_not_the_same_list(script, more, path):
    script.has(LIVE, 4).registers(LIVE, 5, family="web", containerDefinitions=sent(**more))
    result = script.succeed(module, **with_container(**more))
    assert [each["path"] for each in result["differences"]] == [f"container_definitions[app].{path}"]


@pytest.mark.parametrize(
    ("option", "value", "member", "taken"),
    [
        ("cpu", "512", "cpu", "512"),
        ("memory", "1 GB", "memory", "1 GB"),
        ("execution_role_arn", ROLE, "executionRoleArn", ROLE),
        ("network_mode", "host", "networkMode", "host"),
        ("runtime_platform", {"cpuArchitecture": "ARM64"}, "runtimePlatform", {"cpuArchitecture": "ARM64"}),
        (
            "placement_constraints",
            [{"type": "memberOf", "expression": "a == b"}],
            "placementConstraints",
            [{"type": "memberOf", "expression": "a == b"}],
        ),
    ],
)
def test_what_the_task_has_besides_containers_is_compared_too(script, option, value, member, taken):
    script.has(LIVE, 4).registers(LIVE, 5, family="web", containerDefinitions=sent(), **{member: taken})
    result = script.succeed(module, **WEB, **{option: value})
    assert len(result["differences"]) == 1
    assert result["differences"][0]["path"].startswith(option)


def test_the_latest_revision_counts_not_the_first_that_is_the_same(aws):
    aws.succeed(module, **WEB)
    aws.succeed(module, **with_container(image="web:2"))
    result = aws.succeed(module, **WEB)
    assert (result["changed"], result["task_definition"]["revision"]) == (True, 3)


def test_an_older_one_is_taken_when_that_is_asked_for(aws):
    aws.succeed(module, **WEB)
    aws.succeed(module, **with_container(image="web:2"))
    aws.succeed(module, **with_container(image="web:3"))
    result = aws.succeed(module, **WEB, match="any_active")
    assert (result["changed"], result["task_definition"]["revision"]) == (False, 1)
    assert result.calls == [DESCRIBE, "ListTaskDefinitions", DESCRIBE, DESCRIBE]


def test_no_platform_is_sent_that_nobody_asked_for_and_what_aws_says_of_it_is_no_difference(script):
    script.has_none().registers(LIVE, 1, family="web", containerDefinitions=sent())
    script.succeed(module, **WEB)
    platform = {"runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}}
    script.has({**LIVE, **platform}, 1)
    assert not script.succeed(module, **WEB)["changed"]


def test_a_revision_goes_without_its_containers(script):
    script.has(LIVE, 4, name="web:4").deregisters(4)
    result = script.succeed(module, family="web", revision=4, state="absent")
    assert (result["changed"], result.calls) == (True, [DESCRIBE, "DeregisterTaskDefinition"])


def test_users_names_stay_as_they_are(aws):
    result = aws.succeed(module, **with_container(dockerLabels={"com.Foo": "x", "snake_case": "y"}))
    (container,) = result["task_definition"]["container_definitions"]
    assert container["docker_labels"] == {"com.Foo": "x", "snake_case": "y"}
    assert aws.ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]["containerDefinitions"][0][
        "dockerLabels"
    ] == {"com.Foo": "x", "snake_case": "y"}


# What is there


def test_a_new_revision_has_the_tags_of_the_one_before_it(script):
    had = {"Team": "web", "aws:cloudformation:stack-name": "x"}
    script.has(LIVE, 4, tags=had)
    tags = [{"key": "Team", "value": "web"}]
    script.registers(LIVE, 5, family="web", containerDefinitions=sent(image="web:2"), tags=tags)
    script.succeed(module, **with_container(image="web:2"))


def test_what_somebody_added_by_hand_is_shown_and_goes(script):
    drifted = {"containerDefinitions": [{**CONTAINER, "privileged": True}], "pidMode": "host"}
    script.has(drifted, 4).registers(LIVE, 5)
    result = script.succeed(module, **WEB)
    assert {each["path"]: each["after"] for each in result["differences"]} == {
        "container_definitions[app].privileged": None,
        "pid_mode": None,
    }


def test_force_registers_though_nothing_differs(script):
    script.has(LIVE, 4).registers(LIVE, 5)
    result = script.succeed(module, **WEB, force_create=True)
    assert result["changed"]
    assert "force" in result["changes"][0]["why"]


def test_a_revision_that_must_have_a_number_has_it_or_nothing_is_registered(script):
    script.has(LIVE, 4)
    assert not script.succeed(module, **WEB, revision=4)["changed"]
    script.has(LIVE, 4).registers(LIVE, 5)
    assert script.succeed(module, **with_container(image="web:2"), revision=5)["changed"]
    script.has(LIVE, 4)
    result = script.fail(module, **with_container(image="web:2"), revision=4)
    assert "web can't become revision 4" in result.message
    assert "container_definitions[app].image" in result.message
    assert result.calls == [DESCRIBE]


@pytest.mark.parametrize(
    "definition",
    [
        {"family": "web", "containerDefinitions": [CONTAINER]},
        json.dumps({"family": "web", "containerDefinitions": [CONTAINER]}),
        {"taskDefinition": {**LIVE, "family": "web", "revision": 9, "status": "ACTIVE"}, "tags": []},
        "family: web\ncontainer_definitions:\n- name: app\n  image: web:1\n  memory: 128\n  command: [serve, --fast]\n"
        "  docker_labels: {com.Foo: bar}\n  environment: {PORT: 80, LEVEL: info}\n",
    ],
    ids=["dict", "JSON", "what AWS answers", "YAML"],
)
def test_a_definition_may_be_given_as_a_whole(script, definition, tmp_path):
    script.has(LIVE, 4)
    assert not script.succeed(module, definition=definition)["changed"]
    if isinstance(definition, str):
        path = tmp_path / "web.yaml"
        path.write_text(definition)
        script.has(LIVE, 4)
        assert not script.succeed(module, definition_file=str(path))["changed"]


def test_options_come_before_the_definition(script):
    script.has(LIVE, 4)
    result = script.succeed(module, definition={"family": "web", "cpu": 256, **LIVE}, cpu="512", check_mode=True)
    assert result["task_definition"]["cpu"] == "512"


# What is running, with another image


def patch(**more):
    return {"family": "web", "from": "latest", "containers": [{"name": "app", **more}]}


def test_a_patch_changes_what_it_names_and_nothing_else(script):
    script.has(LIVE, 4)
    expected = [{**LIVE["containerDefinitions"][0], "image": "web:2"}]
    script.registers(LIVE, 5, family="web", containerDefinitions=expected)
    result = script.succeed(module, **patch(image="web:2"))
    assert result.calls == [DESCRIBE, REGISTER]
    assert [each["path"] for each in result["differences"]] == ["container_definitions[app].image"]


def test_a_patch_that_is_there_already_costs_one_call(script):
    script.has(LIVE, 4)
    result = script.succeed(module, **patch(image="web:1", environment={"PORT": 80}))
    assert (result["changed"], result.calls) == (False, [DESCRIBE])


def test_a_patch_adds_changes_and_takes_off_variables(script):
    script.has(LIVE, 4)
    result = script.succeed(module, **patch(environment={"NEW": 1, "PORT": 81, "LEVEL": None}), check_mode=True)
    found = {each["path"].rpartition(".")[2]: (each["before"], each["after"]) for each in result["differences"]}
    assert found == {
        "environment[LEVEL]": ("info", None),
        "environment[NEW]": (None, "1"),
        "environment[PORT]": ("80", "81"),
    }


def test_a_variable_becomes_a_secret(script):
    script.has({**LIVE, "executionRoleArn": ROLE}, 4)
    value = "arn:aws:secretsmanager:eu-west-3:123456789012:secret:port"
    result = script.succeed(module, **patch(secrets={"PORT": value}), check_mode=True)
    assert [each["path"] for each in result["differences"]] == [
        "container_definitions[app].environment[PORT]",
        "container_definitions[app].secrets[PORT]",
    ]


def test_a_patch_takes_off_fields_and_labels(script):
    script.has(LIVE, 4)
    result = script.succeed(module, **patch(command=None, docker_labels={"com.Foo": None}), check_mode=True)
    assert [each["after"] for each in result["differences"]] == [None, None]


def test_a_patch_begins_with_the_revision_that_is_named(script):
    script.has({**LIVE, "cpu": "256"}, 9).has(LIVE, 4, name="web:4")
    result = script.succeed(
        module, **{"from": "web:4", "containers": [{"name": "app", "image": "web:2"}]}, check_mode=True
    )
    assert [each["path"] for each in result["differences"]] == ["container_definitions[app].image", "cpu"]
    assert result.calls == [DESCRIBE, DESCRIBE]


def test_a_patch_of_nothing_or_of_no_container_is_refused(script):
    script.has_none()
    assert "no active revision of the family web to begin with" in script.fail(module, **patch(image="x")).message
    script.has(LIVE, 4)
    options = {**patch(), "containers": [{"name": "ap", "image": "x"}]}
    said = script.fail(module, **options).message
    assert 'web:4 has no container "ap"; did you mean "app"?' in said


def test_a_patch_that_comes_to_something_wrong_is_refused_before_it_is_registered(script):
    script.has(LIVE, 4)
    result = script.fail(module, **patch(secrets={"KEY": "arn:aws:ssm:eu-west-3:1:parameter/k"}))
    assert "needs execution_role_arn" in result.message
    assert result.calls == [DESCRIBE]


# What goes


def test_a_family_goes_with_all_its_revisions(script):
    script.lists(3, 1, status="INACTIVE").lists(4, 2)
    script.deregisters(4, 2)
    gone = [arn(4), arn(2), arn(3), arn(1)]
    script.on("delete_task_definitions", {"failures": []}, taskDefinitions=gone)
    result = script.succeed(module, family="web", state="absent", delete_inactive=True)
    assert result["changed"]
    assert result["pruned"] == [arn(4), arn(2)]
    script.lists()
    assert not script.succeed(module, family="web", state="absent")["changed"]


def test_a_family_of_a_name_that_begins_the_same_is_left_alone(script):
    answer = {"taskDefinitionArns": [arn(1, "web-old"), arn(2)]}
    script.on("list_task_definitions", answer)
    script.deregisters(2)
    script.succeed(module, family="web", state="absent")


@pytest.mark.parametrize("status", ["INACTIVE", "DELETE_IN_PROGRESS"])
def test_what_is_gone_stays_gone(script, status):
    script.has(LIVE, 4, name=arn(4), status=status)
    result = script.succeed(module, arn=arn(4), state="absent")
    assert (result["changed"], result.calls) == (False, [DESCRIBE])


def test_what_aws_does_not_delete_is_told(script):
    script.has(LIVE, 4, name="web:4", status="INACTIVE")
    failure = {"arn": arn(4), "reason": "in use"}
    script.on("delete_task_definitions", {"failures": [failure]})
    result = script.fail(module, family="web", revision=4, state="absent", delete_inactive=True)
    assert f"{arn(4)}: in use" in result.message


# What is in the way


@pytest.fixture
def no_chance(monkeypatch):
    monkeypatch.setattr(waiting, "uniform", lambda _low, _high: 0)


def test_throttling_is_waited_out(script, no_chance):
    script.has(LIVE, 4)
    script.refuses("register_task_definition", "ThrottlingException", "Rate exceeded")
    script.refuses("register_task_definition", "ThrottlingException", "Rate exceeded")
    script.registers(LIVE, 5)
    result = script.succeed(module, **with_container(image="web:2"))
    assert result["task_definition"]["revision"] == 5
    assert result.waited > 1


def test_a_lost_answer_makes_no_second_revision(script, no_chance):
    wanted = {"containerDefinitions": [{**CONTAINER, "image": "web:2", "cpu": 0, "essential": True}]}
    script.has(LIVE, 4).refuses("register_task_definition", "ServerException", "?").has(wanted, 5)
    result = script.succeed(module, **with_container(image="web:2"))
    assert result.calls == [DESCRIBE, REGISTER, DESCRIBE]
    assert result["task_definition"]["revision"] == 5
    assert "did not confirm" in result["notes"][0]


def test_a_lost_question_is_asked_again(script, no_chance):
    script.has(LIVE, 4).refuses("register_task_definition", "ServerException", "?").has(LIVE, 4).registers(LIVE, 5)
    assert script.succeed(module, **with_container(image="web:2"))["task_definition"]["revision"] == 5


def test_botocore_does_not_repeat_what_registers(script):
    script.has(LIVE, 4).registers(LIVE, 5)
    made, make = [], module.LandfallModule.client

    def client(self, service, **more):
        made.append(more)
        return make(self, service, **more)

    with mock.patch.object(module.LandfallModule, "client", client):
        script.succeed(module, **with_container(image="web:2"))
    assert made == [{}, {"max_attempts": 0}]


TOO_MANY = "Too many concurrent attempts to create a new revision of the specified family."


def test_two_who_deploy_the_same_at_once_make_one_revision(script, no_chance):
    wanted = {"containerDefinitions": [{**CONTAINER, "image": "web:2"}]}
    script.has(LIVE, 4).refuses("register_task_definition", "ClientException", TOO_MANY).has(wanted, 5)
    result = script.succeed(module, **with_container(image="web:2"))
    assert result["task_definition_arn"] == arn(5)


def test_two_who_deploy_something_else_at_once_each_get_their_own(script, no_chance):
    theirs = {"containerDefinitions": [{**CONTAINER, "image": "web:other"}]}
    script.has(LIVE, 4).refuses("register_task_definition", "ClientException", TOO_MANY).has(theirs, 5)
    script.registers({"containerDefinitions": [{**CONTAINER, "image": "web:2"}]}, 6)
    assert script.succeed(module, **with_container(image="web:2"))["task_definition_arn"] == arn(6)


def test_it_gives_up_at_last_and_says_why(script, no_chance):
    script.has(LIVE, 4)
    for _each in range(11):
        script.refuses("register_task_definition", "ThrottlingException", "Rate exceeded")
    result = script.fail(module, **with_container(image="web:2"))
    assert "Rate exceeded" in result.message
    assert result.waited == 60


def test_who_may_not_look_is_told_so_and_nothing_is_registered(script):
    script.refuses("describe_task_definition", "AccessDeniedException", "ada may not")
    result = script.fail(module, **WEB)
    assert "ada may not" in result.message
    assert result.calls == [DESCRIBE]


def test_what_was_done_is_told_when_something_after_it_fails(script):
    script.has(LIVE, 4).lists(4, 3).registers(LIVE, 5)
    script.refuses("deregister_task_definition", "AccessDeniedException", "ada may not")
    result = script.fail(module, **with_container(image="web:2"), keep_revisions=2)
    assert "ada may not" in result.message
    assert "Done before: revision 5 registered." in result.message
