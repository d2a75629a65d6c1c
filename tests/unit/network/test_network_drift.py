# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody changed by hand: the plan names exactly it, and applying it leads back."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, differences
from ansible_collections.landfall.aws.plugins.module_utils.network import plan
from ansible_collections.landfall.aws.plugins.module_utils.network.spec import Spec
from tests.unit.network.account import Account, tag_list, tags_in
from tests.unit.network.carried_out import carry_out, changes_of, look
from tests.unit.network.described import THEIRS, described

ALLOW = {"rule_number": 100, "protocol": "all", "cidr": "0.0.0.0/0"}
SPEC = Spec(
    name="shop-dev",
    project="shop",
    environment="dev",
    tiers=(
        {"name": "public"},
        {"name": "private"},
        {"name": "data", "network_acl": {"ingress": [ALLOW], "egress": [ALLOW]}},
    ),
    az_count=2,
    nat="per_az",
    ipv6=True,
    gateway_endpoints=("s3",),
    interface_endpoints=("ecr.api",),
    security_groups=(
        {"name": "web", "ingress": [{"from_port": 443, "cidrs": ["0.0.0.0/0"]}]},
        {"name": "app", "ingress": [{"from_port": 8000, "groups": ["web"]}], "egress": []},
    ),
    peerings=({"name": "tools", "peer_vpc_id": "vpc-00000001", "peer_cidr": "172.16.0.0/16", "tiers": ["data"]},),
    flow_logs=True,
    tags={"Owner": "platform"},
)
LIVE = described(SPEC)
OTHER = {"ManagedBy": "somebody"}
PUBLIC = [f"10.0.{number}.0/24" for number in range(2)]
ENDPOINTS = ("change vpc_endpoint shop-dev-ecr.api: tags", "change vpc_endpoint shop-dev-s3: tags")


def account():
    return copy.deepcopy(LIVE)


def of(things, name):
    """The one with this name."""
    return next(each for each in things if tags_in(each).get("Name") == name)


def table(account, name):
    return of(account.route_tables, f"shop-dev-{name}")


def route(table_, destination="0.0.0.0/0"):
    return next(each for each in table_["Routes"] if destination in each.values())


def group(account, name):
    return next(each for each in account.security_groups if each["GroupName"] == f"shop-dev-{name}")


def tag(thing, **tags):
    thing["Tags"] = tag_list({**tags_in(thing), **tags})


def untag(thing, *names):
    thing["Tags"] = [each for each in thing["Tags"] if each["Key"] not in names]


def named(changes):
    """A plan in short: what happens to what, and to which of its properties."""
    found = []
    for each in changes:
        properties = differences(each.after, each.before) if each.after and each.before else []
        found.append(f"{each.action} {each.type} {each.name}" + (f": {', '.join(properties)}" if properties else ""))
    return sorted(found)


DRIFT = {}


def drift(*expected):
    """What the plan is to name, and nothing else."""

    def register(mutation):
        DRIFT[mutation.__name__] = (mutation, expected)
        return mutation

    return register


# The VPC.


@drift("change vpc shop-dev: dns_hostnames")
def dns_hostnames_off(it):
    it.dns["enableDnsHostnames"] = False


@drift("change vpc shop-dev: dns_support")
def dns_support_off(it):
    it.dns["enableDnsSupport"] = False


@drift("change vpc shop-dev: tags")
def owner_of_the_vpc_gone(it):
    untag(it.vpc, "Owner")


@drift("change vpc shop-dev: tags")
def owner_of_the_vpc_changed(it):
    tag(it.vpc, Owner="somebody")


@drift()
def a_tag_of_somebody_else_added(it):
    for things in (it.vpcs, it.subnets, it.nat_gateways, it.addresses, it.route_tables[1:], it.vpc_endpoints):
        for each in things:
            tag(each, Backup="daily")


# Gateways.


@drift("change internet_gateway shop-dev: attached")
def gateway_detached(it):
    it.internet_gateways[0]["Attachments"] = []


@drift(
    "add internet_gateway shop-dev",
    "replace route_table shop-dev-public: routes, ipv6_routes",
    "replace vpc_endpoint shop-dev-s3",
)
def gateway_gone(it):
    """The table's IPv6 route led there, too, and amazon.aws can't point it anew."""
    it.internet_gateways.clear()


@drift("change internet_gateway shop-dev: tags")
def gateway_without_owner(it):
    untag(it.internet_gateways[0], "Owner")


@drift("change internet_gateway shop-dev: tags")
def gateway_renamed(it):
    tag(it.internet_gateways[0], Name="scratch")


@drift("remove internet_gateway shop-dev")
def gateway_twice(it):
    double = {**it.internet_gateways[0], "InternetGatewayId": it.id("igw"), "Attachments": []}
    it.internet_gateways.append(double)


@drift("change egress_only_internet_gateway shop-dev: tags")
def egress_gateway_without_owner(it):
    untag(it.egress_only_internet_gateways[0], "Owner")


# Subnets.


def subnet(it, cidr):
    return next(each for each in it.subnets if each["CidrBlock"] == cidr)


@drift("change subnet shop-dev-public-eu-west-3a: map_public_ip_on_launch")
def subnet_without_public_addresses(it):
    subnet(it, PUBLIC[0])["MapPublicIpOnLaunch"] = False


@drift("change subnet shop-dev-public-eu-west-3b: assign_ipv6_address_on_creation")
def subnet_without_ipv6_addresses(it):
    subnet(it, PUBLIC[1])["AssignIpv6AddressOnCreation"] = False


@drift("change subnet shop-dev-public-eu-west-3a: ipv6_cidr")
def subnet_without_ipv6(it):
    subnet(it, PUBLIC[0])["Ipv6CidrBlockAssociationSet"] = []


@drift()
def subnet_with_another_ipv6_range_of_the_vpc(it):
    """What its instances use can't be taken from them, so it stays."""
    subnet(it, PUBLIC[0])["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"] = "2001:db8:1234:1aff::/64"


@drift("change subnet shop-dev-public-eu-west-3a: tags")
def subnet_renamed(it):
    tag(subnet(it, PUBLIC[0]), Name="scratch")


@drift("change subnet shop-dev-public-eu-west-3a: tags")
def subnet_of_another_tier(it):
    tag(subnet(it, PUBLIC[0]), Tier="private")


@drift("remove subnet shop-dev-public-eu-west-3a")
def subnet_of_ours_that_nobody_asked_for(it):
    extra = {**subnet(it, PUBLIC[0]), "SubnetId": it.id("subnet"), "CidrBlock": "10.0.200.0/24"}
    it.subnets.append({**extra, "Ipv6CidrBlockAssociationSet": []})


@drift(
    "add subnet shop-dev-data-eu-west-3b",
    "change network_acl shop-dev-data: subnets",
    "change route_table shop-dev-data: subnets",
)
def subnet_gone(it):
    it.remove_subnet({"id": of(it.subnets, "shop-dev-data-eu-west-3b")["SubnetId"], "name": ""})


# NAT gateways and their addresses.


@drift("add nat_gateway shop-dev-nat-eu-west-3a", "change route_table shop-dev-private-eu-west-3a: routes")
def nat_gateway_deleted(it):
    it.nat_gateways[0]["State"] = "deleted"


@drift("add nat_gateway shop-dev-nat-eu-west-3b", "change route_table shop-dev-private-eu-west-3b: routes")
def nat_gateway_failed(it):
    it.nat_gateways[1]["State"] = "failed"


@drift("change nat_gateway shop-dev-nat-eu-west-3a: tags")
def nat_gateway_without_owner(it):
    untag(it.nat_gateways[0], "Owner")


@drift("change nat_gateway shop-dev-nat-eu-west-3a: tags")
def nat_gateway_renamed(it):
    tag(it.nat_gateways[0], Name="scratch")


@drift("remove elastic_ip shop-dev-nat-eu-west-3a", "remove nat_gateway shop-dev-nat-eu-west-3a")
def nat_gateway_twice(it):
    """With an address of its own, whose id comes before that of the gateway that stays."""
    address = {**it.addresses[0], "AllocationId": "eipalloc-00000000", "PublicIp": "203.0.113.9"}
    it.addresses.append(address)
    it.nat_gateways.append({**it.nat_gateway(it.nat_gateways[0]["SubnetId"], address), "Tags": address["Tags"]})


@drift("remove elastic_ip shop-dev-nat-eu-west-3a")
def address_twice(it):
    double = {**it.addresses[0], "AllocationId": "eipalloc-00000000", "PublicIp": "203.0.113.9"}
    it.addresses.append(double)


@drift("change elastic_ip shop-dev-nat-eu-west-3a: tags")
def address_without_owner(it):
    untag(it.addresses[0], "Owner")


@drift("change elastic_ip shop-dev-nat-eu-west-3a: tags")
def address_renamed(it):
    tag(it.addresses[0], Name="scratch")


@drift("change elastic_ip shop-dev-nat-eu-west-3a: tags")
def address_that_forgot_its_subnet(it):
    untag(it.addresses[0], "Subnet")


@drift()
def address_that_forgot_its_network(it):
    """It is not ours any more, so the gateway that has it keeps it."""
    untag(it.addresses[0], "Vpc")


@drift()
def nat_gateway_with_an_address_of_somebody(it):
    next(each for each in it.addresses if it.using(each["AllocationId"]))["Tags"] = []


@drift(
    "add elastic_ip shop-dev-nat-eu-west-3a",
    "add nat_gateway shop-dev-nat-eu-west-3a",
    "change route_table shop-dev-private-eu-west-3a: routes",
)
def nat_gateway_deleted_and_its_address_released(it):
    it.nat_gateways[0]["State"] = "deleted"
    del it.addresses[0]


# Route tables.


@drift("change route_table shop-dev-public: routes")
def route_gone(it):
    table(it, "public")["Routes"].remove(route(table(it, "public")))


@drift("change route_table shop-dev-private-eu-west-3a: routes")
def route_to_the_gateway_of_the_other_zone(it):
    other = it.nat_gateways[1]["NatGatewayId"]
    route(table(it, "private-eu-west-3a"))["NatGatewayId"] = other


@drift("change route_table shop-dev-private-eu-west-3a: routes")
def route_to_an_instance(it):
    way = route(table(it, "private-eu-west-3a"))
    del way["NatGatewayId"]
    way.update(InstanceId="i-1", NetworkInterfaceId="eni-1", InstanceOwnerId="1")


@drift("change route_table shop-dev-data: routes")
def route_added(it):
    extra = {"DestinationCidrBlock": "192.0.2.0/24", "TransitGatewayId": "tgw-1", "Origin": "CreateRoute"}
    table(it, "data")["Routes"].append(extra)


@drift("change route_table shop-dev-data: routes")
def data_with_a_way_to_the_internet(it):
    way = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": it.internet_gateways[0]["InternetGatewayId"]}
    table(it, "data")["Routes"].append({**way, "Origin": "CreateRoute"})


@drift()
def route_that_a_virtual_gateway_spread(it):
    way = {"DestinationCidrBlock": "192.0.2.0/24", "GatewayId": "vgw-1", "Origin": "EnableVgwRoutePropagation"}
    table(it, "data")["Routes"].append(way)


@drift("change route_table shop-dev-private-eu-west-3a: routes")
def route_into_a_black_hole(it):
    """Its target is gone; AWS leaves its id in the route."""
    way = route(table(it, "private-eu-west-3a"))
    way.update(NatGatewayId="nat-00000000", State="blackhole")


@drift("change route_table shop-dev-public: ipv6_routes")
def ipv6_route_gone(it):
    table(it, "public")["Routes"].remove(route(table(it, "public"), "::/0"))


@drift("replace route_table shop-dev-data: ipv6_routes", "replace vpc_endpoint shop-dev-s3")
def ipv6_route_added(it):
    """amazon.aws can't take it away, so the table is replaced, and the endpoint that has a route in it."""
    way = {"DestinationIpv6CidrBlock": "::/0", "GatewayId": it.internet_gateways[0]["InternetGatewayId"]}
    table(it, "data")["Routes"].append({**way, "Origin": "CreateRoute"})


@drift("change route_table shop-dev-public: subnets")
def association_lost(it):
    table(it, "public")["Associations"].pop()


@drift("change route_table shop-dev-data: subnets", "change route_table shop-dev-public: subnets")
def association_moved(it):
    table(it, "data")["Associations"].append(table(it, "public")["Associations"].pop())


@drift("change route_table shop-dev-data: tags")
def table_renamed(it):
    tag(table(it, "data"), Name="scratch")


@drift("change route_table shop-dev-data: tags")
def table_without_owner(it):
    untag(table(it, "data"), "Owner")


@drift("remove route_table shop-dev-data")
def table_twice(it):
    it.route_tables.append({**table(it, "data"), "RouteTableId": it.id("rtb"), "Associations": []})


@drift("add route_table shop-dev-data", "replace vpc_endpoint shop-dev-s3: route_tables")
def table_gone(it):
    gone = table(it, "data")
    it.route_tables.remove(gone)
    for each in it.vpc_endpoints:
        each["RouteTableIds"] = [id_ for id_ in each["RouteTableIds"] if id_ != gone["RouteTableId"]]


# Network ACLs.


@drift("change network_acl shop-dev-data: egress")
def acl_rule_gone(it):
    acl = of(it.network_acls, "shop-dev-data")
    acl["Entries"] = [each for each in acl["Entries"] if not each["Egress"] or each["RuleNumber"] == 32767]


@drift("change network_acl shop-dev-data: ingress")
def acl_rule_added(it):
    rule = {"RuleNumber": 50, "Protocol": "6", "RuleAction": "deny", "Egress": False, "CidrBlock": "192.0.2.0/24"}
    of(it.network_acls, "shop-dev-data")["Entries"].append({**rule, "PortRange": {"From": 22, "To": 22}})


@drift("change network_acl shop-dev-data: ingress")
def acl_rule_changed(it):
    entries = of(it.network_acls, "shop-dev-data")["Entries"]
    next(each for each in entries if not each["Egress"] and each["RuleNumber"] == 100)["RuleAction"] = "deny"


@drift("change network_acl shop-dev-data: subnets")
def acl_without_a_subnet(it):
    of(it.network_acls, "shop-dev-data")["Associations"].pop()


@drift("change network_acl shop-dev-data: tags")
def acl_without_owner(it):
    untag(of(it.network_acls, "shop-dev-data"), "Owner")


@drift("change network_acl shop-dev-data: tags")
def acl_renamed(it):
    tag(of(it.network_acls, "shop-dev-data"), Name="scratch")


@drift("add network_acl shop-dev-data")
def acl_gone(it):
    it.network_acls.remove(of(it.network_acls, "shop-dev-data"))


# Security groups.


@drift("change security_group shop-dev-web: ingress")
def group_rule_gone(it):
    group(it, "web")["IpPermissions"].clear()


@drift("change security_group shop-dev-web: ingress")
def group_rule_added(it):
    opened = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    group(it, "web")["IpPermissions"].append(opened)


@drift("change security_group shop-dev-app: ingress")
def group_rule_for_other_ports(it):
    group(it, "app")["IpPermissions"][0]["ToPort"] = 9000


@drift("change security_group shop-dev-app: ingress")
def group_rule_for_another_group(it):
    pairs = group(it, "app")["IpPermissions"][0]["UserIdGroupPairs"]
    pairs[0] = {"GroupId": group(it, "endpoints")["GroupId"]}


@drift("change security_group shop-dev-app: egress")
def group_opened_outwards(it):
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    group(it, "app")["IpPermissionsEgress"].append(everything)


@drift("change security_group shop-dev-web: egress")
def group_closed_outwards(it):
    group(it, "web")["IpPermissionsEgress"].clear()


@drift("change security_group shop-dev-web: tags")
def group_renamed(it):
    tag(group(it, "web"), Name="scratch")


@drift("remove security_group shop-dev-old")
def group_of_ours_that_nobody_asked_for(it):
    """Which names one that stays, and itself."""
    id_ = it.id("sg")
    pairs = [{"GroupId": id_}, {"GroupId": group(it, "web")["GroupId"]}]
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": pairs}
    old = {**group(it, "web"), "GroupId": id_, "GroupName": "shop-dev-old", "IpPermissions": [rule]}
    it.security_groups.append(old)


# Endpoints and peerings.


@drift("add vpc_endpoint shop-dev-s3")
def gateway_endpoint_gone(it):
    it.vpc_endpoints.remove(of(it.vpc_endpoints, "shop-dev-s3"))


@drift("replace vpc_endpoint shop-dev-s3: route_tables")
def gateway_endpoint_without_a_table(it):
    of(it.vpc_endpoints, "shop-dev-s3")["RouteTableIds"].pop()


@drift("replace vpc_endpoint shop-dev-ecr.api: subnets")
def interface_endpoint_without_a_subnet(it):
    endpoint = of(it.vpc_endpoints, "shop-dev-ecr.api")
    endpoint["SubnetIds"].pop()
    endpoint["NetworkInterfaceIds"].pop()


@drift("replace vpc_endpoint shop-dev-ecr.api: security_groups")
def interface_endpoint_in_another_group(it):
    of(it.vpc_endpoints, "shop-dev-ecr.api")["Groups"] = [{"GroupId": group(it, "web")["GroupId"]}]


@drift(*ENDPOINTS)
def endpoints_without_owner(it):
    for each in it.vpc_endpoints:
        untag(each, "Owner")


@drift("change vpc_peering shop-dev-tools: state")
def peering_not_accepted(it):
    it.peerings[0].update(
        RequesterVpcInfo=it.peerings[0]["AccepterVpcInfo"], AccepterVpcInfo=it.peerings[0]["RequesterVpcInfo"]
    )
    it.peerings[0]["Status"] = {"Code": "pending-acceptance"}


@drift("add vpc_peering shop-dev-tools", "change route_table shop-dev-data: routes")
def peering_deleted_by_the_other_side(it):
    it.peerings[0]["Status"] = {"Code": "deleted"}


@drift()
def peering_of_the_other_side(it):
    untag(it.peerings[0], *tags_in(it.peerings[0]))


@drift("change vpc_peering shop-dev-tools: tags")
def peering_without_owner(it):
    untag(it.peerings[0], "Owner")


@drift()
def peering_asked_for_by_both_sides(it):
    """Ours stays, and theirs is theirs."""
    theirs = {**it.peerings[0], "VpcPeeringConnectionId": it.id("pcx"), "Status": {"Code": "pending-acceptance"}}
    sides = {"RequesterVpcInfo": theirs["AccepterVpcInfo"], "AccepterVpcInfo": theirs["RequesterVpcInfo"], "Tags": []}
    it.peerings.append({**theirs, **sides})


# Flow logs.


@drift("add flow_log shop-dev")
def flow_log_gone(it):
    it.flow_logs.clear()


@drift("change flow_log shop-dev: traffic, interval")
def flow_log_of_other_traffic(it):
    it.flow_logs[0].update(TrafficType="REJECT", MaxAggregationInterval=60)


@drift("replace flow_log shop-dev: log_group")
def flow_log_to_another_group(it):
    it.flow_logs[0]["LogGroupName"] = "/elsewhere"


@drift("change flow_log shop-dev: role")
def flow_log_with_another_role(it):
    it.flow_logs[0]["DeliverLogsPermissionArn"] = "arn:aws:iam::123456789012:role/other"


@drift("change log_group /aws/vpc/flowlogs/shop-dev: retention")
def records_kept_for_ever(it):
    del it.log_group["retentionInDays"]


@drift("add log_group /aws/vpc/flowlogs/shop-dev", "change iam_role shop-dev-flowlogs: policy")
def log_group_gone(it):
    it.log_group = None


@drift("change iam_role shop-dev-flowlogs: policy")
def role_that_may_more(it):
    it.role["_policy"]["Statement"][0]["Resource"] = "*"


@drift("change iam_role shop-dev-flowlogs: policy")
def role_without_a_policy(it):
    it.role["_policy"] = None


@drift("change iam_role shop-dev-flowlogs: trust")
def role_that_others_may_assume(it):
    it.role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {"AWS": "*"}


@drift("add iam_role shop-dev-flowlogs")
def role_gone(it):
    it.role = None


# What is not ours.


@drift()
def things_of_others_added(it):
    it.route_tables.append({"RouteTableId": "rtb-1", "Associations": [], "Routes": it.local_routes(), "Tags": []})
    it.network_acls.append({"NetworkAclId": "acl-1", "IsDefault": False, "Entries": [], "Associations": []})
    nothing = {"Description": "", "IpPermissions": [], "IpPermissionsEgress": []}
    it.security_groups.append({"GroupId": "sg-1", "GroupName": "theirs", **nothing})
    it.subnets.append({"SubnetId": "subnet-1", "CidrBlock": "10.0.250.0/24", "AvailabilityZone": "eu-west-3a"})
    it.nat_gateways.append({"NatGatewayId": "nat-1", "SubnetId": "subnet-1", "State": "available"})
    it.nat_gateways[-1]["NatGatewayAddresses"] = [{"AllocationId": "eipalloc-1", "NetworkInterfaceId": "eni-1"}]
    endpoint = it.vpc_endpoint("com.amazonaws.eu-west-3.sts", "Interface", [], ["subnet-1"], ["sg-1"])
    it.vpc_endpoints.append(endpoint)
    it.flow_logs.append({**it.flow_logs[0], "FlowLogId": "fl-1", "LogGroupName": "theirs", "Tags": []})
    it.internet_gateways.append({"InternetGatewayId": "igw-1", "Attachments": []})


@drift("add network_acl shop-dev-data")
def acl_that_is_not_ours_any_more(it):
    """A new one beside it takes the subnets over."""
    tag(of(it.network_acls, "shop-dev-data"), **OTHER)


@drift("add route_table shop-dev-data", "replace vpc_endpoint shop-dev-s3: route_tables")
def table_that_is_not_ours_any_more(it):
    tag(table(it, "data"), **OTHER)


@drift("add flow_log shop-dev")
def flow_log_that_is_not_ours_any_more(it):
    tag(it.flow_logs[0], **OTHER)


@pytest.mark.parametrize("name", DRIFT)
def test_the_plan_names_exactly_it(name):
    mutation, expected = DRIFT[name]
    it = account()
    mutation(it)
    assert named(changes_of(it, SPEC)) == sorted(expected)


@pytest.mark.parametrize("name", DRIFT)
def test_applying_the_plan_leads_back(name):
    mutation, _expected = DRIFT[name]
    it = account()
    mutation(it)
    carry_out(it, SPEC)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(sorted(DRIFT)), unique=True, min_size=2, max_size=6), st.booleans())
def test_any_combination_leads_back(names, slow):
    it = account()
    it.slow = slow
    for name in names:
        try:
            DRIFT[name][0](it)
        except (AttributeError, IndexError, KeyError, StopIteration, TypeError):
            continue  # one before took away what this one is about
    carry_out(it, SPEC)


def test_there_are_at_least_forty_kinds():
    assert len(DRIFT) >= 40


@pytest.mark.parametrize("asked_by_peer", [True, False])
def test_who_was_asked_accepts(asked_by_peer):
    """That is us where another account asked, and nobody here where we asked it."""
    spec = replace(SPEC, peerings=({**SPEC.peerings[0], "peer_owner_id": THEIRS},))
    it = described(spec)
    (peering,) = it.peerings
    peering["Status"] = {"Code": "pending-acceptance"}
    if asked_by_peer:
        sides = peering["AccepterVpcInfo"], peering["RequesterVpcInfo"]
        peering.update(RequesterVpcInfo=sides[0], AccepterVpcInfo=sides[1], Tags=[])
    assert named(changes_of(it, spec)) == ["change vpc_peering shop-dev-tools: state"] * asked_by_peer
    carry_out(it, spec)
    assert peering["Status"]["Code"] == ("active" if asked_by_peer else "pending-acceptance")


def test_what_is_being_made_is_waited_for():
    it = account()
    it.nat_gateways[0]["State"] = "pending"
    live, changes = look(it, SPEC)
    assert named(each for each in changes if each.pending) == []
    assert live.settling == []


def test_an_address_of_a_gateway_that_leaves_is_used_again_once_it_is_free():
    it = account()
    it.nat_gateways[0]["State"] = "deleting"
    addresses = len(it.addresses)
    carry_out(it, SPEC)
    assert [each["State"] for each in it.nat_gateways] == ["deleted", "available", "available"]
    assert len(it.addresses) == addresses


def test_a_vpc_that_is_not_ours_any_more_gets_another_beside_it():
    """Its name is taken, but not its place: the plan begins from nothing, and says so."""
    it = account()
    tag(it.vpc, **OTHER)
    live, changes = look(it, SPEC)
    assert named(each for each in changes if each.type == "vpc") == ["add vpc shop-dev"]
    assert plan.notes(SPEC, live)[0] == (
        f"{it.vpcs[0]['VpcId']} is also named shop-dev, but does not carry our tags: left alone"
    )


REFUSED = {
    "gateway": (
        lambda it: it.internet_gateways[0],
        "The internet gateway {InternetGatewayId} is attached to the VPC {vpc} (shop-dev) but does not carry our tags",
    ),
    "egress-only gateway": (
        lambda it: it.egress_only_internet_gateways[0],
        "The egress-only internet gateway {EgressOnlyInternetGatewayId} is attached to the VPC {vpc} (shop-dev) but does "
        "not carry our tags",
    ),
    "subnet": (
        lambda it: subnet(it, PUBLIC[0]),
        "tiers: 10.0.0.0/24 of the tier public overlaps 10.0.0.0/24 of {SubnetId}, which is in the VPC {vpc} but does "
        "not carry our tags.",
    ),
    "group": (
        lambda it: group(it, "web"),
        "security_groups: in the VPC {vpc} there already is a security group shop-dev-web ({GroupId}) that is not this "
        "network's.",
    ),
    "log group": (
        lambda it: it.log_group,
        "flow_logs: there already is the log group /aws/vpc/flowlogs/shop-dev without our tags",
    ),
    "role": (
        lambda it: it.role,
        "flow_logs: there already is the iam role shop-dev-flowlogs without our tags",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_ours_any_more_and_in_the_way_is_named(what):
    find, sentence = REFUSED[what]
    it = account()
    thing = find(it)
    tag(thing, **OTHER)
    with pytest.raises(Refused) as caught:
        changes_of(it, SPEC)
    assert sentence.format(vpc=it.vpc_id, **thing) in str(caught.value)


def test_a_vpc_with_another_range_is_refused():
    it = account()
    it.vpc["CidrBlock"] = "10.9.0.0/16"
    with pytest.raises(Refused, match=r"a VPC's range can't be changed to 10\.0\.0\.0/16"):
        changes_of(it, SPEC)


def test_two_vpcs_of_ours_are_refused():
    it = account()
    it.vpcs.append({**it.vpc, "VpcId": "vpc-2"})
    with pytest.raises(Refused, match="all carry the tags of 'shop-dev', so it can't be told which one is meant"):
        changes_of(it, SPEC)


def test_what_others_have_is_noted_and_outlives_the_network():
    it = account()
    things_of_others_added(it)
    live, _changes = look(it, SPEC)
    noted = "\n".join(plan.notes(SPEC, live))
    for what in (
        "route table rtb-1",
        "network ACL acl-1",
        "security group sg-1 (theirs)",
        "subnet subnet-1 10.0.250.0/24",
        "NAT gateway nat-1",
        "(com.amazonaws.eu-west-3.sts)",
        "flow log fl-1",
    ):
        assert what in noted
    with pytest.raises(Refused, match=r"(?s)First remove what is still inside the VPC .*network interface eni-1"):
        look(it, SPEC, "absent")


def test_an_empty_account_has_nothing_to_remove():
    assert changes_of(Account(), SPEC, "absent") == []
