# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each module may cost, and whether the documentation says what it does cost."""

from __future__ import annotations

import pytest

from bench.stepfunctions.__main__ import DOCUMENT, with_table
from bench.stepfunctions.cases import BY_MODULE, CASES, over_budget, table


@pytest.fixture(scope="module")
def measured():
    return [(case, case.calls()) for case in CASES]


def test_no_module_makes_more_calls_than_it_may(measured):
    assert [(case.name, case.what) for case in over_budget(measured)] == []


def test_a_call_too_many_would_be_seen(measured):
    case, calls = measured[0]
    assert over_budget([(case, [*calls, "DescribeStateMachine"])]) == [case]


def test_the_documentation_has_the_table_as_it_is_measured(measured):
    text = DOCUMENT.read_text()
    assert with_table(text, table(measured)) == text, "python -m bench.stepfunctions --write brings it up to date"


def test_each_module_is_measured_when_it_creates_changes_and_leaves_alone():
    for module, cases in BY_MODULE.items():
        runs = {what for what, *_rest in cases}
        if not module.__name__.endswith("_info"):
            assert {"create", "no change"} <= runs
            assert runs & {"update", "stop"}
