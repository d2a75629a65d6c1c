#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ec2_console_host_keys
short_description: Pin an EC2 instance's SSH host keys, as its console shows them
version_added: 0.1.0
author:
  - The landfall.aws authors (@landfall)
description:
  - At its first boot an instance's cloud-init prints the SSH host keys that it made to the console, which only the account
    can read. This module waits for them and writes them to a C(known_hosts) file of the instance's own, so that already the
    first connection can be checked.
  - The file names the instance by its id, so connect with the option C(HostKeyAlias) of OpenSSH, as
    RV(ssh_arguments) does. A new instance at an old address is then never taken for the old one.
  - When the file has keys of this instance that this module wrote, AWS is not asked.
  - When the console does not show any within O(wait_timeout), the module warns, and the first connection's key is to be
    accepted and noted in the same file. That an image never prints its keys must not keep anyone from logging in. Such a
    key does not count as pinned; the console is asked again the next time, once.
options:
  instance_id:
    description:
      - The instance.
    type: str
    required: true
  path:
    description:
      - The C(known_hosts) file. It belongs to this module; what else is in it goes when it is written.
    type: path
    required: true
  addresses:
    description:
      - The instance's addresses, so that the file serves by hand too. Empty ones are left out.
    type: list
    elements: str
    default: []
  port:
    description:
      - Port of the SSH server.
    type: int
    default: 22
  wait_timeout:
    description:
      - How many seconds to wait for the console; V(0) does not ask it.
    type: int
    default: 120
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    support: full
    description:
      - Asks the console once and does not write the file. RV(ssh_arguments) then tells OpenSSH (8.5 or newer) the console's
        keys by a command, and has it write nothing either.
  diff_mode:
    support: full
    description: Shows the file.
requirements:
  - python >= 3.11
"""

EXAMPLES = r"""
- name: Host keys are pinned
  landfall.aws.ec2_console_host_keys:
    instance_id: i-0123456789abcdef0
    path: ~/.ssh/shop-dev-app.known_hosts
    addresses: [203.0.113.80]
    region: eu-west-3
  register: host_keys

- name: Host is in the inventory
  ansible.builtin.add_host:
    name: shop-dev-app
    ansible_host: 203.0.113.80
    ansible_ssh_common_args: "{{ host_keys.ssh_arguments }}"
"""

RETURN = r"""
host_keys:
  description: The instance's host keys, as far as they are verified.
  returned: always
  type: list
  elements: str
  sample: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI..."]
source:
  description: Where they come from; V(file), V(console), or V(none) when the first connection has to be trusted.
  returned: always
  type: str
ssh_arguments:
  description: What C(ssh) has to be told to use the file.
  returned: always
  type: str
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
"""

import os
import time
from pathlib import Path

from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.host import api, known_hosts

PAUSE = 5


def wait_for_keys(client, instance_id, timeout, clock=time.monotonic, sleep=time.sleep, once=False):
    """Ask the console until it shows keys, or none within the time."""
    end = clock() + timeout
    while clock() < end:
        keys = known_hosts.from_console(api.console_output(client, instance_id))
        if keys or once:
            return keys
        sleep(min(PAUSE, max(0, end - clock())))
    return []


def write(module, path, before, after):
    """Whether the file changed, and how."""
    if before == after:
        return {"changed": False}
    if not module.check_mode:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_name(path.name + ".new")
        temporary.write_text(after)
        temporary.chmod(0o600)
        module.atomic_move(str(temporary), str(path))
    return {
        "changed": True,
        "diff": {"before": before, "after": after, "before_header": str(path), "after_header": str(path)},
    }


def main():
    module = LandfallModule(
        argument_spec={
            "instance_id": {"type": "str", "required": True},
            "path": {"type": "path", "required": True},
            "addresses": {"type": "list", "elements": "str", "default": []},
            "port": {"type": "int", "default": 22},
            "wait_timeout": {"type": "int", "default": 120},
        },
        supports_check_mode=True,
    )
    instance_id, path = module.params["instance_id"], Path(module.params["path"])
    before = path.read_text() if path.is_file() else ""
    (keys, accepted), source, result = known_hosts.recorded(before, instance_id), "file", {"changed": False}
    if not keys:
        once = module.check_mode or bool(accepted)
        try:
            keys = wait_for_keys(module.client("ec2"), instance_id, module.params["wait_timeout"], once=once)
        except AWS_ERRORS as error:
            module.fail_json_aws(error, msg=f"The console of {instance_id} can't be read")
        source = "console" if keys else "none"
    if keys:
        after = known_hosts.known_hosts(instance_id, module.params["addresses"], module.params["port"], keys)
        result = write(module, path, before, after)
    else:
        module.warn(
            f"The SSH host keys of {instance_id} could not be verified, because its console was not seen to show them."
        )
    known, unwritten = keys or accepted, keys if module.check_mode and source == "console" else []
    file = os.devnull if module.check_mode and (unwritten or not known) else path
    arguments = known_hosts.ssh_arguments(file, instance_id, known, unwritten)
    module.finish(host_keys=keys, source=source, ssh_arguments=arguments, **result)


if __name__ == "__main__":
    main()
