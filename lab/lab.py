"""A lab as a whole: up, down, and what a person or a playbook must know of it."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import time
import urllib.request

import docker

from . import detour, engine, images, services
from .project import LabError, Project, Settings, answers, free_port, until, write


def up(project: Project, systems: tuple[str, ...] = ("debian-13",)) -> None:
    """Start a lab, or whatever of it does not run. Images for these operating systems are built beforehand."""
    engine.ensure()
    settings = project.load() if project.exists else Settings()
    for system in systems:
        images.host(system)
    services.ensure_network(project, settings)
    for name in ("aws_port", "dns_port", "registry_port"):
        if not getattr(settings, name):
            setattr(settings, name, free_port())
    settings.public_network = settings.public_network or _free_public_network()
    nobody = f"127.{settings.public_network}.255.254"
    settings.taken_ports = sorted({*settings.taken_ports, *(port for port in (22, 80, 443) if answers(port, nobody))})
    project.save(settings)
    services.start(project, settings)

    fresh = not project.process_id("aws")
    project.start_process("aws")
    until(lambda: answers(settings.aws_port), 30, "the AWS API answers", lambda: project.log_tail("aws"))
    if fresh:
        _wait_for_ec2(project)
        _buy_domain(project, settings)
    project.start_process("hypervisor")
    _describe(project, settings, services.push_app(settings))


def down(project: Project, purge: bool = True) -> None:
    """Remove a lab. With purge its images, and the lab's own Docker engine, go too, unless another lab uses them."""
    for module in ("hypervisor", "aws"):
        project.stop_process(module)
    if engine.reachable():
        client = engine.client()
        containers = client.containers.list(all=True, filters={"label": f"landfall.lab={project.name}"})
        for container in containers:
            if "landfall.host" in container.labels and container.status == "running":
                container.exec_run(["sh", "-c", 'for file in /swap/*; do swapoff "$file"; done'])
            container.remove(force=True, v=True)
        if project.exists and project.load().taken_ports:
            detour.remove(project, project.load())
        for volume in client.volumes.list():
            if volume.name.startswith(f"{project.prefix}-i-"):
                volume.remove()
        for network in client.networks.list(names=[project("net")]):
            network.remove()
        if purge and not client.containers.list(all=True, filters={"label": "landfall.lab"}):
            images.remove_all()
        engine.stop_own(purge)
    shutil.rmtree(project.directory, ignore_errors=True)
    with contextlib.suppress(OSError):  # another lab's is there
        project.directory.parent.rmdir()


def _free_public_network() -> int:
    """The second octet of public addresses: one that no port is published on yet."""
    used = {
        int(binding["HostIp"].split(".")[1])
        for container in engine.client().containers.list(all=True)
        for bindings in (container.attrs["HostConfig"].get("PortBindings") or {}).values()
        for binding in bindings or []
        if binding.get("HostIp", "").startswith("127.")
    }
    return random.choice([number for number in range(16, 255) if number not in used])


def _wait_for_ec2(project: Project) -> None:
    def ready() -> bool:
        try:
            with urllib.request.urlopen(f"{project.endpoint()}/moto-api/data.json", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    until(ready, 60, "the emulator has loaded", lambda: project.log_tail("aws"))


def _buy_domain(project: Project, settings: Settings) -> None:
    """The hosted zone that a user has who has bought a domain."""
    project.client("route53").create_hosted_zone(Name=settings.zone, CallerReference=str(time.time()))


def _describe(project: Project, settings: Settings, image: str) -> None:
    """lab.json, which inventory/local reads, and a file to source for a shell that talks to this lab."""
    root = (project.directory / "root.pem").read_text()
    lab = {
        "region": settings.region,
        "zone": settings.zone,
        "resolver": f"127.0.0.1:{settings.dns_port}",
        "acme_directory": f"https://acme.{settings.zone}/acme/local/directory",
        "root_certificate": root,
        "root_certificate_file": str(project.directory / "root.pem"),
        "image": image,
        "registry": {
            "url": image.partition("/")[0],
            "username": settings.registry_username,
            "password": settings.registry_password,
        },
        "directory": str(project.directory),
    }
    write(project.directory / "lab.json", json.dumps(lab, indent=2))
    lines = [f"export {key}={value}" for key, value in project.environment().items()]
    if os.environ.get("DOCKER_HOST"):
        lines.append(f"export DOCKER_HOST={os.environ['DOCKER_HOST']}")
    write(project.directory / "env", "\n".join(lines) + "\n")


def host_container(project: Project, instance_id: str) -> docker.models.containers.Container:
    try:
        return engine.client().containers.get(project(instance_id))
    except docker.errors.NotFound as error:
        raise LabError(f"The lab has no host for {instance_id}.") from error
