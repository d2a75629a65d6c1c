# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the Docker engine knows, asked over its socket, so that neither a client nor a Python package is needed."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

SOCKET = "/var/run/docker.sock"
PATIENCE = 20  # seconds for one answer
CONTAINERD_CONFIG = "/etc/containerd/config.toml"
CONTAINERD_ROOT = "/var/lib/containerd"


class _Connection(http.client.HTTPConnection):
    """HTTP over the engine's socket."""

    def __init__(self, path):
        super().__init__("docker", timeout=PATIENCE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self.path)


@dataclass(frozen=True)
class Container:
    """A container that runs: what it is called, what it belongs to, and where it can be reached on the host."""

    name: str
    project: str = ""
    ports: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Engine:
    """A Docker engine as it was found."""

    store: str
    containerd_store: bool
    containers: tuple[Container, ...] = ()
    diff_ids: frozenset[str] = field(default_factory=frozenset)


def is_there(path=SOCKET):
    return os.path.exists(path)


def ask(question, path=SOCKET):
    """The engine's answer; None where there is no such thing."""
    connection = _Connection(path)
    try:
        connection.request("GET", question)
        answer = connection.getresponse()
        content = answer.read()
    except http.client.HTTPException as error:
        raise OSError(f"the engine does not answer as expected: {type(error).__name__}") from error
    finally:
        connection.close()
    if answer.status == 404:
        return None
    if answer.status != 200:
        raise OSError(f"the engine answers {question} with status {answer.status}")
    return json.loads(content)


def read(path=SOCKET, containerd_config=CONTAINERD_CONFIG):
    info = ask("/info", path)
    config = Path(containerd_config)
    by_containerd = uses_containerd(info)
    root = containerd_root(config.read_text() if config.exists() else "")
    images = ask("/images/json", path) or []
    return Engine(
        store=root if by_containerd else info["DockerRootDir"],
        containerd_store=by_containerd,
        containers=tuple(map(container_of, ask("/containers/json", path) or [])),
        diff_ids=frozenset(
            diff_id
            for each in images
            for diff_id in ((ask(f"/images/{each['Id']}/json", path) or {}).get("RootFS") or {}).get("Layers") or []
        ),
    )


def has_image(name, path=SOCKET):
    return ask(f"/images/{quote(name, safe='/:@')}/json", path) is not None


def memory_in_use(container, path=SOCKET):
    """Bytes that a container can't do without: without what the kernel only keeps of files."""
    stats = (ask(f"/containers/{quote(container)}/stats?stream=false&one-shot=true", path) or {}).get(
        "memory_stats"
    ) or {}
    if "usage" not in stats:
        return None
    details = stats.get("stats") or {}
    return stats["usage"] - details.get("inactive_file", details.get("total_inactive_file", 0))


def uses_containerd(info):
    """Whether images are kept by containerd, as they are since Docker 29 where it was installed afresh."""
    return any(value.startswith("io.containerd.snapshotter") for _key, value in info.get("DriverStatus") or [])


def containerd_root(config):
    """The folder that containerd's configuration names, or its own choice."""
    found = re.search(r"""^root\s*=\s*["']([^"']+)["']""", config, re.MULTILINE)
    return found.group(1) if found else CONTAINERD_ROOT


def container_of(described):
    ports = {
        (each.get("IP") or "0.0.0.0", each["PublicPort"])
        for each in described.get("Ports") or []
        if each.get("PublicPort")
    }
    return Container(
        name=(described.get("Names") or ["/?"])[0].lstrip("/"),
        project=(described.get("Labels") or {}).get("com.docker.compose.project", ""),
        ports=tuple(sorted(ports)),
    )
