# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Capacity providers: what a run asks and tells AWS, call by call, and how it ends when something is in the way."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.aws.plugins.modules import ecs_capacity_provider as module
from tests.unit.ecs.account import PREFIX
from tests.unit.stepfunctions.account import ACCOUNT, REGION

ARN = f"{PREFIX}:capacity-provider/gpu"
GROUP = f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:0f0f:autoScalingGroupName/gpu-instances"
SCALING = {
    "status": "ENABLED",
    "targetCapacity": 100,
    "minimumScalingStepSize": 1,
    "maximumScalingStepSize": 10000,
    "instanceWarmupPeriod": 300,
}
ON_GROUP = {
    "autoScalingGroupArn": GROUP,
    "managedScaling": SCALING,
    "managedTerminationProtection": "DISABLED",
    "managedDraining": "ENABLED",
}
LIVE = {
    "capacityProviderArn": ARN,
    "name": "gpu",
    "status": "ACTIVE",
    "autoScalingGroupProvider": ON_GROUP,
    "tags": [{"key": "a", "value": "1"}],
}
GIVEN = {"auto_scaling_group_arn": "gpu-instances", "managed_scaling": {"status": "ENABLED"}}
TEMPLATE = {
    "ec2InstanceProfileArn": "arn:profile",
    "networkConfiguration": {"subnets": ["subnet-2", "subnet-1"]},
    "capacityOptionType": "ON_DEMAND",
}
MANAGED = {
    **{key: LIVE[key] for key in ("capacityProviderArn", "name", "status")},
    "cluster": "prod",
    "managedInstancesProvider": {"infrastructureRoleArn": "arn:role", "instanceLaunchTemplate": TEMPLATE},
}
DESCRIBE = "DescribeCapacityProviders"


def sees(script, live=None, **more):
    arguments = {"capacityProviders": ["gpu"], "include": ["TAGS"]}
    return script.on("describe_capacity_providers", {"capacityProviders": [{**(live or LIVE), **more}]}, **arguments)


def sees_none(script):
    failure = {"arn": "gpu", "reason": "MISSING"}
    return script.on("describe_capacity_providers", {"capacityProviders": [], "failures": [failure]})


def group(**more):
    return {"name": "gpu", "auto_scaling_group_provider": {**GIVEN, **more}}


def managed(**template):
    return {
        "name": "gpu",
        "cluster": "prod",
        "managed_instances_provider": {"instance_launch_template": template},
    }


def test_create_is_one_call_after_the_look(script):
    arguments = {
        "name": "gpu",
        "autoScalingGroupProvider": {"autoScalingGroupArn": "gpu-instances", "managedScaling": {"status": "ENABLED"}},
        "tags": [{"key": "a", "value": "1"}],
    }
    sees_none(script).on("create_capacity_provider", {"capacityProvider": LIVE}, **arguments)
    result = script.succeed(module, **group(), tags={"a": 1})
    assert result.calls == [DESCRIBE, "CreateCapacityProvider"]
    assert result["capacity_provider"]["capacity_provider_arn"] == ARN


def test_no_change_is_one_call_though_aws_fills_in_and_the_group_is_told_by_its_name(script):
    sees(script)
    result = script.succeed(module, **group(), tags={"a": 1})
    assert (result["changed"], result.calls, result["diff"]) == (False, [DESCRIBE], [])


def test_update_sends_what_stays_with_it_and_is_one_call(script):
    sees(script)
    expected = {key: value for key, value in ON_GROUP.items() if key != "autoScalingGroupArn"}
    expected["managedScaling"] = {**SCALING, "targetCapacity": 90}
    answer = {"capacityProvider": {**LIVE, "updateStatus": "UPDATE_COMPLETE"}}
    script.on("update_capacity_provider", answer, name="gpu", autoScalingGroupProvider=expected)
    result = script.succeed(module, **group(managed_scaling={"target_capacity": 90}))
    assert result.calls == [DESCRIBE, "UpdateCapacityProvider"]
    (found,) = result["differences"]
    assert found["path"] == "auto_scaling_group_provider.managed_scaling.target_capacity"
    assert result["capacity_provider"]["auto_scaling_group_provider"]["managed_scaling"]["target_capacity"] == 90


def test_tags_cost_a_call_each_and_nothing_else(script):
    sees(script)
    script.on("untag_resource", resourceArn=ARN, tagKeys=["a"])
    script.on("tag_resource", resourceArn=ARN, tags=[{"key": "b", "value": "2"}])
    assert script.succeed(module, name="gpu", tags={"b": 2}).calls == [DESCRIBE, "UntagResource", "TagResource"]


def test_check_mode_only_reads_and_says_the_same_as_the_run_after_it(script):
    told = []
    for check_mode in (True, False):
        sees(script)
        if not check_mode:
            script.on("update_capacity_provider", {"capacityProvider": LIVE})
        told.append(script.succeed(module, **group(managed_draining="DISABLED"), check_mode=check_mode))
    for key in ("changed", "changes", "diff", "differences"):
        assert told[0][key] == told[1][key]


def test_managed_instances_belong_to_a_cluster_and_the_order_of_subnets_says_nothing(script):
    sees(script, MANAGED)
    options = managed(network_configuration={"subnets": ["subnet-1", "subnet-2"]})
    assert not script.succeed(module, **options)["changed"]
    sees(script, MANAGED)
    script.on(
        "update_capacity_provider",
        {"capacityProvider": MANAGED},
        name="gpu",
        cluster="prod",
        managedInstancesProvider={
            "infrastructureRoleArn": "arn:role",
            "instanceLaunchTemplate": {
                "ec2InstanceProfileArn": "arn:profile",
                "networkConfiguration": {"subnets": ["subnet-3"]},
            },
        },
    )
    assert script.succeed(module, **managed(network_configuration={"subnets": ["subnet-3"]}))["changed"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_what_aws_can_not_change_is_refused(script, check_mode):
    sees(script)
    result = script.fail(module, **group(auto_scaling_group_arn="others"), check_mode=check_mode)
    assert (
        "auto_scaling_group_provider.auto_scaling_group_arn of the capacity provider gpu can't be changed"
        in result.message
    )
    sees(script, MANAGED)
    result = script.fail(module, **managed(capacity_option_type="SPOT"), check_mode=check_mode)
    assert "managed_instances_provider.instance_launch_template.capacity_option_type of" in result.message
    assert result.calls == [DESCRIBE]


def test_a_new_one_needs_all_of_it(script):
    sees_none(script)
    assert "one of them must be given, because gpu does not exist" in script.fail(module, name="gpu").message
    sees_none(script)
    said = script.fail(module, **managed(network_configuration={"subnets": ["s"]})).message
    assert "managed_instances_provider.infrastructure_role_arn: must be given" in said
    assert "instance_launch_template.ec2_instance_profile_arn: must be given" in said


def test_aws_is_waited_for_and_what_fails_says_why(script):
    sees(script)
    script.refuses("update_capacity_provider", "UpdateInProgressException")
    script.on("update_capacity_provider", {"capacityProvider": {**LIVE, "updateStatus": "UPDATE_IN_PROGRESS"}})
    sees(script, updateStatus="UPDATE_IN_PROGRESS")
    sees(script, updateStatus="UPDATE_FAILED", updateStatusReason="no such group")
    result = script.fail(module, **group(managed_draining="DISABLED"))
    assert "gpu is UPDATE_FAILED: no such group. Done before: capacity provider updated." in result.message


def test_it_goes_and_stays_gone(script):
    sees(script).on("delete_capacity_provider", {"capacityProvider": LIVE}, capacityProvider="gpu")
    sees(script, status="DEPROVISIONING", updateStatus="DELETE_IN_PROGRESS")
    sees(script, status="INACTIVE")
    assert script.succeed(module, name="gpu", state="absent")["changed"]
    sees(script, status="INACTIVE")
    result = script.succeed(module, name="gpu", state="absent")
    assert (result["changed"], result.calls) == (False, [DESCRIBE])


def test_one_in_use_is_left_alone(script):
    said = "The specified capacity provider is in use and cannot be removed."
    sees(script).refuses("delete_capacity_provider", "ClientException", said)
    assert "gpu is in use, and is left alone" in script.fail(module, name="gpu", state="absent").message


def test_one_that_can_not_be_deleted_says_why(script):
    sees(script).on("delete_capacity_provider", {"capacityProvider": LIVE})
    sees(script, updateStatus="DELETE_FAILED", updateStatusReason="a scaling plan is left")
    assert "could not be deleted: a scaling plan is left" in script.fail(module, name="gpu", state="absent").message


REQUIREMENTS = {"v_cpu_count": {"min": 4, "max": 2}, "memory_mib": {"min": 1024}}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"name": "aws-gpu"}, "name: 'aws-gpu' is not valid; it has 1 to 255 letters"),
        ({"name": "FARGATE"}, "does not begin with aws, ecs or fargate"),
        ({**group(), "cluster": "prod"}, "cluster: can't be given with auto_scaling_group_provider"),
        ({**managed(), "cluster": None}, "cluster: must be given with managed_instances_provider"),
        (
            group(managed_scalng={}),
            'unknown field "managed_scalng" in auto_scaling_group_provider; did you mean "managed_scaling"?',
        ),
        (group(managed_scaling={"target_capacity": 101}), "managed_scaling.target_capacity: 101; allowed are 1 to 100"),
        (group(managed_draining="SOMETIMES"), "managed_draining: 'SOMETIMES' is not one of ENABLED, DISABLED"),
        (
            group(managed_termination_protection="ENABLED", managed_scaling={"status": "DISABLED"}),
            "managed_termination_protection: does not work with managed_scaling that is DISABLED",
        ),
        (
            group(managed_scaling={"minimum_scaling_step_size": 5, "maximum_scaling_step_size": 2}),
            "minimum_scaling_step_size 5 is above maximum_scaling_step_size 2",
        ),
        (managed(instance_requirements=REQUIREMENTS), "instance_requirements.v_cpu_count: min 4 is above max 2"),
        ({"tags": {"aws:x": "1"}}, "tags: 'aws:x' is not yours to set"),
        ({"wait_timeout": -1}, "wait_timeout: -1 is not valid"),
    ],
)
def test_what_aws_would_refuse_is_refused_before_any_call(script, options, said):
    given = {key: value for key, value in {"name": "gpu", **options}.items() if value is not None}
    result = script.fail(module, **given)
    assert said in result.message
    assert result.calls == []
