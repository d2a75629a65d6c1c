# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a killed run of the role vpc leaves, the next one finishes: the short version of ``make chaos-network``."""

from __future__ import annotations

from bench.network import chaos
from bench.network.emulator import account

SEED = 3
MOMENTS = 2  # of a creation, and as many of its removal


def test_a_network_whose_making_and_removal_are_killed_is_as_if_they_were_not(tmp_path):
    with account() as site:
        network = chaos.Network(site, tmp_path, chaos.whole_network(azs=1))
        truth = chaos.undisturbed(network, again=False)
        assert truth.held[chaos.PRESENT]["flow log"]
        moments = {doing: chaos.moments(times, MOMENTS, SEED) for doing, times in truth.times.items()}
        kills = chaos.killed(network, truth, moments)
    for each in kills:
        assert not each.problems, (each.doing, each.how, each.task, each.problems)
        assert each.orphans == 0
    assert len(kills) == 2 * MOMENTS
    assert {each.how for each in kills if each.killed} == {chaos.POWER, chaos.GROUP}
    assert {each.doing for each in kills if each.killed} == {"creation", "removal"}
