# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""State machines, versions, aliases and executions in Step Functions: one function a call."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError, pages
from ansible_collections.landfall.aws.plugins.module_utils.waiting import code_of

KEY_REFUSED = ("KmsAccessDeniedException", "KmsInvalidStateException")
ALARM_TYPES = ["MetricAlarm", "CompositeAlarm"]


def _unless(codes, call, otherwise=None):
    try:
        return call()
    except ClientError as error:
        if code_of(error) in codes:
            return otherwise
        raise


def account(sts):
    return sts.get_caller_identity()["Account"]


def machine(client, arn):
    """The described state machine or version, or None. Its definition is None where its key may not be used."""
    try:
        return client.describe_state_machine(stateMachineArn=arn)
    except ClientError as error:
        if code_of(error) == "StateMachineDoesNotExist":
            return None
        if code_of(error) not in KEY_REFUSED:
            raise
    return {**client.describe_state_machine(stateMachineArn=arn, includedData="METADATA_ONLY"), "definition": None}


def key_arn(kms, alias):
    return kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"]


def machines(client):
    return pages(client, "list_state_machines", "stateMachines")


def create_machine(client, arguments):
    return client.create_state_machine(**arguments)


def update_machine(client, arguments):
    return client.update_state_machine(**arguments)


def delete_machine(client, arn):
    client.delete_state_machine(stateMachineArn=arn)


def validate(client, text, type_):
    """What AWS itself finds in a definition."""
    return client.validate_state_machine_definition(definition=text, type=type_, severity="WARNING")["diagnostics"]


def tags(client, arn):
    return {each["key"]: each["value"] for each in client.list_tags_for_resource(resourceArn=arn)["tags"]}


def tag(client, arn, wanted):
    client.tag_resource(resourceArn=arn, tags=listed(wanted))


def untag(client, arn, keys):
    client.untag_resource(resourceArn=arn, tagKeys=list(keys))


def listed(wanted):
    return [{"key": key, "value": value} for key, value in wanted.items()]


def version_arns(client, arn):
    """The newest first."""
    return [
        each["stateMachineVersionArn"] for each in _all(client.list_state_machine_versions, arn, "stateMachineVersions")
    ]


def alias_arns(client, arn):
    return [
        each["stateMachineAliasArn"] for each in _all(client.list_state_machine_aliases, arn, "stateMachineAliases")
    ]


def _all(call, arn, key):
    """All pages of calls that botocore has no paginator for."""
    found, more = [], {}
    while True:
        answer = call(stateMachineArn=arn, **more)
        found += answer[key]
        if not answer.get("nextToken"):
            return found
        more = {"nextToken": answer["nextToken"]}


def publish(client, arn, revision, description):
    """A version's ARN. Where the revision is known, of this one and no other; AWS makes no second one of the same."""
    given = {"revisionId": revision, "description": description}
    more = {key: value for key, value in given.items() if value}
    return client.publish_state_machine_version(stateMachineArn=arn, **more)["stateMachineVersionArn"]


def delete_version(client, arn):
    client.delete_state_machine_version(stateMachineVersionArn=arn)


def alias(client, arn):
    """The described alias, or None."""
    return _unless(
        ("ResourceNotFound", "StateMachineDoesNotExist"),
        lambda: client.describe_state_machine_alias(stateMachineAliasArn=arn),
    )


def create_alias(client, arguments):
    return client.create_state_machine_alias(**arguments)["stateMachineAliasArn"]


def update_alias(client, arn, **arguments):
    client.update_state_machine_alias(stateMachineAliasArn=arn, **arguments)


def delete_alias(client, arn):
    client.delete_state_machine_alias(stateMachineAliasArn=arn)


def alarm_states(cloudwatch, names):
    """{name: OK, ALARM or INSUFFICIENT_DATA} of the alarms that exist."""
    answer = cloudwatch.describe_alarms(AlarmNames=list(names), AlarmTypes=ALARM_TYPES)
    found = answer.get("MetricAlarms", []) + answer.get("CompositeAlarms", [])
    return {each["AlarmName"]: each["StateValue"] for each in found}


def execution(client, arn):
    """The described execution, or None. Its input and output are left out where its key may not be used."""
    try:
        return client.describe_execution(executionArn=arn)
    except ClientError as error:
        if code_of(error) == "ExecutionDoesNotExist":
            return None
        if code_of(error) not in KEY_REFUSED:
            raise
    return client.describe_execution(executionArn=arn, includedData="METADATA_ONLY")


def executions(client, limit, **arguments):
    """The newest ones, as many as ``limit``."""
    pager = client.get_paginator("list_executions").paginate(**arguments, PaginationConfig={"MaxItems": limit})
    return pager.build_full_result()["executions"]


def start(client, arguments):
    return client.start_execution(**arguments)


def start_sync(client, arguments):
    return client.start_sync_execution(**arguments)


def stop(client, arn, error, cause):
    said = {key: value for key, value in (("error", error), ("cause", cause)) if value}
    return client.stop_execution(executionArn=arn, **said)["stopDate"]


def redrive(client, arn):
    """botocore adds a token, so a call that it repeats redrives once."""
    client.redrive_execution(executionArn=arn)


def last_events(client, arn):
    """What happened last, the newest first; as much as one call tells."""
    return client.get_execution_history(executionArn=arn, reverseOrder=True, maxResults=1000)["events"]


def events(client, arn):
    return pages(client, "get_execution_history", "events", executionArn=arn)


def map_runs(client, execution_arn):
    """The described runs of an execution's distributed maps."""
    found = pages(client, "list_map_runs", "mapRuns", executionArn=execution_arn)
    return [client.describe_map_run(mapRunArn=each["mapRunArn"]) for each in found]
