# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state and the schedule that are wanted of instances, and what has to happen to get there. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, Resource, compare, removals
from ansible_collections.landfall.aws.plugins.module_utils.power.canonical import (
    ACTIONS,
    GROUP_OF_SCALING,
    instance_resource,
    label_of,
    name_of,
    passing_address,
)
from ansible_collections.landfall.aws.plugins.module_utils.rules import RULES
from ansible_collections.landfall.aws.plugins.module_utils.tags import tags_of, wanted_tags

STATES = {"stopped": "stopped", "started": "running"}
CALLS = {"stop": "stopInstances", "start": "startInstances"}
PERMISSIONS = {"stop": "ec2:StopInstances", "start": "ec2:StartInstances"}
# A call that failed is tried again for an hour, not for AWS's day: nobody wants to be stopped in the morning.
RETRY = {"target.retry_policy.maximum_event_age_in_seconds": 3600, "target.retry_policy.maximum_retry_attempts": 10}


@dataclass(frozen=True)
class Spec:
    """What the user wrote."""

    state: str
    name: str
    project: str
    environment: str
    names: tuple[str, ...] = ()
    schedule: dict[str, Any] | None = None
    prices: dict[str, float] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def looks_at_schedule(self):
        return self.schedule is not None or self.state == "absent"

    @property
    def all_tags(self):
        return wanted_tags(self.tags, self.project, self.environment, self.name)

    @property
    def times(self):
        return {action: self.schedule[action] for action in ACTIONS if self.schedule and self.schedule.get(action)}

    def to_be_stopped(self, instances):
        """Those that have to be stopped, now or at a time."""
        if self.state == "absent":
            return []
        if self.times.get("stop"):
            return list(instances)
        now = self.state == "stopped"
        return [each for each in instances if now and each["State"]["Name"] not in ("stopping", "stopped")]


@dataclass(frozen=True)
class Place:
    """Where AWS keeps what a schedule names."""

    partition: str
    region: str
    account: str

    def instance(self, instance_id):
        return f"arn:{self.partition}:ec2:{self.region}:{self.account}:instance/{instance_id}"

    def role(self, name):
        return f"arn:{self.partition}:iam::{self.account}:role/{name}"

    def group(self, name):
        return f"arn:{self.partition}:scheduler:{self.region}:{self.account}:schedule-group/{name}"

    def call(self, action):
        return f"arn:{self.partition}:scheduler:::aws-sdk:ec2:{CALLS[action]}"


def mistakes(spec):
    """All that is wrong with a spec, in sentences that begin with the option's name."""
    found = [f"name: {sentence}" for sentence in RULES["name"](spec.name)]
    found += [f"prices: {sentence}" for sentence in RULES["prices"](spec.prices)]
    if spec.schedule is not None and spec.state != "absent":
        found += [f"schedule: {sentence}" for sentence in RULES["power_schedule"](spec.schedule)]
        for action, time in spec.times.items():
            found += [f"schedule.{action}: {sentence}" for sentence in RULES["schedule_expression"](time)]
        found += [f"schedule.timezone: {sentence}" for sentence in RULES["time_zone"](spec.schedule["timezone"])]
    return found


def refuse_unknown_names(spec, live, reservations):
    known = sorted({name_of(each) for reservation in reservations for each in reservation["Instances"]})
    missing = [name for name in spec.names if name not in {name_of(each) for each in live.instances}]
    if missing:
        raise Refused(
            f"names: there is no instance of ours named {', '.join(missing)}. Ours are: {', '.join(known) or 'none'}."
        )


def refuse_what_cannot_stop(spec, live):
    """Name everything that stands against stopping, before anything is stopped."""
    found = [sentence for each in spec.to_be_stopped(live.instances) for sentence in _obstacles(each, live)]
    if found:
        lines = "".join(f"\n- {sentence}" for sentence in found)
        raise Refused(
            f"Nothing has been changed: not all instances can be stopped. Name those that are meant by names.{lines}"
        )


def _obstacles(instance, live):
    label = label_of(instance)
    group = tags_of(instance).get(GROUP_OF_SCALING)
    if group:
        yield (
            f"{label} belongs to the Auto Scaling group {group}, which would terminate and replace it. Set the group's sizes "
            "to 0 to save its cost."
        )
    if instance.get("InstanceLifecycle") == "spot":
        yield f"{label} is a Spot Instance. AWS stops few of them, and may have no room when it is to start again."
    if instance.get("RootDeviceType") == "instance-store":
        yield f"{label} has its system on an instance store, which is lost when it stops. AWS can only terminate it."
    if instance["InstanceId"] in live.protected:
        yield (
            f"{label} is protected from being stopped. Whoever may lifts that by: aws ec2 modify-instance-attribute "
            f"--instance-id {instance['InstanceId']} --no-disable-api-stop"
        )


def refuse_foreign(spec, live):
    if live.foreign and spec.state != "absent" and live.instances:
        raise Refused(
            f"name: there already is {' and '.join(live.foreign)} without our tags, so it is not ours to use. "
            "Choose another name, or remove it."
        )
    if spec.state == "absent" and live.strangers:
        raise Refused(
            f"Nothing has been changed: the schedule group {spec.name} also holds {', '.join(live.strangers)}, which would be "
            "removed with it. Move them to a group of their own first."
        )


def plan(spec, live, place):
    """The changes that make a spec live, or Refused with the reason."""
    refuse_foreign(spec, live)
    if spec.state == "absent":
        return removals(live.schedule, "no longer wanted")
    refuse_what_cannot_stop(spec, live)
    resources = [_instance(spec, each) for each in live.instances]
    have = [instance_resource(each) for each in live.instances]
    if spec.schedule is not None and live.instances:
        resources += _schedule(spec, live, place)
        have += live.schedule
    return compare(resources, have)


def _instance(spec, instance):
    identifier = instance["InstanceId"]
    return Resource("instance", name_of(instance), {"state": STATES.get(spec.state)}, key=identifier)


def _schedule(spec, live, place):
    ids = [each["InstanceId"] for each in live.instances]
    role = {
        "trust": trust(spec, place),
        "policy": policy(spec, ids, place),
        "managed_policies": [],
        "tags": spec.all_tags,
    }
    yield Resource("iam_role", spec.name, role)
    yield Resource("schedule_group", spec.name, {"tags": spec.all_tags})
    for action, time in spec.times.items():
        properties = {
            "description": f"{action.capitalize()}s the instances of {spec.project} {spec.environment}",
            "schedule_expression": time,
            "schedule_expression_timezone": spec.schedule["timezone"],
            "state": "ENABLED",
            "flexible_time_window.mode": "OFF",
            "target.arn": place.call(action),
            "target.role_arn": place.role(spec.name),
            "target.input": {"InstanceIds": ids},
            **RETRY,
        }
        yield Resource("schedule", action, properties)


def trust(spec, place):
    """The schedules of our group alone may use the role.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    condition = {"aws:SourceAccount": place.account, "aws:SourceArn": place.group(spec.name)}
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": condition},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def policy(spec, instance_ids, place):
    """What is scheduled, of these instances, and nothing else."""
    statement = {
        "Effect": "Allow",
        "Action": [PERMISSIONS[action] for action in spec.times],
        "Resource": [place.instance(each) for each in instance_ids],
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def notes(spec, live):
    """What is worth knowing though nothing is done about it."""
    found = list(live.notes)
    if spec.state == "absent":
        return found + [f"{each} does not carry our tags: left alone" for each in live.foreign]
    if not live.instances and (spec.schedule is not None or spec.state in STATES):
        found.append(
            f"there is no instance of {spec.project} {spec.environment}, so there is nothing to stop, start or schedule"
        )
    for each in spec.to_be_stopped(live.instances):
        if each["InstanceType"] in live.instance_store:
            found.append(
                f"{label_of(each)} has an instance store, which is empty after it was stopped; its volumes keep what they hold"
            )
        if passing_address(each, live):
            found.append(
                f"{label_of(each)} gives {each['PublicIpAddress']} back when it stops, and has another address when it starts. "
                "DNS records have to follow it then; an Elastic IP would stay"
            )
    if live.strangers:
        found.append(f"the schedule group {spec.name} also holds {', '.join(live.strangers)}: left alone")
    return found
