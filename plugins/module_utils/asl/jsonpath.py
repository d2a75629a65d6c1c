# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSONPath as Step Functions reads it, and the intrinsic functions. Pure.

Written by hand: the libraries follow RFC 9535, which refuses names that Step Functions takes ($.detail:type, $.1st) and
knows neither $$ nor variables nor reference paths. What a filter says inside is not looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import close_to

# name: (fewest arguments, most arguments)
INTRINSICS = {
    "States.Array": (0, None),
    "States.ArrayContains": (2, 2),
    "States.ArrayGetItem": (2, 2),
    "States.ArrayLength": (1, 1),
    "States.ArrayPartition": (2, 2),
    "States.ArrayRange": (3, 3),
    "States.ArrayUnique": (1, 1),
    "States.Base64Decode": (1, 1),
    "States.Base64Encode": (1, 1),
    "States.Format": (1, None),
    "States.Hash": (2, 2),
    "States.JsonMerge": (3, 3),
    "States.JsonToString": (1, 1),
    "States.MathAdd": (2, 2),
    "States.MathRandom": (2, 3),
    "States.StringSplit": (2, 2),
    "States.StringToJson": (1, 1),
    "States.UUID": (0, 0),
}
DEEPEST = 10
HASHES = ("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512")

_NAME = re.compile(r"(?:\\.|[^.\[\]()'\"\s,$?*\\])(?:\\.|[^.\[\]()'\",\\])*")
_VARIABLE = re.compile(r"\$([^\W\d]\w*)")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_KEY = re.compile(rf"-?[0-9]+|{_QUOTED.pattern}")
_KEYS = re.compile(rf"(?:{_KEY.pattern})(?:\s*,\s*(?:{_KEY.pattern}))*")
_SLICE = re.compile(r"(-?[0-9]+)?\s*:\s*(-?[0-9]+)?(\s*:\s*(-?[0-9]+)?)?")
_FUNCTION = re.compile(r"\.(min|max|avg|stddev|sum|count|first|last|keys|concat|append|index)\(")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_CALL = re.compile(r"([A-Za-z_][\w.]*)\s*\(")
_WORD = re.compile(r"(true|false|null)\b")


class Wrong(Exception):
    """A path or call that is not right."""

    def __init__(self, message, hint="", code="JSONPATH"):
        super().__init__(message)
        self.message, self.hint, self.code = message, hint, code


@dataclass
class Path:
    """What a path is made of."""

    root: str = "input"  # or context, or variable
    variable: str | None = None
    single: bool = True  # it names one thing: a reference path


def parse_path(text):
    """A path, or Wrong."""
    path, end = _path(text, 0)
    if end != len(text):
        function = _FUNCTION.match(text, end)
        if function:
            raise Wrong(
                f"{text!r} calls {function[1]}(), and Step Functions has not that function in paths",
                "use an intrinsic function",
            )
        raise Wrong(f"{text!r} is not a path: {text[end : end + 10]!r} can't stand there")
    return path


def _path(text, at):
    path = Path()
    variable = _VARIABLE.match(text, at)
    if text.startswith("$$", at):
        path.root, at = "context", at + 2
    elif variable:
        path.root, path.variable, at = "variable", variable[1], variable.end()
    elif text.startswith("$", at):
        at += 1
    else:
        raise Wrong(f"{text!r} is not a path", "a path begins with $")
    while at < len(text):
        if text.startswith("..", at):
            path.single = False
            at = _bracket(text, at + 2, path) if text.startswith("[", at + 2) else _name(text, at + 2, path)
        elif text.startswith(".length()", at):
            path.single = False
            at += len(".length()")
        elif text.startswith(".[", at):
            at = _bracket(text, at + 1, path)
        elif text.startswith(".", at) and not _FUNCTION.match(text, at):
            at = _name(text, at + 1, path)
        elif text.startswith("[", at):
            at = _bracket(text, at, path)
        else:
            break
    return path, at


def _name(text, at, path):
    if text.startswith("*", at):
        path.single = False
        return at + 1
    name = _NAME.match(text, at)
    if not name:
        found = text[at : at + 10]
        raise Wrong(
            f"{text!r} is not a path: a name is missing after the dot" + (f", before {found!r}" if found else "")
        )
    # In a function's arguments a name ends before the space.
    return at + len(name[0].rstrip())


def _bracket(text, at, path):
    """One [...]; returns where it ends."""
    end = _closing(text, at, "[", "]")
    inside = text[at + 1 : end].strip()
    if not inside:
        raise Wrong(f"{text!r} is not a path: its [] is empty", "give a number, a name in quotes, or *")
    if inside == "*" or inside.startswith("?") or _SLICE.fullmatch(inside):
        path.single = False
        if inside.startswith("?") and not inside[1:].strip(" ()"):
            raise Wrong(f"{text!r} is not a path: its filter is empty", "write it like [?(@.price > 10)]")
        return end + 1
    if inside.startswith("("):
        path.single = False
        return end + 1
    if not _KEYS.fullmatch(inside):
        raise Wrong(f"{text!r} is not a path: [{inside}] is no number and no name in quotes", f"write ['{inside}']")
    path.single = path.single and bool(_KEY.fullmatch(inside))
    return end + 1


def _closing(text, at, opening, closing):
    """Where the bracket that opens here is closed."""
    depth, start = 0, at
    while at < len(text):
        quoted = _QUOTED.match(text, at)
        if quoted:
            at = quoted.end()
            continue
        depth += (text[at] == opening) - (text[at] == closing)
        if depth == 0:
            return at
        at += 1
    raise Wrong(
        f"{text!r} is not a path: the {opening} of {text[start : start + 10]!r} is not closed",
        f"close it with {closing}",
    )


class Call:
    """An intrinsic function with its arguments; parsing it is checking it."""

    def __init__(self, text):
        self.text, self.paths = text, []
        end = self._skip(self._call(self._skip(0), 1))
        if end != len(text):
            raise self._wrong(f"{text[end : end + 10]!r} stands after its end")

    def _wrong(self, message, hint=""):
        return Wrong(f"{self.text!r}: {message}", hint, "INTRINSIC")

    def _skip(self, at):
        while at < len(self.text) and self.text[at].isspace():
            at += 1
        return at

    def _call(self, at, depth):
        call = _CALL.match(self.text, at)
        if not call:
            raise self._wrong("this is no call of a function", "write it like States.Format('{}', $.name)")
        name, at = call[1], self._skip(call.end())
        if name not in INTRINSICS:
            raise self._wrong(f"there is no function {name}", close_to(name, INTRINSICS))
        if depth > DEEPEST:
            raise self._wrong(
                f"functions stand in one another {depth} deep; AWS allows {DEEPEST}", "do it in two states"
            )
        arguments = []
        while not self.text.startswith(")", at):
            if arguments:
                if not self.text.startswith(",", at):
                    raise self._wrong(f"the arguments of {name} do not go on as they should", "close it with )")
                at = self._skip(at + 1)
            value, at = self._argument(at, name, depth)
            arguments.append(value)
            at = self._skip(at)
        self._count(name, arguments)
        return at + 1

    def _argument(self, at, name, depth):
        """A constant as its value, all else as None, and where it ends."""
        string = _STRING.match(self.text, at)
        if string:
            return string[1], string.end()
        if self.text.startswith("$", at):
            try:
                path, end = _path(self.text, at)
            except Wrong as wrong:
                raise self._wrong(f"an argument of {name} is no path", wrong.hint) from wrong
            self.paths.append(path)
            return None, end
        if _CALL.match(self.text, at):
            return None, self._call(at, depth + 1)
        for constant in (_NUMBER, _WORD):
            found = constant.match(self.text, at)
            if found:
                return None, found.end()
        if self.text.startswith("'", at):
            raise self._wrong("a text is not closed", "close it with '")
        hint = "put text in single quotes" if at < len(self.text) else "close it with )"
        raise self._wrong(f"an argument of {name} is missing or not right", hint)

    def _count(self, name, arguments):
        fewest, most = INTRINSICS[name]
        count = len(arguments)
        if count < fewest or (most is not None and count > most):
            wanted = str(fewest) if fewest == most else f"{fewest} or more" if most is None else f"{fewest} to {most}"
            raise self._wrong(f"{name} takes {wanted} argument{'s' if wanted != '1' else ''}, and {count} are given")
        if name == "States.Format" and arguments[0] is not None:
            places = len(re.findall(r"\{\}", re.sub(r"\\.", "", arguments[0])))
            if places != count - 1:
                raise self._wrong(f"its text has {places} {{}}, and {count - 1} values are given")
        if name == "States.Hash" and arguments[1] is not None and arguments[1] not in HASHES:
            raise self._wrong(f"there is no hash {arguments[1]!r}", f"use one of {', '.join(HASHES)}")


def looks_like_call(text):
    return bool(_CALL.match(text.strip()))
