# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that modules share: those for what carries our tags, and those of all plan modules, with how these end."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.changes import render, report

OWNED_OPTIONS = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "name": {"type": "str", "required": True},
    "project": {"type": "str", "required": True},
    "environment": {"type": "str", "required": True},
    "tags": {"type": "dict"},
}
PLAN_OPTIONS = {
    **OWNED_OPTIONS,
    "tags": {"type": "dict", "default": {}},
    "prove": {"type": "bool", "default": False},
}


def finish_plan(module, changes, notes, cost=None, **result):
    """End a plan module.

    Only in check mode is the plan itself what changed; otherwise the tasks that apply it say so.
    """
    result = {**report(changes, notes, cost), **result}
    if module.params["prove"] and result["pending"]:
        module.refuse(
            f"Not everything is as it was planned. What is left to do:\n{render(changes, notes, cost)}", **result
        )
    module.finish(changed=module.check_mode and result["pending"], **result)
