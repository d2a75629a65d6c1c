"""An AWS that runs what it is given: ministack, with state machines, functions and events that really happen.

It asks for signatures and holds every function to its role's policies (``AUTH``), and speaks TLS, so that a bucket that
refuses anything else can be used. Listens on 127.0.0.1 only.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import venv
from pathlib import Path

import boto3

from . import certificates
from .project import REGION, ROOT, LabError, free_port, until

VENV = ROOT / ".cache" / "ministack"
REQUIREMENTS = ROOT / "requirements-lab.txt"
ACCOUNT = "123456789012"
# Functions run with the Python that ministack runs with, so this is the only runtime that there is.
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"


def installed() -> Path:
    """The Python of a virtual environment that has ministack, made anew when what it needs has changed."""
    python, stamp = VENV / "bin" / "python", VENV / "made-of"
    made_of = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != made_of:
        venv.create(VENV, clear=True, with_pip=True)
        pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", REQUIREMENTS]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        if done.returncode:
            raise LabError(f"ministack can't be installed into {VENV}:\n{done.stderr.strip()}")
        stamp.write_text(made_of)
    return python


class Ministack:
    """One server with an account of its own; use it in a with statement."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.log = folder / "ministack.log"
        self._process: subprocess.Popen | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a shell needs to talk to this account and to nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_CA_BUNDLE": str(self.folder / "root.pem"),
            "AWS_ACCESS_KEY_ID": "AKIALANDFALLLAB00000",
            "AWS_SECRET_ACCESS_KEY": "not-a-secret-of-any-account",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str):
        environment = self.environment
        return boto3.client(
            service,
            endpoint_url=self.url,
            verify=environment["AWS_CA_BUNDLE"],
            region_name=REGION,
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )

    def __enter__(self) -> Ministack:
        python = installed()
        self.folder.mkdir(parents=True, exist_ok=True)
        certificates.ensure(self.folder, {"ministack": ["127.0.0.1", "localhost"]})
        own = ("AWS_", "MINISTACK_", "LAMBDA_", "SFN_")
        clean = {key: value for key, value in os.environ.items() if not key.startswith(own)}
        settings = {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "USE_SSL": "1",
            "MINISTACK_SSL_CERT": str(self.folder / "ministack.pem"),
            "MINISTACK_SSL_KEY": str(self.folder / "ministack.key"),
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": REGION,
            "AUTH": "true",
            "IOT_MTLS_ENABLED": "0",  # would listen on all addresses
            "SFTP_ENABLED": "0",
            "TMPDIR": str(self.folder),
        }
        with self.log.open("w") as output:
            self._process = subprocess.Popen(
                [python, "-P", ROOT / "lab" / "ministack_server.py"],
                cwd=self.folder,
                env={**clean, **self.environment, **settings},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            until(self._answers, 60, "ministack answers", lambda: self.log.read_text()[-2000:])
        except LabError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error) -> None:
        # Nothing is kept, and asked to end it would wait half a minute for open connections. Its functions' processes go, too.
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise LabError(f"ministack has ended: {self.log.read_text()[-2000:]}")
        try:
            self.client("sts").get_caller_identity()
        except Exception:
            return False
        return True
