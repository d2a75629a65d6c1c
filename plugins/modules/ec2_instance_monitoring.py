#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ec2_instance_monitoring
short_description: Set how often CloudWatch gets metrics of EC2 instances that exist
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall)
description:
  - Turns detailed monitoring of EC2 instances on or off. M(amazon.aws.ec2_instance) can do that for new instances only.
  - Instances that are as wanted are left alone. All others are changed by one call.
  - Needs C(ec2:DescribeInstances), and C(ec2:MonitorInstances) or C(ec2:UnmonitorInstances) on the instances.
options:
  instance_ids:
    description:
      - The instances.
    type: list
    elements: str
    required: true
  monitoring:
    description:
      - Metrics every five minutes (V(basic)), or every minute for a price (V(detailed)).
    type: str
    choices: [basic, detailed]
    required: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    support: full
    description: Says what would be changed, and changes nothing.
  diff_mode:
    support: full
    description: Shows the monitoring of each instance that differs.
requirements:
  - python >= 3.11
"""

EXAMPLES = r"""
- name: Metrics come every minute
  landfall.aws.ec2_instance_monitoring:
    instance_ids: [i-0123456789abcdef0]
    monitoring: detailed
    region: eu-west-3
"""

RETURN = r"""
instance_ids:
  description: The instances that were changed, or would be.
  returned: always
  type: list
  elements: str
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
"""

from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.host import api


def main():
    module = LandfallModule(
        argument_spec={
            "instance_ids": {"type": "list", "elements": "str", "required": True},
            "monitoring": {"type": "str", "choices": ["basic", "detailed"], "required": True},
        },
        supports_check_mode=True,
    )
    wanted, ec2 = module.params["monitoring"], module.client("ec2")
    try:
        live = api.monitoring_of(ec2, module.params["instance_ids"])
        differing = [instance_id for instance_id, monitoring in live.items() if monitoring != wanted]
        if differing and not module.check_mode:
            api.set_monitoring(ec2, differing, wanted)
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg="The monitoring can't be set")
    before = "".join(f"{each}: {live[each]}\n" for each in differing)
    after = "".join(f"{each}: {wanted}\n" for each in differing)
    module.finish(changed=bool(differing), instance_ids=differing, diff={"before": before, "after": after})


if __name__ == "__main__":
    main()
