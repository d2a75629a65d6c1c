"""Who builds the network, each as its own users run it: ours, amazon.aws alone, Terraform, and a script as the lower bound."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from lab.project import LabError

from .design import OPERATOR, Design
from .emulator import REGION, ROOT, Account

PEERS = Path(__file__).with_name("peers")
PROVIDER = "terraform-provider-aws*"
PROVIDERS = (Path("/opt/tf-plugins"), Path("/usr/share/terraform/plugins"), Path.home() / ".terraform.d/plugins")
TIMEOUT = 900


@dataclass(frozen=True)
class Run:
    seconds: float
    cpu: float  # seconds that it computed
    calls: int
    changed: bool


class Contender:
    name = ""

    def __init__(self, folder: Path, design: Design):
        self.folder, self.design = folder, design
        folder.mkdir(parents=True)

    @property
    def missing(self) -> str:
        """Why it can't take part on this machine."""
        return ""

    def prepare(self, url: str, environment: dict[str, str]) -> None:
        """Write its files. Nothing of this is timed."""
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def changed(self, output: str) -> bool:
        raise NotImplementedError

    def run(self, account: Account, url: str) -> Run:
        environment, before = account.environment(url), account.proxy.calls.total()
        used, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        process = subprocess.run(
            self.command(),
            cwd=self.folder,
            env={**environment, **self.more_environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        seconds, now = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        output = process.stdout + process.stderr
        if process.returncode:
            raise LabError(f"{self.name} failed:\n" + "\n".join(output.splitlines()[-40:]))
        cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
        return Run(seconds, cpu, account.proxy.calls.total() - before, self.changed(output))

    @property
    def more_environment(self) -> dict[str, str]:
        return {}

    @property
    def variables(self) -> dict:
        return {"networks": self.design.networks(), "zones": self.design.zones, "operator": OPERATOR}


class Playbook(Contender):
    playbook: Path

    def command(self) -> list[str]:
        return ["ansible-playbook", "-i", os.devnull, str(self.playbook), "-e", "@variables.json"]

    def changed(self, output: str) -> bool:
        recap = re.search(r"^localhost\s+:.* changed=(\d+)", output, re.MULTILINE)
        return bool(recap) and int(recap.group(1)) > 0


class Ours(Playbook):
    name = "landfall.aws"

    def prepare(self, url: str, environment: dict[str, str]) -> None:
        self.playbook = self.folder / "playbook.json"
        self.playbook.write_text(json.dumps([self.play(network) for network in self.design.networks()]))
        shared = {"landfall_project": "bench", "landfall_environment": "prod", "landfall_region": REGION}
        (self.folder / "variables.json").write_text(json.dumps(shared))

    def play(self, network: dict) -> dict:
        return {
            "name": f"Network {network['name']}",
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"vpc_name": network["name"], **options(network, self.design)},
            "roles": [{"role": "landfall.aws.vpc"}],
        }


def options(network: dict, design: Design) -> dict:
    """Of the role vpc, for one of a design's networks."""
    internet = {"public": "gateway", "private": "nat", "data": "none"}
    groups = [
        {"name": "bastion", "description": "Bastion", "ingress": [_ssh(cidrs=[OPERATOR])]},
        {"name": "web", "description": "Web servers", "ingress": [_ssh(groups=["bastion"])]},
    ]
    return {
        "vpc_cidr": network["cidr"],
        "vpc_azs": design.zones,
        "vpc_nat": "per_az",
        "vpc_tiers": [
            {"name": name, "subnets": cidrs, "internet": internet[name]} for name, cidrs in network["tiers"].items()
        ],
        "vpc_security_groups": groups,
    }


def _ssh(**source) -> dict:
    return {"protocol": "tcp", "from_port": 22, "to_port": 22, **source}


class AmazonAws(Playbook):
    name = "amazon.aws"
    playbook = PEERS / "amazon_aws.yml"

    def prepare(self, url: str, environment: dict[str, str]) -> None:
        (self.folder / "variables.json").write_text(json.dumps(self.variables))


class Terraform(Contender):
    name = "terraform"

    @property
    def missing(self) -> str:
        if not shutil.which("terraform"):
            return "there is no terraform"
        return "" if self.mirror else f"no {PROVIDER} in " + ", ".join(map(str, PROVIDERS))

    @property
    def mirror(self) -> Path | None:
        return next((path for path in PROVIDERS if next(path.glob(f"**/{PROVIDER}"), None)), None)

    @property
    def more_environment(self) -> dict[str, str]:
        return {
            "TF_CLI_CONFIG_FILE": str(self.folder / "terraform.rc"),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
        }

    def prepare(self, url: str, environment: dict[str, str]) -> None:
        configuration = self.folder / "terraform.rc"
        configuration.write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{self.mirror}"\n  }}\n}}\n'
        )
        shutil.copytree(PEERS / "terraform", self.folder, dirs_exist_ok=True)
        variables = {**self.variables, "endpoint": url, "region": REGION}
        (self.folder / "terraform.tfvars.json").write_text(json.dumps(variables))
        (self.folder / "terraform.tfstate").unlink(missing_ok=True)
        if not (self.folder / ".terraform").exists():
            subprocess.run(
                ["terraform", "init", "-input=false"],
                cwd=self.folder,
                env={**environment, **self.more_environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
            )

    def command(self) -> list[str]:
        return ["terraform", "apply", "-auto-approve", "-input=false", "-no-color"]

    def changed(self, output: str) -> bool:
        return "0 added, 0 changed, 0 destroyed" not in output


class Script(Contender):
    name = "boto3 script"

    def prepare(self, url: str, environment: dict[str, str]) -> None:
        (self.folder / "design.json").write_text(json.dumps(self.variables))

    def command(self) -> list[str]:
        return [sys.executable, str(PEERS / "script.py"), "design.json"]

    def changed(self, output: str) -> bool:
        return False  # it does not say


CONTENDERS: dict[str, type[Contender]] = {each.name: each for each in (Ours, AmazonAws, Terraform, Script)}


def start_of_ansible(account: Account, folder: Path) -> float:
    """What ansible-playbook takes to do nothing, in seconds."""
    path = folder / "nothing.json"
    path.write_text(json.dumps([{"name": "Nothing", "hosts": "localhost", "gather_facts": False, "tasks": []}]))
    started = time.perf_counter()
    command = ["ansible-playbook", "-i", os.devnull, str(path)]
    subprocess.run(
        command,
        cwd=ROOT,
        env=account.environment(account.url),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    return time.perf_counter() - started
