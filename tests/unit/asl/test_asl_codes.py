# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each code with a definition that has it, where it is found, and how the same is right."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.asl import jsonata
from ansible_collections.landfall.aws.plugins.module_utils.asl.codes import CODES
from ansible_collections.landfall.aws.plugins.module_utils.asl.lint import lint
from ansible_collections.landfall.aws.plugins.module_utils.asl.source import read

LAMBDA = "Type: Task, Resource: 'arn:aws:states:::lambda:invoke', Parameters: {FunctionName: f}"
JSONATA_TASK = "Type: Task, Resource: 'arn:aws:states:::lambda:invoke', Arguments: {FunctionName: f}"


@dataclass
class Case:
    """What is wrong in a definition, at which line, with which words; and the right words in its place."""

    code: str
    wrong: str
    right: str
    line: int
    says: str
    text: str = "StartAt: A\nStates:\n  A: {%s}\n"
    type: str = "STANDARD"
    column: int | None = None

    def texts(self):
        return self.text.replace("%s", self.wrong), self.text.replace("%s", self.right)


def state(code, wrong, right, says, line=3, **more):
    return Case(code, wrong, right, line, says, **more)


def jsonata_state(code, wrong, right, says, **more):
    return Case(code, wrong, right, 4, says, text="QueryLanguage: JSONata\nStartAt: A\nStates:\n  A: {%s}\n", **more)


def task(code, wrong, right, says, **more):
    """A field of a Lambda Task."""
    text = "StartAt: A\nStates:\n  A: {Type: Task, Resource: 'arn:aws:states:::lambda:invoke', End: true,\n    %s}\n  B: {Type: Fail}\n"
    text = text.replace("  B: {Type: Fail}\n", "") if "Next: B" not in right else text
    return Case(code, wrong, right, 4, says, text=text, **more)


def resource(code, wrong, right, says, **more):
    return Case(code, wrong, right, 3, says, text="StartAt: A\nStates:\n  A: {Type: Task, End: true, %s}\n", **more)


def rule(code, wrong, right, says, **more):
    text = "StartAt: A\nStates:\n  A:\n    Type: Choice\n    Default: B\n    Choices:\n      - {%s}\n  B: {Type: Succeed}\n"
    return Case(code, wrong, right, 7, says, text=text, **more)


def in_map(code, wrong, right, says, line=5, **more):
    text = "StartAt: A\nStates:\n  A:\n    Type: Map\n    %s\n    End: true\n"
    return Case(code, wrong, right, line, says, text=text, **more)


def template(code, wrong, right, says, **more):
    return state(
        code,
        f"Type: Pass, End: true, Parameters: {{{wrong}}}",
        f"Type: Pass, End: true, Parameters: {{{right}}}",
        says,
        **more,
    )


def output(code, wrong, right, says, **more):
    begin = "Type: Pass, End: true, Output: "
    return jsonata_state(code, f'{begin}"{wrong}"', f'{begin}"{right}"', says, **more)


INLINE = "ItemProcessor: {StartAt: B, States: {B: {Type: Pass, End: true}}}"
DISTRIBUTED = (
    "ItemProcessor: {ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}, "
    "StartAt: B, States: {B: {Type: Pass, End: true}}}"
)
READER = "ItemReader: {Resource: 'arn:aws:states:::s3:getObject', Parameters: {Bucket: b, Key: k}, ReaderConfig: {%s}}"


def reader(code, wrong, right, says):
    both = [f"{DISTRIBUTED}\n    {READER}" % each for each in (wrong, right)]
    return in_map(code, *both, says, line=6)


FLOW = "StartAt: A\nStates:\n  A: {Type: Pass, Next: B}\n  B:\n    Type: Parallel\n    Next: C\n    Branches:\n"
NESTED = FLOW + "      - {StartAt: D, States: {D: {Type: Pass, %s}}}\n  C: {Type: Succeed}\n"
SET = "QueryLanguage: JSONata\nStartAt: A\nStates:\n  A: {Type: Pass, Assign: {x: 1}, Next: B}\n"
LONG = "a" * 81

CONDITIONS = (
    "QueryLanguage: JSONata\nStartAt: A\nStates:\n  A: {Type: Choice, Default: B, Choices: [\n    {%s, Next: B}]}\n"
    "  B: {Type: Succeed}\n"
)

CASES = [
    state(
        "SYNTAX",
        "Type: Pass, End: true",
        "Type: Pass, End: true",
        "not YAML",
        4,
        text="StartAt: A\nStates:\n  A: {%s}\n",
    ),
    Case(
        "DUPLICATE_KEY",
        "Seconds: 1\n    Type: Wait",
        "Seconds: 1",
        6,
        'the key "Type" is there already, in line 4',
        text="StartAt: A\nStates:\n  A:\n    Type: Wait\n    %s\n    End: true\n",
    ),
    template("DUPLICATE_KEY", "a: 1, a.$: $.a", "a: 1, b.$: $.a", 'the key "a" is there as "a.$" as well'),
    Case(
        "SUBSTITUTION",
        "${Nam}",
        "${Name}",
        3,
        "there is no substitution for ${Nam}",
        text='StartAt: A\nStates:\n  A: {Type: Succeed, Comment: "%s${Name}"}\n',
        column=31,
    ),
    Case(
        "DEFINITION_TOO_LARGE",
        "x" * 1_048_600,
        "x",
        1,
        "bytes",
        text="StartAt: A\nComment: %s\nStates:\n  A: {Type: Succeed}\n",
    ),
    task(
        "WRONG_TYPE",
        "TimeoutSeconds: '60'",
        "TimeoutSeconds: 60",
        'TimeoutSeconds wants a whole number, and is "60"; write 60, without quotes',
        column=21,
    ),
    state(
        "WRONG_TYPE",
        "Type: Pass, End: True",
        "Type: Pass, End: true",
        'End wants true or false, and is "True"; write true',
    ),
    state(
        "WRONG_TYPE",
        "Type: Pass, End: true, Comment: 5",
        "Type: Pass, End: true, Comment: '5'",
        'Comment wants text, and is 5; write "5"',
    ),
    state(
        "WRONG_TYPE",
        "Type: Map, End: true, ItemProcessor: []",
        "Type: Map, End: true, " + INLINE,
        "ItemProcessor wants an object, and is a list",
    ),
    template("WRONG_TYPE", "a.$: 5", "a: 5", "a.$ wants a path or an intrinsic function, and is 5"),
    jsonata_state(
        "WRONG_TYPE",
        JSONATA_TASK.replace("{FunctionName: f}", "all") + ", End: true",
        JSONATA_TASK + ", End: true",
        'Arguments wants an object or an expression, and is "all"',
    ),
    jsonata_state(
        "WRONG_TYPE",
        "Type: Map, End: true, Items: 5, " + INLINE,
        "Type: Map, End: true, Items: [5], " + INLINE,
        "Items is 5",
    ),
    state(
        "WRONG_VALUE",
        "Type: Taks, End: true",
        "Type: Pass, End: true",
        'Type is "Taks"; did you mean "Task"?',
        column=13,
    ),
    Case("WRONG_VALUE", "{}", "{A: {Type: Succeed}}", 2, "States is empty", text="StartAt: A\nStates: %s\n"),
    state(
        "WRONG_VALUE",
        "Type: Choice, Default: B, Choices: []",
        "Type: Choice, Default: B, Choices: [{Variable: $.a, IsNull: true, Next: B}]",
        "Choices is empty",
        text="StartAt: A\nStates:\n  A: {%s}\n  B: {Type: Succeed}\n",
    ),
    state(
        "WRONG_VALUE",
        "Type: Parallel, End: true, Branches: []",
        "Type: Parallel, End: true, Branches: [{StartAt: B, States: {B: {Type: Succeed}}}]",
        "Branches is empty",
    ),
    task(
        "WRONG_VALUE",
        "Retry: [{ErrorEquals: [a], JitterStrategy: full}]",
        "Retry: [{ErrorEquals: [a], JitterStrategy: FULL}]",
        'did you mean "FULL"?',
    ),
    in_map(
        "WRONG_VALUE",
        DISTRIBUTED + "\n    Label: a b",
        DISTRIBUTED + "\n    Label: ab",
        'Label is "a b"; no spaces',
        line=6,
    ),
    in_map(
        "WRONG_VALUE",
        DISTRIBUTED + "\n    Label: " + LONG,
        DISTRIBUTED + "\n    Label: ab",
        "Label has 81 characters",
        line=6,
    ),
    task(
        "OUT_OF_RANGE", "TimeoutSeconds: 0", "TimeoutSeconds: 1", "TimeoutSeconds is 0; it is 1 to 99999999", column=21
    ),
    task(
        "OUT_OF_RANGE",
        "Retry: [{ErrorEquals: [a], BackoffRate: 0.5}]",
        "Retry: [{ErrorEquals: [a], BackoffRate: 1}]",
        "BackoffRate is 0.5; it is 1 or more",
    ),
    task(
        "OUT_OF_RANGE",
        "Retry: [{ErrorEquals: [a], MaxAttempts: -1}]",
        "Retry: [{ErrorEquals: [a], MaxAttempts: 0}]",
        "MaxAttempts is -1",
    ),
    in_map(
        "OUT_OF_RANGE",
        DISTRIBUTED + "\n    ToleratedFailurePercentage: 101",
        DISTRIBUTED + "\n    ToleratedFailurePercentage: 100",
        "it is 0 to 100",
        line=6,
    ),
    Case(
        "MISSING_FIELD",
        "Comment: A",
        "StartAt: A",
        1,
        "The definition needs StartAt",
        text="%s\nStates:\n  A: {Type: Succeed}\n",
    ),
    state("MISSING_FIELD", "Type: Pass", "Type: Pass, End: true", 'The Pass "A" has neither Next nor End', column=3),
    state("MISSING_FIELD", "End: true", "Type: Pass, End: true", 'The state "A" needs Type'),
    state(
        "MISSING_FIELD",
        "Type: Wait, End: true",
        "Type: Wait, End: true, Seconds: 1",
        "needs one of Seconds, SecondsPath, Timestamp, TimestampPath",
    ),
    jsonata_state(
        "MISSING_FIELD", "Type: Wait, End: true", "Type: Wait, End: true, Seconds: 1", "needs one of Seconds, Timestamp"
    ),
    resource(
        "MISSING_FIELD", "Comment: none", "Resource: 'arn:aws:states:::lambda:invoke'", 'The Task "A" needs Resource'
    ),
    task("MISSING_FIELD", "Retry: [{IntervalSeconds: 1}]", "Retry: [{ErrorEquals: [a]}]", "A Retry needs ErrorEquals"),
    in_map("MISSING_FIELD", "Comment: none", INLINE, "needs one of ItemProcessor, Iterator", line=3),
    in_map(
        "MISSING_FIELD",
        DISTRIBUTED + "\n    ItemBatcher: {BatchInput: {}}",
        DISTRIBUTED + "\n    ItemBatcher: {MaxItemsPerBatch: 1}",
        "An ItemBatcher needs a limit",
        line=6,
    ),
    in_map(
        "MISSING_FIELD",
        DISTRIBUTED + "\n    ResultWriter: {}",
        DISTRIBUTED + "\n    ResultWriter: {WriterConfig: {OutputType: JSON}}",
        "A ResultWriter needs Resource",
        line=6,
    ),
    task(
        "UNKNOWN_FIELD",
        "TimoutSeconds: 1",
        "TimeoutSeconds: 1",
        'a Task has no field "TimoutSeconds"; did you mean "TimeoutSeconds"?',
        column=5,
    ),
    state(
        "UNKNOWN_FIELD",
        "Type: Succeed, Resource: a",
        "Type: Succeed",
        'a Succeed has no field "Resource"; Task has it',
        column=22,
    ),
    Case(
        "UNKNOWN_FIELD",
        "startAt: A",
        "Comment: A",
        2,
        'the definition has no field "startAt"; did you mean "StartAt"?',
        text="StartAt: A\n%s\nStates:\n  A: {Type: Succeed}\n",
    ),
    rule(
        "UNKNOWN_FIELD",
        "Variable: $.a, StringEqual: a, StringEquals: a, Next: B",
        "Variable: $.a, StringEquals: a, Next: B",
        'a rule has no field "StringEqual"',
    ),
    state(
        "CONFLICTING_FIELDS",
        "Type: Wait, End: true, Seconds: 1, SecondsPath: $.s",
        "Type: Wait, End: true, Seconds: 1",
        "SecondsPath and Seconds can't stand together",
    ),
    task(
        "CONFLICTING_FIELDS",
        "TimeoutSeconds: 1, TimeoutSecondsPath: $.t",
        "TimeoutSecondsPath: $.t",
        "TimeoutSecondsPath and TimeoutSeconds",
    ),
    state("CONFLICTING_FIELDS", "Type: Fail, Error: a, ErrorPath: $.a", "Type: Fail, Error: a", "ErrorPath and Error"),
    state(
        "CONFLICTING_FIELDS",
        "Type: Pass, Next: B, End: true",
        "Type: Pass, Next: B",
        "End and Next",
        text="StartAt: A\nStates:\n  A: {%s}\n  B: {Type: Succeed}\n",
    ),
    in_map(
        "CONFLICTING_FIELDS",
        INLINE + "\n    Iterator: {StartAt: C, States: {C: {Type: Pass, End: true}}}",
        INLINE,
        "Iterator and ItemProcessor",
        line=6,
    ),
    jsonata_state(
        "QUERY_LANGUAGE",
        "Type: Pass, QueryLanguage: JSONPath, End: true",
        "Type: Pass, QueryLanguage: JSONata, End: true",
        'The Pass "A" speaks JSONPath, and the definition JSONata',
    ),
    jsonata_state(
        "FIELD_OF_OTHER_LANGUAGE",
        "Type: Pass, End: true, Parameters: {}",
        "Type: Pass, End: true, Output: {}",
        "Parameters is of JSONPath, and this state speaks JSONata; use Arguments",
    ),
    jsonata_state(
        "FIELD_OF_OTHER_LANGUAGE",
        "Type: Wait, End: true, SecondsPath: $.a",
        "Type: Wait, End: true, Seconds: 1",
        "use Seconds with an expression",
    ),
    state(
        "FIELD_OF_OTHER_LANGUAGE",
        "Type: Pass, End: true, Output: {}",
        "Type: Pass, End: true, Result: {}",
        "Output is of JSONata, and this state speaks JSONPath",
    ),
    rule(
        "FIELD_OF_OTHER_LANGUAGE",
        "Condition: '{% true %}', Next: B",
        "Variable: $.a, IsNull: true, Next: B",
        "Condition is of JSONata",
    ),
    template("EXPRESSION_OF_OTHER_LANGUAGE", "a: '{% $states.input %}'", "a.$: $", "is JSONata, in a JSONPath state"),
    state(
        "EXPRESSION_OF_OTHER_LANGUAGE",
        "Type: Fail, Cause: '{% $states.input.a %}'",
        "Type: Fail, CausePath: $.a",
        "Cause takes no JSONata here",
    ),
    jsonata_state(
        "EXPRESSION_OF_OTHER_LANGUAGE",
        "Type: Pass, End: true, Output: {a.$: $.a}",
        "Type: Pass, End: true, Output: {a: '{% $states.input.a %}'}",
        "a.$ is of JSONPath",
    ),
    Case(
        "STATE_NAME",
        LONG,
        "A",
        3,
        "has 81 characters; AWS allows 80",
        text="StartAt: %s\nStates:\n  %s: {Type: Succeed}\n",
    ),
    Case("STATE_NAME", "''", "A", 3, "name is empty", text="StartAt: %s\nStates:\n  %s: {Type: Succeed}\n"),
    Case(
        "DUPLICATE_STATE_NAME",
        "A",
        "D",
        8,
        'There is a state "A" already, in line 3',
        text=FLOW + "      - {StartAt: %s, States: {%s: {Type: Pass, End: true}}}\n  C: {Type: Succeed}\n",
    ),
    state(
        "MISSING_TRANSITION_TARGET",
        "Type: Pass, Next: Shipp",
        "Type: Pass, Next: Ship",
        'Next "Shipp" does not exist; did you mean "Ship"?',
        text="StartAt: A\nStates:\n  A: {%s}\n  Ship: {Type: Succeed}\n",
        column=19,
    ),
    Case(
        "MISSING_TRANSITION_TARGET",
        "B",
        "A",
        1,
        'StartAt "B" does not exist',
        text="StartAt: %s\nStates:\n  A: {Type: Succeed}\n",
        column=1,
    ),
    task(
        "MISSING_TRANSITION_TARGET",
        "Catch: [{ErrorEquals: [a], Next: C}]",
        "Catch: [{ErrorEquals: [a], Next: B}]",
        'Next "C" does not exist',
    ),
    rule(
        "MISSING_TRANSITION_TARGET",
        "Variable: $.a, IsNull: true, Next: C",
        "Variable: $.a, IsNull: true, Next: B",
        'Next "C" does not exist',
    ),
    Case("TRANSITION_LEAVES", "Next: C", "End: true", 8, 'Next "C" leads out of the Parallel "B"', text=NESTED),
    Case(
        "TRANSITION_LEAVES",
        "D",
        "B",
        3,
        'Next "D" leads into the Parallel "B"',
        text=NESTED.replace("%s", "End: true").replace("Next: B", "Next: %s"),
    ),
    Case(
        "UNREACHABLE_STATE",
        "Next: C",
        "Next: B",
        4,
        'No transition leads to the state "B"',
        text="StartAt: A\nStates:\n  A: {Type: Pass, %s}\n  B: {Type: Pass, Next: C}\n  C: {Type: Succeed}\n",
        column=3,
    ),
    Case(
        "NO_TERMINAL_STATE",
        "Next: A",
        "End: true",
        2,
        "None of the states ends the execution",
        text="StartAt: A\nStates:\n  A: {Type: Pass, Next: B}\n  B: {Type: Pass, %s}\n",
    ),
    Case("NO_TERMINAL_STATE", "Next: D", "End: true", 8, 'None of the states of the Parallel "B"', text=NESTED),
    Case(
        "NO_DEFAULT",
        "Comment: none",
        "Default: B",
        3,
        'The Choice "A" has no Default',
        text="StartAt: A\nStates:\n  A:\n    Type: Choice\n    %s\n"
        "    Choices: [{Variable: $.a, IsNull: true, Next: B}]\n  B: {Type: Succeed}\n",
    ),
    rule("CHOICE_RULE", "Variable: $.a, Next: B", "Variable: $.a, IsNull: true, Next: B", "A rule has no operator"),
    rule(
        "CHOICE_RULE",
        "Variable: $.a, IsNull: true, IsString: true, Next: B",
        "Variable: $.a, IsNull: true, Next: B",
        "A rule has IsNull and IsString together; join them with And",
    ),
    rule(
        "CHOICE_RULE",
        "IsNull: true, Next: B",
        "Variable: $.a, IsNull: true, Next: B",
        "A rule has IsNull, and no Variable",
    ),
    rule("CHOICE_RULE", "Variable: $.a, IsNull: true", "Variable: $.a, IsNull: true, Next: B", "A rule has no Next"),
    rule(
        "CHOICE_RULE",
        "Not: {Variable: $.a, IsNull: true, Next: B}, Next: B",
        "Not: {Variable: $.a, IsNull: true}, Next: B",
        "Next stands inside of Not",
    ),
    rule("CHOICE_RULE", "And: [], Next: B", "And: [{Variable: $.a, IsNull: true}], Next: B", "And is empty"),
    rule(
        "CHOICE_RULE",
        "Variable: $.a, Or: [{Variable: $.b, IsNull: true}], Next: B",
        "Or: [{Variable: $.b, IsNull: true}], Next: B",
        "A rule has Variable and Or",
    ),
    Case(
        "CHOICE_RULE",
        "Comment: a",
        "Condition: '{% true %}'",
        5,
        "A rule has no Condition",
        text=CONDITIONS,
    ),
    Case(
        "CHOICE_RULE",
        "total > 3",
        "{% $states.input.total > 3 %}",
        5,
        'Condition is "total > 3"; put an expression',
        text=CONDITIONS.replace("%s", "Condition: '%s'"),
    ),
    rule(
        "CHOICE_OPERAND",
        "Variable: $.a, NumericEquals: '5', Next: B",
        "Variable: $.a, NumericEquals: 5, Next: B",
        'NumericEquals wants a number, and has "5"; it goes without quotes',
    ),
    rule(
        "CHOICE_OPERAND",
        "Variable: $.a, IsNull: NO, Next: B",
        "Variable: $.a, IsNull: false, Next: B",
        'IsNull wants true or false, and has "NO"',
    ),
    rule(
        "CHOICE_OPERAND",
        "Variable: $.a, StringEquals: 5, Next: B",
        "Variable: $.a, StringEquals: '5', Next: B",
        "StringEquals wants text, and has 5",
    ),
    rule(
        "TIMESTAMP",
        "Variable: $.a, TimestampEquals: 2026-01-01, Next: B",
        "Variable: $.a, TimestampEquals: '2026-01-01T00:00:00Z', Next: B",
        'TimestampEquals is "2026-01-01"',
    ),
    state(
        "TIMESTAMP",
        "Type: Wait, End: true, Timestamp: '2026-02-30T00:00:00Z'",
        "Type: Wait, End: true, Timestamp: '2026-02-28T00:00:00Z'",
        "write it like 2026-01-31T18:00:00Z",
    ),
    task(
        "TIMEOUTS",
        "TimeoutSeconds: 10, HeartbeatSeconds: 10",
        "TimeoutSeconds: 10, HeartbeatSeconds: 9",
        "HeartbeatSeconds is 10, and TimeoutSeconds is 10",
    ),
    task(
        "ERROR_NAME",
        "Retry: [{ErrorEquals: [States.Timout]}]",
        "Retry: [{ErrorEquals: [States.Timeout]}]",
        'there is no error "States.Timout"; did you mean "States.Timeout"?',
    ),
    task("ERROR_NAMES", "Retry: [{ErrorEquals: []}]", "Retry: [{ErrorEquals: [a]}]", "ErrorEquals names no error"),
    task(
        "ERROR_NAMES",
        "Retry: [{ErrorEquals: [a, States.ALL]}]",
        "Retry: [{ErrorEquals: [States.ALL]}]",
        "States.ALL stands beside other names",
    ),
    task(
        "ERROR_NAMES",
        "Retry: [{ErrorEquals: [States.ALL]}, {ErrorEquals: [a]}]",
        "Retry: [{ErrorEquals: [a]}, {ErrorEquals: [States.ALL]}]",
        "States.ALL is not in the last of the list",
    ),
    task(
        "HANDLER_NEVER_RUNS",
        "Retry: [{ErrorEquals: [a]}, {ErrorEquals: [b, a]}]",
        "Retry: [{ErrorEquals: [a]}, {ErrorEquals: [b]}]",
        '"a" is handled by number 1 of the list already',
    ),
    task(
        "RETRY_DELAY",
        "Retry: [{ErrorEquals: [a], IntervalSeconds: 5, MaxDelaySeconds: 5}]",
        "Retry: [{ErrorEquals: [a], IntervalSeconds: 5, MaxDelaySeconds: 6}]",
        "MaxDelaySeconds is 5, and IntervalSeconds is 5",
    ),
    resource(
        "RESOURCE",
        "Resource: ship",
        "Resource: 'arn:aws:lambda:eu-west-3:123456789012:function:ship'",
        'Resource "ship" is not an ARN',
    ),
    resource(
        "RESOURCE",
        "Resource: 'arn:aws:lambda:::function:ship'",
        "Resource: 'arn:aws:lambda:eu-west-3:123456789012:function:ship'",
        "is no function's ARN",
    ),
    resource(
        "RESOURCE",
        "Resource: 'arn:aws:s3:::bucket'",
        "Resource: 'arn:aws:states:::aws-sdk:s3:getObject'",
        "A Task can't run",
    ),
    resource(
        "RESOURCE",
        "Resource: 'arn:aws:states:::lamda:invoke'",
        "Resource: 'arn:aws:states:::lambda:invoke'",
        'there is no optimized integration "lamda"; did you mean "lambda"?',
    ),
    resource(
        "RESOURCE",
        "Resource: 'arn:aws:states:::aws-sdk:S3:GetObject'",
        "Resource: 'arn:aws:states:::aws-sdk:s3:getObject'",
        "did you mean aws-sdk:s3:getObject?",
    ),
    resource(
        "RESOURCE",
        "Resource: 'arn:aws:states:::aws-sdk:s3'",
        "Resource: 'arn:aws:states:::aws-sdk:s3:getObject'",
        "names no action",
    ),
    resource(
        "RESOURCE",
        "Resource: 'arn:aws:states:::activity:pack'",
        "Resource: 'arn:aws:states:eu-west-3:123456789012:activity:pack'",
        "is no activity's ARN",
    ),
    in_map(
        "RESOURCE",
        DISTRIBUTED + "\n    ItemReader: {Resource: 'arn:aws:states:::s3:putObject'}",
        DISTRIBUTED + "\n    ItemReader: {Resource: 'arn:aws:states:::s3:getObject'}",
        "ItemReader can't use",
        line=6,
    ),
    resource(
        "RESOURCE_PATTERN",
        "Resource: 'arn:aws:states:::lambda:invoke.sync'",
        "Resource: 'arn:aws:states:::lambda:invoke'",
        "lambda has no .sync; it has .waitForTaskToken",
    ),
    resource(
        "RESOURCE_PATTERN",
        "Resource: 'arn:aws:states:::aws-sdk:glue:startJobRun.sync'",
        "Resource: 'arn:aws:states:::glue:startJobRun.sync'",
        "aws-sdk integrations have no .sync",
    ),
    resource(
        "UNKNOWN_INTEGRATION",
        "Resource: 'arn:aws:states:::sns:publishBatch'",
        "Resource: 'arn:aws:states:::aws-sdk:sns:publishBatch'",
        "sns has no optimized publishBatch",
    ),
    resource(
        "UNKNOWN_INTEGRATION",
        "Resource: 'arn:aws:states:::kinesis:putRecord'",
        "Resource: 'arn:aws:states:::aws-sdk:kinesis:putRecord'",
        'no optimized integration "kinesis"; every service',
    ),
    resource(
        "MISSING_ARGUMENT",
        "Resource: 'arn:aws:states:::lambda:invoke', Parameters: {Function: f}",
        "Resource: 'arn:aws:states:::lambda:invoke', Parameters: {FunctionName.$: $.f}",
        "lambda:invoke needs FunctionName; look at the names",
    ),
    resource(
        "NO_TASK_TOKEN",
        "Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', Parameters: {FunctionName: f}",
        "Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', Parameters: {FunctionName: f, Payload: {t.$: $$.Task.Token}}",
        "waits for a task token that nobody gets; hand on $$.Task.Token",
    ),
    resource(
        "EXPRESS",
        "Resource: 'arn:aws:states:::glue:startJobRun.sync'",
        "Resource: 'arn:aws:states:::glue:startJobRun'",
        "An EXPRESS state machine has no .sync",
        type="EXPRESS",
    ),
    resource(
        "EXPRESS",
        "Resource: 'arn:aws:states:eu-west-3:123456789012:activity:pack'",
        "Resource: 'arn:aws:states:::lambda:invoke'",
        "can't wait for an activity",
        type="EXPRESS",
    ),
    in_map("EXPRESS", DISTRIBUTED, INLINE, "has no distributed Map", type="EXPRESS"),
    in_map(
        "EXPRESS",
        DISTRIBUTED.replace("STANDARD", "EXPRESS").replace(
            "Type: Pass", "Type: Task, Resource: 'arn:aws:states:::glue:startJobRun.sync'"
        ),
        DISTRIBUTED,
        'The Map "A", whose child executions are EXPRESS, has no .sync',
    ),
    in_map(
        "MAP_MODE", INLINE + "\n    Label: a", DISTRIBUTED + "\n    Label: a", "Label needs a distributed Map", line=6
    ),
    in_map(
        "MAP_MODE",
        DISTRIBUTED.replace(", ExecutionType: STANDARD", ""),
        DISTRIBUTED,
        "A distributed Map needs ExecutionType",
    ),
    in_map(
        "MAP_MODE", DISTRIBUTED.replace("DISTRIBUTED", "INLINE"), DISTRIBUTED, "ExecutionType needs a distributed Map"
    ),
    reader(
        "READER_CONFIG",
        "InputType: CSV",
        "InputType: CSV, CSVHeaderLocation: FIRST_ROW",
        "A CSV needs CSVHeaderLocation",
    ),
    reader(
        "READER_CONFIG",
        "InputType: CSV, CSVHeaderLocation: GIVEN",
        "InputType: CSV, CSVHeaderLocation: GIVEN, CSVHeaders: [a]",
        "CSVHeaders is missing",
    ),
    reader(
        "READER_CONFIG",
        "InputType: CSV, CSVHeaderLocation: FIRST_ROW, CSVHeaders: [a]",
        "InputType: CSV, CSVHeaderLocation: FIRST_ROW",
        "CSVHeaders stands there",
    ),
    reader(
        "READER_CONFIG",
        "InputType: JSON, CSVDelimiter: TAB",
        "InputType: JSON",
        "CSVDelimiter is of CSV, and InputType is JSON",
    ),
    state(
        "JSONPATH",
        "Type: Pass, End: true, InputPath: order.id",
        "Type: Pass, End: true, InputPath: $.order.id",
        "InputPath: 'order.id' is not a path; a path begins with $",
    ),
    state(
        "JSONPATH",
        "Type: Pass, End: true, InputPath: '$.a['",
        "Type: Pass, End: true, InputPath: '$.a[0]'",
        "is not closed",
    ),
    state(
        "JSONPATH",
        "Type: Pass, End: true, InputPath: $.a., Comment: a",
        "Type: Pass, End: true, InputPath: $.a, Comment: a",
        "a name is missing after the dot",
    ),
    state(
        "JSONPATH",
        "Type: Pass, End: true, InputPath: '$.a[b]'",
        "Type: Pass, End: true, InputPath: \"$.a['b']\"",
        "[b] is no number and no name in quotes",
    ),
    state(
        "JSONPATH",
        "Type: Pass, End: true, InputPath: '$.a.sum()'",
        "Type: Pass, End: true, InputPath: $.a",
        "calls sum()",
    ),
    state(
        "JSONPATH",
        "Type: Pass, End: true, InputPath: States.UUID()",
        "Type: Pass, End: true, InputPath: $",
        "an intrinsic function stands only in a template",
    ),
    template("JSONPATH", "a.$: value", "a: value", "'value' is not a path"),
    state(
        "REFERENCE_PATH",
        "Type: Pass, End: true, ResultPath: '$.a[*].b'",
        "Type: Pass, End: true, ResultPath: '$.a[0].b'",
        "could name more than one thing",
    ),
    state(
        "REFERENCE_PATH",
        "Type: Pass, End: true, ResultPath: $$.a",
        "Type: Pass, End: true, ResultPath: $.a",
        "the context object can't be written to",
    ),
    in_map(
        "REFERENCE_PATH",
        INLINE + "\n    ItemsPath: $..a",
        INLINE + "\n    ItemsPath: $.a",
        "could name more than one thing",
        line=6,
    ),
    template(
        "INTRINSIC",
        "a.$: States.Formt('a')",
        "a.$: States.Format('a')",
        'there is no function States.Formt; did you mean "States.Format"?',
    ),
    template(
        "INTRINSIC", "a.$: States.UUID(1)", "a.$: States.UUID()", "States.UUID takes 0 arguments, and 1 are given"
    ),
    template(
        "INTRINSIC",
        'a.$: "States.MathAdd(1)"',
        'a.$: "States.MathAdd(1, 2)"',
        "States.MathAdd takes 2 arguments, and 1 are given",
    ),
    template(
        "INTRINSIC",
        "a.$: \"States.Format('{} {}', $.a)\"",
        "a.$: \"States.Format('{} {}', $.a, $.b)\"",
        "its text has 2 {}, and 1 values are given",
    ),
    template(
        "INTRINSIC",
        "a.$: \"States.Hash($.a, 'SHA256')\"",
        "a.$: \"States.Hash($.a, 'SHA-256')\"",
        "there is no hash 'SHA256'",
    ),
    template("INTRINSIC", 'a.$: "States.Array(\'a"', "a.$: \"States.Array('a')\"", "a text is not closed"),
    template(
        "INTRINSIC",
        'a.$: "' + "States.Array(" * 11 + ")" * 11 + '"',
        'a.$: "' + "States.Array(" * 10 + ")" * 10 + '"',
        "functions stand in one another 11 deep; AWS allows 10",
    ),
    template(
        "PATH_NOT_EVALUATED",
        "a: $.order.id",
        "a.$: $.order.id",
        "'$.order.id' stays plain text here; name the key \"a.$\"",
    ),
    template("PATH_NOT_EVALUATED", "a: States.UUID()", "a.$: States.UUID()", "stays plain text here"),
    output("JSONATA", "{% $states.input. %}", "{% $states.input %}", "at character 18"),
    output("JSONATA", "{% %}", "{% $states %}", "nothing between {% and %}"),
    output("JSONATA_MARKS", " {% $states.input %}", "{% $states.input %}", "stays plain text"),
    output("JSONATA_MARKS", "{% $states.input", "{% $states.input %}", "stays plain text"),
    output(
        "JSONATA_FUNCTION",
        "{% $uppercas('a') %}",
        "{% $uppercase('a') %}",
        "there is no function $uppercas; did you mean uppercase?",
    ),
    output("JSONATA_FUNCTION", "{% $eval('1') %}", "{% $parse('1') %}", "Step Functions has no $eval"),
    output("JSONATA_CONTEXT", "{% order.id %}", "{% $states.input.order.id %}", '"order" stands alone'),
    output("JSONATA_CONTEXT", "{% $.id %}", "{% $states.input[$.id = 1] %}", '"$" stands alone'),
    output(
        "JSONATA_CONTEXT",
        "{% $map([1], function($v) { $v + total }) %}",
        "{% $map([1], function($v) { $v + $v.total }) %}",
        '"total" stands alone',
    ),
    output(
        "STATES_VARIABLE",
        "{% $states.inpt %}",
        "{% $states.input %}",
        "$states has no field inpt; there is $states.input, $states.context",
    ),
    output("STATES_VARIABLE", "{% $states.result %}", "{% $states.input %}", "only Output and Assign of a Task"),
    jsonata_state(
        "STATES_VARIABLE",
        JSONATA_TASK.replace("f}", "'{% $states.result.f %}'}") + ", End: true",
        JSONATA_TASK + ", Output: '{% $states.result %}', End: true",
        "$states.result is not known here",
    ),
    jsonata_state(
        "STATES_VARIABLE",
        JSONATA_TASK + ", Output: '{% $states.errorOutput %}', End: true",
        JSONATA_TASK + ", Output: '{% $states.result %}', End: true",
        "of a Catch have it",
    ),
    jsonata_state(
        "VARIABLE_NAME",
        "Type: Pass, End: true, Assign: {1st: 1}",
        "Type: Pass, End: true, Assign: {first: 1}",
        "is not a variable's name",
    ),
    jsonata_state(
        "VARIABLE_NAME",
        "Type: Pass, End: true, Assign: {states: 1}",
        "Type: Pass, End: true, Assign: {first: 1}",
        "can't be assigned",
    ),
    jsonata_state(
        "VARIABLE_NAME",
        f"Type: Pass, End: true, Assign: {{{LONG}: 1}}",
        "Type: Pass, End: true, Assign: {first: 1}",
        "has 81 characters",
    ),
    Case(
        "VARIABLE_SCOPE",
        "x",
        "y",
        5,
        '"x" is a variable of the states around the Parallel "B"',
        text=SET
        + "  B: {Type: Parallel, End: true, Branches: [{StartAt: C, States: {C: {Type: Pass, Assign: {%s: 2}, End: true}}}]}\n",
    ),
    Case(
        "VARIABLE_UNASSIGNED",
        "$y",
        "$x",
        5,
        "$y is assigned nowhere before",
        text=SET + "  B: {Type: Pass, Output: '{% %s %}', End: true}\n",
    ),
    jsonata_state(
        "VARIABLE_UNASSIGNED",
        "Type: Pass, Assign: {x: 1}, Output: '{% $x %}', End: true",
        "Type: Pass, Assign: {x: 1}, Output: 1, End: true",
        "$x is used before it is assigned; the Assign of a state counts from the next",
    ),
    template("VARIABLE_UNASSIGNED", "a.$: $x.id", "a.$: $.x.id", "$x is assigned nowhere before"),
    Case(
        "VARIABLE_UNASSIGNED",
        DISTRIBUTED.replace("Type: Pass", "Type: Pass, Output: '{% $x %}'")
        .replace("B", "C")
        .replace("DISTRICUTED", "DISTRIBUTED"),
        INLINE.replace("Type: Pass", "Type: Pass, Output: '{% $x %}'").replace("B", "C"),
        5,
        "$x is assigned nowhere before",
        text=SET + "  B: {Type: Map, End: true, %s}\n",
    ),
    Case(
        "VARIABLE_MAYBE_UNASSIGNED",
        "Comment: none",
        "Assign: {y: 0}",
        10,
        "$y is not assigned on every way to here",
        text=SET.replace("Next: B", "Next: Q")
        + "  Q:\n    Type: Choice\n    Default: C\n    %s\n    Choices: [{Condition: '{% $x = 1 %}', Assign: {y: 1}, Next: C}]\n"
        "  C: {Type: Pass, Output: '{% $y %}', End: true}\n".replace("{% $y", "{% $y"),
    ),
    Case(
        "PAYLOAD_TOO_LARGE",
        "x" * 262_150,
        "x",
        3,
        "Result has more than 256 KiB",
        text="StartAt: A\nStates:\n  A: {Type: Pass, End: true, Result: %s}\n",
    ),
]
# YAML that can't be read has no right words in its place.
CASES[0] = Case("SYNTAX", "[", "", 4, "this is not YAML", text="StartAt: A\nStates:\n  A: {Type: Succeed}\n%s")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}: {case.says[:60]}")
def test_what_is_wrong_is_found_and_what_is_right_is_not(case):
    substitutions = {"Name": "x"} if case.code == "SUBSTITUTION" else None
    wrong, right = (lint(read(text, "x.yaml", substitutions), case.type) for text in case.texts())
    found = [each for each in wrong if each.code == case.code and case.says in str(each)]
    assert found, [str(each) for each in wrong]
    assert found[0].line == case.line, str(found[0])
    assert case.column is None or found[0].column == case.column, str(found[0])
    assert found[0].severity == CODES[case.code][0]
    assert not [str(each) for each in right]


def test_every_code_has_a_case():
    assert set(CODES) - {"JSONATA_UNCHECKED"} == {case.code for case in CASES}


def test_without_the_parser_of_jsonata_all_else_is_checked(monkeypatch):
    monkeypatch.setattr(jsonata, "HAS_JSONATA", False)
    text = "QueryLanguage: JSONata\nStartAt: A\nStates:\n  A: {Type: Pass, Output: '{% ( %}', Ende: true, End: true}\n"
    found = lint(read(text, "x.yaml"))
    assert [each.code for each in found] == ["JSONATA_UNCHECKED", "UNKNOWN_FIELD"]
    assert "pip install jsonata-python" in str(found[0])


def test_a_code_can_be_ignored_and_findings_come_by_place():
    text = "StartAt: A\nStates:\n  A: {Type: Pass, End: true, Ende: true, Comment: 5}\n  B: {Type: Fail, Cause: 5}\n"
    codes = [each.code for each in lint(read(text))]
    assert codes == ["UNKNOWN_FIELD", "WRONG_TYPE", "UNREACHABLE_STATE", "WRONG_TYPE"]
    assert [each.code for each in lint(read(text), ignore=["WRONG_TYPE"])] == ["UNKNOWN_FIELD", "UNREACHABLE_STATE"]


def test_a_finding_reads_like_a_compiler_and_a_dict():
    text = json.dumps({"StartAt": "Ship", "States": {"Ship": {"Type": "Pass", "Next": "Shipp"}}}, indent=2)
    found = lint(read(text, "file.json"))[0]
    assert str(found) == 'file.json:6:7 [MISSING_TRANSITION_TARGET] Next "Shipp" does not exist; did you mean "Ship"?'
    assert found.as_dict() == {
        "file": "file.json",
        "line": 6,
        "column": 7,
        "path": "/States/Ship/Next",
        "code": "MISSING_TRANSITION_TARGET",
        "severity": "error",
        "message": 'Next "Shipp" does not exist',
        "hint": 'did you mean "Ship"?',
    }
