# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the documentation of all modules shares that wait for a deployment in ECS."""

    DOCUMENTATION = r"""
options:
  wait_timeout:
    description:
      - For how many seconds at most.
    type: int
    default: 900
  wait_delay:
    description:
      - How many seconds there are between two looks at first. They become longer, up to 15, and vary by a fifth.
    type: float
    default: 5
    aliases: [delay]
  fail_fast_after:
    description:
      - After how many failed tasks a deployment is given up. V(0) leaves that to the circuit breaker.
      - An image, a secret or an entry point that does not exist, tasks that can't be placed, and a role that can't be assumed are
        not waited for in any case.
    type: int
    default: 3
  on_failure:
    description:
      - What to do with a deployment that still goes on when it is given up. With V(report) only say so, and leave it to the circuit
        breaker; V(rollback) has AWS roll it back; V(stop) stops it where it is. The module fails in any case.
    type: str
    choices: [report, rollback, stop]
    default: report
  diagnose:
    description:
      - What a failure tells.
    type: dict
    default: {}
    suboptions:
      events:
        description: How many events, at most.
        type: int
        default: 5
      log_lines:
        description: How many lines of a failed container's log. V(0) reads none.
        type: int
        default: 10
      mask:
        description:
          - Regular expressions. What they find is masked, but for what their first group finds, besides what looks like a secret anyway.
        type: list
        elements: str
        default: []
  progress_file:
    description:
      - A file that a line is added to as something happens. Where the module runs on the controller, these lines are shown anyway.
    type: path
"""
