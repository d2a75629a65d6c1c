# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role ec2_host with several hosts, a bastion and a profile, against the emulator; and the inventory that finds them again."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
import yaml
from conftest import NOBODY, REGION, ROOT, Playbook
from conftest import Account as Emulated

MINE = {"Project": "landfall", "Environment": "dev", "ManagedBy": "landfall.aws"}
NAME = "landfall-dev-app"
NAMES = [NAME, f"{NAME}-2", f"{NAME}-3"]
READ = {"Sid": "Uploads", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop-uploads/*"}
PROFILE = f"{NAME}-{REGION}"


def tag_list(name, **more):
    return [{"Key": key, "Value": value} for key, value in {"Name": name, **MINE, **more}.items()]


def tags(resource):
    return {tag["Key"]: tag["Value"] for tag in resource.get("Tags", [])}


class Account:
    """A VPC with a public and a private subnet in each of two Availability Zones, and what is made in it."""

    def __init__(self, account):
        self.ec2 = account.ec2
        keys = {"aws_access_key_id": NOBODY, "aws_secret_access_key": NOBODY}
        self.iam = boto3.client("iam", endpoint_url=account.url, region_name=REGION, **keys)
        named = [{"ResourceType": "vpc", "Tags": tag_list("landfall-dev")}]
        self.vpc_id = self.ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=named)["Vpc"]["VpcId"]
        for number, (tier, zone) in enumerate([("public", "a"), ("public", "b"), ("private", "a"), ("private", "b")]):
            named = [{"ResourceType": "subnet", "Tags": tag_list(f"landfall-dev-{tier}-{zone}", Tier=tier)}]
            self.ec2.create_subnet(
                VpcId=self.vpc_id,
                CidrBlock=f"10.0.{number}.0/24",
                AvailabilityZone=f"{REGION}{zone}",
                TagSpecifications=named,
            )

    @property
    def instances(self):
        """Those that live, by name."""
        found = [each for group in self.ec2.describe_instances()["Reservations"] for each in group["Instances"]]
        return {
            tags(each)["Name"]: each for each in found if each["State"]["Name"] not in ("terminated", "shutting-down")
        }

    @property
    def ids(self):
        return {name: instance["InstanceId"] for name, instance in self.instances.items()}

    @property
    def addresses(self):
        """The addresses of the instances that have one, by the instances' ids."""
        return {each.get("InstanceId"): each["PublicIp"] for each in self.ec2.describe_addresses()["Addresses"]}

    @property
    def sizes(self):
        """Of the disks, by the instances' ids."""
        volumes = self.ec2.describe_volumes()["Volumes"]
        return {each["Attachments"][0]["InstanceId"]: each["Size"] for each in volumes if each["Attachments"]}

    def group(self, name):
        (found,) = self.ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])[
            "SecurityGroups"
        ]
        return found

    def assert_nothing(self):
        assert self.instances == {}
        assert self.addresses == {}
        groups = self.ec2.describe_security_groups()["SecurityGroups"]
        assert [each["GroupName"] for each in groups if each["GroupName"] != "default"] == []
        assert self.ec2.describe_key_pairs()["KeyPairs"] == []
        assert self.iam.list_roles()["Roles"] == self.iam.list_instance_profiles()["InstanceProfiles"] == []


@pytest.fixture
def aws(account):
    return Account(account)


@pytest.fixture
def options(tmp_path, ssh_port):
    return {
        "ec2_host_ssh_cidrs": ["203.0.113.7/32"],
        "ec2_host_ssh_port": ssh_port,
        "ec2_host_key_path": str(tmp_path / NAME),
        "ec2_host_console_timeout": 0,
    }


def test_three_hosts_are_made_replaced_grown_given_up_and_removed(playbook, aws, options):
    options = {**options, "ec2_host_count": 3}
    assert (
        "Plan: 9 to add, 0 to change, 0 to remove"
        in playbook.succeed("ec2_host", check=True, diff=True, **options).output
    )
    aws.assert_nothing()

    playbook.succeed("ec2_host", ec2_host_monitoring="detailed", ec2_host_user_data="#!/bin/true", **options)
    before, addresses = aws.ids, aws.addresses
    assert sorted(before) == NAMES
    zones = [aws.instances[name]["Placement"]["AvailabilityZone"] for name in NAMES]
    assert zones == [f"{REGION}a", f"{REGION}b", f"{REGION}a"]
    assert set(addresses) == set(before.values())
    for name, instance in aws.instances.items():
        assert tags(instance).items() >= {"Name": name, **MINE, "Role": "app_host", "HostKind": NAME}.items()
        assert (instance["KeyName"], instance["Monitoring"]["State"]) == (NAME, "enabled")
        assert [group["GroupName"] for group in instance["SecurityGroups"]] == [NAME]
    again = playbook.succeed("ec2_host", **options)
    assert again.changed == 0
    assert again.host["groups"]["app_host"] == again.host["groups"]["ec2_host_ready"] == NAMES

    changed = {**options, "ec2_host_replace": [NAMES[1]], "ec2_host_volume_size": 40}
    planned = playbook.succeed("ec2_host", check=True, diff=True, **changed).output
    assert f"-/+ instance {NAMES[1]} ({before[NAMES[1]]}): it is named in replace" in planned
    assert "Plan: 1 to add, 3 to change, 1 to remove" in planned
    playbook.succeed("ec2_host", **changed)
    after = aws.ids
    assert {name for name in NAMES if before[name] != after[name]} == {NAMES[1]}
    assert aws.sizes == dict.fromkeys(after.values(), 40)
    assert {name: aws.addresses[after[name]] for name in NAMES} == {name: addresses[before[name]] for name in NAMES}
    smaller = playbook.fail("ec2_host", **options).output
    assert f"the disk of {NAME} has 40 GiB and can't become 30" in smaller

    playbook.succeed(
        "ec2_host", **{**options, "ec2_host_volume_size": 40, "ec2_host_count": 2, "ec2_host_power": "stopped"}
    )
    assert aws.ids == {name: after[name] for name in NAMES[:2]}
    assert set(aws.addresses) == set(aws.ids.values())
    assert {each["State"]["Name"] for each in aws.instances.values()} == {"stopped"}

    # As somebody does who does not know any more how many there were.
    playbook.succeed("ec2_host", ec2_host_state="absent", ec2_host_key_path=options["ec2_host_key_path"])
    aws.assert_nothing()


def test_a_killed_replacement_is_finished_by_a_run_that_does_not_know_of_it(playbook, aws, options):
    options = {**options, "ec2_host_hosts": [{"name": "one", "availability_zone": f"{REGION}b"}, {"name": "two"}]}
    playbook.succeed("ec2_host", **options)
    before, addresses = aws.ids, aws.addresses
    assert aws.instances["one"]["Placement"]["AvailabilityZone"] == f"{REGION}b"
    playbook.kill_at("New instances are made", "ec2_host", ec2_host_replace=["one"], **options)
    assert list(aws.ids) == ["two"]
    playbook.succeed("ec2_host", **options)
    assert aws.ids["two"] == before["two"]
    assert aws.addresses[aws.ids["one"]] == addresses[before["one"]]


def test_a_protected_host_is_neither_replaced_nor_given_up(playbook, aws, options):
    playbook.succeed("ec2_host", ec2_host_count=2, ec2_host_termination_protection=True, **options)
    before = aws.ids
    for more in (
        {"ec2_host_count": 2, "ec2_host_replace": [NAMES[1]]},
        {"ec2_host_count": 1},
        {"ec2_host_state": "absent"},
    ):
        assert f"({NAMES[1]})" in playbook.fail("ec2_host", **{**options, **more}).output
    assert aws.ids == before


def test_a_profile_is_made_for_what_is_stated_and_goes_with_the_hosts(playbook, aws, options):
    profiled = {**options, "ec2_host_profile_statements": [READ]}
    assert "Plan: 7 to add" in playbook.succeed("ec2_host", check=True, diff=True, **profiled).output
    aws.assert_nothing()
    playbook.kill_at("Instance profile has the role", "ec2_host", **profiled)
    playbook.succeed("ec2_host", **profiled)
    (profile,) = aws.iam.list_instance_profiles()["InstanceProfiles"]
    assert [role["RoleName"] for role in profile["Roles"]] == [PROFILE]
    policy = aws.iam.get_role_policy(RoleName=PROFILE, PolicyName=PROFILE)["PolicyDocument"]
    assert policy["Statement"] == [{"Effect": "Allow", **READ}]
    trust = aws.iam.get_role(RoleName=PROFILE)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert [each["Principal"] for each in trust] == [{"Service": "ec2.amazonaws.com"}]
    assert aws.instances[NAME]["IamInstanceProfile"]["Arn"].endswith(f"/{PROFILE}")
    assert playbook.succeed("ec2_host", **profiled).changed == 0

    narrower = {**READ, "Resource": "arn:aws:s3:::shop-uploads/public/*"}
    playbook.succeed("ec2_host", **{**profiled, "ec2_host_profile_statements": [narrower]})
    policy = aws.iam.get_role_policy(RoleName=PROFILE, PolicyName=PROFILE)["PolicyDocument"]
    assert policy["Statement"] == [{"Effect": "Allow", **narrower}]
    playbook.succeed("ec2_host", ec2_host_state="absent", **options)
    aws.assert_nothing()

    aws.iam.create_role(RoleName=PROFILE, AssumeRolePolicyDocument="{}")
    theirs = playbook.fail("ec2_host", **profiled).output
    assert f"there already is the iam role {PROFILE} without our tags" in theirs
    assert aws.instances == {}


@dataclass(frozen=True)
class WithSsh(Emulated):
    """Hosts behind a bastion do not exist, so a program that is called ssh answers as one of them would, and notes how it is called."""

    folder: Path

    @property
    def environment(self):
        environment = super().environment
        return {**environment, "PATH": f"{self.folder}:{environment['PATH']}", "HOME": str(self.folder)}

    @property
    def calls(self):
        return [line.split("|")[:-1] for line in (self.folder / "calls").read_text().splitlines()]


@pytest.fixture
def ssh(account, tmp_path):
    folder = tmp_path / "home"
    (folder / ".ssh").mkdir(parents=True)
    program = folder / "ssh"
    program.write_text(
        f'#!/bin/sh\nprintf "%s|" "$@" >> {folder}/calls; echo >> {folder}/calls\necho SSH-2.0-OpenSSH_9.6p1\n'
    )
    program.chmod(0o755)
    return WithSsh(account.url, folder)


def test_behind_a_bastion(ssh, aws, tmp_path, ssh_port):
    playbook, keys = Playbook(ssh, tmp_path), ssh.folder / ".ssh"
    common = {"ec2_host_ssh_port": ssh_port, "ec2_host_console_timeout": 0}
    private = {**common, "ec2_host_tier": "private", "ec2_host_count": 2, "ec2_host_bastion": "door"}
    private.update(ec2_host_web_cidrs=["10.0.0.0/16"], ec2_host_bastion_port=ssh_port)
    assert "bastion: door does not exist" in playbook.fail("ec2_host", **private).output
    assert "tcp" in playbook.succeed("ec2_host", check=True, diff=True, **private).output
    aws.assert_nothing()

    door = {**common, "ec2_host_name": "door", "ec2_host_group": "bastion", "ec2_host_web_cidrs": []}
    playbook.succeed("ec2_host", ec2_host_ssh_cidrs=["203.0.113.7/32"], **door)
    opened = [(rule["FromPort"], rule["IpRanges"][0]["CidrIp"]) for rule in aws.group("door")["IpPermissions"]]
    assert opened == [(ssh_port, "203.0.113.7/32")]
    run = playbook.succeed("ec2_host", **private)
    assert list(aws.addresses) == [aws.ids["door"]]
    (rule,) = [each for each in aws.group(NAME)["IpPermissions"] if each["FromPort"] == ssh_port]
    assert [each["GroupId"] for each in rule["UserIdGroupPairs"]] == [aws.group("door")["GroupId"]]
    assert rule["IpRanges"] == rule["Ipv6Ranges"] == []

    config = keys / f"{NAME}.ssh_config"
    assert f"-F {config} -o ProxyJump=door" in run.host["ansible_ssh_common_args"]
    assert f"HostKeyAlias={aws.ids[NAME]}" in run.host["ansible_ssh_common_args"]
    instances = [aws.instances[name] for name in NAMES[:2]]
    assert run.host["ansible_host"] == instances[0]["PrivateIpAddress"]
    assert [call[-2:] for call in ssh.calls] == [
        [f"{each['PrivateIpAddress']}:{ssh_port}", "door"] for each in instances
    ]
    # What OpenSSH itself makes of the file.
    read = subprocess.run(
        ["/usr/bin/ssh", "-G", "-F", config, "door"], capture_output=True, text=True, check=True
    ).stdout
    said = dict(line.split(" ", 1) for line in read.splitlines())
    assert (said["hostname"], said["port"]) == (aws.addresses[aws.ids["door"]], str(ssh_port))
    assert (said["hostkeyalias"], said["userknownhostsfile"]) == (aws.ids["door"], str(keys / "door.known_hosts"))
    assert (said["forwardagent"], said["identityfile"], said["batchmode"]) == ("no", str(keys / "door"), "yes")
    assert playbook.succeed("ec2_host", **private).changed == 0

    inventory = yaml.safe_load((ROOT / "inventory/example/aws_ec2.yml").read_text())
    inventory["filters"].update({"tag:Project": "landfall", "tag:Environment": "dev"})
    (tmp_path / "aws_ec2.yml").write_text(yaml.safe_dump(inventory))
    found = list_inventory(ssh, tmp_path / "aws_ec2.yml")
    assert found["bastion"]["hosts"] == ["door"]
    assert sorted(found["app_host"]["hosts"]) == NAMES[:2]
    assert (
        sorted(found["project_landfall"]["hosts"]) == sorted(found["environment_dev"]["hosts"]) == ["door", *NAMES[:2]]
    )
    variables = found["_meta"]["hostvars"]
    assert variables["door"]["ansible_host"] == aws.addresses[aws.ids["door"]]
    assert "ProxyJump" not in variables["door"]["ansible_ssh_common_args"]
    second = variables[NAMES[1]]
    assert second["ansible_host"] == instances[1]["PrivateIpAddress"]
    assert second["ansible_ssh_private_key_file"] == f"~/.ssh/{NAME}"
    for part in (f"-F {config} -o ProxyJump=door", f"HostKeyAlias={aws.ids[NAMES[1]]}", f"{NAMES[1]}.known_hosts"):
        assert part in second["ansible_ssh_common_args"]

    needed = playbook.fail("ec2_host", ec2_host_state="absent", **door).output
    assert f"({NAME}), which has a rule for it" in needed
    playbook.succeed("ec2_host", ec2_host_state="absent", **private)
    assert not config.exists()
    playbook.succeed("ec2_host", ec2_host_state="absent", **door)
    aws.assert_nothing()


def list_inventory(account, path):
    words = ["ansible-inventory", "-i", str(path), "--list"]
    done = subprocess.run(words, cwd=ROOT, env=account.environment, capture_output=True, text=True, check=True)
    # What AWS said is marked, so that nothing in it is taken for a template.
    return json.loads(done.stdout, object_hook=lambda found: found.get("__ansible_unsafe", found))


def test_every_mistake_is_named_at_once(playbook, aws, options, tmp_path):
    wrong = {
        "ec2_host_count": 0,
        "ec2_host_hosts": [{"name": "a b"}, {"name": "c", "availability_zone": "x"}, {"name": "c"}],
        "ec2_host_replace": ["nobody"],
        "ec2_host_volume_size": 70000,
        "ec2_host_user_data": "x" * 16385,
        "ec2_host_user_data_path": str(tmp_path / "user_data.j2"),
        "ec2_host_instance_profile": "app",
        "ec2_host_profile_statements": [{"Action": "s3:*", "Resource": "*"}],
        "ec2_host_profile_name": "x" * 65,
        "ec2_host_web_cidrs": ["everywhere"],
        "ec2_host_security_groups": ["sg-web"],
        "ec2_host_bastion": "the bastion",
        "ec2_host_bastion_port": 0,
        "ec2_host_bastion_user": "Root User",
        "ec2_host_tier": "the front",
    }
    output = playbook.fail("ec2_host", **{**options, **wrong}).output
    for option in wrong:
        assert f"- {option}" in output or f", {option}" in output, option
    for said in (
        "c is named 2 times",
        "'nobody' is none of these hosts",
        "'s3:*' is not one",
        "write the name of one of our hosts",
    ):
        assert said in output
    assert int(output.partition(" mistakes in the options")[0].split()[-1]) >= 18
    aws.assert_nothing()
    (tmp_path / "large.j2").write_text("{{ 'x' * 16385 }}")
    large = playbook.fail("ec2_host", ec2_host_user_data_path=str(tmp_path / "large.j2"), **options).output
    assert "user_data: it has 16385 bytes" in large


def test_the_example_of_user_data_is_what_cloud_init_reads(playbook, aws, options):
    example = str(ROOT / "inventory/example/user_data/compose.yml.j2")
    project = {"compose_name": "tasks", "compose_repository": "https://git.example.com/tasks.git; reboot"}
    playbook.succeed("ec2_host", ec2_host_user_data_path=example, **project, **options)
    attribute = aws.ec2.describe_instance_attribute(InstanceId=aws.ids[NAME], Attribute="userData")
    text = base64.b64decode(attribute["UserData"]["Value"]).decode()
    assert text.startswith("#cloud-config\n")
    config = yaml.safe_load(text)
    assert {"docker.io", "docker-compose-v2", "git"} <= set(config["packages"])
    clone, up = config["runcmd"][1:]
    assert clone[-2:] == [project["compose_repository"], "/opt/tasks"]  # one word, whatever is in it
    assert up == ["docker", "compose", "--project-directory", "/opt/tasks", "up", "--detach", "--build"]
