# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Aliases: the steps of a shift, what each costs, and what happens when an alarm fires or a run is killed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import shift
from ansible_collections.landfall.aws.plugins.modules import stepfunctions_alias as module
from ansible_collections.landfall.aws.plugins.modules import stepfunctions_state_machine
from tests.unit.stepfunctions.account import ARN, NOW, ROLE

LIVE = f"{ARN}:live"
ALIAS = {"name": "live", "state_machine": ARN}
CANARY = {**ALIAS, "version": "8", "strategy": "canary", "percent": 10, "interval_minutes": 10, "alarms": ["failed"]}
LINEAR = {**CANARY, "strategy": "linear", "percent": 40}


def routes(routing):
    return [{"stateMachineVersionArn": f"{ARN}:{version}", "weight": weight} for version, weight in routing.items()]


class Story:
    """What AWS is asked of an alias, in the order in which it is told here."""

    def __init__(self, script):
        self.script = script

    def is_at(self, **more):
        described = {"stateMachineAliasArn": LIVE, "name": "live", "creationDate": NOW}
        routing = {key.removeprefix("v"): value for key, value in more.items() if key != "description"}
        described["routingConfiguration"] = routes(routing)
        if "description" in more:
            described["description"] = more["description"]
        self.script.on("describe_state_machine_alias", described, stateMachineAliasArn=LIVE)

    def is_missing(self):
        self.script.refuses("describe_state_machine_alias", "ResourceNotFound", stateMachineAliasArn=LIVE)

    def moves_to(self, **routing):
        wanted = routes({key.removeprefix("v"): value for key, value in routing.items()})
        self.script.on(
            "update_state_machine_alias", {"updateDate": NOW}, stateMachineAliasArn=LIVE, routingConfiguration=wanted
        )

    def alarms(self, *states, times=1):
        for state in states * times:
            found = [] if state is None else [{"AlarmName": "failed", "StateValue": state}]
            expected = {"AlarmNames": ["failed"], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
            self.script.on("describe_alarms", {"MetricAlarms": found}, "cloudwatch", **expected)


@pytest.fixture
def story(script):
    return Story(script)


# Ten minutes of looks, 15 seconds apart, with one at each end.
TEN_MINUTES = 41


# What it costs


def test_create_describes_and_creates(script, story):
    story.is_missing()
    arguments = {"name": "live", "description": "what customers use", "routingConfiguration": routes({"8": 100})}
    script.on("create_state_machine_alias", {"stateMachineAliasArn": LIVE, "creationDate": NOW}, **arguments)
    result = script.run(module, **ALIAS, version="8", description="what customers use")
    assert result.calls == ["DescribeStateMachineAlias", "CreateStateMachineAlias"]
    assert result["alias"]["routing"] == {"8": 100}


def test_no_change_describes_and_nothing_else_alarms_or_not(script, story):
    story.is_at(v8=100)
    result = script.run(module, **CANARY)
    assert (result["changed"], result.calls) == (False, ["DescribeStateMachineAlias"])


def test_a_name_asks_for_the_account_and_latest_for_the_versions(script, story):
    script.identity()
    story.is_at(v8=100)
    listed = [{"stateMachineVersionArn": f"{ARN}:{number}", "creationDate": NOW} for number in (8, 7)]
    script.on("list_state_machine_versions", {"stateMachineVersions": listed}, stateMachineArn=ARN)
    result = script.run(module, **{**ALIAS, "state_machine": "orders"}, version="latest")
    assert result.calls == ["GetCallerIdentity", "DescribeStateMachineAlias", "ListStateMachineVersions"]
    assert not result["changed"]


@pytest.mark.parametrize("version", ["8", f"{ARN}:8"])
def test_all_at_once_describes_and_updates(script, story, version):
    story.is_at(v7=100)
    story.moves_to(v8=100)
    result = script.run(module, **ALIAS, version=version)
    assert result.calls == ["DescribeStateMachineAlias", "UpdateStateMachineAlias"]


def test_a_description_changes_alone(script, story):
    story.is_at(v8=100, description="old")
    script.on("update_state_machine_alias", {"updateDate": NOW}, stateMachineAliasArn=LIVE, description="new")
    assert script.run(module, **ALIAS, description="new")["changed"]


def test_a_routing_that_is_to_stay_so(script, story):
    story.is_at(v7=100)
    story.moves_to(v7=70, v8=30)
    routing = [{"version": "7", "weight": 70}, {"version": "8", "weight": 30}]
    assert script.run(module, **ALIAS, routing=routing)["changed"]
    story.is_at(v8=30, v7=70)
    assert not script.run(module, **ALIAS, routing=routing)["changed"]


def test_it_goes_and_stays_gone(script, story):
    story.is_at(v8=100)
    script.on("delete_state_machine_alias", stateMachineAliasArn=LIVE)
    assert script.run(module, **ALIAS, state="absent")["changed"]
    story.is_missing()
    result = script.run(module, **ALIAS, state="absent")
    assert (result["changed"], result["alias"]) == (False, {})


# Shifting


def test_a_canary_goes_over_when_its_interval_was_quiet(script, story, tmp_path):
    progress = tmp_path / "progress"
    story.is_at(v7=100)
    story.alarms("OK", times=1)
    story.moves_to(v7=90, v8=10)
    story.alarms("INSUFFICIENT_DATA", times=TEN_MINUTES)
    story.is_at(v7=90, v8=10)
    story.moves_to(v8=100)
    story.alarms("OK", times=21)
    result = script.run(module, **CANARY, bake_minutes=5, progress_file=str(progress))
    assert [each["routing"] for each in result["steps"]] == [{"7": 90, "8": 10}, {"8": 100}]
    assert [each["watched_seconds"] for each in result["steps"]] == [600, 300]
    assert result["alarm_states"] == {"failed": "OK"}
    assert result.waited == 15 * 60
    assert progress.read_text().splitlines() == [
        "live leads to 7: 90 %, 8: 10 %",
        "live stays so for 10 minutes",
        "live leads to 8: 100 %",
        "live bakes for 5 minutes",
    ]


def test_a_linear_shift_takes_its_steps_one_after_the_other(script, story):
    story.is_at(v7=100)
    story.moves_to(v7=60, v8=40)
    story.is_at(v7=60, v8=40)
    story.moves_to(v7=20, v8=80)
    story.is_at(v7=20, v8=80)
    story.moves_to(v8=100)
    result = script.run(module, **{**LINEAR, "alarms": []})
    assert result.waited == 20 * 60
    assert result.calls.count("UpdateStateMachineAlias") == 3


def test_an_alarm_that_fires_takes_it_back_and_fails(script, story):
    story.is_at(v7=100)
    story.alarms("OK")
    story.moves_to(v7=90, v8=10)
    story.alarms("OK", "OK", "ALARM")
    story.moves_to(v7=100)
    result = script.run(module, **CANARY)
    assert result.message == "The alias live leads to 7: 100 % again, because failed is in ALARM."
    assert result["steps"][-1]["remark"] == "rolled back"
    assert result.waited == 30


def test_an_alarm_at_the_very_end_takes_it_back_too(script, story):
    story.is_at(v7=100)
    story.alarms("OK")
    story.moves_to(v8=100)
    story.alarms(*["OK"] * 20, "ALARM")
    story.moves_to(v7=100)
    options = {**ALIAS, "version": "8", "alarms": ["failed"], "bake_minutes": 5}
    assert "again, because failed is in ALARM" in script.run(module, **options).message


def test_without_rollback_it_stays_where_it_was_and_fails(script, story):
    story.is_at(v7=100)
    story.alarms("OK")
    story.moves_to(v7=90, v8=10)
    story.alarms("ALARM")
    result = script.run(module, **CANARY, rollback=False)
    assert result.message == "The alias live leads to 7: 90 %, 8: 10 %, and stays so: failed is in ALARM"


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(("state", "said"), [(None, "there is no alarm failed"), ("ALARM", "failed is in ALARM")])
def test_nothing_is_shifted_onto_an_alarm_that_is_missing_or_fires(script, story, state, said, check_mode):
    story.is_at(v7=100)
    story.alarms(state)
    result = script.run(module, **CANARY, check_mode=check_mode)
    assert f"The alias live was not shifted: {said}" in result.message
    assert "UpdateStateMachineAlias" not in result.calls


@pytest.mark.parametrize("what", ["gone", "denied"])
def test_an_alarm_that_can_no_longer_be_seen_takes_it_back(script, story, what):
    story.is_at(v7=100)
    story.alarms("OK")
    story.moves_to(v7=90, v8=10)
    if what == "gone":
        story.alarms(None)
    else:
        script.refuses("describe_alarms", "AccessDenied", "you may not", service="cloudwatch")
    story.moves_to(v7=100)
    assert "again, because" in script.run(module, **CANARY).message


def test_composite_alarms_count(script, story):
    story.is_at(v7=100)
    script.on("describe_alarms", {"CompositeAlarms": [{"AlarmName": "failed", "StateValue": "ALARM"}]}, "cloudwatch")
    assert "failed is in ALARM" in script.run(module, **CANARY).message


def test_check_mode_tells_the_steps_and_whether_the_version_exists(script, story):
    for exists in (True, False):
        story.is_at(v7=100)
        story.alarms("OK")
        if exists:
            described = {"stateMachineArn": f"{ARN}:8", "name": "orders", "definition": "{}", "roleArn": ROLE}
            described |= {"type": "STANDARD", "creationDate": NOW}
            script.on("describe_state_machine", described, stateMachineArn=f"{ARN}:8")
        else:
            script.refuses("describe_state_machine", "StateMachineDoesNotExist")
        result = script.run(module, **CANARY, check_mode=True)
        if exists:
            assert [each["routing"] for each in result["steps"]] == [{"7": 90, "8": 10}, {"8": 100}]
            assert result["changed"]
        else:
            assert "there is no version 8 of orders" in result.message


# What a killed run leaves


def test_the_next_run_goes_on_where_a_killed_one_was(script, story):
    story.is_at(v7=60, v8=40)
    story.alarms("OK")
    story.alarms("OK", times=TEN_MINUTES)
    story.is_at(v7=60, v8=40)
    story.moves_to(v7=20, v8=80)
    story.alarms("OK", times=TEN_MINUTES)
    story.is_at(v7=20, v8=80)
    story.moves_to(v8=100)
    result = script.run(module, **LINEAR)
    assert [each["routing"] for each in result["steps"]] == [{"7": 60, "8": 40}, {"7": 20, "8": 80}, {"8": 100}]
    assert result["steps"][0]["remark"] == "as a run before left it"


def test_what_a_killed_run_began_is_taken_back_when_an_alarm_fires_meanwhile(script, story):
    story.is_at(v7=90, v8=10)
    story.alarms("ALARM")
    story.moves_to(v7=100)
    assert script.run(module, **CANARY).message == "The alias live leads to 7: 100 % again, because failed is in ALARM."


def test_a_third_version_takes_the_place_of_one_that_was_on_its_way(script, story):
    story.is_at(v7=90, v8=10)
    story.moves_to(v7=90, v9=10)
    story.is_at(v7=90, v9=10)
    story.moves_to(v9=100)
    result = script.run(module, **{**CANARY, "version": "9", "alarms": []})
    assert [each["routing"] for each in result["steps"]] == [{"7": 90, "9": 10}, {"9": 100}]


# Others


def test_an_alias_that_somebody_moves_meanwhile_is_left_as_they_made_it(script, story):
    story.is_at(v7=100)
    story.moves_to(v7=90, v8=10)
    story.is_at(v9=100)
    result = script.run(module, **{**CANARY, "alarms": []})
    assert "Somebody else has moved the alias live meanwhile: from 7: 90 %, 8: 10 % to 9: 100 %" in result.message


def test_two_at_once_is_told(script, story):
    story.is_at(v7=100)
    script.refuses("update_state_machine_alias", "ConflictException")
    assert "Somebody else is changing the alias live right now" in script.run(module, **ALIAS, version="8").message


def test_a_version_that_does_not_exist_is_told(script, story):
    story.is_at(v7=100)
    script.refuses("update_state_machine_alias", "ResourceNotFound")
    assert "there is no version 9 of orders" in script.run(module, **ALIAS, version="9").message
    story.is_missing()
    script.on("list_state_machine_versions", {"stateMachineVersions": []})
    assert "orders has no version. Publish one" in script.run(module, **ALIAS, version="latest").message


def test_a_new_alias_needs_a_version(script, story):
    story.is_missing()
    said = script.run(module, **ALIAS, description="x").message
    assert "version: must be given, because the alias live does not exist" in said


# Mistakes


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"name": "7"}, "name: '7' is not valid"),
        ({"state_machine": f"{ARN}:7"}, "is the ARN of a version or an alias"),
        ({"version": "newest"}, "version: 'newest' is not valid"),
        ({"routing": [{"version": "7", "weight": 70}]}, "routing: the weights [70] do not come to 100"),
        ({"routing": [{"version": "7", "weight": 50}] * 2}, "routing: the version 7 is given twice"),
        ({"routing": [{"version": str(each), "weight": 50} for each in (1, 2, 3)]}, "routing: 3 versions"),
        ({"version": "8", "percent": 10}, "percent: only with strategy canary or linear"),
        ({"strategy": "canary"}, "version: must be given for strategy canary"),
        (
            {"version": "8", "strategy": "canary", "interval_minutes": 1},
            "percent: None is not valid for strategy canary",
        ),
        ({"version": "8", "strategy": "linear", "percent": 100}, "percent: 100 is not valid for strategy linear"),
        ({"version": "8", "strategy": "linear", "percent": 10}, "interval_minutes: None is not valid"),
        ({"version": "8", "bake_minutes": 5}, "bake_minutes: there are no alarms to look at"),
        ({"version": "8", "alarms": [str(each) for each in range(101)]}, "alarms: 101 are given"),
        ({"version": "8", "wait_delay": 0}, "wait_delay: 0.0 is not valid"),
    ],
)
def test_mistakes_are_told_before_any_call(script, options, said):
    result = script.run(module, **{**ALIAS, **options})
    assert said in result.message
    assert result.calls == []


def test_it_works_with_versions_that_the_module_publishes(aws):
    made = {"name": "orders", "role_arn": ROLE, "publish": True, "wait": False}
    definition = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    first = aws.succeed(stepfunctions_state_machine, **made, definition=definition)
    result = aws.succeed(module, **ALIAS, version=first["state_machine_version_arn"])
    assert result["alias"]["routing"] == {"1": 100}
    described = aws.stepfunctions.describe_state_machine_alias(stateMachineAliasArn=LIVE)
    assert described["routingConfiguration"] == routes({"1": 100})


# Properties of every shift

VERSIONS = st.integers(1, 9).map(str)


@st.composite
def shifts(draw):
    live = draw(st.lists(VERSIONS, min_size=1, max_size=2, unique=True))
    weight = draw(st.integers(1, 99))
    routing = {live[0]: 100} if len(live) == 1 else {live[0]: weight, live[1]: 100 - weight}
    options = {
        "strategy": draw(st.sampled_from(["all_at_once", "canary", "linear"])),
        "percent": draw(st.integers(1, 99)),
    }
    target = draw(VERSIONS.filter(lambda version: routing != {version: 100}))
    return {**options, "interval_minutes": 1, "bake_minutes": 0}, routing, target


@given(shifts())
def test_each_step_is_a_routing_that_aws_takes_and_the_last_one_is_what_was_wanted(drawn):
    options, live, target = drawn
    steps = shift.steps(options, live, {target: 100})
    assert steps[-1].routing == {target: 100}
    for step in steps:
        assert 1 <= len(step.routing) <= 2
        assert sum(step.routing.values()) == 100
        assert all(step.routing.values())


@given(shifts())
def test_the_share_of_the_new_version_never_goes_down_on_the_way(drawn):
    options, live, target = drawn
    shares = [step.routing.get(target, 0) for step in shift.steps(options, live, {target: 100})]
    assert shares == sorted(shares)


@given(shifts(), st.data())
def test_a_run_killed_at_any_step_is_finished_by_the_next(drawn, data):
    options, live, target = drawn
    steps = shift.steps(options, live, {target: 100})
    killed = data.draw(st.integers(0, len(steps) - 1))
    left = steps[killed].routing
    if left == {target: 100}:
        return
    again = shift.steps(options, left, {target: 100})
    assert [step.routing for step in again if not step.there] == [step.routing for step in steps[killed + 1 :]]
