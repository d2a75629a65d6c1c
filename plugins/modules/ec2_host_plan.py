#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ec2_host_plan
short_description: Plan an EC2 instance with its key pair, security group and Elastic IP
version_added: 0.1.0
author:
  - The landfall.aws authors (@landfall)
description:
  - Compares the host that is wanted with the one that is live and returns what has to be added, changed, replaced or
    removed. It changes nothing itself; the role P(landfall.aws.ec2_host#role) applies the plan with the modules of
    C(amazon.aws).
  - What is ours is found by the tags C(Name), C(Project), C(Environment) and C(ManagedBy=landfall.aws). A key pair or a
    security group of the same name without them is in the way, and the module fails and names it.
  - An instance is never replaced. Its image, its subnet, its disk and its user data are those that it was made with; where
    the options say otherwise, RV(notes) says so.
  - An unchanged host costs six calls to AWS, most of them at the same time, and two more where the network has to be found.
options:
  key_path:
    description:
      - The private SSH key on this machine; the public one lies beside it as C(.pub). Either may be missing.
    type: path
    required: true
  remove_private_key:
    description:
      - With O(state=absent), remove the key's files on this machine too.
    type: bool
    default: false
  instance_type:
    description:
      - Type of the instance. To change it, the instance is stopped and started.
    type: str
    default: t3.micro
  os:
    description:
      - Operating system of a new instance. The newest image of its publisher for the architecture of O(instance_type) is taken.
    type: str
    choices: [ubuntu-22.04, ubuntu-24.04, ubuntu-26.04, debian-12, debian-13]
    default: ubuntu-24.04
  ami:
    description:
      - Image of a new instance, instead of the newest one of O(os).
    type: str
    default: ""
  volume_size:
    description:
      - Size of a new instance's disk in GiB.
    type: int
    default: 30
  access:
    description:
      - How the host is reached. With V(ssh), its security group opens SSH to O(ssh_cidrs). With V(ssm), it has no rule for SSH;
        sessions come through AWS Systems Manager, for which the host needs O(instance_profile).
    type: str
    choices: [ssh, ssm]
    default: ssh
    version_added: 0.2.0
  ssh_cidrs:
    description:
      - From where SSH is open. Needed with O(access=ssh) and O(state=present); none with O(access=ssm). The whole internet is
        refused.
    type: list
    elements: str
    default: []
  ssh_port:
    description:
      - Port of the SSH server.
    type: int
    default: 22
  extra_rules:
    description:
      - More inbound rules.
    type: list
    elements: dict
    default: []
    suboptions:
      protocol:
        description: Protocol of the rule.
        type: str
        choices: [tcp, udp]
        default: tcp
      from_port:
        description: First port, or the only one.
        type: int
        required: true
      to_port:
        description: Last port; the first one when left out.
        type: int
      cidrs:
        description: From where.
        type: list
        elements: str
        required: true
      description:
        description: What the rule is for.
        type: str
  elastic_ip:
    description:
      - Whether the host has an Elastic IP. One that it has is released when this is V(false).
    type: bool
    default: true
  instance_profile:
    description:
      - Name of the instance profile. When empty, the instance's profile is left as it is. Needed with O(access=ssm).
    type: str
    default: ""
  hop_limit:
    description:
      - How many network hops an answer of the metadata service may go; containers need 2.
    type: int
    default: 1
  termination_protection:
    description:
      - Whether the instance is protected from termination. When left out, its protection is left as it is.
    type: bool
  connect_to:
    description:
      - Which address RV(address) is, V(public), V(private), or V(tag:NAME) for a tag of the instance that holds it. Not used
        with O(access=ssm).
    type: str
    default: public
  vpc_name:
    description:
      - Tag C(Name) of the VPC to stand in, one with our tags.
    type: str
    default: ""
  vpc_id:
    description:
      - The VPC to stand in, instead of looking for O(vpc_name).
    type: str
    default: ""
  subnet_id:
    description:
      - The subnet to stand in, instead of the first public one of the VPC.
    type: str
    default: ""
extends_documentation_fragment:
  - landfall.aws.plan
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: See what would be done
  landfall.aws.ec2_host_plan:
    name: shop-dev-app
    project: shop
    environment: dev
    key_path: ~/.ssh/shop-dev-app
    ssh_cidrs: [203.0.113.7/32]
    vpc_name: shop-dev
    region: eu-west-3
  check_mode: true
  diff: true
"""

RETURN = r"""
instance_id:
  description: Id of the instance, or empty if it does not exist yet.
  returned: always
  type: str
  sample: i-0123456789abcdef0
public_ip:
  description: The Elastic IP, or the address that the subnet gave, or empty.
  returned: always
  type: str
private_ip:
  description: The instance's address in the VPC, or empty.
  returned: always
  type: str
address:
  description:
    - Where to connect to, as O(connect_to) says. Empty while the instance, its security group or its Elastic IP have to be
      added or changed. With O(access=ssm) it is the instance's id.
  returned: always
  type: str
user:
  description: Who can log in at O(os).
  returned: always
  type: str
vpc_id:
  description: The VPC that the host stands in, or empty if it does not exist yet.
  returned: always
  type: str
subnet_id:
  description: The subnet that the host stands in, or empty if it does not exist yet.
  returned: always
  type: str
security_group_id:
  description: Id of the security group, or empty if it does not exist yet.
  returned: always
  type: str
security_group_rules:
  description: The inbound rules that are wanted, as M(amazon.aws.ec2_security_group) takes them.
  returned: always
  type: list
  elements: dict
changes:
  description: What has to happen, in the order of creation, removals last.
  returned: always
  type: list
  elements: dict
  contains:
    action:
      description: One of V(add), V(change), V(replace), V(remove) and V(unchanged).
      type: str
    type:
      description: Kind of the resource.
      type: str
    name:
      description: Its tag C(Name).
      type: str
    id:
      description: Its id, or nothing if it does not exist yet.
      type: str
    before:
      description: Its properties as they are live.
      type: dict
    after:
      description: Its properties as they are wanted.
      type: dict
    why:
      description: The reason in words.
      type: str
pending:
  description: Whether there is anything to do.
  returned: always
  type: bool
summary:
  description: The plan in one line.
  returned: always
  type: str
  sample: "Plan: 5 to add, 0 to change, 0 to remove"
plan:
  description: The plan in lines to be read.
  returned: always
  type: list
  elements: str
todo:
  description: The changes by what has to be done (C(create) or C(remove)) and by type, for the tasks that apply them.
  returned: always
  type: dict
notes:
  description: What was noticed and left alone.
  returned: always
  type: list
  elements: str
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
"""

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, pending, refuse_mistakes
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.host import api, canonical, images, plan
from ansible_collections.landfall.aws.plugins.module_utils.plan_options import PLAN_OPTIONS, finish_plan
from ansible_collections.landfall.aws.plugins.module_utils.tags import own_tags
from ansible_collections.landfall.aws.plugins.module_utils.termination import wait_for_termination

RULE = {
    "protocol": {"type": "str", "choices": ["tcp", "udp"], "default": "tcp"},
    "from_port": {"type": "int", "required": True},
    "to_port": {"type": "int"},
    "cidrs": {"type": "list", "elements": "str", "required": True},
    "description": {"type": "str"},
}
OPTIONS = {
    "key_path": {"type": "path", "required": True, "no_log": False},
    "instance_type": {"type": "str", "default": "t3.micro"},
    "os": {"type": "str", "choices": list(images.PUBLICATIONS), "default": "ubuntu-24.04"},
    "ami": {"type": "str", "default": ""},
    "volume_size": {"type": "int", "default": 30},
    "access": {"type": "str", "choices": ["ssh", "ssm"], "default": "ssh"},
    "ssh_cidrs": {"type": "list", "elements": "str", "default": []},
    "ssh_port": {"type": "int", "default": 22},
    "extra_rules": {"type": "list", "elements": "dict", "default": [], "options": RULE},
    "elastic_ip": {"type": "bool", "default": True},
    "instance_profile": {"type": "str", "default": ""},
    "hop_limit": {"type": "int", "default": 1},
    "termination_protection": {"type": "bool"},
    "connect_to": {"type": "str", "default": "public"},
    "vpc_name": {"type": "str", "default": ""},
    "vpc_id": {"type": "str", "default": ""},
    "subnet_id": {"type": "str", "default": ""},
}


def read(ec2, spec, key):
    found = api.read(ec2, spec)
    instance, _strangers = canonical.our_instance(found["instances"], spec)
    details = api.read_instance(ec2, instance["InstanceId"]) if instance else {}
    return canonical.host(found, details, key, spec)


def image_for(ec2, spec, live):
    """The image of an instance that has to be made; None where there is one and its type stays."""
    if live.instance and live.instance["InstanceType"] == spec.instance_type:
        return None
    described = api.instance_type(ec2, spec.instance_type)
    if described is None:
        raise Refused(f"instance_type: AWS knows no type {spec.instance_type} in this region.")
    architecture = images.architecture_of(described)
    plan.refuse_other_architecture(spec, live, architecture)
    if live.instance:
        return None
    if spec.ami:
        return images.pinned(api.image(ec2, spec.ami), spec.ami, architecture, spec.instance_type)
    return images.newest(api.published_images(ec2, spec.os, architecture), spec.os, architecture)


def to_be_present(module, ec2, spec, live, key):
    if not live.place.subnet_id and not module.check_mode:
        raise Refused(
            f"vpc_name: there is no VPC {spec.vpc_name} with our tags and a public subnet. "
            "Run the role vpc first, or say where the host is to stand by subnet_id."
        )
    return plan.plan(spec, live, key, image_for(ec2, spec, live))


def to_be_absent(module, ec2, live):
    groups = [each.id for each in live.resources if each.type == "security_group"]
    plan.refuse_removal(live, api.interfaces_with_group(ec2, groups) if groups else [])
    return plan.plan_removal(live, module.params["remove_private_key"])


def main():
    module = LandfallModule(
        argument_spec={**PLAN_OPTIONS, **OPTIONS, "remove_private_key": {"type": "bool", "default": False}},
        supports_check_mode=True,
    )
    spec = plan.Spec(
        **{option: module.params[option] for option in ("name", "project", "environment", "tags", *OPTIONS)}
    )
    key = plan.LocalKey.at(spec.key_path)
    present = module.params["state"] == "present"
    try:
        if present:
            refuse_mistakes(plan.mistakes(spec))
        ec2 = module.client("ec2")
        if not present:
            wait_for_termination(ec2, own_tags(spec.project, spec.environment, spec.name))
        live = read(ec2, spec, key)
        changes = to_be_present(module, ec2, spec, live, key) if present else to_be_absent(module, ec2, live)
        address = plan.address_of(spec, live, pending(changes)) if present else ""
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The host {spec.name} can't be read")
    group = live.first("security_group")
    finish_plan(
        module,
        changes,
        plan.notes(spec, live, key),
        instance_id=live.instance_id,
        public_ip=plan.public_ip(spec, live),
        private_ip=(live.instance or {}).get("PrivateIpAddress", ""),
        address=address,
        user=plan.user_of(spec),
        vpc_id=live.place.vpc_id,
        subnet_id=live.place.subnet_id,
        security_group_id=group.id if group else "",
        security_group_rules=plan.ingress(spec),
    )


if __name__ == "__main__":
    main()
