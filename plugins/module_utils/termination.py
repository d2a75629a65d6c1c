# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instances of ours that are shutting down: until they are gone, they hold what is to go with them."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.client import pages
from ansible_collections.landfall.aws.plugins.module_utils.tags import filters, tag_filters

PATIENCE = {"Delay": 5, "MaxAttempts": 60}


def wait_for_termination(client, tags):
    """Wait until no instance with these tags is shutting down any more, at most five minutes."""
    wanted = tag_filters(tags) + filters(instance_state_name="shutting-down")
    ids = [
        instance["InstanceId"]
        for reservation in pages(client, "describe_instances", "Reservations", Filters=wanted)
        for instance in reservation["Instances"]
    ]
    if ids:
        client.get_waiter("instance_terminated").wait(InstanceIds=ids, WaiterConfig=PATIENCE)
