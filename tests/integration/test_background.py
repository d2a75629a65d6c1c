# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules that are started and left alone: what becomes of them, and that they are as with Ansible's own ``async``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

VPC = {"name": "theirs", "cidr_block": "10.9.0.0/16", "multi_ok": True}
ASYNC_STATUS = {
    "name": "It is through",
    "ansible.builtin.async_status": {"jid": "{{ begun.ansible_job_id }}"},
    "register": "through",
    "until": "through is finished",
    "retries": 60,
    "delay": 1,
    "ignore_errors": True,
}


@pytest.fixture
def begin(account, tmp_path):
    """The result of ``background`` in a playbook, and what the job says, if the playbook waits for it."""
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\ntouch {tmp_path}/started\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)

    def begin(module, wait=True, check=False, elsewhere=False, timeout=60, **arguments):
        options = {"module": module, "args": arguments, "timeout": timeout}
        tasks = [{"name": "Begin", "landfall.aws.background": options, "register": "begun"}]
        if elsewhere:
            tasks[0]["vars"] = {"ansible_python_interpreter": str(python)}
        result = {"begun": "{{ begun }}", **({"through": "{{ through }}"} if wait else {})}
        tasks += [ASYNC_STATUS] * wait
        copy = {"content": "{{ result | to_json }}", "dest": f"{tmp_path}/result"}
        tasks.append({"name": "Result", "ansible.builtin.copy": copy, "vars": {"result": result}, "check_mode": False})
        play = {"name": "Test", "hosts": "localhost", "gather_facts": False, "tasks": tasks}
        play["module_defaults"] = {"group/amazon.aws.aws": {"region": "eu-west-3", "endpoint_url": account.url}}
        (tmp_path / "playbook.json").write_text(json.dumps([play]))
        environment = {
            key: value for key, value in account.environment.items() if key not in ("AWS_REGION", "AWS_ENDPOINT_URL")
        }
        run = subprocess.run(
            ["ansible-playbook", "-i", os.devnull, tmp_path / "playbook.json", *["--check"] * check],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stdout + run.stderr
        assert (tmp_path / "started").exists() is elsewhere
        found = json.loads((tmp_path / "result").read_text())
        return found["begun"], found.get("through")

    return begin


@pytest.mark.parametrize("elsewhere", [False, True], ids=["a copy of Ansible's process", "async"])
def test_it_makes_what_it_was_asked_for_with_the_user_s_defaults(begin, account, elsewhere):
    begun, through = begin("amazon.aws.ec2_vpc_net", **VPC, elsewhere=elsewhere)
    assert begun["changed"]
    assert through["changed"]
    (vpc,) = [each for each in account.ec2.describe_vpcs()["Vpcs"] if each["CidrBlock"] == VPC["cidr_block"]]
    assert through["vpc"]["id"] == vpc["VpcId"]


def test_it_goes_on_when_the_playbook_has_ended(begin, account):
    begun, _through = begin("amazon.aws.ec2_vpc_net", **VPC, wait=False)
    deadline = time.monotonic() + 60
    while not (result := json.loads(Path(begun["results_file"]).read_text()))["finished"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert result["vpc"]["cidr_block"] == VPC["cidr_block"]


def test_check_mode_starts_nothing(begin, account):
    before = account.ec2.describe_vpcs()["Vpcs"]
    begun, _through = begin("amazon.aws.ec2_vpc_net", **VPC, wait=False, check=True)
    assert begun["skipped"]
    assert account.ec2.describe_vpcs()["Vpcs"] == before


@pytest.mark.parametrize("elsewhere", [False, True], ids=["a copy of Ansible's process", "async"])
def test_what_aws_refuses_is_in_the_result(begin, elsewhere):
    _begun, through = begin("amazon.aws.ec2_vpc_subnet", vpc_id="vpc-0", cidr="10.9.0.0/24", elsewhere=elsewhere)
    assert through["failed"]
    assert "InvalidVpcID.NotFound" in str(through)


def test_an_option_that_the_module_does_not_have_is_in_the_result(begin):
    _begun, through = begin("amazon.aws.ec2_vpc_net", **VPC, cdir="10.0.0.0/16")
    assert through["failed"]
    assert "cdir" in through["msg"]


def test_what_takes_too_long_is_ended(begin, account):
    where = {"region": "eu-west-3", "endpoint_url": account.url}
    _begun, through = begin("landfall.aws.ssm_instance_wait", timeout=2, instance_id="i-0123456789abcdef0", **where)
    assert through["failed"]
    assert "after 2 seconds" in through["msg"]
