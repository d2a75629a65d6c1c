#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: stepfunctions_state_machine
short_description: Manage a state machine of AWS Step Functions
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Creates, changes, publishes and removes a state machine. It is found by its name, and so is what community.aws made.
  - The definition is looked through before anything is changed, without AWS, and mistakes are told with their line and column.
  - Two definitions are the same where they mean the same. The order of keys, white space and the way in which a number is
    written say nothing, and the order of a list does.
  - An option that is left out is left as it is.
  - No change costs one call to AWS, with O(tags) or O(owner_tags) two. To create or to change costs two, and one more for each of
    tagging and untagging. One more asks for the account where neither O(arn) nor O(role_arn) tells it. Waiting costs one for
    each look.
  - Somebody else may change the state machine at the same time. If they made it what is wanted here, that is fine; if not, the
    module fails, and says what differs.
options:
  state:
    description:
      - Whether the state machine should exist.
      - V(absent) removes its versions and aliases, too, and ends its executions at their next transition.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - >-
        Its name, 1 to 80 characters without white space, brackets, wildcards and any of C(" # % \ ^ | ~ ` $ & , ; : /).
      - One of O(name) and O(arn) must be given.
    type: str
  arn:
    description:
      - Its ARN, in place of O(name).
    type: str
  definition:
    description:
      - The definition in the Amazon States Language. A dict, or a text in JSON or YAML.
      - It or O(definition_file) is needed for a new state machine.
      - In YAML, V(NO), V(on) and what looks like a date are texts, as in JSON nothing else could be.
    type: raw
  definition_file:
    description:
      - >-
        Path of a file with the definition, in JSON or YAML. It is read on the host on which the module runs, which is the
        controller with C(hosts: localhost) or C(delegate_to: localhost).
    type: path
  substitutions:
    description:
      - What C(${Name}) in the definition stands for, by name. A placeholder that is a whole value can stand for a number, a
        boolean, a list or a dict, too.
      - A placeholder that is not named here, or a name without a placeholder, is a mistake. When this is left out, C(${Name})
        stays what it is.
    type: dict
  role_arn:
    description:
      - ARN of the role as which its executions call AWS. Needed for a new state machine. It must be in the same account.
    type: str
  type:
    description:
      - V(STANDARD) or V(EXPRESS). A new state machine is V(STANDARD) when this is left out.
      - AWS can't change it, see O(recreate).
    type: str
    choices: [STANDARD, EXPRESS]
  recreate:
    description:
      - Whether a state machine of another O(type) is deleted and made anew. Its versions, aliases and executions go with it;
        what the options leave out, and its tags, is taken over. Otherwise the module fails.
    type: bool
    default: false
  logging_configuration:
    description:
      - What its executions log to CloudWatch Logs. Fields that are left out stay as they are.
      - C(level) is V(ALL), V(ERROR), V(FATAL) or V(OFF); V(OFF) for a new one.
      - C(include_execution_data) says whether input and output are logged; V(false) for a new one.
      - >-
        C(destinations) is a list of one C({cloud_watch_logs_log_group: {log_group_arn: …}}); C(:*) at the ARN's end can be left out.
      - Every field that the installed botocore knows can be given, and no other.
    type: dict
  tracing_configuration:
    description:
      - >-
        C({enabled: true}) sends traces to X-Ray; a new state machine sends none when this is left out.
    type: dict
  encryption_configuration:
    description:
      - The key that its definition and its executions are encrypted with. Fields that are left out stay as they are.
      - C(type) is V(AWS_OWNED_KEY), or V(CUSTOMER_MANAGED_KMS_KEY) with C(kms_key_id), which is a key's id or ARN, or an
        alias's name or ARN. To tell an alias from the key that is in use costs a call, and C(kms:DescribeKey).
      - C(kms_data_key_reuse_period_seconds) is 60 to 900, and 300 when it is left out.
      - Who may not use that key (C(kms:Decrypt)) can't compare the definition. It is then sent each time, and the module warns.
    type: dict
  publish:
    description:
      - Whether the current revision should have a version. One is published where it has none, in the same call as a change.
      - Where nothing changes this costs two calls more, because AWS is asked for the newest version and its revision.
    type: bool
    default: false
  version_description:
    description:
      - What a version that is published is described with, up to 256 characters.
    type: str
  keep_versions:
    description:
      - How many versions to keep, the newest ones. Older ones that no alias leads to are deleted. When this is left out, none are.
      - This costs a call. Where there are more versions, it costs one for the aliases, one for each alias, and one for each
        version that goes.
    type: int
  tags:
    description:
      - Its tags. They are left alone when this is left out.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description:
      - Whether tags that O(tags) does not name are taken off. None are when O(tags) is left out.
    type: bool
    default: true
  owner_tags:
    description:
      - Tags that a state machine must carry to be changed or removed. One of the same name that lacks one of them is somebody
        else's, and the module fails. A new one gets them.
      - When this is left out, whatever has the name is changed, as with community.aws.
    type: dict
  lint:
    description:
      - What happens when the definition has mistakes that can be found without AWS. With V(error) the module fails before
        anything is changed, with V(warn) it warns. With V(off) nobody looks.
      - What can't be read at all is an error in any case, and so is a key that is there twice.
    type: str
    choices: [error, warn, "off"]
    default: error
  lint_ignore:
    description:
      - Codes of findings that are not wanted, like V(MISSING_TRANSITION_TARGET).
    type: list
    elements: str
    default: []
  validate_server:
    description:
      - Whether AWS is asked for mistakes (C(ValidateStateMachineDefinition)) before the definition is changed, in check mode,
        too. This costs a call where it changes, and none where it does not.
    type: bool
    default: false
  role_propagation_timeout:
    description:
      - For how many seconds it is tried again when Step Functions can't assume the role, or not deliver logs with it. AWS takes
        a few seconds to know a role that was made just before.
    type: int
    default: 90
  wait:
    description:
      - Whether to wait until AWS describes the state machine as it was sent, or no longer. One that is still being deleted is
        waited for in any case before one of the same name is made.
    type: bool
    default: true
  wait_timeout:
    description:
      - For how many seconds at most.
    type: int
    default: 300
  wait_delay:
    description:
      - How many seconds there are between two looks at first. They become longer, up to 10.
    type: float
    default: 2
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - landfall.aws.resource
seealso:
  - module: landfall.aws.stepfunctions_alias
  - module: landfall.aws.stepfunctions_execution
"""

EXAMPLES = r"""
- name: State machine exists as the file says
  landfall.aws.stepfunctions_state_machine:
    name: orders
    definition_file: files/orders.asl.yaml
    substitutions:
      ChargeFunction: arn:aws:lambda:eu-west-3:123456789012:function:charge
    role_arn: arn:aws:iam::123456789012:role/orders
    logging_configuration:
      level: ERROR
      destinations:
        - cloud_watch_logs_log_group:
            log_group_arn: arn:aws:logs:eu-west-3:123456789012:log-group:/aws/vendedlogs/states/orders
    tracing_configuration: {enabled: true}
    tags: {Project: shop, Environment: dev}

- name: Each change is a version, and ten of them are kept
  landfall.aws.stepfunctions_state_machine:
    name: orders
    definition_file: files/orders.asl.yaml
    publish: true
    version_description: "{{ lookup('ansible.builtin.pipe', 'git rev-parse --short HEAD') }}"
    keep_versions: 10

- name: Small things are answered at once
  landfall.aws.stepfunctions_state_machine:
    name: greet
    type: EXPRESS
    role_arn: arn:aws:iam::123456789012:role/greet
    definition:
      StartAt: Greet
      States:
        Greet: {Type: Pass, Result: {said: hello}, End: true}

- name: State machine is gone
  landfall.aws.stepfunctions_state_machine:
    name: orders
    state: absent
"""

RETURN = r"""
state_machine:
  description: The state machine as it is now, or in check mode as it would be. Empty if it does not exist.
  returned: success
  type: dict
  sample:
    name: orders
    state_machine_arn: arn:aws:states:eu-west-3:123456789012:stateMachine:orders
    type: STANDARD
    role_arn: arn:aws:iam::123456789012:role/orders
    definition: {StartAt: Wait, States: {Wait: {Type: Wait, Seconds: 1, End: true}}}
    logging_configuration: {level: "OFF", include_execution_data: false, destinations: []}
    tracing_configuration: {enabled: false}
    encryption_configuration: {type: AWS_OWNED_KEY}
state_machine_arn:
  description: ARN of the state machine, also where it does not exist.
  returned: success
  type: str
  sample: arn:aws:states:eu-west-3:123456789012:stateMachine:orders
state_machine_version_arn:
  description: ARN of the version that is the current revision. Empty in check mode where it would be published.
  returned: success and O(publish=true)
  type: str
  sample: arn:aws:states:eu-west-3:123456789012:stateMachine:orders:7
changes:
  description:
    - What happens to the state machine (V(add), V(change), V(replace), V(remove) or V(unchanged)), and why; then to its versions.
  returned: success
  type: list
  elements: dict
lint:
  description: What was found in the definition, each with C(line), C(column), C(path), C(code), C(severity), C(message) and C(hint).
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
from ansible_collections.landfall.aws.plugins.module_utils.shapes import input_shape
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import api, canonical, definition
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions.state_machine import StateMachine, find

OPTIONS = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "name": {"type": "str"},
    "arn": {"type": "str"},
    "definition": {"type": "raw"},
    "definition_file": {"type": "path"},
    "substitutions": {"type": "dict"},
    "role_arn": {"type": "str"},
    "type": {"type": "str", "choices": ["STANDARD", "EXPRESS"]},
    "recreate": {"type": "bool", "default": False},
    "logging_configuration": {"type": "dict"},
    "tracing_configuration": {"type": "dict"},
    "encryption_configuration": {"type": "dict"},
    "publish": {"type": "bool", "default": False},
    "version_description": {"type": "str"},
    "keep_versions": {"type": "int"},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
    "owner_tags": {"type": "dict"},
    "lint": {"type": "str", "choices": ["error", "warn", "off"], "default": "error"},
    "lint_ignore": {"type": "list", "elements": "str", "default": []},
    "validate_server": {"type": "bool", "default": False},
    "role_propagation_timeout": {"type": "int", "default": 90},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
    "wait_delay": {"type": "float", "default": 2},
}


def run(module, client):
    """The module's result."""
    options, mistakes = canonical.checked(module.params, input_shape(client, "CreateStateMachine"))
    source, problems = definition.source_of(options)
    found = definition.findings(source, options) if source and not problems else []
    refuse_mistakes(mistakes + problems + definition.to_refuse(found, options))

    def identity():
        return api.account(module.client("sts"))

    arn = find(client, identity, options["arn"] or options["name"], options["role_arn"])
    machine = StateMachine(client, identity, lambda: module.client("kms"), arn, options, source, findings=found)
    changes, described = machine.converge(module.check_mode)
    return {
        **outcome(changes, canonical.documents),
        "state_machine": described,
        "state_machine_arn": arn,
        "lint": [each.as_dict() for each in machine.findings],
        "notes": machine.notes,
        **({"state_machine_version_arn": machine.version_arn or ""} if options["publish"] else {}),
    }


def main():
    module = LandfallModule(
        argument_spec=OPTIONS,
        required_one_of=[("name", "arn")],
        mutually_exclusive=[("name", "arn"), ("definition", "definition_file")],
        supports_check_mode=True,
    )
    name = module.params["name"] or module.params["arn"]
    try:
        result = run(module, module.client("stepfunctions"))
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The state machine {name} can't be made {module.params['state']}")
    module.finish(**result)


if __name__ == "__main__":
    main()
