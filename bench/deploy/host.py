"""The app host of a lab: played at with playbooks, put under load, and asked what is left on it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from lab.lab import host_container
from lab.project import ROOT, LabError, Project, until

CONNECTIONS = "ANSIBLE_SSH_CONTROL_PATH_DIR"
PLAYS = Path(__file__).parent / "plays"
RATE = 200  # requests per second
# Slow answers that are under way when something happens are told about, too.
LEAD, TAIL = 1.0, 3.0


@dataclass
class Answer:
    status: int
    text: str
    headers: http.client.HTTPMessage
    certificate: dict

    @property
    def release(self) -> str:
        words = self.text.split()
        return words[1] if self.status == 200 and words[:1] == ["release"] else ""


class Play:
    """A playbook that runs, in a session of its own, as a person's shell would run it."""

    def __init__(self, log: Path, command: list[str], environment: dict[str, str]):
        self.log, self.started, self.seconds = log, time.monotonic(), 0.0
        # A folder of its own for ssh's shared connection tells whose it is.
        self.connections = tempfile.mkdtemp(prefix="landfall-ssh-")
        with log.open("w") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env={**environment, CONNECTIONS: self.connections},
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip

    @property
    def over(self) -> bool:
        return self.process.poll() is not None

    def wait(self, seconds: float = 600) -> int:
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            self.kill()
            raise LabError(f"The playbook is not through after {seconds:.0f} seconds. See {self.log}") from error
        self.seconds = time.monotonic() - self.started
        self._end(self._masters())
        return code

    @property
    def tasks(self) -> int:
        """How many tasks have begun."""
        return self.log.read_text(errors="replace").count("\nTASK [")

    @property
    def task(self) -> str:
        """What it did last."""
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.startswith("TASK [")]
        return lines[-1].removeprefix("TASK [").rpartition("]")[0] if lines else "before the first task"

    def kill(self) -> bool:
        """SIGKILL for all of it, as when its machine loses power: workers, ssh, and ssh's shared connection.

        Whatever it has begun on the host goes on there until it is through. Returns whether there was something to kill.
        """
        if self.over:
            return False
        # Held still, so that no process is born while they are counted.
        os.kill(self.process.pid, signal.SIGSTOP)
        self._end(_descendants(self.process.pid) | {self.process.pid} | self._masters())
        return self.process.wait() == -signal.SIGKILL

    def _masters(self) -> set[int]:
        """ssh's shared connection, which has no parent; its environment tells whose it is."""
        mark = f"{CONNECTIONS}={self.connections}"
        return {pid for pid, parent in _processes().items() if parent == 1 and mark in _environment(pid)}

    def _end(self, pids: set[int]) -> None:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.connections, ignore_errors=True)


def _stat(pid: str) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _processes() -> dict[int, int]:
    """The parent of each process of this machine."""
    found = {pid.name: _stat(pid.name) for pid in Path("/proc").iterdir() if pid.name.isdigit()}
    return {int(pid): int(fields[1]) for pid, fields in found.items() if fields}


def _descendants(root: int) -> set[int]:
    parents, found, size = _processes(), {root}, 0
    while size != len(found):
        size = len(found)
        found |= {pid for pid, parent in parents.items() if parent in found}
    return found - {root}


def _environment(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


class Load:
    """A load on the site, in a process of its own."""

    def __init__(self, host: Host):
        self.results = Path(tempfile.mkstemp(prefix="landfall-load-", suffix=".json")[1])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.deploy.load", "--address", host.inside, "--name", host.name,
             "--root", str(host.root), "--rate", str(host.rate), "--out", str(self.results)],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        if not self.process.stdout.readline():
            raise LabError("The load does not start.")

    def stop(self) -> dict:
        self.process.send_signal(signal.SIGTERM)
        try:
            if self.process.wait(60):
                raise LabError("The load ended with an error.")
            return json.loads(self.results.read_text())
        finally:
            self.process.stdout.close()
            self.results.unlink(missing_ok=True)


class Host:
    def __init__(self, project: Project, rate: float = RATE):
        self.project, self.rate = project, rate
        self.name = f"app.{project.load().zone}"
        self.root = project.directory / "root.pem"

    @property
    def instance(self) -> dict:
        filters = [
            {"Name": "tag:ManagedBy", "Values": ["landfall.aws"]},
            {"Name": "instance-state-name", "Values": ["running"]},
        ]
        reservations = self.project.client("ec2").describe_instances(Filters=filters)["Reservations"]
        (instance,) = [instance for reservation in reservations for instance in reservation["Instances"]]
        return instance

    @property
    def inside(self) -> str:
        """The host's own network address. The way in to the Elastic IP accepts connections before the host does, and would
        hide how one failed."""
        return host_container(self.project, self.instance["InstanceId"]).labels["landfall.address"]

    # Playbooks

    def play(self, playbook: str, *arguments: str, **variables: str) -> Play:
        """Start a playbook: one of the collection's by its full name, or one of ours."""
        inventory = self.project.folder("bench") / "hosts.yml"
        inventory.write_text(yaml.safe_dump(self._inventory()))
        number = len(list(inventory.parent.glob("*.log")))
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")},
            **self.project.environment(),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
        }
        command = ["ansible-playbook", "-i", "inventory/local", "-i", str(inventory), playbook, *arguments]
        if variables:
            command += ["--extra-vars", json.dumps(variables)]
        return Play(inventory.parent / f"{number:03}.log", command, environment)

    def _inventory(self) -> dict:
        """What inventory/example/aws_ec2.yml finds, under the same name."""
        instance = self.instance
        (name,) = [tag["Value"] for tag in instance["Tags"] if tag["Key"] == "Name"]
        known_hosts = f"{self.key}.known_hosts"
        return {
            "app_host": {
                "hosts": {
                    name: {
                        "ansible_host": instance["PublicIpAddress"],
                        "ansible_user": "admin",
                        "ansible_ssh_private_key_file": str(self.key),
                        "ansible_ssh_common_args": (
                            f"-o UserKnownHostsFile={known_hosts} -o HostKeyAlias={instance['InstanceId']}"
                            " -o StrictHostKeyChecking=yes"
                        ),
                    }
                }
            }
        }

    # What the world sees

    @contextlib.contextmanager
    def load(self, tail: float = TAIL) -> Iterator[dict]:
        """Load for as long as the block takes, and some seconds before and after. Fills the dict that it yields."""
        results: dict = {}
        load = Load(self)
        try:
            time.sleep(LEAD)
            yield results
            time.sleep(tail)
        finally:
            results |= load.stop()

    def ask(self, path: str = "/") -> Answer:
        context = ssl.create_default_context(cafile=str(self.root))
        with (
            socket.create_connection((self.inside, 443), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=self.name) as secured,
        ):
            connection = http.client.HTTPConnection(self.name)
            connection.sock = secured
            connection.request("GET", path)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read().decode(), answer.headers, secured.getpeercert())

    @property
    def release(self) -> str:
        """Which release answers; none where nothing does."""
        try:
            return self.ask().release
        except (OSError, http.client.HTTPException):
            return ""

    # What is on it

    @property
    def key(self) -> Path:
        return self.project.directory / "id_ed25519"

    def run(self, command: str, seconds: float = 60) -> str:
        done = subprocess.run(
            ["ssh", "-i", self.key, "-o", f"UserKnownHostsFile={self.key}.known_hosts", "-o", "BatchMode=yes",
             "-o", "StrictHostKeyChecking=yes", "-o", "ControlPath=none",
             f"admin@{self.instance['PublicIpAddress']}", command],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=seconds,
        )  # fmt: skip
        if done.returncode:
            raise LabError(f"`{command}` on the host: {done.stderr.strip()}")
        return done.stdout

    def containers(self) -> dict[str, str]:
        """State of each container of the app."""
        lines = self.run("sudo docker ps --all --format '{{.Names}} {{.State}}'").splitlines()
        return dict(sorted(line.split() for line in lines if line.startswith("app")))

    def restart_engine(self) -> None:
        # systemd refuses a service's third restart within a minute.
        self.run("sudo systemctl reset-failed docker.service; sudo systemctl restart docker.service")
        until(lambda: self.run("sudo docker info --format '{{.ServerVersion}}'"), 60, "the engine answers again")
