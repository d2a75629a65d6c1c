# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What hosts should be, against what is live. Pure, but for looking at the local SSH key's files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ansible_collections.landfall.aws.plugins.module_utils.changes import (
    KNOWN_AFTER_APPLY,
    Refused,
    Resource,
    compare,
    removals,
)
from ansible_collections.landfall.aws.plugins.module_utils.host.canonical import (
    RUNNING,
    STATES,
    STOPPED,
    bare_key,
    surplus,
)
from ansible_collections.landfall.aws.plugins.module_utils.host.images import PUBLICATIONS
from ansible_collections.landfall.aws.plugins.module_utils.host.spec import TRUST
from ansible_collections.landfall.aws.plugins.module_utils.security_groups import line_of
from ansible_collections.landfall.aws.plugins.module_utils.tags import tags_of


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


def ingress(spec, bastion=None):
    """The inbound rules, in the form that M(amazon.aws.ec2_security_group) takes."""
    rules = [_rule("tcp", spec.ssh_port, spec.ssh_port, cidr, "SSH") for cidr in spec.ssh_cidrs]
    if spec.own_bastion:
        rule = {"proto": "tcp", "from_port": spec.ssh_port, "to_port": spec.ssh_port}
        rules.append({**rule, "group_id": bastion.group_id, "rule_desc": f"SSH from {spec.bastion}"})
    rules += [_rule("tcp", 80, 80, cidr, "HTTP, and the ACME challenge") for cidr in spec.web_cidrs]
    rules += [_rule("tcp", 443, 443, cidr, "HTTPS") for cidr in spec.web_cidrs]
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


def lines(rules, bastion=None):
    """Rules as ``security_groups.rules_of`` writes those that are live."""
    found = set()
    for each in rules:
        source = each.get("cidr_ip") or each.get("cidr_ipv6") or bastion.group
        found.add(line_of(each["proto"], each["from_port"], each["to_port"], source))
    return sorted(found)


def wanted(spec, live, key, image=None):
    """The resources of a spec, in the order of creation. The image matters only where an instance has to be made."""
    resources = []
    if key.private or key.public is None:
        # What its owner may do with a key that is there already is the owner's business.
        mode = f"{int(key.mode, 8) & 0o700:04o}" if key.mode else "0400"
        resources.append(Resource("ssh_key", key.path, {"mode": mode, "public_key": True}))
    public_key = key.public or KNOWN_AFTER_APPLY
    tags = spec.tagged(spec.name)
    resources.append(
        Resource("key_pair", spec.name, {"public_key": public_key, "tags": tags}, immutable=("public_key",))
    )
    resources.append(
        Resource(
            "security_group",
            spec.name,
            {
                "ingress": lines(ingress(spec, live.bastion), live.bastion),
                "egress": ["all 0.0.0.0/0"],
                "tags": tags,
            },
            key=live.vpc_id or None,
        )
    )
    if spec.profile_statements:
        properties = {"trust": TRUST, "policy": spec.policy, "tags": spec.tagged(spec.profile_name)}
        resources.append(Resource("iam_role", spec.profile_name, properties))
        properties = {"role": spec.profile_name, "tags": spec.tagged(spec.profile_name)}
        resources.append(Resource("instance_profile", spec.profile_name, properties))
    for name in spec.names:
        resources.append(_instance(spec, live, image, name))
        if name in live.volumes:
            resources.append(Resource("volume", name, {"size": spec.volume_size}))
        if spec.elastic_ip:
            properties = {"instance": name, "tags": spec.tagged(name)}
            resources.append(Resource("elastic_ip", name, properties, key=name))
    return resources


def _instance(spec, live, image, name):
    new = name not in live.instances or name in spec.replace
    power = {"running": RUNNING, "stopped": STOPPED}.get(spec.power, RUNNING if new else None)
    properties = {
        "instance_type": spec.instance_type,
        "state": power,
        "security_groups": sorted([spec.name, *spec.security_groups]),
        "http_tokens": "required",
        "http_put_response_hop_limit": spec.hop_limit,
        # Left out means: left alone.
        "iam_instance_profile": spec.profile or None,
        "termination_protection": spec.termination_protection,
        "monitoring": spec.monitoring,
        "tags": spec.tagged(name, **({"Bastion": spec.bastion} if spec.bastion else {})),
    }
    if new:
        properties.update(
            image_id=image["ImageId"],
            image_name=image.get("Name", ""),
            root_device_name=image["RootDeviceName"],
            volume=f"{spec.volume_size} GiB gp3, encrypted",
            key_name=spec.name,
            subnet_id=live.subnets[name] or KNOWN_AFTER_APPLY,
        )
    return Resource("instance", name, properties)


def plan(spec, live, key, image=None):
    """The changes that make a spec live, or Refused with the reason."""
    refuse_what_is_in_the_way(spec, live, key)
    changes = compare(wanted(spec, live, key, image), live.resources)
    return [_as_told(spec, change) for change in changes]


def _as_told(spec, change):
    if change.type == "instance" and change.name in spec.replace and change.action != "add":
        return replace(change, action="replace", why="it is named in replace")
    if change.action == "remove" and change.type in ("instance", "elastic_ip") and change.name not in spec.names:
        return replace(change, why=f"ours, but none of the hosts of {spec.name} any more")
    return change


def leaving(spec, live):
    """The ids of the instances that are terminated, because they are replaced or not wanted any more."""
    names = [*spec.replace, *surplus(live.instances, spec)]
    return [live.instance_id(name) for name in names if name in live.instances]


def refuse_what_is_in_the_way(spec, live, key):
    if live.foreign_key_pair:
        raise Refused(
            f"name: there already is a key pair {spec.name} ({live.foreign_key_pair}) without our tags, so it is not ours to "
            "use. Choose another name, or remove that key pair."
        )
    if live.vpc_id in live.foreign_groups:
        raise Refused(
            f"name: in the VPC {live.vpc_id} there already is a security group {spec.name} "
            f"({live.foreign_groups[live.vpc_id]}) without our tags, so it is not ours to use. "
            "Choose another name, or remove that group."
        )
    if live.foreign_profile:
        raise Refused(
            f"profile_name: there already is {' and '.join(live.foreign_profile)} without our tags, so it is not ours to use. "
            "Choose another name, or remove it."
        )
    for address, name in live.foreign_addresses if spec.elastic_ip else ():
        raise Refused(
            f"elastic_ip: {address} is attached to the instance {live.instance_id(name)} ({name}) but does not "
            "carry our tags, so it is not ours to take away. Detach it, or do without an Elastic IP of ours."
        )
    if live.instances and not key.private and key.public is None:
        name = next(iter(live.instances))
        raise Refused(
            f"key_path: {key.path} does not exist on this machine, but the instance {live.instance_id(name)} ({name}) was made "
            "with a key that does. Copy that key here, or say where it lies. A new one would not open the host."
        )
    smaller = [
        f"the disk of {name} has {volume['Size']} GiB and can't become {spec.volume_size}"
        for name, volume in live.volumes.items()
        if volume["Size"] > spec.volume_size
    ]
    if smaller:
        raise Refused(
            f"volume_size: {'; '.join(smaller)}. AWS makes no disk smaller. Ask for the size that it has, or have the host "
            "replaced."
        )


def refuse_what_is_missing(spec, live):
    """What must be there before a host is made, and which only check mode can do without."""
    lost = [name for name in spec.names if not live.subnets[name]]
    if lost:
        raise Refused(
            f"vpc_name: there is no VPC {spec.vpc_name} with our tags and a {spec.tier} subnet. "
            "Run the role vpc first, or say where the host is to stand by subnet_id."
        )
    unknown = [each for each in spec.security_groups if not live.groups[each]]
    if unknown:
        raise Refused(
            f"security_groups: in the VPC {live.vpc_id} there is no security group {' and none called '.join(unknown)}. "
            "Make it first, or leave it out."
        )
    if spec.own_bastion and not live.bastion.address:
        lacks = "has no public address, or does not run" if live.bastion.instance_id else "does not exist"
        raise Refused(
            f"bastion: {spec.bastion} {lacks}. Run the role ec2_host for it first, in the same project and environment."
        )


def refuse_other_architecture(spec, live, architecture):
    """An instance can change its type, but not to another architecture."""
    kept = {name: each for name, each in live.instances.items() if name in spec.names and name not in spec.replace}
    for name, instance in kept.items():
        if instance.get("Architecture", architecture) != architecture:
            raise Refused(
                f"instance_type: {spec.instance_type} is {architecture}, but the instance {instance['InstanceId']} ({name}) is "
                f"{instance['Architecture']} and can't change. Choose a type of its architecture, have it replaced, or remove "
                "it first."
            )


def plan_removal(live, private_key_too=False):
    """The changes that remove all hosts of the kind. Their disks go with them."""
    kept = {"volume"} if private_key_too else {"volume", "ssh_key"}
    return removals([each for each in live.resources if each.type not in kept], "no longer wanted")


def refuse_protected(live, protection):
    """Name the instances that would have to be terminated and are protected from it."""
    found = [f"{live.instance_id(name)} ({name})" for name in live.instances if protection.get(live.instance_id(name))]
    if found:
        several = "s" if len(found) > 1 else ""
        raise Refused(
            f"Nothing has been changed: the instance{several} {', '.join(found)} {'are' if several else 'is'} protected from "
            "termination. Run with the protection off and state present first."
        )


def refuse_removal(live, interfaces, groups=()):
    """Name what keeps the hosts from being removed."""
    ours = {instance["InstanceId"] for instance in live.instances.values()}
    own = {each.id for each in live.resources if each.type == "security_group"}
    others = [
        f"\n- network interface {each['NetworkInterfaceId']} ({each.get('Description') or 'no description'})"
        for each in interfaces
        if each.get("Attachment", {}).get("InstanceId") not in ours
    ]
    others += [
        f"\n- security group {each['GroupId']} ({each['GroupName']}), which has a rule for it"
        for each in groups
        if each["GroupId"] not in own
    ]
    if others:
        raise Refused(
            "Nothing has been changed: the security group can't be removed while something else uses it."
            + "".join(sorted(others))
        )


def notes(spec, live, key):
    """What is worth knowing though nothing is done about it."""
    found = list(live.notes)
    pair = live.first("key_pair")
    another = pair and key.public and pair.properties["public_key"] not in ("", key.public)
    for host in spec.placed:
        instance = live.instances.get(host.name)
        if not instance or host.name in spec.replace:
            continue
        made_with = f"the instance {instance['InstanceId']} was made with"
        zone = instance.get("Placement", {}).get("AvailabilityZone", "")
        if spec.ami and instance.get("ImageId") != spec.ami:
            found.append(f"ami: {made_with} {instance.get('ImageId')} and keeps it")
        if (host.subnet_id and instance["SubnetId"] != host.subnet_id) or (
            not host.subnet_id and spec.subnet_ids and instance["SubnetId"] not in spec.subnet_ids
        ):
            found.append(f"subnet_id: {made_with} {instance['SubnetId']} and stays there")
        if host.availability_zone and zone and zone != host.availability_zone:
            found.append(f"hosts: the instance {instance['InstanceId']} stands in {zone} and stays there")
        if another:
            found.append(f"key_path: {made_with} another key; the new one opens only hosts made from now on")
    return found


def free_tier_note(instance_type, eligible, region):
    """Which types are free where the chosen one is not."""
    if instance_type in eligible or not eligible:
        return []
    return [f"instance_type: {instance_type} is not free-tier eligible in {region}; {' and '.join(eligible)} would be"]


NOT_REACHED_BEFORE = ("instance", "security_group", "elastic_ip")


def reached(spec, live, pending):
    """The hosts with their addresses, of which the one to connect to is "" while something pending has to come first."""
    waiting = {(change.type, change.name) for change in pending if change.type in NOT_REACHED_BEFORE}
    found = []
    for name in spec.names:
        blocked = {(each, name) for each in ("instance", "elastic_ip")} | {("security_group", spec.name)}
        instance = live.instances.get(name, {})
        runs = bool(instance) and STATES[instance["State"]["Name"]] == RUNNING
        found.append(
            {
                "name": name,
                "instance_id": live.instance_id(name),
                "public_ip": public_ip(spec, live, name),
                "private_ip": instance.get("PrivateIpAddress", ""),
                "address": _address_of(spec, live, name, not pending) if runs and not waiting & blocked else "",
            }
        )
    return found


def _address_of(spec, live, name, complete):
    if spec.access == "ssm":
        return live.instance_id(name)
    instance = live.instances[name]
    kind, _colon, tag = spec.connect_to.partition(":")
    if kind == "tag":
        address = tags_of(instance).get(tag, "")
    else:
        address = public_ip(spec, live, name) if kind == "public" else instance.get("PrivateIpAddress", "")
    if complete and not address:
        lacks = f"tag {tag!r}" if kind == "tag" else f"{kind} address"
        raise Refused(
            f"connect_to: the instance {live.instance_id(name)} ({name}) has no {lacks}, so it can't be reached there. "
            "Let it have an Elastic IP, or connect to its private address."
        )
    return address


def public_ip(spec, live, name):
    """The Elastic IP once it is attached, else the address that the subnet gave."""
    elastic = live.first("elastic_ip", name)
    if spec.elastic_ip and elastic and elastic.properties["instance"] == name:
        return elastic.properties["public_ip"]
    return live.instances.get(name, {}).get("PublicIpAddress", "")


def user_of(spec):
    return PUBLICATIONS[spec.os].user
