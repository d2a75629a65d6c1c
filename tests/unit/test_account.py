"""What the account's answers mean, and exactly what is asked, against botocore's model of the real services."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from botocore.stub import Stubber

from ansible_collections.landfall.aws.plugins.module_utils.account import api, checks
from ansible_collections.landfall.aws.plugins.module_utils.account.checks import Wanted

ARN = "arn:aws:sts::123456789012:assumed-role/deploy/ci"
IDENTITY = {"Account": "123456789012", "Arn": ARN, "UserId": "AROAEXAMPLE:ci"}
T3_MICRO = {"InstanceTypes": [{"InstanceType": "t3.micro", "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]}}]}
TAGS = {"Name": "shop", "ManagedBy": "landfall.aws"}
TAG_LIST = [{"Key": "Name", "Value": "shop"}, {"Key": "ManagedBy", "Value": "landfall.aws"}]
TRIES = {
    "ec2:CreateVpc": ("create_vpc", "vpc", {"CidrBlock": "10.0.0.0/16"}),
    "ec2:CreateInternetGateway": ("create_internet_gateway", "internet-gateway", {}),
    "ec2:ImportKeyPair": (
        "import_key_pair",
        "key-pair",
        {"KeyName": "landfall-preflight", "PublicKeyMaterial": api.PUBLIC_KEY},
    ),
    "ec2:CreateSecurityGroup": (
        "create_security_group",
        "security-group",
        {"GroupName": "landfall-preflight", "Description": "landfall-preflight"},
    ),
    "ec2:AllocateAddress": ("allocate_address", "elastic-ip", {"Domain": "vpc"}),
}
ALLOWED = "DryRunOperation"
SITE = Wanted(
    instance_types=("t3.micro",),
    hosted_zones=("example.com",),
    place=True,
    actions=(*api.EC2_ACTIONS, "route53:ChangeResourceRecordSets"),
    tags=TAGS,
)


def client(service, **more):
    return boto3.client(service, region_name="eu-west-3", aws_access_key_id="x", aws_secret_access_key="x", **more)


def zone(name, private=False):
    return {"Id": f"/hostedzone/{name}", "Name": f"{name}.", "CallerReference": "x", "Config": {"PrivateZone": private}}


def offers(*zones):
    return {"InstanceTypeOfferings": [{"InstanceType": "t3.micro", "Location": each} for each in zones]}


class Account:
    """Answers with what botocore's model allows; an error's code in place of an answer refuses. Each kind of answer is given once."""

    def __init__(
        self, identity=None, types=None, offered=("eu-west-3a",), zones=("eu-west-3a",), existing=(), **states
    ):
        identity, types = identity or IDENTITY, types or T3_MICRO
        self.states = {**dict.fromkeys(api.EC2_ACTIONS, ALLOWED), **states}
        self.identity, self.types, self.offered, self.zones, self.existing = identity, types, offered, zones, existing
        self.clients = {name: client(name) for name in ("sts", "ec2", "route53", "iam")}

    def ask(self, wanted):
        """The two rounds of the module, each call answered by a stub that checks its arguments. Calls run in any order."""
        replies = {
            "GetCallerIdentity": self.identity,
            "DescribeInstanceTypes": self.types,
            "DescribeInstanceTypeOfferings": offers(*self.offered),
            "DescribeAvailabilityZones": {
                "AvailabilityZones": [{"ZoneName": each, "State": "available"} for each in self.zones]
            },
            "ListHostedZonesByName": {"HostedZones": list(self.existing), "IsTruncated": False, "MaxItems": "100"},
            "DescribeImages": {"Images": [{"ImageId": "ami-1", "CreationDate": "2026-10-15T06:00:00.000Z"}]},
            "SimulatePrincipalPolicy": self.states.get("iam", {"EvaluationResults": []}),
            **{action.partition(":")[2]: self.states[action] for action in api.EC2_ACTIONS},
        }
        self.asked = []

        def reply(operation, arguments):
            self.asked.append((operation, arguments))
            answer = replies[operation]
            if isinstance(answer, str):
                raise ClientError({"Error": {"Code": answer, "Message": "no"}}, operation)
            return answer

        for each in self.clients.values():
            each._make_api_call = _checked(each, reply)
        found = api.answers(self.clients["sts"], self.clients["ec2"], self.clients["route53"], wanted)
        if isinstance(found[api.IDENTITY], Exception):
            return found
        zones = [each["Id"] for name in wanted.hosted_zones for each in found["hosted zone", name]]
        caller, architecture = checks.policy_source(ARN), checks.architecture_for_images(found, wanted)
        further = api.further_answers(self.clients["ec2"], self.clients["iam"], wanted, caller, architecture, zones)
        return {**found, **further}


def _checked(client, reply):
    """Calls as botocore's own, whose arguments its model has found valid."""

    def call(operation, arguments):
        model = client.meta.service_model.operation_model(operation)
        client._convert_to_request_dict(dict(arguments), model, client.meta.endpoint_url)
        return reply(operation, arguments)

    return call


def judged(account, wanted, on_aws=True, known=("t3.micro", "t3.small")):
    found = account.ask(wanted)
    return {each.name: each for each in checks.checks(found, wanted, "eu-west-3", known, on_aws)}


def types(*names):
    return Wanted(instance_types=names)


DECISIONS = {
    "EvaluationResults": [{"EvalActionName": action, "EvalDecision": "allowed"} for action in api.RECORD_ACTIONS]
}


def test_where_all_is_well_each_thing_is_asked_once():
    account = Account(existing=[zone("example.com")], iam=DECISIONS)
    found = judged(account, SITE)
    assert {each.result for each in found.values()} == {"ok"}
    assert list(found) == [
        "credentials",
        "type t3.micro",
        "zone for t3.micro",
        "zone example.com",
        "rights in EC2",
        "rights in DNS",
    ]
    assert sorted(operation for operation, _arguments in account.asked) == sorted(
        [
            "GetCallerIdentity",
            "DescribeInstanceTypes",
            "DescribeInstanceTypeOfferings",
            "DescribeAvailabilityZones",
            "ListHostedZonesByName",
            *(action.partition(":")[2] for action in api.EC2_ACTIONS),
            "DescribeImages",
            "SimulatePrincipalPolicy",
        ]
    )
    assert found["rights in EC2"].found == f"may: {', '.join(api.EC2_ACTIONS)}"


def test_without_rights_and_zones_few_things_are_asked():
    account = Account(existing=[zone("example.com")])
    judged(account, Wanted(instance_types=("t3.micro",), hosted_zones=("example.com",)))
    assert sorted(operation for operation, _arguments in account.asked) == [
        "DescribeInstanceTypes",
        "GetCallerIdentity",
        "ListHostedZonesByName",
    ]


def test_every_call_that_could_change_something_is_a_dry_run_with_our_tags():
    account = Account(existing=[zone("example.com")], iam=DECISIONS)
    judged(account, SITE)
    reading = ("Describe", "Get", "List", "Simulate")
    changing = {operation: arguments for operation, arguments in account.asked if not operation.startswith(reading)}
    assert len(changing) == len(api.EC2_ACTIONS)
    for arguments in changing.values():
        assert arguments["DryRun"] is True
        assert all(each["Tags"] == TAG_LIST for each in arguments["TagSpecifications"])
    assert changing["RunInstances"]["ImageId"] == "ami-1"
    assert changing["RunInstances"]["InstanceType"] == "t3.micro"


@pytest.mark.parametrize("action", TRIES)
def test_what_is_sent_for_a_try(action):
    operation, kind, arguments = TRIES[action]
    ec2 = client("ec2")
    with Stubber(ec2) as stubbed:
        expected = {"DryRun": True, "TagSpecifications": [{"ResourceType": kind, "Tags": TAG_LIST}], **arguments}
        stubbed.add_client_error(operation, ALLOWED, expected_params=expected)
        with pytest.raises(ClientError, match=ALLOWED):
            api.tries(ec2, TAGS)[action]()
        stubbed.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("url", "is_aws"),
    [
        (None, True),
        ("https://ec2.eu-west-3.amazonaws.com", True),
        ("https://vpce-1.ec2.eu-west-3.vpce.amazonaws.com", True),
        ("https://ec2.cn-north-1.amazonaws.com.cn", True),
        ("https://ec2.eu-west-3.api.aws", True),
        ("http://127.0.0.1:5000", False),
        ("https://amazonaws.com.example.com", False),
        ("https://notamazonaws.com", False),
    ],
)
def test_who_answers(url, is_aws):
    assert api.is_aws(client("ec2", endpoint_url=url)) == is_aws


def test_what_is_not_aws_is_asked_to_try_nothing():
    account = Account(existing=[zone("example.com")])
    account.clients["ec2"] = client("ec2", endpoint_url="http://127.0.0.1:5000")
    found = judged(account, SITE, on_aws=False)
    assert {operation for operation, _arguments in account.asked} == {
        "GetCallerIdentity",
        "DescribeInstanceTypes",
        "DescribeInstanceTypeOfferings",
        "DescribeAvailabilityZones",
        "ListHostedZonesByName",
    }
    assert found["rights in EC2"].result == found["rights in DNS"].result == "skipped"


def test_a_refused_action_is_named_with_who_may_not():
    states = {"ec2:RunInstances": "UnauthorizedOperation", "ec2:CreateVpc": "UnauthorizedOperation"}
    check = judged(Account(existing=[zone("example.com")], iam=DECISIONS, **states), SITE)["rights in EC2"]
    assert check.result == "failed"
    assert check.found == f"{ARN} may not: ec2:CreateVpc, ec2:RunInstances"


def test_what_aws_does_not_say_is_no_refusal():
    account = Account(existing=[zone("example.com")], iam=DECISIONS, **{"ec2:CreateSecurityGroup": "VPCIdNotSpecified"})
    check = judged(account, SITE)["rights in EC2"]
    assert check.result == "ok"
    assert check.found.endswith("AWS did not say of ec2:CreateSecurityGroup (VPCIdNotSpecified)")


def test_if_aws_says_nothing_at_all_it_is_not_called_well():
    states = dict.fromkeys(api.EC2_ACTIONS, "RequestLimitExceeded")
    account = Account(existing=[zone("example.com")], iam=DECISIONS, **states)
    assert judged(account, SITE)["rights in EC2"].result == "skipped"


def test_records_are_asked_for_in_the_zone_by_the_role():
    account = Account(existing=[zone("example.com")], iam=DECISIONS)
    judged(account, SITE)
    (asked,) = [arguments for operation, arguments in account.asked if operation == "SimulatePrincipalPolicy"]
    assert asked == {
        "PolicySourceArn": "arn:aws:iam::123456789012:role/deploy",
        "ActionNames": list(api.RECORD_ACTIONS),
        "ResourceArns": ["arn:aws:route53:::hostedzone/example.com"],
    }


def test_a_right_in_dns_that_is_missing():
    decisions = {
        "EvaluationResults": [
            {"EvalActionName": action, "EvalDecision": "implicitDeny" if "Change" in action else "allowed"}
            for action in api.RECORD_ACTIONS
        ]
    }
    check = judged(Account(existing=[zone("example.com")], iam=decisions), SITE)["rights in DNS"]
    assert (check.result, check.found) == ("failed", f"{ARN} may not: route53:ChangeResourceRecordSets")


@pytest.mark.parametrize("refusal", ["AccessDenied", "NoSuchEntity"])
def test_if_iam_may_not_be_asked_dns_is_not_checked(refusal):
    check = judged(Account(existing=[zone("example.com")], iam=refusal), SITE)["rights in DNS"]
    assert check.result == "skipped"
    assert refusal in check.found


def test_root_is_warned_of_and_not_refused():
    found = judged(Account({**IDENTITY, "Arn": "arn:aws:iam::123456789012:root"}, existing=[zone("example.com")]), SITE)
    assert found["credentials"].result == "warning"
    assert "root user" in found["credentials"].found
    assert found["rights in EC2"].result == found["rights in DNS"].result == "ok"


@pytest.mark.parametrize(
    ("arn", "source"),
    [
        (ARN, "arn:aws:iam::123456789012:role/deploy"),
        ("arn:aws-cn:sts::1:assumed-role/a/b", "arn:aws-cn:iam::1:role/a"),
        ("arn:aws:iam::1:user/path/me", "arn:aws:iam::1:user/path/me"),
        ("arn:aws:sts::1:federated-user/me", None),
    ],
)
def test_whom_iam_is_asked_about(arn, source):
    assert checks.policy_source(arn) == source


@pytest.mark.parametrize("code", sorted(checks.CREDENTIALS))
def test_refused_credentials_are_explained_with_the_remedy_and_the_rest_is_not_checked(code):
    found = judged(Account(code, existing=[zone("example.com")]), SITE)
    assert checks.CREDENTIALS[code] in found["credentials"].found
    assert "aws sts get-caller-identity" in found["credentials"].remedy
    assert [each.result for each in found.values()] == ["failed"] + ["skipped"] * 5


def test_another_refusal_is_passed_on():
    assert "ServiceUnavailable" in judged(Account("ServiceUnavailable"), Wanted())["credentials"].found


def test_no_credentials():
    check = checks.credentials(NoCredentialsError())
    assert check.found.startswith("There are no AWS credentials.")
    assert "aws configure" in check.remedy


def test_a_service_that_can_not_be_reached_is_a_sentence_and_no_traceback():
    check = checks.credentials(EndpointConnectionError(endpoint_url="http://127.0.0.1:9"))
    assert "http://127.0.0.1:9" in check.found


@pytest.mark.parametrize(
    ("known", "said"), [(["t3.micro", "t3.small"], "Did you mean t3.micro?"), ([], "Take one like t3.micro.")]
)
def test_an_unknown_instance_type_is_named_with_the_region(known, said):
    check = judged(Account(types="InvalidInstanceType"), types("t3.mikro"), known=known)["type t3.mikro"]
    assert check.result == "failed"
    assert check.found.startswith("eu-west-3 has no instance type 't3.mikro'.")
    assert said in check.found


def test_a_refused_question_about_a_type_is_no_unknown_type():
    check = judged(Account(types="UnauthorizedOperation"), types("t3.micro"))["type t3.micro"]
    assert check.result == "failed"
    assert "UnauthorizedOperation" in check.found
    assert "Did you mean" not in check.found


def test_the_architectures_of_a_type():
    assert checks.architectures(T3_MICRO) == ["amd64"]
    assert checks.architecture_for_images({("instance type", "t3.micro"): T3_MICRO}, types("t3.micro")) == "x86_64"
    assert checks.architecture_for_images({}, Wanted()) is None


@pytest.mark.parametrize(
    ("offered", "usable", "given", "result", "first"),
    [
        (["eu-west-3a"], ["eu-west-3b", "eu-west-3a"], (), "ok", "eu-west-3a"),
        (["eu-west-3b", "eu-west-3c"], ["eu-west-3a", "eu-west-3b"], (), "failed", "eu-west-3a"),
        (["eu-west-3b"], [], ("eu-west-3c", "eu-west-3b"), "ok", "eu-west-3b"),
        (["eu-west-3a"], [], ("eu-west-3c",), "failed", "eu-west-3c"),
        ([], ["eu-west-3a"], (), "skipped", "no Availability Zone"),
    ],
)
def test_the_zone_where_the_host_will_stand_must_have_the_type(offered, usable, given, result, first):
    wanted = Wanted(instance_types=("t3.micro",), place=True, availability_zones=given)
    account = Account(offered=offered, zones=usable)
    check = judged(account, wanted)["zone for t3.micro"]
    assert (check.result, first in check.found) == (result, True)
    if result == "failed":
        assert f"vpc_azs: [{offered[0]}]" in check.remedy
    assert ("DescribeAvailabilityZones" in [operation for operation, _arguments in account.asked]) == (not given)


@pytest.mark.parametrize("existing", [[], [zone("example.com", private=True)], [zone("example.com.au")]])
def test_a_hosted_zone_that_is_missing_private_or_another_is_named_with_the_remedy(existing):
    check = judged(Account(existing=existing), Wanted(hosted_zones=("example.com",)))["zone example.com"]
    assert check.result == "failed"
    assert "no public hosted zone 'example.com'" in check.found
    assert "dns_record_provider to none" in check.remedy
