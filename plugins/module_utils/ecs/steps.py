# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes that consist of steps: what was done is remembered, and told when a later one fails."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS
from ansible_collections.landfall.aws.plugins.module_utils.ecs import api, tags
from ansible_collections.landfall.aws.plugins.module_utils.waiting import code_of, repeat

BUSY = ("ResourceInUseException", "UpdateInProgressException", "ClusterContainsTasksException")


def is_busy(error):
    return code_of(error) in BUSY


class Steps:
    """What a run has besides its ``client``, its ``options``, and in ``done`` the steps that were made."""

    def so_far(self):
        return f" Done before: {'; '.join(self.done)}." if self.done else ""

    def guarded(self, name, apply):
        """What ``apply`` returns. If AWS refuses one of its steps, those before it are told."""
        try:
            return apply()
        except AWS_ERRORS as error:
            if not self.done:
                raise
            raise Refused(f"Not all that was planned for {name} could be done: {error}.{self.so_far()}") from error

    def when_free(self, call):
        """AWS changes one thing of a cluster at a time."""
        return repeat(call, is_busy, self.options["wait_timeout"], self.options["wait_delay"])

    def tag(self, arn, live, want):
        put, off = tags.steps(live, want)
        if off:
            api.untag(self.client, arn, off)
            self.done.append(f"tags taken off: {', '.join(off)}")
        if put:
            api.tag(self.client, arn, put)
            self.done.append(f"tags put on: {', '.join(put)}")


def over(live, given):
    """What is given laid over what is live; what it leaves out stays, within dicts, too."""
    if not (isinstance(live, dict) and isinstance(given, dict)):
        return given
    return {**live, **{key: over(live.get(key), value) for key, value in given.items()}}
