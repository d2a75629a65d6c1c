# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module vpc_plan: which calls it makes, call by call, what it refuses, and what it returns."""

from __future__ import annotations

import copy
import json
import re
from datetime import datetime
from types import SimpleNamespace

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, Resource, pending
from ansible_collections.landfall.aws.plugins.module_utils.client import CallCounter
from ansible_collections.landfall.aws.plugins.module_utils.network import api, canonical, plan
from ansible_collections.landfall.aws.plugins.module_utils.network.options import OPTIONS
from ansible_collections.landfall.aws.plugins.module_utils.network.spec import Spec
from ansible_collections.landfall.aws.plugins.module_utils.plan_options import PLAN_OPTIONS
from ansible_collections.landfall.aws.plugins.modules import vpc_plan
from tests.unit.network.account import OWNER, REGION, ZONES, Account, tags_in
from tests.unit.network.carried_out import one_after_the_other
from tests.unit.network.described import described

SPEC = Spec(
    name="shop-dev",
    project="shop",
    environment="dev",
    tiers=({"name": "public"}, {"name": "private"}),
    az_count=2,
    nat="shared",
    security_groups=({"name": "web", "ingress": [{"from_port": 443, "cidrs": ["0.0.0.0/0"]}]},),
    tags={"Owner": "platform"},
)
WITH_ALL = Spec(
    **{
        **SPEC.__dict__,
        "ipv6": True,
        "flow_logs": True,
        "peerings": ({"name": "tools", "peer_vpc_id": "vpc-00000001", "peer_cidr": "172.16.0.0/16"},),
    }
)
OURS = [
    {"Key": "Project", "Value": "shop"},
    {"Key": "Environment", "Value": "dev"},
    {"Key": "ManagedBy", "Value": "landfall.aws"},
]
REGION_CALLS = ["DescribeVpcs", "DescribeInternetGateways", "DescribeAddresses"]
VPC_CALLS = [
    "DescribeVpcAttribute",
    "DescribeVpcAttribute",
    "DescribeSubnets",
    "DescribeRouteTables",
    "DescribeNatGateways",
    "DescribeSecurityGroups",
    "DescribeNetworkAcls",
    "DescribeVpcEndpoints",
    "DescribeFlowLogs",
]


class Ended(Exception):
    """The module has ended."""


class Aws:
    """Clients that answer what they are told, in order, and count; what AWS's model does not know they refuse."""

    def __init__(self):
        self.counter, self.clients, self.stubs = CallCounter(), {}, {}
        for service in ("ec2", "logs", "iam"):
            client = boto3.client(service, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")
            self.clients[service] = self.counter.attach(client)
            self.stubs[service] = Stubber(client)
            self.stubs[service].activate()

    @property
    def calls(self):
        return self.counter.calls

    def answer(self, operation, answer, service="ec2", **expected):
        self.stubs[service].add_response(operation, answer, expected)

    def region(self, account, name="shop-dev"):
        named = [{"Name": "tag:Name", "Values": [name]}]
        self.answer("describe_vpcs", {"Vpcs": account.vpcs}, Filters=named)
        self.answer("describe_internet_gateways", {"InternetGateways": account.internet_gateways})
        ours = {"Project": "shop", "Environment": "dev", "ManagedBy": "landfall.aws", "Vpc": name}
        tagged = [{"Name": f"tag:{key}", "Values": [value]} for key, value in ours.items()]
        self.answer("describe_addresses", {"Addresses": account.addresses}, Filters=tagged)

    def vpc(self, account):
        id_ = account.vpc_id
        for attribute, value in account.dns.items():
            key = attribute[0].upper() + attribute[1:]
            self.answer("describe_vpc_attribute", {key: {"Value": value}}, VpcId=id_, Attribute=attribute)
        inside = [{"Name": "vpc-id", "Values": [id_]}]
        self.answer("describe_subnets", {"Subnets": account.subnets}, Filters=inside)
        self.answer("describe_route_tables", {"RouteTables": account.route_tables}, Filters=inside)
        self.answer("describe_nat_gateways", {"NatGateways": account.nat_gateways}, Filter=inside)
        self.answer("describe_security_groups", {"SecurityGroups": account.security_groups}, Filters=inside)
        self.answer("describe_network_acls", {"NetworkAcls": account.network_acls}, Filters=inside)
        self.answer("describe_vpc_endpoints", {"VpcEndpoints": account.vpc_endpoints}, Filters=inside)
        resource = [{"Name": "resource-id", "Values": [id_]}]
        self.answer("describe_flow_logs", {"FlowLogs": account.flow_logs}, Filter=resource)

    def egress_gateways(self, account):
        found = {"EgressOnlyInternetGateways": account.egress_only_internet_gateways}
        self.answer("describe_egress_only_internet_gateways", found)

    def peerings(self, account):
        for side in ("requester", "accepter"):
            condition = [{"Name": f"{side}-vpc-info.vpc-id", "Values": [account.vpc_id]}]
            found = account.peerings if side == "requester" else []
            answer = {"VpcPeeringConnections": found}
            self.answer("describe_vpc_peering_connections", answer, Filters=condition)

    def flow_logs(self, account):
        group, role = account.log_group, account.role
        shown = [{key: value for key, value in group.items() if key != "Tags"}] if group else []
        found = {"logGroups": [{**each, "arn": f"{each['arn']}:*"} for each in shown]}
        self.answer("describe_log_groups", found, "logs", logGroupNamePrefix="/aws/vpc/flowlogs/shop-dev")
        if group:
            self.answer("list_tags_for_resource", {"tags": tags_in(group)}, "logs", resourceArn=group["arn"])
        name = "shop-dev-flowlogs"
        if not role:
            self.stubs["iam"].add_client_error("get_role", "NoSuchEntity", expected_params={"RoleName": name})
            return
        # As they come from AWS, documents are text.
        text = json.dumps(role["AssumeRolePolicyDocument"])
        shown = {key: value for key, value in role.items() if key != "_policy"}
        shown.update(
            Path="/", RoleId="AROA0123456789ABCDEF", CreateDate=datetime(2026, 1, 1), AssumeRolePolicyDocument=text
        )
        self.answer("get_role", {"Role": shown}, "iam", RoleName=name)
        policy = {"RoleName": name, "PolicyName": name, "PolicyDocument": json.dumps(role["_policy"])}
        self.answer("get_role_policy", policy, "iam", RoleName=name, PolicyName=name)

    def zones(self):
        zones = [{"ZoneName": zone, "State": "available", "ZoneType": "availability-zone"} for zone in ZONES]
        self.answer("describe_availability_zones", {"AvailabilityZones": zones})

    def tenants(self, account, instances=(), interfaces=()):
        dying = [{"Name": f"tag:{tag['Key']}", "Values": [tag["Value"]]} for tag in OURS]
        dying.append({"Name": "instance-state-name", "Values": ["shutting-down"]})
        self.answer("describe_instances", {"Reservations": []}, Filters=dying)
        inside = [{"Name": "vpc-id", "Values": [account.vpc_id]}]
        self.answer("describe_instances", {"Reservations": [{"Instances": list(instances)}]}, Filters=inside)
        found = account.describe_network_interfaces([])["NetworkInterfaces"]
        self.answer("describe_network_interfaces", {"NetworkInterfaces": [*found, *interfaces]}, Filters=inside)

    def is_used_up(self):
        for stub in self.stubs.values():
            stub.assert_no_pending_responses()


@pytest.fixture
def aws(monkeypatch):
    monkeypatch.setattr(api, "in_parallel", one_after_the_other)
    it = Aws()
    yield it
    it.is_used_up()


class Module:
    """What main() sees of a LandfallModule."""

    def __init__(self, aws, **options):
        defaults = {name: option.get("default") for name, option in {**PLAN_OPTIONS, **OPTIONS}.items()}
        self.params = {**defaults, "name": "shop-dev", "project": "shop", "environment": "dev", **options}
        self.check_mode, self.region, self.aws, self.result = False, REGION, aws, {}

    def client(self, service, **_more):
        return self.aws.clients[service]

    def refuse(self, message, **result):
        self.result = {"failed": True, "msg": message, **result}
        raise Ended

    def finish(self, **result):
        self.result = result
        raise Ended


def run(monkeypatch, aws, **options):
    module = Module(aws, **options)
    monkeypatch.setattr(vpc_plan, "LandfallModule", lambda **_arguments: module)
    with pytest.raises(Ended):
        vpc_plan.main()
    return module.result


def look(aws, spec, state="present", leaving=False, check_mode=False):
    module = SimpleNamespace(
        client=lambda service: aws.clients[service],
        params={"state": state, "leaving": leaving},
        check_mode=check_mode,
    )
    return vpc_plan.look(module, spec)


def test_an_unchanged_network_costs_twelve_calls(aws):
    account = described(SPEC)
    aws.region(account)
    aws.vpc(account)
    assert pending(look(aws, SPEC)[1]) == []
    assert aws.calls == [*REGION_CALLS, *VPC_CALLS]
    assert len(aws.calls) == 12


def test_all_there_can_be_costs_seven_more(aws):
    account = described(WITH_ALL)
    aws.region(account)
    aws.vpc(account)
    aws.egress_gateways(account)
    aws.peerings(account)
    aws.flow_logs(account)
    assert pending(look(aws, WITH_ALL)[1]) == []
    assert aws.calls == [
        *REGION_CALLS,
        *VPC_CALLS,
        "DescribeEgressOnlyInternetGateways",
        "DescribeVpcPeeringConnections",
        "DescribeVpcPeeringConnections",
        "DescribeLogGroups",
        "ListTagsForResource",
        "GetRole",
        "GetRolePolicy",
    ]


def test_flow_logs_cost_four_more(aws):
    spec = Spec(**{**SPEC.__dict__, "flow_logs": True})
    account = described(spec)
    aws.region(account)
    aws.vpc(account)
    aws.flow_logs(account)
    assert pending(look(aws, spec)[1]) == []
    assert len(aws.calls) == 16


def test_an_empty_account_costs_four_calls(aws):
    aws.region(Account())
    aws.zones()
    _live, changes = look(aws, SPEC)
    assert {each.action for each in changes} == {"add"}
    assert aws.calls == [*REGION_CALLS, "DescribeAvailabilityZones"]


def test_nothing_to_remove_costs_five_calls(aws):
    aws.region(Account())
    aws.flow_logs(Account())
    assert look(aws, SPEC, "absent")[1] == []
    assert aws.calls == [*REGION_CALLS, "DescribeLogGroups", "GetRole"]


@pytest.mark.parametrize(
    ("theirs", "mine", "leaving", "check_mode", "refused"),
    [
        (False, False, False, False, ""),
        (True, False, False, False, "network interface eni-1 (RDS)"),
        (True, True, True, False, "network interface eni-1 (RDS)"),
        (False, True, False, False, "instance i-1"),
        (False, True, True, False, ""),
        (False, True, False, True, ""),
    ],
)
def test_a_network_with_tenants_is_not_removed(aws, theirs, mine, leaving, check_mode, refused):
    account = described(SPEC)
    subnet = account.subnets[0]["SubnetId"]
    interfaces = [{"NetworkInterfaceId": "eni-1", "SubnetId": subnet, "Description": "RDS"}] * theirs
    attached = {"NetworkInterfaceId": "eni-2", "SubnetId": subnet, "Attachment": {"InstanceId": "i-1"}}
    interfaces += [attached] * mine
    aws.region(account)
    aws.vpc(account)
    aws.peerings(account)
    aws.flow_logs(account)
    aws.tenants(account, [{"InstanceId": "i-1", "Tags": OURS}], interfaces)
    if refused:
        with pytest.raises(Refused, match="(?s)^Nothing has been changed.*" + re.escape(refused)):
            look(aws, SPEC, "absent", leaving, check_mode)
    else:
        _live, changes = look(aws, SPEC, "absent", leaving, check_mode)
        assert "vpc" in {each.type for each in changes}
        assert {each.action for each in changes} == {"remove"}


def test_a_subnet_with_a_tenant_is_not_replaced(aws):
    account = described(SPEC)
    account.subnets[3]["AvailabilityZone"] = ZONES[5]
    spec = Spec(**{**SPEC.__dict__, "azs": ZONES[:2]})
    inside = {"SubnetId": account.subnets[3]["SubnetId"], "Attachment": {"InstanceId": "i-1"}}
    aside = {"SubnetId": account.subnets[2]["SubnetId"], "Attachment": {"InstanceId": "i-2"}}
    aws.region(account)
    aws.vpc(account)
    interfaces = [{**inside, "NetworkInterfaceId": "eni-1"}, {**aside, "NetworkInterfaceId": "eni-2"}]
    aws.tenants(account, [], interfaces)
    with pytest.raises(Refused) as caught:
        look(aws, spec)
    assert str(caught.value) == (
        f"Nothing has been changed. First remove what is still inside the subnets {account.subnets[3]['SubnetId']}:\n"
        "- instance i-1"
    )


def test_tenants_are_named_and_told_apart():
    account = described(SPEC)
    for kind, thing in (
        ("security_groups", {"GroupId": "sg-1", "GroupName": "app", "Tags": OURS}),
        ("security_groups", {"GroupId": "sg-2", "GroupName": "theirs", "Tags": []}),
        ("network_acls", {"NetworkAclId": "acl-1", "IsDefault": False}),
    ):
        getattr(account, kind).append(thing)
    endpoint = account.vpc_endpoint("com.amazonaws.eu-west-3.sts", "Interface", [], [], [])
    account.vpc_endpoints.append({**endpoint, "VpcEndpointId": "vpce-1"})
    region = {"vpcs": account.vpcs, "internet_gateways": account.internet_gateways, "addresses": account.addresses}
    inside = {kind: getattr(account, kind) for kind in account.KINDS if kind not in region}
    live = canonical.network(region, {**inside, "dns_support": True, "dns_hostnames": True}, SPEC)
    found = {
        "reservations": [{"Instances": [{"InstanceId": "i-1", "Tags": OURS}, {"InstanceId": "i-3", "Tags": []}]}],
        "network_interfaces": [
            {"NetworkInterfaceId": "eni-1", "SubnetId": "subnet-1", "Attachment": {"InstanceId": "i-1"}},
            {"NetworkInterfaceId": "eni-2", "SubnetId": "subnet-1", "Description": "RDS"},
            {"NetworkInterfaceId": "eni-3", "SubnetId": "subnet-1", "Attachment": {"InstanceId": "i-3"}},
            *account.describe_network_interfaces([])["NetworkInterfaces"],
        ],
    }
    assert {each.text: each.ours for each in canonical.tenants(found, live, SPEC)} == {
        "instance i-1": True,
        "instance i-3": False,
        "network interface eni-2 (RDS)": False,
        "security group sg-1 (app)": True,
        "security group sg-2 (theirs)": False,
        "network ACL acl-1": False,
        "endpoint vpce-1 (com.amazonaws.eu-west-3.sts)": False,
    }
    assert canonical.tenants(found, live, SPEC, ["subnet-7"]) == []


def test_all_mistakes_are_told_without_a_call(monkeypatch, aws):
    result = run(monkeypatch, aws, cidr="10.0.0.0/8", azs=["eu-west-1a"], gateway_endpoints=["logs"])
    assert result["msg"] == (
        "3 mistakes in the options; nothing has been changed.\n"
        "- cidr: 10.0.0.0/8 is a /8; AWS allows /16 to /28\n"
        "- azs[0]: eu-west-1a does not lie in the region eu-west-3\n"
        "- gateway_endpoints: 'logs' has no gateway endpoint; s3 and dynamodb have, others are interface_endpoints"
    )
    assert aws.calls == []


def test_what_others_want_to_know(monkeypatch, aws):
    account = described(SPEC)
    aws.region(account)
    aws.vpc(account)
    options = {
        name: copy.deepcopy(getattr(SPEC, name)) for name in ("tiers", "az_count", "nat", "security_groups", "tags")
    }
    result = run(monkeypatch, aws, **options)
    ids = [each["SubnetId"] for each in account.subnets]
    assert result["vpc_id"] == account.vpc_id
    assert result["subnet_ids"] == {"public": ids[:2], "private": ids[2:]}
    assert result["public_subnet_ids"] == ids[:2]
    assert result["security_group_ids"] == {"web": account.security_groups[1]["GroupId"]}
    assert result["nat_public_ips"] == [account.addresses[0]["PublicIp"]]
    assert (result["pending"], result["changed"], result["rounds"]) == (False, False, 0)
    assert result["todo"] == {"create": {}, "remove": {}, "empty": {}}
    assert result["summary"] == "Plan: 0 to add, 0 to change, 0 to remove"


def test_of_a_new_network_only_what_needs_nothing_else_is_done_first(monkeypatch, aws):
    aws.region(Account())
    aws.zones()
    result = run(monkeypatch, aws, tiers=list(SPEC.tiers), az_count=2, nat="shared")
    assert {step: sorted(types) for step, types in result["todo"].items()} == {
        "create": ["elastic_ip", "vpc"],
        "remove": [],
        "empty": [],
    }
    assert result["summary"] == "Plan: 10 to add, 0 to change, 0 to remove"
    assert result["vpc_id"] == ""


def test_the_account_of_a_peer_is_asked(monkeypatch, aws):
    account = described(SPEC)
    aws.region(account)
    aws.vpc(account)
    aws.peerings(account)
    peer = {"name": "tools", "peer_vpc_id": "vpc-00000001", "peer_cidr": "172.16.0.0/16", "peer_owner_id": OWNER}
    options = {name: getattr(SPEC, name) for name in ("tiers", "az_count", "nat", "security_groups", "tags")}
    result = run(monkeypatch, aws, **options, peerings=[peer])
    (entry,) = result["todo"]["create"]["vpc_peering"]
    assert entry["given"] == {"peer_owner_id": OWNER}


def test_subnets_are_spread_and_stay_where_they_are():
    spec = Spec(**{**SPEC.__dict__, "az_count": 3})
    assert plan.place(spec, canonical.Network(), ZONES) == list(ZONES[:3])
    there = {"cidr_block": "10.0.1.0/24", "availability_zone": ZONES[0]}
    live = canonical.Network(resources=[Resource("subnet", "x", there, id="subnet-1", key="10.0.1.0/24")])
    assert plan.place(spec, live, ZONES) == [ZONES[1], ZONES[0], ZONES[2]]


def test_two_subnets_of_a_tier_never_share_a_zone():
    """Even if both are there, as the first subnets of two tiers, and are now to be the first two of one."""
    there = [
        Resource("subnet", cidr, {"cidr_block": cidr, "availability_zone": ZONES[0]}, id=cidr, key=cidr)
        for cidr in ("10.0.1.0/24", "10.0.2.0/24")
    ]
    live = canonical.Network(resources=there)
    spec = Spec(**{**SPEC.__dict__, "tiers": ({"name": "public", "subnets": ["10.0.1.0/24", "10.0.2.0/24"]},)})
    assert plan.needs_zones(spec, live)
    assert plan.place(spec, live, ZONES) == [ZONES[0], ZONES[1]]


def test_zones_that_the_account_does_not_have_are_refused():
    spec = Spec(**{**SPEC.__dict__, "azs": ("eu-west-3a", "eu-west-3x")})
    with pytest.raises(
        Refused, match="azs: eu-west-3x can't be used by this account; it can use eu-west-3a, eu-west-3b"
    ):
        plan.place(spec, canonical.Network(), ZONES)
    spec = Spec(**{**SPEC.__dict__, "az_count": 2})
    with pytest.raises(Refused, match=r"this account can use only 1 in this region \(eu-west-3a\)"):
        plan.place(spec, canonical.Network(), ZONES[:1])


def test_local_zones_and_closed_ones_are_not_used():
    zones = [
        {"ZoneName": "us-west-2-lax-1a", "State": "available", "ZoneType": "local-zone", "OptInStatus": "opted-in"},
        {"ZoneName": "us-west-2b", "State": "available", "ZoneType": "availability-zone"},
        {"ZoneName": "us-west-2c", "State": "available", "OptInStatus": "not-opted-in"},
        {"ZoneName": "us-west-2a", "State": "impaired", "ZoneType": "availability-zone"},
    ]
    assert plan.usable_zones(zones) == ["us-west-2b"]
