# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was checked, and all of it in one table. Pure."""

from __future__ import annotations

import textwrap
from dataclasses import asdict, dataclass

OK, WARNING, FAILED, SKIPPED = "ok", "warning", "failed", "skipped"
RESULTS = (OK, WARNING, FAILED, SKIPPED)
WIDTH = 112  # callbacks indent what they show; with that it stays within 120 columns
HEAD = ("CHECK", "RESULT", "FOUND")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what was found, and what to do about it where something is to be done."""

    name: str
    result: str
    found: str
    remedy: str = ""

    as_dict = asdict


def ok(name, found):
    return Check(name, OK, found)


def warning(name, found, remedy):
    return Check(name, WARNING, found, remedy)


def failed(name, found, remedy):
    return Check(name, FAILED, found, remedy)


def skipped(name, reason):
    return Check(name, SKIPPED, f"not checked: {reason}")


def from_dict(values):
    """A check that came through Ansible; whatever is not one is refused."""
    check = Check(**{key: str(values.get(key) or "") for key in ("name", "result", "found", "remedy")})
    if check.result not in RESULTS or not check.name:
        raise ValueError(f"{values!r} is not a check: it has a name, a result ({', '.join(RESULTS)}), found and remedy")
    return check


def with_result(checks, result):
    return [check for check in checks if check.result == result]


def table(checks, width=WIDTH):
    """The checks in three columns, a remedy below what was found. A line of it that starts in lower case is a command."""
    rows = [(check.name, _shown(check.result), list(_cell(check, width, checks))) for check in checks]
    first, second = _widths(checks)
    lines = [
        _line(HEAD, first, second),
        _line(("-" * first, "-" * second, "-" * (width - first - second - 4)), first, second),
    ]
    for name, result, cell in rows:
        lines.append(_line((name, result, cell[0]), first, second))
        lines += [_line(("", "", line), first, second) for line in cell[1:]]
    return "\n".join([*lines, "", summary(checks)])


def summary(checks):
    """How many checks ended how, in words."""
    wrong, doubtful = with_result(checks, FAILED), with_result(checks, WARNING)
    open_, count = with_result(checks, SKIPPED), f"{len(checks)} {'check' if len(checks) == 1 else 'checks'}"
    if not wrong and not doubtful and not open_:
        return f"{count}: all is well."
    parts = [
        f"{len(found)} {word}"
        for found, word in (
            (wrong, "failed"),
            (doubtful, "with a warning"),
            (with_result(checks, OK), "ok"),
            (open_, "not checked"),
        )
        if found
    ]
    return f"{count}: {', '.join(parts)}."


def _shown(result):
    return result.upper() if result == FAILED else result


def _widths(checks):
    return tuple(max(map(len, column)) for column in zip(HEAD[:2], *((check.name, check.result) for check in checks)))


def _cell(check, width, checks):
    room = width - sum(_widths(checks)) - 4
    for line in check.found.splitlines() or [""]:
        yield from _wrap(line, room)
    for line in check.remedy.splitlines():
        # A command is left whole, however long it is, so that it can be copied.
        yield from [f"=> {line}"] if line[:1].islower() else _wrap(line, room, "=> ", "   ")


def _wrap(text, room, first="", other=""):
    """Long words, which are paths and references, are left whole, so that they can be copied."""
    return textwrap.wrap(
        text, room, initial_indent=first, subsequent_indent=other, break_long_words=False, break_on_hyphens=False
    ) or [first]


def _line(cells, first, second):
    return f"{cells[0]:<{first}}  {cells[1]:<{second}}  {cells[2]}".rstrip()
