# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be drawn, as Step Functions has it: a state machine, or an execution with its history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.asl.graph_outcomes import History, duration
from ansible_collections.landfall.aws.plugins.module_utils.asl.source import read
from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused
from ansible_collections.landfall.aws.plugins.module_utils.client import in_parallel, pages
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import api, names


@dataclass(frozen=True)
class Shown:
    """A definition, what it is called, and what else is said of it."""

    name: str
    source: Any
    facts: tuple[str, ...] = ()
    history: History | None = None
    arns: tuple[tuple[str, str], ...] = ()

    def outcome(self, state):
        return self.history.outcome(state) if self.history else None


def mistakes(options):
    """Why there is no such state machine or execution, before AWS is asked."""
    if options["state_machine"]:
        yield from names.machine_mistakes(options["state_machine"], "state_machine", qualified=True)
    if options["execution_arn"]:
        example = "arn:aws:states:eu-west-3:123456789012:execution:orders:2026-11-21"
        found = list(names.arn_mistakes(options["execution_arn"], ["execution", "express"], "execution_arn", example))
        if not found and names.is_express(options["execution_arn"]):
            found = [
                "execution_arn: AWS keeps no history of an EXPRESS execution; it is in the state machine's log group"
            ]
        yield from found


def machine(clients, given):
    """A state machine by name or ARN, also one version of it."""
    client = clients("stepfunctions")
    arn = given if given.startswith("arn:") else names.machine_arn(client, api.account(clients("sts")), given)
    described = api.machine(client, arn)
    if not described:
        raise Refused(f"There is no state machine {arn}. Look at its name and the region, or give a definition.")
    if described["definition"] is None:
        raise Refused(f"The definition of {arn} can't be read without the right kms:Decrypt for its key.")
    found = described["stateMachineArn"]
    name = ":".join(found.split(":")[6:])
    return Shown(name, read(described["definition"], name), (described["type"],), arns=(("state_machine_arn", found),))


def execution(clients, arn):
    """An execution, with the definition that it began with. What states were given and returned is not read."""
    client = clients("stepfunctions")
    found = in_parallel(
        described=lambda: client.describe_execution(executionArn=arn, includedData="METADATA_ONLY"),
        machine=lambda: client.describe_state_machine_for_execution(executionArn=arn),
        events=lambda: pages(
            client, "get_execution_history", "events", executionArn=arn, includeExecutionData=False, maxResults=1000
        ),
    )
    described = found["described"]
    source = read(found["machine"]["definition"], found["machine"]["name"])
    history = History(found["events"], described["status"])
    arns = (("state_machine_arn", described["stateMachineArn"]), ("execution_arn", arn))
    return Shown(found["machine"]["name"], source, (_said(described),), history, arns)


def _said(described):
    said = f"Execution {described.get('name') or names.last(described['executionArn'])}: {described['status']}"
    if described.get("stopDate"):
        said += f" after {duration((described['stopDate'] - described['startDate']).total_seconds())}"
    return f"{said}, {described['error']}" if described.get("error") else said
