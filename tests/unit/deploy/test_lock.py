# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.deploy import lock as locks
from ansible_collections.landfall.aws.plugins.module_utils.deploy.lock import Held, Lock


def holder(token, process=None):
    return {"token": token, "by": f"{token}@there", "why": f"deploy by {token}", "process": process or {}}


@pytest.fixture
def lock(tmp_path):
    return Lock("app", tmp_path / "run", tmp_path / "log")


def test_one_has_it_and_the_next_is_told_who(lock):
    assert lock.acquire(holder("a")) is None
    with pytest.raises(Held) as held:
        lock.acquire(holder("b"))
    told = locks.sentence(held.value.holder, "app")
    for word in ("a@there", "deploy by a", held.value.holder["since"], "app_lock_break=true"):
        assert word in told


def test_the_same_run_may_take_it_again(lock):
    lock.acquire(holder("a"))
    assert lock.acquire(holder("a")) is None


def test_who_is_named_may_be_replaced_and_can_not_release_it_then(lock):
    lock.acquire(holder("a"))
    assert lock.acquire(holder("b"), replace="a")["by"] == "a@there"
    assert lock.release("a", {"result": "succeeded"}) is False
    assert lock.read()["token"] == "b"
    assert not lock.audit.exists()


def test_another_holder_than_the_named_one_is_not_replaced(lock):
    lock.acquire(holder("c"))
    with pytest.raises(Held):
        lock.acquire(holder("b"), replace="a")


def test_release_writes_one_line_that_others_can_not_read(lock):
    for number in (1, 2):
        lock.acquire(holder("a"))
        lock.release("a", {"action": "deploy", "number": number})
    lines = [json.loads(line) for line in lock.audit.read_text().splitlines()]
    assert [(each["number"], each["by"], each["why"]) for each in lines] == [
        (1, "a@there", "deploy by a"),
        (2, "a@there", "deploy by a"),
    ]
    assert lock.audit.stat().st_mode & 0o007 == 0
    assert lock.read() is None


def test_where_nothing_happened_nothing_is_written(lock):
    lock.acquire(holder("a"))
    assert lock.release("a") is True
    assert not lock.audit.exists()


def test_a_damaged_lock_is_somebody_s(lock):
    lock.path.parent.mkdir(parents=True)
    lock.path.write_text("{")
    with pytest.raises(Held, match=r".*") as held:
        lock.acquire(holder("a"))
    assert "damaged" in held.value.holder["why"]
    assert lock.acquire(holder("a"), replace="")["by"] == "unknown"


def test_of_many_that_want_it_at_once_one_gets_it(lock):
    def attempt(number):
        try:
            lock.acquire(holder(str(number)))
            return 1
        except Held:
            return 0

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(attempt, range(64))) == 1


def test_a_process_is_dead_once_it_has_ended_and_not_before():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        described = locks.describe_process(process.pid)
        this = locks.describe_process(os.getpid())
        assert not locks.is_dead(holder("a", described), this)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert locks.is_dead(holder("a", described), this)  # not yet buried
    finally:
        process.stdin.close()
        process.wait()
    assert locks.is_dead(holder("a", described), this)


def test_another_process_with_the_same_number_is_not_the_holder():
    this = locks.describe_process(os.getpid())
    assert not locks.is_dead(holder("a", this), this)
    assert locks.is_dead(holder("a", {**this, "started": "1"}), this)
    assert locks.is_dead(holder("a", {**this, "boot": "another"}), this)


def test_of_a_process_elsewhere_nothing_is_known():
    this = locks.describe_process(os.getpid())
    assert not locks.is_dead(holder("a", {**this, "machine": "another", "started": "1"}), this)
    assert not locks.is_dead(holder("a", {}), this)
