# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Histories of executions, event by event, held to botocore's model of the service."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import botocore.session
from botocore.validate import ParamValidator

BEGIN = datetime(2026, 11, 21, 12, 0, tzinfo=timezone.utc)
MODEL = botocore.session.get_session().get_service_model("stepfunctions")
TYPES = MODEL.shape_for("HistoryEventType").enum


class Events:
    """Each event happens a second after the one before it, and is preceded by it unless ``after`` says otherwise."""

    def __init__(self):
        self.events = []
        self("ExecutionStarted", after=0, executionStarted={"roleArn": "arn:aws:iam::123456789012:role/x"})

    def __call__(self, type_, after=None, **details):
        """The event's id."""
        number = len(self.events) + 1
        # AWS lets the first state follow on nothing.
        before = (0 if number == 2 else number - 1) if after is None else after
        more = {f"{key}EventDetails": value for key, value in details.items()}
        at = BEGIN + timedelta(seconds=number)
        self.events.append({"id": number, "previousEventId": before, "timestamp": at, "type": type_, **more})
        return number

    def entered(self, type_, name, after=None):
        return self(f"{type_}StateEntered", after, stateEntered={"name": name})

    def exited(self, type_, name, after=None):
        return self(f"{type_}StateExited", after, stateExited={"name": name})

    def scheduled(self, after=None):
        self(
            "TaskScheduled",
            after,
            taskScheduled={"resourceType": "lambda", "resource": "invoke", "region": "eu-west-3", "parameters": "{}"},
        )
        return self("TaskStarted", taskStarted={"resourceType": "lambda", "resource": "invoke"})

    def succeeded(self):
        return self("TaskSucceeded", taskSucceeded={"resourceType": "lambda", "resource": "invoke"})

    def failed(self, error="Boom", type_="Failed"):
        said = {"resourceType": "lambda", "resource": "invoke", "error": error, "cause": "a secret"}
        return self(f"Task{type_}", **{f"task{type_}": said})

    def task(self, name, after=None):
        """A task that succeeds."""
        self.entered("Task", name, after)
        self.scheduled()
        self.succeeded()
        return self.exited("Task", name)

    def answer(self):
        """As AWS answers it."""
        answer = {"events": self.events}
        report = ParamValidator().validate(answer, MODEL.operation_model("GetExecutionHistory").output_shape)
        assert not report.has_errors(), report.generate_report()
        unknown = {each["type"] for each in self.events} - set(TYPES)
        assert not unknown, unknown
        return answer
