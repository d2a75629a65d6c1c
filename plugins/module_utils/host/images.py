# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which image an operating system is, by its publisher. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused

DEBIAN_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}  # as AWS and as the publishers call them


@dataclass(frozen=True)
class Publication:
    owner: str  # the publisher's AWS account
    pattern: str  # the names of its images
    user: str  # who can log in


def _ubuntu(release):
    # https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
    return Publication("099720109477", f"ubuntu/images/hvm-ssd*/ubuntu-*-{release}-{{architecture}}-server-*", "ubuntu")


def _debian(release):
    # https://wiki.debian.org/Cloud/AmazonEC2Image
    return Publication("136693071363", f"debian-{release}-{{architecture}}-*", "admin")


PUBLICATIONS = {
    "ubuntu-22.04": _ubuntu("22.04"),
    "ubuntu-24.04": _ubuntu("24.04"),
    "ubuntu-26.04": _ubuntu("26.04"),
    "debian-12": _debian("12"),
    "debian-13": _debian("13"),
}


def pattern(os, architecture):
    return PUBLICATIONS[os].pattern.format(architecture=DEBIAN_ARCHITECTURES[architecture])


def architecture_of(instance_type):
    """The architecture of a described instance type, one that the publishers build for."""
    offered = instance_type["ProcessorInfo"]["SupportedArchitectures"]
    known = [each for each in offered if each in DEBIAN_ARCHITECTURES]
    if not known:
        raise Refused(
            f"instance_type: {instance_type['InstanceType']} has the architecture {', '.join(offered)}; "
            "choose a type with x86_64 or arm64."
        )
    return known[0]


def newest(images, os, architecture):
    if not images:
        raise Refused(
            f"os: {PUBLICATIONS[os].owner}, the publisher of {os}, has no image for {architecture} in this region. "
            "Choose another system or type of instance, or name an image (ami)."
        )
    return max(images, key=lambda image: (image["CreationDate"], image["ImageId"]))


def pinned(images, ami, architecture, instance_type):
    if not images:
        raise Refused(f"ami: there is no image {ami} in this region, or this account may not use it.")
    if images[0]["Architecture"] != architecture:
        raise Refused(
            f"ami: {ami} is for {images[0]['Architecture']}, but {instance_type} is {architecture}. "
            "Choose an image and a type of the same architecture."
        )
    return images[0]
