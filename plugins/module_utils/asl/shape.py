# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fields of a state and of its parts: whether they exist, belong there and have the right value. Pure."""

from __future__ import annotations

import json
import re
from datetime import datetime

from ansible_collections.landfall.aws.plugins.module_utils.asl import expressions, jsonata
from ansible_collections.landfall.aws.plugins.module_utils.asl.fields import (
    INSTEAD,
    NOT_BOTH,
    ONE_OF,
    PARTS,
    PAYLOAD,
    STATES,
)
from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import close_to
from ansible_collections.landfall.aws.plugins.module_utils.asl.report import A, shown, wants
from ansible_collections.landfall.aws.plugins.module_utils.asl.substitutions import PLACEHOLDER, has_placeholder
from ansible_collections.landfall.aws.plugins.module_utils.asl.tree import JSONATA, JSONPATH

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_VARIABLE = re.compile(r"[^\W\d]\w*")
LONGEST_VARIABLE = 80
WITH_RESULT = ("Task", "Parallel", "Map")


def check(report, state, where, body, label):
    """All fields of an object. ``label`` is a state's type, or what of PARTS it is."""
    table = STATES.get(label) or PARTS[label]
    language = state.language if state else JSONPATH
    for name, value in body.items():
        field = table.get(name)
        if field is None:
            _unknown(report, (*where, name), label, table)
        elif field.only and field.only != language:
            _other_language(report, (*where, name), label, language)
        else:
            _value(report, state, (*where, name), value, field, language)
    for name, field in table.items():
        if field.required and name not in body:
            hint = close_to(name, set(body) - set(table)) and "look at the names"
            report.add(where, "MISSING_FIELD", f"{_label(label, where)} needs {name}", hint or "")
    for group in NOT_BOTH.get(label, ()):
        _not_both(report, where, body, group)
    for group in ONE_OF.get(label, ()):
        if not any(name in body for name in group):
            usable = [name for name in group if not table[name].only or table[name].only == language]
            report.add(where, "MISSING_FIELD", f"{_label(label, where)} needs one of {', '.join(usable)}")
        _not_both(report, where, body, group)


def _label(label, where):
    return f'The {label} "{where[-1]}"' if label in STATES else label[:1].upper() + label[1:]


def _not_both(report, where, body, group):
    there = [name for name in group if name in body]
    for name in there[1:]:
        report.add(
            (*where, name), "CONFLICTING_FIELDS", f"{name} and {there[0]} can't stand together", "keep one of them"
        )


def _unknown(report, where, label, table):
    what = f"a {label}" if label in STATES else label
    hint = close_to(where[-1], table)
    others = [name for name, fields in STATES.items() if where[-1] in fields] if label in STATES else []
    if not hint and others:
        hint = f"{', '.join(others)} {'has' if len(others) == 1 else 'have'} it"
    report.add(where, "UNKNOWN_FIELD", f'{what} has no field "{where[-1]}"', hint)


def _other_language(report, where, label, language):
    name = where[-1]
    hint = INSTEAD.get(name, "")
    if language == JSONATA and name.endswith("Path") and not hint:
        hint = f"use {name[: -len('Path')]} with an expression in {{% %}}"
    message = f"{name} is of {JSONPATH if language == JSONATA else JSONATA}, and this state speaks {language}"
    report.add(where, "FIELD_OF_OTHER_LANGUAGE", message, hint)


def _value(report, state, where, value, field, language):
    if isinstance(value, str) and PLACEHOLDER.fullmatch(value):
        return  # it can become anything
    if field.expression and language == JSONATA and isinstance(value, str) and "{%" in value:
        expressions.expression(report, state, where, value, ("input", "context"))
        return
    if field.kind in A:
        _plain(report, where, value, field)
    else:
        KINDS[field.kind](report, state, where, value)


def _plain(report, where, value, field):
    if not wants(report, where, value, field.kind):
        return
    if field.values and value not in field.values:
        hint = close_to(value, field.values, f"it is one of {', '.join(field.values)}")
        report.add(where, "WRONG_VALUE", f"{where[-1]} is {shown(value)}", hint, at_value=True)
    if field.kind in ("integer", "number") and not _in_range(value, field):
        limits = f"{field.low} or more" if field.high is None else f"{field.low} to {field.high}"
        report.add(where, "OUT_OF_RANGE", f"{where[-1]} is {value}", f"it is {limits}", at_value=True)
    if field.kind == "text" and jsonata.is_marked(value):
        hint = "it is plain text" if not field.expression else 'set "QueryLanguage": "JSONata"'
        report.add(where, "EXPRESSION_OF_OTHER_LANGUAGE", f"{where[-1]} takes no JSONata here", hint, at_value=True)


def _in_range(value, field):
    return (field.low is None or value >= field.low) and (field.high is None or value <= field.high)


def _path(report, state, where, value, **rules):
    if wants(report, where, value, "text"):
        expressions.path(report, state, where, value, **rules)


def _nullable(**rules):
    def kind(report, state, where, value):
        if value is not None:
            _path(report, state, where, value, **rules)

    return kind


def _template(report, state, where, value):
    _size(report, where, value)
    expressions.template(report, state, where, value)


def _arguments(report, state, where, value):
    _size(report, where, value)
    if isinstance(value, str) and not jsonata.is_marked(value) and not jsonata.is_half_marked(value):
        message = f"{where[-1]} wants an object or an expression, and is {shown(value)}"
        report.add(where, "WRONG_TYPE", message, "put an expression in {% %}", at_value=True)
    expressions.evaluated(report, state, where, value)


def _any(report, state, where, value):
    """Output of JSONata, or a value that is taken as it is."""
    _size(report, where, value)
    if where[-1] == "Output":
        expressions.evaluated(report, state, where, value, _gives(state, where))


def _either(report, state, where, value):
    _size(report, where, value)
    expressions.value_of(report, state, where, value)


def _gives(state, where):
    """Which fields $states has in Output and Assign."""
    if "Catch" in where[len(state.path) :]:
        return ("input", "context", "errorOutput")
    if len(where) == len(state.path) + 1 and state.type in WITH_RESULT:
        return ("input", "context", "result")
    return ("input", "context")


def _assign(report, state, where, value):
    if not wants(report, where, value, "object"):
        return
    _size(report, where, value)
    for key in value:
        name = key.removesuffix(".$") if state.language == JSONPATH else key
        hint = ""
        if name == "states":
            message, hint = "states is the name of $states, and can't be assigned", "take another name"
        elif not _VARIABLE.fullmatch(name):
            message, hint = (
                f'"{name}" is not a variable\'s name',
                "letters, digits and _, no digit first, and no part of a variable",
            )
        elif len(name) > LONGEST_VARIABLE:
            message = f'the variable "{name[:20]}..." has {len(name)} characters; AWS allows {LONGEST_VARIABLE}'
        else:
            continue
        report.add((*where, key), "VARIABLE_NAME", message, hint)
    expressions.value_of(report, state, where, value, _gives(state, where))


def timestamp(report, state, where, value):
    if wants(report, where, value, "text") and not has_placeholder(value) and not is_timestamp(value):
        hint = "write it like 2026-01-31T18:00:00Z"
        report.add(where, "TIMESTAMP", f"{where[-1]} is {shown(value)}", hint, at_value=True)


def is_timestamp(text):
    """RFC 3339 as AWS has it."""
    if not _TIME.fullmatch(text):
        return False
    try:
        return bool(datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return False


def _items(report, state, where, value):
    """A list, an object or an expression, which was looked at by now."""
    if not isinstance(value, (list, dict)):
        hint = "give a list, an object, or an expression in {% %}"
        report.add(where, "WRONG_TYPE", f"Items is {shown(value)}", hint, at_value=True)
    _size(report, where, value)
    expressions.evaluated(report, state, where, value)


def _credentials(report, state, where, value):
    if wants(report, where, value, "object"):
        check(report, state, where, value, "Credentials")


def _error_names(report, state, where, value):
    """Their names are looked at with the handlers; here is only what they are made of."""
    if not wants(report, where, value, "list"):
        return
    if not value:
        report.add(where, "ERROR_NAMES", "ErrorEquals names no error", 'name one, or "States.ALL"', at_value=True)
    for index, name in enumerate(value):
        if not isinstance(name, str):
            message = f"ErrorEquals wants names, and has {shown(name)}"
            report.add((*where, index), "WRONG_TYPE", message, at_value=True)


def _size(report, where, value):
    if len(json.dumps(value, ensure_ascii=False).encode()) > PAYLOAD:
        hint = f"AWS passes on {PAYLOAD} bytes; keep it in S3, and read it from there"
        report.add(where, "PAYLOAD_TOO_LARGE", f"{where[-1]} has more than 256 KiB", hint)


KINDS = {
    "any": _any,
    "template": _template,
    "either template": _either,
    "arguments": _arguments,
    "assign": _assign,
    "items": _items,
    "credentials": _credentials,
    "error names": _error_names,
    "timestamp": timestamp,
    "path": _path,
    "path or null": _nullable(),
    "result path": _nullable(single=True, context=False),
    "items path": lambda *given: _path(*given, single=True),
    "path or function": lambda *given: _path(*given, function=True),
}
