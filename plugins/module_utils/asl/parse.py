# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON and YAML as plain values, each with its place in the text. Pure.

Python's own JSON parser tells no places, and PyYAML reads neither all of JSON nor YAML's values as JSON has them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import accumulate
from json.decoder import scanstring
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.asl.substitutions import PLACEHOLDER

try:
    import yaml

    HAS_YAML = True
except ImportError:
    HAS_YAML = False

# Aliases of aliases grow without end; AWS takes a definition of 1 MB, which has no more values than this.
MOST_VALUES = 500_000
DEEPEST = 200
DEEPEST_BRACKETS = 2_000  # of 100,000 PyYAML's composer dies, and takes Python with it


class Malformed(Exception):
    """The text can't be read."""

    def __init__(self, offset, message, hint=""):
        super().__init__(message)
        self.offset, self.message, self.hint = offset, message, hint


@dataclass
class Parsed:
    """A tree, and by path where its keys and values begin, as offsets in the text."""

    tree: Any = None
    marks: dict[tuple, tuple[int, int]] = field(default_factory=dict)
    duplicates: list[tuple[tuple, int, int]] = field(default_factory=list)  # path, first, second
    json: bool = False
    bare: list[int] = field(default_factory=list)  # where a ${Name} stands without quotes


def _not_too_deep(path, at):
    if len(path) > DEEPEST:
        raise Malformed(at, "its parts stand too deep in one another")


class _Json:
    """A parser of JSON that keeps places."""

    WHITE = re.compile(r"[ \t\n\r]*")
    NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
    WORDS = (("true", True), ("false", False), ("null", None))

    def __init__(self, text):
        self.text, self.parsed = text, Parsed(json=True)

    def parse(self):
        value, end = self._value((), self._skip(0), self._skip(0))
        if self._skip(end) != len(self.text):
            raise Malformed(self._skip(end), "there is more after the definition's end", "one definition is one object")
        self.parsed.tree = value
        return self.parsed

    def _skip(self, at):
        return self.WHITE.match(self.text, at).end()

    def _value(self, path, key, at):
        self.parsed.marks[path] = (key, at)
        _not_too_deep(path, at)
        first = self.text[at : at + 1]
        if first == '"':
            return self._string(at)
        if first == "{":
            return self._object(path, at)
        if first == "[":
            return self._list(path, at)
        number = self.NUMBER.match(self.text, at)
        if number:
            whole = number[1] is None and number[2] is None
            return (int if whole else float)(number[0]), number.end()
        for word, value in self.WORDS:
            if self.text.startswith(word, at):
                return value, at + len(word)
        placeholder = PLACEHOLDER.match(self.text, at)
        if placeholder:
            # As SAM and Terraform have it: no JSON yet, but with a number put in.
            self.parsed.bare.append(at)
            return placeholder[0], placeholder.end()
        raise self._unexpected(at, "a value")

    def _string(self, at):
        try:
            return scanstring(self.text, at + 1)
        except json.JSONDecodeError as error:
            raise Malformed(error.pos, f"this text is not right: {error.msg.lower()}") from error

    def _object(self, path, at):
        result, seen, at = {}, {}, self._skip(at + 1)
        if self.text.startswith("}", at):
            return result, at + 1
        while True:
            if not self.text.startswith('"', at):
                raise self._unexpected(at, "a key in double quotes")
            key, end = self._string(at)
            here = (*path, key)
            if key in seen:
                self.parsed.duplicates.append((here, seen[key], at))
            seen[key], colon = at, self._skip(end)
            if not self.text.startswith(":", colon):
                raise self._unexpected(colon, f'a colon after the key "{key}"')
            result[key], end = self._value(here, at, self._skip(colon + 1))
            at, more = self._next(end, "}")
            if not more:
                return result, at

    def _list(self, path, at):
        result, at = [], self._skip(at + 1)
        if self.text.startswith("]", at):
            return result, at + 1
        while True:
            value, end = self._value((*path, len(result)), at, at)
            result.append(value)
            at, more = self._next(end, "]")
            if not more:
                return result, at

    def _next(self, at, closing):
        """Where it goes on after a value, and whether it does."""
        at = self._skip(at)
        if self.text.startswith(closing, at):
            return at + 1, False
        if not self.text.startswith(",", at):
            raise self._unexpected(at, f"a comma or {closing}")
        after = self._skip(at + 1)
        if self.text.startswith(closing, after):
            raise Malformed(at, f"there is a comma before {closing}, which JSON does not allow", "remove it")
        return after, True

    def _unexpected(self, at, wanted):
        if at >= len(self.text):
            return Malformed(at, f"the text ends where {wanted} should be")
        hint = "JSON has no comments; use Comment" if self.text[at] in "/#" else ""
        return Malformed(at, f"{self.text[at : at + 12].splitlines()[0]!r} stands where {wanted} should be", hint)


if HAS_YAML:

    class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        """Knows JSON's values, and nothing else: NO, on, 2026-01-01 and 0x10 are text."""

        yaml_implicit_resolvers: dict = {}  # noqa: RUF012

    for _tag, _pattern, _first in (
        ("null", r"(?:null|~|)", ["n", "~", ""]),
        ("bool", r"(?:true|false)", list("tf")),
        ("int", r"-?(?:0|[1-9][0-9]*)", list("-0123456789")),
        ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", list("-0123456789")),
    ):
        _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^{_pattern}$"), _first)

_VALUES = {
    "str": str,
    "null": lambda text: None,
    "bool": lambda text: text == "true",
    "int": int,
    "float": float,
}


class _Yaml:
    """PyYAML's nodes as plain values."""

    def __init__(self, text):
        self.text, self.parsed, self.values = text, Parsed(), 0

    def parse(self):
        brackets = (1 if each in "[{" else -1 for each in re.findall(r"[\[{\]}]", self.text))
        if max(accumulate(brackets), default=0) > DEEPEST_BRACKETS:
            raise Malformed(0, "its parts stand too deep in one another")
        try:
            root = yaml.compose(self.text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            said = ", ".join(part for part in (error.context, error.problem) if part)
            raise Malformed(mark.index if mark else 0, f"this is not YAML: {said}") from error
        except yaml.YAMLError as error:
            raise Malformed(getattr(error, "position", 0) or 0, f"this is not YAML: {error}") from error
        if root is not None:
            self.parsed.tree = self._value((), root.start_mark.index, root, ())
        return self.parsed

    def _value(self, path, key, node, around):
        at = node.start_mark.index
        self.parsed.marks[path] = (key, at)
        self.values += 1
        _not_too_deep(path, at)
        if node in around or self.values > MOST_VALUES:
            raise Malformed(key, "its aliases grow without end", "write this part out")
        tag = node.tag.rpartition("tag:yaml.org,2002:")[2]
        if isinstance(node, yaml.MappingNode) and tag == "map":
            return self._mapping(path, node, (*around, node))
        if isinstance(node, yaml.SequenceNode) and tag == "seq":
            inner = (*around, node)
            return [
                self._value((*path, index), each.start_mark.index, each, inner) for index, each in enumerate(node.value)
            ]
        if tag not in _VALUES:
            hint = "CloudFormation's functions are not known here; write a placeholder like ${Name}, and substitutions"
            raise Malformed(at, f"the tag {tag} has no meaning in a definition", hint)
        return _VALUES[tag](node.value)

    def _mapping(self, path, node, around):
        result, seen = {}, {}
        for key_node, value_node in node.value:
            at = key_node.start_mark.index
            if not isinstance(key_node, yaml.ScalarNode):
                raise Malformed(at, "a key is not plain text", "write a word")
            # In JSON all keys are text, so 404: is "404".
            here = (*path, key_node.value)
            if key_node.value == "<<" and not key_node.style:
                raise Malformed(
                    at, "JSON has no merge key <<", "write the keys out, or use an alias for the whole value"
                )
            if key_node.value in seen:
                self.parsed.duplicates.append((here, seen[key_node.value], at))
            seen[key_node.value] = at
            result[key_node.value] = self._value(here, at, value_node, around)
        return result


def parse(text, name):
    """The text as JSON if it looks like it, else as YAML."""
    try:
        if not text.lstrip().startswith(("{", "[")):
            return _as_yaml(text)
        try:
            return _Json(text).parse()
        except Malformed:
            # YAML's {a: b} looks like JSON at first.
            if name.endswith(".json") or not HAS_YAML:
                raise
            try:
                return _as_yaml(text)
            except Malformed:
                pass
            raise
    except ValueError as error:
        raise Malformed(0, f"a number can't be read: {error}") from error


def _as_yaml(text):
    if not HAS_YAML:
        raise Malformed(0, "reading YAML needs PyYAML, which this Python has not", "install PyYAML, or write JSON")
    return _Yaml(text).parse()
