# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts of a kind as AWS describes them, in the form that plans compare. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, Resource
from ansible_collections.landfall.aws.plugins.module_utils.host.spec import KIND, MONITORING
from ansible_collections.landfall.aws.plugins.module_utils.security_groups import rules_of
from ansible_collections.landfall.aws.plugins.module_utils.tags import carries, own_tags, tags_of

RUNNING, STOPPED = "running", "stopped"
STATES = {"pending": RUNNING, "running": RUNNING, "stopping": STOPPED, "stopped": STOPPED}


@dataclass
class Bastion:
    """The way to hosts without a public address; of one that is not there yet only the name is known."""

    name: str
    address: str = ""
    instance_id: str = ""
    group_id: str = ""
    group: str = ""


@dataclass
class Live:
    """What is live: ours, in the order of creation, and what others have under the same names."""

    resources: list[Resource] = field(default_factory=list)
    instances: dict[str, dict[str, Any]] = field(default_factory=dict)  # by name
    volumes: dict[str, dict[str, Any]] = field(default_factory=dict)  # the root volumes, by the hosts' names
    vpc_id: str = ""  # empty where the network does not exist yet
    subnets: dict[str, str] = field(default_factory=dict)  # where a host stands or is to stand, by its name
    groups: dict[str, str] = field(default_factory=dict)  # ids of the security groups, as the spec names them
    bastion: Bastion | None = None
    foreign_key_pair: str | None = None
    foreign_addresses: list[tuple[str, str]] = field(default_factory=list)  # (address, the host of ours that has it)
    foreign_groups: dict[str, str] = field(default_factory=dict)  # VPC's id: group's id
    foreign_profile: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def instance_id(self, name):
        return self.instances[name]["InstanceId"] if name in self.instances else ""

    def first(self, type_, name=None):
        return next((each for each in self.resources if each.type == type_ and name in (None, each.name)), None)


def our_instances(instances, spec):
    """Those of the kind by name, also what the spec does not name any more."""
    found = {}
    for instance in instances:
        tags = tags_of(instance)
        name, kind = tags.get("Name", ""), tags.get(KIND, "")
        if kind != spec.name and name not in spec.names:
            continue
        if kind not in ("", spec.name):
            raise Refused(
                f"name: {instance['InstanceId']} is called {name} and is one of the hosts of {kind}, so it is not to be one "
                f"of {spec.name} too. Choose another name."
            )
        if name in found:
            ids = " and ".join(sorted(each["InstanceId"] for each in (instance, found[name])))
            raise Refused(
                f"The instances {ids} all carry the tags of {name!r}, so it can't be told which one is meant. "
                "Give the others another tag Name, or terminate them."
            )
        found[name] = instance
    return found


def surplus(instances, spec):
    """The names of the hosts of the kind that are not wanted any more."""
    return [name for name in instances if name not in spec.names]


def vpc_of(found, spec, instances):
    """The VPC of the hosts that live, else the given one, else the one that the tags of the role vpc say."""
    for instance in instances.values():
        return instance["VpcId"]
    if spec.vpc_id:
        return spec.vpc_id
    if spec.subnet_ids:
        return found["subnets"][0]["VpcId"]
    vpcs = sorted(vpc["VpcId"] for vpc in found["vpcs"])
    if len(vpcs) > 1:
        raise Refused(f"vpc_name: {' and '.join(vpcs)} are both named {spec.vpc_name}; say which by vpc_id.")
    return vpcs[0] if vpcs else ""


def places(found, spec, vpc_id, instances):
    """The subnet of each host. The hosts without one take turns, so that they stand in as many Availability Zones as there are."""
    described = [each for each in found.get("subnets", []) if each["VpcId"] == vpc_id]
    elsewhere = [each for each in found.get("subnets", []) if each["VpcId"] != vpc_id]
    if spec.subnet_ids and elsewhere:
        raise Refused(
            f"subnet_ids: {elsewhere[0]['SubnetId']} lies in {elsewhere[0]['VpcId']}, and the hosts of {spec.name} in "
            f"{vpc_id}. They share a security group, so all of them stand in one VPC."
        )
    described.sort(key=lambda each: (each["AvailabilityZone"], each["CidrBlock"]))
    of_zone = {}
    for each in described:
        of_zone.setdefault(each["AvailabilityZone"], each["SubnetId"])
    turns = list(spec.subnet_ids) or list(of_zone.values())
    chosen = {}
    for index, host in enumerate(spec.placed):
        if host.name in instances:
            chosen[host.name] = instances[host.name]["SubnetId"]
        elif host.subnet_id:
            chosen[host.name] = host.subnet_id
        elif host.availability_zone and of_zone:
            if host.availability_zone not in of_zone:
                raise Refused(
                    f"hosts: {host.name} is to stand in {host.availability_zone}, where there is no subnet. There are "
                    f"subnets in {', '.join(of_zone)}."
                )
            chosen[host.name] = of_zone[host.availability_zone]
        else:
            chosen[host.name] = turns[index % len(turns)] if turns else ""
    return chosen


def hosts(found, details, key, spec, profile=None):
    """A Live of what ``api.read``, ``read_instances`` and ``read_profile`` returned, and of the local key."""
    instances = our_instances(found["instances"], spec)
    live = Live(instances=instances, vpc_id=vpc_of(found, spec, instances))
    kept = {name: each for name, each in instances.items() if name not in spec.replace}
    live.subnets = places(found, spec, live.vpc_id, kept)
    live.notes += _strangers(found["namesakes"], spec)
    live.bastion = _bastion(found["instances"], spec)
    if key.private:
        live.resources.append(Resource("ssh_key", key.path, {"mode": key.mode, "public_key": key.public is not None}))
    live.resources += _key_pairs(found["key_pairs"], live, spec)
    live.resources += _security_groups(found["security_groups"], live, spec)
    live.resources += _profile(profile or {}, live, spec)
    roots = _root_volumes(details["volumes"], instances)
    for name, instance in instances.items():
        live.resources.append(_instance(name, instance, details["protection"], live.groups))
        if name in roots and name in spec.names and name not in spec.replace:
            live.volumes[name] = roots[name]
            live.resources.append(_volume(name, roots[name]))
    live.resources += _addresses(found["addresses"], live, spec)
    return live


def _strangers(namesakes, spec):
    """Notes of instances with the name of one of ours that are not ours."""
    tags = own_tags(spec.project, spec.environment)
    return [
        f"{each['InstanceId']} is also named {tags_of(each)['Name']}, but does not carry our tags: left alone"
        for each in namesakes
        if not carries(each, tags)
    ]


def _bastion(instances, spec):
    if not spec.bastion:
        return None
    if not spec.own_bastion:
        return Bastion(spec.bastion, address=spec.bastion)
    for instance in instances:
        tags = tags_of(instance)
        if tags.get("Name") == spec.bastion:
            groups = {each["GroupName"]: each["GroupId"] for each in instance["SecurityGroups"]}
            group = tags.get(KIND, spec.bastion) if tags.get(KIND, spec.bastion) in groups else next(iter(groups))
            address = instance.get("PublicIpAddress", "")
            return Bastion(spec.bastion, address, instance["InstanceId"], groups[group], group)
    return Bastion(spec.bastion, group=spec.bastion)


def _key_pairs(pairs, live, spec):
    found = []
    for pair in pairs:
        if not carries(pair, own_tags(spec.project, spec.environment)):
            live.foreign_key_pair = pair["KeyPairId"]
            continue
        properties = {"public_key": bare_key(pair.get("PublicKey")), "tags": tags_of(pair)}
        found.append(Resource("key_pair", pair["KeyName"], properties, id=pair["KeyPairId"]))
    return found


def bare_key(text):
    """A public key without its comment."""
    return " ".join((text or "").split()[:2])


def _security_groups(groups, live, spec):
    found = []
    for group in (each for each in groups if each["GroupName"] == spec.name):
        if not carries(group, own_tags(spec.project, spec.environment)):
            live.foreign_groups[group.get("VpcId", "")] = group["GroupId"]
            continue
        if group.get("VpcId") == live.vpc_id:
            live.groups[spec.name] = group["GroupId"]
        names = {live.bastion.group_id: live.bastion.group} if live.bastion and live.bastion.group_id else {}
        properties = {
            "ingress": rules_of(group["IpPermissions"], names),
            "egress": rules_of(group["IpPermissionsEgress"], names),
            "tags": tags_of(group),
        }
        found.append(
            Resource("security_group", group["GroupName"], properties, id=group["GroupId"], key=group.get("VpcId"))
        )
    here = {each["GroupName"]: each["GroupId"] for each in groups if each.get("VpcId") == live.vpc_id}
    for each in spec.security_groups:
        group_id = each if each.startswith("sg-") else here.get(each, here.get(f"{spec.vpc_name}-{each}", ""))
        live.groups.setdefault(each, group_id)
    return found


def _profile(found, live, spec):
    """The role and the instance profile of the spec's statements."""
    resources = []
    tags = own_tags(spec.project, spec.environment)
    for type_, described in (("iam_role", found.get("role")), ("instance_profile", found.get("instance_profile"))):
        if described and not carries(described, tags):
            live.foreign_profile.append(f"the {type_.replace('_', ' ')} {spec.profile_name}")
        elif described and type_ == "iam_role":
            properties = {
                "trust": described["AssumeRolePolicyDocument"],
                "policy": found.get("policy"),
                "tags": tags_of(described),
            }
            resources.append(Resource(type_, spec.profile_name, properties, id=described["RoleId"]))
        elif described:
            roles = [each["RoleName"] for each in described["Roles"]]
            properties = {"role": next(iter(roles), ""), "tags": tags_of(described)}
            resources.append(Resource(type_, spec.profile_name, properties, id=described["InstanceProfileId"]))
    return resources


def _root_volumes(volumes, instances):
    found = {}
    for name, instance in instances.items():
        for volume in volumes:
            for attachment in volume.get("Attachments", []):
                if (attachment["InstanceId"], attachment["Device"]) == (
                    instance["InstanceId"],
                    instance.get("RootDeviceName"),
                ):
                    found[name] = volume
    return found


def _volume(name, volume):
    properties = {
        "size": volume["Size"],
        "type": volume["VolumeType"],
        "iops": volume.get("Iops"),
        "availability_zone": volume["AvailabilityZone"],
    }
    return Resource("volume", name, properties, id=volume["VolumeId"])


def _instance(name, instance, protection, groups):
    names = {group_id: group for group, group_id in groups.items()}
    metadata = instance.get("MetadataOptions", {})
    profile = instance.get("IamInstanceProfile", {}).get("Arn", "").rpartition("/")[2]
    properties = {
        "instance_type": instance["InstanceType"],
        "state": STATES[instance["State"]["Name"]],
        "security_groups": sorted(names.get(each["GroupId"], each["GroupId"]) for each in instance["SecurityGroups"]),
        "http_tokens": metadata.get("HttpTokens"),
        "http_put_response_hop_limit": metadata.get("HttpPutResponseHopLimit"),
        "iam_instance_profile": profile,
        "termination_protection": protection.get(instance["InstanceId"]),
        "monitoring": MONITORING.get(instance.get("Monitoring", {}).get("State")),
        "subnet_id": instance["SubnetId"],
        "tags": tags_of(instance),
    }
    return Resource("instance", name, properties, id=instance["InstanceId"])


def _addresses(addresses, live, spec):
    found = []
    own = own_tags(spec.project, spec.environment)
    holders = {instance["InstanceId"]: name for name, instance in live.instances.items()}
    for address in addresses:
        holder = address.get("InstanceId") or address.get("NetworkInterfaceId") or ""
        tags = tags_of(address)
        name = tags.get("Name")
        if not carries(address, own) or (name not in (*spec.names, *live.instances) and tags.get(KIND) != spec.name):
            if holder in holders:
                live.foreign_addresses.append((address["PublicIp"], holders[holder]))
            if name in spec.names:
                live.notes.append(
                    f"{address['PublicIp']} is also named {name}, but does not carry our tags: left alone"
                )
            continue
        # One whose instance is to be replaced has to be attached to the new one.
        attached = holders.get(holder) == name and name not in spec.replace
        properties = {"instance": name if attached else holder, "public_ip": address["PublicIp"], "tags": tags}
        found.append(Resource("elastic_ip", name, properties, id=address["AllocationId"], key=name))
    return sorted(found, key=lambda each: (each.name, each.properties["instance"] != each.name, each.id))
