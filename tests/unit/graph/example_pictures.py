# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pictures in the documentation: a pipeline from S3 to S3, and one execution of it that was retried and then failed.

Drawn anew with ``python -m tests.unit.graph.example_pictures``.
"""

from __future__ import annotations

import importlib
from pathlib import Path

if __name__ == "__main__":
    importlib.import_module("tests.conftest")  # where collections are found; pytest has it already

from ansible_collections.landfall.aws.plugins.module_utils.asl import graph, graph_mermaid, graph_svg
from ansible_collections.landfall.aws.plugins.module_utils.asl.graph_outcomes import History
from ansible_collections.landfall.aws.plugins.module_utils.asl.source import from_tree
from tests.unit.graph.definitions import caught, machine, task
from tests.unit.graph.histories import Events

DOCS = Path(__file__).parents[3] / "docs"
RETRY = [{"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 4}]
ALERT = caught("SendAlert")
SNS = "arn:aws:states:::sns:publish"

PIPELINE = machine(
    "ValidateData",
    ValidateData=task("validate", Retry=RETRY, Catch=ALERT, Next="IsValid"),
    IsValid={
        "Type": "Choice",
        "Choices": [{"Variable": "$.valid", "BooleanEquals": True, "Next": "TransformData"}],
        "Default": "SendAlert",
    },
    TransformData=task("transform", Retry=RETRY, Catch=ALERT, Next="Summarize"),
    Summarize={
        "Type": "Parallel",
        "Branches": [
            machine("CalculateStatistics", CalculateStatistics=task("statistics", Retry=RETRY, End=True)),
            machine("GenerateReport", GenerateReport=task("report", Retry=RETRY, End=True)),
        ],
        "Catch": ALERT,
        "Next": "WriteOutput",
    },
    WriteOutput=task("write", Retry=RETRY, Catch=ALERT, Next="SendSuccess"),
    SendSuccess={"Type": "Task", "Resource": SNS, "End": True},
    SendAlert={"Type": "Task", "Resource": SNS, "Next": "Failed"},
    Failed={"Type": "Fail", "Error": "PipelineFailed"},
)


def history():
    """GenerateReport fails, so CalculateStatistics is stopped, and the alert is sent."""
    events = Events()
    events.task("ValidateData")
    events.entered("Choice", "IsValid")
    events.exited("Choice", "IsValid")
    events.entered("Task", "TransformData")
    for _attempt in range(2):
        events.scheduled()
        events.failed("Lambda.TooManyRequestsException")
    events.scheduled()
    events.succeeded()
    events.exited("Task", "TransformData")
    events.entered("Parallel", "Summarize")
    started = events("ParallelStateStarted")
    events.entered("Task", "CalculateStatistics", started)
    statistics = events.scheduled()
    events.entered("Task", "GenerateReport", started)
    events.scheduled()
    failed = events.failed("ReportTooLarge")
    events("TaskStateAborted", failed)
    events("TaskStateAborted", statistics)
    events("ParallelStateFailed", failed)
    events.exited("Parallel", "Summarize")
    events.task("SendAlert")
    events.entered("Fail", "Failed")
    events("ExecutionFailed", executionFailed={"error": "PipelineFailed"})
    return History(events.answer()["events"], "FAILED")


def pictures():
    """{file: text}"""
    part = graph.seen(from_tree(PIPELINE))
    fact = "Execution 2026-11-21: FAILED after 41.0 s, PipelineFailed"
    return {
        "stepfunctions-graph.svg": graph_svg.draw(part, "pipeline"),
        "stepfunctions-graph-execution.svg": graph_svg.draw(part, "pipeline", (fact,), history().outcome),
        "stepfunctions-graph.mmd": graph_mermaid.draw(part, "pipeline"),
    }


if __name__ == "__main__":
    texts = pictures()
    for name, text in texts.items():
        if name.endswith(".svg"):
            (DOCS / name).write_text(text, encoding="utf-8")
    page = DOCS / "stepfunctions-graph.md"
    before, _old, after = page.read_text(encoding="utf-8").partition("```mermaid\n")
    page.write_text(before + _old + texts["stepfunctions-graph.mmd"] + after[after.index("```") :], encoding="utf-8")
