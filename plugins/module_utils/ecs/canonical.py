# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task definition in the one form in which two are compared, and what differs between two. Pure.

Wanted and live are treated alike: what AWS fills in by itself is left out on both sides, lists whose order says nothing
become mappings by what names their items, and what RegisterTaskDefinition does not take is not there at all.
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import dataclass

from ansible_collections.landfall.aws.plugins.module_utils.shapes import xform_name
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions.history import MASK, SECRET

CONTAINER = "containerDefinitions"
# What AWS fills in, or does where nothing is said. Where it is only the host or the agent that fills in (stopTimeout, a log
# driver's mode, ulimits), nothing stands here.
DEFAULTS = {
    "networkMode": "bridge",
    "enableFaultInjection": False,
    "runtimePlatform.cpuArchitecture": "X86_64",
    "runtimePlatform.operatingSystemFamily": "LINUX",
    f"{CONTAINER}.cpu": 0,
    f"{CONTAINER}.essential": True,
    f"{CONTAINER}.versionConsistency": "enabled",
    f"{CONTAINER}.disableNetworking": False,
    f"{CONTAINER}.privileged": False,
    f"{CONTAINER}.readonlyRootFilesystem": False,
    f"{CONTAINER}.interactive": False,
    f"{CONTAINER}.pseudoTerminal": False,
    f"{CONTAINER}.linuxParameters.initProcessEnabled": False,
    f"{CONTAINER}.portMappings.protocol": "tcp",
    f"{CONTAINER}.mountPoints.readOnly": False,
    f"{CONTAINER}.volumesFrom.readOnly": False,
    f"{CONTAINER}.healthCheck.interval": 30,
    f"{CONTAINER}.healthCheck.timeout": 5,
    f"{CONTAINER}.healthCheck.retries": 3,
    f"{CONTAINER}.healthCheck.startPeriod": 0,
    f"{CONTAINER}.restartPolicy.restartAttemptPeriod": 300,
    "volumes.configuredAtLaunch": False,
    "volumes.efsVolumeConfiguration.rootDirectory": "/",
    "volumes.efsVolumeConfiguration.transitEncryption": "DISABLED",
    "volumes.efsVolumeConfiguration.authorizationConfig.iam": "DISABLED",
}


def _port(mapping):
    return f"{mapping.get('containerPort') or mapping.get('containerPortRange')}/{mapping.get('protocol', 'tcp')}"


# By what the items of a list are told apart whose order says nothing.
KEYS = {
    CONTAINER: "name",
    "volumes": "name",
    "inferenceAccelerators": "deviceName",
    "placementConstraints": "expression",
    "proxyConfiguration.properties": "name",
    f"{CONTAINER}.environment": "name",
    f"{CONTAINER}.secrets": "name",
    f"{CONTAINER}.logConfiguration.secretOptions": "name",
    f"{CONTAINER}.portMappings": _port,
    f"{CONTAINER}.mountPoints": "containerPath",
    f"{CONTAINER}.volumesFrom": "sourceContainer",
    f"{CONTAINER}.dependsOn": "containerName",
    f"{CONTAINER}.ulimits": "name",
    f"{CONTAINER}.systemControls": "namespace",
    f"{CONTAINER}.extraHosts": "hostname",
    f"{CONTAINER}.resourceRequirements": "type",
    f"{CONTAINER}.linuxParameters.devices": "hostPath",
    f"{CONTAINER}.linuxParameters.tmpfs": "containerPath",
}
# Of these a name and a value are all that there is.
PAIRS = {
    "proxyConfiguration.properties": "value",
    f"{CONTAINER}.environment": "value",
    f"{CONTAINER}.secrets": "valueFrom",
    f"{CONTAINER}.logConfiguration.secretOptions": "valueFrom",
    f"{CONTAINER}.systemControls": "value",
}
SETS = {
    "requiresCompatibilities",
    f"{CONTAINER}.linuxParameters.capabilities.add",
    f"{CONTAINER}.linuxParameters.capabilities.drop",
    f"{CONTAINER}.linuxParameters.devices.permissions",
    f"{CONTAINER}.restartPolicy.ignoredExitCodes",
}
ROLES = ("taskRoleArn", "executionRoleArn")
SAME_PORT = ("awsvpc", "host")  # network modes in which the host's port is the container's
SIZES = {"cpu": ("vcpu", 1024), "memory": ("gb", 1024)}
# Where a user writes values under names of their own. What secrets refer to is no secret itself.
SECRETIVE = re.compile(r"(?:environment|options|docker_labels)\[([^\]]*)\]$")
NOTHING = (None, "", [], {})


class Keyed(dict):
    """Items of a list by what names them; its keys are the user's."""


@dataclass(frozen=True)
class Difference:
    """What differs at one place."""

    path: str
    before: object
    after: object

    def as_dict(self):
        after = masked(self.after, self.path, self.before)
        return {"path": self.path, "before": masked(self.before, self.path), "after": after}


def size(name, given):
    """A task's cpu in units and its memory in MiB, as AWS writes them, from what may be 1 vCPU or 2 GB."""
    unit, factor = SIZES[name]
    text = re.sub(r"\s+", "", str(given)).lower()
    if not text.endswith(unit):
        return text
    number = text.removesuffix(unit)
    return str(int(float(number) * factor)) if re.fullmatch(r"\d*\.?\d+", number) else str(given)


def canonical(shape, definition, like=None):
    """A definition in the API's form as it is compared. Roles that ``like`` names by name only are named so here, too."""
    return _canonical(shape, _settled(definition, like or {}), "")


def _settled(definition, like):
    """Without what only depends on other fields."""
    result = {key: deepcopy(value) for key, value in definition.items() if key != "tags"}
    for name in SIZES:
        if result.get(name):
            result[name] = size(name, result[name])
    for name in ROLES:
        given, have = like.get(name), result.get(name) or ""
        if given and ":" not in given and have.endswith((f":role/{given}", f"/{given}")):
            result[name] = given
    for container in result.get(CONTAINER) or []:
        for mapping in container.get("portMappings") or []:
            same = result.get("networkMode") in SAME_PORT and mapping.get("hostPort") == mapping.get("containerPort")
            if same or not mapping.get("hostPort"):
                mapping.pop("hostPort", None)
    return result


def _canonical(shape, value, path):
    if shape.type_name == "structure":
        return _structure(shape, value, path)
    if shape.type_name == "list":
        items = [_canonical(shape.member, each, path) for each in value]
        if path in SETS:
            return sorted(set(items))
        return _keyed(value, items, path) if path in KEYS else items
    return dict(value) if shape.type_name == "map" else value


def _structure(shape, value, path):
    result = {}
    for member, each in shape.members.items():
        if value.get(member) is None:
            continue
        inner = f"{path}.{member}" if path else member
        found = _canonical(each, value[member], inner)
        if found not in NOTHING and found != DEFAULTS.get(inner):
            result[xform_name(member)] = found
    return result


def _keyed(given, items, path):
    """Two items of the same key are told apart by a number, in an order of their own."""
    key = KEYS[path]
    named = [(str(each.get(key, "")) if isinstance(key, str) else key(each), each) for each in given]
    pairs = sorted(zip(named, items), key=lambda pair: (pair[0][0], json.dumps(pair[1], sort_keys=True)))
    result, seen = Keyed(), {}
    for (name, each), item in pairs:
        seen[name] = seen.get(name, 0) + 1
        label = name if seen[name] == 1 else f"{name}#{seen[name]}"
        result[label] = str(each.get(PAIRS[path]) or "") if path in PAIRS else item
    return result


def differences(wanted, live, path=""):
    """Every place at which two canonical definitions differ, in the order of their paths."""
    users = isinstance(wanted, Keyed) or isinstance(live, Keyed) or _is_map(path)
    if users:
        wanted, live = wanted or {}, live or {}
    if not (isinstance(wanted, dict) and isinstance(live, dict)):
        return [] if wanted == live else [Difference(path, live, wanted)]
    found = []
    for key in sorted({*wanted, *live}):
        inner = f"{path}[{key}]" if users else f"{path}.{key}" if path else key
        found += differences(wanted.get(key), live.get(key), inner)
    return found


def _is_map(path):
    return path.rpartition(".")[2] in ("docker_labels", "options", "driver_opts", "labels")


def masked(value, path="", before=None):
    """The same without values that by their names are secrets; one that is not what was ``before`` is told as such."""
    if isinstance(value, dict):
        users = isinstance(value, Keyed) or _is_map(path)
        old = before if isinstance(before, dict) else {}
        return {
            key: masked(each, f"{path}[{key}]" if users else f"{path}.{key}", old.get(key))
            for key, each in value.items()
        }
    found = SECRETIVE.search(path)
    if value is None or not found or not SECRET.search(found[1]):
        return value
    return MASK if before in (None, value) else f"{MASK} (another one)"
