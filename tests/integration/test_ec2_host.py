# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role ec2_host against the emulator: what a user sees in the account, in the inventory and in the output."""

from __future__ import annotations

import json
import os
import stat
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from conftest import NOBODY, REGION, Playbook, free_port
from conftest import Account as Emulated

MINE = {"Project": "landfall", "Environment": "dev", "ManagedBy": "landfall.aws"}
NAME = "landfall-dev-app"
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHo0aW5nIGZvciB0ZXN0cywgbm90aGluZyBlbHNlIQ"


def tag_list(name, **more):
    return [{"Key": key, "Value": value} for key, value in {"Name": name, **MINE, **more}.items()]


def tags(resource):
    return {tag["Key"]: tag["Value"] for tag in resource.get("Tags", [])}


class Account:
    """What is in the account, asked for without the collection's own code."""

    def __init__(self, ec2):
        self.ec2 = ec2
        vpc = self.ec2.create_vpc(
            CidrBlock="10.0.0.0/16",
            TagSpecifications=[{"ResourceType": "vpc", "Tags": tag_list("landfall-dev")}],
        )
        self.vpc_id = vpc["Vpc"]["VpcId"]
        subnet = self.ec2.create_subnet(
            VpcId=self.vpc_id,
            CidrBlock="10.0.1.0/24",
            TagSpecifications=[{"ResourceType": "subnet", "Tags": tag_list("landfall-dev-public", Tier="public")}],
        )
        self.subnet_id = subnet["Subnet"]["SubnetId"]

    @property
    def instances(self):
        found = self.ec2.describe_instances()["Reservations"]
        instances = [instance for reservation in found for instance in reservation["Instances"]]
        return [instance for instance in instances if instance["State"]["Name"] != "terminated"]

    @property
    def instance(self):
        (instance,) = self.instances
        return instance

    @property
    def groups(self):
        found = self.ec2.describe_security_groups()["SecurityGroups"]
        return [group for group in found if group["GroupName"] != "default"]

    @property
    def addresses(self):
        return self.ec2.describe_addresses()["Addresses"]

    @property
    def key_pairs(self):
        return self.ec2.describe_key_pairs()["KeyPairs"]

    def open_to(self, port):
        """From where a port can be reached."""
        (group,) = self.groups
        sources = set()
        for rule in group["IpPermissions"]:
            if rule["IpProtocol"] == "-1" or rule["FromPort"] <= port <= rule["ToPort"]:
                sources |= {each["CidrIp"] for each in rule["IpRanges"]}
                sources |= {each["CidrIpv6"] for each in rule["Ipv6Ranges"]}
        return sources

    def assert_complete(self, ssh_port):
        instance, (address,) = self.instance, self.addresses
        assert instance["State"]["Name"] == "running"
        assert instance["SubnetId"] == self.subnet_id
        assert instance["MetadataOptions"]["HttpTokens"] == "required"
        assert instance["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
        assert address["InstanceId"] == instance["InstanceId"]
        assert self.open_to(ssh_port) == {"203.0.113.7/32"}
        assert self.open_to(80) == self.open_to(443) == {"0.0.0.0/0", "::/0"}
        assert self.open_to(8000) == set()
        (pair,) = self.key_pairs
        for resource in (instance, address, pair, *self.groups):
            assert tags(resource).items() >= {"Name": NAME, **MINE}.items()

    def assert_nothing(self):
        assert not self.instances
        assert not self.addresses
        assert not self.groups
        assert not self.key_pairs


@pytest.fixture
def aws(account):
    return Account(account.ec2)


@pytest.fixture
def key(tmp_path):
    return tmp_path / "keys" / "id"


@pytest.fixture
def options(key, ssh_port):
    return {
        "ec2_host_ssh_cidrs": ["203.0.113.7/32"],
        "ec2_host_ssh_port": ssh_port,
        "ec2_host_key_path": str(key),
        # The emulator's console has no host keys.
        "ec2_host_console_timeout": 0,
    }


def test_an_empty_account_becomes_a_host_and_empty_again(playbook, aws, options, key, ssh_port):
    plan = playbook.succeed("ec2_host", check=True, diff=True, **options)
    assert "Plan: 5 to add, 0 to change, 0 to remove" in plan.output
    assert "ubuntu-noble-24.04-amd64-server-20261015" in plan.output
    assert not key.exists()
    aws.assert_nothing()

    secret = "#!/bin/sh\necho hunter2 > /root/secret\n"
    first = playbook.succeed("ec2_host", ec2_host_user_data=secret, **options)
    assert "hunter2" not in first.output
    aws.assert_complete(ssh_port)
    assert stat.S_IMODE(key.stat().st_mode) == 0o400
    assert key.with_suffix(".pub").read_text().startswith("ssh-ed25519 ")
    (volume,) = aws.ec2.describe_volumes()["Volumes"]
    assert (volume["VolumeType"], volume["Size"], volume["Encrypted"]) == ("gp3", 30, True)
    assert tags(volume)["Name"] == NAME
    host = first.host
    assert host["ansible_host"] == aws.addresses[0]["PublicIp"]
    assert host["ansible_user"] == "ubuntu"
    assert f"HostKeyAlias={aws.instance['InstanceId']}" in host["ansible_ssh_common_args"]
    assert "accept-new" in host["ansible_ssh_common_args"]

    assert "could not be verified" in first.output
    key.chmod(0o600)
    again = playbook.succeed("ec2_host", ec2_host_user_data="another", **options)
    assert again.changed == 0
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    checked = playbook.succeed("ec2_host", check=True, diff=True, **options)
    assert checked.changed == 0
    assert "Plan:" not in checked.output
    assert checked.host["ansible_host"] == host["ansible_host"]

    known_hosts = key.with_suffix(".known_hosts")
    known_hosts.write_text("")
    private_key = key.read_text()
    assert (
        "4 to remove" in playbook.succeed("ec2_host", check=True, diff=True, ec2_host_state="absent", **options).output
    )
    aws.assert_complete(ssh_port)
    playbook.succeed("ec2_host", ec2_host_state="absent", ec2_host_key_path=str(key))
    aws.assert_nothing()
    assert key.read_text() == private_key
    assert not known_hosts.exists()
    assert playbook.succeed("ec2_host", ec2_host_state="absent", ec2_host_key_path=str(key)).changed == 0


def test_drift_is_named_and_repaired(playbook, aws, options, ssh_port):
    playbook.succeed("ec2_host", **options)
    instance_id, (group,), (address,) = aws.instance["InstanceId"], aws.groups, aws.addresses
    world = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    aws.ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[world])
    aws.ec2.disassociate_address(AssociationId=address["AssociationId"])
    # All of them, because the emulator forgets those that are left out, and AWS does not.
    aws.ec2.modify_instance_metadata_options(
        InstanceId=instance_id,
        HttpTokens="optional",
        HttpPutResponseHopLimit=1,
        HttpEndpoint="enabled",
        HttpProtocolIpv6="disabled",
        InstanceMetadataTags="disabled",
    )
    aws.ec2.create_tags(Resources=[instance_id], Tags=[{"Key": "Purpose", "Value": "theirs"}])
    aws.ec2.stop_instances(InstanceIds=[instance_id])

    planned = playbook.succeed("ec2_host", check=True, diff=True, **options)
    assert "Host is in the inventory" not in planned.output  # what stands still can't be logged in to
    plan = planned.output
    for line in (
        "~     state = stopped -> running",
        "~     http_tokens = optional -> required",
        "tcp 0-65535 0.0.0.0/0",
        "Plan: 0 to add, 3 to change, 0 to remove",
    ):
        assert line in plan

    playbook.succeed("ec2_host", **options)
    aws.assert_complete(ssh_port)
    assert aws.instance["InstanceId"] == instance_id
    assert aws.addresses[0]["PublicIp"] == address["PublicIp"]
    assert tags(aws.instance)["Purpose"] == "theirs"
    assert playbook.succeed("ec2_host", **options).changed == 0


@pytest.mark.parametrize("task", ["Security group opens", "Elastic IPs are attached"])
def test_a_killed_run_is_finished_by_the_next(playbook, aws, options, ssh_port, task):
    playbook.kill_at(task, "ec2_host", **options)
    playbook.succeed("ec2_host", **options)
    aws.assert_complete(ssh_port)


def test_a_killed_removal_is_finished_by_the_next(playbook, aws, options):
    playbook.succeed("ec2_host", **options)
    playbook.kill_at("Security groups are gone", "ec2_host", ec2_host_state="absent", **options)
    playbook.succeed("ec2_host", ec2_host_state="absent", **options)
    aws.assert_nothing()


def test_our_address_is_released_wherever_it_is_attached(playbook, aws, options):
    playbook.succeed("ec2_host", **options)
    (address,) = aws.addresses
    theirs = aws.ec2.create_network_interface(SubnetId=aws.subnet_id)["NetworkInterface"]["NetworkInterfaceId"]
    aws.ec2.disassociate_address(AssociationId=address["AssociationId"])
    aws.ec2.associate_address(AllocationId=address["AllocationId"], NetworkInterfaceId=theirs)
    assert aws.addresses[0]["AssociationId"]
    playbook.succeed("ec2_host", ec2_host_state="absent", **options)
    aws.assert_nothing()


def test_what_others_made_is_not_used(playbook, aws, options, key):
    aws.ec2.run_instances(
        ImageId="ami-00000000",
        MinCount=1,
        MaxCount=1,
        SubnetId=aws.subnet_id,
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": NAME}]}],
    )
    theirs = aws.instance["InstanceId"]
    pair = aws.ec2.create_key_pair(KeyName=NAME)["KeyPairId"]
    assert (
        f"there already is a key pair {NAME} ({pair}) without our tags" in playbook.fail("ec2_host", **options).output
    )
    aws.ec2.delete_key_pair(KeyName=NAME)
    group = aws.ec2.create_security_group(VpcId=aws.vpc_id, GroupName=NAME, Description="Theirs")["GroupId"]
    assert f"security group {NAME} ({group}) without our tags" in playbook.fail("ec2_host", **options).output
    assert not key.exists()
    aws.ec2.delete_security_group(GroupId=group)

    playbook.succeed("ec2_host", **options)
    assert len(aws.instances) == 2
    playbook.succeed("ec2_host", ec2_host_state="absent", **options)
    assert aws.instance["InstanceId"] == theirs


def test_options_of_a_host_that_exists(playbook, aws, options, key):
    playbook.succeed("ec2_host", **options, ec2_host_os="debian-13", ec2_host_instance_type="t4g.small")
    instance = aws.instance
    assert instance["Architecture"] == "arm64"
    (image,) = aws.ec2.describe_images(ImageIds=[instance["ImageId"]])["Images"]
    assert (image["Name"], image["OwnerId"]) == ("debian-13-arm64-20261012-2000", "136693071363")

    known_hosts = key.with_suffix(".known_hosts")
    known_hosts.write_text(f"{instance['InstanceId']} {HOST_KEY} seen-on-the-console\n")
    run = playbook.succeed(
        "ec2_host",
        **{**options, "ec2_host_console_timeout": 600},
        ec2_host_os="debian-13",
        ec2_host_instance_type="t4g.medium",
        ec2_host_connect_to="tag:Reach",
        ec2_host_tags={"Reach": "127.0.0.1"},
        ec2_host_extra_rules=[{"from_port": 8000, "cidrs": ["198.51.100.0/24"], "description": "Metrics"}],
    )
    assert aws.instance["InstanceId"] == instance["InstanceId"]
    assert aws.instance["InstanceType"] == "t4g.medium"
    assert aws.open_to(8000) == {"198.51.100.0/24"}
    host = run.host
    assert (host["ansible_host"], host["ansible_user"]) == ("127.0.0.1", "admin")
    assert "StrictHostKeyChecking=yes" in host["ansible_ssh_common_args"]
    assert known_hosts.read_text().startswith(f"{instance['InstanceId']},[127.0.0.1]:")

    other = playbook.fail("ec2_host", **options, ec2_host_instance_type="t3.micro").output
    assert "t3.micro is x86_64" in other
    key.rename(key.with_name("elsewhere"))
    key.with_suffix(".pub").unlink()
    lost = playbook.fail("ec2_host", **options, ec2_host_instance_type="t4g.medium").output
    assert f"{key} does not exist on this machine" in lost


def test_a_protected_instance_stays(playbook, aws, options):
    aws.ec2.run_instances(
        ImageId="ami-00000000",
        MinCount=1,
        MaxCount=1,
        SubnetId=aws.subnet_id,
        TagSpecifications=[{"ResourceType": "instance", "Tags": tag_list(NAME)}],
    )
    aws.ec2.modify_instance_attribute(InstanceId=aws.instance["InstanceId"], DisableApiTermination={"Value": True})
    assert "is protected from termination" in playbook.fail("ec2_host", **options, ec2_host_state="absent").output
    assert aws.instance["State"]["Name"] == "running"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"ec2_host_instance_type": "t9.enormous"}, "AWS knows no type t9.enormous in this region"),
        ({"ec2_host_ami": "ami-0123456789abcdef0"}, "there is no image ami-0123456789abcdef0"),
        ({"ec2_host_vpc_name": "elsewhere"}, "there is no VPC elsewhere with our tags and a public subnet"),
    ],
)
def test_what_aws_does_not_know_is_refused_before_anything_is_made(playbook, aws, options, key, wrong, sentence):
    assert sentence in playbook.fail("ec2_host", **options, **wrong).output
    assert not key.exists()
    aws.assert_nothing()


def test_every_mistake_is_named_at_once(playbook, aws, options):
    wrong = {
        **options,
        "ec2_host_ssh_cidrs": ["0.0.0.0/0", "::/0"],
        "ec2_host_instance_type": "micro",
        "ec2_host_volume_size": 0,
        "ec2_host_ssh_port": 70000,
        "ec2_host_connect_to": "carrier pigeon",
        "ec2_host_extra_rules": [{"from_port": 20, "to_port": 25, "cidrs": ["0.0.0.0/0"]}],
        "ec2_host_ami": "ubuntu",
    }
    output = playbook.fail("ec2_host", **wrong).output
    for option in wrong:
        if option not in ("ec2_host_key_path", "ec2_host_console_timeout"):
            assert option in output
    assert output.count("opens SSH to the whole internet") >= 3
    missing = playbook.fail("ec2_host", ec2_host_key_path=options["ec2_host_key_path"]).output
    assert "ec2_host_ssh_cidrs: must be given" in missing
    aws.assert_nothing()


class SystemsManager:
    """Answers in place of Systems Manager, which the emulator does not know: what it says of agents, one answer after the other."""

    def __init__(self):
        self.answers, self.asked = [], []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                (wanted,) = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["Filters"]
                outer.asked.append((self.headers["X-Amz-Target"], wanted["Key"], *wanted["Values"]))
                status = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                agents = [{"InstanceId": wanted["Values"][0], "PingStatus": status}] if status else []
                body = json.dumps({"InstanceInformationList": agents}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@dataclass(frozen=True)
class WithSystemsManager(Emulated):
    ssm_url: str

    @property
    def environment(self):
        return {**super().environment, "AWS_ENDPOINT_URL_SSM": self.ssm_url}


@pytest.fixture
def systems_manager(account):
    keys = {"aws_access_key_id": NOBODY, "aws_secret_access_key": NOBODY}
    iam = boto3.client("iam", endpoint_url=account.url, region_name=REGION, **keys)
    iam.create_instance_profile(InstanceProfileName="app")
    service = SystemsManager()
    yield service
    service.server.shutdown()
    service.server.server_close()


@pytest.fixture
def by_sessions(account, systems_manager, tmp_path):
    return Playbook(WithSystemsManager(account.url, systems_manager.url), tmp_path)


@pytest.fixture
def closed(options):
    """The options of a host that nobody reaches by SSH; nothing answers at the port either."""
    without = {option: value for option, value in options.items() if option != "ec2_host_ssh_cidrs"}
    return {
        **without,
        "ec2_host_access": "ssm",
        "ec2_host_instance_profile": "app",
        "ec2_host_ssh_port": free_port(),
    }


def test_a_host_without_ssh_is_there_once_systems_manager_reaches_it(by_sessions, aws, systems_manager, closed):
    systems_manager.answers = ["", "Online"]
    first = by_sessions.succeed("ec2_host", **closed)
    instance, port = aws.instance, closed["ec2_host_ssh_port"]
    question = ("AmazonSSM.DescribeInstanceInformation", "InstanceIds", instance["InstanceId"])
    assert systems_manager.asked == [question] * 2
    assert aws.open_to(port) == aws.open_to(22) == set()
    assert aws.open_to(443) == {"0.0.0.0/0", "::/0"}
    assert instance["IamInstanceProfile"]["Arn"].endswith("/app")

    host = first.host
    assert host["ansible_host"] == host["ansible_aws_ssm_instance_id"] == instance["InstanceId"]
    assert host["ansible_aws_ssm_region"] == REGION
    # What the group says of sessions must not be hidden by the host's own.
    assert not {"ansible_connection", "ansible_ssh_common_args"} & set(host)
    for program in ("ssh", "sftp", "scp"):
        assert f"HostKeyAlias={instance['InstanceId']}" in host[f"ansible_{program}_extra_args"]

    assert by_sessions.succeed("ec2_host", **closed).changed == 0
    systems_manager.answers = ["ConnectionLost"]
    checked = by_sessions.succeed("ec2_host", check=True, **closed)
    assert (checked.changed, checked.host["ansible_host"]) == (0, instance["InstanceId"])
    silent = by_sessions.fail("ec2_host", **closed, ec2_host_wait_timeout=1).output
    assert f"does not reach {instance['InstanceId']} after 1 seconds: its agent is ConnectionLost" in silent


def test_ssh_of_a_host_that_stands_is_closed(by_sessions, aws, systems_manager, options, closed, ssh_port):
    by_sessions.succeed("ec2_host", **options)
    instance_id = aws.instance["InstanceId"]
    aws.assert_complete(ssh_port)
    assert systems_manager.asked == []

    systems_manager.answers = ["Online"]
    planned = by_sessions.succeed("ec2_host", check=True, diff=True, **closed).output
    assert f"tcp {ssh_port} 203.0.113.7/32" in planned
    by_sessions.succeed("ec2_host", **closed)
    assert aws.instance["InstanceId"] == instance_id
    assert aws.open_to(ssh_port) == set()
    (group,) = aws.groups
    office = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "198.51.100.0/24"}]}
    aws.ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[office])
    by_sessions.succeed("ec2_host", **closed)
    assert aws.open_to(22) == set()
    by_sessions.succeed("ec2_host", ec2_host_state="absent", **closed)
    aws.assert_nothing()


class Preflight(Playbook):
    def command(self, roles, options, arguments):
        return ["ansible-playbook", "-i", os.devnull, "landfall.aws.preflight", "-e", json.dumps(options), *arguments]


def test_preflight_finds_a_host_without_ssh_and_changes_nothing(by_sessions, aws, systems_manager, closed):
    systems_manager.answers = ["Online"]
    by_sessions.succeed("ec2_host", **closed)
    instance_id, asked = aws.instance["InstanceId"], len(systems_manager.asked)
    preflight = Preflight(by_sessions.account, by_sessions.directory)
    site = {"dns_record_provider": "none", "caddy_domains": ["app.example.com"], "app_image": "web:1"}
    # How to connect is the inventory's; without it, the host is known by its id, and that is no name in the DNS.
    run = preflight.fail(**closed, **site, landfall_region=REGION)
    assert f"hostname {instance_id}" in run.output
    assert "it did not answer, so it is not checked" in run.output
    assert len(systems_manager.asked) == asked + 1
    assert run.changed == 0


def test_ssh_and_sessions_are_not_mixed(playbook, aws, options, closed):
    rule = {"from_port": 22, "cidrs": ["10.0.0.0/8"]}
    wrong = {**closed, "ec2_host_ssh_cidrs": options["ec2_host_ssh_cidrs"], "ec2_host_extra_rules": [rule]}
    output = playbook.fail("ec2_host", **{**wrong, "ec2_host_instance_profile": ""}).output
    for sentence in (
        "ec2_host_ssh_cidrs: must be left out",
        "ec2_host_instance_profile: must be given with the access ssm",
        "10.0.0.0/8 could connect to SSH",
    ):
        assert sentence in output
    aws.assert_nothing()
