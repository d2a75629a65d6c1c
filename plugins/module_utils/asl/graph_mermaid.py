# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A state machine as text for Mermaid, which GitHub and others draw: a flowchart with what became of each state. Pure."""

from __future__ import annotations

import re

from ansible_collections.landfall.aws.plugins.module_utils.asl.graph_colors import COLORS, TEXT, TINTS
from ansible_collections.landfall.aws.plugins.module_utils.svg import clean

# What means something to Mermaid, also inside of quotes: its own entities, HTML, markdown, formulas, directives.
SPECIAL = re.compile(r"[\"#<>&`\\%$;{}|~]")
LIST = re.compile(r"^(\d*)([.)*+-])")
SHAPES = {
    "Choice": '{{{{"{}"}}}}',
    "Wait": '("{}")',
    "Succeed": '(["{}"])',
    "Fail": '(["{}"])',
}
OTHER_SHAPE = '["{}"]'


def draw(part, name, outcome_of=lambda state: None):
    """The text of a flowchart."""
    flow = _Flow(outcome_of)
    flow.part(part, "m", "    ", '(["Start"])', '(["End"])')
    lines = [f"%% {escaped(name)}", "flowchart TB", *flow.lines, *flow.arrows]
    for kind, ids in flow.classes.items():
        tint = f"fill:{TINTS[kind][0]},color:{TEXT[0]}," if kind in TINTS else "stroke-dasharray:5 4,"
        lines.append(f"    classDef {kind} {tint}stroke:{COLORS[kind][0]}")
        lines.append(f"    class {','.join(ids)} {kind}")
    return "\n".join(lines) + "\n"


def escaped(text):
    """A text that is shown as it is."""
    text = SPECIAL.sub(lambda found: f"#{ord(found[0])};", clean(text))
    return LIST.sub(lambda found: f"{found[1]}#{ord(found[2])};", text)


class _Flow:
    def __init__(self, outcome_of):
        self.outcome_of, self.lines, self.arrows, self.classes = outcome_of, [], [], {}
        self.count = 0

    def part(self, part, around, indent, start, end):
        """``around`` is the id of what the part is in."""
        ids = {}
        for state in part.states:
            self.count += 1
            ids[state.name] = f"s{self.count}"
        ids[None] = f"{around}end"
        self.lines.append(f"{indent}{around}start{start}")
        for state in part.states:
            self.state(state, ids[state.name], indent)
        if any(move.target is None for move in part.moves):
            self.lines.append(f"{indent}{ids[None]}{end}")
        self.arrows.append(f"    {around}start --> {ids[part.start]}")
        for move in part.moves:
            label = f'|"{escaped(move.label)}"|' if move.label else ""
            arrow = "-.->" if move.kind == "catch" else "-->"
            self.arrows.append(f"    {ids[move.source]} {arrow}{label} {ids[move.target]}")

    def state(self, state, id_, indent):
        outcome = self.outcome_of(state)
        texts = [state.name, " · ".join((state.type, *state.details)), *state.retries]
        texts += [outcome.text] if outcome else []
        label = "<br/>".join(map(escaped, texts))
        if state.parts:
            self.lines.append(f'{indent}subgraph {id_} ["{label}"]')
            for number, part in enumerate(state.parts, 1):
                inner = f"{id_}p{number}"
                self.lines.append(f'{indent}    subgraph {inner} [" "]')
                self.part(part, inner, f"{indent}        ", '((" "))', '(((" ")))')
                self.lines.append(f"{indent}    end")
            self.lines.append(f"{indent}end")
        else:
            self.lines.append(f"{indent}{id_}{SHAPES.get(state.type, OTHER_SHAPE).format(label)}")
        if outcome:
            self.classes.setdefault(outcome.kind.replace(" ", "-"), []).append(id_)
