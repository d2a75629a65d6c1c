# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a host: what it names, what it refuses, and which calls it makes."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, pending
from ansible_collections.landfall.aws.plugins.module_utils.client import CallCounter
from ansible_collections.landfall.aws.plugins.module_utils.host import api, canonical, images, plan
from ansible_collections.landfall.aws.plugins.module_utils.host.spec import Spec, mistakes
from ansible_collections.landfall.aws.plugins.modules import ec2_host_plan, ec2_instance_monitoring

PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZpcnN0"
KEY = plan.LocalKey("/home/me/.ssh/app", private=True, public=PUBLIC_KEY, mode="0400")
NO_KEY = plan.LocalKey("/home/me/.ssh/app")
SPEC = Spec(
    name="app",
    project="shop",
    environment="dev",
    key_path="/home/me/.ssh/app",
    ssh_cidrs=("203.0.113.7/32", "2001:db8::/64"),
    vpc_id="vpc-1",
    subnet_ids=("subnet-1",),
    termination_protection=False,
)
IMAGE = {
    "ImageId": "ami-1",
    "Name": "ubuntu-1",
    "RootDeviceName": "/dev/sda1",
    "CreationDate": "2026-10-15T06:00:00.000Z",
    "Architecture": "x86_64",
}


def with_(spec, **options):
    return Spec(**{**spec.__dict__, **options})


def tag_list(name="app", **more):
    tags = {
        "Name": name,
        "Project": "shop",
        "Environment": "dev",
        "ManagedBy": "landfall.aws",
        "HostKind": "app",
        **more,
    }
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def permission(port, *cidrs):
    return {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "IpRanges": [{"CidrIp": cidr} for cidr in cidrs if ":" not in cidr],
        "Ipv6Ranges": [{"CidrIpv6": cidr} for cidr in cidrs if ":" in cidr],
    }


def instance(name, number, **more):
    return {
        "InstanceId": f"i-{number}",
        "InstanceType": "t3.micro",
        "Architecture": "x86_64",
        "ImageId": "ami-old",
        "State": {"Name": "running"},
        "VpcId": "vpc-1",
        "SubnetId": "subnet-1",
        "Placement": {"AvailabilityZone": "eu-west-3a"},
        "PrivateIpAddress": f"10.0.1.{number}",
        "PublicIpAddress": f"198.51.100.{number}",
        "RootDeviceName": "/dev/sda1",
        "SecurityGroups": [{"GroupId": "sg-1", "GroupName": "app"}],
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
        "Monitoring": {"State": "disabled"},
        "Tags": tag_list(name),
        **more,
    }


def volume(number, size=30):
    return {
        "VolumeId": f"vol-{number}",
        "Size": size,
        "VolumeType": "gp3",
        "Iops": 3000,
        "AvailabilityZone": "eu-west-3a",
        "Attachments": [{"Device": "/dev/sda1", "InstanceId": f"i-{number}"}],
    }


def elastic_ip(name, number):
    return {
        "AllocationId": f"eipalloc-{number}",
        "PublicIp": f"198.51.100.{number}",
        "InstanceId": f"i-{number}",
        "Tags": tag_list(name),
    }


def described(*names):
    """The hosts as AWS would describe them: what api.read and api.read_instances return."""
    names = names or ("app",)
    found = {
        "instances": [instance(name, number) for number, name in enumerate(names, 1)],
        "namesakes": [],
        "key_pairs": [{"KeyName": "app", "KeyPairId": "key-1", "PublicKey": f"{PUBLIC_KEY} app", "Tags": tag_list()}],
        "security_groups": [
            {
                "GroupId": "sg-1",
                "GroupName": "app",
                "VpcId": "vpc-1",
                "IpPermissions": [
                    permission(22, "203.0.113.7/32", "2001:db8::/64"),
                    permission(80, "0.0.0.0/0", "::/0"),
                    permission(443, "0.0.0.0/0", "::/0"),
                ],
                "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
                "Tags": tag_list(),
            }
        ],
        "addresses": [elastic_ip(name, number) for number, name in enumerate(names, 1)],
    }
    details = {
        "protection": {f"i-{number}": False for number in range(1, len(names) + 1)},
        "volumes": [volume(number) for number in range(1, len(names) + 1)],
    }
    return found, details


def host(found, details, key=KEY, spec=SPEC, profile=None):
    return canonical.hosts(copy.deepcopy(found), details, key, spec, profile)


def changes_of(found, details, key=KEY, spec=SPEC):
    return pending(plan.plan(spec, host(found, details, key, spec), key, IMAGE))


def nothing():
    empty = ("instances", "namesakes", "key_pairs", "security_groups", "addresses")
    return {each: [] for each in empty}, {"volumes": [], "protection": {}}


def test_what_is_as_wanted_is_left_alone():
    assert changes_of(*described()) == []


def test_from_nothing_everything_is_added_in_order():
    changes = changes_of(*nothing(), NO_KEY)
    assert [(change.action, change.type) for change in changes] == [
        ("add", type_) for type_ in ("ssh_key", "key_pair", "security_group", "instance", "elastic_ip")
    ]
    assert changes[1].after["public_key"] == "(known after apply)"
    assert changes[3].after["image_id"] == "ami-1"


def test_a_public_key_alone_is_enough():
    agent = plan.LocalKey(KEY.path, public=PUBLIC_KEY)
    assert "ssh_key" not in {change.type for change in changes_of(*nothing(), agent)}


def stopped(found, _details):
    found["instances"][0]["State"]["Name"] = "stopped"


def metadata_open(found, _details):
    found["instances"][0]["MetadataOptions"]["HttpTokens"] = "optional"


def disk_too_small(_found, details):
    details["volumes"][0]["Size"] = 20


def other_group(found, _details):
    found["instances"][0]["SecurityGroups"].append({"GroupId": "sg-9", "GroupName": "theirs"})


def other_type(found, _details):
    found["instances"][0]["InstanceType"] = "t3.small"


def protected(_found, details):
    details["protection"]["i-1"] = True


def ssh_open(found, _details):
    found["security_groups"][0]["IpPermissions"].append(permission(22, "0.0.0.0/0"))


def web_closed(found, _details):
    del found["security_groups"][0]["IpPermissions"][1]["Ipv6Ranges"]


def no_way_out(found, _details):
    found["security_groups"][0]["IpPermissionsEgress"] = []


def group_gone(found, _details):
    found["security_groups"] = []


def address_loose(found, _details):
    del found["addresses"][0]["InstanceId"]


def address_gone(found, _details):
    found["addresses"] = []


def key_replaced(found, _details):
    found["key_pairs"][0]["PublicKey"] = "ssh-ed25519 AAAAother"


def key_gone(found, _details):
    found["key_pairs"] = []


DRIFT = {
    stopped: ("change", "instance", "state"),
    metadata_open: ("change", "instance", "http_tokens"),
    other_group: ("change", "instance", "security_groups"),
    other_type: ("change", "instance", "instance_type"),
    protected: ("change", "instance", "termination_protection"),
    disk_too_small: ("change", "volume", "size"),
    ssh_open: ("change", "security_group", "ingress"),
    web_closed: ("change", "security_group", "ingress"),
    no_way_out: ("change", "security_group", "egress"),
    group_gone: ("add", "security_group", ""),
    address_loose: ("change", "elastic_ip", "instance"),
    address_gone: ("add", "elastic_ip", ""),
    key_replaced: ("replace", "key_pair", "public_key"),
    key_gone: ("add", "key_pair", ""),
}


GONE = {"security_group": group_gone, "elastic_ip": address_gone, "key_pair": key_gone}


@given(st.lists(st.sampled_from(list(DRIFT)), unique=True, min_size=1, max_size=6))
def test_drift_is_named_in_any_combination(mutations):
    found, details = described()
    # What removes a thing comes last, because it leaves nothing to change.
    for mutation in sorted(mutations, key=lambda each: each in GONE.values()):
        mutation(found, details)
    named = {(change.action, change.type): change.why for change in changes_of(found, details)}
    for mutation in mutations:
        action, type_, why = DRIFT[mutation]
        if GONE.get(type_) in mutations:
            assert ("add", type_) in named
        else:
            assert why in named[(action, type_)]


def test_a_newer_image_or_another_place_never_replace_an_instance():
    found, details = described()
    hosts = ({"name": "app", "availability_zone": "eu-west-3b"},)
    spec = with_(SPEC, ami="ami-00000000000000001", subnet_ids=("subnet-2",))
    live = host(found, details, spec=spec)
    assert pending(plan.plan(spec, live, KEY)) == []
    assert plan.notes(spec, live, KEY) == [
        "ami: the instance i-1 was made with ami-old and keeps it",
        "subnet_id: the instance i-1 was made with subnet-1 and stays there",
    ]
    moved = with_(SPEC, hosts=hosts)
    assert plan.notes(moved, live, KEY) == ["hosts: the instance i-1 stands in eu-west-3a and stays there"]


def test_a_disk_never_becomes_smaller():
    found, details = described()
    details["volumes"][0]["Size"] = 40
    assert "the disk of app has 40 GiB and can't become 30" in refusal(changes_of, found, details)


def test_another_disk_of_an_instance_is_not_the_root_s():
    found, details = described()
    more = volume(1, 500)
    more["Attachments"][0]["Device"] = "/dev/sdf"
    details["volumes"].insert(0, more)
    assert changes_of(found, details) == []


def test_an_address_that_is_not_wanted_any_more_is_released():
    (change,) = changes_of(*described(), spec=with_(SPEC, elastic_ip=False))
    assert (change.action, change.type, change.id) == ("remove", "elastic_ip", "eipalloc-1")


def test_two_of_our_addresses_become_one():
    found, details = described()
    found["addresses"].insert(0, {"AllocationId": "eipalloc-0", "PublicIp": "198.51.100.200", "Tags": tag_list()})
    (change,) = changes_of(found, details)
    assert (change.action, change.id) == ("remove", "eipalloc-0")


def refusal(function, *arguments, **options):
    with pytest.raises(Refused) as caught:
        function(*arguments, **options)
    return str(caught.value)


def test_what_others_made_is_in_the_way():
    for kind, thing in (("key_pairs", "key-1"), ("security_groups", "sg-1")):
        found, details = described()
        found[kind][0]["Tags"] = []
        assert thing in refusal(changes_of, found, details)
    found, details = described()
    found["addresses"][0].update(Tags=tag_list(Project="other"), InstanceId="i-9")
    found["namesakes"] = [instance("app", 9, Tags=tag_list(Environment="prod")), *found["instances"]]
    live = host(found, details)
    assert live.instance_id("app") == "i-1"
    assert [note.split()[0] for note in live.notes] == ["i-9", "198.51.100.1"]
    found["addresses"][0]["InstanceId"] = "i-1"
    assert "198.51.100.1 is attached to the instance i-1" in refusal(changes_of, found, details)


def test_a_host_of_another_kind_is_not_taken_over():
    found, details = described()
    found["instances"][0]["Tags"] = tag_list(HostKind="web")
    assert "is one of the hosts of web" in refusal(host, found, details)


def test_two_instances_of_ours_are_not_guessed_between():
    found, details = described()
    found["instances"].append({**found["instances"][0], "InstanceId": "i-2"})
    assert "i-1 and i-2 all carry the tags" in refusal(host, found, details)


def test_a_lost_key_is_not_replaced_while_the_instance_lives():
    assert "Copy that key here" in refusal(changes_of, *described(), key=NO_KEY)


def test_removal_starts_with_the_address_and_keeps_the_key():
    live = host(*described())
    types = [change.type for change in plan.plan_removal(live)]
    assert types == ["elastic_ip", "instance", "security_group", "key_pair"]  # the disks go with the instances
    assert [change.type for change in plan.plan_removal(live, private_key_too=True)] == [*types, "ssh_key"]


def test_what_keeps_a_host_from_being_removed_is_named():
    live = host(*described())
    mine = {"NetworkInterfaceId": "eni-1", "Attachment": {"InstanceId": "i-1"}}
    plan.refuse_removal(live, [mine])
    theirs = {"NetworkInterfaceId": "eni-2", "Description": "RDS"}
    assert "eni-2 (RDS)" in refusal(plan.refuse_removal, live, [mine, theirs])
    plan.refuse_removal(live, [mine], [{"GroupId": "sg-1", "GroupName": "app"}])
    behind_it = {"GroupId": "sg-5", "GroupName": "web"}
    assert "sg-5 (web), which has a rule for it" in refusal(plan.refuse_removal, live, [], [behind_it])
    assert "i-1 (app) is protected from termination" in refusal(plan.refuse_protected, live, {"i-1": True})
    plan.refuse_protected(live, {"i-1": False})


def address_of(spec, live, pending=()):
    return plan.reached(spec, live, list(pending))[0]["address"]


@pytest.mark.parametrize(
    ("connect_to", "address"), [("public", "198.51.100.1"), ("private", "10.0.1.1"), ("tag:Reach", "192.0.2.1")]
)
def test_where_to_connect_to(connect_to, address):
    found, details = described()
    found["instances"][0]["Tags"] = tag_list(Reach="192.0.2.1")
    assert address_of(with_(SPEC, connect_to=connect_to), host(found, details)) == address


def test_a_host_without_the_address_asked_for_is_not_silently_left_out():
    live = host(*described())
    spec = with_(SPEC, connect_to="tag:Reach")
    tagging = SimpleNamespace(type="instance", name="app")
    assert address_of(spec, live, [tagging]) == ""
    assert "has no tag 'Reach'" in refusal(address_of, spec, live)


@pytest.mark.parametrize(
    ("mutation", "address"), [(stopped, ""), (ssh_open, ""), (address_loose, ""), (key_replaced, "198.51.100.1")]
)
def test_there_is_nowhere_to_connect_to_before_instance_group_and_address_are_right(mutation, address):
    found, details = described()
    mutation(found, details)
    assert address_of(SPEC, host(found, details), changes_of(found, details)) == address


def test_ssh_stays_closed_to_the_world_whatever_rule_says_otherwise():
    world = {"protocol": "tcp", "from_port": 1, "to_port": 65535, "cidrs": ["0.0.0.0/0"]}
    for spec in (with_(SPEC, ssh_cidrs=("::/0",)), with_(SPEC, extra_rules=(world,)), with_(SPEC, ssh_cidrs=())):
        assert mistakes(spec)
    harmless = {**world, "from_port": 8000, "to_port": 8010}
    assert mistakes(with_(SPEC, extra_rules=(harmless,))) == []
    assert "tcp 8000-8010 0.0.0.0/0" in plan.lines(plan.ingress(with_(SPEC, extra_rules=(harmless,))))


SSM = with_(SPEC, access="ssm", ssh_cidrs=(), instance_profile="app", connect_to="tag:Reach")


def by_sessions():
    """The host of SSM as AWS would describe it."""
    found, details = described()
    del found["security_groups"][0]["IpPermissions"][0]
    found["instances"][0]["IamInstanceProfile"] = {"Arn": "arn:aws:iam::123456789012:instance-profile/app"}
    return found, details


def test_with_sessions_ssh_is_open_to_nobody():
    assert mistakes(SSM) == []
    assert [line for line in plan.lines(plan.ingress(SSM)) if line.startswith("tcp 22 ")] == []
    assert changes_of(*by_sessions(), spec=SSM) == []
    found, details = by_sessions()
    found["security_groups"][0]["IpPermissions"].append(permission(22, "203.0.113.7/32"))
    (change,) = changes_of(found, details, spec=SSM)
    assert (change.action, change.type, change.why) == ("change", "security_group", "differs in ingress")
    assert set(change.before["ingress"]) - set(change.after["ingress"]) == {"tcp 22 203.0.113.7/32"}


def test_sessions_need_a_profile_and_go_with_no_rule_for_ssh():
    rule = {"protocol": "tcp", "from_port": 22, "to_port": None, "cidrs": ["10.0.0.0/8"]}
    wrong = with_(SSM, instance_profile="", ssh_cidrs=("203.0.113.7/32",), extra_rules=(rule,))
    assert [each.split(": ")[0] for each in mistakes(wrong)] == [
        "ssh_cidrs",
        "instance_profile",
        "ssh_port, extra_rules",
    ]
    assert mistakes(with_(SPEC, extra_rules=(rule,))) == []


def test_sessions_reach_the_instance_by_its_id_once_it_is_right():
    live = host(*by_sessions(), spec=SSM)
    assert address_of(SSM, live) == "i-1"
    assert address_of(SSM, live, [SimpleNamespace(type="security_group", name="app")]) == ""
    assert address_of(SSM, host(*nothing(), spec=SSM), [SimpleNamespace(type="instance", name="app")]) == ""


def test_images_are_the_publishers_newest():
    older = {**IMAGE, "ImageId": "ami-0", "CreationDate": "2026-01-01T00:00:00.000Z"}
    assert images.newest([IMAGE, older], "ubuntu-24.04", "x86_64") is IMAGE
    assert "no image for arm64" in refusal(images.newest, [], "debian-13", "arm64")
    assert "is for x86_64" in refusal(images.pinned, [IMAGE], "ami-1", "arm64", "t4g.small")
    assert images.pattern("debian-12", "arm64") == "debian-12-arm64-*"


def test_an_architecture_that_nobody_publishes_for_is_refused():
    mac = {"InstanceType": "mac1.metal", "ProcessorInfo": {"SupportedArchitectures": ["x86_64_mac"]}}
    assert "x86_64_mac" in refusal(images.architecture_of, mac)
    both = {"InstanceType": "m1", "ProcessorInfo": {"SupportedArchitectures": ["i386", "x86_64"]}}
    assert images.architecture_of(both) == "x86_64"


SUBNETS = [
    {"SubnetId": "subnet-b", "VpcId": "vpc-1", "AvailabilityZone": "b", "CidrBlock": "10.0.2.0/24"},
    {"SubnetId": "subnet-a2", "VpcId": "vpc-1", "AvailabilityZone": "a", "CidrBlock": "10.0.3.0/24"},
    {"SubnetId": "subnet-a", "VpcId": "vpc-1", "AvailabilityZone": "a", "CidrBlock": "10.0.1.0/24"},
    {"SubnetId": "subnet-0", "VpcId": "vpc-0", "AvailabilityZone": "a", "CidrBlock": "10.0.0.0/24"},
]
UNPLACED = with_(SPEC, vpc_id="", subnet_ids=(), vpc_name="shop-dev")


def test_the_network_is_found_by_the_tags_of_the_role_vpc():
    found = {**nothing()[0], "vpcs": [{"VpcId": "vpc-1"}], "subnets": SUBNETS}
    live = host(found, nothing()[1], spec=UNPLACED)
    assert (live.vpc_id, live.subnets) == ("vpc-1", {"app": "subnet-a"})
    assert host({**found, "vpcs": []}, nothing()[1], spec=UNPLACED).subnets == {"app": ""}
    found["vpcs"] = [{"VpcId": "vpc-1"}, {"VpcId": "vpc-2"}]
    assert "vpc-1 and vpc-2" in refusal(host, found, nothing()[1], spec=UNPLACED)


@given(st.integers(1, 30), st.integers(1, 6))
def test_hosts_stand_in_as_many_zones_as_can_be(count, zones):
    subnets = [
        {
            "SubnetId": f"subnet-{zone}-{number}",
            "VpcId": "vpc-1",
            "AvailabilityZone": zone,
            "CidrBlock": f"10.0.{number}.0/24",
        }
        for zone in "abcdef"[:zones]
        for number in range(2)
    ]
    found = {**nothing()[0], "vpcs": [{"VpcId": "vpc-1"}], "subnets": subnets}
    spec = with_(UNPLACED, count=count)
    chosen = [each.split("-")[1] for each in host(found, nothing()[1], spec=spec).subnets.values()]
    assert len(chosen) == count
    assert max(map(chosen.count, chosen)) - min(map(chosen.count, "abcdef"[: min(zones, count)])) <= 1


def test_a_host_stands_where_it_is_told_to():
    hosts = ({"name": "one", "availability_zone": "b"}, {"name": "two", "subnet_id": "subnet-9"}, {"name": "three"})
    found = {**nothing()[0], "vpcs": [{"VpcId": "vpc-1"}], "subnets": SUBNETS}
    live = host(found, nothing()[1], spec=with_(UNPLACED, hosts=hosts))
    assert live.subnets == {"one": "subnet-b", "two": "subnet-9", "three": "subnet-a"}
    elsewhere = with_(UNPLACED, hosts=({"name": "one", "availability_zone": "c"},))
    assert "one is to stand in c, where there is no subnet" in refusal(host, found, nothing()[1], spec=elsewhere)
    given_ids = with_(SPEC, subnet_ids=("subnet-0",), vpc_id="vpc-1")
    assert "subnet-0 lies in vpc-0" in refusal(host, {**found, "subnets": SUBNETS[3:]}, nothing()[1], spec=given_ids)


THREE = with_(SPEC, count=3)
NAMES = ("app", "app-2", "app-3")


def test_three_hosts_share_a_key_a_group_and_nothing_else():
    added = [(change.type, change.name) for change in changes_of(*nothing(), spec=THREE)]
    for name in NAMES:
        assert ("instance", name) in added
        assert ("elastic_ip", name) in added
    assert [each for each in added if each[0] in ("key_pair", "security_group")] == [
        ("key_pair", "app"),
        ("security_group", "app"),
    ]
    assert changes_of(*described(*NAMES), spec=THREE) == []


def test_hosts_that_are_not_wanted_any_more_go_with_their_addresses():
    changes = changes_of(*described(*NAMES), spec=with_(SPEC, count=2))
    assert [(change.action, change.type, change.id) for change in changes] == [
        ("remove", "instance", "i-3"),
        ("remove", "elastic_ip", "eipalloc-3"),
    ]
    spec = with_(SPEC, hosts=({"name": "app-3"}, {"name": "new"}))
    changed = {(change.action, change.type, change.name) for change in changes_of(*described(*NAMES), spec=spec)}
    assert {each for each in changed if each[1] == "instance"} == {
        ("remove", "instance", "app"),
        ("remove", "instance", "app-2"),
        ("add", "instance", "new"),
    }
    assert plan.leaving(spec, host(*described(*NAMES), spec=spec)) == ["i-1", "i-2"]


@given(st.sets(st.sampled_from(NAMES)), st.integers(1, 5))
def test_one_pass_is_enough_from_any_number_of_hosts_to_any_other(present, count):
    """What is added and removed is exactly what is missing and what is too much."""
    spec = with_(SPEC, count=count)
    found, details = described(*NAMES)
    found["instances"] = [each for each, name in zip(found["instances"], NAMES) if name in present]
    found["addresses"] = [each for each, name in zip(found["addresses"], NAMES) if name in present]
    changes = [each for each in changes_of(found, details, spec=spec) if each.type == "instance"]
    assert {each.name for each in changes if each.action == "add"} == set(spec.names) - present
    assert {each.name for each in changes if each.action == "remove"} == present - set(spec.names)


def test_only_what_is_named_is_replaced():
    spec = with_(THREE, replace=("app-2",))
    live = host(*described(*NAMES), spec=spec)
    changes = pending(plan.plan(spec, live, KEY, IMAGE))
    assert [(change.action, change.type, change.name) for change in changes] == [
        ("replace", "instance", "app-2"),
        ("change", "elastic_ip", "app-2"),
    ]
    assert (changes[0].why, changes[0].after["image_id"]) == ("it is named in replace", "ami-1")
    assert plan.leaving(spec, live) == ["i-2"]
    assert [each["address"] for each in plan.reached(spec, live, changes)] == ["198.51.100.1", "", "198.51.100.3"]


def test_a_host_that_is_replaced_goes_where_it_is_told_to_now():
    spec = with_(SPEC, replace=("app",), subnet_ids=("subnet-2",), volume_size=20)
    live = host(*described(), spec=spec)
    (replaced, _address) = pending(plan.plan(spec, live, KEY, IMAGE))
    assert replaced.after["subnet_id"] == "subnet-2"
    assert replaced.after["volume"] == "20 GiB gp3, encrypted"  # also a smaller disk


@pytest.mark.parametrize(
    ("power", "live", "wanted"),
    [("running", "stopped", "running"), ("stopped", "running", "stopped"), ("unchanged", "stopped", None)],
)
def test_power_is_as_asked_for(power, live, wanted):
    found, details = described()
    found["instances"][0]["State"]["Name"] = live
    spec = with_(SPEC, power=power)
    states = [each.after["state"] for each in changes_of(found, details, spec=spec)]
    assert states == ([wanted] if wanted else [])
    found["instances"][0]["State"]["Name"] = wanted or live
    assert address_of(spec, host(found, details, spec=spec)) == ("198.51.100.1" if wanted == "running" else "")


def test_monitoring_is_left_alone_unless_it_is_asked_for():
    (change,) = changes_of(*described(), spec=with_(SPEC, monitoring="detailed"))
    assert change.why == "differs in monitoring"
    found, details = described()
    found["instances"][0]["Monitoring"]["State"] = "pending"
    assert changes_of(found, details, spec=with_(SPEC, monitoring="detailed")) == []
    assert changes_of(found, details) == []


BEHIND = with_(
    SPEC,
    bastion="door",
    ssh_cidrs=(),
    elastic_ip=False,
    connect_to="private",
    web_cidrs=("10.0.0.0/16",),
    vpc_name="net",
)


def door(**more):
    tags = tag_list("door", HostKind="door")
    return instance("door", 9, Tags=tags, SecurityGroups=[{"GroupId": "sg-9", "GroupName": "door"}], **more)


def behind():
    found, details = described()
    found["instances"].append(door())
    found["instances"][0]["Tags"] = tag_list(Bastion="door")
    found["addresses"] = []
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": "sg-9"}]}
    found["security_groups"][0]["IpPermissions"] = [ssh, permission(80, "10.0.0.0/16"), permission(443, "10.0.0.0/16")]
    return found, details


def test_behind_a_bastion_ssh_is_open_to_its_group_alone():
    assert mistakes(BEHIND) == []
    live = host(*behind(), spec=BEHIND)
    assert changes_of(*behind(), spec=BEHIND) == []
    (ssh,) = [each for each in plan.ingress(BEHIND, live.bastion) if each["from_port"] == 22]
    assert (ssh["group_id"], "cidr_ip" in ssh) == ("sg-9", False)
    assert (live.bastion.address, live.bastion.instance_id) == ("198.51.100.9", "i-9")
    found, details = behind()
    found["security_groups"][0]["IpPermissions"].append(permission(22, "10.0.0.0/8"))
    (change,) = changes_of(found, details, spec=BEHIND)
    assert set(change.before["ingress"]) - set(change.after["ingress"]) == {"tcp 22 10.0.0.0/8"}


def test_a_bastion_that_is_not_there_is_known_to_check_mode_alone():
    found, details = nothing()
    live = host(found, details, spec=BEHIND)
    group = next(each for each in plan.plan(BEHIND, live, KEY, IMAGE) if each.type == "security_group")
    assert "tcp 22 door" in group.after["ingress"]
    assert "door does not exist" in refusal(plan.refuse_what_is_missing, BEHIND, live)
    found["instances"] = [door(PublicIpAddress="")]
    assert "has no public address" in refusal(plan.refuse_what_is_missing, BEHIND, host(found, details, spec=BEHIND))


def test_a_bastion_of_someone_else_is_an_address():
    spec = with_(BEHIND, bastion="198.51.100.77", ssh_cidrs=("10.0.9.9/32",))
    assert mistakes(spec) == []
    live = host(*nothing(), spec=spec)
    assert live.bastion.address == "198.51.100.77"
    plan.refuse_what_is_missing(spec, live)
    assert "tcp 22 10.0.9.9/32" in plan.lines(plan.ingress(spec, live.bastion), live.bastion)


def test_more_groups_are_found_by_id_or_by_either_name():
    spec = with_(SPEC, security_groups=("sg-0123456789abcdef0", "web"), vpc_name="shop-dev")
    assert spec.group_names == ["app", "web", "shop-dev-web"]
    found, details = described()
    web = {
        "GroupId": "sg-7",
        "GroupName": "shop-dev-web",
        "VpcId": "vpc-1",
        "IpPermissions": [],
        "IpPermissionsEgress": [],
    }
    found["security_groups"] += [{**web, "VpcId": "vpc-2", "GroupId": "sg-8"}, web]
    assert host(found, details, spec=spec).groups["web"] == "sg-7"
    (change,) = changes_of(found, details, spec=spec)
    assert change.after["security_groups"] == ["app", "sg-0123456789abcdef0", "web"]
    found["instances"][0]["SecurityGroups"] += [{"GroupId": "sg-7"}, {"GroupId": "sg-0123456789abcdef0"}]
    assert changes_of(found, details, spec=spec) == []
    found["security_groups"] = found["security_groups"][:1]
    missing = refusal(plan.refuse_what_is_missing, spec, host(found, details, spec=spec))
    assert "in the VPC vpc-1 there is no security group web" in missing


READ = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop/*"}
PROFILED = with_(SPEC, profile_statements=(READ,), profile_name="app-eu-west-3")


def profile(**role):
    tags = tag_list("app-eu-west-3")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **READ}]}
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    described_role = {
        "RoleId": "AROA1",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Tags": tags,
        **role,
    }
    instance_profile = {"InstanceProfileId": "AIPA1", "Roles": [{"RoleName": "app-eu-west-3"}], "Tags": tags}
    return {"role": described_role, "policy": policy, "instance_profile": instance_profile}


def profile_changes(found):
    hosts, details = described()
    hosts["instances"][0]["IamInstanceProfile"] = {"Arn": "arn:aws:iam::123456789012:instance-profile/app-eu-west-3"}
    live = host(hosts, details, spec=PROFILED, profile=found)
    return [(change.action, change.type, change.why) for change in pending(plan.plan(PROFILED, live, KEY, IMAGE))]


def test_a_profile_may_do_what_is_stated_and_nothing_else():
    assert profile_changes(profile()) == []
    assert [each[:2] for each in profile_changes({})] == [("add", "iam_role"), ("add", "instance_profile")]
    wide = {**profile(), "policy": {"Version": "2012-10-17", "Statement": [{**READ, "Resource": "*"}]}}
    assert profile_changes(wide) == [("change", "iam_role", "differs in policy")]
    assert profile_changes(profile(AssumeRolePolicyDocument={})) == [("change", "iam_role", "differs in trust")]
    half = {**profile(), "instance_profile": {**profile()["instance_profile"], "Roles": []}}
    assert profile_changes(half) == [("change", "instance_profile", "differs in role")]


def test_a_profile_goes_with_the_hosts_and_one_of_others_is_in_the_way():
    live = host(*described(), spec=PROFILED, profile=profile())
    types = [change.type for change in plan.plan_removal(live)]
    assert types == ["elastic_ip", "instance", "instance_profile", "iam_role", "security_group", "key_pair"]
    with pytest.raises(Refused, match="there already is the iam role app-eu-west-3 without our tags"):
        profile_changes(profile(Tags=[]))


def test_free_types_are_named_where_the_chosen_one_is_none():
    assert plan.free_tier_note("t3.micro", ["t3.micro"], "eu-west-3") == []
    assert plan.free_tier_note("t3.large", [], "eu-west-3") == []
    (note,) = plan.free_tier_note("t3.large", ["t3.micro", "t4g.micro"], "eu-west-3")
    assert note == "instance_type: t3.large is not free-tier eligible in eu-west-3; t3.micro and t4g.micro would be"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"count": 0}, "count: 0 is not"),
        ({"hosts": ({"name": "a"}, {"name": "a"})}, "hosts: a is named 2 times"),
        ({"replace": ("b",)}, "replace: 'b' is none of these hosts"),
        ({"web_cidrs": ("anywhere",)}, "web_cidrs: 'anywhere'"),
        ({"security_groups": ("sg-x",)}, "security_groups: 'sg-x'"),
        ({"bastion": "a b"}, "bastion: 'a b'"),
        ({"bastion": "app", "ssh_cidrs": ()}, "bastion: app can't be reached through itself"),
        ({"bastion": "door"}, "ssh_cidrs: must be left out"),
        ({"bastion": "198.51.100.7", "ssh_cidrs": ()}, "ssh_cidrs: must be given"),
        ({"user_data": "x" * 16385}, "user_data: it has 16385 bytes"),
        ({"profile_statements": ({**READ, "Resource": "*"},), "profile_name": "x"}, "allowed on every resource"),
        ({"profile_statements": (READ,), "profile_name": "x" * 65}, "profile_name: "),
        ({"profile_statements": (READ,), "profile_name": "x", "instance_profile": "y"}, "leave one of them out"),
        ({"extra_rules": ({"from_port": 22, "cidrs": ["0.0.0.0/0"]},)}, "the whole internet"),
        ({"access": "ssm", "ssh_cidrs": (), "instance_profile": "x", "bastion": "door"}, "needs no bastion"),
        ({"volume_size": 70000}, "volume_size: 70000"),
    ],
)
def test_what_is_wrong_is_named(wrong, said):
    assert said in "\n".join(mistakes(with_(SPEC, **wrong)))


def test_all_that_is_wrong_is_named_at_once():
    wrong = with_(SPEC, count=101, volume_size=0, ssh_cidrs=("0.0.0.0/0",), bastion="a b", replace=("x",), ssh_port=0)
    assert len(mistakes(wrong)) >= 6


def test_local_keys_are_looked_at_not_opened(tmp_path):
    private = tmp_path / "id"
    assert plan.LocalKey.at(str(private)) == plan.LocalKey(str(private))
    private.write_text("secret")
    private.chmod(0o644)
    (tmp_path / "id.pub").write_text(f"{PUBLIC_KEY} someone@somewhere\n")
    key = plan.LocalKey.at(str(private))
    assert key == plan.LocalKey(str(private), private=True, public=PUBLIC_KEY, mode="0644")
    found, details = described()
    (change,) = changes_of(found, details, key)
    assert (change.type, change.why, change.after["mode"]) == ("ssh_key", "differs in mode", "0600")
    private.chmod(0o600)
    assert changes_of(found, details, plan.LocalKey.at(str(private))) == []


def one_after_the_other(reads=(), **more):
    return {name: read() for name, read in {**dict(reads), **more}.items()}


@pytest.fixture
def ec2(monkeypatch):
    """A client that answers what it is told, in order, and counts; so the calls are made one after the other."""
    monkeypatch.setattr(api, "in_parallel", one_after_the_other)
    client = boto3.client("ec2", region_name="eu-west-3", aws_access_key_id="x", aws_secret_access_key="x")
    counter = CallCounter()
    counter.attach(client)
    with Stubber(client) as stubber:
        yield SimpleNamespace(client=client, stubber=stubber, counter=counter)
        stubber.assert_no_pending_responses()


OWN = {"Project": "shop", "Environment": "dev", "ManagedBy": "landfall.aws"}
ALIVE = {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}


def tagged(**tags):
    return [{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()]


def expect_read(stubber, found, names=("app",)):
    reservations = {"Reservations": [{"Instances": [each]} for each in found["instances"]]}
    stubber.add_response("describe_instances", reservations, {"Filters": [*tagged(**OWN), ALIVE]})
    named = {"Filters": [{"Name": "tag:Name", "Values": list(names)}, ALIVE]}
    stubber.add_response("describe_instances", reservations, named)
    expected = {"Filters": [{"Name": "key-name", "Values": ["app"]}], "IncludePublicKey": True}
    stubber.add_response("describe_key_pairs", {"KeyPairs": found["key_pairs"]}, expected)
    expected = {"Filters": [{"Name": "group-name", "Values": ["app"]}]}
    stubber.add_response("describe_security_groups", {"SecurityGroups": found["security_groups"]}, expected)
    stubber.add_response("describe_addresses", {"Addresses": found["addresses"]}, {})


def expect_volumes(stubber, details, *ids):
    expected = {"Filters": [{"Name": "attachment.instance-id", "Values": list(ids)}]}
    stubber.add_response("describe_volumes", {"Volumes": details["volumes"]}, expected)


def expect_protection(stubber, instance_id, value=False):
    expected = {"InstanceId": instance_id, "Attribute": "disableApiTermination"}
    stubber.add_response("describe_instance_attribute", {"DisableApiTermination": {"Value": value}}, expected)


LEFT_ALONE = with_(SPEC, termination_protection=None)


def module_of(client, **more):
    return SimpleNamespace(check_mode=False, region="eu-west-3", client=lambda service: client, **more)


def planned(ec2, spec):
    module = module_of(ec2.client)
    live, protection = ec2_host_plan.read(module, spec, KEY, True)
    changes, notes = ec2_host_plan.to_be_present(module, ec2.client, spec, live, KEY, protection)
    return pending(changes), notes


@pytest.mark.parametrize("names", [("app",), NAMES, ("app", *(f"app-{n}" for n in range(2, 41)))], ids=len)
def test_unchanged_hosts_cost_six_calls_however_many_they_are(ec2, names):
    found, details = described(*names)
    expect_read(ec2.stubber, found, names)
    expect_volumes(ec2.stubber, details, *(each["InstanceId"] for each in found["instances"]))
    assert planned(ec2, with_(LEFT_ALONE, count=len(names))) == ([], [])
    assert len(ec2.counter.calls) == 6


def test_only_protection_that_is_asked_for_costs_a_call_for_each_host(ec2):
    found, details = described(*NAMES)
    expect_read(ec2.stubber, found, NAMES)
    for number in (1, 2, 3):
        expect_protection(ec2.stubber, f"i-{number}")
    expect_volumes(ec2.stubber, details, "i-1", "i-2", "i-3")
    assert planned(ec2, THREE) == ([], [])
    assert len(ec2.counter.calls) == 9


@pytest.mark.parametrize(
    ("spec", "leaves"), [(with_(LEFT_ALONE, count=3, replace=("app-2",)), "i-2"), (with_(LEFT_ALONE, count=2), "i-3")]
)
def test_a_protected_host_is_neither_replaced_nor_given_up(ec2, spec, leaves):
    found, details = described(*NAMES)
    expect_read(ec2.stubber, found, tuple(spec.names))
    expect_protection(ec2.stubber, leaves, value=True)
    expect_volumes(ec2.stubber, details, "i-1", "i-2", "i-3")
    with pytest.raises(Refused, match=f"{leaves} .* is protected from termination"):
        planned(ec2, spec)


def test_a_new_host_asks_for_type_and_image_of_the_publisher(ec2):
    expect_read(ec2.stubber, nothing()[0])
    described_type = {
        "InstanceType": "t4g.small",
        "ProcessorInfo": {"SupportedArchitectures": ["arm64"]},
        "FreeTierEligible": False,
    }
    expected = {"InstanceTypes": ["t4g.small"]}
    ec2.stubber.add_response("describe_instance_types", {"InstanceTypes": [described_type]}, expected)
    free = [{"InstanceType": "t4g.micro"}, {"InstanceType": "t3.micro"}]
    expected = {"Filters": [{"Name": "free-tier-eligible", "Values": ["true"]}]}
    ec2.stubber.add_response("describe_instance_types", {"InstanceTypes": free}, expected)
    filters = [
        {"Name": "name", "Values": ["debian-13-arm64-*"]},
        {"Name": "architecture", "Values": ["arm64"]},
        {"Name": "state", "Values": ["available"]},
    ]
    expected = {"Owners": ["136693071363"], "Filters": filters}
    ec2.stubber.add_response("describe_images", {"Images": [IMAGE]}, expected)
    changes, notes = planned(ec2, with_(SPEC, os="debian-13", instance_type="t4g.small"))
    assert len(changes) == 4
    assert notes == ["instance_type: t4g.small is not free-tier eligible in eu-west-3; t3.micro and t4g.micro would be"]


def test_an_unknown_type_is_refused(ec2):
    ec2.stubber.add_client_error(
        "describe_instance_types", "InvalidInstanceType", expected_params={"InstanceTypes": ANY}
    )
    live = host(*nothing())
    with pytest.raises(Refused, match=r"AWS knows no type t3\.micro"):
        ec2_host_plan.image_for(ec2.client, SPEC, live, "eu-west-3")


def test_without_a_network_only_check_mode_goes_on():
    found, details = {**nothing()[0], "vpcs": [], "subnets": []}, nothing()[1]
    live = host(found, details, spec=UNPLACED)
    with pytest.raises(Refused, match="there is no VPC shop-dev"):
        ec2_host_plan.to_be_present(module_of(None), None, UNPLACED, live, KEY, {})
    (added,) = (each for each in plan.plan(UNPLACED, live, KEY, IMAGE) if each.type == "instance")
    assert added.after["subnet_id"] == "(known after apply)"


def iam_client():
    return boto3.client("iam", region_name="eu-west-3", aws_access_key_id="x", aws_secret_access_key="x")


def test_a_profile_costs_three_calls_and_what_is_missing_is_nothing(monkeypatch):
    monkeypatch.setattr(api, "in_parallel", one_after_the_other)
    client = iam_client()
    with Stubber(client) as stubber:
        for call in ("get_instance_profile", "get_role", "get_role_policy"):
            stubber.add_client_error(call, "NoSuchEntity")
        found = api.read_profile(client, "app-eu-west-3")
        stubber.assert_no_pending_responses()
    assert found == {"instance_profile": None, "role": None, "policy": None}


@pytest.mark.parametrize(
    ("present", "code", "raises"),
    [(True, "AccessDenied", True), (False, "Throttling", True), (False, "AccessDenied", False)],
)
def test_a_removal_goes_on_where_iam_may_not_be_read(monkeypatch, present, code, raises):
    warned, client = [], iam_client()
    monkeypatch.setattr(api, "in_parallel", one_after_the_other)
    with Stubber(client) as stubber:
        stubber.add_client_error("get_instance_profile", code)
        module = module_of(client, warn=warned.append)
        if raises:
            with pytest.raises(ClientError):
                ec2_host_plan.read_profile(module, PROFILED, present)
        else:
            assert ec2_host_plan.read_profile(module, PROFILED, present) == {}
    assert bool(warned) != raises


class Ended(Exception):
    pass


class Module:
    """A run of the module against a stubbed client."""

    check_mode, region = False, "eu-west-3"

    def __init__(self, client, **params):
        self.params = {**SPEC.__dict__, "remove_private_key": False, "prove": False, **params}
        self.client = lambda service: client

    def warn(self, message):
        raise AssertionError(message)

    def finish(self, **result):
        self.result = result
        raise Ended

    def refuse(self, message, **result):
        raise AssertionError(message)


def test_a_removal_looks_only_after_what_is_shutting_down_is_gone(ec2, monkeypatch):
    dying = [*tagged(**OWN), {"Name": "instance-state-name", "Values": ["shutting-down"]}]
    gone = {"InstanceId": "i-1", "State": {"Name": "terminated"}}
    found, _details = described()
    found.update(instances=[], addresses=[], key_pairs=[])
    ec2.stubber.add_response("describe_instances", {"Reservations": [{"Instances": [gone]}]}, {"Filters": dying})
    ec2.stubber.add_response("describe_instances", {"Reservations": [{"Instances": [gone]}]}, {"InstanceIds": ["i-1"]})
    expect_read(ec2.stubber, found)
    expected = {"Filters": [{"Name": "group-id", "Values": ["sg-1"]}]}
    ec2.stubber.add_response("describe_network_interfaces", {"NetworkInterfaces": []}, expected)
    expected = {"Filters": [{"Name": "ip-permission.group-id", "Values": ["sg-1"]}]}
    ec2.stubber.add_response("describe_security_groups", {"SecurityGroups": []}, expected)
    module = Module(ec2.client, state="absent")
    monkeypatch.setattr(ec2_host_plan, "LandfallModule", lambda **arguments: module)
    with pytest.raises(Ended):
        ec2_host_plan.main()
    assert [each["id"] for each in module.result["todo"]["remove"]["security_group"]] == ["sg-1"]


@pytest.mark.parametrize(("monitoring", "call"), [("detailed", "monitor_instances"), ("basic", "unmonitor_instances")])
@pytest.mark.parametrize("check_mode", [True, False])
def test_monitoring_is_changed_where_it_differs(ec2, monkeypatch, monitoring, call, check_mode):
    live = {"i-1": "enabled", "i-2": "disabled", "i-3": "pending", "i-4": "disabling"}
    instances = [{"InstanceId": each, "Monitoring": {"State": state}} for each, state in live.items()]
    found = {"Reservations": [{"Instances": instances}]}
    ec2.stubber.add_response("describe_instances", found, {"InstanceIds": list(live)})
    differing = ["i-2", "i-4"] if monitoring == "detailed" else ["i-1", "i-3"]
    if not check_mode:
        ec2.stubber.add_response(call, {}, {"InstanceIds": differing})
    module = Module(ec2.client, instance_ids=list(live), monitoring=monitoring)
    module.check_mode = check_mode
    monkeypatch.setattr(ec2_instance_monitoring, "LandfallModule", lambda **arguments: module)
    with pytest.raises(Ended):
        ec2_instance_monitoring.main()
    assert (module.result["changed"], module.result["instance_ids"]) == (True, differing)
    assert f"i-2: {'detailed' if monitoring == 'detailed' else 'basic'}" not in module.result["diff"]["before"]
