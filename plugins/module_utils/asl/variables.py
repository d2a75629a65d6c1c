# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables: assigned before they are used, and by whom they may be. Pure.

https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.landfall.aws.plugins.module_utils.asl import maps
from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import close_to
from ansible_collections.landfall.aws.plugins.module_utils.asl.tree import JSONATA


@dataclass(frozen=True)
class Known:
    """What is assigned when a state begins: on some way there, on every way there, and in states around it."""

    some: frozenset = frozenset()
    every: frozenset = frozenset()
    outer: frozenset = frozenset()


def check(report, machine, known=Known()):
    """A machine and all inside of it."""
    at = _at_each(machine, known)
    everywhere = {name for state in machine.states.values() for _way, names in _assigned(state) for name in names}
    for state in machine.states.values():
        here = at.get(state.name)
        _scope(report, state, known.outer)
        if here is None:
            continue  # nothing leads there, which is said elsewhere
        for path, name in report.used.get(state.path, ()):
            _use(report, path, name, here, everywhere)
        for part in state.parts:
            if maps.is_distributed(state):
                check(report, part)
            else:
                check(report, part, Known(here.some, here.every, known.outer | frozenset(everywhere)))


def _use(report, path, name, here, everywhere):
    if name in here.every:
        return
    if name in here.some:
        hint = "assign it on all of them, be it as null"
        report.add(
            path, "VARIABLE_MAYBE_UNASSIGNED", f"${name} is not assigned on every way to here", hint, at_value=True
        )
        return
    if name in everywhere:
        message, hint = f"${name} is used before it is assigned", "the Assign of a state counts from the next state on"
    else:
        message, hint = f"${name} is assigned nowhere before", close_to(name, here.some | everywhere)
    report.add(path, "VARIABLE_UNASSIGNED", message, hint, at_value=True)


def _names(state, body):
    assign = body.get("Assign") if isinstance(body, dict) else None
    if not isinstance(assign, dict):
        return frozenset()
    return frozenset(key if state.language == JSONATA else key.removesuffix(".$") for key in assign)


def _assigned(state):
    """(where it leads, what is assigned on that way) for each way out."""
    body = state.body
    ways = []
    if state.type == "Choice":
        ways.append((body.get("Default"), _names(state, body)))
    else:
        ways.append((body.get("Next"), _names(state, body)))
    for key in ("Choices", "Catch"):
        rules = body.get(key)
        for rule in rules if isinstance(rules, list) else ():
            if isinstance(rule, dict):
                ways.append((rule.get("Next"), _names(state, rule)))
    return ways


def _at_each(machine, known):
    """What is known at each state that can be reached."""
    at = {}
    if machine.start in machine.states:
        at[machine.start] = (known.some, known.every)
    waiting = list(at)
    while waiting:
        name = waiting.pop()
        some, every = at[name]
        for target, names in _assigned(machine.states[name]):
            if not isinstance(target, str) or target not in machine.states:
                continue
            new = (some | names, every | names)
            if target in at:
                new = (at[target][0] | new[0], at[target][1] & new[1])
            if at.get(target) != new:
                at[target] = new
                waiting.append(target)
    return {name: Known(some, every, known.outer) for name, (some, every) in at.items()}


def _scope(report, state, outer):
    places = [((*state.path, "Assign"), state.body.get("Assign"))]
    for key in ("Choices", "Catch"):
        rules = state.body.get(key)
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, dict):
                places.append(((*state.path, key, index, "Assign"), rule.get("Assign")))
    for path, assign in places:
        for key in assign if isinstance(assign, dict) else ():
            name = key if state.language == JSONATA else key.removesuffix(".$")
            if name in outer:
                around = state.machine.around
                message = f'"{name}" is a variable of the states around the {around.type} "{around.name}"'
                report.add((*path, key), "VARIABLE_SCOPE", message, "take another name, and hand it out as output")
