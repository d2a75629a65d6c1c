# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options to API members and back, driven by botocore's shapes. Pure.

A field that botocore knows is a field that the modules take, checked by its type. Only the API's own names are re-cased:
keys of maps (tags, labels, environment) are the user's, and stay.
"""

from __future__ import annotations

from difflib import get_close_matches

try:
    from botocore import xform_name
except ImportError:  # AnsibleAWSModule says so
    xform_name = str

KINDS = {"structure": dict, "map": dict, "list": list}
NAMES = {
    "structure": "a dict",
    "map": "a dict",
    "list": "a list",
    "integer": "a whole number",
    "long": "a whole number",
}
TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def input_shape(client, operation):
    """The shape of a call's arguments."""
    return client.meta.service_model.operation_model(operation).input_shape


def output_shape(client, operation):
    return client.meta.service_model.operation_model(operation).output_shape


def option_names(shape):
    """{name as an option: name in the API} of a structure's members."""
    return {xform_name(member): member for member in shape.members}


def as_option(shape, value):
    """What AWS answered, in snake_case."""
    if value is None or _is_free(shape):
        return value
    if shape.type_name == "structure":
        known = {member: name for name, member in option_names(shape).items()}
        return {known[key]: as_option(shape.members[key], each) for key, each in value.items() if key in known}
    if shape.type_name == "list":
        return [as_option(shape.member, each) for each in value]
    if shape.type_name == "map":
        return {key: as_option(shape.value, each) for key, each in value.items()}
    return value.isoformat() if shape.type_name == "timestamp" and hasattr(value, "isoformat") else value


def _is_free(shape):
    """Whether AWS takes any JSON there."""
    return getattr(shape, "is_document_type", False)


def as_argument(shape, value, where, mistakes):
    """An option as the API takes it. What is wrong with it is appended to ``mistakes``, naming where."""
    kind = shape.type_name
    if _is_free(shape):
        return value
    if kind in KINDS and not isinstance(value, KINDS[kind]):
        mistakes.append(f"{where}: {value!r} is not {NAMES[kind]}")
        return value
    if kind == "structure":
        return _structure(shape, value, where, mistakes)
    if kind == "list":
        _within(shape, len(value), f"{len(value)} items", where, mistakes)
        return [as_argument(shape.member, each, f"{where}[{index}]", mistakes) for index, each in enumerate(value)]
    if kind == "map":
        return {str(key): as_argument(shape.value, each, f"{where}.{key}", mistakes) for key, each in value.items()}
    if kind == "string":
        return _string(shape, value, where, mistakes)
    if kind == "boolean":
        return _boolean(value, where, mistakes)
    if kind in ("integer", "long", "float", "double"):
        return _number(shape, value, where, mistakes)
    return value


def _structure(shape, value, where, mistakes):
    names, result = option_names(shape), {}
    by_letters = {letters(member): member for member in shape.members}
    for key, each in value.items():
        member = by_letters.get(letters(key))
        if member is None:
            mistakes.append(f'unknown field "{key}" in {where}{_meant(key, names)}')
        elif member in result:
            mistakes.append(f'{where}: "{key}" is given twice, in two spellings')
        elif each is not None:
            result[member] = as_argument(shape.members[member], each, f"{where}.{xform_name(member)}", mistakes)
    missing = [xform_name(member) for member in shape.required_members if member not in result]
    mistakes += [f"{where}.{name}: must be given" for name in missing]
    return result


def letters(name):
    """A name's letters. sizeInGiB is size_in_gi_b to botocore, and size_in_gib to people."""
    return str(name).replace("_", "").lower()


def _meant(key, names):
    close = get_close_matches(xform_name(str(key)), names, n=1)
    return f'; did you mean "{close[0]}"?' if close else f"; its fields are {', '.join(names)}"


def _string(shape, value, where, mistakes):
    choices = list(getattr(shape, "enum", ()))
    if isinstance(value, bool):
        # YAML reads OFF and ON without quotes as booleans, and many a one writes true for ENABLED.
        words = ("ON", "ENABLED") if value else ("OFF", "DISABLED")
        value = next((each for each in choices if each in words), str(value).lower())
    if isinstance(value, (dict, list)):
        mistakes.append(f"{where}: {value!r} is not a text")
        return value
    text = str(value)
    if choices and text not in choices:
        mistakes.append(f"{where}: {text!r} is not one of {', '.join(choices)}")
    elif not choices:
        _within(shape, len(text), f"{len(text)} characters", where, mistakes)
    return text


def _boolean(value, where, mistakes):
    if isinstance(value, bool):
        return value
    text = str(value).lower()
    if text not in TRUE + FALSE:
        mistakes.append(f"{where}: {value!r} is neither true nor false")
    return text in TRUE


def _number(shape, value, where, mistakes):
    whole = shape.type_name in ("integer", "long")
    try:
        number = (int if whole else float)(str(value))
    except ValueError:
        mistakes.append(f"{where}: {value!r} is not {NAMES.get(shape.type_name, 'a number')}")
        return value
    _within(shape, number, repr(value), where, mistakes)
    return number


def _within(shape, size, given, where, mistakes):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if (low is not None and size < low) or (high is not None and size > high):
        bounds = f"at least {low}" if high is None else f"at most {high}" if low is None else f"{low} to {high}"
        mistakes.append(f"{where}: {given}; allowed are {bounds}")
