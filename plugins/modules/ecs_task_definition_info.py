#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_task_definition_info
short_description: Look at task definitions of Amazon ECS
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Tells of a revision, or of the newest ones of a family, what there is to know, and what differs between two.
  - A revision costs one call to AWS. The newest ones of a family cost one for the list and one for each. To compare costs two.
options:
  task_definition:
    description:
      - A family, of which the latest active revision is told, C(family:revision), or an ARN.
    type: str
    aliases: [family]
  revisions:
    description:
      - How many of the family's active revisions to tell, the newest first. One when this is left out.
    type: int
  compare:
    description:
      - Two revisions, each like O(task_definition). They are compared as M(landfall.aws.ecs_task_definition) does it.
    type: list
    elements: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - landfall.aws.resource
seealso:
  - module: landfall.aws.ecs_task_definition
"""

EXAMPLES = r"""
- name: What the api would run next is known
  landfall.aws.ecs_task_definition_info:
    task_definition: api
  register: api

- name: What the last deployment changed is known
  landfall.aws.ecs_task_definition_info:
    compare: [api:42, api:43]
  register: last
"""

RETURN = r"""
task_definitions:
  description: The revisions, in snake_case. Empty if there is none. The two that are compared, if O(compare) is given.
  returned: success
  type: list
  elements: dict
  sample:
    - task_definition_arn: arn:aws:ecs:eu-west-3:123456789012:task-definition/api:43
      family: api
      revision: 43
      status: ACTIVE
      container_definitions:
        - {name: app, image: registry.example.com/api:1.4.3, docker_labels: {com.Foo: bar}}
      tags: {}
differences:
  description:
    - What differs between the two, by its C(path), with C(before) and C(after). Values of variables and options whose names sound like
      a secret are not shown.
  returned: success and O(compare) is given
  type: list
  elements: dict
  sample:
    - {path: "container_definitions[app].image", before: "registry.example.com/api:1.4.2", after: "registry.example.com/api:1.4.3"}
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
from ansible_collections.landfall.aws.plugins.module_utils.ecs import info

OPTIONS = {
    "task_definition": {"type": "str", "aliases": ["family"]},
    "revisions": {"type": "int"},
    "compare": {"type": "list", "elements": "str"},
}


def main():
    module = LandfallModule(
        argument_spec=OPTIONS,
        required_one_of=[("task_definition", "compare")],
        mutually_exclusive=[("task_definition", "compare"), ("revisions", "compare")],
        supports_check_mode=True,
    )
    try:
        refuse_mistakes(list(info.task_definition_mistakes(module.params)))
        result = info.task_definitions(module.client("ecs"), module.params)
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        name = module.params["task_definition"] or " and ".join(module.params["compare"])
        module.fail_json_aws(error, msg=f"The task definition {name} can't be read")
    module.finish(changed=False, **result)


if __name__ == "__main__":
    main()
