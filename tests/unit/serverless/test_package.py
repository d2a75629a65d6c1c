# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A function's package: the same bytes from the same sources, and what is said of sources that can't be one."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused
from ansible_collections.landfall.aws.plugins.module_utils.serverless import package

HANDLER = "def handler(event, context):\n    return event\n"


@pytest.fixture
def sources(tmp_path):
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "app.py").write_text(HANDLER)
    return folder


def built(folder, cache, patterns=("*",), runtime="python3.13", architecture="x86_64"):
    return package.build(str(folder), list(patterns), runtime, architecture, str(cache))


def names(packed):
    return zipfile.ZipFile(io.BytesIO(packed)).namelist()


def test_neither_time_nor_order_nor_rights_make_a_difference(sources, tmp_path):
    (sources / "more.py").write_text("x = 1\n")
    first = built(sources, tmp_path)
    os.utime(sources / "app.py", (1, 1))
    (sources / "more.py").chmod(0o600)
    other = tmp_path / "elsewhere"
    other.mkdir()
    for name in ("more.py", "app.py"):
        (other / name).write_bytes((sources / name).read_bytes())
    assert built(sources, tmp_path) == built(other, tmp_path) == first


def test_a_changed_byte_makes_a_difference(sources, tmp_path):
    first = built(sources, tmp_path)
    (sources / "app.py").write_text(HANDLER + "\n")
    assert built(sources, tmp_path) != first


@given(st.dictionaries(st.text("abc/", min_size=1).filter(lambda t: "//" not in t), st.binary(max_size=50), max_size=5))
def test_what_is_packed_comes_out(contents):
    archive = zipfile.ZipFile(io.BytesIO(package.zipped(contents, zipfile.ZIP_STORED)))
    assert {name: archive.read(name) for name in archive.namelist()} == contents
    assert archive.namelist() == sorted(contents)


def test_what_is_hidden_compiled_or_not_asked_for_stays_out(sources, tmp_path):
    for name in (".env", "__pycache__/app.cpython-313.pyc", "old.pyc", "tests/test_app.py", "sub/deep.py"):
        (sources / name).parent.mkdir(exist_ok=True)
        (sources / name).write_text("x")
    assert names(built(sources, tmp_path)) == ["app.py", "sub/deep.py", "tests/test_app.py"]
    assert names(built(sources, tmp_path, ["app.py", "sub/*"])) == ["app.py", "sub/deep.py"]


def test_what_needs_more_than_aws_takes_is_compressed_or_refused(sources, tmp_path, monkeypatch):
    (sources / "long.txt").write_text("a" * 10_000)
    monkeypatch.setattr(package, "LARGEST_UPLOAD", 5000)
    packed = built(sources, tmp_path)
    assert zipfile.ZipFile(io.BytesIO(packed)).getinfo("long.txt").compress_type == zipfile.ZIP_DEFLATED
    monkeypatch.setattr(package, "LARGEST_UPLOAD", 100)
    with pytest.raises(Refused, match="AWS takes 100 in one call"):
        built(sources, tmp_path)
    monkeypatch.setattr(package, "LARGEST_UNPACKED", 9000)
    with pytest.raises(Refused, match="AWS takes 9000"):
        built(sources, tmp_path)


@pytest.mark.parametrize(
    ("handler", "patterns", "said"),
    [
        ("app.main", ["*"], "handler: app.py defines no main"),
        ("other.handler", ["*"], "handler: other.py is not among the files"),
        ("app.handler", ["other.py"], "files: 'other.py' is for none of the files"),
        ("app", ["*"], "'app' is not a handler"),
    ],
)
def test_sources_that_can_be_no_function_are_told_of(sources, handler, patterns, said):
    assert said in "\n".join(package.source_mistakes(str(sources), patterns, handler))


@pytest.mark.parametrize(
    "text", ["async def handler(): pass", "handler = make()", "from app2 import main as handler", "match x", HANDLER]
)
def test_a_handler_can_come_about_otherwise(sources, text):
    (sources / "app.py").write_text(text)
    found = list(package.source_mistakes(str(sources), ["*"], "app.handler"))
    assert found == ([] if "async" not in text else ["handler: app.py defines no handler"])


def test_a_folder_that_is_not_there_is_told_of(tmp_path):
    assert "there is no folder" in next(package.source_mistakes(str(tmp_path / "x"), ["*"], "app.handler"))


def test_a_requirement_without_a_version_is_told_of(sources):
    (sources / "requirements.txt").write_text("# ours\nboto3==1.40.0\nrequests>=2 # newest\n--no-deps\n")
    (said,) = package.source_mistakes(str(sources), ["*"], "app.handler")
    assert said.startswith("path: line 3 of")
    assert "'requests>=2', names no version" in said


class Pip:
    """Instead of pip: keeps what it is asked for, and installs a package as pip leaves one behind."""

    def __init__(self, fail=False):
        self.commands, self.fail = [], fail

    def __call__(self, command, **_more):
        self.commands.append(command)
        folder = command[command.index("--target") + 1]
        for name in ("lib/__init__.py", "lib-1.dist-info/METADATA", "lib-1.dist-info/RECORD", "bin/tool", "app.py"):
            file = os.path.join(folder, name)
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(file, "w") as output:
                output.write("dependency")
        return subprocess.CompletedProcess(
            command, int(self.fail), "", "ERROR: No matching distribution found for lib==1"
        )


@pytest.fixture
def pip(monkeypatch):
    it = Pip()
    monkeypatch.setattr(package.subprocess, "run", it)
    return it


def test_dependencies_are_for_the_functions_machine_and_installed_once(sources, tmp_path, pip):
    (sources / "requirements.txt").write_text("lib==1\n")
    packed = built(sources, tmp_path / "cache", runtime="python3.12", architecture="arm64")
    assert names(packed) == ["app.py", "lib-1.dist-info/METADATA", "lib/__init__.py"]
    assert zipfile.ZipFile(io.BytesIO(packed)).read("app.py").decode() == HANDLER  # the function's own comes first
    assert built(sources, tmp_path / "cache", runtime="python3.12", architecture="arm64") == packed
    (command,) = pip.commands
    assert command[:3] == [sys.executable, "-m", "pip"]
    assert command[command.index("--python-version") + 1] == "3.12"
    platforms = [command[index + 1] for index, word in enumerate(command) if word == "--platform"]
    assert (platforms[0], platforms[-2:]) == (
        "manylinux_2_34_aarch64",
        ["manylinux_2_17_aarch64", "manylinux2014_aarch64"],
    )


def test_an_older_runtime_has_an_older_system(sources, tmp_path, pip):
    (sources / "requirements.txt").write_text("lib==1\n")
    built(sources, tmp_path / "cache", runtime="python3.11")
    assert "manylinux_2_26_x86_64" in pip.commands[0]
    assert "manylinux_2_27_x86_64" not in pip.commands[0]


def test_what_pip_says_is_passed_on_and_nothing_is_kept(sources, tmp_path, pip):
    (sources / "requirements.txt").write_text("lib==1\n")
    pip.fail = True
    with pytest.raises(Refused, match="No matching distribution found for lib==1"):
        built(sources, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_package_is_kept_under_its_own_sum(sources, tmp_path):
    packed = built(sources, tmp_path)
    first = package.keep(packed, tmp_path / "cache")
    assert package.keep(packed, tmp_path / "cache") == first
    with open(first, "rb") as file:
        assert file.read() == packed
