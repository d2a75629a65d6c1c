# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pure half of docker_apt_source: Docker's repository in lists that others have written."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.docker import apt

DEBIAN = "deb http://deb.debian.org/debian trixie main\n"
DOCKER = "deb [arch=amd64 signed-by=/usr/share/keyrings/d.gpg] https://download.docker.com/linux/debian trixie stable\n"
STANZA = """\
Types: deb
URIs: https://download.docker.com/linux/ubuntu
Suites: noble
Components: stable
Signed-By: /etc/apt/keyrings/docker-archive.gpg
"""
OTHER = "Types: deb\nURIs: http://archive.ubuntu.com/ubuntu\nSuites: noble\nComponents: main\n"
OURS = Path("/etc/apt/keyrings/docker.asc")
KEY = b"\x99\x02\x0d Docker Release (CE deb) <docker@docker.com> \x01\x02"
LISTS = Path("/etc/apt/sources.list.d")


def armored(content):
    text = base64.encodebytes(content).decode()
    return f"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{text}=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n".encode()


@pytest.mark.parametrize(
    ("uri", "url", "expected"),
    [
        ("https://download.docker.com/linux/debian", None, True),
        ("http://download.docker.com", None, True),
        ("tor+https://user@download.docker.com/linux/debian/", None, True),
        ("https://download.docker.com.example.com/linux/debian", None, False),
        ("https://example.com/download.docker.com/debian", None, False),
        ("https://mirror.example.com/docker/linux/debian/", "https://mirror.example.com/docker/linux/debian", True),
        ("https://mirror.example.com/docker/linux/debian", "https://mirror.example.com/docker/linux", True),
        ("https://mirror.example.com/docker-old/linux", "https://mirror.example.com/docker", False),
    ],
)
def test_the_repository_is_known_by_its_address(uri, url, expected):
    assert apt.is_dockers(uri, url) is expected


@pytest.mark.parametrize(
    ("path", "text", "left", "keys"),
    [
        ("docker.list", DOCKER, "", {"/usr/share/keyrings/d.gpg"}),
        ("docker.list", "deb https://download.docker.com/linux/debian trixie stable\n", "", set()),
        ("sources.list", DEBIAN + DOCKER + "# mine\n", DEBIAN + "# mine\n", {"/usr/share/keyrings/d.gpg"}),
        ("sources.list", "# " + DOCKER, "# " + DOCKER, set()),
        ("other.list", DEBIAN, DEBIAN, set()),
        ("x.sources", STANZA, "", {"/etc/apt/keyrings/docker-archive.gpg"}),
        ("x.sources", OTHER + "\n" + STANZA, OTHER + "\n", {"/etc/apt/keyrings/docker-archive.gpg"}),
        ("x.sources", STANZA + "\n\n" + OTHER, OTHER, {"/etc/apt/keyrings/docker-archive.gpg"}),
        # A key within the list, and two addresses, one of them somebody else's.
        ("x.sources", STANZA.partition("Signed-By")[0] + "Signed-By:\n -----BEGIN\n .\n mQ\n", "", set()),
        (
            "x.sources",
            STANZA.replace("ubuntu\n", "ubuntu http://archive.ubuntu.com/ubuntu\n"),
            STANZA.replace("ubuntu\n", "ubuntu http://archive.ubuntu.com/ubuntu\n"),
            set(),
        ),
    ],
)
def test_only_dockers_entries_are_taken_out(path, text, left, keys):
    assert apt.without(text, path, None) == (left, keys)


def test_what_the_role_writes_is_what_it_takes_out():
    text = apt.render("https://mirror.example.com/linux/debian", "trixie", "amd64", str(OURS))
    assert apt.without(text, "docker.sources", "https://mirror.example.com/linux/debian") == ("", {str(OURS)})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (KEY, True),
        (armored(KEY), True),
        (armored(KEY).replace(b"BLOCK-----\n\n", b"BLOCK-----\nComment: x\n\n", 1), True),
        (KEY + b"Somebody Else <somebody@example.com>", False),
        (b"Debian <ftpmaster@debian.org>", False),
        (b"", False),
    ],
)
def test_a_key_is_dockers_when_its_only_owner_is(content, expected):
    assert apt.is_dockers_key(content) is expected


def test_lists_and_keys_of_every_age_go_and_others_stay():
    files = {
        Path("/etc/apt/sources.list"): DEBIAN.encode(),
        LISTS / "docker.list": DOCKER.encode(),
        LISTS / "both.list": (DEBIAN + DOCKER).encode(),
        LISTS / "archive.sources": STANZA.encode(),
        LISTS / "other.sources": (OTHER + "Signed-By: /etc/apt/keyrings/other.gpg\n").encode(),
        Path("/usr/share/keyrings/d.gpg"): b"any name, any content",
        Path("/etc/apt/trusted.gpg.d/whatever.gpg"): KEY,
        Path("/etc/apt/keyrings/docker-archive.gpg"): KEY,
        Path("/etc/apt/keyrings/other.gpg"): b"<other@example.com>",
        OURS: armored(KEY),
    }
    assert apt.cleaned(files, OURS, None) == {
        LISTS / "docker.list": None,
        LISTS / "both.list": DEBIAN.encode(),
        LISTS / "archive.sources": None,
        Path("/usr/share/keyrings/d.gpg"): None,
        Path("/etc/apt/trusted.gpg.d/whatever.gpg"): None,
        Path("/etc/apt/keyrings/docker-archive.gpg"): None,
        OURS: None,
    }


def test_a_key_that_another_list_names_stays():
    shared = Path("/etc/apt/keyrings/shared.gpg")
    files = {
        LISTS / "docker.list": DOCKER.replace("/usr/share/keyrings/d.gpg", str(shared)).encode(),
        LISTS / "other.list": DEBIAN.replace("deb ", f"deb [signed-by={shared}] ").encode(),
        shared: KEY,
    }
    assert apt.cleaned(files, OURS, None) == {LISTS / "docker.list": None}


def test_sources_list_itself_stays_even_when_it_says_nothing_more():
    assert apt.cleaned({Path("/etc/apt/sources.list"): DOCKER.encode()}, OURS, None) == {
        Path("/etc/apt/sources.list"): b""
    }
