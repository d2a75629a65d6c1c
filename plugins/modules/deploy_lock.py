#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: deploy_lock
short_description: Let one deploy of an app at a time work on a host
version_added: 0.2.0
description:
  - Takes a lock on the host that says who deploys, since when and why; or gives it back, with a line in the audit log.
  - A lock that a killed run has left is recognised where both runs are on the same controller, and taken over. A reboot of
    the host removes it. Every other lock must be broken by somebody who knows that nobody is at it any more.
  - Held by another run, the module fails with who has it, and how to go on.
author:
  - The landfall.aws authors (@landfall-aws)
options:
  name:
    description: Name of the app.
    type: str
    required: true
  state:
    description: Whether this run has the lock.
    type: str
    choices: [held, released]
    default: held
  why:
    description: What it is needed for. Others read it while they wait.
    type: str
    default: deploy
  break_lock:
    description: Whether to take the lock from whoever has it.
    type: bool
    default: false
  entry:
    description:
      - What becomes of the deploy, for the audit log C(/var/log/landfall/<name>.log), which has one line of JSON for each.
        It must hold no secrets. Left out or empty, nothing is logged.
      - With O(state=released) only.
    type: dict
  holder:
    description: This run. The action plugin of this module fills it in.
    type: dict
attributes:
  action:
    description: Has an action plugin of its own on the controller.
    support: full
  check_mode:
    description: Can run in check mode and return a status without changing anything.
    support: full
    details: In check mode no lock is taken.
  diff_mode:
    description: Returns details on what has changed.
    support: none
    details: A lock is nothing that stays.
notes:
  - The lock is the file C(/run/landfall/<name>.lock).
"""

EXAMPLES = r"""
- name: Nobody else deploys meanwhile
  landfall.aws.deploy_lock:
    name: shop
    why: deploy of shop:1.4.2

- name: Others may deploy
  landfall.aws.deploy_lock:
    name: shop
    state: released
    entry:
      action: deploy
      result: succeeded
"""

RETURN = r"""
replaced:
  description: Who had the lock before and did not give it back.
  returned: when the lock was taken over
  type: dict
  sample:
    by: deploy@ci-7
    since: "2026-11-21T10:12:45Z"
    why: deploy of shop:1.4.1
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.aws.plugins.module_utils.deploy.lock import Held, Lock, sentence


def main():
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["held", "released"], "default": "held"},
            "why": {"type": "str", "default": "deploy"},
            "break_lock": {"type": "bool", "default": False},
            "entry": {"type": "dict"},
            "holder": {"type": "dict"},
        },
        supports_check_mode=True,
    )
    name, holder = module.params["name"], module.params["holder"]
    if not holder:
        module.fail_json(msg="holder is empty: the module was called without its action plugin")
    if module.check_mode:
        module.exit_json(changed=False)
    lock = Lock(name)
    if module.params["state"] == "released":
        lock.release(holder["token"], module.params["entry"])
        module.exit_json(changed=False)
    replaces = holder.pop("replaces", None)
    try:
        if module.params["break_lock"]:
            replaces = (lock.read() or {}).get("token")
        replaced = lock.acquire({**holder, "why": module.params["why"]}, replaces)
    except Held as held:
        module.fail_json(msg=sentence(held.holder, name), held_by=held.holder)
    result = {"replaced": {key: replaced[key] for key in ("by", "since", "why")}} if replaced else {}
    if replaced:
        module.warn(
            f"The run of {replaced['by']} of {replaced['since']} ({replaced['why']}) did not end. This run goes on from there."
        )
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
