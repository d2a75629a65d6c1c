# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an account's answers mean to an audit: one function a check. Pure."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from ansible_collections.landfall.aws.plugins.module_utils.account.checks import REFUSED, code
from ansible_collections.landfall.aws.plugins.module_utils.audit.api import VPC_PARTS
from ansible_collections.landfall.aws.plugins.module_utils.power.prices import HOURS, PUBLIC_IPV4
from ansible_collections.landfall.aws.plugins.module_utils.rules import RULES
from ansible_collections.landfall.aws.plugins.module_utils.tags import carries, own_tags, tags_of

HIGH, MEDIUM, LOW, INFO = "high", "medium", "low", "info"
SEVERITIES = (HIGH, MEDIUM, LOW, INFO)
ROOT = "<root_account>"
SSH = 22
EVERYBODY = {
    "http://acs.amazonaws.com/groups/global/AllUsers": "everybody",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": "everybody with an AWS account",
}
# What has to be allowed for a source to be read.
PERMISSIONS = {
    "account_block": "s3:GetAccountPublicAccessBlock",
    "account_summary": "iam:GetAccountSummary",
    "addresses": "ec2:DescribeAddresses",
    "bucket": "s3:GetBucketPublicAccessBlock, s3:GetBucketPolicyStatus and s3:GetBucketAcl",
    "buckets": "s3:ListAllMyBuckets",
    "costs": "ce:GetCostAndUsage",
    "credential_report": "iam:GenerateCredentialReport and iam:GetCredentialReport",
    "instances": "ec2:DescribeInstances",
    "internet_gateways": "ec2:DescribeInternetGateways",
    "log_groups": "logs:DescribeLogGroups",
    "nat_gateways": "ec2:DescribeNatGateways",
    "route_tables": "ec2:DescribeRouteTables",
    "security_groups": "ec2:DescribeSecurityGroups",
    "subnets": "ec2:DescribeSubnets",
    "users": "iam:GetAccountAuthorizationDetails",
    "volumes": "ec2:DescribeVolumes",
    "vpc_endpoints": "ec2:DescribeVpcEndpoints",
    "vpcs": "ec2:DescribeVpcs",
}
DENIED = (*REFUSED, "AuthorizationError", "Client.UnauthorizedOperation", "403")
# Of a kind of part: its id, and what it is called.
PARTS = {
    "subnets": ("SubnetId", "subnet"),
    "route_tables": ("RouteTableId", "route table"),
    "internet_gateways": ("InternetGatewayId", "internet gateway"),
    "nat_gateways": ("NatGatewayId", "NAT gateway"),
    "vpc_endpoints": ("VpcEndpointId", "VPC endpoint"),
    "security_groups": ("GroupId", "security group"),
    "instances": ("InstanceId", "instance"),
}


@dataclass(frozen=True)
class Wanted:
    """What is audited, and against what."""

    project: str
    environment: str
    regions: tuple[str, ...]
    at: datetime
    max_key_age: int = 90
    costs: bool = True
    prices: dict[str, float] = field(default_factory=dict)

    @property
    def ours(self):
        return own_tags(self.project, self.environment)

    @property
    def period(self):
        """This month so far, as Cost Explorer takes it: without its last day."""
        return {"Start": self.at.strftime("%Y-%m-01"), "End": (self.at + timedelta(days=1)).strftime("%Y-%m-%d")}


@dataclass(frozen=True)
class Finding:
    """One line of the report. What could not be read counts as the worst that may be behind it."""

    severity: str
    check: str
    region: str
    resource: str
    found: str
    remedy: str
    read: bool = True

    as_dict = asdict


@dataclass(frozen=True)
class Check:
    """A question to the account. ``judge`` yields a resource, what was found of it, and what to do about it."""

    name: str
    title: str
    severity: str
    sources: tuple[str, ...]
    judge: Callable
    regional: bool = True


def command(*words):
    """A command that can be copied, whatever the names in it."""
    return shlex.join(words)


def named(resource, identifier):
    name = tags_of(resource).get("Name") or resource.get("GroupName")
    return f"{identifier} ({name})" if name else identifier


def root(answers, wanted, region):
    summary, arn = answers["account_summary"], answers["identity"]["Arn"]
    if not summary.get("AccountMFAEnabled"):
        yield (
            "root user",
            "has no MFA: whoever has the password has the account",
            "Sign in as root, and add a passkey or another MFA device under Security credentials.",
        )
    if summary.get("AccountAccessKeysPresent"):
        yield (
            "root user",
            "has access keys, which no policy can hold back",
            "Sign in as root, and delete them under Security credentials.",
        )
    if arn.endswith(":root"):
        yield (
            "root user",
            "is who asks: this audit runs with its credentials",
            "Use an IAM role, or a user of IAM Identity Center.",
        )


def _rows(report):
    return csv.DictReader(io.StringIO(report["text"]))


def console_users(answers, wanted, region):
    for row in _rows(answers["credential_report"]):
        if row["user"] != ROOT and row["password_enabled"] == "true" and row["mfa_active"] == "false":
            yield (
                f"user {row['user']}",
                "can sign in to the console with a password alone",
                "Let them add an MFA device under Security credentials. Or take the password away:\n"
                + command("aws", "iam", "delete-login-profile", "--user-name", row["user"]),
            )


def access_keys(answers, wanted, region):
    for row in _rows(answers["credential_report"]):
        for index in ("1", "2"):
            rotated = row[f"access_key_{index}_last_rotated"]
            if row[f"access_key_{index}_active"] != "true" or rotated in ("N/A", "not_supported"):
                continue
            age = (wanted.at - datetime.fromisoformat(rotated.replace("Z", "+00:00"))).days
            if age > wanted.max_key_age:
                used = row.get(f"access_key_{index}_last_used_date", "N/A")
                last = f"last used {used[:10]}" if used[:1].isdigit() else "never used, as far as AWS knows"
                yield (
                    f"user {row['user']}",
                    f"has an access key that is {age} days old, {last}; {wanted.max_key_age} are allowed",
                    "Replace it by a role or IAM Identity Center, or by a new key, and delete it. Its id is shown by:\n"
                    + command("aws", "iam", "list-access-keys", "--user-name", row["user"]),
                )


def user_policies(answers, wanted, region):
    for user in answers["users"]:
        attached = [each["PolicyName"] for each in user.get("AttachedManagedPolicies", [])]
        inline = [each["PolicyName"] for each in user.get("UserPolicyList", [])]
        if attached or inline:
            yield (
                f"user {user['UserName']}",
                f"has policies of its own: {', '.join(sorted(attached + inline))}",
                "Give them to a group, make the user a member, and take them from the user. What the user is in:\n"
                + command("aws", "iam", "list-groups-for-user", "--user-name", user["UserName"]),
            )


def public_buckets(answers, wanted, region):
    block = "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
    for name, exposure in answers["exposures"].items():
        reasons = list(_reasons(exposure, answers["account_block"]))
        if reasons:
            remedy = (
                "aws",
                "s3api",
                "put-public-access-block",
                "--bucket",
                name,
                "--public-access-block-configuration",
            )
            yield (
                f"bucket {name}",
                f"is public: {' and '.join(reasons)}",
                "A website belongs behind CloudFront. Then, or if nobody is to read it:\n" + command(*remedy, block),
            )


def _reasons(exposure, account_block):
    blocked = {key for each in (exposure["blocked"], account_block) for key, value in each.items() if value}
    if exposure["policy_is_public"] and "RestrictPublicBuckets" not in blocked:
        yield "its policy lets everybody in"
    if "IgnorePublicAcls" not in blocked:
        for grant in exposure["grants"]:
            who = EVERYBODY.get(grant.get("Grantee", {}).get("URI", ""))
            if who:
                yield f"its ACL gives {who} {grant['Permission']}"


def open_ssh(answers, wanted, region):
    for group in answers["security_groups"]:
        rules = [(rule, list(_too_wide(rule))) for rule in group.get("IpPermissions", []) if _has_ssh(rule)]
        sources = [source for _rule, wide in rules for source in wide]
        if sources:
            yield (
                f"security group {named(group, group['GroupId'])}",
                f"opens SSH to {', '.join(dict.fromkeys(sources))}",
                _close(group, rules, wanted, region),
            )


def _has_ssh(rule):
    if rule["IpProtocol"] == "-1":
        return True
    return rule["IpProtocol"] in ("tcp", "6") and rule["FromPort"] <= SSH <= rule["ToPort"]


def _too_wide(rule):
    found = [each["CidrIp"] for each in rule.get("IpRanges", [])]
    found += [each["CidrIpv6"] for each in rule.get("Ipv6Ranges", [])]
    return (each for each in found if list(RULES["ssh_cidrs"]([each])))


def _close(group, rules, wanted, region):
    if carries(group, wanted.ours):
        return "Name the addresses that you connect from in ec2_host_ssh_cidrs, and run site.yml."
    lines = ["Let in only whom you know, and take this rule away:"]
    for rule, wide in rules:
        for source in wide:
            ports = "" if rule["IpProtocol"] == "-1" else f",FromPort={rule['FromPort']},ToPort={rule['ToPort']}"
            ranges = f"Ipv6Ranges=[{{CidrIpv6={source}}}]" if ":" in source else f"IpRanges=[{{CidrIp={source}}}]"
            permission = f"IpProtocol={rule['IpProtocol']}{ports},{ranges}"
            words = ("aws", "ec2", "revoke-security-group-ingress", "--region", region, "--group-id", group["GroupId"])
            lines.append(command(*words, "--ip-permissions", permission))
    return "\n".join(lines)


def loose_addresses(answers, wanted, region):
    for address in answers["addresses"]:
        if not address.get("AssociationId"):
            words = ("aws", "ec2", "release-address", "--region", region, "--allocation-id", address["AllocationId"])
            yield (
                f"Elastic IP {named(address, address['PublicIp'])}",
                f"is attached to nothing, and costs {PUBLIC_IPV4 * HOURS:.2f} USD a month",
                f"Attach it, or give it back:\n{command(*words)}",
            )


def strangers(answers, wanted, region):
    vpcs = {each["VpcId"] for each in answers["vpcs"]}
    for kind, (key, what) in PARTS.items():
        for each in answers[kind]:
            if not _by_aws(kind, each) and _vpc_of(kind, each, vpcs) and not carries(each, wanted.ours):
                yield (
                    f"{what} {named(each, each[key])}",
                    f"lies in our VPC {_vpc_of(kind, each, vpcs)} without our tags",
                    "Find out whose it is. While it is there, the VPC can't be removed, and nothing of ours removes it.",
                )


def _by_aws(kind, each):
    """What comes with every VPC, or is gone and only shown for a while."""
    if kind == "route_tables":
        return any(association.get("Main") for association in each.get("Associations", []))
    if kind == "security_groups":
        return each.get("GroupName") == "default"
    return each.get("State") in ("deleted", "deleting", "Deleted", "Deleting")


def _vpc_of(kind, each, vpcs):
    """The one of our VPCs that something lies in, or nothing."""
    if kind == "internet_gateways":
        return next((each["VpcId"] for each in each.get("Attachments", []) if each["VpcId"] in vpcs), "")
    return each.get("VpcId", "") if each.get("VpcId", "") in vpcs else ""


def ownerless(answers, wanted, region):
    for instance in answers["instances"]:
        if not tags_of(instance).get("Owner"):
            identifier = instance["InstanceId"]
            words = ("aws", "ec2", "create-tags", "--region", region, "--resources", identifier)
            ours = carries(instance, wanted.ours)
            yield (
                f"instance {named(instance, identifier)}",
                "has no tag Owner: nobody answers for it",
                "Set landfall_owner, and run site.yml."
                if ours
                else f"Say who does:\n{command(*words, '--tags', 'Key=Owner,Value=NAME')}",
            )


def endless_logs(answers, wanted, region):
    for group in answers["log_groups"]:
        # Those of the class DELIVERY keep a day, whatever they say.
        if not group.get("retentionInDays") and group.get("logGroupClass") != "DELIVERY":
            name, size = group["logGroupName"], group.get("storedBytes", 0) / 2**20
            words = ("aws", "logs", "put-retention-policy", "--region", region, "--log-group-name", name)
            yield (
                f"log group {name}",
                f"keeps everything for ever, {size:.1f} MiB so far",
                f"Say for how long:\n{command(*words, '--retention-in-days', '30')}",
            )


def uncounted(answers, wanted, region):
    if not answers["costs"]:
        yield (
            f"tag Project={wanted.project}",
            "no costs of this month are booked under it",
            "Costs are booked from when the tag Project is active as a cost allocation tag. A day after there are resources:\n"
            + command("aws", "ce", "update-cost-allocation-tags-status", "--cost-allocation-tags-status")
            + " TagKey=Project,Status=Active",
        )


CHECKS = (
    Check("root", "Root user is locked away", HIGH, ("account_summary",), root, False),
    Check("console_mfa", "Console users have MFA", HIGH, ("credential_report",), console_users, False),
    Check("public_buckets", "No bucket is public", HIGH, ("buckets", "account_block"), public_buckets, False),
    Check("open_ssh", "SSH is open to known addresses only", HIGH, ("security_groups",), open_ssh),
    Check("access_keys", "Access keys are young", MEDIUM, ("credential_report",), access_keys, False),
    Check("user_policies", "Groups carry policies, users do not", MEDIUM, ("users",), user_policies, False),
    Check("loose_addresses", "Elastic IPs are in use", MEDIUM, ("addresses",), loose_addresses),
    Check(
        "strangers",
        "Everything in our VPC carries our tags",
        MEDIUM,
        ("vpcs", "instances", "security_groups", *VPC_PARTS),
        strangers,
    ),
    Check("ownerless", "Instances have an owner", LOW, ("instances",), ownerless),
    Check("endless_logs", "Logs end some day", LOW, ("log_groups",), endless_logs),
    Check("uncounted", "Costs are booked under the project", INFO, ("costs",), uncounted, False),
)


def judge(found, wanted):
    """(checks, findings) of what was asked: how each check ended in each region, and all lines of the report."""
    checks, findings = [], []
    for check in CHECKS:
        if check.sources == ("costs",) and not wanted.costs:
            continue
        for region in wanted.regions if check.regional else ("",):
            lines = list(_lines(check, found, wanted, region))
            findings += lines
            shown = {key: getattr(check, key) for key in ("name", "title", "severity")}
            checks.append({**shown, "region": region, "result": _result(lines), "count": len(lines)})
    return checks, sorted(findings, key=_order)


def _result(lines):
    if not lines:
        return "ok"
    return "found" if any(each.read for each in lines) else "unread"


def _order(finding):
    return (SEVERITIES.index(finding.severity), not finding.read, finding.check, finding.region, finding.resource)


def _lines(check, found, wanted, region):
    """What a check finds, and a line for each source that it could not read."""
    answers = {"identity": found["identity", ""]}
    for source in check.sources:
        # What belongs to a VPC was not asked where there is none of ours.
        answer = found.get((source, region), [])
        if isinstance(answer, Exception):
            yield unread(check, region, source, answer)
            # The account's own block makes buckets safer. Without it they are judged by themselves.
            answer = {} if source == "account_block" else None
        answers[source] = answer
    if check.name == "public_buckets":
        exposures = {name: answer for (source, name), answer in found.items() if source == "bucket"}
        refused = {name: answer for name, answer in exposures.items() if isinstance(answer, Exception)}
        yield from (unread(check, "", "bucket", answer, f"bucket {name}") for name, answer in refused.items())
        answers["exposures"] = {name: answer for name, answer in exposures.items() if name not in refused}
    if None in answers.values():
        return
    for resource, what, remedy in check.judge(answers, wanted, region):
        yield Finding(check.severity, check.name, region, resource, what, remedy)


def unread(check, region, source, error, resource=""):
    denied = code(error) in DENIED
    remedy = f"Allow {PERMISSIONS[source]}." if denied else "AWS's words say what is wrong; run the audit again then."
    why = "access is denied" if denied else " ".join(str(error).split())
    what = resource or source.replace("_", " ")
    return Finding(check.severity, check.name, region, what, f"could not be read: {why}", remedy, read=False)


def failing(findings, threshold):
    """The lines that are as bad as a threshold, or worse."""
    if threshold == "none":
        return []
    bad = SEVERITIES[: SEVERITIES.index(threshold) + 1]
    return [each for each in findings if each["severity"] in bad]
