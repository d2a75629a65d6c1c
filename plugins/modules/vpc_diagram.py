#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: vpc_diagram
short_description: Draw a VPC with all that belongs to it
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall)
description:
  - Reads what is live and draws it as one SVG file. Availability Zones stand side by side, tiers one below the other; where each
    subnet's default route leads, what the VPC is joined to besides the internet, and which security group may talk to which.
  - What is in the VPC without our tags is drawn as well, with a dashed border.
  - The file needs nothing else, neither from the network nor from the disk, follows the reader's choice of light or dark, and says
    in words what it shows. The same network gives the same bytes, so the file is only written when the network differs.
  - It makes fourteen calls to AWS, however large the network is, most of them at the same time; two to four more with flow logs
    and one with IPv6. All of them only read, so it needs the rights that P(landfall.aws.vpc#role) needs in check mode.
options:
  name:
    description:
      - The VPC's tag C(Name) by which it is found, together with O(project) and O(environment).
    type: str
    required: true
  project:
    description:
      - The tag C(Project).
    type: str
    required: true
  environment:
    description:
      - The tag C(Environment).
    type: str
    required: true
  path:
    description:
      - The file to write. Its directory must exist.
    type: path
    required: true
attributes:
  check_mode:
    support: full
    description: Reads and draws, and says whether the file would be written.
  diff_mode:
    support: full
    description: Shows what differs in the file.
requirements:
  - python >= 3.11
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Network is drawn
  landfall.aws.vpc_diagram:
    name: shop-prod
    project: shop
    environment: prod
    path: docs/network.svg
    region: eu-west-3
"""

RETURN = r"""
path:
  description: The file.
  returned: always
  type: str
  sample: docs/network.svg
vpc_id:
  description: Id of the VPC that it shows.
  returned: always
  type: str
  sample: vpc-0123456789abcdef0
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
"""

from pathlib import Path

from ansible_collections.landfall.aws.plugins.module_utils import drawn
from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, refuse_mistakes
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.network import diagram, rounds
from ansible_collections.landfall.aws.plugins.module_utils.network.spec import Spec

TAGS = ("name", "project", "environment")


def mistakes(given, path):
    for option in TAGS:
        if not given[option].strip():
            yield f"{option}: {given[option]!r} is empty; give the VPC's tag {option.capitalize()}"
    yield from drawn.mistakes("path", path, "network.svg")


def nothing_to_draw(spec, live, region):
    strangers = "".join(f"; {each['VpcId']} has that name, but not our tags" for each in live.strangers)
    return (
        f"There is no VPC {spec.name!r} of the project {spec.project!r} and the environment {spec.environment!r} in "
        f"{region}, so there is nothing to draw{strangers}. Look at these names, or make the network first."
    )


def main():
    options = {option: {"type": "str", "required": True} for option in TAGS}
    module = LandfallModule(
        argument_spec={**options, "path": {"type": "path", "required": True}}, supports_check_mode=True
    )
    given, path = module.params, Path(module.params["path"])
    # Peerings are asked for where some are wanted, and here they are, whether a route leads there or not.
    spec = Spec(given["name"], given["project"], given["environment"], peerings=({},))
    try:
        refuse_mistakes(list(mistakes(given, path)))
        live = rounds.read(module.client, spec)
        if not live.vpc:
            raise Refused(nothing_to_draw(spec, live, module.region))
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        module.fail_json_aws(error, msg=f"The VPC {spec.name} can't be read")
    diff = drawn.keep(module, path, diagram.draw(live))
    module.finish(changed=bool(diff), path=str(path), vpc_id=live.vpc_id, diff=diff)


if __name__ == "__main__":
    main()
