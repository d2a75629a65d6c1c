# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host that is wanted, and what has to happen to get there. Pure, but for looking at the local key's files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.changes import (
    KNOWN_AFTER_APPLY,
    Refused,
    Resource,
    compare,
    removals,
)
from ansible_collections.landfall.aws.plugins.module_utils.host.canonical import RUNNING, bare_key, line_of
from ansible_collections.landfall.aws.plugins.module_utils.host.images import PUBLICATIONS
from ansible_collections.landfall.aws.plugins.module_utils.rules import RULES
from ansible_collections.landfall.aws.plugins.module_utils.tags import tags_of, wanted_tags

ANYWHERE = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True)
class Spec:
    """What the user wrote."""

    name: str
    project: str
    environment: str
    key_path: str = ""
    instance_type: str = "t3.micro"
    os: str = "ubuntu-24.04"
    ami: str = ""
    volume_size: int = 30
    access: str = "ssh"
    ssh_cidrs: tuple[str, ...] = ()
    ssh_port: int = 22
    extra_rules: tuple[dict[str, Any], ...] = ()
    elastic_ip: bool = True
    instance_profile: str = ""
    hop_limit: int = 1
    termination_protection: bool | None = None
    connect_to: str = "public"
    vpc_name: str = ""
    vpc_id: str = ""
    subnet_id: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def all_tags(self):
        return wanted_tags(self.tags, self.project, self.environment, self.name)


@dataclass(frozen=True)
class LocalKey:
    """The key's files on this machine."""

    path: str
    private: bool = False
    public: str | None = None  # the public key, where its file exists
    mode: str | None = None

    @classmethod
    def at(cls, path):
        private = Path(path).expanduser()
        public = private.with_name(private.name + ".pub")
        return cls(
            path=str(private),
            private=private.is_file(),
            public=bare_key(public.read_text()) if public.is_file() else None,
            mode=f"{private.stat().st_mode & 0o777:04o}" if private.is_file() else None,
        )


def mistakes(spec):
    """All that is wrong with a spec, in sentences that begin with the option's name."""
    found = [f"instance_type: {sentence}" for sentence in RULES["instance_type"](spec.instance_type)]
    found += [f"ssh_cidrs: {sentence}" for sentence in RULES["ssh_cidrs"](spec.ssh_cidrs)]
    way_in = RULES["ssh_from_somewhere"]("present", spec.access, spec.ssh_cidrs)
    found += [f"ssh_cidrs: {sentence}" for sentence in way_in]
    profile = RULES["profile_for_sessions"]("present", spec.access, spec.instance_profile)
    found += [f"instance_profile: {sentence}" for sentence in profile]
    found += [f"ssh_port: {sentence}" for sentence in RULES["port"](spec.ssh_port)]
    found += [f"volume_size: {sentence}" for sentence in RULES["volume_size"](spec.volume_size)]
    found += [f"extra_rules: {sentence}" for sentence in RULES["ingress_rules"](spec.extra_rules)]
    others = RULES["ssh_stays_closed"](spec.access, spec.ssh_port, spec.extra_rules)
    found += [f"ssh_port, extra_rules: {sentence}" for sentence in others]
    found += [f"connect_to: {sentence}" for sentence in RULES["connect_to"](spec.connect_to)]
    if spec.ami:
        found += [f"ami: {sentence}" for sentence in RULES["ami_id"](spec.ami)]
    return found


def ingress(spec):
    """The inbound rules, in the form that M(amazon.aws.ec2_security_group) takes."""
    rules = [_rule("tcp", spec.ssh_port, spec.ssh_port, cidr, "SSH") for cidr in spec.ssh_cidrs]
    rules += [_rule("tcp", 80, 80, cidr, "HTTP, and the ACME challenge") for cidr in ANYWHERE]
    rules += [_rule("tcp", 443, 443, cidr, "HTTPS") for cidr in ANYWHERE]
    for extra in spec.extra_rules:
        last = extra.get("to_port") or extra["from_port"]
        description = extra.get("description") or ""
        rules += [
            _rule(extra.get("protocol") or "tcp", extra["from_port"], last, cidr, description)
            for cidr in extra["cidrs"]
        ]
    return rules


def _rule(protocol, from_port, to_port, cidr, description):
    family = "cidr_ipv6" if ":" in cidr else "cidr_ip"
    return {"proto": protocol, "from_port": from_port, "to_port": to_port, family: cidr, "rule_desc": description}


def lines(rules):
    """Rules as ``canonical.rules_of`` writes those that are live."""
    return sorted(
        {
            line_of(each["proto"], each["from_port"], each["to_port"], each.get("cidr_ip") or each["cidr_ipv6"])
            for each in rules
        }
    )


def wanted(spec, live, key, image=None):
    """The resources of a spec, in the order of creation. The image matters only where there is no instance yet."""
    resources = []
    if key.private or key.public is None:
        # What its owner may do with a key that is there already is the owner's business.
        mode = f"{int(key.mode, 8) & 0o700:04o}" if key.mode else "0400"
        resources.append(Resource("ssh_key", key.path, {"mode": mode, "public_key": True}))
    public_key = key.public or KNOWN_AFTER_APPLY
    resources.append(
        Resource("key_pair", spec.name, {"public_key": public_key, "tags": spec.all_tags}, immutable=("public_key",))
    )
    resources.append(
        Resource(
            "security_group",
            spec.name,
            {"ingress": lines(ingress(spec)), "egress": ["all 0.0.0.0/0"], "tags": spec.all_tags},
            key=live.place.vpc_id or None,
        )
    )
    resources.append(_instance(spec, live, image))
    if spec.elastic_ip:
        resources.append(
            Resource("elastic_ip", spec.name, {"instance": spec.name, "tags": spec.all_tags}, key="address")
        )
    return resources


def _instance(spec, live, image):
    properties = {
        "instance_type": spec.instance_type,
        "state": RUNNING,
        "security_groups": [spec.name],
        "http_tokens": "required",
        "http_put_response_hop_limit": spec.hop_limit,
        # Left out means: left alone.
        "iam_instance_profile": spec.instance_profile or None,
        "termination_protection": spec.termination_protection,
        "tags": spec.all_tags,
    }
    if not live.instance:
        properties.update(
            image_id=image["ImageId"],
            image_name=image.get("Name", ""),
            root_device_name=image["RootDeviceName"],
            volume=f"{spec.volume_size} GiB gp3, encrypted",
            key_name=spec.name,
            subnet_id=live.place.subnet_id or KNOWN_AFTER_APPLY,
        )
    return Resource("instance", spec.name, properties)


def plan(spec, live, key, image=None):
    """The changes that make a spec live, or Refused with the reason."""
    refuse_what_is_in_the_way(spec, live, key)
    return compare(wanted(spec, live, key, image), live.resources)


def refuse_what_is_in_the_way(spec, live, key):
    if live.foreign_key_pair:
        raise Refused(
            f"name: there already is a key pair {spec.name} ({live.foreign_key_pair}) without our tags, so it is not ours to "
            "use. Choose another name, or remove that key pair."
        )
    if live.place.vpc_id in live.foreign_groups:
        raise Refused(
            f"name: in the VPC {live.place.vpc_id} there already is a security group {spec.name} "
            f"({live.foreign_groups[live.place.vpc_id]}) without our tags, so it is not ours to use. "
            "Choose another name, or remove that group."
        )
    if spec.elastic_ip and live.foreign_address:
        raise Refused(
            f"elastic_ip: {live.foreign_address} is attached to the instance {live.instance_id} ({spec.name}) but does not "
            "carry our tags, so it is not ours to take away. Detach it, or do without an Elastic IP of ours."
        )
    if live.instance and not key.private and key.public is None:
        raise Refused(
            f"key_path: {key.path} does not exist on this machine, but the instance {live.instance_id} ({spec.name}) was made "
            "with a key that does. Copy that key here, or say where it lies. A new one would not open the host."
        )


def refuse_other_architecture(spec, live, architecture):
    """An instance can change its type, but not to another architecture."""
    if live.instance and live.instance.get("Architecture", architecture) != architecture:
        raise Refused(
            f"instance_type: {spec.instance_type} is {architecture}, but the instance {live.instance_id} ({spec.name}) is "
            f"{live.instance['Architecture']} and can't change. Choose a type of its architecture, or remove it first."
        )


def plan_removal(live, private_key_too=False):
    """The changes that remove the host, address first, so that it is not left unattached."""
    resources = [each for each in live.resources if each.type != "ssh_key" or private_key_too]
    return removals(resources, "no longer wanted")


def refuse_removal(live, interfaces):
    """Name what keeps the host from being removed."""
    instance = live.first("instance")
    if instance and instance.properties["termination_protection"]:
        raise Refused(
            f"Nothing has been changed: the instance {instance.id} ({instance.name}) is protected from termination. "
            "Run with the protection off and state present first."
        )
    others = [
        f"\n- network interface {each['NetworkInterfaceId']} ({each.get('Description') or 'no description'})"
        for each in interfaces
        if each.get("Attachment", {}).get("InstanceId") != live.instance_id
    ]
    if others:
        raise Refused(
            "Nothing has been changed: the security group can't be removed while something else uses it."
            + "".join(sorted(others))
        )


def notes(spec, live, key):
    """What is worth knowing though nothing is done about it."""
    found = list(live.notes)
    if not live.instance:
        return found
    made_with = f"the instance {live.instance_id} was made with"
    if spec.ami and live.instance.get("ImageId") != spec.ami:
        found.append(f"ami: {made_with} {live.instance.get('ImageId')} and keeps it")
    if spec.subnet_id and live.instance.get("SubnetId") != spec.subnet_id:
        found.append(f"subnet_id: {made_with} {live.instance.get('SubnetId')} and stays there")
    root = live.instance.get("RootDeviceName")
    for volume in live.volumes:
        if volume["Attachments"][0]["Device"] == root and volume["Size"] != spec.volume_size:
            found.append(f"volume_size: {made_with} {volume['Size']} GiB and keeps them")
    pair = live.first("key_pair")
    if pair and key.public and pair.properties["public_key"] not in ("", key.public):
        found.append(f"key_path: {made_with} another key; the new one opens only hosts made from now on")
    return found


def address_of(spec, live, pending):
    """Where to connect to, or "" while what is pending has to come first; once all is done there has to be one."""
    if any(change.type in ("instance", "security_group", "elastic_ip") for change in pending):
        return ""
    if spec.access == "ssm":
        return live.instance_id
    kind, _colon, tag = spec.connect_to.partition(":")
    if kind == "tag":
        address = tags_of(live.instance or {}).get(tag, "")
    else:
        address = public_ip(spec, live) if kind == "public" else (live.instance or {}).get("PrivateIpAddress", "")
    if not pending and not address:
        lacks = f"tag {tag!r}" if kind == "tag" else f"{kind} address"
        raise Refused(
            f"connect_to: the instance {live.instance_id} ({spec.name}) has no {lacks}, so it can't be reached there. "
            "Let it have an Elastic IP, or connect to its private address."
        )
    return address


def public_ip(spec, live):
    """The Elastic IP once it is attached, else the address that the subnet gave."""
    elastic = live.first("elastic_ip")
    if spec.elastic_ip and elastic and elastic.properties["instance"] == spec.name:
        return elastic.properties["public_ip"]
    return (live.instance or {}).get("PublicIpAddress", "")


def user_of(spec):
    return PUBLICATIONS[spec.os].user
