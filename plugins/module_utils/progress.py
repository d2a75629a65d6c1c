# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module says while it runs; its action plugin shows it."""

from __future__ import annotations


def teller(path):
    """Takes a line as soon as there is one."""

    def tell(line):
        if path:
            with open(path, "a", encoding="utf-8") as file:
                file.write(f"{line}\n")

    return tell
