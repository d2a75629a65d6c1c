# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""site.yml against the emulator, as far as it goes without a host: the way back is free, or not begun."""

from __future__ import annotations

import uuid

import boto3
import pytest

ZONE, NAME = "example.com", "app.example.com"
ABSENT = {"landfall_state": "absent"}


class System:
    """What site.yml made in the cloud, asked for without the collection's own code."""

    def __init__(self, account):
        self.ec2 = account.ec2
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        self.route53 = boto3.client("route53", endpoint_url=account.url, region_name="us-east-1", **keys)
        made = self.route53.create_hosted_zone(Name=ZONE, CallerReference=str(uuid.uuid4()))
        self.zone_id = made["HostedZone"]["Id"]

    @property
    def records(self):
        sets = self.route53.list_resource_record_sets(HostedZoneId=self.zone_id)["ResourceRecordSets"]
        return [record["Value"] for each in sets if each["Type"] == "A" for record in each["ResourceRecords"]]

    @property
    def instances(self):
        running = [{"Name": "instance-state-name", "Values": ["running"]}]
        found = self.ec2.describe_instances(Filters=running)["Reservations"]
        return [instance["InstanceId"] for reservation in found for instance in reservation["Instances"]]

    @property
    def addresses(self):
        return [each["PublicIp"] for each in self.ec2.describe_addresses()["Addresses"]]

    @property
    def subnets(self):
        ours = [{"Name": "tag:ManagedBy", "Values": ["landfall.aws"]}]
        return [each["SubnetId"] for each in self.ec2.describe_subnets(Filters=ours)["Subnets"]]

    def assert_complete(self):
        assert len(self.instances) == len(self.subnets) == 1
        assert self.records == self.addresses != []

    def assert_nothing(self):
        assert self.records == self.instances == self.addresses == self.subnets == []


@pytest.fixture
def options(tmp_path, ssh_port):
    return {
        "ec2_host_ssh_cidrs": ["203.0.113.7/32"],
        "ec2_host_ssh_port": ssh_port,
        "ec2_host_key_path": str(tmp_path / "id"),
        "ec2_host_console_timeout": 0,
        "dns_record_zone": ZONE,
        "dns_record_names": [NAME],
        "dns_record_wait": False,
    }


def test_nothing_is_removed_while_something_is_in_the_way(playbook, account, options):
    system = System(account)
    playbook.succeed("vpc", "ec2_host", "dns_record", **options)
    system.assert_complete()

    (instance,), (subnet,) = system.instances, system.subnets
    system.ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": True})
    assert "is protected from termination" in playbook.fail(**ABSENT, **options).output
    system.assert_complete()
    system.ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": False})

    theirs = system.ec2.create_network_interface(SubnetId=subnet, Description="a database")["NetworkInterface"]
    refused = playbook.fail(**ABSENT, **options).output
    assert f"network interface {theirs['NetworkInterfaceId']} (a database)" in refused
    assert instance not in refused.partition("First remove")[2]
    system.assert_complete()
    system.ec2.delete_network_interface(NetworkInterfaceId=theirs["NetworkInterfaceId"])

    playbook.succeed(**ABSENT, **options)
    system.assert_nothing()
