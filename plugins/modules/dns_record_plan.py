#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_record_plan
short_description: Plan the A records of a host in a zone of Route 53 or Cloudflare
version_added: 0.1.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Compares the A records that are wanted with those that are live, and returns what has to be added, changed or removed.
    It changes nothing itself; the role P(landfall.aws.dns_record#role) applies the plan with M(amazon.aws.route53) or
    M(community.general.cloudflare_dns).
  - Records can't carry tags. A record in Route 53 is ours when everything it points to is an Elastic IP that carries the tags
    C(Project), C(Environment) and C(ManagedBy=landfall.aws), or is O(address). One at Cloudflare is ours when it has the comment
    C(landfall.aws project/environment), or points to O(address) alone. No other is changed unless O(overwrite) is set, and
    none is removed.
  - At Cloudflare, records are for DNS only. One that is proxied is changed.
  - It is a module of its own beside M(landfall.aws.ec2_host_plan), because it asks other services for other things, and because
    records are of use where the host is none of EC2's.
  - Fails, with all of them named, if records are in the way, for instance a CNAME of the same name or an AAAA record that
    leads elsewhere.
options:
  state:
    description:
      - Whether the records should exist.
    type: str
    choices: [present, absent]
    default: present
  provider:
    description:
      - Who looks after the zone. Nothing is asked of AWS with V(cloudflare).
    type: str
    choices: [route53, cloudflare]
    default: route53
    version_added: 0.2.0
  cloudflare_api_token:
    description:
      - An API token of Cloudflare that may read the zone (Zone Read) and edit its DNS (DNS Edit), and no other zone. Needed with
        O(provider=cloudflare).
    type: str
    version_added: 0.2.0
  zone:
    description:
      - The public hosted zone, like V(example.com).
    type: str
    required: true
  names:
    description:
      - Full names of the records, like V(app.example.com).
    type: list
    elements: str
    required: true
  address:
    description:
      - What the records point to. Empty while the host does not exist yet, which only check mode allows.
    type: str
    default: ""
  ttl:
    description:
      - How many seconds resolvers may remember the records. Cloudflare takes 60 to 86400, or V(1) for what it chooses itself.
    type: int
    default: 300
  overwrite:
    description:
      - Whether a record that points elsewhere may be changed.
    type: bool
    default: false
  project:
    description:
      - The tag C(Project) of our Elastic IPs.
    type: str
    required: true
  environment:
    description:
      - The tag C(Environment) of our Elastic IPs.
    type: str
    required: true
extends_documentation_fragment:
  - landfall.aws.plan.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: See which records would be changed
  landfall.aws.dns_record_plan:
    zone: example.com
    names: [app.example.com]
    address: 198.51.100.7
    project: shop
    environment: prod
  check_mode: true
"""

RETURN = r"""
leftovers:
  description: Addresses that names point to beside the wanted one, each with C(name) and C(address).
  returned: success
  type: list
  elements: dict
comment:
  description: The comment of our records at Cloudflare, or empty.
  returned: success
  type: str
cloudflare_call_count:
  description: How many calls to Cloudflare were made.
  returned: success
  type: int
zone_id:
  description: Id of the hosted zone. Empty if it does not exist, which only V(absent) allows.
  returned: success
  type: str
name_servers:
  description: The servers of the hosted zone.
  returned: success
  type: list
  elements: str
changes:
  description: Every record with what happens to it (V(add), V(change), V(remove), V(unchanged)) and why.
  returned: success
  type: list
  elements: dict
todo:
  description: The pending changes by what is to be done, C(create) or C(remove), and by type, which is C(a_record).
  returned: success
  type: dict
pending:
  description: Whether there is something to do.
  returned: success
  type: bool
plan:
  description: The plan as a person reads it.
  returned: success
  type: list
  elements: str
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
"""

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, report
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule, in_parallel
from ansible_collections.landfall.aws.plugins.module_utils.dns import api
from ansible_collections.landfall.aws.plugins.module_utils.dns.cloudflare import Cloudflare, mark, record_sets
from ansible_collections.landfall.aws.plugins.module_utils.dns.plan import Spec, leftovers, plan_absent, plan_present


def find_zone(module, route53):
    """Id of the one hosted zone, or an empty one where nothing has to be removed from it."""
    name = module.params["zone"]
    zones = api.public_zones_named(route53, name)
    if len(zones) > 1:
        ids = ", ".join(zone["Id"].rpartition("/")[2] for zone in zones)
        raise Refused(
            f"There are {len(zones)} public hosted zones named {name} ({ids}). Remove those that nobody asks."
        )
    if not zones and module.params["state"] == "present":
        raise Refused(
            f"There is no public hosted zone named {name} in this account. Create it and name its servers at the domain's "
            "registrar, or set dns_record_provider to none and create the records where the domain is looked after."
        )
    return zones[0]["Id"].rpartition("/")[2] if zones else ""


def read_cloudflare(module, names, comment):
    """(zone id, its servers, record sets by name, none of our addresses, how many calls it took)"""
    cloudflare = Cloudflare(module.params["cloudflare_api_token"])
    zone_id, servers, records = cloudflare.read(module.params["zone"], names)
    sets = {name: record_sets(records[name], comment) for name in names}
    return zone_id, servers, sets, [], len(cloudflare.calls)


def read(module, names):
    """(zone id, its servers, record sets by name, our addresses), as few calls one after the other as can be."""
    route53, ec2 = module.client("route53"), module.client("ec2")
    first = in_parallel(
        zone_id=lambda: find_zone(module, route53),
        addresses=lambda: api.elastic_ips(ec2, module.params["project"], module.params["environment"]),
    )
    zone_id = first["zone_id"]
    if not zone_id:
        return "", [], {}, first["addresses"], 0
    reads = {name: lambda name=name: api.record_sets_named(route53, zone_id, name) for name in names}
    second = in_parallel(**reads, servers=lambda: api.name_servers(route53, zone_id))
    return zone_id, second.pop("servers"), second, first["addresses"], 0


def main():
    module = LandfallModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "provider": {"type": "str", "choices": ["route53", "cloudflare"], "default": "route53"},
            "cloudflare_api_token": {"type": "str", "no_log": True},
            "zone": {"type": "str", "required": True},
            "names": {"type": "list", "elements": "str", "required": True},
            "address": {"type": "str", "default": ""},
            "ttl": {"type": "int", "default": 300},
            "overwrite": {"type": "bool", "default": False},
            "project": {"type": "str", "required": True},
            "environment": {"type": "str", "required": True},
        },
        required_if=[("provider", "cloudflare", ["cloudflare_api_token"])],
        supports_check_mode=True,
    )
    wanted, at_cloudflare = module.params, module.params["provider"] == "cloudflare"
    try:
        comment = mark(wanted["project"], wanted["environment"]) if at_cloudflare else ""
        more = {"proxied": False, "comment": comment} if at_cloudflare else {}
        spec = Spec(tuple(wanted["names"]), wanted["address"] or None, wanted["ttl"], wanted["overwrite"], more)
        if spec.address is None and wanted["state"] == "present" and not module.check_mode:
            raise Refused("address: must be given; it is what the records point to")
        found = read_cloudflare(module, spec.names, comment) if at_cloudflare else read(module, spec.names)
        zone_id, servers, sets, own, calls = found
        decide = plan_present if wanted["state"] == "present" else plan_absent
        changes, conflicts, notes = decide(spec, sets, own)
        if conflicts:
            raise Refused(
                "Records are in the way; nothing has been changed.\n" + "\n".join(f"- {each}" for each in conflicts)
            )
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The hosted zone {wanted['zone']} can't be read")
    result = report(changes, notes)
    module.finish(
        changed=module.check_mode and result["pending"],
        zone_id=zone_id,
        name_servers=servers,
        leftovers=leftovers(changes),
        comment=comment,
        cloudflare_call_count=calls,
        **result,
    )


if __name__ == "__main__":
    main()
