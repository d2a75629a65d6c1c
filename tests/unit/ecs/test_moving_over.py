# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples that community.aws documents, read from it as it is installed, run by their module's name alone."""

from __future__ import annotations

from pathlib import Path

import ansible
import pytest
import yaml

from ansible_collections.landfall.aws.plugins.module_utils.ecs.definition import FIELDS
from ansible_collections.landfall.aws.plugins.modules import (
    ecs_cluster,
    ecs_task_definition,
    ecs_task_definition_info,
)
from tests.unit.ecs.account import CLIENT, PREFIX

ROOT = Path(__file__).parents[3]
COMMUNITY = Path(ansible.__file__).parents[1] / "ansible_collections" / "community" / "aws" / "plugins" / "modules"
RUNTIME = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
# What AWS itself would refuse of these examples, by the container that they are known by: a condition that does not exist for
# a container that is not there, and secrets that nobody may read.
REFUSED = {
    "dependsOn": ["'start' is not one of START"],
    "secrets": ["nginx].secrets: needs execution_role_arn"],
}


def examples(name):
    text = (COMMUNITY / f"{name}.py").read_text().partition('EXAMPLES = r"""')[2].partition('"""')[0]
    return [each[f"community.aws.{name}"] for each in yaml.safe_load(text)]


def called(name):
    """The module that landfall.aws runs under this name."""
    redirect = RUNTIME["plugin_routing"]["modules"].get(name, {}).get("redirect", name)
    modules = (ecs_cluster, ecs_task_definition, ecs_task_definition_info)
    return {each.__name__.rpartition(".")[2]: each for each in modules}[redirect.rpartition(".")[2]]


DEFINITIONS = examples("ecs_taskdefinition")


@pytest.mark.parametrize("options", DEFINITIONS, ids=range(len(DEFINITIONS)))
def test_its_task_definitions_are_registered_once(aws, options):
    module = called("ecs_taskdefinition")
    refused = next((REFUSED[key] for key in REFUSED if any(key in each for each in options["containers"])), None)
    if refused:
        result = aws.fail(module, **options)
        assert all(each in result.message for each in refused)
        assert result.calls == []
        return
    first = aws.succeed(module, **options)
    assert first["changed"]
    assert first["taskdefinition"]["taskDefinitionArn"].endswith(f"/{options['family']}:1")
    again = aws.succeed(module, **options)
    assert (again["changed"], again.calls) == (False, ["DescribeTaskDefinition"])


def test_its_task_definition_is_told(aws):
    (options,) = examples("ecs_taskdefinition_info")
    assert aws.succeed(called("ecs_taskdefinition_info"), **options)["task_definitions"] == []


def test_its_clusters_come_wait_and_go(script):
    live = {"clusterArn": f"{PREFIX}:cluster/default", "clusterName": "default", "status": "ACTIVE"}
    made, spread, gone, waited = examples("ecs_cluster")
    script.on("describe_clusters", {"clusters": []}).on("create_cluster", {"cluster": live}, clusterName="default")
    assert script.succeed(ecs_cluster, **made)["changed"]
    script.on("describe_clusters", {"clusters": [live]}).on("put_cluster_capacity_providers", {"cluster": live})
    assert script.succeed(ecs_cluster, **spread)["changed"]
    script.on("describe_clusters", {"clusters": [{**live, "registeredContainerInstancesCount": 1}]})
    assert not script.succeed(ecs_cluster, **{**waited, "name": "default"})["changed"]
    script.on("describe_clusters", {"clusters": [live]}).on("delete_cluster", {"cluster": live})
    script.on("describe_clusters", {"clusters": []})
    assert script.succeed(ecs_cluster, **gone)["changed"]


def test_every_field_that_aws_takes_can_be_given(aws):
    members = CLIENT.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    names = {each.replace("_", "").lower() for each in (*FIELDS, "tags")}
    # One that botocore learns of later can be given in a definition, and nobody has to wait for an option.
    assert {each for each in members if each.lower() not in names} == set()
    definition = {
        "family": "web",
        "pidMode": "task",
        "containerDefinitions": [{"name": "a", "image": "b", "memory": 64}],
    }
    assert aws.succeed(ecs_task_definition, definition=definition)["task_definition"]["pid_mode"] == "task"
