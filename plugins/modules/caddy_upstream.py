#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: caddy_upstream
short_description: Say where Caddy sends an app's requests, without a reload
version_added: 0.2.0
description:
  - Switches between an app's two containers, holds requests back, or lets a maintenance page answer them. It takes effect with
    the next request, and closes no connection.
  - Can wait until a container that was switched away from has answered what it has begun.
  - Works by files that are there or not, which the app's part of the Caddyfile looks for. The role P(landfall.aws.app#role)
    writes that part.
author:
  - The landfall.aws authors (@landfall-aws)
options:
  name:
    description: Name of the app.
    type: str
    required: true
  colour:
    description: The container that requests go to. Left out, it stays as it is.
    type: str
    choices: [blue, green]
  hold:
    description: Whether requests wait. Left out, it stays as it is.
    type: bool
  maintenance:
    description: Whether the maintenance page answers. Left out, it stays as it is.
    type: bool
  drain:
    description: Address of a container that is to have no more requests when the module ends, as Caddy names it.
    type: str
  drain_timeout:
    description: How many seconds to wait for that.
    type: int
    default: 30
attributes:
  check_mode:
    description: Can run in check mode and return a status without changing anything.
    support: full
  diff_mode:
    description: Returns details on what has changed, or would change.
    support: full
notes:
  - The files are C(/etc/caddy/upstreams/<name>.green), C(.hold) and C(.maintenance).
"""

EXAMPLES = r"""
- name: Requests go to the second container, and the first one has finished
  landfall.aws.caddy_upstream:
    name: shop
    colour: green
    drain: 192.168.255.2:8000
"""

RETURN = r"""
colour:
  description: The container that requests go to.
  returned: success
  type: str
  sample: green
requests:
  description: How many requests the drained address still has.
  returned: success
  type: int
  sample: 0
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.aws.plugins.module_utils.caddy.admin import NoAnswer, upstreams
from ansible_collections.landfall.aws.plugins.module_utils.caddy.host import Host
from ansible_collections.landfall.aws.plugins.module_utils.caddy.upstream import MARKS, Upstream, drain


def main():
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "colour": {"type": "str", "choices": ["blue", "green"]},
            "hold": {"type": "bool"},
            "maintenance": {"type": "bool"},
            "drain": {"type": "str"},
            "drain_timeout": {"type": "int", "default": 30},
        },
        supports_check_mode=True,
    )
    options = module.params
    upstream = Upstream(options["name"])
    before = upstream.marks()
    asked = {
        "green": None if options["colour"] is None else options["colour"] == "green",
        "hold": options["hold"],
        "maintenance": options["maintenance"],
    }
    wanted = {mark for mark in MARKS if (mark in before if asked[mark] is None else asked[mark])}
    left = 0
    try:
        if not module.check_mode:
            upstream.set(wanted)
            if options["drain"]:
                left = wait_for(module, options["drain"], options["drain_timeout"])
    except OSError as error:
        module.fail_json(msg=f"Caddy's upstream {options['name']}: {error}")
    module.exit_json(
        changed=wanted != before,
        colour="green" if "green" in wanted else "blue",
        requests=left,
        diff={"before": describe(before), "after": describe(wanted)},
    )


def wait_for(module, address, timeout):
    caddy = Host("/etc/caddy/Caddyfile", module.get_bin_path, module.run_command)
    if not caddy.active:
        return 0
    try:
        caddy.running()
        return drain(lambda: upstreams(caddy.address), address, timeout)
    except NoAnswer as error:
        module.warn(f"Caddy does not say which requests it has ({error}), so they are not waited for.")
        return 0


def describe(marks):
    return {"colour": "green" if "green" in marks else "blue", **{mark: mark in marks for mark in MARKS[1:]}}


if __name__ == "__main__":
    main()
