#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: stepfunctions_execution
short_description: Start, stop or redrive an execution of an AWS Step Functions state machine
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Starts an execution, with O(wait) until it has ended, and returns its output. Also stops one, or lets one that failed go on.
  - When an execution that is waited for does not succeed, the module fails and says in which state, at which attempt, with
    which error and cause, and what the state got.
  - To start costs one call to AWS. One that is there already costs two, or one if it is still running, to stop or to redrive
    two. Where O(state_machine) is a name, another one asks for the account. Waiting costs one for each look, and a failure one.
  - In check mode an execution with a name is looked up, and the module says whether it would be started.
options:
  state:
    description:
      - V(started) starts it, V(stopped) stops it if it is running, V(redriven) lets one that failed, timed out or was stopped
        go on where it ended, which AWS allows for 14 days.
      - V(start) and V(stop) mean V(started) and V(stopped). Together with the alias O(ignore:action) they are what
        community.aws calls them.
    type: str
    choices: [started, stopped, redriven, start, stop]
    default: started
    aliases: [action]
  state_machine:
    description:
      - Name or ARN of the state machine. With a colon and a version's number or an alias's name behind it, like
        V(orders:live), of that version or alias. Needed for O(state=started).
    type: str
    aliases: [state_machine_arn]
  name:
    description:
      - >-
        Name of the execution, 1 to 80 characters without white space, brackets, wildcards and any of C(" # % \ ^ | ~ ` $ & , ; : /).
      - An execution of this name is started once. If there is one with the same input, nothing is started, and if it has
        another input, the module fails. AWS remembers names for 90 days, and none of EXPRESS state machines.
      - When this and O(once) are left out, each run starts a new execution.
    type: str
  once:
    description:
      - Whether to start only one execution for the same input. Its name is made from the input.
    type: bool
    default: false
  execution_arn:
    description:
      - The execution to stop or to redrive, in place of O(state_machine) and O(name).
    type: str
  input:
    description:
      - What it gets. A text must be JSON; anything else is turned into JSON. At most 262144 bytes (256 KiB) in UTF-8.
    type: raw
    default: {}
    aliases: [execution_input]
  trace_header:
    description:
      - The X-Ray trace that it belongs to.
    type: str
  sync:
    description:
      - Whether AWS answers only when it has ended, within 5 minutes. For EXPRESS state machines, and only for them.
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until it has ended. One of an EXPRESS state machine can't be waited for; see O(sync).
    type: bool
    default: false
  wait_timeout:
    description:
      - For how many seconds at most.
    type: int
    default: 600
  wait_delay:
    description:
      - How many seconds there are between two looks at first. They become longer, up to 10.
    type: float
    default: 1
  stop_on_timeout:
    description:
      - Whether an execution that has not ended after O(wait_timeout) is stopped. The module fails in any case.
    type: bool
    default: false
  history:
    description:
      - With V(failures) the history of an execution that did not succeed is asked for where and why. With V(all) it is
        returned, too, after each wait. With V(none) nobody asks, and only AWS's own error and cause are told.
      - Values are masked whose keys look like those of secrets.
    type: str
    choices: [failures, all, none]
    default: failures
  error:
    description:
      - The error that a stopped execution shows, up to 256 characters.
    type: str
  cause:
    description:
      - The cause that a stopped execution shows, up to 32768 characters.
    type: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - landfall.aws.resource
seealso:
  - module: landfall.aws.stepfunctions_execution_info
"""

EXAMPLES = r"""
- name: Orders of the day are charged, once
  landfall.aws.stepfunctions_execution:
    state_machine: orders:live
    once: true
    input: {day: "{{ ansible_facts.date_time.date }}"}
    wait: true
  register: charged

- name: A greeting comes at once
  landfall.aws.stepfunctions_execution:
    state_machine: greet
    input: {name: Ada}
    sync: true

- name: What failed goes on where it failed
  landfall.aws.stepfunctions_execution:
    execution_arn: arn:aws:states:eu-west-3:123456789012:execution:orders:nightly
    state: redriven
    wait: true

- name: Execution is stopped
  landfall.aws.stepfunctions_execution:
    state_machine: orders
    name: nightly
    state: stopped
    error: Maintenance
    cause: The shop is closed
"""

RETURN = r"""
execution:
  description: The execution, in snake_case. Its output is a value. Empty in check mode where nothing is known of it.
  returned: always, if it is known
  type: dict
  sample:
    execution_arn: arn:aws:states:eu-west-3:123456789012:execution:orders:nightly
    name: nightly
    state_machine_arn: arn:aws:states:eu-west-3:123456789012:stateMachine:orders
    status: SUCCEEDED
    start_date: "2026-11-21T12:00:00+00:00"
    stop_date: "2026-11-21T12:00:07+00:00"
    output: {charged: 17}
execution_arn:
  description: ARN of the execution.
  returned: success, outside check mode
  type: str
  sample: arn:aws:states:eu-west-3:123456789012:execution:orders:nightly
start_date:
  description: When it was started.
  returned: success, outside check mode
  type: str
  sample: "2026-11-21T12:00:00+00:00"
stop_date:
  description: When it ended or was stopped.
  returned: success, if it has ended
  type: str
  sample: "2026-11-21T12:00:07+00:00"
failure:
  description:
    - Why an execution failed. The C(state), the C(resource) that it called, the C(attempt), the C(error), the C(cause) in words,
      the C(input) of the state, masked, and the C(states_before).
  returned: when an execution that was waited for failed
  type: dict
events:
  description: Its history, the oldest event first.
  returned: success and O(history=all) and O(wait=true)
  type: list
  elements: dict
changes:
  description: What happens to the execution (V(add), V(change) or V(unchanged)), and why.
  returned: success
  type: list
  elements: dict
notes:
  description: What else there is to know. Each is a warning, too.
  returned: success
  type: list
  elements: str
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
from ansible_collections.landfall.aws.plugins.module_utils.outcome import outcome
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import api
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions.execution import Execution, Failed, shown
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions.execution_options import checked

OPTIONS = {
    "state": {
        "type": "str",
        "choices": ["started", "stopped", "redriven", "start", "stop"],
        "default": "started",
        "aliases": ["action"],
    },
    "state_machine": {"type": "str", "aliases": ["state_machine_arn"]},
    "name": {"type": "str"},
    "once": {"type": "bool", "default": False},
    "execution_arn": {"type": "str"},
    "input": {"type": "raw", "default": {}, "aliases": ["execution_input"]},
    "trace_header": {"type": "str"},
    "sync": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": False},
    "wait_timeout": {"type": "int", "default": 600},
    "wait_delay": {"type": "float", "default": 1},
    "stop_on_timeout": {"type": "bool", "default": False},
    "history": {"type": "str", "choices": ["failures", "all", "none"], "default": "failures"},
    "error": {"type": "str"},
    "cause": {"type": "str"},
}
SYNC = {"read_timeout": 310, "max_attempts": 0}  # AWS answers within 300 seconds, and would start a repeated call anew


def returned(execution):
    """What a module returns of an execution, whether it went well or not."""
    described = shown(execution.described)
    copies = {key: described[key] for key in ("execution_arn", "start_date", "stop_date") if key in described}
    events = {"events": execution.events} if execution.events else {}
    result = outcome([execution.change], lambda change: (change.before or {}, change.after))
    return {**result, "execution": described, **copies, **events}


def main():
    module = LandfallModule(argument_spec=OPTIONS, supports_check_mode=True)
    client, options = module.client("stepfunctions"), module.params
    execution = Execution(client, lambda: api.account(module.client("sts")), options)
    try:
        execution.options, mistakes = checked(options)
        refuse_mistakes(mistakes)
        sync_client = module.client("stepfunctions", **SYNC) if options["sync"] else None
        execution.converge(sync_client, module.check_mode)
    except Failed as failed:
        module.refuse(str(failed), failure=failed.failure, notes=execution.notes, **returned(execution))
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        what = options["execution_arn"] or f"of {options['state_machine']}"
        module.fail_json_aws(error, msg=f"The execution {what} can't be {execution.options['state']}")
    module.finish(notes=execution.notes, **returned(execution))


if __name__ == "__main__":
    main()
