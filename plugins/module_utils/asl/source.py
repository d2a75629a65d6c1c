# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A definition as its author wrote it: its tree, the text that AWS gets, and where everything stands. Pure."""

from __future__ import annotations

import copy
import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import ERROR, Finding
from ansible_collections.landfall.aws.plugins.module_utils.asl.parse import Malformed, parse
from ansible_collections.landfall.aws.plugins.module_utils.asl.substitutions import Substitution


@dataclass
class Source:
    """A definition that was read. Where it can't be, the tree is None and the problems say why."""

    name: str
    tree: Any = None
    text: str = ""
    problems: list[Finding] = field(default_factory=list)
    marks: dict[tuple, tuple[int, int]] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)  # the offset at which each line begins; none without a text

    def position(self, path):
        """Line and column of a key, or of the nearest thing around it that is there."""
        return self._place(path, 0)

    def value_position(self, path):
        """Line and column of a key's value, or of the nearest thing around it that is there."""
        return self._place(path, 1)

    def _place(self, path, which):
        path = tuple(path)
        if not self.lines:
            return None
        while path not in self.marks:
            if not path:
                return None
            path, which = path[:-1], 0
        return self.line_and_column(self.marks[path][which])

    def line_and_column(self, offset):
        line = bisect_right(self.lines, offset)
        return line, offset - self.lines[line - 1] + 1

    def finding(self, path, code, severity, message, hint="", at_value=False):
        """A finding at a path."""
        place = (self.value_position if at_value else self.position)(path)
        return Finding(*(place or (None, None)), tuple(path), code, severity, message, hint, self.name)


def read(text, name="definition", substitutions=None):
    """A definition from JSON or YAML. Without substitutions a ``${Name}`` stays what it is."""
    text = text.removeprefix("\ufeff")
    source = Source(name, lines=[0, *(each.end() for each in re.finditer("\n", text))])
    try:
        parsed = parse(text, name)
    except Malformed as wrong:
        place = source.line_and_column(min(wrong.offset, len(text)))
        source.problems.append(Finding(*place, (), "SYNTAX", ERROR, wrong.message, wrong.hint, name))
        return source
    source.tree, source.marks = parsed.tree, parsed.marks
    for path, first, second in parsed.duplicates:
        message = f'the key "{path[-1]}" is there already, in line {source.line_and_column(first)[0]}'
        place = source.line_and_column(second)
        source.problems.append(Finding(*place, path, "DUPLICATE_KEY", ERROR, message, "of two, AWS keeps one", name))
    for offset in parsed.bare if substitutions is None else ():
        message, hint = "a placeholder stands here without quotes", "give substitutions, or write it in quotes"
        source.problems.append(Finding(*source.line_and_column(offset), (), "SYNTAX", ERROR, message, hint, name))
    return _finished(source, text if parsed.json else None, substitutions)


def from_tree(tree, name="definition", substitutions=None):
    """A definition that is values already. Its places are told by path only."""
    return _finished(Source(name, copy.deepcopy(tree)), None, substitutions)


def _finished(source, text, substitutions):
    if substitutions is not None and _substitute(source, substitutions):
        text = None
    source.text = text if text is not None else json.dumps(source.tree, indent=2, ensure_ascii=False)
    return source


def _substitute(source, values):
    """Fill the placeholders in, and say whether there was one."""
    filling = Substitution(values)
    source.tree = filling.fill(source.tree)
    source.marks = {new: source.marks[old] for new, old in filling.moved.items() if old in source.marks}
    for path, message, hint in filling.mistakes:
        source.problems.append(source.finding(path, "SUBSTITUTION", ERROR, message, hint, at_value=True))
    for name in filling.unused:
        message = f"the substitution {name} is given, and the definition has no ${{{name}}}"
        source.problems.append(source.finding((), "SUBSTITUTION", ERROR, message, "remove it, or look at its name"))
    return filling.replaced
