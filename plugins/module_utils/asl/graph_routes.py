# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines between the rows of a graph: where they leave and arrive, and on which height each goes across. Pure.

All lines leave below and arrive above, and go across only between two rows, so none goes through a box.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

TRACK = 11  # two lines that go across, one below the other
LEAVE, ARRIVE, PLAIN = 16, 22, 32  # room above the first of them, below the last, and where there is none
PORT, INSET = 18, 16  # two lines at one box, and how far from its corners
CLOSE = 6  # lines nearer than this would be taken for one
RADIUS = 6
FORBIDDEN = 1000
ATTEMPTS = 30  # to part lines that would lie on one another


@dataclass(frozen=True)
class Line:
    """A line that is drawn, and whether an arrow's head is at its end."""

    target: str
    kind: str
    points: tuple[tuple[float, float], ...]
    arrow: bool = False


def route(layers):
    """Set the y of all nodes; returned are (the lines, the whole height)."""
    ports = _ports(layers)
    _untangle(layers, ports)
    y, heights = 0, {}
    for number in range(-1, len(layers.rows)):
        if number >= 0:
            for node in layers.rows[number]:
                node.y = y
            heights[number] = max(each.high for each in layers.rows[number])
            y += heights[number]
        wires = list(layers.channels.get(number, {}).values())
        if wires:
            y += _tracks(_ordered(wires, ports), y)
    lines = []
    for number, wires in sorted(layers.channels.items()):
        for wire in wires.values():
            lines += _drawn(wire, ports, y_of=lambda end, number=number: _y_of(end, heights.get(number, 0)))
    lines += _passages(layers, heights, ports)
    return lines, y


def _y_of(end, high):
    node, above = end
    return node.y + ((high if node.passage else node.high) if above else 0)


# Where lines touch boxes.


def _key(wire, end):
    """A line's place at a box; what goes on through a passage stays where it is."""
    node, above = end
    return node.id if node.passage else (node.id, above, wire.target, wire.kind)


def _ports(layers):
    """{the place of each wire at each node: its x}"""
    ports = {each.id: each.x for each in layers.nodes.values() if each.passage}
    arriving, leaving = {}, {}
    for _number, wires in sorted(layers.channels.items()):
        for wire in wires.values():
            for end in wire.ends:
                if not end[0].passage:
                    (leaving if end[1] else arriving).setdefault(end[0].id, []).append((wire, end))
    for side, other_end in ((arriving, _from_above), (leaving, _from_below)):
        for id_, ends in side.items():
            node = layers.nodes[id_]
            wanted = _wanted(node, [other_end(node, wire, ports) for wire, _end in ends])
            _spread(node, wanted, [_key(wire, end) for wire, end in ends], ports)
    return ports


def _range(node):
    """From where to where lines may touch a box; in a label they go through the middle."""
    reach = 0 if node.label else node.wide / 2 - min(INSET, node.wide / 4)
    return node.x - reach, node.x + reach


def _from_above(node, wire, ports):
    """Where a wire comes from, if it may be straight; the middle of the box if not."""
    source = wire.sources[0][0]
    if len(wire.sources) > 1 or (not source.passage and source.wide > node.wide):
        return node.x
    return ports.get(source.id, source.x)


def _from_below(_node, wire, ports):
    return ports[_key(wire, wire.sink)]


def _wanted(node, ends):
    """Straight, or beside those that are."""
    low, high = _range(node)
    straight = [x for x in ends if low <= x <= high]
    left, right = min([node.x, *(x - PORT for x in straight)]), max([node.x, *(x + PORT for x in straight)])
    # Who is further away keeps its side, by a little.
    return [left - (low - x) / 1e6 if x < low else right + (x - high) / 1e6 if x > high else x for x in ends]


def _spread(node, wanted, keys, ports):
    """Each as near as it can to where it wants to be, in order, and apart from the others."""
    wanted = sorted(zip(wanted, keys), key=lambda each: (each[0], str(each[1])))
    low, high = _range(node)
    gap = min(PORT, (high - low) / max(len(wanted) - 1, 1))
    groups = []  # [sum, count], of what stands gap by gap
    for place, (x, _same) in enumerate(wanted):
        groups.append([min(max(x, low), high) - place * gap, 1])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] > groups[-1][0] / groups[-1][1]:
            total, count = groups.pop()
            groups[-1][0] += total
            groups[-1][1] += count
    places = [total / count for total, count in groups for _each in range(count)]
    for place, (x, (_wanted, key)) in enumerate(zip(places, wanted)):
        ports[key] = round(min(max(x, low), high - (len(wanted) - 1) * gap) + place * gap, 1)


# What goes across between two rows.


class _Crossing:
    """A wire between two rows, as it goes across."""

    def __init__(self, wire, ports):
        self.wire = wire
        self.above = sorted(ports[_key(wire, end)] for end in wire.ends if end[1])
        self.below = sorted(ports[_key(wire, end)] for end in wire.ends if not end[1])
        self.low, self.high = min(self.above + self.below), max(self.above + self.below)

    @property
    def straight(self):
        return self.low == self.high

    def cost_above(self, other):
        """What it costs if this one goes across above the other: lines that cross, and lines that would lie on one another."""
        crossed = sum(self.low < x < self.high for x in other.above) + sum(
            other.low < x < other.high for x in self.below
        )
        return crossed + FORBIDDEN * sum(abs(x - own) < CLOSE for x in other.above for own in self.below)


def _ordered(wires, ports):
    """The crossings from above to below, so that few lines cross and none lies on another."""
    ordered, crossings = [], [_Crossing(wire, ports) for wire in wires]
    for crossing in sorted((each for each in crossings if not each.straight), key=lambda each: (each.low, each.high)):
        costs = []
        for place in range(len(ordered) + 1):
            over = sum(each.cost_above(crossing) for each in ordered[:place])
            costs.append(over + sum(crossing.cost_above(each) for each in ordered[place:]))
        ordered.insert(costs.index(min(costs)), crossing)
    return ordered


def _untangle(layers, ports):
    """Where lines would lie on one another in any order, one of them goes a little aside."""
    for _attempt in range(ATTEMPTS):
        tangled = (
            (number, wire)
            for number, wires in layers.channels.items()
            for upper, lower in combinations(_ordered(wires.values(), ports), 2)
            if upper.cost_above(lower) >= FORBIDDEN
            for wire in (upper.wire, lower.wire)
        )
        if not any(_aside(number, wire, layers, ports) for number, wire in tangled):
            return


def _aside(number, wire, layers, ports):
    """Move an end of a wire to where no other line is near; whether there was such a place."""
    for node, above in wire.ends:
        key = _key(wire, (node, above))
        low, high = (node.x - CLOSE, node.x + CLOSE) if node.passage else _range(node)
        touched = (node.rank - 1, node.rank) if node.passage else (number,)
        around = [other for each in touched for other in layers.channels.get(each, {}).values()]
        taken = {_key(other, end) for other in around for end in other.ends} - {key}
        for step in range(1, int((high - low) / CLOSE) + 1):
            for x in (ports[key] + step * CLOSE, ports[key] - step * CLOSE):
                if low <= x <= high and all(abs(x - ports[each]) >= CLOSE for each in taken):
                    ports[key] = x
                    return True
    return False


def _tracks(crossings, y):
    """Give each the highest track that is free below those before it; returned is the height that all need."""
    rows = []
    for crossing in crossings:
        row = 0
        for other, its_row in rows:
            if crossing.low < other.high + 2 * CLOSE and other.low < crossing.high + 2 * CLOSE:
                row = max(row, its_row + 1)
        rows.append((crossing, row))
        crossing.wire.track = y + LEAVE + row * TRACK
    return LEAVE + max(row for _crossing, row in rows) * TRACK + ARRIVE if rows else PLAIN


# What is drawn.


def _drawn(wire, ports, y_of):
    x, y = ports[_key(wire, wire.sink)], y_of(wire.sink)
    arrow = not wire.sink[0].passage and not wire.sink[0].label
    starts = sorted((ports[_key(wire, end)], y_of(end), end[1]) for end in wire.sources)
    lines, whole = [], False

    def add(*points, last=False):
        lines.append(Line(wire.target, wire.kind, points, arrow and last))

    for start in [each for each in starts if each[0] == x]:
        add(start[:2], (x, y), last=True)
        whole = True
    left, right = [each for each in starts if each[0] < x], [each for each in starts if each[0] > x][::-1]
    for side in (left, right):
        for place, (from_x, from_y, _above) in enumerate(side):
            before = [(from_x, from_y), (from_x, wire.track)]
            toward = RADIUS + 1 if from_x < x else -RADIUS - 1
            if place:
                add(*before, (from_x + toward, wire.track))
            elif whole:
                add(*before, (x, wire.track), (x, wire.track + (RADIUS + 1) * (1 if y > wire.track else -1)))
            else:
                add(*before, (x, wire.track), (x, y), last=True)
                whole = True
    return lines


def _passages(layers, heights, ports):
    """The straight lines through the rows."""
    for wires in layers.channels.values():
        for wire in wires.values():
            node = wire.sink[0]
            if node.passage and heights[node.rank]:
                x, ends = ports[node.id], (node.y, node.y + heights[node.rank])
                yield Line(wire.target, wire.kind, tuple((x, y) for y in (ends[::-1] if wire.sink[1] else ends)))
