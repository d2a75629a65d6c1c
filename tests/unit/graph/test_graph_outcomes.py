# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of each state of an execution, from histories as AWS tells them."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.asl import graph, graph_svg
from ansible_collections.landfall.aws.plugins.module_utils.asl.graph_outcomes import History, duration
from ansible_collections.landfall.aws.plugins.module_utils.asl.source import from_tree
from tests.unit.graph.definitions import caught, machine, task
from tests.unit.graph.histories import Events
from tests.unit.picture import SVG, Picture

BRANCHES = [machine("Left", Left=task("l", End=True)), machine("Right", Right=task("r", End=True))]
ITEM = machine("Item", Item=task("i", End=True))
TREE = machine(
    "First",
    First=task("f", Next="Both", Retry=[{"ErrorEquals": ["Boom"]}], Catch=caught("Alert")),
    Both={"Type": "Parallel", "Branches": BRANCHES, "Next": "Each", "Catch": caught("Alert")},
    Each={"Type": "Map", "ItemProcessor": ITEM, "Next": "Pause"},
    Pause={"Type": "Wait", "Seconds": 5, "Next": "Last"},
    Last={"Type": "Succeed"},
    Alert=task("a", Next="Broken"),
    Broken={"Type": "Fail", "Error": "Broken"},
)
PART = graph.seen(from_tree(TREE))


class Told:
    """Outcomes by the states' names."""

    def __init__(self, events, status, part=PART):
        history = History(events.answer()["events"], status)
        self.outcomes = {state.name: history.outcome(state) for state in part.all()}

    def __getitem__(self, name):
        return self.outcomes[name].kind

    def text(self, name):
        return self.outcomes[name].text

    def detail(self, name):
        return self.outcomes[name].detail


@pytest.fixture
def events():
    return Events()


def both(events):
    """A Parallel whose two branches begin; the ids at which they do."""
    events.entered("Parallel", "Both")
    started = events("ParallelStateStarted")
    left = events.entered("Task", "Left", started)
    right = events.entered("Task", "Right", started)
    return left, right


def test_what_succeeded_and_what_was_not_reached(events):
    events.task("First")
    left, right = both(events)
    left, right = events.scheduled(left), events.scheduled(right)
    details = {"resourceType": "lambda", "resource": "invoke"}
    left = events("TaskSucceeded", left, taskSucceeded=details)
    right = events("TaskSucceeded", right, taskSucceeded=details)
    events.exited("Task", "Right", right)
    events.exited("Task", "Left", left)
    events("ParallelStateSucceeded")
    events.exited("Parallel", "Both")
    events.entered("Map", "Each")
    started = events("MapStateStarted", mapStateStarted={"length": 2})
    for index in range(2):
        events("MapIterationStarted", started, mapIterationStarted={"name": "Each", "index": index})
        events.task("Item")
        events("MapIterationSucceeded", mapIterationSucceeded={"name": "Each", "index": index})
    events("MapStateSucceeded")
    events.exited("Map", "Each")
    events.entered("Wait", "Pause")
    events.exited("Wait", "Pause")
    events.entered("Succeed", "Last")
    events.exited("Succeed", "Last")
    events("ExecutionSucceeded", executionSucceeded={})
    told = Told(events, "SUCCEEDED")
    for name in ("First", "Both", "Left", "Right", "Each", "Item", "Pause", "Last"):
        assert told[name] == "succeeded", name
    assert told["Alert"] == told["Broken"] == "not reached"
    assert told.text("First") == "succeeded, 4.00 s"
    assert told.text("Item") == "2 succeeded, 8.00 s"
    assert told.detail("Item") == "entered 2 times; each took 4.00 s to 4.00 s"


def test_what_was_retried(events):
    events.entered("Task", "First")
    for _attempt in range(2):
        events.scheduled()
        events.failed()
    events.scheduled()
    events.succeeded()
    events.exited("Task", "First")
    told = Told(events, "RUNNING")
    assert told.text("First") == "succeeded, 10.0 s, 2 retries"
    assert told.detail("First") == "went wrong with Boom"


def test_what_waits_for_its_next_attempt_is_running(events):
    events.entered("Task", "First")
    events.scheduled()
    events.failed()
    told = Told(events, "RUNNING")
    assert told["First"] == "running"
    assert "running since 2026-11-21 12:00:02 UTC" in told.detail("First")


def test_what_was_caught(events):
    events.entered("Task", "First")
    events.scheduled()
    events.failed()
    events.exited("Task", "First")
    events.task("Alert")
    events.entered("Fail", "Broken")
    events("ExecutionFailed", executionFailed={"error": "Broken"})
    told = Told(events, "FAILED")
    assert (told["First"], told["Alert"], told["Broken"]) == ("caught", "succeeded", "failed")
    assert told["Both"] == told["Left"] == "not reached"


@pytest.mark.parametrize("is_caught", [True, False])
def test_a_branch_that_fails_ends_the_others(events, is_caught):
    events.task("First")
    left, right = both(events)
    events.scheduled(right)
    events.scheduled(left)
    failed = events.failed("Left.Broke")
    # So says AWS, of the state that failed too.
    events("TaskStateAborted", failed)
    events("ParallelStateFailed", failed)
    if is_caught:
        events.exited("Parallel", "Both")
        events.entered("Task", "Alert")
    else:
        events("ExecutionFailed", executionFailed={"error": "Left.Broke"})
    told = Told(events, "RUNNING" if is_caught else "FAILED")
    assert (told["Left"], told["Right"]) == ("failed", "aborted")
    assert told["Both"] == ("caught" if is_caught else "failed")
    assert told["Alert"] == ("running" if is_caught else "not reached")
    assert "Left.Broke" in told.detail("Both")


def test_a_parallel_that_is_retried(events):
    events.task("First")
    events.entered("Parallel", "Both")
    events.entered("Task", "Left", events("ParallelStateStarted"))
    events.scheduled()
    events("ParallelStateFailed", events.failed())
    events.entered("Task", "Left", events("ParallelStateStarted"))
    events.scheduled()
    told = Told(events, "RUNNING")
    assert (told["Both"], told["Left"]) == ("running", "failed")
    assert told.text("Both") == "running, 1 retry"
    assert told.text("Left").startswith("1 failed, 1 running")


def test_items_that_may_fail(events):
    """ToleratedFailurePercentage: the Map succeeds all the same."""
    events.entered("Map", "Each")
    started = events("MapStateStarted", mapStateStarted={"length": 3})
    for index in range(3):
        events("MapIterationStarted", started, mapIterationStarted={"name": "Each", "index": index})
        events.entered("Task", "Item")
        events.scheduled()
        if index == 1:
            events.failed()
            events("MapIterationFailed", mapIterationFailed={"name": "Each", "index": index})
        else:
            events.succeeded()
            events.exited("Task", "Item")
            events("MapIterationSucceeded", mapIterationSucceeded={"name": "Each", "index": index})
    events("MapStateSucceeded")
    events.exited("Map", "Each")
    told = Told(events, "RUNNING")
    assert (told["Each"], told["Item"]) == ("succeeded", "failed")
    assert told.text("Item").startswith("1 failed, 2 succeeded")


def test_a_map_that_fails(events):
    events.entered("Map", "Each")
    started = events("MapStateStarted", mapStateStarted={"length": 2})
    events("MapIterationStarted", started, mapIterationStarted={"name": "Each", "index": 0})
    events.entered("Task", "Item")
    open_ = events.scheduled()
    events("MapIterationStarted", started, mapIterationStarted={"name": "Each", "index": 1})
    events.entered("Task", "Item")
    events.scheduled()
    events.failed()
    failed = events("MapIterationFailed", mapIterationFailed={"name": "Each", "index": 1})
    events("TaskStateAborted", open_)
    events("MapIterationAborted", mapIterationAborted={"name": "Each", "index": 0})
    events("MapStateFailed", failed)
    events("ExecutionFailed", executionFailed={"error": "Boom"})
    told = Told(events, "FAILED")
    assert told["Each"] == "failed"
    assert told.text("Item").startswith("1 failed, 1 aborted")


def test_what_was_timed_out(events):
    events.entered("Task", "First")
    events.scheduled()
    events.failed("States.Timeout", "TimedOut")
    events("ExecutionFailed", executionFailed={"error": "States.Timeout"})
    assert Told(events, "FAILED")["First"] == "timed out"


def test_an_execution_that_was_timed_out(events):
    events.task("First")
    events.entered("Wait", "Pause")
    events("ExecutionTimedOut", executionTimedOut={})
    told = Told(events, "TIMED_OUT")
    assert (told["First"], told["Pause"]) == ("succeeded", "timed out")


def test_an_execution_that_was_stopped(events):
    left, _right = both(events)
    events.scheduled(left)
    events("ExecutionAborted", executionAborted={"error": "Operator", "cause": "a secret"})
    told = Told(events, "ABORTED")
    assert {told[each] for each in ("Both", "Left", "Right")} == {"aborted"}


def test_a_state_that_fails_without_an_event_of_its_own(events):
    """As a Choice does that no rule fits."""
    events.entered("Wait", "Pause")
    events("ExecutionFailed", executionFailed={"error": "States.Runtime", "cause": "a secret"})
    told = Told(events, "FAILED")
    assert told["Pause"] == "failed"
    assert told.detail("Pause") == "went wrong with States.Runtime"


@pytest.mark.parametrize("entered_again", [True, False])
def test_what_was_redriven(events, entered_again):
    events.entered("Task", "First")
    events.scheduled()
    events.failed()
    events("ExecutionFailed", executionFailed={"error": "Boom"})
    events("ExecutionRedriven", executionRedriven={"redriveCount": 1})
    if entered_again:
        events.entered("Task", "First")
    events.scheduled()
    events.succeeded()
    events.exited("Task", "First")
    events.entered("Wait", "Pause")
    told = Told(events, "RUNNING")
    assert (told["First"], told["Pause"]) == ("succeeded", "running")
    assert "retr" not in told.text("First")


def test_what_runs_in_executions_of_its_own_is_not_judged(events):
    distributed = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **ITEM}
    tree = machine("Each", Each={"Type": "Map", "ItemProcessor": distributed, "End": True})
    events.entered("Map", "Each")
    events("MapStateStarted", mapStateStarted={"length": 0})
    events("MapRunStarted", mapRunStarted={"mapRunArn": "arn:aws:states:eu-west-3:123456789012:mapRun:x/y:z"})
    part = graph.seen(from_tree(tree))
    history = History(events.answer()["events"], "RUNNING")
    each, item = part.all()
    assert history.outcome(each).kind == "running"
    assert history.outcome(item) is None


def test_a_cause_is_not_drawn(events):
    events.entered("Task", "First")
    events.scheduled()
    events.failed()
    events("ExecutionFailed", executionFailed={"error": "Boom", "cause": "a secret"})
    text = graph_svg.draw(PART, "orders", (), History(events.answer()["events"], "FAILED").outcome)
    assert "Boom" in text
    assert "secret" not in text


def test_outcomes_are_said_in_words_and_not_by_color_alone(events):
    events.entered("Task", "First")
    events.scheduled()
    events.failed()
    events("ExecutionFailed", executionFailed={"error": "Boom"})
    picture = Picture(graph_svg.draw(PART, "orders", (), History(events.answer()["events"], "FAILED").outcome))
    texts = [text for _place, text in picture.texts]
    assert "failed, 4.00 s" in texts
    assert texts.count("not reached") == len(
        list(PART.all())
    )  # seven states and two branches' less First, and the legend
    groups = [each.get("class") for each in picture.root.iter(f"{SVG}g")]
    assert groups.count("state failed") == 1
    assert groups.count("state not-reached") == len(list(PART.all())) - 1


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.123, "0.12 s"),
        (9.994, "9.99 s"),
        (9.996, "10.0 s"),
        (59.96, "1 min 0 s"),
        (125, "2 min 5 s"),
        (3599.6, "1 h 0 min"),
        (12000, "3 h 20 min"),
    ],
)
def test_durations(seconds, said):
    assert duration(seconds) == said
