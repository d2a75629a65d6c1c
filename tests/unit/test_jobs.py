# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that run side by side: their results, whenever they come, and what of their failures is worth another try."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from ansible_collections.landfall.aws.plugins.module_utils import jobs


@pytest.fixture
def clock(monkeypatch):
    """A clock that runs by pauses alone; what is due at a pause happens in it."""
    it = SimpleNamespace(now=0.0, due=[])

    def sleep(seconds):
        it.now += seconds
        while it.due and it.due[0][0] <= it.now:
            it.due.pop(0)[1]()

    monkeypatch.setattr(jobs.time, "sleep", sleep)
    monkeypatch.setattr(jobs.time, "monotonic", lambda: it.now)
    return it


def test_results_are_returned_in_their_order_and_taken_away(tmp_path, clock):
    files = [tmp_path / name for name in ("b", "a")]
    for file in files:
        file.write_text(json.dumps({"changed": True, "name": file.name}))
    assert [each["name"] for each in jobs.wait_for([str(file) for file in files], 5)] == ["b", "a"]
    assert not any(file.exists() for file in files)
    assert clock.now == 0


def test_nothing_to_wait_for(clock):
    assert jobs.wait_for([], 5) == []
    assert clock.now == 0


def test_a_result_that_comes_late_is_waited_for(tmp_path, clock):
    file = tmp_path / "job"
    # As Ansible writes it: that it has begun, a part of the result, and the result.
    clock.due = [
        (0.1, lambda: file.write_text('{"started": 1, "finished": 0, "ansible_job_id": "j1"}')),
        (0.5, lambda: file.write_text('{"changed": tr')),
        (0.9, lambda: file.write_text("")),
        (1.0, lambda: file.write_text('{"changed": true, "group_id": "sg-1"}')),
    ]
    assert jobs.wait_for([str(file)], 5) == [{"changed": True, "group_id": "sg-1"}]
    assert 1.0 <= clock.now < 1.3


def test_a_result_that_says_that_it_began_and_ended_is_one(tmp_path, clock):
    file = tmp_path / "job"
    file.write_text('{"started": 1, "finished": 1, "failed": true, "msg": "no"}')
    assert jobs.failures(jobs.wait_for([str(file)], 5), ["web"]) == ["web: no"]


def test_a_job_that_does_not_end_is_told_from_those_that_do(tmp_path, clock):
    done, hanging, missing = (tmp_path / name for name in ("done", "hanging", "missing"))
    done.write_text('{"changed": true}')
    hanging.write_text('{"started": 1, "finished": 0}')
    results = jobs.wait_for([str(hanging), str(done), str(missing)], 3)
    late = {"failed": True, "msg": "it was not through after 3 seconds, and may go on"}
    assert results == [late, {"changed": True}, late]
    assert 3 < clock.now < 3.3
    assert hanging.exists()  # whoever writes it still does
    assert not done.exists()


def chained(*messages):
    """An exception with its causes as ansible-core writes it."""
    event = {"msg": messages[-1]}
    for message in reversed(messages[:-1]):
        event = {"msg": message, "chain": {"event": event}}
    return {"event": event}


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ({"failed": True, "msg": "no"}, "no"),
        ({"failed": True, "msg": "in\n  two lines"}, "in two lines"),
        ({"failed": True, "msg": "no", "error": {"code": "DependencyViolation"}}, "no (DependencyViolation)"),
        ({"failed": True, "msg": "no (Conflict)", "error": {"code": "Conflict"}}, "no (Conflict)"),
        ({"failed": True, "msg": "no", "error": "text"}, "no"),
        ({"failed": True, "exception": "Traceback"}, "Traceback"),
        ({"failed": True, "exception": chained("outer", "inner")}, "outer: inner"),
        ({"failed": True, "exception": chained("a", "b", "c")}, "a: b: c"),
        ({"rc": 1, "module_stderr": "Killed"}, "Killed"),
        ({"rc": 137}, "{'rc': 137}"),
    ],
)
def test_why_a_job_failed_is_one_line(result, reason):
    assert jobs.failures([result], ["web"]) == [f"web: {reason}"]


def test_what_succeeded_did_not_fail():
    assert jobs.failures([{"changed": True}, {"rc": 0}, {"failed": False, "msg": "well"}], ["a", "b", "c"]) == []


@pytest.mark.parametrize(
    "reason",
    [
        "InvalidVpcID.NotFound: the vpc ID 'vpc-1' does not exist",
        "DependencyViolation: the subnet has dependencies",
        "NatGatewayNotFound",
        "Gateway.NotAttached is not yet attached",
        "RequestLimitExceeded",
        "ThrottlingException: Rate exceeded",
        "An internal error has occurred (InternalError)",
        "InternalFailure",
        "Internal Server Error",
        "Service Unavailable",
        "Read timed out",
        "Connection was closed before we received a valid response",
        "Could not connect to the endpoint URL",
        "ConcurrentModificationConflict",
    ],
)
def test_what_passes_is_worth_another_try(reason):
    assert jobs.tries(reason) == jobs.TRIES_LATER


def test_what_nothing_is_known_of_is_tried_once_more():
    assert jobs.tries("'NoneType' object is not subscriptable") == 2


@pytest.mark.parametrize(
    "reason",
    [
        "UnauthorizedOperation: You are not authorized to perform this operation",
        "VpcLimitExceeded: The maximum number of VPCs has been reached",
        "AddressLimitExceeded: Too many addresses allocated",
        "InvalidParameterValue: Value (x) for parameter y is invalid",
        "AccessDenied",
        "ExpiredToken: The security token included in the request is expired",
    ],
)
def test_what_does_not_pass_is_not(reason):
    assert jobs.tries(reason) == 1
