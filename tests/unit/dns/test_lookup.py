# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What name servers say, and what is made of it. The name servers are real ones on loopback."""

from __future__ import annotations

import socketserver
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from ansible_collections.landfall.aws.plugins.module_utils.dns import judge, lookup
from ansible_collections.landfall.aws.plugins.module_utils.dns.lookup import Answer, Observation, Server

NAME, WANTED, OTHER = "app.example.com", "198.51.100.7", "203.0.113.9"


def sentences(**answers):
    return judge.mistakes(Observation(NAME, answers), WANTED)


def test_all_servers_agree():
    assert sentences(ns1=Answer(a=(WANTED,)), ns2=Answer(a=(WANTED,))) == []


def test_both_addresses_and_the_servers_are_named():
    assert sentences(ns1=Answer(a=(OTHER,)), ns2=Answer(a=(WANTED,)), ns3=Answer(a=(OTHER,))) == [
        f"{NAME} is {OTHER} at ns1, ns3, and must be {WANTED}"
    ]


def test_nothing_there():
    assert sentences(ns1=Answer()) == [f"{NAME} has no A record at ns1, and must be {WANTED}"]


def test_one_address_too_many():
    assert sentences(ns1=Answer(a=(WANTED, OTHER))) == [f"{NAME} is {WANTED}, {OTHER} at ns1, and must be {WANTED}"]


def test_a_stray_address_of_the_newer_kind():
    (sentence,) = sentences(ns1=Answer(a=(WANTED,), aaaa=("2001:db8::1",)))
    assert "AAAA record 2001:db8::1 at ns1" in sentence


def test_a_cname_that_leads_out_of_the_zone():
    assert "is a CNAME to host.example.net at ns1" in sentences(ns1=Answer(cname="host.example.net"))[0]


def test_a_resolver_follows_a_cname():
    assert sentences(ns1=Answer(a=(WANTED,), cname="host.example.net")) == []


def test_a_server_that_is_down_does_not_count_unless_all_are():
    assert sentences(ns1=Answer(problem="it does not answer"), ns2=Answer(a=(WANTED,))) == []
    assert sentences(ns1=Answer(problem="it does not answer")) == [
        f"{NAME} can't be looked up (ns1: it does not answer)"
    ]


@pytest.mark.parametrize(
    ("asked", "name_servers", "part"),
    [
        (["ns1.other.example"], ["ns-1.example.net"], "at its registrar"),
        (["ns-1.example.net"], ["ns-1.example.net"], "time to live"),
        (["127.0.0.1:53"], ["ns-1.example.net"], "time to live"),
        (["ns1.other.example"], [], "time to live"),
    ],
)
def test_a_zone_that_nobody_asks_is_noticed(asked, name_servers, part):
    observation = Observation(NAME, {server: Answer() for server in asked})
    assert part in judge.hint([observation], name_servers)


@pytest.mark.parametrize(
    ("text", "address", "port"),
    [
        ("9.9.9.9", "9.9.9.9", 53),
        ("127.0.0.1:5353", "127.0.0.1", 5353),
        ("2620:fe::fe", "2620:fe::fe", 53),
        ("[2620:fe::fe]:5353", "2620:fe::fe", 5353),
        ("[2620:fe::fe]", "2620:fe::fe", 53),
    ],
)
def test_how_a_resolver_is_written(text, address, port):
    server = Server.from_option(text)
    assert (server.address, server.port, server.recursive) == (address, port, True)


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        data, connection = self.request
        query = dns.message.from_wire(data)
        self.server.asked.append((str(query.question[0].name), bool(query.flags & dns.flags.RD)))
        response = dns.message.make_response(query)
        self.server.answer(query.question[0], response)
        connection.sendto(response.to_wire(), self.client_address)


@pytest.fixture
def name_server():
    """Starts a name server; gets a function that fills in the response."""
    servers = []

    def start(answer, recursive=False):
        server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler)
        server.asked, server.answer = [], answer
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return Server(f"ns{len(servers)}.example.net", "127.0.0.1", server.server_address[1], recursive), server.asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def says(*records, authoritative=True):
    def answer(question, response):
        if authoritative:
            response.flags |= dns.flags.AA
        for kind, value in records:
            if kind == dns.rdatatype.to_text(question.rdtype) or kind == "CNAME":
                response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, value))

    return answer


def test_a_server_is_asked_for_both_kinds_without_recursion(name_server):
    server, asked = name_server(says(("A", WANTED), ("AAAA", "2001:db8::1")))
    assert lookup.ask(server, NAME) == Answer(a=(WANTED,), aaaa=("2001:db8::1",))
    assert asked == [(f"{NAME}.", False)] * 2


def test_a_resolver_is_asked_with_recursion(name_server):
    server, asked = name_server(says(("A", WANTED)), recursive=True)
    assert lookup.observe(NAME, [server]).answers == {server.name: Answer(a=(WANTED,))}
    assert all(recursion for _name, recursion in asked)


def test_a_cname_is_seen(name_server):
    server, _asked = name_server(says(("CNAME", "host.example.net.")))
    assert lookup.ask(server, NAME).cname == "host.example.net"


def test_a_server_that_refuses(name_server):
    server, _asked = name_server(lambda _question, response: response.set_rcode(dns.rcode.REFUSED))
    assert lookup.ask(server, NAME).problem == "it answers REFUSED"


def test_a_server_that_is_silent(monkeypatch):
    monkeypatch.setattr(lookup, "PATIENCE", 0.1)
    assert lookup.ask(Server("ns", "127.0.0.1", 9), NAME).problem


def test_responsible_servers_are_found_by_referral_and_no_resolver_hears_the_name(name_server, monkeypatch):
    child, _asked = name_server(says(("A", WANTED)))

    def refer(question, response):
        response.authority.append(dns.rrset.from_text("example.com.", 60, "IN", "NS", f"{child.name}."))

    parent, _asked = name_server(refer)
    known = {child.name: child, parent.name: parent}
    resolved = []

    def zone_for_name(name):
        resolved.append(name)
        return "com."

    monkeypatch.setattr(lookup.dns.resolver, "zone_for_name", zone_for_name)
    monkeypatch.setattr(lookup, "_names_of_servers", lambda _zone: [parent.name])
    monkeypatch.setattr(lookup, "_servers", lambda names: [known[name] for name in names])
    assert lookup.responsible("example.com") == [child]
    assert lookup.observe("example.com").answers == {child.name: Answer(a=(WANTED,))}
    assert resolved == ["com", "com"]


def test_servers_that_can_not_be_found_are_a_finding_and_not_a_crash(monkeypatch):
    def nothing(_name):
        raise lookup.dns.resolver.NoNameservers

    monkeypatch.setattr(lookup.dns.resolver, "zone_for_name", nothing)
    assert "name servers can't be found" in judge.mistakes(lookup.observe(NAME), WANTED)[0]
