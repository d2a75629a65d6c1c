# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A function's package: the same bytes from the same sources, on every machine and every day."""

from __future__ import annotations

import ast
import base64
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LARGEST_UPLOAD, LARGEST_UNPACKED = 50 * 1024**2, 250 * 1024**2
REQUIREMENTS = "requirements.txt"
# What pip writes down of the installation, which differs from one to the next.
OF_THE_INSTALLATION = (
    "*.dist-info/RECORD",
    "*.dist-info/INSTALLER",
    "*.dist-info/REQUESTED",
    "*.dist-info/direct_url.json",
)
MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
FIRST_TIME = (1980, 1, 1, 0, 0, 0)  # as far back as ZIP can tell


def sources(path, patterns):
    """The files of a folder that some pattern is for, by name. What is hidden or compiled never is."""
    root, found = Path(path), {}
    for file in sorted(root.rglob("*")):
        name = file.relative_to(root).as_posix()
        parts = name.split("/")
        hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
        left_out = hidden or name == REQUIREMENTS or name.endswith(".pyc")
        if file.is_file() and not left_out and any(fnmatch(name, pattern) for pattern in patterns):
            found[name] = file
    return found


def source_mistakes(path, patterns, handler):
    """What is wrong with a function's sources, in sentences that begin with the option's name."""
    if not Path(path).is_dir():
        yield f"path: there is no folder {path}"
        return
    files = sources(path, patterns)
    for pattern in patterns:
        if not any(fnmatch(name, pattern) for name in files):
            yield f"files: {pattern!r} is for none of the files in {path}"
    yield from _handler_mistakes(files, path, handler)
    yield from _requirement_mistakes(Path(path) / REQUIREMENTS)


def _handler_mistakes(files, path, handler):
    module, _dot, function = handler.rpartition(".")
    name = f"{module.replace('.', '/')}.py"
    if not module:
        yield f"handler: {handler!r} is not a handler; write a file and a function of it, like app.handler for app.py"
    elif name not in files:
        yield f"handler: {name} is not among the files of {path} that make up the function"
    else:
        defined = _defined(files[name].read_text(encoding="utf-8"))
        if defined is not None and function not in defined:
            yield f"handler: {name} defines no {function}"


def _defined(text):
    """The names that a file defines at its top, or None where this Python can't tell."""
    try:
        body = ast.parse(text).body
    except SyntaxError:  # may be right for a newer Python
        return None
    names = {node.name for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    for node in body:
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name) for alias in node.names}
    return names


def _requirement_mistakes(file):
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines() if file.exists() else [], 1):
        requirement = line.partition("#")[0].strip()
        if requirement and not requirement.startswith("-") and "==" not in requirement and "@" not in requirement:
            yield (
                f"path: line {number} of {file}, {requirement!r}, names no version; pin it, like {requirement.split()[0]}==1.2.3, "
                "so that the same sources are the same function"
            )


def build(path, patterns, runtime, architecture, cache):
    """The package as bytes."""
    contents = {name: file.read_bytes() for name, file in sources(path, patterns).items()}
    if (Path(path) / REQUIREMENTS).exists():
        installed = _installed(Path(path) / REQUIREMENTS, runtime, architecture, Path(cache))
        # A file of the function's own comes before one of a dependency.
        contents = {**_tree(installed), **contents}
    size = sum(map(len, contents.values()))
    if size > LARGEST_UNPACKED:
        raise Refused(f"{path} and its dependencies have {size} bytes; AWS takes {LARGEST_UNPACKED}.")
    # Compressors differ from machine to machine, so they are left out as long as AWS takes it without.
    packed = zipped(contents, zipfile.ZIP_STORED)
    if len(packed) > LARGEST_UPLOAD:
        packed = zipped(contents, zipfile.ZIP_DEFLATED)
    if len(packed) > LARGEST_UPLOAD:
        raise Refused(f"The package of {path} has {len(packed)} bytes; AWS takes {LARGEST_UPLOAD} in one call.")
    return packed


@dataclass(frozen=True)
class Package:
    data: bytes

    @property
    def sha256(self):
        """As Lambda says it of a function's code."""
        return base64.b64encode(hashlib.sha256(self.data).digest()).decode()


def of_functions(spec, cache):
    """The packages of a spec's functions, by name; none of what is to be removed."""
    return {
        each["name"]: Package(build(each["path"], each["files"], each["runtime"], each["architecture"], cache))
        for each in (spec.functions if spec.state == "present" else ())
    }


def keep_all(packages, spec, changes, cache):
    """Files with the code of the functions that change, by the functions' full names."""
    changing = {each.name for each in changes if each.type == "lambda_function" and each.action in ("add", "change")}
    names = {each["name"]: spec.full_name(each) for each in spec.functions}
    return {names[name]: keep(each.data, cache) for name, each in packages.items() if names[name] in changing}


def zipped(contents, compression):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, FIRST_TIME)
            entry.compress_type, entry.create_system = compression, 3
            entry.external_attr = 0o100755 << 16 if contents[name].startswith(b"#!") else 0o100644 << 16
            archive.writestr(entry, contents[name])
    return buffer.getvalue()


def keep(packed, cache):
    """The path of a file that has the package."""
    file = Path(cache) / f"{hashlib.sha256(packed).hexdigest()}.zip"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as new:
            new.write(packed)
        os.replace(new.name, file)
    return str(file)


def _tree(folder):
    files = (file for file in folder.rglob("*") if file.is_file())
    named = {file.relative_to(folder).as_posix(): file for file in files}
    return {
        name: file.read_bytes()
        for name, file in named.items()
        if not name.startswith("bin/") and not any(fnmatch(name, pattern) for pattern in OF_THE_INSTALLATION)
    }


def _installed(requirements, runtime, architecture, cache):
    """A folder with the dependencies, as they are for the function's Python and machine. Installed once for the same list."""
    wanted = "\0".join((requirements.read_text(encoding="utf-8"), runtime, architecture))
    folder = cache / f"dependencies-{hashlib.sha256(wanted.encode()).hexdigest()}"
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(dir=cache))
    try:
        _install(requirements, runtime, architecture, new)
        new.rename(folder)
    except OSError:
        if not folder.exists():  # otherwise somebody was faster
            raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return folder


def _install(requirements, runtime, architecture, folder):
    machine, version = MACHINES[architecture], runtime.removeprefix("python")
    # From Python 3.12 on, Lambda runs on Amazon Linux 2023, which has glibc 2.34; before, on Amazon Linux 2 with 2.26.
    newest = 34 if int(version.split(".")[1]) >= 12 else 26
    platforms = [*(f"manylinux_2_{each}_{machine}" for each in range(newest, 16, -1)), f"manylinux2014_{machine}"]
    command = [
        *(
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
            "--no-compile",
        ),
        *("--only-binary", ":all:", "--implementation", "cp", "--python-version", version, "--target", str(folder)),
        *(argument for platform in platforms for argument in ("--platform", platform)),
        *("--requirement", str(requirements)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise Refused(f"What {requirements} names can't be installed for {runtime} on {architecture}:\n{said}")
