# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""playbooks/diagram.yml against the emulator: a file that shows what is in the account, written when that differs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
OWN = {"Project": "shop", "Environment": "prod", "ManagedBy": "landfall.aws"}


def tagged(kind, **tags):
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}]}


class Network:
    """A VPC with a public subnet, a private one behind a NAT gateway, and a web server's group, made without our own code."""

    def __init__(self, ec2):
        self.ec2 = ec2
        self.vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16", **tagged("vpc", Name="shop-prod", **OWN))["Vpc"]["VpcId"]
        gateway = ec2.create_internet_gateway(**tagged("internet-gateway", Name="shop-prod", **OWN))
        self.gateway = gateway["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(VpcId=self.vpc_id, InternetGatewayId=self.gateway)
        public = self.subnet("10.0.1.0/24", Name="shop-prod-public", Tier="public", **OWN)
        private = self.subnet("10.0.10.0/24", Name="shop-prod-private", Tier="private", **OWN)
        address = ec2.allocate_address(Domain="vpc")
        self.address = address["PublicIp"]
        nat = ec2.create_nat_gateway(
            SubnetId=public, AllocationId=address["AllocationId"], **tagged("natgateway", Name="shop-prod", **OWN)
        )["NatGateway"]["NatGatewayId"]
        self.route(public, GatewayId=self.gateway)
        self.route(private, NatGatewayId=nat)
        group = ec2.create_security_group(
            VpcId=self.vpc_id,
            GroupName="shop-prod-web",
            Description="web",
            **tagged("security-group", Name="shop-prod-web", **OWN),
        )
        open_ = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[open_])

    def subnet(self, cidr, zone="eu-west-3a", **tags):
        return self.ec2.create_subnet(
            VpcId=self.vpc_id, CidrBlock=cidr, AvailabilityZone=zone, **tagged("subnet", **tags)
        )["Subnet"]["SubnetId"]

    def route(self, subnet, **target):
        table = self.ec2.create_route_table(VpcId=self.vpc_id, **tagged("route-table", **OWN))["RouteTable"]
        self.ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", **target)
        self.ec2.associate_route_table(RouteTableId=table["RouteTableId"], SubnetId=subnet)


@pytest.fixture
def playbook(playbook, tmp_path):
    """Runs playbooks/diagram.yml instead of roles."""
    given = {"landfall_project": "shop", "landfall_environment": "prod", "landfall_region": "eu-west-3"}

    def command(_roles, options, arguments):
        variables = playbook.directory / "variables.json"
        variables.write_text(json.dumps({**given, "vpc_diagram_path": str(tmp_path / "network.svg"), **options}))
        path = ROOT / "playbooks" / "diagram.yml"
        return ["ansible-playbook", "-v", "-i", os.devnull, str(path), "-e", f"@{variables}", *arguments]

    playbook.command = command
    return playbook


def texts(path):
    return [each.text for each in ElementTree.parse(path).getroot().iter("{http://www.w3.org/2000/svg}text")]


def test_what_is_live_is_drawn(playbook, account, tmp_path):
    network, path = Network(account.ec2), tmp_path / "network.svg"
    run = playbook.succeed(check=True, diff=True)
    assert run.changed == 1
    assert "+  <text" in run.output
    assert not path.exists()

    run = playbook.succeed()
    assert run.changed == 1
    assert "api_call_count: 14" in run.output
    shown = texts(path)
    for text in ("shop-prod", network.vpc_id, network.gateway, "eu-west-3a", "10.0.1.0/24", network.address):
        assert shown.count(text) == 1, text
    for text in ("↔ Internet gateway", "→ NAT gateway", "tcp 443 from anywhere"):
        assert shown.count(text) == 1, text
    assert "unmanaged" not in shown

    written = path.stat().st_mtime_ns
    run = playbook.succeed(diff=True)
    assert run.changed == 0
    assert path.stat().st_mtime_ns == written

    # Somebody's subnet, whose name would be markup.
    network.subnet("10.0.99.0/24", "eu-west-3b", Name="<script>alert(1)</script>")
    run = playbook.succeed(diff=True)
    assert run.changed == 1
    assert "10.0.99.0/24" in run.output
    assert {"unmanaged", "eu-west-3b", "<script>alert(1)</script>"} <= set(texts(path))
    assert "<script" not in path.read_text()


def test_where_there_is_nothing_nothing_is_written(playbook, account, tmp_path):
    stranger = account.ec2.create_vpc(CidrBlock="10.0.0.0/16", **tagged("vpc", Name="shop-prod"))["Vpc"]["VpcId"]
    run = playbook.fail()
    assert "There is no VPC 'shop-prod' of the project 'shop' and the environment 'prod' in eu-west-3" in run.output
    assert f"{stranger} has that name, but not our tags" in run.output
    assert not (tmp_path / "network.svg").exists()


def test_a_path_that_can_not_be_is_named_before_any_call(playbook, tmp_path):
    run = playbook.fail(vpc_diagram_path=str(tmp_path / "missing" / "network.svg"))
    assert f"path: the directory '{tmp_path / 'missing'}' does not exist" in run.output
    assert "api_call_count: 0" in run.output
    run = playbook.fail(vpc_diagram_path=str(tmp_path))
    assert f"path: '{tmp_path}' is a directory" in run.output
