# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the documentation of all modules shares that manage a resource themselves."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    support: full
    description: Changes nothing, and says what would be changed.
  diff_mode:
    support: full
    description: Shows what differs.
requirements:
  - python >= 3.11
"""

    # Where only what carries our tags is changed or removed.
    OWNED = r"""
options:
  project:
    description:
      - The tag C(Project).
    type: str
    required: true
  environment:
    description:
      - The tag C(Environment).
    type: str
    required: true
  tags:
    description:
      - More tags. Tags that are live but not named here are left alone.
    type: dict
"""

    # Who is told of a budget.
    NOTIFICATIONS = r"""
options:
  notifications:
    description:
      - When AWS tells somebody of the budget, 10 times at most. What is not named is removed.
      - When this is left out and O(emails) or O(sns_topic_arn) is given, at 80 percent of what was spent, and at 100 percent of
        what AWS expects to be spent, which it does not for a daily budget. When all three are left out, they are left as they are.
    type: list
    elements: dict
    suboptions:
      notification_type:
        description: V(ACTUAL) for what was spent, V(FORECASTED) for what AWS expects when the budget's time is over.
        type: str
        choices: [ACTUAL, FORECASTED]
        default: ACTUAL
      threshold:
        description: The limit, above 0, up to 1000000.
        type: float
        required: true
      threshold_type:
        description: Whether O(notifications[].threshold) is in percent of O(amount), or in the budget's currency.
        type: str
        choices: [PERCENTAGE, ABSOLUTE_VALUE]
        default: PERCENTAGE
      comparison_operator:
        description: On which side of the limit.
        type: str
        choices: [GREATER_THAN, LESS_THAN, EQUAL_TO]
        default: GREATER_THAN
      emails:
        description: Who is told of this one, instead of O(emails) and O(sns_topic_arn).
        type: list
        elements: str
      sns_topic_arn:
        description: The topic that is told of this one.
        type: str
"""
