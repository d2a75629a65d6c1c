# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """Pack the folder, so that the same folder is the same archive, and bring it where the host has another one."""

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        source = os.path.expanduser(self._task.args.get("src") or "")
        if not os.path.isdir(source):
            return {**result, "failed": True, "msg": f"{source!r} is no folder on the controller"}
        handle, archive = tempfile.mkstemp()
        try:
            with os.fdopen(handle, "wb") as file:
                pack(source, file)
            with open(archive, "rb") as file:
                checksum = hashlib.file_digest(file, "sha256").hexdigest()
            arguments = {**self._task.args, "checksum": checksum}
            answer = self._run_module(arguments, task_vars)
            if answer.get("needed") and not self._task.check_mode:
                if not self._connection._shell.tmpdir:
                    self._make_tmp_path()
                remote = self._connection._shell.join_path(self._connection._shell.tmpdir, "source.tar")
                self._transfer_file(archive, remote)
                answer = self._run_module({**arguments, "archive": remote}, task_vars)
        finally:
            os.unlink(archive)
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return {**result, **answer}

    def _run_module(self, arguments, task_vars):
        return self._execute_module("landfall.aws.app_compose_source", module_args=arguments, task_vars=task_vars)


def pack(source, file):
    def plain(info):
        if os.path.basename(info.name) == ".git":
            return None
        info.uid = info.gid = info.mtime = 0
        info.uname = info.gname = "root"
        # As Git has them, so that the same project is the same from a folder and from a repository.
        info.mode = 0o700 if info.name == "." else 0o755 if info.isdir() or info.mode & 0o100 else 0o644
        return info

    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as packed:
        packed.add(source, arcname=".", filter=plain)
