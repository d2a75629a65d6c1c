"""EC2's machines: for each instance of the emulator a host that boots, stops, reboots and goes with it.

Run as ``python -m lab.hypervisor PROJECT``. A loop reads what the API says (instances, security groups, Route 53) and
makes it so:

- a running instance is a container with systemd and sshd; its cloud-init finds the metadata service;
- its public address answers on this machine, on the ports that its security groups open and on no other: a small
  container, the way in, publishes them on the address and forwards them, by source, as the groups say;
- Route 53's records are what the lab's name servers answer.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
import signal
import sys
import time
import traceback
from dataclasses import dataclass

import docker

from . import detour, engine, images, services
from .project import Project, write

INTERVAL = 0.5
MOST_PORTS = 100  # one process of Docker's proxy is started for each published port


@dataclass(frozen=True)
class Rule:
    """One port, or range of ports, of a security group, and who may connect."""

    first: int
    last: int
    sources: tuple[str, ...]


class Hypervisor:
    def __init__(self, project: Project):
        self.project = project
        self.settings = project.load()
        self.docker = engine.client()
        self.ec2 = project.client("ec2")
        self.route53 = project.client("route53")
        self.iam = project.client("iam")
        self.running = True
        self.failed: dict[str, str] = {}

    def run(self) -> None:
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "running", False))
        while self.running:
            started = time.monotonic()
            try:
                self.step()
            except Exception:  # the next round tries again; what went wrong is in the log
                traceback.print_exc()
            time.sleep(max(0.05, INTERVAL - (time.monotonic() - started)))

    def step(self) -> None:
        instances = [
            instance
            for page in self.ec2.get_paginator("describe_instances").paginate()
            for reservation in page["Reservations"]
            for instance in reservation["Instances"]
        ]
        present = [instance for instance in instances if instance["State"]["Name"] in ("pending", "running", "stopped")]
        containers = self._containers("host")
        addresses = self._assign_addresses(present, containers)
        self._write_metadata(present, addresses)
        for instance in present:
            self._each(instance, self._host, containers.get(instance["InstanceId"]), addresses[instance["InstanceId"]])
        for instance_id in containers.keys() - {instance["InstanceId"] for instance in present}:
            self.remove_host(containers[instance_id], instance_id)
        ways_in = self._ways_in(present, addresses)
        self._write_names(ways_in)

    def _each(self, instance: dict, action, *arguments) -> None:
        """Do something for one instance; what fails for it is said once and does not keep the others waiting."""
        try:
            action(instance, *arguments)
            self.failed.pop(instance["InstanceId"], None)
        except Exception as error:
            if self.failed.get(instance["InstanceId"]) != str(error):
                self.failed[instance["InstanceId"]] = str(error)
                print(f"{instance['InstanceId']}: {error}", flush=True)

    # Hosts

    def _containers(self, kind: str) -> dict[str, docker.models.containers.Container]:
        """This lab's containers of one kind, by what they stand for."""
        labels = [f"landfall.lab={self.project.name}", f"landfall.{kind}"]
        found = self.docker.containers.list(all=True, filters={"label": labels}, ignore_removed=True)
        return {container.labels[f"landfall.{kind}"]: container for container in found}

    def _assign_addresses(self, instances: list[dict], containers: dict) -> dict[str, str]:
        """An address in the lab's network for each instance, for as long as it exists."""
        network = ipaddress.ip_network(self.settings.subnet)
        taken = {instance_id: c.labels["landfall.address"] for instance_id, c in containers.items()}
        free = (
            str(network[number])
            for number in range(services.FIRST_HOST, network.num_addresses // 2)
            if str(network[number]) not in taken.values()
        )
        return {i["InstanceId"]: taken.get(i["InstanceId"]) or next(free) for i in instances}

    def _host(self, instance: dict, container, address: str) -> None:
        instance_id, wanted = instance["InstanceId"], instance["State"]["Name"]
        if container is None:
            if wanted == "stopped":
                return
            container = self._create_host(instance, address)
        if wanted in ("pending", "running") and container.status != "running":
            print(f"{instance_id}: starts", flush=True)
            container.start()
        elif wanted == "stopped" and container.status == "running":
            print(f"{instance_id}: stops", flush=True)
            self._swap_off(container)
            container.stop(timeout=30)
        reboot = self.project.folder("reboots") / instance_id
        if reboot.exists():
            reboot.unlink()
            if container.status == "running":
                print(f"{instance_id}: reboots", flush=True)
                self._swap_off(container)
                container.restart(timeout=30)
        self._read_console(instance_id, container)

    def _create_host(self, instance: dict, address: str):
        instance_id = instance["InstanceId"]
        system = self._operating_system(instance["ImageId"])
        print(f"{instance_id}: is made, {system} at {address}", flush=True)
        network = self.project("net")
        return self.docker.containers.create(
            images.host(system),
            name=self.project(instance_id),
            hostname=self._hostname(instance),
            labels={**self.project.labels, "landfall.host": instance_id, "landfall.address": address},
            network=network,
            networking_config={network: self.docker.api.create_endpoint_config(ipv4_address=address)},
            mac_address=self._mac(address),
            environment={"LAB_DNS": services.address(self.settings, services.DNS)},
            cap_add=["ALL"],
            cap_drop=["SYS_RESOURCE"],
            security_opt=["seccomp=unconfined", "apparmor=unconfined"],
            cgroupns="private",
            tmpfs={"/run": "", "/tmp": ""},
            volumes={
                self.project(instance_id, "docker"): {"bind": "/var/lib/docker"},
                self.project(instance_id, "containerd"): {"bind": "/var/lib/containerd"},
                # Swap needs a file system of its own: none can be turned on in a container's overlay.
                self.project(instance_id, "swap"): {"bind": "/swap"},
            },
        )

    def _operating_system(self, image_id: str) -> str:
        image = self.ec2.describe_images(ImageIds=[image_id])["Images"][0]
        match = re.search(r"(debian)-(\d+)-|(ubuntu)-[a-z]+-(\d\d\.\d\d)-", image["Name"])
        if not match:
            raise LookupError(f"no host can be booted from {image_id} ({image['Name']})")
        return "-".join(part for part in match.groups() if part)

    @staticmethod
    def _swap_off(container) -> None:
        """Swap belongs to the kernel, so it would outlive the host, and its volume could not be removed."""
        container.exec_run(["sh", "-c", 'for file in /swap/*; do swapoff "$file"; done'])

    def remove_host(self, container, instance_id: str) -> None:
        print(f"{instance_id}: is removed", flush=True)
        if container.status == "running":
            self._swap_off(container)
        container.remove(force=True, v=True)
        for name in ("docker", "containerd", "swap"):
            self.docker.volumes.get(self.project(instance_id, name)).remove()
        (self.project.folder("console") / instance_id).unlink(missing_ok=True)

    def _read_console(self, instance_id: str, container) -> None:
        """What cloud-init wrote to the console, with the host's SSH keys, once it is there."""
        console = self.project.folder("console") / instance_id
        if console.exists() or container.status != "running":
            return
        status, output = container.exec_run(["cat", "/var/log/cloud-init-output.log"])
        if status == 0 and b"-----END SSH HOST KEY KEYS-----" in output:
            write(console, output.decode(errors="replace"))

    # The metadata service

    def _hostname(self, instance: dict) -> str:
        return "ip-" + instance["PrivateIpAddress"].replace(".", "-")

    def _write_metadata(self, instances: list[dict], addresses: dict[str, str]) -> None:
        data = {}
        for instance in instances:
            address = addresses[instance["InstanceId"]]
            data[address] = self._metadata(instance, self._mac(address))
        write(self.project.folder("services") / "metadata.json", json.dumps(data), 0o644)

    @staticmethod
    def _mac(address: str) -> str:
        return "02:42:" + ":".join(f"{int(part):02x}" for part in address.split("."))

    def _metadata(self, instance: dict, mac: str) -> dict:
        """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-metadata.html"""
        instance_id, zone = instance["InstanceId"], instance["Placement"]["AvailabilityZone"]
        hostname = f"{self._hostname(instance)}.{self.settings.region}.compute.internal"
        tree = {
            "ami-id": instance["ImageId"],
            "hostname": hostname,
            "instance-id": instance_id,
            "instance-type": instance["InstanceType"],
            "local-hostname": hostname,
            "local-ipv4": instance["PrivateIpAddress"],
            "mac": mac,
            "network": {"interfaces": {"macs": {mac: self._interface(instance, mac)}}},
            "placement": {"availability-zone": zone, "region": self.settings.region},
            "security-groups": "\n".join(group["GroupName"] for group in instance["SecurityGroups"]),
            "services": {"domain": "amazonaws.com", "partition": "aws"},
        }
        if instance.get("PublicIpAddress"):
            tree["public-ipv4"] = instance["PublicIpAddress"]
        if instance.get("KeyName"):
            pairs = self.ec2.describe_key_pairs(KeyNames=[instance["KeyName"]], IncludePublicKey=True)["KeyPairs"]
            tree["public-keys"] = {
                "": [f"0={instance['KeyName']}"],
                "0": {"openssh-key": pairs[0]["PublicKey"].strip()},
            }
        if instance.get("IamInstanceProfile"):
            tree["iam"] = self._credentials(instance["IamInstanceProfile"]["Arn"])
        user_data = self.ec2.describe_instance_attribute(InstanceId=instance_id, Attribute="userData")["UserData"]
        return {
            "meta-data": tree,
            "user-data": base64.b64decode(user_data.get("Value", "")).decode(errors="replace"),
            "identity": {
                "accountId": instance["NetworkInterfaces"][0]["OwnerId"],
                "availabilityZone": zone,
                "imageId": instance["ImageId"],
                "instanceId": instance_id,
                "instanceType": instance["InstanceType"],
                "privateIp": instance["PrivateIpAddress"],
                "region": self.settings.region,
                "version": "2017-09-30",
            },
        }

    @staticmethod
    def _interface(instance: dict, mac: str) -> dict:
        return {
            "device-number": 0,
            "interface-id": instance["NetworkInterfaces"][0]["NetworkInterfaceId"],
            "local-ipv4s": instance["PrivateIpAddress"],
            "mac": mac,
            "subnet-id": instance["SubnetId"],
            "vpc-id": instance["VpcId"],
        }

    def _credentials(self, profile_arn: str) -> dict:
        name = profile_arn.rpartition("/")[2]
        roles = self.iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"]
        if not roles:
            return {}
        stamp = time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime())
        until = time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(time.time() + 6 * 3600))
        role = roles[0]["RoleName"]
        credentials = {
            "Code": "Success",
            "LastUpdated": stamp,
            "Type": "AWS-HMAC",
            "AccessKeyId": "ASIALANDFALLLAB00000",
            "SecretAccessKey": f"lab-{role}",
            "Token": f"lab-{role}",
            "Expiration": until,
        }
        return {"security-credentials": {"": [role], role: json.dumps(credentials)}}

    # Public addresses and security groups

    def _ways_in(self, instances: list[dict], addresses: dict[str, str]) -> dict[str, str]:
        """Have a way in for each public address. Returns the way's own address in the lab for each public one."""
        groups = {group["GroupId"]: group for group in self.ec2.describe_security_groups()["SecurityGroups"]}
        existing, wanted = self._containers("way-in"), {}
        network = ipaddress.ip_network(self.settings.subnet)
        for instance in instances:
            public = instance.get("PublicIpAddress", "")
            if instance["State"]["Name"] == "running" and public.startswith("127."):
                rules = self._rules(groups[group["GroupId"]] for group in instance["SecurityGroups"])
                inside = addresses[instance["InstanceId"]]
                # The upper half of the network mirrors the lower one: host .32 is entered through .160
                own = str(ipaddress.ip_address(inside) + network.num_addresses // 2)
                wanted[public] = (own, inside, rules)
        for public, container in existing.items():
            if public not in wanted or container.labels["landfall.spec"] != repr(wanted[public]):
                container.remove(force=True)
        new = [p for p in wanted if p not in existing or existing[p].labels["landfall.spec"] != repr(wanted[p])]
        for public in new:
            self._create_way_in(public, *wanted[public])
        if self.settings.taken_ports and (new or existing.keys() - wanted.keys()):
            ways = {(p, port): own for p, (own, _inside, rules) in wanted.items() for port in self._open_here(rules)}
            taken = self.settings.taken_ports
            detour.lay(self.project, self.settings, {way: own for way, own in ways.items() if way[1] in taken})
        return {public: spec[0] for public, spec in wanted.items()}

    @staticmethod
    def _rules(groups) -> tuple[Rule, ...]:
        rules = set()
        for group in groups:
            for permission in group["IpPermissions"]:
                if permission["IpProtocol"] not in ("tcp", "-1"):
                    continue
                sources = tuple(sorted(source["CidrIp"] for source in permission.get("IpRanges", [])))
                if sources:
                    rules.add(Rule(permission.get("FromPort", 1), permission.get("ToPort", 65535), sources))
        return tuple(sorted(rules, key=lambda rule: (rule.first, rule.last, rule.sources)))

    @staticmethod
    def _shown(rules: tuple[Rule, ...]) -> str:
        return ", ".join(str(r.first) if r.first == r.last else f"{r.first}-{r.last}" for r in rules) or "none"

    @staticmethod
    def _is_this_machine(source: str) -> bool:
        return ipaddress.ip_address("127.0.0.1") in ipaddress.ip_network(source)

    def _open_here(self, rules: tuple[Rule, ...]) -> set[int]:
        """The ports that this machine may connect to."""
        return {
            port
            for rule in rules
            if rule.last - rule.first < MOST_PORTS and any(self._is_this_machine(source) for source in rule.sources)
            for port in range(rule.first, rule.last + 1)
        }

    def _create_way_in(self, public: str, own: str, inside: str, rules: tuple[Rule, ...]) -> None:
        print(f"{public}: leads to {inside}, ports {self._shown(rules)}", flush=True)
        network = ipaddress.ip_network(self.settings.subnet)
        machine = str(network[1])  # as whom this machine's connections arrive; to AWS it is 127.0.0.1
        published = self._open_here(rules) - set(self.settings.taken_ports)
        commands = [
            "iptables -P FORWARD DROP",
            "iptables -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
        ]
        for rule in rules:
            for source in rule.sources:
                for who in {source, f"{machine}/32"} if self._is_this_machine(source) else {source}:
                    match = f"-p tcp -s {who} --dport {rule.first}:{rule.last}"
                    commands.append(f"iptables -t nat -A PREROUTING -d {own} {match} -j DNAT --to-destination {inside}")
                    commands.append(f"iptables -A FORWARD -d {inside} {match} -j ACCEPT")
        commands.append("iptables -t nat -A POSTROUTING -j MASQUERADE")
        way_in = self.docker.containers.create(
            images.services(),
            ["sh", "-ec", "; ".join([*commands, "exec sleep infinity"])],
            name=self.project("to", public),
            labels={
                **self.project.labels,
                "landfall.way-in": public,
                "landfall.spec": repr((own, inside, rules)),
            },
            network=self.project("net"),
            networking_config={self.project("net"): self.docker.api.create_endpoint_config(ipv4_address=own)},
            sysctls={"net.ipv4.ip_forward": "1"},
            cap_add=["NET_ADMIN"],
            ports={f"{port}/tcp": (public, port) for port in published},
            init=True,
        )
        try:
            way_in.start()
        except docker.errors.APIError:
            way_in.remove(force=True)  # or the next round would take it for one that runs
            raise

    # Names

    def _write_names(self, ways_in: dict[str, str]) -> None:
        zones, records = [self.settings.zone], []
        for zone in self.route53.list_hosted_zones()["HostedZones"]:
            zones.append(zone["Name"].rstrip("."))
            for page in self.route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone["Id"]):
                records += [
                    (value["Value"], record["Name"].rstrip("."))
                    for record in page["ResourceRecordSets"]
                    if record["Type"] in ("A", "AAAA")
                    for value in record.get("ResourceRecords", [])
                ]
        own = [
            (services.address(self.settings, services.REGISTRY), f"registry.{self.settings.zone}"),
            (services.address(self.settings, services.ACME), f"acme.{self.settings.zone}"),
        ]
        inside = own + [(ways_in.get(address, address), name) for address, name in records]
        changed = False
        for view, entries in (("inside", inside), ("outside", records)):
            folder = self.project.folder(f"dns-{view}")
            lines = "".join(f"{address} {name}\n" for address, name in sorted(set(entries)))
            servers = "".join(f"server=/{zone}/\n" for zone in sorted(set(zones)))
            changed |= write(folder / "hosts", lines, 0o644) | write(folder / "servers", servers, 0o644)
        if changed:
            self.docker.containers.get(self.project("dns")).exec_run(["pkill", "-HUP", "dnsmasq"])


if __name__ == "__main__":
    Hypervisor(Project(sys.argv[1])).run()
