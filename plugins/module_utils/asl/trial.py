# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Single states tried out by AWS's TestState: what is asked, and whether the answer is what was expected."""

from __future__ import annotations

import json

from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import close_to
from ansible_collections.landfall.aws.plugins.module_utils.asl.tree import machines, root

# https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
MOCKED = ("Task", "Map", "Parallel")
OPTIONS = {
    "state": {"type": "str", "required": True},
    "input": {"type": "raw"},
    "variables": {"type": "dict"},
    "context": {"type": "dict"},
    "mock": {
        "type": "dict",
        "options": {
            "result": {"type": "raw"},
            "error_output": {
                "type": "dict",
                "options": {"error": {"type": "str", "required": True}, "cause": {"type": "str"}},
            },
            "field_validation_mode": {"type": "str", "choices": ["STRICT", "PRESENT", "NONE"]},
        },
    },
    "role_arn": {"type": "str"},
    "expect": {
        "type": "dict",
        "options": {
            "status": {"type": "str", "choices": ["SUCCEEDED", "FAILED", "RETRIABLE", "CAUGHT_ERROR"]},
            "output": {"type": "raw"},
            "next_state": {"type": "str"},
            "error": {"type": "str"},
            "cause": {"type": "str"},
        },
    },
}


def _states(source):
    return {state.name: state for machine in machines(root(source.tree)) for state in machine.states.values()}


def mistakes(tests, source):
    """All that is wrong with the tests themselves, before a call."""
    states = _states(source)
    for index, test in enumerate(tests):
        label, state, mock = f"test_state[{index}]", states.get(test["state"]), test["mock"]
        if not state:
            hint = close_to(test["state"], states, f"its states are {', '.join(states)}")
            yield f'{label}.state: the definition has no state "{test["state"]}"; {hint}'
        elif mock and state.type not in MOCKED:
            yield f"{label}.mock: AWS mocks {', '.join(MOCKED)}, and {state.name} is a {state.type}; remove it"
        if mock and (mock["result"] is None) == (mock["error_output"] is None):
            yield f"{label}.mock: give either result or error_output"
        if test["context"] is not None and not mock:
            yield f"{label}.context: AWS takes a context only with a mock"


def does_something(test, source):
    """Whether AWS would really run what the state runs."""
    return not test["mock"] and _states(source)[test["state"]].type in MOCKED


def _json(value):
    return json.dumps(value, ensure_ascii=False)


def arguments(test, source, role_arn):
    """The call's arguments; what was left out is left out."""
    mock, role = test["mock"] or {}, test["role_arn"] or role_arn
    mocked = {"fieldValidationMode": mock.get("field_validation_mode")}
    if mock.get("error_output"):
        mocked["errorOutput"] = {key: value for key, value in mock["error_output"].items() if value is not None}
    elif mock:
        mocked["result"] = _json(mock["result"])
    given = {
        "roleArn": role,
        "input": None if test["input"] is None else _json(test["input"]),
        "variables": None if test["variables"] is None else _json(test["variables"]),
        "context": None if test["context"] is None else _json(test["context"]),
        "mock": {key: value for key, value in mocked.items() if value is not None} or None,
    }
    given = {key: value for key, value in given.items() if value is not None}
    return {"definition": source.text, "stateName": test["state"], **given}


def _read(text):
    """An output, which is JSON, except where AWS says otherwise."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text


def judged(test, answer):
    """What a state did, and in which it differs from what was expected."""
    did = {
        "status": answer.get("status"),
        "output": _read(answer.get("output")),
        "next_state": answer.get("nextState"),
        "error": answer.get("error"),
        "cause": answer.get("cause"),
    }
    expected = {key: value for key, value in (test["expect"] or {}).items() if value is not None}
    if "status" not in expected and not {"error", "cause"} & set(expected):
        expected["status"] = "SUCCEEDED"
    differs = [
        f"{key} is {_json(did[key])}, and {_json(value)} was expected"
        for key, value in expected.items()
        if did[key] != value
    ]
    if differs and did["error"] and "error" not in expected:
        differs.append(f"it failed with {did['error']}: {did['cause'] or 'no cause is given'}")
    return {"state": test["state"], "ok": not differs, "skipped": False, "differences": differs, **did}


def run(client, test, source, role_arn):
    """One call."""
    return judged(test, client.test_state(**arguments(test, source, role_arn)))


def skipped(test):
    return {"state": test["state"], "ok": True, "skipped": True, "differences": []}
