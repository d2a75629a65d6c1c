# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services, their deployments and tasks in ECS: one function a call."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused
from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError, pages
from ansible_collections.landfall.aws.plugins.module_utils.waiting import code_of

AT_ONCE = {"services": 10, "tasks": 100}  # how many AWS describes in one call


def _batches(items, size):
    return [items[start : start + size] for start in range(0, len(items), size)]


def service(client, cluster, name):
    """The described service, or None. Another one that AWS answers with is not it."""
    wanted = name.rsplit("/", 1)[-1]
    return next((each for each in services(client, cluster, [name]) if each["serviceName"] == wanted), None)


def services(client, cluster, names):
    """Those of these names or ARNs that exist, with their tags."""
    found = []
    for batch in _batches(names, AT_ONCE["services"]):
        answer = client.describe_services(cluster=cluster, services=batch, include=["TAGS"])
        _refuse_failures(answer, f"services of the cluster {cluster}")
        found += answer["services"]
    return found


def _refuse_failures(answer, what):
    wrong = [each for each in answer.get("failures", []) if each.get("reason") != "MISSING"]
    if wrong:
        reasons = "; ".join(f"{each.get('arn')}: {reason(each)}" for each in wrong)
        raise Refused(f"AWS does not describe the {what}: {reasons}")


def reason(failure):
    """Why AWS did not do something, of an entry in ``failures``."""
    return ": ".join(each for each in (failure.get("reason"), failure.get("detail")) if each)


def service_arns(client, cluster):
    return pages(client, "list_services", "serviceArns", cluster=cluster)


def create_service(client, arguments):
    return client.create_service(**arguments)["service"]


def update_service(client, arguments):
    return client.update_service(**arguments)["service"]


def delete_service(client, cluster, name, force):
    return client.delete_service(cluster=cluster, service=name, force=force)["service"]


def tag(client, arn, wanted):
    client.tag_resource(resourceArn=arn, tags=listed(wanted))


def untag(client, arn, keys):
    client.untag_resource(resourceArn=arn, tagKeys=list(keys))


def listed(tags):
    return [{"key": str(key), "value": str(value)} for key, value in tags.items()]


def tags_of(described):
    return {each["key"]: each.get("value", "") for each in described.get("tags", [])}


def service_deployment(client, arn):
    """One deployment as AWS keeps it, also when the service has gone on; None where it has forgotten it."""
    found = client.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
    return found[0] if found else None


def service_deployments(client, cluster, name, limit, status=()):
    """The newest first, in short."""
    more = {"status": list(status)} if status else {}
    answer = client.list_service_deployments(cluster=cluster, service=name, maxResults=limit, **more)
    return answer["serviceDeployments"]


def stop_service_deployment(client, arn, stop_type):
    client.stop_service_deployment(serviceDeploymentArn=arn, stopType=stop_type)


def continue_service_deployment(client, arn, hook_id):
    client.continue_service_deployment(serviceDeploymentArn=arn, hookId=hook_id, action="CONTINUE")


def service_revisions(client, arns):
    """{ARN: service revision}"""
    found = client.describe_service_revisions(serviceRevisionArns=arns)["serviceRevisions"]
    return {each["serviceRevisionArn"]: each for each in found}


def task_definition(client, name):
    """The described task definition, of a family its latest one; None where there is none."""
    try:
        return client.describe_task_definition(taskDefinition=name)["taskDefinition"]
    except ClientError as error:
        if code_of(error) == "ClientException" and "nable to describe" in error.response["Error"].get("Message", ""):
            return None
        raise


def run_task(client, arguments):
    return client.run_task(**arguments)


def start_task(client, arguments):
    return client.start_task(**arguments)


def stop_task(client, cluster, task, why):
    more = {"reason": why} if why else {}
    return client.stop_task(cluster=cluster, task=task, **more)["task"]


def task_arns(client, cluster, **arguments):
    return pages(client, "list_tasks", "taskArns", cluster=cluster, **arguments)


def tasks(client, cluster, arns):
    """Those that AWS still knows; it forgets a stopped one after an hour."""
    found = []
    for batch in _batches(arns, AT_ONCE["tasks"]):
        answer = client.describe_tasks(cluster=cluster, tasks=batch, include=["TAGS"])
        _refuse_failures(answer, f"tasks of the cluster {cluster}")
        found += answer["tasks"]
    return found


def log_lines(logs, group, stream, limit):
    """The last lines of a log stream."""
    answer = logs.get_log_events(logGroupName=group, logStreamName=stream, limit=limit, startFromHead=False)
    return [each["message"].rstrip() for each in answer["events"]]


def security_group_ids(ec2, subnet, names):
    """{name: id} of the security groups of these names in the VPC of a subnet."""
    vpc = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": names}]
    return {
        each["GroupName"]: each["GroupId"] for each in ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    }
