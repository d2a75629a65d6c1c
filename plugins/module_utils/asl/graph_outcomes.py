# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of each state in an execution, from its history. Pure.

Each event names the one before it on its own way through the machine, so the branches of a Parallel and the items of a Map, whose
events come mixed, are told apart by going along with these. A cause is not kept, because it often holds what the state was given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# What a state is said to be when it was entered several times: the first of these that happened.
KINDS = ("failed", "timed out", "aborted", "running", "caught", "succeeded")
NOT_REACHED = "not reached"
BEGUN = ("TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled", "ParallelStateStarted", "MapStateStarted")
TIMED_OUT = ("TaskTimedOut", "LambdaFunctionTimedOut", "ActivityTimedOut")
FAILED = (
    *TIMED_OUT,
    *("TaskFailed", "TaskStartFailed", "TaskSubmitFailed"),
    *("LambdaFunctionFailed", "LambdaFunctionScheduleFailed", "LambdaFunctionStartFailed"),
    *("ActivityFailed", "ActivityScheduleFailed", "EvaluationFailed"),
)
ENDED = {"ExecutionFailed": "failed", "ExecutionTimedOut": "timed out", "ExecutionAborted": "aborted"}


@dataclass(frozen=True)
class Outcome:
    kind: str
    text: str
    detail: str = ""


@dataclass
class _Visit:
    """A state from when it was entered."""

    name: str
    type: str
    entered: Any
    around: _Visit | None  # the Parallel or Map in which it was entered
    kind: str = ""  # once it is over
    ended: Any = None
    error: str = ""  # what went wrong last, while it may still be retried or caught
    timed_out: bool = False
    errors: list[str] = field(default_factory=list)
    retries: int = 0

    def settle(self, kind, at):
        if not self.kind:
            self.kind, self.ended = kind, at

    def fail(self, at):
        self.settle("timed out" if self.timed_out else "failed", at)

    def went_wrong(self, error, timed_out=False):
        self.error, self.timed_out = error or "an error without a name", timed_out
        self.errors.append(self.error)

    def reopen(self):
        """It goes on, with all that is around it: it is tried again, or the execution was redriven."""
        self.error, self.timed_out = "", False
        for each in (self, *self.all_around):
            each.kind, each.ended = "", None

    @property
    def all_around(self):
        visit = self.around
        while visit:
            yield visit
            visit = visit.around


class History:
    """The events of an execution, in the order of their ids, and its status."""

    def __init__(self, events, status):
        self.visits = []
        self.inside = {}  # id of an event -> the visit that it is in
        for event in sorted(events, key=lambda each: each["id"]):
            self.inside[event["id"]] = self._after(event, self.inside.get(event.get("previousEventId", 0)))
        left = "running" if status in ("RUNNING", "PENDING_REDRIVE") else "aborted"
        open_ = [each for each in self.visits if not each.kind]
        stopped = [any(each.kind for each in visit.all_around) for visit in open_]
        for visit, with_what_is_around in zip(open_, stopped):
            visit.kind = "aborted" if with_what_is_around else left

    def _after(self, event, visit):
        """The visit in which what comes after an event is."""
        type_, at = event["type"], event["timestamp"]
        if type_.endswith("StateEntered"):
            visit = self._entered(event, visit, type_.removesuffix("StateEntered"))
        elif type_.endswith("StateExited"):
            name = event["stateExitedEventDetails"]["name"]
            visit = _nearest(visit, lambda each: each.name == name)
            if visit:
                visit.settle("caught" if visit.error else "succeeded", at)
                return visit.around
        elif type_ in BEGUN:
            self._begun(visit)
        elif type_ in FAILED:
            if visit:
                visit.went_wrong(_error(event), type_ in TIMED_OUT)
        elif type_ in ("ParallelStateFailed", "MapStateFailed"):
            return self._composite_failed(event, visit, type_.removesuffix("StateFailed"))
        elif type_ == "MapIterationFailed":
            return _fail_up_to(visit, _nearest(visit, lambda each: each.type == "Map" and not each.kind), at)
        elif type_ == "MapIterationSucceeded":
            return _nearest(visit, lambda each: each.type == "Map" and not each.kind)
        elif type_.endswith("StateAborted"):
            # AWS says this of what failed inside of a Parallel, too.
            if visit and visit.type == type_.removesuffix("StateAborted"):
                visit.fail(at) if visit.error else visit.settle("aborted", at)
        elif type_ in ENDED:
            self._execution_ended(event, visit)
        return visit

    def _entered(self, event, before, type_):
        name, at = event["stateEnteredEventDetails"]["name"], event["timestamp"]
        around = before if not before or before.type in ("Parallel", "Map") else before.around
        if before and before.kind and before.name == name:
            visit = before  # anew, after a redrive
        else:
            visit = _Visit(name, type_, at, around)
            self.visits.append(visit)
        visit.reopen()
        if type_ == "Fail":
            visit.fail(at)
        return visit

    @staticmethod
    def _begun(visit):
        if visit:
            visit.retries += bool(visit.error and not visit.kind)
            visit.reopen()

    @staticmethod
    def _composite_failed(event, visit, type_):
        composite = _nearest(visit, lambda each: each.type == type_ and not each.kind)
        if composite:
            error = next((each.error for each in (visit, *visit.all_around) if each.error), "")
            _fail_up_to(visit, composite, event["timestamp"])
            composite.went_wrong(error)
        return composite

    def _execution_ended(self, event, visit):
        kind, at = ENDED[event["type"]], event["timestamp"]
        if kind == "failed":
            if visit and not visit.kind and not visit.error:
                visit.went_wrong(_error(event))
            _fail_up_to(visit, None, at)
            kind = "aborted"
        for each in self.visits:
            each.settle(kind, at)

    def outcome(self, state):
        """What became of a state, or None where the history can't tell."""
        visits = [each for each in self.visits if each.name == state.name]
        if not visits:
            return None if state.elsewhere else Outcome(NOT_REACHED, NOT_REACHED)
        kinds = [kind for kind in KINDS if any(each.kind == kind for each in visits)]
        counts = [f"{sum(each.kind == kind for each in visits)} {kind}" for kind in kinds]
        said = ", ".join(counts) if len(visits) > 1 else kinds[0]
        spent = [(each.ended - each.entered).total_seconds() for each in visits if each.ended and each.type != "Fail"]
        retries = sum(each.retries for each in visits)
        parts = [f"{said}, {duration(sum(spent))}" if spent else said]
        parts += [f"{retries} {'retry' if retries == 1 else 'retries'}"] if retries else []
        return Outcome(kinds[0], ", ".join(parts), "; ".join(_details(visits, spent)))


def _details(visits, spent):
    if len(visits) > 1:
        yield f"entered {len(visits)} times"
        if spent:
            yield f"each took {duration(min(spent))} to {duration(max(spent))}"
    running = [each.entered for each in visits if each.kind == "running"]
    if running:
        yield f"running since {min(running):%Y-%m-%d %H:%M:%S %Z}".rstrip()
    errors = dict.fromkeys(error for each in visits for error in each.errors)
    if errors:
        yield f"went wrong with {', '.join(errors)}"


def _nearest(visit, is_meant):
    return next((each for each in (visit, *visit.all_around) if is_meant(each)), None) if visit else None


def _fail_up_to(visit, around, at):
    """All that is open from here outwards has failed; returned is the visit around it."""
    while visit and visit is not around:
        visit.fail(at)
        visit = visit.around
    return around


def _error(event):
    return next(
        (each["error"] for key, each in event.items() if key.endswith("EventDetails") and each.get("error")), ""
    )


def duration(seconds):
    """As a person says it: 0.42 s, 12.3 s, 2 min 5 s, 3 h 20 min."""
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, left = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {left} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
