"""The internet's part of a lab: its network, name servers, registry, ACME CA and metadata service."""

from __future__ import annotations

import ipaddress
import subprocess
from pathlib import Path

import docker

from . import certificates, detour, engine, images
from .project import LabError, Project, Settings, answers, until, write

# Addresses within the lab's network. Hosts, and the ways in to them, get theirs from the hypervisor, from .32 on.
DNS, REGISTRY, ACME, METADATA = 2, 3, 4, 5
FIRST_HOST = 32
REGISTRY_PORT = 5000


def address(settings: Settings, number: int) -> str:
    return str(ipaddress.ip_network(settings.subnet)[number])


def ensure_network(project: Project, settings: Settings) -> None:
    """A network with a subnet that nothing else on this machine uses."""
    client = engine.client()
    taken = [ipaddress.ip_network("127.0.0.0/8")]
    for line in subprocess.run(["ip", "-4", "route"], capture_output=True, text=True, check=False).stdout.splitlines():
        destination = line.split()[0]
        if destination[0].isdigit():
            taken.append(ipaddress.ip_network(destination, strict=False))
    for network in client.networks.list():
        if network.name == project("net"):
            settings.subnet = network.attrs["IPAM"]["Config"][0]["Subnet"]
            return
        taken += [ipaddress.ip_network(each["Subnet"]) for each in network.attrs["IPAM"]["Config"] or []]
    for candidate in ipaddress.ip_network("172.30.0.0/15").subnets(new_prefix=24):
        if any(candidate.overlaps(other) for other in taken if other.version == 4):
            continue
        pool = docker.types.IPAMPool(subnet=str(candidate))
        client.networks.create(
            project("net"),
            driver="bridge",
            ipam=docker.types.IPAMConfig(pool_configs=[pool]),
            labels=project.labels,
            options={"com.docker.network.bridge.name": detour.bridge(project)},
        )
        settings.subnet = str(candidate)
        return
    raise LabError("No free subnet within 172.30.0.0/15 for the lab's network; remove an unused Docker network.")


def start(project: Project, settings: Settings) -> None:
    files = project.folder("services")
    names = f"registry.{settings.zone}", f"acme.{settings.zone}"
    certificates.ensure(
        project.directory, {"registry": [names[0], address(settings, REGISTRY), "127.0.0.1"], "acme": [names[1]]}
    )
    write(files / "Caddyfile", _acme_caddyfile(names[1]), 0o644)
    write(files / "config.yml", _registry_config(), 0o644)
    for view in ("inside", "outside"):
        for file in ("hosts", "servers"):
            (project.folder(f"dns-{view}") / file).touch(0o644)
    for file in ("metadata.json",):
        if not (files / file).exists():
            write(files / file, "{}", 0o644)

    lab = {str(project.directory): {"bind": "/lab", "mode": "ro"}}
    code = {str(Path(__file__).parent): {"bind": "/code", "mode": "ro"}}
    upstream = _upstream_resolvers()
    dnsmasq = ["dnsmasq", "--keep-in-foreground", "--user=root", "--log-facility=-", "--no-hosts", "--no-negcache"]
    _run(
        project, "dns", address(settings, DNS), volumes=lab, dns=upstream,
        # Two views, as an EC2 address has two: hosts inside are told the way in to a host, this machine its public address.
        command=["sh", "-c", " & ".join(
            " ".join([*dnsmasq, f"--port={port}", f"--addn-hosts=/lab/dns-{view}/hosts",
                      f"--servers-file=/lab/dns-{view}/servers", f"--pid-file=/run/{view}.pid"])
            for view, port in (("inside", 53), ("outside", 5353))
        ) + " & wait"],
        ports={"5353/udp": ("127.0.0.1", settings.dns_port), "5353/tcp": ("127.0.0.1", settings.dns_port)},
    )  # fmt: skip
    _run(
        project, "registry", address(settings, REGISTRY), volumes=lab,
        environment={"REGISTRY_PASSWORD": settings.registry_password},
        command=["sh", "-ec", f'htpasswd -Bbn {settings.registry_username} "$REGISTRY_PASSWORD" > /run/htpasswd; '
                              "unset REGISTRY_PASSWORD; exec docker-registry serve /lab/services/config.yml"],
        ports={f"{REGISTRY_PORT}/tcp": ("127.0.0.1", settings.registry_port)},
    )  # fmt: skip
    _run(
        project, "acme", address(settings, ACME), volumes=lab, dns=[address(settings, DNS)],
        command=["caddy", "run", "--config", "/lab/services/Caddyfile"],
    )  # fmt: skip
    _run(
        project, "metadata", address(settings, METADATA), volumes={**lab, **code}, cap_add=["NET_ADMIN"],
        command=["sh", "-ec", "ip address add 169.254.169.254/32 dev eth0; "
                              "exec python3 /code/metadata.py /lab/services/metadata.json"],
    )  # fmt: skip
    until(lambda: answers(settings.registry_port), 30, "the registry answers", lambda: _logs(project, "registry"))


def _run(project: Project, name: str, ip: str, command, ports=None, **options) -> None:
    """One container, fixed at its address, started again where it has stopped."""
    client = engine.client()
    try:
        client.containers.get(project(name)).start()
        return
    except docker.errors.NotFound:
        pass
    container = client.containers.create(
        images.services(), command, name=project(name), hostname=name, labels=project.labels, ports=ports or {},
        network=project("net"), networking_config={project("net"): client.api.create_endpoint_config(ipv4_address=ip)},
        **options,
    )  # fmt: skip
    container.start()


def _logs(project: Project, name: str) -> str:
    return engine.client().containers.get(project(name)).logs(tail=5).decode(errors="replace")


def push_app(settings: Settings) -> str:
    """The demo's app in the lab's registry. Returns the name that hosts pull it by."""
    client = engine.client()
    image = client.images.get(images.app())
    repository = f"127.0.0.1:{settings.registry_port}/app/web"
    image.tag(repository, "1.0.0")
    login = {"username": settings.registry_username, "password": settings.registry_password}
    for entry in client.images.push(repository, "1.0.0", auth_config=login, stream=True, decode=True):
        if "error" in entry:
            raise LabError(f"The app's image could not be pushed to the lab's registry: {entry['error']}")
    client.images.remove(f"{repository}:1.0.0")
    return f"registry.{settings.zone}:{REGISTRY_PORT}/app/web:1.0.0"


def _upstream_resolvers() -> list[str]:
    """This machine's own resolvers; one on loopback can't be reached from a container, so take what it asks."""
    for file in ("/run/systemd/resolve/resolv.conf", "/etc/resolv.conf"):
        if Path(file).exists():
            lines = [line.split() for line in Path(file).read_text().splitlines()]
            found = [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]
            if found and not any(each.startswith("127.") for each in found):
                return found
    return []


def _acme_caddyfile(name: str) -> str:
    return f"""{{
    skip_install_trust
    pki {{
        ca local {{
            name "landfall lab"
            root {{
                format pem_file
                cert /lab/root.pem
                key /lab/root.key
            }}
        }}
    }}
}}

{name} {{
    tls /lab/acme.pem /lab/acme.key
    acme_server
}}
"""


def _registry_config() -> str:
    return f"""version: 0.1
log: {{level: info}}
storage:
  filesystem: {{rootdirectory: /var/lib/docker-registry}}
  delete: {{enabled: true}}
http:
  addr: :{REGISTRY_PORT}
  tls: {{certificate: /lab/registry.pem, key: /lab/registry.key}}
auth:
  htpasswd: {{realm: lab, path: /run/htpasswd}}
"""
