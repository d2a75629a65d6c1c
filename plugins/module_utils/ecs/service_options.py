# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service is compared by: AWS's own defaults filled in, sets in one order. Pure."""

from __future__ import annotations

import json

from ansible_collections.landfall.aws.plugins.module_utils.changes import (
    Change,
    Refused,
    Resource,
    compare,
    differences,
    refuse_mistakes,
    removals,
)
from ansible_collections.landfall.aws.plugins.module_utils.ecs.service_api import tags_of
from ansible_collections.landfall.aws.plugins.module_utils.shapes import as_argument, as_option, option_names

try:
    from botocore import xform_name
except ImportError:  # AnsibleAWSModule says so
    xform_name = str

TYPE = "service"
# Options that are no members of CreateService, and members that have a meaning of their own.
FIXED = ("launch_type", "scheduling_strategy", "role")
NOT_COMPARED = ("cluster", "service_name", "client_token", "tags")
ORDERED = ("placement_strategy",)
# What AWS takes where nothing is given; https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
DEFAULTS = {
    "scheduling_strategy": "REPLICA",
    "platform_version": "LATEST",
    "propagate_tags": "NONE",
    "health_check_grace_period_seconds": 0,
    "enable_execute_command": False,
    "enable_ecs_managed_tags": False,
    "deployment_controller": {"type": "ECS"},
    "deployment_configuration": {},
}
PERCENTS = {
    "REPLICA": {"maximumPercent": 200, "minimumHealthyPercent": 100},
    "DAEMON": {"maximumPercent": 100, "minimumHealthyPercent": 0},
}
WITHIN = {  # defaults of members further down
    "deploymentConfiguration": {"strategy": "ROLLING"},
    "canaryConfiguration": {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 10},
    "linearConfiguration": {"stepPercent": 10.0, "stepBakeTimeInMinutes": 6},
    "lifecycleHooks": {"targetType": "AWS_LAMBDA"},
    "awsvpcConfiguration": {"assignPublicIp": "DISABLED"},
}
BREAKER = {"enable": True, "rollback": True}
IN_DEPLOYMENT = ("service_connect_configuration", "volume_configurations", "vpc_lattice_configurations")
IN_REVISION = ("gateway_connectors", "monitoring")
MOST = {"capacity_provider_strategy": 20, "placement_constraints": 10, "placement_strategy": 5}


def network(given):
    """Subnets and security groups, also without the one key that the API has above them."""
    if given is None or "awsvpc_configuration" in given or "awsvpcConfiguration" in given:
        return given
    return {"awsvpc_configuration": {key: each for key, each in given.items() if each is not None}}


def arguments_of(shape, options, mistakes):
    """{member: value} of the options that were given, as the API takes them."""
    result = {}
    for name, member in option_names(shape).items():
        value = options.get(name)
        if value is not None and name != "tags":
            result[name] = as_argument(shape.members[member], value, name, mistakes)
    return result


def checked(shape, params, newest):
    """(options with every value as the API takes it, mistakes); ``newest`` are those that older versions of botocore lack."""
    options = {**params, "network_configuration": network(params["network_configuration"])}
    if params["service_registries"] is not None:
        options["service_registries"] = [_registry(each) for each in params["service_registries"]]
    mistakes = [
        f"{name}: needs a newer botocore"
        for name in newest
        if params[name] is not None and name not in option_names(shape)
    ]
    options.update(arguments_of(shape, options, mistakes))
    if not mistakes:
        mistakes += _mistakes(options)
    return options, mistakes


def _registry(given):
    """What community.aws calls arn is registry_arn."""
    return {"registry_arn" if key == "arn" else key: each for key, each in given.items()}


def _mistakes(options):
    wanted = options["desired_count"]
    if wanted is not None and wanted < 0:
        yield f"desired_count: {wanted} is not valid; give 0 or more tasks"
    if wanted is not None and options["scheduling_strategy"] == "DAEMON":
        yield "desired_count: not with scheduling_strategy DAEMON, of which each instance runs one task"
    if options["launch_type"] and options["capacity_provider_strategy"]:
        yield "launch_type: not with capacity_provider_strategy; give one of them"
    for name, most in MOST.items():
        if len(options[name] or []) > most:
            yield f"{name}: {len(options[name])} items; AWS takes {most}"
    for name in ("wait_timeout", "fail_fast_after"):
        if options[name] < 0:
            yield f"{name}: {options[name]} is not valid; give 0 or more"
    if options["wait_delay"] <= 0:
        yield f"wait_delay: {options['wait_delay']} is not valid; give more than 0 seconds"
    yield from network_mistakes(options)
    yield from _load_balancer_mistakes(options)
    yield from _deployment_mistakes(options)
    yield from strategy_mistakes(options["capacity_provider_strategy"] or [])


def network_mistakes(options):
    """Also of a task's network."""
    vpc = (options["network_configuration"] or {}).get("awsvpcConfiguration", {})
    if options["network_configuration"] is not None and not vpc.get("subnets"):
        yield "network_configuration: no subnets are given; a task of network mode awsvpc needs one"
    if len(vpc.get("subnets", [])) > 16:
        yield f"network_configuration: {len(vpc['subnets'])} subnets; AWS takes 16"
    if len(vpc.get("securityGroups", [])) > 5:
        yield f"network_configuration: {len(vpc['securityGroups'])} security groups; AWS takes 5"
    for subnet in vpc.get("subnets", []):
        if not subnet.startswith("subnet-"):
            yield f"network_configuration: {subnet!r} is not a subnet's ID, like subnet-0123456789abcdef0"


def _load_balancer_mistakes(options):
    for index, each in enumerate(options["load_balancers"] or []):
        label = f"load_balancers[{index}]"
        if bool(each.get("targetGroupArn")) == bool(each.get("loadBalancerName")):
            yield f"{label}: give target_group_arn, or load_balancer_name for a Classic Load Balancer"
        for name, member in (("container_name", "containerName"), ("container_port", "containerPort")):
            if not each.get(member):
                yield f"{label}.{name}: must be given"
    if options["health_check_grace_period_seconds"] and options["load_balancers"] == []:
        yield "health_check_grace_period_seconds: only with a load balancer"


def _deployment_mistakes(options):
    given = options["deployment_configuration"] or {}
    low, high = given.get("minimumHealthyPercent"), given.get("maximumPercent")
    if low is not None and low < 0:
        yield f"deployment_configuration.minimum_healthy_percent: {low} is not valid; give 0 or more"
    if low is not None and high is not None and high <= low:
        yield (
            f"deployment_configuration: maximum_percent {high} is not above minimum_healthy_percent {low}, so that no task "
            "could be replaced"
        )
    strategy = given.get("strategy", "ROLLING")
    for name, needed in (("canaryConfiguration", "CANARY"), ("linearConfiguration", "LINEAR")):
        if given.get(name) and strategy != needed:
            yield f"deployment_configuration.{xform_name(name)}: only with strategy {needed}"
    if given.get("bakeTimeInMinutes") and strategy == "ROLLING" and not given.get("alarms"):
        yield "deployment_configuration.bake_time_in_minutes: with strategy ROLLING only with alarms"
    for index, hook in enumerate(given.get("lifecycleHooks", [])):
        label = f"deployment_configuration.lifecycle_hooks[{index}]"
        if hook.get("targetType", "AWS_LAMBDA") == "AWS_LAMBDA" and not (
            hook.get("hookTargetArn") and hook.get("roleArn")
        ):
            yield f"{label}: a function needs hook_target_arn and role_arn"
        if not hook.get("lifecycleStages"):
            yield f"{label}.lifecycle_stages: must be given"
    alarms = given.get("alarms", {})
    if alarms.get("enable") and not alarms.get("alarmNames"):
        yield "deployment_configuration.alarms.alarm_names: none are given, and they are to be looked at"


def strategy_mistakes(strategy):
    """What is wrong with a strategy of capacity providers."""
    names = [each["capacityProvider"] for each in strategy]
    for name in sorted({each for each in names if names.count(each) > 1}):
        yield f"capacity_provider_strategy: {name} is given {names.count(name)} times; once is enough"
    if sum(bool(each.get("base")) for each in strategy) > 1:
        yield "capacity_provider_strategy: a base is given twice; AWS takes it for one provider only"
    fargate = [each in ("FARGATE", "FARGATE_SPOT") for each in names]
    if any(fargate) and not all(fargate):
        yield "capacity_provider_strategy: FARGATE and FARGATE_SPOT can't be mixed with other providers"
    if strategy and not any(each.get("weight") for each in strategy):
        yield "capacity_provider_strategy: no weight is above 0, so that no task could be placed"


def canonical(name, value, scheduling="REPLICA"):
    """A value in the one form in which two of its kind are compared."""
    if value is None:
        return None
    if name == "task_definition":
        return value.rsplit("/", 1)[-1]
    if name == "role":
        return value.rsplit("/", 1)[-1]
    if name == "deployment_configuration":
        value = {**PERCENTS[scheduling], **value}
        name = "deploymentConfiguration"
    if isinstance(value, (dict, list)):
        return _pruned(name, value)
    return value


def _pruned(name, value):
    """Without what says nothing: empty, false, nothing; and with defaults, which are the same as saying them."""
    if isinstance(value, dict):
        filled = {**WITHIN.get(name, {}), **value}
        kept = {key: _pruned(key, each) for key, each in filled.items()}
        if name == "placementStrategy" and kept.get("field") == "host":
            kept["field"] = "instanceId"
        return {key: each for key, each in kept.items() if each or key in KEPT}
    if isinstance(value, list):
        items = [_pruned("placementStrategy" if name in ORDERED else name, each) for each in value]
        return (
            items if name in ORDERED else sorted(items, key=lambda each: json.dumps(each, sort_keys=True, default=str))
        )
    return value


KEPT = ("maximumPercent", "minimumHealthyPercent")


def properties(described, revision, names):
    """What is live of these options."""
    deployment = next((each for each in described.get("deployments", []) if each["status"] == "PRIMARY"), {})
    scheduling = described.get("schedulingStrategy", "REPLICA")
    result = {}
    for name, member in names.items():
        source = deployment if name in IN_DEPLOYMENT else (revision or {}) if name in IN_REVISION else described
        value = source.get("roleArn" if name == "role" else member)
        if value is None:
            value = DEFAULTS.get(name)
        result[name] = canonical(name, value, scheduling)
    return {**result, "tags": tags_of(described)}


def wanted(options, described, names):
    """The properties that the options name; what was left out is None."""
    described = described or {}
    scheduling = options["scheduling_strategy"] or described.get("schedulingStrategy", "REPLICA")
    result = {name: options.get(name) for name in names}
    if result.get("deployment_configuration") is not None:
        result["deployment_configuration"] = {
            **described.get("deploymentConfiguration", {}),
            **result["deployment_configuration"],
        }
    if described and options["manage_desired_count"] == "create_only":
        result["desired_count"] = None
    result = {name: canonical(name, value, scheduling) for name, value in result.items()}
    tags = options["tags"]
    result["tags"] = None if tags is None else {str(key): str(value) for key, value in tags.items()}
    return result


def plan(options, described, revision, names):
    """The change that makes the service what the options say."""
    label, arn = f"{options['cluster'].rsplit('/', 1)[-1]}/{options['name']}", (described or {}).get("serviceArn")
    if options["state"] != "present":
        have = [Resource(TYPE, label, properties(described, revision, names), arn)] if described else []
        return (removals(have, "no longer wanted") or [Change("unchanged", TYPE, label, None, None, {}, "")])[0]
    want, have = wanted(options, described, names), []
    if described:
        before = properties(described, revision, names)
        # An empty list is the same as none.
        want = {name: _as_live(value, before.get(name)) for name, value in want.items()}
        if options["tags"] is not None and options["purge_tags"]:
            want["other_tags"], before["other_tags"] = [], foreign_tags(before["tags"], want["tags"])
        have = [Resource(TYPE, label, before, arn)]
    (change,) = compare([Resource(TYPE, label, want, arn, immutable=FIXED)], have)
    _refuse(label, options, change)
    if change.action == "unchanged" and options["force_new_deployment"]:
        return Change("change", TYPE, label, arn, change.before, change.after, "force_new_deployment")
    return change


def _as_live(value, live):
    return live if value in ([], {}) and not live else value


def foreign_tags(live, named):
    """The keys that a user may take off and does not name."""
    return sorted(key for key in live if key not in named and not key.startswith("aws:"))


def _refuse(label, options, change):
    if change.action == "add":
        mistakes = []
        controller = (options["deployment_controller"] or {}).get("type", "ECS")
        if not options["task_definition"] and controller != "EXTERNAL":
            mistakes.append(f"task_definition: must be given, because the service {label} does not exist")
        if options["desired_count"] is None and options["scheduling_strategy"] != "DAEMON":
            mistakes.append(f"desired_count: must be given, because the service {label} does not exist")
        refuse_mistakes(mistakes)
    if change.action == "replace" and not options["recreate"]:
        fixed = [name for name in differences(change.after, change.before) if name in FIXED]
        pairs = ", ".join(f"{name} from {change.before[name]} to {change.after[name]}" for name in fixed)
        raise Refused(
            f"The service {label} can't be changed in {pairs}: AWS allows that for a new service only. With recreate: true it is "
            "deleted, which stops its tasks, and made anew."
        )


def update_of(change):
    """What UpdateService has to change."""
    skipped = ("tags", "other_tags", *FIXED)
    return [name for name in differences(change.after, change.before or {}) if name not in skipped]


def tag_changes(change):
    """(tags to put on, keys to take off)"""
    before, after = change.before["tags"], change.after["tags"] or {}
    return {key: each for key, each in after.items() if before.get(key) != each}, change.before.get("other_tags", [])


def readable(shape, documents_):
    """Documents of a change with the API's own names as options are written; ``shape`` is that of CreateService."""
    members = option_names(shape)
    return tuple(
        {
            name: as_option(shape.members[members[name]], each) if name in members and name != "tags" else each
            for name, each in document.items()
        }
        for document in documents_
    )


def documents(change):
    """A change's before and after, as a person reads it: only what the options name."""
    before, after = change.before or {}, change.after or {}
    shown = {key for key, each in after.items() if each is not None and key != "other_tags"}
    if change.action == "remove":
        return {key: each for key, each in before.items() if each is not None}, {}
    kept = {key: each for key, each in before.get("tags", {}).items() if key not in before.get("other_tags", [])}
    result = {key: after[key] for key in shown}
    if "tags" in result:
        result["tags"] = {**kept, **result["tags"]}
    return {key: before[key] for key in shown if before.get(key) is not None}, result


def returned(shape, described):
    """A service as it is returned: in snake_case, its tags as a dict, its events apart."""
    result = {**as_option(shape, described), "tags": tags_of(described)}
    result.pop("events", None)
    return result
