# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network as a picture: zones side by side, tiers one below the other, and who may talk to whom. Pure.

The same network gives the same bytes. Sizes come from the text, so nothing overflows and nothing overlaps.
"""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.network.group_graph import Graph, draw_groups
from ansible_collections.landfall.aws.plugins.module_utils.network.seen import seen
from ansible_collections.landfall.aws.plugins.module_utils.svg import Drawing, Line, fit, stylesheet, width

MARGIN, PAD, GAP = 24, 12, 28
LANES = 32  # left of the subnets of a zone, where their ways lead up
GATEWAY_LANE, NAT_LANE = 10, 21
NARROWEST, WIDEST = 150, 250  # what is written into a subnet's box
ZONE = "Availability Zone"
LABEL = 190  # of a tier, at most

# What is told apart: its color on light and on dark paper.
COLORS = {
    "gateway": ("#0969da", "#4493f8"),
    "nat": ("#1a7f37", "#3fb950"),
    "other": ("#8250df", "#ab7df8"),
    "broken": ("#cf222e", "#ff7b72"),
    "none": ("#6e7781", "#8b949e"),
    "open": ("#bc4c00", "#f0883e"),
    "talk0": ("#0969da", "#4493f8"),
    "talk1": ("#8250df", "#ab7df8"),
    "talk2": ("#1a7f37", "#3fb950"),
    "talk3": ("#bf3989", "#db61a2"),
}
PAPER = {
    "rect.paper": ("fill:#ffffff", "fill:#0d1117"),
    "text": ("fill:#1f2328", "fill:#e6edf3"),
    "text.muted": ("fill:#59636e", "fill:#9198a1"),
    "rect.vpc": ("fill:#f6f8fa;stroke:#59636e", "fill:#151b23;stroke:#9198a1"),
    "rect.zone": ("fill:#ffffff;stroke:#d1d9e0", "fill:#0d1117;stroke:#3d444d"),
    "rect.card": ("fill:#ffffff;stroke:#818b98", "fill:#212830;stroke:#818b98"),
    "rect.source": ("fill:#f6f8fa;stroke:#818b98", "fill:#151b23;stroke:#818b98"),
}
UNMANAGED = ".unmanaged{stroke-dasharray:5 3}"
LEGEND = {
    "gateway": "to and from the internet",
    "nat": "to the internet only, not from there",
    "other": "out by another way",
    "broken": "the way out is gone",
    "none": "no way to the internet",
}
TIERS = {
    "gateway": "reached from the internet",
    "nat": "out to the internet only",
    "other": "out by another way",
    "broken": "the way out is gone",
    "none": "no way to the internet",
}


def draw(live):
    """The picture of a Network whose VPC exists."""
    view = seen(live)
    drawing = Drawing(f"Network {view.name}", description(view), stylesheet(PAPER, COLORS, UNMANAGED))
    network = _Network(view)
    graph = Graph(view.groups)
    wide = max(network.wide, graph.wide + 2 * MARGIN)
    bottom = network.draw(drawing, wide)
    if view.groups:
        bottom = draw_groups(drawing, graph, MARGIN, bottom + 2 * GAP)
    return drawing.finished(wide, bottom + MARGIN)


def description(view):
    """The picture in words, for those who can't see it."""
    sentences = [f"VPC {view.name}: {', '.join(view.facts)}"]
    for each in view.subnets:
        ways = " and ".join(way.text.lstrip("→↔ ") for way in each.ways)
        nat = "".join(f", with NAT gateway {' '.join(nat.lines)}" for nat in each.nats)
        whose = "" if each.ours else ", unmanaged"
        sentences.append(f"Subnet {each.cidr} {each.name} in {each.zone}, {each.tier or 'no tier'}{whose}: {ways}{nat}")
    sentences += [f"{each.title}: {', '.join(each.lines)}" for each in view.beside]
    for each in view.groups:
        if not each.source:
            rules = "; ".join(rule.text for rule in each.rules) or "nothing may come in"
            sentences.append(f"Security group {each.name}: {rules}")
    return ". ".join(sentences) + "."


def wrapped(words, size, room):
    """Words in as many lines as they need."""
    lines = [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width(longer, size) > room:
            lines.append(fit(word, size, room))
        else:
            lines[-1] = fit(longer, size, room)
    return lines


class _Subnet:
    """A subnet's box: what is written in it, and how high that is."""

    def __init__(self, subnet, room):
        self.subnet = subnet
        self.lines = [Line(subnet.cidr, size=14, bold=True)]
        if subnet.name != subnet.id:
            self.lines.append(Line(fit(subnet.name, 12, room), "muted"))
        else:
            self.lines.append(Line(fit(subnet.id, 11, room), "muted", 11))
        if subnet.ipv6:
            self.lines.append(Line(fit(subnet.ipv6, 11, room), "muted", 11))
        self.lines += [Line(fit(way.text, 12, room, bold=True), way.kind, bold=True) for way in subnet.ways]
        self.nats = [
            (nat, [Line("NAT gateway", bold=True), *(Line(fit(each, 12, room - 20)) for each in nat.lines)])
            for nat in subnet.nats
        ]
        words = ["Endpoints:", *(f"{each}," for each in subnet.endpoints[:-1]), *subnet.endpoints[-1:]]
        self.after = [Line(each, "", 11) for each in wrapped(words, 11, room)] if subnet.endpoints else []
        if subnet.acl:
            self.after.append(Line(fit(subnet.acl, 11, room), "", 11))
        if not subnet.ours:
            self.after.append(Line("unmanaged, without our tags", "muted", 11))

    @property
    def wide(self):
        nats = [line.wide + 20 for _nat, lines in self.nats for line in lines]
        return max(*(line.wide for line in (*self.lines, *self.after)), *nats, NARROWEST)

    @property
    def high(self):
        nats = sum(sum(line.high for line in lines) + 18 for _nat, lines in self.nats)
        return sum(line.high for line in (*self.lines, *self.after)) + nats + 14

    def draw(self, drawing, x, y, wide):
        """Where its NAT gateways are: ``{id: (x, y)}`` of their left edges."""
        subnet, places = self.subnet, {}
        details = [subnet.name, subnet.id, subnet.acl, *subnet.acl_rules]
        drawing.part("subnet", "; ".join(filter(None, details)))
        drawing.box(x, y, wide, self.high, "card" if subnet.ours else "card unmanaged")
        drawing.box(x + 4, y + 6, 4, self.high - 12, subnet.ways[0].kind, radius=2)
        top = y + 6
        top = self.write(drawing, self.lines, x + 18, top)
        for nat, lines in self.nats:
            high = sum(line.high for line in lines) + 8
            drawing.box(
                x + 18, top + 6, wide - 30, high, "card edge nat" + ("" if nat.ours else " unmanaged"), radius=4
            )
            self.write(drawing, lines, x + 28, top + 8)
            places[nat.id] = (x + 18, top + 6 + high / 2)
            top += high + 10
        self.write(drawing, self.after, x + 18, top)
        return places

    @staticmethod
    def write(drawing, lines, x, y):
        for line in lines:
            y += line.high
            drawing.text(x, y - 3, line.text, line.kind, line.size, line.bold)
        return y


class _Network:
    """The upper part: the VPC, and what it is joined to."""

    def __init__(self, view):
        self.view = view
        self.cells = {
            (tier, zone): [_Subnet(each, WIDEST) for each in view.cell(tier, zone)]
            for tier in view.tiers
            for zone in view.zones
        }
        boxes = [each for cell in self.cells.values() for each in cell]
        zones = [width(zone, 13, bold=True) + width(ZONE, 11) for zone in view.zones]
        self.box = max([each.wide for each in boxes] + zones + [NARROWEST]) + 30
        self.zone = LANES + self.box + PAD
        self.tier_lines = {tier: self.tier_label(tier) for tier in view.tiers}
        self.vpc_lines = [Line("VPC", size=13, bold=True), Line(fit(view.id, 11, LABEL), "muted", 11)]
        labels = [line.wide for lines in (*self.tier_lines.values(), self.vpc_lines) for line in lines]
        self.label = max(labels)
        self.zones_x = MARGIN + PAD + self.label + 2 * PAD
        self.gateway_lines = self.gateway_label()
        self.gateway_wide = max(line.wide for line in self.gateway_lines) + 2 * PAD
        columns = len(view.zones) * (self.zone + PAD) - PAD if view.zones else 0
        self.right = self.zones_x + max(columns, self.gateway_wide) + PAD
        self.gateway_x = (self.zones_x + self.right - PAD) / 2
        self.beside = [self.beside_lines(each) for each in view.beside]
        self.beside_wide = max((line.wide for lines in self.beside for line in lines), default=0) + 30
        facts = width(" · ".join(view.facts), 12)
        title = width(fit(view.name, 20, 600, bold=True), 20, bold=True)
        self.wide = (
            max(self.right + (40 + self.beside_wide if self.beside else 0), MARGIN + facts, MARGIN + title) + MARGIN
        )

    def tier_label(self, tier):
        kinds = sorted({each.ways[0].kind for each in self.view.of_tier(tier)}, key=list(TIERS).index)
        lines = [Line(fit(tier or "no tier", 14, LABEL, bold=True), size=14, bold=True)]
        words = [TIERS[kind] for kind in kinds]
        return lines + [Line(text, "muted", 11) for each in words for text in wrapped(each.split(), 11, 160)]

    def gateway_label(self):
        if not self.view.gateway:
            return [Line("No internet gateway", "muted")]
        lines = [Line("Internet gateway", bold=True), Line(self.view.gateway, "muted", 11)]
        return lines if self.view.gateway_ours else [*lines, Line("unmanaged, without our tags", "muted", 11)]

    @staticmethod
    def beside_lines(beside):
        lines = [Line(beside.title, size=12, bold=True)]
        lines += [Line(fit(each, 12, WIDEST)) for each in beside.lines[:-1]]
        lines += [Line(each, "muted", 11) for each in wrapped(beside.lines[-1].split(), 11, 200)]
        return lines if beside.ours else [*lines, Line("unmanaged, without our tags", "muted", 11)]

    def draw(self, drawing, wide):
        """The lowest coordinate."""
        view = self.view
        drawing.part("title")
        drawing.text(MARGIN, 44, fit(view.name, 20, 600, bold=True), size=20, bold=True)
        drawing.text(MARGIN, 66, " · ".join(view.facts), "muted")
        internet, top = 84, 138  # the internet, and the VPC's upper edge
        gateway_y = top + 14
        gateway_high = sum(line.high for line in self.gateway_lines) + 10
        bus = gateway_y + gateway_high + 22
        zones_y = bus + 16
        rows, y = {}, zones_y + 34
        for tier in view.tiers:
            rows[tier] = y
            stacks = [sum(each.high + PAD for each in self.cells[tier, zone]) - PAD for zone in view.zones]
            y += max(*stacks, sum(line.high for line in self.tier_lines[tier]), 0) + GAP
        zones_bottom = y - GAP + PAD
        bottom = zones_bottom + PAD
        drawing.part("vpc")
        drawing.box(MARGIN, top, self.right - MARGIN, bottom - top, "vpc", radius=10)
        _Subnet.write(drawing, self.vpc_lines, MARGIN + PAD, top + 8)
        for number, zone in enumerate(view.zones):
            x = self.zones_x + number * (self.zone + PAD)
            drawing.box(x, zones_y, self.zone, zones_bottom - zones_y, "zone", radius=8)
            drawing.text(x + LANES, zones_y + 22, zone, size=13, bold=True)
            drawing.text(x + LANES + self.box, zones_y + 22, ZONE, "muted", 11, anchor="end")
        for tier in view.tiers:
            _Subnet.write(drawing, self.tier_lines[tier], MARGIN + PAD, rows[tier])
        self.draw_gateway(drawing, internet, gateway_y, gateway_high)
        places, nats = {}, {}
        for tier in view.tiers:
            for number, zone in enumerate(view.zones):
                x, y = self.zones_x + number * (self.zone + PAD) + LANES, rows[tier]
                for box in self.cells[tier, zone]:
                    found = box.draw(drawing, x, y, self.box)
                    nats.update({id_: (number, tier, place) for id_, place in found.items()})
                    places[box.subnet.id] = (number, y + 20)
                    y += box.high + PAD
        below = [rows[each] - GAP / 2 for each in view.tiers[1:]]
        gaps = dict(zip(view.tiers, [*below, zones_bottom - PAD / 2], strict=False))
        self.draw_ways(drawing, places, nats, gaps, bus, gateway_y + gateway_high)
        panel = self.draw_beside(drawing, top)
        return self.draw_legend(drawing, max(bottom, panel) + GAP, wide)

    def draw_gateway(self, drawing, internet, y, high):
        view, x = self.view, self.gateway_x
        drawing.part("gateway", view.gateway)
        if view.gateway:
            wide = width("Internet", 13, bold=True) + 40
            drawing.box(x - wide / 2, internet, wide, 28, "source edge gateway", radius=14)
            drawing.text(x, internet + 19, "Internet", size=13, bold=True, anchor="middle")
            drawing.line([(x, internet + 28), (x, y)], "gateway")
            drawing.arrow(x, internet + 28, "up", "gateway")
            drawing.arrow(x, y, "down", "gateway")
        whose = "" if view.gateway_ours else " unmanaged"
        kind = f"card edge gateway{whose}" if view.gateway else "zone"
        drawing.box(x - self.gateway_wide / 2, y, self.gateway_wide, high, kind)
        top = y + 4
        for line in self.gateway_lines:
            top += line.high
            drawing.text(x, top - 3, line.text, line.kind, line.size, line.bold, anchor="middle")

    def draw_ways(self, drawing, places, nats, gaps, bus, gateway_bottom):
        """Each default route as a line from the subnet to the gateway; those that lead to the same one join."""
        for kind in ("nat", "gateway"):
            drawing.part("ways")
            tips = set()
            for subnet in self.view.subnets:
                for way in subnet.ways:
                    if way.kind != kind:
                        continue
                    number, y = places[subnet.id]
                    x = self.zones_x + number * (self.zone + PAD)
                    if kind == "gateway" and way.target == self.view.gateway:
                        lane = x + GATEWAY_LANE
                        route = [
                            (x + LANES, y),
                            (lane, y),
                            (lane, bus),
                            (self.gateway_x, bus),
                            (self.gateway_x, gateway_bottom),
                        ]
                        direction = "up"
                    elif way.target in nats:
                        route, direction = self.way_to_nat(x, y, number, *nats[way.target], gaps), "right"
                    else:
                        continue
                    drawing.line(route, kind)
                    drawing.dot(*route[0], kind)
                    tips.add((*route[-1], direction))
            for x, y, direction in sorted(tips):
                drawing.arrow(x, y, direction, kind)

    def way_to_nat(self, x, y, number, nat_number, nat_tier, place, gaps):
        lane, start = x + NAT_LANE, (x + LANES, y)
        if number == nat_number:
            return [start, (lane, y), (lane, place[1]), place]
        nat_lane = self.zones_x + nat_number * (self.zone + PAD) + NAT_LANE
        gap = gaps[nat_tier]
        return [start, (lane, y), (lane, gap), (nat_lane, gap), (nat_lane, place[1]), place]

    def draw_beside(self, drawing, top):
        """What the VPC is joined to, at its right edge."""
        x, y = self.right + 40, top
        for beside, lines in zip(self.view.beside, self.beside, strict=True):
            high = sum(line.high for line in lines) + 12
            drawing.part("beside", beside.detail)
            drawing.line([(self.right, y + 20), (x, y + 20)], beside.kind)
            drawing.dot(self.right, y + 20, beside.kind)
            drawing.box(x, y, self.beside_wide, high, "card" if beside.ours else "card unmanaged")
            drawing.box(x + 4, y + 6, 4, high - 12, beside.kind, radius=2)
            _Subnet.write(drawing, lines, x + 18, y + 4)
            y += high + PAD
        return y - PAD

    def draw_legend(self, drawing, y, wide):
        view = self.view
        kinds = {way.kind for subnet in view.subnets for way in subnet.ways}
        items = [(kind, text) for kind, text in LEGEND.items() if kind in kinds]
        drawn = [*view.subnets, *view.beside, *(each for each in view.groups if not each.source)]
        if not all(each.ours for each in drawn):
            items.append(("card unmanaged", "without our tags, so landfall.aws never changes it"))
        items.append(("", fit(f"names are shown without the first part, {view.name}-", 12, wide - 2 * MARGIN)))
        drawing.part("legend")
        x = MARGIN
        for kind, text in items:
            room = width(text, 12) + (24 if kind else 0)
            if x > MARGIN and x + room > wide - MARGIN:
                x, y = MARGIN, y + 22
            if kind:
                drawing.box(x, y - 10, 16, 12, kind, radius=2)
            drawing.text(x + (24 if kind else 0), y, text, "muted")
            x += room + 24
        return y + 4
