# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role dns_record against the emulator and a name server that says what the emulator's hosted zone says."""

from __future__ import annotations

import json
import socketserver
import ssl
import threading
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import boto3
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from conftest import Account as Emulated
from conftest import Playbook

from lab import certificates

ZONE = "example.com"
NAMES = [f"app.{ZONE}", f"www.{ZONE}"]
MINE = {"Name": "landfall-dev-app", "Project": "landfall", "Environment": "dev", "ManagedBy": "landfall.aws"}


class Zone:
    """The hosted zone, asked for without the collection's own code."""

    def __init__(self, account):
        self.client = boto3.client(
            "route53",
            endpoint_url=account.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        made = self.client.create_hosted_zone(Name=ZONE, CallerReference=str(uuid.uuid4()))
        self.id = made["HostedZone"]["Id"].rpartition("/")[2]

    def records(self, kind="A"):
        sets = self.client.list_resource_record_sets(HostedZoneId=self.id)["ResourceRecordSets"]
        return {
            each["Name"].rstrip("."): [record["Value"] for record in each["ResourceRecords"]]
            for each in sets
            if each["Type"] == kind
        }

    def add(self, name, value, kind="A"):
        record = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]}
        changes = [{"Action": "UPSERT", "ResourceRecordSet": record}]
        self.client.change_resource_record_sets(HostedZoneId=self.id, ChangeBatch={"Changes": changes})


class NameServer(socketserver.ThreadingUDPServer):
    """Says what the zone says, and what is added by hand."""

    daemon_threads = True

    def __init__(self, zone):
        super().__init__(("127.0.0.1", 0), Question)
        self.zone = zone
        self.added = {}

    @property
    def text(self):
        return f"127.0.0.1:{self.server_address[1]}"


class Question(socketserver.BaseRequestHandler):
    def handle(self):
        data, connection = self.request
        query = dns.message.from_wire(data)
        asked = query.question[0]
        kind, name = dns.rdatatype.to_text(asked.rdtype), str(asked.name).rstrip(".")
        found = {**self.server.zone.records(kind), **(self.server.added if kind == "A" else {})}.get(name)
        response = dns.message.make_response(query)
        if found:
            response.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *found))
        else:
            response.set_rcode(dns.rcode.NXDOMAIN)
        connection.sendto(response.to_wire(), self.client_address)


@pytest.fixture
def zone(account):
    return Zone(account)


@pytest.fixture
def name_server(zone):
    with NameServer(zone) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def address(account):
    """An Elastic IP that carries our tags."""
    return allocate(account, MINE)


def allocate(account, tags):
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    specification = [{"ResourceType": "elastic-ip", "Tags": listed}]
    return account.ec2.allocate_address(Domain="vpc", TagSpecifications=specification)["PublicIp"]


@pytest.fixture
def options(name_server):
    return {
        "dns_record_zone": ZONE,
        "dns_record_names": NAMES,
        "dns_record_resolvers": [name_server.text],
        "dns_record_wait_timeout": 3,
    }


def test_records_are_created_changed_by_nobody_and_removed(playbook, zone, address, options):
    planned = playbook.succeed("dns_record", check=True, diff=True, dns_record_address=address, **options)
    assert zone.records() == {}
    assert "Plan: 2 to add, 0 to change, 0 to remove" in planned.output

    playbook.succeed("dns_record", dns_record_address=address, **options)
    assert zone.records() == {name: [address] for name in NAMES}

    assert playbook.succeed("dns_record", dns_record_address=address, **options).changed == 0
    assert playbook.succeed("dns_record", check=True, dns_record_address=address, **options).changed == 0

    # The role alone, with nothing known of the host, finds what is ours by the Elastic IP's tags.
    assert playbook.succeed("dns_record", check=True, landfall_state="absent", **options).changed == 1
    playbook.succeed("dns_record", landfall_state="absent", **options)
    assert zone.records() == {}
    assert playbook.succeed("dns_record", landfall_state="absent", **options).changed == 0


def test_one_name_may_be_given_as_text(playbook, zone, address, options):
    playbook.succeed("dns_record", dns_record_address=address, **{**options, "dns_record_names": NAMES[0]})
    assert zone.records() == {NAMES[0]: [address]}


@pytest.mark.parametrize("group", ["group/aws", "group/amazon.aws.aws"])
def test_the_regions_default_for_the_group_does_not_reach_the_record(playbook, zone, address, options, group):
    playbook.module_defaults = {group: {"region": "eu-west-3"}}
    playbook.succeed("dns_record", dns_record_address=address, landfall_region="eu-west-3", **options)
    sets = zone.client.list_resource_record_sets(HostedZoneId=zone.id)["ResourceRecordSets"]
    assert not any("Region" in each for each in sets)


def test_time_to_live_is_changed_in_place(playbook, zone, address, options):
    playbook.succeed("dns_record", dns_record_address=address, **options)
    options = {**options, "dns_record_address": address, "dns_record_ttl": 60}
    assert "ttl = 300 -> 60" in playbook.succeed("dns_record", check=True, diff=True, **options).output
    playbook.succeed("dns_record", **options)
    assert playbook.succeed("dns_record", **options).changed == 0


def test_a_record_follows_the_host_to_another_of_our_addresses(playbook, account, zone, address, options):
    playbook.succeed("dns_record", dns_record_address=address, **options)
    another = allocate(account, MINE)
    playbook.succeed("dns_record", dns_record_address=another, **options)
    assert zone.records() == {name: [another] for name in NAMES}


def test_a_record_of_someone_else_is_left_alone_until_told_otherwise(playbook, zone, address, options):
    zone.add(NAMES[0], "203.0.113.9")
    run = playbook.fail("dns_record", dns_record_address=address, **options)
    assert f"{NAMES[0]} points to 203.0.113.9, and should point to {address}" in run.output
    assert "dns_record_overwrite" in run.output
    assert zone.records() == {NAMES[0]: ["203.0.113.9"]}

    playbook.succeed("dns_record", landfall_state="absent", **options)
    assert zone.records() == {NAMES[0]: ["203.0.113.9"]}

    playbook.succeed("dns_record", dns_record_address=address, dns_record_overwrite=True, **options)
    assert zone.records() == {name: [address] for name in NAMES}


@pytest.mark.parametrize(("kind", "value"), [("AAAA", "2001:db8::1"), ("CNAME", "elsewhere.example.net")])
def test_records_in_the_way_are_named(playbook, zone, address, options, kind, value):
    zone.add(NAMES[1], value, kind)
    run = playbook.fail("dns_record", dns_record_address=address, dns_record_overwrite=True, **options)
    assert NAMES[1] in run.output
    assert value in run.output
    assert zone.records() == {}


def test_check_mode_in_an_empty_account_says_what_it_does_not_know(playbook, zone, options):
    run = playbook.succeed("dns_record", check=True, diff=True, **options)
    assert "known after apply" in run.output
    assert "the host's address is not known yet" in run.output


def test_a_zone_that_does_not_exist(playbook, account, options):
    options = {**options, "dns_record_zone": "example.org", "dns_record_names": ["app.example.org"]}
    run = playbook.fail("dns_record", dns_record_address="198.51.100.7", **options)
    assert "no public hosted zone named example.org" in run.output
    assert playbook.succeed("dns_record", landfall_state="absent", **options).changed == 0


def test_a_name_server_that_disagrees_is_named_with_both_addresses(playbook, zone, address, name_server, options):
    name_server.added[NAMES[0]] = ["203.0.113.9"]
    run = playbook.fail("dns_record", dns_record_address=address, **options)
    assert f"{NAMES[0]} is 203.0.113.9 at {name_server.text}, and must be {address}" in run.output


def test_elsewhere_it_says_what_to_create_and_waits(playbook, name_server, options):
    options = {**options, "dns_record_provider": "none", "dns_record_zone": "", "dns_record_address": "198.51.100.7"}
    run = playbook.fail("dns_record", **options)
    assert f"{NAMES[0]}   300   IN   A   198.51.100.7" in run.output
    assert f"{NAMES[0]} has no A record at {name_server.text}, and must be 198.51.100.7" in run.output

    timer = threading.Timer(2, lambda: name_server.added.update({name: ["198.51.100.7"] for name in NAMES}))
    timer.start()
    playbook.succeed("dns_record", **{**options, "dns_record_wait_timeout": 30})
    timer.join()
    assert "Create these records" not in playbook.succeed("dns_record", **options).output


def test_mistakes_in_the_options_are_told_together(playbook, account):
    run = playbook.fail(
        "dns_record",
        dns_record_zone="example.com",
        dns_record_names=["app.example.org", "-x.example.com"],
        dns_record_address="here",
        dns_record_ttl=0,
        dns_record_resolvers=["nine"],
    )
    for part in ("app.example.org does not lie in", "'-x.example.com' is not", "'here' is not", "'nine' is not"):
        assert part in run.output


TOKEN = "cf_" + "Za7-_" * 8
FIELDS = {"type", "name", "content", "ttl", "proxied", "comment", "tags"}


class Cloudflare:
    """Stands in for api.cloudflare.com and holds requests to its published form.

    https://developers.cloudflare.com/api/resources/dns/subresources/records/. Nobody can be told of another address, so it is
    asked as a proxy for the real one, with a certificate of its own.
    """

    def __init__(self, folder):
        certificates.ensure(folder, {"api": ["api.cloudflare.com"]})
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "api.pem", folder / "api.key")
        self.root = folder / "root.pem"
        self.zones, self.stored, self.asked = {ZONE: "0" * 32}, {}, []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
        self.server.cloudflare = self
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def records(self, kind="A"):
        found = {}
        for record in self.stored.values():
            if record["type"] == kind:
                found.setdefault(record["name"], []).append(record["content"])
        return found

    def add(self, name, content, kind="A", **more):
        record = {
            "type": kind,
            "name": name,
            "content": content,
            "ttl": 300,
            "proxied": False,
            "comment": None,
            "tags": [],
        }
        self.stored[uuid.uuid4().hex] = {**record, **more}

    def written(self):
        """What was asked of it beside reading, in order."""
        return [(method, path.rpartition("/")[2] == "dns_records") for method, path in self.asked if method != "GET"]

    def answer(self, method, path, query, authorization, body):
        """(status, result or error)"""
        self.asked.append((method, path))
        if authorization != f"Bearer {TOKEN}":
            return 403, "Authentication error"
        if (method, path) == ("GET", "/client/v4/zones"):
            named = [name for name in self.zones if query.get("name", [name]) == [name]]
            return 200, [{"id": self.zones[name], "name": name, "name_servers": ["ada.ns.example"]} for name in named]
        zone, _slash, record_id = path.removeprefix("/client/v4/zones/").partition("/dns_records")
        record_id = record_id.lstrip("/")
        if zone not in self.zones.values() or (record_id and record_id not in self.stored):
            return 404, "Could not route to it"
        if method == "GET":
            wanted = {key: query[key][0] for key in ("name", "type", "content") if key in query}
            found = [{"id": each, **record} for each, record in self.stored.items()]
            return 200, [each for each in found if all(each[key] == value for key, value in wanted.items())]
        if method == "DELETE":
            del self.stored[record_id]
            return 200, {"id": record_id}
        return self._write(method, record_id, body)

    def _write(self, method, record_id, body):
        if (method, bool(record_id)) not in (("POST", False), ("PUT", True)):
            return 405, "Method not allowed"
        wrong = set(body) - FIELDS or {"type", "name", "content", "ttl"} - set(body)
        if wrong or not (body["ttl"] == 1 or 60 <= body["ttl"] <= 86400) or len(body.get("comment") or "") > 100:
            return 400, f"DNS Validation Error: {wrong or body}"
        if not body["name"].endswith(ZONE) or not isinstance(body["proxied"], bool):
            return 400, "DNS Validation Error"
        same = [
            each
            for each, one in self.stored.items()
            if (one["name"], one["content"]) == (body["name"], body["content"])
        ]
        if same not in ([], [record_id]):
            return 400, "An identical record already exists."
        self.stored[record_id or uuid.uuid4().hex] = body
        return 200, body


class Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self):
        if self.path != "api.cloudflare.com:443":
            self.send_error(502)
            return
        self.send_response(200)
        self.end_headers()
        self.connection = self.server.cloudflare.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.close_connection = False

    def handle_api(self):
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        if self.command in ("POST", "PUT") and self.headers["Content-Type"] != "application/json":
            status, result = 415, "Unsupported Media Type"
        else:
            query, authorization = parse_qs(parts.query), self.headers["Authorization"]
            status, result = self.server.cloudflare.answer(self.command, parts.path, query, authorization, body)
        answer = {"success": status == 200, "errors": [], "messages": [], "result": result}
        if status != 200:
            answer.update(result=None, errors=[{"code": 10000, "message": result}])
        elif isinstance(result, list):
            answer["result_info"] = {
                "page": 1,
                "per_page": 100,
                "count": len(result),
                "total_count": len(result),
                "total_pages": 1,
            }
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = handle_api

    def log_message(self, *_arguments):
        pass


@dataclass(frozen=True)
class ThroughProxy(Emulated):
    cloudflare: Cloudflare

    @property
    def environment(self):
        proxy = {"HTTPS_PROXY": self.cloudflare.url, "SSL_CERT_FILE": str(self.cloudflare.root)}
        return {**super().environment, **proxy, "CLOUDFLARE_TOKEN": TOKEN}


@pytest.fixture
def cloudflare(tmp_path):
    service = Cloudflare(tmp_path)
    yield service
    service.server.shutdown()
    service.server.server_close()


@pytest.fixture
def at_cloudflare(account, cloudflare, tmp_path):
    """(playbook, options)"""
    with NameServer(cloudflare) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        options = {
            "dns_record_provider": "cloudflare",
            "dns_record_zone": ZONE,
            "dns_record_names": NAMES,
            "dns_record_resolvers": [server.text],
            "dns_record_wait_timeout": 3,
            "dns_record_address": "198.51.100.7",
        }
        yield Playbook(ThroughProxy(account.url, cloudflare), tmp_path), options
        server.shutdown()


def test_records_at_cloudflare_are_created_changed_and_removed(at_cloudflare, cloudflare):
    playbook, options = at_cloudflare
    planned = playbook.succeed("dns_record", check=True, diff=True, **options)
    assert "Plan: 2 to add, 0 to change, 0 to remove" in planned.output
    assert cloudflare.written() == []

    first = playbook.succeed("dns_record", **options)
    assert cloudflare.records() == {name: ["198.51.100.7"] for name in NAMES}
    for record in cloudflare.stored.values():
        assert (record["proxied"], record["ttl"], record["comment"]) == (False, 300, "landfall.aws landfall/dev")
    assert cloudflare.written() == [("POST", True)] * 2
    asked = len(cloudflare.asked)
    assert playbook.succeed("dns_record", **options).changed == 0
    assert len(cloudflare.asked) - asked == 3  # the zone, and each name

    for record in cloudflare.stored.values():
        record["proxied"] = True
    moved = playbook.succeed("dns_record", **{**options, "dns_record_address": "198.51.100.8", "dns_record_ttl": 60})
    assert cloudflare.records() == {name: ["198.51.100.8"] for name in NAMES}
    assert {(record["proxied"], record["ttl"]) for record in cloudflare.stored.values()} == {(False, 60)}
    assert cloudflare.written()[2:] == [("POST", True)] * 2 + [("DELETE", False)] * 2  # never without an address

    del options["dns_record_address"]
    gone = playbook.succeed("dns_record", landfall_state="absent", **options)
    assert cloudflare.stored == {}
    assert playbook.succeed("dns_record", landfall_state="absent", **options).changed == 0
    assert not any(TOKEN in run.output for run in (planned, first, moved, gone))


def test_a_record_of_someone_else_at_cloudflare_is_left_alone_until_told_otherwise(at_cloudflare, cloudflare):
    playbook, options = at_cloudflare
    cloudflare.add(NAMES[0], "203.0.113.9")
    assert f"{NAMES[0]} points to 203.0.113.9" in playbook.fail("dns_record", **options).output
    playbook.succeed("dns_record", landfall_state="absent", **options)
    assert cloudflare.records() == {NAMES[0]: ["203.0.113.9"]}
    cloudflare.add(NAMES[1], "elsewhere.example.net", "CNAME")
    both = playbook.fail("dns_record", dns_record_overwrite=True, **options).output
    assert f"{NAMES[1]} is a CNAME" in both
    assert cloudflare.written() == []
    cloudflare.stored.popitem()
    playbook.succeed("dns_record", dns_record_overwrite=True, **options)
    assert cloudflare.records() == {name: ["198.51.100.7"] for name in NAMES}


def test_a_token_that_is_refused_or_missing_is_told_and_not_shown(at_cloudflare, cloudflare):
    playbook, options = at_cloudflare
    wrong = "cf_" + "Wrong" * 8
    refused = playbook.fail("dns_record", dns_record_cloudflare_api_token=wrong, **options).output
    assert (
        "Cloudflare refused /zones with 403 (Authentication error). The token needs Zone Read and DNS Edit" in refused
    )
    assert wrong not in refused
    bad = {"dns_record_cloudflare_api_token": "", "dns_record_ttl": 30, "dns_record_zone": ""}
    output = playbook.fail("dns_record", **{**options, **bad}).output
    for said in ("a token is needed for the provider cloudflare", "60 to 86400 seconds", "the zone is needed"):
        assert said in output
    assert cloudflare.stored == {}
