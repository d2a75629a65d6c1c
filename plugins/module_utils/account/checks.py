# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an account's answers mean: one check each. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches

from ansible_collections.landfall.aws.plugins.module_utils.account.api import (
    EC2_ACTIONS,
    IDENTITY,
    RECORD_ACTIONS,
    RECORDS,
    ZONES,
)
from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError
from ansible_collections.landfall.aws.plugins.module_utils.network.plan import usable_zones
from ansible_collections.landfall.aws.plugins.module_utils.preflight.report import failed, ok, skipped, warning

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#CommonErrors
CREDENTIALS = {
    "AuthFailure": "AWS does not know these credentials",
    "ExpiredToken": "the credentials have expired",
    "ExpiredTokenException": "the credentials have expired",
    "InvalidClientTokenId": "AWS does not know these credentials",
    "RequestExpired": "the credentials have expired, or this machine's clock is wrong",
    "SignatureDoesNotMatch": "the secret access key does not belong to the access key id",
    "UnrecognizedClientException": "AWS does not know these credentials",
}
HOW_TO_SIGN_IN = "Sign in with `aws configure`, `aws sso login` or AWS_PROFILE; `aws sts get-caller-identity` shows whether it worked."
REFUSED = ("UnauthorizedOperation", "AccessDenied", "AccessDeniedException")
WOULD_WORK = "DryRunOperation"


@dataclass(frozen=True)
class Wanted:
    """What a run will ask of the account. ``place``: whether it chooses where an instance will stand."""

    instance_types: tuple[str, ...] = ()
    hosted_zones: tuple[str, ...] = ()
    availability_zones: tuple[str, ...] = ()
    place: bool = False
    actions: tuple[str, ...] = ()
    os: str = "ubuntu-24.04"
    ami: str = ""
    tags: dict = field(default_factory=dict)


def code(answer):
    """AWS's code of a refusal, the class of another error, and nothing for an answer."""
    if isinstance(answer, ClientError):
        return answer.response["Error"]["Code"]
    return type(answer).__name__ if isinstance(answer, Exception) else ""


def checks(found, wanted, region, known_types, on_aws):
    """All checks of what ``answers`` and ``further_answers`` have found."""
    first = credentials(found[IDENTITY])
    rest = [
        *(
            (f"type {name}", lambda name=name: instance_type(found, name, region, known_types))
            for name in wanted.instance_types
        ),
        *(
            (f"zone for {name}", lambda name=name: zone(found, wanted, name))
            for name in wanted.instance_types
            if wanted.place
        ),
        *((f"zone {name}", lambda name=name: hosted_zone(found, name)) for name in wanted.hosted_zones),
        *((name, lambda name=name, of=of: rights(name, of, found, wanted, on_aws)) for name, of in _rights(wanted)),
    ]
    if isinstance(found[IDENTITY], Exception):
        return [first, *(skipped(name, "AWS must know first who asks") for name, _check in rest)]
    return [first, *(check() for _name, check in rest)]


def _rights(wanted):
    """The two ways of asking what is allowed, as far as they are asked."""
    kinds = (("rights in EC2", EC2_ACTIONS), ("rights in DNS", RECORD_ACTIONS))
    return [(name, actions) for name, actions in kinds if set(actions) & set(wanted.actions)]


def credentials(identity):
    if code(identity) == "NoCredentialsError":
        return failed("credentials", "There are no AWS credentials.", HOW_TO_SIGN_IN)
    if code(identity) in CREDENTIALS:
        return failed("credentials", f"AWS refuses the credentials: {CREDENTIALS[code(identity)]}.", HOW_TO_SIGN_IN)
    if isinstance(identity, Exception):
        return failed("credentials", f"AWS does not say whose credentials these are: {identity}", HOW_TO_SIGN_IN)
    if identity["Arn"].endswith(":root"):
        return warning(
            "credentials",
            "These are the credentials of the account's root user, who may do everything, and whom no policy can hold back.",
            "Use an IAM role, or a user of IAM Identity Center: "
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html",
        )
    return ok("credentials", identity["Arn"])


def instance_type(found, name, region, known_types):
    answer, row = found["instance type", name], f"type {name}"
    if code(answer) in ("InvalidInstanceType", "InvalidParameterValue"):
        close = get_close_matches(name, known_types, n=1)
        hint = f"Did you mean {close[0]}?" if close else "Take one like t3.micro."
        return failed(row, f"{region} has no instance type {name!r}. {hint}", "Set ec2_host_instance_type.")
    if isinstance(answer, Exception):
        return failed(
            row, f"AWS does not answer about the instance type {name!r}: {answer}", "Allow ec2:DescribeInstanceTypes."
        )
    return ok(row, f"{region} has it, for images built for {' or '.join(architectures(answer))}")


def zone(found, wanted, name):
    """Not every Availability Zone has every type; the first subnet, and the host in it, go into the first that is wanted."""
    row, offers = f"zone for {name}", found["offers", name]
    zones = found.get(ZONES) if not wanted.availability_zones else list(wanted.availability_zones)
    for answer in (offers, zones):
        if isinstance(answer, Exception):
            return skipped(row, f"AWS does not answer about zones: {answer}")
    if not offers:
        return skipped(row, "no Availability Zone is known to have it")
    first = min(wanted.availability_zones or usable_zones(zones["AvailabilityZones"]), default="")
    if first in offers:
        return ok(row, f"{first}, where the host will stand, has it")
    return failed(
        row,
        f"{first}, where the host will stand, has no {name}; {', '.join(offers)} {'has' if len(offers) == 1 else 'have'} it",
        f"Set vpc_azs: [{offers[0]}]. A public subnet that exists already stays in its zone; name its zone there, then.",
    )


def hosted_zone(found, name):
    row, answer = f"zone {name}", found["hosted zone", name]
    if isinstance(answer, Exception):
        return failed(
            row, f"AWS does not answer about the hosted zone {name!r}: {answer}", "Allow route53:ListHostedZonesByName."
        )
    if not answer:
        return failed(
            row,
            f"This account has no public hosted zone {name!r}.",
            "Create it and name its servers at the domain's registrar, or set dns_record_provider to none and create the records "
            "where the domain is looked after.",
        )
    return ok(row, f"this account has the public hosted zone {answer[0]['Id'].rpartition('/')[2]}")


def rights(row, actions, found, wanted, on_aws):
    asked = [action for action in actions if action in wanted.actions or actions is RECORD_ACTIONS]
    if found[IDENTITY]["Arn"].endswith(":root"):
        return ok(row, "the root user may do everything")
    if not on_aws:
        return skipped(row, "what answers here is not AWS itself, and might do what it is only asked to try")
    if actions is RECORD_ACTIONS:
        decided = found.get(RECORDS)
        if isinstance(decided, Exception):
            return skipped(
                row, f"IAM does not say what is allowed ({code(decided)}); iam:SimulatePrincipalPolicy would ask it"
            )
        if decided is None:
            return skipped(row, "there is no hosted zone, or no user or role to ask IAM about")
        states = {action: decided.get(action) for action in asked}
        refused = [action for action in asked if states[action] in ("implicitDeny", "explicitDeny")]
        unknown = [action for action in asked if states[action] not in ("allowed", "implicitDeny", "explicitDeny")]
    else:
        states = {action: code(found.get(("action", action))) for action in asked}
        refused = [action for action in asked if states[action] in REFUSED]
        unknown = [action for action in asked if states[action] not in (*REFUSED, WOULD_WORK)]
    if refused:
        arn = found[IDENTITY]["Arn"]
        return failed(
            row,
            f"{arn} may not: {', '.join(refused)}",
            "Allow it in a policy of theirs, and look for one that denies it.",
        )
    doubt = f"AWS did not say of {', '.join(f'{each} ({states[each]})' if states[each] else each for each in unknown)}"
    if len(unknown) == len(asked):
        return skipped(row, doubt)
    return ok(
        row,
        "; ".join([f"may: {', '.join(each for each in asked if each not in unknown)}", *([doubt] if unknown else [])]),
    )


def policy_source(arn):
    """The user or role that IAM knows a caller as. Of a role in a path the session does not tell the path; IAM says so then."""
    role = re.fullmatch(r"arn:([\w-]+):sts::(\d+):assumed-role/([^/]+)/.+", arn)
    if role:
        return "arn:{}:iam::{}:role/{}".format(*role.groups())
    return arn if ":user/" in arn else None


def architectures(answer):
    """The architectures of an instance type, as Docker names them."""
    names = {"x86_64": "amd64", "arm64": "arm64"}
    supported = answer["InstanceTypes"][0]["ProcessorInfo"]["SupportedArchitectures"]
    return [names[each] for each in supported if each in names]


def architecture_for_images(found, wanted):
    """As AWS names it, of the first type; None where it is not known."""
    answer = found.get(("instance type", wanted.instance_types[0])) if wanted.instance_types else None
    if not isinstance(answer, dict):
        return None
    known = [
        each
        for each in answer["InstanceTypes"][0]["ProcessorInfo"]["SupportedArchitectures"]
        if each in ("x86_64", "arm64")
    ]
    return known[0] if known else None
