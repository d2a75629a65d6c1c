#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: validate_options
short_description: Check the options of this collection's roles, all mistakes at once
version_added: 0.1.0
description:
  - Checks the options of one or several roles of this collection against their C(meta/argument_specs.yml) (type, choices,
    required) and their C(meta/rules.yml) (everything else, like a domain's form or subnets that overlap).
  - Every mistake of every role is in one message. Nothing is contacted and nothing is changed.
  - What C(needed) names in C(meta/rules.yml) must be given; what C(needed_unless_absent) names, unless the role's state is
    V(absent).
author:
  - The landfall.aws authors (@landfall)
options:
  roles:
    description: Names of roles, without the collection's name, whose options the task's own host has.
    type: list
    elements: str
  host_roles:
    description: Names of roles whose options O(for_host) has.
    type: list
    elements: str
  for_host:
    description:
      - A host of the inventory. It need not be reachable, and need not exist yet.
    type: str
attributes:
  check_mode:
    description: Can run in check mode and return a status without changing anything.
    support: full
  diff_mode:
    description: Returns details on what has changed.
    support: none
    details: The module changes nothing.
  action:
    description: Runs on the controller.
    support: full
"""

EXAMPLES = r"""
- name: Options are valid
  landfall.aws.validate_options:
    roles: [caddy]

- name: Options of a playbook's roles are valid
  landfall.aws.validate_options:
    roles: [vpc, ec2_host]
    host_roles: [swap, docker, caddy, app]
    for_host: shop-prod
"""

RETURN = r"""
mistakes:
  description: One sentence for each mistake, the option's name first. Empty when all is valid.
  returned: always
  type: list
  elements: str
  sample:
    - "ec2_host_ssh_cidrs: 0.0.0.0/0 opens SSH to the whole internet; name the addresses that you connect from, like 203.0.113.7/32"
"""
