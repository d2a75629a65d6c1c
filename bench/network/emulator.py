"""An emulated account of the benchmark's own, near or far away, and what is in it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import boto3

from lab.project import LabError
from lab.proxy import Proxy

ROOT = Path(__file__).parents[2]
REGION = "us-east-1"  # has six Availability Zones
CREDENTIALS = "nobodys-credentials"  # Ansible blots it out of all output, so it must not be a word of it
FOREIGN = ("AWS_", "LANDFALL_", "ANSIBLE_", "TF_")


@dataclass
class Account:
    """The emulator itself at ``url``, and the proxy before it at ``far``."""

    url: str
    far: str
    proxy: Proxy
    log: Path
    _clients: dict = field(default_factory=dict)

    def client(self, service: str):
        """Of the emulator itself, so that nothing of what we ask is counted, slow or faulted."""
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.url,
                region_name=REGION,
                aws_access_key_id=CREDENTIALS,
                aws_secret_access_key=CREDENTIALS,
            )
        return self._clients[service]

    def reset(self) -> None:
        """An empty account again."""
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/moto-api/reset", method="POST"), timeout=30).close()
        self.proxy.forget()

    def environment(self, url: str) -> dict[str, str]:
        """Of a shell that is signed in to it, by this address, and to nothing else."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
        return {
            **clean,
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": CREDENTIALS,
            "AWS_SECRET_ACCESS_KEY": CREDENTIALS,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,  # the one that boto3 itself reads
            "AWS_EC2_METADATA_DISABLED": "true",
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_FORCE_COLOR": "0",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def account(delay: float = 0.0) -> Iterator[Account]:
    """An emulator and a proxy, for as long as the block takes."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="landfall-bench-") as folder:
        log = Path(folder) / "moto.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "lab.emulator", "-H", "127.0.0.1", "-p", str(port)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, process, log)
            proxy = Proxy(url, delay)
            with proxy.serve() as far:
                yield Account(url, far, proxy, log)
        finally:
            process.terminate()
            process.wait()


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=5).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise LabError(f"The emulator does not answer:\n{log.read_text()[-2000:]}") from None
            time.sleep(0.1)
