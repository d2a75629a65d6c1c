# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What sshd's options mean, and whom they let in. Pure: text in, values and sentences out.

What a configuration means is never worked out here: sshd itself says it (``sshd -T``), and this only reads the answer.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import re
import shlex
from dataclasses import dataclass

HEADER = "# Written by Ansible (landfall.aws); changes are lost with the next run.\n"


@dataclass(frozen=True)
class Login:
    """Who must still be let in: a user of the host, as sshd will see them."""

    user: str
    address: str
    groups: tuple[str, ...] = ()
    uid: int = 1000
    has_key: bool = True  # or sshd asks something else than the user's files for keys

    @property
    def context(self):
        """What ``sshd -T -C`` wants to know, so that Match blocks apply."""
        return f"user={self.user},host={self.address},addr={self.address}"


def value_text(value) -> str:
    """A value as sshd_config writes it. YAML reads no as false."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def render(options: dict) -> str:
    lines = [f"{keyword} {value_text(value)}\n" for keyword, value in options.items() if value is not None]
    return HEADER + "".join(lines)


def keywords(text: str) -> dict[str, str]:
    """The keywords of a file in lower case, with what stands behind them."""
    found = {}
    for line in text.splitlines():
        keyword, value = split_line(line)
        if keyword:
            found.setdefault(keyword, value)
    return found


def split_line(line: str) -> tuple[str, str]:
    """sshd allows a '=' between keyword and value."""
    match = re.match(r'\s*"?([A-Za-z][A-Za-z0-9]*)"?(?:\s*=\s*|\s+)(.*)$', line)
    return (match.group(1).lower(), match.group(2).strip()) if match else ("", "")


def differing(before: str | None, after: str | None) -> list[str]:
    """Names of the keywords that two versions of a file set otherwise."""
    old, new = keywords(before or ""), keywords(after or "")
    return sorted(each for each in {*old, *new} if old.get(each) != new.get(each))


def parse_effective(text: str) -> dict[str, list[str]]:
    """What ``sshd -T`` prints; some keywords stand in several lines."""
    effective = {}
    for line in text.splitlines():
        keyword, _blank, value = line.partition(" ")
        effective.setdefault(keyword.lower(), []).append(value)
    return effective


def includes(main: str, path: str) -> bool:
    return any(_is_included(line, path) for line in main.splitlines())


def redirected(main: str, path: str, folder: str) -> str:
    """sshd's main file, with another folder in place of the one that holds ``path``."""
    lines = []
    for line in main.splitlines():
        if _is_included(line, path):
            words = [
                f"{folder}/{word.rpartition('/')[2]}" if fnmatch.fnmatchcase(path, _absolute(word)) else word
                for word in shlex.split(split_line(line)[1])
            ]
            line = "Include " + " ".join(words)
        lines.append(line)
    return "\n".join(lines) + "\n"


def _is_included(line: str, path: str) -> bool:
    keyword, value = split_line(line)
    try:
        return keyword == "include" and any(fnmatch.fnmatchcase(path, _absolute(word)) for word in shlex.split(value))
    except ValueError:  # a quotation without its end; sshd itself will say so
        return False


def _absolute(word: str) -> str:
    return word if word.startswith("/") else f"/etc/ssh/{word}"


def overruled(wanted: dict, effective: dict, names: list[str]) -> list[str]:
    """The keywords that do not have the effect that they would have if nothing stood before them."""
    return [name for name in names if not set(wanted.get(name, [])) <= set(effective.get(name, []))]


def setters(files: list[tuple[str, str]], keyword: str) -> list[str]:
    """Where a keyword is set, as 'path line N: the line'."""
    return [
        f"{path} line {number}: {line.strip()}"
        for path, text in files
        for number, line in enumerate(text.splitlines(), 1)
        if split_line(line)[0] == keyword
    ]


def lockouts(effective: dict, login: Login) -> list[str]:
    """Why sshd would not let somebody in, one sentence for each reason."""

    def words(keyword):
        return [word for line in effective.get(keyword, []) for word in line.split() if word != "none"]

    def one(keyword):
        return (effective.get(keyword) or ["no"])[0]

    reasons = []
    if any(_matches_user(pattern, login) for pattern in words("denyusers")):
        reasons.append(f"DenyUsers names {login.user}")
    if words("allowusers") and not any(_matches_user(pattern, login) for pattern in words("allowusers")):
        reasons.append(f"AllowUsers does not name {login.user} from {login.address}: {' '.join(words('allowusers'))}")
    if any(_matches(pattern, group) for pattern in words("denygroups") for group in login.groups):
        reasons.append(f"DenyGroups names a group of {login.user}: {' '.join(words('denygroups'))}")
    if words("allowgroups") and not any(
        _matches(each, group) for each in words("allowgroups") for group in login.groups
    ):
        reasons.append(f"AllowGroups names no group of {login.user}: {' '.join(words('allowgroups'))}")
    if login.uid == 0 and one("permitrootlogin") in ("no", "forced-commands-only"):
        reasons.append(f"PermitRootLogin is {one('permitrootlogin')}; log in as another user, who may use sudo")
    methods = _methods(effective, login)
    chains = [set(_names(chain)) for chain in words("authenticationmethods") if chain != "any"]
    if not methods:
        reasons.append(
            f"{login.user} has no key on the host ({' '.join(words('authorizedkeysfile')) or 'no file is read'}), "
            "and passwords are refused"
            if one("pubkeyauthentication") == "yes"
            else "neither keys nor passwords are accepted"
        )
    elif chains and not any(chain <= methods for chain in chains):
        reasons.append(
            f"AuthenticationMethods asks for {' or '.join(words('authenticationmethods'))}, "
            f"and only {' and '.join(sorted(methods))} is left"
        )
    return reasons


def _methods(effective, login):
    """The ways to prove who one is that are open to somebody."""
    on = {name for name, values in effective.items() if values[0] == "yes"}
    root_needs_key = login.uid == 0 and effective.get("permitrootlogin") in (
        ["without-password"],
        ["prohibit-password"],
    )
    methods = {"publickey"} if "pubkeyauthentication" in on and login.has_key else set()
    if "passwordauthentication" in on and not root_needs_key:
        methods.add("password")
    if "kbdinteractiveauthentication" in on and not root_needs_key:
        methods.add("keyboard-interactive")
    return methods


def _names(chain):
    return [method.partition(":")[0] for method in chain.split(",")]


def _matches(pattern: str, text: str) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text) is not None


def _matches_user(pattern: str, login: Login) -> bool:
    user, at, source = pattern.rpartition("@") if "@" in pattern else (pattern, "", "")
    return _matches(user, login.user) and (not at or _matches_source(source, login.address))


def _matches_source(source: str, address: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(source, strict=False)
    except ValueError:
        return _matches(source, address)
