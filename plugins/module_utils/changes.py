# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan: what is wanted against what is live, as a list of changes. Pure; knows nothing of AWS.

A resource's properties are written the same way on both sides, and name other resources instead of holding their ids.
So a plan can be made, compared and shown before anything exists.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

KNOWN_AFTER_APPLY = "(known after apply)"
SYMBOLS = {"add": "+", "change": "~", "replace": "-/+", "remove": "-", "unchanged": " "}


class Refused(Exception):
    """What was asked for can't be done; the message says why and what to do."""


def refuse_mistakes(mistakes):
    """Raise Refused with every mistake of a spec, if there is one."""
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        lines = "".join(f"\n- {sentence}" for sentence in mistakes)
        raise Refused(f"{count} in the options; nothing has been changed.{lines}")


@dataclass(frozen=True)
class Resource:
    """One resource, wanted or live."""

    type: str
    name: str
    properties: dict[str, Any] = field(default_factory=dict)
    id: str | None = None
    key: str | None = None  # tells apart resources of one type; the name, unless something lasts longer than it
    hint: Any = None  # tells which one it is where the key was lost, for instance because somebody renamed it
    immutable: tuple[str, ...] = ()  # properties that only a new resource can have otherwise

    @property
    def identity(self):
        return (self.type, self.key or self.name)


@dataclass(frozen=True)
class Change:
    """What happens to one resource, and why."""

    action: str
    type: str
    name: str
    id: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    why: str
    key: str | None = None
    monthly_cost: float | None = None  # what it adds in USD, where that is known; below zero, what it saves

    @property
    def pending(self):
        return self.action != "unchanged"

    @property
    def identity(self):
        return (self.type, self.key or self.name)


def compare(wanted, live):
    """The changes that turn ``live`` into ``wanted``: first the wanted ones in their order, then the removals."""
    remaining = {}
    for resource in live:
        remaining.setdefault(resource.identity, []).append(resource)
    changes = []
    for want in wanted:
        found = remaining.get(want.identity)
        changes.append(_to_become(want, found.pop(0) if found else None))
    extras = [resource for resources in remaining.values() for resource in resources]
    return changes + [_removal(extra, "ours, but not wanted any more") for extra in extras]


def _to_become(want, have):
    if have is None:
        return Change("add", want.type, want.name, None, None, want.properties, "does not exist", want.key)
    known = (have.id, have.properties, want.properties)
    differing = differences(want.properties, have.properties)
    if not differing:
        return Change("unchanged", want.type, have.name, *known, "", want.key)
    fixed = [name for name in differing if name in want.immutable]
    if fixed:
        return Change(
            "replace", want.type, want.name, *known, f"{', '.join(fixed)} can't be changed in place", want.key
        )
    return Change("change", want.type, want.name, *known, f"differs in {', '.join(differing)}", want.key)


def _removal(resource, why):
    return Change("remove", resource.type, resource.name, resource.id, resource.properties, None, why, resource.key)


def differences(wanted, live):
    """The names of the properties that differ. What is not wanted explicitly, other people's tags too, may be anything."""
    return [name for name, value in wanted.items() if value is not None and not _agrees(name, value, live.get(name))]


def _agrees(name, wanted, live):
    if name == "tags":
        return all((live or {}).get(key) == value for key, value in wanted.items())
    return wanted == live


def removals(live, why):
    """The changes that remove everything; ``live`` is in the order of creation."""
    return [_removal(each, why) for each in reversed(list(live))]


def pending(changes):
    return [change for change in changes if change.pending]


def todo(changes):
    """The pending changes by what a role has to do: ``{"create": {type: [...]}, "remove": {type: [...]}}``.

    A replacement is both.
    """
    result = {"create": {}, "remove": {}}
    for change in changes:
        result["create"].setdefault(change.type, [])
        result["remove"].setdefault(change.type, [])
        entry = asdict(change)
        if change.action in ("remove", "replace"):
            result["remove"][change.type].append(entry)
        if change.action in ("add", "change", "replace"):
            # What replaces something has no id yet.
            result["create"][change.type].append({**entry, "id": None} if change.action == "replace" else entry)
    return result


def count(changes):
    """How many resources are added, changed and removed."""
    actions = Counter(change.action for change in changes)
    return {
        "add": actions["add"] + actions["replace"],
        "change": actions["change"],
        "remove": actions["remove"] + actions["replace"],
    }


def summary(changes):
    return "Plan: {add} to add, {change} to change, {remove} to remove".format(**count(changes))


def render(changes, notes=(), cost=None):
    """The plan as a person reads it, one line for each resource and property that differs."""
    lines = []
    for change in pending(changes):
        symbol = SYMBOLS[change.action]
        label = f"{symbol} {change.type} {change.name}" + (f" ({change.id})" if change.id else "")
        lines.append(label if change.action == "add" else f"{label}: {change.why}")
        lines += [f"{symbol}     {line}" for line in _properties(change)]
    lines += [f"# {note}" for note in notes]
    lines.append(summary(changes))
    if cost:
        lines.append(cost)
    return "\n".join(lines) + "\n"


def _properties(change):
    if change.action == "remove":
        return []
    if change.action == "add":
        shown = {"id": KNOWN_AFTER_APPLY, **change.after}
        return [f"{name} = {_text(value)}" for name, value in shown.items() if value not in (None, "", [])]
    lines = []
    for name in differences(change.after, change.before):
        before, after = change.before.get(name), change.after[name]
        if isinstance(after, dict):
            before = before or {}
            keys = [key for key in after if before.get(key) != after[key]]
            # Other people's tags are left alone, so they are not part of the difference.
            keys += [key for key in before if key not in after and name != "tags"]
            lines += [f"{name}.{key} = {_text(before.get(key))} -> {_text(after.get(key))}" for key in keys]
        else:
            lines.append(f"{name} = {_text(before)} -> {_text(after)}")
    return lines


def _text(value):
    if value is None:
        return "(none)"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_text(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_text(each) for each in value) + "]"
    return str(value)


def report(changes, notes=(), cost=None):
    """What a plan module returns of its changes."""
    text = render(changes, notes, cost)
    return {
        "changes": [asdict(change) for change in changes],
        "pending": bool(pending(changes)),
        "summary": summary(changes),
        "todo": todo(changes),
        "notes": list(notes),
        "plan": text.splitlines(),
        "diff": {"prepared": text} if pending(changes) else {},
    }
