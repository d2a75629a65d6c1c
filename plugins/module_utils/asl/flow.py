# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a definition's states lead to: missing, foreign and unreachable ones, and whether there is an end. Pure."""

from __future__ import annotations

from collections import defaultdict

from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import close_to
from ansible_collections.landfall.aws.plugins.module_utils.asl.substitutions import has_placeholder

LONGEST_NAME = 80
ENDS_ITSELF = ("Succeed", "Fail")


def check(report, all_machines):
    """All machines of a definition, for names are looked for in all of them."""
    homes = defaultdict(list)
    for machine in all_machines:
        for state in machine.states.values():
            _name(report, state, homes[state.name])
            homes[state.name].append(state)
    for machine in all_machines:
        if machine.states:
            _targets(report, machine, homes)
            _reachable(report, machine)
            _end(report, machine)


def _name(report, state, same):
    if not state.name:
        report.add(state.path, "STATE_NAME", "A state's name is empty", "give it one")
    elif len(state.name) > LONGEST_NAME:
        message = f'The name "{state.name[:20]}..." has {len(state.name)} characters'
        report.add(state.path, "STATE_NAME", message, f"AWS allows {LONGEST_NAME}")
    if same:
        where = report.source.position(same[0].path)
        place = f"in line {where[0]}" if where else f"at /{'/'.join(map(str, same[0].path))}"
        message = f'There is a state "{state.name}" already, {place}'
        report.add(state.path, "DUPLICATE_STATE_NAME", message, "names are unique in the whole definition")


def _targets(report, machine, homes):
    targets = [((*machine.path, "StartAt"), machine.start)]
    for state in machine.states.values():
        targets += state.transitions
        _onward(report, state)
    for path, name in targets:
        if not isinstance(name, str) or name in machine.body["States"] or has_placeholder(name):
            continue
        if homes.get(name):
            message = f'{path[-1]} "{name}" leads {_border(machine, homes[name][0].machine)}'
            report.add(path, "TRANSITION_LEAVES", message, "states inside can only lead to each other")
        else:
            report.add(
                path, "MISSING_TRANSITION_TARGET", f'{path[-1]} "{name}" does not exist', close_to(name, machine.states)
            )


def _border(machine, other):
    around = machine.around
    if around and other.path == machine.path[: len(other.path)]:
        return f'out of the {around.type} "{around.name}"'
    if other.around:
        return f'into the {other.around.type} "{other.around.name}"'
    return "elsewhere"


def _onward(report, state):
    if state.type not in ("Pass", "Task", "Wait", "Parallel", "Map"):
        return
    end = state.body.get("End")
    if "Next" in state.body and end is True:
        report.add((*state.path, "End"), "CONFLICTING_FIELDS", "End and Next can't stand together", "keep one of them")
    elif "Next" not in state.body and end in (None, False):
        message = f'The {state.type} "{state.name}" has neither Next nor End'
        report.add(state.path, "MISSING_FIELD", message, 'name the next state, or set "End": true')


def _reachable(report, machine):
    seen, ways = set(), [machine.start]
    while ways:
        name = ways.pop()
        if name in machine.states and name not in seen:
            seen.add(name)
            ways += [target for _path, target in machine.states[name].transitions]
    # With a start or a way that is not known, everything could be reached.
    if machine.start not in machine.states:
        return
    for state in machine.states.values():
        if state.name not in seen:
            hint = "lead to it, or remove it"
            report.add(state.path, "UNREACHABLE_STATE", f'No transition leads to the state "{state.name}"', hint)


def _end(report, machine):
    states = machine.states.values()
    if any(state.type in ENDS_ITSELF or state.body.get("End") not in (None, False) for state in states):
        return
    # Where a state lacks both, or leads nowhere, that is said there.
    if any(name not in machine.states for state in states for _path, name in state.transitions):
        return
    if any(state.type in ("Pass", "Task", "Wait", "Parallel", "Map") and "Next" not in state.body for state in states):
        return
    what = f'of the {machine.around.type} "{machine.around.name}" ' if machine.around else ""
    hint = 'set "End": true in the last one, or add a Succeed or a Fail'
    report.add((*machine.path, "States"), "NO_TERMINAL_STATE", f"None of the states {what}ends the execution", hint)
