# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How an alias goes over from one version to another: the steps, planned before the first is taken. Pure.

A routing is {version: weight}, with a version's number as a text and weights that come to 100.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.landfall.aws.plugins.module_utils.changes import (
    Change,
    Resource,
    compare,
    refuse_mistakes,
    removals,
)
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import names

TYPE = "state_machine_alias"
LATEST = "latest"
WHOLE = 100
MOST_ALARMS = 100


@dataclass(frozen=True)
class Step:
    """A routing, and for how many seconds it is watched."""

    routing: dict
    watch: float
    there: bool = False  # a run that was killed has taken it already

    @property
    def label(self):
        return label(self.routing)


def label(routing):
    """A routing in words, like 7: 90 %, 8: 10 %."""
    return ", ".join(f"{version}: {weight} %" for version, weight in routing.items()) or "nothing"


def checked(options):
    """All that is wrong with the options, in sentences that begin with the option's name."""
    found = [*names.alias_mistakes(options["name"]), *names.machine_mistakes(options["state_machine"], "state_machine")]
    if options["state"] == "present":
        found += _routing_mistakes(options)
        found += _strategy_mistakes(options)
    return found


def _routing_mistakes(options):
    version, routing = options["version"], options["routing"]
    given = [version] if version is not None else [each["version"] for each in routing or []]
    for each in given:
        if each != LATEST and not each.isdigit() and not (names.ARN.fullmatch(each) and names.last(each).isdigit()):
            yield f"version: {each!r} is not valid; give a number, a version's ARN or {LATEST}"
    if routing is None:
        return
    weights = [each["weight"] for each in routing]
    if not 1 <= len(routing) <= 2:
        yield f"routing: {len(routing)} versions; AWS takes one or two"
    if sum(weights) != WHOLE or min(weights, default=0) < 0:
        yield f"routing: the weights {weights} do not come to {WHOLE}"
    if len({names.last(each) for each in given}) < len(given):
        yield f"routing: the version {given[0]} is given twice"


def _strategy_mistakes(options):
    strategy, percent, interval = options["strategy"], options["percent"], options["interval_minutes"]
    if strategy == "all_at_once":
        for name in ("percent", "interval_minutes"):
            if options[name] is not None:
                yield f"{name}: only with strategy canary or linear"
    else:
        if options["version"] is None:
            yield f"version: must be given for strategy {strategy}"
        if percent is None or not 1 <= percent < WHOLE:
            yield f"percent: {percent!r} is not valid for strategy {strategy}; give 1 to 99"
        if interval is None or interval <= 0:
            yield f"interval_minutes: {interval!r} is not valid for strategy {strategy}; give more than 0"
    if options["bake_minutes"] < 0:
        yield f"bake_minutes: {options['bake_minutes']} is not valid; give 0 or more"
    if options["bake_minutes"] and not options["alarms"]:
        yield "bake_minutes: there are no alarms to look at meanwhile; name them in alarms"
    if len(options["alarms"]) > MOST_ALARMS:
        yield f"alarms: {len(options['alarms'])} are given; at most {MOST_ALARMS} can be looked at"
    if options["wait_delay"] <= 0:
        yield f"wait_delay: {options['wait_delay']} is not valid; give more than 0 seconds"


def routing_of(described):
    """The routing of an alias that AWS described."""
    routes = (described or {}).get("routingConfiguration", [])
    return {names.last(each["stateMachineVersionArn"]): each["weight"] for each in routes if each["weight"]}


def wanted_routing(options, latest):
    """The routing that the options end with, or None where they leave it alone."""
    if options["version"] is not None:
        return {_number(options["version"], latest): WHOLE}
    if options["routing"] is not None:
        return {_number(each["version"], latest): each["weight"] for each in options["routing"] if each["weight"]}
    return None


def _number(version, latest):
    return latest if version == LATEST else names.last(version)


def request(machine_arn, routing):
    """A routing as AWS takes it."""
    return [
        {"stateMachineVersionArn": f"{machine_arn}:{version}", "weight": weight} for version, weight in routing.items()
    ]


def plan(name, arn, options, described, latest=None):
    """What happens to the alias."""
    live = {"description": described.get("description"), "routing": routing_of(described)} if described else None
    have = [Resource(TYPE, name, live, arn)] if described else []
    if options["state"] == "absent":
        return (removals(have, "no longer wanted") or [Change("unchanged", TYPE, name, None, None, {}, "")])[0]
    wanted = {"description": options["description"], "routing": wanted_routing(options, latest)}
    (change,) = compare([Resource(TYPE, name, wanted, arn)], have)
    if change.action == "add" and not wanted["routing"]:
        refuse_mistakes([f"version: must be given, because the alias {name} does not exist"])
    return change


def steps(options, live, wanted):
    """The way from one routing to another. One that a killed run has begun is gone on with where it is."""
    watch, bake = (60 * (options[name] or 0) for name in ("interval_minutes", "bake_minutes"))
    last = Step(wanted, bake)
    if options["strategy"] == "all_at_once" or not live:
        return [last]
    (target,) = wanted
    base = base_of(live, target)
    weights = (
        [options["percent"]]
        if options["strategy"] == "canary"
        else range(options["percent"], WHOLE, options["percent"])
    )
    begun = live.get(target, 0) if set(live) == {base, target} else 0
    first = [Step(live, watch, there=True)] if begun else []
    return [
        *first,
        *(Step({base: WHOLE - weight, target: weight}, watch) for weight in weights if weight > begun),
        last,
    ]


def base_of(live, target):
    """The version that traffic comes from: of those that are not the target the one that has most of it."""
    others = {version: weight for version, weight in live.items() if version != target}
    return max(others, key=lambda version: (others[version], int(version)), default=None)


def way_back(live, wanted):
    """Where a rollback leads to: what was before, which is one version where a shift had begun already."""
    if not live:
        return None
    begun = len(wanted) == 1 and len(live) == 2 and set(wanted) < set(live)
    return {base_of(live, *wanted): WHOLE} if begun else live


def documents(change):
    """The alias before and after, as a person reads it."""
    return tuple(
        {key: value for key, value in (each or {}).items() if value is not None}
        for each in (change.before, change.after)
    )


def shown(machine_arn, name, change):
    """The alias as it is returned."""
    before, after = documents(change)
    if change.action == "remove" or not (before or after):
        return {}
    return {"name": name, "state_machine_alias_arn": f"{machine_arn}:{name}", **before, **after}
