# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host as AWS describes it, in the form that plans compare. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, Resource
from ansible_collections.landfall.aws.plugins.module_utils.tags import carries, own_tags, tags_of

RUNNING, STOPPED = "running", "stopped"
STATES = {"pending": RUNNING, "running": RUNNING, "stopping": STOPPED, "stopped": STOPPED}


@dataclass
class Place:
    """Where the host is to stand; empty where the network does not exist yet."""

    vpc_id: str = ""
    subnet_id: str = ""


@dataclass
class Host:
    """What is live: ours, in the order of creation, and what others have under the same name."""

    resources: list[Resource] = field(default_factory=list)
    instance: dict[str, Any] | None = None
    volumes: list[dict[str, Any]] = field(default_factory=list)
    place: Place = field(default_factory=Place)
    foreign_key_pair: str | None = None
    foreign_address: str | None = None  # attached to our instance
    foreign_groups: dict[str, str] = field(default_factory=dict)  # VPC's id: group's id
    notes: list[str] = field(default_factory=list)

    @property
    def instance_id(self):
        return self.instance["InstanceId"] if self.instance else ""

    def first(self, type_):
        return next((resource for resource in self.resources if resource.type == type_), None)


def our_instance(instances, spec):
    """(ours or None, those of the same name that are not ours)"""
    tags = own_tags(spec.project, spec.environment, spec.name)
    ours = [instance for instance in instances if carries(instance, tags)]
    if len(ours) > 1:
        ids = " and ".join(sorted(instance["InstanceId"] for instance in ours))
        raise Refused(
            f"The instances {ids} all carry the tags of {spec.name!r}, so it can't be told which one is meant. "
            "Give the others another tag Name, or terminate them."
        )
    return (ours[0] if ours else None), [instance for instance in instances if instance not in ours]


def place(found, spec):
    """The VPC and the subnet: as given, or found by the tags of the role vpc."""
    if spec.subnet_id:
        return Place(spec.vpc_id or found["subnet"]["VpcId"], spec.subnet_id)
    vpc_id = spec.vpc_id
    if not vpc_id:
        vpcs = sorted(vpc["VpcId"] for vpc in found["vpcs"])
        if len(vpcs) > 1:
            raise Refused(f"vpc_name: {' and '.join(vpcs)} are both named {spec.vpc_name}; say which by vpc_id.")
        vpc_id = vpcs[0] if vpcs else ""
    subnets = [subnet for subnet in found["subnets"] if subnet["VpcId"] == vpc_id]
    subnets.sort(key=lambda subnet: (subnet["AvailabilityZone"], subnet["CidrBlock"]))
    return Place(vpc_id, subnets[0]["SubnetId"] if subnets else "")


def host(found, details, key, spec):
    """A Host of what ``api.read`` and, if the instance exists, ``api.read_instance`` returned, and of the local key."""
    instance, strangers = our_instance(found["instances"], spec)
    live = Host(instance=instance, volumes=details.get("volumes", []), place=place(found, spec))
    if instance:
        live.place = Place(instance["VpcId"], instance["SubnetId"])
    live.notes += [
        f"{each['InstanceId']} is also named {spec.name}, but does not carry our tags: left alone" for each in strangers
    ]
    if key.private:
        live.resources.append(Resource("ssh_key", key.path, {"mode": key.mode, "public_key": key.public is not None}))
    live.resources += _key_pairs(found["key_pairs"], live, spec)
    groups = _security_groups(found["security_groups"], live, spec)
    live.resources += groups
    if instance:
        live.resources.append(_instance(instance, details, groups))
    live.resources += _addresses(found["addresses"], live, spec)
    return live


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
    for group in groups:
        if not carries(group, own_tags(spec.project, spec.environment)):
            live.foreign_groups[group.get("VpcId", "")] = group["GroupId"]
            continue
        properties = {
            "ingress": rules_of(group["IpPermissions"]),
            "egress": rules_of(group["IpPermissionsEgress"]),
            "tags": tags_of(group),
        }
        found.append(
            Resource("security_group", group["GroupName"], properties, id=group["GroupId"], key=group.get("VpcId"))
        )
    return found


def rules_of(permissions):
    """Rules as sorted lines, one for each range: ``tcp 443 0.0.0.0/0``."""
    lines = []
    for permission in permissions:
        sources = [each["CidrIp"] for each in permission.get("IpRanges", [])]
        sources += [each["CidrIpv6"] for each in permission.get("Ipv6Ranges", [])]
        sources += [each["GroupId"] for each in permission.get("UserIdGroupPairs", [])]
        sources += [each["PrefixListId"] for each in permission.get("PrefixListIds", [])]
        protocol = permission["IpProtocol"]
        lines += [line_of(protocol, permission.get("FromPort"), permission.get("ToPort"), each) for each in sources]
    return sorted(lines)


def line_of(protocol, from_port, to_port, source):
    if str(protocol) == "-1":
        return f"all {source}"
    ports = str(from_port) if from_port == to_port else f"{from_port}-{to_port}"
    return f"{protocol} {ports} {source}"


def _instance(instance, details, groups):
    names = {group.id: group.name for group in groups}
    metadata = instance.get("MetadataOptions", {})
    profile = instance.get("IamInstanceProfile", {}).get("Arn", "").rpartition("/")[2]
    properties = {
        "instance_type": instance["InstanceType"],
        "state": STATES[instance["State"]["Name"]],
        "security_groups": sorted(names.get(each["GroupId"], each["GroupId"]) for each in instance["SecurityGroups"]),
        "http_tokens": metadata.get("HttpTokens"),
        "http_put_response_hop_limit": metadata.get("HttpPutResponseHopLimit"),
        "iam_instance_profile": profile,
        "termination_protection": details["termination_protection"],
        "tags": tags_of(instance),
    }
    return Resource("instance", tags_of(instance)["Name"], properties, id=instance["InstanceId"])


def _addresses(addresses, live, spec):
    found = []
    for address in addresses:
        holder = address.get("InstanceId") or address.get("NetworkInterfaceId") or ""
        if not carries(address, own_tags(spec.project, spec.environment, spec.name)):
            if holder and holder == live.instance_id:
                live.foreign_address = address["PublicIp"]
            if tags_of(address).get("Name") == spec.name:
                live.notes.append(
                    f"{address['PublicIp']} is also named {spec.name}, but does not carry our tags: left alone"
                )
            continue
        properties = {
            "instance": spec.name if holder and holder == live.instance_id else holder,
            "public_ip": address["PublicIp"],
            "tags": tags_of(address),
        }
        found.append(Resource("elastic_ip", spec.name, properties, id=address["AllocationId"], key="address"))
    return sorted(found, key=lambda each: (each.properties["instance"] != spec.name, each.id))
