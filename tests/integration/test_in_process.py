# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module that ansible-playbook runs in its own process says the same as one that is sent to a Python of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

PLAN = {"name": "shop-dev", "project": "shop", "environment": "dev", "cidr": "10.0.0.0/16", "azs": ["eu-west-3a"]}
OURS = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")


@pytest.fixture
def planned(account, tmp_path):
    """The result of vpc_plan in a playbook, and whether a Python was started for it. Only the task is signed in."""
    python, started = tmp_path / "python", tmp_path / "started"
    python.write_text(f'#!/bin/sh\ntouch {started}\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)

    def planned(task=None, check=False, **arguments):
        more = {
            "environment": {name: account.environment[name] for name in OURS},
            "register": "planned",
            **(task or {}),
        }
        tasks = [
            {"name": "Plan", "landfall.aws.vpc_plan": {**PLAN, **arguments}, "ignore_errors": True, **more},
            {"name": "Result", "ansible.builtin.copy": {"content": "{{ planned | to_json }}", "dest": f"{tmp_path}/result"},
             "vars": {"ansible_python_interpreter": sys.executable}, "check_mode": False},
        ]  # fmt: skip
        play = {"name": "Test", "hosts": "localhost", "gather_facts": False, "tasks": tasks}
        (tmp_path / "playbook.json").write_text(json.dumps([play]))
        run = subprocess.run(
            ["ansible-playbook", "-i", os.devnull, tmp_path / "playbook.json", *["--check"] * check],
            env={key: value for key, value in account.environment.items() if key not in OURS},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        was_started = started.exists()
        started.unlink(missing_ok=True)
        return json.loads((tmp_path / "result").read_text()), was_started

    planned.elsewhere = {"vars": {"ansible_python_interpreter": str(python)}}
    return planned


@pytest.mark.parametrize("check", [False, True], ids=["run", "check mode"])
def test_both_ways_say_the_same(planned, check):
    here, started = planned(check=check)
    assert not started
    sent, started = planned(planned.elsewhere, check=check)
    assert started
    assert here["changed"] is check
    assert here["summary"].startswith("Plan: ")
    assert here == sent


def test_both_ways_refuse_the_same(planned):
    here, started = planned(cidr="10.0.0.0/8")
    assert not started
    assert here["failed"]
    assert "10.0.0.0/8" in here["msg"]
    assert here == planned(planned.elsewhere, cidr="10.0.0.0/8")[0]


def test_an_option_that_the_module_does_not_have_is_named(planned):
    here, _started = planned(cdir="10.0.0.0/16")
    assert here["failed"]
    assert "cdir" in here["msg"]


def test_what_the_environment_of_one_item_says_is_forgotten_at_the_next(planned):
    looped = {
        "environment": "{{ item }}",
        "loop": [{"AWS_REGION": "eu-west-3"}, {}],
        "loop_control": {"label": "region"},
        "check_mode": True,
    }
    here, _started = planned(looped)
    assert "region" not in str(here["results"][0].get("msg"))
    assert here["results"][1]["failed"]
    assert "region" in here["results"][1]["msg"]


def test_in_the_background_it_is_a_process_of_its_own(planned):
    here, started = planned({**planned.elsewhere, "async": 60, "poll": 1})
    assert started
    assert here["summary"].startswith("Plan: ")
