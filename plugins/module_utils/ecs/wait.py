# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service's deployment is waited for as itself: that some revision runs well is no success of this one."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils import waiting
from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS
from ansible_collections.landfall.aws.plugins.module_utils.ecs import diagnose
from ansible_collections.landfall.aws.plugins.module_utils.ecs import service_api as api
from ansible_collections.landfall.aws.plugins.module_utils.ecs.diagnose import tail
from ansible_collections.landfall.aws.plugins.module_utils.waiting import poll

LONGEST, SPREAD = 15, 0.2  # seconds between two looks; the share by which they vary
ROLLED_BACK = ("ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED")
ENDED = ("SUCCESSFUL", "STOPPED", *ROLLED_BACK)
GOES_BACK = ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "STOP_REQUESTED")
# What no waiting makes better, in a service's events, and how often it must be said: a role that was made just now takes a moment.
HOPELESS_EVENTS = {"unable to place a task": 1, "unable to assume": 2}
CLOSE = timedelta(seconds=10)  # a record that is older than its deployment by more is of another one
STOP_TYPES = {"rollback": "ROLLBACK", "stop": "ABORT"}
# Of all modules that wait for a deployment; the fragment ecs_deployment documents them.
WAIT_OPTIONS = {
    "wait_timeout": {"type": "int", "default": 900},
    "wait_delay": {"type": "float", "default": 5, "aliases": ["delay"]},
    "fail_fast_after": {"type": "int", "default": 3},
    "on_failure": {"type": "str", "choices": ["report", "rollback", "stop"], "default": "report"},
    "diagnose": {
        "type": "dict",
        "default": {},
        "apply_defaults": True,
        "options": {
            "events": {"type": "int", "default": 5},
            "log_lines": {"type": "int", "default": 10},
            "mask": {"type": "list", "elements": "str", "default": []},
        },
    },
    "progress_file": {"type": "path"},
}


class Failed(Refused):
    """A deployment that was waited for did not succeed."""

    def __init__(self, message, failure):
        super().__init__(message)
        self.failure = failure


@dataclass(frozen=True)
class End:
    """How a deployment ended, or why it is waited for no longer."""

    good: bool
    word: str
    cause: str | None = None
    going_on: bool = False  # so that it can still be stopped


@dataclass
class Seen:
    """What was seen of a deployment last."""

    service: dict = field(default_factory=dict)
    own: dict = field(default_factory=dict)
    record: str | None = None  # the ARN of what AWS keeps of it
    kept: dict | None = None  # the deployment as AWS keeps it: ServiceDeployment
    failed: int = 0  # how many of its tasks had failed when they were looked at
    events: set = field(default_factory=set)
    line: str = ""


class Interrupted(Exception):
    """Somebody ends this run."""


@contextmanager
def interruptible():
    """Raise Interrupted where the process is told to end, so that it can still act on what it waits for."""

    def interrupt(number, _frame):
        raise Interrupted(signal.Signals(number).name)

    before = {each: signal.signal(each, interrupt) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def primary(service):
    return next((each for each in service.get("deployments", []) if each["status"] == "PRIMARY"), None)


def counts(deployment):
    """How many of its tasks there are, in words."""
    text = (
        f"{deployment.get('runningCount', 0)} of {deployment.get('desiredCount', 0)} running, "
        f"{deployment.get('pendingCount', 0)} pending"
    )
    failed = deployment.get("failedTasks")
    return f"{text}, {failed} failed" if failed else text


def is_stable(service):
    """Whether all that runs is what should, as botocore's own waiter sees it, and the deployment did not fail."""
    deployments = service.get("deployments", [])
    settled = len(deployments) <= 1 and service.get("runningCount") == service.get("desiredCount")
    return settled and not any(each.get("rolloutState") == "FAILED" for each in deployments)


def is_staged(service):
    """Whether the deployment has stages of which only AWS's own record of it tells."""
    configuration = service.get("deploymentConfiguration", {})
    return configuration.get("strategy", "ROLLING") != "ROLLING" or bool(configuration.get("lifecycleHooks"))


def paused(kept):
    """The hooks that wait for somebody to say how it goes on."""
    hooks = (kept or {}).get("lifecycleHookDetails", [])
    return [each for each in hooks if each.get("status") == "AWAITING_ACTION"]


def pause_text(hook):
    until = f", until {hook['expiresAt']:%H:%M:%S}, then {hook.get('timeoutAction')}" if hook.get("expiresAt") else ""
    return f"hook {hook['hookId']} is AWAITING_ACTION{until}"


@dataclass
class Watch:
    """Waits for one deployment of one service."""

    client: Any
    reader: diagnose.Reader
    name: str
    options: dict  # wait_timeout, wait_delay, wait_for, on_failure, fail_fast_after
    tell: Any
    done: list = field(default_factory=list)  # what was changed before, in words
    notes: list = field(default_factory=list)
    continued: tuple = ()  # hooks that were told to go on, which AWS may not show yet
    seen: Seen = field(default_factory=Seen)
    begun: float = 0

    @property
    def cluster(self):
        return self.reader.cluster

    @property
    def label(self):
        return f"{tail(self.cluster)}/{self.name}"

    def wait(self, service):
        """Until the deployment that is the service's primary one now has ended. Raises Failed where it did not succeed."""
        self.begun = waiting.time.monotonic()
        own = primary(service)
        self.seen = Seen(service, own or {}, events={each["id"] for each in service.get("events", [])})
        self._record_arn()
        if own:
            self._forget_nothing_since(own)
        else:
            self.notes.append(f"{self.label} has no deployments of ECS's own, so its count of tasks was waited for")
        try:
            with interruptible():
                end = self._poll(self._look)
        except Interrupted as signal_:
            end = End(False, "was not waited for to its end", f"this run was interrupted by {signal_}", going_on=True)
        if not end:
            cause = f"timeout of {self.options['wait_timeout']} s: {self._unfinished()}"
            end = End(False, "is not through", cause, going_on=True)
        if not end.good:
            self._fail(end)

    def _poll(self, look):
        left = self.options["wait_timeout"] - (waiting.time.monotonic() - self.begun)
        return poll(look, max(left, 0), self.options["wait_delay"], LONGEST, SPREAD)

    def _forget_nothing_since(self, own):
        """What was said since the deployment began is news, also where that was before this run."""
        events = self.seen.service.get("events", [])
        self.seen.events -= {each["id"] for each in events if each["createdAt"] >= own["createdAt"]}

    def _look(self):
        described = api.service(self.client, self.cluster, self.name)
        if not described or described["status"] != "ACTIVE":
            return End(False, "ended", f"somebody has deleted the service {self.label}")
        seen = self.seen
        seen.service = described
        own_id = seen.own.get("id")
        found = next((each for each in described.get("deployments", []) if each["id"] == own_id), None)
        seen.own = found or seen.own
        self._record_arn()
        if is_staged(described) or not found or found["status"] != "PRIMARY" or found.get("rolloutState") == "FAILED":
            self._look_at_record()
        self._show()
        return self._end(found)

    def _look_at_record(self):
        """Ask AWS for its own record of the deployment, which it keeps when the service has gone on."""
        arn = self._record_arn()
        if arn:
            what = "deployment (ecs:DescribeServiceDeployments)"
            kept = self.reader.tolerant(what, lambda: api.service_deployment(self.client, arn))
            if kept and kept["createdAt"] < self.seen.own["createdAt"] - CLOSE:
                self.seen.record = None  # the service did not name ours yet
            else:
                self.seen.kept = kept or self.seen.kept

    def _record_arn(self):
        """The record's ARN. The service names only the one that it is at, which is ours as long as ours is the primary one."""
        seen, now = self.seen, primary(self.seen.service)
        if now and now["id"] == seen.own.get("id"):
            seen.record = seen.service.get("currentServiceDeployment")
        return seen.record

    def _show(self):
        seen = self.seen
        own = seen.own
        for event in reversed(seen.service.get("events", [])):
            if event["id"] not in seen.events:
                seen.events.add(event["id"])
                self.tell(self.reader.mask(f"{event['createdAt']:%H:%M:%S} {event['message']}"))
        stage = (seen.kept or {}).get("lifecycleStage")
        state = own.get("rolloutState") or own.get("status") or seen.service["status"]
        line = f"{tail(own.get('taskDefinition') or seen.service.get('taskDefinition'))} {state}: {counts(own or seen.service)}"
        line += f", {stage}" if stage else ""
        line += "".join(f", {pause_text(each)}" for each in paused(seen.kept))
        if line != seen.line:
            seen.line = line
            self.tell(line)

    def _end(self, found):
        """The end of the deployment, None where it goes on."""
        seen, wait_for = self.seen, self.options["wait_for"]
        status = (seen.kept or {}).get("status")
        if not seen.own:
            return End(True, "is stable") if is_stable(seen.service) else self._hopeless()
        if status == "SUCCESSFUL" or (found and found["status"] == "PRIMARY" and self._is_through(found)):
            return End(True, "COMPLETED") if wait_for != "stable" or is_stable(seen.service) else None
        if status in ENDED:
            return End(False, "FAILED" if status in ROLLED_BACK else "was STOPPED")
        if status in GOES_BACK:
            return None
        if found and found.get("rolloutState") == "FAILED":
            return End(False, "FAILED")
        if not found or found["status"] != "PRIMARY":
            return End(False, "was replaced")
        if wait_for == "pause" and any(each["hookId"] not in self.continued for each in paused(seen.kept)):
            return End(True, "is paused")
        return self._hopeless()

    def _is_through(self, found):
        if found.get("rolloutState"):
            return found["rolloutState"] == "COMPLETED"
        # With a Classic Load Balancer AWS does not say it.
        return is_stable(self.seen.service)

    def _hopeless(self):
        """What will not get better, however long one waits."""
        seen, own = self.seen, self.seen.own
        began = own.get("createdAt")
        said = [each["message"] for each in seen.service.get("events", []) if not began or each["createdAt"] >= began]
        for phrase, times in HOPELESS_EVENTS.items():
            found = [each for each in said if phrase in each]
            # A capacity provider may still bring capacity.
            grows = phrase == "unable to place a task" and own.get("capacityProviderStrategy")
            if len(found) >= times and not grows:
                return End(False, "can't succeed", found[0], going_on=True)
        failed, most = own.get("failedTasks", 0), self.options["fail_fast_after"]
        if failed > seen.failed:
            seen.failed = failed
            reason = diagnose.hopeless(self.reader.stopped(self.name, own))
            if reason:
                return End(False, "can't succeed", reason, going_on=True)
        if most and failed >= most:
            return End(False, "can't succeed", f"{failed} tasks have failed; fail_fast_after is {most}", going_on=True)
        return None

    def _unfinished(self):
        """What the deployment lacks, in words."""
        seen, own = self.seen, self.seen.own
        parts = [counts(own or seen.service)]
        for each in seen.service.get("deployments", []):
            if each["id"] != own.get("id") and each.get("runningCount"):
                parts.append(f"{each['runningCount']} of {tail(each['taskDefinition'])} still to stop")
        return "; ".join([*parts, *(pause_text(each) for each in paused(seen.kept))])

    def _fail(self, end):
        waited = waiting.time.monotonic() - self.begun
        asked = self._intervene() if end.going_on else None
        own = self.seen.own
        if own and not self.seen.kept:
            self._look_at_record()
        tasks = self.reader.stopped(self.name, own) if own else []
        logs = self.reader.log_tails(tasks, own.get("taskDefinition"))
        groups, events = diagnose.grouped(tasks), self._events()
        causes = self._causes(end)
        evidence = "\n".join([*causes, *map(diagnose.sentence, groups), *events])
        failure = {
            "headline": self._headline(end, waited),
            "causes": causes,
            "stopped_tasks": groups,
            "events": events,
            "logs": logs,
            "notes": list(self.reader.notes),
            "hint": diagnose.hint(evidence),
            "now": [*self._running(), *([asked] if asked else []), *self._done()],
        }
        raise Failed(diagnose.explanation(self.reader, failure), diagnose.masked_all(failure, self.reader.mask))

    def _intervene(self):
        """Stop a deployment that still goes on, if that is wanted, and wait until AWS has."""
        wanted, arn = self.options["on_failure"], self._record_arn()
        if (self.seen.kept or {}).get("status") in GOES_BACK:
            return "the deployment is being taken back"
        if wanted == "report":
            return "the deployment goes on; on_failure is report"
        if not arn:
            return f"it could not be stopped (on_failure: {wanted}), because AWS does not name the deployment"
        try:
            api.stop_service_deployment(self.client, arn, STOP_TYPES[wanted])
        except AWS_ERRORS as error:
            return f"it could not be stopped (on_failure: {wanted}): {error}"
        kept = settled(self.client, arn, self.options)
        self.seen.kept = kept or self.seen.kept
        self.seen.service = api.service(self.client, self.cluster, self.name) or self.seen.service
        status = (kept or {}).get("status", "unknown")
        return f"on_failure: {wanted} was asked for, and the deployment is {status}"

    def _events(self):
        began = self.seen.own.get("createdAt")
        return diagnose.last_events(self.seen.service.get("events", []), began, self.reader.settings["events"])

    def _causes(self, end):
        kept, own = self.seen.kept or {}, self.seen.own
        causes = [end.cause] if end.cause else []
        alarms, breaker = kept.get("alarms", {}), kept.get("deploymentCircuitBreaker", {})
        if alarms.get("status") == "TRIGGERED":
            causes.append(f"alarm {', '.join(alarms.get('triggeredAlarmNames', []))} in ALARM")
        if breaker.get("status") == "TRIGGERED":
            causes.append(
                f"circuit breaker: {breaker.get('failureCount')} tasks failed, threshold {breaker.get('threshold')}"
            )
        if end.word in ("was replaced", "was STOPPED"):
            now = primary(self.seen.service)
            if now and now["id"] != own.get("id"):
                causes.append(f"the deployment {now['id']} of {tail(now['taskDefinition'])} took its place")
        said = [kept.get("statusReason"), kept.get("rollback", {}).get("reason"), own.get("rolloutStateReason")]
        causes += [each for each in dict.fromkeys(said) if each and not end.going_on]
        return causes or ["AWS does not say why"]

    def _headline(self, end, waited):
        own, status = self.seen.own, (self.seen.kept or {}).get("status")
        which = f"deployment {own['id']} of {tail(own['taskDefinition'])}" if own else "its tasks"
        back = {
            "ROLLBACK_SUCCESSFUL": f"; the service is back on {self._now()}",
            "ROLLBACK_FAILED": "; the rollback failed, too",
        }.get(status, "")
        return f"ECS service {self.label}: {which} {end.word} after {diagnose.duration(waited)}{back}"

    def _now(self):
        now = primary(self.seen.service)
        return tail((now or self.seen.service).get("taskDefinition"))

    def _running(self):
        deployments = self.seen.service.get("deployments") or [self.seen.service]
        return [f"{tail(each.get('taskDefinition'))} with {counts(each)}" for each in deployments]

    def _done(self):
        return [f"done before: {'; '.join(self.done)}"] if self.done else []

    def report(self):
        """The deployment as it is returned."""
        own, kept = self.seen.own, self.seen.kept or {}
        if not own:
            return {}
        status = kept.get("status") or own.get("rolloutState") or own["status"]
        result = {
            "id": own["id"],
            "status": "SUCCESSFUL" if status == "COMPLETED" else status,
            "task_definition": tail(own["taskDefinition"]),
            "desired_count": own.get("desiredCount"),
            "running_count": own.get("runningCount"),
            "failed_tasks": own.get("failedTasks", 0),
            "service_deployment_arn": self._record_arn(),
            "lifecycle_stage": kept.get("lifecycleStage"),
            "paused_hooks": [each["hookId"] for each in paused(kept)],
            "duration_seconds": round(waiting.time.monotonic() - self.begun),
        }
        return {key: value for key, value in result.items() if value not in (None, [])}


def settled(client, arn, options):
    """The record of a deployment that was told to stop, as soon as it has; its last state where that takes too long."""
    last = []

    def look():
        last[:] = [api.service_deployment(client, arn) or {}]
        return last[0].get("status") in ENDED

    poll(look, options["wait_timeout"], options["wait_delay"], LONGEST, SPREAD)
    return last[0]
