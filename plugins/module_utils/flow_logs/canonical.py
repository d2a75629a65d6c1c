# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A flow log as the API has it, and the plan to change it. Pure.

AWS knows a flow log by an id of its own and lets a resource have several. So the one that is meant is found by where it
writes to and, where such are given, by our tags. Nothing of a flow log can be changed but its tags.
"""

from __future__ import annotations

import re

from ansible_collections.landfall.aws.plugins.module_utils.changes import (
    Refused,
    Resource,
    compare,
    differences,
    removals,
)
from ansible_collections.landfall.aws.plugins.module_utils.rules import OWN_TAGS
from ansible_collections.landfall.aws.plugins.module_utils.tags import carries, tags_of

RESOURCE_TYPES = {"vpc": "VPC", "subnet": "Subnet", "eni": "NetworkInterface"}
CLOUDWATCH, S3, FIREHOSE = DESTINATION_TYPES = ("cloud-watch-logs", "s3", "kinesis-data-firehose")
SERVICES = {"logs": CLOUDWATCH, "s3": S3, "firehose": FIREHOSE}
EVERYTHING = "ALL"
IMMUTABLE = (
    "destination",
    "traffic_type",
    "log_format",
    "max_aggregation_interval",
    "deliver_logs_permission_arn",
)
RESOURCE_ID = re.compile(r"(vpc|subnet|eni)-([0-9a-f]{8}|[0-9a-f]{17})")
FLOW_LOG_ID = re.compile(r"fl-([0-9a-f]{8}|[0-9a-f]{17})")
DESTINATION = re.compile(
    r"arn:aws[a-z-]*:(logs:[a-z0-9-]+:\d{12}:log-group:[^*\s]+?(:\*)?|s3:::\S+|firehose:[a-z0-9-]+:\d{12}:deliverystream/\S+)"
)
ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/\S+")
FIELDS = re.compile(r"\$\{[a-z0-9-]+\}(\s+\$\{[a-z0-9-]+\})*")
LOG_GROUP = re.compile(r"[A-Za-z0-9_/.#-]{1,512}")
FORMS = {
    "resource_id": (RESOURCE_ID, "a VPC, a subnet or a network interface is written like vpc-0123456789abcdef0"),
    "deliver_logs_permission_arn": (ROLE, "a role's ARN is written like arn:aws:iam::123456789012:role/shop-flowlogs"),
    "log_destination": (
        DESTINATION,
        "the ARN of a log group, an S3 bucket or a Firehose stream is, like arn:aws:s3:::shop-flowlogs",
    ),
    "log_format": (FIELDS, "fields are written like ${srcaddr} ${dstaddr}, with blanks between"),
    "log_group_name": (LOG_GROUP, "a log group's name has 1 to 512 letters, digits, '_', '-', '/', '.' and '#'"),
}


def mistakes(options):
    """All that is wrong with the options, in sentences that begin with the option's name."""
    found = [
        f"{name}: {options[name]!r} is not valid; {allowed}"
        for name, (form, allowed) in FORMS.items()
        if options[name] is not None and not form.fullmatch(options[name])
    ]
    found += [
        f"flow_log_ids[{index}]: {each!r} is not valid; a flow log's id is written like fl-0123456789abcdef0"
        for index, each in enumerate(options["flow_log_ids"] or ())
        if not FLOW_LOG_ID.fullmatch(each)
    ]
    return [*found, *_contradictions(options)]


def _contradictions(options):
    kind, resource = options["log_destination_type"], options["resource_type"]
    arn, group = options["log_destination"], options["log_group_name"]
    real = RESOURCE_TYPES.get((options["resource_id"] or "").partition("-")[0])
    if resource and real and resource != real:
        yield f"resource_type: {options['resource_id']} is not a {resource} but a {real}"
    if arn and kind and DESTINATION.fullmatch(arn) and destination_type(options) != kind:
        yield f"log_destination_type: {arn} is not of {kind} but of {destination_type(options)}"
    if group and (arn or kind not in (None, CLOUDWATCH)):
        yield f"log_group_name: only for {CLOUDWATCH} without log_destination, which names the destination already"
    if options["state"] == "present":
        if options["flow_log_ids"] is not None:
            yield "flow_log_ids: only with state absent; AWS gives a flow log its id"
        if not options["resource_id"]:
            yield "resource_id: must be given"
        if not group and not arn:
            yield "log_group_name, log_destination: one of them must be given"
    elif options["flow_log_ids"] is None:
        if not options["resource_id"]:
            yield "resource_id, flow_log_ids: one of them must be given"
        if not group and not arn and not own(options):
            yield (
                "log_group_name, log_destination, tags: a resource's flow log is found by where it writes to or by its tags "
                f"{', '.join(OWN_TAGS)}; give one of them, or flow_log_ids"
            )


def destination_type(options):
    """What kind of destination the options mean, which its ARN says too."""
    if options["log_destination"]:
        return SERVICES[options["log_destination"].split(":")[2]]
    return options["log_destination_type"] or CLOUDWATCH


def destination(kind, group, arn):
    """Where a flow log writes to, the same for a log group by its name and by its ARN."""
    if kind == CLOUDWATCH:
        return f"{kind} {group or (arn or '').rpartition(':log-group:')[2].removesuffix(':*')}"
    return f"{kind} {(arn or '').rstrip('/')}"


def wanted(options):
    """The properties that the options name; what was left out is None."""
    group, arn, fields = options["log_group_name"], options["log_destination"], options["log_format"]
    return {
        "destination": destination(destination_type(options), group, arn) if group or arn else None,
        "traffic_type": options["traffic_type"],
        "log_format": " ".join(fields.split()) if fields else None,
        "max_aggregation_interval": options["max_aggregation_interval"],
        "deliver_logs_permission_arn": options["deliver_logs_permission_arn"],
        "tags": tags(options),
    }


def tags(options):
    given = options["tags"]
    return None if given is None else {str(key): str(value) for key, value in given.items()}


def own(options):
    """Those of the given tags by which what is ours is told from what is others'."""
    return {key: value for key, value in (tags(options) or {}).items() if key in OWN_TAGS}


def properties(described):
    """The same of a flow log that AWS described."""
    kind = described.get("LogDestinationType", CLOUDWATCH)
    return {
        "destination": destination(kind, described.get("LogGroupName"), described.get("LogDestination")),
        "traffic_type": described.get("TrafficType"),
        "log_format": described.get("LogFormat"),
        "max_aggregation_interval": described.get("MaxAggregationInterval"),
        "deliver_logs_permission_arn": described.get("DeliverLogsPermissionArn"),
        "tags": tags_of(described),
    }


def meant(options, live):
    """(those that the options mean, those of others that write to the same place), of the flow logs that were read."""
    ours, theirs, identity, place = [], [], own(options), wanted(options)["destination"]
    for each in live:
        here = place is not None and properties(each)["destination"] == place
        if carries(each, identity) and (here or identity or options["flow_log_ids"]):
            ours.append(each)
        elif here:
            theirs.append(each)
    return ours, theirs


def plan(options, live):
    """The changes that make it so: first the flow log that is wanted, then those that a killed replacement left behind."""
    ours, theirs = meant(options, live)
    if options["state"] == "absent":
        return removals([_resource(each) for each in ours], "no longer wanted")
    want = wanted(options)
    if theirs and not any(properties(each)["destination"] == want["destination"] for each in ours):
        ids = ", ".join(each["FlowLogId"] for each in theirs)
        lacking = ", ".join(f"{key}={value}" for key, value in own(options).items())
        raise Refused(
            f"{ids} of {options['resource_id']} writes to the same place without the tags {lacking}, so it is not ours "
            "and is left alone. Give it these tags, remove it, or choose another destination."
        )
    # Of several the one stays that is most like what is wanted.
    have = sorted(
        (_resource(each) for each in ours), key=lambda each: (len(differences(want, each.properties)), each.id)
    )
    if options["purge_tags"] and want["tags"] is not None and have:
        want["other_tags"] = []
        have[0].properties["other_tags"] = [key for key in _own_keys(have[0].properties) if key not in want["tags"]]
    name = (want["tags"] or {}).get("Name", options["resource_id"])
    return compare([Resource("flow_log", name, want, key="flow_log", immutable=IMMUTABLE)], have)


def _resource(described):
    name = tags_of(described).get("Name", described["ResourceId"])
    return Resource("flow_log", name, properties(described), id=described["FlowLogId"], key="flow_log")


def _own_keys(properties_):
    """The keys of tags that a user may put on and take off."""
    return sorted(key for key in properties_["tags"] if not key.startswith("aws:"))


def missing(change):
    """What a new flow log can't do without."""
    after = merged(change)
    if change.action in ("add", "replace") and after["destination"].startswith(CLOUDWATCH):
        return [] if after.get("deliver_logs_permission_arn") else ["deliver_logs_permission_arn"]
    return []


def merged(change):
    """What the flow log will be like: what was given, over what the one has that it replaces."""
    before, after = change.before or {}, change.after
    result = {"traffic_type": EVERYTHING, **before, **{key: value for key, value in after.items() if value is not None}}
    if before and before["destination"].split()[0] != after["destination"].split()[0]:
        # A role that may write to a log group says nothing of a bucket.
        result["deliver_logs_permission_arn"] = after["deliver_logs_permission_arn"]
    result["tags"] = dict(after["tags"] or {})
    if before:
        taken_off = tag_changes(change)[1]
        kept = [key for key in _own_keys(before) if key not in taken_off]
        result["tags"].update({key: before["tags"][key] for key in kept if key not in result["tags"]})
    return {key: value for key, value in result.items() if value is not None and key != "other_tags"}


def request(options, change):
    """The arguments of CreateFlowLogs."""
    new, resource_id = merged(change), options["resource_id"]
    listed = [{"Key": key, "Value": value} for key, value in new["tags"].items()]
    arguments = {
        "ResourceIds": [resource_id],
        "ResourceType": RESOURCE_TYPES[resource_id.partition("-")[0]],
        "TrafficType": new["traffic_type"],
        "LogDestinationType": destination_type(options),
        "LogGroupName": options["log_group_name"],
        "LogDestination": options["log_destination"],
        "DeliverLogsPermissionArn": new.get("deliver_logs_permission_arn"),
        "LogFormat": new.get("log_format"),
        "MaxAggregationInterval": new.get("max_aggregation_interval"),
        "TagSpecifications": [{"ResourceType": "vpc-flow-log", "Tags": listed}] if listed else None,
    }
    return {name: value for name, value in arguments.items() if value is not None}


def tag_changes(change):
    """(tags to put on, keys to take off)"""
    before, after = change.before["tags"], change.after["tags"] or {}
    put = {key: value for key, value in after.items() if before.get(key) != value}
    return put, (change.before.get("other_tags", []) if "other_tags" in change.after else [])


def complaints(changes, live):
    """What AWS says does not work, of the flow logs that stay."""
    staying = {change.id for change in changes if change.action in ("unchanged", "change")}
    return [
        f"{each['FlowLogId']} delivers nothing to {properties(each)['destination']}: "
        f"{each.get('DeliverLogsErrorMessage') or 'AWS does not say why'}"
        for each in live
        if each["FlowLogId"] in staying and each.get("DeliverLogsStatus") == "FAILED"
    ]


def described(resource_id, change, flow_log_id):
    """A flow log as it is returned to the user."""
    shown = merged(change)
    kind, place = shown.pop("destination").split(" ", 1)
    where = {"log_destination_type": kind, "log_group_name" if kind == CLOUDWATCH else "log_destination": place}
    return {"flow_log_id": flow_log_id, "resource_id": resource_id, **where, **shown}
