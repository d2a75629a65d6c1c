# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""State machines: what a run asks and tells AWS, call by call, and how it ends when something is in the way."""

from __future__ import annotations

import json

import pytest
import yaml

from ansible_collections.landfall.aws.plugins.modules import stepfunctions_state_machine as module
from tests.unit.stepfunctions.account import ACCOUNT, ARN, NOW, REGION, ROLE

TREE = {
    "StartAt": "Wait",
    "States": {"Wait": {"Type": "Wait", "Seconds": 5, "Next": "Done"}, "Done": {"Type": "Succeed"}},
}
TEXT = json.dumps(TREE)
OTHER = {**TREE, "Comment": "another one"}
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/vendedlogs/states/orders"
LOGGING = {"level": "ERROR", "destinations": [{"cloud_watch_logs_log_group": {"log_group_arn": GROUP}}]}
# Without looks at whether AWS is through, which the budgets do not count.
ORDERS = {"name": "orders", "definition": TREE, "role_arn": ROLE, "wait": False}
DESCRIBED = {
    "stateMachineArn": ARN,
    "name": "orders",
    "status": "ACTIVE",
    "definition": TEXT,
    "roleArn": ROLE,
    "type": "STANDARD",
    "creationDate": NOW,
    "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
    "tracingConfiguration": {"enabled": False},
    "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
    "revisionId": "r1",
}
VERSIONS = [f"{ARN}:{number}" for number in (3, 2, 1)]
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0f0f0f0f-0000-4000-8000-000000000000"


def describe(script, **more):
    return script.on("describe_state_machine", {**DESCRIBED, **more}, stateMachineArn=ARN)


def missing(script):
    return script.refuses("describe_state_machine", "StateMachineDoesNotExist", stateMachineArn=ARN)


def versions(script, *arns):
    listed = [{"stateMachineVersionArn": arn, "creationDate": NOW} for arn in arns]
    return script.on("list_state_machine_versions", {"stateMachineVersions": listed}, stateMachineArn=ARN)


# What it costs


def test_create_describes_and_creates(aws):
    result = aws.succeed(module, **ORDERS)
    assert result.calls == ["DescribeStateMachine", "CreateStateMachine"]
    assert result["state_machine_arn"] == ARN
    assert json.loads(aws.stepfunctions.describe_state_machine(stateMachineArn=ARN)["definition"]) == TREE


def test_no_change_describes_and_nothing_else(aws):
    aws.succeed(module, **ORDERS)
    result = aws.succeed(module, **ORDERS)
    assert (result["changed"], result["diff"], result.calls) == (False, [], ["DescribeStateMachine"])


def test_no_change_with_tags_lists_them_once(aws):
    aws.succeed(module, **ORDERS, tags={"a": "b"})
    result = aws.succeed(module, **ORDERS, tags={"a": "b"})
    assert (result["changed"], result.calls) == (False, ["DescribeStateMachine", "ListTagsForResource"])


def test_update_describes_and_updates(aws):
    aws.succeed(module, **ORDERS)
    result = aws.succeed(module, **{**ORDERS, "definition": OTHER})
    assert result.calls == ["DescribeStateMachine", "UpdateStateMachine"]


def test_tagging_and_untagging_cost_a_call_each_and_no_update(aws):
    aws.succeed(module, **ORDERS, tags={"a": "1", "b": "2"})
    more = aws.succeed(module, **ORDERS, tags={"a": "1", "b": "2", "c": "3"})
    assert more.calls == ["DescribeStateMachine", "ListTagsForResource", "TagResource"]
    fewer = aws.succeed(module, **ORDERS, tags={"a": "1"})
    assert fewer.calls == ["DescribeStateMachine", "ListTagsForResource", "UntagResource"]
    assert aws.stepfunctions.list_tags_for_resource(resourceArn=ARN)["tags"] == [{"key": "a", "value": "1"}]


def test_a_name_alone_asks_for_the_account_once(aws):
    aws.succeed(module, **ORDERS)
    result = aws.succeed(module, name="orders", wait=False)
    assert (result["changed"], result.calls) == (False, ["GetCallerIdentity", "DescribeStateMachine"])
    assert aws.succeed(module, arn=ARN, wait=False).calls == ["DescribeStateMachine"]


def test_it_goes_in_two_calls_and_stays_gone_in_one(aws):
    aws.succeed(module, **ORDERS)
    gone = {"arn": ARN, "state": "absent", "wait": False}
    assert aws.succeed(module, **gone, check_mode=True).calls == ["DescribeStateMachine"]
    assert aws.succeed(module, **gone).calls == ["DescribeStateMachine", "DeleteStateMachine"]
    result = aws.succeed(module, **gone)
    assert (result["changed"], result["state_machine"], result.calls) == (False, {}, ["DescribeStateMachine"])


def test_check_mode_only_reads_and_says_the_same_as_the_run_after_it(aws):
    for options in (
        ORDERS,
        {**ORDERS, "definition": OTHER, "tags": {"a": "b"}},
        {"arn": ARN, "state": "absent", "wait": False},
    ):
        foretold = aws.succeed(module, **options, check_mode=True)
        assert all(call.startswith(("Describe", "List")) for call in foretold.calls)
        told = aws.succeed(module, **options)
        for key in ("changed", "changes", "diff"):
            assert foretold[key] == told[key]


def test_calls_are_counted_always_and_named_when_asked_for(aws):
    assert aws.succeed(module, **ORDERS)["api_call_count"] == 2
    result = aws.succeed(module, **ORDERS, verbosity=2)
    assert result["api_calls"] == {"DescribeStateMachine": 1}


# What community.aws gets wrong


def test_one_among_more_than_a_page_of_others_is_found(aws):
    for number in range(130):
        aws.stepfunctions.create_state_machine(name=f"other-{number}", definition=TEXT, roleArn=ROLE)
    aws.succeed(module, **ORDERS)
    for check_mode in (True, False):
        assert not aws.succeed(module, **ORDERS, check_mode=check_mode)["changed"]


def test_tags_that_are_left_out_are_left_alone(aws):
    aws.succeed(module, **ORDERS, tags={"a": "b"})
    assert not aws.succeed(module, **ORDERS)["changed"]
    assert aws.succeed(module, **{**ORDERS, "definition": OTHER})["changed"]
    assert aws.stepfunctions.list_tags_for_resource(resourceArn=ARN)["tags"] == [{"key": "a", "value": "b"}]


def test_no_tags_are_taken_off_without_purge_and_all_with_none_named(aws):
    aws.succeed(module, **ORDERS, tags={"a": "b"})
    result = aws.succeed(module, **ORDERS, tags={"c": "d"}, purge_tags=False)
    assert result["state_machine"]["tags"] == {"a": "b", "c": "d"}
    result = aws.succeed(module, **ORDERS, tags={})
    assert result["state_machine"]["tags"] == {}
    assert aws.stepfunctions.list_tags_for_resource(resourceArn=ARN)["tags"] == []


@pytest.mark.parametrize(
    "definition",
    [
        json.dumps(TREE, indent=7),
        json.dumps({"States": TREE["States"], "StartAt": "Wait"}),
        TEXT.replace(" 5,", " 5.0,"),
        yaml.safe_dump(TREE),
        TREE,
    ],
    ids=["white space", "order of keys", "form of a number", "YAML", "dict"],
)
def test_the_same_definition_in_another_hand_changes_nothing(aws, definition):
    aws.succeed(module, **{**ORDERS, "definition": TEXT})
    result = aws.succeed(module, **{**ORDERS, "definition": definition})
    assert (result["changed"], result.calls) == (False, ["DescribeStateMachine"])


def test_one_that_is_being_deleted_is_waited_for_and_made_anew(script):
    describe(script, status="DELETING")
    describe(script, status="DELETING")
    missing(script)
    script.on("create_state_machine", {"stateMachineArn": ARN, "creationDate": NOW})
    result = script.run(module, **ORDERS)
    assert result["changed"]
    assert result["changes"][0]["why"] == "is being deleted; is made anew when it is gone"
    assert result.waited > 0


def test_a_name_that_is_free_only_to_describe_is_waited_for_too(script):
    missing(script)
    script.refuses("create_state_machine", "StateMachineDeleting")
    script.on("create_state_machine", {"stateMachineArn": ARN, "creationDate": NOW})
    assert script.run(module, **ORDERS).waited > 0


def test_one_that_is_never_gone_is_told_within_the_timeout(script):
    for _look in range(11):
        describe(script, status="DELETING")
    result = script.run(module, **ORDERS, wait_timeout=60)
    assert result.message.startswith("The state machine orders is still being deleted after 60 seconds")
    assert result.waited == 60


def test_in_check_mode_nobody_waits_for_it(script):
    describe(script, status="DELETING")
    result = script.run(module, **ORDERS, check_mode=True)
    assert (result["changed"], result.waited) == (True, 0)


def test_one_that_is_being_deleted_is_absent(script):
    describe(script, status="DELETING")
    assert not script.run(module, arn=ARN, state="absent", wait=False)["changed"]


ROLE_UNKNOWN = (
    "AccessDeniedException",
    "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.",
)
LOGS_UNKNOWN = ("AccessDeniedException", "The state machine IAM Role is not authorized to access the Log Destination")


@pytest.mark.parametrize("error", [ROLE_UNKNOWN, LOGS_UNKNOWN], ids=["trust", "logs"])
def test_a_role_that_aws_does_not_know_yet_is_tried_again(script, error):
    missing(script)
    script.refuses("create_state_machine", *error).refuses("create_state_machine", *error)
    script.on("create_state_machine", {"stateMachineArn": ARN, "creationDate": NOW})
    result = script.run(module, **ORDERS)
    assert (result["changed"], result.waited) == (True, 6)


def test_a_role_that_never_can_is_told_with_what_it_needs(script):
    missing(script)
    for _try in range(5):
        script.refuses("create_state_machine", *ROLE_UNKNOWN)
    result = script.run(module, **ORDERS, role_propagation_timeout=12)
    assert "can't use the role of orders, after 12 seconds of trying: Neither the global" in result.message
    assert "trust policy must allow sts:AssumeRole to states.amazonaws.com" in result.message
    assert result.waited == 12


def test_what_the_caller_may_not_do_is_not_tried_again(script):
    missing(script)
    said = "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: iam:PassRole on resource: x"
    script.refuses("create_state_machine", "AccessDeniedException", said)
    result = script.run(module, **ORDERS)
    assert "iam:PassRole" in result.message
    assert result.waited == 0


# All that there is to set


def test_every_member_of_create_is_sent(script):
    missing(script)
    script.on(
        "create_state_machine",
        {"stateMachineArn": ARN, "creationDate": NOW, "stateMachineVersionArn": f"{ARN}:1"},
        name="orders",
        definition=json.dumps(TREE, indent=2),
        roleArn=ROLE,
        type="EXPRESS",
        loggingConfiguration={
            "level": "ERROR",
            "includeExecutionData": False,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": f"{GROUP}:*"}}],
        },
        tracingConfiguration={"enabled": True},
        encryptionConfiguration={
            "type": "CUSTOMER_MANAGED_KMS_KEY",
            "kmsKeyId": KEY,
            "kmsDataKeyReusePeriodSeconds": 300,
        },
        publish=True,
        versionDescription="first",
        tags=[{"key": "Team", "value": "web"}],
    )
    result = script.run(
        module,
        **ORDERS,
        type="EXPRESS",
        logging_configuration=LOGGING,
        tracing_configuration={"enabled": "yes"},
        encryption_configuration={"type": "CUSTOMER_MANAGED_KMS_KEY", "kms_key_id": KEY},
        publish=True,
        version_description="first",
        tags={"Team": "web"},
    )
    assert result["state_machine_version_arn"] == f"{ARN}:1"
    sent = set(
        script.clients["stepfunctions"].meta.service_model.operation_model("CreateStateMachine").input_shape.members
    )
    named = {name.replace("_", "") for name in module.OPTIONS}
    assert {name.lower() for name in sent} <= named


@pytest.mark.parametrize(
    ("option", "live", "given", "sent"),
    [
        (
            "logging_configuration",
            {"loggingConfiguration": {"level": "ALL", "includeExecutionData": True, "destinations": []}},
            {**LOGGING},
            {
                "level": "ERROR",
                "includeExecutionData": True,
                "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": f"{GROUP}:*"}}],
            },
        ),
        ("tracing_configuration", {}, {"enabled": True}, {"enabled": True}),
        (
            "encryption_configuration",
            {},
            {"type": "CUSTOMER_MANAGED_KMS_KEY", "kms_key_id": KEY},
            {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": KEY, "kmsDataKeyReusePeriodSeconds": 300},
        ),
    ],
)
def test_one_configuration_is_changed_alone_with_the_role_that_aws_asks_for(script, option, live, given, sent):
    member = option.replace("_configuration", "Configuration")
    describe(script, **live)
    script.on("update_state_machine", {"updateDate": NOW}, stateMachineArn=ARN, roleArn=ROLE, **{member: sent})
    result = script.run(module, arn=ARN, wait=False, **{option: given})
    assert result["changes"][0]["why"] == f"differs in {option}"


def test_what_aws_describes_in_full_is_what_was_given_in_short(script):
    described = {
        "loggingConfiguration": {
            "level": "ERROR",
            "includeExecutionData": False,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": f"{GROUP}:*"}}],
        },
        "encryptionConfiguration": {
            "type": "CUSTOMER_MANAGED_KMS_KEY",
            "kmsKeyId": KEY,
            "kmsDataKeyReusePeriodSeconds": 300,
        },
    }
    describe(script, **described)
    encryption = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kms_key_id": KEY.rpartition("/")[2]}
    result = script.run(module, **ORDERS, logging_configuration=LOGGING, encryption_configuration=encryption)
    assert not result["changed"]


@pytest.mark.parametrize("same", [True, False])
def test_an_alias_of_a_key_is_told_from_the_key_that_is_in_use(script, same):
    used = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": KEY, "kmsDataKeyReusePeriodSeconds": 300}
    describe(script, encryptionConfiguration=used)
    found = {"KeyMetadata": {"KeyId": "x", "Arn": KEY if same else f"{KEY}-2"}}
    script.on("describe_key", found, "kms", KeyId="alias/orders")
    if not same:
        script.on("update_state_machine", {"updateDate": NOW})
    encryption = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kms_key_id": "alias/orders"}
    assert script.run(module, **ORDERS, encryption_configuration=encryption)["changed"] is not same


def test_what_is_left_out_is_left_as_it_is(script):
    described = {
        "loggingConfiguration": {"level": "FATAL"},
        "tracingConfiguration": {"enabled": True},
        "roleArn": f"{ROLE}-2",
    }
    describe(script, **described)
    result = script.run(module, arn=ARN, definition=TREE, wait=False)
    assert not result["changed"]


def test_a_run_ends_when_aws_describes_what_was_sent(script):
    describe(script)
    script.on("update_state_machine", {"updateDate": NOW, "revisionId": "r2"})
    describe(script)
    describe(script, definition=json.dumps(OTHER), revisionId="r2")
    result = script.run(module, **{**ORDERS, "definition": OTHER, "wait": True})
    assert result["state_machine"]["revision_id"] == "r2"
    assert result.waited > 0


def test_one_that_never_becomes_what_was_sent_is_told(script):
    describe(script)
    script.on("update_state_machine", {"updateDate": NOW})
    for _look in range(4):
        describe(script)
    result = script.run(module, **{**ORDERS, "definition": OTHER, "wait": True, "wait_timeout": 9})
    assert "still differs in definition after 9 seconds" in result.message
    assert "Done before: state machine updated." in result.message


# Versions


def test_a_version_rides_with_the_update(script):
    describe(script)
    script.on(
        "update_state_machine",
        {"updateDate": NOW, "revisionId": "r2", "stateMachineVersionArn": f"{ARN}:4"},
        stateMachineArn=ARN,
        definition=json.dumps(OTHER, indent=2),
        publish=True,
    )
    result = script.run(module, **{**ORDERS, "definition": OTHER}, publish=True)
    assert result["state_machine_version_arn"] == f"{ARN}:4"
    assert [each["action"] for each in result["changes"]] == ["change", "add"]


def test_a_revision_that_has_a_version_gets_no_other(script):
    describe(script)
    versions(script, *VERSIONS)
    script.on("describe_state_machine", DESCRIBED, stateMachineArn=VERSIONS[0])
    result = script.run(module, **ORDERS, publish=True)
    assert (result["changed"], result["state_machine_version_arn"]) == (False, VERSIONS[0])


@pytest.mark.parametrize("newest", [None, {**DESCRIBED, "revisionId": "r0"}], ids=["none yet", "an older revision"])
def test_a_revision_without_a_version_gets_one_and_no_other_revision_does(script, newest):
    describe(script)
    versions(script, *(VERSIONS if newest else ()))
    if newest:
        script.on("describe_state_machine", newest, stateMachineArn=VERSIONS[0])
    published = {"creationDate": NOW, "stateMachineVersionArn": f"{ARN}:4"}
    script.on("publish_state_machine_version", published, stateMachineArn=ARN, revisionId="r1", description="x")
    result = script.run(module, **ORDERS, publish=True, version_description="x")
    assert (result["changed"], result["state_machine_version_arn"]) == (True, f"{ARN}:4")


def test_old_versions_go_but_for_those_that_an_alias_leads_to(script):
    describe(script)
    versions(script, *VERSIONS)
    alias = f"{ARN}:live"
    script.on(
        "list_state_machine_aliases", {"stateMachineAliases": [{"stateMachineAliasArn": alias, "creationDate": NOW}]}
    )
    routed = [{"stateMachineVersionArn": VERSIONS[2], "weight": 100}]
    script.on("describe_state_machine_alias", {"routingConfiguration": routed}, stateMachineAliasArn=alias)
    script.on("delete_state_machine_version", stateMachineVersionArn=VERSIONS[1])
    result = script.run(module, **ORDERS, keep_versions=1)
    assert [each["name"] for each in result["changes"]] == ["orders", "orders:2"]


def test_versions_within_the_number_to_keep_cost_one_call(script):
    describe(script)
    versions(script, *VERSIONS)
    result = script.run(module, **ORDERS, keep_versions=3)
    assert (result["changed"], result.calls) == (False, ["DescribeStateMachine", "ListStateMachineVersions"])


def test_a_version_that_an_alias_leads_to_since_a_moment_ago_stays(script):
    describe(script)
    versions(script, *VERSIONS)
    script.on("list_state_machine_aliases", {"stateMachineAliases": []})
    script.refuses("delete_state_machine_version", "ConflictException")
    script.on("delete_state_machine_version", stateMachineVersionArn=VERSIONS[2])
    assert "orders:2 stays" in script.run(module, **ORDERS, keep_versions=1)["notes"][0]


def test_what_another_run_made_at_the_same_time_gets_its_version(script):
    missing(script).refuses("create_state_machine", "StateMachineAlreadyExists")
    describe(script)
    published = {"creationDate": NOW, "stateMachineVersionArn": f"{ARN}:1"}
    script.on("publish_state_machine_version", published, stateMachineArn=ARN, revisionId="r1")
    assert script.run(module, **ORDERS, publish=True)["state_machine_version_arn"] == f"{ARN}:1"


# What is somebody else's, or in the way


def test_one_without_the_owners_tags_is_not_touched(aws):
    aws.succeed(module, **ORDERS, tags={"Team": "other"})
    before = aws.stepfunctions.describe_state_machine(stateMachineArn=ARN)["definition"]
    for options in ({**ORDERS, "definition": OTHER}, {"arn": ARN, "state": "absent"}):
        for check_mode in (True, False):
            result = aws.fail(module, **options, owner_tags={"Team": "web"}, check_mode=check_mode)
            assert "The state machine orders exists and does not carry Team=web, so it is not yours" in result.message
    assert aws.stepfunctions.describe_state_machine(stateMachineArn=ARN)["definition"] == before


def test_one_with_the_owners_tags_is_changed_and_keeps_other_peoples(aws):
    aws.succeed(module, **ORDERS, owner_tags={"Team": "web"})
    aws.stepfunctions.tag_resource(resourceArn=ARN, tags=[{"key": "Cost", "value": "7"}])
    result = aws.succeed(module, **{**ORDERS, "definition": OTHER}, owner_tags={"Team": "web"})
    assert result["state_machine"]["tags"] == {"Team": "web", "Cost": "7"}
    assert aws.succeed(module, arn=ARN, state="absent", owner_tags={"Team": "web"})["changed"]


def test_another_type_is_refused_in_check_mode_too(aws):
    aws.succeed(module, **ORDERS)
    for check_mode in (True, False):
        result = aws.fail(module, **ORDERS, type="EXPRESS", check_mode=check_mode)
        assert "The state machine orders is STANDARD, and its type can't be changed to EXPRESS" in result.message


def test_another_type_is_made_anew_where_that_is_wanted_with_all_that_it_had(aws):
    aws.succeed(module, **ORDERS, tags={"a": "b"}, tracing_configuration={"enabled": True})
    foretold = aws.succeed(module, arn=ARN, type="EXPRESS", recreate=True, check_mode=True)
    assert foretold["changes"][0]["action"] == "replace"
    aws.succeed(module, arn=ARN, type="EXPRESS", recreate=True)
    made = aws.stepfunctions.describe_state_machine(stateMachineArn=ARN)
    assert (made["type"], made["tracingConfiguration"], json.loads(made["definition"])) == (
        "EXPRESS",
        {"enabled": True},
        TREE,
    )
    assert aws.stepfunctions.list_tags_for_resource(resourceArn=ARN)["tags"] == [{"key": "a", "value": "b"}]


def test_a_role_of_another_account_is_told(script):
    theirs = ROLE.replace(ACCOUNT, "999999999999")
    script.refuses("describe_state_machine", "AccessDeniedException", "no").identity()
    result = script.run(module, **{**ORDERS, "role_arn": theirs})
    assert "belongs to the account 999999999999, and you are signed in to 123456789012" in result.message


def test_who_may_not_look_is_told_what_aws_said(script):
    script.refuses(
        "describe_state_machine", "AccessDeniedException", "you may not states:DescribeStateMachine"
    ).identity()
    assert "you may not states:DescribeStateMachine" in script.run(module, **ORDERS).message


def test_an_arn_of_another_region_is_told(script):
    result = script.run(module, arn=ARN.replace(REGION, "us-east-1"), state="absent")
    assert f"is in us-east-1, and the region is {REGION}" in result.message


@pytest.mark.parametrize("change", ["create", "update"])
def test_two_runs_that_want_the_same_at_once_both_succeed(script, change):
    if change == "create":
        missing(script).refuses("create_state_machine", "StateMachineAlreadyExists")
    else:
        describe(script).refuses("update_state_machine", "ConflictException")
    describe(script, definition=json.dumps(OTHER))
    result = script.run(module, **{**ORDERS, "definition": OTHER})
    assert result["notes"] == ["Somebody else made orders what is wanted at the same time."]


@pytest.mark.parametrize("change", ["create", "update"])
def test_of_two_runs_that_want_something_else_at_once_one_is_told(script, change):
    if change == "create":
        missing(script).refuses("create_state_machine", "StateMachineAlreadyExists")
    else:
        describe(script).refuses("update_state_machine", "ConflictException")
    describe(script, definition=json.dumps({**TREE, "Comment": "theirs"}))
    result = script.run(module, **{**ORDERS, "definition": OTHER})
    assert (
        "Somebody else is changing the state machine orders right now, and it differs in definition" in result.message
    )


def test_a_definition_that_may_not_be_read_is_said_and_sent(script):
    encrypted = {
        **DESCRIBED,
        "definition": "{}",
        "encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": KEY},
    }
    for check_mode in (True, False):
        script.refuses("describe_state_machine", "KmsAccessDeniedException")
        script.on("describe_state_machine", encrypted, stateMachineArn=ARN, includedData="METADATA_ONLY")
        if not check_mode:
            script.on(
                "update_state_machine", {"updateDate": NOW}, stateMachineArn=ARN, definition=json.dumps(TREE, indent=2)
            )
        result = script.run(module, **ORDERS, check_mode=check_mode)
        assert result["changed"]
        assert "encrypted with a key that you may not use (kms:Decrypt), so it can't be compared" in result["notes"][0]


def test_all_but_the_definition_is_compared_without_the_key(script):
    encrypted = {**DESCRIBED, "definition": "{}"}
    script.refuses("describe_state_machine", "KmsAccessDeniedException")
    script.on("describe_state_machine", encrypted, stateMachineArn=ARN, includedData="METADATA_ONLY")
    result = script.run(module, arn=ARN, role_arn=ROLE, wait=False)
    assert (result["changed"], result["notes"]) == (False, [])


def test_what_was_done_before_something_failed_is_told(script):
    describe(script)
    script.on("list_tags_for_resource", {"tags": []})
    script.on("update_state_machine", {"updateDate": NOW})
    script.refuses("tag_resource", "TooManyTags", "50 are too many")
    result = script.run(module, **{**ORDERS, "definition": OTHER}, tags={"a": "b"})
    assert "50 are too many" in result.message
    assert "Done before: state machine updated." in result.message


# Mistakes


def test_every_mistake_is_told_before_any_call(script):
    result = script.run(
        module,
        name="my orders?",
        definition="A: 1\nA: 2\n",
        role_arn="orders",
        logging_configuration={"lvl": "ALL"},
        encryption_configuration={"type": "MINE"},
        version_description="x",
        keep_versions=0,
        wait_timeout=-1,
    )
    said = result.message
    assert result.calls == []
    assert "8 mistakes" in said
    for part in (
        "name: 'my orders?' contains ' ' '?'",
        "definition:2:1 [DUPLICATE_KEY]",
        "role_arn: 'orders' is not valid",
        'unknown field "lvl" in logging_configuration; did you mean "level"?',
        "encryption_configuration.type: 'MINE' is not one of AWS_OWNED_KEY, CUSTOMER_MANAGED_KMS_KEY",
        "version_description: given, and publish is not true",
        "keep_versions: 0 is not valid",
        "wait_timeout: -1 is not valid",
    ):
        assert part in said


@pytest.mark.parametrize("name", ["", "x" * 81, "a b", "a:b", "a/b", "a*", "é\x00", "a{b}"])
def test_names_that_aws_does_not_take(script, name):
    assert script.run(module, **{**ORDERS, "name": name}).failed


def test_a_new_one_needs_a_definition_and_a_role(script):
    script.identity()
    missing(script)
    said = script.run(module, name="orders").message
    assert "definition: must be given, because the state machine orders does not exist" in said
    assert "role_arn: must be given" in said


def test_a_level_without_a_destination_is_refused_in_check_mode_too(script):
    describe(script)
    result = script.run(module, arn=ARN, logging_configuration={"level": "ALL"}, check_mode=True)
    assert "level ALL needs a log group in destinations" in result.message


def test_aws_is_asked_for_mistakes_only_where_the_definition_changes(script):
    describe(script)
    script.run(module, **ORDERS, validate_server=True)
    describe(script)
    script.on(
        "validate_state_machine_definition",
        {
            "result": "FAIL",
            "diagnostics": [{"severity": "ERROR", "code": "X", "message": "no good", "location": "/States/Wait"}],
        },
        definition=json.dumps(OTHER, indent=2),
        type="STANDARD",
        severity="WARNING",
    )
    result = script.run(module, **{**ORDERS, "definition": OTHER}, validate_server=True, check_mode=True)
    assert "definition:/States/Wait [X] no good" in result.message


def test_what_aws_only_warns_of_is_a_note(script):
    missing(script)
    warning = {"severity": "WARNING", "code": "W", "message": "hm", "location": "/StartAt"}
    script.on("validate_state_machine_definition", {"result": "OK", "diagnostics": [warning]})
    script.on("create_state_machine", {"stateMachineArn": ARN, "creationDate": NOW})
    result = script.run(module, **ORDERS, validate_server=True)
    assert result["notes"] == ["definition:/StartAt [W] hm"]
    assert result["lint"][0]["code"] == "W"


def test_the_diff_shows_what_differs_line_by_line(aws):
    aws.succeed(module, **ORDERS)
    (shown,) = aws.succeed(module, **{**ORDERS, "definition": OTHER}, check_mode=True)["diff"]
    new = set(shown["after"].splitlines()) - set(shown["before"].splitlines())
    assert new == {'    "Comment": "another one",'}
