# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A state machine as SVG: from above to below, with what became of each state where an execution is shown. Pure.

The same definition and the same history give the same bytes.
"""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.asl.graph_boxes import GAP, PAD, SLANT, STACK, folded, plan
from ansible_collections.landfall.aws.plugins.module_utils.asl.graph_colors import COLORS, TEXT, TINTS
from ansible_collections.landfall.aws.plugins.module_utils.asl.graph_outcomes import KINDS, NOT_REACHED
from ansible_collections.landfall.aws.plugins.module_utils.asl.graph_routes import RADIUS
from ansible_collections.landfall.aws.plugins.module_utils.svg import Drawing, Line, stylesheet, width

MARGIN = 24
NARROWEST, TITLE_ROOM = 280, 420  # what is written above the picture

PAPER = {
    "rect.paper": ("fill:#ffffff", "fill:#0d1117"),
    "text": tuple(f"fill:{each}" for each in TEXT),
    "text.muted,.not-reached text": ("fill:#59636e", "fill:#9198a1"),
    "rect.card,polygon.card": ("fill:#ffffff;stroke:#818b98", "fill:#212830;stroke:#818b98"),
    "rect.frame": ("fill:#f6f8fa;stroke:#d1d9e0", "fill:#0d1117;stroke:#3d444d"),
    "rect.mark": ("fill:#59636e;stroke:#59636e", "fill:#9198a1;stroke:#9198a1"),
    "rect.ring": ("fill:none;stroke:#59636e", "fill:none;stroke:#9198a1"),
    **{
        f"rect.{kind}.{kind},polygon.{kind}.{kind}": (f"fill:{light}", f"fill:{dark}")
        for kind, (light, dark) in TINTS.items()
    },
}
MORE = "\n".join(
    (
        ".line.catch,.card.not-reached{stroke-dasharray:5 4}",
        ".card.edge{stroke-width:2} .card.not-reached{stroke-width:1.5}",
    )
)
LEGEND = {
    "next": "what comes next",
    "catch": "where an error is caught",
}
STRIPE = 4


def draw(part, name, facts=(), outcome_of=lambda state: None):
    """The picture of a part. ``facts`` are said below its name."""
    layout = plan(part, outcome_of)
    title = [Line(each, size=20, bold=True) for each in folded(name, 20, TITLE_ROOM, True, most=3)]
    title += [Line(each, "muted") for fact in facts for each in folded(fact, 12, TITLE_ROOM, most=3)]
    drawing = Drawing(f"State machine {name}", description(part, facts, outcome_of), stylesheet(PAPER, COLORS, MORE))
    wide = max([layout.wide, NARROWEST, *(line.wide for line in title)]) + 2 * MARGIN
    drawing.part("title")
    y = _text(drawing, title, MARGIN, MARGIN) + MARGIN
    _plan(drawing, layout, (wide - layout.wide) / 2, y)
    return drawing.finished(wide, _legend(drawing, part, outcome_of, y + layout.high + MARGIN, wide))


def description(part, facts, outcome_of):
    """The picture in words, for those who can't see it."""
    return " ".join((*(f"{each}." for each in facts), f"Starts at {part.start}.", *_sentences(part, outcome_of)))


def _sentences(part, outcome_of):
    for state in part.states:
        outcome = outcome_of(state)
        said = [f"{state.name} is a {state.type}" + "".join(f", {each}" for each in state.details)]
        said += [outcome.text] if outcome else []
        said += state.retries
        for move in part.moves:
            if move.source == state.name:
                words = {"catch": f"on {move.label} to", "choice": f"if {move.label} to"}.get(
                    move.kind, move.label or "to"
                )
                said.append(f"{words} {'the end' if move.target is None else move.target}")
        yield "; ".join(said) + "."
        for number, inner in enumerate(state.parts, 1):
            which = f"Branch {number} of {state.name}" if state.type == "Parallel" else f"Each item of {state.name}"
            yield f"{which} starts at {inner.start}."
            yield from _sentences(inner, outcome_of)


def _plan(drawing, layout, left, top):
    drawing.part("lines")
    for line in layout.lines:
        points = [(left + x, top + y) for x, y in line.points]
        tip = points[-1]
        if line.arrow:
            points[-1] = (tip[0], tip[1] - 5)  # the head covers the rest
        drawing.rounded(points, line.kind, RADIUS)
        if line.arrow:
            drawing.arrow(*tip, "down", line.kind)
    for box in layout.boxes:
        DRAWN.get(box.kind, _state)(drawing, box, left + box.x, top + box.y)


def _mark(drawing, box, x, y):
    drawing.part(box.kind, box.kind.capitalize())
    if box.lines:
        drawing.box(x, y, box.wide, box.high, "card", radius=box.high / 2)
        _text(drawing, box.lines, x + box.wide / 2, y + PAD / 2, "middle")
        return
    drawing.box(x + 1, y + 1, box.wide - 2, box.high - 2, "mark" if box.kind == "start" else "ring edge", radius=7)
    if box.kind == "end":
        drawing.box(x + 4, y + 4, box.wide - 8, box.high - 8, "mark", radius=4)


def _label(drawing, box, x, y):
    drawing.part("label", box.detail)
    _text(drawing, box.lines, x + box.wide / 2, y + 1, "middle")


def _state(drawing, box, x, y):
    state, outcome = box.state, box.outcome
    kind = outcome.kind.replace(" ", "-") if outcome else ""
    details = [state.name, state.comment, *state.details, *state.retries]
    details += [outcome.text, outcome.detail] if outcome else []
    drawing.part(f"state {kind}".strip(), "; ".join(filter(None, details)))
    shape = f"card edge {kind}" if kind else "card"
    if state.type == "Choice":
        middle, right, bottom = y + box.high / 2, x + box.wide, y + box.high
        points = [(x + SLANT, y), (right - SLANT, y), (right, middle), (right - SLANT, bottom), (x + SLANT, bottom)]
        drawing.polygon([*points, (x, middle)], shape)
        drawing.box(x + SLANT + 2, y + 6, STRIPE, box.high - 12, box.kind, radius=2)
    elif box.parts:
        _frames(drawing, box, x, y, shape)
        return
    else:
        round_ = state.type in ("Succeed", "Fail")
        drawing.box(x, y, box.wide, box.high, shape, radius=16 if round_ else 6)
        drawing.box(x + (10 if round_ else 4), y + 6, STRIPE, box.high - 12, box.kind, radius=2)
    _text(drawing, box.lines, x + box.wide / 2, y + PAD, "middle")


def _frames(drawing, box, x, y, shape):
    stack = STACK if box.state.type == "Map" else 0
    if stack:
        drawing.box(x + stack, y + stack, box.wide - stack, box.high - stack, shape)
    drawing.box(x, y, box.wide - stack, box.high - stack, shape)
    drawing.box(x + 4, y + 6, STRIPE, box.head + PAD, box.kind, radius=2)
    _text(drawing, box.lines, x + GAP, y + PAD)
    for left, top, wide, high, inner in box.parts:
        drawing.part("part")
        drawing.box(x + left, y + top, wide, high, "frame")
        _plan(drawing, inner, x + left + (wide - inner.wide) / 2, y + top + PAD)


DRAWN = {"start": _mark, "end": _mark, "label": _label}


def _text(drawing, lines, x, y, anchor="start"):
    for line in lines:
        y += line.high
        drawing.text(x, y - 4, line.text, line.kind, line.size, line.bold, anchor)
    return y


def _legend(drawing, part, outcome_of, y, wide):
    """What lines and colors mean, where there is more than one; returned is the picture's height."""
    moves = {move.kind for inner in _parts(part) for move in inner.moves}
    kinds = ["next", "catch"] if "catch" in moves else []
    found = {outcome.kind for outcome in map(outcome_of, part.all()) if outcome}
    items = [(kind, LEGEND[kind]) for kind in kinds]
    items += [(kind.replace(" ", "-"), kind) for kind in (*KINDS, NOT_REACHED) if kind in found]
    if not items:
        return y
    drawing.part("legend")
    x, y = MARGIN, y + 12
    for kind, text in items:
        room = width(text, 12) + 30
        if x > MARGIN and x + room > wide - MARGIN:
            x, y = MARGIN, y + 22
        if kind in LEGEND:
            drawing.line([(x, y - 4), (x + 22, y - 4)], kind)
        else:
            drawing.box(x, y - 10, 22, 12, f"card edge {kind}", radius=3)
        drawing.text(x + 30, y, text, "muted")
        x += room + 24
    return y + MARGIN


def _parts(part):
    yield part
    for state in part.states:
        for inner in state.parts:
            yield from _parts(inner)
