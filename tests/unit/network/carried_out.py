# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan, and a plan that is carried out round by round, against an account in memory."""

from __future__ import annotations

from types import SimpleNamespace
from unittest import mock

from ansible_collections.landfall.aws.plugins.module_utils import jobs
from ansible_collections.landfall.aws.plugins.module_utils.changes import pending, render
from ansible_collections.landfall.aws.plugins.module_utils.network import api, order, rounds
from ansible_collections.landfall.aws.plugins.module_utils.network.resolve import resolved
from ansible_collections.landfall.aws.plugins.modules import vpc_plan


def one_after_the_other(reads=(), **more):
    """``client.in_parallel`` without threads."""
    return {name: read() for name, read in {**dict(reads), **more}.items()}


def look(account, spec, state="present", made=frozenset()):
    """(what is live, the changes), as the module finds them; while it waits, AWS gets on."""
    module = SimpleNamespace(client=account, params={"state": state, "leaving": False}, check_mode=False)
    with (
        mock.patch.object(api, "in_parallel", one_after_the_other),
        mock.patch.object(rounds.time, "sleep", side_effect=lambda _seconds: account.tick()),
    ):
        return rounds.settled(lambda: vpc_plan.look(module, spec), set(made), 600)


def changes_of(account, spec, state="present"):
    """What is pending."""
    return pending(look(account, spec, state)[1])


def carry_out(account, spec, state="present", only=None, most=jobs.MOST_ROUNDS):
    """Apply the plan as the role does, or of its last round only what ``only`` lets through; how many rounds it took."""
    made = frozenset()
    for number in range(most):
        live, changes = look(account, spec, state, made)
        if not pending(changes):
            return number
        todo = resolved(order.ready(changes, live), spec, live)
        last = only is not None and number == most - 1
        made = account.apply(todo, only if last else None)
    left = changes_of(account, spec, state)
    assert only is not None or not left, render(left)
    return most
