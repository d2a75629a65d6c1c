#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: swap_file
short_description: Manage a swap file, from the file to the entry in fstab
version_added: 0.1.0
description:
  - Makes a swap file of the wanted size, turns it on, and enters it in C(/etc/fstab); or takes all of that back.
  - Reads what is there (C(/proc/swaps), the file with its signature, C(/etc/fstab)) and does only what is missing. So
    it finishes what an earlier run left half done, whatever that was.
  - A file of another size is replaced, and the host has swap all the time. The kernel lets no file be renamed or removed
    that is on; so while the new one takes the place of the old one, a small file beside them, a bridge, holds the pages.
    It has twice the size of what is in use, and 64 MiB at least. Only where the disk has no room for the new file and
    the bridge is there no swap while the new file is made.
  - Swap is not turned off when memory could not take what is in it.
author:
  - The landfall.aws authors (@landfall-aws)
options:
  path:
    description:
      - The swap file. While it is made, it is called the same with C(.new) behind it, and the bridge with C(.bridge).
      - It must lie on ext2, ext3, ext4, XFS or btrfs.
    type: path
    required: true
  size:
    description:
      - How large the file is, as a whole number and a unit of 1024, like V(512M) or V(2G).
      - Needed when O(state=present).
    type: str
  state:
    description: Whether there is such a swap file.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    description: Can run in check mode and return a status without changing anything.
    support: full
  diff_mode:
    description: Returns details on what has changed, or would change.
    support: full
  platform:
    description: What the host must be.
    support: full
    platforms: linux
notes:
  - Needs C(mkswap), C(swapon) and C(swapoff) (util-linux) on the host, and root.
  - Swap is the kernel's. In a container, C(/proc/swaps) lists the machine's and every other container's swap; choose
    paths that no two containers share.
"""

EXAMPLES = r"""
- name: Host has 2 GiB of swap
  landfall.aws.swap_file:
    path: /swapfile
    size: 2G

- name: Host has no swap file
  landfall.aws.swap_file:
    path: /swapfile
    state: absent
"""

RETURN = r"""
changes:
  description: What was done, or would be done, and why, in order. Empty when nothing was to be done.
  returned: success
  type: list
  elements: dict
  contains:
    step:
      description: Name of the step.
      type: str
    why:
      description: What it was needed for.
      type: str
  sample:
    - step: swap_on
      why: it is not in use
swap:
  description: The swap file as it was found after the run. In check mode, as it would be.
  returned: success
  type: dict
  contains:
    path:
      description: Path of the file.
      type: str
    size:
      description: Size of the file. Empty where there is none.
      type: str
    mode:
      description: Mode of the file. Empty where there is none.
      type: str
    formatted:
      description: Whether it carries a swap signature for its size.
      type: bool
    "on":
      description: Whether the kernel uses it.
      type: bool
    in_fstab:
      description: Whether it is turned on at boot.
      type: bool
  sample:
    path: /swapfile
    size: 2G
    mode: "0600"
    formatted: true
    "on": true
    in_fstab: true
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.aws.plugins.module_utils.swap.host import Host
from ansible_collections.landfall.aws.plugins.module_utils.swap.plan import Impossible, plan_absent, plan_present
from ansible_collections.landfall.aws.plugins.module_utils.swap.state import describe, describe_wanted, size_to_bytes


def main():
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "size": {"type": "str"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_if=[("state", "present", ("size",))],
        supports_check_mode=True,
    )
    path, present = module.params["path"], module.params["state"] == "present"
    host = Host(path, run=lambda *words: module.run_command(list(words), check_rc=True), move=module.atomic_move)
    try:
        size = size_to_bytes(module.params["size"]) if present else None
        live = host.read()
        steps = plan_present(live, size) if present else plan_absent(live)
        before = describe(path, live)
        if steps and not module.check_mode:
            host.apply(steps, live, size)
            after = describe(path, host.read())
        else:
            after = describe_wanted(path, size) if steps else before
    except (Impossible, ValueError, OSError) as error:
        module.fail_json(msg=f"Swap file {path}: {error}")
    module.exit_json(
        changed=bool(steps),
        changes=[{"step": step.name, "why": step.why} for step in steps],
        swap=after,
        diff={"before": before, "after": after},
    )


if __name__ == "__main__":
    main()
