# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes what the specs know into the README of each role: ``python tests/lint/readmes.py [role ...]``.

A README has two generated parts, between ``<!-- begin: about -->`` and ``<!-- end: about -->`` and the same for
``options``. What stands outside them is written by hand and is kept: an example, what the role expects of the host.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import yaml

ROLES = Path(__file__).parents[2] / "roles"
NEW = """\
<!-- begin: about -->
<!-- end: about -->

## Example

```yaml
- hosts: app_host
  become: true
  roles:
    - role: landfall.aws.{role}
```

## Options

<!-- begin: options -->
<!-- end: options -->
"""
MARKUP = [
    (r"\b[CVEMOP]\(((?:[^()]|\([^()]*\))*)\)", r"`\1`"),
    (r"\bRV\(((?:[^()]|\([^()]*\))*)\)", r"`\1`"),
    (r"\bB\(([^)]*)\)", r"**\1**"),
    (r"\bI\(([^)]*)\)", r"*\1*"),
    (r"\bU\(([^)]*)\)", r"<\1>"),
    (r"\bL\(([^,)]*), *([^)]*)\)", r"[\1](\2)"),
]


def read(role, path):
    file = ROLES / role / path
    return yaml.safe_load(file.read_text()) or {} if file.exists() else {}


def roles():
    return sorted(path.name for path in ROLES.iterdir() if path.is_dir())


def render(role):
    """The README as it should be."""
    file = ROLES / role / "README.md"
    text = file.read_text() if file.exists() else NEW.format(role=role)
    spec = read(role, "meta/argument_specs.yml")["argument_specs"]["main"]
    for part, content in {"about": about(role, spec), "options": options(role, spec)}.items():
        begin, end = f"<!-- begin: {part} -->", f"<!-- end: {part} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"roles/{role}/README.md: has no part between '{begin}' and '{end}'")
        before, after = text.split(begin)[0], text.split(end)[1]
        text = f"{before}{begin}\n{content}\n{end}{after}"
    return text


def about(role, spec):
    paragraphs = [
        f"# landfall.aws.{role}",
        sentence(spec["short_description"]),
        *map(markdown, lines(spec["description"])),
    ]
    return "\n\n".join(paragraphs)


def options(role, spec):
    rules = read(role, "meta/rules.yml")
    needed = {*rules.get("needed", []), *rules.get("needed_unless_absent", [])}
    rows = ["| option | type | default | |", "|---|---|---|---|"]
    rows += [row(name, option, needed) for name, option in flat(spec.get("options", {}))]
    return "\n".join(rows)


def flat(options, prefix=""):
    """All options and their suboptions, by dotted name."""
    for name, option in options.items():
        yield prefix + name, option
        inner = "[]." if option.get("type") == "list" else "."
        yield from flat(option.get("options", {}), prefix + name + inner)


def row(name, option, needed):
    kind = option.get("type", "str")
    if "elements" in option:
        kind += f" of {option['elements']}"
    if name in needed or option.get("required"):
        default = "**must be given**"
    elif option.get("default") is None:
        default = ""
    else:
        value = option["default"]
        default = code(value if isinstance(value, str) and value else json.dumps(value))
    choices = "One of " + ", ".join(code(choice) for choice in option["choices"]) + "." if "choices" in option else ""
    said = " ".join(filter(None, [choices, *map(markdown, lines(option["description"]))]))
    return f"| {code(name)} | {kind} | {default} | {said} |"


def code(value):
    return f"`{value}`".replace("|", "\\|")


def lines(text):
    return [text] if isinstance(text, str) else text


def sentence(text):
    return markdown(text.rstrip(".")) + "."


def markdown(text):
    """Ansible's markup as Markdown."""
    text = " ".join(text.split())
    for pattern, replacement in MARKUP:
        text = re.sub(pattern, replacement, text)
    return text


if __name__ == "__main__":
    for each in sys.argv[1:] or roles():
        (ROLES / each / "README.md").write_text(render(each))
