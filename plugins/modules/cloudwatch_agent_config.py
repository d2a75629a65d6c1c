#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudwatch_agent_config
short_description: Give the CloudWatch agent a configuration
version_added: 0.2.0
description:
  - Keeps a configuration in a file of its own and gives it to the agent, after the agent's own programs have found it valid
    together with what the agent has besides. One that is not valid never takes the place of one that is.
  - The agent does not run the file that it is given. It keeps a copy under another name, in
    C(/opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.d), and merges all copies at each start. What is compared is
    that copy, so C(amazon-cloudwatch-agent-ctl) runs only where it is needed.
  - Reports a change also where the copy is right, but the agent was started before it came, as after a run that was
    interrupted.
  - Does not start or restart the agent, but says in RV(effect) what it needs.
author:
  - The landfall.aws authors (@landfall-aws)
options:
  config:
    description:
      - The configuration by the names that the agent gives it.
      - Needed when O(state=present).
    type: dict
  path:
    description:
      - The file that the configuration is kept in. The agent tells the configurations that it merges apart by the last part of
        the path.
    type: path
    default: /etc/landfall/cloudwatch-agent.json
  exclusive:
    description:
      - Whether the configuration is to be the agent's only one. V(false) leaves the ones alone that others have given it.
    type: bool
    default: false
  mode:
    description: Where the agent runs.
    type: str
    choices: [ec2, onPremise, auto]
    default: ec2
  state:
    description:
      - V(absent) takes the configuration from the agent, where it has others to run, and removes the file.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    description: Can run in check mode and return a status without changing anything.
    support: full
    details: The configuration is checked by the agent in check mode too, where it is installed.
  diff_mode:
    description: Returns details on what has changed, or would change.
    support: full
  platform:
    description: What the host must be.
    support: full
    platforms: linux
notes:
  - Needs the agent on the host (in check mode it may be missing), systemd, and root.
"""

EXAMPLES = r"""
- name: Agent measures memory
  landfall.aws.cloudwatch_agent_config:
    config:
      metrics:
        append_dimensions:
          InstanceId: ${aws:InstanceId}
        metrics_collected:
          mem:
            measurement: [mem_used_percent]
  register: agent_config

- name: Agent follows its configuration
  ansible.builtin.systemd_service:
    name: amazon-cloudwatch-agent
    state: "{{ {'none': 'started', 'restart': 'restarted'}[agent_config.effect] }}"
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
    - step: load
      why: the agent has another one
effect:
  description: What the agent needs to run what it has.
  returned: success
  type: str
  choices: [none, restart]
  sample: restart
others:
  description: Configurations of others that the agent had before the run, by the names of its copies.
  returned: success
  type: list
  elements: str
  sample: [ssm_AmazonCloudWatch-web]
validated:
  description: Whether the agent has checked the configuration. It does not check it again when nothing has changed.
  returned: success
  type: bool
  sample: true
"""

import tempfile

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.aws.plugins.module_utils.cloudwatch_agent import config as pure
from ansible_collections.landfall.aws.plugins.module_utils.cloudwatch_agent.host import Host, Refused


def main():
    module = AnsibleModule(
        argument_spec={
            "config": {"type": "dict"},
            "path": {"type": "path", "default": "/etc/landfall/cloudwatch-agent.json"},
            "exclusive": {"type": "bool", "default": False},
            "mode": {"type": "str", "choices": ["ec2", "onPremise", "auto"], "default": "ec2"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_if=[("state", "present", ("config",))],
        supports_check_mode=True,
    )
    wanted, exclusive = module.params["config"], module.params["exclusive"]
    present = module.params["state"] == "present"

    def run(*words):
        rc, out, err = module.run_command(list(words))
        return rc, f"{out}\n{err}" if rc else out

    with tempfile.TemporaryDirectory(dir=module.tmpdir) as scratch:
        host = Host(module.params["path"], module.params["mode"], run, module.atomic_move, scratch)
        if present and not host.installed and not module.check_mode:
            module.fail_json(msg=f"The CloudWatch agent is not installed: there is no {host.ctl}")
        live = host.read()
        steps = pure.plan_present(live, wanted, exclusive) if present else pure.plan_absent(live)
        validated = present and host.installed and any(step.name == "load" for step in steps)
        try:
            if validated:
                host.validate(wanted, exclusive)
            if not module.check_mode:
                host.apply(steps, wanted, exclusive)
        except Refused as error:
            beside = f" Besides, the agent has {', '.join(live.others)}." if live.others and not exclusive else ""
            module.fail_json(
                msg=f"The CloudWatch agent refuses the configuration and keeps the one it has.{beside} It says:\n{error}"
            )
    module.exit_json(
        changed=bool(steps),
        changes=[{"step": step.name, "why": step.why} for step in steps],
        effect=pure.effect(steps),
        others=list(live.others),
        validated=validated,
        diff={"before": live.own or "", "after": pure.render(wanted) if present else ""},
    )


if __name__ == "__main__":
    main()
