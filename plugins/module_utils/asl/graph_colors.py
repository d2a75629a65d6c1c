# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The colors of states, lines and outcomes: the first is for light paper, the second for dark."""

from __future__ import annotations

# What is told apart: its color on light and on dark paper.
COLORS = {
    "task": ("#0969da", "#4493f8"),
    "choice": ("#9a6700", "#d29922"),
    "wait": ("#8250df", "#ab7df8"),
    "pass": ("#6e7781", "#8b949e"),
    "succeed": ("#1a7f37", "#3fb950"),
    "fail": ("#cf222e", "#ff7b72"),
    "parallel": ("#1b7c83", "#39c5cf"),
    "map": ("#bf3989", "#db61a2"),
    "unknown-type": ("#6e7781", "#8b949e"),
    "next": ("#59636e", "#9198a1"),
    "catch": ("#bc4c00", "#f0883e"),
    "succeeded": ("#1a7f37", "#3fb950"),
    "failed": ("#cf222e", "#ff7b72"),
    "timed-out": ("#cf222e", "#ff7b72"),
    "aborted": ("#8250df", "#ab7df8"),
    "running": ("#0969da", "#4493f8"),
    "caught": ("#bc4c00", "#f0883e"),
    "not-reached": ("#6e7781", "#8b949e"),
}
# What a state's box is filled with once it was reached.
TINTS = {
    "succeeded": ("#e6ffec", "#12261e"),
    "failed": ("#ffebe9", "#2d1618"),
    "timed-out": ("#ffebe9", "#2d1618"),
    "aborted": ("#fbefff", "#21183a"),
    "running": ("#ddf4ff", "#121d2f"),
    "caught": ("#fff1e5", "#2a1d10"),
}
TEXT = ("#1f2328", "#e6edf3")
