# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading and changing alarms of CloudWatch: one function a call."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.tags import tags_of


def metric_alarm(cloudwatch, name):
    """The described alarm, or None."""
    return next(iter(cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]), None)


def alarm_tags(cloudwatch, arn):
    return tags_of(cloudwatch.list_tags_for_resource(ResourceARN=arn))


def apply(cloudwatch, change, document, differing):
    """Do what a change says; ``document`` is what AWS is told of an alarm with these properties."""
    if change.action == "remove":
        cloudwatch.delete_alarms(AlarmNames=[change.name])
    elif change.action == "add":
        cloudwatch.put_metric_alarm(**document(change.name, change.after), Tags=_listed(change.after["tags"]))
    else:
        # Tags count for a new alarm only.
        if differing != ["tags"]:
            cloudwatch.put_metric_alarm(**document(change.name, change.after))
        if "tags" in differing:
            cloudwatch.tag_resource(ResourceARN=change.id, Tags=_listed(change.after["tags"]))


def _listed(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]
