# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a host: what it names, what it refuses, and which calls it makes."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import boto3
import pytest
from botocore.stub import ANY, Stubber
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, pending
from ansible_collections.landfall.aws.plugins.module_utils.client import CallCounter
from ansible_collections.landfall.aws.plugins.module_utils.host import api, canonical, images, plan
from ansible_collections.landfall.aws.plugins.modules import ec2_host_plan

PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZpcnN0"
KEY = plan.LocalKey("/home/me/.ssh/app", private=True, public=PUBLIC_KEY, mode="0400")
NO_KEY = plan.LocalKey("/home/me/.ssh/app")
SPEC = plan.Spec(
    name="app",
    project="shop",
    environment="dev",
    key_path="/home/me/.ssh/app",
    ssh_cidrs=("203.0.113.7/32", "2001:db8::/64"),
    vpc_id="vpc-1",
    subnet_id="subnet-1",
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
    return plan.Spec(**{**spec.__dict__, **options})


def tag_list(**more):
    tags = {"Name": "app", "Project": "shop", "Environment": "dev", "ManagedBy": "landfall.aws", **more}
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def permission(port, *cidrs):
    return {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "IpRanges": [{"CidrIp": cidr} for cidr in cidrs if ":" not in cidr],
        "Ipv6Ranges": [{"CidrIpv6": cidr} for cidr in cidrs if ":" in cidr],
    }


def described():
    """The host of SPEC as AWS would describe it: what api.read and api.read_instance return."""
    found = {
        "instances": [
            {
                "InstanceId": "i-1",
                "InstanceType": "t3.micro",
                "Architecture": "x86_64",
                "ImageId": "ami-old",
                "State": {"Name": "running"},
                "VpcId": "vpc-1",
                "SubnetId": "subnet-1",
                "PrivateIpAddress": "10.0.1.7",
                "PublicIpAddress": "198.51.100.9",
                "RootDeviceName": "/dev/sda1",
                "SecurityGroups": [{"GroupId": "sg-1", "GroupName": "app"}],
                "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
                "Tags": tag_list(),
            }
        ],
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
        "addresses": [
            {"AllocationId": "eipalloc-1", "PublicIp": "198.51.100.9", "InstanceId": "i-1", "Tags": tag_list()}
        ],
    }
    details = {
        "termination_protection": False,
        "volumes": [{"VolumeId": "vol-1", "Size": 30, "Attachments": [{"Device": "/dev/sda1"}]}],
    }
    return found, details


def host(found, details, key=KEY, spec=SPEC):
    return canonical.host(copy.deepcopy(found), details, key, spec)


def changes_of(found, details, key=KEY, spec=SPEC):
    return pending(plan.plan(spec, host(found, details, key, spec), key, IMAGE))


def nothing():
    return {"instances": [], "key_pairs": [], "security_groups": [], "addresses": []}, {}


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


def other_group(found, _details):
    found["instances"][0]["SecurityGroups"].append({"GroupId": "sg-9", "GroupName": "theirs"})


def other_type(found, _details):
    found["instances"][0]["InstanceType"] = "t3.small"


def protected(_found, details):
    details["termination_protection"] = True


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


def test_a_newer_image_another_disk_or_user_data_never_replace_an_instance():
    found, details = described()
    details["volumes"][0]["Size"] = 20
    spec = with_(SPEC, ami="ami-00000000000000001", subnet_id="subnet-2")
    live = host(found, details, spec=spec)
    assert pending(plan.plan(spec, live, KEY)) == []
    assert plan.notes(spec, live, KEY) == [
        "ami: the instance i-1 was made with ami-old and keeps it",
        "subnet_id: the instance i-1 was made with subnet-1 and stays there",
        "volume_size: the instance i-1 was made with 20 GiB and keeps them",
    ]


def test_an_address_that_is_not_wanted_any_more_is_released():
    (change,) = changes_of(*described(), spec=with_(SPEC, elastic_ip=False))
    assert (change.action, change.type, change.id) == ("remove", "elastic_ip", "eipalloc-1")


def test_two_of_our_addresses_become_one():
    found, details = described()
    found["addresses"].insert(0, {"AllocationId": "eipalloc-0", "PublicIp": "198.51.100.1", "Tags": tag_list()})
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
    found["instances"].append({**found["instances"][0], "InstanceId": "i-9", "Tags": tag_list(Environment="prod")})
    live = host(found, details)
    assert live.instance_id == "i-1"
    assert [note.split()[0] for note in live.notes] == ["i-9", "198.51.100.9"]
    found["addresses"][0]["InstanceId"] = "i-1"
    assert "198.51.100.9 is attached to the instance i-1" in refusal(changes_of, found, details)


def test_two_instances_of_ours_are_not_guessed_between():
    found, details = described()
    found["instances"].append({**found["instances"][0], "InstanceId": "i-2"})
    assert "i-1 and i-2 all carry the tags" in refusal(host, found, details)


def test_a_lost_key_is_not_replaced_while_the_instance_lives():
    assert "Copy that key here" in refusal(changes_of, *described(), key=NO_KEY)


def test_removal_starts_with_the_address_and_keeps_the_key():
    live = host(*described())
    types = [change.type for change in plan.plan_removal(live)]
    assert types == ["elastic_ip", "instance", "security_group", "key_pair"]
    assert [change.type for change in plan.plan_removal(live, private_key_too=True)] == [*types, "ssh_key"]


def test_what_keeps_a_host_from_being_removed_is_named():
    live = host(*described())
    mine = {"NetworkInterfaceId": "eni-1", "Attachment": {"InstanceId": "i-1"}}
    plan.refuse_removal(live, [mine])
    theirs = {"NetworkInterfaceId": "eni-2", "Description": "RDS"}
    assert "eni-2 (RDS)" in refusal(plan.refuse_removal, live, [mine, theirs])
    found, details = described()
    protected(found, details)
    assert "protected from termination" in refusal(plan.refuse_removal, host(found, details), [])


@pytest.mark.parametrize(
    ("connect_to", "address"), [("public", "198.51.100.9"), ("private", "10.0.1.7"), ("tag:Reach", "192.0.2.1")]
)
def test_where_to_connect_to(connect_to, address):
    found, details = described()
    found["instances"][0]["Tags"] = tag_list(Reach="192.0.2.1")
    assert plan.address_of(with_(SPEC, connect_to=connect_to), host(found, details), []) == address


def test_a_host_without_the_address_asked_for_is_not_silently_left_out():
    live = host(*described())
    spec = with_(SPEC, connect_to="tag:Reach")
    tagging = SimpleNamespace(type="instance")
    assert plan.address_of(spec, live, [tagging]) == ""
    assert "has no tag 'Reach'" in refusal(plan.address_of, spec, live, [])


@pytest.mark.parametrize(
    ("mutation", "address"), [(stopped, ""), (ssh_open, ""), (address_loose, ""), (key_replaced, "198.51.100.9")]
)
def test_there_is_nowhere_to_connect_to_before_instance_group_and_address_are_right(mutation, address):
    found, details = described()
    mutation(found, details)
    assert plan.address_of(SPEC, host(found, details), changes_of(found, details)) == address


def test_ssh_stays_closed_to_the_world_whatever_rule_says_otherwise():
    world = {"protocol": "tcp", "from_port": 1, "to_port": 65535, "cidrs": ["0.0.0.0/0"]}
    for spec in (with_(SPEC, ssh_cidrs=("::/0",)), with_(SPEC, extra_rules=(world,)), with_(SPEC, ssh_cidrs=())):
        assert plan.mistakes(spec)
    harmless = {**world, "from_port": 8000, "to_port": 8010}
    assert plan.mistakes(with_(SPEC, extra_rules=(harmless,))) == []
    assert "tcp 8000-8010 0.0.0.0/0" in plan.lines(plan.ingress(with_(SPEC, extra_rules=(harmless,))))


SSM = with_(SPEC, access="ssm", ssh_cidrs=(), instance_profile="app", connect_to="tag:Reach")


def by_sessions():
    """The host of SSM as AWS would describe it."""
    found, details = described()
    del found["security_groups"][0]["IpPermissions"][0]
    found["instances"][0]["IamInstanceProfile"] = {"Arn": "arn:aws:iam::123456789012:instance-profile/app"}
    return found, details


def test_with_sessions_ssh_is_open_to_nobody():
    assert plan.mistakes(SSM) == []
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
    assert [each.split(": ")[0] for each in plan.mistakes(wrong)] == [
        "ssh_cidrs",
        "instance_profile",
        "ssh_port, extra_rules",
    ]
    assert plan.mistakes(with_(SPEC, extra_rules=(rule,))) == []


def test_sessions_reach_the_instance_by_its_id_once_it_is_right():
    live = host(*by_sessions(), spec=SSM)
    assert plan.address_of(SSM, live, []) == "i-1"
    assert plan.address_of(SSM, live, [SimpleNamespace(type="security_group")]) == ""
    assert plan.address_of(SSM, host(*nothing(), spec=SSM), [SimpleNamespace(type="instance")]) == ""


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


def test_the_network_is_found_by_the_tags_of_the_role_vpc():
    spec = with_(SPEC, vpc_id="", subnet_id="", vpc_name="shop-dev")
    subnets = [
        {"SubnetId": "subnet-b", "VpcId": "vpc-1", "AvailabilityZone": "b", "CidrBlock": "10.0.2.0/24"},
        {"SubnetId": "subnet-a", "VpcId": "vpc-1", "AvailabilityZone": "a", "CidrBlock": "10.0.1.0/24"},
        {"SubnetId": "subnet-0", "VpcId": "vpc-0", "AvailabilityZone": "a", "CidrBlock": "10.0.0.0/24"},
    ]
    found = {"vpcs": [{"VpcId": "vpc-1"}], "subnets": subnets}
    assert canonical.place(found, spec) == canonical.Place("vpc-1", "subnet-a")
    assert canonical.place({"vpcs": [], "subnets": subnets}, spec) == canonical.Place("", "")
    found["vpcs"].append({"VpcId": "vpc-2"})
    assert "vpc-1 and vpc-2" in refusal(canonical.place, found, spec)


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


@pytest.fixture
def ec2(monkeypatch):
    """A client that answers what it is told, in order, and counts; so the calls are made one after the other."""
    monkeypatch.setattr(api, "in_parallel", lambda **reads: {name: read() for name, read in reads.items()})
    client = boto3.client("ec2", region_name="eu-west-3", aws_access_key_id="x", aws_secret_access_key="x")
    counter = CallCounter()
    counter.attach(client)
    with Stubber(client) as stubber:
        yield SimpleNamespace(client=client, stubber=stubber, counter=counter)
        stubber.assert_no_pending_responses()


def expect_read(stubber, found):
    alive = {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}
    named = [{"Name": "tag:Name", "Values": ["app"]}]
    reservations = {"Reservations": [{"Instances": found["instances"]}]}
    stubber.add_response("describe_instances", reservations, {"Filters": [*named, alive]})
    expected = {"Filters": [{"Name": "key-name", "Values": ["app"]}], "IncludePublicKey": True}
    stubber.add_response("describe_key_pairs", {"KeyPairs": found["key_pairs"]}, expected)
    expected = {"Filters": [{"Name": "group-name", "Values": ["app"]}]}
    stubber.add_response("describe_security_groups", {"SecurityGroups": found["security_groups"]}, expected)
    stubber.add_response("describe_addresses", {"Addresses": found["addresses"]}, {})


def test_an_unchanged_host_costs_six_calls(ec2):
    found, details = described()
    expect_read(ec2.stubber, found)
    expected = {"InstanceId": "i-1", "Attribute": "disableApiTermination"}
    ec2.stubber.add_response("describe_instance_attribute", {"DisableApiTermination": {"Value": False}}, expected)
    expected = {"Filters": [{"Name": "attachment.instance-id", "Values": ["i-1"]}]}
    ec2.stubber.add_response("describe_volumes", {"Volumes": details["volumes"]}, expected)
    live = ec2_host_plan.read(ec2.client, SPEC, KEY)
    module = SimpleNamespace(check_mode=False)
    assert not pending(ec2_host_plan.to_be_present(module, ec2.client, SPEC, live, KEY))
    assert len(ec2.counter.calls) == 6


def test_a_new_host_asks_for_type_and_image_of_the_publisher(ec2):
    expect_read(ec2.stubber, nothing()[0])
    described_type = {"InstanceType": "t4g.small", "ProcessorInfo": {"SupportedArchitectures": ["arm64"]}}
    expected = {"InstanceTypes": ["t4g.small"]}
    ec2.stubber.add_response("describe_instance_types", {"InstanceTypes": [described_type]}, expected)
    filters = [
        {"Name": "name", "Values": ["debian-13-arm64-*"]},
        {"Name": "architecture", "Values": ["arm64"]},
        {"Name": "state", "Values": ["available"]},
    ]
    expected = {"Owners": ["136693071363"], "Filters": filters}
    ec2.stubber.add_response("describe_images", {"Images": [IMAGE]}, expected)
    spec = with_(SPEC, os="debian-13", instance_type="t4g.small")
    live = ec2_host_plan.read(ec2.client, spec, KEY)
    changes = ec2_host_plan.to_be_present(SimpleNamespace(check_mode=False), ec2.client, spec, live, KEY)
    assert len(pending(changes)) == 4


def test_an_unknown_type_is_refused(ec2):
    ec2.stubber.add_client_error(
        "describe_instance_types", "InvalidInstanceType", expected_params={"InstanceTypes": ANY}
    )
    live = host(*nothing())
    with pytest.raises(Refused, match=r"AWS knows no type t3\.micro"):
        ec2_host_plan.image_for(ec2.client, SPEC, live)


def test_without_a_network_only_check_mode_goes_on():
    spec = with_(SPEC, vpc_id="", subnet_id="", vpc_name="shop-dev")
    found, details = {**nothing()[0], "vpcs": [], "subnets": []}, {}
    live = host(found, details, spec=spec)
    with pytest.raises(Refused, match="there is no VPC shop-dev"):
        ec2_host_plan.to_be_present(SimpleNamespace(check_mode=False), None, spec, live, KEY)
    (instance,) = (each for each in plan.plan(spec, live, KEY, IMAGE) if each.type == "instance")
    assert instance.after["subnet_id"] == "(known after apply)"


class Ended(Exception):
    pass


class Module:
    """A run of the module against a stubbed client."""

    check_mode, region = False, "eu-west-3"

    def __init__(self, client, **params):
        self.params = {**SPEC.__dict__, "remove_private_key": False, "prove": False, **params}
        self.client = lambda service: client

    def finish(self, **result):
        self.result = result
        raise Ended

    def refuse(self, message, **result):
        raise AssertionError(message)


def test_a_removal_looks_only_after_what_is_shutting_down_is_gone(ec2, monkeypatch):
    tags = {"Name": "app", "Project": "shop", "Environment": "dev", "ManagedBy": "landfall.aws"}
    dying = [{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()]
    dying.append({"Name": "instance-state-name", "Values": ["shutting-down"]})
    gone = {"InstanceId": "i-1", "State": {"Name": "terminated"}}
    found, _details = described()
    found.update(instances=[], addresses=[], key_pairs=[])
    ec2.stubber.add_response("describe_instances", {"Reservations": [{"Instances": [gone]}]}, {"Filters": dying})
    ec2.stubber.add_response("describe_instances", {"Reservations": [{"Instances": [gone]}]}, {"InstanceIds": ["i-1"]})
    expect_read(ec2.stubber, found)
    expected = {"Filters": [{"Name": "group-id", "Values": ["sg-1"]}]}
    ec2.stubber.add_response("describe_network_interfaces", {"NetworkInterfaces": []}, expected)
    module = Module(ec2.client, state="absent")
    monkeypatch.setattr(ec2_host_plan, "LandfallModule", lambda **arguments: module)
    with pytest.raises(Ended):
        ec2_host_plan.main()
    assert [each["id"] for each in module.result["todo"]["remove"]["security_group"]] == ["sg-1"]
