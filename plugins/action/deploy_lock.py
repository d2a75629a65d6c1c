# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import getpass
import os
import socket

from ansible.plugins.action import ActionBase

from ansible_collections.landfall.aws.plugins.module_utils.deploy.lock import describe_process, is_dead


class ActionModule(ActionBase):
    """Say on whose behalf the lock is taken, and recognise one that a killed run of this controller has left."""

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        # A task runs in a child of ansible-playbook, which is what lasts as long as the deploy.
        process = describe_process(os.getppid())
        holder = {
            "token": "-".join(str(process[key]) for key in ("machine", "boot", "pid", "started")),
            "by": f"{getpass.getuser()}@{socket.gethostname()}",
            "process": process,
        }
        answer = self._take(holder, task_vars)
        held_by = answer.get("held_by")
        if held_by and is_dead(held_by, process):
            answer = self._take({**holder, "replaces": held_by["token"]}, task_vars)
        result.update(answer)
        return result

    def _take(self, holder, task_vars):
        arguments = {**self._task.args, "holder": holder}
        return self._execute_module("landfall.aws.deploy_lock", module_args=arguments, task_vars=task_vars)
