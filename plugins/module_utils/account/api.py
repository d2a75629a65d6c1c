# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking an account, side by side, what it has and what it would let us do. Nothing here changes anything.

EC2 can be asked to try an action without doing it, and says then whether it would be allowed. That is AWS's promise: what
answers in AWS's place may not know of it, so nothing else is ever asked to try.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, in_parallel
from ansible_collections.landfall.aws.plugins.module_utils.dns.api import public_zones_named
from ansible_collections.landfall.aws.plugins.module_utils.host import api as host_api
from ansible_collections.landfall.aws.plugins.module_utils.host import images

IDENTITY, ZONES, RECORDS = ("identity", ""), ("zones", ""), ("records", "")
AWS_DOMAINS = ("amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "api.aws")
# What makes the tries possible, and is never made.
NAME, CIDR = "landfall-preflight", "10.0.0.0/16"
PUBLIC_KEY = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA landfall-preflight"


def asking(call, *names, **arguments):
    """A call whose refusal is an answer, too."""

    def ask():
        try:
            return call(*names, **arguments)
        except AWS_ERRORS as error:
            return error

    return ask


def is_aws(client):
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    return host.endswith(tuple(f".{domain}" for domain in AWS_DOMAINS))


def zones_offering(ec2, instance_type):
    wanted = [{"Name": "instance-type", "Values": [instance_type]}]
    found = ec2.describe_instance_type_offerings(LocationType="availability-zone", Filters=wanted)
    return sorted(each["Location"] for each in found["InstanceTypeOfferings"])


def answers(sts, ec2, route53, wanted):
    """Ask who is calling and what there is. {(kind, name): answer}."""
    reads = {IDENTITY: asking(sts.get_caller_identity)}
    for name in wanted.instance_types:
        reads["instance type", name] = asking(ec2.describe_instance_types, InstanceTypes=[name])
        if wanted.place:
            reads["offers", name] = asking(zones_offering, ec2, name)
    if wanted.place and not wanted.availability_zones:
        reads[ZONES] = asking(ec2.describe_availability_zones)
    for name in wanted.hosted_zones:
        reads["hosted zone", name] = asking(public_zones_named, route53, name)
    if is_aws(ec2):
        for action, attempt in tries(ec2, wanted.tags).items():
            if action in wanted.actions:
                reads["action", action] = asking(attempt)
    return in_parallel(reads)


def further_answers(ec2, iam, wanted, caller, architecture, hosted_zones):
    """Ask what can only be asked when the first answers are there."""
    reads = {}
    if is_aws(ec2) and "ec2:RunInstances" in wanted.actions and architecture:
        reads["action", "ec2:RunInstances"] = asking(try_instance, ec2, wanted, architecture)
    if is_aws(ec2) and RECORD_ACTIONS[0] in wanted.actions and caller and hosted_zones:
        reads[RECORDS] = asking(may_change_records, iam, caller, hosted_zones)
    return in_parallel(reads)


def tries(ec2, tags):
    """{action: try} of what is made in an empty account; with our tags, because a policy may demand them."""

    def attempt(call, kind, **arguments):
        return lambda: call(DryRun=True, TagSpecifications=tagged(kind, tags), **arguments)

    return {
        "ec2:CreateVpc": attempt(ec2.create_vpc, "vpc", CidrBlock=CIDR),
        "ec2:CreateInternetGateway": attempt(ec2.create_internet_gateway, "internet-gateway"),
        "ec2:ImportKeyPair": attempt(ec2.import_key_pair, "key-pair", KeyName=NAME, PublicKeyMaterial=PUBLIC_KEY),
        "ec2:CreateSecurityGroup": attempt(
            ec2.create_security_group, "security-group", GroupName=NAME, Description=NAME
        ),
        "ec2:AllocateAddress": attempt(ec2.allocate_address, "elastic-ip", Domain="vpc"),
    }


EC2_ACTIONS = (
    "ec2:CreateVpc",
    "ec2:CreateInternetGateway",
    "ec2:ImportKeyPair",
    "ec2:CreateSecurityGroup",
    "ec2:AllocateAddress",
    "ec2:RunInstances",
)
RECORD_ACTIONS = ("route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets", "route53:GetHostedZone")


def tagged(kind, tags):
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]


def try_instance(ec2, wanted, architecture):
    """Of an image that exists, because AWS looks for it first."""
    image = wanted.ami
    if not image:
        published = host_api.published_images(ec2, wanted.os, architecture)
        if not published:
            return None
        image = images.newest(published, wanted.os, architecture)["ImageId"]
    return ec2.run_instances(
        DryRun=True,
        ImageId=image,
        InstanceType=wanted.instance_types[0],
        MinCount=1,
        MaxCount=1,
        MetadataOptions={"HttpEndpoint": "enabled", "HttpTokens": "required"},
        TagSpecifications=tagged("instance", wanted.tags) + tagged("volume", wanted.tags),
    )


def may_change_records(iam, caller, hosted_zones):
    """{action: decision} of IAM, which can say so without trying."""
    partition = caller.split(":")[1]
    found = iam.simulate_principal_policy(
        PolicySourceArn=caller,
        ActionNames=list(RECORD_ACTIONS),
        ResourceArns=[f"arn:{partition}:route53:::{zone.lstrip('/')}" for zone in hosted_zones],
    )
    return {each["EvalActionName"]: each["EvalDecision"] for each in found["EvaluationResults"]}
