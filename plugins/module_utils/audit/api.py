# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking an account, side by side, what an audit judges. A refusal is an answer, too. Nothing here changes anything.

An answer is found under its source and its region; what belongs to the whole account is found under no region.
"""

from __future__ import annotations

import time

from ansible_collections.landfall.aws.plugins.module_utils.account.api import asking
from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError, in_parallel, pages
from ansible_collections.landfall.aws.plugins.module_utils.power import api as power_api
from ansible_collections.landfall.aws.plugins.module_utils.tags import carries, filters, own_tags, tag_filters

# A report on who can log in is made at most every four hours; making it takes seconds.
REPORT = {"seconds": 60, "delay": 1}
ALL_BLOCKED = ("IgnorePublicAcls", "RestrictPublicBuckets")
# What lies in a VPC, by what is asked for it and what the answer is called.
VPC_PARTS = {
    "subnets": ("describe_subnets", "Subnets", "Filters", "vpc-id"),
    "route_tables": ("describe_route_tables", "RouteTables", "Filters", "vpc-id"),
    "internet_gateways": ("describe_internet_gateways", "InternetGateways", "Filters", "attachment.vpc-id"),
    "nat_gateways": ("describe_nat_gateways", "NatGateways", "Filter", "vpc-id"),
    "vpc_endpoints": ("describe_vpc_endpoints", "VpcEndpoints", "Filters", "vpc-id"),
}


def _missing(codes, call, otherwise):
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] in codes:
            return otherwise
        raise


def instances(ec2):
    """All that are there, others' too."""
    wanted = filters(instance_state_name=power_api.ALIVE)
    found = pages(ec2, "describe_instances", "Reservations", Filters=wanted)
    return [instance for reservation in found for instance in reservation["Instances"]]


def vpcs(ec2, project, environment):
    return pages(ec2, "describe_vpcs", "Vpcs", Filters=tag_filters(own_tags(project, environment)))


def vpc_parts(ec2, kind, vpc_ids):
    operation, key, member, name = VPC_PARTS[kind]
    return pages(ec2, operation, key, **{member: [{"Name": name, "Values": vpc_ids}]})


def users(iam):
    """All users with their policies and groups."""
    return pages(iam, "get_account_authorization_details", "UserDetailList", Filter=["User"])


def credential_report(iam):
    """AWS's own table of who can log in how, as text, and when it was made."""
    end = time.monotonic() + REPORT["seconds"]
    while iam.generate_credential_report()["State"] != "COMPLETE":
        if time.monotonic() > end:
            raise ClientError(
                {"Error": {"Code": "ReportInProgress", "Message": "the report is not ready yet"}}, "GetCredentialReport"
            )
        time.sleep(REPORT["delay"])
    found = iam.get_credential_report()
    return {"text": found["Content"].decode(), "at": found["GeneratedTime"].isoformat(timespec="minutes")}


def blocked_in_account(s3control, account_id):
    """What the account keeps all its buckets from."""
    return _missing(
        ("NoSuchPublicAccessBlockConfiguration",),
        lambda: s3control.get_public_access_block(AccountId=account_id)["PublicAccessBlockConfiguration"],
        otherwise={},
    )


def exposure(s3, bucket):
    """What decides whether a bucket is public. Where it blocks all of that itself, no more is asked."""
    blocked = _missing(
        ("NoSuchPublicAccessBlockConfiguration",),
        lambda: s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"],
        otherwise={},
    )
    if all(blocked.get(each) for each in ALL_BLOCKED):
        return {"blocked": blocked, "policy_is_public": False, "grants": []}
    public = _missing(
        ("NoSuchBucketPolicy",),
        lambda: s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"],
        otherwise=False,
    )
    return {"blocked": blocked, "policy_is_public": public, "grants": s3.get_bucket_acl(Bucket=bucket)["Grants"]}


def costs(ce, project, period):
    """What a project has cost by service; AWS charges 0.01 USD for each page of the answer."""
    found, more = [], {}
    while True:
        page = ce.get_cost_and_usage(
            TimePeriod=period,
            Granularity="MONTHLY",
            Metrics=["UnblendedCost"],
            GroupBy=[{"Type": "DIMENSION", "Key": "SERVICE"}],
            Filter={"Tags": {"Key": "Project", "Values": [project]}},
            **more,
        )
        found += [group for result in page["ResultsByTime"] for group in result.get("Groups", [])]
        if not page.get("NextPageToken"):
            return found
        more = {"NextPageToken": page["NextPageToken"]}


def read(clients, wanted):
    """Answers by (source, region). ``clients`` gives a client by its name and region."""
    everywhere = clients("iam", "")
    reads = {
        ("identity", ""): asking(clients("sts", "").get_caller_identity),
        ("account_summary", ""): asking(lambda: everywhere.get_account_summary()["SummaryMap"]),
        ("users", ""): asking(users, everywhere),
        ("credential_report", ""): asking(credential_report, everywhere),
        ("buckets", ""): asking(pages, clients("s3", ""), "list_buckets", "Buckets"),
    }
    if wanted.costs:
        reads["costs", ""] = asking(costs, clients("ce", ""), wanted.project, wanted.period)
    for region in wanted.regions:
        ec2, logs = clients("ec2", region), clients("logs", region)
        reads["addresses", region] = asking(power_api.addresses, ec2)
        reads["security_groups", region] = asking(pages, ec2, "describe_security_groups", "SecurityGroups")
        reads["instances", region] = asking(instances, ec2)
        reads["vpcs", region] = asking(vpcs, ec2, wanted.project, wanted.environment)
        reads["log_groups", region] = asking(pages, logs, "describe_log_groups", "logGroups")
    return in_parallel(reads)


def read_details(clients, wanted, found):
    """What can only be asked when the first answers are there."""
    reads = {}
    identity = found["identity", ""]
    if not isinstance(identity, Exception):
        control = clients("s3control", "")
        reads["account_block", ""] = asking(blocked_in_account, control, identity["Account"])
    for region in wanted.regions:
        reads.update(_details_of_region(clients("ec2", region), wanted, found, region))
    return in_parallel(reads)


def _details_of_region(ec2, wanted, found, region):
    own, running = found["vpcs", region], found["instances", region]
    if not isinstance(own, Exception) and own:
        ids = [each["VpcId"] for each in own]
        for kind in VPC_PARTS:
            yield (kind, region), asking(vpc_parts, ec2, kind, ids)
    if not isinstance(running, Exception):
        ours = [each["InstanceId"] for each in running if carries(each, own_tags(wanted.project, wanted.environment))]
        if ours:
            yield ("volumes", region), asking(power_api.volumes_of, ec2, ours)


def read_buckets(clients, found):
    """What each bucket lets everybody do, unless the account keeps all of them from it."""
    buckets, blocked = found["buckets", ""], found.get(("account_block", ""), {})
    known = not isinstance(blocked, Exception)
    if isinstance(buckets, Exception) or (known and all(blocked.get(each) for each in ALL_BLOCKED)):
        return {}
    s3 = clients("s3", "")
    return in_parallel({("bucket", each["Name"]): asking(exposure, s3, each["Name"]) for each in buckets})
