# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the documentation of all plan modules shares."""

    DOCUMENTATION = r"""
options:
  state:
    description:
      - Whether the resources should exist.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - The tag C(Name) by which the resources are found, together with O(project) and O(environment).
    type: str
    required: true
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
      - More tags for everything that is planned. Tags that are live but not named here are left alone.
    type: dict
    default: {}
  prove:
    description:
      - Fail if anything is left to do. Meant for after the plan was applied.
    type: bool
    default: false
"""

    # Of those, too, that have options of their own.
    ATTRIBUTES = r"""
attributes:
  action:
    support: full
    description:
      - On the controller itself, and with boto3 in the Python that Ansible runs with, the module runs in Ansible's own process,
        which takes less time than a process of its own. It does and says the same in both.
  check_mode:
    support: full
    description: The module changes nothing in either mode. In check mode RV(ignore:changed) says whether there is something to do.
  diff_mode:
    support: full
    description: Shows the plan.
requirements:
  - python >= 3.11
"""
