# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role dns_record against the emulator and a name server that says what the emulator's hosted zone says."""

from __future__ import annotations

import socketserver
import threading
import uuid

import boto3
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

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
