"""The lab's images, built once and again when their recipe changes."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import docker

from . import engine
from .project import LabError

RECIPES = Path(__file__).parent / "images"
HOST = "landfall-lab/host"
SERVICES = "landfall-lab/services:latest"
APP = "landfall-lab/app:latest"
# operating system: image of a registry, Debian suite to build it from where none can be reached, user that logs in
SYSTEMS = {
    "debian-12": ("debian:bookworm-slim", "bookworm", "admin"),
    "debian-13": ("debian:trixie-slim", "trixie", "admin"),
    "ubuntu-22.04": ("ubuntu:22.04", None, "ubuntu"),
    "ubuntu-24.04": ("ubuntu:24.04", None, "ubuntu"),
    "ubuntu-26.04": ("ubuntu:26.04", None, "ubuntu"),
}


def host(system: str) -> str:
    """Tag of the image for a host with this operating system, built where it is missing."""
    _reference, _suite, user = SYSTEMS[system]
    return _build(f"{HOST}:{system}", RECIPES / "host", lambda: {"BASE": _base(system), "SSH_USER": user})


def services() -> str:
    return _build(SERVICES, RECIPES / "services", lambda: {"BASE": _base("debian-13")})


def app() -> str:
    """Tag of the image of the app that is deployed in the lab, built where it or the services it is made from are missing."""
    return _build(APP, RECIPES / "app", lambda: {"SERVICES": services()})


def _build(tag: str, context: Path, arguments) -> str:
    client = engine.client()
    recipe = hashlib.sha256()
    for file in sorted(path for path in context.rglob("*") if path.is_file()):
        recipe.update(f"{file.relative_to(context)}\n".encode() + file.read_bytes())
    try:
        if client.images.get(tag).labels.get("landfall.recipe") == recipe.hexdigest():
            return tag
    except docker.errors.ImageNotFound:
        pass
    print(f"Building {tag}", flush=True)
    options = arguments()
    try:
        client.images.build(
            path=str(context), tag=tag, buildargs=options, rm=True, forcerm=True,
            labels={"landfall.recipe": recipe.hexdigest()},
        )  # fmt: skip
    except docker.errors.BuildError as error:
        lines = [entry["stream"].rstrip() for entry in error.build_log if entry.get("stream", "").strip()]
        raise LabError(f"Image {tag} could not be built: {error.msg}\n" + "\n".join(lines[-10:])) from error
    return tag


def _base(system: str) -> str:
    reference, suite, _user = SYSTEMS[system]
    client = engine.client()
    own = f"landfall-lab/base:{system}"
    for known in (reference, own):
        try:
            return client.images.get(known).tags[0]
        except docker.errors.ImageNotFound:
            continue
    try:
        return client.images.pull(reference).tags[0]
    except docker.errors.DockerException as error:
        print(f"No registry gives us {reference} ({type(error).__name__}); building it from packages", flush=True)
    if not suite:
        raise LabError(f"{system} needs the image {reference}, and no registry can be reached. Take debian-13 instead.")
    if not shutil.which("mmdebstrap"):
        engine.apt_install("mmdebstrap", "debian-archive-keyring")
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "base.tar"
        done = subprocess.run(
            ["mmdebstrap", "--variant=minbase", "--include=ca-certificates", suite, archive],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise LabError(f"mmdebstrap could not build {suite}: {done.stderr.strip()[-500:]}")
        client.api.import_image_from_file(str(archive), repository="landfall-lab/base", tag=system)
    return own


def remove_all() -> None:
    client = engine.client()
    for image in client.images.list():
        for tag in image.tags:
            if tag.startswith("landfall-lab/"):
                client.images.remove(tag, force=True)
