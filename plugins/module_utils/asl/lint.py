# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a state machine's definition, found without AWS. Pure."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import in_order


def lint(source, type="STANDARD", ignore=()):
    """All findings in a definition that was read, by place, without those of the codes to ignore."""
    return in_order(each for each in source.problems if each.code not in ignore)
