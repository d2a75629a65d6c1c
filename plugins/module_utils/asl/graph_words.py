# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a definition says, in few words: conditions, resources, retries. Pure, and patient with what is not right."""

from __future__ import annotations

import json
import re

COMPARISONS = {
    "Equals": "=",
    "LessThan": "<",
    "GreaterThan": ">",
    "LessThanEquals": "≤",
    "GreaterThanEquals": "≥",
    "Matches": "matches",
}
COMPARISON = re.compile(
    rf"(String|Numeric|Boolean|Timestamp)({'|'.join(sorted(COMPARISONS, key=len, reverse=True))})(Path)?"
)
KIND = re.compile(r"Is(Null|Present|Numeric|String|Boolean|Timestamp)")
JSONATA = re.compile(r"\{%\s*(.*?)\s*%\}", re.DOTALL)
RETRIES = 3  # what AWS takes where MaxAttempts is not given
TIMES = (("Seconds", "{} s"), ("SecondsPath", "{} s"), ("Timestamp", "until {}"), ("TimestampPath", "until {}"))


def text(value):
    """A value as it is written; an expression without its brackets."""
    if isinstance(value, str):
        return JSONATA.sub(r"\1", value)
    return json.dumps(value, ensure_ascii=False)


def condition(rule):
    """When a rule of a Choice applies."""
    if "Condition" in rule:
        return text(rule["Condition"])
    for key, word in (("And", " and "), ("Or", " or ")):
        if isinstance(rule.get(key), list):
            parts = [(condition(each), each) for each in rule[key] if isinstance(each, dict)]
            return word.join(f"({said})" if {"And", "Or"} & set(each) else said for said, each in parts)
    if isinstance(rule.get("Not"), dict):
        return f"not ({condition(rule['Not'])})"
    variable = text(rule.get("Variable", "?"))
    for key, value in rule.items():
        if match := COMPARISON.fullmatch(key):
            shown = text(value) if match[3] else json.dumps(value, ensure_ascii=False)
            return f"{variable} {COMPARISONS[match[2]]} {shown}"
        if match := KIND.fullmatch(key):
            return f"{variable} is {'' if value else 'not '}{match[1].lower()}"
    return variable


def errors(rule):
    """The names of a Catch or a Retry."""
    named = rule.get("ErrorEquals")
    if not isinstance(named, list):
        return "?" if named is None else text(named)
    return ", ".join("any error" if each == "States.ALL" else text(each) for each in named)


def retries(body):
    """One sentence for each rule of Retry."""
    rules = body.get("Retry")
    for rule in rules if isinstance(rules, list) else ():
        if isinstance(rule, dict):
            attempts = rule.get("MaxAttempts", RETRIES)
            times = "no retry" if attempts == 0 else "1 retry" if attempts == 1 else f"up to {text(attempts)} retries"
            yield f"{times}: {errors(rule)}"


def resource(body):
    """What a Task calls."""
    arn = text(body.get("Resource", "?"))
    parts = arn.split(":", 6)
    if len(parts) < 6 or parts[0] != "arn":
        return arn
    service, rest = parts[2], ":".join(parts[5:])
    if service == "states" and rest.startswith("activity:"):
        return f"activity {rest.removeprefix('activity:')}"
    if service != "states":
        return f"{service} {rest.removeprefix('function:')}"
    given = next((body[each] for each in ("Arguments", "Parameters") if isinstance(body.get(each), dict)), {})
    function = given.get("FunctionName", "")
    name = function.split(":function:")[-1] if isinstance(function, str) else ""
    return f"{rest} {name}" if rest.startswith("lambda:invoke") and name else rest


def details(body):
    """What else is to be known of a state: what it calls, how long it waits, over what it goes."""
    type_ = body.get("Type")
    if type_ == "Task":
        yield resource(body)
    elif type_ == "Wait":
        yield from (form.format(text(body[key])) for key, form in TIMES if key in body)
    elif type_ == "Fail":
        yield from (text(body[key]) for key in ("Error", "ErrorPath") if key in body)
    elif type_ == "Parallel":
        count = len(body["Branches"]) if isinstance(body.get("Branches"), list) else 0
        yield "1 branch" if count == 1 else f"{count} branches"
    elif type_ == "Map":
        yield from _map(body)


def _map(body):
    over = next((text(body[each]) for each in ("Items", "ItemsPath") if each in body), "")
    if isinstance(body.get("ItemReader"), dict):
        over = f"what {resource(body['ItemReader'])} reads"
    yield f"each of {over}" if over not in ("", "$") else "each item"
    most = next((body[each] for each in ("MaxConcurrency", "MaxConcurrencyPath") if each in body), 0)
    if most:
        yield "one by one" if most == 1 else f"{text(most)} at once"
    if is_distributed(body):
        yield "distributed"


def is_distributed(body):
    """Whether what a Map does with an item is an execution of its own."""
    processor = body.get("ItemProcessor")
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    return isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED"
