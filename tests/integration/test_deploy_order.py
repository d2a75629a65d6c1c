# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which order the playbooks reach several hosts, and which hosts are left alone when one fails.

The two roles are stand-ins of the same names that note where they ran and fail where they are told to; everything
that decides the order is in the playbooks themselves, which are run word for word.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOSTS = ["a", "b", "c", "d"]
NOTE = """
- name: Noted
  ansible.builtin.lineinfile:
    path: "{{ journal }}"
    line: "%(step)s {{ inventory_hostname }}"
    create: true
    mode: "0600"
  throttle: 1
- name: Fails where it is told to
  ansible.builtin.fail:
  when: inventory_hostname in %(step)s_fails
"""


@pytest.fixture
def run(tmp_path):
    collection = tmp_path / "collections" / "ansible_collections" / "landfall" / "aws"
    for role, tasks, step in (("preflight", "host", "preflight"), ("app", "main", "app")):
        folder = collection / "roles" / role / "tasks"
        folder.mkdir(parents=True)
        (folder / f"{tasks}.yml").write_text("---" + NOTE % {"step": step})
    (collection / "galaxy.yml").write_text("namespace: landfall\nname: aws\nversion: 0.0.1\n")
    hosts = {
        name: {"ansible_connection": "local", "ansible_become": False, "ansible_python_interpreter": sys.executable}
        for name in HOSTS
    }
    (tmp_path / "inventory.json").write_text(json.dumps({"app_host": {"hosts": hosts}}))

    def playbook(name, **variables):
        journal = tmp_path / "journal"
        journal.unlink(missing_ok=True)
        given = {"journal": str(journal), "preflight_fails": [], "app_fails": [], **variables}
        result = subprocess.run(
            ["ansible-playbook", "-i", tmp_path / "inventory.json", ROOT / "playbooks" / name, "-e", json.dumps(given)],
            env={
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "HOME": str(tmp_path),
                "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "collections"),
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return result, journal.read_text().splitlines() if journal.exists() else []

    return playbook


PREFLIGHT = [f"preflight {host}" for host in HOSTS]


def test_hosts_come_one_after_the_other_when_all_could_take_it(run):
    result, journal = run("deploy.yml")
    assert result.returncode == 0, result.stdout + result.stderr
    assert sorted(journal[:4]) == PREFLIGHT
    assert journal[4:] == ["app a", "app b", "app c", "app d"]


def test_one_host_that_could_not_take_it_keeps_all_as_they_are(run):
    result, journal = run("deploy.yml", preflight_fails=["d"])
    assert result.returncode != 0
    assert sorted(journal) == PREFLIGHT


@pytest.mark.parametrize(
    ("serial", "reached"), [(1, ["a", "b"]), (2, ["a", "b"]), (["1", "100%"], ["a", "b", "c", "d"])]
)
def test_the_first_host_that_fails_ends_it(run, serial, reached):
    result, journal = run("deploy.yml", app_fails=["b"], deploy_serial=serial)
    assert result.returncode != 0
    assert sorted(journal[4:]) == [f"app {host}" for host in reached]


def test_a_rollback_stops_at_the_first_host_that_fails_too(run):
    result, journal = run("rollback.yml", app_fails=["b"])
    assert result.returncode != 0
    assert journal == ["app a", "app b"]


def test_only_the_hosts_that_are_named_are_reached(run):
    result, journal = run("deploy.yml", deploy_hosts="c:d")
    assert result.returncode == 0, result.stdout + result.stderr
    assert sorted(journal[:2]) == ["preflight c", "preflight d"]
    assert journal[2:] == ["app c", "app d"]
