# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A state machine's picture, measured: nothing overlaps, and each line leads from where it should to where it should."""

from __future__ import annotations

import itertools
import json
import re
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings

from ansible_collections.landfall.aws.plugins.module_utils.asl import graph, graph_colors, graph_svg
from ansible_collections.landfall.aws.plugins.module_utils.asl.graph_boxes import (
    END,
    LABEL_ROOM,
    ROOM,
    START,
    folded,
    plan,
)
from ansible_collections.landfall.aws.plugins.module_utils.asl.graph_routes import CLOSE
from ansible_collections.landfall.aws.plugins.module_utils.asl.source import from_tree, read
from ansible_collections.landfall.aws.plugins.module_utils.svg import width
from tests.unit.graph.definitions import CAMEL, EXAMPLES, LARGE, LONGEST, machine, machines, task
from tests.unit.graph.example_pictures import DOCS, pictures
from tests.unit.picture import SVG, Picture, Rect, along, contrast


def part_of(tree):
    source = from_tree(tree)
    assert not graph.mistakes(source)
    return graph.seen(source)


def drawn(tree, name="orders"):
    return graph_svg.draw(part_of(tree), name)


def layouts(layout):
    """A layout, and those inside of its boxes."""
    yield layout
    for box in layout.boxes:
        for *_place, inner in box.parts:
            yield from layouts(inner)


def rect(box):
    return Rect(box.x, box.y, box.x + box.wide, box.y + box.high, box.kind)


def touches(box, x, y):
    """Whether a point is on the upper or lower border of a box."""
    place = rect(box)
    return place.x <= x <= place.right and min(abs(y - place.y), abs(y - place.bottom)) < 0.01


def joined(lines, target):
    """Points of one wire's lines, in groups that hang together."""
    groups = []
    for line in (each for each in lines if (each.target, each.kind) == target):
        ends = set(along(line.points))
        near = [group for group in groups if any(_on(line.points, point) for point in group[1]) or _meets(ends, group)]
        for group in near:
            groups.remove(group)
        groups.append(
            ([line, *(each for group in near for each in group[0])], ends.union(*(group[1] for group in near)))
        )
    return [group[0] for group in groups]


def _on(points, point):
    """Whether a point lies on a line."""
    x, y = point
    return any(
        min(x0, x1) - 0.01 <= x <= max(x0, x1) + 0.01 and min(y0, y1) - 0.01 <= y <= max(y0, y1) + 0.01
        for (x0, y0), (x1, y1) in itertools.pairwise(points)
    )


def _meets(points, group):
    return any(_on(line.points, point) for line in group[0] for point in points)


def assert_clear(layout):
    """Nothing overlaps, and all that should be joined is."""
    boxes = {each.id: each for each in layout.boxes}
    for one, other in itertools.combinations(boxes.values(), 2):
        assert rect(one).apart(rect(other)), (one.id, other.id)
    for box in boxes.values():
        assert rect(box).inside(Rect(0, 0, layout.wide, layout.high)), box.id
        inner = [Rect(x, y, x + wide, y + high) for x, y, wide, high, _plan in box.parts]
        assert all(each.inside(Rect(0, box.head, box.wide, box.high)) for each in inner)
        assert all(one.apart(other) for one, other in itertools.combinations(inner, 2))
        for each, (*_place, held) in zip(inner, box.parts, strict=True):
            assert held.wide <= each.right - each.x
            assert held.high <= each.bottom - each.y
    for line in layout.lines:
        for (x0, y0), (x1, y1) in itertools.pairwise(line.points):
            assert x0 == x1 or y0 == y1, line
        for x, y in along(line.points):
            assert 0 <= x <= layout.wide, line
            assert 0 <= y <= layout.high, line
            crossed = [box.id for box in boxes.values() if rect(box).has(x, y)]
            assert not crossed, (line, crossed)
        if line.arrow:
            assert line.points[-1][1] == boxes[line.target].y, line
            assert line.points[-2][1] < line.points[-1][1], line
    wires = {}
    for edge in layout.edges:
        key = (edge.target, edge.kind)
        wires[key] = wires.get(key) or joined(layout.lines, key)
        together = [
            group
            for group in wires[key]
            if any(touches(boxes[edge.source], *line.points[0]) for line in group)
            and any(touches(boxes[edge.target], *line.points[-1]) for line in group)
        ]
        assert together, edge


def covered(layout):
    """Places where two wires lie on one another, so that nobody can tell which is which."""
    straights = {}
    for line in layout.lines:
        for (x0, y0), (x1, y1) in itertools.pairwise(line.points):
            upright = x0 == x1
            key, ends = (x0, sorted((y0, y1))) if upright else (y0, sorted((x0, x1)))
            straights.setdefault((upright, round(key)), []).append((*ends, (line.target, line.kind)))
    for parts in straights.values():
        for (low, high, wire), (other_low, other_high, other) in itertools.combinations(parts, 2):
            if wire != other and min(high, other_high) - max(low, other_low) > CLOSE:
                yield wire, other


@pytest.fixture(scope="module", params=EXAMPLES)
def layout(request):
    return plan(part_of(EXAMPLES[request.param]), lambda state: None)


def test_nothing_overlaps_and_lines_lead_from_box_to_box(layout):
    for each in layouts(layout):
        assert_clear(each)
        assert not list(covered(each))


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(machines())
def test_whatever_the_definition_is_like(tree):
    for each in layouts(plan(part_of(tree), lambda state: None)):
        assert_clear(each)
        assert not list(covered(each))


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(machines())
def test_no_text_leaves_its_place(tree):
    assert_readable(Picture(drawn(tree)))


def assert_readable(picture):
    paper = Rect(0, 0, picture.wide, picture.high)
    for place, text in picture.texts:
        assert place.inside(paper), text
        holder = picture.holder(place)
        assert holder is None or place.inside(holder), (text, place, holder)
    for (one, text), (other, more) in itertools.combinations(picture.texts, 2):
        assert one.apart(other), (text, more)
    for line in picture.points("lines"):
        for x, y in along(line):
            assert not [text for place, text in picture.texts if place.has(x, y)], line


@pytest.mark.parametrize("name", EXAMPLES)
def test_texts_of_the_examples_can_be_read(name):
    assert_readable(Picture(drawn(EXAMPLES[name])))


def box_of(layout, name):
    return next(each for each in layout.boxes if each.id == name)


def test_a_line_of_states_stands_in_one_column_from_above_to_below():
    layout = plan(part_of(EXAMPLES["linear"]), lambda state: None)
    boxes = [box_of(layout, each) for each in (START, "A", "B", "C")]
    assert len({box.x + box.wide / 2 for box in boxes}) == 1
    assert [box.y for box in boxes] == sorted(box.y for box in boxes)
    assert all(len(line.points) == 2 for line in layout.lines)
    assert not [each for each in layout.boxes if each.id == END]


def test_what_leads_back_goes_around():
    layout = plan(part_of(EXAMPLES["poll"]), lambda state: None)
    names = ("Submit", "Wait", "Look", "Done?", "Result", END)
    assert [box_of(layout, each).y for each in names] == sorted(box_of(layout, each).y for each in names)
    assert any(line.target == "Wait" and line.points[0][1] > line.points[-1][1] for line in layout.lines)


def test_the_author_s_order_says_what_leads_back():
    """Step03 leads to Step07, too, so going along from it would find Step04 to Step06 below that."""
    layout = plan(part_of(EXAMPLES["sixty"]), lambda state: None)
    tops = [box_of(layout, f"Step{number:02d}").y for number in range(60)]
    assert tops == sorted(tops)


def test_ten_states_that_are_caught_alike_have_one_arrow_at_their_handler():
    names = [f"S{number}" for number in range(10)]
    rule = [{"ErrorEquals": ["States.ALL"], "Next": "Handler"}]
    states = {one: task(one, Next=other, Catch=rule) for one, other in itertools.pairwise(names)}
    layout = plan(
        part_of(machine("S0", **states, S9={"Type": "Succeed"}, Handler={"Type": "Fail"})), lambda state: None
    )
    arrows = [line for line in layout.lines if line.target == "Handler" and line.arrow]
    assert len(arrows) == 1
    assert len([box for box in layout.boxes if box.kind == "label"]) == 9


def test_what_is_inside_is_drawn_inside():
    outer = plan(part_of(LARGE), lambda state: None)
    for name, held in (("Everything", ["PerItem", "Invoice"]), ("PerItem", ["Load"]), ("Both", ["Price", "Stock"])):
        box = next(each for inner in layouts(outer) for each in inner.boxes if each.id == name)
        for first, (*_place, inner) in zip(held, box.parts, strict=True):
            assert box_of(inner, first)


def test_conditions_errors_and_retries_are_said():
    texts = [text for _place, text in Picture(drawn(LARGE)).texts]
    for text in ('$.kind = "express"', "otherwise", "any error", "Stock.Empty", "up to 3 retries: States.TaskFailed"):
        assert text in texts, text
    assert "Task · lambda:invoke express" in texts
    assert "Map · each of $.items · 10 at once" in texts


@pytest.mark.parametrize("name", [LONGEST, CAMEL, "名前" * 40, "A" * 80, "<&>'\"" * 16])
def test_a_name_of_80_characters_is_there_in_full(name):
    picture = Picture(drawn(machine(name, **{name: {"Type": "Succeed"}})))
    said = "".join(text for _place, text in picture.texts)
    assert "".join(name.split()) in said.replace(" ", "")


def test_texts_are_parted_between_words():
    assert folded(CAMEL, 13, ROOM, bold=True)[0] == "CustomsDeclarationFor"
    assert folded("sqs:sendMessage.waitForTaskToken.andMore.andMore", 11, LABEL_ROOM)[0] == "sqs:sendMessage.waitFor"
    lines = folded("word " * 400, 11, LABEL_ROOM, most=3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert all(width(line, 11) <= LABEL_ROOM for line in lines)


MARKUP = "<script>alert(1)</script>\u202e]]>&amp;\x07"


def test_names_are_no_markup():
    tree = machine(
        MARKUP, **{MARKUP: task("x\"'><b>", Next="B", Comment=MARKUP, Catch=[{"ErrorEquals": [MARKUP], "Next": "B"}])}
    )
    tree["States"]["B"] = {"Type": "Fail", "Error": MARKUP}
    text = drawn(tree, MARKUP)
    ElementTree.fromstring(text)
    for word in ("<script", "<b>", "\u202e", "\x07", "href", "url(", "@import", "onload", "<image", "<foreignObject"):
        assert word not in text, word
    assert text.count("://") == text.count('xmlns="http://www.w3.org/2000/svg"') == 1
    assert "<script>alert(1)</script>" in "".join(text for _place, text in Picture(text).texts)


def test_the_same_definition_gives_the_same_bytes():
    assert drawn(LARGE) == drawn(json.loads(json.dumps(LARGE)))


def test_it_says_in_words_what_it_shows():
    root = Picture(drawn(EXAMPLES["poll"])).root
    assert root.get("role") == "img"
    said = {each.get("id"): each.text for each in root if each.get("id")}
    assert set(root.get("aria-labelledby").split()) == set(said) == {"title", "desc"}
    assert said["title"] == "State machine orders"
    assert "Starts at Submit." in said["desc"]
    assert (
        'Done? is a Choice; if $.status = "FAILED" to Failed; if $.status = "SUCCEEDED" to Result; otherwise Wait.'
        in said["desc"]
    )
    titles = [each.text for each in root.iter(f"{SVG}title")]
    assert any("up to 4 retries: Lambda.ServiceException, Lambda.TooManyRequestsException" in each for each in titles)


@pytest.mark.parametrize("paper", [0, 1], ids=["light", "dark"])
def test_text_can_be_read_on_what_is_behind_it(paper):
    def fill(selector):
        return re.search("fill:(#[0-9a-f]{6})", graph_svg.PAPER[selector][paper]).group(1)

    cards = [fill("rect.card,polygon.card"), fill("rect.paper")]
    tints = [each[paper] for each in graph_colors.TINTS.values()]
    for text in (fill("text"), fill("text.muted,.not-reached text")):
        assert all(contrast(text, each) >= 4.5 for each in [*cards, *tints, fill("rect.frame")]), text
    for kind, tint in graph_colors.TINTS.items():
        assert contrast(graph_colors.COLORS[kind][paper], tint[paper]) >= 4.5, kind
    for behind in (fill("rect.paper"), fill("rect.frame")):
        assert contrast(graph_colors.COLORS["catch"][paper], behind) >= 4.5


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("[]", [(1, 1)]),
        ("StartAt: A\nStates: {}", [(1, 1)]),
        ("StartAt: B\nStates:\n  A: {Type: Pass, Next: C}", [(1, 10), (3, 25)]),
        ("{", [(1, 2)]),
    ],
)
def test_what_can_not_be_drawn_is_told(text, places):
    assert [(each.line, each.column) for each in graph.mistakes(read(text))] == places


def test_the_pictures_in_the_documentation_are_those_of_the_example():
    """Otherwise: python -m tests.unit.graph.example_pictures"""
    for name, text in pictures().items():
        if name.endswith(".svg"):
            assert (DOCS / name).read_text(encoding="utf-8") == text
            assert_readable(Picture(text))
        else:
            assert f"```mermaid\n{text}```" in (DOCS / "stepfunctions-graph.md").read_text(encoding="utf-8")
