# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the nodes of a graph in layers stand from left to right. Pure.

After U. Brandes and B. Koepf, "Fast and Simple Horizontal Coordinate Assignment" (2001): nodes are lined up with the middle one of their
neighbours in four ways, and each stands in the middle of its four places. Passages of a wire stay in line.
"""

from __future__ import annotations

from graphlib import TopologicalSorter

BETWEEN_BOXES, BESIDE_LABEL, BESIDE_PASSAGE, BETWEEN_PASSAGES = 32, 20, 18, 12


def apart(left, right):
    """From the middle of one to the middle of its neighbour, at least."""
    if left.passage and right.passage:
        gap = BETWEEN_PASSAGES
    elif left.passage or right.passage:
        gap = BESIDE_PASSAGE
    else:
        gap = BESIDE_LABEL if left.label or right.label else BETWEEN_BOXES
    return (left.wide + right.wide) / 2 + gap


def place(layers):
    """Set the x of all nodes; the leftmost edge is 0."""
    if not layers.nodes:
        return
    bent, found = _bent(layers), []
    for rows, neighbours in ((layers.rows, layers.above), (layers.rows[::-1], layers.below)):
        for mirrored in (False, True):
            side = -1 if mirrored else 1
            turned = [row[::side] for row in rows]
            places = _compact(_lined_up(turned, neighbours, bent), [row[::side] for row in layers.rows])
            found.append({id_: side * x for id_, x in places.items()})
    spans = [_span(layers, each) for each in found]
    narrow = min(spans, key=lambda span: span[1] - span[0])
    for index, (places, (low, high)) in enumerate(zip(found, spans)):
        shift = narrow[1] - high if index % 2 else narrow[0] - low
        found[index] = {id_: x + shift for id_, x in places.items()}
    for node in layers.nodes.values():
        four = sorted(each[node.id] for each in found)
        node.x = round((four[1] + four[2]) / 2)
    left = min(each.x - each.wide / 2 for each in layers.nodes.values())
    for node in layers.nodes.values():
        node.x -= left


def _span(layers, places):
    edges = [(places[each.id], each.wide / 2) for each in layers.nodes.values()]
    return min(x - half for x, half in edges), max(x + half for x, half in edges)


def _bent(layers):
    """Segments that need not be straight: they cross a wire's passages, or stand back for a more important one."""
    places = {each.id: place for row in layers.rows for place, each in enumerate(row)}
    by_row, found = {}, set()
    for upper, lower in layers.segments:
        by_row.setdefault(layers.nodes[upper].rank, []).append((upper, lower))
    for segments in by_row.values():
        straight = [each for each in segments if _passing(layers, each)]
        for upper, lower in segments:
            for other_upper, other_lower in straight:
                if (places[upper] - places[other_upper]) * (places[lower] - places[other_lower]) < 0:
                    found.add((upper, lower))
        found -= set(straight)
    for ends, side in ((layers.above, 1), (layers.below, 0)):
        for id_, others in ends.items():
            pairs = [(other, id_) if side else (id_, other) for other in others]
            most = max(_weight(layers, each) for each in pairs)
            found |= {each for each in pairs if _weight(layers, each) < most}
    return found


def _passing(layers, segment):
    return all(layers.nodes[end].passage for end in segment)


def _weight(layers, segment):
    """A wire goes on straight where others join it, and what is caught goes aside."""
    return 2 * _passing(layers, segment) + (layers.segments[segment] != "catch")


def _lined_up(rows, neighbours, bent):
    """{node: the first of those that it is in line with}"""
    places = {each.id: place for row in rows for place, each in enumerate(row)}
    first = {id_: id_ for id_ in places}
    for row in rows:
        last = -1
        for node in row:
            near = sorted(neighbours.get(node.id, ()), key=places.get)
            for middle in sorted({(len(near) - 1) // 2, len(near) // 2}) if near else ():
                other = near[middle]
                pair = {(node.id, other), (other, node.id)}
                if first[node.id] == node.id and places[other] > last and not pair & bent:
                    first[node.id] = first[other]
                    last = places[other]
    return first


def _compact(first, rows):
    """Each line of nodes as far left as it can, then as near to what is right of it as it can."""
    gaps = {}  # line -> {line left of it: how far}
    for row in rows:
        for left, right in zip(row, row[1:]):
            before = gaps.setdefault(first[right.id], {})
            before[first[left.id]] = max(before.get(first[left.id], 0), apart(left, right))
    after = {}
    for right, befores in gaps.items():
        for left, gap in befores.items():
            after.setdefault(left, {})[right] = gap
    graph = {id_: gaps.get(id_, {}) for id_ in dict.fromkeys(first.values())}
    order, x = list(TopologicalSorter(graph).static_order()), {}
    for line in order:
        x[line] = max((x[left] + gap for left, gap in gaps.get(line, {}).items()), default=0)
    for line in reversed(order):
        x[line] = max(x[line], min((x[right] - gap for right, gap in after.get(line, {}).items()), default=x[line]))
    return {id_: x[line] for id_, line in first.items()}
