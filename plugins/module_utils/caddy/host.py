# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Caddy on this host: its program, its service, its files."""

from __future__ import annotations

import fcntl
import grp
import json
import os
import pwd
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.landfall.aws.plugins.module_utils.caddy import admin, config

USER = "caddy"
CLOSING = Path("/run/caddy/closing")
LARGE = 1 << 20  # no Caddyfile is as large as this


class Invalid(Exception):
    """The configuration has a mistake; says which, in Caddy's own words."""


class File:
    """One file of the configuration as it is wanted: its text (None: no file), owner, group and mode."""

    def __init__(self, path, text, owner="root", group="root", mode=0o644):
        self.path, self.text, self.owner, self.group, self.mode = Path(path), text, owner, group, mode

    def is_there(self):
        if self.text is None or not self.path.is_file() or self.path.is_symlink():
            return self.text is None and not os.path.lexists(self.path)
        status = self.path.stat()
        try:
            ids = self.ids()
        except KeyError:
            return False  # check mode, before the package has made its user
        return (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (*ids, self.mode) and (
            self.path.read_bytes() == self.text.encode()
        )

    def ids(self):
        return pwd.getpwnam(self.owner).pw_uid, grp.getgrnam(self.group).gr_gid

    def write(self, path):
        """Not a moment readable by more than the wanted ones, and on the disk when this returns."""
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(self.text.encode(errors="surrogateescape"))
            stream.flush()
            os.fchown(descriptor, *self.ids())
            os.fchmod(descriptor, self.mode)
            os.fsync(descriptor)

    def put_in_place(self):
        if self.text is None:
            self.path.unlink()
        else:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # No import of `*` or `*.caddy` takes it for a part of the configuration.
            new = self.path.with_name(f".{self.path.name}.new")
            new.unlink(missing_ok=True)
            self.write(new)
            new.rename(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


class Host:
    """Caddy as it is installed and runs. ``find(name)`` is the path of a program or None, ``run(words)`` runs one."""

    def __init__(self, root, find, run):
        self.root, self._run = Path(root), run
        self.program = find("caddy")
        systemctl = find("systemctl")
        asked = [systemctl, "show", "caddy.service", "--property=ActiveState,MainPID,User"]
        service = config.properties(run(asked)[1]) if systemctl and self.program else {}
        self.state = service.get("ActiveState", "")
        self.active = self.state in ("active", "reloading")
        self.user = service.get("User") or USER
        self.pid = int(service.get("MainPID") or 0)
        self.address = None  # of the endpoint that answers
        self.closing_time = 0  # seconds; see _closing
        self._can_close = False

    def version(self):
        return config.version(self._run([self.program, "version"])[1]) if self.program else None

    @contextmanager
    def lock(self, patience=300):
        """No two runs at the same time: each must see what the other has loaded and written."""
        if not self.root.parent.is_dir():
            yield
            return
        folder = os.open(self.root.parent, os.O_RDONLY)
        try:
            end = time.monotonic() + patience
            while True:
                try:
                    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > end:
                        raise TimeoutError(
                            f"another run has worked on {self.root.parent} for {patience} seconds"
                        ) from None
                time.sleep(0.2)
            CLOSING.unlink(missing_ok=True)  # a killed run may have left it
            yield
        finally:
            os.close(folder)

    def _environment(self):
        """The service's own where it runs: a Caddyfile may name variables."""
        if self.active and self.pid:
            return config.environment(Path(f"/proc/{self.pid}/environ").read_text())
        home = pwd.getpwnam(self.user).pw_dir
        return {"HOME": home, "USER": self.user, "LOGNAME": self.user, "PATH": "/usr/local/bin:/usr/bin:/bin"}

    def adapt(self, file, validate=False):
        """The configuration in JSON that a changed file makes; all of it is read as Caddy's own user.

        Validating opens log files and storage. As root that would leave files that Caddy itself can't write.
        """
        account = pwd.getpwnam(self.user)
        with tempfile.TemporaryDirectory(prefix="landfall-caddy-") as scratch:
            os.chown(scratch, 0, account.pw_gid)
            os.chmod(scratch, 0o750)
            base = str(self.root.parent)
            self._mirror(Path(scratch), file)
            command = [self.program, "adapt", "--adapter", "caddyfile", "--config", f"{scratch}/{self.root.name}"]
            done = subprocess.run(
                command + (["--validate"] if validate else []),
                cwd="/",
                env=self._environment(),
                user=account.pw_uid,
                group=account.pw_gid,
                extra_groups=os.getgrouplist(account.pw_name, account.pw_gid),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            raise Invalid(config.complaint(done.stderr, base, scratch))
        # A file server hides the file that it was configured by.
        return json.loads(done.stdout.replace(scratch, base))

    def _mirror(self, scratch, file):
        """The folder of the root file once more, with one file changed. What may import others is copied, the rest linked."""
        base = self.root.parent
        for folder, folders, names in os.walk(base):
            here = scratch / Path(folder).relative_to(base)
            _make_folder(here, scratch)
            for name in names + [each for each in folders if os.path.islink(os.path.join(folder, each))]:
                source = Path(folder) / name
                if not file or source != file.path:
                    self._mirror_one(source, here / name, scratch)
        if file and file.text is not None:
            copy = scratch / file.path.relative_to(base)
            _make_folder(copy.parent, scratch)
            File(copy, config.moved(file.text, str(base), str(scratch)), file.owner, file.group, file.mode).write(copy)

    def _mirror_one(self, source, copy, scratch):
        if source.is_file() and source.stat().st_size < LARGE:
            data = source.read_bytes()
            if b"import" in data:
                text = config.moved(data.decode(errors="surrogateescape"), str(self.root.parent), str(scratch))
                copy.write_bytes(text.encode(errors="surrogateescape"))
                status = source.stat()
                os.chown(copy, status.st_uid, status.st_gid)
                os.chmod(copy, status.st_mode & 0o777)
                return
        copy.symlink_to(source.resolve() if source.is_symlink() else source)

    def running(self, *configs):
        """What the service runs, asked where one of these configurations, or the last one it loaded, says that it listens."""
        variables = self._environment()
        folder = variables.get("XDG_CONFIG_HOME") or variables.get("HOME", "") + "/.config"
        autosave = Path(folder) / "caddy/autosave.json"
        saved = config.last_loaded(autosave.read_text()) if autosave.is_file() else None
        said = []
        for address in dict.fromkeys(config.admin_address(each) for each in (saved, *configs, None)):
            if address:
                try:
                    found = admin.running(address)
                except admin.NoAnswer as error:
                    said.append(str(error))
                    continue
                self.address = address
                self._can_close = config.looks_for(found, CLOSING)
                return found
        raise admin.NoAnswer("; ".join(said))

    @contextmanager
    def _closing(self):
        """Connections that clients keep open are closed with their next answer, for as long as the file is there.

        A reload closes those that are idle, and a request that is on its way then gets no answer. Which are idle, and which
        client sends its next request when, nobody can ask; so the busy ones are given a little time.
        """
        if not self._can_close or not self.closing_time:
            yield
            return
        try:
            CLOSING.touch(mode=0o644)
            time.sleep(self.closing_time)
            yield
        finally:
            CLOSING.unlink(missing_ok=True)

    def load(self, wanted, force=False):
        """Caddy runs this configuration when this returns. It may listen for the next order somewhere else then."""
        with self._closing():
            admin.load(self.address, wanted, force)
        address = config.admin_address(wanted)
        end = time.monotonic() + 10
        while address:
            try:
                found = admin.running(address)
            except admin.NoAnswer:
                if time.monotonic() > end:
                    raise
            else:
                self.address = address
                if found == wanted:
                    return
                raise admin.Refused("it says that it has taken the configuration, and runs another one")
            time.sleep(0.1)


def _make_folder(path, like):
    if not path.is_dir():
        path.mkdir(parents=True)
        os.chown(path, like.stat().st_uid, like.stat().st_gid)
        path.chmod(0o750)
