# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real disk that becomes larger while its file system is mounted: a loop device, with the tools of the cloud images."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MIB = 1 << 20
SYSTEM = "/usr/sbin:/sbin"
TOOLS = ("losetup", "sfdisk", "partx", "growpart", "lsblk", "findmnt")
MISSING = [tool for tool in TOOLS if not shutil.which(tool, path=f"{os.environ['PATH']}:{SYSTEM}")]
pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root makes loop devices"),
    pytest.mark.skipif(not Path("/dev/loop-control").exists(), reason="this machine has no loop devices"),
    pytest.mark.skipif(bool(MISSING), reason=f"{', '.join(MISSING)} not installed (Debian: cloud-guest-utils, fdisk)"),
]
ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}:{SYSTEM}"}


def command(*words, **more):
    done = subprocess.run(words, env=ENVIRONMENT, capture_output=True, text=True, check=False, **more)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout.strip()


class Disk:
    """A disk of 400 MiB with one partition, whose file system is mounted."""

    def __init__(self, folder, fstype):
        self.image, self.mount, self.fstype = folder / "disk", folder / "mount", fstype
        self.mount.mkdir()
        self.resize(400)
        command("sfdisk", "--quiet", str(self.image), input="label: gpt\nstart=2048, type=linux\n")
        self.device = command("losetup", "--find", "--partscan", "--show", str(self.image))
        self.partition = f"{self.device}p1"
        self.made = self._provide_partition()
        command(f"mkfs.{fstype}", self.partition)
        command("mount", "-t", fstype, self.partition, str(self.mount))
        (self.mount / "kept").write_text("since before")

    def _provide_partition(self):
        """Do what a kernel that reads partition tables and udev do elsewhere; whether it was needed."""
        known = Path("/sys/class/block") / Path(self.partition).name
        if not known.exists():
            command("partx", "--add", self.device)
        if Path(self.partition).exists():
            return False
        major, minor = map(int, (known / "dev").read_text().split(":"))
        os.mknod(self.partition, 0o600 | stat.S_IFBLK, os.makedev(major, minor))
        return True

    def resize(self, mib):
        with self.image.open("ab") as file:
            file.truncate(mib * MIB)

    def grow(self, mib):
        self.resize(mib)
        command("losetup", "--set-capacity", self.device)

    @property
    def partition_size(self):
        return int(command("blockdev", "--getsize64", self.partition)) // MIB

    @property
    def size(self):
        return shutil.disk_usage(self.mount).total // MIB

    def end(self):
        subprocess.run(["umount", self.mount], check=False)
        subprocess.run(["partx", "--delete", self.device], env=ENVIRONMENT, capture_output=True, check=False)
        subprocess.run(["losetup", "--detach", self.device], env=ENVIRONMENT, check=False)
        if self.made:
            Path(self.partition).unlink()


CAP_SYS_RESOURCE = 24  # linux/capability.h; the kernel lets nobody else resize an ext4 that is mounted


def may_resize_ext4():
    line = next(each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("CapEff"))
    return bool(int(line.split()[1], 16) >> CAP_SYS_RESOURCE & 1)


@pytest.fixture(params=["ext4", "xfs", "btrfs"])
def disk(tmp_path, request):
    if not shutil.which(f"mkfs.{request.param}", path=ENVIRONMENT["PATH"]):
        pytest.skip(f"mkfs.{request.param} is not installed")
    if request.param == "ext4" and not may_resize_ext4():
        pytest.skip("this machine gives nobody the capability to resize an ext4 that is mounted")
    made = Disk(tmp_path, request.param)
    yield made
    made.end()


def grow(mount, *arguments):
    """(how many tasks changed something, what it said)"""
    play = ROOT / "tests" / "integration" / "grow.yml"
    words = ["ansible-playbook", "-i", os.devnull, str(play), "-e", f"__ec2_host_mount={mount}", *arguments]
    environment = {**ENVIRONMENT, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    run = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=180)
    assert run.returncode == 0, run.stdout + run.stderr
    return int(run.stdout.rpartition("changed=")[2].split()[0]), run.stdout


def test_partition_and_file_system_grow_with_the_disk_while_it_is_mounted(disk):
    before = disk.size
    disk.grow(900)
    assert grow(disk.mount, "--check")[0] > 0
    assert (disk.size, disk.partition_size < 400) == (before, True)

    assert grow(disk.mount)[0] == 2
    assert disk.partition_size >= 897
    assert disk.size > before + 400
    assert (disk.mount / "kept").read_text() == "since before"
    assert grow(disk.mount)[0] == 0
    assert grow(disk.mount, "--check")[0] == 0


def test_a_run_that_was_killed_after_the_partition_is_finished(disk):
    before = disk.size
    disk.grow(900)
    command("growpart", disk.device, "1")
    assert disk.size == before
    assert grow(disk.mount)[0] == 1
    assert disk.size > before + 400


def test_what_is_no_partition_is_left_alone(tmp_path):
    command("mount", "-t", "tmpfs", "tmpfs", str(tmp_path))
    try:
        assert grow(tmp_path)[0] == 0
    finally:
        command("umount", str(tmp_path))
