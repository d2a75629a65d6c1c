# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Fargate offers and what it does not. Pure.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
"""

from __future__ import annotations

# Memory in MiB, by CPU units.
SIZES = {
    "256": (512, 1024, 2048),
    "512": range(1024, 4096 + 1, 1024),
    "1024": range(2048, 8192 + 1, 1024),
    "2048": range(4096, 16384 + 1, 1024),
    "4096": range(8192, 30720 + 1, 1024),
    "8192": range(16384, 61440 + 1, 4096),
    "16384": range(32768, 122880 + 1, 8192),
}
WINDOWS_SIZES = ("1024", "2048", "4096")
LOG_DRIVERS = ("awslogs", "splunk", "awsfirelens")
LONGEST_TIMEOUT = 120  # seconds in which a container starts or stops
NOT_IN_LINUX_PARAMETERS = ("devices", "sharedMemorySize", "tmpfs", "maxSwap", "swappiness")
ECR_DOMAIN = ".dkr.ecr."


def size_mistakes(cpu, memory, windows):
    """What is wrong with a task's size, in sentences."""
    if not cpu or not memory:
        for name, value in (("cpu", cpu), ("memory", memory)):
            if not value:
                yield f"{name}: must be given for the whole task, because it is to run on Fargate"
        return
    sizes = {each: SIZES[each] for each in WINDOWS_SIZES} if windows else SIZES
    if cpu not in sizes:
        yield f"cpu: {cpu!r} is not a size of Fargate{' with Windows' if windows else ''}; its sizes are {', '.join(sizes)}"
    elif memory not in map(str, sizes[cpu]):
        yield f"memory: {memory!r} does not go with cpu {cpu} on Fargate; with it go {_told(sizes[cpu])} MiB"


def _told(sizes):
    if len(sizes) <= 8:
        return ", ".join(map(str, sizes))
    return f"{sizes[0]} to {sizes[-1]} in steps of {sizes[1] - sizes[0]}"


def mistakes(definition):
    """What a definition has that Fargate does not offer."""
    windows = (definition.get("runtimePlatform") or {}).get("operatingSystemFamily", "LINUX") != "LINUX"
    yield from size_mistakes(definition.get("cpu"), definition.get("memory"), windows)
    if definition.get("networkMode") != "awsvpc":
        yield f"network_mode: {definition.get('networkMode') or 'bridge'!r} is not there on Fargate; give awsvpc"
    for name, label in (("placementConstraints", "placement_constraints"), ("ipcMode", "ipc_mode")):
        if definition.get(name):
            yield f"{label}: Fargate has none; leave it out"
    if definition.get("pidMode") == "host":
        yield "pid_mode: 'host' is not there on Fargate; only task is"
    if definition.get("inferenceAccelerators"):
        yield "inference_accelerators: Fargate has none; leave them out"
    for volume in definition.get("volumes") or []:
        if (volume.get("host") or {}).get("sourcePath"):
            yield f"volumes[{volume.get('name')}].host.source_path: Fargate has no host of yours; leave it out"
        if volume.get("dockerVolumeConfiguration"):
            yield f"volumes[{volume.get('name')}].docker_volume_configuration: not there on Fargate; use EFS, or leave it out"
    for container in definition.get("containerDefinitions") or []:
        yield from _container(container, f"container_definitions[{container.get('name')}]", definition)


def _container(container, where, definition):
    if container.get("privileged"):
        yield f"{where}.privileged: not there on Fargate; leave it out"
    if container.get("dockerSecurityOptions"):
        yield f"{where}.docker_security_options: not there on Fargate; leave them out"
    linux = container.get("linuxParameters") or {}
    for name in NOT_IN_LINUX_PARAMETERS:
        if linux.get(name) is not None:
            yield f"{where}.linux_parameters: {name} is not there on Fargate; leave it out"
    added = [each for each in (linux.get("capabilities") or {}).get("add") or [] if each != "SYS_PTRACE"]
    if added:
        yield f"{where}.linux_parameters.capabilities.add: {', '.join(added)} can't be added on Fargate; only SYS_PTRACE can"
    if any(each.get("type") == "GPU" for each in container.get("resourceRequirements") or []):
        yield f"{where}.resource_requirements: Fargate has no GPU"
    for name, label in (("startTimeout", "start_timeout"), ("stopTimeout", "stop_timeout")):
        if (container.get(name) or 0) > LONGEST_TIMEOUT:
            yield f"{where}.{label}: {container[name]} seconds; Fargate allows {LONGEST_TIMEOUT}"
    yield from _logging(container, where, definition)
    if ECR_DOMAIN in (container.get("image") or "") and not definition.get("executionRoleArn"):
        yield f"{where}.image: an image of ECR needs execution_role_arn, as which Fargate fetches it"


def _logging(container, where, definition):
    logging = container.get("logConfiguration") or {}
    driver = logging.get("logDriver")
    if driver and driver not in LOG_DRIVERS:
        yield f"{where}.log_configuration.log_driver: {driver!r} is not there on Fargate; its drivers are {', '.join(LOG_DRIVERS)}"
    if driver == "awslogs":
        if not (logging.get("options") or {}).get("awslogs-stream-prefix"):
            yield f"{where}.log_configuration.options: awslogs-stream-prefix must be given on Fargate"
        if not definition.get("executionRoleArn"):
            yield f"{where}.log_configuration: awslogs needs execution_role_arn, as which Fargate writes logs"
