# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pure half of docker_daemon_config: what a change means for the running engine."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.docker import daemon
from ansible_collections.landfall.aws.plugins.module_utils.rules import RULES

OPTIONS = {"live-restore": True, "log-driver": "local", "log-opts": {"max-size": "10m"}}


@pytest.mark.parametrize("text", [None, "", "{", "[]", '"text"', "null"])
def test_what_the_engine_could_not_read_counts_as_nothing(text):
    assert daemon.parse(text) is None


def test_a_file_is_read_as_it_was_written():
    assert daemon.parse(daemon.render(OPTIONS)) == OPTIONS


@pytest.mark.parametrize(
    ("live", "wanted", "effect"),
    [
        (OPTIONS, dict(reversed(OPTIONS.items())), "none"),
        (None, None, "none"),
        ({}, None, "none"),
        (None, {"debug": True}, "reload"),
        (OPTIONS, {**OPTIONS, "live-restore": False}, "reload"),
        (OPTIONS, {**OPTIONS, "labels": ["a=b"], "debug": True}, "reload"),
        (OPTIONS, {**OPTIONS, "log-driver": "journald"}, "restart"),
        # Which store images are in is decided when the engine starts.
        (OPTIONS, {**OPTIONS, "features": {"containerd-snapshotter": True}}, "restart"),
        (OPTIONS, {**OPTIONS, "ip": "127.0.0.1"}, "restart"),
        (OPTIONS, {**OPTIONS, "log-opts": {"max-size": "20m"}}, "restart"),
        (OPTIONS, {**OPTIONS, "debug": True, "log-level": "warn"}, "restart"),
        # The engine keeps what it had of an option that is missing when it reloads.
        ({**OPTIONS, "debug": True}, OPTIONS, "restart"),
        (OPTIONS, None, "restart"),
        (None, OPTIONS, "restart"),
    ],
)
def test_a_reload_where_it_is_enough(live, wanted, effect):
    assert daemon.effect(live, wanted) == effect


@pytest.mark.parametrize(
    ("before", "wanted", "expected"),
    [
        (None, None, True),
        (None, {}, True),
        (None, OPTIONS, False),
        ("{}", {}, True),
        ("{}", None, False),
        ("", {}, False),
        ("{", {}, False),
        (daemon.render(OPTIONS), OPTIONS, True),
        (daemon.render(OPTIONS), {}, False),
    ],
)
def test_a_file_is_changed_only_where_the_engine_would_be_told_something_else(before, wanted, expected):
    assert daemon.is_as_wanted(before, wanted) is expected
    # What is changed has an effect, so that a handler has something to do; but for what the module calls a restart itself.
    if wanted is not None and not expected and before in (None, daemon.render(OPTIONS)):
        assert daemon.effect(daemon.parse(before), wanted) != "none"


def test_null_is_not_the_same_as_missing():
    assert daemon.differing({"bip": None}, {}) == ["bip"]


@pytest.mark.parametrize(
    ("state", "changed_at", "behind"), [("active", 1001, True), ("active", 999, False), ("inactive", 1001, False)]
)
def test_an_engine_is_behind_when_it_runs_since_before_the_change(state, changed_at, behind):
    # The machine has been up for 100 seconds, and the engine was started 50 seconds ago, at 1000.
    properties = f"ActiveState={state}\nStateChangeTimestampMonotonic=50000000\n"
    assert daemon.is_behind(properties, changed_at, now=1050, monotonic=100) is behind


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (OPTIONS, []),
        ({}, []),
        ({"log-opts": None}, []),
        ({"hosts": ["fd://"]}, ["the key 'hosts' is in conflict"]),
        (
            {"log-opts": {"max-file": 3, "compress": True}},
            ["'max-file' has the value 3", "'compress' has the value True"],
        ),
    ],
)
def test_options_that_would_stop_the_engine_are_found(options, said):
    sentences = list(RULES["docker_daemon_options"](options))
    assert len(sentences) == len(said)
    assert all(part in sentence for part, sentence in zip(said, sentences))


USAGE_20 = "  -h, --help     Print usage\n      --ip ip    Default IP (default 0.0.0.0)\n      --ip-forward   x\n"
USAGE_26 = USAGE_20 + "      --default-network-opt mapmap   Default network options (default map[])\n"
DEFAULTS = {"ip": "127.0.0.1", "default-network-opts": {"bridge": {}}}


@pytest.mark.parametrize(
    ("usage", "added"), [(None, DEFAULTS), (USAGE_26, DEFAULTS), (USAGE_20, {"ip": "127.0.0.1"}), ("", {})]
)
def test_a_default_is_added_where_the_engine_knows_it(usage, added):
    assert daemon.with_defaults(OPTIONS, DEFAULTS, usage) == {**OPTIONS, **added}


def test_what_was_given_goes_before_a_default():
    assert daemon.with_defaults({"ip": "0.0.0.0"}, DEFAULTS, USAGE_20) == {"ip": "0.0.0.0"}
