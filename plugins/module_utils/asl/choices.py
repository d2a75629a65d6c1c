# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of a Choice. Pure."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.asl import expressions, jsonata, shape
from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import close_to
from ansible_collections.landfall.aws.plugins.module_utils.asl.report import has_type, shown, wants
from ansible_collections.landfall.aws.plugins.module_utils.asl.substitutions import PLACEHOLDER, has_placeholder
from ansible_collections.landfall.aws.plugins.module_utils.asl.tree import JSONATA

_ORDER = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
_KINDS = {"String": "text", "Numeric": "number", "Timestamp": "timestamp"}
# What each operator compares with.
OPERATORS = {
    **{f"{kind}{order}": wanted for kind, wanted in _KINDS.items() for order in _ORDER},
    **{f"{kind}{order}Path": "path" for kind in _KINDS for order in _ORDER},
    **{f"Is{kind}": "boolean" for kind in ("Boolean", "Null", "Numeric", "Present", "String", "Timestamp")},
    "BooleanEquals": "boolean",
    "BooleanEqualsPath": "path",
    "StringMatches": "text",
}
COMPOSED = ("And", "Or", "Not")
# A rule with one of them and a rule with the other leave nothing over.
OPPOSITES = {"LessThan": "GreaterThanEquals", "GreaterThan": "LessThanEquals"}


def check(report, state):
    rules = state.body.get("Choices")
    if not isinstance(rules, list):
        return
    where = (*state.path, "Choices")
    if not rules:
        report.add(where, "WRONG_VALUE", "Choices is empty", "give at least one rule", at_value=True)
    for index, rule in enumerate(rules):
        if wants(report, (*where, index), rule, "object"):
            (_jsonata if state.language == JSONATA else _outer)(report, state, (*where, index), rule)
    if "Default" not in state.body and not _covers_all(rules):
        hint = "add Default, be it a Fail that says what came"
        report.add(state.path, "NO_DEFAULT", f'The Choice "{state.name}" has no Default', hint)


def _names(report, where, rule, allowed):
    for name in rule:
        if name not in allowed:
            report.add((*where, name), "UNKNOWN_FIELD", f'a rule has no field "{name}"', close_to(name, allowed))


def _next(report, where, rule):
    if "Next" not in rule:
        report.add(where, "CHOICE_RULE", "A rule has no Next", "say which state it leads to")
    else:
        wants(report, (*where, "Next"), rule["Next"], "text")


def _assign(report, state, where, rule):
    for name, kind in (("Assign", "assign"), ("Output", "any")):
        if name in rule:
            shape.KINDS[kind](report, state, (*where, name), rule[name])


def _jsonata(report, state, where, rule):
    others = [name for name in rule if name in OPERATORS or name in COMPOSED or name == "Variable"]
    for name in others:
        message = f"{name} is of JSONPath, and this state speaks JSONata"
        report.add((*where, name), "FIELD_OF_OTHER_LANGUAGE", message, "use Condition")
    _names(report, where, rule, ("Condition", "Next", "Assign", "Output", "Comment", *others))
    _next(report, where, rule)
    _assign(report, state, where, rule)
    condition = rule.get("Condition")
    if "Condition" not in rule:
        if not others:
            report.add(where, "CHOICE_RULE", "A rule has no Condition", "write it like {% $states.input.total > 100 %}")
    elif isinstance(condition, str) and "{%" in condition:
        expressions.expression(report, state, (*where, "Condition"), condition, ("input", "context"))
    elif not isinstance(condition, bool) and not has_placeholder(condition):
        message = f"Condition is {shown(condition)}"
        report.add((*where, "Condition"), "CHOICE_RULE", message, "put an expression in {% %}", at_value=True)


def _outer(report, state, where, rule):
    for name in ("Condition", "Output"):
        if name in rule:
            message = f"{name} is of JSONata, and this state speaks JSONPath"
            hint = "compare a Variable" if name == "Condition" else ""
            report.add((*where, name), "FIELD_OF_OTHER_LANGUAGE", message, hint)
    _next(report, where, rule)
    if "Assign" in rule:
        _assign(report, state, where, {"Assign": rule["Assign"]})
    if "Condition" not in rule:
        ignored = ("Next", "Assign", "Output", "Comment")
        _comparison(report, state, where, {name: value for name, value in rule.items() if name not in ignored})


def _comparison(report, state, where, rule):
    """What a rule, or one inside of And, Or and Not, compares."""
    composed = [name for name in COMPOSED if name in rule]
    operators = [name for name in rule if name in OPERATORS]
    _names(report, where, rule, ("Variable", "Comment", *COMPOSED, *OPERATORS))
    if len(composed) + len(operators) != 1:
        found = f"{' and '.join(composed + operators)} together" if composed or operators else "no operator"
        hint = (
            "join them with And"
            if len(operators) > 1
            else "compare a Variable, like StringEquals does, or use And, Or, Not"
        )
        report.add(where, "CHOICE_RULE", f"A rule has {found}", hint)
        return
    if composed:
        if "Variable" in rule:
            report.add(
                (*where, "Variable"),
                "CHOICE_RULE",
                f"A rule has Variable and {composed[0]}",
                f"move it into {composed[0]}",
            )
        _inner(report, state, (*where, composed[0]), rule[composed[0]], composed[0])
        return
    if "Variable" not in rule:
        report.add(where, "CHOICE_RULE", f"A rule has {operators[0]}, and no Variable", "say what it compares")
    elif wants(report, (*where, "Variable"), rule["Variable"], "text"):
        expressions.path(report, state, (*where, "Variable"), rule["Variable"])
    _operand(report, state, (*where, operators[0]), rule[operators[0]])


def _inner(report, state, where, rules, name):
    if not wants(report, where, rules, "object" if name == "Not" else "list"):
        return
    if name != "Not" and not rules:
        report.add(where, "CHOICE_RULE", f"{name} is empty", "give it rules", at_value=True)
    for here, rule in (
        [(where, rules)] if name == "Not" else [((*where, index), rule) for index, rule in enumerate(rules)]
    ):
        if not wants(report, here, rule, "object"):
            continue
        for field in ("Next", "Assign"):
            if field in rule:
                report.add(
                    (*here, field), "CHOICE_RULE", f"{field} stands inside of {name}", "it belongs to the outer rule"
                )
        _comparison(report, state, here, {key: value for key, value in rule.items() if key not in ("Next", "Assign")})


def _operand(report, state, where, value):
    wanted = OPERATORS[where[-1]]
    if isinstance(value, str) and PLACEHOLDER.fullmatch(value):
        return
    right = isinstance(value, str) if wanted in ("path", "timestamp") else has_type(value, wanted)
    if right and wanted == "path":
        expressions.path(report, state, where, value)
    elif right and wanted == "timestamp":
        shape.timestamp(report, state, where, value)
    elif not right:
        needed = {
            "text": "text",
            "number": "a number",
            "boolean": "true or false",
            "path": "a path",
            "timestamp": "a time",
        }
        hint = "it goes without quotes" if isinstance(value, str) and wanted in ("number", "boolean") else ""
        report.add(
            where, "CHOICE_OPERAND", f"{where[-1]} wants {needed[wanted]}, and has {shown(value)}", hint, at_value=True
        )


def _covers_all(rules):
    """Whether one of the rules is always true, or two are each other's opposite."""
    seen = []
    for rule in rules:
        if not isinstance(rule, dict):
            continue
        condition = rule.get("Condition")
        if condition is True or (
            isinstance(condition, str) and condition.strip(jsonata.BEGIN + jsonata.END + " ") == "true"
        ):
            return True
        seen.append(
            {name: value for name, value in rule.items() if name not in ("Next", "Assign", "Comment", "Output")}
        )
    return any(_opposite(rule) in seen for rule in seen)


def _opposite(rule):
    """A rule that holds where this one does not, as far as that can be told."""
    if isinstance(rule.get("Not"), dict):
        return rule["Not"]
    for name, value in rule.items():
        if OPERATORS.get(name) == "boolean" and isinstance(value, bool):
            return {**rule, name: not value}
        if isinstance(rule.get("Condition"), str):
            inside = rule["Condition"][len(jsonata.BEGIN) : -len(jsonata.END)].strip()
            return {"Condition": f"{{% $not({inside}) %}}"}
        for one, other in OPPOSITES.items():
            for kind in _KINDS:
                if name == f"{kind}{one}":
                    return {"Variable": rule.get("Variable"), f"{kind}{other}": value}
    return None
