# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit finds in an account's answers, and exactly what it asks, against botocore's model of the services."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser

import boto3
import pytest
from ansible.errors import AnsibleFilterError
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.filter.audit_html import audit_html
from ansible_collections.landfall.aws.plugins.module_utils.audit import api, judge, report
from ansible_collections.landfall.aws.plugins.modules import account_audit

ACCOUNT, REGION = "123456789012", "eu-west-3"
AT = datetime(2026, 11, 30, 18, 40, tzinfo=timezone.utc)
OURS = {"Name": "shop-prod-app", "Project": "shop", "Environment": "prod", "ManagedBy": "landfall.aws", "Owner": "Ada"}
COLUMNS = "user,password_enabled,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date"
COLUMNS += ",access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date"
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
OWNER = {"Grantee": {"Type": "CanonicalUser", "ID": "x"}, "Permission": "FULL_CONTROL"}
READ = {"Grantee": {"Type": "Group", "URI": ALL_USERS}, "Permission": "READ"}
BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "X")


def tag_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def wanted(**more):
    return judge.Wanted(**{"project": "shop", "environment": "prod", "regions": (REGION,), "at": AT, **more})


def credentials(*rows):
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS.split(","), restval="N/A")
    table.writeheader()
    table.writerows({"password_enabled": "false", "mfa_active": "false", **row} for row in rows)
    return {"text": text.getvalue(), "at": "2026-11-30T16:02+00:00"}


def clean(**changed):
    """The answers of an account that is well, with some changed: ``buckets=[...]``."""
    answers = {
        "identity": {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/ada", "UserId": "AIDA"},
        "account_summary": {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0},
        "credential_report": credentials({"user": "<root_account>", "password_enabled": "not_supported"}),
        "users": [],
        "buckets": [],
        "account_block": {},
        "costs": [{"Keys": ["Amazon EC2"], "Metrics": {"UnblendedCost": {"Amount": "1.005", "Unit": "USD"}}}],
        "addresses": [],
        "security_groups": [],
        "instances": [],
        "vpcs": [],
        "log_groups": [],
        **changed,
    }
    regional = {"addresses", "security_groups", "instances", "vpcs", "log_groups", "volumes", *api.VPC_PARTS}
    return {(name, REGION if name in regional else ""): answer for name, answer in answers.items()}


def found(answers, **more):
    """{check: (resource, what was found, remedy)} of all findings."""
    _checks, findings = judge.judge(answers, wanted(**more))
    result = {}
    for each in findings:
        result.setdefault(each.check, []).append((each.resource, each.found, each.remedy))
    return result


def test_an_account_that_is_well_has_nothing_to_report():
    checks, findings = judge.judge(clean(), wanted())
    assert findings == []
    assert {each["result"] for each in checks} == {"ok"}
    assert len(checks) == len(judge.CHECKS) == 11


def test_the_root_user_has_mfa_no_keys_and_is_not_used():
    arn = f"arn:aws:iam::{ACCOUNT}:root"
    bare = clean(account_summary={"AccountAccessKeysPresent": 1}, identity={"Account": ACCOUNT, "Arn": arn})
    said = " ".join(line[1] for line in found(bare)["root"])
    for each in ("has no MFA", "has access keys", "runs with its credentials"):
        assert each in said


@pytest.mark.parametrize(
    ("password", "mfa", "is_found"), [("true", "false", True), ("true", "true", False), ("false", "false", False)]
)
def test_who_can_sign_in_has_mfa(password, mfa, is_found):
    row = {"user": "ada", "password_enabled": password, "mfa_active": mfa}
    assert ("console_mfa" in found(clean(credential_report=credentials(row)))) is is_found


@pytest.mark.parametrize(
    ("days", "active", "is_found"), [(91, "true", True), (90, "true", False), (400, "false", False)]
)
def test_a_key_is_too_old_after_the_days_that_are_allowed(days, active, is_found):
    rotated = (AT - timedelta(days=days)).isoformat()
    row = {"user": "ada", "access_key_2_active": active, "access_key_2_last_rotated": rotated}
    lines = found(clean(credential_report=credentials(row))).get("access_keys", [])
    assert bool(lines) is is_found
    if is_found:
        ((resource, what, remedy),) = lines
        assert resource == "user ada"
        assert "91 days old, never used" in what
        assert remedy.endswith("aws iam list-access-keys --user-name ada")
    assert "access_keys" not in found(clean(credential_report=credentials(row)), max_key_age=400)


def test_keys_of_root_count_and_their_last_use_is_told():
    row = {"user": "<root_account>", "access_key_1_active": "true", "access_key_1_last_rotated": "2020-01-01T00:00:00Z"}
    row["access_key_1_last_used_date"] = "2026-11-29T10:00:00+00:00"
    assert "last used 2026-11-29" in found(clean(credential_report=credentials(row)))["access_keys"][0][1]


def test_policies_belong_to_groups():
    users = [
        {
            "UserName": "ada",
            "AttachedManagedPolicies": [{"PolicyName": "Read"}],
            "UserPolicyList": [{"PolicyName": "Own"}],
        },
        {"UserName": "bob", "GroupList": ["admins"], "AttachedManagedPolicies": []},
    ]
    ((resource, what, _remedy),) = found(clean(users=users))["user_policies"]
    assert (resource, what) == ("user ada", "has policies of its own: Own, Read")


@pytest.mark.parametrize(
    ("exposure", "account", "said"),
    [
        ({"policy_is_public": True}, {}, "its policy lets everybody in"),
        ({"grants": [OWNER, READ]}, {}, "its ACL gives everybody READ"),
        ({"policy_is_public": True, "grants": [READ]}, {"RestrictPublicBuckets": True}, "its ACL gives everybody READ"),
        ({"policy_is_public": True, "blocked": {"RestrictPublicBuckets": True}}, {}, None),
        ({"policy_is_public": True, "grants": [READ]}, BLOCKED, None),
        ({"grants": [READ]}, {"IgnorePublicAcls": True}, None),
        ({"grants": [OWNER]}, {}, None),
    ],
)
def test_a_bucket_is_public_by_policy_or_acl_unless_blocked(exposure, account, said):
    whole = {"blocked": {}, "policy_is_public": False, "grants": [], **exposure}
    answers = clean(buckets=[{"Name": "b"}], account_block=account) | {("bucket", "b"): whole}
    lines = found(answers).get("public_buckets", [])
    assert [line[1] for line in lines] == ([f"is public: {said}"] if said else [])


def group(rule, **more):
    return {"GroupId": "sg-1", "GroupName": "web", "IpPermissions": [rule], **more}


TCP22 = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
WORLD, WORLD6 = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}


@pytest.mark.parametrize(
    ("rule", "is_found"),
    [
        ({**TCP22, **WORLD}, True),
        ({**TCP22, **WORLD6}, True),
        ({**TCP22, "IpRanges": [{"CidrIp": "0.0.0.0/1"}]}, True),
        ({"IpProtocol": "-1", **WORLD}, True),
        ({"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, **WORLD}, True),
        ({**TCP22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}, False),
        ({**TCP22, "UserIdGroupPairs": [{"GroupId": "sg-2"}]}, False),
        ({**TCP22, "IpProtocol": "udp", **WORLD}, False),
        ({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **WORLD}, False),
        ({"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, **WORLD}, False),
    ],
)
def test_ssh_is_open_to_whom_it_is_open(rule, is_found):
    assert ("open_ssh" in found(clean(security_groups=[group(rule)]))) is is_found


def test_the_remedy_for_open_ssh_is_what_closes_it():
    theirs = found(clean(security_groups=[group({"IpProtocol": "-1", **WORLD6})]))["open_ssh"][0]
    assert theirs[:2] == ("security group sg-1 (web)", "opens SSH to ::/0")
    assert "--ip-permissions 'IpProtocol=-1,Ipv6Ranges=[{CidrIpv6=::/0}]'" in theirs[2]
    ours = found(clean(security_groups=[group({**TCP22, **WORLD}, Tags=tag_list(OURS))]))["open_ssh"][0]
    assert "ec2_host_ssh_cidrs" in ours[2]
    assert "revoke" not in ours[2]


def test_an_address_is_in_use_where_it_is_attached():
    addresses = [
        {"PublicIp": "198.51.100.7", "AllocationId": "eipalloc-1"},
        {"PublicIp": "198.51.100.8", "AllocationId": "eipalloc-2", "AssociationId": "eipassoc-1"},
    ]
    ((resource, what, _remedy),) = found(clean(addresses=addresses))["loose_addresses"]
    assert (resource, what) == ("Elastic IP 198.51.100.7", "is attached to nothing, and costs 3.65 USD a month")


def test_strangers_in_our_vpc_are_named_and_what_aws_made_is_not():
    here = {"VpcId": "vpc-1"}
    answers = clean(
        vpcs=[here],
        subnets=[{"SubnetId": "subnet-1", **here}, {"SubnetId": "subnet-2", **here, "Tags": tag_list(OURS)}],
        route_tables=[
            {"RouteTableId": "rtb-1", **here, "Associations": [{"Main": True}]},
            {"RouteTableId": "rtb-2", **here},
        ],
        internet_gateways=[{"InternetGatewayId": "igw-1", "Attachments": [here]}],
        nat_gateways=[{"NatGatewayId": "nat-1", **here, "State": "deleted"}],
        vpc_endpoints=[{"VpcEndpointId": "vpce-1", **here, "State": "available"}],
        security_groups=[
            {"GroupId": "sg-1", "GroupName": "default", **here},
            {"GroupId": "sg-2", "GroupName": "theirs", **here},
            {"GroupId": "sg-3", "GroupName": "elsewhere", "VpcId": "vpc-2"},
        ],
        instances=[{"InstanceId": "i-1", "InstanceType": "t3.micro", **here, "Tags": tag_list({"Owner": "bob"})}],
    )
    assert [line[0] for line in found(answers)["strangers"]] == [
        "VPC endpoint vpce-1",
        "instance i-1",
        "internet gateway igw-1",
        "route table rtb-2",
        "security group sg-2 (theirs)",
        "subnet subnet-1",
    ]


@pytest.mark.parametrize(
    ("tags", "said"), [({}, "create-tags"), ({**OURS, "Owner": ""}, "Set landfall_owner"), (OURS, None)]
)
def test_somebody_answers_for_an_instance(tags, said):
    instance = {"InstanceId": "i-1", "InstanceType": "t3.micro", "State": {"Name": "running"}, "Tags": tag_list(tags)}
    lines = found(clean(instances=[instance])).get("ownerless", [])
    assert bool(lines) is bool(said)
    assert not said or said in lines[0][2]


def test_logs_end_some_day():
    groups = [
        {"logGroupName": "/a b;rm", "storedBytes": 3 * 2**20},
        {"logGroupName": "/kept", "retentionInDays": 30},
        {"logGroupName": "/delivery", "logGroupClass": "DELIVERY"},
    ]
    ((resource, what, remedy),) = found(clean(log_groups=groups))["endless_logs"]
    assert (resource, what) == ("log group /a b;rm", "keeps everything for ever, 3.0 MiB so far")
    assert "--log-group-name '/a b;rm' --retention-in-days 30" in remedy


def test_costs_that_nobody_books_are_told():
    assert "update-cost-allocation-tags-status" in found(clean(costs=[]))["uncounted"][0][2]
    assert "uncounted" not in found(clean(costs=[]), costs=False)


@pytest.mark.parametrize("source", sorted(set(judge.PERMISSIONS) - {"bucket", "volumes"}))
def test_a_source_that_is_denied_is_a_line_and_not_the_end(source):
    answers = clean(vpcs=[{"VpcId": "vpc-1"}], **{source: DENIED}) if source != "vpcs" else clean(vpcs=DENIED)
    _checks, findings = judge.judge(answers, wanted())
    users_of_it = [check for check in judge.CHECKS if source in check.sources]
    assert {each.check for each in findings if not each.read} == {check.name for check in users_of_it}
    for each in findings:
        assert each.found == "could not be read: access is denied"
        assert each.remedy == f"Allow {judge.PERMISSIONS[source]}."
        assert each.severity in {check.severity for check in users_of_it}


def test_a_bucket_that_is_denied_is_a_line_and_the_others_are_judged():
    open_ = {"blocked": {}, "policy_is_public": True, "grants": []}
    answers = clean(buckets=[{"Name": "a"}, {"Name": "b"}]) | {("bucket", "a"): DENIED, ("bucket", "b"): open_}
    assert [line[:2] for line in found(answers)["public_buckets"]] == [
        ("bucket b", "is public: its policy lets everybody in"),
        ("bucket a", "could not be read: access is denied"),
    ]


def test_another_failure_is_told_in_aws_s_words():
    error = ClientError({"Error": {"Code": "OptInRequired", "Message": "You are not subscribed"}}, "DescribeLogGroups")
    ((_resource, what, remedy),) = found(clean(log_groups=error))["endless_logs"]
    assert "You are not subscribed" in what
    assert "AWS's words" in remedy


@pytest.mark.parametrize(("threshold", "count"), [("none", 0), ("high", 1), ("medium", 2), ("low", 3)])
def test_a_severity_and_all_that_are_worse_fail(threshold, count):
    findings = [{"severity": each} for each in ("high", "medium", "low", "info")]
    assert len(judge.failing(findings, threshold)) == count


def test_the_month_begins_on_its_first_and_today_is_in_it():
    assert wanted().period == {"Start": "2026-11-01", "End": "2026-12-01"}
    assert wanted(at=AT + timedelta(days=1)).period == {"Start": "2026-12-01", "End": "2026-12-02"}


def running():
    instance = {"InstanceId": "i-1", "InstanceType": "t3.micro", "State": {"Name": "running"}, "Tags": tag_list(OURS)}
    theirs = {**instance, "InstanceId": "i-2", "Tags": tag_list({"Owner": "bob"})}
    volume = {"VolumeId": "vol-1", "VolumeType": "gp3", "Size": 30, "Attachments": [{"InstanceId": "i-1"}]}
    return clean(instances=[instance, theirs], volumes=[volume])


def test_costs_are_told_as_booked_and_as_they_would_be():
    data = report.report(running(), wanted())
    assert data["costs"]["total"] == 1.0
    assert data["costs"]["services"] == [{"service": "Amazon EC2", "amount": 1.0}]
    # 0.0118 an hour, and 30 GiB for 0.0928.
    assert (data["running"]["usd_running"], data["running"]["usd_stopped"]) == (11.4, 2.78)
    assert [each["instance_id"] for each in data["running"]["instances"]] == ["i-1"]
    denied = report.report({**running(), ("instances", REGION): DENIED}, wanted())
    assert denied["running"]["unread"] == [REGION]
    assert "Without eu-west-3, which could not be read." in report.table(denied)


def test_the_table_says_how_it_stands():
    text = report.table(report.report(clean(), wanted()))
    assert "11 checks: all is well." in text
    assert "Amazon EC2       1.00 USD" in text
    bad = clean(log_groups=[{"logGroupName": "/x"}], users=DENIED, account_summary={})
    lines = report.table(report.report(bad, wanted())).splitlines()
    severities = [line.split()[0] for line in lines if re.match(r"(HIGH|medium|low|unread) ", line)]
    assert severities == ["HIGH", "unread", "low"]
    assert "11 checks, 8 of them well; 1 high, 1 low, 1 could not be read." in lines
    assert any(line.strip().startswith("=> aws logs put-retention-policy --region eu-west-3") for line in lines)


class Page(HTMLParser):
    """What a browser would make of a page: its elements, its attributes and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.attributes, self.text = Counter(), [], ""
        self.open = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements[tag] += 1
        self.attributes += attrs
        if tag not in ("meta", "link", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1))
def test_whatever_the_account_holds_is_text_on_the_page(name):
    evil = f"{name}<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{{{ 7 * 7 }}}}"
    answers = clean(
        users=[{"UserName": evil, "AttachedManagedPolicies": [{"PolicyName": evil}]}],
        log_groups=[{"logGroupName": evil}],
        costs=[{"Keys": [evil], "Metrics": {"UnblendedCost": {"Amount": "1", "Unit": "USD"}}}],
    )
    page = Page(audit_html(report.report(answers, wanted())))
    assert page.open == []
    assert not {"script", "img", "link", "iframe", "object", "a"} & set(page.elements)
    assert page.text.count(f"user {evil}") == 1
    assert f"log group {evil}" in page.text
    assert not [value for key, value in page.attributes if key.startswith("on") or key in ("src", "href")]
    assert "url(" not in page.text
    assert "@import" not in page.text


def test_a_page_of_an_account_that_is_well_says_so_and_of_no_audit_there_is_none():
    page = Page(audit_html(report.report(clean(), wanted(costs=False))))
    assert "Nothing. All is well." in page.text
    assert page.elements["article"] == 0
    with pytest.raises(AnsibleFilterError, match="audit_html"):
        audit_html({"findings": []})


class Ended(Exception):
    pass


def held_to(shape, values):
    """What is asked and answered has no member that AWS does not know, and none of a wrong type."""
    if shape:
        found_ = ParamValidator().validate(values, shape)
        assert not found_.has_errors(), found_.generate_report()


class Account:
    """Answers by operation with what botocore's model allows; an error is raised."""

    def __init__(self, **changed):
        self.calls, self.clients = [], {}
        self.region, self.check_mode = REGION, False
        self.replies = {
            "GetCallerIdentity": clean()["identity", ""],
            "GetAccountSummary": {"SummaryMap": {"AccountMFAEnabled": 1}},
            "GetAccountAuthorizationDetails": {"UserDetailList": []},
            "GenerateCredentialReport": {"State": "COMPLETE"},
            "GetCredentialReport": {"Content": f"{COLUMNS}\n".encode(), "GeneratedTime": AT},
            "ListBuckets": {"Buckets": []},
            "s3control:GetPublicAccessBlock": {"PublicAccessBlockConfiguration": {}},
            "GetCostAndUsage": {"ResultsByTime": [{"Groups": clean()["costs", ""]}]},
            "DescribeAddresses": {"Addresses": []},
            "DescribeSecurityGroups": {"SecurityGroups": []},
            "DescribeInstances": {"Reservations": []},
            "DescribeVpcs": {"Vpcs": []},
            "DescribeLogGroups": {"logGroups": []},
            **{key.replace("__", ":"): answer for key, answer in changed.items()},
        }

    def client(self, service, region=REGION):
        key = (service, region)
        if key not in self.clients:
            made = boto3.client(service, region_name=region, aws_access_key_id="x", aws_secret_access_key="x")
            made._make_api_call = self._answering(service, made)
            self.clients[key] = made
        return self.clients[key]

    def _answering(self, service, client):
        def call(operation, arguments):
            model = client.meta.service_model.operation_model(operation)
            held_to(model.input_shape, arguments)
            self.calls.append(operation)
            answer = self.replies.get(f"{service}:{operation}", self.replies.get(operation))
            answer = answer.pop(0) if isinstance(answer, list) else answer
            if isinstance(answer, Exception):
                raise answer
            held_to(model.output_shape, answer)
            return answer

        return call

    def audit(self, monkeypatch, **options):
        defaults = {"regions": [], "max_key_age": 90, "costs": True, "prices": {}, "fail_on": "none"}
        self.params = {"project": "shop", "environment": "prod", **defaults, **options}
        monkeypatch.setattr(account_audit, "LandfallModule", lambda **arguments: self)
        with pytest.raises(Ended):
            account_audit.main()
        return self

    def finish(self, **result):
        self.result = result
        raise Ended

    def refuse(self, message, **result):
        self.message = message
        raise Ended


ACCOUNT_CALLS = [
    "GenerateCredentialReport",
    "GetAccountAuthorizationDetails",
    "GetAccountSummary",
    "GetCallerIdentity",
    "GetCostAndUsage",
    "GetCredentialReport",
    "GetPublicAccessBlock",
    "ListBuckets",
]
REGION_CALLS = ["DescribeAddresses", "DescribeInstances", "DescribeLogGroups", "DescribeSecurityGroups", "DescribeVpcs"]


def test_an_account_costs_eight_calls_and_each_region_five(monkeypatch):
    account = Account().audit(monkeypatch)
    assert sorted(account.calls) == sorted(ACCOUNT_CALLS + REGION_CALLS)
    assert account.result["report"]["findings"] == []
    assert account.result["changed"] is False
    two = Account().audit(monkeypatch, regions=["eu-west-3", "eu-central-1"], costs=False)
    expected = [each for each in ACCOUNT_CALLS if each != "GetCostAndUsage"] + REGION_CALLS * 2
    assert sorted(two.calls) == sorted(expected)


def test_our_vpc_and_our_instances_are_looked_into_with_six_more(monkeypatch):
    instance = {"InstanceId": "i-1", "InstanceType": "t3.micro", "State": {"Name": "running"}, "Tags": tag_list(OURS)}
    account = Account(
        DescribeVpcs={"Vpcs": [{"VpcId": "vpc-1"}]},
        DescribeInstances={"Reservations": [{"Instances": [instance]}]},
        DescribeVolumes={"Volumes": []},
        DescribeSubnets={"Subnets": []},
        DescribeRouteTables={"RouteTables": []},
        DescribeInternetGateways={"InternetGateways": []},
        DescribeNatGateways={"NatGateways": []},
        DescribeVpcEndpoints={"VpcEndpoints": []},
    ).audit(monkeypatch)
    assert len(account.calls) == len(ACCOUNT_CALLS + REGION_CALLS) + 6


def test_a_bucket_costs_three_calls_one_if_it_is_shut_and_none_if_all_are(monkeypatch):
    two = {"ListBuckets": {"Buckets": [{"Name": "a"}, {"Name": "b"}]}}
    asked = {"PublicAccessBlockConfiguration": BLOCKED}
    none = ClientError({"Error": {"Code": "NoSuchPublicAccessBlockConfiguration", "Message": "x"}}, "X")
    no_policy = ClientError({"Error": {"Code": "NoSuchBucketPolicy", "Message": "x"}}, "X")
    more = {"s3__GetPublicAccessBlock": [asked, none], "GetBucketPolicyStatus": no_policy}
    account = Account(**two, **more, GetBucketAcl={"Grants": [OWNER]}).audit(monkeypatch)
    assert len(account.calls) == len(ACCOUNT_CALLS + REGION_CALLS) + 4
    assert account.result["report"]["findings"] == []
    shut = Account(**two, s3control__GetPublicAccessBlock=asked).audit(monkeypatch)
    assert len(shut.calls) == len(ACCOUNT_CALLS + REGION_CALLS)


def test_costs_come_page_by_page(monkeypatch):
    group_ = clean()["costs", ""]
    pages = [{"ResultsByTime": [{"Groups": group_}], "NextPageToken": "x"}, {"ResultsByTime": [{"Groups": group_}]}]
    account = Account(GetCostAndUsage=pages).audit(monkeypatch)
    assert account.result["report"]["costs"]["total"] == 2.01


def test_a_report_that_is_being_made_is_waited_for_and_not_for_ever(monkeypatch):
    monkeypatch.setattr(api, "REPORT", {"seconds": 60, "delay": 0})
    account = Account(GenerateCredentialReport=[{"State": "STARTED"}, {"State": "INPROGRESS"}, {"State": "COMPLETE"}])
    assert account.audit(monkeypatch).result["report"]["findings"] == []
    monkeypatch.setattr(api, "REPORT", {"seconds": -1, "delay": 0})
    late = Account(GenerateCredentialReport={"State": "STARTED"}).audit(monkeypatch)
    assert "the report is not ready yet" in late.result["report"]["findings"][0]["found"]


def test_who_has_no_credentials_is_told_and_nothing_else_is(monkeypatch):
    nobody = ClientError({"Error": {"Code": "ExpiredToken", "Message": "x"}}, "GetCallerIdentity")
    assert "the credentials have expired" in Account(GetCallerIdentity=nobody).audit(monkeypatch).message


def test_lines_that_ci_is_to_fail_on_are_returned(monkeypatch):
    account = Account(GetAccountSummary={"SummaryMap": {}}, DescribeLogGroups=DENIED)
    assert account.audit(monkeypatch).result["failing"] == []
    failing = account.audit(monkeypatch, fail_on="low").result["failing"]
    assert failing == [
        "high: root user has no MFA: whoever has the password has the account",
        "low: log groups could not be read: access is denied",
    ]


def test_mistakes_are_named_before_any_call(monkeypatch):
    account = Account()
    account.audit(monkeypatch, regions=["mars", "mars"], max_key_age=0, prices={"compute": 1})
    for said in ("5 mistakes", "'mars' is not an AWS region", "mars is named 2 times", "max_key_age: 0", "'compute'"):
        assert said in account.message
    assert account.calls == []
