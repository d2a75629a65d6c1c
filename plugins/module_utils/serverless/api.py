# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading what is live: one function a call, and what the answers say as resources."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, Resource
from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError, in_parallel, pages
from ansible_collections.landfall.aws.plugins.module_utils.cloudwatch import alarm
from ansible_collections.landfall.aws.plugins.module_utils.serverless import wanted
from ansible_collections.landfall.aws.plugins.module_utils.serverless.spec import Place
from ansible_collections.landfall.aws.plugins.module_utils.tags import tags_of

SERVICES = ("cloudwatch", "iam", "lambda", "logs", "s3", "sns", "stepfunctions", "sts")
POLICY = "landfall"  # the name of a role's policy
# Each service has its own words for it.
MISSING = (
    *(
        "404",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NoSuchTagSet",
        "NoSuchEntity",
        "NoSuchLifecycleConfiguration",
        "NotFound",
    ),
    *("NoSuchPublicAccessBlockConfiguration", "OwnershipControlsNotFoundError", "ResourceNotFoundException"),
    *("ServerSideEncryptionConfigurationNotFoundError", "StateMachineDoesNotExist"),
)


@dataclass
class Bucket:
    """One bucket as it is."""

    name: str
    tags: dict[str, str]
    versioning: bool
    encryption: str | None
    public_access: dict[str, bool]
    object_ownership: str | None
    policy: dict[str, Any] | None
    lifecycle: list[dict[str, Any]]
    notifications: dict[str, Any]

    @property
    def resource(self):
        names = ("versioning", "encryption", "public_access", "object_ownership", "policy", "tags")
        return Resource("s3_bucket", self.name, {name: getattr(self, name) for name in names}, id=f"s3://{self.name}")


@dataclass
class Live:
    """What there is."""

    buckets: dict[str, Bucket] = field(default_factory=dict)
    subscriptions: list[dict[str, str]] = field(default_factory=list)
    # In the order of creation.
    resources: list[Resource] = field(default_factory=list)
    full_buckets: list[str] = field(default_factory=list)

    @property
    def other_subscribers(self):
        """Who hears of the topic and is no mail address, or was asked and has not answered, which nobody can take back."""
        return [
            f"{each['Protocol']}:{each['Endpoint']}"
            for each in self.subscriptions
            if each["Protocol"] != "email" or each["SubscriptionArn"] == "PendingConfirmation"
        ]


def unless_missing(call, otherwise=None):
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return otherwise
        raise


def place(sts):
    """Where everything is."""
    arn = sts.get_caller_identity()["Arn"].split(":")
    return Place(arn[4], sts.meta.region_name, arn[1])


# Buckets


def bucket(s3, name):
    """A bucket with all that a plan looks at, or None. Somebody else's can't be used."""
    try:
        if unless_missing(lambda: s3.head_bucket(Bucket=name)) is None:
            return None
    except ClientError as error:
        raise Refused(
            f"The bucket {name} is there already, in another region or in another account, or it may not be read "
            f"({error.response['Error']['Code']}). Buckets have names that are unique in the world: choose another."
        ) from error
    encryption = unless_missing(lambda: s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"])
    ownership = unless_missing(lambda: s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"], [])
    access = unless_missing(lambda: s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"], {})
    policy = unless_missing(lambda: json.loads(s3.get_bucket_policy(Bucket=name)["Policy"]))
    lifecycle = unless_missing(lambda: s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"], [])
    tags = unless_missing(lambda: tags_of({"Tags": s3.get_bucket_tagging(Bucket=name)["TagSet"]}), {})
    rules = (encryption or {}).get("Rules", [])
    members = {"".join(word.title() for word in key.split("_")): key for key in wanted.PUBLIC_ACCESS}
    return Bucket(
        name=name,
        tags=tags,
        versioning=s3.get_bucket_versioning(Bucket=name).get("Status") == "Enabled",
        encryption=rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] if rules else None,
        public_access={key: access.get(member, False) for member, key in members.items()},
        object_ownership=ownership[0]["ObjectOwnership"] if ownership else None,
        policy=policy,
        lifecycle=lifecycle,
        notifications=s3.get_bucket_notification_configuration(Bucket=name),
    )


def has_objects(s3, name):
    answer = s3.list_object_versions(Bucket=name, MaxKeys=1)
    return bool(answer.get("Versions") or answer.get("DeleteMarkers"))


def notifications(found):
    """The notifications of a bucket that are ours: those whose id says so."""
    for each in found.notifications.get("LambdaFunctionConfigurations", []):
        if each["Id"].startswith(wanted.OURS):
            rules = (each.get("Filter") or {}).get("Key", {}).get("FilterRules", [])
            filters = {rule["Name"].lower(): rule["Value"] for rule in rules}
            properties = {
                "bucket": found.name,
                "event_name": each["Id"],
                "function_arn": each["LambdaFunctionArn"],
                "events": each["Events"],
                "prefix": filters.get("prefix", ""),
                "suffix": filters.get("suffix", ""),
            }
            name = f"{found.name} {properties['prefix']}*{properties['suffix']}"
            yield Resource("s3_notification", name, properties, id=each["Id"], key=f"{found.name} {each['Id']}")


def expirations(found):
    """The rules of a bucket's lifecycle that are ours: those whose id says so."""
    for each in found.lifecycle:
        if each.get("ID", "").startswith(wanted.OURS) and each["Status"] == "Enabled":
            prefix = (each.get("Filter") or {}).get("Prefix", each.get("Prefix", ""))
            properties = {
                "bucket": found.name,
                "rule_id": each["ID"],
                "prefix": prefix,
                "days": (each.get("Expiration") or {}).get("Days"),
            }
            yield Resource("s3_expiration", f"{found.name} {prefix}", properties, id=each["ID"])


# The topic


def sns_topic(sns, arn):
    """The topic's ARN and tags, as a list of one or none."""
    return unless_missing(lambda: [(arn, tags_of(sns.list_tags_for_resource(ResourceArn=arn)))], [])


def subscriptions(sns, arn):
    found = unless_missing(lambda: pages(sns, "list_subscriptions_by_topic", "Subscriptions", TopicArn=arn), [])
    return [each for each in found if each["SubscriptionArn"] != "Deleted"]


# Functions, their logs and roles


def functions(client, name):
    """The functions that have this name, or begin with it."""
    return [each for each in pages(client, "list_functions", "Functions") if of(name, each["FunctionName"])]


def of(name, full):
    return full == name or full.startswith(f"{name}-")


def function(client, described):
    tags = unless_missing(lambda: client.list_tags(Resource=described["FunctionArn"]).get("Tags", {}), {})
    properties = {
        "role": described["Role"],
        "runtime": described.get("Runtime"),
        "handler": described.get("Handler"),
        "architecture": described.get("Architectures", ["x86_64"])[0],
        "memory_size": described["MemorySize"],
        "timeout": described["Timeout"],
        "environment_variables": (described.get("Environment") or {}).get("Variables", {}),
        "tracing_mode": (described.get("TracingConfig") or {}).get("Mode", "PassThrough"),
        "dead_letter_arn": (described.get("DeadLetterConfig") or {}).get("TargetArn"),
        "code_sha256": described["CodeSha256"],
        "tags": tags,
    }
    return Resource("lambda_function", described["FunctionName"], properties, id=described["FunctionArn"])


def permissions(client, name):
    """The statements of a function's policy that are ours."""
    policy = unless_missing(lambda: json.loads(client.get_policy(FunctionName=name)["Policy"]), {"Statement": []})
    return list(_permissions(name, policy))


def _permissions(name, policy):
    for each in policy["Statement"]:
        if each["Sid"].startswith(wanted.SID):
            conditions = {
                key.lower(): value for operator in each.get("Condition", {}).values() for key, value in operator.items()
            }
            principal = each["Principal"]
            properties = {
                "function": name,
                "statement_id": each["Sid"],
                "principal": principal["Service"] if isinstance(principal, dict) else principal,
                "source_arn": conditions.get("aws:sourcearn"),
                "source_account": conditions.get("aws:sourceaccount"),
            }
            bucket_name = str(properties["source_arn"]).rpartition(":")[2]
            key = f"{name} {each['Sid']}"
            yield Resource("lambda_permission", f"{name} for {bucket_name}", properties, id=each["Sid"], key=key)


def log_groups(logs, name):
    found = [
        each
        for prefix in ("/aws/lambda/", "/aws/vendedlogs/states/")
        for each in pages(logs, "describe_log_groups", "logGroups", logGroupNamePrefix=f"{prefix}{name}")
    ]
    return [each for each in found if of(name, each["logGroupName"].rpartition("/")[2])]


def log_group(logs, described):
    arn = described["arn"].removesuffix(":*")
    tags = unless_missing(lambda: logs.list_tags_for_resource(resourceArn=arn).get("tags", {}), {})
    properties = {"retention_in_days": described.get("retentionInDays"), "tags": tags}
    return Resource("log_group", described["logGroupName"], properties, id=arn)


def role_names(iam, path):
    return [each["RoleName"] for each in pages(iam, "list_roles", "Roles", PathPrefix=path)]


def role(iam, name):
    """A role and its policy, as far as they are there."""
    found = unless_missing(lambda: iam.get_role(RoleName=name)["Role"])
    if not found:
        return []
    policy = unless_missing(lambda: iam.get_role_policy(RoleName=name, PolicyName=POLICY)["PolicyDocument"])
    properties = {"assume_role_policy": found["AssumeRolePolicyDocument"], "tags": tags_of(found)}
    own = Resource("iam_role", name, properties, id=found["Arn"])
    return [own, *([Resource("iam_role_policy", name, {"policy": policy}, id=f"{name}/{POLICY}")] if policy else [])]


# The state machine and the alarms


def state_machine(sfn, arn):
    """Being deleted is as good as gone; who makes it anew waits for that."""
    found = unless_missing(lambda: sfn.describe_state_machine(stateMachineArn=arn))
    if not found or found["status"] == "DELETING":
        return []
    logging = found.get("loggingConfiguration", {})
    targets = [each["cloudWatchLogsLogGroup"]["logGroupArn"] for each in logging.get("destinations", [])]
    properties = {
        "type": found["type"],
        "role_arn": found["roleArn"],
        "definition": json.loads(found["definition"]),
        "logging": {
            "level": logging.get("level", "OFF"),
            "include_execution_data": logging.get("includeExecutionData", False),
            "log_group_arn": targets[0] if targets else None,
        },
        "tracing": found.get("tracingConfiguration", {}).get("enabled", False),
        "tags": {each["key"]: each["value"] for each in sfn.list_tags_for_resource(resourceArn=arn)["tags"]},
    }
    return [Resource("state_machine", found["name"], properties, id=arn)]


def alarms(cloudwatch, name):
    found = pages(cloudwatch, "describe_alarms", "MetricAlarms", AlarmNamePrefix=name)
    return [each for each in found if of(name, each["AlarmName"])]


def alarm_resource(cloudwatch, described):
    return alarm.live(described, tags_of(cloudwatch.list_tags_for_resource(ResourceARN=described["AlarmArn"])))


# All of it


def read(clients, spec, place):
    """All that has to do with a spec, ours or not."""
    s3 = clients["s3"]
    named = {each["name"] for each in spec.buckets} | {trigger["bucket"] for _function, trigger in spec.triggers()}
    first = in_parallel({("bucket", name): _bound(bucket, s3, name) for name in named}, **_first(clients, spec, place))
    second = in_parallel(_second(clients, spec, place, first))
    found = {name: first["bucket", name] for name in sorted(named)}
    # What was a trigger once is known by the permission that it got.
    sources = {str(each.properties["source_arn"]).rpartition(":")[2] for each in _of(second, "permissions", flat=True)}
    found.update(in_parallel({name: _bound(bucket, s3, name) for name in sorted(sources - named - {"None"})}))
    found = {name: each for name, each in found.items() if each}
    live = Live(found, first["subscriptions"], _resources(spec, found, first, second))
    if spec.state == "absent" and not spec.delete_objects:
        ours = [each["name"] for each in spec.buckets if each["name"] in found]
        full = in_parallel({name: _bound(has_objects, s3, name) for name in ours})
        live.full_buckets = [name for name in ours if full[name]]
    return live


def _bound(function_, *arguments):
    return lambda: function_(*arguments)


def _first(clients, spec, place):
    topic = place.arn("sns", spec.name)
    return {
        "functions": _bound(functions, clients["lambda"], spec.name),
        "log_groups": _bound(log_groups, clients["logs"], spec.name),
        "alarms": _bound(alarms, clients["cloudwatch"], spec.name),
        "roles": _bound(role_names, clients["iam"], spec.role_path(place)),
        "topic": _bound(sns_topic, clients["sns"], topic),
        "subscriptions": _bound(subscriptions, clients["sns"], topic),
        "state_machine": _bound(state_machine, clients["stepfunctions"], spec.state_machine_arn(place)),
    }


def _second(clients, spec, place, first):
    wanted_roles = [spec.full_name(each) for each in spec.functions] + [spec.state_machine_role] * bool(
        spec.state_machine
    )
    roles = {*first["roles"], *(spec.role_name(each, place) for each in wanted_roles)}
    reads = {("role", name): _bound(role, clients["iam"], name) for name in sorted(roles)}
    for each in first["functions"]:
        reads["function", each["FunctionName"]] = _bound(function, clients["lambda"], each)
        reads["permissions", each["FunctionName"]] = _bound(permissions, clients["lambda"], each["FunctionName"])
    for each in first["log_groups"]:
        reads["log_group", each["logGroupName"]] = _bound(log_group, clients["logs"], each)
    for each in first["alarms"]:
        reads["alarm", each["AlarmName"]] = _bound(alarm_resource, clients["cloudwatch"], each)
    return reads


def _of(answers, kind, flat=False):
    found = [each for (of_kind, _name), each in answers.items() if of_kind == kind and each]
    return [one for each in found for one in each] if flat else found


def _resources(spec, buckets, first, second):
    """In the order of creation, so that removing goes the other way round."""
    own = [buckets[each["name"]] for each in spec.buckets if each["name"] in buckets]
    told = sorted(f"{each['Protocol']}:{each['Endpoint']}" for each in first["subscriptions"])
    topics = [
        Resource("sns_topic", spec.name, {"subscriptions": told, "tags": tags}, id=arn) for arn, tags in first["topic"]
    ]
    return [
        *(each.resource for each in own),
        *(one for each in own for one in expirations(each)),
        *topics,
        *_of(second, "log_group"),
        *_of(second, "role", flat=True),
        *_of(second, "function"),
        *_of(second, "permissions", flat=True),
        *first["state_machine"],
        *_of(second, "alarm"),
        *(one for each in buckets.values() for one in notifications(each)),
    ]
