# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths, intrinsic functions and JSONata wherever they stand in a state. Pure."""

from __future__ import annotations

import re

from ansible_collections.landfall.aws.plugins.module_utils.asl import jsonata, jsonpath
from ansible_collections.landfall.aws.plugins.module_utils.asl.report import shown
from ansible_collections.landfall.aws.plugins.module_utils.asl.substitutions import PLACEHOLDER, has_placeholder
from ansible_collections.landfall.aws.plugins.module_utils.asl.tree import JSONATA

_LOOKS_LIKE_PATH = re.compile(r"\$\$?\.[A-Za-z_][\w.\[\]*-]*|\$\$?\[[^\]]+\].*")
_LOOKS_LIKE_CALL = re.compile(r"States\.[A-Z]\w+\(.*\)", re.DOTALL)


def path(report, state, where, text, single=False, context=True, function=False):
    """A field that holds a path."""
    if has_placeholder(text):
        return
    try:
        if function and jsonpath.looks_like_call(text):
            report.uses(state, where, {each.variable for each in jsonpath.Call(text).paths if each.variable})
            return
        parsed = jsonpath.parse_path(text)
    except jsonpath.Wrong as wrong:
        hint = wrong.hint
        if jsonpath.looks_like_call(text) and not function:
            hint = "an intrinsic function stands only in a template, under a key that ends in .$"
        report.add(where, wrong.code, f"{where[-1]}: {wrong.message}", hint, at_value=True)
        return
    if single and not parsed.single:
        hint = "a reference path has neither *, filters, slices nor .."
        report.add(
            where, "REFERENCE_PATH", f"{where[-1]}: {text!r} could name more than one thing", hint, at_value=True
        )
    if not context and parsed.root != "input":
        message = f"{where[-1]}: {text!r} does not lead into the state's input"
        hint = "assign variables with Assign" if parsed.root == "variable" else "the context object can't be written to"
        report.add(where, "REFERENCE_PATH", message, hint, at_value=True)
    if parsed.variable and context:
        report.uses(state, where, {parsed.variable})


def template(report, state, where, value):
    """A payload template of JSONPath, with keys that end in ``.$``."""
    if isinstance(value, list):
        for index, each in enumerate(value):
            template(report, state, (*where, index), each)
    elif isinstance(value, dict):
        for key, each in value.items():
            here = (*where, key)
            if not key.endswith(".$"):
                template(report, state, here, each)
                continue
            if key[:-2] in value:
                message = f'the key "{key[:-2]}" is there as "{key}" as well'
                report.add(here, "DUPLICATE_KEY", message, "keep one of them")
            if isinstance(each, str):
                path(report, state, here, each, function=True)
            else:
                message = f"{key} wants a path or an intrinsic function, and is {shown(each)}"
                report.add(here, "WRONG_TYPE", message, f'name it "{key[:-2]}" to give a plain value', at_value=True)
    elif isinstance(value, str):
        _plain_text(report, where, value)


def _plain_text(report, where, text):
    name = where[-1]
    if _LOOKS_LIKE_CALL.fullmatch(text) or _LOOKS_LIKE_PATH.fullmatch(text):
        hint = f'name the key "{name}.$"' if isinstance(name, str) else "put it under a key that ends in .$"
        report.add(where, "PATH_NOT_EVALUATED", f"{text!r} stays plain text here", hint, at_value=True)
    elif jsonata.is_marked(text):
        hint = 'set "QueryLanguage": "JSONata" in the state, or use a path'
        report.add(
            where, "EXPRESSION_OF_OTHER_LANGUAGE", f"{shown(text)} is JSONata, in a JSONPath state", hint, at_value=True
        )


def evaluated(report, state, where, value, gives=("input", "context")):
    """A value of a JSONata state: each text in it can be an expression, which may use those fields of $states."""
    if isinstance(value, list):
        for index, each in enumerate(value):
            evaluated(report, state, (*where, index), each, gives)
    elif isinstance(value, dict):
        for key, each in value.items():
            if (
                key.endswith(".$")
                and isinstance(each, str)
                and (each.startswith("$") or jsonpath.looks_like_call(each))
            ):
                hint = f'name it "{key[:-2]}", and write the value in JSONata'
                report.add(
                    (*where, key), "EXPRESSION_OF_OTHER_LANGUAGE", f"{key} is of JSONPath, in a JSONata state", hint
                )
            else:
                evaluated(report, state, (*where, key), each, gives)
    elif isinstance(value, str):
        expression(report, state, where, value, gives)


def expression(report, state, where, text, gives):
    """One text of a JSONata state, which may be an expression or not."""
    if jsonata.is_half_marked(text):
        message = f"{shown(text)} stays plain text: an expression begins with {{% and ends with %}}"
        report.add(where, "JSONATA_MARKS", message, "nothing may stand outside, not even a space", at_value=True)
        return
    if not jsonata.is_marked(text):
        return
    if not jsonata.HAS_JSONATA:
        report.jsonata_unchecked = True
        return
    try:
        # A placeholder can be a number, or stand inside of a text.
        found = jsonata.parse(PLACEHOLDER.sub("0", text))
    except jsonata.Wrong as wrong:
        report.add(where, "JSONATA", wrong.message, wrong.hint, at_value=True)
        return
    for name in found.loose:
        message = f'"{name}" stands alone in {shown(text)}'
        hint = (
            "begin with $states.input or a variable" if name in ("$", "$$") else f"did you mean $states.input.{name}?"
        )
        report.add(where, "JSONATA_CONTEXT", message, hint, at_value=True)
    for name in sorted(found.functions):
        unknown = jsonata.unknown_function(name)
        if unknown:
            report.add(where, "JSONATA_FUNCTION", unknown[0], unknown[1], at_value=True)
    for name in sorted(found.states - {None}):
        if name not in gives:
            _no_such_field(report, where, name, gives)
    report.uses(state, where, found.variables - jsonata.FUNCTIONS)


def _no_such_field(report, where, name, gives):
    known = {
        "input": "",
        "context": "",
        "result": "only Output and Assign of a Task, Parallel or Map have it",
        "errorOutput": "only Output and Assign of a Catch have it",
    }
    message = f"$states.{name} is not known here" if name in known else f"$states has no field {name}"
    hint = known.get(name) or f"there is {', '.join(f'$states.{each}' for each in gives)}"
    report.add(where, "STATES_VARIABLE", message, hint, at_value=True)


def value_of(report, state, where, value, gives=("input", "context")):
    """A template in the state's own language."""
    if state.language == JSONATA:
        evaluated(report, state, where, value, gives)
    else:
        template(report, state, where, value)
