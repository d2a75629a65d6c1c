#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: stepfunctions_execution_info
short_description: Look at executions of an AWS Step Functions state machine
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Tells of executions what went in and came out, and of those that failed in which state and why.
  - AWS tells nothing of executions of EXPRESS state machines; they are in their log group.
  - The list costs one call to AWS for each 100, each execution one, and its history or failure another one. Where
    O(state_machine) is a name, one more asks for the account.
options:
  state_machine:
    description:
      - Name or ARN of the state machine, or, with a colon and a number or name behind it, of its version or alias.
    type: str
    aliases: [state_machine_arn]
  execution_arns:
    description:
      - The executions that are meant. One that does not exist is left out.
    type: list
    elements: str
    aliases: [execution_arn]
  status:
    description:
      - Only those with this status.
    type: str
    choices: [RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED, PENDING_REDRIVE]
  limit:
    description:
      - How many executions of O(state_machine) at most, the newest ones.
    type: int
    default: 10
  history:
    description:
      - With V(failures) the history of one that did not succeed is asked for where and why. With V(all) it is returned. With
        V(none) nobody asks.
      - What went in is masked where its key looks like that of a secret.
    type: str
    choices: [failures, all, none]
    default: failures
  map_runs:
    description:
      - Whether to tell the runs of distributed maps, too, which costs one call for each execution and one for each run.
    type: bool
    default: false
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - landfall.aws.resource
seealso:
  - module: landfall.aws.stepfunctions_execution
"""

EXAMPLES = r"""
- name: Why the last three orders failed is known
  landfall.aws.stepfunctions_execution_info:
    state_machine: orders
    status: FAILED
    limit: 3
  register: failed

- name: One execution is known with all its events
  landfall.aws.stepfunctions_execution_info:
    execution_arns: [arn:aws:states:eu-west-3:123456789012:execution:orders:nightly]
    history: all
"""

RETURN = r"""
executions:
  description:
    - The executions, in snake_case, the newest first. Input and output are values. C(failure) tells the C(state), the C(resource)
      that it called, the C(attempt), the C(error), the C(cause) in words, the C(input) of the state and the C(states_before).
  returned: success
  type: list
  elements: dict
  sample:
    - execution_arn: arn:aws:states:eu-west-3:123456789012:execution:orders:nightly
      name: nightly
      status: FAILED
      failure: {state: Charge, resource: "lambda:invoke", attempt: 3, error: CardExpired, cause: "CardExpired: 11/24"}
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
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import api, execution_options, info

STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]
OPTIONS = {
    "state_machine": {"type": "str", "aliases": ["state_machine_arn"]},
    "execution_arns": {"type": "list", "elements": "str", "aliases": ["execution_arn"]},
    "status": {"type": "str", "choices": STATUSES},
    "limit": {"type": "int", "default": 10},
    "history": {"type": "str", "choices": ["failures", "all", "none"], "default": "failures"},
    "map_runs": {"type": "bool", "default": False},
}


def main():
    module = LandfallModule(
        argument_spec=OPTIONS,
        required_one_of=[("state_machine", "execution_arns")],
        mutually_exclusive=[("state_machine", "execution_arns"), ("status", "execution_arns")],
        supports_check_mode=True,
    )
    options = module.params
    try:
        refuse_mistakes(list(execution_options.info_mistakes(options)))
        client = module.client("stepfunctions")
        found = info.executions(client, lambda: api.account(module.client("sts")), options)
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        of = options["state_machine"] or ", ".join(options["execution_arns"])
        module.fail_json_aws(error, msg=f"The executions {of} can't be read")
    module.finish(changed=False, executions=found)


if __name__ == "__main__":
    main()
