#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: stepfunctions_state_machine_info
short_description: Look at state machines of AWS Step Functions
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Lists the state machines of an account and region, or tells of some of them what there is to know.
  - The list costs one call to AWS for each 100, details and tags one for each state machine, versions one, and aliases one and
    one for each alias. Where O(names) are names and not ARNs, one more asks for the account.
options:
  names:
    description:
      - Names or ARNs. One that does not exist is left out. When this is left out, all are listed.
    type: list
    elements: str
    aliases: [name]
  include:
    description:
      - What to tell besides name, ARN, type and date. V(details) are told in any case where O(names) is given.
    type: list
    elements: str
    choices: [details, tags, versions, aliases]
    default: []
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - landfall.aws.resource
seealso:
  - module: landfall.aws.stepfunctions_state_machine
"""

EXAMPLES = r"""
- name: All state machines are known
  landfall.aws.stepfunctions_state_machine_info:
  register: all

- name: What the aliases of orders lead to is known
  landfall.aws.stepfunctions_state_machine_info:
    names: [orders]
    include: [aliases, versions]
  register: orders
"""

RETURN = r"""
state_machines:
  description: The state machines, in snake_case. The definition is a value; it is null where its key may not be used.
  returned: success
  type: list
  elements: dict
  sample:
    - name: orders
      state_machine_arn: arn:aws:states:eu-west-3:123456789012:stateMachine:orders
      type: STANDARD
      creation_date: "2026-11-21T12:00:00+00:00"
      versions:
        - {version: "7", state_machine_version_arn: "arn:aws:states:eu-west-3:123456789012:stateMachine:orders:7"}
      aliases:
        - name: live
          state_machine_alias_arn: arn:aws:states:eu-west-3:123456789012:stateMachine:orders:live
          routing_configuration:
            - {state_machine_version_arn: "arn:aws:states:eu-west-3:123456789012:stateMachine:orders:7", weight: 100}
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
api_calls:
  description: How often each call was made, by its name.
  returned: with -vv
  type: dict
"""

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, refuse_mistakes
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import api, info, names

OPTIONS = {
    "names": {"type": "list", "elements": "str", "aliases": ["name"]},
    "include": {
        "type": "list",
        "elements": "str",
        "choices": ["details", "tags", "versions", "aliases"],
        "default": [],
    },
}


def main():
    module = LandfallModule(argument_spec=OPTIONS, supports_check_mode=True)
    given = module.params["names"] or []
    try:
        refuse_mistakes([wrong for each in given for wrong in names.machine_mistakes(each, "names")])
        client = module.client("stepfunctions")
        found = info.state_machines(client, lambda: api.account(module.client("sts")), module.params)
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The state machines {', '.join(given)} can't be read".replace("  ", " "))
    module.finish(changed=False, state_machines=found)


if __name__ == "__main__":
    main()
