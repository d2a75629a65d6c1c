# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A state machine as text for Mermaid: what is shown, and that no name can be more than a name."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings

from ansible_collections.landfall.aws.plugins.module_utils.asl import graph, graph_mermaid
from ansible_collections.landfall.aws.plugins.module_utils.asl.graph_outcomes import Outcome
from ansible_collections.landfall.aws.plugins.module_utils.asl.source import from_tree
from tests.unit.graph.definitions import LARGE, LINEAR, POLL, machines

# Each line that may be there. Inside of quotes is nothing that Mermaid would read.
TEXT = r'"(?:[^"#<>&`\\%$;{}|~]|#\d+;|<br/>)*"'
ID = r"(?:s\d+(?:p\d+)?|m)(?:start|end)?"
LINES = re.compile(
    rf"%% .*|flowchart TB|subgraph {ID} \[{TEXT}\]|end"
    rf"|{ID}(?:\[{TEXT}\]|\({TEXT}\)|\(\[{TEXT}\]\)|\(\({TEXT}\)\)|\(\(\({TEXT}\)\)\)|\{{\{{{TEXT}\}}\}})"
    rf"|{ID} (?:-->|-\.->)(?:\|{TEXT}\|)? {ID}"
    r"|classDef [a-z-]+ [a-z0-9:,# -]+|class [s0-9,]+ [a-z-]+"
)


def text_of(tree, **more):
    return graph_mermaid.draw(graph.seen(from_tree(tree)), "orders", **more)


def test_a_flowchart():
    assert text_of(LINEAR).splitlines() == [
        "%% orders",
        "flowchart TB",
        '    mstart(["Start"])',
        '    s1["A<br/>Task · lambda:invoke a"]',
        '    s2["B<br/>Pass"]',
        '    s3(["C<br/>Succeed"])',
        "    mstart --> s1",
        "    s1 --> s2",
        "    s2 --> s3",
    ]


def test_conditions_and_what_is_caught():
    lines = text_of(POLL).splitlines()
    assert '    s4 -->|"#36;.status = #34;FAILED#34;"| s5' in lines
    assert '    s4 -->|"otherwise"| s2' in lines
    assert any("-.->" in line and "Stock.Empty" in line for line in text_of(LARGE).splitlines())


def test_outcomes_are_classes():
    outcomes = {"A": Outcome("timed out", "timed out, 3.00 s"), "B": Outcome("not reached", "not reached")}
    text = text_of(LINEAR, outcome_of=lambda state: outcomes.get(state.name))
    assert 's1["A<br/>Task · lambda:invoke a<br/>timed out, 3.00 s"]' in text
    assert "    class s1 timed-out\n" in text
    assert "    classDef not-reached stroke-dasharray:5 4,stroke:#6e7781\n" in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('say "no"', "say #34;no#34;"),
        ("<script>", "#60;script#62;"),
        ("a#b;c", "a#35;b#59;c"),
        ("`code` $$x$$ %%{init}%%", "#96;code#96; #36;#36;x#36;#36; #37;#37;#123;init#125;#37;#37;"),
        ("- item", "#45; item"),
        ("1. item", "1#46; item"),
        ("two\nlines", "two lines"),
    ],
)
def test_what_means_something_to_mermaid_is_escaped(text, shown):
    assert graph_mermaid.escaped(text) == shown


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(machines())
def test_whatever_the_names_are_each_line_is_one_of_ours(tree):
    for line in text_of(tree).splitlines():
        assert LINES.fullmatch(line.strip()), line
