# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two definitions are the same if, and only if, they mean the same."""

from __future__ import annotations

import json
import random

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.asl.source import read
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import definition
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions.definition import canonical, canonical_text

KEYS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=8)
WHOLE = st.integers(-(2**53), 2**53)
LEAVES = st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False, allow_infinity=False) | KEYS
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
)
DEFINITIONS = st.dictionaries(KEYS, TREES, min_size=1, max_size=5)
OPTIONS = {
    "definition": None,
    "definition_file": None,
    "substitutions": None,
    "type": None,
    "lint": "error",
    "lint_ignore": [],
}


def rewritten(tree, chance):
    """The same JSON in another hand: other white space, another order of keys, other forms of numbers."""
    space = chance.choice(["", " ", "\n\t"])
    if isinstance(tree, dict):
        items = list(tree.items())
        chance.shuffle(items)
        inside = ",".join(f"{space}{json.dumps(key)}{space}:{space}{rewritten(each, chance)}" for key, each in items)
        return f"{{{inside}{space}}}"
    if isinstance(tree, list):
        return f"[{','.join(f'{space}{rewritten(each, chance)}' for each in tree)}{space}]"
    if isinstance(tree, (int, float)) and not isinstance(tree, bool):
        return chance.choice(forms(tree))
    return json.dumps(tree, ensure_ascii=chance.random() < 0.5)


def forms(number):
    """A number as JSON lets one write it."""
    if isinstance(number, int):
        exponents = [f"{number}e0", f"{number}E+0"]
        return [str(number), f"{number}.0", f"{number}.00", *exponents]
    return [repr(number), f"{number!r}e0" if "e" not in repr(number) else repr(number).replace("e", "E")]


def places(tree, path=()):
    """Every place of a tree at which something can be edited."""
    yield path
    for key, each in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield from places(each, (*path, key))


def edited(tree, path, edit):
    """A copy with one place edited."""
    if not path:
        return edit(tree)
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[path[0]] = edited(copy[path[0]], path[1:], edit)
    return copy


def edit_one(value):
    """Something that means another thing than this value."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return -value if value else True
    if isinstance(value, str):
        return f"{value}x"
    if isinstance(value, list):
        return [*value, "new"]
    if isinstance(value, dict):
        return {**value, "a key that was not there": None}
    return ""


@given(DEFINITIONS, st.integers())
def test_order_of_keys_white_space_and_forms_of_numbers_say_nothing(tree, seed):
    text = rewritten(tree, random.Random(seed))
    assert canonical_text(text) == canonical(tree)
    source = read(text)
    assert not source.problems
    assert canonical(source.tree) == canonical(tree)


@given(DEFINITIONS, st.data())
def test_any_single_edit_differs(tree, data):
    path = data.draw(st.sampled_from(list(places(tree))))
    assert canonical(edited(tree, path, edit_one)) != canonical(tree)


@given(DEFINITIONS, st.data())
def test_a_key_of_another_name_differs(tree, data):
    key = data.draw(st.sampled_from(sorted(tree)))
    assert canonical({f"{name}!" if name == key else name: each for name, each in tree.items()}) != canonical(tree)


@given(st.lists(TREES, min_size=2, max_size=5, unique_by=canonical))
def test_the_order_of_a_list_does_say_something(items):
    assert canonical({"Items": items}) != canonical({"Items": items[::-1]})


# PyYAML writes some floats as what YAML 1.1 alone reads as floats.
@given(DEFINITIONS.filter(lambda tree: not any(isinstance(each, float) for each in leaves(tree))))
def test_yaml_means_the_same_as_json(tree):
    source = read(yaml.safe_dump(tree, allow_unicode=True))
    assert not source.problems
    assert canonical(source.tree) == canonical(tree)


def leaves(tree):
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else None
    if inner is None:
        yield tree
    for each in inner or ():
        yield from leaves(each)


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, False), (1, "1"), (None, "null"), ({}, []), ("", None)])
def test_what_python_or_yaml_might_take_for_the_same_is_not(one, other):
    assert canonical({"Value": one}) != canonical({"Value": other})


def test_a_dict_a_text_and_a_file_are_the_same_definition(tmp_path):
    tree = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    file = tmp_path / "a.yaml"
    file.write_text("StartAt: A\nStates:\n  A: {Type: Succeed}\n")
    sources = [
        definition.source_of({**OPTIONS, "definition": tree}),
        definition.source_of({**OPTIONS, "definition": json.dumps(tree)}),
        definition.source_of({**OPTIONS, "definition_file": str(file)}),
    ]
    assert [problems for _source, problems in sources] == [[], [], []]
    assert len({canonical(source.tree) for source, _problems in sources}) == 1


def test_the_authors_own_json_is_what_aws_gets():
    text = '{"StartAt":"A",\n   "States":{"A":{"Type":"Succeed"}}}'
    source, problems = definition.source_of({**OPTIONS, "definition": text})
    assert (source.text, problems) == (text, [])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"definition": 7}, "definition: 7 is not valid"),
        ({"definition": "[]"}, "this is not a definition"),
        ({"definition": "just words"}, "this is not a definition"),
        ({"definition": '{"StartAt": '}, "definition:1:"),
        ({"definition": "A: 1\nA: 2\n"}, "definition:2:1 [DUPLICATE_KEY]"),
        (
            {"definition_file": "/no/such/file"},
            "definition_file: '/no/such/file' can't be read: No such file or directory",
        ),
        ({"definition": {"A": "${B}"}, "substitutions": {"C": 1}}, "[SUBSTITUTION]"),
        ({"substitutions": {"C": 1}}, "substitutions: given without a definition"),
    ],
)
def test_what_is_no_definition_is_refused_and_its_place_named(options, said):
    _source, problems = definition.source_of({**OPTIONS, **options})
    assert said in "\n".join(problems)


def test_what_aws_finds_is_told_at_the_place_in_the_authors_file():
    text = "StartAt: A\nStates:\n  A:\n    Type: Task\n    Resource: nothing\n    End: true\n"
    diagnostic = {
        "severity": "ERROR",
        "code": "SCHEMA_VALIDATION_FAILED",
        "message": "Not an ARN",
        "location": "/States/A/Resource",
    }
    (finding,) = definition.findings_of_aws(read(text, "a.yaml"), [diagnostic])
    assert str(finding) == "a.yaml:5:5 [SCHEMA_VALIDATION_FAILED] Not an ARN"
