# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Task definitions, clusters and capacity providers in ECS: one function a call."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError, pages
from ansible_collections.landfall.aws.plugins.module_utils.ecs import tags
from ansible_collections.landfall.aws.plugins.module_utils.waiting import code_of

CLUSTER_DETAILS = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"]
MOST_AT_ONCE = 100  # that a call describes
MOST_DELETED = 10  # task definitions that a call deletes


def task_definition(client, name):
    """(described revision, its tags), or None. A family's name stands for its latest active revision."""
    try:
        answer = client.describe_task_definition(taskDefinition=name, include=["TAGS"])
    except ClientError as error:
        # AWS has no error of its own for this; what the caller may not do is AccessDeniedException.
        said = error.response["Error"].get("Message", "")
        if code_of(error) == "ClientException" and "Unable to describe task definition" in said:
            return None
        raise
    return answer["taskDefinition"], tags.as_dict(answer.get("tags"))


def revisions(client, family, status="ACTIVE"):
    """ARNs of a family's revisions, the newest first."""
    arns = pages(client, "list_task_definitions", "taskDefinitionArns", familyPrefix=family, status=status, sort="DESC")
    ours = [arn for arn in arns if family_of(arn) == family]
    return sorted(ours, key=revision_of, reverse=True)


def family_of(arn):
    return arn.rpartition("/")[2].rpartition(":")[0]


def revision_of(arn):
    return int(arn.rpartition(":")[2])


def register(client, arguments):
    answer = client.register_task_definition(**arguments)
    return answer["taskDefinition"], tags.as_dict(answer.get("tags"))


def deregister(client, arn):
    return client.deregister_task_definition(taskDefinition=arn)["taskDefinition"]


def delete_task_definitions(client, arns):
    """{ARN: reason} of those that AWS did not delete."""
    refused = {}
    for start in range(0, len(arns), MOST_DELETED):
        answer = client.delete_task_definitions(taskDefinitions=arns[start : start + MOST_DELETED])
        refused.update({each["arn"]: each.get("reason", "") for each in answer.get("failures", [])})
    return refused


def tag(client, arn, wanted):
    client.tag_resource(resourceArn=arn, tags=tags.as_list(wanted))


def untag(client, arn, keys):
    client.untag_resource(resourceArn=arn, tagKeys=list(keys))


def clusters(client, names, include=None):
    """The described clusters of these names or ARNs; those that were deleted are among them for a while."""
    found, include = [], CLUSTER_DETAILS if include is None else include
    for start in range(0, len(names), MOST_AT_ONCE):
        answer = client.describe_clusters(clusters=names[start : start + MOST_AT_ONCE], include=include)
        _raise(failure for failure in answer.get("failures", []) if failure.get("reason") != "MISSING")
        found += answer["clusters"]
    return found


def cluster_arns(client):
    return pages(client, "list_clusters", "clusterArns")


def create_cluster(client, arguments):
    return client.create_cluster(**arguments)["cluster"]


def update_cluster(client, arguments):
    return client.update_cluster(**arguments)["cluster"]


def put_capacity_providers(client, arguments):
    return client.put_cluster_capacity_providers(**arguments)["cluster"]


def delete_cluster(client, name):
    return client.delete_cluster(cluster=name)["cluster"]


def capacity_provider(client, name):
    """The described capacity provider, or None."""
    answer = client.describe_capacity_providers(capacityProviders=[name], include=["TAGS"])
    _raise(failure for failure in answer.get("failures", []) if failure.get("reason") != "MISSING")
    return next(iter(answer["capacityProviders"]), None)


def create_capacity_provider(client, arguments):
    return client.create_capacity_provider(**arguments)["capacityProvider"]


def update_capacity_provider(client, arguments):
    return client.update_capacity_provider(**arguments)["capacityProvider"]


def delete_capacity_provider(client, name, more):
    client.delete_capacity_provider(capacityProvider=name, **more)


def _raise(failures):
    """ECS answers some refusals with success, and tells them beside."""
    for failure in failures:
        said = {"Code": failure.get("reason", "Failure"), "Message": failure.get("detail") or failure.get("arn", "")}
        raise ClientError({"Error": said}, "Describe")
