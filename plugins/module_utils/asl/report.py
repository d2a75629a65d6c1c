# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is gathered while a definition is looked through."""

from __future__ import annotations

from collections import defaultdict

from ansible_collections.landfall.aws.plugins.module_utils.asl.codes import CODES


class Report:
    """The findings, and which state uses and assigns which variables."""

    def __init__(self, source, type):
        self.source, self.type, self.findings = source, type, []
        self.used = defaultdict(list)  # a state's path -> (path, variable)
        self.jsonata_unchecked = False

    def add(self, path, code, message, hint="", at_value=False):
        self.findings.append(self.source.finding(path, code, CODES[code][0], message, hint, at_value))

    def uses(self, state, path, names):
        self.used[state.path] += [(path, name) for name in sorted(names)]


def shown(value, most=60):
    """A value as it goes into a sentence."""
    text = f'"{value}"' if isinstance(value, str) else _plain(value)
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _plain(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else str(value)


def has_type(value, kind):
    """Whether a value is of a JSON type; a boolean is no number."""
    if kind in ("integer", "number"):
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return not isinstance(value, bool) and (whole or (kind == "number" and isinstance(value, float)))
    return isinstance(value, {"text": str, "boolean": bool, "object": dict, "list": list}[kind])


A = {
    "text": "text",
    "boolean": "true or false",
    "object": "an object",
    "list": "a list",
    "integer": "a whole number",
    "number": "a number",
}


def wants(report, path, value, kind):
    """Whether a value has the type that it should have; if not, that is said."""
    if has_type(value, kind):
        return True
    written = {"true": "true", "false": "false"} if kind == "boolean" else {}
    hint = ""
    if isinstance(value, str):
        if value.lower() in written:
            hint = f"write {value.lower()}, without quotes"
        elif kind in ("integer", "number") and value.strip().lstrip("-").replace(".", "", 1).isdigit():
            hint = f"write {value.strip()}, without quotes"
    elif kind == "text" and value is not None and not isinstance(value, (dict, list)):
        hint = f'write "{_plain(value)}", with quotes'
    report.add(
        path,
        "WRONG_TYPE",
        f"{path[-1] if path else 'the definition'} wants {A[kind]}, and is {shown(value)}",
        hint,
        at_value=True,
    )
    return False
