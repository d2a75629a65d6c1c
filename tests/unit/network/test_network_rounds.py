# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From one round to the next: what failed and how often, what can be seen, and what AWS has not finished."""

from __future__ import annotations

import json
from types import SimpleNamespace
from unittest import mock

import pytest

from ansible_collections.landfall.aws.plugins.module_utils import jobs
from ansible_collections.landfall.aws.plugins.module_utils.changes import Change, Refused, Resource
from ansible_collections.landfall.aws.plugins.module_utils.network import rounds
from ansible_collections.landfall.aws.plugins.module_utils.network.canonical import Network

BUSY = "DependencyViolation: it is in use, request 01234567-89ab-cdef-0123-456789abcdef"
KEY = "shop-0: DependencyViolation: it is in use, request ..."
NAT = {"subnet": "10.0.0.0/24", "elastic_ip": "10.0.0.0/24", "public_ip": None, "state": "pending", "tags": {}}


@pytest.fixture
def written(tmp_path):
    """Results of jobs, as files."""

    def write(*results):
        files = [tmp_path / str(number) for number, _result in enumerate(results)]
        for file, result in zip(files, results, strict=True):
            file.write_text(json.dumps(result))
        return {str(file): f"shop-{number}" for number, file in enumerate(files)}

    return write


def test_what_was_made_is_known_by_its_id(written):
    results = (
        {"vpc": {"id": "vpc-1"}},
        {"gateway_id": "igw-1"},
        {"egress_only_internet_gateway_id": "eigw-1"},
        {"subnet": {"id": "subnet-1"}},
        {"allocation_id": "eipalloc-1"},
        {"nat_gateway_id": "nat-1"},
        {"group_id": "sg-1"},
        {"nacl_id": "acl-1"},
        {"route_table": {"id": "rtb-1"}},
        {"result": {"vpc_endpoint_id": "vpce-1"}},
        {"vpc_peering_connection": {"vpc_peering_connection_id": "pcx-1"}},
        {"flow_log": {"flow_log_id": "fl-1"}},
        {"changed": False, "vpc": "another form", "result": []},
    )
    made, failures = rounds.results_of(written(*results), {}, {}, 0)
    kinds = ("vpc", "igw", "eigw", "subnet", "eipalloc", "nat", "sg", "acl", "rtb", "vpce", "pcx", "fl")
    assert made == {f"{kind}-1" for kind in kinds}
    assert failures == {}


def test_what_was_removed_is_not_waited_for(written):
    assert rounds.results_of({}, written({"gateway_id": "igw-1"}), {}, 0) == (set(), {})


def test_what_may_pass_is_tried_again_and_counted(written):
    failures = {}
    for times in range(1, jobs.TRIES_LATER):
        made, failures = rounds.results_of({}, written({"failed": True, "msg": BUSY}), failures, 0)
        assert (made, failures) == (set(), {KEY: times})
    with pytest.raises(Refused, match="AWS did not do everything that the plan names") as caught:
        rounds.results_of({}, written({"failed": True, "msg": BUSY}), failures, 0)
    assert str(caught.value).endswith(f"\n- {KEY}")


def test_what_succeeded_in_between_is_counted_anew(written):
    assert rounds.results_of(written({"group_id": "sg-1"}), {}, {KEY: 3}, 0) == ({"sg-1"}, {})


def test_what_will_not_pass_is_said_at_once_and_of_what(written):
    denied = {"failed": True, "msg": "UnauthorizedOperation: you may not"}
    with pytest.raises(Refused) as caught:
        rounds.results_of(written(denied, denied, {"failed": True, "msg": BUSY}), {}, {}, 0)
    assert str(caught.value).count("you may not") == 2
    assert "- shop-0: UnauthorizedOperation: you may not" in str(caught.value)
    assert "in use" not in str(caught.value)


def change(action="add", type_="vpc", **more):
    values = {"id": None, "before": None, "after": {"cidr_block": "10.0.0.0/16"}, "why": "does not exist", "key": "vpc"}
    return Change(action, type_, "shop-dev", **{**values, **more})


def settled(looks, made=(), timeout=600):
    """What ``rounds.settled`` returns of these looks, and how often it paused; its clock runs by its pauses alone."""
    clock = SimpleNamespace(now=0.0, pauses=0)

    def sleep(seconds):
        clock.now += seconds
        clock.pauses += 1

    answers = iter(looks)
    last = []

    def look():
        last[:] = [next(answers, *last)]
        return last[0]

    with (
        mock.patch.object(rounds.time, "sleep", sleep),
        mock.patch.object(rounds.time, "monotonic", side_effect=lambda: clock.now),
    ):
        return rounds.settled(look, set(made), timeout), clock.pauses


def network(*ids, **more):
    return Network(resources=[Resource("subnet", each, {}, id=each) for each in ids], **more)


def test_what_there_is_to_do_is_not_waited_for():
    look = (network(), [change()])
    assert settled([look]) == (look, 0)


def test_what_is_done_is_not_waited_for():
    look = (network("subnet-1", settling=["endpoint vpce-1 is being removed"]), [change("unchanged")])
    assert settled([look], ["subnet-1"]) == (look, 0)


def test_what_was_made_is_waited_for_until_it_can_be_seen():
    late, seen = (network("subnet-1"), []), (network("subnet-1", "subnet-2"), [])
    assert settled([late, late, seen], ["subnet-1", "subnet-2"]) == (seen, 2)


def test_what_was_made_and_failed_is_seen():
    look = (network(seen={"nat-1"}), [change()])
    assert settled([look], ["nat-1"]) == (look, 0)


def test_a_nat_gateway_that_is_being_made_is_waited_for():
    gateway = Resource("nat_gateway", "n", NAT, id="nat-1", key="10.0.0.0/24")
    pending = change("change", "nat_gateway", id="nat-1", before=NAT, after={**NAT, "state": "available"})
    making = (Network(resources=[gateway], settling=["NAT gateway nat-1 is being made"]), [pending])
    made = (Network(resources=[gateway]), [change("unchanged")])
    assert settled([making, making, making, made], ["nat-1"]) == (made, 3)


def test_what_never_comes_ends_with_what_it_is():
    late = (network(settling=["NAT gateway nat-1 is being made"]), [change()])
    with pytest.raises(Refused) as caught:
        settled([late], ["subnet-2", "subnet-1"], timeout=10)
    assert str(caught.value) == (
        "AWS was not through after 10 seconds: NAT gateway nat-1 is being made; subnet-1 can't be seen yet; subnet-2 can't be "
        "seen yet. The next run goes on from there."
    )


def test_changes_that_wait_for_each_other_are_named():
    waiting = change("add", "subnet", key="10.0.0.0/24")
    with pytest.raises(Refused, match=r"(?s)Each change of the plan waits for another one:\n\+ subnet shop-dev"):
        settled([(network(), [waiting])])


def test_rounds_are_counted_and_end():
    assert jobs.next_round(None, [change()]) == 0
    assert jobs.next_round(0, [change()]) == 1
    assert jobs.next_round(jobs.MOST_ROUNDS, [change("unchanged")]) == jobs.MOST_ROUNDS + 1
    with pytest.raises(Refused, match=r"(?s)after 15 rounds\. What is left to do:\n\+ vpc shop-dev"):
        jobs.next_round(jobs.MOST_ROUNDS - 1, [change()])
