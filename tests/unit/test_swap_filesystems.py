# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The other half of swap_file, on real file systems and this machine's own kernel.

A container may not mount a loop device, so molecule has no file system but the machine's. Here, root may.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.swap import host as swap_host
from ansible_collections.landfall.aws.plugins.module_utils.swap.host import Host
from ansible_collections.landfall.aws.plugins.module_utils.swap.plan import plan_absent, plan_present

MIB = 1 << 20
KINDS = "ext4", "xfs", "btrfs"


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stdout}{done.stderr}"


def active():
    """Paths of /proc/swaps with their sizes in MiB, one page of each being the signature's."""
    return {
        line.split()[0]: -(-int(line.split()[2]) // 1024) for line in Path("/proc/swaps").read_text().splitlines()[1:]
    }


@pytest.fixture
def directory(request, tmp_path, monkeypatch):
    """A directory on a new file system of a kind, with an fstab of its own."""
    kind = request.param
    if os.geteuid() != 0 or not os.path.exists("/dev/loop-control"):
        pytest.skip("only root can mount a loop device")
    if not shutil.which(f"mkfs.{kind}") or f"\t{kind}\n" not in Path("/proc/filesystems").read_text():
        pytest.skip(f"this machine has no {kind}")
    image, mounted = tmp_path / "image", tmp_path / "mounted"
    mounted.mkdir()
    with open(image, "wb") as stream:
        stream.truncate(600 * MIB)
    run(f"mkfs.{kind}", "-q", str(image))
    run("mount", "-o", "loop", str(image), str(mounted))
    monkeypatch.setattr(swap_host, "FSTAB", str(tmp_path / "fstab"))
    yield mounted
    for path in active():
        if path.startswith(str(mounted)):
            run("swapoff", path)
    run("umount", str(mounted))


@pytest.mark.parametrize("directory", KINDS, indirect=True)
def test_a_swap_file_is_made_resized_and_taken_back(directory):
    path = str(directory / "file.swap")
    seen = []

    def step(*words):
        run(*words)
        seen.append({Path(name).name: size for name, size in active().items() if name.startswith(path)})

    host = Host(path, run=step, move=shutil.move)

    def reach(size):
        live = host.read()
        host.apply(plan_present(live, size) if size else plan_absent(live), live, size)
        live = host.read()
        assert (plan_present(live, size) if size else plan_absent(live)) == []

    reach(64 * MIB)
    assert active()[path] == 64
    assert os.stat(path).st_mode & 0o7777 == 0o600

    seen.clear()
    reach(80 * MIB)
    assert {"file.swap": 64, "file.swap.bridge": 64} in seen
    assert all(seen), "no swap for a moment"
    assert active()[path] == 80

    # No room for all three now: the old one goes first, and the bridge is on meanwhile.
    seen.clear()
    live = host.read()
    size = (live.free + live.allocated) // MIB * MIB - 100 * MIB
    assert live.free < size + 64 * MIB
    reach(size)
    assert all(seen), "no swap for a moment"
    assert active()[path] == size // MIB

    reach(None)
    assert not [name for name in active() if name.startswith(path)]
    assert not [name for name in os.listdir(directory) if name.startswith("file.swap")]


@pytest.mark.parametrize("directory", ["ext4"], indirect=True)
def test_a_disk_that_fills_up_meanwhile_leaves_the_old_file_on(directory):
    path = str(directory / "file.swap")
    host = Host(path, run=run, move=shutil.move)
    live = host.read()
    host.apply(plan_present(live, 64 * MIB), live, 64 * MIB)
    live = host.read()
    steps = plan_present(live, 128 * MIB)
    run("fallocate", "--length", "400M", str(directory / "somebody-else"))
    with pytest.raises(OSError, match="No space left on device"):
        host.apply(steps, live, 128 * MIB)
    assert active()[path] == 64
    assert not os.path.exists(host.new)
