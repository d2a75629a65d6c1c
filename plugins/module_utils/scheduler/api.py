# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schedules and their groups in EventBridge Scheduler: one function a call."""

from __future__ import annotations

import time

from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError, pages

NEW_ROLE = {"seconds": 90, "delay": 3}
DELETION_DELAY = 2


class StillThere(Exception):
    """A group is being deleted for longer than anybody wants to wait."""


def _code(error):
    return error.response["Error"]["Code"]


def schedule(client, group, name):
    """The described schedule, or None."""
    try:
        return client.get_schedule(GroupName=group, Name=name)
    except ClientError as error:
        if _code(error) == "ResourceNotFoundException":
            return None
        raise


def schedules_in(client, group):
    """The names of the schedules in a group, which need not exist."""
    try:
        return [each["Name"] for each in pages(client, "list_schedules", "Schedules", GroupName=group)]
    except ClientError as error:
        if _code(error) == "ResourceNotFoundException":
            return []
        raise


def create_schedule(client, document):
    return _once_role_is_known(lambda: client.create_schedule(**document))["ScheduleArn"]


def update_schedule(client, document):
    return _once_role_is_known(lambda: client.update_schedule(**document))["ScheduleArn"]


def delete_schedule(client, group, name):
    client.delete_schedule(GroupName=group, Name=name)


def schedule_group(client, name):
    """The described group, or None."""
    try:
        return client.get_schedule_group(Name=name)
    except ClientError as error:
        if _code(error) == "ResourceNotFoundException":
            return None
        raise


def tags(client, arn):
    return {each["Key"]: each["Value"] for each in client.list_tags_for_resource(ResourceArn=arn)["Tags"]}


def create_schedule_group(client, name, wanted):
    listed = [{"Key": key, "Value": value} for key, value in wanted.items()]
    return client.create_schedule_group(Name=name, Tags=listed)["ScheduleGroupArn"]


def tag(client, arn, wanted):
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": key, "Value": value} for key, value in wanted.items()])


def untag(client, arn, keys):
    client.untag_resource(ResourceArn=arn, TagKeys=list(keys))


def delete_schedule_group(client, name):
    client.delete_schedule_group(Name=name)


def wait_until_gone(client, name, timeout):
    """AWS deletes a group's schedules first, and until then nobody can make one of the same name."""
    end = time.monotonic() + timeout
    while schedule_group(client, name):
        if time.monotonic() > end:
            raise StillThere(f"The schedule group {name} is still being deleted after {timeout} seconds.")
        time.sleep(DELETION_DELAY)


def _once_role_is_known(call):
    """A role that was made just now can't be assumed everywhere yet, and AWS then calls its trust policy wrong."""
    end = time.monotonic() + NEW_ROLE["seconds"]
    while True:
        try:
            return call()
        except ClientError as error:
            said = error.response["Error"].get("Message", "")
            if _code(error) != "ValidationException" or "assume the role" not in said or time.monotonic() > end:
                raise
        time.sleep(NEW_ROLE["delay"])
