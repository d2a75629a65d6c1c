# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks that what a role says of itself agrees: ``python tests/lint/specs.py [role ...]``.

The spec is the one source of its options; defaults, rules and README follow it.
"""

from __future__ import annotations

import runpy
import sys

from readmes import ROLES, flat, read, render, roles

RULES = runpy.run_path(str(ROLES.parent / "plugins/module_utils/rules.py"))["RULES"]
FILES = ("README.md", "defaults/main.yml", "meta/argument_specs.yml", "meta/main.yml", "meta/rules.yml")


def mistakes(role):
    missing = [f"{path} is missing" for path in FILES if not (ROLES / role / path).exists()]
    if missing:
        return missing
    spec = read(role, "meta/argument_specs.yml")["argument_specs"]["main"]
    options = spec.get("options", {})
    return [
        *described(spec, options),
        *named(role, options),
        *defaults_agree(options, read(role, "defaults/main.yml")),
        *rules_agree(role, options, read(role, "meta/rules.yml")),
        *depends(role, read(role, "meta/main.yml")),
        *first_task(role),
        *readme_agrees(role),
    ]


def described(spec, options):
    for key in ("short_description", "description"):
        if not spec.get(key):
            yield f"argument_specs: {key} is missing"
    for name, option in flat(options):
        for key in ("type", "description"):
            if not option.get(key):
                yield f"argument_specs: {name} has no {key}"


def named(role, options):
    prefix = "landfall_" if role == "landfall" else f"{role}_"
    shared = read("landfall", "defaults/main.yml")
    for name in options:
        if not name.startswith(prefix) and name not in shared:
            yield f"argument_specs: {name} does not start with {prefix}"


def defaults_agree(options, defaults):
    for name, option in options.items():
        if "default" in option and name not in defaults:
            yield f"defaults: {name} is missing; its spec has the default {option['default']!r}"
        elif "default" in option and option["default"] != defaults[name]:
            yield f"defaults: {name} is {defaults[name]!r}; its spec has {option['default']!r}"
        elif "default" not in option and name in defaults:
            yield f"argument_specs: {name} has no default; defaults has {defaults[name]!r}"
    yield from (f"argument_specs: {name} is missing; it is in defaults" for name in defaults if name not in options)


def rules_agree(role, options, rules):
    known = {**(read("landfall", "meta/argument_specs.yml")["argument_specs"]["main"]["options"]), **options}
    together = rules.get("together", [])
    used = [
        rule
        for rules_of in rules.get("options", {}).values()
        for rule in ([rules_of] if isinstance(rules_of, str) else rules_of)
    ]
    targets = [*rules.get("options", {}), *rules.get("needed", []), *rules.get("needed_unless_absent", [])]
    targets += [option for each in together for option in each["options"]]
    for target in targets:
        if target.split("[")[0].split("{")[0].split(".")[0] not in known:
            yield f"rules: {target} is not an option"
    for rule in [*used, *(each["rule"] for each in together)]:
        if rule not in RULES:
            yield f"rules: there is no rule {rule}"


def depends(role, meta):
    names = [each["role"] if isinstance(each, dict) else each for each in meta.get("dependencies", [])]
    if role != "landfall" and "landfall.aws.landfall" not in names:
        yield "meta: does not depend on landfall.aws.landfall"


def first_task(role):
    tasks = read(role, "tasks/main.yml")
    if tasks and not any("landfall.aws.validate_options" in task for task in tasks[:2]):
        yield "tasks: does not begin with landfall.aws.validate_options"


def readme_agrees(role):
    try:
        if (ROLES / role / "README.md").read_text() != render(role):
            yield "README.md: is not what the spec says; run 'make readmes'"
    except ValueError as error:
        yield str(error)


def main(names):
    found = [f"roles/{role}: {mistake}" for role in names for mistake in mistakes(role)]
    print("\n".join(found) or f"{len(names)} roles: specs, defaults, rules and READMEs agree")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or roles()))
