# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a failure says besides its cause."""

from __future__ import annotations

import json

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.probe.client import Target
from ansible_collections.landfall.aws.plugins.module_utils.probe.diagnose import hint, last_lines, sentence

NAME = "app.example.com"
REFUSED = {
    "level": "error",
    "logger": "http.acme_client",
    "msg": "challenge failed",
    "identifier": NAME,
    "problem": {"type": "urn:ietf:params:acme:error:dns", "detail": f"DNS problem: NXDOMAIN looking up A for {NAME}"},
}
OBTAINING = {"level": "info", "logger": "tls.obtain", "msg": "obtaining certificate", "identifier": NAME}


def journal(*entries):
    return "\n".join(entry if isinstance(entry, str) else json.dumps(entry) for entry in entries)


def test_lines_about_the_name_in_a_few_words():
    assert last_lines(journal(OBTAINING, {**OBTAINING, "identifier": "other.example.com"}), NAME) == [
        "info: tls.obtain: obtaining certificate"
    ]


def test_trouble_hides_what_is_well():
    assert last_lines(journal(REFUSED, OBTAINING), NAME) == [
        f"error: http.acme_client: challenge failed: DNS problem: NXDOMAIN looking up A for {NAME}"
    ]


def test_the_same_line_is_told_once_and_the_last_ones_win():
    entries = [f"{number} {NAME}" for number in (1, 2, 3, 4, 5, 6, 6, 2)]
    assert last_lines(journal(*entries), NAME) == [f"{number} {NAME}" for number in (3, 4, 5, 6, 2)]


@pytest.mark.parametrize("line", ["not json", "[1]", '"text"', '{"no": "msg"}', '{"msg": "m", "problem": "text"}'])
def test_lines_in_another_form_stay_as_they_are(line):
    assert last_lines(f"{line} {NAME}", NAME) == [f"{line} {NAME}"]


@pytest.mark.parametrize(
    ("cause", "lines", "part"),
    [
        ("x", [f"error: NXDOMAIN looking up A for {NAME}"], "does not resolve"),
        ("x", ["error: urn:ietf:params:acme:error:rateLimited: too many certificates"], "rate limit"),
        ("x", ["error: Timeout during connect (likely firewall problem)"], "ports 80 and 443"),
        ("x", ["error: CAA record for example.com prevents issuance"], "CAA record"),
        ("certificate is not good: unable to get local issuer certificate", [], "root certificate"),
        (f"the server has no certificate for {NAME}", [], "A record must point to this host"),
        ("it answers with status 502 where 2xx is wanted", [], "behind the proxy"),
        ("it answers with status 502", ["error: dial tcp 127.0.0.1:8000: connection refused"], "behind the proxy"),
    ],
)
def test_what_helps(cause, lines, part):
    assert part in hint(cause, lines)


def test_no_hint_is_better_than_a_wrong_one():
    assert hint("something new") is None


def test_the_message_has_cause_log_and_hint():
    target = Target.from_options(f"https://{NAME}/")
    assert sentence(target, "nothing listens on 127.0.0.1:443", ["error: bind"]).splitlines() == [
        f"https://{NAME}/ does not answer as it should: nothing listens on 127.0.0.1:443.",
        "The log says:",
        "  error: bind",
        "The service is not running, or listens elsewhere: look at its state and its log.",
    ]
