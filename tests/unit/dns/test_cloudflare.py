# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records at Cloudflare: whose they are, what is done about them, and what is said when it can't be read."""

from __future__ import annotations

import io
import json
from urllib.error import HTTPError, URLError

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused
from ansible_collections.landfall.aws.plugins.module_utils.dns import cloudflare
from ansible_collections.landfall.aws.plugins.module_utils.dns.plan import Spec, leftovers, plan_absent, plan_present

NAME, OURS, THEIRS = "app.example.com", "198.51.100.7", "203.0.113.9"
MARK = cloudflare.mark("shop", "prod")
SPEC = Spec((NAME,), OURS, 300, more={"proxied": False, "comment": MARK})
TOKEN = "t" * 40


def record(content=OURS, comment=MARK, kind="A", **more):
    return {
        "id": "r1",
        "name": NAME,
        "type": kind,
        "content": content,
        "ttl": 300,
        "proxied": False,
        "comment": comment,
        **more,
    }


def planned(*records, spec=SPEC, decide=plan_present):
    return decide(spec, {NAME: cloudflare.record_sets(records, MARK)}, [])


@pytest.mark.parametrize(
    ("records", "action", "why"),
    [
        ([], "add", "does not exist"),
        ([record()], "unchanged", ""),
        ([record(proxied=True)], "change", "differs in proxied"),
        ([record(ttl=1)], "change", "differs in ttl"),
        ([record(comment=None)], "change", "differs in comment"),
        ([record("198.51.100.8")], "change", "differs in addresses"),
        ([record(), record("198.51.100.8", ttl=60)], "change", "differs in addresses, ttl"),
        ([record("v=spf1 -all", None, "TXT")], "add", "does not exist"),
    ],
)
def test_what_is_done_about_a_record(records, action, why):
    (change,), conflicts, _notes = planned(*records)
    assert (change.action, change.why, conflicts) == (action, why, [])


@pytest.mark.parametrize(
    "records",
    [
        [record(THEIRS, None)],
        [record(THEIRS, "landfall.aws shop/dev")],
        [record(), record(THEIRS, None)],
        [record("elsewhere.example.net", None, "CNAME")],
        [record("2001:db8::1", MARK, "AAAA")],
    ],
)
def test_what_others_made_is_in_the_way_and_is_not_removed(records):
    _changes, conflicts, _notes = planned(*records)
    assert len(conflicts) == 1
    removed, _conflicts, _notes = planned(*records, spec=Spec((NAME,), None, 300), decide=plan_absent)
    assert removed == []


def test_ours_is_removed_also_where_the_address_is_not_known_any_more():
    (change,), _conflicts, _notes = planned(record("198.51.100.8"), spec=Spec((NAME,), None, 300), decide=plan_absent)
    assert (change.action, change.before["addresses"]) == ("remove", ["198.51.100.8"])


def test_the_old_address_goes_last():
    changes, _conflicts, _notes = planned(record(), record("198.51.100.8"))
    assert leftovers(changes) == [{"name": NAME, "address": "198.51.100.8"}]
    assert leftovers(planned()[0]) == leftovers(planned(record())[0]) == []


def test_names_that_make_too_long_a_comment_are_refused():
    with pytest.raises(Refused, match="would have 140 characters; Cloudflare takes 100"):
        cloudflare.mark("p" * 63, "e" * 63)


class Answers:
    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, url, headers, timeout):
        self.asked.append((url, headers["Authorization"]))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return io.BytesIO(json.dumps(answer).encode())


def error(code, message):
    body = json.dumps({"success": False, "errors": [{"code": 9109, "message": message}]}).encode()
    return HTTPError("https://api", code, "no", {}, io.BytesIO(body))


def test_a_zone_and_a_name_cost_two_calls_and_more_pages_one_each(monkeypatch):
    zones = {
        "result": [{"id": "z1", "name": "example.com", "name_servers": ["a.ns"]}],
        "result_info": {"total_pages": 1},
    }
    answers = Answers(zones, {"result": [record()], "result_info": {"total_pages": 2}}, {"result": [record("x")]})
    monkeypatch.setattr(cloudflare, "open_url", answers)
    api = cloudflare.Cloudflare(TOKEN)
    zone_id, servers, records = api.read("example.com", [NAME])
    assert (zone_id, servers, len(records[NAME]), len(api.calls)) == ("z1", ["a.ns"], 2, 3)
    assert {authorization for _url, authorization in answers.asked} == {f"Bearer {TOKEN}"}
    assert answers.asked[0][0].startswith("https://api.cloudflare.com/client/v4/zones?name=example.com&")
    assert "/zones/z1/dns_records?name=app.example.com&page=2&" in answers.asked[2][0]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (error(401, "Invalid access token"), "401 (Invalid access token). The token is wrong"),
        (error(403, "Authentication error"), "needs Zone Read and DNS Edit"),
        (error(429, "Rate limited"), "wait five minutes"),
        (HTTPError("https://api", 502, "Bad Gateway", {}, io.BytesIO(b"<html>")), "502 (Bad Gateway)"),
        (URLError("no route to host"), "no route to host"),
        ({"result": [{"id": "z9", "name": "example.company"}]}, "The token sees no zone example.com"),
    ],
)
def test_what_keeps_the_zone_from_being_read_is_said_without_the_token(monkeypatch, answer, said):
    monkeypatch.setattr(cloudflare, "open_url", Answers(answer))
    with pytest.raises(Refused) as caught:
        cloudflare.Cloudflare(TOKEN).read("example.com", [NAME])
    assert said in str(caught.value)
    assert TOKEN not in str(caught.value)
