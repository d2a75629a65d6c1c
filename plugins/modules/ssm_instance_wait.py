#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_instance_wait
short_description: Wait until AWS Systems Manager reaches an instance
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall)
description:
  - Asks Systems Manager whether the agent on an EC2 instance is connected, for a bounded time. Then sessions can be started.
  - A failure says what Systems Manager knows of the agent.
  - Needs C(ssm:DescribeInstanceInformation), which AWS can't limit to single instances.
options:
  instance_id:
    description:
      - The instance.
    type: str
    required: true
  wait_timeout:
    description:
      - How many seconds to wait. With V(0) it is asked once.
    type: int
    default: 300
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    support: full
    description: Asks once, and does not fail where the agent is not connected.
  diff_mode:
    support: none
    description: Nothing is changed.
requirements:
  - python >= 3.11
"""

EXAMPLES = r"""
- name: Sessions can be started
  landfall.aws.ssm_instance_wait:
    instance_id: i-0123456789abcdef0
    region: eu-west-3
"""

RETURN = r"""
ping_status:
  description: What Systems Manager says of the agent; V(Online), V(ConnectionLost), V(Inactive), or empty if it does not know it.
  returned: always
  type: str
  sample: Online
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
"""

import time

from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.host import sessions


def main():
    module = LandfallModule(
        argument_spec={
            "instance_id": {"type": "str", "required": True},
            "wait_timeout": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    instance_id, timeout = module.params["instance_id"], 0 if module.check_mode else module.params["wait_timeout"]
    try:
        agent = sessions.wait_for_agent(module.client("ssm"), instance_id, timeout, time.monotonic, time.sleep)
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"Systems Manager can't be asked about {instance_id}")
    status = agent.get("PingStatus", "")
    if status != sessions.ONLINE and not module.check_mode:
        module.refuse(sessions.silence(instance_id, agent, timeout), ping_status=status)
    module.finish(changed=False, ping_status=status)


if __name__ == "__main__":
    main()
