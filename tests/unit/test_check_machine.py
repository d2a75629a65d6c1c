"""What `make` says on a machine that lacks something: all of it, with the remedies, before anything is changed."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from lab.project import ROOT


@pytest.fixture
def machine(tmp_path):
    """A PATH with the programs that are named, and nothing else."""

    def run(user: int, python: str = "", **programs: str) -> subprocess.CompletedProcess:
        scripts = {"id": f'[ "$1" = -un ] && echo deploy || echo {user}', **programs}
        if python:
            scripts["python3"] = python
        for name, script in scripts.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / name).chmod(0o755)
        (tmp_path / "sh").symlink_to(shutil.which("sh"))
        return subprocess.run(
            [ROOT / "lab" / "check-machine"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
        )

    return run


def test_a_machine_that_has_all_of_it_is_told_its_python(machine):
    found = machine(1000, "exit 0", docker="exit 0", ssh="exit 0", **{"ssh-keygen": "exit 0"})
    assert (found.returncode, found.stdout, found.stderr) == (0, "python3\n", "")


def test_root_gets_installed_what_is_missing(machine):
    found = machine(0, "exit 0", **{"apt-get": "exit 0"})
    assert found.returncode == 0


def test_everything_that_is_missing_is_named_at_once(machine):
    found = machine(1000, '[ "$1" = --version ] && echo Python 3.9.2; exit 1')
    assert found.returncode == 1
    assert found.stdout == ""
    for said in ("nothing has been changed", "Python 3.11 or newer. Found: Python 3.9.2", "sudo apt-get install docker.io",
                 "usermod -aG docker deploy", "ssh-keygen. Install it: sudo apt-get install openssh-client"):  # fmt: skip
        assert said in found.stderr


def test_python_without_venv_is_named(machine):
    found = machine(0, 'case "$2" in *ensurepip*) exit 1;; esac', docker="exit 0")
    assert found.returncode == 1
    assert "apt-get install python3-venv" in found.stderr


def test_root_without_apt_is_told_where_it_works(machine):
    found = machine(0, "exit 0")
    assert found.returncode == 1
    assert "Use Debian 12 or 13, or Ubuntu" in found.stderr
