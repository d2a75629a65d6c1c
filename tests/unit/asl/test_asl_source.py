# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON and YAML as plain values with their places, and placeholders."""

from __future__ import annotations

import json

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.asl import parse
from ansible_collections.landfall.aws.plugins.module_utils.asl.source import from_tree, read

JSON = '{\n  "a": {"b": [1, -2.5e1, true,\n    null, "x"]},\n  "c": "\\ud83d\\ude00\\/"\n}'


def said(source):
    return [str(each) for each in source.problems]


def test_json_has_the_places_of_keys_and_values():
    source = read(JSON, "x.json")
    assert source.tree == json.loads(JSON)
    assert source.text == JSON
    assert (source.position(("a", "b")), source.value_position(("a", "b"))) == ((2, 9), (2, 14))
    assert source.position(("a", "b", 3)) == (3, 5)
    assert source.position(()) == (1, 1)


def test_yaml_has_them_as_well():
    source = read("# a comment\na:\n  b:\n  - x\n  - {c: 1}\n", "x.yaml")
    assert source.tree == {"a": {"b": ["x", {"c": 1}]}}
    assert source.position(("a", "b")) == (3, 3)
    assert (source.position(("a", "b", 1, "c")), source.value_position(("a", "b", 1, "c"))) == ((5, 6), (5, 9))
    assert source.text == json.dumps(source.tree, indent=2)


def test_what_is_not_there_has_the_place_of_what_is_around_it_and_values_have_none():
    source = read(JSON)
    assert source.position(("a", "missing", "deeper")) == (2, 3)
    assert from_tree({"a": 1}).position(("a",)) is None


def test_yaml_has_the_values_of_json_and_no_others():
    text = "a: NO\nb: on\nc: 2026-01-01\nd: 0x10\ne: 1_000\nf: 010\ng: 1e3\nh: -7\ni: true\nj: True\nk: null\nl:\nm: '1'\n404: x\n"
    assert read(text).tree == {
        "a": "NO",
        "b": "on",
        "c": "2026-01-01",
        "d": "0x10",
        "e": "1_000",
        "f": "010",
        "g": 1000.0,
        "h": -7,
        "i": True,
        "j": "True",
        "k": None,
        "l": None,
        "m": "1",
        "404": "x",
    }


def test_yaml_in_braces_is_no_broken_json():
    assert read("{StartAt: A, States: {}}").tree == {"StartAt": "A", "States": {}}


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ('{"a": 1,}', "x.json", "x.json:1:8 [SYNTAX] there is a comma before }, which JSON does not allow; remove it"),
        ('{"a" 1}', "x.json", "x.json:1:6 [SYNTAX] '1}' stands where a colon after the key \"a\" should be"),
        ('{"a": tru}', "x.json", "x.json:1:7 [SYNTAX] 'tru}' stands where a value should be"),
        ('{"a": 1', "x.json", "x.json:1:8 [SYNTAX] the text ends where a comma or } should be"),
        ('{"a": "b', "x.json", "x.json:1:7 [SYNTAX] this text is not right: unterminated string starting at"),
        (
            '{"a": 1} x',
            "x.json",
            "x.json:1:10 [SYNTAX] there is more after the definition's end; one definition is one object",
        ),
        (
            '{\n// no\n"a": 1}',
            "x.json",
            "x.json:2:1 [SYNTAX] '// no' stands where a key in double quotes should be; JSON has no",
        ),
        ("{a: 1}", "x.json", "x.json:1:2 [SYNTAX] 'a: 1}' stands where a key in double quotes should be"),
        ("a: [", "x", "x:1:5 [SYNTAX] this is not YAML"),
        ("a: 1\n---\nb: 1", "x", "x:2:1 [SYNTAX] this is not YAML"),
        ("a: !Sub b", "x", "x:1:4 [SYNTAX] the tag !Sub has no meaning in a definition; CloudFormation's functions"),
        ("a: &b [*b]", "x", "x:1:4 [SYNTAX] its aliases grow without end"),
        ("a: &b {c: 1}\nd:\n  <<: *b", "x", "x:3:3 [SYNTAX] JSON has no merge key <<"),
        ("? [a]\n: 1", "x", "x:1:3 [SYNTAX] a key is not plain text"),
        ('{"a":' * 2000, "x.json", "x.json:1:1006 [SYNTAX] its parts stand too deep in one another"),
        ("a: " + "[" * 100_000 + "]" * 100_000, "x", "x:1:1 [SYNTAX] its parts stand too deep in one another"),
        ("1" * 5000, "x", "x:1:1 [SYNTAX] a number can't be read"),
    ],
)
def test_what_can_not_be_read_says_where(text, name, message):
    source = read(text, name)
    assert said(source)[0].startswith(message), said(source)
    assert source.tree is None


def test_aliases_stand_for_whole_values_and_may_not_explode():
    assert read("a: &x [1]\nb: *x").tree == {"a": [1], "b": [1]}
    bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
        f"a{each}: &a{each} [{', '.join([f'*a{each - 1}'] * 10)}]\n" for each in range(1, 9)
    )
    assert "its aliases grow without end" in said(read(bomb))[0]


@pytest.mark.parametrize(("text", "line"), [('{"a": 1,\n"b": 2,\n"a": 3}', 3), ("a: 1\nb: 2\na: 3", 3)])
def test_a_key_that_is_there_twice_is_told(text, line):
    source = read(text, "x")
    assert said(source) == [
        f'x:{line}:1 [DUPLICATE_KEY] the key "a" is there already, in line 1; of two, AWS keeps one'
    ]
    assert source.tree["a"] == 3


def test_without_pyyaml_json_is_read_and_yaml_refused(monkeypatch):
    monkeypatch.setattr(parse, "HAS_YAML", False)
    assert read('{"a": 1}').tree == {"a": 1}
    assert "PyYAML" in said(read("a: 1"))[0]
    assert "stands where" in said(read("{a: 1}"))[0]


def test_placeholders_become_text_numbers_and_whole_values():
    text = '{\n  "${K}": "arn:${Region}:${N}",\n  "n": "${N}",\n  "o": ${Object},\n  "l": "${!Literal}"\n}'
    values = {"K": "key", "Region": "eu-west-3", "N": 5, "Object": {"x": [1]}}
    source = read(text, "x.json", values)
    assert source.tree == {"key": "arn:eu-west-3:5", "n": 5, "o": {"x": [1]}, "l": "${Literal}"}
    assert source.problems == []
    assert source.text == json.dumps(source.tree, indent=2)
    assert source.position(("key",)) == (2, 3)
    assert source.position(("o", "x", 0)) == (4, 3)


def test_paths_of_the_context_and_jsonata_are_no_placeholders():
    tree = {"a.$": "$$.Execution.Id", "b": "{% $states.input.{'x': y} & '${HOME}' %}", "c": "{% '${T}' %}"}
    source = from_tree(tree, substitutions={"T": "table"})
    assert source.problems == []
    assert source.tree == {**tree, "c": "{% 'table' %}"}


def test_mistakes_in_placeholders():
    source = from_tree({"a": "x ${L}", "b": "${Nmae}"}, substitutions={"L": [1], "Name": 1})
    assert said(source) == [
        "definition:/a [SUBSTITUTION] ${L} is [1], which can't stand inside of a text; give text or a number, or let it "
        "be the whole value",
        'definition:/b [SUBSTITUTION] there is no substitution for ${Nmae}; did you mean "Name"?',
        "definition:/ [SUBSTITUTION] the substitution Name is given, and the definition has no ${Name}; remove it, or look at its name",
    ]


def test_without_substitutions_placeholders_stay_and_the_text_is_the_authors_own():
    text = '{"a":   "${X}"}'
    assert read(text).text == text
    assert read(text, substitutions={}).problems[0].code == "SUBSTITUTION"
    assert read('{"a":   "x"}', substitutions={}).text == '{"a":   "x"}'
    assert said(read('{"a": ${X}}', "x.json")) == [
        "x.json:1:7 [SYNTAX] a placeholder stands here without quotes; give substitutions, or write it in quotes"
    ]


def test_a_tree_is_copied_and_a_byte_order_mark_left_out():
    tree = {"a": []}
    source = from_tree(tree)
    tree["a"].append(1)
    assert source.tree == {"a": []}
    assert read('\ufeff{"a": 1}').text == '{"a": 1}'
