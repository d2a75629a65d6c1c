# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task definition among a module's options: read, put into the API's form, or laid over one that is registered."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.landfall.aws.plugins.module_utils.asl.source import from_tree, read
from ansible_collections.landfall.aws.plugins.module_utils.changes import refuse_mistakes
from ansible_collections.landfall.aws.plugins.module_utils.ecs import tags
from ansible_collections.landfall.aws.plugins.module_utils.ecs.canonical import CONTAINER
from ansible_collections.landfall.aws.plugins.module_utils.ecs.checks import unknown
from ansible_collections.landfall.aws.plugins.module_utils.shapes import as_argument, letters, option_names

# Options that are members of RegisterTaskDefinition. What AWS adds later can be given in a definition.
FIELDS = (
    "family",
    "task_role_arn",
    "execution_role_arn",
    "network_mode",
    "container_definitions",
    "volumes",
    "placement_constraints",
    "requires_compatibilities",
    "cpu",
    "memory",
    "pid_mode",
    "ipc_mode",
    "proxy_configuration",
    "inference_accelerators",
    "ephemeral_storage",
    "runtime_platform",
    "enable_fault_injection",
    "trusted_execution_configuration",
)
# Lists of a name and a value, which can be written as a mapping.
PAIRS = {"environment": "value", "secrets": "value_from"}
# Members of a container that a patch adds to, by the name of their items; what else it names is replaced.
ADDED_TO = {"environment": "secrets", "secrets": "environment"}


@dataclass
class Given:
    """What the options say."""

    family: str | None
    definition: dict  # in the API's form, without its tags
    tags: dict | None
    removed: list = field(default_factory=list)  # (container, member, key or None) that a patch takes off


def given(options, shape, output):
    """(Given, mistakes), before anything is known of what is live."""
    document, mistakes = _document(options)
    if mistakes:
        return None, mistakes
    document, listed = _unwrapped(document)
    merged = {
        **_spelled(document, shape, output),
        **{name: options[name] for name in FIELDS if options[name] is not None},
    }
    listed = merged.pop("tags", listed)
    if options["launch_type"]:
        merged["requires_compatibilities"] = [options["launch_type"]]
    if merged.get("network_mode") == "default":
        del merged["network_mode"]
    removed = []
    merged.setdefault("container_definitions", [])
    if isinstance(merged["container_definitions"], list):
        merged["container_definitions"] = [_container(each, removed) for each in merged["container_definitions"]]
    family = merged.get("family")
    definition = as_argument(shape, {"family": "", **merged}, "definition", mistakes)
    mistakes = [_placed(each) for each in mistakes]
    if removed and not options["from"]:
        names = ", ".join(f"container_definitions[{name}].{member}" for name, member, _key in removed)
        mistakes.append(f"{names}: null takes something off, and only with from is there something to take it off")
    found = options["tags"] if options["tags"] is not None else listed
    if isinstance(found, list):
        found = tags.as_dict([{str(key).lower(): each[key] for key in each} for each in found])
    found = tags.as_texts(found)
    mistakes += tags.mistakes(found)
    return Given(family, {key: value for key, value in definition.items() if key != "family"}, found, removed), mistakes


def _document(options):
    """(the definition that is given as a whole, mistakes)"""
    value, path = options["definition"], options["definition_file"]
    if value is None and path is None:
        return {}, []
    if path is None and not isinstance(value, (dict, str)):
        return {}, [f"definition: {value!r} is not valid; give a dict, or a text in JSON or YAML"]
    if isinstance(value, dict):
        source = from_tree(value)
    else:
        try:
            text = Path(path).read_text(encoding="utf-8") if value is None else value
        except (OSError, UnicodeDecodeError) as error:
            return {}, [f"definition_file: {path!r} can't be read: {getattr(error, 'strerror', None) or error}"]
        source = read(text, path or "definition")
    problems = [str(each) for each in source.problems]
    if not problems and not isinstance(source.tree, dict):
        problems = [
            f"{source.name}: this is not a task definition, which is a mapping with family and container_definitions"
        ]
    return source.tree or {}, problems


def _unwrapped(document):
    """What DescribeTaskDefinition and the info module answer has the definition inside, and its tags beside."""
    for name in ("taskDefinition", "task_definition"):
        if isinstance(document.get(name), dict):
            return document[name], document.get("tags")
    return document, None


def _spelled(document, shape, output):
    """With its fields named like options, and without what only AWS says of a revision."""
    names = {letters(member): name for name, member in option_names(shape).items()}
    said = {letters(member) for member in output.members} - set(names)
    return {names.get(letters(key), key): each for key, each in document.items() if letters(key) not in said}


def _container(container, removed):
    """One whose environment and secrets are lists; what is null is remembered."""
    if not isinstance(container, dict):
        return container
    result, name = {}, container.get("name")
    for key, value in container.items():
        if key in PAIRS and isinstance(value, dict):
            removed += [(name, key, each) for each, text in value.items() if text is None]
            result[key] = [{"name": each, PAIRS[key]: text} for each, text in value.items() if text is not None]
            continue
        if letters(key) == "dockerlabels" and isinstance(value, dict):
            removed += [(name, "dockerLabels", each) for each, text in value.items() if text is None]
            value = {each: text for each, text in value.items() if text is not None}
        if value is None:
            removed.append((name, key, None))
        result[key] = value
    return result


def _placed(sentence):
    """The place as a user knows it."""
    return sentence.replace(" in definition.", " in ", 1).removeprefix("definition.")


def registered(described, shape):
    """What was registered of what AWS describes."""
    return {key: value for key, value in described.items() if key in shape.members and key not in ("family", "tags")}


def patched(base, name, patch, shape):
    """The definition ``base``, which is called ``name``, with what the options say."""
    containers = {each["name"]: dict(each) for each in base[CONTAINER]}
    mistakes = []
    for each in patch.definition[CONTAINER]:
        have = containers.get(each.get("name"))
        if have is None:
            mistakes.append(
                f'container_definitions: {name} has no container "{each.get("name")}"; {unknown(each.get("name"), containers)}'
            )
            continue
        for member, value in each.items():
            _lay(have, member, value)
    members = {letters(member): member for member in shape.members[CONTAINER].member.members}
    for container, field_, key in patch.removed:
        if container in containers:
            _take_off(containers[container], members.get(letters(field_), field_), key)
    refuse_mistakes(mistakes)
    return {**base, **patch.definition, CONTAINER: list(containers.values())}


def _lay(container, member, value):
    if member in ADDED_TO:
        names = {each["name"] for each in value}
        kept = [each for each in container.get(member) or [] if each["name"] not in names]
        container[member] = kept + value
        # One name has one value, and the patch says which.
        other = ADDED_TO[member]
        if container.get(other):
            container[other] = [each for each in container[other] if each["name"] not in names]
    elif member == "dockerLabels":
        container[member] = {**(container.get(member) or {}), **value}
    else:
        container[member] = value


def _take_off(container, member, key):
    if key is None:
        container.pop(member, None)
    elif isinstance(container.get(member), dict):
        container[member] = {each: value for each, value in container[member].items() if each != key}
    else:
        container[member] = [each for each in container.get(member) or [] if each["name"] != key]
