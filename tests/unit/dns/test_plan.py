# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which records are added, changed, removed, left alone, or in the way."""

from __future__ import annotations

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.landfall.aws.plugins.module_utils.dns import api
from ansible_collections.landfall.aws.plugins.module_utils.dns.plan import Spec, plan_absent, plan_present

NAME, OURS, THEIRS = "app.example.com", "198.51.100.7", "203.0.113.9"
SPEC = Spec((NAME,), OURS, 300)


def record(*values, kind="A", ttl=300, **more):
    return {
        "Name": f"{NAME}.",
        "Type": kind,
        "TTL": ttl,
        "ResourceRecords": [{"Value": each} for each in values],
        **more,
    }


ALIAS = {"Name": f"{NAME}.", "Type": "A", "AliasTarget": {"DNSName": "lb.example.net.", "HostedZoneId": "Z1"}}


@pytest.mark.parametrize(
    ("live", "own", "action"),
    [
        ([], [], "add"),
        ([record(OURS)], [], "unchanged"),
        ([record(OURS, ttl=60)], [], "change"),
        ([record("198.51.100.8")], ["198.51.100.8"], "change"),
        ([record(OURS, "198.51.100.8")], ["198.51.100.8"], "change"),
        ([record("v=spf1 -all", kind="TXT")], [], "add"),
    ],
)
def test_what_is_done_about_a_record(live, own, action):
    changes, conflicts, _notes = plan_present(SPEC, {NAME: live}, own)
    assert [change.action for change in changes] == [action]
    assert conflicts == []


@pytest.mark.parametrize(
    ("live", "part"),
    [
        (record(THEIRS), f"points to {THEIRS}, and should point to {OURS}"),
        (record(OURS, THEIRS), f"points to {OURS}, {THEIRS}"),
        (ALIAS, "points to the alias lb.example.net"),
        (record("elsewhere.example.net", kind="CNAME"), "is a CNAME to elsewhere.example.net"),
        (record("2001:db8::1", kind="AAAA"), "AAAA record for 2001:db8::1"),
        (record(OURS, SetIdentifier="blue", Weight=1), "routing policy (blue)"),
    ],
)
def test_what_is_in_the_way_is_named(live, part):
    _changes, conflicts, _notes = plan_present(SPEC, {NAME: [live]}, [])
    assert len(conflicts) == 1
    assert part in conflicts[0]


@pytest.mark.parametrize("live", [record(THEIRS), ALIAS])
def test_overwrite_takes_a_record_over(live):
    changes, conflicts, _notes = plan_present(Spec((NAME,), OURS, 300, overwrite=True), {NAME: [live]}, [])
    assert conflicts == []
    assert [(change.action, change.after["addresses"]) for change in changes] == [("change", [OURS])]


@pytest.mark.parametrize(
    "live", [record("x.example.net", kind="CNAME"), record("2001:db8::1", kind="AAAA"), record(OURS, SetIdentifier="b")]
)
def test_overwrite_does_not_do_what_it_can_not_mean(live):
    _changes, conflicts, _notes = plan_present(Spec((NAME,), OURS, 300, overwrite=True), {NAME: [live]}, [])
    assert len(conflicts) == 1


def test_an_address_that_is_not_known_yet():
    changes, _conflicts, notes = plan_present(Spec((NAME,), None, 300), {NAME: []}, [])
    assert changes[0].after["addresses"] == ["(known after apply)"]
    assert notes == ["the host's address is not known yet"]


@pytest.mark.parametrize(
    ("live", "address", "own", "removed"),
    [
        (record(OURS), None, [OURS], True),
        (record(OURS), OURS, [], True),
        (record(THEIRS), None, [OURS], False),
        (record(OURS, THEIRS), None, [OURS], False),
        (ALIAS, None, [OURS], False),
        (record("2001:db8::1", kind="AAAA"), None, [OURS], False),
    ],
)
def test_only_what_is_ours_is_removed(live, address, own, removed):
    changes, _conflicts, notes = plan_absent(Spec((NAME,), address, 300), {NAME: [live]}, own)
    assert [change.action for change in changes] == (["remove"] if removed else [])
    assert bool(notes) == (not removed and live["Type"] == "A")


@pytest.fixture
def stubbed():
    def make(service, *answers):
        client = boto3.client(service, region_name="eu-west-3", aws_access_key_id="x", aws_secret_access_key="x")
        stubber = Stubber(client)
        for answer in answers:
            stubber.add_response(*answer)
        stubber.activate()
        return client

    return make


def zone(name, private=False, number=1):
    return {"Id": f"/hostedzone/Z{number}", "Name": name, "CallerReference": "x", "Config": {"PrivateZone": private}}


def test_a_zone_is_found_by_its_exact_public_name(stubbed):
    answer = {
        "HostedZones": [zone("example.com."), zone("example.com.", True, 2), zone("example.company.", number=3)],
        "IsTruncated": False,
        "MaxItems": "100",
    }
    client = stubbed("route53", ("list_hosted_zones_by_name", answer, {"DNSName": "example.com"}))
    assert [each["Id"] for each in api.public_zones_named(client, "example.com")] == ["/hostedzone/Z1"]


def test_one_call_reads_the_records_of_a_name_and_no_others(stubbed):
    answer = {
        "ResourceRecordSets": [record(OURS), {**record(OURS), "Name": "b.example.com."}],
        "IsTruncated": False,
        "MaxItems": "100",
    }
    asked = {"HostedZoneId": "Z1", "StartRecordName": NAME, "MaxItems": "100"}
    client = stubbed("route53", ("list_resource_record_sets", answer, asked))
    assert [each["Name"] for each in api.record_sets_named(client, "Z1", NAME)] == [f"{NAME}."]


def test_our_addresses_are_those_with_all_our_tags(stubbed):
    wanted = {"Project": "shop", "Environment": "prod", "ManagedBy": "landfall.aws"}
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in wanted.items()]
    client = stubbed("ec2", ("describe_addresses", {"Addresses": [{"PublicIp": OURS}]}, {"Filters": filters}))
    assert api.elastic_ips(client, "shop", "prod") == [OURS]
