# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An emulated AWS account of the test's own, and playbooks run against it as a user runs them."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError

ROOT = Path(__file__).parents[2]
REGION = "eu-west-3"
NOBODY = "nobodys-credentials"  # Ansible blots it out of all output, so it must not be a word of it
PLAYBOOK_TIMEOUT = 600  # seconds; one that hangs ends at last, one on a busy machine gets through


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Account:
    """The emulated account, empty at the start of each test that asks for it."""

    url: str

    @property
    def environment(self):
        """Of a shell that is signed in to it and to nothing else."""
        foreign = ("AWS_", "LANDFALL_", "ANSIBLE_")
        clean = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
        return {
            **clean,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": NOBODY,
            "AWS_SECRET_ACCESS_KEY": NOBODY,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_FORCE_COLOR": "0",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=NOBODY,
            aws_secret_access_key=NOBODY,
        )

    @property
    def ec2(self):
        return self.client("ec2")

    def reset(self):
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/moto-api/reset", method="POST"), timeout=10).close()


@dataclass(frozen=True)
class Run:
    """How a run of ansible-playbook ended."""

    code: int
    output: str

    def recap(self, host="localhost"):
        line = next(line for line in self.output.splitlines() if re.match(rf"{re.escape(host)}\s+:", line))
        return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)}

    @property
    def host(self):
        """What the next play knows of the host that a role added to the inventory."""
        shown = self.output.partition("TASK [Variables of the host]")[2]
        return json.loads(base64.b64decode(re.search(r"msg: (\S+)", shown).group(1)))

    @property
    def changed(self):
        return self.recap()["changed"]


class Playbook:
    """Runs roles of the collection on localhost, or site.yml where none are named."""

    def __init__(self, account, directory):
        self.account, self.directory = account, directory
        self.module_defaults = {}  # of the user's own

    def command(self, roles, options, arguments):
        play = {"name": "Test", "hosts": "localhost", "gather_facts": False, "module_defaults": self.module_defaults}
        play["roles"] = [{"role": f"landfall.aws.{role}"} for role in roles]
        shown = {"msg": "{{ hostvars[inventory_hostname] | to_json | b64encode }}"}
        after = {"name": "Inventory", "hosts": "app_host", "gather_facts": False}
        after["tasks"] = [{"name": "Variables of the host", "ansible.builtin.debug": shown}]
        playbook, variables = self.directory / "playbook.json", self.directory / "variables.json"
        playbook.write_text(json.dumps([play, after]))
        variables.write_text(json.dumps(options))
        if not roles:
            playbook = ROOT / "site.yml"
        return ["ansible-playbook", "-i", os.devnull, str(playbook), "-e", f"@{variables}", *arguments]

    def run(self, *roles, check=False, diff=False, **options):
        arguments = ["--check"] * check + ["--diff"] * diff
        process = subprocess.run(
            self.command(roles, options, arguments),
            cwd=ROOT,
            env=self.account.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PLAYBOOK_TIMEOUT,
            check=False,
        )
        return Run(process.returncode, process.stdout + process.stderr)

    def succeed(self, *roles, **options):
        run = self.run(*roles, **options)
        assert run.code == 0, run.output
        return run

    def fail(self, *roles, **options):
        run = self.run(*roles, **options)
        assert run.code != 0, run.output
        return run

    def kill_at(self, task, *roles, **options):
        """Kill a run with all its children as soon as it says that it begins a task."""
        process = subprocess.Popen(
            self.command(roles, options, []),
            cwd=ROOT,
            env={**self.account.environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        for line in process.stdout:
            if line.startswith("TASK") and task in line:
                os.killpg(process.pid, signal.SIGKILL)
                break
        else:
            pytest.fail(f"the run never came to the task {task!r}")
        process.stdout.close()
        process.wait()


@pytest.fixture(scope="session")
def emulator(tmp_path_factory):
    port = free_port()
    log = (tmp_path_factory.mktemp("moto") / "log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "lab.emulator", "-H", "127.0.0.1", "-p", str(port)],
        env={**os.environ, "MOTO_AMIS_PATH": str(Path(__file__).with_name("amis.json"))},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )
    url, end = f"http://127.0.0.1:{port}", time.monotonic() + 60
    try:
        while True:
            try:
                urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=5).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > end:
                    pytest.fail(f"moto did not start; see {log.name}")
                time.sleep(0.1)
        yield Account(url)
    finally:
        process.terminate()
        process.wait()
        log.close()


@pytest.fixture
def account(emulator):
    emulator.reset()
    return emulator


@pytest.fixture
def playbook(account, tmp_path):
    return Playbook(account, tmp_path)


class _Greeting(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"SSH-2.0-OpenSSH_9.6p1\r\n")


class _Greeters(threading.Thread):
    """Greets like an SSH server at every Elastic IP of the account, as soon as there is one. They lie in 127.0.0.0/8."""

    def __init__(self, account, port):
        super().__init__(daemon=True)
        self.account, self.port = account, port
        self.servers, self.ended = {}, threading.Event()

    def run(self):
        while not self.ended.wait(0.2):
            with contextlib.suppress(BotoCoreError, ClientError):
                for address in self.account.ec2.describe_addresses()["Addresses"]:
                    self.greet_at(address["PublicIp"])

    def greet_at(self, address):
        if address not in self.servers:
            server = socketserver.ThreadingTCPServer((address, self.port), _Greeting)
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.servers[address] = server

    def end(self):
        self.ended.set()
        self.join()
        for server in self.servers.values():
            server.shutdown()
            server.server_close()


@pytest.fixture(scope="session")
def ssh_port(emulator):
    """The port that something answers on like an SSH server, at whatever Elastic IP a test's host has."""
    greeters = _Greeters(emulator, free_port())
    greeters.greet_at("127.0.0.1")
    greeters.start()
    yield greeters.port
    greeters.end()
