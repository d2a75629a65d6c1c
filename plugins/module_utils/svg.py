# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Boxes, text and lines as SVG that needs nothing else, and how wide a text is. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from xml.etree import ElementTree

# Widths in hundredths of the font's size, rounded up from DejaVu Sans, which is the widest of those that readers have.
WIDTHS = {
    30: "'ijl",
    35: " ,./:;IJ\\|",
    40: "()-[]f",
    45: "!rt",
    50: '"*_`',
    55: "?csz",
    60: "FLkvxy",
    65: "$0123456789EPSTYabdeghnopqu{}",
    70: "ABCKRVXZ",
    75: "NU",
    80: "&DGHOQ",
    85: "#+<=>^w~",
    90: "M",
    100: "%@Wm",
}
WIDTH_OF = {letter: width for width, letters in WIDTHS.items() for letter in letters}
BOLD = 1.15  # how much wider bold text is
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', Helvetica, Arial, sans-serif"


def clean(text):
    """A text without what XML does not allow, and what would turn the direction of what follows."""
    shown = "".join(
        "\ufffd" if unicodedata.category(each)[0] == "C" and each not in "\t\n\r" else each for each in str(text)
    )
    return re.sub(r"\s+", " ", shown).strip()


def width(text, size, bold=False):
    """At most how wide a text is."""
    hundredths = 0
    for each in text:
        if each in WIDTH_OF:
            hundredths += WIDTH_OF[each]
        elif not unicodedata.combining(each):
            hundredths += 140 if unicodedata.east_asian_width(each) in "WF" else 105
    return hundredths * size * (BOLD if bold else 1) / 100


def fit(text, size, room, bold=False):
    """As much of a text as there is room for; what was cut off is an ellipsis."""
    text = clean(text)
    if width(text, size, bold) <= room:
        return text
    while text and width(f"{text}…", size, bold) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def number(value):
    """A coordinate, written in one way only."""
    return f"{value:.1f}".removesuffix(".0")


@dataclass(frozen=True)
class Line:
    """One line of a box."""

    text: str
    kind: str = ""
    size: int = 12
    bold: bool = False

    @property
    def high(self):
        return self.size + 6

    @property
    def wide(self):
        return width(self.text, self.size, self.bold)


def stylesheet(paper, colors, more):
    """By selector what is drawn how, and by kind its color, each on light and on dark paper; and what is the same on both."""

    def rules(which):
        lines = [f"{selector}{{{both[which]}}}" for selector, both in paper.items()]
        for name, both in colors.items():
            lines.append(f".{name}{{fill:{both[which]}}} .line.{name},.edge.{name}{{stroke:{both[which]}}}")
        return " ".join(lines)

    return "\n".join(
        (
            "",
            f"text{{font-family:{FONT}}} .b{{font-weight:600}}",
            "".join(f".s{size}{{font-size:{size}px}}" for size in (11, 12, 13, 14, 20)),
            ".line,.edge{stroke-width:1.5}",
            rules(0),
            more,
            f"@media (prefers-color-scheme:dark){{{rules(1)}}}",
            # Last, because a line is not filled with its color.
            ".line.line{fill:none}",
            "",
        )
    )


class Drawing:
    """What is drawn lies over what was drawn before."""

    def __init__(self, title, description, style):
        self.root = ElementTree.Element(
            "svg", xmlns="http://www.w3.org/2000/svg", role="img", **{"aria-labelledby": "title desc"}
        )
        ElementTree.SubElement(self.root, "title", id="title").text = clean(title)
        ElementTree.SubElement(self.root, "desc", id="desc").text = clean(description)
        ElementTree.SubElement(self.root, "style").text = style
        self.group = self.root

    def part(self, name, title=""):
        """What is drawn from here on belongs together; ``title`` is shown where the reader points at it."""
        self.group = ElementTree.SubElement(self.root, "g", {"class": name})
        if title:
            ElementTree.SubElement(self.group, "title").text = clean(title)

    def box(self, x, y, wide, high, kind, radius=6):
        place = {"x": number(x), "y": number(y), "width": number(wide), "height": number(high), "rx": number(radius)}
        ElementTree.SubElement(self.group, "rect", {"class": kind, **place})

    def text(self, x, y, text, kind="", size=12, bold=False, anchor="start"):
        """``y`` is the base line."""
        classes = " ".join(filter(None, (f"s{size}", "b" if bold else "", kind)))
        place = {"x": number(x), "y": number(y)}
        if anchor != "start":
            place["text-anchor"] = anchor
        ElementTree.SubElement(self.group, "text", {"class": classes, **place}).text = clean(text)

    def line(self, points, kind):
        drawn = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        ElementTree.SubElement(self.group, "polyline", {"class": f"line {kind}", "points": drawn})

    def rounded(self, points, kind, radius):
        """Like a line, with round corners."""
        path = f"M{number(points[0][0])} {number(points[0][1])}"
        for (x0, y0), (x, y), (x1, y1) in zip(points, points[1:], points[2:]):
            before, after = abs(x - x0) + abs(y - y0), abs(x1 - x) + abs(y1 - y)
            turn = min(radius, before / 2, after / 2)
            enter = (x + (x0 - x) * turn / before, y + (y0 - y) * turn / before)
            leave = (x + (x1 - x) * turn / after, y + (y1 - y) * turn / after)
            path += " L{} {} Q{} {} {} {}".format(*map(number, (*enter, x, y, *leave)))
        path += f" L{number(points[-1][0])} {number(points[-1][1])}"
        ElementTree.SubElement(self.group, "path", {"class": f"line {kind}", "d": path})

    def polygon(self, points, kind):
        drawn = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        ElementTree.SubElement(self.group, "polygon", {"class": kind, "points": drawn})

    def curve(self, start, steps, kind):
        """From a point through others, level at each of them."""
        x, y = start
        path = f"M{number(x)} {number(y)}"
        for to_x, to_y in steps:
            middle = number((x + to_x) / 2)
            path += f" C{middle} {number(y)} {middle} {number(to_y)} {number(to_x)} {number(to_y)}"
            x, y = to_x, to_y
        ElementTree.SubElement(self.group, "path", {"class": f"line {kind}", "d": path})

    def arrow(self, x, y, direction, kind):
        """A head whose tip is here."""
        along, across = {"up": (0, 1), "right": (-1, 0), "down": (0, -1), "left": (1, 0)}[direction], 4
        back = (x + along[0] * 8, y + along[1] * 8)
        side = (across if along[0] == 0 else 0, across if along[1] == 0 else 0)
        points = ((x, y), (back[0] + side[0], back[1] + side[1]), (back[0] - side[0], back[1] - side[1]))
        self.polygon(points, f"head {kind}")

    def dot(self, x, y, kind):
        ElementTree.SubElement(
            self.group, "circle", {"class": f"head {kind}", "cx": number(x), "cy": number(y), "r": "3"}
        )

    def finished(self, wide, high):
        self.root.set("viewBox", f"0 0 {number(wide)} {number(high)}")
        self.root.set("width", number(wide))
        self.root.set("height", number(high))
        background = ElementTree.Element("rect", {"class": "paper", "width": number(wide), "height": number(high)})
        self.root.insert(3, background)
        ElementTree.indent(self.root, space=" ")
        return ElementTree.tostring(self.root, encoding="unicode") + "\n"
