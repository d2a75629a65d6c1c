# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether AWS Systems Manager reaches the agent on an instance, without which no session can be started."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.host import api

ONLINE = "Online"
PAUSE = 5


def wait_for_agent(client, instance_id, timeout, clock, sleep):
    """Ask until the agent is online or the time is over, once at least; what is known of it, or nothing."""
    end = clock() + timeout
    while True:
        agent = api.agent_of(client, instance_id)
        if agent.get("PingStatus") == ONLINE or clock() + PAUSE > end:
            return agent
        sleep(PAUSE)


def silence(instance_id, agent, timeout):
    """Why no session can be started, and what to look at."""
    if agent:
        heard = (
            f", last heard of at {agent['LastPingDateTime']:%Y-%m-%d %H:%M:%S %Z}"
            if "LastPingDateTime" in agent
            else ""
        )
        what = f"its agent is {agent.get('PingStatus')}{heard}"
    else:
        what = "no agent on it has ever called"
    return (
        f"Systems Manager does not reach {instance_id} after {timeout} seconds: {what}. Is the agent on the host (Debian's images "
        "bring none), does the instance's profile allow what roles/ssm_agent/files/iam-policy.json lists, and has the host a way "
        "out to the endpoints ssm and ssmmessages of the region?"
    )
