# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clusters: what a run asks and tells AWS, call by call, and how it ends when something is in the way."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.ecs.api import CLUSTER_DETAILS
from ansible_collections.landfall.aws.plugins.modules import ecs_cluster as module
from ansible_collections.landfall.aws.plugins.modules import ecs_cluster_info
from tests.unit.ecs.account import PREFIX

ARN = f"{PREFIX}:cluster/prod"
BOTH = ["FARGATE", "FARGATE_SPOT"]
STRATEGY = [
    {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
    {"capacityProvider": "FARGATE_SPOT", "weight": 3, "base": 0},
]
GIVEN = [{"capacity_provider": "FARGATE_SPOT", "weight": 3}, {"capacity_provider": "FARGATE", "weight": 1, "base": 1}]
LIVE = {
    "clusterArn": ARN,
    "clusterName": "prod",
    "status": "ACTIVE",
    "settings": [{"name": "containerInsights", "value": "disabled"}],
    "capacityProviders": BOTH,
    "defaultCapacityProviderStrategy": STRATEGY,
    "tags": [{"key": "a", "value": "1"}],
}
DESCRIBE, PUT = "DescribeClusters", "PutClusterCapacityProviders"


def sees(script, times=1, **more):
    for _time in range(times):
        script.on("describe_clusters", {"clusters": [{**LIVE, **more}]}, clusters=["prod"], include=CLUSTER_DETAILS)
    return script


def sees_none(script):
    return script.on("describe_clusters", {"clusters": [], "failures": [{"arn": ARN, "reason": "MISSING"}]})


def puts(script, providers, strategy, **more):
    answer = {"cluster": {**LIVE, **more}}
    arguments = {"cluster": "prod", "capacityProviders": providers, "defaultCapacityProviderStrategy": strategy}
    return script.on("put_cluster_capacity_providers", answer, **arguments)


# What it costs


def test_create_is_one_call_after_the_look(script):
    arguments = {
        "clusterName": "prod",
        "settings": [{"name": "containerInsights", "value": "enhanced"}],
        "serviceConnectDefaults": {"namespace": "shop"},
        "capacityProviders": ["FARGATE"],
        "defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}],
        "tags": [{"key": "a", "value": "1"}],
    }
    sees_none(script).on("create_cluster", {"cluster": LIVE}, **arguments)
    result = script.succeed(
        module,
        name="prod",
        settings={"container_insights": "enhanced"},
        service_connect_defaults={"namespace": "shop"},
        capacity_providers=["FARGATE"],
        default_capacity_provider_strategy=[{"capacity_provider": "FARGATE", "weight": 1}],
        tags={"a": 1},
    )
    assert result.calls == [DESCRIBE, "CreateCluster"]
    assert result["cluster"]["cluster_arn"] == ARN


def test_no_change_is_one_call(script):
    sees(script)
    options = {"settings": {"containerInsights": "disabled"}, "tags": {"a": 1}}
    result = script.succeed(
        module, name="prod", **options, capacity_providers=BOTH[::-1], capacity_provider_strategy=GIVEN
    )
    assert (result["changed"], result.calls, result["diff"]) == (False, [DESCRIBE], [])


def test_each_group_that_differs_is_one_call(script):
    sees(script)
    updated = {
        "settings": [{"name": "containerInsights", "value": "enabled"}],
        "serviceConnectDefaults": {"namespace": "shop"},
    }
    script.on("update_cluster", {"cluster": LIVE}, cluster="prod", **updated)
    puts(script, ["FARGATE"], [])
    script.on("untag_resource", resourceArn=ARN, tagKeys=["a"])
    script.on("tag_resource", resourceArn=ARN, tags=[{"key": "b", "value": "2"}])
    result = script.succeed(
        module,
        name="prod",
        settings={"container_insights": "enabled"},
        service_connect_defaults={"namespace": "shop"},
        capacity_providers=["FARGATE"],
        purge_capacity_providers=True,
        default_capacity_provider_strategy=[],
        tags={"b": 2},
    )
    assert result.calls == [DESCRIBE, "UpdateCluster", PUT, "UntagResource", "TagResource"]
    assert [each["path"] for each in result["differences"]] == [
        "capacity_providers",
        "default_capacity_provider_strategy[FARGATE]",
        "default_capacity_provider_strategy[FARGATE_SPOT]",
        "service_connect_defaults.namespace",
        "settings[containerInsights]",
        "tags[a]",
        "tags[b]",
    ]


def test_check_mode_only_reads_and_says_the_same_as_the_run_after_it(aws):
    for options in (
        {"tags": {"a": "b"}},
        {
            "settings": {"container_insights": "enabled"},
            "capacity_providers": BOTH,
            "capacity_provider_strategy": GIVEN,
        },
        {"state": "absent"},
    ):
        foretold = aws.succeed(module, name="prod", **options, check_mode=True)
        assert foretold.calls == [DESCRIBE]
        told = aws.succeed(module, name="prod", **options)
        for key in ("changed", "changes", "diff", "differences"):
            assert foretold[key] == told[key]
        assert told["changed"]
        assert not aws.succeed(module, name="prod", **options)["changed"]


# What community.aws gets wrong


def test_capacity_providers_that_are_left_out_stay(script):
    sees(script)
    assert not script.succeed(module, name="prod")["changed"]
    sees(script)
    assert not script.succeed(module, name="prod", purge_capacity_providers=True)["changed"]


def test_others_stay_unless_they_are_to_go_and_the_strategy_stays_with_them(script):
    sees(script)
    puts(script, [*BOTH, "gpu"], STRATEGY)
    assert script.succeed(module, name="prod", capacity_providers=["gpu"])["changed"]
    sees(script)
    result = script.fail(module, name="prod", capacity_providers=["FARGATE"], purge_capacity_providers=True)
    assert "FARGATE_SPOT is not among the cluster's capacity providers, which would be FARGATE" in result.message
    assert result.calls == [DESCRIBE]


@pytest.mark.parametrize("turned", [BOTH, BOTH[::-1]])
def test_the_order_of_providers_says_nothing(script, turned):
    sees(script)
    options = {"capacity_providers": turned, "purge_capacity_providers": True}
    assert not script.succeed(module, name="prod", **options, capacity_provider_strategy=GIVEN)["changed"]


def test_tags_settings_and_configuration_are_changed(script):
    logging = {"logging": "OVERRIDE", "logConfiguration": {"cloudWatchLogGroupName": "/exec"}}
    sees(script, configuration={"executeCommandConfiguration": logging})
    configuration = {"executeCommandConfiguration": {**logging, "kmsKeyId": "key"}}
    script.on("update_cluster", {"cluster": LIVE}, cluster="prod", configuration=configuration)
    options = {"configuration": {"execute_command_configuration": {"kms_key_id": "key"}}}
    result = script.succeed(module, name="prod", **options)
    (found,) = result["differences"]
    assert found["path"] == "configuration.execute_command_configuration.kms_key_id"
    assert found["effect"] == "in place"


def test_the_namespace_is_taken_off_with_an_empty_one(script):
    sees(script, serviceConnectDefaults={"namespace": "arn:x"})
    script.on("update_cluster", {"cluster": LIVE}, cluster="prod", serviceConnectDefaults={"namespace": ""})
    assert script.succeed(module, name="prod", service_connect_defaults={"namespace": ""})["changed"]


# What is in the way


def test_providers_are_waited_for_and_what_fails_is_named(script):
    sees(script)
    puts(script, [*BOTH, "gpu"], STRATEGY, attachmentsStatus="UPDATE_IN_PROGRESS")
    sees(script, 2, attachmentsStatus="UPDATE_IN_PROGRESS")
    sees(script, attachmentsStatus="UPDATE_COMPLETE")
    result = script.succeed(module, name="prod", capacity_providers=["gpu"])
    assert result.waited > 5
    sees(script)
    puts(script, [*BOTH, "gpu"], STRATEGY, attachmentsStatus="UPDATE_IN_PROGRESS")
    sees(script, attachmentsStatus="UPDATE_FAILED", attachments=[{"id": "plan-7", "status": "FAILED"}])
    said = script.fail(module, name="prod", capacity_providers=["gpu"]).message
    assert "could not be attached: plan-7" in said
    assert "Done before: capacity providers changed." in said


def test_a_busy_cluster_is_tried_again(script):
    sees(script)
    script.refuses("put_cluster_capacity_providers", "UpdateInProgressException")
    puts(script, [*BOTH, "gpu"], STRATEGY)
    assert script.succeed(module, name="prod", capacity_providers=["gpu"]).waited == 2


def test_the_first_cluster_of_an_account_waits_for_its_role(script):
    sees_none(script)
    said = "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
    script.refuses("create_cluster", "InvalidParameterException", said).on("create_cluster", {"cluster": LIVE})
    assert script.succeed(module, name="prod").waited == 2


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_cluster_in_use_is_left_alone(script, check_mode):
    sees(script, activeServicesCount=2, registeredContainerInstancesCount=1)
    result = script.fail(module, name="prod", state="absent", check_mode=check_mode)
    assert "still has 2 services and 1 container instances" in result.message
    assert result.calls == [DESCRIBE]


def test_tasks_that_end_are_waited_for_and_so_is_the_end(script):
    sees(script)
    script.refuses("delete_cluster", "ClusterContainsTasksException")
    script.on("delete_cluster", {"cluster": LIVE}, cluster="prod")
    sees(script, status="DEPROVISIONING")
    sees(script, status="INACTIVE")
    result = script.succeed(module, name="prod", state="absent")
    assert (result["changed"], result["cluster"]) == (True, {})


def test_tasks_that_do_not_end_are_told(script):
    sees(script)
    script.refuses("delete_cluster", "ClusterContainsTasksException")
    sees(script, runningTasksCount=3)
    result = script.fail(module, name="prod", state="absent", wait_timeout=0)
    assert "still has 3 running tasks" in result.message


@pytest.mark.parametrize("gone", [{"clusters": [{**LIVE, "status": "INACTIVE"}]}, {"clusters": []}])
def test_what_is_gone_stays_gone(script, gone):
    script.on("describe_clusters", gone)
    result = script.succeed(module, name="prod", state="absent")
    assert (result["changed"], result.calls) == (False, [DESCRIBE])


def test_instances_are_waited_for(script):
    sees(script, 2)
    sees(script, registeredContainerInstancesCount=1)
    result = script.succeed(module, name="prod", state="has_instances")
    assert (result["changed"], result.waited > 0) == (False, True)
    sees(script, 3)
    said = script.fail(module, name="prod", state="has_instances", delay=10, repeat=2).message
    assert "No instance has registered with the cluster prod after 20 seconds" in said


def test_who_may_not_look_is_told_so(script):
    script.refuses("describe_clusters", "AccessDeniedException", "ada may not")
    assert "ada may not" in script.fail(module, name="prod").message


def provider(name, **more):
    return {"capacity_provider": name, **more}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"name": "my cluster"}, "name: 'my cluster' is not valid; a cluster's name has 1 to 255 letters"),
        (
            {"settings": {"container_insight": "enabled"}},
            'settings: there is no setting "container_insight"; did you mean',
        ),
        (
            {"settings": {"container_insights": "on"}},
            "settings.container_insights: 'on' is not one of enabled, enhanced",
        ),
        ({"configuration": {"execute_command": {}}}, 'unknown field "execute_command" in configuration; did you mean'),
        ({"service_connect_defaults": {"name": "x"}}, 'unknown field "name" in service_connect_defaults'),
        ({"capacity_providers": ["FARGATE"] * 2}, "capacity_providers: FARGATE is there more than once"),
        ({"capacity_provider_strategy": [provider("FARGATE")]}, "none has a weight above 0"),
        ({"capacity_provider_strategy": [provider("FARGATE", weight=1001)]}, "[0].weight: 1001; allowed are 0 to 1000"),
        (
            {"capacity_provider_strategy": [provider(each, base=1, weight=1) for each in BOTH]},
            "more than one has a base",
        ),
        (
            {"capacity_provider_strategy": [provider(each, weight=1) for each in ("FARGATE", "gpu")]},
            "can't be in one strategy",
        ),
        (
            {
                "capacity_provider_strategy": [provider("FARGATE_SPT", weight=1)],
                "capacity_providers": ["FARGATE_SPOT"],
                "purge_capacity_providers": True,
            },
            'FARGATE_SPT is not in capacity_providers; did you mean "FARGATE_SPOT"?',
        ),
        ({"tags": {"aws:x": "1"}}, "tags: 'aws:x' is not yours to set"),
        ({"wait_delay": 0}, "wait_delay: 0.0 is not valid; give more than 0 seconds"),
    ],
)
def test_what_aws_would_refuse_is_refused_before_any_call(script, options, said):
    result = script.fail(module, **{"name": "prod", **options})
    assert said in result.message
    assert result.calls == []


# Those who only look


def test_clusters_are_told_in_one_call_and_those_that_are_gone_are_not(script):
    gone = {**LIVE, "clusterName": "old", "status": "INACTIVE"}
    answer = {"clusters": [LIVE, gone], "failures": [{"arn": "x", "reason": "MISSING"}]}
    script.on("describe_clusters", answer, clusters=["prod", "old", "never"], include=CLUSTER_DETAILS)
    result = script.succeed(ecs_cluster_info, names=["prod", "old", "never"])
    (found,) = result["clusters"]
    assert (found["cluster_name"], found["settings"], found["tags"]) == (
        "prod",
        {"containerInsights": "disabled"},
        {"a": "1"},
    )
    assert result.calls == [DESCRIBE]


def test_all_clusters_are_told_past_the_first_page(aws):
    for number in range(120):
        aws.ecs.create_cluster(clusterName=f"c{number}")
    assert len(aws.succeed(ecs_cluster_info)["clusters"]) == 120


def test_no_cluster_is_an_empty_list_and_no_right_is_a_failure(script):
    script.on("list_clusters", {"clusterArns": []})
    assert script.succeed(ecs_cluster_info)["clusters"] == []
    script.refuses("list_clusters", "AccessDeniedException", "ada may not")
    assert "ada may not" in script.fail(ecs_cluster_info).message
