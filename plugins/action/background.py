# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import signal
import traceback
import uuid
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.executor.module_common import _apply_action_arg_defaults
from ansible.module_utils import _internal
from ansible.module_utils.common.json import Direction, get_module_encoder

from ansible_collections.landfall.aws.plugins.plugin_utils.in_process import PROFILE, InProcess


class ActionModule(InProcess):
    """Start a module and leave it alone, as ``async`` with ``poll: 0`` does, but in a process that has imported all it needs."""

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _validation, given = self.validate_argument_spec(
            {
                "module": {"type": "str", "required": True},
                "args": {"type": "dict", "default": {}},
                "timeout": {"type": "int", "default": 600},
            }
        )
        name = self._full_name(given["module"])
        arguments = _apply_action_arg_defaults(name, self._task, self._task.args.get("args") or {}, self._templar)
        if self._task.check_mode:
            return {**result, "skipped": True, "msg": "nothing is started in check mode"}
        if self._is_for_this_process(task_vars):
            return {**result, **self._start(self._ready(name, arguments, task_vars), given["timeout"])}
        self._task.async_val, self._task.poll = given["timeout"], 0
        return {**result, **self._execute_module(name, arguments, task_vars=task_vars, wrap_async=True)}

    def _full_name(self, name):
        found = self._shared_loader_obj.module_loader.find_plugin_with_context(
            name, collection_list=self._task.collections
        )
        if not found.resolved:
            raise AnsibleActionFail(f"There is no module {name}")
        return found.resolved_fqcn

    def _start(self, run, timeout):
        folder = Path(self.get_shell_option("async_dir", default="~/.ansible_async")).expanduser()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        job = f"j{uuid.uuid4().hex}.{os.getpid()}"
        file = folder / job
        _write(file, {"started": 1, "finished": 0, "ansible_job_id": job})
        child = os.fork()
        if child == 0:
            _leave(lambda: _write(file, {**_finished(run, timeout), "ansible_job_id": job}))
        os.waitpid(child, 0)
        return {"started": 1, "finished": 0, "changed": True, "ansible_job_id": job, "results_file": str(file)}


def _leave(work):
    """Do this in a process that nobody waits for, which lives on when ansible-playbook ends. Never returns."""
    try:
        os.setsid()
        if os.fork() == 0:
            nothing = os.open(os.devnull, os.O_RDWR)
            for descriptor in range(3):
                os.dup2(nothing, descriptor)
            # Ansible's own pipes among them: what is written there by two is nobody's.
            os.closerange(3, os.sysconf("SC_OPEN_MAX"))
            work()
    finally:
        os._exit(0)


def _finished(run, timeout):
    def end(_signal, _frame):
        raise TimeoutError(f"it was not through after {timeout} seconds, and was ended")

    # Display, to which Ansible gives warnings where there is one, would send them through pipes that are closed.
    _internal.is_controller = False
    signal.signal(signal.SIGALRM, end)
    signal.alarm(timeout)
    try:
        return {**run(), "finished": 1}
    except BaseException as error:
        return {"failed": True, "finished": 1, "msg": str(error) or repr(error), "exception": traceback.format_exc()}


def _write(file, content):
    new = file.with_name(f"{file.name}.tmp")
    new.write_text(json.dumps(content, cls=get_module_encoder(PROFILE, Direction.MODULE_TO_CONTROLLER)))
    new.replace(file)
