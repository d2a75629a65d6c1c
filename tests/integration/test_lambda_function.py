# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One function alone, and thumbnails: a function with a dependency between two buckets. Both really run."""

from __future__ import annotations

import json
import struct
import zlib

import pytest
from conftest import Playbook
from pipelines import Account, of_inventory, until

from lab.ministack import RUNTIME, Ministack

UPLOADS, THUMBNAILS = "shop-prod-uploads-example", "shop-prod-thumbnails-example"
HANDLER = (
    "import os\n\n\ndef handler(event, context):\n    return {'said': os.environ['GREETING'], 'to': event['name']}\n"
)


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    with Ministack(tmp_path_factory.mktemp("aws")) as ministack:
        yield Account(ministack)


@pytest.fixture
def playbook(account, tmp_path):
    return Playbook(account, tmp_path)


@pytest.fixture
def options(tmp_path):
    folder = tmp_path / "greet"
    folder.mkdir()
    (folder / "app.py").write_text(HANDLER)
    return {
        "landfall_project": "shop",
        "landfall_environment": "test",
        "landfall_region": "eu-west-3",
        "lambda_function_name": "greet",
        "lambda_function_path": str(folder),
        "lambda_function_runtime": RUNTIME,
        "lambda_function_environment_variables": {"GREETING": "hello"},
    }


def test_a_function_comes_answers_and_goes(account, playbook, options):
    lambda_ = account.client("lambda")
    planned = playbook.succeed("lambda_function", check=True, diff=True, **options)
    assert "Plan: 5 to add, 0 to change, 0 to remove" in planned.output
    assert lambda_.list_functions()["Functions"] == []

    playbook.succeed("lambda_function", **options)
    answer = lambda_.invoke(FunctionName="greet", Payload=json.dumps({"name": "you"}))
    assert json.loads(answer["Payload"].read()) == {"said": "hello", "to": "you"}
    made = lambda_.get_function(FunctionName="greet")
    assert made["Configuration"]["TracingConfig"]["Mode"] == "Active"
    assert made["Tags"] == {"Name": "greet", "Project": "shop", "Environment": "test", "ManagedBy": "landfall.aws"}
    (group,) = account.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/greet")["logGroups"]
    assert group["retentionInDays"] == 30

    assert playbook.succeed("lambda_function", **options).changed == 0

    changed = playbook.succeed(
        "lambda_function", diff=True, **{**options, "lambda_function_environment_variables": {"GREETING": "good day"}}
    )
    assert "environment_variables.GREETING = hello -> good day" in changed.output
    answer = lambda_.invoke(FunctionName="greet", Payload=json.dumps({"name": "you"}))
    assert json.loads(answer["Payload"].read())["said"] == "good day"

    gone = playbook.succeed("lambda_function", lambda_function_state="absent", **options)
    assert "Plan: 0 to add, 0 to change, 4 to remove" in gone.output
    assert lambda_.list_functions()["Functions"] == account.client("iam").list_roles()["Roles"] == []
    assert playbook.succeed("lambda_function", lambda_function_state="absent", **options).changed == 0


def test_all_mistakes_come_at_once_and_nothing_is_made(account, playbook, options):
    wrong = {"lambda_function_handler": "app.main", "lambda_function_triggers": [{"bucket": "nobodys-bucket"}]}
    refused = playbook.fail(
        "lambda_function", **{**options, **wrong, "lambda_function_runtime": "python2.7", "lambda_function_timeout": 0}
    )
    assert "2 mistakes in the options" in refused.output
    assert "lambda_function_runtime: 'python2.7' is not valid" in refused.output
    assert "lambda_function_timeout: 0 is not a function's time" in refused.output
    refused = playbook.fail("lambda_function", **{**options, "lambda_function_handler": "app.main"})
    assert "functions[0].handler: app.py defines no main" in refused.output
    refused = playbook.fail(
        "lambda_function", **{**options, "lambda_function_triggers": wrong["lambda_function_triggers"]}
    )
    assert "The bucket nobodys-bucket, which shall be a trigger, does not exist" in refused.output
    assert account.client("lambda").list_functions()["Functions"] == []


def picture(width, height):
    """A PNG of one colour."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\x20\x80\xc0" * width for _row in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_an_image_appears_smaller_in_the_other_bucket(account, tmp_path):
    playbook = of_inventory(Playbook(account, tmp_path), "example_thumbnails")
    playbook.succeed()
    s3 = account.client("s3")
    s3.put_object(Bucket=UPLOADS, Key="2027/my picture.png", Body=picture(800, 400))
    s3.put_object(Bucket=UPLOADS, Key="2027/broken.png", Body=b"no image")

    def copy():
        found = s3.list_objects_v2(Bucket=THUMBNAILS).get("Contents")
        return found and s3.get_object(Bucket=THUMBNAILS, Key=found[0]["Key"])

    copied = until(copy, 60, "the thumbnail is there")
    content = copied["Body"].read()
    assert copied["ContentType"] == "image/png"
    assert struct.unpack(">II", content[16:24]) == (200, 100)
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=THUMBNAILS)["Contents"]] == ["2027/my picture.png"]

    assert playbook.succeed().changed == 0
    playbook.succeed(landfall_state="absent", pipeline_bucket_delete_objects=True)
    assert s3.list_buckets()["Buckets"] == []
