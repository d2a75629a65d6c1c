# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Task definitions and clusters as they are, for those who only look."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused
from ansible_collections.landfall.aws.plugins.module_utils.client import in_parallel
from ansible_collections.landfall.aws.plugins.module_utils.ecs import api, canonical, definition
from ansible_collections.landfall.aws.plugins.module_utils.ecs.task_definition import shapes_of
from ansible_collections.landfall.aws.plugins.module_utils.outcome import as_text
from ansible_collections.landfall.aws.plugins.module_utils.shapes import as_option


def task_definition_mistakes(options):
    compare, count = options["compare"], options["revisions"]
    if compare is not None and len(compare) != 2:
        yield f"compare: {len(compare)} are given; two can be compared"
    if count is not None and count < 1:
        yield f"revisions: {count} is not valid; give 1 or more"
    if count is not None and ":" in (options["task_definition"] or ""):
        yield f"revisions: {options['task_definition']!r} is one revision; give a family"


def task_definitions(client, options):
    """The module's result: revisions, and what differs between two."""
    if options["compare"]:
        return _compared(client, options["compare"])
    names = [options["task_definition"]]
    if options["revisions"]:
        names = api.revisions(client, names[0])[: options["revisions"]]
    found = in_parallel({name: lambda name=name: api.task_definition(client, name) for name in names})
    return {"task_definitions": [_told(client, each) for each in found.values() if each]}


def _told(client, found):
    return {**as_option(shapes_of(client)[1], found[0]), "tags": found[1]}


def _compared(client, names):
    found = [api.task_definition(client, name) for name in names]
    missing = [name for name, each in zip(names, found) if not each]
    if missing:
        raise Refused(f"compare: there is no task definition {' and no '.join(missing)}")
    shape = shapes_of(client)[0]
    before, after = (canonical.canonical(shape, definition.registered(each[0], shape)) for each in found)
    shown = {"before": as_text(canonical.masked(before)), "after": as_text(canonical.masked(after, before=before))}
    return {
        "task_definitions": [_told(client, each) for each in found],
        "differences": [each.as_dict() for each in canonical.differences(after, before)],
        "diff": {"before_header": names[0], "after_header": names[1], **shown},
    }
