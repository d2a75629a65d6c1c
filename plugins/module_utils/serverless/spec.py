# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What functions, a state machine and their surroundings are asked to be, with the names and ARNs that follow from it. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.asl import source as asl
from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import ERROR
from ansible_collections.landfall.aws.plugins.module_utils.asl.lint import lint
from ansible_collections.landfall.aws.plugins.module_utils.asl.substitutions import Substitution
from ansible_collections.landfall.aws.plugins.module_utils.rules import RULES
from ansible_collections.landfall.aws.plugins.module_utils.serverless import package
from ansible_collections.landfall.aws.plugins.module_utils.tags import own_tags, wanted_tags

ARCHITECTURES = ("x86_64", "arm64")
TRIGGER_OPTIONS = {
    "bucket": {"type": "str", "required": True},
    "prefix": {"type": "str", "default": ""},
    "suffix": {"type": "str", "default": ""},
}
FUNCTION_OPTIONS = {
    "name": {"type": "str", "required": True},
    "path": {"type": "path", "required": True},
    "files": {"type": "list", "elements": "str", "default": ["*"]},
    "handler": {"type": "str", "required": True},
    "runtime": {"type": "str"},
    "architecture": {"type": "str", "choices": list(ARCHITECTURES)},
    "memory_size": {"type": "int", "default": 128},
    "timeout": {"type": "int", "default": 30},
    "environment_variables": {"type": "dict", "default": {}},
    "policy_statements": {"type": "list", "elements": "dict", "default": []},
    "triggers": {"type": "list", "elements": "dict", "default": [], "options": TRIGGER_OPTIONS},
    "alarm_threshold": {"type": "int", "default": 0},
}
BUCKET_OPTIONS = {
    "name": {"type": "str", "required": True},
    "expirations": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"prefix": {"type": "str", "required": True}, "days": {"type": "int", "required": True}},
    },
}
STATE_MACHINE_OPTIONS = {
    "definition_file": {"type": "path", "required": True},
    "substitutions": {"type": "dict", "default": {}},
    "policy_statements": {"type": "list", "elements": "dict", "default": []},
    "log_level": {"type": "str", "choices": ["ALL", "ERROR", "FATAL"], "default": "ERROR"},
}
# What stands for something else in a definition, in policies and in environment variables, besides the functions' names.
RESERVED = ("account_id", "partition", "region", "state_machine", "topic")


@dataclass(frozen=True)
class Place:
    """Where everything is."""

    account: str
    region: str
    partition: str = "aws"

    def arn(self, service, resource):
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True)
class Spec:
    """What the user wrote."""

    state: str
    name: str
    project: str
    environment: str
    tags: dict[str, str] = field(default_factory=dict)
    buckets: tuple[dict[str, Any], ...] = ()
    functions: tuple[dict[str, Any], ...] = ()
    emails: tuple[str, ...] | None = None  # None is for no topic
    state_machine: dict[str, Any] | None = None
    alarm_actions: tuple[str, ...] = ()
    retention_in_days: int = 30
    delete_objects: bool = False

    @property
    def own_tags(self):
        return own_tags(self.project, self.environment, self.name)

    @property
    def all_tags(self):
        return wanted_tags(self.tags, self.project, self.environment, self.name)

    def full_name(self, function):
        """A function that is all there is has the name itself."""
        return self.name if function["name"] == self.name else f"{self.name}-{function['name']}"

    def role_name(self, what, place):
        """IAM knows no regions, so the name has to tell."""
        return f"{what}-{place.region}"

    @property
    def state_machine_role(self):
        return f"{self.name}-states"

    def role_path(self, place):
        return f"/landfall/{self.name}/{place.region}/"

    def role_arn(self, what, place):
        return f"arn:{place.partition}:iam::{place.account}:role{self.role_path(place)}{self.role_name(what, place)}"

    def function_arn(self, function, place):
        return place.arn("lambda", f"function:{self.full_name(function)}")

    def topic_arn(self, place):
        return None if self.emails is None else place.arn("sns", self.name)

    def state_machine_arn(self, place):
        return place.arn("states", f"stateMachine:{self.name}")

    def triggers(self):
        """All (function, trigger) pairs."""
        return [(function, trigger) for function in self.functions for trigger in function["triggers"]]

    def values(self, place):
        """What ``${Name}`` stands for."""
        values = {"account_id": place.account, "region": place.region, "partition": place.partition}
        if self.emails is not None:
            values["topic"] = self.topic_arn(place)
        if self.state_machine:
            values["state_machine"] = self.state_machine_arn(place)
        return {**values, **{each["name"]: self.function_arn(each, place) for each in self.functions}}

    def filled(self, tree, place):
        return Substitution(self.values(place)).fill(tree)

    def facts(self, place):
        """What a plan tells besides its changes."""
        return {
            "delete_objects": self.delete_objects,
            "role_path": self.role_path(place),
            "function_arns": {each["name"]: self.function_arn(each, place) for each in self.functions},
            "topic_arn": self.topic_arn(place) or "",
            "state_machine_arn": self.state_machine_arn(place) if self.state_machine else "",
            "substitutions": self.definition_substitutions(place) if self.state_machine else {},
        }

    def definition_substitutions(self, place):
        """Those that the definition asks for: what is given by the user, and of ours what it uses."""
        given = self.state_machine["substitutions"]
        text = Path(self.state_machine["definition_file"]).read_text(encoding="utf-8")
        ours = {name: value for name, value in self.values(place).items() if f"${{{name}}}" in text}
        return {**ours, **given}

    def definition(self, place):
        """The definition as read, with everything filled in."""
        file = Path(self.state_machine["definition_file"])
        return asl.read(file.read_text(encoding="utf-8"), file.name, self.definition_substitutions(place))


def from_options(options):
    """A Spec of a module's options."""
    same = ("state", "name", "project", "environment", "tags", "state_machine", "retention_in_days", "delete_objects")
    lists = {name: tuple(options[name]) for name in ("buckets", "alarm_actions")}
    # What a function does not say itself.
    common = {name: options[name] for name in ("runtime", "architecture")}
    functions = tuple(
        {**each, **{name: each[name] or common[name] for name in common}} for each in options["functions"]
    )
    emails = tuple(options["emails"]) if options["topic"] else None
    return Spec(**{name: options[name] for name in same}, **lists, functions=functions, emails=emails)


NOWHERE = Place("000000000000", "nowhere-1")  # for what can be checked before anybody was asked where this is


def mistakes(spec, region):
    """All that is wrong, in sentences that begin with the option's name."""
    found = [f"name: {sentence}" for sentence in RULES["name"](spec.name)]
    found += [f"tags: {sentence}" for sentence in RULES["tags"](spec.tags)]
    for index, bucket in enumerate(spec.buckets):
        found += [f"buckets[{index}].name: {sentence}" for sentence in RULES["bucket_name"](bucket["name"])]
        for number, each in enumerate(bucket["expirations"]):
            where = f"buckets[{index}].expirations[{number}].days"
            found += [f"{where}: {sentence}" for sentence in RULES["days"](each["days"])]
    if spec.state == "absent":
        return found
    found += [f"emails: {sentence}" for each in spec.emails or () for sentence in RULES["email"](each)]
    found += [f"retention_in_days: {sentence}" for sentence in RULES["log_retention"](spec.retention_in_days)]
    names = Counter(each["name"] for each in spec.functions)
    for index, function in enumerate(spec.functions):
        label = f"functions[{index}]"
        if names[function["name"]] > 1:
            found.append(f"{label}.name: {function['name']!r} is there more than once")
        found += [f"{label}.{sentence}" for sentence in _function_mistakes(spec, function, region)]
    if spec.state_machine:
        found += [f"state_machine.{sentence}" for sentence in _state_machine_mistakes(spec)]
    return found


def _function_mistakes(spec, function, region):
    limits = {"runtime": "python_runtime", "memory_size": "lambda_memory", "timeout": "lambda_timeout"}
    for option, rule in {"name": "lambda_name", **limits, "alarm_threshold": "alarm_threshold"}.items():
        yield from (f"{option}: {sentence}" for sentence in RULES[rule](function[option]))
    longest = spec.role_name(spec.full_name(function), Place("", region))
    if len(longest) > 64:
        yield f"name: {longest} would be the name of its role and has {len(longest)} characters; IAM allows 64"
    if function["name"] in RESERVED:
        yield f"name: {function['name']!r} means something else already; choose another"
    if function["files"] == []:
        yield "files: must name at least one pattern"
    yield from package.source_mistakes(function["path"], function["files"], function["handler"])
    yield from (
        f"policy_statements: {sentence}" for sentence in RULES["policy_statements"](function["policy_statements"])
    )
    yield from _placeholder_mistakes(spec, function, "policy_statements")
    yield from (f"environment_variables: {each}" for each in _variable_mistakes(function["environment_variables"]))
    yield from _placeholder_mistakes(spec, function, "environment_variables")
    for number, trigger in enumerate(function["triggers"]):
        yield from (f"triggers[{number}].bucket: {each}" for each in RULES["bucket_name"](trigger["bucket"]))
    yield from _overlaps(spec, function)


def _variable_mistakes(variables):
    for name in variables:
        yield from RULES["env_name"](name)
        if name.startswith("AWS_"):
            yield f"{name!r} is Lambda's own; choose another name"


def _placeholder_mistakes(spec, function, option):
    filling = Substitution(spec.values(NOWHERE))
    filling.fill(function[option])
    known = ", ".join(f"${{{name}}}" for name in filling.values)
    for _path, message, _hint in filling.mistakes:
        yield f"{option}: {message}; there are {known}"


def _overlaps(spec, function):
    """S3 takes no two notifications for the same object: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html"""
    triggers = [each for _function, each in spec.triggers()]
    places = [id(each) for each in triggers]
    for number, trigger in enumerate(function["triggers"]):
        for earlier in triggers[: places.index(id(trigger))]:
            if earlier["bucket"] == trigger["bucket"] and _overlap(earlier, trigger):
                yield (
                    f"triggers[{number}]: {_filter(trigger)} and {_filter(earlier)} of {trigger['bucket']} may be the same object, "
                    "for which S3 tells one only"
                )


def _overlap(one, other):
    def related(first, second, test):
        return getattr(first, test)(second) or getattr(second, test)(first)

    return related(one["prefix"], other["prefix"], "startswith") and related(one["suffix"], other["suffix"], "endswith")


def _filter(trigger):
    return f"{trigger['prefix']}*{trigger['suffix']}"


def _state_machine_mistakes(spec):
    machine = spec.state_machine
    if not Path(machine["definition_file"]).is_file():
        yield f"definition_file: there is no file {machine['definition_file']}"
        return
    yield from (
        f"policy_statements: {sentence}" for sentence in RULES["policy_statements"](machine["policy_statements"])
    )
    read = spec.definition(NOWHERE)
    known = ", ".join(f"${{{name}}}" for name in {**spec.values(NOWHERE), **machine["substitutions"]})
    for finding in lint(read):
        if finding.severity == ERROR:
            more = f" (there are {known})" if finding.code == "SUBSTITUTION" else ""
            yield f"definition_file: {finding}{more}"
    text = Path(machine["definition_file"]).read_text(encoding="utf-8")
    for name in machine["substitutions"]:
        if not re.fullmatch(r"[A-Za-z0-9_.:-]+", name) or name in spec.values(NOWHERE):
            yield f"substitutions: {name!r} can't be given; it is taken, or has other characters than letters, digits and _ . : -"
    if spec.emails is None and "${topic}" in text:
        yield "definition_file: ${topic} is used, and there is no topic"
