# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a project of Docker Compose has on a host: its source, its images, the files that it mounts, its containers.

A project that may be run again lies in ``<folder>/<name>.compose``, and so does all that it mounts, in ``<folder>/mounts``.
Its images carry its name as a tag. So it needs neither its source nor a registry any more.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
import shutil
import stat
from pathlib import Path

from ansible_collections.landfall.aws.plugins.module_utils.deploy import compose
from ansible_collections.landfall.aws.plugins.module_utils.deploy.releases import Impossible

FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
DATA = Path("/var/lib/landfall-data")
# Left in a folder so that git keeps it, though it is empty.
PLACEHOLDERS = (".gitkeep", ".keep", ".gitignore")


class Source:
    """The folder with the user's project."""

    def __init__(self, folder, files, profiles, environment, run):
        """``run(words, environment)`` returns (exit code, output, errors)."""
        self.folder, self._run, self.environment = Path(folder), run, environment
        self._words = [word for each in profiles for word in ("--profile", each)]
        found = [self.folder / each for each in files]
        missing = [each for each in found if not each.is_file()]
        if missing:
            raise Impossible(
                "the source has no file " + compose.listed(str(each.relative_to(self.folder)) for each in missing)
            )
        if not found:
            found = [each for each in (self.folder / name for name in FILES) if each.is_file()][:1]
        if not found:
            raise Impossible(f"the source has none of the files {', '.join(FILES)}; name yours in app_compose_files")
        self._words += [word for each in found for word in ("--file", str(each))]

    def resolve(self, app):
        """(the project with every variable filled in, what Compose warns of)."""
        out, err = self.compose(app, "config", "--format", "json")
        return json.loads(out), [text for _all, text in re.findall(r'level=warning msg=("?)(.*?)\1\n', err + "\n")]

    def build(self, app, services, pull):
        words = ["build", "--quiet", *(["--pull"] if pull else []), *services]
        # What says when and where an image was built makes another image of it each time.
        self.compose(app, *words, environment={"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"})

    def compose(self, app, *words, environment=None):
        command = ["docker", "compose", "--ansi", "never", "--project-name", app, *self._words, *words]
        code, out, err = self._run(command, {**self.environment, **(environment or {})})
        if code:
            lines = "\n".join((err.strip() or out.strip()).splitlines()[-20:])
            raise Impossible(f"docker compose {words[0]} failed:\n{lines}")
        return out, err

    def value_of(self, name):
        """What a variable is for the project; None where it has no value."""
        if name in self.environment:
            return self.environment[name]
        file = self.folder / ".env"
        for line in file.read_text().splitlines() if file.is_file() else []:
            key, equals, value = line.removeprefix("export ").partition("=")
            if equals and key.strip() == name:
                return value.strip().strip("'\"")
        return None


class Store:
    """The app's folder on the host."""

    def __init__(self, folder, app, key):
        self.folder, self.app, self._key = Path(folder), app, key

    def mark(self, *told):
        """Something short that is the same for the same, and tells nobody what it was made of."""
        whole = json.dumps(told, sort_keys=True, separators=(",", ":"))
        return hmac.new(self._key, whole.encode(), hashlib.sha256).hexdigest()[:32]

    def projects(self):
        """All projects that lie here, by name."""
        found = {}
        for path in sorted(self.folder.glob("*.compose")):
            with contextlib.suppress(ValueError):
                found[path.stem] = json.loads(path.read_text())
        return found

    def project(self, name):
        path = self.folder / f"{name}.compose"
        if not path.is_file():
            raise Impossible(f"the project {name} of the release is not on the host any more")
        return json.loads(path.read_text())

    def live(self, name):
        """The project of Compose that was written last under a name: ``shared``, ``blue`` or ``green``."""
        path = self.folder / "compose" / f"{name}.json"
        return json.loads(path.read_text()) if path.is_file() else {}

    def write(self, path, content):
        """Returns whether the file has changed. Only root can read it."""
        path = self.folder / path
        text = json.dumps(content, indent=2, sort_keys=True) + "\n"
        if path.is_file() and path.read_text() == text:
            return False
        _private(path.parent)
        new = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        new.replace(path)
        return True

    def place(self, source):
        """A place that stays, for what a project mounts of its source. Named after its content, so that another is another."""

        def placed(path):
            path = Path(path)
            if path != source and source not in path.parents:
                return str(path)
            if not path.exists() or _is_empty(path):
                return str(DATA / self.app / path.relative_to(source))
            kept = self.folder / "mounts" / self.mark(tree(path)) / (path.name or "source")
            if not kept.exists():
                _private(kept.parent)
                new = kept.with_name(f".{os.getpid()}")
                if path.is_dir():
                    shutil.copytree(path, new, symlinks=True, ignore=shutil.ignore_patterns(".git"))
                    new.chmod(new.stat().st_mode | 0o555)
                else:
                    shutil.copy2(path, new)
                new.rename(kept)
            return str(kept)

        return placed

    def keep_value(self, value):
        """The file that a secret's value is mounted from. Only root gets to it, and in the container whoever is to."""
        path = self.folder / "mounts" / self.mark(value) / "value"
        if not path.exists():
            _private(path.parent)
            path.write_text(value)
            path.chmod(0o444)
        return str(path)

    def unneeded_mounts(self, projects):
        needed = {Path(each).parent for project in projects for each in compose.mounted(project)}
        mounts = self.folder / "mounts"
        return [each for each in sorted(mounts.iterdir()) if each not in needed] if mounts.is_dir() else []


def _private(folder):
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _is_empty(path):
    return path.is_dir() and not any(each.name not in PLACEHOLDERS for each in path.iterdir())


def tree(path):
    """What a file or folder consists of: names, modes, contents. Git's own folder is no part of it."""
    told = []
    for folder, folders, files in os.walk(path) if path.is_dir() else [(path.parent, [], [path.name])]:
        folders[:] = sorted(each for each in folders if each != ".git")
        for each in sorted([*folders, *files]):
            one = Path(folder, each)
            mode = one.lstat().st_mode
            content = ""
            if stat.S_ISLNK(mode):
                content = os.readlink(one)
            elif stat.S_ISREG(mode):
                content = hashlib.sha256(one.read_bytes()).hexdigest()
            told.append([str(one.relative_to(path.parent)), stat.S_IMODE(mode), content])
    return told


class Engine:
    """The Docker engine as a project needs it, through its command line. ``run(words)`` returns (exit code, output, errors)."""

    def __init__(self, run):
        self._run = run

    def do(self, *words):
        code, out, err = self._run(["docker", *words])
        if code:
            raise Impossible(f"docker {' '.join(words[:2])}: {err.strip() or out.strip()}")
        return out

    def tried(self, *words):
        """Whether it could be done."""
        return self._run(["docker", *words])[0] == 0

    def end(self, *containers):
        """Remove containers. What runs in them, maybe a database, is told to stop rather than killed."""
        self.do("stop", *containers)
        self.do("rm", "--force", "--volumes", *containers)

    def inspect(self, kind, names):
        """What there is of them; nothing of those that are not there."""
        code, out, err = self._run(["docker", kind, "inspect", *names]) if names else (0, "[]", "")
        if code and "no such" not in err.lower() and "not found" not in err.lower():
            raise Impossible(f"docker {kind} inspect: {err.strip()}")
        return json.loads(out or "[]")

    def names(self, kind, *labels):
        """The containers, networks or volumes that have all of these labels."""
        filters = [word for each in labels for word in ("--filter", f"label={each}")]
        everything = ["--all"] if kind == "container" else []
        return self.do(kind, "ls", "--quiet", *everything, *filters).split()

    def containers(self, *labels):
        return self.inspect("container", self.names("container", *labels))

    def image(self, name):
        """(id, architecture); (None, None) where it is not there."""
        found = self.inspect("image", [name])
        return (found[0]["Id"], found[0]["Architecture"]) if found else (None, None)

    def tag(self, app, service, project):
        return f"landfall/{app}/{service}:{project}".lower()

    def tags(self, app):
        """{our tag: project} of all images that are kept for the app."""
        lines = self.do(
            "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter", f"reference=landfall/{app}/*"
        )
        return {line: line.rpartition(":")[2] for line in lines.split()}


def service_of(container):
    return (container["Config"].get("Labels") or {}).get("com.docker.compose.service", "")


def is_well(container):
    state = container["State"]
    health = (state.get("Health") or {}).get("Status", "healthy")
    return state["Running"] and not state.get("Restarting") and health != "unhealthy"


def stays(container):
    """Whether it is to run all the time, rather than until its work is done."""
    return container["HostConfig"]["RestartPolicy"]["Name"] not in ("", "no")
