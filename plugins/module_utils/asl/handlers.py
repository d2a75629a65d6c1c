# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Retry and Catch. Pure.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.asl import shape
from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import close_to
from ansible_collections.landfall.aws.plugins.module_utils.asl.report import has_type, wants

ANY = "States.ALL"
ERRORS = (
    ANY,
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.Http.Socket",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
)
# States.Http.StatusCode.404 and its like.
PREFIX = "States.Http.StatusCode."


def own_names(machines):
    """The names that the definition's own Fail states have, which can begin with States. as well."""
    fails = [state for machine in machines for state in machine.states.values() if state.type == "Fail"]
    return {state.body["Error"] for state in fails if isinstance(state.body.get("Error"), str)}


def check(report, state, own=()):
    """``own`` are the errors that the definition itself raises."""
    for kind in ("Retry", "Catch"):
        handlers = state.body.get(kind)
        if isinstance(handlers, list):
            _each(report, state, kind, handlers, own)


def _each(report, state, kind, handlers, own):
    seen = {}
    for index, handler in enumerate(handlers):
        where = (*state.path, kind, index)
        if not isinstance(handler, dict):
            wants(report, where, handler, "object")
            continue
        shape.check(report, state, where, handler, f"a {kind}")
        names = handler.get("ErrorEquals")
        if isinstance(names, list):
            _names(report, (*where, "ErrorEquals"), names, seen, own, last=index == len(handlers) - 1)
        if kind == "Retry":
            _delay(report, where, handler)


def _names(report, where, names, seen, own, last):
    for index, name in enumerate(names):
        if not isinstance(name, str):
            continue
        here = (*where, index)
        if name.lower().startswith("states.") and name not in (*ERRORS, *own) and not name.startswith(PREFIX):
            hint = close_to(name, ERRORS, "names that begin with States. are AWS's own")
            report.add(here, "ERROR_NAME", f'there is no error "{name}"', hint)
        elif name in seen:
            message = f'"{name}" is handled by number {seen[name]} of the list already'
            report.add(here, "HANDLER_NEVER_RUNS", message, "remove it here, or there")
        seen.setdefault(name, where[-2] + 1)
    if ANY in names:
        here = (*where, names.index(ANY))
        if len(names) > 1:
            report.add(here, "ERROR_NAMES", f"{ANY} stands beside other names", "it means all errors, and stands alone")
        if not last:
            report.add(here, "ERROR_NAMES", f"{ANY} is not in the last of the list", "what comes after would never run")


def _delay(report, where, handler):
    most, interval = handler.get("MaxDelaySeconds"), handler.get("IntervalSeconds", 1)
    if has_type(most, "integer") and has_type(interval, "integer") and most <= interval:
        message = f"MaxDelaySeconds is {most}, and IntervalSeconds is {interval}"
        report.add((*where, "MaxDelaySeconds"), "RETRY_DELAY", message, "give more than IntervalSeconds", at_value=True)
