# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services as they are, for those who only look."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError, in_parallel
from ansible_collections.landfall.aws.plugins.module_utils.ecs import diagnose, service_options
from ansible_collections.landfall.aws.plugins.module_utils.ecs import service_api as api
from ansible_collections.landfall.aws.plugins.module_utils.ecs.tasks import returned
from ansible_collections.landfall.aws.plugins.module_utils.ecs.wait import primary
from ansible_collections.landfall.aws.plugins.module_utils.shapes import as_option, output_shape
from ansible_collections.landfall.aws.plugins.module_utils.waiting import code_of

EVENTS = 5  # how many of them a diagnosis tells


def services(client, logs, options):
    """The services that are meant, with what is asked for of each; of a cluster that does not exist none."""
    try:
        return _services(client, logs, options)
    except ClientError as error:
        if code_of(error) != "ClusterNotFoundException":
            raise
        return []


def _services(client, logs, options):
    cluster, names = options["cluster"], options["names"]
    arns = api.service_arns(client, cluster) if names is None else names
    if not options["details"]:
        return arns
    described = api.services(client, cluster, arns)
    reads = {each["serviceArn"]: lambda each=each: _more(client, logs, each, options) for each in described}
    return list(in_parallel(reads).values())


def _more(client, logs, described, options):
    shape = output_shape(client, "DescribeServices").members["services"].member
    result = service_options.returned(shape, described)
    cluster, name = options["cluster"], described["serviceName"]
    if options["events"]:
        result["events"] = as_option(shape.members["events"], described.get("events", []))
    if options["deployments"]:
        result["service_deployments"] = _deployments(client, cluster, name, options["deployments"])
    if options["tasks"]:
        result["tasks"] = returned(client, api.tasks(client, cluster, api.task_arns(client, cluster, serviceName=name)))
    if options["diagnose"]:
        result["diagnosis"] = _diagnosis(client, logs, described, options)
    return result


def _deployments(client, cluster, name, limit):
    listed = api.service_deployments(client, cluster, name, limit)
    shape = output_shape(client, "ListServiceDeployments").members["serviceDeployments"]
    return as_option(shape, listed)


def _diagnosis(client, logs, described, options):
    """What went wrong with the deployment that the service is at."""
    own = primary(described)
    if not own:
        return {}
    settings = {"log_lines": options["log_lines"], "mask": options["mask"]}
    reader = diagnose.Reader(client, logs, options["cluster"], settings)
    tasks = reader.stopped(described["serviceName"], own)
    groups = diagnose.grouped(tasks)
    events = diagnose.last_events(described.get("events", []), own["createdAt"], EVENTS)
    evidence = "\n".join([*map(diagnose.sentence, groups), *events])
    found = {
        "deployment": own["id"],
        "task_definition": diagnose.tail(own["taskDefinition"]),
        "rollout_state": own.get("rolloutState"),
        "rollout_state_reason": own.get("rolloutStateReason"),
        "stopped_tasks": groups,
        "events": events,
        "logs": reader.log_tails(tasks, own["taskDefinition"]),
        "notes": reader.notes,
        "hint": diagnose.hint(evidence),
    }
    return diagnose.masked_all(found, reader.mask)
