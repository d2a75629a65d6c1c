# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role vpc against the emulator: what a user sees in the account, and in the output."""

from __future__ import annotations

import pytest

MINE = {"Project": "landfall", "Environment": "dev", "ManagedBy": "landfall.aws"}
# The production network: three tiers in two zones, a NAT gateway in each, and all else that there is.
PRODUCTION = {
    "landfall_region": "eu-west-3",
    "vpc_nat": "per_az",
    "vpc_tiers": [
        {"name": "public", "subnets": ["10.0.1.0/24", "10.0.2.0/24"]},
        {"name": "private", "subnets": ["10.0.10.0/24", "10.0.20.0/24"]},
        {
            "name": "data",
            "subnets": ["10.0.100.0/24", "10.0.200.0/24"],
            "network_acl": {
                "ingress": [{"rule_number": 100, "protocol": "all", "cidr": "10.0.0.0/16"}],
                "egress": [
                    {"rule_number": 90, "protocol": "icmp", "cidr": "10.0.0.0/16", "action": "deny"},
                    {"rule_number": 100, "from_port": 1024, "to_port": 65535, "cidr": "10.0.0.0/16"},
                ],
            },
        },
    ],
    "vpc_security_groups": [
        {
            "name": "alb",
            "description": "Load balancer",
            "ingress": [{"from_port": 443, "cidrs": ["0.0.0.0/0", "::/0"], "description": "the world"}],
            "egress": [{"from_port": 8000, "groups": ["app"]}],
        },
        {"name": "app", "ingress": [{"from_port": 8000, "groups": ["alb"]}, {"protocol": "all", "groups": ["app"]}]},
        {"name": "db", "ingress": [{"from_port": 5432, "groups": ["app"]}], "egress": []},
    ],
    "vpc_gateway_endpoints": ["s3", "dynamodb"],
    "vpc_interface_endpoints": ["logs"],
    "vpc_flow_logs": True,
}


def filters(**values):
    return [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in values.items()]


def tags(resource):
    return {tag["Key"]: tag["Value"] for tag in resource.get("Tags", [])}


def make_vpc(ec2, **tags_):
    """A VPC that is there before the role comes."""
    marked = [{"Key": key, "Value": value} for key, value in tags_.items()]
    specification = {"ResourceType": "vpc", "Tags": marked}
    return ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=[specification])["Vpc"]["VpcId"]


class Network:
    """What is in the account, asked for without the collection's own code."""

    def __init__(self, ec2):
        self.ec2 = ec2

    @property
    def vpcs(self):
        return [vpc for vpc in self.ec2.describe_vpcs()["Vpcs"] if tags(vpc).get("ManagedBy") == "landfall.aws"]

    @property
    def vpc_id(self):
        (vpc,) = self.vpcs
        return vpc["VpcId"]

    @property
    def subnets(self):
        return self.ec2.describe_subnets(Filters=filters(vpc_id=self.vpc_id))["Subnets"]

    @property
    def gateways(self):
        return self.ec2.describe_internet_gateways()["InternetGateways"]

    @property
    def route_tables(self):
        tables = self.ec2.describe_route_tables(Filters=filters(vpc_id=self.vpc_id))["RouteTables"]
        return [table for table in tables if not any(each["Main"] for each in table["Associations"])]

    def attribute(self, name):
        answer = self.ec2.describe_vpc_attribute(VpcId=self.vpc_id, Attribute=name)
        return answer[name[0].upper() + name[1:]]["Value"]

    def assert_complete(self, cidrs=("10.0.0.0/24",)):
        """A packet from each subnet finds its way out."""
        (gateway,) = self.gateways
        assert [each["VpcId"] for each in gateway["Attachments"]] == [self.vpc_id]
        assert self.attribute("enableDnsSupport")
        assert self.attribute("enableDnsHostnames")
        assert sorted(subnet["CidrBlock"] for subnet in self.subnets) == sorted(cidrs)
        assert all(subnet["MapPublicIpOnLaunch"] for subnet in self.subnets)
        (table,) = self.route_tables
        out = [route for route in table["Routes"] if route.get("DestinationCidrBlock") == "0.0.0.0/0"]
        assert [route["GatewayId"] for route in out] == [gateway["InternetGatewayId"]]
        # The emulator keeps the associations of subnets that are gone.
        associated = {each["SubnetId"] for each in table["Associations"]}
        assert associated >= {subnet["SubnetId"] for subnet in self.subnets}
        for resource in (*self.vpcs, gateway, table, *self.subnets):
            assert tags(resource).items() >= MINE.items()
            assert tags(resource)["Name"].startswith("landfall-dev")

    def assert_nothing(self):
        assert not self.vpcs
        assert not self.gateways


@pytest.fixture
def network(account):
    return Network(account.ec2)


def test_an_empty_account_becomes_a_network_and_empty_again(playbook, network):
    plan = playbook.succeed("vpc", check=True, diff=True)
    assert "+ vpc landfall-dev\n" in plan.output
    assert "id = (known after apply)" in plan.output
    assert "Plan: 4 to add, 0 to change, 0 to remove" in plan.output
    assert plan.changed
    network.assert_nothing()

    options = {"landfall_owner": "platform", "vpc_tags": {"CostCenter": "42"}}
    assert playbook.succeed("vpc", **options).changed == 4
    network.assert_complete()
    assert all(tags(subnet)["Owner"] == "platform" for subnet in network.subnets)
    assert all(tags(subnet)["CostCenter"] == "42" for subnet in network.subnets)

    again = playbook.succeed("vpc", **options)
    assert again.changed == 0
    assert again.recap()["skipped"] <= 1
    checked = playbook.succeed("vpc", check=True, diff=True, **options)
    assert checked.changed == 0
    assert "Plan:" not in checked.output

    going = playbook.succeed("vpc", check=True, diff=True, vpc_state="absent")
    assert "Plan: 0 to add, 0 to change, 4 to remove" in going.output
    network.assert_complete()
    assert playbook.succeed("vpc", vpc_state="absent").changed == 4
    network.assert_nothing()
    assert playbook.succeed("vpc", vpc_state="absent").changed == 0


def test_drift_is_named_and_repaired(playbook, network):
    playbook.succeed("vpc")
    ec2, (subnet,), (table,), (gateway,) = network.ec2, network.subnets, network.route_tables, network.gateways
    ec2.modify_vpc_attribute(VpcId=network.vpc_id, EnableDnsHostnames={"Value": False})
    ec2.modify_subnet_attribute(SubnetId=subnet["SubnetId"], MapPublicIpOnLaunch={"Value": False})
    ec2.create_tags(
        Resources=[subnet["SubnetId"]],
        Tags=[{"Key": "Name", "Value": "scratch"}, {"Key": "Purpose", "Value": "theirs"}],
    )
    (association,) = (each["RouteTableAssociationId"] for each in table["Associations"])
    ec2.disassociate_route_table(AssociationId=association)
    ec2.create_route(
        RouteTableId=table["RouteTableId"],
        DestinationCidrBlock="192.0.2.0/24",
        GatewayId=gateway["InternetGatewayId"],
    )
    ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=network.vpc_id)

    plan = playbook.succeed("vpc", check=True, diff=True).output
    for line in (
        "~     dns_hostnames = false -> true",
        "~     attached = false -> true",
        "~     map_public_ip_on_launch = false -> true",
        "~     tags.Name = scratch -> landfall-dev-public-eu-west-3a",
        "~     routes.192.0.2.0/24 = internet_gateway -> (none)",
        "~     subnets = [] -> [10.0.0.0/24]",
        "Plan: 0 to add, 4 to change, 0 to remove",
    ):
        assert line in plan

    assert playbook.succeed("vpc").changed == 4
    network.assert_complete()
    assert tags(network.subnets[0])["Purpose"] == "theirs"
    assert playbook.succeed("vpc").changed == 0


@pytest.mark.parametrize("task", ["Internet gateway is attached", "Route tables exist"])
def test_a_killed_run_is_finished_by_the_next(playbook, network, task):
    playbook.kill_at(task, "vpc")
    assert len(network.vpcs) == 1
    playbook.succeed("vpc")
    network.assert_complete()


def test_a_gateway_that_was_made_but_not_attached_is_used(playbook, network):
    mine = [{"Key": key, "Value": value} for key, value in {"Name": "landfall-dev", **MINE}.items()]
    specification = {"ResourceType": "internet-gateway", "Tags": mine}
    made = network.ec2.create_internet_gateway(TagSpecifications=[specification])["InternetGateway"]
    playbook.succeed("vpc")
    network.assert_complete()
    assert network.gateways[0]["InternetGatewayId"] == made["InternetGatewayId"]


def test_a_subnet_comes_and_goes(playbook, network):
    two = ["10.0.1.0/24", "10.0.2.0/24"]

    def public(subnets):
        return {"vpc_tiers": [{"name": "public", "subnets": subnets}]}

    playbook.succeed("vpc", **public(two))
    network.assert_complete(two)
    assert len({subnet["AvailabilityZone"] for subnet in network.subnets}) == 2
    plan = playbook.succeed("vpc", check=True, diff=True, **public(two[1:])).output
    assert "- subnet landfall-dev-public-eu-west-3a" in plan
    playbook.succeed("vpc", **public(two[1:]))
    network.assert_complete(two[1:])
    assert network.subnets[0]["AvailabilityZone"] == "eu-west-3b"


def test_what_others_made_is_left_alone(playbook, network):
    theirs = make_vpc(network.ec2, Name="landfall-dev")
    before = network.ec2.describe_vpcs(VpcIds=[theirs])["Vpcs"]
    plan = playbook.succeed("vpc", check=True, diff=True).output
    assert f"# {theirs} is also named landfall-dev, but does not carry our tags: left alone" in plan
    playbook.succeed("vpc")
    assert network.vpc_id != theirs

    subnet = network.ec2.create_subnet(VpcId=network.vpc_id, CidrBlock="10.0.9.0/24")["Subnet"]["SubnetId"]
    group = network.ec2.create_security_group(VpcId=network.vpc_id, GroupName="theirs", Description="Theirs")["GroupId"]
    interface = network.ec2.create_network_interface(SubnetId=subnet, Description="a database")["NetworkInterface"]
    refused = playbook.fail("vpc", vpc_state="absent").output
    for thing in (
        f"subnet {subnet}",
        f"security group {group} (theirs)",
        interface["NetworkInterfaceId"],
        "a database",
    ):
        assert thing in refused
    assert len(network.subnets) == 2

    overlapping = playbook.fail("vpc", vpc_tiers=[{"name": "public", "subnets": ["10.0.0.0/24", "10.0.8.0/23"]}]).output
    assert f"10.0.8.0/23 of the tier public overlaps 10.0.9.0/24 of {subnet}" in overlapping

    network.ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
    network.ec2.delete_security_group(GroupId=group)
    network.ec2.delete_subnet(SubnetId=subnet)
    playbook.succeed("vpc", vpc_state="absent")
    network.assert_nothing()
    assert network.ec2.describe_vpcs(VpcIds=[theirs])["Vpcs"] == before


def test_projects_and_environments_do_not_see_each_other(playbook, account):
    """All of the same name, with all that is found by its tags only: gateways, an address, tables, groups."""
    options = {
        "vpc_name": "main",
        "vpc_nat": "shared",
        "vpc_tiers": [{"name": "public"}, {"name": "private"}],
        "vpc_security_groups": [{"name": "web", "ingress": [{"from_port": 443, "cidrs": ["0.0.0.0/0"]}]}],
    }
    owners = [
        {"landfall_project": project, "landfall_environment": environment}
        for project, environment in (("shop", "dev"), ("shop", "prod"), ("blog", "dev"))
    ]
    for owner in owners:
        assert "Plan: 9 to add, 0 to change, 0 to remove" in playbook.succeed("vpc", **owner, **options).output
    ec2 = account.ec2
    assert len(ec2.describe_addresses()["Addresses"]) == len(owners)

    gone, *others = owners
    assert ", 9 to remove" in playbook.succeed("vpc", **gone, **options, vpc_state="absent").output
    for owner in others:
        run = playbook.succeed("vpc", check=True, **owner, **options)
        assert run.changed == 0, run.output
    left = [tags(each) for each in ec2.describe_vpcs()["Vpcs"] + ec2.describe_addresses()["Addresses"]]
    assert not [each for each in left if (each.get("Project"), each.get("Environment")) == tuple(gone.values())]
    assert playbook.succeed("vpc", **gone, **options, vpc_state="absent").changed == 0


def test_every_mistake_is_named_at_once(playbook, network):
    output = playbook.fail(
        "vpc",
        vpc_cidr="10.0.0.0/8",
        vpc_tiers=[{"name": "public", "subnets": ["10.0.1.0/24", "10.0.2.1/24"]}],
        vpc_azs=["paris"],
        vpc_security_groups=[
            {"name": "web", "ingress": [{"from_port": 22, "cidrs": ["0.0.0.0/0"]}, {"groups": ["ap"]}]}
        ],
        vpc_gateway_endpoints=["sqs"],
        vpc_tags={"Name": "mine"},
    ).output
    for sentence in (
        "vpc_cidr: 10.0.0.0/8 is a /8; AWS allows /16 to /28",
        "vpc_tiers[0].subnets[1]: '10.0.2.1/24' is not a CIDR block; did you mean 10.0.2.0/24?",
        "vpc_azs[0]: 'paris' is not valid",
        "vpc_security_groups[0].ingress[0].cidrs: 0.0.0.0/0 opens SSH to the whole internet",
        "vpc_security_groups[0].ingress[1].from_port: must be given with the protocol tcp",
        "vpc_security_groups[0].ingress[1].groups: there is no security group 'ap'; there are web",
        "vpc_gateway_endpoints: 'sqs' has no gateway endpoint",
        "the tag 'Name' is the collection's own",
    ):
        assert sentence in output
    assert len(network.ec2.describe_vpcs()["Vpcs"]) == 1  # the default one


def test_a_zone_that_does_not_exist_is_refused_before_anything_is_made(playbook, network):
    output = playbook.fail("vpc", vpc_azs=["eu-west-3x"]).output
    assert "eu-west-3x can't be used by this account; it can use eu-west-3a, eu-west-3b, eu-west-3c" in output
    network.assert_nothing()


def test_another_range_is_refused_because_aws_cannot(playbook, network):
    make_vpc(network.ec2, **MINE, Name="landfall-dev")
    output = playbook.fail("vpc", vpc_cidr="10.1.0.0/16").output
    assert "can't be changed to 10.1.0.0/16" in output
    assert not network.subnets


class Production(Network):
    """The network of PRODUCTION, as a client of AWS sees it."""

    def groups(self):
        found = self.ec2.describe_security_groups(Filters=filters(vpc_id=self.vpc_id))["SecurityGroups"]
        return {group["GroupName"]: group for group in found if group["GroupName"] != "default"}

    def way_out(self, cidr):
        """Where a packet from a subnet to the internet goes: the public address that it gets, or how else."""
        (subnet,) = (each for each in self.subnets if each["CidrBlock"] == cidr)
        (table,) = (
            table
            for table in self.route_tables
            if subnet["SubnetId"] in [each.get("SubnetId") for each in table["Associations"]]
        )
        routes = [each for each in table["Routes"] if each.get("DestinationCidrBlock") == "0.0.0.0/0"]
        if not routes:
            return "nowhere", None
        if routes[0].get("GatewayId", "").startswith("igw-"):
            return "gateway", None
        (nat,) = self.ec2.describe_nat_gateways(NatGatewayIds=[routes[0]["NatGatewayId"]])["NatGateways"]
        (stands_in,) = (each for each in self.subnets if each["SubnetId"] == nat["SubnetId"])
        assert self.way_out(stands_in["CidrBlock"])[0] == "gateway"
        assert stands_in["AvailabilityZone"] == subnet["AvailabilityZone"]
        return "nat", nat["NatGatewayAddresses"][0]["PublicIp"]


def test_the_production_network_is_as_it_should_be_and_goes_again(playbook, account):
    network = Production(account.ec2)
    foreign = make_vpc(account.ec2, Name="theirs")
    checked = playbook.succeed("vpc", check=True, diff=True, **PRODUCTION).output
    assert "Plan: 27 to add, 0 to change, 0 to remove" in checked
    assert "Cost: 96.36 USD a month more, without traffic (prices of eu-west-3" in checked
    network.assert_nothing()

    playbook.succeed("vpc", **PRODUCTION)
    addresses = {each["PublicIp"] for each in account.ec2.describe_addresses()["Addresses"]}
    ways = {subnet["CidrBlock"]: network.way_out(subnet["CidrBlock"]) for subnet in network.subnets}
    assert [ways[f"10.0.{each}.0/24"][0] for each in (1, 2, 10, 20, 100, 200)] == [
        "gateway",
        "gateway",
        "nat",
        "nat",
        "nowhere",
        "nowhere",
    ]
    assert {ways["10.0.10.0/24"][1], ways["10.0.20.0/24"][1]} == addresses
    assert len({subnet["AvailabilityZone"] for subnet in network.subnets}) == 2
    groups = network.groups()
    (from_alb, from_itself) = sorted(
        groups["landfall-dev-app"]["IpPermissions"], key=lambda rule: -rule.get("FromPort", 0)
    )
    assert [each["GroupId"] for each in from_alb["UserIdGroupPairs"]] == [groups["landfall-dev-alb"]["GroupId"]]
    assert [each["GroupId"] for each in from_itself["UserIdGroupPairs"]] == [groups["landfall-dev-app"]["GroupId"]]
    assert groups["landfall-dev-db"]["IpPermissionsEgress"] == []
    said = groups["landfall-dev-alb"]["IpPermissions"][0]["IpRanges"][0]
    assert said == {"CidrIp": "0.0.0.0/0", "Description": "the world"}
    assert not account.client("iam").list_instance_profiles()["InstanceProfiles"]
    (log,) = account.ec2.describe_flow_logs()["FlowLogs"]
    assert (log["LogGroupName"], log["TrafficType"]) == ("/aws/vpc/flowlogs/landfall-dev", "ALL")

    again = playbook.succeed("vpc", **PRODUCTION)
    assert again.changed == 0

    going = playbook.succeed("vpc", check=True, diff=True, vpc_state="absent", **PRODUCTION).output
    assert "Plan: 0 to add, 0 to change, 27 to remove" in going
    playbook.succeed("vpc", vpc_state="absent", **PRODUCTION)
    network.assert_nothing()
    assert not account.ec2.describe_addresses()["Addresses"]
    assert not account.ec2.describe_flow_logs()["FlowLogs"]
    assert account.ec2.describe_vpcs(VpcIds=[foreign])["Vpcs"]


def test_one_network_becomes_another(playbook, account):
    network = Production(account.ec2)
    tiers = [{"name": "public"}, {"name": "private"}, {"name": "data"}]
    playbook.succeed("vpc", vpc_tiers=tiers, vpc_az_count=2, vpc_nat="per_az")
    before = {subnet["CidrBlock"]: subnet["SubnetId"] for subnet in network.subnets}
    addresses = {each["AllocationId"] for each in account.ec2.describe_addresses()["Addresses"]}

    plan = playbook.succeed("vpc", check=True, diff=True, vpc_tiers=tiers, vpc_az_count=3, vpc_nat="shared").output
    # One NAT gateway and its address go, and the two route tables behind them become one; a subnet more for each tier.
    assert "Plan: 4 to add, 2 to change, 4 to remove" in plan
    playbook.succeed("vpc", vpc_tiers=tiers, vpc_az_count=3, vpc_nat="shared")
    after = {subnet["CidrBlock"]: subnet["SubnetId"] for subnet in network.subnets}
    assert after.items() >= before.items()
    assert len(after) == 9
    (address,) = account.ec2.describe_addresses()["Addresses"]
    assert address["AllocationId"] in addresses
    assert playbook.succeed("vpc", vpc_tiers=tiers, vpc_az_count=3, vpc_nat="shared").changed == 0


def test_ipv6_comes_on_top(playbook, account):
    network = Production(account.ec2)
    options = {"vpc_tiers": [{"name": "public"}, {"name": "private"}], "vpc_nat": "shared"}
    playbook.succeed("vpc", **options)
    playbook.succeed("vpc", vpc_ipv6=True, **options)
    blocks = [subnet["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"] for subnet in network.subnets]
    assert len(set(blocks)) == 2
    ways = {
        tags(table)["Tier"]: next(route for route in table["Routes"] if route.get("DestinationIpv6CidrBlock") == "::/0")
        for table in network.route_tables
    }
    assert ways["public"]["GatewayId"].startswith("igw-")
    assert ways["private"]["EgressOnlyInternetGatewayId"].startswith("eigw-")
    assert playbook.succeed("vpc", vpc_ipv6=True, **options).changed == 0
    playbook.succeed("vpc", vpc_state="absent", vpc_ipv6=True, **options)
    network.assert_nothing()


def test_two_networks_are_peered(playbook, account):
    theirs = make_vpc(account.ec2, Name="theirs")
    peering = {"name": "theirs", "peer_vpc_id": theirs, "peer_cidr": "10.9.0.0/16"}
    playbook.succeed("vpc", vpc_peerings=[peering])
    network = Network(account.ec2)
    (connection,) = account.ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    assert connection["Status"]["Code"] == "active"
    (table,) = network.route_tables
    (route,) = (each for each in table["Routes"] if each.get("DestinationCidrBlock") == "10.9.0.0/16")
    assert route["VpcPeeringConnectionId"] == connection["VpcPeeringConnectionId"]
    assert playbook.succeed("vpc", vpc_peerings=[peering]).changed == 0
    playbook.succeed("vpc")
    states = [
        each["Status"]["Code"] for each in account.ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    ]
    assert states in ([], ["deleted"])
    network.assert_complete()
