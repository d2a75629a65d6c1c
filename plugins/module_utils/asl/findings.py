# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is found wrong with a state machine's definition, and where."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from difflib import get_close_matches

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One sentence about one place. Without a text there are no lines, and the path says where."""

    line: int | None
    column: int | None
    path: tuple
    code: str
    severity: str
    message: str
    hint: str = ""
    file: str = "definition"

    @property
    def location(self):
        """The place as AWS writes it, like /States/Ship/Next."""
        return "".join(f"/{part}" for part in self.path) or "/"

    def __str__(self):
        place = f"{self.file}:{self.location}" if self.line is None else f"{self.file}:{self.line}:{self.column}"
        hint = f"; {self.hint}" if self.hint else ""
        return f"{place} [{self.code}] {self.message}{hint}"

    def as_dict(self):
        return {**asdict(self), "path": self.location}


def in_order(findings):
    """By place; what has no lines stays in the order in which it was found."""
    return sorted(findings, key=lambda each: (each.line or 0, each.column or 0))


def close_to(given, allowed, otherwise=""):
    """A hint for a name that was mistyped."""
    allowed = [each for each in allowed if isinstance(each, str)]
    by_lower = {each.lower(): each for each in allowed}
    close = get_close_matches(str(given).lower(), by_lower, n=1)
    return f'did you mean "{by_lower[close[0]]}"?' if close else otherwise
