# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A definition among a module's options: read, looked through, and in the one form in which two are compared."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import ERROR, Finding
from ansible_collections.landfall.aws.plugins.module_utils.asl.lint import lint
from ansible_collections.landfall.aws.plugins.module_utils.asl.source import from_tree, read


def source_of(options):
    """(Source or None, mistakes) of ``definition`` or ``definition_file`` with its substitutions."""
    given, path, values = options["definition"], options["definition_file"], options["substitutions"]
    if given is None and path is None:
        return None, (["substitutions: given without a definition or a definition_file"] if values else [])
    if given is not None and not isinstance(given, (dict, str)):
        return None, [f"definition: {given!r} is not valid; give a dict, or a text in JSON or YAML"]
    if isinstance(given, dict):
        source = from_tree(given, substitutions=values)
    else:
        try:
            text = Path(path).read_text(encoding="utf-8") if given is None else given
        except (OSError, UnicodeDecodeError) as error:
            return None, [f"definition_file: {path!r} can't be read: {getattr(error, 'strerror', None) or error}"]
        source = read(text, path or "definition", values)
    problems = [str(each) for each in source.problems if each.severity == ERROR]
    if not problems and not isinstance(source.tree, dict):
        problems = [f"{source.name}: this is not a definition, which is a mapping with StartAt and States"]
    return source, problems


def findings(source, options):
    """What is found in a definition without AWS, besides what kept it from being read."""
    if options["lint"] == "off":
        return []
    found = lint(source, options["type"] or "STANDARD", options["lint_ignore"])
    return [each for each in found if each not in source.problems]


def to_refuse(found, options):
    """The findings that a run must not get past, as sentences."""
    return [str(each) for each in found if each.severity == ERROR and options["lint"] == "error"]


def findings_of_aws(source, diagnostics):
    """What AWS itself found, at the places of the author's own text."""
    return [_finding(source, each) for each in diagnostics]


def _finding(source, diagnostic):
    # AWS writes /States/Kind/Choices[0]/Next.
    parts = re.sub(r"\[(\d+)\](?=/|$)", r"/\1", diagnostic.get("location") or "").split("/")
    path = _path(source.tree, [part for part in parts if part])
    line, column = source.position(path) or (None, None)
    severity = diagnostic["severity"].lower()
    return Finding(line, column, path, diagnostic["code"], severity, diagnostic["message"], file=source.name)


def _path(tree, parts):
    """A JSON pointer's parts, as far as they lead anywhere in a tree."""
    path = []
    for part in parts:
        key = int(part) if isinstance(tree, list) and part.isdigit() else part.replace("~1", "/").replace("~0", "~")
        try:
            tree = tree[key]
        except (KeyError, IndexError, TypeError):
            break
        path.append(key)
    return tuple(path)


def canonical(tree):
    """The text that two definitions share if, and only if, they mean the same.

    The order of keys, white space and the way in which a number is written say nothing; the order of a list does.
    """
    return json.dumps(_plain_numbers(tree), indent=2, sort_keys=True, ensure_ascii=False)


def canonical_text(text):
    """The same of a definition as AWS keeps it."""
    return canonical(json.loads(text))


def _plain_numbers(value):
    if isinstance(value, dict):
        return {key: _plain_numbers(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain_numbers(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
