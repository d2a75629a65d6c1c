"""The demo: a lab, site.yml in it, and the app asked over HTTPS. Prints what a person wants to see."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import socket
import ssl
import sys
import time

from rich.console import Console

from . import lab, playbook
from .project import LabError, Project

console = Console(highlight=False, soft_wrap=True)


def show(what: str, seconds: float, note: str = "", good: bool = True) -> None:
    mark = "[green]✔[/]" if good else "[red]✘[/]"
    console.print(f"  {mark} {what:<46}{seconds:7.1f} s   [dim]{note}[/]")


def main() -> int:
    project = Project("demo")
    console.print("\n[bold]landfall.aws[/]: from an empty account to HTTPS, on this machine\n")
    try:
        start_lab(project)
    except LabError as error:
        console.print(f"  [red]✘[/] The lab does not start.\n\n{error}", markup=True)
        return 1

    run = playbook.run(project, finished=show_play)
    if not run.succeeded:
        failures = [play.failure for play in run.plays if play.failure]
        console.print(f"\nsite.yml failed. {failures[-1] if failures else ''}\nLog: {run.log}", markup=False)
        return 1

    facts = read_facts(project)
    status, issuer, seconds = ask(facts)
    show("The app answers over HTTPS, certificate verified", seconds, f"{status}, issued by {issuer}", status == 200)
    tell(project, facts, run)
    return 0 if status == 200 else 1


def start_lab(project: Project) -> None:
    started = time.monotonic()
    log = project.folder("logs") / "lab.log"
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output):
            lab.up(project)
    finally:
        with log.open("a") as file:
            file.write(output.getvalue())
    show("The lab is up: AWS, registry, ACME CA, DNS", time.monotonic() - started)


def show_play(play: playbook.Play) -> None:
    note = "failed" if play.failure else f"{play.changed} changed" if play.changed else "nothing to change"
    show(play.name, play.seconds, note, not play.failure)


def read_facts(project: Project) -> dict:
    """Where the host is, read from the API as anybody could."""
    settings = project.load()
    filters = [
        {"Name": "tag:ManagedBy", "Values": ["landfall.aws"]},
        {"Name": "instance-state-name", "Values": ["running"]},
    ]
    instance = project.client("ec2").describe_instances(Filters=filters)["Reservations"][0]["Instances"][0]
    described = json.loads((project.directory / "lab.json").read_text())
    return {
        "address": instance["PublicIpAddress"],
        "instance": instance["InstanceId"],
        "name": f"app.{settings.zone}",
        "root": described["root_certificate_file"],
        "key": str(project.directory / "id_ed25519"),
    }


def ask(facts: dict) -> tuple[int, str, float]:
    """GET the app's page at its Elastic IP, with the certificate verified against the lab's root for the app's name."""
    started = time.monotonic()
    context = ssl.create_default_context(cafile=facts["root"])
    with (
        socket.create_connection((facts["address"], 443), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname=facts["name"]) as secured,
    ):
        connection = http.client.HTTPSConnection(facts["name"])
        connection.sock = secured
        connection.request("GET", "/")
        status = connection.getresponse().status
        issuer = dict(pair[0] for pair in secured.getpeercert()["issuer"])["commonName"]
    return status, issuer, time.monotonic() - started


def tell(project: Project, facts: dict, run: playbook.Run) -> None:
    url = f"https://{facts['name']}/"
    here = project.directory.relative_to(project.directory.parents[1])
    known_hosts = f"{here}/id_ed25519.known_hosts"
    lines = {
        "The app": url,
        "Ask it": f"curl --cacert {here}/root.pem --resolve {facts['name']}:443:{facts['address']} {url}",
        "Log in": f"ssh -i {here}/id_ed25519 -o UserKnownHostsFile={known_hosts} admin@{facts['address']}",
        "Go on": f"source {here}/env; .venv/bin/ansible-playbook site.yml --check --diff",
        "Clean up": "make demo-down",
        "Log": f"{here}/logs/{run.log.name}",
    }
    console.print()
    for label, text in lines.items():
        console.print(f"  [bold]{label:<10}[/]{text}")
    console.print()


if __name__ == "__main__":
    sys.exit(main())
