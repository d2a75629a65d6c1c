# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flow logs: which one is meant, what a replacement keeps, and in exactly which calls it comes about."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused
from ansible_collections.landfall.aws.plugins.module_utils.flow_logs import api, canonical
from ansible_collections.landfall.aws.plugins.modules import ec2_flow_log

VPC, OLD, NEW = "vpc-0123456789abcdef0", "fl-00000000000000001", "fl-00000000000000002"
GROUP = "/aws/vpc/flowlogs/shop-dev"
GROUP_ARN = f"arn:aws:logs:eu-west-3:123456789012:log-group:{GROUP}"
ROLE = "arn:aws:iam::123456789012:role/shop-dev-flowlogs"
BUCKET = "arn:aws:s3:::shop-flowlogs/vpc/"
FORMAT = "${srcaddr} ${dstaddr} ${action}"
OURS = {"Name": "shop-dev", "Project": "shop", "Environment": "dev", "ManagedBy": "landfall.aws"}
OPTIONS = {
    "state": "present",
    "resource_id": VPC,
    "resource_type": None,
    "traffic_type": None,
    "log_destination_type": None,
    "log_group_name": GROUP,
    "log_destination": None,
    "deliver_logs_permission_arn": ROLE,
    "log_format": None,
    "max_aggregation_interval": None,
    "tags": OURS,
    "purge_tags": True,
    "flow_log_ids": None,
}
BY_RESOURCE = {"Filter": [{"Name": "resource-id", "Values": [VPC]}]}
NOT_ASSUMED = f"Unable to assume given IAM role: '{ROLE}'"


def tag_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def flow_log(flow_log_id=OLD, tags=None, **more):
    return {
        "FlowLogId": flow_log_id,
        "FlowLogStatus": "ACTIVE",
        "ResourceId": VPC,
        "TrafficType": "ALL",
        "LogDestinationType": "cloud-watch-logs",
        "LogGroupName": GROUP,
        "DeliverLogsPermissionArn": ROLE,
        "DeliverLogsStatus": "SUCCESS",
        "LogFormat": FORMAT,
        "MaxAggregationInterval": 600,
        "Tags": tag_list(OURS if tags is None else tags),
        **more,
    }


def to_bucket(flow_log_id=OLD, **more):
    found = flow_log(flow_log_id, LogDestinationType="s3", LogDestination=BUCKET, **more)
    return {key: value for key, value in found.items() if key not in ("LogGroupName", "DeliverLogsPermissionArn")}


class Ended(Exception):
    pass


class Module:
    """A run of the module against a stubbed client."""

    def __init__(self, client, options, check_mode):
        self.params, self.check_mode = options, check_mode
        self.client = lambda service: client

    def finish(self, **result):
        self.result = result
        raise Ended

    def refuse(self, message, **result):
        self.message = message
        raise Ended


@pytest.fixture
def aws(monkeypatch):
    monkeypatch.setattr(api, "NEW_ROLE", {"seconds": 30, "delay": 0})
    client = boto3.client("ec2", region_name="eu-west-3", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def run(monkeypatch, aws):
    def run(check_mode=False, **options):
        module = Module(aws[0], {**OPTIONS, **options}, check_mode)
        monkeypatch.setattr(ec2_flow_log, "LandfallModule", lambda **arguments: module)
        with pytest.raises(Ended):
            ec2_flow_log.main()
        return module

    return run


@pytest.fixture
def stubber(aws):
    return aws[1]


def lists(stubber, *found, expected=None):
    stubber.add_response("describe_flow_logs", {"FlowLogs": list(found)}, expected or BY_RESOURCE)


def creates(stubber, **more):
    expected = {
        "ClientToken": ANY,
        "ResourceIds": [VPC],
        "ResourceType": "VPC",
        "TrafficType": "ALL",
        "LogDestinationType": "cloud-watch-logs",
        "LogGroupName": GROUP,
        "DeliverLogsPermissionArn": ROLE,
        "TagSpecifications": [{"ResourceType": "vpc-flow-log", "Tags": tag_list(OURS)}],
        **more,
    }
    expected = {key: value for key, value in expected.items() if value is not None}
    stubber.add_response("create_flow_logs", {"FlowLogIds": [NEW]}, expected)


def deletes(stubber, flow_log_id=OLD, unsuccessful=()):
    stubber.add_response("delete_flow_logs", {"Unsuccessful": list(unsuccessful)}, {"FlowLogIds": [flow_log_id]})


def unsuccessful(code, message):
    return {"Unsuccessful": [{"ResourceId": VPC, "Error": {"Code": code, "Message": message}}]}


def test_a_flow_log_is_made_with_its_tags_in_two_calls(run, stubber):
    lists(stubber)
    creates(stubber)
    result = run().result
    assert result["changed"]
    assert result["flow_log"]["flow_log_id"] == NEW
    assert result["flow_log"]["tags"] == OURS
    assert "+ flow_log shop-dev" in result["diff"]["prepared"]


def test_to_a_bucket_without_a_role_in_another_format(run, stubber):
    lists(stubber)
    creates(
        stubber,
        TrafficType="REJECT",
        LogDestinationType="s3",
        LogGroupName=None,
        LogDestination=BUCKET,
        DeliverLogsPermissionArn=None,
        LogFormat=FORMAT,
        MaxAggregationInterval=60,
        TagSpecifications=None,
    )
    to = {"log_group_name": None, "log_destination": BUCKET, "deliver_logs_permission_arn": None, "tags": None}
    fields = "${srcaddr}   ${dstaddr}\n${action}"
    result = run(**to, traffic_type="REJECT", log_format=fields, max_aggregation_interval=60).result
    assert result["flow_log"]["log_destination_type"] == "s3"


@pytest.mark.parametrize(
    ("found", "options"),
    [
        (flow_log(), {}),
        (flow_log(), {"traffic_type": "ALL", "log_format": FORMAT, "max_aggregation_interval": 600}),
        (flow_log(), {"tags": None}),
        (
            flow_log(),
            {"log_group_name": None, "log_destination": GROUP_ARN, "log_destination_type": "cloud-watch-logs"},
        ),
        (flow_log(LogGroupName=None, LogDestination=f"{GROUP_ARN}:*"), {}),
        (flow_log(tags={**OURS, "Owner": "x"}), {"purge_tags": False}),
        (flow_log(tags={**OURS, "aws:cloudformation:stack-name": "x"}), {}),
        (
            to_bucket(),
            {"log_group_name": None, "log_destination": BUCKET.rstrip("/"), "deliver_logs_permission_arn": None},
        ),
    ],
)
def test_no_change_costs_one_call(run, stubber, found, options):
    lists(stubber, {key: value for key, value in found.items() if value is not None})
    result = run(**options).result
    assert not result["changed"]
    assert result["flow_log"]["flow_log_id"] == OLD
    assert result["flow_log"]["log_format"] == FORMAT
    assert result["diff"] == {}


def test_the_new_one_is_there_before_the_old_one_goes_and_keeps_what_was_left_out(run, stubber):
    lists(stubber, flow_log(MaxAggregationInterval=60, tags={**OURS, "Owner": "x"}))
    tags = [{"ResourceType": "vpc-flow-log", "Tags": tag_list({**OURS, "Owner": "x"})}]
    creates(stubber, TrafficType="REJECT", LogFormat=FORMAT, MaxAggregationInterval=60, TagSpecifications=tags)
    deletes(stubber)
    result = run(traffic_type="REJECT", purge_tags=False).result
    assert result["flow_log"]["flow_log_id"] == NEW
    assert result["flow_log"]["tags"] == {**OURS, "Owner": "x"}
    assert "-/+ flow_log shop-dev" in result["diff"]["prepared"]
    assert "traffic_type = ALL -> REJECT" in result["diff"]["prepared"]
    assert "can't be changed in place" in result["changes"][0]["why"]


@pytest.mark.parametrize("as_error", [True, False])
def test_where_aws_wants_only_one_the_old_one_goes_first(run, stubber, as_error):
    lists(stubber, flow_log())
    if as_error:
        stubber.add_client_error("create_flow_logs", "FlowLogAlreadyExists", "There is an existing Flow Log.")
    else:
        stubber.add_response("create_flow_logs", unsuccessful("FlowLogAlreadyExists", "There is an existing Flow Log."))
    deletes(stubber)
    creates(stubber, TrafficType="ACCEPT", LogFormat=FORMAT, MaxAggregationInterval=600)
    assert run(traffic_type="ACCEPT").result["flow_log"]["flow_log_id"] == NEW


def test_another_destination_is_a_replacement_and_does_not_keep_the_role(run, stubber):
    lists(stubber, flow_log())
    creates(
        stubber,
        LogDestinationType="s3",
        LogGroupName=None,
        LogDestination=BUCKET,
        DeliverLogsPermissionArn=None,
        LogFormat=FORMAT,
        MaxAggregationInterval=600,
    )
    deletes(stubber)
    assert run(log_group_name=None, log_destination=BUCKET, deliver_logs_permission_arn=None).result["changed"]


def test_without_our_tags_another_destination_is_another_flow_log(run, stubber):
    lists(stubber, to_bucket())
    creates(stubber, TagSpecifications=None)
    assert run(tags=None).result["flow_log"]["flow_log_id"] == NEW


def test_what_a_killed_replacement_left_is_removed_and_what_is_wanted_stays(run, stubber):
    lists(stubber, flow_log(OLD), flow_log(NEW, TrafficType="REJECT"))
    deletes(stubber, OLD)
    result = run(traffic_type="REJECT").result
    assert result["flow_log"]["flow_log_id"] == NEW
    assert [change["action"] for change in result["changes"]] == ["unchanged", "remove"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_flow_log_of_others_is_never_touched(run, stubber, state):
    lists(stubber, flow_log(tags={"Name": "shop-dev"}))
    module = run(state=state)
    if state == "absent":
        assert not module.result["changed"]
    else:
        assert f"{OLD} of {VPC} writes to the same place without the tags" in module.message
        assert "ManagedBy=landfall.aws" in module.message


def test_tags_are_put_on_and_taken_off_in_place(run, stubber):
    lists(stubber, flow_log(tags={**OURS, "Owner": "old", "Cost": "x", "aws:a": "b"}))
    put = {"Resources": [OLD], "Tags": tag_list({"Owner": "new"})}
    stubber.add_response("create_tags", {}, put)
    stubber.add_response("delete_tags", {}, {"Resources": [OLD], "Tags": [{"Key": "Cost"}]})
    result = run(tags={**OURS, "Owner": "new"}).result
    assert result["flow_log"]["tags"] == {**OURS, "Owner": "new"}
    assert "tags.Owner = old -> new" in result["diff"]["prepared"]


def test_empty_tags_take_all_off(run, stubber):
    lists(stubber, flow_log(tags={"Owner": "x"}))
    stubber.add_response("delete_tags", {}, {"Resources": [OLD], "Tags": [{"Key": "Owner"}]})
    assert run(tags={}).result["flow_log"]["tags"] == {}


@pytest.mark.parametrize("options", [{}, {"log_group_name": None}, {"tags": None}], ids=["both", "tags", "place"])
def test_absent_removes_what_is_meant_and_nothing_else(run, stubber, options):
    others = to_bucket(NEW, tags={"Name": "theirs"})
    lists(stubber, flow_log(), others)
    deletes(stubber)
    result = run(state="absent", **options).result
    assert result["changed"]
    assert result["flow_log"] == {}


def test_absent_by_id_minds_our_tags_and_does_not_mind_what_is_gone(run, stubber):
    expected = {"Filter": [{"Name": "flow-log-id", "Values": [OLD, NEW]}]}
    lists(stubber, flow_log(), flow_log(NEW, tags={}), expected=expected)
    deletes(stubber, unsuccessful=[{"ResourceId": OLD, "Error": {"Code": "InvalidFlowLogId.NotFound", "Message": "x"}}])
    ids = {"resource_id": None, "log_group_name": None, "flow_log_ids": [OLD, NEW]}
    assert run(state="absent", **ids).result["changed"]
    lists(stubber, flow_log(), expected=expected)
    stubber.add_client_error("delete_flow_logs", "InvalidFlowLogId.NotFound")
    assert run(state="absent", **ids, tags=None).result["changed"]
    assert not run(state="absent", **{**ids, "flow_log_ids": []}).result["changed"]


def test_what_aws_does_not_delete_is_said(run, stubber):
    lists(stubber, flow_log())
    deletes(stubber, unsuccessful=[{"ResourceId": OLD, "Error": {"Code": "InternalError", "Message": "not today"}}])
    assert "not today (InternalError)" in run(state="absent").message


@pytest.mark.parametrize("state", ["present", "absent"])
def test_check_mode_only_reads(run, stubber, state):
    lists(stubber, flow_log())
    result = run(check_mode=True, state=state, traffic_type="REJECT").result
    assert result["changed"]
    if state == "present":
        assert result["flow_log"]["flow_log_id"] is None
        assert result["flow_log"]["traffic_type"] == "REJECT"


def test_a_role_that_was_just_made_is_waited_for(run, stubber):
    lists(stubber)
    stubber.add_client_error("create_flow_logs", "InvalidParameter", NOT_ASSUMED)
    stubber.add_response("create_flow_logs", unsuccessful("InvalidParameter", NOT_ASSUMED))
    creates(stubber)
    assert run().result["changed"]


def test_the_wait_for_a_role_ends_and_other_refusals_are_not_waited_for(aws, stubber, monkeypatch):
    arguments = {"ResourceIds": [VPC], "ResourceType": "VPC"}
    stubber.add_response("create_flow_logs", unsuccessful("400", "LogDestination: bucket does not exist"))
    with pytest.raises(Refused, match=r"bucket does not exist \(400\)"):
        api.create(aws[0], arguments)
    stubber.add_client_error("create_flow_logs", "UnauthorizedOperation", "may not assume that you may")
    with pytest.raises(ClientError):
        api.create(aws[0], arguments)
    monkeypatch.setattr(api, "NEW_ROLE", {"seconds": -1, "delay": 0})
    stubber.add_client_error("create_flow_logs", "InvalidParameter", NOT_ASSUMED)
    with pytest.raises(Refused, match="Unable to assume given IAM role"):
        api.create(aws[0], arguments)


def test_one_that_aws_has_but_does_not_list_yet_is_not_made_twice(run, stubber):
    lists(stubber)
    stubber.add_client_error("create_flow_logs", "FlowLogAlreadyExists", "There is an existing Flow Log.")
    assert "Run this again" in run().message


def test_deliveries_that_fail_are_said_also_when_nothing_changes(run, stubber):
    lists(stubber, flow_log(DeliverLogsStatus="FAILED", DeliverLogsErrorMessage="Access error"))
    assert run().result["notes"] == [f"{OLD} delivers nothing to cloud-watch-logs {GROUP}: Access error"]


def test_what_a_new_one_needs_is_said_before_it_is_made(run, stubber):
    lists(stubber)
    assert (
        "deliver_logs_permission_arn: must be given for a new flow log" in run(deliver_logs_permission_arn=None).message
    )
    lists(stubber, to_bucket())
    assert "deliver_logs_permission_arn: must be given" in run(deliver_logs_permission_arn=None).message


@pytest.mark.parametrize(
    ("options", "sentences"),
    [
        (
            {
                "resource_id": "vpc-1",
                "log_group_name": "a b",
                "log_format": "srcaddr",
                "deliver_logs_permission_arn": "me",
                "flow_log_ids": ["x"],
            },
            [
                "resource_id: 'vpc-1'",
                "log_group_name: 'a b'",
                "log_format: 'srcaddr'",
                "deliver_logs_permission_arn: 'me'",
                "flow_log_ids[0]: 'x'",
                "flow_log_ids: only with state absent",
            ],
        ),
        ({"resource_type": "Subnet"}, [f"resource_type: {VPC} is not a Subnet but a VPC"]),
        ({"log_destination_type": "s3"}, ["log_group_name: only for cloud-watch-logs"]),
        ({"log_destination": BUCKET}, ["log_group_name: only for cloud-watch-logs"]),
        (
            {"log_group_name": None, "log_destination": BUCKET, "log_destination_type": "kinesis-data-firehose"},
            ["is not of kinesis-data-firehose but of s3"],
        ),
        (
            {"log_group_name": None, "log_destination": "shop-flowlogs"},
            ["log_destination: 'shop-flowlogs' is not valid"],
        ),
        (
            {"resource_id": None, "log_group_name": None},
            ["resource_id: must be given", "log_group_name, log_destination: one of them must be given"],
        ),
        ({"state": "absent", "resource_id": None}, ["resource_id, flow_log_ids: one of them"]),
        (
            {"state": "absent", "log_group_name": None, "tags": {"Owner": "x"}},
            ["is found by where it writes to or by its tags Name, Project, Environment, ManagedBy"],
        ),
    ],
)
def test_mistakes_are_named_all_at_once_before_any_call(run, options, sentences):
    message = run(**options).message
    count = message.count("\n- ")
    assert count == len(sentences)
    for sentence in sentences:
        assert sentence in message


@pytest.mark.parametrize(
    "arn",
    [
        GROUP_ARN,
        f"{GROUP_ARN}:*",
        BUCKET,
        "arn:aws-cn:s3:::shop",
        "arn:aws:firehose:eu-west-3:123456789012:deliverystream/shop",
    ],
)
def test_destinations_that_aws_takes_are_no_mistake(arn):
    assert canonical.mistakes({**OPTIONS, "log_group_name": None, "log_destination": arn}) == []


KEYS = st.sampled_from(["Name", "Project", "Environment", "ManagedBy", "Owner", "Cost"])
TAGS = st.dictionaries(KEYS, st.sampled_from(["a", "b"]))


@given(st.none() | TAGS, st.lists(TAGS, max_size=3), st.booleans(), st.sampled_from(["present", "absent"]))
def test_nothing_without_the_tags_that_were_given_is_ever_in_a_plan(tags, live, purge, state):
    found = [flow_log(f"fl-{index:017x}", tags=each) for index, each in enumerate(live)]
    options = {**OPTIONS, "tags": tags, "purge_tags": purge, "state": state}
    try:
        changes = canonical.plan(options, found)
    except Refused:
        assert state == "present"
        return
    identity = canonical.own(options)
    by_id = {each["FlowLogId"]: each for each in found}
    for change in changes:
        if change.id:
            assert identity.items() <= {each["Key"]: each["Value"] for each in by_id[change.id]["Tags"]}.items()
    if state == "present":
        assert sum(change.action != "remove" for change in changes) == 1
