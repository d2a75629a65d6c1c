# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a host and what belongs to it from AWS: one function a call. Nothing here changes anything."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError, in_parallel, pages
from ansible_collections.landfall.aws.plugins.module_utils.host import images
from ansible_collections.landfall.aws.plugins.module_utils.tags import filters, own_tags, tag_filters

ALIVE = ["pending", "running", "stopping", "stopped"]


def instances_named(client, name):
    wanted = tag_filters({"Name": name}) + filters(instance_state_name=ALIVE)
    return [
        instance
        for reservation in pages(client, "describe_instances", "Reservations", Filters=wanted)
        for instance in reservation["Instances"]
    ]


def key_pairs_named(client, name):
    return client.describe_key_pairs(Filters=filters(key_name=name), IncludePublicKey=True)["KeyPairs"]


def security_groups_named(client, name):
    return pages(client, "describe_security_groups", "SecurityGroups", Filters=filters(group_name=name))


def addresses(client):
    # All of the region, which are few, to see what others have attached to the instance too.
    return client.describe_addresses()["Addresses"]


def vpcs_tagged(client, tags):
    return pages(client, "describe_vpcs", "Vpcs", Filters=tag_filters(tags))


def subnets_tagged(client, tags):
    return pages(client, "describe_subnets", "Subnets", Filters=tag_filters(tags))


def subnet(client, subnet_id):
    return client.describe_subnets(SubnetIds=[subnet_id])["Subnets"][0]


def termination_protection(client, instance_id):
    answer = client.describe_instance_attribute(InstanceId=instance_id, Attribute="disableApiTermination")
    return answer["DisableApiTermination"]["Value"]


def volumes_of(client, instance_id):
    wanted = [{"Name": "attachment.instance-id", "Values": [instance_id]}]
    return pages(client, "describe_volumes", "Volumes", Filters=wanted)


def instance_type(client, name):
    """The described type, or None if AWS does not know it in this region."""
    try:
        return client.describe_instance_types(InstanceTypes=[name])["InstanceTypes"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("InvalidInstanceType", "InvalidParameterValue"):
            return None
        raise


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


def read(client, spec):
    """What may be ours, and where the host is to stand."""
    reads = {
        "instances": lambda: instances_named(client, spec.name),
        "key_pairs": lambda: key_pairs_named(client, spec.name),
        "security_groups": lambda: security_groups_named(client, spec.name),
        "addresses": lambda: addresses(client),
    }
    if spec.subnet_id and not spec.vpc_id:
        reads["subnet"] = lambda: subnet(client, spec.subnet_id)
    elif not spec.subnet_id:
        environment = own_tags(spec.project, spec.environment)
        reads["subnets"] = lambda: subnets_tagged(client, {**environment, "Tier": "public"})
        if not spec.vpc_id:
            reads["vpcs"] = lambda: vpcs_tagged(client, {"Name": spec.vpc_name, **environment})
    return in_parallel(**reads)


def read_instance(client, instance_id):
    """What describing instances does not say."""
    return in_parallel(
        termination_protection=lambda: termination_protection(client, instance_id),
        volumes=lambda: volumes_of(client, instance_id),
    )


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
