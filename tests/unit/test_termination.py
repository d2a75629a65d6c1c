# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A removal that was killed goes on once our instances are gone."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import WaiterError
from botocore.stub import Stubber

from ansible_collections.landfall.aws.plugins.module_utils import termination

DYING = {"Name": "instance-state-name", "Values": ["shutting-down"]}
NAMED = {"Name": "tag:Name", "Values": ["app"]}


@pytest.fixture
def ec2(monkeypatch):
    monkeypatch.setattr(termination, "PATIENCE", {"Delay": 0, "MaxAttempts": 2})
    client = boto3.client("ec2", region_name="eu-west-3", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


def answer(stubber, *states, **expected):
    instances = [{"InstanceId": f"i-{index}", "State": {"Name": state}} for index, state in enumerate(states)]
    stubber.add_response("describe_instances", {"Reservations": [{"Instances": instances}]}, expected)


def test_instances_that_are_shutting_down_are_waited_for(ec2):
    client, stubber = ec2
    answer(stubber, "shutting-down", "shutting-down", Filters=[NAMED, DYING])
    answer(stubber, "shutting-down", "terminated", InstanceIds=["i-0", "i-1"])
    answer(stubber, "terminated", "terminated", InstanceIds=["i-0", "i-1"])
    termination.wait_for_termination(client, {"Name": "app"})


def test_the_wait_is_bounded(ec2):
    client, stubber = ec2
    answer(stubber, "shutting-down", Filters=[NAMED, DYING])
    answer(stubber, "shutting-down", InstanceIds=["i-0"])
    answer(stubber, "shutting-down", InstanceIds=["i-0"])
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        termination.wait_for_termination(client, {"Name": "app"})


def test_where_none_is_there_is_nothing_to_wait_for(ec2):
    client, stubber = ec2
    answer(stubber, Filters=[NAMED, DYING])
    termination.wait_for_termination(client, {"Name": "app"})
