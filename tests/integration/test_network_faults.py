# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role vpc on a bad day of AWS: the short version of ``make chaos-network``."""

from __future__ import annotations

import json
from pathlib import Path

from bench.network import chaos
from bench.network.emulator import account
from lab.proxy import INTERNAL, THROTTLED, YOUNG

SEED = 1  # with faults of each kind
POLICY = Path(__file__).parents[2] / "docs" / "network-policy.json"
ANYBODY = {"GetCallerIdentity"}  # needs no right


def test_a_tenth_of_calls_going_wrong_changes_nothing_of_what_comes_about(tmp_path):
    with account() as site:
        network = chaos.Network(site, tmp_path, chaos.whole_network(azs=1))
        truth = chaos.undisturbed(network, again=False)
        day = chaos.bad_day(network, truth, SEED)
    assert not day.problems
    assert {THROTTLED, INTERNAL, YOUNG} <= set(day.faults)
    actions = [each for statement in json.loads(POLICY.read_text())["Statement"] for each in statement["Action"]]
    allowed = {each.partition(":")[2] for each in actions}
    assert set(site.proxy.calls) - ANYBODY <= allowed
