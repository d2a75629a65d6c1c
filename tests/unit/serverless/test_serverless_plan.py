# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What functions and their surroundings are asked to be, what that means against what is live, and in which order."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, Resource, pending, todo
from ansible_collections.landfall.aws.plugins.module_utils.serverless import api, order, plan, policies, spec, wanted

PLACE = spec.Place("123456789012", "eu-west-3")
TAGS = {"Name": "shop-dev-p", "Project": "shop", "Environment": "dev", "ManagedBy": "landfall.aws"}
MACHINE = """
StartAt: Work
States:
  Work:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke
    Parameters: {FunctionName: "${work}"}
    End: true
"""


@pytest.fixture
def folder(tmp_path):
    for name in ("start", "work"):
        (tmp_path / f"{name}.py").write_text("def handler(event, context): ...\n")
    (tmp_path / "machine.yml").write_text(MACHINE)
    return tmp_path


def function(folder, name, **more):
    triggers = [{"bucket": "uploads", "prefix": "in/", "suffix": ""}] if name == "start" else []
    return {
        "name": name,
        "path": str(folder),
        "files": [f"{name}.py"],
        "handler": f"{name}.handler",
        "runtime": "python3.13",
        "architecture": "x86_64",
        "memory_size": 128,
        "timeout": 30,
        "environment_variables": {},
        "policy_statements": [],
        "triggers": triggers,
        "alarm_threshold": 0,
        **more,
    }


def given(folder, **more):
    machine = {
        "definition_file": str(folder / "machine.yml"),
        "substitutions": {},
        "policy_statements": [],
        "log_level": "ERROR",
    }
    options = {
        "state": "present",
        "name": "shop-dev-p",
        "project": "shop",
        "environment": "dev",
        "buckets": ({"name": "uploads", "expirations": [{"prefix": "work/", "days": 1}]},),
        "functions": (function(folder, "start"), function(folder, "work")),
        "emails": ("ops@example.com",),
        "state_machine": machine,
    }
    return spec.Spec(**{**options, **more})


HASHES = {"start": "s", "work": "w"}


def made(wanted_spec, live=None):
    """What is live once all that is wanted was made."""
    resources = wanted.everything(wanted_spec, PLACE, live or api.Live(), HASHES)
    bucket = next(each for each in resources if each.type == "s3_bucket")
    found = api.Bucket(name=bucket.name, lifecycle=[], notifications={}, **bucket.properties)
    return api.Live({bucket.name: found}, [], resources)


def names(changes, action):
    return {(each.type, each.name) for each in changes if each.action == action}


def test_an_empty_account_gets_all_of_it_and_then_nothing_is_left_to_do(folder):
    wanted_spec = given(folder)
    changes = plan.plan(wanted_spec, PLACE, api.Live(), HASHES)
    assert {each.action for each in changes} == {"add"}
    assert names(changes, "add") >= {
        ("lambda_function", "shop-dev-p-work"),
        ("state_machine", "shop-dev-p"),
        ("s3_bucket", "uploads"),
    }
    assert pending(plan.plan(wanted_spec, PLACE, made(wanted_spec), HASHES)) == []


def test_rounds_lead_from_nothing_to_everything_and_back_in_an_order_that_aws_takes(folder):
    wanted_spec = given(folder)
    changes, done, rounds = plan.plan(wanted_spec, PLACE, api.Live(), HASHES), set(), []
    while len(done) < len(changes):
        left = [each for each in changes if (each.type, each.name) not in done]
        now = {(kind, each["name"]) for kind, entries in order.ready(left)["create"].items() for each in entries}
        assert now
        for kind, name in now:
            change = next(each for each in changes if (each.type, each.name) == (kind, name))
            ours = {(each.type, each.name) for each in changes}
            assert set(order.references(kind, name, change.after)) & ours <= done
        done |= now
        rounds.append(now)
    assert len(rounds) <= 6
    assert rounds[-1] <= {("s3_notification", "uploads in/*"), ("state_machine", "shop-dev-p")}

    live = made(wanted_spec)
    gone, resources = [], live.resources
    absent = given(folder, state="absent")
    while resources:
        left = plan.plan(absent, PLACE, api.Live(live.buckets, [], resources), {})
        now = {(kind, each["name"]) for kind, entries in order.ready(left)["remove"].items() for each in entries}
        assert now
        gone.append(now)
        resources = [each for each in resources if (each.type, each.name) not in now and not _went_along(each, now)]
    assert ("s3_notification", "uploads in/*") in gone[0]
    assert ("state_machine", "shop-dev-p") in gone[0]
    flat = [each for now in gone for each in now]
    assert flat.index(("lambda_function", "shop-dev-p-start")) < flat.index(("iam_role", "shop-dev-p-start-eu-west-3"))


def _went_along(resource, now):
    holder = {
        "iam_role_policy": ("iam_role", resource.name),
        "lambda_permission": ("lambda_function", resource.properties.get("function")),
        "s3_expiration": ("s3_bucket", resource.properties.get("bucket")),
    }
    return holder.get(resource.type) in now


def test_new_code_is_a_change_of_that_function_alone(folder):
    wanted_spec = given(folder)
    changes = plan.plan(wanted_spec, PLACE, made(wanted_spec), {**HASHES, "work": "new"})
    assert names(changes, "change") == {("lambda_function", "shop-dev-p-work")}
    assert names(changes, "add") == names(changes, "remove") == set()


def test_a_function_that_is_not_named_any_more_goes_with_all_that_is_its_own(folder):
    live = made(given(folder))
    (folder / "machine.yml").write_text("StartAt: A\nStates: {A: {Type: Succeed}}\n")
    changes = plan.plan(given(folder, functions=(function(folder, "start"),)), PLACE, live, HASHES)
    assert names(changes, "remove") == {
        ("cloudwatch_alarm", "shop-dev-p-work-errors"),
        ("iam_role", "shop-dev-p-work-eu-west-3"),
        ("lambda_function", "shop-dev-p-work"),
        ("log_group", "/aws/lambda/shop-dev-p-work"),
    }
    # The state machine forgets the function before the function goes.
    assert names(changes, "change") >= {("state_machine", "shop-dev-p")}
    assert "lambda_function" not in order.ready(changes)["remove"]


@pytest.mark.parametrize("missing", list(TAGS))
def test_what_lacks_one_of_our_tags_is_in_the_way_and_stays(folder, missing):
    wanted_spec = given(folder)
    live = made(wanted_spec)
    stranger = next(each for each in live.resources if each.type == "lambda_function")
    stranger.properties["tags"] = {key: value for key, value in TAGS.items() if key != missing}
    with pytest.raises(Refused, match="There is the function shop-dev-p-start without our tags"):
        plan.plan(wanted_spec, PLACE, live, HASHES)
    gone = plan.plan(given(folder, state="absent"), PLACE, live, {})
    assert ("lambda_function", "shop-dev-p-start") not in names(gone, "remove")


def test_a_neighbour_whose_name_begins_the_same_is_not_touched(folder):
    wanted_spec = given(folder)
    live = made(wanted_spec)
    neighbour = {**TAGS, "Name": "shop-dev-p-b"}
    live.resources.append(Resource("lambda_function", "shop-dev-p-b-work", {"tags": neighbour}, id="x"))
    assert pending(plan.plan(wanted_spec, PLACE, live, HASHES)) == []


def test_a_bucket_with_objects_keeps_everything(folder):
    live = made(given(folder))
    live.full_buckets = ["uploads"]
    with pytest.raises(Refused, match="There are objects in the bucket uploads"):
        plan.plan(given(folder, state="absent"), PLACE, live, {})


def test_others_statements_in_a_buckets_policy_stay():
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    live = {"Version": "2012-10-17", "Statement": [theirs]}
    first = policies.bucket("uploads", "aws", live)
    assert [each["Sid"] for each in first["Statement"]] == ["Theirs", policies.TLS_ONLY]
    assert policies.bucket("uploads", "aws", first) is first


def test_a_key_of_kms_stays(folder):
    wanted_spec = given(folder)
    live = made(wanted_spec)
    live.buckets["uploads"].encryption = "aws:kms"
    live.resources[0].properties["encryption"] = "aws:kms"
    assert pending(plan.plan(wanted_spec, PLACE, live, HASHES)) == []


def test_a_bucket_that_tells_eventbridge_is_not_changed_by_a_module_that_would_end_that(folder):
    live = api.Live({"uploads": made(given(folder)).buckets["uploads"]})
    live.buckets["uploads"].notifications = {"EventBridgeConfiguration": {}}
    live.resources = [live.buckets["uploads"].resource]
    with pytest.raises(Refused, match="tells EventBridge"):
        plan.plan(given(folder), PLACE, live, HASHES)


@pytest.mark.parametrize(
    ("tags", "said"), [(None, "does not exist"), ({}, "does not carry our tags"), ({**TAGS, "Name": "other"}, None)]
)
def test_another_bucket_can_be_a_trigger_when_it_is_of_the_project(folder, tags, said):
    wanted_spec = given(folder, buckets=())
    bucket = made(given(folder)).buckets["uploads"]
    if tags is not None:
        bucket.tags = tags
    live = api.Live({} if tags is None else {"uploads": bucket})
    if said:
        with pytest.raises(Refused, match=said):
            plan.plan(wanted_spec, PLACE, live, HASHES)
    else:
        assert ("s3_notification", "uploads in/*") in names(plan.plan(wanted_spec, PLACE, live, HASHES), "add")


def test_a_function_may_write_its_own_logs_and_traces_and_what_it_was_given(folder):
    statement = {"Action": "states:StartExecution", "Resource": "${state_machine}"}
    wanted_spec = given(
        folder, functions=(function(folder, "start", policy_statements=[statement]), function(folder, "work"))
    )
    resources = {(each.type, each.name): each for each in wanted.everything(wanted_spec, PLACE, api.Live(), HASHES)}
    allowed = resources["iam_role_policy", "shop-dev-p-start-eu-west-3"].properties["policy"]["Statement"]
    assert allowed[0] == {
        "Effect": "Allow",
        "Action": "states:StartExecution",
        "Resource": "arn:aws:states:eu-west-3:123456789012:stateMachine:shop-dev-p",
    }
    everywhere = [each["Action"] for each in allowed if each["Resource"] == "*"]
    assert everywhere == [["xray:PutTelemetryRecords", "xray:PutTraceSegments"]]
    assert {each["Resource"] for each in allowed[1:]} == {
        "*",
        "arn:aws:logs:eu-west-3:123456789012:log-group:/aws/lambda/shop-dev-p-start:*",
        "arn:aws:sns:eu-west-3:123456789012:shop-dev-p",
    }


def test_the_state_machine_may_call_exactly_the_functions_that_nothing_triggers(folder):
    resources = {(each.type, each.name): each for each in wanted.everything(given(folder), PLACE, api.Live(), HASHES)}
    policy = resources["iam_role_policy", "shop-dev-p-states-eu-west-3"].properties["policy"]
    (called,) = (each["Resource"] for each in policy["Statement"] if each["Action"] == "lambda:InvokeFunction")
    arn = "arn:aws:lambda:eu-west-3:123456789012:function:shop-dev-p-work"
    assert called == [arn, f"{arn}:*"]
    definition = resources["state_machine", "shop-dev-p"].properties["definition"]
    assert definition["States"]["Work"]["Parameters"]["FunctionName"] == arn


def test_s3_may_call_a_function_for_one_bucket_of_this_account(folder):
    (permission,) = (
        each for each in wanted.everything(given(folder), PLACE, api.Live(), HASHES) if each.type == "lambda_permission"
    )
    assert permission.properties["source_arn"] == "arn:aws:s3:::uploads"
    assert permission.properties["source_account"] == "123456789012"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "topic"}, "functions[1].name: 'topic' means something else already"),
        ({"name": "start"}, "functions[0].name: 'start' is there more than once"),
        ({"name": "x" * 63}, "IAM allows 64"),
        ({"runtime": "ruby3.4"}, "functions[1].runtime: 'ruby3.4'"),
        ({"handler": "work.main"}, "functions[1].handler: work.py defines no main"),
        ({"timeout": 1000}, "functions[1].timeout: 1000"),
        ({"environment_variables": {"AWS_REGION": "x"}}, "'AWS_REGION' is Lambda's own"),
        (
            {"environment_variables": {"A": "${nobody}"}},
            "there is no substitution for ${nobody}; there are ${account_id}",
        ),
        ({"policy_statements": [{"Action": "s3:*", "Resource": "*"}]}, "functions[1].policy_statements"),
        ({"triggers": [{"bucket": "uploads", "prefix": "in/a", "suffix": ".csv"}]}, "may be the same object"),
    ],
)
def test_every_mistake_has_a_name_and_a_sentence(folder, change, said):
    wanted_spec = given(folder, functions=(function(folder, "start"), {**function(folder, "work"), **change}))
    assert said in "\n".join(spec.mistakes(wanted_spec, "eu-west-3"))


def test_mistakes_in_the_definition_are_told_with_their_place(folder):
    (folder / "machine.yml").write_text(MACHINE.replace("${work}", "${wrok}"))
    found = "\n".join(spec.mistakes(given(folder), "eu-west-3"))
    assert "state_machine.definition_file: machine.yml:7:" in found
    assert "${wrok}" in found
    assert "(there are ${account_id}" in found
    (folder / "machine.yml").unlink()
    assert "there is no file" in "\n".join(spec.mistakes(given(folder), "eu-west-3"))


def test_a_right_spec_has_no_mistakes(folder):
    assert spec.mistakes(given(folder), "eu-west-3") == []
    assert spec.mistakes(given(folder, state="absent", functions=(), state_machine=None), "eu-west-3") == []


def test_of_a_bucket_one_notification_is_changed_at_a_time(folder):
    triggers = [{"bucket": "uploads", "prefix": prefix, "suffix": ""} for prefix in ("a/", "b/")]
    wanted_spec = given(folder, functions=(function(folder, "start", triggers=triggers), function(folder, "work")))
    changes = plan.plan(wanted_spec, PLACE, api.Live(), HASHES)
    late = [each for each in changes if each.type == "s3_notification"]
    assert len(late) == 2
    assert [len(entries) for entries in order.ready(late)["create"].values()] == [1]
    assert todo(late)["remove"] == {"s3_notification": []}
