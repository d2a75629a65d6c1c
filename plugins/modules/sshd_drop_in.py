#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sshd_drop_in
short_description: Give sshd options, without locking anybody out who is logged in
version_added: 0.2.0
description:
  - Writes a file of options that the distribution's C(/etc/ssh/sshd_config) includes, and lets sshd read it.
  - Before anything is changed, sshd is asked what the options would mean (C(sshd -T)). They are refused where sshd does not
    understand them, where an earlier file would overrule them, and where O(login_user) would not be let in any more.
  - Afterwards a timer waits that puts the old options back. To confirm the new ones, stop it over a new connection within
    O(confirm_within) seconds; see the example. So no mistake and no run that was killed can lock anybody out for longer.
author:
  - The landfall.aws authors (@landfall-aws)
options:
  options:
    description:
      - Keywords of sshd_config and their values. A list is written as words, and a boolean as V(yes) or V(no). A keyword
        with the value V(null) is left out.
      - Needed when O(state=present).
    type: dict
  login_user:
    description:
      - Who must be let in afterwards, too, with a key that is on the host already.
      - Left out, nobody is checked for; that suits a host that Ansible does not reach over SSH.
    type: str
  login_address:
    description: Where O(login_user) comes from, as sshd sees it.
    type: str
  confirm_within:
    description: Seconds after which the old options come back, unless the timer has been stopped.
    type: int
    default: 60
  path:
    description:
      - The file. sshd takes the first value that it reads for a keyword, and reads the files in the order of their names.
    type: path
    default: /etc/ssh/sshd_config.d/00-landfall.conf
  state:
    description: Whether there is such a file.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    description: Can run in check mode and return a status without changing anything.
    support: full
    details: sshd is asked about the options in check mode, too.
  diff_mode:
    description: Returns details on what has changed, or would change.
    support: full
  platform:
    description: What the host must be.
    support: full
    platforms: linux
notes:
  - A C(Match) block of another file may give some users other values. That is left alone, unless it locks O(login_user) out.
  - Works with C(ssh.service) and with C(ssh.socket), which Ubuntu has since 22.10.
"""

EXAMPLES = r"""
- name: SSH lets nobody in by password
  landfall.aws.sshd_drop_in:
    options:
      PasswordAuthentication: false
      KbdInteractiveAuthentication: false
    login_user: admin
    login_address: 203.0.113.7
  register: sshd

- name: Next login is a new one
  ansible.builtin.meta: reset_connection

- name: A new login works, so the old options need not come back
  ansible.builtin.command: systemctl stop {{ sshd.way_back }}
  when: sshd is changed
"""

RETURN = r"""
changes:
  description: Names of the keywords that the file has otherwise than before.
  returned: success
  type: list
  elements: str
  sample: [passwordauthentication]
way_back:
  description: The timer to stop when a new login works.
  returned: success
  type: str
  sample: landfall-sshd-way-back.timer
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused
from ansible_collections.landfall.aws.plugins.module_utils.hardening.host import WAY_BACK, Sshd
from ansible_collections.landfall.aws.plugins.module_utils.hardening.sshd import differing, render


def main():
    module = AnsibleModule(
        argument_spec={
            "options": {"type": "dict"},
            "login_user": {"type": "str"},
            "login_address": {"type": "str"},
            "confirm_within": {"type": "int", "default": 60},
            "path": {"type": "path", "default": "/etc/ssh/sshd_config.d/00-landfall.conf"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_if=[("state", "present", ("options",))],
        required_together=[("login_user", "login_address")],
        supports_check_mode=True,
    )
    sshd = Sshd(
        module.params["path"],
        run=lambda *words: module.run_command(list(words)),
        move=module.atomic_move,
        tmpdir=module.tmpdir,
    )
    before = sshd.before
    after = render(module.params["options"]) if module.params["state"] == "present" else None
    changed = before != after or sshd.unconfirmed
    try:
        if after is not None or changed:
            sshd.check(after, module.params["login_user"], module.params["login_address"])
        if changed and not module.check_mode:
            sshd.put(after, module.params["confirm_within"])
    except (Refused, OSError, KeyError) as error:
        module.fail_json(msg=f"SSH's options are as they were. {error}")
    module.exit_json(
        changed=changed,
        changes=differing(before, after),
        way_back=f"{WAY_BACK}.timer",
        diff={"before": before or "", "after": after or ""},
    )


if __name__ == "__main__":
    main()
