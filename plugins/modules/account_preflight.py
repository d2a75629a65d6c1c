#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: account_preflight
short_description: Check that an AWS account can be used as a run will use it
version_added: 0.1.0
author:
  - The landfall.aws authors (@landfall)
description:
  - Asks AWS whose credentials are in use, whether the region has the instance types that will be asked for, and whether the
    account has the hosted zones that records will be put into, with one call each, side by side. Nothing is changed.
  - Fails with every reason in one message, each with its remedy. Warns where the credentials are the root user's.
options:
  instance_types:
    description: The instance types that the region must have.
    type: list
    elements: str
    default: []
  hosted_zones:
    description: The public hosted zones of Route 53 that the account must have.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: Can run in check mode and return a status without changing anything.
    support: full
  diff_mode:
    description: Returns details on what has changed.
    support: none
    details: The module changes nothing.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The account can be used
  landfall.aws.account_preflight:
    region: eu-west-3
    instance_types: [t3.micro]
    hosted_zones: [example.com]
"""

RETURN = r"""
account_id:
  description: Id of the account.
  returned: success
  type: str
  sample: "123456789012"
arn:
  description: Who is calling.
  returned: success
  type: str
  sample: arn:aws:sts::123456789012:assumed-role/deploy/ci
architectures:
  description: The processor architectures of each instance type, in Docker's words.
  returned: success
  type: dict
  sample: {"t3.micro": ["amd64"]}
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
"""

from ansible_collections.landfall.aws.plugins.module_utils.account import checks
from ansible_collections.landfall.aws.plugins.module_utils.client import LandfallModule


def known_instance_types(ec2):
    return ec2.meta.service_model.shape_for("InstanceType").enum


def main():
    names = {"type": "list", "elements": "str", "default": []}
    module = LandfallModule(
        argument_spec={"instance_types": names, "hosted_zones": names},
        supports_check_mode=True,
    )
    types, zones = module.params["instance_types"], module.params["hosted_zones"]
    ec2 = module.client("ec2")
    found = checks.answers(module.client("sts"), ec2, module.client("route53"), types, zones)
    wrong = checks.mistakes(found, module.region, known_instance_types(ec2))
    if wrong:
        lines = "".join(f"\n- {sentence}" for sentence in wrong)
        module.refuse(f"The account can't be used like this; nothing has been changed.{lines}")
    for sentence in checks.warnings(found):
        module.warn(sentence)
    identity = found[checks.IDENTITY]
    module.finish(
        changed=False,
        account_id=identity["Account"],
        arn=identity["Arn"],
        architectures={name: checks.architectures(found["instance type", name]) for name in types},
    )


if __name__ == "__main__":
    main()
