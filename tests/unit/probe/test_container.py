# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.probe import client
from ansible_collections.landfall.aws.plugins.module_utils.probe.client import ProbeFailed, keep_asking
from ansible_collections.landfall.aws.plugins.module_utils.probe.container import Watched


class Docker:
    """A command line that tells of one container: what is in ``state``, or that there is none."""

    def __init__(self, **state):
        self.state = {
            "Status": "running",
            "Running": True,
            "Restarting": False,
            "OOMKilled": False,
            "ExitCode": 0,
            **state,
        }
        self.state.setdefault("StartedAt", "1")
        self.restarts, self.gone, self.logs = 0, False, ("", "")

    def __call__(self, words):
        if words[1] == "logs":
            return 0, *self.logs
        if self.gone:
            return 1, "[]", "Error response from daemon: No such container: app-blue"
        return 0, json.dumps([{"RestartCount": self.restarts, "State": self.state}]), ""

    def restart(self):
        self.restarts += 1
        self.state["StartedAt"] = str(self.restarts + 1)


@pytest.fixture
def time_flies(monkeypatch):
    """Each pause takes no time and yet passes."""
    now = [0.0]
    monkeypatch.setattr(client.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(client.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    return now


def answers(monkeypatch, *found):
    """What the URL answers, one after the other: a status, or what is wrong."""
    each = iter(found)

    def ask(target, patience):
        answer = next(each)
        if callable(answer):
            answer = answer()
        if isinstance(answer, str):
            raise ProbeFailed(answer)
        return answer, None

    monkeypatch.setattr(client, "ask", ask)


def test_as_many_answers_in_a_row_as_are_wanted(monkeypatch, time_flies):
    answers(monkeypatch, 200, 200, "refused", 200, 200, 200)
    assert keep_asking(None, 60, successes=3) == (200, None, 6)


def test_too_few_in_a_row_when_the_time_is_over(monkeypatch, time_flies):
    answers(monkeypatch, "refused", 200, 200)
    with pytest.raises(ProbeFailed, match="well 2 times in a row, where 3 are wanted"):
        keep_asking(None, 2, successes=3)


def test_what_it_answered_before_a_restart_does_not_count(monkeypatch, time_flies):
    docker = Docker()
    watched = Watched("app-blue", docker)
    answers(monkeypatch, 200, 200, lambda: docker.restart() or 200, 200, 200)
    assert keep_asking(None, 60, successes=3, watched=watched)[2] == 5


@pytest.mark.parametrize(
    "happens",
    [
        lambda docker: setattr(docker, "gone", True),
        lambda docker: docker.state.update(Running=False, Status="exited", ExitCode=1),
        lambda docker: [docker.restart() for _restart in range(3)],
    ],
)
def test_a_lost_container_is_not_waited_for(monkeypatch, time_flies, happens):
    docker = Docker()
    watched = Watched("app-blue", docker)
    answers(monkeypatch, "refused", lambda: [happens(docker), "refused"][1])
    with pytest.raises(ProbeFailed):
        keep_asking(None, 3600, watched=watched)
    assert time_flies[0] < 5


def test_one_that_restarts_once_is_waited_for(monkeypatch, time_flies):
    docker = Docker(Running=False, Restarting=True, Status="restarting")
    watched = Watched("app-blue", docker)
    answers(monkeypatch, "refused", lambda: docker.restart() or "refused", 200)
    assert keep_asking(None, 60, watched=watched)[0] == 200


def test_restarts_of_long_ago_do_not_make_it_lost():
    docker = Docker()
    docker.restarts = 17
    assert not Watched("app-blue", docker).is_lost()


def test_its_state_is_told():
    docker = Docker(Status="restarting", ExitCode=137, OOMKilled=True)
    docker.restarts = 2
    watched = Watched("app-blue", docker)
    told = "The container app-blue is restarting (restarts: 2, last exit code: 137, it ran out of memory)."
    assert watched.describe() == told
    docker.gone = True
    assert "is gone" in watched.describe()


def test_both_streams_of_its_log_are_one_in_order_without_docker_s_own_words():
    docker = Docker()
    docker.logs = ("2026-01-01T00:00:02Z second\n", "2026-01-01T00:00:01Z first\nError response from daemon\n")
    assert Watched("app-blue", docker).log() == ["first", "second"]
