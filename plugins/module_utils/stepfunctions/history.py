# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why an execution failed, out of its history: the state, the attempt, the error and its cause in words. Pure.

Events are as AWS answers them. Each names the one before it, which in a Map or Parallel is another than the one listed
before it.
"""

from __future__ import annotations

import json
import re

FAILED = re.compile(
    r"(Task|LambdaFunction|Activity|Evaluation|MapRun)(Schedule|Start|Submit)?Failed|(Task|LambdaFunction|Activity)TimedOut"
)
UNSUCCESSFUL = ("FAILED", "TIMED_OUT", "ABORTED")
ENDS = ("ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")
SECRET = re.compile(
    r"password|passwd|passphrase|(^|[_-])pass$|secret|token|credential|(api|private)_?-?key|authorization",
    re.IGNORECASE,
)
DATA = ("input", "output", "parameters")  # of an event, in JSON
MASK = "********"
STATES_BEFORE = 3
LONGEST = 600  # characters of a cause or an input in a message
HINTS = {
    "States.Timeout": "Give the state or the state machine a longer TimeoutSeconds, or look at what it waits for.",
    "States.HeartbeatTimeout": "The worker sent no heartbeat within HeartbeatSeconds.",
    "States.Permissions": "The state machine's role may not do this; give it the permission, or trust.",
    "States.DataLimitExceeded": "More than 256 KiB went from one state to the next; keep data in S3 and pass its place on.",
    "States.NoChoiceMatched": "Give the Choice state a Default.",
    "States.Runtime": "A path or a type did not fit the input. This error can't be caught.",
    "States.QueryEvaluationError": "A JSONata expression did not fit the input.",
    "States.ExceedToleratedFailureThreshold": "More items failed than ToleratedFailurePercentage or ToleratedFailureCount allow.",
    "States.ItemReaderFailed": "The Map state could not read its items; look at the ItemReader and the role's rights.",
    "States.ResultWriterFailed": "The Map state could not write its results; look at the ResultWriter and the role's rights.",
    "Lambda.TooManyRequestsException": "Give the state a Retry for Lambda.TooManyRequestsException.",
    "Lambda.ResourceNotFoundException": "The function does not exist in this region and account.",
}


def failure_of(events):
    """What failed, of events with the newest first: state, resource, attempt, error, cause, input, states_before."""
    by_id = {each["id"]: each for each in events}
    end = next((each for each in events if each["type"] in ENDS), None)
    way = list(_back(end or (events[0] if events else None), by_id))
    culprit = next((each for each in way if FAILED.fullmatch(each["type"]) or each["type"] == "FailStateEntered"), None)
    if not culprit and end and end["type"] == "ExecutionFailed":
        # A Map or Parallel does not always name the branch that failed.
        culprit = next((each for each in events if FAILED.fullmatch(each["type"])), None)
    way = list(_back(culprit, by_id)) if culprit else way
    return _described(way, end)


def told(failure):
    """What is known of a failure."""
    return {key: value for key, value in failure.items() if value not in (None, [])}


def _back(event, by_id):
    while event:
        yield event
        # One that names none comes after the one that is listed before it.
        event = by_id.get(event.get("previousEventId", event["id"] - 1))


def _described(way, end):
    entered = next((index for index, each in enumerate(way) if each["type"].endswith("StateEntered")), None)
    inside = way if entered is None else way[: entered + 1]
    details = way[entered]["stateEnteredEventDetails"] if entered is not None else {}
    said = _said(end) or next(filter(None, map(_said, inside)), {})
    left = [each["stateExitedEventDetails"]["name"] for each in way if each["type"].endswith("StateExited")]
    return {
        "state": details.get("name"),
        "resource": next(filter(None, map(_resource, inside)), None),
        "attempt": sum(1 for each in inside if FAILED.fullmatch(each["type"])) or None,
        "error": said.get("error"),
        "cause": decoded(said.get("cause")),
        "input": masked(parsed(details.get("input"))),
        "states_before": left[:STATES_BEFORE][::-1],
    }


def _said(event):
    """The error and cause that an event tells."""
    for key, details in (event or {}).items():
        if key.endswith("EventDetails") and ("error" in details or "cause" in details):
            return details
    return None


def _resource(event):
    """What was called, like lambda:invoke or a function's ARN."""
    task = event.get("taskScheduledEventDetails")
    if task:
        return f"{task['resourceType']}:{task['resource']}"
    for key in ("lambdaFunctionScheduledEventDetails", "activityScheduledEventDetails"):
        if key in event:
            return event[key]["resource"]
    return None


def parsed(text):
    """The value of a JSON text; a text that is none stays what it is."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def masked(value):
    """The same without what by its key is a secret."""
    if isinstance(value, dict):
        return {key: MASK if SECRET.search(key) else masked(each) for key, each in value.items()}
    if isinstance(value, list):
        return [masked(each) for each in value]
    return value


def readable(value):
    """Events with what went in and came out as values, and without their secrets."""
    if isinstance(value, list):
        return [readable(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: masked(parsed(each)) if key in DATA else readable(each) for key, each in value.items()}


def decoded(cause):
    """A cause in words. Functions, tasks and nested executions tell theirs in JSON, each in its own way."""
    value = parsed(cause)
    if not isinstance(value, dict):
        return value if value is None else str(value)
    if "errorMessage" in value:
        return _of_function(value)
    if "StoppedReason" in value or "Containers" in value:
        return _of_task(value)
    if "Cause" in value or "Error" in value:
        return ": ".join(filter(None, [value.get("Error"), decoded(value.get("Cause"))]))
    return json.dumps(masked(value), ensure_ascii=False)


def _of_function(value):
    trace = value.get("stackTrace") or value.get("trace") or []
    # Python's trace ends where it failed, and that of Node.js begins there, with the message.
    lines = [" ".join(str(each).split()) for each in trace]
    place = lines[-1] if value.get("stackTrace") else next((each for each in lines if each.startswith("at ")), "")
    said = ": ".join(filter(None, [value.get("errorType"), str(value["errorMessage"])]))
    return f"{said} ({place})" if place else said


def _of_task(value):
    parts = [value.get("StoppedReason")]
    for container in value.get("Containers") or []:
        if container.get("ExitCode") or container.get("Reason"):
            why = f" ({container['Reason']})" if container.get("Reason") else ""
            parts.append(f"container {container.get('Name')} ended with {container.get('ExitCode')}{why}")
    return "; ".join(filter(None, parts)) or "the task stopped, and does not say why"


def headline(described, failure, seconds):
    """What happened, in one sentence."""
    where = f' in state "{failure["state"]}"' if failure.get("state") else ""
    what = f" ({failure['resource']})" if failure.get("resource") else ""
    attempt = f", attempt {failure['attempt']}" if (failure.get("attempt") or 0) > 1 else ""
    took = "" if seconds is None else f" after {seconds:.0f} s"
    name = described.get("name") or described["execution_arn"].rpartition(":")[2]
    return f"The execution {name} {described['status']}{took}{where}{what}{attempt}"


def explanation(described, failure, seconds):
    """The lines of a failed module's message."""
    lines = [headline(described, failure, seconds)]
    for name in ("error", "cause"):
        if failure.get(name):
            lines.append(f"{name.capitalize()}: {_cut(failure[name])}")
    if failure.get("input") is not None:
        lines.append(f"Input of the state: {_cut(json.dumps(failure['input'], ensure_ascii=False))}")
    if failure.get("states_before"):
        lines.append(f"States before: {', '.join(failure['states_before'])}")
    if failure.get("error") in HINTS:
        lines.append(f"Hint: {HINTS[failure['error']]}")
    if described.get("redrive_status"):
        reason = described.get("redrive_status_reason")
        possible = described["redrive_status"] == "REDRIVABLE"
        lines.append(
            "Redrive: possible, with state: redriven" if possible else f"Redrive: not possible. {reason or ''}".strip()
        )
    return "\n".join(lines)


def _cut(text):
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
