# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from itertools import combinations

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.caddy.upstream import MARKS, Upstream, drain, requests_at

SUBSETS = [set(each) for size in range(len(MARKS) + 1) for each in combinations(MARKS, size)]


@pytest.fixture
def upstream(tmp_path):
    return Upstream("app", tmp_path / "caddy" / "upstreams")


@pytest.mark.parametrize("before", SUBSETS)
@pytest.mark.parametrize("wanted", SUBSETS)
def test_exactly_the_wanted_files_are_there(upstream, before, wanted):
    upstream.set(before)
    upstream.set(wanted)
    assert upstream.marks() == wanted


def test_requests_are_let_through_only_once_their_container_is_chosen(upstream, monkeypatch):
    upstream.set({"green", "hold"})
    order = []
    monkeypatch.setattr("pathlib.Path.unlink", lambda path, missing_ok=False: order.append(path.suffix))
    upstream.set(set())
    assert order == [".green", ".hold"]


def test_without_the_app_s_file_nothing_is_routed(upstream):
    assert upstream.colour() is None
    upstream.set(set())
    assert upstream.colour() is None
    upstream.file.write_text("(app) {\n}\n")
    assert upstream.colour() == "blue"
    upstream.set({"green"})
    assert upstream.colour() == "green"


@pytest.mark.parametrize(
    ("text", "imported"),
    [
        ("a.example {\n\timport app\n}\n", True),
        ("import app\n", True),
        ("a.example {\n\timport app2\n}\n", False),
        ("import upstreams/*.caddy\n", False),
        ("# import app\n", False),
    ],
)
def test_a_caddyfile_uses_the_app_where_it_imports_it(upstream, text, imported):
    upstream.folder.mkdir(parents=True)
    assert not upstream.is_imported()
    (upstream.folder.parent / "Caddyfile").write_text(text)
    assert upstream.is_imported() is imported


def test_requests_of_one_address_are_counted():
    told = [{"address": "a:1", "num_requests": 2}, {"address": "b:1", "num_requests": 5}, {"address": "a:1"}]
    assert requests_at(told, "a:1") == 2
    assert requests_at(None, "a:1") == 0


def test_draining_ends_when_the_last_request_has(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    counts = iter([3, 1, 0, 7])
    assert drain(lambda: [{"address": "a:1", "num_requests": next(counts)}], "a:1", 60) == 0
    assert next(counts) == 7


def test_draining_ends_when_the_time_is_over():
    assert drain(lambda: [{"address": "a:1", "num_requests": 4}], "a:1", 0) == 4
