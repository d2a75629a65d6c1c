# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where everything of a state machine stands: states in layers, and inside of Parallel and Map the same again. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.asl.graph_layers import Edge, Layers, Node
from ansible_collections.landfall.aws.plugins.module_utils.asl.graph_place import place
from ansible_collections.landfall.aws.plugins.module_utils.asl.graph_routes import route
from ansible_collections.landfall.aws.plugins.module_utils.svg import Line, clean, fit, width

ROOM, LABEL_ROOM = 210, 150  # what is written into a state's box, and into a line
MOST, MOST_OF_LABEL, MOST_OF_DETAIL = 8, 3, 2  # lines
PAD, SIDE, GAP = 10, 18, 16
NARROWEST = 120
SLANT = 12  # of a Choice's sides
PORT = 10  # for each line that leaves it, at least
MARK = 14  # start and end inside of a state
STACK = 5  # by which a Map's second border is seen
LONGEST = 500  # more of a text is not looked at
START, END = ("start",), ("end",)  # no state's name is a tuple
WORDS = re.compile(r"\S+\s*")
ENDS_OF_PARTS = re.compile(r"(?<=[_\-./:,])(?=[^_\-./:,])|(?<=[a-z0-9])(?=[A-Z])")


@dataclass
class Box:
    """A state, a label or a mark, from the upper left corner of what it stands in."""

    id: Any
    kind: str
    lines: list[Line] = field(default_factory=list)
    state: Any = None
    outcome: Any = None
    detail: str = ""
    parts: list[tuple[float, float, Plan]] = field(default_factory=list)
    wide: float = 0
    high: float = 0
    x: float = 0
    y: float = 0

    @property
    def head(self):
        return sum(line.high for line in self.lines)


@dataclass
class Plan:
    """Boxes and the lines between them."""

    boxes: list[Box]
    lines: list[Any]
    wide: float
    high: float
    edges: list[Edge]


def folded(text, size, room, bold=False, most=MOST):
    """A text in lines. A word that is too long is parted, in CamelCase and paths where it should; what is too much is cut off."""

    def fits(line):
        return width(line.rstrip(), size, bold) <= room

    lines = [""]
    for word in WORDS.findall(clean(text)[:LONGEST]):
        for part in [word] if fits(word) else ENDS_OF_PARTS.split(word):
            if lines[-1] and not fits(lines[-1] + part):
                lines.append("")
            lines[-1] += part
            while not fits(lines[-1]):
                cut = next(end for end in range(len(lines[-1]) - 1, 0, -1) if fits(lines[-1][:end]))
                lines[-1:] = [lines[-1][:cut], lines[-1][cut:]]
    if len(lines) > most:
        lines[most - 1 :] = [fit("".join(lines[most - 1 :]), size, room, bold)]
    return [each.strip() for each in lines if each.strip()]


def plan(part, outcome_of, outermost=True):
    """All of a part, laid out. ``outcome_of`` says what became of a state, or None."""
    boxes, edges = {START: _mark("start", outermost)}, [Edge(START, part.start)]
    for state in part.states:
        leaving = [each for each in part.moves if each.source == state.name]
        boxes[state.name] = _state(state, outcome_of, len(leaving) * PORT)
        for number, move in enumerate(leaving):
            kind = "catch" if move.kind == "catch" else "next"
            source, target = state.name, END if move.target is None else move.target
            if move.label:
                label = _label((state.name, number), move)
                boxes[label.id] = label
                edges.append(Edge(source, label.id, kind))
                source = label.id
            edges.append(Edge(source, target, kind))
    if any(move.target is None for move in part.moves):
        boxes[END] = _mark("end", outermost)
    for box in boxes.values():
        box.wide = 2 * ceil(box.wide / 2)  # so that middles are whole numbers
    layers = Layers([_node(each) for each in boxes.values()], edges)
    place(layers)
    lines, high = route(layers)
    for box in boxes.values():
        node = layers.nodes[box.id]
        box.x, box.y = node.x - node.wide / 2, node.y
    points = [x for line in lines for x, _y in line.points]
    wide = max([box.x + box.wide for box in boxes.values()] + points)
    return Plan(list(boxes.values()), lines, wide, high, edges)


def _node(box):
    is_label = box.kind == "label"
    return Node(box.id, box.wide, box.high, label=is_label, aside=is_label and box.lines[0].kind == "catch")


def _mark(kind, outermost):
    if not outermost:
        return Box(START if kind == "start" else END, kind, wide=MARK, high=MARK)
    line = Line(kind.capitalize(), size=12, bold=True)
    return Box(START if kind == "start" else END, kind, [line], wide=line.wide + 2 * SIDE, high=line.high + PAD)


def _label(id_, move):
    lines = [
        Line(each, "catch" if move.kind == "catch" else "", 11)
        for each in folded(move.label, 11, LABEL_ROOM, most=MOST_OF_LABEL)
    ]
    detail = ": ".join(filter(None, (move.comment, move.label)))
    box = Box(id_, "label", lines, detail=detail)
    box.wide, box.high = max(line.wide for line in lines) + 6, box.head + 6
    return box


def _state(state, outcome_of, narrowest):
    outcome, room = outcome_of(state), 2 * ROOM if state.parts else ROOM
    name = [Line(each, "", 13, True) for each in folded(state.name, 13, ROOM, bold=True)]
    small = [
        (" · ".join((state.type, *state.details)), "muted"),
        *((fit(each, 11, room), "retry") for each in state.retries),
    ]
    if state.unreachable:
        small.append(("nothing leads here", "broken"))
    lines = [
        *name,
        *(Line(line, kind, 11) for text, kind in small for line in folded(text, 11, room, most=MOST_OF_DETAIL)),
    ]
    if outcome:
        kind = outcome.kind.replace(" ", "-")
        lines += [Line(each, kind, 12, True) for each in folded(outcome.text, 12, ROOM, True, MOST_OF_DETAIL)]
    box = Box(state.name, state.type.lower().replace(" ", "-"), lines, state, outcome)
    side = SIDE + (SLANT if state.type == "Choice" else 0)
    box.wide = max([line.wide for line in lines] + [NARROWEST - 2 * SIDE, narrowest]) + 2 * side
    box.high = box.head + 2 * PAD
    if state.parts:
        _fill(box, [plan(each, outcome_of, False) for each in state.parts])
    return box


def _fill(box, plans):
    """What a Parallel or a Map holds stands below its name, side by side."""
    top, x = PAD + box.head + PAD, GAP
    high = max(each.high for each in plans) + 2 * PAD
    widths = [each.wide + 2 * GAP for each in plans]
    spare = max(box.wide - sum(widths) - GAP * (len(plans) + 1), 0) / len(plans)
    for each, wide in zip(plans, widths):
        box.parts.append((x, top, wide + spare, high, each))
        x += wide + spare + GAP
    stack = STACK if box.state.type == "Map" else 0
    box.wide, box.high = x + stack, top + high + GAP + stack
