# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a network: what it names, what it refuses, and which calls it makes."""

from __future__ import annotations

import copy
import ipaddress
import re
from types import SimpleNamespace

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, Resource, pending
from ansible_collections.landfall.aws.plugins.module_utils.client import CallCounter
from ansible_collections.landfall.aws.plugins.module_utils.network import api, canonical, plan
from ansible_collections.landfall.aws.plugins.modules import vpc_plan

ZONES = ("eu-west-3a", "eu-west-3b", "eu-west-3c")
SPEC = plan.Spec(name="shop-dev", project="shop", environment="dev", tags={"Owner": "platform"})


def tag_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def described(spec, zones=ZONES):
    """The network of a spec as AWS would describe it: what api.read_region and api.read_vpc return."""
    resources = plan.wanted(spec, plan.place(spec, canonical.Network(), list(zones)))
    by_type = {}
    for resource in resources:
        by_type.setdefault(resource.type, []).append(resource)
    (vpc,), (gateway,), (table,) = by_type["vpc"], by_type["internet_gateway"], by_type["route_table"]
    subnets = [
        {
            "SubnetId": f"subnet-{index}",
            "VpcId": "vpc-1",
            "CidrBlock": each.properties["cidr_block"],
            "AvailabilityZone": each.properties["availability_zone"],
            "MapPublicIpOnLaunch": True,
            "Tags": tag_list(each.properties["tags"]),
        }
        for index, each in enumerate(by_type["subnet"])
    ]
    region = {
        "vpcs": [{"VpcId": "vpc-1", "CidrBlock": spec.cidr, "Tags": tag_list(vpc.properties["tags"])}],
        "internet_gateways": [
            {
                "InternetGatewayId": "igw-1",
                "Attachments": [{"VpcId": "vpc-1", "State": "available"}],
                "Tags": tag_list(gateway.properties["tags"]),
            }
        ],
    }
    inside = {
        "dns_support": True,
        "dns_hostnames": True,
        "subnets": subnets,
        "route_tables": [
            {"RouteTableId": "rtb-0", "VpcId": "vpc-1", "Associations": [{"Main": True}], "Routes": []},
            {
                "RouteTableId": "rtb-1",
                "VpcId": "vpc-1",
                "Associations": [{"Main": False, "SubnetId": each["SubnetId"]} for each in subnets],
                "Routes": [
                    {"DestinationCidrBlock": spec.cidr, "GatewayId": "local", "Origin": "CreateRouteTable"},
                    {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "Origin": "CreateRoute"},
                    {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1", "Origin": "CreateRoute"},
                ],
                "Tags": tag_list(table.properties["tags"]),
            },
        ],
    }
    return region, inside


def network(region, inside, spec=SPEC):
    return canonical.network(copy.deepcopy(region), copy.deepcopy(inside), spec)


def changes_of(region, inside, spec=SPEC):
    return pending(plan.plan(spec, network(region, inside, spec), ZONES))


def apply(changes, live):
    """What is live once a plan was applied."""
    gone = {change.id for change in changes if change.action in ("remove", "replace")}
    kept = [each for each in live.resources if each.id not in gone]
    for number, change in enumerate(changes):
        if change.action == "change":
            kept = [each for each in kept if each.id != change.id]
        if change.action in ("add", "change", "replace"):
            properties = {**(change.before or {}), **change.after}
            if "tags" in properties:
                properties["tags"] = {**(change.before or {}).get("tags", {}), **change.after["tags"]}
            keys = {"subnet": properties.get("cidr_block"), "internet_gateway": "gateway"}
            identifier = change.id if change.action == "change" else f"new-{number}"
            kept.append(Resource(change.type, change.name, properties, id=identifier, key=keys.get(change.type)))
    vpc = next(each for each in kept if each.type == "vpc")
    applied = {"VpcId": vpc.id, "CidrBlock": vpc.properties["cidr_block"]}
    return canonical.Network(resources=kept, vpc=applied)


@st.composite
def specs(draw):
    """Any valid spec."""
    prefix = draw(st.integers(16, 24))
    start = draw(st.integers(0, 2**8 - 1))
    vpc = ipaddress.ip_network(f"10.{start}.0.0/{prefix}")
    subnets = list(vpc.subnets(new_prefix=28))[:40]
    chosen = draw(st.lists(st.sampled_from(subnets), min_size=1, max_size=6, unique=True))
    return plan.Spec(
        name=draw(st.sampled_from(["shop-dev", "a"])),
        project="shop",
        environment="dev",
        cidr=str(vpc),
        public_subnets=tuple(map(str, chosen)),
        azs=tuple(draw(st.lists(st.sampled_from(ZONES), max_size=3, unique=True))),
        tags=draw(st.dictionaries(st.sampled_from(["Owner", "Team"]), st.sampled_from(["a", "b"]))),
    )


@given(specs())
def test_a_valid_spec_has_no_mistakes_and_is_live_as_planned(spec):
    assert plan.mistakes(spec, "eu-west-3") == []
    assert changes_of(*described(spec), spec) == []


@given(specs(), specs())
def test_one_network_becomes_any_other_of_its_range_in_one_plan(old, new):
    same = {"cidr": new.cidr, "name": new.name}
    before = plan.Spec(**{**old.__dict__, **same, "public_subnets": new.public_subnets[:2]})
    live = network(*described(before), new)
    changes = plan.plan(new, live, ZONES)
    assert pending(plan.plan(new, apply(changes, live), ZONES)) == []


def no_dns(_region, inside):
    inside["dns_hostnames"] = False


def gateway_detached(region, _inside):
    region["internet_gateways"][0]["Attachments"] = []


def gateway_gone(region, _inside):
    region["internet_gateways"].clear()


def second_gateway(region, _inside):
    spare = {**region["internet_gateways"][0], "InternetGatewayId": "igw-2", "Attachments": []}
    region["internet_gateways"].append(spare)


def route_gone(_region, inside):
    del inside["route_tables"][1]["Routes"][1]


def route_elsewhere(_region, inside):
    route = inside["route_tables"][1]["Routes"][1]
    del route["GatewayId"]
    route.update(NatGatewayId="nat-1")


def route_added(_region, inside):
    route = {"DestinationCidrBlock": "192.0.2.0/24", "InstanceId": "i-1", "NetworkInterfaceId": "eni-1"}
    inside["route_tables"][1]["Routes"].append({**route, "Origin": "CreateRoute"})


def table_gone(_region, inside):
    del inside["route_tables"][1]


def table_renamed(_region, inside):
    inside["route_tables"][1]["Tags"] = [
        {**tag, "Value": "scratch"} if tag["Key"] == "Name" else tag for tag in inside["route_tables"][1]["Tags"]
    ]


def subnet_disassociated(_region, inside):
    inside["route_tables"][1]["Associations"].pop()


def subnet_gone(_region, inside):
    inside["subnets"].pop()
    inside["route_tables"][1]["Associations"].pop()


def subnet_private(_region, inside):
    inside["subnets"][0]["MapPublicIpOnLaunch"] = False


def subnet_renamed(_region, inside):
    inside["subnets"][0]["Tags"] = [
        {**tag, "Value": "scratch"} if tag["Key"] == "Name" else tag for tag in inside["subnets"][0]["Tags"]
    ]


def subnet_extra(_region, inside):
    extra = {**inside["subnets"][0], "SubnetId": "subnet-9", "CidrBlock": "10.0.200.0/24"}
    inside["subnets"].append(extra)


def owner_changed(region, _inside):
    region["vpcs"][0]["Tags"] = [tag for tag in region["vpcs"][0]["Tags"] if tag["Key"] != "Owner"]


DRIFT = {
    no_dns: "vpc",
    owner_changed: "vpc",
    gateway_detached: "internet_gateway",
    gateway_gone: "internet_gateway",
    second_gateway: "internet_gateway",
    route_gone: "route_table",
    route_elsewhere: "route_table",
    route_added: "route_table",
    table_gone: "route_table",
    table_renamed: "route_table",
    subnet_disassociated: "route_table",
    subnet_gone: "subnet",
    subnet_private: "subnet",
    subnet_renamed: "subnet",
    subnet_extra: "subnet",
}


@pytest.mark.parametrize("mutation", DRIFT, ids=lambda mutation: mutation.__name__)
def test_drift_is_named(mutation):
    region, inside = described(SPEC)
    mutation(region, inside)
    assert DRIFT[mutation] in {change.type for change in changes_of(region, inside)}


@given(st.lists(st.sampled_from(list(DRIFT)), unique=True, max_size=5))
def test_drift_in_any_combination_is_repaired(mutations):
    region, inside = described(SPEC)
    for mutation in mutations:
        try:
            mutation(region, inside)
        except IndexError:  # a mutation before took away what this one is about
            continue
    live = network(region, inside)
    assert pending(plan.plan(SPEC, apply(plan.plan(SPEC, live, ZONES), live), ZONES)) == []


def test_tags_routes_and_tables_of_others_are_not_drift():
    region, inside = described(SPEC)
    region["vpcs"][0]["Tags"].append({"Key": "Backup", "Value": "daily"})
    inside["route_tables"].append({"RouteTableId": "rtb-9", "Associations": [], "Routes": [], "Tags": []})
    live = network(region, inside)
    assert pending(plan.plan(SPEC, live, ZONES)) == []
    assert plan.notes(SPEC, live) == ["route table rtb-9 is in our VPC, but not ours: left alone"]


def test_subnets_are_spread_and_stay_where_they_are():
    spec = plan.Spec(**{**SPEC.__dict__, "public_subnets": tuple(f"10.0.{n}.0/24" for n in range(4))})
    assert list(plan.place(spec, canonical.Network(), ZONES).values()) == [*ZONES, "eu-west-3a"]
    only = Resource("subnet", "x", {"cidr_block": "10.0.3.0/24", "availability_zone": "eu-west-3b"}, id="subnet-1")
    placed = plan.place(spec, canonical.Network(resources=[only]), ZONES)
    assert placed["10.0.3.0/24"] == "eu-west-3b"
    assert placed["10.0.0.0/24"] == "eu-west-3a"


def test_a_subnet_that_moves_is_associated_again():
    spec = plan.Spec(**{**SPEC.__dict__, "azs": ("eu-west-3c",)})
    subnet, table = changes_of(*described(SPEC), spec)
    assert (subnet.action, subnet.why) == ("replace", "availability_zone can't be changed in place")
    assert (table.action, table.why) == ("change", "differs in subnets")


def test_local_zones_and_closed_ones_are_not_used():
    zones = [
        {"ZoneName": "us-west-2-lax-1a", "State": "available", "ZoneType": "local-zone", "OptInStatus": "opted-in"},
        {"ZoneName": "us-west-2b", "State": "available", "ZoneType": "availability-zone"},
        {"ZoneName": "us-west-2a", "State": "impaired", "ZoneType": "availability-zone"},
    ]
    assert plan.usable_zones(zones) == ["us-west-2b"]


def test_all_mistakes_are_found_without_a_call():
    spec = plan.Spec(
        name="x", project="p", environment="e", cidr="10.0.0.0/8", public_subnets=("nonsense",), azs=("eu-west-1a",) * 2
    )
    found = "\n".join(plan.mistakes(spec, "eu-west-3"))
    for sentence in ("cidr: 10.0.0.0/8 is a /8", "public_subnets[0]", "does not lie in the region", "named 2 times"):
        assert sentence in found


def refusal(region, inside, spec=SPEC):
    with pytest.raises(Refused) as caught:
        changes_of(region, inside, spec)
    return str(caught.value)


def test_what_is_in_the_way_is_named():
    region, inside = described(SPEC)
    region["internet_gateways"][0]["Tags"] = []
    assert "igw-1 is attached to the VPC vpc-1" in refusal(region, inside)

    region, inside = described(SPEC)
    inside["subnets"][0]["Tags"] = []
    assert "10.0.1.0/24 overlaps 10.0.1.0/24 of subnet-0" in refusal(region, inside)

    region, inside = described(SPEC)
    region["vpcs"][0]["CidrBlock"] = "10.9.0.0/16"
    assert "can't be changed to 10.0.0.0/16" in refusal(region, inside)

    region, inside = described(SPEC)
    region["vpcs"].append({**region["vpcs"][0], "VpcId": "vpc-2"})
    assert "vpc-1 and vpc-2 all carry the tags" in refusal(region, inside)


def test_tenants_are_named_and_told_apart():
    live = network(*described(SPEC))
    ours = tag_list({"Project": "shop", "Environment": "dev", "ManagedBy": "landfall.aws"})
    inside = {
        "reservations": [{"Instances": [{"InstanceId": "i-1", "Tags": ours}, {"InstanceId": "i-3", "Tags": []}]}],
        "network_interfaces": [
            {
                "NetworkInterfaceId": "eni-1",
                "SubnetId": "subnet-0",
                "Attachment": {"InstanceId": "i-1"},
                "Groups": [{"GroupId": "sg-1"}],
            },
            {
                "NetworkInterfaceId": "eni-2",
                "SubnetId": "subnet-0",
                "Description": "Interface for NAT Gateway nat-1",
                "Groups": [],
            },
            {
                "NetworkInterfaceId": "eni-3",
                "SubnetId": "subnet-0",
                "Attachment": {"InstanceId": "i-3"},
                "Groups": [{"GroupId": "sg-1"}],
            },
        ],
        "security_groups": [
            {"GroupId": "sg-0", "GroupName": "default", "Tags": []},
            {"GroupId": "sg-1", "GroupName": "app", "Tags": ours},
        ],
        "network_acls": [{"NetworkAclId": "acl-0", "IsDefault": True}, {"NetworkAclId": "acl-1", "IsDefault": False}],
        "vpc_endpoints": [{"VpcEndpointId": "vpce-1", "ServiceName": "s3", "State": "Available"}],
    }
    found = {tenant.text: tenant.ours for tenant in canonical.tenants(inside, live, SPEC)}
    assert found == {
        "instance i-1": True,
        "instance i-3": False,
        "network interface eni-2 (Interface for NAT Gateway nat-1)": False,
        "security group sg-1 (app)": True,
        "network ACL acl-1": False,
        "endpoint vpce-1 (s3)": False,
    }
    assert canonical.tenants(inside, live, SPEC, ["subnet-7"]) == []


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


def in_vpc(vpc_id):
    return {"Filters": [{"Name": "vpc-id", "Values": [vpc_id]}]}


def expect_region(stubber, region):
    named = {"Filters": [{"Name": "tag:Name", "Values": ["shop-dev"]}]}
    stubber.add_response("describe_vpcs", {"Vpcs": region["vpcs"]}, named)
    stubber.add_response("describe_internet_gateways", {"InternetGateways": region["internet_gateways"]}, {})


def expect_vpc(stubber, inside):
    attribute = {"VpcId": "vpc-1", "Attribute": "enableDnsSupport"}
    stubber.add_response("describe_vpc_attribute", {"EnableDnsSupport": {"Value": True}}, attribute)
    attribute = {"VpcId": "vpc-1", "Attribute": "enableDnsHostnames"}
    stubber.add_response("describe_vpc_attribute", {"EnableDnsHostnames": {"Value": True}}, attribute)
    stubber.add_response("describe_subnets", {"Subnets": inside["subnets"]}, in_vpc("vpc-1"))
    stubber.add_response("describe_route_tables", {"RouteTables": inside["route_tables"]}, in_vpc("vpc-1"))


def test_an_unchanged_network_costs_six_calls(ec2):
    region, inside = described(SPEC)
    expect_region(ec2.stubber, region)
    expect_vpc(ec2.stubber, inside)
    live = vpc_plan.read(ec2.client, SPEC)
    assert not pending(vpc_plan.to_be_present(SimpleNamespace(check_mode=False), ec2.client, SPEC, live))
    assert len(ec2.counter.calls) == 6


def test_an_empty_account_costs_three_calls(ec2):
    expect_region(ec2.stubber, {"vpcs": [], "internet_gateways": []})
    zones = [{"ZoneName": zone, "State": "available"} for zone in ZONES]
    ec2.stubber.add_response("describe_availability_zones", {"AvailabilityZones": zones}, {})
    live = vpc_plan.read(ec2.client, SPEC)
    changes = vpc_plan.to_be_present(SimpleNamespace(check_mode=False), ec2.client, SPEC, live)
    assert [change.type for change in changes] == ["vpc", "internet_gateway", "subnet", "route_table"]
    assert ec2.counter.calls == ["DescribeVpcs", "DescribeInternetGateways", "DescribeAvailabilityZones"]


def test_a_network_with_tenants_is_not_removed(ec2):
    region, inside = described(SPEC)
    ours = tag_list({"Project": "shop", "Environment": "dev", "ManagedBy": "landfall.aws"})
    theirs = {"NetworkInterfaceId": "eni-1", "SubnetId": "subnet-0", "Description": "RDS"}
    mine = {"NetworkInterfaceId": "eni-2", "SubnetId": "subnet-0", "Attachment": {"InstanceId": "i-1"}}
    for interfaces, leaving, refused in (
        ([theirs], False, "network interface eni-1 (RDS)"),
        ([theirs, mine], True, "network interface eni-1 (RDS)"),
        ([mine], False, "instance i-1"),
        ([mine], True, ""),
    ):
        expect_region(ec2.stubber, region)
        expect_vpc(ec2.stubber, inside)
        dying = [{"Name": f"tag:{tag['Key']}", "Values": [tag["Value"]]} for tag in ours]
        dying.append({"Name": "instance-state-name", "Values": ["shutting-down"]})
        ec2.stubber.add_response("describe_instances", {"Reservations": []}, {"Filters": dying})
        instances = [{"Instances": [{"InstanceId": "i-1", "Tags": ours}]}]
        ec2.stubber.add_response("describe_instances", {"Reservations": instances}, in_vpc("vpc-1"))
        ec2.stubber.add_response("describe_network_interfaces", {"NetworkInterfaces": interfaces}, in_vpc("vpc-1"))
        ec2.stubber.add_response("describe_security_groups", {"SecurityGroups": []}, in_vpc("vpc-1"))
        ec2.stubber.add_response("describe_network_acls", {"NetworkAcls": []}, in_vpc("vpc-1"))
        ec2.stubber.add_response("describe_vpc_endpoints", {"VpcEndpoints": []}, in_vpc("vpc-1"))
        module = SimpleNamespace(check_mode=False, params={"leaving": leaving})
        live = vpc_plan.read(ec2.client, SPEC)
        if refused:
            with pytest.raises(Refused, match="(?s)Nothing has been changed.*" + re.escape(refused)):
                vpc_plan.to_be_absent(module, ec2.client, SPEC, live)
        else:
            assert vpc_plan.to_be_absent(module, ec2.client, SPEC, live)
