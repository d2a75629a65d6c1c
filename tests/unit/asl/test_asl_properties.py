# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any definition that is right passes, and whatever is broken in it is found at its line. ASL_EXAMPLES=5000 for a long run."""

from __future__ import annotations

import copy
import json
import os
from collections import Counter

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.asl.lint import lint
from ansible_collections.landfall.aws.plugins.module_utils.asl.source import from_tree, read
from tests.unit.asl.machines import BREAKS, all_states, definitions

EXAMPLES = int(os.environ.get("ASL_EXAMPLES", "30"))
patient = {"suppress_health_check": [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def height(value):
    """How many lines a value has in json.dumps(indent=2)."""
    if isinstance(value, (dict, list)) and value:
        return 2 + sum(height(each) for each in (value.values() if isinstance(value, dict) else value))
    return 1


def line_of(tree, path):
    """The line of a key, found without the parser."""
    line = 1
    for part in path:
        keys = list(tree) if isinstance(tree, dict) else range(len(tree))
        line += 1
        for key in keys:
            if key == part:
                break
            line += height(tree[key])
        tree = tree[part]
    return line


@settings(max_examples=EXAMPLES, **patient)
@given(definitions())
def test_a_definition_that_is_right_passes(tree):
    for text in (
        json.dumps(tree),
        json.dumps(tree, indent=2),
        yaml.safe_dump(tree, allow_unicode=True, sort_keys=False),
    ):
        source = read(text)
        assert source.tree == tree
        assert [str(each) for each in lint(source)] == []


@pytest.mark.parametrize("name", BREAKS)
@settings(max_examples=max(5, EXAMPLES // 5), **patient)
@given(data=st.data())
def test_what_is_broken_is_found_at_its_line(name, data):
    can_be, broken = BREAKS[name]
    tree = copy.deepcopy(data.draw(definitions()))
    states = [state for state in all_states(tree) if can_be(state)]
    assume(states)
    path, code = broken(data.draw(st.sampled_from(states)))
    found = [(each.line, each.path) for each in lint(read(json.dumps(tree, indent=2))) if each.code == code]
    assert (line_of(tree, path), path) in found


@settings(max_examples=EXAMPLES * 3, **patient)
@given(st.data())
def test_nothing_that_stands_anywhere_stops_the_lint(data):
    tree = copy.deepcopy(data.draw(definitions()))
    state = data.draw(st.sampled_from(all_states(tree)))
    place = data.draw(st.sampled_from([state.body, state.machine.body]))
    names = [
        *place,
        "Retry",
        "Catch",
        "Choices",
        "ItemReader",
        "ItemProcessor",
        "Branches",
        "Assign",
        "Credentials",
        "Output",
    ]
    place[data.draw(st.sampled_from(names))] = data.draw(
        json_values
        | st.lists(st.dictionaries(st.sampled_from(["Next", "ErrorEquals", "And", "Variable"]), json_values))
    )
    source = read(json.dumps(tree))
    assert source.tree == tree
    assert places(lint(source)) == places(lint(from_tree(tree)))


def places(findings):
    return Counter((each.path, each.code) for each in findings)


@settings(max_examples=EXAMPLES * 3)
@given(json_values, st.sampled_from([None, 2]))
def test_any_json_is_read_as_python_reads_it(tree, indent):
    text = json.dumps(tree, indent=indent)
    assert text[0] not in "{[" or read(text, "x.json").tree == json.loads(text)


@settings(max_examples=EXAMPLES * 3)
@given(st.text() | st.text(alphabet='{}[]":,a1.-$ \n%\\'))
def test_any_text_is_read_or_refused(text):
    for name in ("x.json", "x.yaml"):
        source = read(text, name)
        found = lint(source)
        assert found or isinstance(source.tree, dict)
        assert all(each.line >= 1 and each.column >= 1 for each in found if each.line is not None)
