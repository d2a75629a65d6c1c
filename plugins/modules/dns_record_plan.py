#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_record_plan
short_description: Plan the A records of a host in a hosted zone of Route 53
version_added: 0.1.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Compares the A records that are wanted with those that are live, and returns what has to be added, changed or removed.
    It changes nothing itself; the role P(landfall.aws.dns_record#role) applies the plan with M(amazon.aws.route53).
  - Records can't carry tags. A record is ours when everything it points to is an Elastic IP that carries the tags
    C(Project), C(Environment) and C(ManagedBy=landfall.aws), or is O(address). No other is changed unless O(overwrite) is
    set, and none is removed.
  - Fails, with all of them named, if records are in the way, for instance a CNAME of the same name or an AAAA record that
    leads elsewhere.
options:
  state:
    description:
      - Whether the records should exist.
    type: str
    choices: [present, absent]
    default: present
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
      - How many seconds resolvers may remember the records.
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
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: The module changes nothing in either mode. In check mode RV(ignore:changed) says whether there is something to do.
    support: full
  diff_mode:
    description: Shows the plan.
    support: full
requirements:
  - python >= 3.11
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
from ansible_collections.landfall.aws.plugins.module_utils.dns.plan import Spec, plan_absent, plan_present


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


def read(module, names):
    """(zone id, its servers, record sets by name, our addresses), as few calls one after the other as can be."""
    route53, ec2 = module.client("route53"), module.client("ec2")
    first = in_parallel(
        zone_id=lambda: find_zone(module, route53),
        addresses=lambda: api.elastic_ips(ec2, module.params["project"], module.params["environment"]),
    )
    zone_id = first["zone_id"]
    if not zone_id:
        return "", [], {}, first["addresses"]
    reads = {name: lambda name=name: api.record_sets_named(route53, zone_id, name) for name in names}
    second = in_parallel(**reads, servers=lambda: api.name_servers(route53, zone_id))
    return zone_id, second.pop("servers"), second, first["addresses"]


def main():
    module = LandfallModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "zone": {"type": "str", "required": True},
            "names": {"type": "list", "elements": "str", "required": True},
            "address": {"type": "str", "default": ""},
            "ttl": {"type": "int", "default": 300},
            "overwrite": {"type": "bool", "default": False},
            "project": {"type": "str", "required": True},
            "environment": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    wanted = module.params
    spec = Spec(tuple(wanted["names"]), wanted["address"] or None, wanted["ttl"], wanted["overwrite"])
    try:
        if spec.address is None and wanted["state"] == "present" and not module.check_mode:
            raise Refused("address: must be given; it is what the records point to")
        zone_id, servers, record_sets, own = read(module, spec.names)
        decide = plan_present if wanted["state"] == "present" else plan_absent
        changes, conflicts, notes = decide(spec, record_sets, own)
        if conflicts:
            raise Refused(
                "Records are in the way; nothing has been changed.\n" + "\n".join(f"- {each}" for each in conflicts)
            )
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The hosted zone {wanted['zone']} can't be read")
    result = report(changes, notes)
    module.finish(changed=module.check_mode and result["pending"], zone_id=zone_id, name_servers=servers, **result)


if __name__ == "__main__":
    main()
