# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a module that manages one thing says what it changed: as two documents, which ``--diff`` compares line by line."""

from __future__ import annotations

import json
from dataclasses import asdict

from ansible_collections.landfall.aws.plugins.module_utils.changes import pending, render


def outcome(changes, documents):
    """``changed``, ``changes`` and ``diff``; ``documents`` makes of a change what a person reads: before and after."""
    shown = []
    for change in changes:
        before, after = documents(change)
        shown.append({**asdict(change), "before": before, "after": after})
    return {"changed": bool(pending(changes)), "changes": shown, "diff": _diff(changes, shown)}


def _diff(changes, shown):
    """The first change is the thing's own; others are of what belongs to it, and need one line each."""
    result = []
    if changes and changes[0].pending:
        header = f"{changes[0].type} {changes[0].name}"
        before, after = (as_text(shown[0][each]) for each in ("before", "after"))
        result.append({"before_header": header, "before": before, "after_header": header, "after": after})
    if pending(changes[1:]):
        result.append({"prepared": render(changes[1:])})
    return result


def as_text(document):
    return f"{json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)}\n" if document else ""
