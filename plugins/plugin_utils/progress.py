# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show what a module says while it runs, which itself can't show anything before its end."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

PAUSE = 0.5  # seconds between two looks
display = Display()


class ActionModule(ActionBase):
    """The action plugin of a module that has the option ``progress_file``."""

    _supports_async = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        if self._task.async_val or "progress_file" in arguments or self._connection.transport != "local":
            return {**result, **self._run_module(arguments, task_vars)}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "progress")
            with shown_as_it_grows(path):
                answer = self._run_module({**arguments, "progress_file": str(path)}, task_vars)
        # The file is ours, so it is none of the user's options.
        answer.get("invocation", {}).get("module_args", {}).pop("progress_file", None)
        return {**result, **answer}

    def _run_module(self, arguments, task_vars):
        return self._execute_module(
            self._task.resolved_action, module_args=arguments, task_vars=task_vars, wrap_async=self._task.async_val
        )


@contextmanager
def shown_as_it_grows(path):
    """Show the lines that are added to a file, the last ones at the end."""
    over, seen = Event(), []

    def show():
        while True:
            through = over.wait(PAUSE)
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
            whole = [line for line in lines if line.endswith("\n")]
            for line in whole[len(seen) :]:
                display.display(f"    {line.rstrip()}")
            seen[:] = whole
            if through:
                return

    thread = Thread(target=show, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
