# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWS documents is found right, as YAML, as JSON and as values."""

from __future__ import annotations

import json

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.asl.lint import lint
from ansible_collections.landfall.aws.plugins.module_utils.asl.source import from_tree, read
from tests.unit.asl.documented import DOCUMENTED, EXPRESS


@pytest.mark.parametrize("name", DOCUMENTED)
def test_nothing_is_found_in_what_aws_documents(name):
    source = read(DOCUMENTED[name], "definition.yaml")
    as_json = read(source.text, "definition.json")
    assert [str(each) for each in lint(source)] == []
    assert as_json.tree == source.tree == json.loads(source.text)
    assert lint(as_json) == lint(from_tree(source.tree)) == []


def test_every_type_of_state_and_both_languages_are_among_them():
    texts = "".join(DOCUMENTED.values())
    for word in ("Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"):
        assert f"Type: {word}" in texts
    assert len(DOCUMENTED) >= 30


def test_an_express_machine_can_do_what_it_can():
    assert lint(read(EXPRESS, "definition.yaml"), type="EXPRESS") == []
