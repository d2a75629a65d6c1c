# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to happen so that functions, a state machine and their surroundings are as wanted. Pure."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, compare, removals
from ansible_collections.landfall.aws.plugins.module_utils.serverless import wanted

LABELS = {
    "s3_bucket": "the bucket",
    "sns_topic": "the SNS topic",
    "log_group": "the log group",
    "iam_role": "the IAM role",
    "lambda_function": "the function",
    "state_machine": "the state machine",
    "cloudwatch_alarm": "the alarm",
}


def plan(spec, place, live, hashes):
    """The changes, or Refused with the reason."""
    if spec.state == "absent":
        return _removals(spec, live)
    want = [_in_its_bucket(each, live) for each in wanted.everything(spec, place, live, hashes)]
    strangers = list(foreign(spec, live, want))
    if strangers:
        raise Refused(
            f"There is {' and '.join(strangers)} without our tags (Name={spec.name}, Project, Environment, ManagedBy), so nothing "
            "has been changed. Choose another name, or remove what is not needed."
        )
    refuse_triggers(spec, live)
    changes = compare(want, ours(spec, live))
    _refuse_to_switch_off(changes, live)
    return _without_what_goes_along(changes)


def _in_its_bucket(resource, live):
    """A bucket that is encrypted with a key of KMS keeps it."""
    found = live.buckets.get(resource.name) if resource.type == "s3_bucket" else None
    if found and found.encryption and found.encryption.startswith("aws:kms"):
        return replace(resource, properties={**resource.properties, "encryption": found.encryption})
    return resource


def is_ours(spec, resource):
    return spec.own_tags.items() <= (resource.properties["tags"] or {}).items()


def ours(spec, live):
    """What AWS keeps no tags for belongs to what it is part of."""
    tagged = [each for each in live.resources if each.type in LABELS and is_ours(spec, each)]
    names = {each.type: {one.name for one in tagged if one.type == each.type} for each in tagged}
    parts = {
        "iam_role_policy": lambda each: each.name in names.get("iam_role", ()),
        "s3_expiration": lambda each: each.properties["bucket"] in names.get("s3_bucket", ()),
        "lambda_permission": lambda each: each.properties["function"] in names.get("lambda_function", ()),
        "s3_notification": lambda each: _of_our_function(spec, each),
    }
    mine = {id(each) for each in tagged}
    return [each for each in live.resources if id(each) in mine or parts.get(each.type, lambda _each: False)(each)]


def _of_our_function(spec, notification):
    function = notification.properties["function_arn"].split(":function:")[-1]
    return function == spec.name or function.startswith(f"{spec.name}-")


def foreign(spec, live, want):
    """What is in the way: of the same name, and not ours."""
    names = {each.identity for each in want}
    for each in live.resources:
        if each.type in LABELS and each.identity in names and not is_ours(spec, each):
            yield f"{LABELS[each.type]} {each.name}"


def refuse_triggers(spec, live):
    """Another bucket than those of the spec must be there, and be of the same project and environment."""
    own = {each["name"] for each in spec.buckets}
    tags = {key: value for key, value in spec.own_tags.items() if key != "Name"}
    for _function, trigger in spec.triggers():
        found = live.buckets.get(trigger["bucket"])
        if trigger["bucket"] in own:
            continue
        if not found:
            raise Refused(f"The bucket {trigger['bucket']}, which shall be a trigger, does not exist. Make it first.")
        if not tags.items() <= found.tags.items():
            raise Refused(
                f"The bucket {trigger['bucket']} does not carry our tags (Project, Environment, ManagedBy), so it can't be made to "
                "call a function."
            )


def _refuse_to_switch_off(changes, live):
    """The module that changes notifications forgets that a bucket tells EventBridge, too."""
    for each in changes:
        if each.type == "s3_notification" and each.pending:
            found = live.buckets.get((each.after or each.before)["bucket"])
            if found and "EventBridgeConfiguration" in found.notifications:
                raise Refused(
                    f"The bucket {found.name} tells EventBridge of its objects, which community.aws.s3_bucket_notification would "
                    "end. Nothing has been changed. Switch it off first, or let EventBridge call the function."
                )


def _removals(spec, live):
    if live.full_buckets:
        raise Refused(
            f"There are objects in the {'buckets' if len(live.full_buckets) > 1 else 'bucket'} {' and '.join(live.full_buckets)}, "
            "their versions counted. Nothing has been removed. Empty it, or say delete_objects: true to lose them for good."
        )
    return _without_what_goes_along(removals(ours(spec, live), "no longer wanted"))


def _without_what_goes_along(changes):
    """A function takes its permissions with it, a role its policy, and a bucket its rules."""
    gone = {(each.type, each.name) for each in changes if each.action == "remove"}

    def goes_along(change):
        if change.action != "remove":
            return False
        holder = {
            "iam_role_policy": ("iam_role", change.name),
            "lambda_permission": ("lambda_function", change.before.get("function")),
            "s3_expiration": ("s3_bucket", change.before.get("bucket")),
        }
        return holder.get(change.type) in gone

    return [each for each in changes if not goes_along(each)]


def subscriptions(changes):
    """Those of the topic that is made or changed, as community.aws.sns_topic takes them."""
    lists = (each.after["subscriptions"] for each in changes if each.type == "sns_topic" and each.after)
    pairs = (each.partition(":") for found in lists for each in found)
    return [{"protocol": protocol, "endpoint": endpoint} for protocol, _colon, endpoint in pairs]


def notes(spec, live):
    """What is worth knowing though nothing is done about it."""
    found = []
    if spec.state == "absent":
        names = {each["name"] for each in spec.buckets} | {spec.name}
        strangers = (each for each in live.resources if each.type in LABELS and not is_ours(spec, each))
        found = [
            f"{LABELS[each.type]} {each.name} does not carry our tags: left alone"
            for each in strangers
            if each.name in names
        ]
    waiting = sorted(
        each["Endpoint"] for each in live.subscriptions if each["SubscriptionArn"] == "PendingConfirmation"
    )
    if spec.state == "present":
        found += [
            f"{each} has not confirmed yet that the topic may write: AWS has sent a mail with a link"
            for each in waiting
        ]
    return found
