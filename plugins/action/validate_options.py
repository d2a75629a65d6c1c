# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ansible_collections.landfall.aws.plugins.module_utils.rules import RULES

ROLES = Path(__file__).parents[2] / "roles"


class ActionModule(ActionBase):
    """Check the options of roles against their specs and rules, without contacting any host."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _validation, arguments = self.validate_argument_spec(
            {
                "roles": {"type": "list", "elements": "str"},
                "host_roles": {"type": "list", "elements": "str"},
                "for_host": {"type": "str"},
            },
            required_together=[("host_roles", "for_host")],
            required_one_of=[("roles", "host_roles")],
        )
        mistakes = []
        for role in arguments["roles"] or []:
            mistakes += self._mistakes(role, task_vars)
        for role in arguments["host_roles"] or []:
            # A host's own variables, but for the magic ones, which belong to the task.
            host = task_vars["hostvars"].raw_get(arguments["for_host"])
            mistakes += self._mistakes(role, {**task_vars, **host})
        mistakes = list(dict.fromkeys(mistakes))
        result.update(changed=False, mistakes=mistakes)
        if mistakes:
            count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
            lines = "\n".join(f"- {sentence}" for sentence in mistakes)
            result.update(failed=True, msg=f"{count} in the options; nothing has been changed.\n{lines}")
        return result

    def _mistakes(self, role, variables):
        spec, rules = {}, {}
        for name in ("landfall", role):
            spec.update(self._read(name, "meta/argument_specs.yml")["argument_specs"]["main"].get("options", {}))
            for key, value in self._read(name, "meta/rules.yml").items():
                rules[key] = {**rules.get(key, {}), **value} if key == "options" else rules.get(key, []) + value
        defaults = {**self._read("landfall", "defaults/main.yml"), **self._read(role, "defaults/main.yml")}
        templar = self._templar.copy_with_new_env(available_variables={**defaults, **variables})

        values, mistakes = {}, []
        for option, details in spec.items():
            try:
                value = templar.template(variables.get(option, defaults.get(option)))
            except AnsibleError as error:
                mistakes.append(f"{option}: its value can't be worked out: {error}")
                continue
            if value is None:
                continue
            checked = ArgumentSpecValidator({option: details}).validate({option: value})
            mistakes += [f"{option}: {message}" for message in checked.error_messages]
            if not checked.error_messages:
                values[option] = checked.validated_parameters[option]

        needed = rules.get("needed", [])
        if values.get(f"{role}_state") != "absent":
            needed = needed + rules.get("needed_unless_absent", [])
        wrong = {sentence.partition(":")[0] for sentence in mistakes}
        mistakes += [
            f"{option}: must be given"
            for option in needed
            if option not in wrong and values.get(option) in (None, "", [], {})
        ]
        for target, names in rules.get("options", {}).items():
            secret = spec[target.split("[")[0].split("{")[0].split(".")[0]].get("no_log")
            for label, value in self._select(values, target):
                for name in [names] if isinstance(names, str) else names:
                    mistakes += [
                        f"{label}: " + ("its value is not valid (it is secret, so not shown)" if secret else sentence)
                        for sentence in RULES[name](value)
                    ]
        for together in rules.get("together", []):
            involved = together["options"]
            if all(values.get(option) is not None for option in involved):
                # A rule for the whole of something says itself which option is wrong, but for how the role calls it.
                prefix = together.get("prefix") or f"{', '.join(involved)}: "
                mistakes += [
                    prefix + sentence for sentence in RULES[together["rule"]](*(values[option] for option in involved))
                ]
        return mistakes

    @staticmethod
    def _select(values, target):
        """(label, value) of what a target like ``option``, ``option[]``, ``option{}`` or ``option[].key`` means."""
        found = [("", values)]
        for step in target.replace("[]", ".[]").replace("{}", ".{}").split("."):
            if step == "[]":
                found = [(f"{label}[{index}]", item) for label, items in found for index, item in enumerate(items)]
            elif step == "{}":
                found = [(f"{label}.{key}", key) for label, items in found for key in items]
            else:
                found = [(f"{label}.{step}".lstrip("."), item.get(step)) for label, item in found]
            found = [(label, value) for label, value in found if value is not None]
        return [(label, value) for label, value in found if value != ""]

    def _read(self, role, path):
        file = ROLES / role / path
        return self._loader.load_from_file(str(file), trusted_as_template=True) or {} if file.exists() else {}
