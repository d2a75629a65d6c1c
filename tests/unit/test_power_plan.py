# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of the power: what it names and refuses, what it says things cost, and which calls it makes."""

from __future__ import annotations

import copy
import json
import threading
from types import SimpleNamespace

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, pending
from ansible_collections.landfall.aws.plugins.module_utils.client import CallCounter
from ansible_collections.landfall.aws.plugins.module_utils.power import api, canonical, costs, plan, prices
from ansible_collections.landfall.aws.plugins.modules import power_plan

ACCOUNT, REGION = "123456789012", "ap-south-1"
PLACE = plan.Place("aws", REGION, ACCOUNT)
TIMES = {"stop": "cron(0 20 ? * MON-FRI *)", "start": "cron(0 7 ? * MON-FRI *)", "timezone": "Asia/Kolkata"}
OURS = {"Project": "shop", "Environment": "dev", "ManagedBy": "landfall.aws"}


def spec_of(state="unchanged", **options):
    return plan.Spec(**{"state": state, "name": "power", "project": "shop", "environment": "dev", **options})


def tag_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def instance(number=1, state="running", tags=(), **more):
    return {
        "InstanceId": f"i-{number}",
        "InstanceType": "t3.micro",
        "State": {"Name": state},
        "RootDeviceType": "ebs",
        "Tags": tag_list({"Name": f"app-{number}", **OURS, **dict(tags)}),
        **more,
    }


def volume(number=1, size=20, kind="gp3", **more):
    attached = [{"InstanceId": f"i-{number}"}]
    return {"VolumeId": f"vol-{number}", "Size": size, "VolumeType": kind, "Attachments": attached, **more}


def address(number=1, ip="198.51.100.7", **more):
    return {"PublicIp": ip, "InstanceId": f"i-{number}", "AssociationId": "eipassoc-1", **more}


def live_of(*instances, **more):
    return canonical.Power(instances=list(instances), account=ACCOUNT, **more)


def scheduled(spec, ids=("i-1",)):
    """The schedule of a spec as AWS would describe it: what api.read and api.read_details return of it."""
    described = {}
    for action, time in spec.times.items():
        described[action] = {
            "Arn": f"arn:{action}",
            "Name": action,
            "Description": f"{action.capitalize()}s the instances of shop dev",
            "ScheduleExpression": time,
            "ScheduleExpressionTimezone": spec.schedule["timezone"],
            "State": "ENABLED",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "NONE",
            "Target": {
                "Arn": PLACE.call(action),
                "RoleArn": PLACE.role("power"),
                "Input": json.dumps({"InstanceIds": list(ids)}, indent=1),
                "RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10},
            },
        }
    return {
        "role": {
            "Arn": PLACE.role("power"),
            "AssumeRolePolicyDocument": plan.trust(spec, PLACE),
            "Tags": tag_list(spec.all_tags),
        },
        "managed_policies": [],
        "policy": plan.policy(spec, ids, PLACE),
        "group": {"Arn": PLACE.group("power"), "State": "ACTIVE"},
        "group_tags": dict(spec.all_tags),
        "schedules": list(described),
        "described": described,
    }


def with_schedule(spec, found, *instances):
    live = live_of(*instances)
    canonical.read_schedule(live, copy.deepcopy(found), spec)
    return live


def changes(spec, live):
    return [(each.action, each.type, each.name) for each in pending(plan.plan(spec, live, PLACE))]


@pytest.mark.parametrize(
    ("state", "live", "changed"),
    [
        ("stopped", "running", True),
        ("stopped", "pending", True),
        ("stopped", "stopping", True),  # not there yet, so a killed run is waited for
        ("stopped", "stopped", False),
        ("started", "stopped", True),
        ("started", "stopping", True),
        ("started", "running", False),
        ("unchanged", "running", False),
        ("unchanged", "stopped", False),
    ],
)
def test_only_what_is_otherwise_is_changed(state, live, changed):
    found = changes(spec_of(state), live_of(instance(state=live)))
    assert found == ([("change", "instance", "app-1")] if changed else [])


def test_instances_of_one_name_are_told_apart():
    live = live_of(instance(1, "running"), instance(2, "stopped", tags={"Name": "app-1"}))
    (change,) = pending(plan.plan(spec_of("started"), live, PLACE))
    assert change.id == "i-2"


def test_every_obstacle_is_named_before_anything_is_stopped():
    live = live_of(
        instance(1),
        instance(2, tags={"aws:autoscaling:groupName": "web"}),
        instance(3, InstanceLifecycle="spot"),
        instance(4, RootDeviceType="instance-store"),
        instance(5),
        protected={"i-5"},
    )
    with pytest.raises(Refused) as refused:
        plan.plan(spec_of("stopped"), live, PLACE)
    said = str(refused.value).splitlines()
    assert said[0].startswith("Nothing has been changed")
    assert len(said) == 5
    for line, words in zip(said[1:], ("Auto Scaling group web", "Spot", "instance store", "--no-disable-api-stop")):
        assert words in line
    for state in ("started", "unchanged"):
        assert changes(spec_of(state), live) == []


def test_what_is_stopped_already_is_no_obstacle_unless_it_is_to_be_stopped_again():
    live = live_of(instance(1, "stopped"), protected={"i-1"})
    assert changes(spec_of("stopped"), live) == []
    with pytest.raises(Refused, match="protected from being stopped"):
        plan.plan(spec_of(schedule=TIMES), live, PLACE)
    assert ("add", "schedule", "start") in changes(spec_of(schedule={**TIMES, "stop": None}), live)


def test_a_schedule_is_made_for_these_instances_and_for_nothing_else():
    spec = spec_of(schedule=TIMES)
    live = with_schedule(spec, {"role": None, "group": None}, instance(1), instance(2, "stopped"))
    assert changes(spec, live) == [
        ("add", "iam_role", "power"),
        ("add", "schedule_group", "power"),
        ("add", "schedule", "stop"),
        ("add", "schedule", "start"),
    ]
    (statement,) = plan.policy(spec, ["i-1", "i-2"], PLACE)["Statement"]
    assert statement["Action"] == ["ec2:StopInstances", "ec2:StartInstances"]
    assert statement["Resource"] == [f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-{number}" for number in (1, 2)]
    (statement,) = plan.trust(spec, PLACE)["Statement"]
    assert statement["Condition"]["StringEquals"] == {
        "aws:SourceAccount": ACCOUNT,
        "aws:SourceArn": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/power",
    }
    assert plan.policy(spec_of(schedule={**TIMES, "start": None}), ["i-1"], PLACE)["Statement"][0]["Action"] == [
        "ec2:StopInstances"
    ]


def test_in_another_partition_everything_is_named_as_there():
    china = plan.Place("aws-cn", "cn-north-1", ACCOUNT)
    spec = spec_of(schedule=TIMES)
    for text in (china.call("stop"), china.role("power"), json.dumps(plan.trust(spec, china))):
        assert "arn:aws-cn:" in text


def test_an_unchanged_schedule_is_left_alone():
    spec = spec_of(schedule=TIMES)
    assert changes(spec, with_schedule(spec, scheduled(spec), instance())) == []


def drift(path, value):
    def change(found):
        *way, last = path
        place = found
        for step in way:
            place = place[step]
        place[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (drift(("described", "stop", "State"), "DISABLED"), ("change", "schedule", "stop")),
        (drift(("described", "stop", "ScheduleExpression"), "rate(1 day)"), ("change", "schedule", "stop")),
        (drift(("described", "start", "ScheduleExpressionTimezone"), "UTC"), ("change", "schedule", "start")),
        (drift(("described", "start", "Target", "Input"), '{"InstanceIds":["i-9"]}'), ("change", "schedule", "start")),
        (drift(("described", "start", "Target", "RetryPolicy"), {}), ("change", "schedule", "start")),
        (drift(("policy", "Statement", 0, "Resource"), ["*"]), ("change", "iam_role", "power")),
        (drift(("policy",), None), ("change", "iam_role", "power")),  # killed between role and policy
        (
            drift(("managed_policies",), ["arn:aws:iam::aws:policy/AdministratorAccess"]),
            ("change", "iam_role", "power"),
        ),
        (drift(("role", "AssumeRolePolicyDocument", "Statement", 0, "Condition"), {}), ("change", "iam_role", "power")),
        (drift(("described",), {}), ("add", "schedule", "stop")),
        (drift(("group", "State"), "DELETING"), ("add", "schedule_group", "power")),
    ],
)
def test_drift_of_a_schedule_is_found(change, expected):
    spec = spec_of(schedule=TIMES)
    found = scheduled(spec)
    change(found)
    assert expected in changes(spec, with_schedule(spec, found, instance()))


def test_what_a_schedule_no_longer_names_is_removed():
    both, one = spec_of(schedule=TIMES), spec_of(schedule={**TIMES, "start": None})
    found = changes(one, with_schedule(one, scheduled(both), instance()))
    assert ("remove", "schedule", "start") in found
    assert ("change", "iam_role", "power") in found  # it may not start any more


def test_a_new_instance_comes_into_the_schedule():
    spec = spec_of(schedule=TIMES)
    found = changes(spec, with_schedule(spec, scheduled(spec), instance(1), instance(2)))
    assert found == [("change", "iam_role", "power"), ("change", "schedule", "stop"), ("change", "schedule", "start")]


def test_absent_removes_the_schedule_first_and_the_role_last_and_no_instance():
    spec = spec_of("absent")
    live = with_schedule(spec, scheduled(spec_of(schedule=TIMES)))
    assert changes(spec, live) == [
        ("remove", "schedule", "start"),
        ("remove", "schedule", "stop"),
        ("remove", "schedule_group", "power"),
        ("remove", "iam_role", "power"),
    ]


def test_a_group_that_is_being_deleted_is_waited_for_without_its_schedules():
    spec = spec_of("absent")
    found = scheduled(spec_of(schedule=TIMES))
    found["group"]["State"] = "DELETING"
    live = with_schedule(spec, found)
    assert changes(spec, live) == [("remove", "schedule_group", "power"), ("remove", "iam_role", "power")]


def test_what_others_made_under_the_same_name_is_refused_or_left_alone():
    spec, gone = spec_of(schedule=TIMES), spec_of("absent")
    found = scheduled(spec)
    found["role"]["Tags"], found["group_tags"] = [], {"Project": "shop"}
    with pytest.raises(Refused, match="IAM role power and the schedule group power without our tags"):
        plan.plan(spec, with_schedule(spec, found, instance()), PLACE)
    live = with_schedule(gone, found)
    assert changes(gone, live) == []
    assert len(plan.notes(gone, live)) == 2


def test_a_group_that_holds_more_than_ours_is_not_removed():
    spec, gone = spec_of(schedule=TIMES), spec_of("absent")
    found = scheduled(spec)
    found["schedules"].append("backup")
    with pytest.raises(Refused, match="also holds backup"):
        plan.plan(gone, with_schedule(gone, found), PLACE)
    live = with_schedule(spec, found, instance())
    assert changes(spec, live) == []
    assert "backup: left alone" in plan.notes(spec, live)[0]


def test_without_an_instance_nothing_is_scheduled_and_it_is_said():
    spec = spec_of("stopped", schedule=TIMES)
    live = with_schedule(spec, {"role": None, "group": None})
    assert changes(spec, live) == []
    assert "there is no instance of shop dev" in plan.notes(spec, live)[0]
    assert plan.notes(spec_of(), live_of()) == []


def test_names_that_nobody_has_are_refused():
    spec = spec_of("stopped", names=["app-1", "ap"])
    with pytest.raises(Refused, match=r"no instance of ours named ap\. Ours are: app-1, app-2"):
        plan.refuse_unknown_names(spec, live_of(instance(1)), [{"Instances": [instance(1), instance(2)]}])


def test_what_stopping_takes_away_is_said():
    passing = instance(1, PublicIpAddress="203.0.113.5", InstanceType="m5d.large")
    live = live_of(passing, instance_store={"m5d.large"})
    store, lost = plan.notes(spec_of("stopped"), live)
    assert "instance store" in store
    assert "gives 203.0.113.5 back" in lost
    live = live_of(instance(1, PublicIpAddress="198.51.100.7"), addresses=[address()])
    assert plan.notes(spec_of("stopped"), live) == []
    assert plan.notes(spec_of("started"), live_of(passing)) == []


def test_the_document_s_host_costs_what_the_document_says():
    """A t3.micro in India with 20 GiB: 13 USD a month, compute 8, disk 1.80, address 3.60; about 5 while stopped."""
    running = instance(PublicIpAddress="198.51.100.7")
    live = live_of(running, volumes=[volume()], addresses=[address()])
    found = costs.costs(live, REGION)
    assert [(item.what, round(item.price, 2)) for item in found["instances"][0]["items"]] == [
        ("t3.micro", 8.18),
        ("20 GiB gp3", 1.82),
        ("Elastic IP 198.51.100.7", 3.65),
    ]
    numbers = costs.numbers(found)
    assert (numbers["usd_running"], numbers["usd_stopped"], numbers["usd_now"]) == (13.65, 5.47, 13.65)
    running["State"]["Name"] = "stopped"
    assert costs.numbers(costs.costs(live, REGION))["usd_now"] == 5.47


def test_what_has_no_known_price_is_counted_and_not_made_up():
    live = live_of(
        instance(1, InstanceType="m7g.large"),
        volumes=[volume(1, kind="io2", Iops=5000), volume(1, size=10, Iops=6000), volume(1, size=5, kind="st1")],
    )
    found = costs.costs(live, REGION, {"io2": 1})
    assert found["unknown"] == ["gp3 with 6000 IOPS", "io2 with 5000 IOPS", "m7g.large", "st1"]
    assert found["usd_running"] == 0
    said = "\n".join(costs.report(found, spec_of(), REGION))
    assert "10 GiB gp3, 6000 IOPS" in said
    assert "at least 0.00 USD" in said
    assert "power_prices takes it" in said
    known = costs.costs(live_of(instance(1, InstanceType="m7g.large")), REGION, {"m7g.large": 0.1})
    assert known["unknown"] == []
    assert known["usd_running"] == pytest.approx(73)


def test_an_address_that_goes_with_the_stop_costs_nothing_then_and_a_loose_one_always():
    live = live_of(instance(1, PublicIpAddress="203.0.113.5"), addresses=[{"PublicIp": "198.51.100.9"}])
    found = costs.costs(live, "mars-1")
    assert found["usd_running"] == pytest.approx(2 * 3.65)
    assert found["usd_stopped"] == pytest.approx(3.65)
    said = "\n".join(costs.report(found, spec_of(), "mars-1"))
    assert "app-1 has the address 203.0.113.5 until it stops" in said
    assert "not attached" in said


def test_the_table_is_one():
    live = live_of(
        instance(1, "stopped", tags={"Name": "a-very-long-name-of-an-instance"}), instance(2), volumes=[volume(2, 100)]
    )
    lines = costs.report(costs.costs(live, REGION), spec_of(), REGION)
    assert lines[0] == "shop dev in ap-south-1: 1 running, 1 stopped"
    head, *rows = lines[1:6]
    assert head.split() == ["NAME", "INSTANCE", "STATE", "WHAT", "RUNNING", "STOPPED"]
    assert {len(row) for row in rows} == {len(head)}
    assert rows[-1].split() == ["USD", "a", "month", "25.47", "9.12"]


@given(
    st.sampled_from([*prices.REGIONS, "mars-1"]),
    st.lists(st.tuples(st.sampled_from(["running", "stopped"]), st.integers(1, 500), st.booleans()), max_size=5),
)
def test_stopped_never_costs_more_than_running(region, hosts):
    instances = [instance(number, state) for number, (state, _size, _elastic) in enumerate(hosts)]
    volumes = [volume(number, size) for number, (_state, size, _elastic) in enumerate(hosts)]
    addresses = [address(number) for number, (_state, _size, elastic) in enumerate(hosts) if elastic]
    found = costs.costs(live_of(*instances, volumes=volumes, addresses=addresses), region)
    assert 0 <= found["usd_stopped"] <= found["usd_now"] + 1e-9 <= found["usd_running"] + 2e-9


def test_every_mistake_is_named_at_once():
    wrong = {"stop": "at night", "start": "cron(0 7 * * *)", "timezone": "Kolkata"}
    found = plan.mistakes(spec_of(name="a b", schedule=wrong, prices={"compute": "much"}))
    assert [each.partition(":")[0] for each in found] == [
        "name",
        "prices",
        "prices",
        "schedule.stop",
        "schedule.start",
        "schedule.timezone",
    ]
    assert "neither when to stop" in plan.mistakes(spec_of(schedule={"timezone": "UTC"}))[0]
    assert plan.mistakes(spec_of("absent", schedule={})) == []


class Ended(Exception):
    pass


class Module:
    """A run of the module against stubbed clients."""

    check_mode = False

    def __init__(self, clients, **options):
        self.params = {"wait_for": [], "wait_timeout": 600, "prove": False, **spec_of().__dict__, **options}
        self.client = lambda service: clients[service]

    def finish(self, **result):
        self.result = result
        raise Ended

    def refuse(self, message, **result):
        self.message = message
        raise Ended


@pytest.fixture
def aws(monkeypatch):
    """Clients that answer what they are told, in order, and count; so the calls are made one after the other."""
    monkeypatch.setattr(api, "in_parallel", lambda **reads: {name: read() for name, read in reads.items()})
    monkeypatch.setattr(api, "DELAY", 0.001)
    counter, clients, stubbers = CallCounter(), {}, {}
    for service in ("ec2", "iam", "scheduler"):
        client = boto3.client(service, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")
        clients[service] = counter.attach(client)
        stubbers[service] = Stubber(client)
        stubbers[service].activate()
    yield SimpleNamespace(clients=clients, counter=counter, **stubbers)
    for stubber in stubbers.values():
        stubber.assert_no_pending_responses()


def expect_instances(aws, *instances):
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in OURS.items()]
    filters.append({"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]})
    found = [{"OwnerId": ACCOUNT, "Instances": [each]} for each in instances]
    aws.ec2.add_response("describe_instances", {"Reservations": found}, {"Filters": filters})
    aws.ec2.add_response("describe_addresses", {"Addresses": [address(), address(7, "192.0.2.1")]}, {})
    ids = [{"Name": "attachment.instance-id", "Values": [each["InstanceId"] for each in instances]}]
    aws.ec2.add_response("describe_volumes", {"Volumes": [volume()]}, {"Filters": ids})


def expect_stoppable(aws, *ids, protected=()):
    described = [{"InstanceType": "t3.micro", "InstanceStorageSupported": False}]
    expected = {"InstanceTypes": ["t3.micro"]}
    aws.ec2.add_response("describe_instance_types", {"InstanceTypes": described}, expected)
    for each in ids:
        answer = {"InstanceId": each, "DisableApiStop": {"Value": each in protected}}
        expected = {"InstanceId": each, "Attribute": "disableApiStop"}
        aws.ec2.add_response("describe_instance_attribute", answer, expected)


def run(monkeypatch, aws, **options):
    module = Module(aws.clients, **options)
    monkeypatch.setattr(power_plan, "LandfallModule", lambda **arguments: module)
    with pytest.raises(Ended):
        power_plan.main()
    return module


def test_a_report_costs_three_calls_and_counts_only_ours(monkeypatch, aws):
    expect_instances(aws, instance())
    result = run(monkeypatch, aws).result
    assert len(aws.counter.calls) == 3
    assert result["costs"]["usd_stopped"] == 5.47
    assert "192.0.2.1" not in "\n".join(result["report"])
    assert not result["pending"]


def test_stopping_costs_one_call_for_each_instance_more_and_one_for_all(monkeypatch, aws):
    expect_instances(aws, instance(1), instance(2), instance(3, "stopped"))
    expect_stoppable(aws, "i-1", "i-2")
    result = run(monkeypatch, aws, state="stopped").result
    assert len(aws.counter.calls) == 3 + 1 + 2
    assert [each["id"] for each in result["todo"]["create"]["instance"]] == ["i-1", "i-2"]


def test_protection_is_asked_for_before_anything_is_stopped(monkeypatch, aws):
    expect_instances(aws, instance(1))
    expect_stoppable(aws, "i-1", protected=["i-1"])
    assert "app-1 (i-1) is protected from being stopped" in run(monkeypatch, aws, state="stopped").message


def expect_schedule(aws, found, spec):
    named = {"RoleName": "power"}
    role = {**found["role"], "AssumeRolePolicyDocument": json.dumps(found["role"]["AssumeRolePolicyDocument"])}
    role.update(Path="/", RoleName="power", RoleId="AROA" + "X" * 17, CreateDate="2026-01-01T00:00:00Z")
    aws.iam.add_response("get_role", {"Role": role}, named)
    aws.scheduler.add_response("get_schedule_group", {**found["group"], "Name": "power"}, {"Name": "power"})
    listed = [{"Name": each} for each in found["schedules"]]
    aws.scheduler.add_response("list_schedules", {"Schedules": listed}, {"GroupName": "power"})
    policy = {"RoleName": "power", "PolicyName": "power", "PolicyDocument": json.dumps(found["policy"])}
    aws.iam.add_response("get_role_policy", policy, {**named, "PolicyName": "power"})
    aws.iam.add_response("list_attached_role_policies", {"AttachedPolicies": []}, named)
    tags = {"Tags": tag_list(found["group_tags"])}
    aws.scheduler.add_response("list_tags_for_resource", tags, {"ResourceArn": found["group"]["Arn"]})
    for action in found["schedules"]:
        place = {"GroupName": "power", "Name": action}
        aws.scheduler.add_response("get_schedule", found["described"][action], place)


def test_an_unchanged_schedule_costs_eight_calls_more(monkeypatch, aws):
    spec = spec_of(schedule=TIMES)
    found = scheduled(spec)
    expect_instances(aws, instance())
    expect_stoppable(aws, "i-1")
    expect_schedule(aws, found, spec)
    result = run(monkeypatch, aws, schedule=TIMES).result
    assert len(aws.counter.calls) == 3 + 2 + 8
    assert not result["pending"], result["plan"]


def test_absent_asks_nothing_about_instances(monkeypatch, aws):
    aws.iam.add_client_error("get_role", "NoSuchEntity")
    aws.scheduler.add_client_error("get_schedule_group", "ResourceNotFoundException")
    aws.scheduler.add_client_error("list_schedules", "ResourceNotFoundException")
    result = run(monkeypatch, aws, state="absent").result
    assert len(aws.counter.calls) == 3
    assert not result["pending"]
    assert result["report"] == []


def test_what_can_be_asked_at_the_same_time_is(monkeypatch):
    together = threading.Barrier(5)
    for place, name in (
        (api, "reservations"),
        (api, "addresses"),
        (api, "role"),
        (api.scheduler_api, "schedule_group"),
        (api.scheduler_api, "schedules_in"),
    ):
        monkeypatch.setattr(place, name, lambda *_arguments: together.wait(timeout=10))
    assert len(api.read(lambda service: None, spec_of(schedule=TIMES))) == 5


def test_mistakes_cost_no_call(monkeypatch, aws):
    assert "1 mistake" in run(monkeypatch, aws, schedule={**TIMES, "stop": "at night"}).message
    assert aws.counter.calls == []


def test_instances_are_waited_for_until_they_pass_their_checks(monkeypatch, aws):
    for status in ("initializing", "ok"):
        answer = {"InstanceStatuses": [{"InstanceId": "i-1", "InstanceStatus": {"Status": status}}]}
        aws.ec2.add_response("describe_instance_status", answer, {"InstanceIds": ["i-1"]})
    expect_instances(aws, instance())
    assert not run(monkeypatch, aws, state="started", wait_for=["i-1"]).result["pending"]


def test_the_wait_is_bounded_and_says_what_to_do(monkeypatch, aws):
    aws.ec2.add_response(
        "describe_instances",
        {"Reservations": [{"Instances": [instance(state="stopping")]}]},
        {"InstanceIds": ["i-1"]},
    )
    message = run(monkeypatch, aws, state="stopped", wait_for=["i-1"], wait_timeout=0.001).message
    assert "Not all of i-1 are stopped" in message
    assert "--force" in message
