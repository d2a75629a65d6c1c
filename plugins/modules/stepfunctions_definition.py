#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: stepfunctions_definition
short_description: Check the definition of a state machine, with and without AWS
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall)
description:
  - Finds what is wrong with a definition in the Amazon States Language, of JSONPath and of JSONata, and says the line and the column of
    each finding in the author's own file. It needs neither an account nor a network for that.
  - What it finds is listed in C(docs/stepfunctions-lint.md), by code.
  - Can ask AWS for its own opinion, with O(validate_server), and have AWS try out single states, with O(test_state). AWS's findings are
    told at the same lines.
  - It creates and changes nothing.
options:
  definition:
    description:
      - The definition. A dict, or a text in JSON or YAML.
      - Exactly one of O(definition) and O(definition_file) is needed.
    type: raw
  definition_file:
    description:
      - Path of a file with the definition, in JSON or YAML. It is read on the host on which the module runs.
      - In YAML, only V(true), V(false), V(null) and numbers as JSON has them are no text. So C(NO), C(on) and dates stay text.
    type: path
  substitutions:
    description:
      - What C(${Name}) stands for in the definition, by name. Where it is a whole value, it can be a number, a dict or a list as well.
      - A placeholder that is not named here is a finding, and so is a name that the definition does not use. C(${!Name}) is the text
        C(${Name}) itself.
      - Left out, placeholders are left as they are, and may stand for anything.
    type: dict
  type:
    description:
      - The type of the state machine. V(EXPRESS) has no C(.sync), no C(.waitForTaskToken), no activities and no distributed Map.
    type: str
    choices: [STANDARD, EXPRESS]
    default: STANDARD
  ignore:
    description:
      - Codes of findings that are not told, like V(NO_DEFAULT).
    type: list
    elements: str
    default: []
  fail_on:
    description:
      - Whether the module fails for errors, for warnings as well, or for nothing that is found.
      - A state that did something else than expected counts as an error.
    type: str
    choices: [error, warning, never]
    default: error
  validate_server:
    description:
      - Whether AWS is asked as well. Needs the right C(states:ValidateStateMachineDefinition), and makes one call.
    type: bool
    default: false
  role_arn:
    description:
      - ARN of the role with which states are tried out. Needed for what really runs, and then C(iam:PassRole) as well.
    type: str
  test_state:
    description:
      - States that AWS tries out, one call for each. Needs the right C(states:TestState).
      - Without O(test_state[].mock) a Task runs what it runs. In check mode such a state is left out.
    type: list
    elements: dict
    default: []
    suboptions:
      state:
        description: The state's name, also of one inside of a Map or a Parallel.
        type: str
        required: true
      input:
        description: Its input. Any value; a text is a JSON string.
        type: raw
      variables:
        description: The variables that are assigned before, by name and without C($).
        type: dict
      context:
        description: The context object. Only together with O(test_state[].mock), by AWS's rule.
        type: dict
      mock:
        description: What a Task, Map or Parallel is taken to have answered. Give either a result or an error.
        type: dict
        suboptions:
          result:
            description: The answer. Any value.
            type: raw
          error_output:
            description: The error.
            type: dict
            suboptions:
              error:
                description: Its name.
                type: str
                required: true
              cause:
                description: Its cause.
                type: str
          field_validation_mode:
            description: How strictly AWS compares the result with what the service's API answers. By AWS's default V(STRICT).
            type: str
            choices: [STRICT, PRESENT, NONE]
      role_arn:
        description: The role of this one, instead of O(role_arn).
        type: str
      expect:
        description: What should come of it; what is left out may be anything. Without a status and an error it is V(SUCCEEDED).
        type: dict
        suboptions:
          status:
            description: How it ends.
            type: str
            choices: [SUCCEEDED, FAILED, RETRIABLE, CAUGHT_ERROR]
          output:
            description: Its whole output.
            type: raw
          next_state:
            description: The state that comes next.
            type: str
          error:
            description: Name of the error.
            type: str
          cause:
            description: Cause of the error.
            type: str
attributes:
  check_mode:
    support: full
    description: Does the same, except for states that would really run something, which are not tried out.
  diff_mode:
    support: none
    description: There is nothing that could differ.
requirements:
  - python >= 3.11
  - jsonata-python, where the definition has JSONata
  - PyYAML, where it is YAML
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
notes:
  - boto3 and credentials are only needed for O(validate_server) and O(test_state).
"""

EXAMPLES = r"""
- name: Definition is right
  landfall.aws.stepfunctions_definition:
    definition_file: files/orders.asl.yaml
    substitutions:
      ShipFunctionArn: arn:aws:lambda:eu-west-3:123456789012:function:ship

- name: Definition is right in AWS's opinion, too, and warnings count
  landfall.aws.stepfunctions_definition:
    definition_file: files/orders.asl.json
    validate_server: true
    fail_on: warning
    ignore: [NO_DEFAULT]
    region: eu-west-3

- name: State Ship leads on, and what it can't ship is caught
  landfall.aws.stepfunctions_definition:
    definition_file: files/orders.asl.yaml
    test_state:
      - state: Ship
        input: {id: 7}
        mock:
          result: {Payload: {shipment: 1}}
        expect:
          next_state: Shipped
      - state: Ship
        input: {id: 7}
        mock:
          error_output: {error: OutOfStock}
        expect:
          status: CAUGHT_ERROR
          next_state: Sorry
    region: eu-west-3
"""

RETURN = r"""
ok:
  description: Whether nothing was found for which O(fail_on) lets the module fail. With V(never), whether there is no error.
  returned: always
  type: bool
problems:
  description: What was found, by place.
  returned: always
  type: list
  elements: dict
  contains:
    file:
      description: The file, or C(definition).
      type: str
    line:
      description: The line, from 1 on. Null where the definition was given as a dict.
      type: int
    column:
      description: The column, from 1 on.
      type: int
    path:
      description: The place as AWS writes it.
      type: str
    code:
      description: What kind of finding it is.
      type: str
    severity:
      description: C(error), which AWS refuses or which fails for certain, or C(warning).
      type: str
    message:
      description: What is wrong.
      type: str
    hint:
      description: What to do. Can be empty.
      type: str
  sample:
    - file: orders.asl.yaml
      line: 41
      column: 7
      path: /States/Pack/Next
      code: MISSING_TRANSITION_TARGET
      severity: error
      message: Next "Shipp" does not exist
      hint: did you mean "Ship"?
notes:
  description: The findings for which the module does not fail, as lines. They are shown as warnings.
  returned: success
  type: list
  elements: str
tests:
  description: What came of each of O(test_state).
  returned: when the definition has no errors, and the tests were made
  type: list
  elements: dict
  sample:
    - state: Ship
      ok: true
      skipped: false
      differences: []
      status: SUCCEEDED
      output: {shipment: 1}
      next_state: Shipped
      error: null
      cause: null
api_call_count:
  description: How many calls to AWS were made; none for what is found without it.
  returned: always
  type: int
"""

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.amazon.aws.plugins.module_utils.botocore import HAS_BOTO3

from ansible_collections.landfall.aws.plugins.module_utils.asl import trial
from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import ERROR, in_order
from ansible_collections.landfall.aws.plugins.module_utils.asl.lint import lint
from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, refuse_mistakes
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import api, definition

OPTIONS = {
    "definition": {"type": "raw"},
    "definition_file": {"type": "path"},
    "substitutions": {"type": "dict"},
    "type": {"type": "str", "choices": ["STANDARD", "EXPRESS"], "default": "STANDARD"},
    "ignore": {"type": "list", "elements": "str", "default": []},
    "fail_on": {"type": "str", "choices": ["error", "warning", "never"], "default": "error"},
    "validate_server": {"type": "bool", "default": False},
    "role_arn": {"type": "str"},
    "test_state": {"type": "list", "elements": "dict", "default": [], "options": trial.OPTIONS},
}


def checked(module, options):
    """(the definition, what is wrong with it)."""
    source, mistakes = definition.source_of(options)
    refuse_mistakes(mistakes if not source else [])
    found = lint(source, options["type"], options["ignore"])
    if options["validate_server"] and isinstance(source.tree, dict) and not source.problems:
        told = definition.findings_of_aws(source, api.validate(client(module), source.text, options["type"]))
        found = in_order(found + [each for each in told if each.code not in options["ignore"]])
    return source, found


def tried(module, options, source):
    """What came of the states that are to be tried out."""
    refuse_mistakes(list(trial.mistakes(options["test_state"], source)))
    return [
        trial.skipped(test)
        if module.check_mode and trial.does_something(test, source)
        else trial.run(client(module), test, source, options["role_arn"])
        for test in options["test_state"]
    ]


def client(module):
    if not HAS_BOTO3:
        module.refuse(missing_required_lib("boto3"))
    return module.client("stepfunctions")


def main():
    one = ("definition", "definition_file")
    module = LandfallModule(
        argument_spec=OPTIONS,
        mutually_exclusive=[one],
        required_one_of=[one],
        supports_check_mode=True,
        check_boto3=False,
    )
    options, tests = module.params, []
    try:
        source, found = checked(module, options)
        errors = [str(each) for each in found if each.severity == ERROR]
        if options["test_state"] and not errors:
            tests = tried(module, options, source)
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg="AWS can't be asked about the definition")
    failed = [f"test of {each['state']}: {why}" for each in tests for why in each["differences"]]
    lines = [str(each) for each in found] if options["fail_on"] == "warning" else errors
    told = {"problems": [each.as_dict() for each in found], "tests": tests, "changed": False}
    if lines + failed and options["fail_on"] != "never":
        module.refuse("\n".join([*map(str, found), *failed]), ok=False, **told)
    module.finish(ok=not lines + failed, notes=[str(each) for each in found], **told)


if __name__ == "__main__":
    main()
