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
  - Asks AWS whose credentials are in use, whether the region has the instance types that will be asked for, and the zone where
    the host will stand too, whether the account has the hosted zones that records will be put into, and whether the caller may
    do what the run will do. The questions are asked side by side.
  - Nothing is changed. What is allowed in EC2 is found out with dry runs, which AWS answers without doing anything; where
    something else answers in AWS's place, as a test's emulator does, they are left out. For Route 53, which knows no dry runs,
    C(iam:SimulatePrincipalPolicy) is asked, where the caller may.
  - Says everything at once, each with what was found and what to do about it. Warns where the credentials are the root user's.
options:
  instance_types:
    description: The instance types that the region must have.
    type: list
    elements: str
    default: []
  place:
    description:
      - Whether to check that the Availability Zone where the first public subnet will lie has the instance types, which is not
        so everywhere.
    type: bool
    default: false
  availability_zones:
    description: The zones for the subnets, if they are not left to the role P(landfall.aws.vpc#role). Used with O(place).
    type: list
    elements: str
    default: []
  hosted_zones:
    description: The public hosted zones of Route 53 that the account must have.
    type: list
    elements: str
    default: []
  actions:
    description:
      - What the caller must be allowed to do. For V(ec2:RunInstances) the first of O(instance_types) is tried. With
        V(route53:ChangeResourceRecordSets), reading the records of O(hosted_zones) is asked for, too.
    type: list
    elements: str
    choices:
      - ec2:CreateVpc
      - ec2:CreateInternetGateway
      - ec2:ImportKeyPair
      - ec2:CreateSecurityGroup
      - ec2:AllocateAddress
      - ec2:RunInstances
      - route53:ChangeResourceRecordSets
    default: []
  os:
    description: The operating system whose newest image V(ec2:RunInstances) is tried with.
    type: str
    choices: [ubuntu-22.04, ubuntu-24.04, ubuntu-26.04, debian-12, debian-13]
    default: ubuntu-24.04
  ami:
    description: The image that V(ec2:RunInstances) is tried with, instead of the newest one of O(os).
    type: str
    default: ""
  tags:
    description: The tags of what will be created. What is tried has them too, because a policy may demand them.
    type: dict
    default: {}
  fail:
    description: Whether to fail where a check has, with the table as message.
    type: bool
    default: true
attributes:
  action:
    description: On the controller itself, and with boto3 in the Python that Ansible runs with, it runs in Ansible's own process.
    support: full
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
    place: true
    hosted_zones: [example.com]
    actions: [ec2:CreateVpc, ec2:RunInstances, route53:ChangeResourceRecordSets]
"""

RETURN = r"""
account_id:
  description: Id of the account.
  returned: when AWS says whose credentials these are
  type: str
  sample: "123456789012"
arn:
  description: Who is calling.
  returned: when AWS says whose credentials these are
  type: str
  sample: arn:aws:sts::123456789012:assumed-role/deploy/ci
architectures:
  description: The processor architectures of each instance type that the region has, in Docker's words.
  returned: always
  type: dict
  sample: {"t3.micro": ["amd64"]}
checks:
  description: What was checked, in the order of the table.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: What was looked at.
      type: str
    result:
      description: How it ended, V(ok), V(warning), V(failed) or V(skipped).
      type: str
    found:
      description: What was found, or why it was not looked for.
      type: str
    remedy:
      description: What to do about it. Empty where there is nothing to do.
      type: str
  sample:
    - name: zone for t3.micro
      result: failed
      found: eu-west-3a, where the host will stand, has no t3.micro; eu-west-3b, eu-west-3c have it
      remedy: "Set vpc_azs: [eu-west-3b]."
table:
  description: The same for people.
  returned: always
  type: str
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
"""

from ansible_collections.landfall.aws.plugins.module_utils.account import api, checks
from ansible_collections.landfall.aws.plugins.module_utils.client import LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.host.images import PUBLICATIONS
from ansible_collections.landfall.aws.plugins.module_utils.preflight import report

NAMES = {"type": "list", "elements": "str", "default": []}
ACTIONS = [*api.EC2_ACTIONS, api.RECORD_ACTIONS[0]]
ARGUMENTS = {
    "instance_types": NAMES,
    "place": {"type": "bool", "default": False},
    "availability_zones": NAMES,
    "hosted_zones": NAMES,
    "actions": {**NAMES, "choices": ACTIONS},
    "os": {"type": "str", "choices": list(PUBLICATIONS), "default": "ubuntu-24.04"},
    "ami": {"type": "str", "default": ""},
    "tags": {"type": "dict", "default": {}},
    "fail": {"type": "bool", "default": True},
}


def ask(module, wanted):
    """The account's answers, in two rounds."""
    ec2 = module.client("ec2")
    found = api.answers(module.client("sts"), ec2, module.client("route53"), wanted)
    identity = found[api.IDENTITY]
    if isinstance(identity, Exception):
        return found
    zones = [
        zone["Id"]
        for name in wanted.hosted_zones
        if isinstance(found["hosted zone", name], list)
        for zone in found["hosted zone", name]
    ]
    caller, architecture = checks.policy_source(identity["Arn"]), checks.architecture_for_images(found, wanted)
    return {**found, **api.further_answers(ec2, module.client("iam"), wanted, caller, architecture, zones)}


def main():
    module = LandfallModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    wanted = checks.Wanted(**{name: module.params[name] for name in ARGUMENTS if name != "fail"})
    found, ec2 = ask(module, wanted), module.client("ec2")
    known_types = ec2.meta.service_model.shape_for("InstanceType").enum
    made = checks.checks(found, wanted, module.region, known_types, api.is_aws(ec2))
    for each in report.with_result(made, report.WARNING):
        module.warn(f"{each.found} {each.remedy}")
    identity, types = found[api.IDENTITY], {name: found["instance type", name] for name in wanted.instance_types}
    result = {
        "checks": [each.as_dict() for each in made],
        "table": report.table(made),
        "architectures": {name: checks.architectures(each) for name, each in types.items() if isinstance(each, dict)},
    }
    if isinstance(identity, dict):
        result.update(account_id=identity["Account"], arn=identity["Arn"])
    if module.params["fail"] and report.with_result(made, report.FAILED):
        module.refuse(f"The account can't be used like this; nothing has been changed.\n\n{result['table']}", **result)
    module.finish(changed=False, **result)


if __name__ == "__main__":
    main()
