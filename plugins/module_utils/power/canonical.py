# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instances, and the schedule that stops and starts them, as AWS describes them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.changes import Resource
from ansible_collections.landfall.aws.plugins.module_utils.scheduler import canonical as scheduler
from ansible_collections.landfall.aws.plugins.module_utils.tags import carries, own_tags, tags_of

ACTIONS = ("stop", "start")
GROUP_OF_SCALING = "aws:autoscaling:groupName"


@dataclass
class Power:
    """What is live: our instances with what hangs on them, and of the schedule what was asked for."""

    instances: list[dict[str, Any]] = field(default_factory=list)
    volumes: list[dict[str, Any]] = field(default_factory=list)
    addresses: list[dict[str, Any]] = field(default_factory=list)  # attached to ours, or carrying our tags
    protected: set[str] = field(default_factory=set)  # ids of those that must not be stopped
    instance_store: set[str] = field(default_factory=set)  # types with disks that a stop empties
    account: str = ""
    schedule: list[Resource] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)  # what is in the schedule's way
    strangers: list[str] = field(default_factory=list)  # schedules in our group that are not ours

    def volumes_of(self, instance):
        ours = [each for each in self.volumes if _is_attached_to(each, instance["InstanceId"])]
        return sorted(ours, key=lambda each: each["VolumeId"])

    def elastic_ips_of(self, instance):
        return [each for each in self.addresses if each.get("InstanceId") == instance["InstanceId"]]

    @property
    def loose_addresses(self):
        return [each for each in self.addresses if not each.get("AssociationId")]


def _is_attached_to(volume, instance_id):
    return any(each["InstanceId"] == instance_id for each in volume.get("Attachments", []))


def name_of(instance):
    return tags_of(instance).get("Name", instance["InstanceId"])


def label_of(instance):
    return f"{name_of(instance)} ({instance['InstanceId']})"


def passing_address(instance, live):
    """The public address that an instance has only until it stops, or nothing. An Elastic IP stands in its place."""
    return "" if live.elastic_ips_of(instance) else instance.get("PublicIpAddress", "")


def power(found, spec):
    """A Power of what ``api.read`` returned."""
    reservations = found.get("reservations", [])
    instances = [instance for reservation in reservations for instance in reservation["Instances"]]
    if spec.names:
        instances = [each for each in instances if tags_of(each).get("Name") in spec.names]
    instances.sort(key=lambda each: (name_of(each), each["InstanceId"]))
    ids, ours = [each["InstanceId"] for each in instances], own_tags(spec.project, spec.environment)
    return Power(
        instances=instances,
        addresses=[
            each
            for each in found.get("addresses", [])
            if each.get("InstanceId") in ids or (not each.get("AssociationId") and carries(each, ours))
        ],
        account=reservations[0]["OwnerId"] if reservations else "",
    )


def instance_resource(instance):
    return Resource(
        "instance",
        name_of(instance),
        {"state": instance["State"]["Name"]},
        id=instance["InstanceId"],
        key=instance["InstanceId"],
    )


def read_schedule(live, found, spec):
    """Note down in a Power what is live of the schedule: what ``api.read`` and ``api.read_schedule`` returned."""
    ours = own_tags(spec.project, spec.environment, spec.name)
    role, group = found["role"], found["group"]
    if role and not carries(role, ours):
        live.foreign.append(f"the IAM role {spec.name}")
    elif role:
        properties = {
            "trust": role["AssumeRolePolicyDocument"],
            "managed_policies": found["managed_policies"],
            "policy": found["policy"],
            "tags": tags_of(role),
        }
        live.schedule.append(Resource("iam_role", spec.name, properties, id=role["Arn"]))
    if not group:
        return
    if not ours.items() <= found["group_tags"].items():
        live.foreign.append(f"the schedule group {spec.name}")
        return
    going = group.get("State") == scheduler.DELETING
    if not going or spec.state == "absent":
        live.schedule.append(Resource("schedule_group", spec.name, {"tags": found["group_tags"]}, id=group["Arn"]))
    if going:
        return
    live.strangers = sorted(set(found["schedules"]) - set(ACTIONS))
    for action in ACTIONS:
        described = found["described"].get(action)
        if described:
            live.schedule.append(Resource("schedule", action, scheduler.properties(described), id=described["Arn"]))
