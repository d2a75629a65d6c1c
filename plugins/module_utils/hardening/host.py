# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sshd of this host: asks it what a configuration would mean, and gives it one that is taken back unless confirmed."""

from __future__ import annotations

import grp
import os
import pwd
import tempfile
from pathlib import Path

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused
from ansible_collections.landfall.aws.plugins.module_utils.hardening import sshd

MAIN = "/etc/ssh/sshd_config"
# In /run: what waits there is settled within minutes, and no reboot brings it back.
BEFORE = "/run/landfall-sshd.before"
WAY_BACK = "landfall-sshd-way-back"
TAKE_BACK = """\
if [ -e {before} ]; then cp {before} {path}; else rm -f {path}; fi
rm -f {before}
systemctl --quiet is-active ssh.service && systemctl reload ssh.service
true
"""


class Sshd:
    """``run(*words)`` runs a command and returns (status, output, errors); ``move(source, target)`` replaces a file."""

    def __init__(self, path, run, move, tmpdir):
        self.path, self._run, self._move, self._tmpdir = path, run, move, tmpdir

    @property
    def before(self):
        return Path(self.path).read_text() if os.path.exists(self.path) else None

    @property
    def unconfirmed(self):
        """Whether an earlier run has not confirmed what it wrote, and the way back is still waiting."""
        return self._run("systemctl", "--quiet", "is-active", f"{WAY_BACK}.timer")[0] == 0

    def login(self, user, address, effective) -> sshd.Login:
        entry = pwd.getpwnam(user)
        groups = tuple(grp.getgrgid(number).gr_name for number in os.getgrouplist(user, entry.pw_gid))
        files = " ".join(effective.get("authorizedkeysfile", [])).split()
        elsewhere = [effective.get(name, ["none"])[0] for name in ("authorizedkeyscommand", "trustedusercakeys")]
        has_key = elsewhere != ["none", "none"] or any(_has_key(_expand(file, entry)) for file in files)
        return sshd.Login(user, address, groups, entry.pw_uid, has_key)

    def check(self, text, user, address):
        """Refuses what sshd would not read, what would have no effect, and what would lock the user out."""
        main = Path(MAIN).read_text()
        if text is not None and not sshd.includes(main, self.path):
            raise Refused(
                f"{MAIN} does not include {self.path}; write 'Include {os.path.dirname(self.path)}/*.conf' "
                "as its first line, as the distribution has it."
            )
        effective = self._ask(text)
        if text is not None:
            self._must_have_effect(text, effective, main)
        if user:
            context = sshd.Login(user, address).context
            effective = self._ask(text, context=context)
            reasons = sshd.lockouts(effective, self.login(user, address, effective))
            if reasons:
                lines = "".join(f"\n- {each}" for each in reasons)
                raise Refused(f"{user}, who Ansible is logged in as, would be locked out.{lines}")

    def _must_have_effect(self, text, effective, main):
        wanted = self._ask(text, first=True)
        others = sshd.overruled(wanted, effective, list(sshd.keywords(text)))
        if others:
            folder = os.path.dirname(self.path)
            files = [
                (str(each), each.read_text()) for each in sorted(Path(folder).glob("*.conf")) if str(each) != self.path
            ]
            lines = [where for name in others for where in sshd.setters([*files, (MAIN, main)], name)[:1] or [name]]
            raise Refused(
                f"sshd takes the first value that it reads, and something stands before {self.path}. "
                "Take it out, or give the role the same value." + "".join(f"\n- {each}" for each in lines)
            )

    def _ask(self, text, context=None, first=False):
        """What sshd would do with ``text`` in place, without putting it there."""
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._tmpdir) as folder:
            main = self._stage(folder, text, first)
            words = ["-C", context] if context else []
            status, out, errors = self._run("/usr/sbin/sshd", "-T", "-f", main, *words)
            if status and text is not None and not first:
                self._blame(errors, folder)
        if status:
            raise Refused(
                f"sshd's configuration was broken before, and must be mended first: {self._plain(errors, folder)}"
            )
        return sshd.parse_effective(out)

    def _blame(self, errors, folder):
        """Whose mistake it is that sshd refuses: the new options', or what was there."""
        try:
            self._ask(None)
        except Refused:
            return
        raise Refused(f"sshd refuses these options: {self._plain(errors, folder)}")

    def _stage(self, folder, text, first):
        for each in Path(os.path.dirname(self.path)).glob("*"):
            if str(each) != self.path:
                os.symlink(each, f"{folder}/{each.name}")
        name = os.path.basename(self.path)
        if text is not None:
            Path(folder, name).write_text(text)
        main = sshd.redirected(Path(MAIN).read_text(), self.path, folder)
        if first:
            main = f"Include {folder}/{name}\n{main}"
        Path(folder, "main").write_text(main)
        return f"{folder}/main"

    def _plain(self, errors, folder):
        """sshd's own words, with the names of the files that the user knows."""
        text = errors.strip().replace(f"{folder}/main", MAIN).replace(folder, os.path.dirname(self.path))
        return "; ".join(line.strip() for line in text.splitlines())

    def put(self, text, confirm_within):
        """In place and in use, and back after a while, unless a new login has stopped the timer by then."""
        if self.unconfirmed:  # what was confirmed last is what to go back to
            self._must("systemctl", "stop", f"{WAY_BACK}.timer")
        elif self.before is None:
            Path(BEFORE).unlink(missing_ok=True)
        else:
            self._write(BEFORE, self.before)
        script = TAKE_BACK.format(before=BEFORE, path=self.path)
        timer = [
            f"--unit={WAY_BACK}",
            f"--on-active={confirm_within}",
            "--timer-property=AccuracySec=100ms",
            "--collect",
        ]
        self._must("systemd-run", *timer, "/bin/sh", "-c", script)
        if text is None:
            Path(self.path).unlink(missing_ok=True)
        else:
            self._write(self.path, text)
        # Where only ssh.socket runs, whatever it starts next reads the new options.
        if self._run("systemctl", "--quiet", "is-active", "ssh.service")[0] == 0:
            status, out, errors = self._run("systemctl", "reload", "ssh.service")
            if status:
                self._run("/bin/sh", "-c", script)
                self._run("systemctl", "stop", f"{WAY_BACK}.timer")
                raise Refused(f"sshd was not reloaded: {(errors or out).strip()}")

    def _write(self, path, text):
        with tempfile.NamedTemporaryFile("w", dir=self._tmpdir, delete=False) as stream:
            stream.write(text)
        os.chmod(stream.name, 0o644)
        self._move(stream.name, path)

    def _must(self, *words):
        status, out, errors = self._run(*words)
        if status:
            raise Refused(f"{' '.join(words[:2])} failed: {(errors or out).strip()}")


def _expand(file, entry):
    for token, value in {"%h": entry.pw_dir, "%u": entry.pw_name, "%U": str(entry.pw_uid), "%%": "%"}.items():
        file = file.replace(token, value)
    return os.path.join(entry.pw_dir, file)


def _has_key(file):
    if not os.path.isfile(file):
        return False
    lines = (line.strip() for line in Path(file).read_text(errors="replace").splitlines())
    return any(line and not line.startswith("#") for line in lines)
