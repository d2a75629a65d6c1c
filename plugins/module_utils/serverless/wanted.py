# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What shall be there, resource by resource, in the order of creation. Pure."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.changes import Resource
from ansible_collections.landfall.aws.plugins.module_utils.cloudwatch import alarm
from ansible_collections.landfall.aws.plugins.module_utils.serverless import policies

OURS, SID = "landfall:", "landfall-s3-"  # what ids begin with that AWS keeps no tags for
EVENTS = ["s3:ObjectCreated:*"]
PUBLIC_ACCESS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")


def everything(spec, place, live, hashes):
    """All resources; ``hashes`` are those of the functions' packages."""
    functions = [function for each in spec.functions for function in of_function(spec, place, each, hashes)]
    return [
        *(bucket(spec, place, each, live) for each in spec.buckets),
        *(expiration(each["name"], one) for each in spec.buckets for one in each["expirations"]),
        *([topic(spec, live)] if spec.emails is not None else []),
        *functions,
        *(of_state_machine(spec, place) if spec.state_machine else []),
        *(notification(spec, place, *pair) for pair in spec.triggers()),
    ]


def bucket(spec, place, wanted, live):
    found = live.buckets.get(wanted["name"])
    properties = {
        "versioning": True,
        "encryption": "AES256",
        "public_access": dict.fromkeys(PUBLIC_ACCESS, True),
        "object_ownership": "BucketOwnerEnforced",
        "policy": policies.bucket(wanted["name"], place.partition, found.policy if found else None),
        "tags": spec.all_tags,
    }
    return Resource("s3_bucket", wanted["name"], properties)


def expiration(bucket_name, wanted):
    properties = {"bucket": bucket_name, "rule_id": f"{OURS}{wanted['prefix']}", **wanted}
    return Resource("s3_expiration", f"{bucket_name} {wanted['prefix']}", properties)


def topic(spec, live):
    """Its subscribers are those that are wanted, and those that are no mail addresses, which are others' to look after."""
    told = sorted({f"email:{each}" for each in spec.emails} | set(live.other_subscribers))
    return Resource("sns_topic", spec.name, {"subscriptions": told, "tags": spec.all_tags})


def log_group(spec, name):
    return Resource("log_group", name, {"retention_in_days": spec.retention_in_days, "tags": spec.all_tags})


def role(spec, place, what, trust, policy):
    """A role, and what it may do."""
    name = spec.role_name(what, place)
    yield Resource("iam_role", name, {"assume_role_policy": trust, "tags": spec.all_tags})
    yield Resource("iam_role_policy", name, {"policy": policy})


def of_function(spec, place, function, hashes):
    full = spec.full_name(function)
    logs = f"/aws/lambda/{full}"
    dead_letters = spec.topic_arn(place) if function["triggers"] else None
    statements = spec.filled(function["policy_statements"], place)
    policy = policies.function(statements, place.arn("logs", f"log-group:{logs}"), dead_letters)
    yield log_group(spec, logs)
    yield from role(spec, place, full, policies.trust("lambda.amazonaws.com"), policy)
    yield Resource(
        "lambda_function",
        full,
        {
            "role": spec.role_arn(full, place),
            "runtime": function["runtime"],
            "handler": function["handler"],
            "architecture": function["architecture"],
            "memory_size": function["memory_size"],
            "timeout": function["timeout"],
            "environment_variables": _texts(spec.filled(function["environment_variables"], place)),
            "tracing_mode": "Active",
            "dead_letter_arn": dead_letters,
            "code_sha256": hashes[function["name"]],
            "tags": spec.all_tags,
        },
    )
    for name in sorted({trigger["bucket"] for trigger in function["triggers"]}):
        yield permission(place, full, name)
    if function["alarm_threshold"] >= 0:
        metric = {"namespace": "AWS/Lambda", "metric_name": "Errors", "dimensions": {"FunctionName": full}}
        metric["threshold"] = float(function["alarm_threshold"])
        sentence = f"The function {full} has failed more than {function['alarm_threshold']} times within 5 minutes"
        yield alarm.wanted(f"{full}-errors", metric, told(spec, place), sentence, spec.all_tags)


def told(spec, place):
    """Whom alarms tell."""
    own = [spec.topic_arn(place)] if spec.emails is not None else []
    return sorted({*own, *spec.alarm_actions})


def _texts(variables):
    return {name: value if isinstance(value, str) else str(value) for name, value in variables.items()}


def permission(place, function, bucket_name):
    """S3 may call a function because of one bucket, and of this account's only: the name could be somebody else's one day."""
    sid = SID + bucket_name.replace(".", "_")  # which has no dots
    properties = {
        "function": function,
        "statement_id": sid,
        "principal": "s3.amazonaws.com",
        "source_arn": f"arn:{place.partition}:s3:::{bucket_name}",
        "source_account": place.account,
    }
    return Resource("lambda_permission", f"{function} for {bucket_name}", properties, key=f"{function} {sid}")


def notification(spec, place, function, trigger):
    pattern = f"{trigger['prefix']}*{trigger['suffix']}"
    event = f"{OURS}{spec.full_name(function)}:{pattern}"
    properties = {
        "bucket": trigger["bucket"],
        "event_name": event,
        "function_arn": spec.function_arn(function, place),
        "events": EVENTS,
        "prefix": trigger["prefix"],
        "suffix": trigger["suffix"],
    }
    bucket_name = trigger["bucket"]
    return Resource("s3_notification", f"{bucket_name} {pattern}", properties, key=f"{bucket_name} {event}")


def of_state_machine(spec, place):
    logs, what, arn = f"/aws/vendedlogs/states/{spec.name}", spec.state_machine_role, spec.state_machine_arn(place)
    machine = spec.state_machine
    # Of what may act as the role, only this machine of this account may.
    conditions = {"StringEquals": {"aws:SourceAccount": place.account}, "ArnLike": {"aws:SourceArn": arn}}
    given = spec.filled(machine["policy_statements"], place)
    arns = [spec.function_arn(each, place) for each in spec.functions if not each["triggers"]]
    yield log_group(spec, logs)
    policy = policies.state_machine(arns, spec.topic_arn(place), given)
    yield from role(spec, place, what, policies.trust("states.amazonaws.com", conditions), policy)
    yield Resource(
        "state_machine",
        spec.name,
        {
            "type": "STANDARD",
            "role_arn": spec.role_arn(what, place),
            "definition": spec.definition(place).tree,
            "logging": {
                "level": machine["log_level"],
                "include_execution_data": True,
                "log_group_arn": f"{place.arn('logs', f'log-group:{logs}')}:*",
            },
            "tracing": True,
            "tags": spec.all_tags,
        },
        immutable=("type",),
    )
    for metric_name, sentence in (("ExecutionsFailed", "has failed"), ("ExecutionsTimedOut", "took too long")):
        metric = {"namespace": "AWS/States", "metric_name": metric_name, "dimensions": {"StateMachineArn": arn}}
        sentence = f"An execution of {spec.name} {sentence}"
        yield alarm.wanted(f"{spec.name}-{metric_name}", metric, told(spec, place), sentence, spec.all_tags)
