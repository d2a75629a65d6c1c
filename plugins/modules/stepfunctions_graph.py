#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: stepfunctions_graph
short_description: Draw a state machine, or what became of an execution
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall)
description:
  - Draws a definition in the Amazon States Language from above to below, with the branches of each Parallel and the states of each
    Map inside of it, the conditions of each Choice, retries, and where errors are caught. As an SVG file, as text for Mermaid, or both.
  - Of an execution it shows what became of each state, for how long it ran, how often it was retried and with which errors.
  - The SVG file needs nothing else, neither from the network nor from the disk, follows the reader's choice of light or dark, and says
    in words what it shows. The same definition and history give the same bytes, so a file is only written when they differ.
  - A definition is drawn without AWS. A state machine takes one call, and one more when it is given by name. An execution takes two
    and one for each 1,000 events of its history. All of them only read.
  - Inputs, outputs and the causes of errors are neither read nor drawn. What runs in executions of its own, inside of a distributed
    Map, is drawn without outcomes.
options:
  definition:
    description:
      - The definition to draw. A dict, or a text in JSON or YAML.
      - Exactly one of O(definition), O(definition_file), O(state_machine) and O(execution_arn) is needed.
    type: raw
  definition_file:
    description:
      - Path of a file with the definition, in JSON or YAML. It is read on the host on which the module runs.
    type: path
  substitutions:
    description:
      - What C(${Name}) in O(definition) or O(definition_file) stands for, by name. Left out, placeholders are drawn as they are.
    type: dict
  state_machine:
    description:
      - Name or ARN of a state machine in AWS. C(orders:7) is its version 7.
    type: str
  execution_arn:
    description:
      - ARN of an execution of a STANDARD state machine, running or not. AWS keeps its history for 90 days.
    type: str
  svg_path:
    description:
      - The SVG file to write. Its directory must exist.
    type: path
  mermaid_path:
    description:
      - The file to write the flowchart for Mermaid to. Its directory must exist.
    type: path
attributes:
  check_mode:
    support: full
    description: Reads and draws, and says whether a file would be written.
  diff_mode:
    support: full
    description: Shows what differs in the files.
requirements:
  - python >= 3.11
extends_documentation_fragment:
  - ansible.builtin.files
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: State machine is drawn beside its definition, without AWS
  landfall.aws.stepfunctions_graph:
    definition_file: files/orders.asl.yaml
    svg_path: docs/orders.svg
    mode: "0644"

- name: State machine is drawn as it is live
  landfall.aws.stepfunctions_graph:
    state_machine: orders
    svg_path: docs/orders.svg
    mermaid_path: docs/orders.mmd
    region: eu-west-3

- name: What became of an execution is drawn
  landfall.aws.stepfunctions_graph:
    execution_arn: arn:aws:states:eu-west-3:123456789012:execution:orders:2026-11-21
    svg_path: /tmp/orders-2026-11-21.svg
    region: eu-west-3
"""

RETURN = r"""
mermaid:
  description: The flowchart for Mermaid.
  returned: always
  type: str
  sample: |
    flowchart TB
        mstart(["Start"])
svg:
  description: The picture as SVG.
  returned: when neither O(svg_path) nor O(mermaid_path) is given
  type: str
svg_path:
  description: The SVG file.
  returned: when O(svg_path) is given
  type: str
  sample: docs/orders.svg
mermaid_path:
  description: The file with the flowchart for Mermaid.
  returned: when O(mermaid_path) is given
  type: str
  sample: docs/orders.mmd
state_machine_arn:
  description: ARN of the state machine that it shows.
  returned: when O(state_machine) or O(execution_arn) is given
  type: str
  sample: arn:aws:states:eu-west-3:123456789012:stateMachine:orders
execution_arn:
  description: ARN of the execution that it shows.
  returned: when O(execution_arn) is given
  type: str
outcomes:
  description:
    - What became of each state, by name. One of C(succeeded), C(caught), C(running), C(failed), C(timed out), C(aborted) and
      C(not reached); of a state that was entered several times the worst. What runs in executions of its own is left out.
  returned: when O(execution_arn) is given
  type: dict
  sample: {Charge: succeeded, Refund: not reached}
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
"""

from pathlib import Path

from ansible_collections.landfall.aws.plugins.module_utils import drawn
from ansible_collections.landfall.aws.plugins.module_utils.asl import graph, graph_mermaid, graph_read, graph_svg
from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, refuse_mistakes
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import definition

SPEC = {
    "definition": {"type": "raw"},
    "definition_file": {"type": "path"},
    "substitutions": {"type": "dict"},
    "state_machine": {"type": "str"},
    "execution_arn": {"type": "str"},
    "svg_path": {"type": "path"},
    "mermaid_path": {"type": "path"},
}
WHAT = ["definition", "definition_file", "state_machine", "execution_arn"]
FILES = {"svg_path": "orders.svg", "mermaid_path": "orders.mmd"}


def shown(module):
    """What is to be drawn; refused with all mistakes if it can't be."""
    options = module.params
    source, found = definition.source_of(options)
    if source and not found:
        found = [str(each) for each in graph.mistakes(source)]
    found += graph_read.mistakes(options)
    for option, example in FILES.items():
        if options[option] is not None:
            found += drawn.mistakes(option, Path(options[option]), example)
    refuse_mistakes(found)
    if options["state_machine"]:
        return graph_read.machine(module.client, options["state_machine"])
    if options["execution_arn"]:
        return graph_read.execution(module.client, options["execution_arn"])
    path = options["definition_file"]
    return graph_read.Shown(Path(path).name.split(".")[0] if path else "State machine", source)


def main():
    module = LandfallModule(
        argument_spec=SPEC,
        mutually_exclusive=[WHAT],
        required_one_of=[WHAT],
        supports_check_mode=True,
        add_file_common_args=True,
    )
    try:
        picture = shown(module)
        refuse_mistakes([str(each) for each in graph.mistakes(picture.source)])
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg="The state machine can't be read")
    part = graph.seen(picture.source)
    texts = {
        "svg_path": graph_svg.draw(part, picture.name, picture.facts, picture.outcome),
        "mermaid_path": graph_mermaid.draw(part, picture.name, picture.outcome),
    }
    files = {option: text for option, text in texts.items() if module.params[option] is not None}
    changed, diff = drawn.keep_all(module, files)
    result = {option: module.params[option] for option in files} or {"svg": texts["svg_path"]}
    result.update(picture.arns)
    if picture.history:
        outcomes = {state.name: picture.outcome(state) for state in part.all()}
        result["outcomes"] = {name: outcome.kind for name, outcome in outcomes.items() if outcome}
    module.finish(changed=changed, diff=diff, mermaid=texts["mermaid_path"], **result)


if __name__ == "__main__":
    main()
