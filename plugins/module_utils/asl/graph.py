# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A state machine as what a picture shows of it: states, what they hold, and how one leads to the next. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.landfall.aws.plugins.module_utils.asl import graph_words as words
from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import ERROR, close_to
from ansible_collections.landfall.aws.plugins.module_utils.asl.tree import root

TYPES = ("Task", "Choice", "Wait", "Pass", "Succeed", "Fail", "Parallel", "Map")


@dataclass(frozen=True)
class Move:
    """One state leads to another, or to the end where the target is None."""

    source: str
    target: str | None
    kind: str  # next, choice, default, catch
    label: str = ""
    comment: str = ""


@dataclass(frozen=True)
class State:
    name: str
    type: str
    details: tuple[str, ...]
    retries: tuple[str, ...]
    comment: str
    parts: tuple[Part, ...]
    unreachable: bool = False
    elsewhere: bool = False  # it runs in executions of its own


@dataclass(frozen=True)
class Part:
    """States with a start: all of them, a branch, or what is done with each item."""

    start: str
    states: tuple[State, ...]
    moves: tuple[Move, ...]

    def all(self):
        """Its states, and those inside of them."""
        for state in self.states:
            yield state
            for part in state.parts:
                yield from part.all()


def seen(source):
    """What is seen of a definition without mistakes()."""
    return _part(root(source.tree), False)


def _part(machine, elsewhere):
    moves = tuple(move for state in machine.states.values() for move in _moves(state))
    reached, ahead = set(), [machine.start]
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += [each.target for each in moves if each.source == name and each.target is not None]
    states = tuple(_state(each, each.name not in reached, elsewhere) for each in machine.states.values())
    return Part(machine.start, states, moves)


def _state(state, unreachable, elsewhere):
    inside = elsewhere or (state.type == "Map" and words.is_distributed(state.body))
    return State(
        name=state.name,
        type=state.type if state.type in TYPES else "Unknown type",
        details=tuple(words.details(state.body)),
        retries=tuple(words.retries(state.body)),
        comment=words.text(state.body.get("Comment", "")),
        parts=tuple(_part(each, inside) for each in state.parts if each.states),
        unreachable=unreachable,
        elsewhere=elsewhere,
    )


def _moves(state):
    """Next before rules and Default, and what is caught at last."""
    labels = {
        "Choices": ("choice", words.condition),
        "Catch": ("catch", words.errors),
    }
    caught, found = [], []
    for path, target in state.transitions:
        key, rest = path[len(state.path)], path[len(state.path) + 1 :]
        if key in labels:
            kind, said = labels[key]
            rule = state.body[key][rest[0]]
            move = Move(state.name, target, kind, said(rule), words.text(rule.get("Comment", "")))
            (caught if key == "Catch" else found).append(move)
        else:
            found.append(Move(state.name, target, key.lower(), "otherwise" if key == "Default" else ""))
    # tree.State names Default before the rules; it is what is left when none of them applies.
    found.sort(key=lambda each: each.kind == "default")
    if state.body.get("End") is True:
        found.append(Move(state.name, None, "next"))
    return [*found, *caught]


def mistakes(source):
    """Findings of what can't be drawn. What AWS would refuse besides is drawn all the same."""
    if source.problems:
        return [each for each in source.problems if each.severity == ERROR]
    if not isinstance(source.tree, dict):
        return [source.finding((), "WRONG_TYPE", ERROR, "the definition is not an object with StartAt and States")]
    return list(_mistakes(source, root(source.tree)))


def _mistakes(source, machine):
    if not machine.states:
        yield source.finding(machine.path, "MISSING_FIELD", ERROR, "there are no States", "give one at least")
        return
    if machine.start not in machine.states:
        message = f"StartAt is {machine.start!r}, and there is no such state beside it"
        hint = close_to(machine.start, machine.states)
        yield source.finding(
            (*machine.path, "StartAt"), "MISSING_TRANSITION_TARGET", ERROR, message, hint, at_value=True
        )
    for state in machine.states.values():
        for path, target in state.transitions:
            if target not in machine.states:
                message = f"{path[-1]} of {state.name!r} is {target!r}, and there is no such state beside it"
                hint = close_to(target, machine.states)
                yield source.finding(path, "MISSING_TRANSITION_TARGET", ERROR, message, hint, at_value=True)
        for part in state.parts:
            yield from _mistakes(source, part)
