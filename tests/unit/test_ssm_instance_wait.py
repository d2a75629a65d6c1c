# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for Systems Manager to reach an instance: what it is asked, how long, and what is said when it does not."""

from __future__ import annotations

from datetime import datetime, timezone

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from ansible_collections.landfall.aws.plugins.module_utils.host import sessions
from ansible_collections.landfall.aws.plugins.modules import ssm_instance_wait

ID = "i-0123456789abcdef0"
ASKED = {"Filters": [{"Key": "InstanceIds", "Values": [ID]}]}
HEARD = datetime(2026, 11, 20, 8, 30, tzinfo=timezone.utc)
LOST = {"InstanceId": ID, "PingStatus": "ConnectionLost", "LastPingDateTime": HEARD}
ONLINE = {"InstanceId": ID, "PingStatus": "Online"}


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def ssm():
    client = boto3.client("ssm", region_name="eu-west-3", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


def answer(stubber, *agents):
    stubber.add_response("describe_instance_information", {"InstanceInformationList": list(agents)}, ASKED)


def unknown(stubber, code="InvalidInstanceId"):
    stubber.add_client_error("describe_instance_information", code, expected_params=ASKED)


def test_it_is_asked_until_the_agent_is_online(ssm):
    client, stubber = ssm
    clock = Clock()
    answer(stubber)
    unknown(stubber)
    answer(stubber, LOST)
    answer(stubber, ONLINE)
    assert sessions.wait_for_agent(client, ID, 60, clock, clock.sleep) == ONLINE
    assert clock.now == 3 * sessions.PAUSE


@pytest.mark.parametrize(("timeout", "questions"), [(0, 1), (sessions.PAUSE, 2), (2 * sessions.PAUSE + 1, 3)])
def test_the_wait_is_bounded(ssm, timeout, questions):
    client, stubber = ssm
    clock = Clock()
    for _question in range(questions):
        answer(stubber, LOST)
    assert sessions.wait_for_agent(client, ID, timeout, clock, clock.sleep) == LOST
    assert clock.now <= timeout


def test_what_may_not_be_asked_is_not_waited_for(ssm):
    client, stubber = ssm
    unknown(stubber, "AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        sessions.wait_for_agent(client, ID, 60, Clock(), None)


class Ended(Exception):
    pass


class Run:
    """A run of the module against a stubbed client, which is not waited for."""

    def __init__(self, monkeypatch, client, check_mode=False):
        self.params = {"instance_id": ID, "wait_timeout": 0 if not check_mode else 300}
        self.check_mode, self.result, self.refusal = check_mode, None, None
        self.client = lambda service: client
        monkeypatch.setattr(ssm_instance_wait, "LandfallModule", lambda **arguments: self)
        with pytest.raises(Ended):
            ssm_instance_wait.main()

    def finish(self, **result):
        self.result = result
        raise Ended

    def refuse(self, message, **result):
        self.refusal, self.result = message, result
        raise Ended


@pytest.mark.parametrize(
    ("agents", "said"),
    [([], "no agent on it has ever called"), ([LOST], "ConnectionLost, last heard of at 2026-11-20 08:30:00 UTC")],
)
def test_a_failure_says_what_is_known_of_the_agent(ssm, monkeypatch, agents, said):
    client, stubber = ssm
    answer(stubber, *agents)
    run = Run(monkeypatch, client)
    assert said in run.refusal
    assert ID in run.refusal


def test_check_mode_asks_once_and_goes_on(ssm, monkeypatch):
    client, stubber = ssm
    answer(stubber, LOST)
    assert Run(monkeypatch, client, check_mode=True).result == {"changed": False, "ping_status": "ConnectionLost"}


def test_an_agent_that_is_online_is_enough(ssm, monkeypatch):
    client, stubber = ssm
    answer(stubber, ONLINE)
    run = Run(monkeypatch, client)
    assert (run.refusal, run.result) == (None, {"changed": False, "ping_status": "Online"})
