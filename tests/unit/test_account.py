"""What the account's answers mean, against botocore's model of the real services."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from botocore.stub import Stubber

from ansible_collections.landfall.aws.plugins.module_utils.account import checks

IDENTITY = {
    "Account": "123456789012",
    "Arn": "arn:aws:sts::123456789012:assumed-role/deploy/ci",
    "UserId": "AROAEXAMPLE:ci",
}
T3_MICRO = {"InstanceTypes": [{"InstanceType": "t3.micro", "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]}}]}


def client(service):
    return boto3.client(service, region_name="eu-west-3", aws_access_key_id="x", aws_secret_access_key="x")


def zone(name, private=False):
    return {"Id": f"/hostedzone/{name}", "Name": f"{name}.", "CallerReference": "x", "Config": {"PrivateZone": private}}


def ask(identity=None, types=(), zones=(), refusal=None, existing=()):
    """The answers of AWS, with an error's code in place of the one that is refused."""
    sts, ec2, route53 = client("sts"), client("ec2"), client("route53")
    with Stubber(sts) as stubbed_sts, Stubber(ec2) as stubbed_ec2, Stubber(route53) as stubbed_route53:
        if isinstance(identity, str):
            stubbed_sts.add_client_error("get_caller_identity", identity)
        else:
            stubbed_sts.add_response("get_caller_identity", identity or IDENTITY, {})
        for name in types:
            if refusal:
                stubbed_ec2.add_client_error("describe_instance_types", refusal)
            else:
                stubbed_ec2.add_response("describe_instance_types", T3_MICRO, {"InstanceTypes": [name]})
        for name in zones:
            answer = {"HostedZones": list(existing), "IsTruncated": False, "MaxItems": "100"}
            stubbed_route53.add_response("list_hosted_zones_by_name", answer, {"DNSName": name})
        found = checks.answers(sts, ec2, route53, types, zones)
        for stubbed in (stubbed_sts, stubbed_ec2, stubbed_route53):
            stubbed.assert_no_pending_responses()
    return found


def test_one_call_for_the_identity_and_one_for_each_type_and_zone():
    found = ask(types=["t3.micro"], zones=["example.com"], existing=[zone("example.com")])
    assert checks.mistakes(found, "eu-west-3", []) == []
    assert checks.warnings(found) == []
    assert checks.architectures(found["instance type", "t3.micro"]) == ["amd64"]


@pytest.mark.parametrize("code", sorted(checks.CREDENTIALS))
def test_refused_credentials_are_explained_with_the_remedy(code):
    (sentence,) = checks.mistakes(ask(identity=code), "eu-west-3", [])
    assert checks.CREDENTIALS[code] in sentence
    assert "aws sts get-caller-identity" in sentence


def test_another_refusal_is_passed_on():
    (sentence,) = checks.mistakes(ask(identity="ServiceUnavailable"), "eu-west-3", [])
    assert "ServiceUnavailable" in sentence


def test_no_credentials():
    (sentence,) = checks.mistakes({checks.IDENTITY: NoCredentialsError()}, "eu-west-3", [])
    assert sentence.startswith("There are no AWS credentials.")


def test_root_is_warned_of_and_not_refused():
    found = ask(identity={**IDENTITY, "Arn": "arn:aws:iam::123456789012:root"})
    assert checks.mistakes(found, "eu-west-3", []) == []
    assert "root user" in checks.warnings(found)[0]


@pytest.mark.parametrize(
    ("known", "said"), [(["t3.micro", "t3.small"], "Did you mean t3.micro?"), ([], "Take one like t3.micro.")]
)
def test_an_unknown_instance_type_is_named_with_the_region(known, said):
    (sentence,) = checks.mistakes(ask(types=["t3.mikro"], refusal="InvalidInstanceType"), "eu-west-3", known)
    assert sentence.startswith("eu-west-3 has no instance type 't3.mikro'.")
    assert said in sentence


def test_a_refused_question_about_a_type_is_no_unknown_type():
    found = ask(types=["t3.micro"], refusal="UnauthorizedOperation")
    assert isinstance(found["instance type", "t3.micro"], ClientError)
    (sentence,) = checks.mistakes(found, "eu-west-3", ["t3.micro"])
    assert "UnauthorizedOperation" in sentence
    assert "Did you mean" not in sentence


@pytest.mark.parametrize("existing", [[], [zone("example.com", private=True)], [zone("example.com.au")]])
def test_a_hosted_zone_that_is_missing_private_or_another_is_named_with_the_remedy(existing):
    (sentence,) = checks.mistakes(ask(zones=["example.com"], existing=existing), "eu-west-3", [])
    assert "no public hosted zone 'example.com'" in sentence
    assert "dns_record_provider to none" in sentence


def test_a_service_that_can_not_be_reached_is_a_sentence_and_no_traceback():
    unreachable = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
    (sentence,) = checks.mistakes({checks.IDENTITY: unreachable}, "eu-west-3", [])
    assert "http://127.0.0.1:9" in sentence
