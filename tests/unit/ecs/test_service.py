# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services: what is compared, what each run costs, and what is refused before anything is changed."""

from __future__ import annotations

import importlib

import pytest
import yaml

from ansible_collections.landfall.aws.plugins.module_utils.ecs import service_options
from ansible_collections.landfall.aws.plugins.modules import ecs_service as module
from tests.unit.ecs.service_account import SERVICE, TOKEN, Ecs, deployment, revision, service, settled

WEB = {"cluster": "prod", "name": "web"}
NEW = {**WEB, "task_definition": "web:43", "desired_count": 2}
GROUP = "arn:aws:elasticloadbalancing:eu-west-3:123456789012:targetgroup/web/0123456789abcdef"
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-a"], "securityGroups": ["sg-a"], "assignPublicIp": "DISABLED"}}


@pytest.fixture
def ecs():
    return Ecs()


def answers(ecs, operation, *deployments, **arguments):
    described = service(*(deployments or [settled()]))
    once = {"clientToken": TOKEN} if operation == "create" else {}
    ecs.on(f"{operation}_service", {"service": described}, cluster="prod", **once, **arguments)


def unchanged(ecs, live, **options):
    ecs.sees(live)
    result = ecs.run(module, **WEB, **options)
    assert not result.failed, result.returned
    assert (result["changed"], result.calls) == (False, ["DescribeServices"])


def updates(ecs, live, options, **arguments):
    """A run that sends this by UpdateService, and nothing else."""
    ecs.sees(live)
    answers(ecs, "update", service="web", **arguments)
    result = ecs.run(module, **WEB, **options, wait=False)
    assert not result.failed, result.returned
    assert (result["changed"], result.calls) == (True, ["DescribeServices", "UpdateService"])
    return result


# What it costs


def test_create_describes_and_creates_with_the_circuit_breaker(ecs):
    ecs.sees()
    answers(ecs, "create", serviceName="web", taskDefinition="web:43", desiredCount=2, deploymentConfiguration=BREAKER)
    result = ecs.run(module, **NEW, wait=False)
    assert (result["changed"], result.calls) == (True, ["DescribeServices", "CreateService"])
    assert result["service"]["service_arn"] == SERVICE


def test_no_change_describes_and_nothing_else(ecs):
    unchanged(ecs, service(settled(43)), task_definition="web:43", desired_count=2)


def test_a_family_costs_one_more_and_is_sent_as_its_latest_revision(ecs):
    ecs.sees(service(settled()))
    ecs.on("describe_task_definition", {"taskDefinition": {"taskDefinitionArn": revision(43)}}, taskDefinition="web")
    answers(ecs, "update", service="web", taskDefinition=revision(43))
    result = ecs.run(module, **WEB, task_definition="web", wait=False)
    assert result.calls == ["DescribeServices", "DescribeTaskDefinition", "UpdateService"]


def test_several_changes_are_one_update(ecs):
    options = {"task_definition": "web:43", "desired_count": 3, "enable_execute_command": True}
    sent = {"taskDefinition": "web:43", "desiredCount": 3, "enableExecuteCommand": True}
    assert updates(ecs, service(settled()), options, **sent)["replaces_tasks"]


def test_a_new_number_of_tasks_is_no_deployment_and_is_not_waited_for_as_one(ecs):
    ecs.sees(service(settled()))
    answers(ecs, "update", service="web", desiredCount=5)
    result = ecs.run(module, **WEB, desired_count=5)
    assert (result.calls, result["replaces_tasks"]) == (["DescribeServices", "UpdateService"], False)


def test_a_deployment_that_an_earlier_run_has_left_is_waited_for(ecs):
    ecs.sees(service(deployment(43, running=1)))
    ecs.sees(service(deployment(43, "COMPLETED", running=2)))
    result = ecs.run(module, **WEB, task_definition="web:43")
    assert (result["changed"], result["deployment"]["status"]) == (False, "SUCCESSFUL")


def test_stable_waits_for_the_number_of_tasks(ecs):
    ecs.sees(service(deployment(42, "COMPLETED", running=1)))
    ecs.sees(service(deployment(42, "COMPLETED", running=1)))
    ecs.sees(service(settled()))
    assert ecs.run(module, **WEB, wait_for="stable").waited == 5


def test_a_controller_that_is_not_ecs_is_waited_for_by_counts_and_that_is_said(ecs):
    other = {"deploymentController": {"type": "CODE_DEPLOY"}, "taskDefinition": revision(42)}
    ecs.sees({**service(**other), "runningCount": 1})
    ecs.sees({**service(**other), "runningCount": 2})
    result = ecs.run(module, **WEB, wait_for="stable")
    assert "its count of tasks was waited for" in result["notes"][0]


def test_a_classic_load_balancer_is_waited_for_by_counts(ecs):
    ecs.sees(service(settled()))
    answers(ecs, "update", deployment(43, None, running=0), service="web", taskDefinition="web:43")
    ecs.sees(service(deployment(43, None, running=1)))
    ecs.sees(service(deployment(43, None, running=2)))
    assert not ecs.run(module, **WEB, task_definition="web:43").failed


# 13: what community.aws never sees


LIVE = service(
    settled(),
    networkConfiguration=NETWORK,
    deploymentConfiguration={"maximumPercent": 200, "minimumHealthyPercent": 100, **BREAKER},
    placementConstraints=[{"type": "memberOf", "expression": "attribute:a == b"}],
    placementStrategy=[{"type": "spread", "field": "instanceId"}],
    serviceRegistries=[{"registryArn": "arn:r"}],
    capacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1, "base": 0}],
)
DRIFT = {
    "deployment_configuration": (
        {"minimum_healthy_percent": 50},
        {"deploymentConfiguration": {"maximumPercent": 200, "minimumHealthyPercent": 50, **BREAKER}},
    ),
    "circuit breaker": (
        {"deployment_circuit_breaker": {"enable": True, "rollback": False}},
        {
            "deploymentConfiguration": {
                "maximumPercent": 200,
                "minimumHealthyPercent": 100,
                "deploymentCircuitBreaker": {"enable": True, "rollback": False},
            }
        },
    ),
    "network_configuration": (
        {"subnets": ["subnet-b"], "security_groups": ["sg-a"]},
        {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-b"], "securityGroups": ["sg-a"]}}},
    ),
    "placement_constraints": ([], {"placementConstraints": []}),
    "placement_strategy": (
        [{"type": "binpack", "field": "memory"}],
        {"placementStrategy": [{"type": "binpack", "field": "memory"}]},
    ),
    "service_registries": ([{"arn": "arn:s"}], {"serviceRegistries": [{"registryArn": "arn:s"}]}),
    "platform_version": ("1.4.0", {"platformVersion": "1.4.0"}),
    "capacity_provider_strategy": (
        [{"capacity_provider": "FARGATE_SPOT", "weight": 1}],
        {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}], "forceNewDeployment": True},
    ),
}


@pytest.mark.parametrize("name", DRIFT)
def test_drift_is_seen_and_put_right(ecs, name):
    value, sent = DRIFT[name]
    option = "deployment_configuration" if name == "circuit breaker" else name
    result = updates(ecs, LIVE, {option: value}, **sent)
    assert option in result["changes"][0]["why"]
    assert result["diff"][0]["before"] != result["diff"][0]["after"]


def test_what_a_deployment_carries_is_compared_too(ecs):
    connect = {"enabled": True, "namespace": "prod"}
    live = service(settled(serviceConnectConfiguration=connect))
    unchanged(ecs, live, service_connect_configuration=connect)
    given = {"enabled": True, "namespace": "test"}
    updates(ecs, live, {"service_connect_configuration": given}, serviceConnectConfiguration=given)


def test_what_only_a_revision_tells_costs_one_more(ecs):
    ecs.sees(service(settled(), currentServiceRevisions=[{"arn": "arn:rev"}]))
    connector = {"portName": "http"}
    answer = {"serviceRevisions": [{"serviceRevisionArn": "arn:rev", "gatewayConnectors": [connector]}]}
    ecs.on("describe_service_revisions", answer, serviceRevisionArns=["arn:rev"])
    result = ecs.run(module, **WEB, gateway_connectors=[{"port_name": "http"}])
    assert (result["changed"], result.calls) == (False, ["DescribeServices", "DescribeServiceRevisions"])


# 14: what community.aws takes for a change each time


SAME = {
    "desired_count left out": {},
    "another number, only for a new one": {"desired_count": 9, "manage_desired_count": "create_only"},
    "the definition's ARN": {"task_definition": revision(42)},
    "a port as text": {
        "load_balancers": [{"target_group_arn": GROUP, "container_name": "app", "container_port": "80"}]
    },
    "community.aws's camelCase": {
        "load_balancers": [{"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80}]
    },
    "AWS's defaults": {
        "propagate_tags": "NONE",
        "enable_execute_command": False,
        "health_check_grace_period_seconds": 0,
        "platform_version": "LATEST",
        "deployment_configuration": {"strategy": "ROLLING", "maximum_percent": 200, "bake_time_in_minutes": 0},
    },
    "nothing is nothing": {"placement_constraints": [], "service_registries": [], "volume_configurations": []},
    "sets in another order": {
        "network_configuration": {
            "subnets": ["subnet-b", "subnet-a"],
            "security_groups": ["sg-a"],
            "assign_public_ip": False,
        }
    },
    "the whole path to the subnets": {
        "network_configuration": {
            "awsvpc_configuration": {"subnets": ["subnet-a", "subnet-b"], "security_groups": ["sg-a"]}
        }
    },
    "host is instanceId": {"placement_strategy": [{"type": "spread", "field": "host"}]},
    "a role's name": {"role": "ecs"},
}


@pytest.mark.parametrize("name", SAME)
def test_what_is_the_same_is_no_change(ecs, name):
    two = {"awsvpcConfiguration": {**NETWORK["awsvpcConfiguration"], "subnets": ["subnet-a", "subnet-b"]}}
    live = service(
        settled(),
        loadBalancers=[{"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80}],
        networkConfiguration=two,
        placementStrategy=[{"type": "spread", "field": "instanceId"}],
        roleArn="arn:aws:iam::123456789012:role/ecs",
        propagateTags="NONE",
        tags=[{"key": "team", "value": "shop"}],
    )
    unchanged(ecs, live, **SAME[name])


def test_a_change_is_told_as_options_are_written(ecs):
    ecs.sees(LIVE)
    options = {"deployment_configuration": {"minimum_healthy_percent": 50}}
    (change,) = ecs.run(module, **WEB, **options, check_mode=True)["changes"]
    assert change["before"]["deployment_configuration"]["minimum_healthy_percent"] == 100
    assert change["after"]["deployment_configuration"]["deployment_circuit_breaker"]["enable"] is True


def test_a_grace_period_of_0_can_be_set(ecs):
    updates(
        ecs,
        service(settled(), healthCheckGracePeriodSeconds=60),
        {"health_check_grace_period_seconds": 0},
        healthCheckGracePeriodSeconds=0,
    )


# 16: tags


def test_propagate_tags_is_changed(ecs):
    updates(ecs, service(settled(), propagateTags="NONE"), {"propagate_tags": "SERVICE"}, propagateTags="SERVICE")


def test_tags_are_put_on_and_taken_off_without_an_update(ecs):
    live = [{"key": "team", "value": "shop"}, {"key": "old", "value": "x"}, {"key": "aws:ecs:x", "value": "y"}]
    ecs.sees(service(settled(), tags=live))
    ecs.on("untag_resource", {}, resourceArn=SERVICE, tagKeys=["old"])
    ecs.on("tag_resource", {}, resourceArn=SERVICE, tags=[{"key": "team", "value": "web"}])
    result = ecs.run(module, **WEB, tags={"team": "web"})
    assert result.calls == ["DescribeServices", "UntagResource", "TagResource"]
    assert result["service"]["tags"] == {"team": "web", "aws:ecs:x": "y"}
    assert '"team": "web"' in result["diff"][0]["after"]


def test_tags_that_are_not_named_stay_where_that_is_wanted(ecs):
    live = service(settled(), tags=[{"key": "team", "value": "shop"}])
    unchanged(ecs, live, tags={}, purge_tags=False)
    unchanged(ecs, live, tags={"team": "shop"})


def test_a_failure_half_way_says_what_was_done(ecs):
    ecs.sees(service(settled()))
    answers(ecs, "update", service="web", desiredCount=3)
    ecs.refuses("tag_resource", "AccessDeniedException", "you may not")
    result = ecs.run(module, **WEB, desired_count=3, tags={"a": "b"})
    assert "Done before: service updated in desired_count" in result.message
    assert result["changed"]


# 17: removal


def test_a_service_without_tasks_goes_and_is_waited_for(ecs):
    ecs.sees(service(settled(), desiredCount=0))
    answers(ecs, "delete", service="web", force=False)
    ecs.sees({**service(), "status": "DRAINING"}, times=2)
    ecs.sees({**service(), "status": "INACTIVE"})
    result = ecs.run(module, **WEB, state="absent")
    assert (result["changed"], result["service"]) == (True, {})


def test_tasks_are_only_stopped_when_that_is_said(ecs):
    for check_mode in (True, False):
        ecs.sees(service(settled()))
        assert "force: true" in ecs.run(module, **WEB, state="absent", check_mode=check_mode).message
    ecs.sees(service(settled()))
    answers(ecs, "delete", service="web", force=True)
    assert ecs.run(module, **WEB, state="absent", force_deletion=True, wait=False)["changed"]


def test_gone_on_the_very_last_look_is_gone(ecs):
    ecs.sees({**service(), "status": "DRAINING"}, times=2)
    ecs.sees({**service(), "status": "INACTIVE"})
    result = ecs.run(module, **WEB, state="deleting", wait_timeout=5)
    assert (result.failed, result["changed"], result.waited) == (False, False, 5)


def test_one_that_nobody_deletes_is_left_alone(ecs):
    ecs.sees(service(settled()))
    assert "is ACTIVE, so nobody is deleting it" in ecs.run(module, **WEB, state="deleting", force=True).message


def test_one_that_does_not_go_is_said_to_be_still_there(ecs):
    ecs.sees({**service(), "status": "DRAINING"}, times=3)
    assert "still DRAINING after 5 seconds" in ecs.run(module, **WEB, state="deleting", wait_timeout=5).message


@pytest.mark.parametrize("state", ["absent", "deleting"])
def test_what_is_not_there_stays_gone(ecs, state):
    ecs.sees()
    assert not ecs.run(module, **WEB, state=state)["changed"]
    ecs.refuses("describe_services", "ClusterNotFoundException")
    assert not ecs.run(module, **WEB, state=state)["changed"]


def test_a_service_that_is_being_deleted_is_made_anew_when_it_is_gone(ecs):
    ecs.sees({**service(), "status": "DRAINING"}, times=2)
    ecs.sees({**service(), "status": "INACTIVE"})
    answers(ecs, "create", serviceName="web", taskDefinition="web:43", desiredCount=2, deploymentConfiguration=BREAKER)
    assert ecs.run(module, **NEW, wait_for="none")["changed"]


# 18


def test_another_service_that_aws_answers_with_is_not_it(ecs):
    ecs.sees({**service(settled()), "serviceName": "other-web"})
    answers(ecs, "create", serviceName="web", taskDefinition="web:43", desiredCount=2, deploymentConfiguration=BREAKER)
    assert "UpdateService" not in ecs.run(module, **NEW, wait=False).calls


# 19


def test_an_update_that_fails_is_not_called_a_creation(ecs):
    ecs.sees(service(settled()))
    ecs.refuses("update_service", "InvalidParameterException", "no such thing")
    message = ecs.run(module, **WEB, task_definition="web:43").message
    assert message.startswith("The service prod/web can't be made present: ")
    assert "no such thing" in message


def test_security_groups_by_id_need_no_ec2_and_by_name_two_calls(ecs):
    ecs.sees(LIVE)
    groups = {"subnets": ["subnet-a"], "security_groups": ["web"]}
    ecs.on("describe_subnets", {"Subnets": [{"VpcId": "vpc-1"}]}, "ec2", SubnetIds=["subnet-a"])
    filters = [{"Name": "vpc-id", "Values": ["vpc-1"]}, {"Name": "group-name", "Values": ["web"]}]
    ecs.on(
        "describe_security_groups",
        {"SecurityGroups": [{"GroupName": "web", "GroupId": "sg-a"}]},
        "ec2",
        Filters=filters,
    )
    result = ecs.run(module, **WEB, network_configuration=groups)
    assert (result["changed"], result.calls) == (
        False,
        ["DescribeServices", "DescribeSubnets", "DescribeSecurityGroups"],
    )


# What can't be changed


@pytest.mark.parametrize("check_mode", [True, False])
def test_what_aws_can_not_change_is_refused_in_check_mode_too(ecs, check_mode):
    ecs.sees(service(settled()))
    result = ecs.run(module, **WEB, launch_type="EC2", check_mode=check_mode)
    assert "launch_type from FARGATE to EC2" in result.message
    assert "recreate: true" in result.message


def test_recreate_deletes_and_creates(ecs):
    ecs.sees(service(settled()))
    answers(ecs, "delete", service="web", force=True)
    ecs.sees({**service(), "status": "INACTIVE"})
    sent = {"taskDefinition": "web:43", "desiredCount": 2, "launchType": "EC2", "deploymentConfiguration": BREAKER}
    answers(ecs, "create", serviceName="web", **sent)
    result = ecs.run(module, **NEW, launch_type="EC2", recreate=True, wait_for="none")
    assert result["changes"][0]["action"] == "replace"


def test_check_mode_only_looks(ecs):
    ecs.sees(service(settled()))
    result = ecs.run(module, **WEB, task_definition="web:43", check_mode=True)
    assert (result["changed"], result["replaces_tasks"], result.calls) == (True, True, ["DescribeServices"])
    assert '"task_definition": "web:42"' in result["diff"][0]["before"]
    ecs.sees()
    result = ecs.run(module, **NEW, check_mode=True)
    assert (result["changed"], result.calls) == (True, ["DescribeServices"])
    # What ecs_task_definition returns of a revision that it would register.
    ecs.sees(service(settled()))
    result = ecs.run(module, **WEB, task_definition="(known after apply)", check_mode=True)
    assert (result["changed"], result["replaces_tasks"], result.calls) == (True, True, ["DescribeServices"])
    assert '"task_definition": "(known after apply)"' in result["diff"][0]["after"]


def test_a_new_service_needs_a_definition_and_a_number(ecs):
    ecs.sees()
    message = ecs.run(module, **WEB).message
    assert "task_definition: must be given" in message
    assert "desired_count: must be given" in message


def test_a_cluster_that_does_not_exist_is_named(ecs):
    ecs.refuses("describe_services", "ClusterNotFoundException")
    assert "there is no cluster prod" in ecs.run(module, **NEW).message


def test_two_who_create_at_once(ecs):
    ecs.sees()
    ecs.refuses("create_service", "InvalidParameterException", "Creation of service was not idempotent.")
    assert "Somebody else has created the service prod/web" in ecs.run(module, **NEW).message


def test_force_new_deployment_deploys_what_is_there(ecs):
    updates(ecs, service(settled()), {"force_new_deployment": True}, forceNewDeployment=True)


# Bad input


TARGET = {"target_group_arn": GROUP, "container_name": "app", "container_port": 80}
WRONG = {
    'unknown field "subnet" in network_configuration.awsvpc_configuration; did you mean "subnets"?': {
        "network_configuration": {"subnet": ["subnet-a"]}
    },
    "no subnets are given": {"network_configuration": {"subnets": [], "security_groups": ["sg-a"]}},
    "'10.0.0.0/24' is not a subnet's ID": {"network_configuration": {"subnets": ["10.0.0.0/24"]}},
    "17 subnets; AWS takes 16": {"network_configuration": {"subnets": [f"subnet-{each}" for each in range(17)]}},
    "6 security groups; AWS takes 5": {
        "network_configuration": {"subnets": ["subnet-a"], "security_groups": [f"sg-{each}" for each in range(6)]}
    },
    "desired_count: -1 is not valid": {"desired_count": -1},
    "desired_count: not with scheduling_strategy DAEMON": {"desired_count": 1, "scheduling_strategy": "DAEMON"},
    "launch_type: not with capacity_provider_strategy": {
        "launch_type": "FARGATE",
        "capacity_provider_strategy": [{"capacity_provider": "FARGATE", "weight": 1}],
    },
    "capacity_provider_strategy[0].capacity_provider: must be given": {"capacity_provider_strategy": [{"weight": 1}]},
    "FARGATE is given 2 times": {
        "capacity_provider_strategy": [{"capacity_provider": "FARGATE", "weight": 1}, {"capacity_provider": "FARGATE"}]
    },
    "can't be mixed": {
        "capacity_provider_strategy": [{"capacity_provider": "FARGATE", "weight": 1}, {"capacity_provider": "mine"}]
    },
    "a base is given twice": {
        "capacity_provider_strategy": [
            {"capacity_provider": "FARGATE", "weight": 1, "base": 1},
            {"capacity_provider": "FARGATE_SPOT", "weight": 1, "base": 1},
        ]
    },
    "no weight is above 0": {"capacity_provider_strategy": [{"capacity_provider": "FARGATE", "weight": 0}]},
    "'eighty' is not a whole number": {"load_balancers": [{**TARGET, "container_port": "eighty"}]},
    "load_balancers[0]: give target_group_arn, or load_balancer_name": {
        "load_balancers": [{**TARGET, "load_balancer_name": "classic"}]
    },
    "load_balancers[0].container_name: must be given": {"load_balancers": [{**TARGET, "container_name": None}]},
    "6 items; AWS takes 5": {"placement_strategy": [{"type": "random"}] * 6},
    "'binpak' is not one of random, spread, binpack": {"placement_strategy": [{"type": "binpak", "field": "cpu"}]},
    "maximum_percent 100 is not above minimum_healthy_percent 100": {
        "deployment_configuration": {"minimum_healthy_percent": 100, "maximum_percent": 100}
    },
    "canary_configuration: only with strategy CANARY": {
        "deployment_configuration": {"canary_configuration": {"canary_percent": 5}}
    },
    "bake_time_in_minutes: with strategy ROLLING only with alarms": {
        "deployment_configuration": {"bake_time_in_minutes": 5}
    },
    "lifecycle_hooks[0]: a function needs hook_target_arn": {
        "deployment_configuration": {"lifecycle_hooks": [{"lifecycle_stages": ["PRE_SCALE_UP"]}]}
    },
    "lifecycle_hooks[0].lifecycle_stages: must be given": {
        "deployment_configuration": {"lifecycle_hooks": [{"target_type": "PAUSE"}]}
    },
    "alarm_names: none are given": {
        "deployment_configuration": {"alarms": {"alarm_names": [], "enable": True, "rollback": True}}
    },
    "deployment_circuit_breaker.rollback: must be given": {
        "deployment_configuration": {"deployment_circuit_breaker": {"enable": True}}
    },
    "wait_timeout: -1 is not valid": {"wait_timeout": -1},
    "wait_delay: 0.0 is not valid": {"wait_delay": 0},
    "diagnose.mask: '(' is not a regular expression": {"diagnose": {"mask": ["("]}},
}


@pytest.mark.parametrize("said", WRONG)
def test_mistakes_are_told_before_any_call(ecs, said):
    result = ecs.run(module, **{**WEB, **WRONG[said]})
    assert said in result.message
    assert result.calls == []


def test_all_mistakes_are_told_at_once(ecs):
    options = {"desired_count": -1, "wait_delay": 0, "placement_strategy": [{"type": "random"}] * 6}
    assert "3 mistakes in the options; nothing has been changed." in ecs.run(module, **WEB, **options).message


def test_an_option_that_this_botocore_lacks_is_not_left_out_silently():
    shape = Ecs().clients["ecs"].meta.service_model.operation_model("TagResource").input_shape
    given = dict.fromkeys(module.OPTIONS) | {"monitoring": {"a": 1}}
    assert "monitoring: needs a newer botocore" in service_options.checked(shape, given, module.NEWEST)[1]


# Moving over from community.aws


def examples(name):
    theirs = importlib.import_module(f"ansible_collections.community.aws.plugins.modules.{name}")
    return [each[f"community.aws.{name}"] for each in yaml.safe_load(theirs.EXAMPLES)]


@pytest.mark.parametrize("options", examples("ecs_service"), ids=lambda each: f"{each['name']}-{len(each)}")
def test_examples_of_community_aws_run_under_our_name(ecs, options):
    name, cluster = options["name"], options["cluster"]
    asked = {"cluster": cluster, "services": [name], "include": ["TAGS"]}
    found = {**service(settled()), "serviceName": name}
    family = options.get("task_definition")
    gone = options["state"] == "absent"
    ecs.on("describe_services", {"services": [{**found, "desiredCount": 0}] if gone else []}, **asked)
    if family and ":" not in family:
        ecs.on(
            "describe_task_definition", {"taskDefinition": {"taskDefinitionArn": revision(1)}}, taskDefinition=family
        )
    if options.get("network_configuration"):
        ecs.on("describe_subnets", {"Subnets": [{"VpcId": "vpc-1"}]}, "ec2")
        found_groups = [{"GroupName": "my_security_group", "GroupId": "sg-b"}]
        ecs.on("describe_security_groups", {"SecurityGroups": found_groups}, "ec2")
    ecs.on("delete_service" if gone else "create_service", {"service": found})
    result = ecs.run(module, **options, wait=False)
    assert not result.failed, result.returned
    assert result["changed"]
