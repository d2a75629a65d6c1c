# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook audit: every planted problem is a line with its remedy, and a clean account has none.

How old an access key is can't be planted, because the emulator makes keys now; the unit tests judge it. The emulator's root user
never has MFA, so that line is always there.
"""

from __future__ import annotations

import dataclasses
import json
import os
import stat

import boto3
import pytest
from billing import Billing

OURS = {"Name": "landfall-dev", "Project": "landfall", "Environment": "dev", "ManagedBy": "landfall.aws"}
EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
ROOT = ("high", "root", "", "root user")
COSTS = {"Amazon Elastic Compute Cloud - Compute": "7.4412", "Amazon Virtual Private Cloud": "2.5512"}
POLICY = {"Version": "2012-10-17"}
ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}


def tag_list(**tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


class Account:
    """An account with problems, planted without the collection's own code."""

    def __init__(self, account, billing):
        self.account, self.billing, self.ec2 = account, billing, account.ec2
        self.iam, self.s3, self.logs = self.client("iam"), self.client("s3"), self.client("logs")
        billing.costs["landfall"] = COSTS

    def client(self, service, region="eu-west-3"):
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": region}
        return boto3.client(service, endpoint_url=self.account.url, **keys)

    def open_ssh(self, region="eu-west-3", **source):
        ec2 = self.client("ec2", region)
        group = ec2.create_security_group(GroupName="jump", Description="x")["GroupId"]
        rule = {"IpProtocol": "tcp", "FromPort": 20, "ToPort": 25, **source}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
        return f"security group {group} (jump)"

    def bucket(self, name, policy=False, acl=None, blocked=False):
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
        if policy:
            statement = {**ANYBODY, "Resource": f"arn:aws:s3:::{name}/*"}
            self.s3.put_bucket_policy(Bucket=name, Policy=json.dumps({**POLICY, "Statement": [statement]}))
        if acl:
            self.s3.put_bucket_acl(Bucket=name, ACL=acl)
        if blocked:
            every = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
            self.s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(every, True))

    def user(self, name, console=False, mfa=False):
        self.iam.create_user(UserName=name)
        if console:
            self.iam.create_login_profile(UserName=name, Password="A-long-passw0rd!")
        if mfa:
            device = self.iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
            codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
            self.iam.enable_mfa_device(UserName=name, SerialNumber=device, **codes)

    def vpc(self):
        """A VPC of ours with a subnet of ours and one of somebody else."""
        made = self.ec2.create_vpc(
            CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tag_list(**OURS)}]
        )
        vpc_id, subnets = made["Vpc"]["VpcId"], []
        for index, tags in enumerate((OURS, {"Name": "<b>database</b>"})):
            made = self.ec2.create_subnet(
                VpcId=vpc_id,
                CidrBlock=f"10.0.{index}.0/24",
                TagSpecifications=[{"ResourceType": "subnet", "Tags": tag_list(**tags)}],
            )
            subnets.append(made["Subnet"]["SubnetId"])
        return vpc_id, subnets

    def run(self, subnet_id, **tags):
        made = self.ec2.run_instances(
            ImageId="ami-00000000",
            InstanceType="t3.micro",
            MinCount=1,
            MaxCount=1,
            SubnetId=subnet_id,
            TagSpecifications=[{"ResourceType": "instance", "Tags": tag_list(**tags)}],
        )
        return made["Instances"][0]["InstanceId"]


@pytest.fixture
def billing():
    server = Billing()
    yield server
    server.end()


@pytest.fixture
def aws(account, billing):
    return Account(account, billing)


@pytest.fixture
def audit(playbook, billing, tmp_path):
    """Runs the playbook audit; a run's report as data."""

    class Signed(type(playbook.account)):
        environment = property(lambda self: {**super().environment, **billing.environment})

    playbook.account = Signed(**dataclasses.asdict(playbook.account))
    make = playbook.command

    def command(roles, options, arguments):
        if roles:
            return make(roles, options, arguments)
        variables = playbook.directory / "variables.json"
        variables.write_text(json.dumps(options))
        return ["ansible-playbook", "-i", os.devnull, "landfall.aws.audit", "-e", f"@{variables}", *arguments]

    playbook.command = command
    playbook.path = tmp_path / "audit.json"
    return playbook


def report(audit, **options):
    run = audit.succeed(audit_json_path=str(audit.path), **options)
    return run, json.loads(audit.path.read_text())


def lines(data):
    return [(each["severity"], each["check"], each["region"], each["resource"]) for each in data["findings"]]


def test_a_clean_account_has_nothing_to_report(audit, aws):
    aws.bucket("private", blocked=True)
    aws.user("ada", console=True, mfa=True)
    aws.iam.create_access_key(UserName="ada")
    aws.logs.create_log_group(logGroupName="/app")
    aws.logs.put_retention_policy(logGroupName="/app", retentionInDays=30)
    aws.open_ssh(IpRanges=[{"CidrIp": "203.0.113.7/32"}])
    run = audit.succeed()
    assert run.changed == 0
    assert "11 checks, 10 of them well; 1 high." in run.output
    _run, data = report(audit)
    assert lines(data) == [ROOT]
    assert data["costs"]["total"] == 9.99
    assert "Booked under Project=landfall since" in run.output


def test_every_planted_problem_is_found_with_its_remedy_and_nothing_is_changed(audit, aws, tmp_path):
    group = aws.open_ssh(Ipv6Ranges=[{"CidrIpv6": "::/0"}])
    aws.bucket("by-policy", policy=True)
    aws.bucket("by-acl", acl="public-read")
    aws.bucket("shut", policy=True, blocked=True)
    aws.bucket("private")
    aws.user("ada", console=True)
    read = json.dumps({**POLICY, "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]})
    aws.iam.put_user_policy(UserName="ada", PolicyName="own", PolicyDocument=read)
    made = aws.iam.create_policy(PolicyName="read", PolicyDocument=read)["Policy"]["Arn"]
    aws.user("bob", console=True, mfa=True)
    aws.iam.attach_user_policy(UserName="bob", PolicyArn=made)
    address = aws.ec2.allocate_address(Domain="vpc")
    aws.logs.create_log_group(logGroupName="/app")
    vpc_id, (ours, theirs) = aws.vpc()
    mine = aws.run(ours, **OURS)
    stray = aws.run(theirs, Owner="bob")

    page = tmp_path / "audit.html"
    run, data = report(audit, audit_html_path=str(page))
    assert lines(data) == [
        ("high", "console_mfa", "", "user ada"),
        ("high", "open_ssh", "eu-west-3", group),
        ("high", "public_buckets", "", "bucket by-acl"),
        ("high", "public_buckets", "", "bucket by-policy"),
        ROOT,
        ("medium", "loose_addresses", "eu-west-3", f"Elastic IP {address['PublicIp']}"),
        ("medium", "strangers", "eu-west-3", f"instance {stray}"),
        ("medium", "strangers", "eu-west-3", f"subnet {theirs} (<b>database</b>)"),
        ("medium", "user_policies", "", "user ada"),
        ("medium", "user_policies", "", "user bob"),
        ("low", "endless_logs", "eu-west-3", "log group /app"),
        ("low", "ownerless", "eu-west-3", f"instance {mine} (landfall-dev)"),
    ]
    assert data["summary"] == {"high": 5, "medium": 5, "low": 2, "info": 0, "unread": 0}
    for said in (
        "opens SSH to ::/0",
        "--ip-permissions 'IpProtocol=tcp,FromPort=20,ToPort=25,Ipv6Ranges=[{CidrIpv6=::/0}]'",
        f"aws ec2 release-address --region eu-west-3 --allocation-id {address['AllocationId']}",
        "aws s3api put-public-access-block --bucket by-policy",
        "its ACL gives everybody READ",
        "put-retention-policy --region eu-west-3 --log-group-name /app --retention-in-days 30",
        f"lies in our VPC {vpc_id} without our tags",
        "has policies of its own: own",
        "Amazon Elastic Compute Cloud - Compute       7.44 USD",
        "Booked under Project=landfall since",
    ):
        assert said in run.output
    # A t3.micro for 0.0118 an hour and 8 GiB; its address goes when it stops.
    assert data["running"]["usd_running"] > data["running"]["usd_stopped"] >= 0
    assert run.changed == 2
    text = page.read_text()
    assert f"subnet {theirs} (&lt;b&gt;database&lt;/b&gt;)" in text
    assert "<b>database" not in text
    assert stat.S_IMODE(page.stat().st_mode) == stat.S_IMODE(audit.path.stat().st_mode) == 0o600

    assert aws.ec2.describe_addresses()["Addresses"][0]["PublicIp"] == address["PublicIp"]
    assert aws.iam.list_user_policies(UserName="ada")["PolicyNames"] == ["own"]
    assert "retentionInDays" not in aws.logs.describe_log_groups()["logGroups"][0]


def test_a_block_of_the_account_shuts_all_buckets(audit, aws):
    aws.bucket("by-policy", policy=True)
    aws.billing.account_block = {"IgnorePublicAcls": True, "RestrictPublicBuckets": True}
    _run, data = report(audit)
    assert lines(data) == [ROOT]


def test_ci_fails_by_severity_and_after_everything_was_written(audit, aws, tmp_path):
    page = tmp_path / "audit.html"
    failed = audit.fail(audit_fail_on="high", audit_html_path=str(page))
    assert "1 of high severity or worse" in failed.output
    assert "high: root user has no MFA" in failed.output
    assert page.exists()
    assert audit.succeed(audit_fail_on="none").code == 0


def test_what_cannot_be_read_is_a_line_and_counts_as_the_worst_behind_it(audit, aws):
    aws.bucket("by-policy", policy=True)
    aws.billing.refused["GetCostAndUsage"] = "AccessDeniedException"
    aws.billing.refused["GetPublicAccessBlock"] = "AccessDenied"
    run, data = report(audit)
    assert lines(data) == [
        ("high", "public_buckets", "", "bucket by-policy"),
        ROOT,
        ("high", "public_buckets", "", "account block"),
        ("info", "uncounted", "", "costs"),
    ]
    assert [each["read"] for each in data["findings"]] == [True, True, False, False]
    assert data["costs"] is None
    assert "Allow s3:GetAccountPublicAccessBlock." in run.output
    assert "Allow ce:GetCostAndUsage." in run.output
    assert "2 could not be read" in run.output


def test_several_regions_are_looked_at_and_costs_only_if_wanted(audit, aws):
    group = aws.open_ssh("eu-central-1", IpRanges=[{"CidrIp": "0.0.0.0/0"}])
    aws.billing.costs.clear()
    _run, data = report(audit, audit_regions=["eu-west-3", "eu-central-1"])
    uncounted = ("info", "uncounted", "", "tag Project=landfall")
    assert lines(data) == [("high", "open_ssh", "eu-central-1", group), ROOT, uncounted]
    aws.billing.calls.clear()
    _run, data = report(audit, audit_costs=False)
    assert lines(data) == [ROOT]
    assert "GetCostAndUsage" not in aws.billing.calls


def test_what_our_own_roles_make_is_well(audit, aws, tmp_path, ssh_port):
    options = {
        "landfall_owner": "Ada",
        "vpc_tiers": [{"name": "public", "subnets": ["10.0.1.0/24"]}],
        "ec2_host_ssh_cidrs": ["203.0.113.7/32"],
        "ec2_host_ssh_port": ssh_port,
        "ec2_host_key_path": str(tmp_path / "id"),
        "ec2_host_console_timeout": 0,
    }
    audit.succeed("vpc", "ec2_host", **options)
    _run, data = report(audit)
    assert lines(data) == [ROOT]
    assert data["running"]["usd_running"] > data["running"]["usd_stopped"] > 3.6  # disk and address


def test_every_mistake_is_named_at_once_and_aws_is_not_asked(audit, aws):
    wrong = {
        "audit_regions": ["eu-west-3", "eu-west-3", "mars"],
        "audit_max_key_age": 0,
        "audit_prices": {"compute": 1},
    }
    message = audit.fail(**wrong).output.partition("mistakes in the options")[2]
    for said in (
        "eu-west-3 is named 2 times",
        "audit_regions[2]: 'mars' is not an AWS region",
        "audit_max_key_age: 0",
        "audit_prices: 'compute' has no price",
    ):
        assert said in message
    assert "value of audit_fail_on must be one of" in audit.fail(audit_fail_on="terrible").output
    assert aws.billing.calls == []
