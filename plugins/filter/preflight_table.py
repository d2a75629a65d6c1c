# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: preflight_table
short_description: Checks of several modules as one table
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Turns checks, as M(landfall.aws.account_preflight) and M(landfall.aws.host_preflight) return them, into one table for people.
options:
  _input:
    description: The checks. Each has a C(name), a C(result) and what was C(found), and may have a C(remedy).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Account and host are shown together
  ansible.builtin.debug:
    msg: "{{ (account.checks + host.checks) | landfall.aws.preflight_table }}"
"""

RETURN = r"""
_value:
  description: The table.
  type: str
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.landfall.aws.plugins.module_utils.preflight import report


def preflight_table(checks):
    try:
        return report.table([report.from_dict(each) for each in checks])
    except (AttributeError, TypeError, ValueError) as error:
        raise AnsibleFilterError(f"preflight_table: {error}") from error


class FilterModule:
    def filters(self):
        return {"preflight_table": preflight_table}
