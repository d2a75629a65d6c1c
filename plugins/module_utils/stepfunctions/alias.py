# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An alias is made, shifted step by step while alarms are looked at, and taken back when one of them fires."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, ClientError
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import api, names, shift
from ansible_collections.landfall.aws.plugins.module_utils.waiting import code_of, poll

FIRING = "ALARM"


class Stopped(Exception):
    """A shift that does not go on, and why."""


@dataclass
class Alias:
    """One run for one alias."""

    client: Any
    cloudwatch: Any  # makes the client, which is needed only where alarms are
    options: dict
    machine_arn: str
    tell: Any  # takes a line as soon as there is one
    steps: list = field(default_factory=list)
    alarm_states: dict = field(default_factory=dict)
    described: dict | None = None

    @property
    def name(self):
        return self.options["name"]

    @property
    def arn(self):
        return f"{self.machine_arn}:{self.name}"

    def converge(self, check_mode):
        """The change of the alias, made unless in check mode."""
        self.described = api.alias(self.client, self.arn)
        change = shift.plan(self.name, self.arn, self.options, self.described, self._latest())
        if not change.pending:
            return change
        if change.action == "remove":
            if not check_mode:
                api.delete_alias(self.client, self.arn)
            return change
        live, wanted = shift.routing_of(self.described), change.after["routing"]
        moves = wanted is not None and wanted != live
        steps = shift.steps(self.options, live, wanted) if moves else []
        if moves:
            self._look_before(steps, live, wanted, check_mode)
        if check_mode:
            self._require(wanted or {})
            self.steps = [{"routing": each.routing, "watched_seconds": each.watch} for each in steps]
            return change
        self._make(change, steps, shift.way_back(live, wanted) if moves else None)
        return change

    def _latest(self):
        options = self.options
        given = [options["version"], *(each["version"] for each in options["routing"] or [])]
        if options["state"] == "absent" or shift.LATEST not in given:
            return None
        arns = api.version_arns(self.client, self.machine_arn)
        if not arns:
            raise Refused(
                f"version: {names.machine_name(self.machine_arn)} has no version. Publish one: the module "
                "stepfunctions_state_machine does it with publish: true."
            )
        return names.last(arns[0])

    def _require(self, routing):
        """In check mode nothing else finds out whether the versions exist."""
        for version in routing:
            if not api.machine(self.client, f"{self.machine_arn}:{version}"):
                raise self._no_version(version)

    def _no_version(self, version):
        return Refused(
            f"version: there is no version {version} of {names.machine_name(self.machine_arn)}, or no such state machine."
        )

    def _look_before(self, steps, live, wanted, check_mode):
        """Nothing is shifted onto an alarm that does not exist or fires already."""
        if not self.options["alarms"]:
            return
        try:
            self._look()
        except Stopped as stopped:
            if steps[0].there and self.options["rollback"] and not check_mode:
                self._roll_back(shift.way_back(live, wanted), str(stopped))
            raise Refused(f"The alias {self.name} was not shifted: {stopped}") from stopped

    def _look(self):
        alarms = self.options["alarms"]
        try:
            states = self.alarm_states = api.alarm_states(self.cloudwatch(), alarms)
        except AWS_ERRORS as error:
            raise Stopped(f"the alarms can't be looked at: {error}") from error
        missing = [each for each in alarms if each not in states]
        if missing:
            raise Stopped(f"there is no alarm {', '.join(missing)} in this account and region")
        firing = [each for each in alarms if states[each] == FIRING]
        if firing:
            raise Stopped(f"{', '.join(firing)} is in ALARM")

    def _make(self, change, steps, back):
        description = self.options["description"]
        more = (
            {}
            if description is None or description == (change.before or {}).get("description")
            else {"description": description}
        )
        if not steps:
            self._update(**more)
        for index, step in enumerate(steps):
            try:
                self._take(step, change.action == "add", index, more)
                self._watch(step, last=index == len(steps) - 1)
            except Stopped as stopped:
                if self.options["rollback"] and back:
                    self._roll_back(back, str(stopped))
                raise Refused(f"The alias {self.name} leads to {step.label}, and stays so: {stopped}") from stopped
            more = {}

    def _take(self, step, new, index, more):
        routing = shift.request(self.machine_arn, step.routing)
        if new:
            arguments = {"name": self.name, "routingConfiguration": routing, **more}
            self._or_no_version(lambda: api.create_alias(self.client, arguments), step)
        elif not step.there:
            if index:
                self._still_ours()
            self._or_no_version(lambda: self._update(routingConfiguration=routing, **more), step)
        elif more:
            self._update(**more)
        self._note(step.routing, "as a run before left it" if step.there else None)

    def _or_no_version(self, call, step):
        try:
            call()
        except ClientError as error:
            if code_of(error) == "ConflictException":
                raise Refused(
                    f"Somebody else is changing the alias {self.name} right now. Run again when they are through."
                ) from error
            if code_of(error) not in ("ResourceNotFound", "StateMachineDoesNotExist"):
                raise
            raise self._no_version(" or ".join(step.routing)) from error

    def _update(self, **arguments):
        api.update_alias(self.client, self.arn, **arguments)

    def _still_ours(self):
        """Between two steps somebody else may have moved the alias."""
        found, left = shift.routing_of(api.alias(self.client, self.arn)), self.steps[-1]["routing"]
        if found != left:
            raise Refused(
                f"Somebody else has moved the alias {self.name} meanwhile: from {shift.label(left)} to {shift.label(found)}. It was "
                "left as they made it."
            )

    def _watch(self, step, last):
        """Look at the alarms as long as the step lasts; without alarms, only wait."""
        if not step.watch:
            return
        self.tell(f"{self.name} {'bakes' if last else 'stays so'} for {step.watch / 60:g} minutes")
        stopped = []

        def look():
            if self.options["alarms"]:
                try:
                    self._look()
                except Stopped as reason:
                    stopped.append(reason)
            return stopped

        if poll(look, step.watch, self.options["wait_delay"]):
            raise stopped[0]
        self.steps[-1]["watched_seconds"] = step.watch

    def _roll_back(self, back, why):
        self._update(routingConfiguration=shift.request(self.machine_arn, back))
        self._note(back, "rolled back")
        raise Refused(f"The alias {self.name} leads to {shift.label(back)} again, because {why}.")

    def _note(self, routing, remark=None):
        at = datetime.now(timezone.utc).isoformat(timespec="seconds")
        self.steps.append({"at": at, "routing": routing, **({"remark": remark} if remark else {})})
        self.tell(f"{self.name} leads to {shift.label(routing)}{f' ({remark})' if remark else ''}")
