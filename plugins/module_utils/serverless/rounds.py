# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From one round of applying a plan to the next."""

from __future__ import annotations

import time

from ansible_collections.landfall.aws.plugins.module_utils import jobs

PAUSE = 5  # seconds after a failure; whether a role is known to all of AWS can only be tried
OPTIONS = {
    "jobs": {"type": "dict", "default": {}},
    "failed_before": {"type": "dict", "default": {}},
    "rounds": {"type": "int"},
    "wait_timeout": {"type": "int", "default": 600},
}


def failures(options):
    """``{why something failed: how often so far}`` of a round's jobs, once all are through, or Refused."""
    results = jobs.wait_for(options["jobs"], options["wait_timeout"])
    counts = jobs.counted(results, list(options["jobs"].values()), options["failed_before"])
    if counts:
        time.sleep(PAUSE)
    return counts
