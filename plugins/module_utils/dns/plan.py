# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about a host's A records, from what is live. Pure.

Records can't carry tags. A record is ours when everything it points to is an Elastic IP that carries our tags, or the
address that was asked for; at Cloudflare also when it has our comment. Any other is somebody else's until the user says
otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.changes import KNOWN_AFTER_APPLY, Resource, compare, removals

A_RECORD = "a_record"


@dataclass(frozen=True)
class Spec:
    """The records that are wanted. The address is None while the host does not exist."""

    names: tuple[str, ...]
    address: str | None
    ttl: int
    overwrite: bool = False
    more: dict[str, Any] = field(default_factory=dict)  # what the provider knows of a record beside that


def plan_present(spec, record_sets, own_addresses):
    """(changes, conflicts, notes) for record sets as Route 53 describes them, by name."""
    ours = {*own_addresses, spec.address}
    wanted, live, conflicts, notes = [], [], [], []
    for name in spec.names:
        sets = record_sets.get(name, [])
        conflicts += list(_conflicts(name, sets, spec, ours))
        properties = {"addresses": [spec.address or KNOWN_AFTER_APPLY], "ttl": spec.ttl, **spec.more}
        wanted.append(Resource(A_RECORD, name, properties))
        live += [_resource(name, each) for each in sets if each["Type"] == "A"]
    if spec.address is None:
        notes.append("the host's address is not known yet")
    return compare(wanted, live), conflicts, notes


def plan_absent(spec, record_sets, own_addresses):
    ours, notes = [], []
    for name in spec.names:
        for each in record_sets.get(name, []):
            if each["Type"] != "A":
                continue
            if _points_only_to(each, {*own_addresses, spec.address}):
                ours.append(_resource(name, each))
            else:
                notes.append(f"{name} points to {_target(each)}, which is not ours, so it is left alone")
    return removals(ours, "ours, and not wanted any more"), [], notes


def _conflicts(name, sets, spec, ours):
    for each in sets:
        if each["Type"] == "CNAME":
            yield f"{name} is a CNAME to {_target(each)}, beside which no A record can stand. Remove it, or choose another name."
        elif each["Type"] == "AAAA":
            yield (
                f"{name} has an AAAA record for {_target(each)}. Visitors and certificate authorities would go there rather "
                "than to this host. Remove it, or choose another name."
            )
        elif each["Type"] == "A" and "SetIdentifier" in each:
            yield f"{name} has records with a routing policy ({each['SetIdentifier']}). Remove them, or choose another name."
        elif each["Type"] == "A" and not spec.overwrite and not _points_only_to(each, ours):
            yield (
                f"{name} points to {_target(each)}, and should point to {spec.address or 'the new host'}. What it points to is "
                "not known to be ours; set dns_record_overwrite to true if it may be changed."
            )


def leftovers(changes):
    """Addresses that names still point to beside the wanted one; they go last, so that a name always points somewhere."""
    return [
        {"name": change.name, "address": address}
        for change in changes
        if change.action == "change"
        for address in change.before["addresses"]
        if address not in change.after["addresses"]
    ]


def _points_only_to(record_set, addresses):
    records = record_set.get("ResourceRecords", [])
    return bool(records) and all(each.get("Ours") or each["Value"] in addresses for each in records)


def _values(record_set):
    return sorted(record["Value"] for record in record_set.get("ResourceRecords", []))


def _target(record_set):
    alias = record_set.get("AliasTarget")
    return f"the alias {alias['DNSName'].rstrip('.')}" if alias else ", ".join(_values(record_set))


def _resource(name, record_set):
    addresses = _values(record_set) or [_target(record_set)]
    more = {key.lower(): record_set[key] for key in ("Proxied", "Comment") if key in record_set}
    return Resource(A_RECORD, name, {"addresses": addresses, "ttl": record_set.get("TTL"), **more})
