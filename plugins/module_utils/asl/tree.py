# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A definition's states, with those inside of Parallel and Map. Pure, and patient with what is not right."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

JSONPATH = "JSONPath"
JSONATA = "JSONata"


def _is_states(body):
    return isinstance(body, dict) and isinstance(body.get("States"), dict)


@dataclass(frozen=True, eq=False)
class Machine:
    """States with a StartAt: the definition itself, a Parallel's branch or what a Map does with each item."""

    path: tuple
    body: dict[str, Any]
    language: str = JSONPATH
    around: State | None = None  # the Parallel or Map that this is a part of

    @cached_property
    def states(self):
        """Its own states, by name."""
        if not _is_states(self.body):
            return {}
        return {
            name: State(name, body, (*self.path, "States", name), self)
            for name, body in self.body["States"].items()
            if isinstance(body, dict)
        }

    @property
    def start(self):
        start = self.body.get("StartAt")
        return start if isinstance(start, str) else None


@dataclass(frozen=True, eq=False)
class State:
    """One state."""

    name: str
    body: dict[str, Any]
    path: tuple
    machine: Machine

    @property
    def type(self):
        type = self.body.get("Type")
        return type if isinstance(type, str) else None

    @property
    def language(self):
        own = self.body.get("QueryLanguage")
        return own if own in (JSONPATH, JSONATA) else self.machine.language

    @cached_property
    def parts(self):
        """The branches of a Parallel, or the one of a Map."""
        inner = []
        if self.type == "Parallel" and isinstance(self.body.get("Branches"), list):
            inner = [(("Branches", index), each) for index, each in enumerate(self.body["Branches"])]
        elif self.type == "Map":
            inner = [((key,), self.body[key]) for key in ("ItemProcessor", "Iterator") if key in self.body]
        # What is inside of a state has the language of the definition, not the state's own.
        return [
            Machine((*self.path, *path), body, self.machine.language, self)
            for path, body in inner
            if isinstance(body, dict)
        ]

    @cached_property
    def transitions(self):
        """Where it can lead to: (path, name of the state) of Next, Default, each rule and each Catch."""
        found = []
        for key in ("Next", "Default"):
            if key in self.body and (key == "Default") == (self.type == "Choice"):
                found.append(((*self.path, key), self.body[key]))
        for key in ("Choices", "Catch"):
            rules = self.body.get(key)
            for index, rule in enumerate(rules if isinstance(rules, list) else ()):
                if isinstance(rule, dict) and "Next" in rule:
                    found.append(((*self.path, key, index, "Next"), rule["Next"]))
        return [(path, name) for path, name in found if isinstance(name, str)]


def root(tree):
    """The definition as a machine."""
    body = tree if isinstance(tree, dict) else {}
    language = body.get("QueryLanguage")
    return Machine((), body, language if language in (JSONPATH, JSONATA) else JSONPATH)


def machines(machine):
    """The machine, and all that are inside of it, outer ones first."""
    yield machine
    for state in machine.states.values():
        for part in state.parts:
            yield from machines(part)
