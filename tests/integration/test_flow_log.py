# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module ec2_flow_log against the emulator, as a playbook calls it."""

from __future__ import annotations

import json
import os

import boto3
import pytest

TAGS = {"Name": "shop-dev", "Project": "shop", "Environment": "dev", "ManagedBy": "landfall.aws"}
GROUP, OTHER_GROUP = "/aws/vpc/flowlogs/shop-dev", "/aws/vpc/flowlogs/other"
ROLE = "arn:aws:iam::123456789012:role/shop-dev-flowlogs"


class Network:
    """A VPC with a log group, and its flow logs asked for without the collection's own code."""

    def __init__(self, account):
        self.ec2 = account.ec2
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "eu-west-3"}
        self.s3 = boto3.client("s3", endpoint_url=account.url, **keys)
        logs = boto3.client("logs", endpoint_url=account.url, **keys)
        for group in (GROUP, OTHER_GROUP):
            logs.create_log_group(logGroupName=group)
        self.vpc_id = self.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]

    @property
    def flow_logs(self):
        return self.ec2.describe_flow_logs()["FlowLogs"]

    def tags(self, flow_log):
        return {tag["Key"]: tag["Value"] for tag in flow_log["Tags"]}

    def create(self, group, tags):
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        made = self.ec2.create_flow_logs(
            ResourceIds=[self.vpc_id],
            ResourceType="VPC",
            TrafficType="ALL",
            LogGroupName=group,
            DeliverLogsPermissionArn=ROLE,
            TagSpecifications=[{"ResourceType": "vpc-flow-log", "Tags": listed}],
        )
        return made["FlowLogIds"][0]


@pytest.fixture
def aws(account):
    return Network(account)


@pytest.fixture
def playbook(playbook):
    """Runs the module with these options instead of roles, and says what it returned."""

    def command(roles, options, arguments):
        task = {"name": "Flow log", "landfall.aws.ec2_flow_log": options, "register": "result"}
        shown = {"name": "Result", "ansible.builtin.debug": {"msg": "calls={{ result.api_call_count }}"}}
        play = {"name": "Test", "hosts": "localhost", "gather_facts": False, "tasks": [task, shown]}
        path = playbook.directory / "playbook.json"
        path.write_text(json.dumps([play]))
        return ["ansible-playbook", "-i", os.devnull, str(path), *arguments]

    playbook.command = command
    return playbook


def options(aws, **more):
    return {
        "resource_id": aws.vpc_id,
        "log_group_name": GROUP,
        "deliver_logs_permission_arn": ROLE,
        "tags": TAGS,
        **more,
    }


def test_it_comes_changes_and_goes(playbook, aws):
    run = playbook.succeed(check=True, diff=True, **options(aws))
    assert run.changed == 1
    assert "+ flow_log shop-dev" in run.output
    assert aws.flow_logs == []

    run = playbook.succeed(**options(aws, max_aggregation_interval=60))
    assert "calls=2" in run.output
    (found,) = aws.flow_logs
    assert (found["ResourceId"], found["LogGroupName"], found["TrafficType"]) == (aws.vpc_id, GROUP, "ALL")
    assert (found["MaxAggregationInterval"], found["DeliverLogsPermissionArn"]) == (60, ROLE)
    assert aws.tags(found) == TAGS

    run = playbook.succeed(**options(aws))
    assert run.changed == 0
    assert "calls=1" in run.output

    # The emulator refuses a second one to the same log group.
    changed = options(aws, traffic_type="REJECT")
    run = playbook.succeed(check=True, diff=True, **changed)
    assert "traffic_type = ALL -> REJECT" in run.output
    assert aws.flow_logs == [found]
    run = playbook.succeed(**changed)
    assert "calls=4" in run.output
    (new,) = aws.flow_logs
    assert new["FlowLogId"] != found["FlowLogId"]
    assert (new["TrafficType"], new["MaxAggregationInterval"]) == ("REJECT", 60)
    assert playbook.succeed(**changed).changed == 0

    # To another one it takes a second one.
    changed = options(aws, log_group_name=OTHER_GROUP)
    assert "calls=3" in playbook.succeed(**changed).output
    (moved,) = aws.flow_logs
    assert (moved["LogGroupName"], moved["TrafficType"]) == (OTHER_GROUP, "REJECT")

    assert playbook.succeed(check=True, state="absent", **changed).changed == 1
    assert aws.flow_logs == [moved]
    assert playbook.succeed(state="absent", **changed).changed == 1
    assert aws.flow_logs == []
    assert playbook.succeed(state="absent", **changed).changed == 0


def test_tags_alone_change_in_place(playbook, aws):
    flow_log_id = aws.create(GROUP, {**TAGS, "Cost": "x"})
    run = playbook.succeed(**options(aws, tags={**TAGS, "Owner": "ops"}))
    assert "calls=3" in run.output
    (found,) = aws.flow_logs
    assert found["FlowLogId"] == flow_log_id
    assert aws.tags(found) == {**TAGS, "Owner": "ops"}
    assert playbook.succeed(**options(aws, purge_tags=False)).changed == 0


def test_two_that_a_killed_run_left_become_one(playbook, aws):
    old, new = aws.create(OTHER_GROUP, TAGS), aws.create(GROUP, TAGS)
    assert playbook.succeed(**options(aws)).changed == 1
    assert [each["FlowLogId"] for each in aws.flow_logs] == [new]
    assert old != new


def test_one_of_others_is_left_alone_in_every_state(playbook, aws):
    theirs = aws.create(GROUP, {"Name": "shop-dev"})
    run = playbook.fail(**options(aws))
    assert f"{theirs} of {aws.vpc_id} writes to the same place" in run.output.replace("\n", " ")
    assert playbook.succeed(state="absent", **options(aws)).changed == 0
    assert [each["FlowLogId"] for each in aws.flow_logs] == [theirs]


def test_what_aws_refuses_in_an_answer_that_is_no_error_is_said(playbook, aws):
    to = {"resource_id": aws.vpc_id, "log_destination": "arn:aws:s3:::landfall-no-such-bucket"}
    assert "landfall-no-such-bucket does not exist" in playbook.fail(**to).output
    assert aws.flow_logs == []
    aws.s3.create_bucket(
        Bucket="landfall-no-such-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"}
    )
    assert playbook.succeed(**to).changed == 1
    assert playbook.succeed(**to).changed == 0


def test_a_missing_log_group_is_warned_about(playbook, aws):
    playbook.succeed(**options(aws, log_group_name="/nowhere"))
    run = playbook.succeed(**options(aws, log_group_name="/nowhere"))
    assert run.changed == 0
    assert "delivers nothing to cloud-watch-logs /nowhere: Access error" in run.output.replace("\n", " ")


def test_mistakes_are_told_all_at_once(playbook, aws):
    wrong = {"resource_id": "vpc-1", "log_format": "srcaddr", "log_destination": "bucket", "flow_log_ids": ["x"]}
    run = playbook.fail(**wrong)
    assert "5 mistakes" in run.output
