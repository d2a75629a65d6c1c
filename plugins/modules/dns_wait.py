#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_wait
short_description: Wait until names point to an address, and to nothing else
version_added: 0.1.0
description:
  - Asks name servers until each name has one A record for the address and no AAAA record, for a bounded time.
  - The servers that are responsible for a name are asked, and all of them, because a resolver that is asked too early
    remembers for a while that a record does not exist. What certificate authorities see is what these servers say.
  - A failure names what each name is, what it must be, and which servers say so.
author:
  - The landfall.aws authors (@landfall-aws)
options:
  names:
    description:
      - Full names, like V(app.example.com).
    type: list
    elements: str
    required: true
  address:
    description:
      - The address that all of them must point to.
    type: str
    required: true
  zone:
    description:
      - The zone that the names lie in, like V(example.com). Found by itself when left out.
    type: str
  resolvers:
    description:
      - Servers to ask instead of the responsible ones, each an address with a port where that is not 53. Meant for networks
        that allow no others.
    type: list
    elements: str
    default: []
  name_servers:
    description:
      - The servers that ought to be responsible. If the world asks others, a failure says so.
    type: list
    elements: str
    default: []
  timeout:
    description:
      - How many seconds to keep asking. V(0) asks once.
    type: int
    default: 300
attributes:
  check_mode:
    description: Can run in check mode and return a status without changing anything.
    support: full
  diff_mode:
    description: Returns details on what has changed.
    support: none
    details: The module changes nothing.
requirements:
  - dnspython
"""

EXAMPLES = r"""
- name: App's name points to its host
  landfall.aws.dns_wait:
    names: [app.example.com]
    address: 198.51.100.7
    timeout: 600
"""

RETURN = r"""
names:
  description: What each name is, by the server that was asked.
  returned: always
  type: dict
  sample:
    app.example.com:
      ns1.example.net: [198.51.100.7]
mistakes:
  description: What is wrong, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ["app.example.com is 203.0.113.9 at ns1.example.net, and must be 198.51.100.7"]
"""

import time

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.landfall.aws.plugins.module_utils.dns import judge
from ansible_collections.landfall.aws.plugins.module_utils.dns.lookup import Server, observe

try:
    import dns.resolver

    HAS_DNSPYTHON = bool(dns.resolver)
except ImportError:
    HAS_DNSPYTHON = False

PAUSE = 2  # seconds between questions


def main():
    module = AnsibleModule(
        argument_spec={
            "names": {"type": "list", "elements": "str", "required": True},
            "address": {"type": "str", "required": True},
            "zone": {"type": "str"},
            "resolvers": {"type": "list", "elements": "str", "default": []},
            "name_servers": {"type": "list", "elements": "str", "default": []},
            "timeout": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    if not HAS_DNSPYTHON:
        module.fail_json(msg=missing_required_lib("dnspython"))
    wanted = module.params
    resolvers = [Server.from_option(each) for each in wanted["resolvers"]]
    end = time.monotonic() + wanted["timeout"]
    while True:
        observations = [observe(name, resolvers, wanted["zone"]) for name in wanted["names"]]
        mistakes = [mistake for each in observations for mistake in judge.mistakes(each, wanted["address"])]
        if not mistakes or time.monotonic() + PAUSE > end:
            break
        time.sleep(PAUSE)

    names = {each.name: {server: list(answer.a) for server, answer in each.answers.items()} for each in observations}
    if mistakes:
        advice = judge.hint(observations, wanted["name_servers"])
        module.fail_json(msg=judge.message(mistakes, wanted["timeout"], advice), mistakes=mistakes, names=names)
    module.exit_json(changed=False, names=names, mistakes=[])


if __name__ == "__main__":
    main()
