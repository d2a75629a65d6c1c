# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of codes is up to date, the fields are at least those of cfn-lint's schema, and time grows with size only."""

from __future__ import annotations

import json
import time
from importlib import resources

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.asl.choices import OPERATORS
from ansible_collections.landfall.aws.plugins.module_utils.asl.fields import PARTS, STATES
from bench.stepfunctions_lint import as_text, definition, seconds
from tests.lint.stepfunctions_lint import PAGE, render

# What its schema has, and https://states-language.net has not there; nor Arguments in any state but Task and Parallel.
NOT_DOCUMENTED = {"Fail": {"InputPath", "OutputPath", "Output"}, "Choice": {"Next", "End"}}


@pytest.fixture(scope="module")
def schema():
    data = resources.files("cfnlint.data.schemas.other.step_functions") / "statemachine.json"
    return json.loads(data.read_text(encoding="utf-8"))


def test_the_page_of_codes_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == render(), "run python tests/lint/stepfunctions_lint.py"


@pytest.mark.parametrize("type_", STATES)
def test_each_state_has_the_fields_that_cfn_lint_knows(schema, type_):
    theirs = set(schema["definitions"][type_.lower()]["properties"])
    assert theirs - set(STATES[type_]) - NOT_DOCUMENTED.get(type_, set()) - {"Arguments"} == set()


def test_the_definition_has_the_fields_that_cfn_lint_knows_and_a_choice_its_operators(schema):
    assert set(schema["properties"]) - set(PARTS["the definition"]) == set()
    theirs = set(schema["definitions"]["choice"]["definitions"]["Operator"]["properties"])
    assert theirs - set(OPERATORS) == {"And", "Or", "Not", "Next", "Variable"}


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_ten_times_the_states_take_about_ten_times_as_long(language):
    texts = [as_text(definition(language, states), "JSON") for states in (40, 400)]
    # The best of some rounds, by the time of this process alone: a busy machine must not fail this.
    rounds = [[seconds(text, 1, time.process_time) for text in texts] for _round in range(7)]
    small, large = (min(each) for each in zip(*rounds))
    assert large < 20 * small
