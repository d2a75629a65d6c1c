"""A Docker engine: the machine's where one answers, else the lab's own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import docker

from .project import LabError, until

# One for all labs of this machine, because two engines would overwrite each other's firewall rules.
RUN = Path("/run/landfall-lab")
DATA = Path("/var/lib/landfall-lab")
SOCKET = RUN / "docker.sock"
FOUND = RUN / "found.json"  # what an engine changes of the machine's network, as it was before
IP_FORWARD = Path("/proc/sys/net/ipv4/ip_forward")


def _answers(url: str | None) -> bool:
    try:
        client = docker.DockerClient(base_url=url, timeout=5) if url else docker.from_env(timeout=5)
        return client.ping()
    except docker.errors.DockerException:
        return False


def reachable() -> bool:
    """Whether an engine answers, the machine's or the lab's own, without starting one."""
    if _answers(None):
        return True
    if os.environ.get("DOCKER_HOST") or not _answers(f"unix://{SOCKET}"):
        return False
    os.environ["DOCKER_HOST"] = f"unix://{SOCKET}"
    return True


def ensure() -> None:
    """Have an engine that answers, and name it in DOCKER_HOST where it is the lab's own."""
    if reachable():
        return
    if os.environ.get("DOCKER_HOST"):
        raise LabError(
            f"No Docker engine answers at DOCKER_HOST={os.environ['DOCKER_HOST']}. Start it, or unset DOCKER_HOST."
        )
    if os.geteuid() != 0:
        raise LabError(
            "No Docker engine answers. Run this as root, so that the lab can install and start one, or start Docker and "
            "add yourself to the group docker: sudo apt-get install docker.io && sudo usermod -aG docker $USER"
        )
    if not shutil.which("dockerd"):
        apt_install("docker.io", "iptables")
    if Path("/run/systemd/system").exists():
        subprocess.run(["systemctl", "start", "docker"], check=True)
        until(lambda: _answers(None), 60, "the Docker engine answers", lambda: "See: journalctl -u docker")
        return
    _start_own()


def _iptables(*arguments: str) -> list[str]:
    done = subprocess.run(["iptables", "-w", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def _start_own() -> None:
    os.environ["DOCKER_HOST"] = f"unix://{SOCKET}"
    RUN.mkdir(mode=0o700, exist_ok=True)
    DATA.mkdir(mode=0o710, parents=True, exist_ok=True)
    FOUND.write_text(json.dumps({"forward": _iptables("-S", "FORWARD")[0], "ip_forward": IP_FORWARD.read_text()}))
    log = RUN / "dockerd.log"
    with log.open("ab") as output:
        subprocess.Popen(
            ["dockerd", "--host", f"unix://{SOCKET}", "--data-root", DATA, "--exec-root", RUN / "exec",
             "--pidfile", RUN / "dockerd.pid"],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    until(lambda: _answers(None), 60, "the lab's own Docker engine answers", lambda: f"See {log}")


def own_process() -> int | None:
    """The process of the lab's own engine, if it runs."""
    try:
        pid = int((RUN / "dockerd.pid").read_text())
        return pid if b"dockerd" in Path(f"/proc/{pid}/cmdline").read_bytes() else None
    except (OSError, ValueError):
        return None


def stop_own(purge: bool) -> None:
    """Stop the lab's own engine, unless another lab's containers run in it; with purge, its images go too."""
    pid = own_process()
    if pid:
        if client().containers.list():
            return
        os.kill(pid, signal.SIGTERM)
        until(lambda: not own_process(), 30, "the lab's own Docker engine has stopped")
        _leave_the_network_as_it_was()
    if purge:
        # Mounts that an engine leaves: its network namespaces.
        for mount in (RUN / "exec" / "netns").glob("*"):
            subprocess.run(["umount", mount], capture_output=True, check=False)
        for path in (RUN, DATA):
            shutil.rmtree(path, ignore_errors=True)


def _leave_the_network_as_it_was() -> None:
    """An engine that stops leaves its bridge and its firewall rules behind."""
    subprocess.run(["ip", "link", "delete", "docker0"], capture_output=True, check=False)
    for table in ("filter", "nat"):
        rules = [line.split() for line in _iptables("-t", table, "-S")]
        for rule in rules:
            if rule[0] == "-A" and any(word.startswith(("DOCKER", "docker0")) for word in rule):
                _iptables("-t", table, "-D", *rule[1:])
        for rule in rules:
            if rule[0] == "-N" and rule[1].startswith("DOCKER"):
                _iptables("-t", table, "-F", rule[1])
                _iptables("-t", table, "-X", rule[1])
    if FOUND.exists():
        found = json.loads(FOUND.read_text())
        _iptables(*found["forward"].split())
        IP_FORWARD.write_text(found["ip_forward"])


def client() -> docker.DockerClient:
    return docker.from_env(timeout=120)


def apt_install(*packages: str) -> None:
    """Install Debian's or Ubuntu's packages."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise LabError(
            f"Missing: {', '.join(packages)}. Install them, for example: sudo apt-get install {' '.join(packages)}"
        )
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-qy", "--no-install-recommends", *packages]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        print(done.stdout, done.stderr, flush=True)
        if done.returncode:
            raise LabError(f"`{' '.join(command)}` failed: {done.stderr.strip().splitlines()[-1:]}")
