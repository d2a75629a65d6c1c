# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which agent the role ssm_agent chooses, where from, what it takes for a fault, and what the agent may do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

ROOT = Path(__file__).parents[2]
ROLE = ROOT / "roles/ssm_agent"


def template(name, **given):
    loader = DataLoader()
    variables = {"landfall_region": "", "landfall_state": "present", "__ssm_agent_dpkg": {"stdout": ""}}
    variables["__ssm_agent_snap"] = {"stat": {"exists": given.pop("snap", False)}}
    for path in ("defaults/main.yml", "vars/main.yml"):
        variables.update(loader.load_from_file(str(ROLE / path), trusted_as_template=True))
    variables["__ssm_agent_dpkg"] = {"stdout": given.pop("dpkg", "")}
    facts = {"distribution": given.pop("distribution", "Debian"), "architecture": given.pop("architecture", "x86_64")}
    return Templar(loader, variables={**variables, "ansible_facts": facts, **given}).template(variables[name])


DEB = "installed 3.3.3050.0-1"


@pytest.mark.parametrize(
    ("given", "kind", "is_there"),
    [
        # Ubuntu's images bring the snap, all of 22.04, 24.04 and 26.04.
        ({"distribution": "Ubuntu", "snap": True}, "snap", True),
        ({"distribution": "Ubuntu"}, "snap", False),
        ({"distribution": "Ubuntu", "dpkg": DEB}, "deb", True),
        ({"distribution": "Ubuntu", "snap": True, "ssm_agent_source": "deb"}, "deb", False),
        ({}, "deb", False),
        ({"snap": True}, "snap", True),
        ({"dpkg": DEB}, "deb", True),
        ({"dpkg": DEB, "ssm_agent_source": "snap"}, "snap", False),
        ({"dpkg": DEB, "ssm_agent_version": "3.3.3060.0"}, "deb", False),
        ({"dpkg": "half-configured 3.3.3050.0-1"}, "deb", False),
        ({"dpkg": "config-files 3.3.3050.0-1", "snap": True}, "snap", True),
    ],
)
def test_the_agent_that_is_there_is_taken_over(given, kind, is_there):
    assert template("__ssm_agent_kind", **given) == kind
    assert template("__ssm_agent_is_there", **given) is is_there


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "https://s3.amazonaws.com/ec2-downloads-windows/SSMAgent/latest/debian_amd64/amazon-ssm-agent.deb"),
        (
            {"landfall_region": "eu-west-3", "architecture": "aarch64"},
            "https://s3.eu-west-3.amazonaws.com/amazon-ssm-eu-west-3/latest/debian_arm64/amazon-ssm-agent.deb",
        ),
        (
            {"landfall_region": "cn-north-1", "ssm_agent_version": "3.3.3050.0"},
            "https://s3.cn-north-1.amazonaws.com.cn/amazon-ssm-cn-north-1/3.3.3050.0/debian_amd64/amazon-ssm-agent.deb",
        ),
    ],
)
def test_the_package_comes_from_the_region_s_bucket(given, expected):
    assert template("__ssm_agent_package", **given) == expected


def checks(**status):
    needed = template("__ssm_agent_needed")
    found = [{"Check": name, "Status": status.get(name, "Success"), "Note": "why"} for name in needed]
    found.append({"Check": "Connectivity to kms endpoint", "Status": "Failed", "Note": "timed out"})
    return {"stdout": json.dumps({"DiagnosticsOutput": found})}


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        (checks(), []),
        (checks(**{"AWS Credentials": "Failed"}), ["AWS Credentials"]),
        (checks(**{"Agent service": "Skipped"}), ["Agent service"]),
        ({"stdout": "not json"}, 5),
        ({"stdout": ""}, 5),
    ],
)
def test_a_fault_is_what_a_session_can_t_do_without(answer, missing):
    found = template("__ssm_agent_missing", __ssm_agent_diagnostics=answer)
    assert (len(found) if isinstance(missing, int) else found) == missing


def test_the_agent_may_open_sessions_and_nothing_else():
    (statement,) = json.loads((ROLE / "files/iam-policy.json").read_text())["Statement"]
    assert sorted(statement["Action"]) == [
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ]


INVENTORIES = sorted((ROOT / "inventory/example_ssm").glob("*aws_ec2.yml"))
INSTANCE = {
    "aws_instance_id": "i-0123456789abcdef0",
    "aws_tags": {"Name": "shop-prod-app"},
    "aws_placement": {"region": "eu-west-3"},
}


def composed(name):
    inventory = yaml.safe_load((ROOT / "inventory/example_ssm" / name).read_text())
    assert inventory["plugin"] == "amazon.aws.aws_ec2"
    assert inventory["hostvars_prefix"] == "aws_"
    loader = DataLoader()
    expressions = DataLoader().load(
        "".join(f"{key}: {json.dumps('{{' + text + '}}')}\n" for key, text in inventory["compose"].items())
    )
    from ansible.template import trust_as_template

    templar = Templar(loader, variables=INSTANCE)
    return {key: templar.template(trust_as_template(str(text))) for key, text in expressions.items()}


def test_ssh_goes_through_a_session_to_the_instance():
    made = composed("ssh_aws_ec2.yml")
    assert made["ansible_host"] == "i-0123456789abcdef0"
    arguments = made["ansible_ssh_common_args"]
    assert "ProxyCommand" in arguments
    assert "AWS-StartSSHSession" in arguments
    assert "--region eu-west-3" in arguments
    assert "HostKeyAlias=i-0123456789abcdef0" in arguments
    assert "StrictHostKeyChecking=yes" in arguments


def test_the_connection_plugin_is_the_one_of_the_pinned_collection():
    made = composed("plugin_aws_ec2.yml")
    assert made["ansible_connection"] == "amazon.aws.aws_ssm"
    assert made["ansible_host"] == "i-0123456789abcdef0"
    assert made["ansible_aws_ssm_region"] == "eu-west-3"
    assert made["ansible_aws_ssm_bucket_name"]
