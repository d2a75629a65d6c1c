# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Map has of its own. Pure.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

import re

from ansible_collections.landfall.aws.plugins.module_utils.asl import shape
from ansible_collections.landfall.aws.plugins.module_utils.asl.report import shown, wants
from ansible_collections.landfall.aws.plugins.module_utils.asl.substitutions import has_placeholder

ONLY_DISTRIBUTED = (
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "Label",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
)
LONGEST_LABEL = 40
_LABEL = re.compile(r"[^\s?*<>{}\[\]:;,\\|^~$#%&`\"/\x00-\x1f\x7f-\x9f]+")
READERS = re.compile(r"arn:aws[a-z-]*:states:::(s3:getObject|s3:listObjectsV2)")
WRITERS = re.compile(r"arn:aws[a-z-]*:states:::s3:putObject")
PARTS = {"ItemReader": "an ItemReader", "ItemBatcher": "an ItemBatcher", "ResultWriter": "a ResultWriter"}


def config(state):
    """The Map's ProcessorConfig, if it is one."""
    processor = state.body.get("ItemProcessor", state.body.get("Iterator"))
    found = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    return found if isinstance(found, dict) else {}


def is_distributed(state):
    return state.type == "Map" and config(state).get("Mode") == "DISTRIBUTED"


def check(report, state, express):
    _mode(report, state, express)
    for name, label in PARTS.items():
        if isinstance(state.body.get(name), dict):
            shape.check(report, state, (*state.path, name), state.body[name], label)
    _label(report, state)
    _reader(report, state)
    _batcher(report, state)
    _writer(report, state)


def _mode(report, state, express):
    key = "ItemProcessor" if "ItemProcessor" in state.body else "Iterator"
    where, given = (*state.path, key, "ProcessorConfig"), config(state)
    mode = given.get("Mode", "INLINE")
    if given:
        shape.check(report, state, where, given, "a ProcessorConfig")
    if mode == "DISTRIBUTED":
        if "ExecutionType" not in given:
            report.add(
                where,
                "MAP_MODE",
                "A distributed Map needs ExecutionType",
                "STANDARD or EXPRESS, for its child executions",
            )
        if express:
            report.add(
                (*where, "Mode"),
                "EXPRESS",
                f"{express} has no distributed Map",
                "use INLINE, or STANDARD",
                at_value=True,
            )
    elif mode == "INLINE":
        hint = 'set "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"} in ItemProcessor'
        if "ExecutionType" in given:
            report.add(
                (*where, "ExecutionType"),
                "MAP_MODE",
                "ExecutionType needs a distributed Map",
                'set "Mode": "DISTRIBUTED"',
            )
        for name in ONLY_DISTRIBUTED:
            if name in state.body:
                report.add((*state.path, name), "MAP_MODE", f"{name} needs a distributed Map", hint)


def _label(report, state):
    label = state.body.get("Label")
    if not isinstance(label, str) or has_placeholder(label):
        return
    if len(label) > LONGEST_LABEL:
        message = f"Label has {len(label)} characters"
        report.add((*state.path, "Label"), "WRONG_VALUE", message, f"AWS allows {LONGEST_LABEL}", at_value=True)
    elif not _LABEL.fullmatch(label):
        hint = 'no spaces, and none of ? * < > { } [ ] : ; , \\ | ^ ~ $ # % & ` " /'
        report.add((*state.path, "Label"), "WRONG_VALUE", f"Label is {shown(label)}", hint, at_value=True)


def _resource(report, where, given, pattern, examples):
    resource = given.get("Resource")
    if isinstance(resource, str) and not has_placeholder(resource) and not pattern.fullmatch(resource):
        report.add(
            (*where, "Resource"),
            "RESOURCE",
            f"{where[-1]} can't use {shown(resource)}",
            f"use {examples}",
            at_value=True,
        )


def _reader(report, state):
    reader, where = state.body.get("ItemReader"), (*state.path, "ItemReader")
    if not isinstance(reader, dict):
        return
    _resource(report, where, reader, READERS, "arn:aws:states:::s3:getObject or arn:aws:states:::s3:listObjectsV2")
    given, where = reader.get("ReaderConfig"), (*where, "ReaderConfig")
    if not isinstance(given, dict):
        return
    shape.check(report, state, where, given, "a ReaderConfig")
    kind, location, headers = given.get("InputType"), given.get("CSVHeaderLocation"), given.get("CSVHeaders")
    if kind == "CSV" and location is None and "ManifestType" not in given:
        report.add(where, "READER_CONFIG", "A CSV needs CSVHeaderLocation", "FIRST_ROW, or GIVEN with CSVHeaders")
    if location == "GIVEN" and headers is None:
        report.add(where, "READER_CONFIG", "CSVHeaderLocation is GIVEN, and CSVHeaders is missing", "name the columns")
    if headers is not None and location == "FIRST_ROW":
        message = "CSVHeaders stands there, and CSVHeaderLocation is FIRST_ROW"
        report.add((*where, "CSVHeaders"), "READER_CONFIG", message, "remove it, or set GIVEN")
    if kind in ("JSON", "JSONL", "PARQUET"):
        for name in ("CSVHeaderLocation", "CSVHeaders", "CSVDelimiter"):
            if name in given:
                report.add((*where, name), "READER_CONFIG", f"{name} is of CSV, and InputType is {kind}", "remove one")
    for index, each in enumerate(headers if isinstance(headers, list) else ()):
        wants(report, (*where, "CSVHeaders", index), each, "text")


def _batcher(report, state):
    batcher = state.body.get("ItemBatcher")
    limits = ("MaxItemsPerBatch", "MaxItemsPerBatchPath", "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath")
    if isinstance(batcher, dict) and not any(name in batcher for name in limits):
        hint = "give MaxItemsPerBatch, MaxInputBytesPerBatch or both"
        report.add((*state.path, "ItemBatcher"), "MISSING_FIELD", "An ItemBatcher needs a limit", hint)


def _writer(report, state):
    writer, where = state.body.get("ResultWriter"), (*state.path, "ResultWriter")
    if not isinstance(writer, dict):
        return
    _resource(report, where, writer, WRITERS, "arn:aws:states:::s3:putObject")
    if isinstance(writer.get("WriterConfig"), dict):
        shape.check(report, state, (*where, "WriterConfig"), writer["WriterConfig"], "a WriterConfig")
    elif "Resource" not in writer:
        report.add(where, "MISSING_FIELD", "A ResultWriter needs Resource, WriterConfig or both")
