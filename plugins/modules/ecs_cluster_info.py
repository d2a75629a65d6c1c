#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_cluster_info
short_description: Look at clusters of Amazon ECS
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Tells of clusters what there is to know, with their settings, capacity providers, statistics and tags.
  - Up to 100 clusters cost one call to AWS. To tell of all costs one more for each 100, for the list.
options:
  names:
    description:
      - Names or ARNs. One that does not exist is left out. When this is left out, all are told.
    type: list
    elements: str
    aliases: [name]
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - landfall.aws.resource
seealso:
  - module: landfall.aws.ecs_cluster
"""

EXAMPLES = r"""
- name: All clusters are known
  landfall.aws.ecs_cluster_info:
  register: all

- name: The cluster prod is known
  landfall.aws.ecs_cluster_info:
    names: [prod]
  register: prod
"""

RETURN = r"""
clusters:
  description: The clusters, in snake_case, with settings and tags by name. Empty if there are none.
  returned: success
  type: list
  elements: dict
  sample:
    - cluster_name: prod
      cluster_arn: arn:aws:ecs:eu-west-3:123456789012:cluster/prod
      status: ACTIVE
      running_tasks_count: 4
      settings: {containerInsights: enhanced}
      capacity_providers: [FARGATE, FARGATE_SPOT]
      tags: {Project: shop}
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
api_calls:
  description: How often each call was made, by its name.
  returned: with -vv
  type: dict
"""

from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.ecs.cluster import clusters

OPTIONS = {"names": {"type": "list", "elements": "str", "aliases": ["name"]}}


def main():
    module = LandfallModule(argument_spec=OPTIONS, supports_check_mode=True)
    names = module.params["names"]
    try:
        found = clusters(module.client("ecs"), names)
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The clusters {', '.join(names or [])} can't be read".replace("  ", " "))
    module.finish(changed=False, clusters=found)


if __name__ == "__main__":
    main()
