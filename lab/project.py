"""A lab's names, folders and settings. Two labs with different names share nothing but the Docker engine."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import boto3

ROOT = Path(__file__).parents[1]
REGION = "eu-west-3"
ZONE = "example.test"


class LabError(Exception):
    """Something that keeps the lab from running, with its remedy."""


@dataclass
class Settings:
    """What is decided once, when a lab is first started, and is the same until it is removed."""

    region: str = REGION
    zone: str = ZONE
    subnet: str = ""
    public_network: int = 0  # public addresses of this lab are 127.<public_network>.x.y
    taken_ports: list[int] = field(default_factory=list)  # that something has on all of this machine's addresses
    aws_port: int = 0
    dns_port: int = 0
    registry_port: int = 0
    registry_username: str = "deploy"
    registry_password: str = field(default_factory=lambda: secrets.token_urlsafe(16))


class Project:
    def __init__(self, name: str = "demo"):
        self.name = name
        self.directory = ROOT / ".lab" / name
        self.prefix = f"landfall-{name}"

    # Names of containers, volumes and the network
    def __call__(self, *parts: str) -> str:
        return "-".join((self.prefix, *parts))

    @property
    def labels(self) -> dict[str, str]:
        return {"landfall.lab": self.name}

    # Settings
    @property
    def exists(self) -> bool:
        return self._settings_file.exists()

    @property
    def _settings_file(self) -> Path:
        return self.directory / "settings.json"

    def load(self) -> Settings:
        return Settings(**json.loads(self._settings_file.read_text()))

    def save(self, settings: Settings) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        write(self._settings_file, json.dumps(asdict(settings), indent=2))

    def folder(self, name: str) -> Path:
        path = self.directory / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.load().aws_port}"

    def environment(self) -> dict[str, str]:
        """What a shell needs for boto3, and so for Ansible, to talk to this lab and to nothing else."""
        settings = self.load()
        return {
            "AWS_ENDPOINT_URL": self.endpoint(),
            "AWS_ACCESS_KEY_ID": "AKIALANDFALLLAB00000",
            "AWS_SECRET_ACCESS_KEY": "not-a-secret-of-any-account",
            "AWS_REGION": settings.region,
            "AWS_DEFAULT_REGION": settings.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "LANDFALL_LAB": str(self.directory),
        }

    def client(self, service: str):
        """A boto3 client of this lab's account."""
        environment = self.environment()
        return boto3.client(
            service,
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            region_name=environment["AWS_REGION"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )

    # Processes of this lab: the emulator and the hypervisor
    def start_process(self, module: str) -> None:
        if self.process_id(module):
            return
        log = self.folder("logs") / f"{module}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", f"lab.{module}", self.name],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env={**os.environ, **self.environment()},
            )
        write(self.directory / f"{module}.pid", str(process.pid))

    def process_id(self, module: str) -> int | None:
        """The process, if it runs and really is this lab's."""
        try:
            pid = int((self.directory / f"{module}.pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if f"lab.{module}".encode() in command and self.name.encode() in command else None

    def stop_process(self, module: str) -> None:
        pid = self.process_id(module)
        if pid:
            os.kill(pid, signal.SIGTERM)
            until(lambda: not self.process_id(module), 15, f"{module} has stopped")
        (self.directory / f"{module}.pid").unlink(missing_ok=True)

    def log_tail(self, module: str, lines: int = 15) -> str:
        try:
            return "\n".join((self.folder("logs") / f"{module}.log").read_text().splitlines()[-lines:])
        except OSError:
            return ""


def write(path: Path, text: str, mode: int = 0o600) -> bool:
    """Put text into a file, whole or not at all. Returns whether the file has changed."""
    if path.exists() and path.read_text() == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.touch(mode)
    temporary.chmod(mode)
    temporary.write_text(text)
    temporary.replace(path)
    return True


def until(condition, seconds: float, what: str, hint=lambda: "") -> None:
    """Wait for a condition; say what did not come true if it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(f"Waited {seconds:.0f} s in vain: {what}. {hint()}".strip())
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(port: int, address: str = "127.0.0.1") -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((address, port)) == 0
