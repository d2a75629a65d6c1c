# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_html
short_description: An audit as one page of HTML
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Turns the RV(landfall.aws.account_audit#module:report) of M(landfall.aws.account_audit) into one page that needs nothing else,
    neither from the network nor from the disk. It follows the reader's choice of light or dark, and fits a phone.
  - Everything that comes from the account is escaped, and the page allows no scripts.
options:
  _input:
    description: The report.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Page of the audit is written
  ansible.builtin.copy:
    content: "{{ audit.report | landfall.aws.audit_html }}"
    dest: audit.html
    mode: "0600"
"""

RETURN = r"""
_value:
  description: The page.
  type: str
"""

from pathlib import Path

from ansible.errors import AnsibleFilterError
from jinja2 import Environment, StrictUndefined, TemplateError

from ansible_collections.landfall.aws.plugins.module_utils.audit.report import EVERYWHERE, running_sentence, sentence

TEMPLATE = Path(__file__).parents[2] / "roles" / "audit" / "templates" / "audit.html.j2"


def audit_html(report):
    # Not Ansible's own templating, which escapes nothing.
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    try:
        template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
        largest = max((each["amount"] for each in (report["costs"] or {}).get("services", [])), default=0)
        return template.render(
            audit=report,
            everywhere=EVERYWHERE,
            sentence=sentence(report),
            running_sentence=running_sentence(report["running"]),
            largest=max(largest, 0.01),
        )
    except (AttributeError, KeyError, OSError, TemplateError, TypeError, ValueError) as error:
        raise AnsibleFilterError(f"audit_html: {error}") from error


class FilterModule:
    def filters(self):
        return {"audit_html": audit_html}
