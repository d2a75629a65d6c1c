# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a deployment or a task did not do what it should: in words that name the cause. Pure, but for ``Reader``."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, ClientError
from ansible_collections.landfall.aws.plugins.module_utils.ecs import service_api as api
from ansible_collections.landfall.aws.plugins.module_utils.waiting import code_of

MASK = "********"
SECRETS = (
    r"(?i)((?:password|passwd|passphrase|secret|token|credential|api_?-?key|authorization)\w*[\"']?\s*[=:]\s*[\"']?)"
    r"(?:(?:bearer|basic) )?[^\s\"',;&]+",
    r"(\w+://[^/\s:@]*:)[^/\s@]+(?=@)",
)
PLAIN_EXIT = "Essential container in task exited"  # what AWS says of every such task
CONSEQUENCE = re.compile(r"Scaling activity initiated by")  # tasks that ECS took away because the deployment ended
CHANGING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}|\b\d+(\.\d+){3}(:\d+)?\b")  # differs from task to task
FAILURE_WORDS = re.compile(r"fail|unable|unhealthy|error|exceeded|stopped|rolled|rolling back|alarm", re.IGNORECASE)
MOST_LOGS = 2
# What no waiting makes better, in the reason of a task that was stopped.
HOPELESS_TASK = re.compile(
    r"CannotPull\w*: .*(not found|manifest unknown|does not exist|repository name|invalid reference|denied|unauthorized|no basic auth)"
    r"|CannotPull\w*: .*no matching manifest"
    r"|ResourceInitializationError: .*(AccessDenied|not authorized|ResourceNotFound|can't find the specified secret|invalid parameters)"
    r"|CannotStartContainerError: .*(executable file not found|no such file or directory)",
    re.IGNORECASE | re.DOTALL,
)
HINTS = [
    (
        r"CannotPull.*(not found|manifest unknown|does not exist|repository name|invalid reference)",
        "Look at the image's name and tag: the registry has no such image.",
    ),
    (
        r"no matching manifest",
        "The image is built for another processor; give the task definition its runtime_platform.",
    ),
    (
        r"CannotPull.*(denied|unauthorized|no basic auth|403)",
        "The execution role needs ecr:GetAuthorizationToken, ecr:BatchGetImage and ecr:GetDownloadUrlForLayer, or the registry's "
        "login in repository_credentials.",
    ),
    (
        r"CannotPull",
        "The task does not reach the registry: it needs a public IP address, a NAT gateway, or VPC endpoints for ecr.api, ecr.dkr "
        "and s3.",
    ),
    (
        r"ResourceInitializationError",
        "The execution role must be allowed to read the secrets and to write the log group, both must exist, and the task must "
        "reach them: by a public IP address, a NAT gateway or VPC endpoints.",
    ),
    (
        r"unable to assume",
        "The role must exist, and its trust policy must allow sts:AssumeRole to ecs-tasks.amazonaws.com.",
    ),
    (r"SpotInterruption", "Spot capacity was taken away: put a base of the tasks on FARGATE or On-Demand instances."),
    (
        r"RESOURCE:|unable to place|Capacity is unavailable|insufficient capacity",
        "There is no room for the task: give the cluster capacity, or the task less cpu and memory, or another capacity provider.",
    ),
    (
        r"health ?checks?",
        "Look at the health check's path, port and codes, at the security groups between, and whether "
        "health_check_grace_period_seconds is long enough for the start.",
    ),
    (r"OutOfMemory", "The container needs more memory than its limit."),
    (
        r"exit 137",
        "The container was killed (137): most often for want of memory, or it did not stop within stop_timeout.",
    ),
    (r"exit 139", "The container broke down with a memory violation (139)."),
    (r"exit 12[67]", "The container's command does not exist in the image, or may not be run."),
    (r"executable file not found|no such file or directory", "The container's command does not exist in the image."),
    (r"AWAITING_ACTION", "Somebody has to say how it goes on: ecs_deployment with action: continue, or rollback."),
    (
        r"still to stop",
        "Old tasks leave when their connections have: look at the target group's deregistration delay and at stop_timeout.",
    ),
]


def tail(arn):
    """web:43 of a task definition's ARN, a task's id of its ARN."""
    return (arn or "").rsplit("/", 1)[-1]


def duration(seconds):
    seconds = round(seconds)
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"


def masked(text, patterns=()):
    """A text without what looks like a secret; of a pattern with groups the first group is kept."""
    for pattern in (*SECRETS, *patterns):
        text = re.sub(pattern, lambda found: (found.group(1) if found.re.groups else "") + MASK, text)
    return text


def mask_mistakes(patterns, where="diagnose.mask"):
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            yield f"{where}: {pattern!r} is not a regular expression: {error}"


def culprit(task):
    """The container that made a task stop."""
    containers = task.get("containers", [])
    for blamed in (lambda each: each.get("exitCode"), lambda each: each.get("reason"), lambda each: True):
        for each in containers:
            if blamed(each):
                return each
    return {}


def told(task):
    """What became of a stopped task, as it is grouped and returned."""
    container, why = culprit(task), task.get("stoppedReason")
    return {
        "stop_code": task.get("stopCode", "(no stop code)"),
        "reason": None if (why or "").startswith(PLAIN_EXIT) else why,
        "container": container.get("name"),
        "exit_code": container.get("exitCode"),
        "container_reason": container.get("reason"),
    }


def grouped(tasks):
    """Stopped tasks by what became of them, those that are most first; each group names one of its tasks."""
    groups, counts = {}, Counter()
    for task in sorted(tasks, key=lambda each: str(each.get("stoppedAt", "")), reverse=True):
        what = told(task)
        key = tuple(CHANGING.sub("", str(value)) for value in what.values())
        counts[key] += 1
        groups.setdefault(key, {**what, "task": tail(task["taskArn"])})
    return [{"count": counts[key], **groups[key]} for key, _count in counts.most_common()]


def sentence(group):
    """A group of stopped tasks in one line."""
    parts = [group["reason"]] if group["reason"] else []
    if group["container"] and group["exit_code"] is not None:
        why = f" ({group['container_reason']})" if group["container_reason"] else ""
        parts.append(f"container {group['container']} exit {group['exit_code']}{why}")
    elif group["container_reason"] and group["container_reason"] not in (group["reason"] or ""):
        parts.append(f"container {group['container']}: {group['container_reason']}")
    return f"{group['count']}x {group['stop_code']}: {'; '.join(parts) or 'AWS says no more'}; task {group['task']}"


def hopeless(tasks):
    """The reason of a stopped task that no waiting makes better, if there is one."""
    for task in tasks:
        for text in (task.get("stoppedReason"), culprit(task).get("reason")):
            if text and HOPELESS_TASK.search(text):
                return text
    return None


def hint(text):
    return next((each for pattern, each in HINTS if re.search(pattern, text, re.IGNORECASE | re.DOTALL)), None)


def last_events(events, began, limit):
    """The events of a service since then, those of failures first, as lines."""
    since = [each for each in events if not began or each["createdAt"] >= began]
    since.sort(key=lambda each: not FAILURE_WORDS.search(each["message"]))
    return [f"{each['createdAt']:%H:%M:%S} {each['message']}" for each in since[:limit]]


def log_place(definition, container, task_id):
    """((log group, stream), None) of a container, or (None, why its lines can't be read)."""
    found = next((each for each in definition.get("containerDefinitions", []) if each["name"] == container), {})
    log = found.get("logConfiguration")
    if not log:
        return None, f"the container {container} has no log configuration"
    options = log.get("options", {})
    if log["logDriver"] != "awslogs":
        return None, f"the lines of {container} went to the log driver {log['logDriver']}"
    if not options.get("awslogs-stream-prefix"):
        return None, f"the log streams of {container} have no awslogs-stream-prefix to find them by"
    return (options["awslogs-group"], f"{options['awslogs-stream-prefix']}/{container}/{task_id}"), None


@dataclass
class Reader:
    """Reads what explains a failure. What may not be read is noted and left out."""

    client: Any
    logs: Any  # makes the client
    cluster: str
    settings: dict  # events, log_lines, mask
    notes: list = field(default_factory=list)

    def tolerant(self, what, call, otherwise=None):
        try:
            return call()
        except AWS_ERRORS as error:
            code = code_of(error) if isinstance(error, ClientError) else type(error).__name__
            self.notes.append(f"{what} not read: {code}")
            return otherwise

    def mask(self, text):
        return masked(text, self.settings["mask"])

    def stopped(self, service_name, deployment):
        """The tasks of this deployment that were stopped, but for those that ECS itself took away at its end."""
        arns = self.tolerant(
            "stopped tasks (ecs:ListTasks)",
            lambda: api.task_arns(self.client, self.cluster, serviceName=service_name, desiredStatus="STOPPED"),
            [],
        )
        found = self.tolerant(
            "stopped tasks (ecs:DescribeTasks)", lambda: api.tasks(self.client, self.cluster, arns[:100]), []
        )
        ours = [each for each in found if _is_of(each, deployment)]
        return [each for each in ours if not CONSEQUENCE.search(each.get("stoppedReason", ""))]

    def log_tails(self, tasks, definition_arn):
        """[{container, task, lines}] of what failed."""
        blamed = _blamed(tasks)
        if not self.settings["log_lines"] or not blamed:
            return []
        definition = self.tolerant(
            "task definition (ecs:DescribeTaskDefinition)", lambda: api.task_definition(self.client, definition_arn)
        )
        return self.tails(definition or {}, blamed)

    def tails(self, definition, containers):
        """The same of these containers, each with its task."""
        found = []
        for task, container in containers:
            place, why = log_place(definition, container, tail(task["taskArn"]))
            if why and definition:
                self.notes.append(why)
            lines = self._lines(place) if place else []
            if lines:
                found.append({"container": container, "task": tail(task["taskArn"]), "lines": lines})
        return found

    def _lines(self, place):
        lines = self.tolerant(
            "log lines (logs:GetLogEvents)",
            lambda: api.log_lines(self.logs(), *place, self.settings["log_lines"]),
            [],
        )
        return [self.mask(line) for line in lines]


def _is_of(task, deployment):
    """ECS starts a service's task in the name of its deployment."""
    return task.get("startedBy") == deployment["id"]


def _blamed(tasks):
    """(task, name of the container that failed), one for each way to fail."""
    seen = {}
    for task in sorted(tasks, key=lambda each: str(each.get("stoppedAt", "")), reverse=True):
        container = culprit(task)
        if container and task.get("startedAt"):
            seen.setdefault((container["name"], container.get("exitCode")), (task, container["name"]))
    return list(seen.values())[:MOST_LOGS]


def explanation(reader, failure):
    """The message of a failure, out of its parts."""
    lines = [failure["headline"], *(f"Cause: {each}" for each in failure["causes"])]
    if failure["stopped_tasks"]:
        lines += ["Stopped tasks:", *(f"- {sentence(each)}" for each in failure["stopped_tasks"])]
    if failure["events"]:
        lines += ["Events:", *(f"- {each}" for each in failure["events"])]
    for each in failure["logs"]:
        lines += [f"Log of {each['container']}, task {each['task']}:", *(f"  {line}" for line in each["lines"])]
    lines += [f"Note: {each}" for each in dict.fromkeys(failure["notes"])]
    if failure["hint"]:
        lines.append(f"Hint: {failure['hint']}")
    lines += [f"Now: {each}" for each in failure["now"]]
    return reader.mask("\n".join(lines))


def masked_all(value, mask):
    """A failure with every text in it masked."""
    if isinstance(value, dict):
        return {key: masked_all(each, mask) for key, each in value.items()}
    if isinstance(value, list):
        return [masked_all(each, mask) for each in value]
    return mask(value) if isinstance(value, str) else value
