# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Task runs, and whether the state machine's type allows it. Pure.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
"""

from __future__ import annotations

import json
import re
from difflib import get_close_matches

from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import close_to
from ansible_collections.landfall.aws.plugins.module_utils.asl.report import has_type, shown
from ansible_collections.landfall.aws.plugins.module_utils.asl.substitutions import has_placeholder
from ansible_collections.landfall.aws.plugins.module_utils.asl.tree import JSONATA

SYNC, TOKEN = ".sync", ".waitForTaskToken"
# service: (what besides request and response there is, actions)
OPTIMIZED = {
    "apigateway": ((TOKEN,), ("invoke",)),
    "athena": ((SYNC,), ("startQueryExecution", "stopQueryExecution", "getQueryExecution", "getQueryResults")),
    "batch": ((SYNC,), ("submitJob",)),
    "bedrockagentcore": ((), ("invokeHarness",)),
    "bedrock": ((SYNC, TOKEN), ("invokeModel", "createModelCustomizationJob")),
    "codebuild": (
        (SYNC,),
        (
            "startBuild",
            "stopBuild",
            "batchDeleteBuilds",
            "batchGetReports",
            "startBuildBatch",
            "stopBuildBatch",
            "retryBuildBatch",
            "deleteBuildBatch",
        ),
    ),
    "databrew": ((SYNC,), ("startJobRun",)),
    "dynamodb": ((), ("getItem", "putItem", "deleteItem", "updateItem")),
    "ecs": ((SYNC, TOKEN), ("runTask",)),
    "eks": (
        (SYNC, TOKEN),
        (
            "call",
            "runJob",
            "createCluster",
            "deleteCluster",
            "createFargateProfile",
            "deleteFargateProfile",
            "createNodegroup",
            "deleteNodegroup",
        ),
    ),
    "elasticmapreduce": (
        (SYNC,),
        (
            "createCluster",
            "terminateCluster",
            "addStep",
            "cancelStep",
            "setClusterTerminationProtection",
            "modifyInstanceFleetByName",
            "modifyInstanceGroupByName",
        ),
    ),
    "emr-containers": ((SYNC,), ("createVirtualCluster", "deleteVirtualCluster", "startJobRun")),
    "emr-serverless": (
        (SYNC,),
        (
            "createApplication",
            "startApplication",
            "stopApplication",
            "deleteApplication",
            "startJobRun",
            "cancelJobRun",
        ),
    ),
    "events": ((TOKEN,), ("putEvents",)),
    "glue": ((SYNC,), ("startJobRun",)),
    "http": ((), ("invoke",)),
    "lambda": ((TOKEN,), ("invoke",)),
    "mediaconvert": ((SYNC,), ("createJob",)),
    "sagemaker": (
        (SYNC,),
        (
            "createEndpoint",
            "createEndpointConfig",
            "createHyperParameterTuningJob",
            "createLabelingJob",
            "createModel",
            "createProcessingJob",
            "createTrainingJob",
            "createTransformJob",
            "updateEndpoint",
        ),
    ),
    "sns": ((TOKEN,), ("publish",)),
    "sqs": ((TOKEN,), ("sendMessage",)),
    "states": ((SYNC, TOKEN), ("startExecution",)),
}
NEEDED = {
    "apigateway:invoke": ("ApiEndpoint", "Method"),
    "batch:submitJob": ("JobDefinition", "JobName", "JobQueue"),
    "codebuild:startBuild": ("ProjectName",),
    "databrew:startJobRun": ("Name",),
    "dynamodb:deleteItem": ("TableName", "Key"),
    "dynamodb:getItem": ("TableName", "Key"),
    "dynamodb:putItem": ("TableName", "Item"),
    "dynamodb:updateItem": ("TableName", "Key"),
    "ecs:runTask": ("TaskDefinition",),
    "events:putEvents": ("Entries",),
    "glue:startJobRun": ("JobName",),
    "http:invoke": ("ApiEndpoint", "Method"),
    "lambda:invoke": ("FunctionName",),
    "sns:publish": ("Message",),
    "sqs:sendMessage": ("QueueUrl", "MessageBody"),
    "states:startExecution": ("StateMachineArn",),
}

_ARN = re.compile(r"arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]*):([0-9]*):(.+)")
_ACTION = re.compile(r"([a-z0-9-]+):([A-Za-z0-9]+)(\.sync(?::2)?|\.waitForTaskToken)?")
_SDK = re.compile(r"aws-sdk:([A-Za-z0-9-]+):([A-Za-z0-9]+)(\.sync(?::2)?|\.waitForTaskToken)?")
_FUNCTION = re.compile(r"function:[A-Za-z0-9_-]{1,140}(:(\$LATEST|[A-Za-z0-9_-]+))?")
_ACTIVITY = re.compile(r"activity:[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/]{1,80}")


def check(report, state, express):
    """``express`` says why no Standard feature can stand here, if so."""
    where, resource = (*state.path, "Resource"), state.body.get("Resource")
    if isinstance(resource, str) and not has_placeholder(resource):
        _resource(report, state, where, resource, express)
    _timeouts(report, state)


def _resource(report, state, where, resource, express):
    hint = "write it like arn:aws:states:::lambda:invoke, arn:aws:states:::aws-sdk:s3:getObject or a function's ARN"
    arn = _ARN.fullmatch(resource)
    if not arn:
        report.add(where, "RESOURCE", f"Resource {shown(resource, 100)} is not an ARN", hint, at_value=True)
        return
    service, region, account, rest = arn.group(2, 3, 4, 5)
    if service == "lambda":
        if not (region and account and _FUNCTION.fullmatch(rest)):
            hint = "write it like arn:aws:lambda:eu-west-3:123456789012:function:ship"
            report.add(where, "RESOURCE", f"Resource {shown(resource, 100)} is no function's ARN", hint, at_value=True)
    elif service != "states":
        report.add(where, "RESOURCE", f"A Task can't run {shown(resource, 100)}", hint, at_value=True)
    elif rest.startswith("activity:"):
        _activity(report, where, resource, region and account and _ACTIVITY.fullmatch(rest), express)
    elif rest.startswith("aws-sdk:"):
        _sdk(report, state, where, _SDK.fullmatch(rest), resource, express)
    else:
        _optimized(report, state, where, _ACTION.fullmatch(rest), resource, express)


def _activity(report, where, resource, right, express):
    if not right:
        hint = "write it like arn:aws:states:eu-west-3:123456789012:activity:pack"
        report.add(where, "RESOURCE", f"Resource {shown(resource, 100)} is no activity's ARN", hint, at_value=True)
    if express:
        report.add(
            where,
            "EXPRESS",
            f"{express} can't wait for an activity",
            "use a Lambda function, or STANDARD",
            at_value=True,
        )


def _sdk(report, state, where, found, resource, express):
    if not found:
        hint = "write it like arn:aws:states:::aws-sdk:s3:getObject"
        report.add(where, "RESOURCE", f"Resource {shown(resource, 100)} names no action", hint, at_value=True)
        return
    service, action, pattern = found.groups()
    right = f"aws-sdk:{service.lower()}:{action[0].lower()}{action[1:]}"
    if f"aws-sdk:{service}:{action}" != right:
        message = f"aws-sdk:{service}:{action} is not written as it should be"
        report.add(where, "RESOURCE", message, f"did you mean {right}?", at_value=True)
    if pattern and pattern.startswith(SYNC):
        report.add(
            where,
            "RESOURCE_PATTERN",
            f"aws-sdk integrations have no {pattern}",
            "poll for the end, or look for an optimized one",
            at_value=True,
        )
    _pattern(report, state, where, pattern, express)


def _optimized(report, state, where, found, resource, express):
    service = found and found[1]
    if service not in OPTIMIZED:
        named = service or resource.rpartition(":::")[2].partition(":")[0]
        mistyped = get_close_matches(named, OPTIMIZED, n=1, cutoff=0.8)
        hint = f'did you mean "{mistyped[0]}"?' if mistyped else f"every service of AWS has aws-sdk:{named}:..."
        code = "RESOURCE" if mistyped or not found else "UNKNOWN_INTEGRATION"
        report.add(where, code, f'there is no optimized integration "{named}"', hint, at_value=True)
        return
    action, pattern = found.group(2, 3)
    patterns, actions = OPTIMIZED[service]
    if action not in actions:
        mistyped = get_close_matches(action, actions, n=1, cutoff=0.8)
        hint = f'did you mean "{mistyped[0]}"?' if mistyped else f"use aws-sdk:{service}:{action}"
        report.add(where, "UNKNOWN_INTEGRATION", f"{service} has no optimized {action}", hint, at_value=True)
    if pattern and not pattern.startswith(patterns or ("nothing",)):
        hint = f"it has {' and '.join(patterns)}" if patterns else "leave it out"
        report.add(where, "RESOURCE_PATTERN", f"{service} has no {pattern}", hint, at_value=True)
    _pattern(report, state, where, pattern, express)
    _arguments(report, state, f"{service}:{action}")


def _pattern(report, state, where, pattern, express):
    if pattern and express:
        report.add(where, "EXPRESS", f"{express} has no {pattern}", "leave it out, or use STANDARD", at_value=True)
    if pattern == TOKEN and not _hands_token_on(state):
        token = "{% $states.context.Task.Token %}" if state.language == JSONATA else "$$.Task.Token"
        report.add(
            where, "NO_TASK_TOKEN", "This waits for a task token that nobody gets", f"hand on {token}", at_value=True
        )


def _given(state):
    return state.body.get("Arguments" if state.language == JSONATA else "Parameters")


def _hands_token_on(state):
    text = json.dumps(_given(state))
    # The whole context object has it, too.
    return any(
        each in text for each in ("Task.Token", "['Token']", '"$$"', "$states.context ", "${")
    ) or "$$.Task.Token" in str(state.body.get("InputPath"))


def _arguments(report, state, action):
    given = _given(state)
    if not isinstance(given, dict):
        return  # it comes with the input, or from an expression
    name = "Arguments" if state.language == JSONATA else "Parameters"
    for needed in NEEDED.get(action, ()):
        if needed not in given and f"{needed}.$" not in given:
            hint = close_to(needed, given) and "look at the names"
            report.add((*state.path, name), "MISSING_ARGUMENT", f"{action} needs {needed}", hint or "")


def _timeouts(report, state):
    heartbeat, timeout = state.body.get("HeartbeatSeconds"), state.body.get("TimeoutSeconds")
    if has_type(heartbeat, "integer") and has_type(timeout, "integer") and heartbeat >= timeout:
        message = f"HeartbeatSeconds is {heartbeat}, and TimeoutSeconds is {timeout}"
        hint = "give fewer than TimeoutSeconds"
        report.add((*state.path, "HeartbeatSeconds"), "TIMEOUTS", message, hint, at_value=True)
