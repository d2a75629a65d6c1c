# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The picture in the documentation: what playbooks/network.yml makes of inventory/example_network.

Drawn anew with ``python -m tests.unit.network.example_picture``.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import yaml

if __name__ == "__main__":
    importlib.import_module("tests.conftest")  # where collections are found; pytest has it already

from ansible_collections.landfall.aws.plugins.module_utils.network import diagram, rounds
from ansible_collections.landfall.aws.plugins.module_utils.network.spec import Spec
from tests.unit.network.account import tag_list
from tests.unit.network.described import ALL, described

ROOT = Path(__file__).parents[3]
FILE = ROOT / "docs" / "network.svg"


def tcp(port, **sources):
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **sources}


def host_group(account, spec, name, permissions):
    """As the role ec2_host makes it: it carries our tags, but is not the network's."""
    tags = {"Name": name, "Project": spec.project, "Environment": spec.environment, "ManagedBy": "landfall.aws"}
    group = {"GroupId": account.id("sg"), "GroupName": name, "Description": name, "Tags": tag_list(tags)}
    account.security_groups.append({**group, "IpPermissions": permissions, "IpPermissionsEgress": [ALL]})
    return group["GroupId"]


def example():
    options = yaml.safe_load((ROOT / "inventory/example_network/group_vars/all.yml").read_text())
    project, environment = options["landfall_project"], options["landfall_environment"]
    given = {key.removeprefix("vpc_"): value for key, value in options.items() if key.startswith("vpc_")}
    spec = Spec(f"{project}-{environment}", project, environment, **given)
    account = described(spec)
    mine = [{"CidrIp": each} for each in options["ec2_host_ssh_cidrs"]]
    bastion = host_group(account, spec, f"{spec.name}-bastion", [tcp(22, IpRanges=mine)])
    inside = [tcp(port, IpRanges=[{"CidrIp": spec.cidr}]) for port in (80, 443)]
    host_group(account, spec, f"{spec.name}-web", [*inside, tcp(22, UserIdGroupPairs=[{"GroupId": bastion}])])
    return diagram.draw(rounds.read(account, spec))


if __name__ == "__main__":
    FILE.write_text(example(), encoding="utf-8")
