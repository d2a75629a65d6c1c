# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Docker's repository in apt's lists of sources, by whomever and however it was written there. Pure."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import NamedTuple

LISTS = ".list", ".sources"
HOST = "download.docker.com"
# Every key names its owner in plain text.
OWNER = b"docker@docker.com"


class Cleaned(NamedTuple):
    text: str
    keys: frozenset[str]  # that the removed entries named


def render(url: str, suite: str, architecture: str, key: str) -> str:
    return (
        f"Types: deb\nURIs: {url}\nSuites: {suite}\nComponents: stable\n"
        f"Architectures: {architecture}\nSigned-By: {key}\n"
    )


def is_dockers(uri: str, url: str | None) -> bool:
    """Whether a source's URI is of Docker's repository, or of the mirror of it at ``url``."""
    of_mirror = bool(url) and (uri.rstrip("/") + "/").startswith(url.rstrip("/") + "/")
    return of_mirror or re.match(rf"[a-z+]+://([^/@]*@)?{re.escape(HOST)}[:/]", uri + "/") is not None


def without(text: str, path: str, url: str | None) -> Cleaned:
    """A list of sources without Docker's repository. Everything else stays as it is, byte by byte."""
    pieces = re.findall(r"(?:[^\n]+\n?)+\n*|\n+", text) if path.endswith(".sources") else text.splitlines(keepends=True)
    entries = [(piece, *(_stanza if path.endswith(".sources") else _line)(piece)) for piece in pieces]
    # An entry that names other repositories too is somebody's own matter.
    gone = [bool(uris) and all(is_dockers(uri, url) for uri in uris) for _piece, uris, _key in entries]
    return Cleaned(
        "".join(piece for (piece, _uris, _key), drop in zip(entries, gone) if not drop),
        frozenset(key for (_piece, _uris, key), drop in zip(entries, gone) if drop and key),
    )


def cleaned(files: dict[Path, bytes], key: Path, url: str | None) -> dict[Path, bytes | None]:
    """What the files have to become for Docker's repository to be no source: None for one that has to go.

    ``files`` are apt's lists and keyrings; those that have nothing to do with Docker are not in the answer.
    """
    wanted, named, still_named = {}, {str(key)}, set()
    for path in (path for path in files if path.suffix in LISTS):
        before = files[path].decode(errors="surrogateescape")
        after = without(before, path.name, url)
        named |= after.keys
        still_named |= keys_named(after.text)
        if after.text != before:
            empty = says_nothing(after.text) and path.name != "sources.list"
            wanted[path] = None if empty else after.text.encode(errors="surrogateescape")
    for path in (path for path in files if path.suffix not in LISTS and str(path) not in still_named):
        if str(path) in named or is_dockers_key(files[path]):
            wanted[path] = None
    return wanted


def says_nothing(text: str) -> bool:
    return not any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines())


def keys_named(text: str) -> set[str]:
    """Files that a list of sources names as keys."""
    return set(re.findall(r"(?:signed-by=|^Signed-By:\s*)(/[^\s,\]]+)", text, re.IGNORECASE | re.MULTILINE))


def is_dockers_key(content: bytes) -> bool:
    """Whether a keyring holds Docker's key, and nobody else's."""
    armor = re.search(rb"-----BEGIN[^\n]*\n(?:[^\n]+\n)*?\s*\n(.*?)\n(?:=|-----END)", content, re.DOTALL)
    if armor:
        content = base64.b64decode(armor.group(1))
    owners = re.findall(rb"<([\w.+-]+@[\w.-]+)>", content)
    return bool(owners) and set(owners) == {OWNER}


def _line(line):
    match = re.match(r"\s*deb(?:-src)?\s+(?:\[([^]]*)\]\s*)?(\S+)", line)
    if not match:
        return [], None
    key = re.search(r"signed-by=(/\S+)", match.group(1) or "", re.IGNORECASE)
    return [match.group(2)], key and key.group(1)


def _stanza(stanza):
    # A line that begins with a space goes on with the field before it.
    fields = dict(re.findall(r"^([\w-]+):((?:[^\n]*\n?)(?:[ \t][^\n]*\n?)*)", stanza, re.MULTILINE))
    fields = {name.lower(): value.split() for name, value in fields.items()}
    key = (fields.get("signed-by") or [""])[0]
    return fields.get("uris", []), key if key.startswith("/") else None
