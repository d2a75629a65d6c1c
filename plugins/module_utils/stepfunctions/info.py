# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""State machines and executions as they are, for those who only look."""

from __future__ import annotations

import json

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused
from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError, in_parallel
from ansible_collections.landfall.aws.plugins.module_utils.shapes import as_option, output_shape
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import api, history, names
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions.state_machine import find
from ansible_collections.landfall.aws.plugins.module_utils.waiting import code_of


def state_machines(client, identity, options):
    """All state machines, or those of these names that exist, with what is asked for of each."""
    given, include = options["names"], options["include"]
    if given is None:
        shape = output_shape(client, "ListStateMachines").members["stateMachines"]
        found = as_option(shape, api.machines(client))
    else:
        account = _once(identity)
        found = [{"state_machine_arn": find(client, account, each)} for each in given]
        include = [*include, "details"]
    described = in_parallel(
        {each["state_machine_arn"]: lambda each=each: _machine(client, each, include) for each in found}
    )
    return [each for each in described.values() if each]


def _once(identity):
    known = []

    def account():
        if not known:
            known.append(identity())
        return known[0]

    return account


def _machine(client, found, include):
    """One of them, or None where there is none of this name."""
    arn, result = found["state_machine_arn"], dict(found)
    if "details" in include:
        described = as_option(output_shape(client, "DescribeStateMachine"), api.machine(client, arn))
        if not described:
            return None
        text = described["definition"]
        result.update(described, definition=None if text is None else json.loads(text))
    if "tags" in include:
        result["tags"] = api.tags(client, arn)
    if "versions" in include:
        result["versions"] = [_version(each) for each in api.version_arns(client, arn)]
    if "aliases" in include:
        result["aliases"] = [_alias(client, each) for each in api.alias_arns(client, arn)]
    return result


def _version(arn):
    return {"version": names.last(arn), "state_machine_version_arn": arn}


def _alias(client, arn):
    return as_option(output_shape(client, "DescribeStateMachineAlias"), api.alias(client, arn))


def executions(client, identity, options):
    """The executions that are meant, the newest first, with what is asked for of each."""
    arns = options["execution_arns"]
    if arns is None:
        machine = find(client, identity, options["state_machine"])
        arguments = {"stateMachineArn": machine}
        if options["status"]:
            arguments["statusFilter"] = options["status"]
        arns = [each["executionArn"] for each in _listed(client, options["limit"], arguments)]
    described = in_parallel({arn: lambda arn=arn: _execution(client, arn, options) for arn in arns})
    return [each for each in described.values() if each]


def _listed(client, limit, arguments):
    try:
        return api.executions(client, limit, **arguments)
    except ClientError as error:
        if code_of(error) != "StateMachineTypeNotSupported":
            raise
        name = names.machine_name(arguments["stateMachineArn"])
        raise Refused(
            f"{name} is an EXPRESS state machine, of whose executions AWS tells nothing; look at its log group."
        ) from error


def _execution(client, arn, options):
    described = as_option(output_shape(client, "DescribeExecution"), api.execution(client, arn))
    if not described:
        return None
    if "input" in described:
        described["input"] = history.masked(history.parsed(described["input"]))
    if "output" in described:
        described["output"] = history.parsed(described["output"])
    if options["history"] == "failures" and described["status"] in history.UNSUCCESSFUL:
        described["failure"] = history.told(history.failure_of(api.last_events(client, arn)))
    if options["history"] == "all":
        shape = output_shape(client, "GetExecutionHistory").members["events"]
        described["events"] = history.readable(as_option(shape, api.events(client, arn)))
    if options["map_runs"]:
        shape = output_shape(client, "DescribeMapRun")
        described["map_runs"] = [as_option(shape, each) for each in api.map_runs(client, arn)]
    return described
