# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a state machine's definition, found without AWS. Pure.

cfn-lint carries a JSON schema of definitions; it knows neither places nor MaxDelaySeconds, what stands in an ItemReader or
where a transition leads, and a schema's message is no sentence. So the fields stand in fields.py as data, and all that a
schema can't say has a file of its own.
"""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.asl import (
    choices,
    flow,
    handlers,
    maps,
    resources,
    shape,
    variables,
)
from ansible_collections.landfall.aws.plugins.module_utils.asl.fields import STATES
from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import close_to, in_order
from ansible_collections.landfall.aws.plugins.module_utils.asl.report import Report, shown, wants
from ansible_collections.landfall.aws.plugins.module_utils.asl.tree import JSONATA, JSONPATH, machines, root

LARGEST = 1_048_576


def lint(source, type="STANDARD", ignore=()):
    """All findings in a definition that was read, by place, without those of the codes to ignore."""
    report = Report(source, type)
    if source.tree is not None or not source.problems:
        _definition(report, source)
    return in_order(each for each in [*source.problems, *report.findings] if each.code not in ignore)


def _definition(report, source):
    if not wants(report, (), source.tree, "object"):
        return
    size = len(source.text.encode())
    if size > LARGEST:
        hint = f"AWS allows {LARGEST} bytes; move a part into a state machine of its own"
        report.add((), "DEFINITION_TOO_LARGE", f"The definition has {size} bytes", hint)
    top = root(source.tree)
    found = list(machines(top))
    errors = handlers.own_names(found)
    for machine in found:
        _machine(report, machine, errors)
    flow.check(report, found)
    variables.check(report, top)
    if report.jsonata_unchecked:
        report.add((), "JSONATA_UNCHECKED", "The JSONata expressions are not checked", "pip install jsonata-python")


def _machine(report, machine, errors):
    around = machine.around
    label = "the definition" if not around else "a branch" if around.type == "Parallel" else "an ItemProcessor"
    shape.check(report, None, machine.path, machine.body, label)
    states = machine.body.get("States")
    if not isinstance(states, dict):
        return
    if not states:
        report.add(
            (*machine.path, "States"), "WRONG_VALUE", "States is empty", "give at least one state", at_value=True
        )
    express = _express(report, machine)
    for name, body in states.items():
        if name in machine.states:
            _state(report, machine.states[name], express, errors)
        else:
            wants(report, (*machine.path, "States", name), body, "object")


def _express(report, machine):
    """What can't do what only Standard can, for a sentence; None for Standard."""
    while machine.around:
        around = machine.around
        if maps.is_distributed(around):
            child = maps.config(around).get("ExecutionType")
            return f'The Map "{around.name}", whose child executions are EXPRESS,' if child == "EXPRESS" else None
        machine = around.machine
    return "An EXPRESS state machine" if report.type == "EXPRESS" else None


def _state(report, state, express, errors):
    if state.type not in STATES:
        _type(report, state)
        return
    if state.body.get("QueryLanguage") == JSONPATH and state.machine.language == JSONATA:
        hint = f"leave out the definition's QueryLanguage, and set {JSONATA} in each of the other states"
        message = f'The {state.type} "{state.name}" speaks JSONPath, and the definition JSONata'
        report.add((*state.path, "QueryLanguage"), "QUERY_LANGUAGE", message, hint)
    shape.check(report, state, state.path, state.body, state.type)
    handlers.check(report, state, errors)
    if state.type == "Choice":
        choices.check(report, state)
    elif state.type == "Task":
        resources.check(report, state, express)
    elif state.type == "Map":
        maps.check(report, state, express)
    elif state.type == "Parallel":
        _branches(report, state)


def _type(report, state):
    if "Type" not in state.body:
        message = f'The state "{state.name}" needs Type'
        report.add(state.path, "MISSING_FIELD", message, f"it is one of {', '.join(STATES)}")
    elif state.type is not None:
        hint = close_to(state.type, STATES, f"it is one of {', '.join(STATES)}")
        report.add((*state.path, "Type"), "WRONG_VALUE", f"Type is {shown(state.type)}", hint, at_value=True)
    else:
        wants(report, (*state.path, "Type"), state.body["Type"], "text")


def _branches(report, state):
    branches = state.body.get("Branches")
    if isinstance(branches, list):
        if not branches:
            hint = "give at least one branch"
            report.add((*state.path, "Branches"), "WRONG_VALUE", "Branches is empty", hint, at_value=True)
        for index, branch in enumerate(branches):
            wants(report, (*state.path, "Branches", index), branch, "object")
