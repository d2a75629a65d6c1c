# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture in SVG, read again, so that tests can measure it."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from xml.etree import ElementTree

from ansible_collections.landfall.aws.plugins.module_utils.svg import width

SVG = "{http://www.w3.org/2000/svg}"
ROUNDED = 0.15  # coordinates have one decimal


@dataclass(frozen=True)
class Rect:
    x: float
    y: float
    right: float
    bottom: float
    kind: str = ""

    def inside(self, other):
        return (
            self.x >= other.x - ROUNDED
            and self.y >= other.y - ROUNDED
            and self.right <= other.right + ROUNDED
            and self.bottom <= other.bottom + ROUNDED
        )

    def apart(self, other):
        return (
            self.right <= other.x + ROUNDED
            or other.right <= self.x + ROUNDED
            or self.bottom <= other.y + ROUNDED
            or other.bottom <= self.y + ROUNDED
        )

    def has(self, x, y):
        return self.x + ROUNDED < x < self.right - ROUNDED and self.y + ROUNDED < y < self.bottom - ROUNDED


class Picture:
    """The picture, read again."""

    def __init__(self, text):
        self.root = ElementTree.fromstring(text)
        _x, _y, self.wide, self.high = map(float, self.root.get("viewBox").split())
        rects = [self.rect(each) for each in self.root.iter(f"{SVG}rect")]
        shapes = [self.shape(each) for each in self.root.iter(f"{SVG}polygon") if "card" in each.get("class")]
        self.rects = [each for each in rects if each.kind != "paper"] + shapes
        self.texts = [self.text(each) for each in self.root.iter(f"{SVG}text")]

    @staticmethod
    def rect(element):
        x, y, wide, high = (float(element.get(each, 0)) for each in ("x", "y", "width", "height"))
        return Rect(x, y, x + wide, y + high, element.get("class"))

    @staticmethod
    def shape(element):
        points = [tuple(map(float, each.split(","))) for each in element.get("points").split()]
        xs, ys = zip(*points, strict=True)
        return Rect(min(xs), min(ys), max(xs), max(ys), element.get("class"))

    @staticmethod
    def text(element):
        """Where a text is at most, and the text."""
        classes = element.get("class", "").split()
        size = next(int(each[1:]) for each in classes if re.fullmatch(r"s\d+", each))
        wide = width(element.text, size, "b" in classes)
        shift = {None: 0, "middle": wide / 2, "end": wide}[element.get("text-anchor")]
        x, y = float(element.get("x")) - shift, float(element.get("y"))
        return Rect(x, y - size * 0.8, x + wide, y + size * 0.22, element.get("class")), element.text

    def holder(self, place):
        """The smallest box that holds the middle of a place."""
        x, y = (place.x + place.right) / 2, (place.y + place.bottom) / 2
        around = [each for each in self.rects if each.has(x, y)]
        return min(around, key=lambda each: (each.right - each.x) * (each.bottom - each.y), default=None)

    def words(self, rect):
        """The texts inside a box."""
        return [text for place, text in self.texts if place.inside(rect)]

    def boxes(self, *words):
        """The smallest box that holds all these texts, for each of the first."""
        found = []
        for rect in self.rects:
            if all(word in self.words(rect) for word in words):
                found.append(rect)
        return [each for each in found if not any(other is not each and other.inside(each) for other in found)]

    def box(self, *words):
        (found,) = self.boxes(*words)
        return found

    def points(self, part):
        """Of each line of a part, the points that it goes through."""
        found = []
        for group in self.root.iter(f"{SVG}g"):
            if group.get("class") != part:
                continue
            for line in group.iter(f"{SVG}polyline"):
                found.append([tuple(map(float, each.split(","))) for each in line.get("points").split()])
            for path in group.iter(f"{SVG}path"):
                found.append(way(path.get("d")))
        return found


def way(path):
    """Points of a path of straight lines and curves, close to each other where it is curved."""
    found = []
    for command, numbers in re.findall(r"([MLQC])([^MLQC]*)", path):
        values = [float(each) for each in numbers.split()]
        points = list(zip(values[::2], values[1::2], strict=True))
        if command in "ML":
            found += points
            continue
        degree = {"Q": 2, "C": 3}[command]
        weights = {2: (1, 2, 1), 3: (1, 3, 3, 1)}[degree]
        corners = [found[-1], *points]
        for t in (step / 40 for step in range(1, 41)):
            parts = [w * (1 - t) ** (degree - n) * t**n for n, w in enumerate(weights)]
            found.append(tuple(sum(part * p[axis] for part, p in zip(parts, corners, strict=True)) for axis in (0, 1)))
    return found


def along(points):
    """Points on a line, close to each other."""
    for (x, y), (to_x, to_y) in itertools.pairwise(points):
        steps = max(int(max(abs(to_x - x), abs(to_y - y)) / 4), 1)
        for step in range(steps + 1):
            yield x + (to_x - x) * step / steps, y + (to_y - y) * step / steps


def luminance(color):
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
