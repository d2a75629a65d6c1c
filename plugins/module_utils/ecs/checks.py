# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWS would refuse in a task definition, or what could not run, found without AWS. Pure.

A definition is in the API's form, and its types are right already.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
"""

from __future__ import annotations

import re
from difflib import get_close_matches

from ansible_collections.landfall.aws.plugins.module_utils.ecs import fargate
from ansible_collections.landfall.aws.plugins.module_utils.ecs.canonical import SAME_PORT, size

NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
PORT_NAME = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}")
PORT_RANGE = re.compile(r"(\d{1,5})-(\d{1,5})")
LAST_PORT = 65535
MOST_CONTAINERS, MOST_CONSTRAINTS = 10, 10
HEALTH_COMMANDS = ("CMD", "CMD-SHELL", "NONE")
VOLUME_KINDS = {
    "dockerVolumeConfiguration": "docker_volume_configuration",
    "efsVolumeConfiguration": "efs_volume_configuration",
    "s3filesVolumeConfiguration": "s3files_volume_configuration",
    "fsxWindowsFileServerVolumeConfiguration": "fsx_windows_file_server_volume_configuration",
    "configuredAtLaunch": "configured_at_launch",
}
BOUNDS = {
    "healthCheck.interval": ("health_check.interval", 5, 300),
    "healthCheck.timeout": ("health_check.timeout", 2, 60),
    "healthCheck.retries": ("health_check.retries", 1, 10),
    "healthCheck.startPeriod": ("health_check.start_period", 0, 300),
    "restartPolicy.restartAttemptPeriod": ("restart_policy.restart_attempt_period", 60, 1800),
    "linuxParameters.swappiness": ("linux_parameters.swappiness", 0, 100),
}
NEEDED_LOG_OPTIONS = {"awslogs": ("awslogs-group", "awslogs-region"), "splunk": ("splunk-url", "splunk-token")}


def mistakes(definition):
    """Every mistake, in sentences that name the place."""
    containers = definition.get("containerDefinitions") or []
    yield from _task(definition, containers)
    yield from _volumes(definition.get("volumes") or [])
    for index, container in enumerate(containers):
        where = f"container_definitions[{container.get('name') or index}]"
        yield from _container(container, where, definition)
    yield from _together(definition, containers)
    if "FARGATE" in (definition.get("requiresCompatibilities") or []):
        sized = {
            **definition,
            **{name: size(name, definition[name]) for name in ("cpu", "memory") if name in definition},
        }
        yield from fargate.mistakes(sized)


def family_mistakes(family):
    if not NAME.fullmatch(family):
        yield f"family: {family!r} is not valid; a family has 1 to 255 letters, digits, '-' and '_'"


def unknown(name, known):
    """What to say of a name that is none of those known."""
    close = get_close_matches(str(name), [str(each) for each in known], n=1)
    return f'did you mean "{close[0]}"?' if close else f"there are {', '.join(map(str, known)) or 'none'}"


def _twice(values):
    return [each for each in dict.fromkeys(values) if each is not None and values.count(each) > 1]


def _task(definition, containers):
    if not containers:
        yield "container_definitions: must be given, with at least one container"
        return
    if len(containers) > MOST_CONTAINERS:
        yield f"container_definitions: {len(containers)} are given; AWS allows {MOST_CONTAINERS}"
    for name in _twice([each.get("name") for each in containers]):
        yield f'container_definitions: the name "{name}" is there more than once'
    if not any(each.get("essential", True) for each in containers):
        yield "container_definitions: none is essential; at least one must be"
    for name in ("cpu", "memory"):
        if definition.get(name) and not size(name, definition[name]).isdigit():
            unit = "units like 512, or vCPUs like 0.5 vCPU" if name == "cpu" else "MiB like 1024, or GB like 1 GB"
            yield f"{name}: {definition[name]!r} is not a size; write {unit}"
    if len(definition.get("placementConstraints") or []) > MOST_CONSTRAINTS:
        yield f"placement_constraints: {len(definition['placementConstraints'])} are given; AWS allows {MOST_CONSTRAINTS}"
    storage = (definition.get("ephemeralStorage") or {}).get("sizeInGiB")
    if storage is not None and not 21 <= storage <= 200:
        yield f"ephemeral_storage.size_in_gi_b: {storage}; allowed are 21 to 200"
    proxy = (definition.get("proxyConfiguration") or {}).get("containerName")
    names = [each.get("name") for each in containers]
    if proxy and proxy not in names:
        yield f'proxy_configuration.container_name: there is no container "{proxy}"; {unknown(proxy, names)}'
    if proxy and definition.get("networkMode") != "awsvpc":
        yield "proxy_configuration: needs network_mode awsvpc"


def _volumes(volumes):
    for name in _twice([each.get("name") for each in volumes]):
        yield f'volumes: the name "{name}" is there more than once'
    for index, volume in enumerate(volumes):
        where = f"volumes[{volume.get('name') or index}]"
        if not NAME.fullmatch(volume.get("name") or ""):
            yield f"{where}.name: {volume.get('name')!r} is not valid; a volume's name has 1 to 255 letters, digits, '-' and '_'"
        kinds = [label for member, label in VOLUME_KINDS.items() if volume.get(member)]
        kinds += ["host.source_path"] if (volume.get("host") or {}).get("sourcePath") else []
        if len(kinds) > 1:
            yield f"{where}: {' and '.join(kinds)} can't be given together; a volume is of one kind"
        yield from _efs(volume.get("efsVolumeConfiguration") or {}, f"{where}.efs_volume_configuration")


def _efs(efs, where):
    authorization = efs.get("authorizationConfig") or {}
    point = authorization.get("accessPointId")
    if (authorization.get("iam") == "ENABLED" or point) and efs.get("transitEncryption") != "ENABLED":
        yield f"{where}.transit_encryption: must be ENABLED with an access point or with iam"
    if point and efs.get("rootDirectory", "/") not in ("", "/"):
        yield f"{where}.root_directory: {efs['rootDirectory']!r} can't be given with an access point, which has its own"
    if efs.get("transitEncryptionPort") and not 1 <= efs["transitEncryptionPort"] <= LAST_PORT:
        yield f"{where}.transit_encryption_port: {efs['transitEncryptionPort']}; allowed are 1 to {LAST_PORT}"


def _container(container, where, definition):
    if not NAME.fullmatch(container.get("name") or ""):
        yield f"{where}.name: {container.get('name')!r} is not valid; a container's name has 1 to 255 letters, digits, '-' and '_'"
    if not container.get("image"):
        yield f"{where}.image: must be given"
    yield from _memory(container, where, definition)
    yield from _names(container, where, definition)
    yield from _mounts(container, where, definition)
    yield from _ports(container, where, definition.get("networkMode") or "bridge")
    yield from _network(container, where, definition.get("networkMode") or "bridge")
    yield from _health(container, where)
    yield from _log(container, where, definition)
    for path, (label, low, high) in BOUNDS.items():
        outer, inner = path.split(".")
        value = (container.get(outer) or {}).get(inner)
        if value is not None and not low <= value <= high:
            yield f"{where}.{label}: {value}; allowed are {low} to {high}"
    for limit in container.get("ulimits") or []:
        if limit.get("hardLimit", -1) >= 0 and limit.get("softLimit", 0) > limit["hardLimit"]:
            yield f"{where}.ulimits[{limit.get('name')}]: the soft limit {limit['softLimit']} is above the hard limit {limit['hardLimit']}"


def _memory(container, where, definition):
    hard, soft = container.get("memory"), container.get("memoryReservation")
    if not definition.get("memory") and not hard and not soft:
        yield f"{where}: memory or memory_reservation must be given, because the task has no memory"
    if hard and soft and soft >= hard:
        yield f"{where}.memory_reservation: {soft} MiB is not below memory, which is {hard} MiB"
    for name, value in (("cpu", container.get("cpu")), ("memory", hard), ("memory_reservation", soft)):
        if value is not None and value < 0:
            yield f"{where}.{name}: {value}; allowed is 0 or more"


def _names(container, where, definition):
    variables = [each.get("name") for each in container.get("environment") or []]
    secrets = [each.get("name") for each in container.get("secrets") or []]
    for label, names in (("environment", variables), ("secrets", secrets)):
        for name in _twice(names):
            yield f'{where}.{label}: "{name}" is there more than once'
        if not all(names):
            yield f"{where}.{label}: one has no name"
    for name in sorted({*filter(None, variables)} & {*filter(None, secrets)}):
        yield f'{where}: "{name}" is in environment and in secrets; one name has one value'
    logging = container.get("logConfiguration") or {}
    needing = [
        ("secrets", secrets),
        ("repository_credentials", container.get("repositoryCredentials")),
        ("environment_files", container.get("environmentFiles")),
        ("log_configuration.secret_options", logging.get("secretOptions")),
    ]
    for label, value in needing:
        if value and not definition.get("executionRoleArn"):
            yield f"{where}.{label}: needs execution_role_arn, the role as which ECS reads it"


def _mounts(container, where, definition):
    volumes = [each.get("name") for each in definition.get("volumes") or []]
    others = [each.get("name") for each in definition["containerDefinitions"] if each is not container]
    for mount in container.get("mountPoints") or []:
        source = mount.get("sourceVolume")
        if source not in volumes:
            yield f'{where}.mount_points: there is no volume "{source}"; {unknown(source, volumes)}'
        if not mount.get("containerPath"):
            yield f"{where}.mount_points: container_path must be given for {source!r}"
    for path in _twice([each.get("containerPath") for each in container.get("mountPoints") or []]):
        yield f'{where}.mount_points: "{path}" is there more than once'
    for each in container.get("volumesFrom") or []:
        if each.get("sourceContainer") not in others:
            source = each.get("sourceContainer")
            yield f'{where}.volumes_from: there is no other container "{source}"; {unknown(source, others)}'


def _ports(container, where, mode):
    mappings = container.get("portMappings") or []
    if mappings and mode == "none":
        yield f"{where}.port_mappings: with network_mode none there can't be any"
    for mapping in mappings:
        port, host, span = mapping.get("containerPort"), mapping.get("hostPort"), mapping.get("containerPortRange")
        if (port is None) == (not span):
            yield f"{where}.port_mappings: give one of container_port and container_port_range"
        if span and host:
            yield f"{where}.port_mappings: host_port {host} can't be given with container_port_range {span}"
        if span and not _is_range(span):
            yield f"{where}.port_mappings: {span!r} is not a range of ports; write it like 8000-8010"
        for name, value, low in (("container_port", port, 1), ("host_port", host, 0)):
            if value is not None and not low <= value <= LAST_PORT:
                yield f"{where}.port_mappings: {name} {value}; allowed are {low} to {LAST_PORT}"
        if mode in SAME_PORT and host and port is not None and host != port:
            yield f"{where}.port_mappings: host_port {host} differs from container_port {port}; with network_mode {mode} they are the same"
        if mapping.get("name") and not PORT_NAME.fullmatch(mapping["name"]):
            yield (
                f"{where}.port_mappings: the name {mapping['name']!r} is not valid; it has up to 64 lower-case letters, digits, "
                "'_' and '-', and does not begin with '-'"
            )


def _is_range(text):
    found = PORT_RANGE.fullmatch(text)
    return bool(found) and 1 <= int(found[1]) < int(found[2]) <= LAST_PORT


def _network(container, where, mode):
    if container.get("links") and mode != "bridge":
        yield f"{where}.links: are there with network_mode bridge only, and it is {mode}"
    if mode == "awsvpc":
        for name, label in (("hostname", "hostname"), ("extraHosts", "extra_hosts")):
            if container.get(name):
                yield f"{where}.{label}: is not there with network_mode awsvpc"


def _health(container, where):
    command = (container.get("healthCheck") or {}).get("command")
    if command is not None and (not command or command[0] not in HEALTH_COMMANDS):
        given = command[0] if command else ""
        yield f"{where}.health_check.command: begins with {given!r}; it begins with one of {', '.join(HEALTH_COMMANDS)}"


def _log(container, where, definition):
    logging = container.get("logConfiguration") or {}
    driver, options = logging.get("logDriver"), logging.get("options") or {}
    label = f"{where}.log_configuration"
    given = {*options, *(each.get("name") for each in logging.get("secretOptions") or [])}
    for name in NEEDED_LOG_OPTIONS.get(driver, ()):
        if name not in given:
            yield f"{label}.options: {name} must be given for the driver {driver}"
    if options.get("mode") not in (None, "blocking", "non-blocking"):
        yield f"{label}.options: mode {options['mode']!r} is not one of blocking, non-blocking"
    if {"awslogs-datetime-format", "awslogs-multiline-pattern"} <= given:
        yield f"{label}.options: awslogs-datetime-format and awslogs-multiline-pattern can't be given together"
    routers = [each for each in definition["containerDefinitions"] if each.get("firelensConfiguration")]
    if driver == "awsfirelens" and not routers:
        yield f"{label}.log_driver: awsfirelens needs a container with firelens_configuration, and there is none"


def _together(definition, containers):
    """What no container has wrong by itself."""
    yield from _sums(definition, containers)
    yield from _clashes(containers, definition.get("networkMode") or "bridge")
    yield from _dependencies(containers)
    if sum(bool(each.get("firelensConfiguration")) for each in containers) > 1:
        yield "container_definitions: more than one has firelens_configuration; a task has one log router"
    names = [each.get("name") for each in containers]
    for each in containers:
        for link in each.get("links") or []:
            if link.partition(":")[0] not in names:
                yield f'container_definitions[{each.get("name")}].links: there is no container "{link}"; {unknown(link, names)}'


def _sums(definition, containers):
    totals = {
        "cpu": sum(each.get("cpu") or 0 for each in containers),
        "memory": sum(each.get("memoryReservation") or each.get("memory") or 0 for each in containers),
    }
    for name, total in totals.items():
        whole = size(name, definition.get(name) or "")
        if whole.isdigit() and total > int(whole):
            yield f"{name}: the containers reserve {total}, and the task has {whole}"


def _clashes(containers, mode):
    """Containers that share a network can't listen on the same port, and those of a host neither."""
    taken, port_names = {}, []
    for container in containers:
        for mapping in container.get("portMappings") or []:
            port_names.append(mapping.get("name"))
            port = mapping.get("hostPort") or (mapping.get("containerPort") if mode in SAME_PORT else None)
            key = f"{port}/{mapping.get('protocol', 'tcp')}"
            if port and key in taken:
                yield f'port_mappings: {key} is taken by the container "{taken[key]}" and by "{container.get("name")}"'
            elif port:
                taken[key] = container.get("name")
    for name in _twice(port_names):
        yield f'port_mappings: the name "{name}" is there more than once'


def _dependencies(containers):
    by_name = {each.get("name"): each for each in containers}
    for container in containers:
        where = f"container_definitions[{container.get('name')}].depends_on"
        for each in container.get("dependsOn") or []:
            other, condition = each.get("containerName"), each.get("condition")
            if other == container.get("name"):
                yield f"{where}: the container depends on itself"
            elif other not in by_name:
                yield f'{where}: there is no container "{other}"; {unknown(other, by_name)}'
            elif condition == "HEALTHY" and not by_name[other].get("healthCheck"):
                yield f'{where}: "{other}" can\'t become HEALTHY, because it has no health_check'
            elif condition in ("COMPLETE", "SUCCESS") and by_name[other].get("essential", True):
                yield f'{where}: "{other}" is essential, so the task ends with it; {condition} needs essential: false'
    circle = _circle(
        {name: [each.get("containerName") for each in c.get("dependsOn") or []] for name, c in by_name.items()}
    )
    if circle:
        yield f"depends_on: {' -> '.join(map(str, circle))} wait for one another"


def _circle(needs):
    """Names that need one another, first and last the same; None if there are none."""
    done = set()

    def walk(name, path):
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done or name not in needs:
            return None
        found = next(filter(None, (walk(each, [*path, name]) for each in needs[name] if each != name)), None)
        done.add(name)
        return found

    return next(filter(None, (walk(name, []) for name in needs)), None)
