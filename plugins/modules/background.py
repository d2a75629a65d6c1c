#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: background
short_description: Start a module of amazon.aws and leave it alone
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Does what C(async) with C(poll=0) does, for modules of C(amazon.aws) on the controller, in a small part of the time. Ansible
    puts each module into a file and starts a Python for it, which imports all it needs anew. Here a copy of Ansible's own
    process runs it, which has imported everything before.
  - Where the module would run on another host, as another user, or by another Python than Ansible's, it is started with
    C(async).
  - The defaults that O(module) has by C(module_defaults) apply.
  - In check mode nothing is started.
options:
  module:
    description:
      - The module's full name, like V(amazon.aws.ec2_vpc_subnet).
    type: str
    required: true
  args:
    description:
      - The module's options.
    type: dict
    default: {}
  timeout:
    description:
      - After how many seconds it is ended, whatever it does.
    type: int
    default: 600
attributes:
  action:
    description: Runs on the controller.
    support: full
  async:
    description: Is asynchronous by itself.
    support: none
  check_mode:
    description: Nothing is started.
    support: none
  diff_mode:
    description: What is started has no way to show a difference.
    support: none
seealso:
  - module: ansible.builtin.async_status
requirements:
  - python >= 3.11
"""

EXAMPLES = r"""
- name: Subnets exist
  landfall.aws.background:
    module: amazon.aws.ec2_vpc_subnet
    args:
      vpc_id: vpc-0123456789abcdef0
      cidr: "{{ item }}"
      az: eu-west-3a
  loop: [10.0.1.0/24, 10.0.2.0/24, 10.0.3.0/24]
  register: __subnets

- name: Subnets are through
  ansible.builtin.async_status:
    jid: "{{ item.ansible_job_id }}"
  loop: "{{ __subnets.results }}"
  register: __subnet
  until: __subnet is finished
  retries: 60
  delay: 1
"""

RETURN = r"""
ansible_job_id:
  description: Where M(ansible.builtin.async_status) finds it.
  returned: success
  type: str
  sample: j1b9d6bcd.4711
results_file:
  description: The file that holds what the module returns, once it is through.
  returned: success
  type: str
  sample: /home/deploy/.ansible_async/j1b9d6bcd.4711
"""
