# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A graph in layers: who stands in which row, in what order, and through which rows a line passes. Pure.

Lines of one kind that lead to the same box are one wire, which others join on the way: ten states that are caught by the same
handler have one trunk. What leads back goes around below its source, up through the rows, and into its target from above.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from graphlib import TopologicalSorter

SWEEPS = 8


@dataclass(frozen=True)
class Edge:
    source: str
    target: str
    kind: str = "next"


@dataclass
class Node:
    """A box, or the passage of a wire through a row."""

    id: str
    wide: float = 0
    high: float = 0
    rank: int = 0
    passage: bool = False
    label: bool = False
    aside: bool = False  # it stands right of the others, if nothing else speaks for a place
    x: float = 0  # of its middle
    y: float = 0  # of its upper edge


@dataclass
class Wire:
    """The part of a wire that lies between two rows. Its ends are (node, whether that is above)."""

    target: str
    kind: str
    sink: tuple[Node, bool]
    sources: list[tuple[Node, bool]] = field(default_factory=list)
    track: float | None = None

    @property
    def ends(self):
        return [self.sink, *self.sources]


class Layers:
    """Rows of nodes, the first ones above."""

    def __init__(self, nodes, edges):
        self.nodes = {each.id: each for each in nodes}
        self.edges = list(dict.fromkeys(edges))
        self.segments = {}  # (upper, lower) that stand in neighbouring rows -> of what kind the line between them is
        self.anchors = {}  # passage at the end of a wire that leads back -> who stands beside it
        self.channels = {}  # number of the row above -> {(target, kind): wire}
        back = self._rank()
        for edge in self.edges:
            (self._lead_back if edge in back else self._lead)(edge)
        rows = max((each.rank for each in self.nodes.values()), default=-1) + 1
        in_order = sorted(self.nodes.values(), key=lambda each: each.aside or each.passage)
        self.rows = [[each for each in in_order if each.rank == row] for row in range(rows)]
        self.above, self.below = {}, {}
        for upper, lower in self.segments:
            self.below.setdefault(upper, []).append(lower)
            self.above.setdefault(lower, []).append(upper)
        self._order()

    def _rank(self):
        """Each below all that lead to it; returned are the edges that would close a circle."""
        leaving = {}
        for edge in self.edges:
            leaving.setdefault(edge.source, []).append(edge.target)
        # The author's order, or that of going along; what leads back in fewer places is how it is meant.
        back = min((self._back(order, leaving) for order in (list(self.nodes), self._along(leaving))), key=len)
        arriving = {id_: [] for id_ in self.nodes}
        for edge in self.edges:
            if edge not in back:
                arriving[edge.target].append(edge.source)
        for id_ in TopologicalSorter(arriving).static_order():
            self.nodes[id_].rank = max((self.nodes[each].rank + 1 for each in arriving[id_]), default=0)
        return back

    def _back(self, order, leaving):
        """The edges of circles that lead to what is earlier in an order."""
        places = {id_: place for place, id_ in enumerate(order)}
        return {
            edge
            for edge in self.edges
            if places[edge.target] <= places[edge.source] and edge.source in _reached(edge.target, leaving)
        }

    def _along(self, leaving):
        """All nodes, each before those that can be reached from it only."""
        done, begun = [], set()
        for first in self.nodes:
            ahead = [] if first in begun else [first]
            while ahead:
                id_ = ahead[-1]
                begun.add(id_)
                following = next((each for each in leaving.get(id_, ()) if each not in begun), None)
                if following is None:
                    ahead.pop()
                    done.append(id_)
                else:
                    ahead.append(following)
        return done[::-1]

    def _passage(self, direction, edge, rank):
        id_ = f"{direction} {edge.kind} {edge.target} {rank}"
        if id_ not in self.nodes:
            self.nodes[id_] = Node(id_, rank=rank, passage=True)
        return self.nodes[id_]

    def _wire(self, channel, edge, sink, source):
        wires = self.channels.setdefault(channel, {})
        wire = wires.setdefault((edge.target, edge.kind), Wire(edge.target, edge.kind, sink))
        if source not in wire.sources:
            wire.sources.append(source)

    def _lead(self, edge):
        """Down, with a passage in each row between."""
        upper, target = self.nodes[edge.source], self.nodes[edge.target]
        for rank in range(upper.rank + 1, target.rank + 1):
            lower = target if rank == target.rank else self._passage("down", edge, rank)
            self.segments[upper.id, lower.id] = edge.kind
            self._wire(rank - 1, edge, (lower, False), (upper, True))
            upper = lower

    def _lead_back(self, edge):
        source, target = self.nodes[edge.source], self.nodes[edge.target]
        lower = None
        for rank in range(source.rank, target.rank - 1, -1):
            passage = self._passage("up", edge, rank)
            self._wire(rank, edge, (passage, True), (lower, False) if lower else (source, True))
            if lower:
                self.segments[passage.id, lower.id] = edge.kind
            else:
                self.anchors.setdefault(passage.id, source.id)
            lower = passage
        self.anchors[lower.id] = target.id
        self._wire(target.rank - 1, edge, (target, False), (lower, False))

    # The order within the rows.

    def _order(self):
        """Each at the middle of its neighbours, a few times to and fro; what has the fewest crossings stays."""
        best, fewest = [list(row) for row in self.rows], self.crossings()
        for sweep in range(SWEEPS):
            down = sweep % 2 == 0
            for row in self.rows if down else self.rows[::-1]:
                places = {each.id: place for each_row in self.rows for place, each in enumerate(each_row)}
                row.sort(key=partial(self._middle, places, self.above if down else self.below))
            if (found := self.crossings()) < fewest:
                best, fewest = [list(row) for row in self.rows], found
        self.rows = best

    def _middle(self, places, neighbours, node):
        near = [places[each] for each in neighbours.get(node.id, ())]
        if not near and node.id in self.anchors:
            # Beside whom it leads to, on the right.
            anchor = self.anchors[node.id]
            around = [places[each] for each in neighbours.get(anchor, ())]
            near = [sum(around) / len(around) if around else places[anchor]]
            return (near[0], 1, places[node.id])
        return (sum(near) / len(near) if near else places[node.id], 0, places[node.id])

    def crossings(self):
        """How often segments cross."""
        places = {each.id: place for row in self.rows for place, each in enumerate(row)}
        found = 0
        for row in self.rows:
            ends = [
                (places[each.id], places[low])
                for each in row
                for low in sorted(self.below.get(each.id, ()), key=places.get)
            ]
            found += sum(
                one[0] < other[0] and one[1] > other[1] for index, one in enumerate(ends) for other in ends[index + 1 :]
            )
        return found


def _reached(first, leaving):
    """All that can be reached from a node, itself too."""
    found, ahead = {first}, [first]
    while ahead:
        for each in leaving.get(ahead.pop(), ()):
            if each not in found:
                found.add(each)
                ahead.append(each)
    return found
