"""Releases of an app to deploy: good ones, and those that a deploy must refuse. Built here, pulled from a lab's registry."""

from __future__ import annotations

from pathlib import Path

from lab import engine, images, services
from lab.project import LabError, Project

RECIPE = Path(__file__).parent / "app"
REPOSITORY = "app/web"
# What makes them different from good ones.
RELEASES: dict[str, dict[str, str]] = {
    "v1": {},
    "v2": {},
    "slow-to-boot": {"BOOT_SECONDS": "5"},
    "never-well": {"WELL": "no"},
    "crashes": {"CRASH_SECONDS": "1"},
}


def reference(project: Project, release: str) -> str:
    """The name that the lab's hosts pull a release by."""
    return f"registry.{project.load().zone}:{services.REGISTRY_PORT}/{REPOSITORY}:{release}"


def push(project: Project, names: tuple[str, ...] = tuple(RELEASES)) -> None:
    """Have releases in a lab's registry: those that are known here, and good ones by any other name."""
    settings, client = project.load(), engine.client()
    repository = f"127.0.0.1:{settings.registry_port}/{REPOSITORY}"
    login = {"username": settings.registry_username, "password": settings.registry_password}
    for name in names:
        client.images.build(
            path=str(RECIPE), tag=f"{repository}:{name}", rm=True, forcerm=True,
            buildargs={"SERVICES": images.services(), "RELEASE": name, **RELEASES.get(name, {})},
        )  # fmt: skip
        for entry in client.images.push(repository, name, auth_config=login, stream=True, decode=True):
            if "error" in entry:
                raise LabError(f"Release {name} could not be pushed to the lab's registry: {entry['error']}")
    for name in names:
        client.images.remove(f"{repository}:{name}")
