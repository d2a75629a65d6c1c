#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_flow_log
short_description: Manage a flow log of a VPC, a subnet or a network interface
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Creates, replaces and removes a flow log, which writes down the IP traffic of a VPC, a subnet or a network interface.
  - A flow log has no name, and a resource may have several. The one that is meant is found by where it writes to. Where
    O(tags) name any of C(Name), C(Project), C(Environment) and C(ManagedBy), it is the one that carries these, wherever it
    writes to, and one without them is neither changed nor removed.
  - AWS can't change anything of a flow log but its tags
    (U(https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-limitations.html)). For anything else the module makes a new
    one and removes the old one then. Where AWS refuses a second one to the same destination, the old one goes first, and what
    comes in between is not recorded.
  - An option that is left out stays as it is.
  - A role that was made just before can't be assumed at once. The module goes on trying for 90 seconds.
  - No change costs one call to AWS, a new flow log two, a replacement three to five.
options:
  state:
    description:
      - Whether the flow log should exist. With V(absent) one that is not there, or whose resource is not, is no error.
    type: str
    choices: [present, absent]
    default: present
  resource_id:
    description:
      - The VPC, subnet or network interface, like V(vpc-0123456789abcdef0). Needed with O(state=present).
    type: str
  resource_type:
    description:
      - What O(resource_id) is. It says so itself, so this may be left out; what contradicts it is refused.
    type: str
    choices: [VPC, Subnet, NetworkInterface]
  traffic_type:
    description:
      - Which traffic is recorded. A new flow log's is V(ALL) when this is left out.
    type: str
    choices: [ACCEPT, REJECT, ALL]
  log_destination_type:
    description:
      - Where to. O(log_destination) says so itself, so this may be left out; what contradicts it is refused.
    type: str
    choices: [cloud-watch-logs, s3, kinesis-data-firehose]
  log_group_name:
    description:
      - The log group in CloudWatch Logs. This or O(log_destination) is needed with O(state=present).
      - AWS takes also one that does not exist, and then delivers nothing, about which the module warns when it next runs.
    type: str
  log_destination:
    description:
      - ARN of a log group, of an S3 bucket, with a folder if wanted (not C(AWSLogs), which AWS keeps for itself), or of an
        Amazon Data Firehose stream.
    type: str
  deliver_logs_permission_arn:
    description:
      - ARN of the role as which AWS writes to the log group. Needed for a new flow log to CloudWatch Logs.
      - It must trust C(vpc-flow-logs.amazonaws.com), and whoever runs this needs C(iam:PassRole) for it.
    type: str
  log_format:
    description:
      - The fields of a record, like C(${srcaddr} ${dstaddr} ${action}). A new flow log has AWS's default format when this is
        left out (U(https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html)).
    type: str
  max_aggregation_interval:
    description:
      - For how many seconds at most a flow is summed up into one record. A new flow log's is V(600) when this is left out.
      - Instances on Nitro are always recorded by the minute or more often.
    type: int
    choices: [60, 600]
  tags:
    description:
      - Tags of the flow log. Its tags are left alone when this is left out.
    type: dict
  purge_tags:
    description:
      - Whether tags that O(tags) does not name are taken off. Nothing is when O(tags) is left out.
    type: bool
    default: true
  flow_log_ids:
    description:
      - With O(state=absent), the flow logs to remove, of those that the other options mean. Not allowed otherwise.
    type: list
    elements: str
extends_documentation_fragment:
  - landfall.aws.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Traffic of the VPC is recorded
  landfall.aws.ec2_flow_log:
    resource_id: vpc-0123456789abcdef0
    log_group_name: /aws/vpc/flowlogs/shop-dev
    deliver_logs_permission_arn: arn:aws:iam::123456789012:role/shop-dev-flowlogs
    max_aggregation_interval: 60
    tags: {Name: shop-dev, Project: shop, Environment: dev, ManagedBy: landfall.aws}

- name: What a subnet refuses is kept in a bucket
  landfall.aws.ec2_flow_log:
    resource_id: subnet-0123456789abcdef0
    traffic_type: REJECT
    log_destination: arn:aws:s3:::shop-flowlogs/rejected/

- name: Traffic of the VPC is not recorded any more
  landfall.aws.ec2_flow_log:
    resource_id: vpc-0123456789abcdef0
    log_group_name: /aws/vpc/flowlogs/shop-dev
    state: absent
"""

RETURN = r"""
flow_log:
  description: The flow log as it is now, or in check mode as it would be. Empty if it does not exist.
  returned: success
  type: dict
  sample:
    flow_log_id: fl-0123456789abcdef0
    resource_id: vpc-0123456789abcdef0
    log_destination_type: cloud-watch-logs
    log_group_name: /aws/vpc/flowlogs/shop-dev
    traffic_type: ALL
    max_aggregation_interval: 600
    tags: {Name: shop-dev}
changes:
  description: What happens to flow logs (V(add), V(change), V(replace), V(remove) or V(unchanged)), and why.
  returned: success
  type: list
  elements: dict
notes:
  description: What AWS says does not work about the flow log. Each is a warning too.
  returned: success
  type: list
  elements: str
api_call_count:
  description: How many calls to AWS were made.
  returned: always
  type: int
"""

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, pending, refuse_mistakes, report
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, LandfallModule
from ansible_collections.landfall.aws.plugins.module_utils.flow_logs import api, canonical

OPTIONS = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "resource_id": {"type": "str"},
    "resource_type": {"type": "str", "choices": list(canonical.RESOURCE_TYPES.values())},
    "traffic_type": {"type": "str", "choices": ["ACCEPT", "REJECT", canonical.EVERYTHING]},
    "log_destination_type": {"type": "str", "choices": list(canonical.DESTINATION_TYPES)},
    "log_group_name": {"type": "str"},
    "log_destination": {"type": "str"},
    "deliver_logs_permission_arn": {"type": "str"},
    "log_format": {"type": "str"},
    "max_aggregation_interval": {"type": "int", "choices": [60, 600]},
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": True},
    "flow_log_ids": {"type": "list", "elements": "str"},
}


def apply(client, options, changes):
    """Make it so; the flow log's id."""
    first = changes[0]
    flow_log_id = first.id
    if first.action in ("add", "replace"):
        flow_log_id = api.put(client, canonical.request(options, first), first.id)
    elif first.action == "change":
        put, taken_off = canonical.tag_changes(first)
        api.retag(client, flow_log_id, put, taken_off)
    api.delete(client, [each.id for each in changes if each.action == "remove"])
    return flow_log_id


def main():
    module = LandfallModule(argument_spec=OPTIONS, supports_check_mode=True)
    options, present = module.params, module.params["state"] == "present"
    try:
        refuse_mistakes(canonical.mistakes(options))
        client = module.client("ec2")
        live = api.flow_logs(client, options["resource_id"], options["flow_log_ids"])
        changes = canonical.plan(options, live)
        flow_log_id = changes[0].id if present and changes[0].action != "replace" else None
        if present:
            refuse_mistakes([f"{each}: must be given for a new flow log" for each in canonical.missing(changes[0])])
        if pending(changes) and not module.check_mode:
            flow_log_id = apply(client, options, changes)
    except Refused as refusal:
        module.refuse(str(refusal))
    except AWS_ERRORS as error:
        what = options["resource_id"] or ", ".join(options["flow_log_ids"])
        module.fail_json_aws(error, msg=f"The flow log of {what} can't be made {options['state']}")
    shown = canonical.described(options["resource_id"], changes[0], flow_log_id) if present else {}
    result = report(changes)
    result = {"changes": result["changes"], "diff": result["diff"], "changed": result["pending"]}
    module.finish(flow_log=shown, notes=canonical.complaints(changes, live), **result)


if __name__ == "__main__":
    main()
