# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the user wrote of one kind of hosts, and what can be wrong with it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.rules import RULES
from ansible_collections.landfall.aws.plugins.module_utils.tags import wanted_tags

ANYWHERE = ("0.0.0.0/0", "::/0")
KIND = "HostKind"  # the tag by which a host that is not wanted any more is known
MONITORING = {"enabled": "detailed", "pending": "detailed", "disabled": "basic", "disabling": "basic"}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@dataclass(frozen=True)
class Placed:
    """One host, and where it is to stand where that is said."""

    name: str
    availability_zone: str = ""
    subnet_id: str = ""


@dataclass(frozen=True)
class Spec:
    """One kind of hosts: they share all of this, a key pair, a security group and an instance profile."""

    name: str
    project: str
    environment: str
    count: int = 1
    hosts: tuple[dict[str, Any], ...] = ()
    replace: tuple[str, ...] = ()
    group: str = ""
    power: str = "running"
    key_path: str = ""
    instance_type: str = "t3.micro"
    os: str = "ubuntu-24.04"
    ami: str = ""
    volume_size: int = 30
    user_data: str = ""
    access: str = "ssh"
    ssh_cidrs: tuple[str, ...] = ()
    ssh_port: int = 22
    web_cidrs: tuple[str, ...] = ANYWHERE
    extra_rules: tuple[dict[str, Any], ...] = ()
    security_groups: tuple[str, ...] = ()
    bastion: str = ""
    elastic_ip: bool = True
    instance_profile: str = ""
    profile_statements: tuple[dict[str, Any], ...] = ()
    profile_name: str = ""
    hop_limit: int = 1
    termination_protection: bool | None = None
    monitoring: str | None = None
    connect_to: str = "public"
    vpc_name: str = ""
    vpc_id: str = ""
    tier: str = "public"
    subnet_ids: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def placed(self):
        """The hosts. One that is added by a higher count leaves the names of the others as they are."""
        if self.hosts:
            return [
                Placed(each["name"], each.get("availability_zone") or "", each.get("subnet_id") or "")
                for each in self.hosts
            ]
        return [Placed(self.name if number == 1 else f"{self.name}-{number}") for number in range(1, self.count + 1)]

    @property
    def names(self):
        return [host.name for host in self.placed]

    @property
    def group_names(self):
        """How the security groups may be called: this kind's own, and those of the role vpc by either of their names."""
        others = [each for each in self.security_groups if not each.startswith("sg-")]
        return [self.name, *others, *(f"{self.vpc_name}-{each}" for each in others if self.vpc_name)]

    @property
    def own_bastion(self):
        """The name of the bastion where it is one of our hosts, not an address."""
        return "" if not self.bastion or not list(RULES["ip_address"](self.bastion)) else self.bastion

    @property
    def profile(self):
        return self.profile_name if self.profile_statements else self.instance_profile

    @property
    def policy(self):
        statements = [{"Effect": "Allow", **each} for each in self.profile_statements]
        return {"Version": "2012-10-17", "Statement": statements}

    def tagged(self, name, **more):
        role = {"Role": self.group} if self.group else {}
        return wanted_tags({**role, **self.tags, KIND: self.name, **more}, self.project, self.environment, name)


def mistakes(spec):
    """All that is wrong with a spec, in sentences that begin with the option's name."""
    checks = [
        ("name", "name", spec.name),
        ("instance_type", "instance_type", spec.instance_type),
        ("count", "count_of_hosts", spec.count),
        ("hosts", "hosts_of_a_kind", spec.hosts),
        ("ssh_cidrs", "ssh_cidrs", spec.ssh_cidrs),
        ("ssh_port", "port", spec.ssh_port),
        ("volume_size", "volume_size", spec.volume_size),
        ("extra_rules", "ingress_rules", spec.extra_rules),
        ("connect_to", "connect_to", spec.connect_to),
        ("user_data", "user_data", spec.user_data),
        ("profile_statements", "policy_statements", spec.profile_statements),
        *(("web_cidrs", "cidr", each) for each in spec.web_cidrs),
        *(("security_groups", "security_group", each) for each in spec.security_groups),
    ]
    checks += [("ami", "ami_id", spec.ami)] if spec.ami else []
    checks += [("bastion", "bastion", spec.bastion)] if spec.bastion else []
    checks += [("profile_name", "iam_name", spec.profile_name)] if spec.profile_statements else []
    together = [
        ("ssh_cidrs", "ssh_from_somewhere", ("present", spec.access, spec.bastion, spec.ssh_cidrs)),
        (
            "instance_profile",
            "profile_for_sessions",
            ("present", spec.access, spec.profile_statements, spec.instance_profile),
        ),
        (
            "ssh_port, extra_rules",
            "ssh_stays_closed",
            (spec.access, spec.ssh_port, spec.extra_rules, spec.bastion),
        ),
        ("instance_profile, profile_statements", "one_profile", (spec.instance_profile, spec.profile_statements)),
        ("bastion", "way_by_bastion", (spec.bastion, spec.access, spec.names)),
        ("replace", "names_of_hosts", (spec.replace, spec.names)),
    ]
    found = [f"{option}: {sentence}" for option, rule, value in checks for sentence in RULES[rule](value)]
    return found + [f"{option}: {sentence}" for option, rule, values in together for sentence in RULES[rule](*values)]
