# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pipeline of the example, in an account where it really runs: each function with its role's rights and no others."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections import Counter

import pytest
from conftest import Playbook
from pipelines import ROOT, Account, Mailbox, of_inventory, sales, until

from lab.ministack import Ministack

BUCKET, NAME = "shop-prod-pipeline-example", "shop-prod-pipeline"
ARN = f"arn:aws:states:eu-west-3:123456789012:stateMachine:{NAME}"
TOPIC = f"arn:aws:sns:eu-west-3:123456789012:{NAME}"
FILES = int(os.environ.get("PIPELINE_FILES", "50"))  # at once; 200 take a machine with two cores a minute and a half


class Pipeline:
    """The pipeline from outside: files go in, and results, executions and messages can be looked at."""

    def __init__(self, account, playbook, folder):
        self.account, self.playbook, self.folder = account, playbook, folder
        self.s3, self.sfn = account.client("s3"), account.client("stepfunctions")

    def apply(self, **options):
        return self.playbook.succeed(pipeline_files=str(self.folder), **options)

    def upload(self, name, text):
        self.s3.put_object(Bucket=BUCKET, Key=f"input/{name}.csv", Body=text.encode())

    def executions(self, name):
        return [each for each in self.all_executions() if each["name"].startswith(f"{name}-csv-")]

    def all_executions(self):
        pages = self.sfn.get_paginator("list_executions").paginate(stateMachineArn=ARN)
        return [each for page in pages for each in page["executions"]]

    def ended(self, name, count=1, seconds=60):
        """The executions for a file, once there are so many and all are through."""

        def through():
            found = self.executions(name)
            return found if len(found) >= count and all(each["status"] != "RUNNING" for each in found) else None

        return until(through, seconds, f"{count} executions for {name} are through")

    def history(self, execution):
        return self.sfn.get_execution_history(executionArn=execution["executionArn"], maxResults=1000)["events"]

    def states(self, execution):
        details = (each.get("stateEnteredEventDetails") for each in self.history(execution))
        return [each["name"] for each in details if each]

    def result(self, key):
        return json.loads(self.s3.get_object(Bucket=BUCKET, Key=f"output/{key}")["Body"].read())

    def versions(self, key):
        found = self.s3.list_object_versions(Bucket=BUCKET, Prefix=f"output/{key}").get("Versions", [])
        return [each for each in found if each["Key"] == f"output/{key}"]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    """The example, with functions of its own, so that they can be changed."""
    folder = tmp_path_factory.mktemp("pipeline")
    shutil.copytree(ROOT / "playbooks" / "files" / "pipeline", folder / "files")
    with Ministack(folder / "aws") as ministack:
        account = Account(ministack)
        pipeline = Pipeline(account, of_inventory(Playbook(account, folder), "example_pipeline"), folder / "files")
        planned = pipeline.playbook.succeed(check=True, diff=True, pipeline_files=str(pipeline.folder))
        assert "Plan: 46 to add, 0 to change, 0 to remove" in planned.output
        assert account.client("lambda").list_functions()["Functions"] == []
        pipeline.apply()
        pipeline.mailbox = Mailbox(account, TOPIC)
        yield pipeline


def test_a_second_run_changes_nothing(pipeline):
    again = pipeline.apply()
    assert again.changed == 0
    assert "Plan" not in again.output.replace("Plan of", "")


def test_a_file_comes_out_with_its_statistics(pipeline):
    pipeline.upload("2027/sales data", sales(1247))
    (execution,) = pipeline.ended("sales-data")
    assert execution["status"] == "SUCCEEDED"
    result = pipeline.result("2027/processed_sales data.json")
    assert len(result["records"]) == result["statistics"]["count"] == 1247
    assert result["statistics"]["total"] == pytest.approx(sum(each["amount"] for each in result["records"]), abs=0.01)
    assert {each["region"] for each in result["report"]["by_region"]} == {"north", "south", "west"}
    summary = pipeline.result("2027/processing_summary.json")
    assert summary == {key: value for key, value in result.items() if key != "records"}
    (message,) = until(lambda: pipeline.mailbox.about("2027/sales data.csv"), 10, "people hear of success")
    assert (message["outcome"], message["statistics"]["count"]) == ("succeeded", 1247)
    # What is passed on says where something is, and stays small.
    inputs = [
        each["stateEnteredEventDetails"]["input"]
        for each in pipeline.history(execution)
        if "stateEnteredEventDetails" in each
    ]
    assert max(map(len, inputs)) < 5000


def test_a_broken_file_is_told_of_and_nothing_is_written(pipeline):
    pipeline.upload(
        "broken", "date,region,product,quantity,unit_price\n2027-13-01,north,tea,2,1.50\n2027-01-02,,tea,-1,x\n"
    )
    (execution,) = pipeline.ended("broken")
    assert execution["status"] == "SUCCEEDED"
    assert pipeline.states(execution) == ["ValidateData", "IsDataValid", "SendInvalidAlert"]
    (message,) = until(lambda: pipeline.mailbox.about("broken.csv"), 10, "people hear of the broken file")
    assert message["outcome"] == "invalid"
    assert len(message["problems"]) == 4
    assert "line 2: '2027-13-01' is no date" in message["problems"][0]
    assert pipeline.versions("processed_broken.json") == []


def test_what_is_no_input_starts_nothing(pipeline):
    for key in ("input/readme.txt", "other/sales.csv"):
        pipeline.s3.put_object(Bucket=BUCKET, Key=key, Body=sales(1).encode())
    pipeline.upload("marker", sales(2))
    pipeline.ended("marker")
    assert pipeline.executions("readme-txt") == pipeline.executions("sales") == []


def test_the_same_file_twice_is_processed_once(pipeline):
    pipeline.upload("twice", sales(20))
    pipeline.ended("twice")
    pipeline.upload("twice", sales(20))
    executions = pipeline.ended("twice", 2)
    walks = sorted((pipeline.states(each) for each in executions), key=len)
    assert walks[0] == ["ValidateData", "IsDataValid", "NothingToDo"]
    assert "WriteOutput" in walks[1]
    assert len(pipeline.versions("processed_twice.json")) == 1
    assert len(pipeline.mailbox.about("twice.csv")) == 1

    # Another file of the same name is another result, and the first one again is its result again.
    pipeline.upload("twice", sales(30))
    pipeline.ended("twice", 3)
    pipeline.upload("twice", sales(20))
    pipeline.ended("twice", 4)
    assert len(pipeline.result("processed_twice.json")["records"]) == 20
    assert len(pipeline.versions("processed_twice.json")) == 3


def test_an_event_that_comes_twice_starts_one_execution(pipeline):
    pipeline.upload("event", sales(5))
    pipeline.ended("event")
    newest = pipeline.s3.head_object(Bucket=BUCKET, Key="input/event.csv")
    told = {"key": "input/event.csv", "eTag": newest["ETag"].strip('"'), "size": newest["ContentLength"]}
    record = {
        "s3": {"bucket": {"name": BUCKET}, "object": {**told, "versionId": newest["VersionId"], "sequencer": "0A"}}
    }
    answer = pipeline.account.client("lambda").invoke(
        FunctionName=f"{NAME}-start", Payload=json.dumps({"Records": [record]})
    )
    assert "FunctionError" not in answer
    assert json.loads(answer["Payload"].read())["executions"] == [pipeline.executions("event")[0]["name"]]
    assert len(pipeline.ended("event")) == 1


def test_many_files_at_once_all_arrive_once_each(pipeline):
    names = [f"many-{number:03}" for number in range(FILES)]
    started = time.monotonic()
    for number, name in enumerate(names):
        pipeline.upload(name, sales(5, offset=number))
    # Functions start processes here, so it is this machine that takes its time.

    def through():
        found = [each for each in pipeline.all_executions() if each["name"].startswith("many-")]
        return found if len(found) >= FILES and all(each["status"] != "RUNNING" for each in found) else None

    executions = until(through, 3 * FILES, f"{FILES} files are through")
    assert Counter(each["status"] for each in executions) == {"SUCCEEDED": FILES}
    print(f"{FILES} files in {time.monotonic() - started:.0f} s")  # shown with -s
    for number, name in enumerate(names):
        assert len(pipeline.versions(f"processed_{name}.json")) == 1, name
        assert pipeline.result(f"processed_{name}.json")["records"][0]["unit_price"] == number % 50 + 0.99
    told = Counter(each["file"] for each in pipeline.mailbox.read() if "/many-" in each["file"])
    assert set(told.values()) == {1}
    assert len(told) == FILES


def test_what_fails_twice_and_then_works_is_tried_again(pipeline):
    """And a change of one function's code and of one state is a change of that function and of the state machine alone."""
    code, definition = pipeline.folder / "functions" / "calculate.py", pipeline.folder / "state_machine.yml"
    plain, usual = code.read_text(), definition.read_text()
    code.write_text(
        plain
        + "\n\nwell = handler\n\n\ndef handler(event, context):\n    if event['attempt'] < 2:\n"
        + "        raise ConnectionError('the line is bad')\n    return well(event, context)\n"
    )
    payload = "{records.$: $.records, execution.$: $$.Execution.Name"
    definition.write_text(usual.replace(payload, f"{payload}, attempt.$: $$.State.RetryCount", 1))
    try:
        changed = pipeline.apply()
        assert "Plan: 0 to add, 2 to change, 0 to remove" in changed.output
        assert f"~ lambda_function {NAME}-calculate" in changed.output
        assert f"~ state_machine {NAME}" in changed.output
        pipeline.upload("flaky", sales(10))
        (execution,) = pipeline.ended("flaky")
        assert execution["status"] == "SUCCEEDED"
        failures = [each["type"] for each in pipeline.history(execution)].count("TaskFailed")
        assert failures == 2
        assert len(pipeline.result("processed_flaky.json")["records"]) == 10
    finally:
        code.write_text(plain)
        definition.write_text(usual)


def test_what_fails_for_good_is_told_with_its_cause(pipeline):
    source = pipeline.folder / "functions" / "report.py"
    plain = source.read_text()
    source.write_text(
        plain
        + "\n\ndef handler(event, context):\n    from events import Permanent\n\n"
        + "    raise Permanent('no such region')\n"
    )
    try:
        pipeline.apply()
        pipeline.upload("hopeless", sales(10))
        (execution,) = pipeline.ended("hopeless")
        assert execution["status"] == "FAILED"
        (message,) = until(lambda: pipeline.mailbox.about("hopeless.csv"), 10, "people hear of the failure")
        assert (message["outcome"], message["error"]) == ("failed", "Permanent")
        assert message["cause"]["errorMessage"] == "no such region"
        # It was not tried again, and nothing came out.
        assert [each["type"] for each in pipeline.history(execution)].count("TaskFailed") == 1
        assert pipeline.versions("processed_hopeless.json") == []
    finally:
        source.write_text(plain)


def test_a_function_can_do_no_more_than_it_should(pipeline):
    """The function that reads the input is made to write to it, and to the output."""
    source = pipeline.folder / "functions" / "transform.py"
    plain = source.read_text()
    source.write_text(
        plain
        + "\n\ndef handler(event, context):\n    from files import s3\n\n    refused = []\n"
        + "    for key in ('input/x.csv', 'output/x.json', 'work/x.json'):\n        try:\n"
        + "            s3.put_object(Bucket=event['source']['bucket'], Key=key, Body=b'')\n"
        + '        except s3.exceptions.ClientError as error:\n            refused.append(f\'{key} {error.response["Error"]["Code"]}\')\n'
        + "    return refused\n"
    )
    try:
        pipeline.apply()
        event = {"source": {"bucket": BUCKET, "key": "input/marker.csv"}, "execution": "x"}
        answer = pipeline.account.client("lambda").invoke(FunctionName=f"{NAME}-transform", Payload=json.dumps(event))
        assert json.loads(answer["Payload"].read()) == ["input/x.csv AccessDenied", "output/x.json AccessDenied"]
    finally:
        source.write_text(plain)
        pipeline.apply()


def test_drift_is_taken_back_and_a_stranger_is_left_alone(pipeline):
    lambda_ = pipeline.account.client("lambda")
    lambda_.update_function_configuration(FunctionName=f"{NAME}-validate", Timeout=3)
    pipeline.s3.put_public_access_block(
        Bucket=BUCKET,
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False
        ),
    )
    run = pipeline.apply(diff=True)
    assert "Plan: 0 to add, 2 to change, 0 to remove" in run.output
    assert "timeout = 3 -> 60" in run.output
    assert lambda_.get_function_configuration(FunctionName=f"{NAME}-validate")["Timeout"] == 60

    alarms = pipeline.account.client("cloudwatch")
    alarm = alarms.describe_alarms(AlarmNames=[f"{NAME}-ExecutionsFailed"])["MetricAlarms"][0]["AlarmArn"]
    alarms.untag_resource(ResourceARN=alarm, TagKeys=["ManagedBy"])
    refused = pipeline.playbook.fail(pipeline_files=str(pipeline.folder))
    assert f"There is the alarm {NAME}-ExecutionsFailed without our tags" in refused.output
    alarms.tag_resource(ResourceARN=alarm, Tags=[{"Key": "ManagedBy", "Value": "landfall.aws"}])


def test_the_way_back_asks_before_it_takes_objects(pipeline):
    """The last test of this file: it takes the pipeline away."""
    refused = pipeline.playbook.fail(landfall_state="absent")
    assert f"There are objects in the bucket {BUCKET}" in refused.output
    assert pipeline.account.client("lambda").list_functions()["Functions"] != []

    pipeline.playbook.succeed(landfall_state="absent", pipeline_bucket_delete_objects=True)
    account = pipeline.account
    assert account.client("lambda").list_functions()["Functions"] == []
    assert account.client("iam").list_roles()["Roles"] == []
    assert account.client("logs").describe_log_groups(logGroupNamePrefix="/aws/")["logGroups"] == []
    assert account.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert account.client("sns").list_topics()["Topics"] == []
    assert account.client("stepfunctions").list_state_machines()["stateMachines"] == []
    assert account.client("s3").list_buckets()["Buckets"] == []
    again = pipeline.playbook.succeed(landfall_state="absent")
    assert again.changed == 0
