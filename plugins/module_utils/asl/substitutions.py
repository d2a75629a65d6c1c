# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``${Name}`` in a definition. Pure."""

from __future__ import annotations

import json
import re

from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import close_to

# ${!Name} is ${Name} itself, as with CloudFormation's Fn::Sub.
PLACEHOLDER = re.compile(r"\$\{(!?)([A-Za-z0-9_.:-]+)\}")
JSONATA = re.compile(r"^\s*\{%.*%\}\s*$", re.DOTALL)


def has_placeholder(value):
    return isinstance(value, str) and PLACEHOLDER.search(value) is not None


class Substitution:
    """A tree with its placeholders filled in. What is wrong is kept as (path, sentence, hint)."""

    def __init__(self, values):
        self.values, self.used, self.replaced, self.mistakes = values, set(), False, []
        self.moved = {}  # the new path of each value -> where it was

    def fill(self, value, old=(), new=()):
        self.moved[new] = old
        if isinstance(value, dict):
            return self._mapping(value, old, new)
        if isinstance(value, list):
            return [self.fill(each, (*old, index), (*new, index)) for index, each in enumerate(value)]
        return self._text(value, new) if isinstance(value, str) else value

    @property
    def unused(self):
        return sorted(set(self.values) - self.used)

    def _mapping(self, value, old, new):
        result = {}
        for key, each in value.items():
            name = self._inside(key, (*new, key))
            if name in result:
                message = f'the key "{name}" is there twice after substitution'
                self.mistakes.append(((*new, name), message, "give another value"))
            result[name] = self.fill(each, (*old, key), (*new, name))
        return result

    def _text(self, text, path):
        whole = PLACEHOLDER.fullmatch(text)
        if whole and not whole[1] and whole[2] in self.values:
            self.used.add(whole[2])
            self.replaced = True
            return self.values[whole[2]]
        return self._inside(text, path)

    def _inside(self, text, path):
        if "${" not in text:
            return text
        result = PLACEHOLDER.sub(lambda found: self._one(found, path, JSONATA.match(text)), text)
        self.replaced = self.replaced or result != text
        return result

    def _one(self, found, path, in_jsonata):
        literal, name = found.groups()
        if literal:
            return f"${{{name}}}"
        if name not in self.values:
            # In JSONata it can be text of its own.
            if not in_jsonata:
                hint = close_to(
                    name, self.values, f"give it in substitutions, or write ${{!{name}}} for that text itself"
                )
                self.mistakes.append((path, f"there is no substitution for ${{{name}}}", hint))
            return found[0]
        self.used.add(name)
        value = self.values[name]
        if isinstance(value, (dict, list)):
            message = f"${{{name}}} is {json.dumps(value)[:60]}, which can't stand inside of a text"
            self.mistakes.append((path, message, "give text or a number, or let it be the whole value"))
            return found[0]
        return value if isinstance(value, str) else json.dumps(value)
