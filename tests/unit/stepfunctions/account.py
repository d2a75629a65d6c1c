# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules run in this process: their main() with arguments as Ansible gives them, and the calls that they make.

``Emulated`` answers with moto. ``Scripted`` answers what a test says, call by call, and botocore checks both the
arguments and the answers against its model of the service.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import format_datetime
from functools import cache
from typing import ClassVar
from unittest import mock

import boto3
import botocore.loaders
from ansible.module_utils.testing import patch_module_args
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from botocore.stub import Stubber
from moto import mock_aws

from ansible_collections.landfall.aws.plugins.module_utils import waiting
from ansible_collections.landfall.aws.plugins.module_utils.client import LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import state_machine

ACCOUNT, REGION = "123456789012", "eu-west-3"
PREFIX = f"arn:aws:states:{REGION}:{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/orders"
ARN = f"{PREFIX}:stateMachine:orders"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=timezone.utc)
METADATA = {"HTTPStatusCode": 200, "HTTPHeaders": {"date": format_datetime(NOW, usegmt=True)}, "RetryAttempts": 0}
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
}
# Models of services are read once, and not for each client.
LOADER = cache(botocore.loaders.create_loader)


class Ended(Exception):
    """A module that is through."""


@dataclass(frozen=True)
class Result:
    """What a module returned, and which calls it made."""

    failed: bool
    returned: dict
    calls: list
    waited: float  # seconds

    def __getitem__(self, key):
        return self.returned[key]

    @property
    def message(self):
        assert self.failed, self.returned
        return self.returned["msg"]


class FakeTime:
    """Time that passes when somebody sleeps."""

    def __init__(self):
        self.seconds = 1000.0

    def monotonic(self):
        return self.seconds

    def sleep(self, seconds):
        self.seconds += seconds


class Runner:
    """Runs modules; ``time`` passes only in their pauses."""

    def __init__(self):
        self.time = FakeTime()

    def run(self, module, check_mode=False, verbosity=0, **options):
        arguments = {**options, "_ansible_check_mode": check_mode, "_ansible_verbosity": verbosity}
        calls, begun = [], self.time.seconds

        def end(failed):
            def ended(wrapper, **returned):
                calls[:] = wrapper._counter.calls
                raise Ended(failed, returned)

            return ended

        with ExitStack() as stack:
            stack.enter_context(mock.patch.dict(os.environ, CREDENTIALS))
            stack.enter_context(mock.patch.object(LandfallModule, "exit_json", end(False)))
            stack.enter_context(mock.patch.object(LandfallModule, "fail_json", end(True)))
            stack.enter_context(mock.patch.object(waiting, "time", self.time))
            stack.enter_context(mock.patch.object(botocore.loaders, "create_loader", LOADER))
            stack.enter_context(mock.patch.object(state_machine, "in_parallel", one_by_one))
            stack.enter_context(patch_module_args(arguments))
            try:
                module.main()
            except Ended as ended:
                return Result(*ended.args, calls, self.time.seconds - begun)
        raise AssertionError("the module came to no end")

    def succeed(self, module, **options):
        result = self.run(module, **options)
        assert not result.failed, result.returned
        return result

    def fail(self, module, **options):
        result = self.run(module, **options)
        assert result.failed, result.returned
        return result


def one_by_one(reads):
    return {name: read() for name, read in reads.items()}


class Emulated(Runner):
    """An empty account of moto's."""

    @property
    def stepfunctions(self):
        return boto3.client("stepfunctions", region_name=REGION)


@contextmanager
def emulated():
    with mock.patch.dict(os.environ, CREDENTIALS), mock_aws():
        yield Emulated()


class Scripted(Runner):
    """Answers what it was told to, in this order, and nothing else."""

    # The first one is meant where nothing is said; sync is the one that waits for long and repeats nothing.
    SERVICES: ClassVar = {
        **{each: each for each in ("stepfunctions", "sts", "cloudwatch", "kms")},
        "sync": "stepfunctions",
    }

    def __init__(self):
        super().__init__()
        keys = {"region_name": REGION, "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        self.clients = {name: boto3.client(service, **keys) for name, service in self.SERVICES.items()}
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}

    def on(self, operation, answer=None, service=None, **arguments):
        answer = {"ResponseMetadata": METADATA, **(answer or {})}
        self.stubs[service or next(iter(self.stubs))].add_response(operation, answer, arguments or None)
        return self

    def refuses(self, operation, code, message="", service=None, **arguments):
        self.stubs[service or next(iter(self.stubs))].add_client_error(
            operation, code, message, expected_params=arguments or None
        )
        return self

    def identity(self, account=ACCOUNT):
        answer = {"Account": account, "Arn": f"arn:aws:iam::{account}:user/ada", "UserId": "x"}
        return self.on("get_caller_identity", answer, "sts")

    def run(self, module, **options):
        def client(_module, service, config, **_more):
            patient = config.read_timeout > 300 and config.retries["max_attempts"] == 0
            return self.clients["sync" if patient else service]

        for stub in self.stubs.values():
            stub.activate()
        with mock.patch.object(AnsibleAWSModule, "client", client):
            result = super().run(module, **options)
        for name, stub in self.stubs.items():
            left = [each["operation_name"] for each in stub._queue]
            assert not left, f"{name} was not asked for {left}; {result.returned}"
            stub.deactivate()
        return result
