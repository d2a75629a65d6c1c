# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading instances, what they cost money for, and their schedule: one function a call. Nothing here changes anything."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused
from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError, in_parallel, pages
from ansible_collections.landfall.aws.plugins.module_utils.power.canonical import ACTIONS
from ansible_collections.landfall.aws.plugins.module_utils.scheduler import api as scheduler_api
from ansible_collections.landfall.aws.plugins.module_utils.tags import carries, filters, own_tags, tag_filters

try:
    from botocore.exceptions import WaiterError
except ImportError:  # AnsibleAWSModule says so

    class WaiterError(Exception):
        """What did not come in time."""


ALIVE = ["pending", "running", "stopping", "stopped"]
WAITERS = {"stopped": "instance_stopped", "started": "instance_status_ok"}
DELAY = 5


def reservations(client, spec):
    wanted = tag_filters(own_tags(spec.project, spec.environment)) + filters(instance_state_name=ALIVE)
    return pages(client, "describe_instances", "Reservations", Filters=wanted)


def addresses(client):
    # All of the region, which are few, to see what others have attached to our instances too.
    return client.describe_addresses()["Addresses"]


def volumes_of(client, instance_ids):
    wanted = [{"Name": "attachment.instance-id", "Values": instance_ids}]
    return pages(client, "describe_volumes", "Volumes", Filters=wanted)


def is_protected(client, instance_id):
    answer = client.describe_instance_attribute(InstanceId=instance_id, Attribute="disableApiStop")
    return answer.get("DisableApiStop", {}).get("Value", False)


def with_instance_store(client, types):
    described = pages(client, "describe_instance_types", "InstanceTypes", InstanceTypes=types)
    return {each["InstanceType"] for each in described if each.get("InstanceStorageSupported")}


def role(iam, name):
    return _unless_missing(lambda: iam.get_role(RoleName=name)["Role"])


def role_policy(iam, name):
    return _unless_missing(lambda: iam.get_role_policy(RoleName=name, PolicyName=name)["PolicyDocument"])


def managed_policies(iam, name):
    found = pages(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name)
    return sorted(each["PolicyArn"] for each in found)


def _unless_missing(call):
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            return None
        raise


def read(clients, spec):
    """What may be ours. ``clients`` gives a client by its name."""
    reads = {}
    if spec.state != "absent":
        reads["reservations"] = lambda: reservations(clients("ec2"), spec)
        reads["addresses"] = lambda: addresses(clients("ec2"))
    if spec.looks_at_schedule:
        reads["role"] = lambda: role(clients("iam"), spec.name)
        reads["group"] = lambda: scheduler_api.schedule_group(clients("scheduler"), spec.name)
        reads["schedules"] = lambda: scheduler_api.schedules_in(clients("scheduler"), spec.name)
    return in_parallel(**reads)


def read_details(clients, live, found, spec):
    """What hangs on what was found: the rest of ``found``, and a Power's volumes and protections."""
    ec2, reads = clients("ec2"), {}
    ids = [each["InstanceId"] for each in live.instances]
    stopping = spec.to_be_stopped(live.instances)
    if ids:
        reads["volumes"] = lambda: volumes_of(ec2, ids)
    if stopping:
        types = sorted({each["InstanceType"] for each in stopping})
        reads["instance_store"] = lambda: with_instance_store(ec2, types)
    for each in stopping:
        reads[each["InstanceId"]] = lambda each=each: is_protected(ec2, each["InstanceId"])
    if spec.looks_at_schedule:
        reads.update(_schedule_reads(clients, found, spec))
    answers = in_parallel(**reads)
    live.volumes = answers.get("volumes", [])
    live.instance_store = answers.get("instance_store", set())
    live.protected = {each["InstanceId"] for each in stopping if answers[each["InstanceId"]]}
    described = {action: answers[action] for action in ACTIONS if action in answers}
    group_tags, policies = answers.get("group_tags", {}), answers.get("managed_policies", [])
    return {
        **found,
        "group_tags": group_tags,
        "managed_policies": policies,
        "policy": answers.get("policy"),
        "described": described,
    }


def _schedule_reads(clients, found, spec):
    iam, scheduler, reads = clients("iam"), clients("scheduler"), {}
    if found["role"] and carries(found["role"], own_tags(spec.project, spec.environment, spec.name)):
        reads["policy"] = lambda: role_policy(iam, spec.name)
        reads["managed_policies"] = lambda: managed_policies(iam, spec.name)
    if found["group"]:
        reads["group_tags"] = lambda: scheduler_api.tags(scheduler, found["group"]["Arn"])
        for action in ACTIONS:
            if action in found["schedules"]:
                reads[action] = lambda action=action: scheduler_api.schedule(scheduler, spec.name, action)
    return reads


def wait_for(ec2, instance_ids, state, timeout):
    """Wait until instances are stopped, or run and pass AWS's checks of their system."""
    patience = {"Delay": DELAY, "MaxAttempts": max(1, timeout // DELAY)}
    try:
        ec2.get_waiter(WAITERS[state]).wait(InstanceIds=instance_ids, WaiterConfig=patience)
    except WaiterError as error:
        hint = (
            "One whose system hangs is stopped by force: aws ec2 stop-instances --force --instance-ids ID"
            if state == "stopped"
            else "What its system says at boot is shown by: aws ec2 get-console-output --latest --instance-id ID"
        )
        ids = " ".join(instance_ids)
        raise Refused(f"Not all of {ids} are {state} after {timeout} seconds ({error}). {hint}") from error
