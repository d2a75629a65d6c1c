# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which fields there are, as AWS documents them. Data only.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html and https://states-language.net
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.landfall.aws.plugins.module_utils.asl.tree import JSONATA, JSONPATH

LONGEST_TIME = 99_999_999
ONE_YEAR = 31_622_400
PAYLOAD = 262_144


@dataclass(frozen=True)
class Field:
    """What a field's value may be."""

    kind: str
    only: str | None = None  # the language in which it is known
    low: float | None = None
    high: float | None = None
    values: tuple = ()
    required: bool = False
    expression: bool = False  # in JSONata, a {% %} can stand for the value


def _seconds(low=1, **more):
    return Field("integer", low=low, high=LONGEST_TIME, **more)


def _with_path(name, field):
    """A field, and the one that takes its value from a path."""
    return {name: field, f"{name}Path": Field("path", only=JSONPATH)}


TEXT = Field("text")
PATH = Field("path or null", only=JSONPATH)
RESULT_PATH = Field("result path", only=JSONPATH)
TEMPLATE = Field("template", only=JSONPATH)
TREE = Field("any", only=JSONATA)

_ALL = {
    "Type": Field("text", required=True),
    "Comment": TEXT,
    "QueryLanguage": Field("text", values=(JSONPATH, JSONATA)),
}
_IN_AND_OUT = {"InputPath": PATH, "OutputPath": PATH, "Output": TREE}
_ONWARD = {"Next": TEXT, "End": Field("boolean"), "Assign": Field("assign")}
_RESULT = {"ResultPath": RESULT_PATH, "ResultSelector": TEMPLATE}
_HANDLERS = {"Retry": Field("list"), "Catch": Field("list")}

STATES = {
    "Pass": {
        **_ALL,
        **_IN_AND_OUT,
        **_ONWARD,
        "Parameters": TEMPLATE,
        "Result": Field("any", only=JSONPATH),
        "ResultPath": RESULT_PATH,
    },
    "Task": {
        **_ALL,
        **_IN_AND_OUT,
        **_ONWARD,
        **_RESULT,
        **_HANDLERS,
        "Resource": Field("text", required=True),
        "Parameters": TEMPLATE,
        "Arguments": Field("arguments", only=JSONATA),
        "Credentials": Field("credentials", expression=True),
        **_with_path("TimeoutSeconds", _seconds(expression=True)),
        **_with_path("HeartbeatSeconds", _seconds(expression=True)),
    },
    "Choice": {
        **_ALL,
        **_IN_AND_OUT,
        "Choices": Field("list", required=True),
        "Default": TEXT,
        "Assign": Field("assign"),
    },
    "Wait": {
        **_ALL,
        **_IN_AND_OUT,
        **_ONWARD,
        **_with_path("Seconds", _seconds(low=0, expression=True)),
        **_with_path("Timestamp", Field("timestamp", expression=True)),
    },
    "Succeed": {**_ALL, **_IN_AND_OUT},
    "Fail": {
        **_ALL,
        "Error": Field("text", expression=True),
        "ErrorPath": Field("path or function", only=JSONPATH),
        "Cause": Field("text", expression=True),
        "CausePath": Field("path or function", only=JSONPATH),
    },
    "Parallel": {
        **_ALL,
        **_IN_AND_OUT,
        **_ONWARD,
        **_RESULT,
        **_HANDLERS,
        "Branches": Field("list", required=True),
        "Parameters": TEMPLATE,
        "Arguments": Field("arguments", only=JSONATA),
    },
    "Map": {
        **_ALL,
        **_IN_AND_OUT,
        **_ONWARD,
        **_RESULT,
        **_HANDLERS,
        "ItemProcessor": Field("object"),
        "Iterator": Field("object"),
        "Parameters": TEMPLATE,
        "ItemsPath": Field("items path", only=JSONPATH),
        "Items": Field("items", only=JSONATA, expression=True),
        "ItemSelector": Field("either template"),
        "ItemReader": Field("object"),
        "ItemBatcher": Field("object"),
        "ResultWriter": Field("object"),
        "Label": TEXT,
        **_with_path("MaxConcurrency", Field("integer", low=0, expression=True)),
        **_with_path("ToleratedFailureCount", Field("integer", low=0, expression=True)),
        **_with_path("ToleratedFailurePercentage", Field("number", low=0, high=100, expression=True)),
    },
}

_STATES_OF_ITS_OWN = {
    "Comment": TEXT,
    "StartAt": Field("text", required=True),
    "States": Field("object", required=True),
}

# By what stands around: the fields of everything that is no state.
PARTS = {
    "the definition": {
        **_STATES_OF_ITS_OWN,
        "Version": Field("text", values=("1.0",)),
        "QueryLanguage": Field("text", values=(JSONPATH, JSONATA)),
        "TimeoutSeconds": _seconds(),
    },
    "a branch": _STATES_OF_ITS_OWN,
    "an ItemProcessor": {**_STATES_OF_ITS_OWN, "ProcessorConfig": Field("object")},
    "a ProcessorConfig": {
        "Mode": Field("text", values=("INLINE", "DISTRIBUTED")),
        "ExecutionType": Field("text", values=("STANDARD", "EXPRESS")),
    },
    "a Retry": {
        "Comment": TEXT,
        "ErrorEquals": Field("error names", required=True),
        "IntervalSeconds": _seconds(),
        "MaxAttempts": _seconds(low=0),
        "BackoffRate": Field("number", low=1),
        "MaxDelaySeconds": Field("integer", low=1, high=ONE_YEAR - 1),
        "JitterStrategy": Field("text", values=("FULL", "NONE")),
    },
    "a Catch": {
        "Comment": TEXT,
        "ErrorEquals": Field("error names", required=True),
        "Next": Field("text", required=True),
        "ResultPath": RESULT_PATH,
        "Assign": Field("assign"),
        "Output": TREE,
    },
    "Credentials": {"RoleArn": Field("text", expression=True), "RoleArn.$": Field("path or function", only=JSONPATH)},
    "an ItemReader": {
        "Resource": Field("text", required=True),
        "Parameters": TEMPLATE,
        "Arguments": Field("arguments", only=JSONATA),
        "ReaderConfig": Field("object"),
    },
    "a ReaderConfig": {
        "InputType": Field("text", values=("CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"), expression=True),
        "Transformation": Field("text", values=("NONE", "LOAD_AND_FLATTEN"), expression=True),
        "ManifestType": Field("text", values=("ATHENA_DATA", "S3_INVENTORY"), expression=True),
        "CSVHeaderLocation": Field("text", values=("FIRST_ROW", "GIVEN")),
        "CSVHeaders": Field("list"),
        "CSVDelimiter": Field("text", values=("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB")),
        "ItemsPointer": TEXT,
        **_with_path("MaxItems", Field("integer", low=1, high=100_000_000, expression=True)),
    },
    "an ItemBatcher": {
        "BatchInput": Field("either template"),
        **_with_path("MaxItemsPerBatch", Field("integer", low=1, expression=True)),
        **_with_path("MaxInputBytesPerBatch", Field("integer", low=1, high=PAYLOAD, expression=True)),
    },
    "a ResultWriter": {
        "Resource": TEXT,
        "Parameters": TEMPLATE,
        "Arguments": Field("arguments", only=JSONATA),
        "WriterConfig": Field("object"),
    },
    "a WriterConfig": {
        "Transformation": Field("text", values=("NONE", "COMPACT", "FLATTEN")),
        "OutputType": Field("text", values=("JSON", "JSONL")),
    },
}

# Of each group there is exactly one ...
ONE_OF = {
    "Wait": [("Seconds", "SecondsPath", "Timestamp", "TimestampPath")],
    "Map": [("ItemProcessor", "Iterator")],
}
# ... or at most one.
NOT_BOTH = {
    "Task": [("TimeoutSeconds", "TimeoutSecondsPath"), ("HeartbeatSeconds", "HeartbeatSecondsPath")],
    "Fail": [("Error", "ErrorPath"), ("Cause", "CausePath")],
    "Map": [
        ("MaxConcurrency", "MaxConcurrencyPath"),
        ("ToleratedFailureCount", "ToleratedFailureCountPath"),
        ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
        ("Parameters", "ItemSelector"),
    ],
    "Credentials": [("RoleArn", "RoleArn.$")],
    "a ReaderConfig": [("MaxItems", "MaxItemsPath")],
    "an ItemBatcher": [
        ("MaxItemsPerBatch", "MaxItemsPerBatchPath"),
        ("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"),
    ],
}

# What has the place of a field in the other language.
INSTEAD = {
    "InputPath": "read from $states.input",
    "OutputPath": "use Output",
    "Parameters": "use Arguments",
    "ResultSelector": "use Output",
    "ResultPath": "use Output, or Assign",
    "Result": "use Output",
    "ItemsPath": "use Items",
    "Arguments": "use Parameters",
    "Output": "use ResultSelector, ResultPath or OutputPath",
    "Items": "use ItemsPath",
}
