# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of two colours is live, which one a release goes to, and what may be forgotten afterwards. Pure.

A release is an image and a configuration. Docker is the state: every container carries its app, colour and release as
labels. A record is kept of each release that was once well, so that it can be gone back to.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import re
from typing import NamedTuple

COLOURS = ("blue", "green")
LABEL = "landfall.aws."
RECORD = re.compile(r"(?P<release>[0-9a-f]{12}-[0-9a-f]{8})\.(?P<kind>json|env)")


class Impossible(Exception):
    """What is wanted can't be had; says why, and what to do."""


class Container(NamedTuple):
    """A container of the app, live or kept."""

    name: str
    colour: str
    release: str
    image_id: str
    port: int | None
    running: bool
    started: str


class Plan(NamedTuple):
    """Where the wanted release goes and what becomes of the others."""

    active: Container | None  # what answers now
    previous: str | None  # the release before that one
    release: str | None  # the wanted one; None where its image is not known yet
    colour: str
    port: int
    replaces: bool  # whether another release answers now
    retire: Container | None  # what must not run any more once the wanted one answers
    forget: tuple[str, ...]  # releases that are not kept any longer
    images: tuple[str, ...]  # images that no kept release needs


def identify(image_id, configuration, secrets, key):
    """The name of a release. The key keeps anybody from trying out which secrets lead to it."""
    told = json.dumps([configuration, secrets], sort_keys=True, separators=(",", ":"))
    mark = hmac.new(key, told.encode(), hashlib.sha256).hexdigest()
    return f"{image_id.rpartition(':')[2][:12]}-{mark[:8]}"


def containers_of(inspected):
    """The app's containers out of what ``docker container inspect`` tells, newest first."""
    found = []
    for each in inspected:
        labels = each["Config"].get("Labels") or {}
        bindings = [
            binding
            for published in (each["HostConfig"].get("PortBindings") or {}).values()
            for binding in published or ()
        ]
        found.append(
            Container(
                name=each["Name"].lstrip("/"),
                colour=labels.get(f"{LABEL}colour", ""),
                release=labels.get(f"{LABEL}release", ""),
                image_id=each["Image"],
                port=int(bindings[0]["HostPort"]) if bindings and bindings[0]["HostPort"] else None,
                running=each["State"]["Running"],
                started=each["State"]["StartedAt"],
            )
        )
    return sorted(found, key=lambda each: each.started, reverse=True)


def active_of(containers, routed, records):
    """The container that requests go to. ``routed`` is the colour that the proxy sends them to; None where it is not known.

    Then it is one that was well once, and that runs, if there is such a one; else the one that was started last.
    """
    candidates = [each for each in containers if each.colour == routed] or containers
    ranked = sorted(candidates, key=lambda each: (each.release in records, each.running), reverse=True)
    return next(iter(ranked), None)


def addresses(subnet, port):
    """The addresses of the two containers in the network of their own, by colour. Apps with other ports have others."""
    network = ipaddress.ip_network(subnet)
    room = network.num_addresses - 4  # its own, the gateway's, the broadcast's, and one for the second container
    first = 2 + (port - 8000) % room
    return {colour: str(network[first + index]) for index, colour in enumerate(COLOURS)}


def make_plan(containers, routed, records, wanted, ports, keep):
    """The plan for the release ``wanted``, a name or None. ``records`` are those kept, by release."""
    active = active_of(containers, routed, records)
    same = active is not None and wanted is not None and active.release == wanted
    colour = COLOURS[0] if active is None else active.colour
    if active is not None and not same:
        colour = COLOURS[1 - COLOURS.index(active.colour)]
    # A container that was started when both had one port may have this one's.
    own = ports[COLOURS.index(colour)]
    taken = active is not None and not same and active.port == own
    port = active.port if same else next((each for each in ports if each != own), own) if taken else own

    # What a killed run has left running beside the wanted one goes, too.
    others = [each for each in containers if each.running and each.colour != colour]
    retire = active if active is not None and not same else next(iter(others), None)
    live = None if active is None else active.release
    history = [release for release in by_activation(records) if release != live]
    previous = next(iter(history), None)
    after = [wanted or live, previous if same else live]
    kept = list(dict.fromkeys([each for each in [*after, *by_activation(records)] if each]))[: max(keep, 2)]
    forget = tuple(release for release in records if release not in kept)
    needed = {records[release]["image_id"] for release in kept if release in records}
    needed |= {each.image_id for each in containers if each.release in kept}
    images = tuple(sorted({records[release]["image_id"] for release in forget} - needed))
    return Plan(active, previous, wanted, colour, port, active is not None and not same, retire, forget, images)


def by_activation(records):
    """The releases, the one that was put in last first."""
    return sorted(records, key=lambda release: records[release]["activated"], reverse=True)


def choose(records, live, asked):
    """The release to go back to: ``previous``, a name, or the beginning of one."""
    history = [release for release in by_activation(records) if release != live]
    if asked == "previous":
        if not history:
            raise Impossible("there is no earlier release on this host to go back to" + _kept(records, live))
        return history[0]
    found = [release for release in records if release.startswith(asked)]
    if len(found) != 1:
        problem = "is no release that is kept on this host" if not found else "is the beginning of several releases"
        raise Impossible(f"{asked} {problem}{_kept(records, live)}")
    return found[0]


def _kept(records, live):
    lines = [
        f"\n- {release} {records[release]['image']} of {records[release]['activated']}"
        + (" (answers now)" if release == live else "")
        for release in by_activation(records)
    ]
    return "; kept are:" + "".join(lines) if lines else "; none is kept"
