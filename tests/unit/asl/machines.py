# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random definitions that are right, and the ways to break one."""

from __future__ import annotations

from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.asl.tree import JSONATA, JSONPATH, machines, root

LAMBDA = "arn:aws:states:::lambda:invoke"
RESOURCES = (
    LAMBDA,
    "arn:aws:lambda:eu-west-3:123456789012:function:ship:live",
    "arn:aws:states:::aws-sdk:s3:getObject",
    "arn:aws:states:eu-west-3:123456789012:activity:pack",
)
RETRY = {
    "ErrorEquals": ["States.Timeout"],
    "IntervalSeconds": 2,
    "MaxAttempts": 3,
    "BackoffRate": 1.5,
    "MaxDelaySeconds": 9,
}


class Maker:
    """Makes one definition. Every path leads through a machine's first state, which assigns what later ones use."""

    def __init__(self, draw, language):
        self.draw, self.language, self.count = draw, language, 0

    def one_of(self, *values):
        return self.draw(st.sampled_from(values))

    def new(self, prefix):
        self.count += 1
        return f"{prefix}{self.one_of('', ' ', 'é', '-')}{self.count}"

    def machine(self, depth, known):
        names = [self.new("S") for _each in range(self.draw(st.integers(1, 5)))]
        variable = f"v{self.count}"
        states = {}
        for index, name in enumerate(names):
            onward = {"Next": names[index + 1]} if index + 1 < len(names) else {"End": True}
            if index == 0:
                states[name] = {"Type": "Pass", "Assign": {variable: 1}, **onward}
            else:
                states[name] = self.state(depth, [*known, variable], onward, names[1:])
        return {"StartAt": names[0], "States": states}

    def state(self, depth, known, onward, names):
        kinds = ["Pass", "Task", "Wait"]
        if "Next" in onward:
            kinds.append("Choice")
        else:
            kinds += ["Succeed", "Fail"]
        if depth:
            kinds += ["Parallel", "Map"]
        return getattr(self, self.one_of(*kinds).lower())(depth, known, onward, names)

    def value(self, known):
        if self.language == JSONATA:
            return self.one_of(
                "{% $states.input.a %}", f"{{% ${known[-1]} %}}", "{% $sum($states.input.b[c > 1].d) %}", "text"
            )
        return self.one_of("$.a", f"${known[-1]}", f"States.Format('{{}}', ${known[0]})", "$$.Execution.Id")

    def template(self, known):
        key = "k" if self.language == JSONATA else "k.$"
        return {key: self.value(known), "fixed": [1, {"deep": None}]}

    def pass_(self, depth, known, onward, names):
        field = "Output" if self.language == JSONATA else "Parameters"
        return {"Type": "Pass", field: self.template(known), **onward}

    def task(self, depth, known, onward, names):
        body = {"Type": "Task", "Resource": self.one_of(*RESOURCES), "TimeoutSeconds": 60, "HeartbeatSeconds": 5}
        if body["Resource"] == LAMBDA:
            body["Arguments" if self.language == JSONATA else "Parameters"] = {
                "FunctionName": "f",
                "Payload": self.template(known),
            }
        if self.draw(st.booleans()):
            body["Retry"] = [dict(RETRY)]
            body["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": self.one_of(*names)}]
        return {**body, **onward}

    def wait(self, depth, known, onward, names):
        return {"Type": "Wait", "Seconds": self.draw(st.integers(0, 9)), **onward}

    def succeed(self, depth, known, onward, names):
        return {"Type": "Succeed"}

    def fail(self, depth, known, onward, names):
        return {"Type": "Fail", "Error": "Wrong"}

    def choice(self, depth, known, onward, names):
        if self.language == JSONATA:
            rule = {"Condition": f"{{% ${known[-1]} > 1 %}}"}
        else:
            rule = self.one_of(
                {"Variable": "$.a", "StringEquals": "x"},
                {"Not": {"Variable": f"${known[-1]}", "IsNull": True}},
                {"And": [{"Variable": "$.a", "IsPresent": True}, {"Variable": "$.a", "NumericLessThan": 5}]},
            )
        return {"Type": "Choice", "Choices": [{**rule, "Next": self.one_of(*names)}], "Default": onward["Next"]}

    def parallel(self, depth, known, onward, names):
        branches = [self.machine(depth - 1, known) for _each in range(self.draw(st.integers(1, 3)))]
        return {"Type": "Parallel", "Branches": branches, **onward}

    def map(self, depth, known, onward, names):
        if self.draw(st.booleans()):
            return {"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": self.machine(depth - 1, known), **onward}
        config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
        processor = {"ProcessorConfig": config, **self.machine(depth - 1, [])}
        return {"Type": "Map", "Label": "Each", "ItemProcessor": processor, **onward}


setattr(Maker, "pass", Maker.pass_)


@st.composite
def definitions(draw):
    """A definition that is right, with at least one Parallel or Map tried at each of three levels."""
    language = draw(st.sampled_from([JSONPATH, JSONATA]))
    tree = Maker(draw, language).machine(3, [])
    return {"QueryLanguage": language, **tree} if language == JSONATA or draw(st.booleans()) else tree


def all_states(tree):
    return [state for machine in machines(root(tree)) for state in machine.states.values()]


def _without(field, code):
    def breaks(state):
        del state.body[field]
        return state.path, code

    return breaks


def _retry(field, value, code, *more):
    def breaks(state):
        state.body["Retry"][0][field] = value
        return (*state.path, "Retry", 0, field, *more), code

    return breaks


def _set(field, value, code, *inner):
    """A field's value, and where inside of it the finding is."""

    def breaks(state):
        state.body[field] = value
        return (*state.path, field, *inner), code

    return breaks


def _mistyped(state):
    state.body["Next"] += "x"
    return (*state.path, "Next"), "MISSING_TRANSITION_TARGET"


def _unassigned(state):
    text = "{% $nobody %}" if state.language == JSONATA else "$nobody"
    return _expression(text, "VARIABLE_UNASSIGNED")(state)


def _not_onward(state):
    state.body.pop("Next", None)
    state.body.pop("End", None)
    return state.path, "MISSING_FIELD"


def _both_ways(state):
    state.body["End"] = True
    return (*state.path, "End"), "CONFLICTING_FIELDS"


def _beside(name):
    """A state that nobody leads to, beside another."""

    def breaks(state):
        state.machine.body["States"][name] = {"Type": "Succeed"}
        return (*state.machine.path, "States", name), "UNREACHABLE_STATE" if len(name) < 80 else "STATE_NAME"

    return breaks


def _twice(state):
    outer = state.machine.around.name
    state.machine.body["States"][outer] = {"Type": "Succeed"}
    return (*state.machine.path, "States", outer), "DUPLICATE_STATE_NAME"


def _leaves(state):
    state.body.pop("End", None)
    state.body["Next"] = state.machine.around.name
    return (*state.path, "Next"), "TRANSITION_LEAVES"


def _start(state):
    state.machine.body["StartAt"] += "x"
    return (*state.machine.path, "StartAt"), "MISSING_TRANSITION_TARGET"


def _rule(state):
    rule = state.body["Choices"][0]
    for name in ("Variable", "Not", "And", "Condition"):
        rule.pop(name, None)
    return (*state.path, "Choices", 0), "CHOICE_RULE"


def _mode(state):
    del state.body["ItemProcessor"]["ProcessorConfig"]["ExecutionType"]
    return (*state.path, "ItemProcessor", "ProcessorConfig"), "MAP_MODE"


def _expression(text, code):
    def breaks(state):
        if state.language == JSONATA:
            state.body["Output"] = {"x": text}
            return (*state.path, "Output", "x"), code
        state.body["Parameters"] = {"x.$": text}
        return (*state.path, "Parameters", "x.$"), code

    return breaks


def has(*types, field=None, language=None, inner=False):
    """Which states something can be done to."""
    return lambda state: (
        (not types or state.type in types)
        and (field is None or field in state.body)
        and (language is None or state.language == language)
        and (not inner or state.machine.around is not None)
    )


ONWARD = ("Pass", "Task", "Wait", "Parallel", "Map")
# what is done: (to which states, how; it returns where that must be found, and by which code)
BREAKS = {
    "Next is mistyped": (
        has(*ONWARD, field="Next"),
        _mistyped,
    ),
    "StartAt is mistyped": (has(), _start),
    "Default is mistyped": (has("Choice"), _set("Default", "nowhere", "MISSING_TRANSITION_TARGET")),
    "Type is mistyped": (has(), _set("Type", "Taskk", "WRONG_VALUE")),
    "Type is missing": (has(), _without("Type", "MISSING_FIELD")),
    "a field that there is not": (has(), _set("Foo", 1, "UNKNOWN_FIELD")),
    "a field of another state": (has("Wait", "Succeed", "Fail"), _set("Resource", LAMBDA, "UNKNOWN_FIELD")),
    "End and Next": (has(*ONWARD, field="Next"), _both_ways),
    "neither End nor Next": (has(*ONWARD), _not_onward),
    "End in quotes": (has(*ONWARD, field="End"), _set("End", "true", "WRONG_TYPE")),
    "Comment is a number": (has(), _set("Comment", 5, "WRONG_TYPE")),
    "nobody leads there": (has(), _beside("Lonely")),
    "name is too long": (has(), _beside("L" * 81)),
    "name is there twice": (has(inner=True), _twice),
    "out of the Map or Parallel": (has(*ONWARD, inner=True), _leaves),
    "Resource is no ARN": (has("Task"), _set("Resource", "ship", "RESOURCE")),
    "Resource has no .sync": (has("Task"), _set("Resource", f"{LAMBDA}.sync", "RESOURCE_PATTERN")),
    "BackoffRate is too small": (has("Task", field="Retry"), _retry("BackoffRate", 0.5, "OUT_OF_RANGE")),
    "MaxAttempts in quotes": (has("Task", field="Retry"), _retry("MaxAttempts", "3", "WRONG_TYPE")),
    "MaxDelaySeconds is too small": (has("Task", field="Retry"), _retry("MaxDelaySeconds", 2, "RETRY_DELAY")),
    "States.ALL is not alone": (
        has("Task", field="Retry"),
        _retry("ErrorEquals", ["a", "States.ALL"], "ERROR_NAMES", 1),
    ),
    "States.Timout": (has("Task", field="Retry"), _retry("ErrorEquals", ["States.Timout"], "ERROR_NAME", 0)),
    "no error is named": (
        has("Task", field="Catch"),
        _set("Catch", [{"ErrorEquals": [], "Next": "x"}], "ERROR_NAMES", 0, "ErrorEquals"),
    ),
    "heartbeat is too slow": (has("Task"), _set("HeartbeatSeconds", 60, "TIMEOUTS")),
    "timeout is 0": (has("Task"), _set("TimeoutSeconds", 0, "OUT_OF_RANGE")),
    "an account's role is mistyped": (
        has("Task"),
        _set("Credentials", {"Role": "x"}, "UNKNOWN_FIELD", "Role"),
    ),
    "two ways to wait": (has("Wait"), _set("Timestamp", "2026-01-01T00:00:00Z", "CONFLICTING_FIELDS")),
    "no way to wait": (has("Wait"), _without("Seconds", "MISSING_FIELD")),
    "a rule says nothing": (has("Choice"), _rule),
    "no rule": (has("Choice"), _set("Choices", [], "WRONG_VALUE")),
    "no Default": (has("Choice"), _without("Default", "NO_DEFAULT")),
    "no branch": (has("Parallel"), _set("Branches", [], "WRONG_VALUE")),
    "Iterator and ItemProcessor": (
        has("Map"),
        _set("Iterator", {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}, "CONFLICTING_FIELDS"),
    ),
    "Label in an inline Map": (has("Map", field="MaxConcurrency"), _set("Label", "x", "MAP_MODE")),
    "ExecutionType is missing": (has("Map", field="Label"), _mode),
    "path is not right": (
        has("Pass", "Task", "Wait", "Succeed", language=JSONPATH),
        _set("InputPath", "order", "JSONPATH"),
    ),
    "ResultPath is no reference path": (
        has("Pass", "Task", language=JSONPATH),
        _set("ResultPath", "$.a[*]", "REFERENCE_PATH"),
    ),
    "path in a template is not right": (has("Pass", language=JSONPATH), _expression("$.a[", "JSONPATH")),
    "function is not known": (has("Pass", language=JSONPATH), _expression("States.Formt('a')", "INTRINSIC")),
    "JSONata is not right": (has("Pass", language=JSONATA), _expression("{% ( %}", "JSONATA")),
    "JSONata's function is not known": (
        has("Pass", language=JSONATA),
        _expression("{% $nope(1) %}", "JSONATA_FUNCTION"),
    ),
    "JSONata without an end": (has("Pass", language=JSONATA), _expression("{% $states.input", "JSONATA_MARKS")),
    "variable is not assigned": (
        has("Pass"),
        _unassigned,
    ),
    "variable is reserved": (
        has("Pass"),
        _set("Assign", {"states": 1}, "VARIABLE_NAME", "states"),
    ),
    "field of JSONPath": (has("Pass", "Task", language=JSONATA), _set("InputPath", "$", "FIELD_OF_OTHER_LANGUAGE")),
    "field of JSONata": (has("Pass", "Task", language=JSONPATH), _set("Output", {}, "FIELD_OF_OTHER_LANGUAGE")),
    "language is not known": (has(), _set("QueryLanguage", "jsonata", "WRONG_VALUE")),
}
