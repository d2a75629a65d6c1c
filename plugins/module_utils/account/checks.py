# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an account's answers mean. Pure, but for ``answers``, which asks."""

from __future__ import annotations

from difflib import get_close_matches

from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, ClientError, in_parallel
from ansible_collections.landfall.aws.plugins.module_utils.dns.api import public_zones_named

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
IDENTITY = ("identity", "")
HOW_TO_SIGN_IN = "Sign in with `aws configure`, `aws sso login` or AWS_PROFILE; `aws sts get-caller-identity` shows whether it worked."


def answers(sts, ec2, route53, instance_types, hosted_zones):
    """Ask side by side who is calling and what there is. {(kind, name): answer}; a refusal is an answer too."""

    def asking(call, *names, **arguments):
        def ask():
            try:
                return call(*names, **arguments)
            except AWS_ERRORS as error:
                return error

        return ask

    reads = {IDENTITY: asking(sts.get_caller_identity)}
    for name in instance_types:
        reads["instance type", name] = asking(ec2.describe_instance_types, InstanceTypes=[name])
    for name in hosted_zones:
        reads["hosted zone", name] = asking(public_zones_named, route53, name)
    return in_parallel(reads)


def code(answer):
    """AWS's code of a refusal, the class of another error, and nothing for an answer."""
    if isinstance(answer, ClientError):
        return answer.response["Error"]["Code"]
    return type(answer).__name__ if isinstance(answer, Exception) else ""


def mistakes(found, region, known_types):
    """One sentence for each thing that keeps the run from working, with its remedy."""
    identity = found[IDENTITY]
    if code(identity) == "NoCredentialsError":
        return [f"There are no AWS credentials. {HOW_TO_SIGN_IN}"]
    if code(identity) in CREDENTIALS:
        return [f"AWS refuses the credentials: {CREDENTIALS[code(identity)]}. {HOW_TO_SIGN_IN}"]
    if isinstance(identity, Exception):
        return [f"AWS does not say whose credentials these are: {identity} {HOW_TO_SIGN_IN}"]
    sentences = []
    for (kind, name), answer in found.items():
        if kind == "instance type" and code(answer) in ("InvalidInstanceType", "InvalidParameterValue"):
            close = get_close_matches(name, known_types, n=1)
            hint = f"Did you mean {close[0]}?" if close else "Take one like t3.micro."
            sentences.append(f"{region} has no instance type {name!r}. {hint}")
        elif isinstance(answer, Exception):
            sentences.append(f"AWS does not answer about the {kind} {name!r}: {answer}")
        elif kind == "hosted zone" and not answer:
            sentences.append(
                f"This account has no public hosted zone {name!r}. Create it and name its servers at the domain's registrar, "
                "or set dns_record_provider to none and create the records where the domain is looked after."
            )
    return sentences


def warnings(found):
    """What works, and should not be done."""
    if found[IDENTITY]["Arn"].endswith(":root"):
        return [
            "These are the credentials of the account's root user, who may do everything, and whom no policy can hold back. "
            "Use an IAM role, or a user of IAM Identity Center: "
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html"
        ]
    return []


def architectures(answer):
    """The architectures of an instance type, as Docker names them."""
    names = {"x86_64": "amd64", "arm64": "arm64"}
    supported = answer["InstanceTypes"][0]["ProcessorInfo"]["SupportedArchitectures"]
    return [names[each] for each in supported if each in names]
