# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Security groups as a graph: whoever may talk stands left of those who listen. Pure.

A rule is a line of the listener's card, so no line between cards needs a label.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from ansible_collections.landfall.aws.plugins.module_utils.network.seen import Group
from ansible_collections.landfall.aws.plugins.module_utils.svg import fit, width

BETWEEN = 90  # two columns
ROOM = 260  # what is written into a card
GAP, PASSAGE = 18, 12
HEAD, ROW = 30, 20
TITLE = "Security groups: who may talk to whom"
SENTENCE = "A line leads from who may connect to who listens; whoever has no line to a group can't reach it."


@dataclass
class _Card:
    """A group, a source, or the passage of a line through a column."""

    id: str
    group: Group | None = None
    title: str = ""
    rows: list[tuple[str, str | None, str]] = field(default_factory=list)  # text, source unless itself, detail
    notes: list[str] = field(default_factory=list)
    column: int = 0
    y: float = 0

    @property
    def wide(self):
        texts = [row[0] for row in self.rows] + self.notes
        return max([width(self.title, 13, bold=True), *(width(each, 12) for each in texts)]) + 28 if self.group else 0

    @property
    def high(self):
        return (
            HEAD + ROW * len(self.rows + self.notes) + (6 if self.rows or self.notes else 0) if self.group else PASSAGE
        )

    @property
    def out(self):
        """Where lines leave it."""
        return self.y + (16 if self.group else PASSAGE / 2)

    def at(self, row):
        """Where the line of a rule arrives."""
        return self.y + HEAD + ROW * row + ROW / 2 - 3


class Graph:
    """Where everything stands, from the upper left corner."""

    def __init__(self, groups):
        self.cards = {each.id: self.card(each) for each in groups}
        self.edges, self.back = [], []  # (source, target, row)
        self.place_in_columns()
        self.columns = {}
        for card in self.cards.values():
            self.columns.setdefault(card.column, []).append(card)
        self.passages = {}  # by edge: the passages that it goes through
        for edge in self.edges:
            self.lead_through(edge)
        self.sort_columns()
        self.place()

    @staticmethod
    def card(group):
        card = _Card(group.id, group, fit(group.name, 13, ROOM, bold=True))
        if group.source:
            card.notes = [fit(each, 12, ROOM) for each in group.lines]
            return card
        for rule in group.rules:
            card.rows.append((fit(rule.text, 12, ROOM), None if rule.source == group.id else rule.source, rule.detail))
        card.notes = ([] if group.rules else ["nothing may come in"]) + [fit(each, 12, ROOM) for each in group.lines]
        return card

    def place_in_columns(self):
        """A listener stands right of all that may talk to it, but for those who talk in a circle."""
        done, under_way = {}, set()

        def column(id_):
            if id_ in done:
                return done[id_]
            under_way.add(id_)
            card, found = self.cards[id_], 0
            for row, (_text, source, _detail) in enumerate(card.rows):
                if source in under_way:
                    self.back.append((source, id_, row))
                elif source in self.cards:
                    found = max(found, column(source) + 1)
                    self.edges.append((source, id_, row))
            under_way.discard(id_)
            done[id_] = found
            return found

        for id_ in self.cards:
            self.cards[id_].column = column(id_)
        # A source stands beside those whom it may talk to.
        for card in self.cards.values():
            listeners = [self.cards[target].column for source, target, _row in self.edges if source == card.id]
            if card.group.source and listeners:
                card.column = min(listeners) - 1

    def lead_through(self, edge):
        source, target, _row = edge
        passages = []
        for column in range(self.cards[source].column + 1, self.cards[target].column):
            # Lines of the same source go through together.
            key = f"{source} in {column}"
            passage = next((each for each in self.columns.get(column, ()) if each.id == key), None)
            if passage is None:
                passage = _Card(key, column=column)
                self.columns.setdefault(column, []).append(passage)
            passages.append(passage)
        self.passages[edge] = passages

    def steps(self, edge):
        source, target, _row = edge
        return [self.cards[source], *self.passages[edge], self.cards[target]]

    def sort_columns(self):
        """Each card at the height of its neighbours, a few times to and fro, so that few lines cross."""
        pairs = [pair for edge in self.edges for pair in zip(self.steps(edge), self.steps(edge)[1:], strict=False)]
        before, after = {}, {}
        for left, right in pairs:
            before.setdefault(right.id, []).append(left)
            after.setdefault(left.id, []).append(right)
        numbers = sorted(self.columns)
        to_and_fro = [(before, numbers), (after, numbers[::-1])]
        for neighbours, order in (*to_and_fro, *to_and_fro, to_and_fro[0]):
            for number in order:
                rank = {card.id: place for cards in self.columns.values() for place, card in enumerate(cards)}

                self.columns[number].sort(key=partial(_middle, rank, neighbours))
        self.before = before

    def place(self):
        self.x, self.wides, x = {}, {}, 0
        for number in sorted(self.columns):
            self.x[number] = x
            self.wides[number] = max(card.wide for card in self.columns[number])
            x += self.wides[number] + BETWEEN
            y = 0
            for card in self.columns[number]:
                talking = [each.out for each in self.before.get(card.id, ())]
                wanted = sum(talking) / len(talking) - min(card.high / 2, 40) if talking else 0
                card.y = max(y, wanted)
                y = card.y + card.high + GAP
        self.aside = BETWEEN / 2 if self.back else 0  # room for what leads back
        self.wide = max(x - BETWEEN + 2 * self.aside, width(SENTENCE, 12)) if self.cards else 0
        cards = [card for cards in self.columns.values() for card in cards]
        self.bottom = max((card.y + card.high for card in cards), default=0)
        self.high = self.bottom + 14 * len(self.back) + (10 if self.back else 0)


def draw_groups(drawing, graph, x, y):
    """The lowest coordinate."""
    drawing.part("heading")
    drawing.text(x, y, TITLE, size=14, bold=True)
    drawing.text(x, y + 20, SENTENCE, "muted")
    left, top = x + graph.aside, y + 40
    talkers = sorted({edge[0] for edge in graph.edges + graph.back}, key=list(graph.cards).index)
    kinds, number = {}, 0
    for id_ in talkers:
        kinds[id_] = "open" if graph.cards[id_].group.open else f"talk{number % 4}"
        number += not graph.cards[id_].group.open
    drawing.part("talk")
    for edge in graph.edges:
        _line(drawing, graph, edge, left, top, kinds[edge[0]])
    for place, edge in enumerate(graph.back):
        _line_back(drawing, graph, edge, left, top, kinds[edge[0]], place)
    for card in graph.cards.values():
        _card(drawing, card, left + graph.x[card.column], top + card.y, kinds.get(card.id, ""))
    return top + graph.high


def _line(drawing, graph, edge, left, top, kind):
    source, target, row = edge
    first, last = graph.cards[source], graph.cards[target]
    begin = left + graph.x[first.column] + first.wide
    points = []
    end_of_column = left + graph.x[first.column] + graph.wides[first.column]
    if end_of_column > begin:
        points.append((end_of_column, top + first.out))
    for passage in graph.passages[edge]:
        there = left + graph.x[passage.column]
        points += [(there, top + passage.out), (there + graph.wides[passage.column], top + passage.out)]
    tip = (left + graph.x[last.column], top + last.at(row))
    drawing.curve((begin, top + first.out), [*points, (tip[0] - 6, tip[1])], kind)
    drawing.dot(begin, top + first.out, kind)
    drawing.arrow(*tip, "right", kind)


def _line_back(drawing, graph, edge, left, top, kind, place):
    """Around below, for those who talk in a circle."""
    source, target, row = edge
    first, last = graph.cards[source], graph.cards[target]
    begin = (left + graph.x[first.column] + first.wide, top + first.out + 8)
    right = left + graph.x[first.column] + graph.wides[first.column] + 12 + 5 * (place % 5)
    below = top + graph.bottom + 14 * (place + 1)
    tip = (left + graph.x[last.column], top + last.at(row))
    before = tip[0] - 14 - 5 * (place % 5)
    drawing.line(
        [begin, (right, begin[1]), (right, below), (before, below), (before, tip[1]), (tip[0] - 6, tip[1])], kind
    )
    drawing.dot(*begin, kind)
    drawing.arrow(*tip, "right", kind)


def _card(drawing, card, x, y, kind):
    group = card.group
    details = [group.name, "" if group.id == group.name else group.id, group.detail]
    details += [f"{text}: {detail}" for text, _source, detail in card.rows if detail]
    drawing.part("source" if group.source else "group", "; ".join(dict.fromkeys(filter(None, details))))
    shape = "source" if group.source else "card"
    kind = " ".join(
        filter(None, (shape, f"edge {kind}" if kind and group.source else "", "" if group.ours else "unmanaged"))
    )
    drawing.box(x, y, card.wide, card.high, kind, radius=14 if group.source else 6)
    drawing.text(x + 14, y + 20, card.title, size=13, bold=True)
    for place, text in enumerate([row[0] for row in card.rows] + card.notes):
        quiet = group.source or place >= len(card.rows)
        drawing.text(x + 14, y + HEAD + ROW * place + 12, text, "muted" if quiet else "")


def _middle(rank, neighbours, card):
    """Where a card's neighbours are, in the middle; its own place where it has none or they are level."""
    ranks = [rank[each.id] for each in neighbours.get(card.id, ())]
    return (sum(ranks) / len(ranks) if ranks else rank[card.id], rank[card.id])
