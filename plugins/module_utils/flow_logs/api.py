# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flow logs: one function a call."""

from __future__ import annotations

import time
import uuid

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused
from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError, pages
from ansible_collections.landfall.aws.plugins.module_utils.tags import filters

NEW_ROLE = {"seconds": 90, "delay": 3}
GONE = "InvalidFlowLogId.NotFound"


class AlreadyExists(Exception):
    """AWS has a flow log of this resource with the same destination."""


def flow_logs(client, resource_id=None, flow_log_ids=None):
    """Those of a resource, or those with these ids. A filter does not mind what is not there."""
    if flow_log_ids == []:
        return []
    wanted = {}
    if resource_id:
        wanted["resource_id"] = resource_id
    if flow_log_ids:
        wanted["flow_log_id"] = flow_log_ids
    # This one call has its filters in ``Filter``.
    return pages(client, "describe_flow_logs", "FlowLogs", Filter=filters(**wanted))


def create(client, arguments):
    """The new flow log's id. A role that was made just now can't be assumed everywhere yet."""
    end = time.monotonic() + NEW_ROLE["seconds"]
    while True:
        # A token for each attempt: botocore's own repetitions make no second one, and a refusal is not remembered.
        code, message, flow_log_id = _answer(client, {**arguments, "ClientToken": str(uuid.uuid4())})
        if flow_log_id:
            return flow_log_id
        if code == "FlowLogAlreadyExists":
            raise AlreadyExists(message)
        if "assume" not in message or time.monotonic() > end:
            raise Refused(f"AWS does not make the flow log of {arguments['ResourceIds'][0]}: {message} ({code})")
        time.sleep(NEW_ROLE["delay"])


def _answer(client, arguments):
    """(code, message, id): CreateFlowLogs also refuses in an answer that is no error."""
    try:
        answer = client.create_flow_logs(**arguments)
    except ClientError as error:
        said = error.response["Error"]
        if said["Code"] not in ("FlowLogAlreadyExists", "InvalidParameter"):
            raise
        return said["Code"], said.get("Message", ""), None
    if answer.get("FlowLogIds"):
        return None, None, answer["FlowLogIds"][0]
    said = next(iter(answer.get("Unsuccessful", ())), {}).get("Error", {})
    return said.get("Code", "no code"), said.get("Message", "AWS does not say why"), None


def delete(client, flow_log_ids):
    """What is gone already is as good as deleted."""
    for flow_log_id in flow_log_ids:
        try:
            refused = client.delete_flow_logs(FlowLogIds=[flow_log_id]).get("Unsuccessful", ())
        except ClientError as error:
            if error.response["Error"]["Code"] != GONE:
                raise
            continue
        for each in refused:
            if each["Error"]["Code"] != GONE:
                raise Refused(
                    f"AWS does not delete {flow_log_id}: {each['Error']['Message']} ({each['Error']['Code']})"
                )


def put(client, arguments, old_id=None):
    """The new flow log's id; the old one goes when the new one is there, or before, where AWS wants only one."""
    try:
        flow_log_id = create(client, arguments)
    except AlreadyExists as error:
        if old_id is None:
            raise Refused(f"{error} AWS did not list it, so it was made just now. Run this again.") from error
        delete(client, [old_id])
        return create(client, arguments)
    delete(client, [old_id] if old_id else [])
    return flow_log_id


def retag(client, flow_log_id, put_on, take_off):
    if put_on:
        listed = [{"Key": key, "Value": value} for key, value in put_on.items()]
        client.create_tags(Resources=[flow_log_id], Tags=listed)
    if take_off:
        client.delete_tags(Resources=[flow_log_id], Tags=[{"Key": key} for key in take_off])
