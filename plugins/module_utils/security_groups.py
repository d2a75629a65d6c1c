# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of a security group as lines that compare: ``tcp 443 0.0.0.0/0``, ``tcp 22 prod-bastion``. Pure."""

from __future__ import annotations


def rules_of(permissions, names=()):
    """Live rules as sorted lines, one for each source. Groups are named where ``names`` knows their ids."""
    names, lines = dict(names), []
    for permission in permissions:
        sources = [each["CidrIp"] for each in permission.get("IpRanges", [])]
        sources += [each["CidrIpv6"] for each in permission.get("Ipv6Ranges", [])]
        sources += [names.get(each["GroupId"], each["GroupId"]) for each in permission.get("UserIdGroupPairs", [])]
        sources += [each["PrefixListId"] for each in permission.get("PrefixListIds", [])]
        protocol = permission["IpProtocol"]
        lines += [line_of(protocol, permission.get("FromPort"), permission.get("ToPort"), each) for each in sources]
    return sorted(lines)


def line_of(protocol, from_port, to_port, source):
    if str(protocol) == "-1":
        return f"all {source}"
    ports = str(from_port) if from_port == to_port else f"{from_port}-{to_port}"
    return f"{protocol} {ports} {source}"
