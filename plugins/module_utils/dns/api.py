# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading Route 53, and whose addresses are ours: one function a call. Nothing here changes anything."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.tags import own_tags, tag_filters


def public_zones_named(route53, zone):
    found = route53.list_hosted_zones_by_name(DNSName=zone)["HostedZones"]
    return [each for each in found if each["Name"].rstrip(".") == zone and not each["Config"].get("PrivateZone")]


def record_sets_named(route53, zone_id, name):
    """Route 53 lists in the order of names, so those of one name come first and are never many."""
    found = route53.list_resource_record_sets(HostedZoneId=zone_id, StartRecordName=name, MaxItems="100")
    return [each for each in found["ResourceRecordSets"] if each["Name"].rstrip(".").lower() == name]


def name_servers(route53, zone_id):
    delegation = route53.get_hosted_zone(Id=zone_id).get("DelegationSet", {})
    return [name.rstrip(".") for name in delegation.get("NameServers", [])]


def elastic_ips(ec2, project, environment):
    found = ec2.describe_addresses(Filters=tag_filters(own_tags(project, environment)))["Addresses"]
    return [each["PublicIp"] for each in found]
