# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""playbooks/preflight.yml against the emulator: one table of what is wrong, and nothing is changed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import uuid

import boto3
import pytest
from conftest import PLAYBOOK_TIMEOUT, ROOT, Run

ZONE, NAME = "example.com", "app.example.com"
HEAD = "CHECK "
LACKING = "c6id.large"  # which the first zone of the region does not have


@pytest.fixture
def preflight(account, tmp_path):
    """Runs the playbook with options of the test's own over the right ones, and tells how it ended."""
    right = {
        "landfall_region": "eu-west-3",
        "ec2_host_ssh_cidrs": ["203.0.113.7/32"],
        "ec2_host_key_path": str(tmp_path / "id"),
        "ec2_host_console_timeout": 0,
        "dns_record_zone": ZONE,
        "caddy_domains": [NAME],
        "app_image": "registry.example.com/team/web:1.4.2",
    }

    def run(playbook="preflight", **options):
        process = subprocess.run(
            ["ansible-playbook", "-i", os.devnull, f"landfall.aws.{playbook}", "-e", json.dumps({**right, **options})],
            cwd=ROOT,
            env=account.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PLAYBOOK_TIMEOUT,
            check=False,
        )
        return Run(process.returncode, process.stdout + process.stderr)

    return run


@pytest.fixture
def zone(account):
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    route53 = boto3.client("route53", endpoint_url=account.url, region_name="us-east-1", **keys)
    route53.create_hosted_zone(Name=ZONE, CallerReference=str(uuid.uuid4()))


def everything(account):
    """What a run could have left in the account."""
    ec2 = account.ec2
    vpcs = [each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"]]
    groups = [each["GroupId"] for each in ec2.describe_security_groups()["SecurityGroups"]]
    gateways = ec2.describe_internet_gateways()["InternetGateways"]
    keys, addresses = ec2.describe_key_pairs()["KeyPairs"], ec2.describe_addresses()["Addresses"]
    return sorted(vpcs + groups), gateways, keys, addresses, ec2.describe_instances()["Reservations"]


def test_an_empty_account_is_described_in_one_table_and_stays_empty(preflight, account, zone, tmp_path):
    before = everything(account)
    run = preflight()
    assert run.code == 0, run.output
    assert run.output.count(HEAD) == 1
    assert re.search(r"type t3.micro +ok +eu-west-3 has it, for images built for amd64", run.output)
    assert "eu-west-3a, where the host will stand, has it" in run.output
    assert "not checked: what answers here is not AWS itself" in run.output
    assert "not checked: there is no host yet" in run.output
    assert everything(account) == before
    assert not (tmp_path / "id").exists()


def test_everything_that_is_wrong_is_in_the_table_at_once(preflight, account):
    before = everything(account)
    run = preflight(ec2_host_instance_type="t3.mikro", dns_record_zone="example.com")
    assert run.code != 0
    assert run.output.count(HEAD) == 1
    assert "eu-west-3 has no instance type 't3.mikro'. Did you mean t3.micro?" in run.output
    assert "no public hosted zone 'example.com'" in run.output
    assert "table above says what to do: type t3.mikro, zone example.com" in " ".join(run.output.split())
    assert everything(account) == before


def test_site_refuses_a_zone_that_lacks_the_type_before_it_makes_the_vpc(preflight, account, zone):
    before = everything(account)
    run = preflight("site", ec2_host_instance_type=LACKING)
    assert run.code != 0
    assert f"eu-west-3a, where the host will stand, has no {LACKING}" in run.output
    assert "=> Set vpc_azs: [eu-west-3" in run.output
    assert everything(account) == before


def test_the_table_can_be_read_where_results_are_shown_as_json(preflight, account, zone, monkeypatch):
    environment = {**account.environment, "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    monkeypatch.setattr(type(account), "environment", environment)
    run = preflight()
    assert run.code == 0, run.output
    lines = [line.strip().strip('",') for line in run.output.splitlines()]
    assert any(line.startswith(HEAD) for line in lines)
    assert "\\n" not in run.output.partition(HEAD)[2].partition("PLAY RECAP")[0]


def test_a_host_that_does_not_answer_is_in_the_table(preflight, playbook, account, zone, ssh_port, tmp_path):
    options = {"ec2_host_ssh_port": ssh_port, "ec2_host_ssh_cidrs": ["203.0.113.7/32"], "dns_record_wait": False}
    made = {"ec2_host_key_path": str(tmp_path / "id"), "ec2_host_console_timeout": 0, "dns_record_zone": ZONE}
    playbook.succeed("vpc", "ec2_host", "dns_record", dns_record_names=[NAME], **options, **made)
    before = everything(account)
    run = preflight(**options, ansible_ssh_timeout=2)
    assert run.code != 0
    assert run.output.count(HEAD) == 1
    assert "it did not answer, so it is not checked" in run.output
    assert "credentials " in run.output.partition(HEAD)[2]
    assert everything(account) == before
