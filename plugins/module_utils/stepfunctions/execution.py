# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An execution is started, stopped or redriven, and waited for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.changes import Change, Refused
from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError
from ansible_collections.landfall.aws.plugins.module_utils.shapes import as_option, output_shape
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import api, history, names
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions.definition import canonical
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions.execution_options import EXPRESS, name_for
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions.state_machine import find
from ansible_collections.landfall.aws.plugins.module_utils.waiting import code_of, poll, repeat

UNDER_WAY = ("RUNNING", "PENDING_REDRIVE")
BEFORE = timedelta(seconds=1)  # an execution that began that long before its start was answered is another run's
THROTTLED = ("ThrottlingException", "TooManyRequestsException")


class Failed(Refused):
    """An execution that was waited for did not succeed."""

    def __init__(self, message, failure):
        super().__init__(message)
        self.failure = history.told(failure)


@dataclass
class Execution:
    """One run for one execution."""

    client: Any
    identity: Any
    options: dict
    notes: list = field(default_factory=list)
    changed: bool = False
    before: str | None = None  # the status that it had
    described: dict = field(default_factory=dict)
    events: list = field(default_factory=list)

    def converge(self, sync_client, check_mode):
        """Start, stop or redrive it, and wait where that is wanted."""
        options = self.options
        if options["sync"]:
            self.start_sync(sync_client, check_mode)
        else:
            act = {"started": self.start, "stopped": self.stop, "redriven": self.redrive}[options["state"]]
            self.described = act(check_mode)
            if options["wait"] and not check_mode:
                self.wait()

    @property
    def change(self):
        """What happened to it, or would."""
        name = self.described.get("name") or self.options["name"] or "(named when it starts)"
        known = (self.described.get("execution_arn"), {"status": self.before} if self.before else None)
        after = {"status": self.described.get("status", "RUNNING")}
        if not self.changed:
            return Change("unchanged", "execution", name, *known, after, "")
        return Change(
            "change" if self.before else "add", "execution", name, *known, after, f"state {self.options['state']}"
        )

    def start(self, check_mode):
        options, name = self.options, name_for(self.options)
        lasting = options["name"] or options["once"]
        if check_mode and not lasting:
            self.changed = True
            return {}
        machine = find(self.client, self.identity, options["state_machine"])
        if check_mode:
            return self._known(machine, name) or self._would_start(machine, name)
        try:
            answer = api.start(self.client, self._arguments(machine, name))
        except ClientError as error:
            if code_of(error) != "ExecutionAlreadyExists":
                raise
            return self._known(machine, name) or self._raise(error)
        self.changed = not (lasting and _began_before(answer))
        if options["once"] and names.is_express(answer["executionArn"]):
            self.notes.append("once: AWS remembers no executions of EXPRESS state machines, so each run starts one.")
        return self._snake("StartExecution", answer, state_machine_arn=machine, name=name, status="RUNNING")

    def _arguments(self, machine, name):
        more = {"traceHeader": self.options["trace_header"]} if self.options["trace_header"] else {}
        return {"stateMachineArn": machine, "name": name, "input": self.options["input"], **more}

    def _would_start(self, machine, name):
        self.changed = True
        return {"name": name, "state_machine_arn": machine}

    def _known(self, machine, name):
        """The execution of this name, if it has this input; none may have another."""
        described = self.describe(names.execution_arn(machine, name))
        if not described:
            return None
        if "input" not in described:
            self.notes.append(f"The input of {name} is encrypted with a key that you may not use, and is not compared.")
        elif canonical(json.loads(described["input"])) != canonical(json.loads(self.options["input"])):
            raise Refused(
                f"There is an execution {name} of {names.machine_name(machine)} with another input, {described['status']} since "
                f"{described['start_date']}. Nothing was started. Give another name; AWS keeps this one for 90 days."
            )
        self.before = described["status"]
        return described

    @staticmethod
    def _raise(error):
        raise error

    def start_sync(self, client, check_mode):
        """An EXPRESS execution whose end AWS waits for; it is never started twice, so only what was throttled is repeated."""
        self.changed = True
        if check_mode:
            return
        machine = find(self.client, self.identity, self.options["state_machine"])
        arguments = self._arguments(machine, name_for(self.options))
        try:
            answer = repeat(lambda: api.start_sync(client, arguments), lambda error: code_of(error) in THROTTLED, 30, 1)
        except ClientError as error:
            if code_of(error) == "StateMachineTypeNotSupported":
                raise Refused(
                    f"sync: {names.machine_name(machine)} is a STANDARD state machine, and only EXPRESS ones answer at once. "
                    "Leave sync out, and give wait: true."
                ) from error
            raise
        self.described = described = self._snake("StartSyncExecution", answer)
        if described["status"] in history.UNSUCCESSFUL:
            failure = {"error": described.get("error"), "cause": history.decoded(described.get("cause"))}
            raise Failed(history.explanation(described, failure, _seconds(described)), failure)

    def existing(self):
        """The execution that is meant."""
        options, arn = self.options, self.options["execution_arn"]
        if not arn:
            arn = names.execution_arn(find(self.client, self.identity, options["state_machine"]), options["name"])
        described = self.describe(arn)
        if not described:
            raise Refused(
                f"There is no execution {arn}. Those of EXPRESS state machines can't be {options['state']}, and AWS forgets "
                "others after 90 days."
            )
        return described

    def stop(self, check_mode):
        described = self.existing()
        self.before, self.changed = described["status"], described["status"] in UNDER_WAY
        if self.changed and not check_mode:
            ended = api.stop(self.client, described["execution_arn"], self.options["error"], self.options["cause"])
            described = {**described, "status": "ABORTED", "stop_date": ended.isoformat()}
        return described

    def redrive(self, check_mode):
        described = self.existing()
        self.before = described["status"]
        if described["status"] not in history.UNSUCCESSFUL:
            return described
        if described.get("redrive_status", "REDRIVABLE") != "REDRIVABLE":
            self._not_redrivable(described.get("redrive_status_reason"))
        self.changed = True
        if check_mode:
            return described
        try:
            api.redrive(self.client, described["execution_arn"])
        except ClientError as error:
            if code_of(error) != "ExecutionNotRedrivable":
                raise
            self._not_redrivable(error.response["Error"]["Message"])
        return {**described, "status": "RUNNING", "redrive_count": described.get("redrive_count", 0) + 1}

    def _not_redrivable(self, reason):
        raise Refused(
            f"The execution can't be redriven: {reason or 'AWS does not say why'} Start a new one, with another name."
        )

    def wait(self):
        """Until it has ended; if it did not succeed, the reason why is raised."""
        arn, timeout = self.described["execution_arn"], self.options["wait_timeout"]
        if names.is_express(arn):
            self.notes.append(
                f"{arn} is {EXPRESS}. So it was not waited for; with sync: true AWS answers when it has ended."
            )
            return
        # Just after a redrive AWS may still describe how it ended before.
        redriven = self.described.get("redrive_count", 0)

        def ended():
            seen = self.describe(arn) or {}
            over = seen.get("status") not in (None, *UNDER_WAY) and seen.get("redrive_count", 0) >= redriven
            return seen if over else None

        seen = self.described if self._is_over() else poll(ended, timeout, self.options["wait_delay"])
        if not seen:
            self._too_late(arn, timeout)
        self.described = seen
        if self.options["history"] == "all":
            self.events = self._history(arn)
        if seen["status"] in history.UNSUCCESSFUL and self.options["state"] != "stopped":
            raise self._failure(seen)

    def _is_over(self):
        """Whether what is known is the end already."""
        return not self.changed and self.described["status"] not in UNDER_WAY

    def _too_late(self, arn, timeout):
        failure = {} if self.options["history"] == "none" else history.failure_of(api.last_events(self.client, arn))
        where = f' in state "{failure["state"]}"' if failure.get("state") else ""
        stopped = ""
        if self.options["stop_on_timeout"]:
            api.stop(self.client, arn, "Timeout", f"Not through after {timeout} seconds")
            self.described["status"], stopped = "ABORTED", " It was stopped."
        raise Failed(
            f"The execution {names.last(arn)} is still RUNNING{where} after {timeout} seconds.{stopped}", failure
        )

    def _history(self, arn):
        shape = output_shape(self.client, "GetExecutionHistory").members["events"]
        return history.readable(as_option(shape, api.events(self.client, arn)))

    def _failure(self, seen):
        failure = {"error": seen.get("error"), "cause": history.decoded(seen.get("cause"))}
        if self.options["history"] != "none":
            told = history.failure_of(api.last_events(self.client, seen["execution_arn"]))
            failure = {**told, **{key: value for key, value in failure.items() if value}}
        return Failed(history.explanation(seen, failure, _seconds(seen)), failure)

    def describe(self, arn):
        described = api.execution(self.client, arn)
        return self._snake("DescribeExecution", described) if described else None

    def _snake(self, operation, answer, **more):
        return {**more, **as_option(output_shape(self.client, operation), answer)}


def _began_before(answer):
    """Whether an execution was there already: AWS answers the same for one of the same name and input that is RUNNING."""
    said = answer["ResponseMetadata"]
    date = said.get("HTTPHeaders", {}).get("date")
    if said.get("RetryAttempts") or not date or names.is_express(answer["executionArn"]):
        return False
    return parsedate_to_datetime(date) - answer["startDate"] > BEFORE


def _seconds(described):
    """For how long it ran."""
    begun, ended = (described.get(each) for each in ("start_date", "stop_date"))
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(begun)).total_seconds() if begun and ended else None


def shown(described):
    """An execution as it is returned; what went in is the caller's own, and stays out of logs."""
    result = {key: value for key, value in described.items() if key not in ("input", "input_details", "output_details")}
    if "output" in result:
        result["output"] = history.parsed(result["output"])
    return result
