# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module in the process that ansible-playbook has for the task anyway.

Usually a module is packed into a file, sent, and run by a Python of its own, which imports Ansible and the collections anew.
For a module that only asks AWS something that is most of its time. ansible.netcommon does the same with its modules.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import json
import os
import sys

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.json import Direction, get_module_decoder, get_module_encoder
from ansible.plugins.action import ActionBase
from ansible.vars.clean import remove_internal_keys
from ansible_collections.amazon.aws.plugins.module_utils.botocore import HAS_BOTO3
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

PROFILE = "legacy"  # the form in which Ansible sends arguments and results of modules


class InProcess(ActionBase):
    """What an action plugin needs to run modules of amazon.aws, or ours that are built like those, itself."""

    _supports_async = True

    def _is_for_this_process(self, task_vars):
        """Whether the module would run on this machine, as this user, with what this Python has."""
        # Older versions of Ansible, and newer ones for all one knows, have no place to take the result from.
        if not HAS_BOTO3 or not hasattr(AnsibleModule, "_record_module_result"):
            return False
        if self._connection.transport != "local" or self._connection.become:
            return False
        interpreter = self._templar.template(task_vars.get("ansible_python_interpreter") or "auto")
        return interpreter.startswith("auto") or interpreter == sys.executable

    def _ready(self, name, arguments, task_vars):
        """A function that runs the module, and returns its result."""
        arguments = dict(arguments)
        self._update_module_args(name, arguments, task_vars)
        plain, environment = _plain(arguments, Direction.CONTROLLER_TO_MODULE), {}
        self._compute_environment_string(environment)
        loaded = self._shared_loader_obj.module_loader.find_plugin_with_context(
            name, collection_list=self._task.collections
        )
        module = importlib.import_module(loaded.plugin_resolved_name)

        def run():
            results = []
            with _environment(environment), _module_class(plain, results), contextlib.suppress(SystemExit):
                module.main()
            answer = _plain(results[-1], Direction.MODULE_TO_CONTROLLER)
            remove_internal_keys(answer)
            return answer

        return run


class ActionModule(InProcess):
    """The action plugin of a module that runs in the process of its task."""

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        if self._is_for_this_process(task_vars) and not self._task.async_val:
            return {**result, **self._ready(self._task.resolved_action, self._task.args, task_vars)()}
        return {**result, **self._execute_module(task_vars=task_vars, wrap_async=bool(self._task.async_val))}


@contextlib.contextmanager
def _environment(more):
    before = dict(os.environ)
    os.environ.update({key: str(value) for key, value in more.items()})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _module_class(arguments, results):
    class Here(AnsibleModule):
        def __init__(self, argument_spec, **more):
            # Ansible fills in what is missing within a default, which would be there for the next item of a loop.
            super().__init__(copy.deepcopy(argument_spec), **more)

        def _load_params(self):
            self.params = arguments

        def _record_module_result(self, o):
            results.append(o)

    settings = AnsibleAWSModule.default_settings
    before = settings["module_class"]
    settings["module_class"] = Here
    try:
        yield
    finally:
        settings["module_class"] = before


def _plain(value, direction):
    """What comes out at the other end when Ansible sends this, with none of its marks of where a value is from."""
    text = json.dumps(value, cls=get_module_encoder(PROFILE, direction))
    return json.loads(text, cls=get_module_decoder(PROFILE, direction))
