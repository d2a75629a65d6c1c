# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths, and what a JSONata expression speaks of."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.asl import jsonata, jsonpath

ONE, MANY = True, False
PATHS = [
    ("$", "input", ONE),
    ("$$", "context", ONE),
    ("$order.lines[0]", "variable", ONE),
    ("$.a.b_c.detail-type", "input", ONE),
    ("$['a b'][0]['it\\'s']", "input", ONE),
    ("$.a.[0]", "input", ONE),
    ("$.a[ -1 ]", "input", ONE),
    ("$.1st.a:b.@type.ünï", "input", ONE),
    ("$.store\\.book", "input", ONE),
    ("$['a', 'b']", "input", MANY),
    ("$['a,b']", "input", ONE),
    ("$.a[0,1]", "input", MANY),
    ("$.a[1:3]", "input", MANY),
    ("$.a[-1:]", "input", MANY),
    ("$.a[*].b", "input", MANY),
    ("$.a.*", "input", MANY),
    ("$..b", "input", MANY),
    ("$..[0]", "input", MANY),
    ("$.a[?(@.b == ']' && @.c)].d", "input", MANY),
    ("$.a[(@.length-1)]", "input", MANY),
    ("$.a.length()", "input", MANY),
]
NO_PATHS = [
    "",
    "a",
    "$.",
    "$.a.",
    "$..",
    "$.a..",
    "$.a[",
    "$.a[]",
    "$.a[b]",
    "$.a[?()]",
    "$.a['b]",
    "$.$",
    "$a b",
    "$. a",
    "$.a]",
    "$.a.sum()",
    "$.a['b'",
]

NONE = set()
EXPRESSIONS = [
    # expression, variables, loose names
    ("$states.input.items.(name & price)", NONE, []),
    ("$states.input.'a b'[type = 'x' and $.y > 1].{'k': k, 'all': $}", NONE, []),
    ("$filter($states.input.l, function($v, $i) { $v.p > $i + $limit })", {"limit"}, []),
    ("$map($states.input.l, function($v) { price })", NONE, ["price"]),
    ("$order.lines ~> |lines|{'sum': price * $factor}|", {"order", "factor"}, []),
    ("$states.input.l#$i[$i < 3]", NONE, []),
    ("$states.input.l@$o.$o.a", NONE, []),
    ("$states.input.l^(>price, <name)[0].sku", NONE, []),
    ("$states.input.l{kind: $sum(price)}", NONE, []),
    ("$states.input.**.a", NONE, []),
    ("$states.input.a.b.%.c", NONE, []),
    ("($f := function($n) { $n <= 1 ? 1 : $n * $f($n - 1) }; $f($x))", {"x"}, []),
    ("($a := 1; $b := $a; $b)", NONE, []),
    ("($b := $a; $a := 1)", {"a"}, []),
    ("[1..$n][$ > 2]", {"n"}, []),
    ("$x ? -$y : $not($z)", {"x", "y", "z"}, []),
    ("order.id", NONE, ["order"]),
    ("$exists(total) and `my name` = 1", NONE, ["total", "my name"]),
    ("$$.a & $", NONE, ["$$", "$"]),
    ("*.a", NONE, ["*"]),
    ("lower('a')", NONE, ["lower"]),
    ("/* nothing but */ 'text' in ['text', null, true]", NONE, []),
]


@pytest.mark.parametrize(("text", "root", "single"), PATHS)
def test_a_path_has_a_root_and_names_one_thing_or_more(text, root, single):
    path = jsonpath.parse_path(text)
    assert (path.root, path.single) == (root, single)


@pytest.mark.parametrize("text", NO_PATHS)
def test_what_is_no_path_is_told(text):
    with pytest.raises(jsonpath.Wrong) as wrong:
        jsonpath.parse_path(text)
    assert repr(text) in wrong.value.message


def test_a_function_is_told_the_paths_and_variables_of_its_arguments():
    call = jsonpath.Call("States.Format( '{}, {} {}' , $name.first ,States.ArrayGetItem($.a[*], 0), $$.Execution.Id )")
    assert [(each.root, each.variable) for each in call.paths] == [
        ("variable", "name"),
        ("input", None),
        ("context", None),
    ]


@pytest.mark.parametrize(("text", "variables", "loose"), EXPRESSIONS)
def test_an_expression_uses_variables_and_names_that_stand_alone(text, variables, loose):
    found = jsonata.parse(f"{{% {text} %}}")
    assert (found.variables, found.loose) == (variables, loose)


def test_an_expression_after_a_wrong_one_is_read_as_ever():
    for wrong in ("$states.[", "(", "'", "/", "$f(", "{'a'}", "1 +", "$a $b"):
        with pytest.raises(jsonata.Wrong):
            jsonata.parse(f"{{% {wrong} %}}")
        assert jsonata.parse("{% $uppercase($states.context.State.Name) %}").functions == {"uppercase"}
