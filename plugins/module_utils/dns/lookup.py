# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask name servers what a name is.

A recursive resolver that is asked before a record exists remembers that there is none, for as long as the zone says. So
the servers that are responsible for the name are asked, which remember nothing; they are found from the name's parent, so
that no resolver on the way is asked for the name itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

try:
    import dns.exception
    import dns.flags
    import dns.message
    import dns.name
    import dns.query
    import dns.rcode
    import dns.rdatatype
    import dns.resolver
except ImportError:  # the module that uses this says so
    pass

PATIENCE = 3  # seconds for one question
REFERRALS = 4  # how often a server may send us on


@dataclass(frozen=True)
class Server:
    """A name server. A recursive one answers for the whole of DNS, another for its own zones only."""

    name: str
    address: str
    port: int = 53
    recursive: bool = False

    @classmethod
    def from_option(cls, text):
        """Of '9.9.9.9', '127.0.0.1:5353', '2620:fe::fe' or '[2620:fe::fe]:53'."""
        address, port = text, "53"
        if text.startswith("["):
            address, _bracket, port = text[1:].partition("]")
            port = port.lstrip(":") or "53"
        elif text.count(":") == 1:
            address, _colon, port = text.partition(":")
        return cls(text, address, int(port), recursive=True)


@dataclass(frozen=True)
class Answer:
    """What one server says of a name."""

    a: tuple[str, ...] = ()
    aaaa: tuple[str, ...] = ()
    cname: str | None = None
    problem: str | None = None


@dataclass
class Observation:
    """What all servers say of a name, and which servers these are."""

    name: str
    answers: dict[str, Answer] = field(default_factory=dict)


def observe(name, resolvers=(), zone=None):
    """Ask the resolvers about a name, or the servers that are responsible for it where none are given."""
    try:
        servers = list(resolvers) or responsible(name, zone)
    except (dns.exception.DNSException, OSError) as error:
        return Observation(name, {"DNS": Answer(problem=f"its name servers can't be found: {_brief(error)}")})
    return Observation(name, {server.name: ask(server, name) for server in servers})


def responsible(name, zone=None):
    """The servers that are responsible for a name, as the world finds them."""
    parent = zone or ".".join(name.split(".")[1:])
    servers = _servers(_names_of_servers(dns.resolver.zone_for_name(parent)))
    for _step in range(REFERRALS):
        names = _referral(servers, name)
        if not names:
            break
        servers = _servers(names)
    return servers


def _names_of_servers(zone):
    return [str(each.target).rstrip(".") for each in dns.resolver.resolve(zone, "NS")]


def _servers(names):
    found = []
    for name in sorted(names):
        try:
            found += [Server(name, str(each)) for each in dns.resolver.resolve(name, "A")][:1]
        except dns.exception.DNSException:
            continue
    if not found:
        raise dns.exception.DNSException(f"none of the names {', '.join(sorted(names))} has an address")
    return found


def _referral(servers, name):
    """The names of the servers that the first server to answer sends us on to, if it does."""
    for server in servers:
        try:
            response = _question(server, name, "A")
        except (dns.exception.DNSException, OSError):
            continue
        if response.answer or response.flags & dns.flags.AA:
            return []
        return [
            str(each.target).rstrip(".")
            for group in response.authority
            if group.rdtype == dns.rdatatype.NS
            for each in group
        ]
    return []


def ask(server, name):
    found = {"A": [], "AAAA": [], "CNAME": []}
    try:
        for kind in ("A", "AAAA"):
            response = _question(server, name, kind)
            if response.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                return Answer(problem=f"it answers {dns.rcode.to_text(response.rcode())}")
            for group in response.answer:
                found.get(dns.rdatatype.to_text(group.rdtype), []).extend(str(each).rstrip(".") for each in group)
    except (dns.exception.DNSException, OSError) as error:
        return Answer(problem=_brief(error))
    return Answer(tuple(sorted(found["A"])), tuple(sorted(found["AAAA"])), next(iter(found["CNAME"]), None))


def _question(server, name, kind):
    query = dns.message.make_query(name, kind)
    if not server.recursive:
        query.flags &= ~dns.flags.RD
    response, _by_tcp = dns.query.udp_with_fallback(query, server.address, timeout=PATIENCE, port=server.port)
    return response


def _brief(error):
    return "it does not answer" if isinstance(error, dns.exception.Timeout) else str(error) or type(error).__name__
