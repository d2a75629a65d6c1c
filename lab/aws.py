"""The AWS API: moto's server, told what only the lab can know.

Run as ``python -m lab.aws PROJECT``. Four things are put right in moto, because the lab has real hosts: public addresses lie
in the lab's own part of 127.0.0.0/8, an Elastic IP stays with an instance that is stopped and started, GetConsoleOutput gives
the host's real console, and RebootInstances reaches the hypervisor.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time

from .project import Project


def main(name: str) -> None:
    project = Project(name)
    settings = project.load()
    amis = project.directory / "amis.json"
    amis.write_text(json.dumps(AMIS))
    os.environ.update(MOTO_AMIS_PATH=str(amis), MOTO_IAM_LOAD_MANAGED_POLICIES="true")

    # moto reads its settings when it is imported
    from moto.ec2.models import elastic_ip_addresses, elastic_network_interfaces
    from moto.ec2.models.instances import Instance
    from moto.ec2.responses import general
    from moto.server import main as serve

    from .emulator import complete

    complete()

    def public_address() -> str:
        return f"127.{settings.public_network}.{random.randint(1, 254)}.{random.randint(1, 254)}"

    elastic_ip_addresses.random_ip = public_address
    elastic_network_interfaces.random_public_ip = public_address

    class General(general.General):
        def get_console_output(self):
            instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
            console = project.folder("console") / instance.id
            text = console.read_text() if console.exists() else ""
            return general.ActionResult(
                {
                    "InstanceId": instance.id,
                    "Timestamp": general.utcnow(),
                    "Output": general.Base64EncodedString.from_raw_string(text),
                }
            )

    general.General.get_console_output = General.get_console_output

    # moto gives an instance that is started again another public address, also where it has an Elastic IP.
    def keeping_its_elastic_ip(change):
        def changed(interface) -> None:
            change(interface)
            for elastic_ip in interface.ec2_backend.addresses:
                if elastic_ip.eni is interface:
                    interface.public_ip = elastic_ip.public_ip

        return changed

    interfaces = elastic_network_interfaces.NetworkInterface
    interfaces.start, interfaces.stop = map(keeping_its_elastic_ip, (interfaces.start, interfaces.stop))

    plain_reboot = Instance.reboot

    def reboot(instance) -> None:
        plain_reboot(instance)
        (project.folder("reboots") / instance.id).write_text(str(time.time()))

    Instance.reboot = reboot

    serve(["-H", "127.0.0.1", "-p", str(settings.aws_port)])


def _ami(ami_id: str, name: str, owner: str, architecture: str, device: str, date: str) -> dict:
    return {
        "ami_id": ami_id,
        "name": name,
        "description": name,
        "owner_id": owner,
        "public": True,
        "virtualization_type": "hvm",
        "architecture": architecture,
        "state": "available",
        "creation_date": f"{date[:4]}-{date[4:6]}-{date[6:]}T00:00:00.000Z",
        "image_type": "machine",
        "image_location": f"amazon/{name}",
        "hypervisor": "xen",
        "root_device_type": "ebs",
        "root_device_name": device,
        "sriov": "simple",
    }


def _amis() -> list[dict]:
    """Ubuntu's and Debian's images, two builds each, under their publishers' real account ids and naming.

    https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
    https://wiki.debian.org/Cloud/AmazonEC2Image
    """
    images = []
    for date in ("20260210", "20260421"):
        for arch, machine in (("amd64", "x86_64"), ("arm64", "arm64")):
            names = [
                (f"ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-{arch}-server-{date}", "099720109477", "/dev/sda1"),
                (f"ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{arch}-server-{date}", "099720109477", "/dev/sda1"),
                (f"ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-{arch}-server-{date}", "099720109477", "/dev/sda1"),
                (f"debian-12-{arch}-{date}-2100", "136693071363", "/dev/xvda"),
                (f"debian-13-{arch}-{date}-2200", "136693071363", "/dev/xvda"),
            ]
            images += [
                _ami(f"ami-{len(images) + index:017x}", name, owner, machine, device, date)
                for index, (name, owner, device) in enumerate(names, 1)
            ]
    return images


AMIS = _amis()

if __name__ == "__main__":
    main(sys.argv[1])
