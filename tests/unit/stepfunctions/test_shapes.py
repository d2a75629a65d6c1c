# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options to API members and back, by botocore's own shapes."""

from __future__ import annotations

from datetime import datetime, timezone

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils import shapes

KEYS = {"region_name": "eu-west-3", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
STEPFUNCTIONS, ECS = (boto3.client(name, **KEYS) for name in ("stepfunctions", "ecs"))
LOGGING = shapes.input_shape(STEPFUNCTIONS, "CreateStateMachine").members["loggingConfiguration"]
ENCRYPTION = shapes.input_shape(STEPFUNCTIONS, "CreateStateMachine").members["encryptionConfiguration"]
CONTAINER = shapes.input_shape(ECS, "RegisterTaskDefinition").members["containerDefinitions"].member


def argument(shape, value, where="option"):
    mistakes = []
    return shapes.as_argument(shape, value, where, mistakes), mistakes


def test_names_are_turned_into_those_of_the_api_and_back():
    given_ = {"level": "ALL", "include_execution_data": True}
    given_["destinations"] = [{"cloud_watch_logs_log_group": {"log_group_arn": "arn"}}]
    made, mistakes = argument(LOGGING, given_)
    assert not mistakes
    assert made["destinations"] == [{"cloudWatchLogsLogGroup": {"logGroupArn": "arn"}}]
    assert shapes.as_option(LOGGING, made) == given_


def test_the_apis_own_spelling_is_taken_too_but_not_twice():
    assert argument(LOGGING, {"includeExecutionData": True}) == ({"includeExecutionData": True}, [])
    _made, mistakes = argument(LOGGING, {"include_execution_data": True, "includeExecutionData": False})
    assert mistakes == ['option: "includeExecutionData" is given twice, in two spellings']


def test_units_may_be_written_as_people_write_them():
    storage = shapes.input_shape(ECS, "RegisterTaskDefinition").members["ephemeralStorage"]
    for name in ("sizeInGiB", "size_in_gi_b", "size_in_gib"):
        assert argument(storage, {name: 30}) == ({"sizeInGiB": 30}, [])


def test_keys_of_users_are_never_written_otherwise():
    labels = {"com.Foo.barBaz": "1", "snake_case": "2", "ÄÖ ß": "3"}
    made, mistakes = argument(CONTAINER, {"docker_labels": labels, "log_configuration": {"log_driver": "awslogs"}})
    assert (made["dockerLabels"], mistakes) == (labels, [])
    assert shapes.as_option(CONTAINER, made)["docker_labels"] == labels


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_a_map_comes_back_as_it_went(labels):
    made, mistakes = argument(CONTAINER, {"docker_labels": labels})
    assert not mistakes
    assert shapes.as_option(CONTAINER, made) == {"docker_labels": labels}


@pytest.mark.parametrize(
    ("shape", "value", "said"),
    [
        (LOGGING, {"lvl": "ALL"}, 'unknown field "lvl" in option; did you mean "level"?'),
        (
            LOGGING,
            {"xyz": 1},
            'unknown field "xyz" in option; its fields are level, include_execution_data, destinations',
        ),
        (LOGGING, {"level": "DEBUG"}, "option.level: 'DEBUG' is not one of ALL, ERROR, FATAL, OFF"),
        (LOGGING, {"level": ["ALL"]}, "option.level: ['ALL'] is not a text"),
        (
            LOGGING,
            {"include_execution_data": "maybe"},
            "option.include_execution_data: 'maybe' is neither true nor false",
        ),
        (LOGGING, {"destinations": "arn"}, "option.destinations: 'arn' is not a list"),
        (LOGGING, {"destinations": ["arn"]}, "option.destinations[0]: 'arn' is not a dict"),
        (
            LOGGING,
            {"destinations": [{"cloud_watch_logs_log_group": {"log_group": "arn"}}]},
            'unknown field "log_group" in option.destinations[0].cloud_watch_logs_log_group; did you mean "log_group_arn"?',
        ),
        (ENCRYPTION, {"kms_key_id": "x"}, "option.type: must be given"),
        (
            ENCRYPTION,
            {"type": "AWS_OWNED_KEY", "kms_key_id": ""},
            "option.kms_key_id: 0 characters; allowed are 1 to 2048",
        ),
        (
            ENCRYPTION,
            {"type": "AWS_OWNED_KEY", "kms_data_key_reuse_period_seconds": 30},
            "option.kms_data_key_reuse_period_seconds: 30; allowed are 60 to 900",
        ),
        (
            ENCRYPTION,
            {"type": "AWS_OWNED_KEY", "kms_data_key_reuse_period_seconds": "1 h"},
            "option.kms_data_key_reuse_period_seconds: '1 h' is not a whole number",
        ),
    ],
)
def test_a_mistake_names_its_place_what_was_given_and_what_is_allowed(shape, value, said):
    assert argument(shape, value)[1] == [said]


def test_every_mistake_is_told():
    assert len(argument(LOGGING, {"lvl": 1, "level": 2, "include_execution_data": 3})[1]) == 3


def test_values_take_the_type_that_the_api_wants():
    made, mistakes = argument(
        CONTAINER, {"cpu": "256", "essential": "no", "environment": [{"name": "PORT", "value": 80}]}
    )
    assert not mistakes
    assert made == {"cpu": 256, "essential": False, "environment": [{"name": "PORT", "value": "80"}]}


def test_off_without_quotes_is_off():
    assert argument(LOGGING, {"level": False}) == ({"level": "OFF"}, [])


def test_what_is_null_is_left_out():
    assert argument(LOGGING, {"level": None, "include_execution_data": True})[0] == {"includeExecutionData": True}


def test_times_are_texts_and_what_botocore_adds_is_left_out():
    shape = shapes.output_shape(STEPFUNCTIONS, "CreateStateMachine")
    when = datetime(2026, 11, 21, tzinfo=timezone.utc)
    answer = {"stateMachineArn": "arn", "creationDate": when, "ResponseMetadata": {"RequestId": "x"}}
    assert shapes.as_option(shape, answer) == {"state_machine_arn": "arn", "creation_date": "2026-11-21T00:00:00+00:00"}
