# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks are run, waited for, stopped and looked at."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils import waiting
from ansible_collections.landfall.aws.plugins.module_utils.changes import Change, Refused
from ansible_collections.landfall.aws.plugins.module_utils.client import in_parallel
from ansible_collections.landfall.aws.plugins.module_utils.ecs import diagnose, service_options
from ansible_collections.landfall.aws.plugins.module_utils.ecs import service_api as api
from ansible_collections.landfall.aws.plugins.module_utils.ecs.diagnose import tail
from ansible_collections.landfall.aws.plugins.module_utils.ecs.service import with_group_ids
from ansible_collections.landfall.aws.plugins.module_utils.ecs.wait import LONGEST, SPREAD, Failed
from ansible_collections.landfall.aws.plugins.module_utils.shapes import (
    as_option,
    input_shape,
    option_names,
    output_shape,
)
from ansible_collections.landfall.aws.plugins.module_utils.waiting import code_of, poll, repeat

RETRIED = {"RESOURCE": "RESOURCE:", "SpotInterruption": "SpotInterruption"}
BEFORE = timedelta(seconds=1)  # a task that was created that long before its start was answered is another run's
MOST_RUN, MOST_LOGS = 10, 10
MOST_THROTTLED = 60  # seconds
STOPPED = "STOPPED"


def overrides(given, containers):
    """AWS's overrides, with those that are written by container in them."""
    if containers is None:
        return given
    own = [{"name": name, **each, **_environment(each or {})} for name, each in containers.items()]
    rest = dict(given or {})
    listed = rest.pop("container_overrides", None) or rest.pop("containerOverrides", None) or []
    return {**rest, "container_overrides": [*listed, *own]}


def _environment(container):
    variables = container.get("environment")
    if not isinstance(variables, dict):
        return {}
    return {"environment": [{"name": name, "value": value} for name, value in variables.items()]}


def checked(client, params):
    """(options with every value as the API takes it, mistakes)"""
    containers = params["containers"]
    wrong = [name for name, each in (containers or {}).items() if not isinstance(each, dict)]
    if wrong:
        return params, [f"containers.{name}: {containers[name]!r} is not a dict of overrides" for name in wrong]
    options = {
        **params,
        "network_configuration": service_options.network(params["network_configuration"]),
        "overrides": overrides(params["overrides"], containers),
    }
    mistakes = []
    options.update(service_options.arguments_of(input_shape(client, _operation(options)), options, mistakes))
    if not mistakes:
        mistakes += _run_mistakes(options, input_shape(client, "StartTask"))
    return options, mistakes


def _operation(options):
    return "StartTask" if options["container_instances"] else "RunTask"


def _run_mistakes(options, starting):
    if not 1 <= options["count"] <= MOST_RUN:
        yield f"count: {options['count']} is not valid; AWS runs 1 to {MOST_RUN} tasks at once"
    if options["launch_type"] and options["capacity_provider_strategy"]:
        yield "launch_type: not with capacity_provider_strategy; give one of them"
    if options["operation"] == "start" and not options["container_instances"]:
        yield "container_instances: must be given for operation start"
    if options["container_instances"]:
        known = option_names(starting)
        given = [
            "launch_type",
            "capacity_provider_strategy",
            "platform_version",
            "placement_constraints",
            "placement_strategy",
        ]
        for name in [*given, "client_token", "run_id"]:
            if options[name] and name not in known:
                yield f"{name}: not with container_instances, on which the task is started directly"
        if options["count"] > 1:
            yield "count: not with container_instances, on each of which one task is started"
    if options["client_token"] and options["run_id"]:
        yield "run_id: not with client_token; give one of them"
    names = [each.get("name") for each in (options["overrides"] or {}).get("containerOverrides", [])]
    for name in sorted({str(each) for each in names if names.count(each) > 1}):
        yield f"overrides: the container {name} is given {names.count(name)} times"
    if options["launch_type"] == "FARGATE" and options["network_configuration"] is None:
        yield "network_configuration: must be given for launch_type FARGATE, with the subnets"
    if options["log_lines"] < 0:
        yield f"log_lines: {options['log_lines']} is not valid; give 0 or more"
    yield from diagnose.mask_mistakes(options["mask"], "mask")
    yield from wait_mistakes(options)
    yield from service_options.network_mistakes(options)
    yield from service_options.strategy_mistakes(options["capacity_provider_strategy"] or [])


def wait_mistakes(options):
    if options["wait_timeout"] < 0:
        yield f"wait_timeout: {options['wait_timeout']} is not valid; give 0 or more seconds"
    if options["wait_delay"] <= 0:
        yield f"wait_delay: {options['wait_delay']} is not valid; give more than 0 seconds"


def token(options, arguments, attempt):
    """What makes AWS run the same tasks once, however often it is asked; None leaves that to botocore, call by call."""
    if options["client_token"]:
        return options["client_token"] if not attempt else f"{options['client_token'][:58]}-{attempt}"
    if not options["run_id"]:
        return None
    same = json.dumps([arguments, options["run_id"], attempt], sort_keys=True, default=str)
    return hashlib.sha256(same.encode()).hexdigest()


def was_there(answer):
    """Whether AWS answered with tasks that an earlier call with the same token has started."""
    date = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
    created = [each["createdAt"] for each in answer["tasks"] if each.get("createdAt")]
    again = answer["ResponseMetadata"].get("RetryAttempts")
    return bool(date and created and not again) and parsedate_to_datetime(date) - max(created) > BEFORE


def is_throttled(error):
    return code_of(error) == "ThrottlingException"


@dataclass
class Run:
    """One run of one or more tasks."""

    client: Any
    ec2: Any  # makes the client, which is needed only where security groups are given by name
    impatient: Any  # makes a client that repeats nothing, because a start has no token and could happen twice
    reader: diagnose.Reader
    options: dict
    tell: Any
    tasks: list = field(default_factory=list)
    logs: list = field(default_factory=list)
    changed: bool = False
    begun: float = 0
    line: str = ""

    @property
    def cluster(self):
        return self.options["cluster"]

    @property
    def label(self):
        return f"{tail(self.options['task_definition'])} in {tail(self.cluster)}"

    @property
    def change(self):
        status = {"status": "RUNNING"}
        if not self.changed:
            return Change("unchanged", "task", self.label, None, status, status, "")
        return Change("add", "task", self.label, None, None, {**status, "count": self.options["count"]}, "is run")

    def converge(self, check_mode):
        """Run the tasks, and wait for them where that is wanted."""
        options = self.options
        self.begun = waiting.time.monotonic()
        configuration = with_group_ids(options["network_configuration"], self.ec2)
        self.options = {**options, "network_configuration": configuration}
        if check_mode:
            self.changed = True
            return
        missing, attempt = options["count"], 0
        while missing:
            lost = self._attempt(missing, attempt)
            missing, attempt = lost, attempt + 1

    def _attempt(self, count, attempt):
        """Run and wait once; how many of the tasks are to be run again."""
        answer = self._start(count, attempt)
        waited_for = self.options["wait_for"] if self.options["wait"] else "none"
        if not answer["tasks"]:
            return count  # there was no room, and that may pass
        self.changed = self.changed or not was_there(answer)
        self.tasks = answer["tasks"]
        if waited_for == "none":
            return 0
        self._wait(waited_for)
        bad = self._unsuccessful(waited_for)
        if bad and self._passes(each.get("stopCode") for each in bad) and self._left() > 0:
            self.tell(f"{len(bad)} tasks of {self.label} were interrupted, and are run again")
            return len(bad)
        if waited_for == "stopped":
            self.logs = self._tails()
        if bad:
            self._fail(bad, [f"{len(bad)} of {len(self.tasks)} tasks did not succeed"])
        return 0

    def _left(self):
        return self.options["wait_timeout"] - (waiting.time.monotonic() - self.begun)

    def _passes(self, reasons):
        """Whether these are only such for which one tries again."""
        tried = tuple(RETRIED[each] for each in self.options["retries_on"])
        return bool(tried) and all(str(each).startswith(tried) for each in reasons)

    def _arguments(self, operation, count):
        shape = input_shape(self.client, operation)
        skipped = ("cluster", "task_definition", "tags", "client_token")
        known = {name: member for name, member in option_names(shape).items() if name not in skipped}
        given = {member: self.options[name] for name, member in known.items() if self.options.get(name) is not None}
        arguments = {**given, "cluster": self.cluster, "taskDefinition": self.options["task_definition"]}
        if "count" in known:
            arguments["count"] = count
        if self.options["tags"]:
            arguments["tags"] = api.listed(self.options["tags"])
        return arguments

    def _start(self, count, attempt):
        """What AWS answers. Where there is no room and one tries again, that nothing was started."""
        operation = _operation(self.options)
        arguments = self._arguments(operation, count)
        if operation == "StartTask":
            answer = repeat(lambda: api.start_task(self.impatient(), arguments), is_throttled, MOST_THROTTLED, 1)
        else:
            once = token(self.options, arguments, attempt)
            answer = api.run_task(self.client, {**arguments, **({"clientToken": once} if once else {})})
        failures = answer.get("failures", [])
        if not failures:
            return answer
        self.tasks = answer["tasks"]
        self.changed = self.changed or bool(answer["tasks"])
        why = sorted({api.reason(each) for each in failures})
        if not answer["tasks"] and self._passes(why) and self._left() > 0:
            self.tell(f"{self.label} is not run yet: {'; '.join(why)}")
            waiting.time.sleep(min(LONGEST, self._left()))
            return answer
        return self._fail([], [f"AWS did not start {len(failures)} of {count} tasks: {'; '.join(why)}"])

    def _wait(self, waited_for):
        arns = [each["taskArn"] for each in self.tasks]
        enough = (STOPPED,) if waited_for == "stopped" else ("RUNNING", "DEACTIVATING", "STOPPING", STOPPED)

        def through():
            found = {each["taskArn"]: each for each in api.tasks(self.client, self.cluster, arns)}
            self.tasks = [found.get(each["taskArn"], each) for each in self.tasks]
            self._show()
            return all(each["lastStatus"] in enough for each in self.tasks)

        if poll(through, max(self._left(), 0), self.options["wait_delay"], LONGEST, SPREAD):
            return
        late = [each for each in self.tasks if each["lastStatus"] not in enough]
        text = ", ".join(f"{tail(each['taskArn'])} is {each['lastStatus']}" for each in late)
        now = ["they go on; stop_on_timeout is false"]
        if self.options["stop_on_timeout"]:
            for each in late:
                api.stop_task(
                    self.client, self.cluster, each["taskArn"], f"Not through after {self.options['wait_timeout']} s"
                )
            now = [f"stopped: {', '.join(tail(each['taskArn']) for each in late)}"]
        self.logs = self._tails()
        self._fail([], [f"timeout of {self.options['wait_timeout']} s: {text}"], now)

    def _show(self):
        line = ", ".join(f"{tail(each['taskArn'])} {each['lastStatus']}" for each in self.tasks)
        if line != self.line:
            self.line = line
            self.tell(f"{self.label}: {line}")

    def _definition(self):
        if not hasattr(self, "_described"):
            arn = self.tasks[0].get("taskDefinitionArn") or self.options["task_definition"]
            what = "task definition (ecs:DescribeTaskDefinition)"
            self._described = self.reader.tolerant(what, lambda: api.task_definition(self.client, arn)) or {}
        return self._described

    def _watched(self):
        """The containers whose exit codes count: the named one, or those without which a task does not run."""
        if self.options["watch_container"]:
            return [self.options["watch_container"]]
        containers = self._definition().get("containerDefinitions", [])
        return [each["name"] for each in containers if each.get("essential", True)]

    def _unsuccessful(self, waited_for):
        stopped = [each for each in self.tasks if each["lastStatus"] == STOPPED]
        return [each for each in stopped if not self._is_good(each)] if stopped or waited_for == "stopped" else []

    def _is_good(self, task):
        watched = self._watched()
        codes = {each["name"]: each.get("exitCode") for each in task.get("containers", [])}
        if self.options["watch_container"] and self.options["watch_container"] not in codes:
            known = ", ".join(codes)
            raise Refused(
                f"watch_container: the task has no container {self.options['watch_container']}; it has {known}"
            )
        counted = [codes[each] for each in watched if each in codes] or list(codes.values())
        return bool(counted) and all(each in self.options["success_exit_codes"] for each in counted)

    def _tails(self):
        containers = [(task, each["name"]) for task in self.tasks for each in task.get("containers", [])]
        if not self.options["log_lines"]:
            return []
        return self.reader.tails(self._definition(), containers[:MOST_LOGS])

    def exit_codes(self):
        """{task: {container: exit code}} of those that have ended."""
        return {
            tail(task["taskArn"]): {
                each["name"]: each["exitCode"] for each in task.get("containers", []) if "exitCode" in each
            }
            for task in self.tasks
            if task.get("lastStatus") == STOPPED
        }

    def _fail(self, bad, causes, now=()):
        groups = diagnose.grouped(bad)
        waited = diagnose.duration(waiting.time.monotonic() - self.begun)
        evidence = "\n".join([*causes, *map(diagnose.sentence, groups)])
        failure = {
            "headline": f"Task {self.label} failed after {waited}",
            "causes": causes,
            "stopped_tasks": groups,
            "events": [],
            "logs": self.logs,
            "notes": list(self.reader.notes),
            "hint": diagnose.hint(evidence),
            "now": list(now),
        }
        raise Failed(diagnose.explanation(self.reader, failure), diagnose.masked_all(failure, self.reader.mask))


# To stop, and to look


def listing(options, status):
    """What ListTasks is asked for."""
    names = {"family": "family", "service": "serviceName", "started_by": "startedBy"}
    return {"desiredStatus": status, **{member: options[name] for name, member in names.items() if options[name]}}


def meant(client, options, status):
    """The described tasks that the options mean."""
    arns = options["tasks"]
    if arns is None:
        arns = api.task_arns(client, options["cluster"], **listing(options, status))
    return api.tasks(client, options["cluster"], arns) if arns else []


@dataclass
class Stop:
    """One run that stops tasks."""

    client: Any
    options: dict
    tasks: list = field(default_factory=list)
    stopped: list = field(default_factory=list)  # those that this run stops

    def converge(self, check_mode):
        options = self.options
        self.tasks = meant(self.client, options, "RUNNING")
        self.stopped = [
            each for each in self.tasks if each.get("desiredStatus") != STOPPED and each["lastStatus"] != STOPPED
        ]
        if check_mode:
            return
        calls = {
            each["taskArn"]: lambda each=each: api.stop_task(
                self.client, options["cluster"], each["taskArn"], options["reason"]
            )
            for each in self.stopped
        }
        answers = in_parallel(calls)
        self.tasks = [answers.get(each["taskArn"], each) for each in self.tasks]
        if options["wait"]:
            self._wait()

    def _wait(self):
        arns = [each["taskArn"] for each in self.tasks if each["lastStatus"] != STOPPED]
        if not arns:
            return
        ended = {}

        def through():
            ended.update({each["taskArn"]: each for each in api.tasks(self.client, self.options["cluster"], arns)})
            return all(each["lastStatus"] == STOPPED for each in ended.values())

        over = poll(through, self.options["wait_timeout"], self.options["wait_delay"], LONGEST, SPREAD)
        self.tasks = [ended.get(each["taskArn"], each) for each in self.tasks]
        if not over:
            late = [tail(arn) for arn, each in ended.items() if each["lastStatus"] != STOPPED]
            raise Refused(
                f"The tasks {', '.join(late)} have not stopped after {self.options['wait_timeout']} seconds. ECS kills a container "
                "after its stop_timeout; give a longer wait_timeout, or look at the agent of the instance."
            )

    @property
    def change(self):
        name = f"{len(self.stopped)} in {tail(self.options['cluster'])}"
        running = {"running": [tail(each["taskArn"]) for each in self.stopped]}
        if not self.stopped:
            return Change("unchanged", "tasks", name, None, running, running, "")
        return Change("remove", "tasks", name, None, running, None, self.options["reason"] or "no longer wanted")


def returned(client, tasks):
    """Tasks as they are returned: in snake_case, tags as a dict, and of a stopped one why."""
    shape = output_shape(client, "DescribeTasks").members["tasks"].member
    return [
        {
            **as_option(shape, each),
            "tags": api.tags_of(each),
            **({"stopped": diagnose.told(each)} if each.get("lastStatus") == STOPPED else {}),
        }
        for each in tasks
    ]
