#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ec2_host_plan
short_description: Plan EC2 instances with their key pair, security group, instance profile and Elastic IPs
version_added: 0.1.0
author:
  - The landfall.aws authors (@landfall)
description:
  - Compares the hosts of one kind that are wanted with those that are live and returns what has to be added, changed,
    replaced or removed. It changes nothing itself; the role P(landfall.aws.ec2_host#role) applies the plan with the modules of
    C(amazon.aws).
  - The hosts of a kind share everything but their names, their places and their addresses. One kind has a key pair and a
    security group, and an instance profile if there are O(profile_statements).
  - What is ours is found by the tags C(Name), C(Project), C(Environment) and C(ManagedBy=landfall.aws). A key pair, security
    group or instance profile of the same name without them is in the way, and the module fails and names it.
  - An instance is only replaced when O(replace) names it. Its image, its subnet and its user data are those that it was made
    with; where the options say otherwise, RV(notes) says so. A host that is not wanted any more, because O(count) fell or
    O(hosts) does not name it, is removed; it is known by the tag C(HostKind).
  - Unchanged hosts cost six calls to AWS, most of them at the same time, however many they are; two more where the network has
    to be found, and three more with O(profile_statements). AWS tells of O(termination_protection) host by host, so with it
    there is one more call for each.
options:
  count:
    description:
      - How many hosts there are, 1 to 100. The first is called like the kind, the others have C(-2), C(-3) and so on behind it.
    type: int
    default: 1
    version_added: 0.2.0
  hosts:
    description:
      - The hosts by their names, instead of O(count).
    type: list
    elements: dict
    default: []
    version_added: 0.2.0
    suboptions:
      name:
        description: The host's tag C(Name).
        type: str
        required: true
      availability_zone:
        description: Where a new host is to stand. When left out, the hosts take turns.
        type: str
      subnet_id:
        description: The subnet of a new host.
        type: str
  replace:
    description:
      - Names of hosts that are terminated and made anew, this time.
    type: list
    elements: str
    default: []
    version_added: 0.2.0
  group:
    description:
      - The tag C(Role) of the hosts. When empty, they have none from here.
    type: str
    default: ""
    version_added: 0.2.0
  power:
    description:
      - Whether the hosts run. V(unchanged) leaves those that exist as they are.
    type: str
    choices: [running, stopped, unchanged]
    default: running
    version_added: 0.2.0
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
      - Size of the disks in GiB, 1 to 65536. One that is smaller is made larger in place. One that is larger is refused, because
        AWS makes no disk smaller.
    type: int
    default: 30
  user_data:
    description:
      - What a new instance is given for its first boot; AWS takes 16384 bytes. It is only measured here.
    type: str
    default: ""
    version_added: 0.2.0
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
      - From where SSH is open. Needed with O(access=ssh) and O(state=present); none with O(access=ssm) or a O(bastion) of ours. The
        whole internet is refused.
    type: list
    elements: str
    default: []
  ssh_port:
    description:
      - Port of the SSH server.
    type: int
    default: 22
  web_cidrs:
    description:
      - From where HTTP and HTTPS are open.
    type: list
    elements: str
    default: ["0.0.0.0/0", "::/0"]
    version_added: 0.2.0
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
  security_groups:
    description:
      - More security groups of the hosts, by id or by name. A name is looked for in the hosts' VPC, also with O(vpc_name) and a
        hyphen before it, as the role P(landfall.aws.vpc#role) calls its groups.
    type: list
    elements: str
    default: []
    version_added: 0.2.0
  bastion:
    description:
      - The host through which these are reached. With the name of one of our hosts, SSH is open to that host's security group
        alone. With the IP address of another, it is open to O(ssh_cidrs).
    type: str
    default: ""
    version_added: 0.2.0
  elastic_ip:
    description:
      - Whether each host has an Elastic IP. One that it has is released when this is V(false).
    type: bool
    default: true
  instance_profile:
    description:
      - Name of the instance profile. When empty, the instances' profile is left as it is. Needed with O(access=ssm), unless there
        are O(profile_statements).
    type: str
    default: ""
  profile_statements:
    description:
      - What the hosts may do in AWS, as statements of an IAM policy (C(Sid), C(Effect), C(Action), C(Resource), C(Condition)). The
        hosts then have an instance profile and a role O(profile_name).
      - An action on every resource is refused where AWS knows a narrower one, and so is every action of a service.
      - When left empty, the profile is left as it is.
    type: list
    elements: dict
    default: []
    version_added: 0.2.0
  profile_name:
    description:
      - Name of that instance profile and role, at most 64 characters. IAM is not of a region, so it should name one. Needed with
        O(profile_statements); with O(state=absent), what carries our tags and is called like that is removed.
    type: str
    default: ""
    version_added: 0.2.0
  hop_limit:
    description:
      - How many network hops an answer of the metadata service may go; containers need 2.
    type: int
    default: 1
  termination_protection:
    description:
      - Whether the instances are protected from termination. When left out, their protection is left as it is.
    type: bool
  monitoring:
    description:
      - How often CloudWatch gets metrics, every five minutes (V(basic)) or every minute for a price (V(detailed)). When left out,
        it is left as it is.
    type: str
    choices: [basic, detailed]
    version_added: 0.2.0
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
  tier:
    description:
      - The tier of the VPC whose subnets are looked for, by their tag C(Tier).
    type: str
    default: public
    version_added: 0.2.0
  subnet_ids:
    description:
      - The subnets to stand in, instead of those of O(tier). The hosts take turns.
    type: list
    elements: str
    default: []
    aliases: [subnet_id]
extends_documentation_fragment:
  - landfall.aws.plan
  - landfall.aws.plan.attributes
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

- name: See what it would take to have three hosts in the private tier
  landfall.aws.ec2_host_plan:
    name: shop-dev-web
    count: 3
    project: shop
    environment: dev
    key_path: ~/.ssh/shop-dev-web
    bastion: shop-dev-bastion
    elastic_ip: false
    connect_to: private
    vpc_name: shop-dev
    tier: private
    region: eu-west-3
  check_mode: true
  diff: true
"""

RETURN = r"""
hosts:
  description: The hosts that are wanted.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Its tag C(Name).
      type: str
    instance_id:
      description: Id of the instance, or empty if it does not exist yet.
      type: str
      sample: i-0123456789abcdef0
    public_ip:
      description: The Elastic IP, or the address that the subnet gave, or empty.
      type: str
    private_ip:
      description: The instance's address in the VPC, or empty.
      type: str
    address:
      description:
        - Where to connect to, as O(connect_to) says. Empty while the instance does not run, or it, its security group or its
          Elastic IP have to be added or changed. With O(access=ssm) it is the instance's id.
      type: str
instance_id:
  description: That of the first host.
  returned: always
  type: str
public_ip:
  description: That of the first host.
  returned: always
  type: str
private_ip:
  description: That of the first host.
  returned: always
  type: str
address:
  description: That of the first host.
  returned: always
  type: str
instance_ids:
  description: Ids of the instances that live, by the hosts' names, also of hosts that are not wanted any more.
  returned: always
  type: dict
names:
  description: Names of the hosts that are wanted, and of those that live and are not wanted any more.
  returned: always
  type: list
  elements: str
user:
  description: Who can log in at O(os).
  returned: always
  type: str
vpc_id:
  description: The VPC that the hosts stand in, or empty if it does not exist yet.
  returned: always
  type: str
security_group_ids:
  description: Ids of the security groups by what the options call them, empty ones for those that do not exist yet.
  returned: always
  type: dict
security_group_rules:
  description: The inbound rules that are wanted, as M(amazon.aws.ec2_security_group) takes them.
  returned: always
  type: list
  elements: dict
bastion:
  description: The bastion's C(name), C(address) and C(instance_id), as far as they are known; nothing without a O(bastion).
  returned: always
  type: dict
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
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, ClientError, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.host import api, canonical, images, plan
from ansible_collections.landfall.aws.plugins.module_utils.host.spec import Spec, mistakes
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
HOST = {
    "name": {"type": "str", "required": True},
    "availability_zone": {"type": "str"},
    "subnet_id": {"type": "str"},
}
NAMES = {"type": "list", "elements": "str", "default": []}
OPTIONS = {
    "count": {"type": "int", "default": 1},
    "hosts": {"type": "list", "elements": "dict", "default": [], "options": HOST},
    "replace": NAMES,
    "group": {"type": "str", "default": ""},
    "power": {"type": "str", "choices": ["running", "stopped", "unchanged"], "default": "running"},
    "key_path": {"type": "path", "required": True, "no_log": False},
    "instance_type": {"type": "str", "default": "t3.micro"},
    "os": {"type": "str", "choices": list(images.PUBLICATIONS), "default": "ubuntu-24.04"},
    "ami": {"type": "str", "default": ""},
    "volume_size": {"type": "int", "default": 30},
    "user_data": {"type": "str", "default": "", "no_log": True},
    "access": {"type": "str", "choices": ["ssh", "ssm"], "default": "ssh"},
    "ssh_cidrs": NAMES,
    "ssh_port": {"type": "int", "default": 22},
    "web_cidrs": {"type": "list", "elements": "str", "default": ["0.0.0.0/0", "::/0"]},
    "extra_rules": {"type": "list", "elements": "dict", "default": [], "options": RULE},
    "security_groups": NAMES,
    "bastion": {"type": "str", "default": ""},
    "elastic_ip": {"type": "bool", "default": True},
    "instance_profile": {"type": "str", "default": ""},
    "profile_statements": {"type": "list", "elements": "dict", "default": []},
    "profile_name": {"type": "str", "default": ""},
    "hop_limit": {"type": "int", "default": 1},
    "termination_protection": {"type": "bool"},
    "monitoring": {"type": "str", "choices": ["basic", "detailed"]},
    "connect_to": {"type": "str", "default": "public"},
    "vpc_name": {"type": "str", "default": ""},
    "vpc_id": {"type": "str", "default": ""},
    "tier": {"type": "str", "default": "public"},
    "subnet_ids": {"type": "list", "elements": "str", "default": [], "aliases": ["subnet_id"]},
}


def read(module, spec, key, present):
    """(what is live, which instances are protected)"""
    ec2 = module.client("ec2")
    found = api.read(ec2, spec)
    instances = canonical.our_instances(found["instances"], spec)
    ids = {name: each["InstanceId"] for name, each in instances.items()}
    # Where the protection is not to be changed, it matters only of what is to be terminated.
    asked = (
        ids
        if not present or spec.termination_protection is not None
        else [*spec.replace, *canonical.surplus(ids, spec)]
    )
    details = api.read_instances(ec2, list(ids.values()), [ids[name] for name in asked if name in ids])
    return canonical.hosts(found, details, key, spec, read_profile(module, spec, present)), details["protection"]


def read_profile(module, spec, present):
    """The profile of the statements; also without them, one of an earlier run has to go with the hosts."""
    if not spec.profile_name or (present and not spec.profile_statements):
        return {}
    try:
        return api.read_profile(module.client("iam"), spec.profile_name)
    except ClientError as error:
        if present or "AccessDenied" not in error.response["Error"]["Code"]:
            raise
        module.warn(f"IAM may not be read, so an instance profile {spec.profile_name} is not looked for.")
        return {}


def image_for(ec2, spec, live, region):
    """(the image of the instances that have to be made, or None; notes)"""
    new = [name for name in spec.names if name not in live.instances or name in spec.replace]
    kept = [live.instances[name]["InstanceType"] for name in spec.names if name not in new]
    if not new and all(each == spec.instance_type for each in kept):
        return None, []
    described = api.instance_type(ec2, spec.instance_type)
    if described is None:
        raise Refused(f"instance_type: AWS knows no type {spec.instance_type} in this region.")
    architecture = images.architecture_of(described)
    plan.refuse_other_architecture(spec, live, architecture)
    if not new:
        return None, []
    free = described.get("FreeTierEligible", True)
    notes = [] if free else plan.free_tier_note(spec.instance_type, api.free_tier_types(ec2), region)
    if spec.ami:
        return images.pinned(api.image(ec2, spec.ami), spec.ami, architecture, spec.instance_type), notes
    return images.newest(api.published_images(ec2, spec.os, architecture), spec.os, architecture), notes


def to_be_present(module, ec2, spec, live, key, protection):
    if not module.check_mode:
        plan.refuse_what_is_missing(spec, live)
    leaving = plan.leaving(spec, live)
    plan.refuse_protected(live, {each: protection[each] for each in leaving})
    image, notes = image_for(ec2, spec, live, module.region)
    return plan.plan(spec, live, key, image), notes


def to_be_absent(module, ec2, live, protection):
    plan.refuse_protected(live, protection)
    groups = [each.id for each in live.resources if each.type == "security_group"]
    plan.refuse_removal(live, **api.users_of_groups(ec2, groups))
    return plan.plan_removal(live, module.params["remove_private_key"])


def main():
    module = LandfallModule(
        argument_spec={**PLAN_OPTIONS, **OPTIONS, "remove_private_key": {"type": "bool", "default": False}},
        supports_check_mode=True,
    )
    spec = Spec(**{option: module.params[option] for option in ("name", "project", "environment", "tags", *OPTIONS)})
    key = plan.LocalKey.at(spec.key_path)
    present = module.params["state"] == "present"
    try:
        if present:
            refuse_mistakes(mistakes(spec))
        ec2 = module.client("ec2")
        if not present:
            wait_for_termination(ec2, own_tags(spec.project, spec.environment))
        live, protection = read(module, spec, key, present)
        if present:
            changes, notes = to_be_present(module, ec2, spec, live, key, protection)
        else:
            changes, notes = to_be_absent(module, ec2, live, protection), []
        hosts = plan.reached(spec, live, pending(changes)) if present else []
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The host {spec.name} can't be read")
    first = hosts[0] if hosts else dict.fromkeys(("instance_id", "public_ip", "private_ip", "address"), "")
    bastion = live.bastion if present else None
    finish_plan(
        module,
        changes,
        plan.notes(spec, live, key) + notes,
        hosts=hosts,
        **{each: first[each] for each in ("instance_id", "public_ip", "private_ip", "address")},
        instance_ids={name: live.instance_id(name) for name in live.instances},
        names=list(dict.fromkeys([*spec.names, *live.instances])),
        user=plan.user_of(spec),
        vpc_id=live.vpc_id,
        security_group_ids=live.groups,
        security_group_rules=plan.ingress(spec, live.bastion) if present else [],
        bastion={"name": bastion.name, "address": bastion.address, "instance_id": bastion.instance_id}
        if bastion
        else {},
    )


if __name__ == "__main__":
    main()
