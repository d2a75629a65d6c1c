# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a host and what belongs to it from AWS: one function a call. Only ``set_monitoring`` changes anything."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError, in_parallel, pages
from ansible_collections.landfall.aws.plugins.module_utils.host import images
from ansible_collections.landfall.aws.plugins.module_utils.host.spec import MONITORING
from ansible_collections.landfall.aws.plugins.module_utils.tags import filters, own_tags, tag_filters

ALIVE = ["pending", "running", "stopping", "stopped"]


def instances_tagged(client, tags):
    wanted = tag_filters(tags) + filters(instance_state_name=ALIVE)
    return [
        instance
        for reservation in pages(client, "describe_instances", "Reservations", Filters=wanted)
        for instance in reservation["Instances"]
    ]


def key_pairs_named(client, name):
    return client.describe_key_pairs(Filters=filters(key_name=name), IncludePublicKey=True)["KeyPairs"]


def security_groups_named(client, names):
    return pages(client, "describe_security_groups", "SecurityGroups", Filters=filters(group_name=names))


def addresses(client):
    # All of the region, which are few, to see what others have attached to the instance too.
    return client.describe_addresses()["Addresses"]


def vpcs_tagged(client, tags):
    return pages(client, "describe_vpcs", "Vpcs", Filters=tag_filters(tags))


def subnets_tagged(client, tags):
    return pages(client, "describe_subnets", "Subnets", Filters=tag_filters(tags))


def subnets(client, subnet_ids):
    return client.describe_subnets(SubnetIds=subnet_ids)["Subnets"]


def termination_protection(client, instance_id):
    answer = client.describe_instance_attribute(InstanceId=instance_id, Attribute="disableApiTermination")
    return answer["DisableApiTermination"]["Value"]


def volumes_of(client, instance_ids):
    wanted = [{"Name": "attachment.instance-id", "Values": instance_ids}]
    return pages(client, "describe_volumes", "Volumes", Filters=wanted)


def instance_type(client, name):
    """The described type, or None if AWS does not know it in this region."""
    try:
        return client.describe_instance_types(InstanceTypes=[name])["InstanceTypes"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("InvalidInstanceType", "InvalidParameterValue"):
            return None
        raise


def free_tier_types(client):
    free = pages(client, "describe_instance_types", "InstanceTypes", Filters=filters(free_tier_eligible="true"))
    return sorted(each["InstanceType"] for each in free)


def published_images(client, os, architecture):
    wanted = filters(name=images.pattern(os, architecture), architecture=architecture, state="available")
    return pages(client, "describe_images", "Images", Owners=[images.PUBLICATIONS[os].owner], Filters=wanted)


def image(client, ami):
    try:
        return client.describe_images(ImageIds=[ami])["Images"]
    except ClientError as error:
        if error.response["Error"]["Code"].startswith("InvalidAMIID"):
            return []
        raise


def interfaces_with_group(client, group_ids):
    return pages(client, "describe_network_interfaces", "NetworkInterfaces", Filters=filters(group_id=group_ids))


def groups_that_name(client, group_ids):
    """The security groups with a rule for one of these; they have to go first."""
    named = filters(**{"ip-permission.group-id": group_ids})
    return pages(client, "describe_security_groups", "SecurityGroups", Filters=named)


def users_of_groups(client, group_ids):
    """What keeps security groups from being removed."""
    if not group_ids:
        return {"interfaces": [], "groups": []}
    return in_parallel(
        interfaces=lambda: interfaces_with_group(client, group_ids),
        groups=lambda: groups_that_name(client, group_ids),
    )


def instance_profile(iam, name):
    return _or_nothing(lambda: iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"])


def role(iam, name):
    return _or_nothing(lambda: iam.get_role(RoleName=name)["Role"])


def role_policy(iam, name):
    return _or_nothing(lambda: iam.get_role_policy(RoleName=name, PolicyName=name)["PolicyDocument"])


def _or_nothing(read_one):
    try:
        return read_one()
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        return None


def read(client, spec):
    """What may be ours, and where the hosts are to stand: the same calls for one host and for a hundred."""
    environment = own_tags(spec.project, spec.environment)
    reads = {
        "instances": lambda: instances_tagged(client, environment),
        "namesakes": lambda: instances_tagged(client, {"Name": spec.names}),
        "key_pairs": lambda: key_pairs_named(client, spec.name),
        "security_groups": lambda: security_groups_named(client, spec.group_names),
        "addresses": lambda: addresses(client),
    }
    if not spec.subnet_ids:
        reads["subnets"] = lambda: subnets_tagged(client, {**environment, "Tier": spec.tier})
        if not spec.vpc_id:
            reads["vpcs"] = lambda: vpcs_tagged(client, {"Name": spec.vpc_name, **environment})
    elif not spec.vpc_id or any(host.availability_zone for host in spec.placed):
        reads["subnets"] = lambda: subnets(client, list(spec.subnet_ids))
    return in_parallel(**reads)


def read_instances(client, instance_ids, protected_ids):
    """What describing instances does not say. AWS tells of the protection one by one, so it is asked only where it matters."""
    if not instance_ids:
        return {"volumes": [], "protection": {}}
    reads = {each: lambda each=each: termination_protection(client, each) for each in protected_ids}
    found = in_parallel(reads, volumes=lambda: volumes_of(client, instance_ids))
    return {"volumes": found.pop("volumes"), "protection": found}


def read_profile(iam, name):
    """The instance profile, its role and that role's policy."""
    return in_parallel(
        instance_profile=lambda: instance_profile(iam, name),
        role=lambda: role(iam, name),
        policy=lambda: role_policy(iam, name),
    )


def monitoring_of(client, instance_ids):
    """By id; what is under way counts as done."""
    found = pages(client, "describe_instances", "Reservations", InstanceIds=instance_ids)
    instances = [instance for reservation in found for instance in reservation["Instances"]]
    return {each["InstanceId"]: MONITORING[each["Monitoring"]["State"]] for each in instances}


def set_monitoring(client, instance_ids, monitoring):
    change = client.monitor_instances if monitoring == "detailed" else client.unmonitor_instances
    change(InstanceIds=instance_ids)


def console_output(client, instance_id):
    """What the console shows now. Only Nitro types can say; of the others, what AWS noted down last."""
    try:
        answer = client.get_console_output(InstanceId=instance_id, Latest=True)
    except ClientError as error:
        if error.response["Error"]["Code"] != "UnsupportedOperation":
            raise
        answer = client.get_console_output(InstanceId=instance_id)
    return answer.get("Output", "")


def agent_of(client, instance_id):
    """What Systems Manager knows of the agent on an instance; nothing where it has never called."""
    wanted = [{"Key": "InstanceIds", "Values": [instance_id]}]
    try:
        found = pages(client, "describe_instance_information", "InstanceInformationList", Filters=wanted)
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidInstanceId":
            raise
        found = []
    return found[0] if found else {}
