# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags as ECS lists them, and what has to happen to them. Pure."""

from __future__ import annotations

AWS = "aws:"  # keys that AWS itself sets
MOST, LONGEST_KEY, LONGEST_VALUE = 50, 128, 256


def as_dict(listed):
    return {each["key"]: each.get("value", "") for each in listed or []}


def as_list(tags):
    return [{"key": key, "value": value} for key, value in tags.items()]


def as_texts(tags):
    """Tags as a user gave them, with texts for values; None stays None."""
    return None if tags is None else {str(key): str(value) for key, value in tags.items()}


def mistakes(tags):
    """What is wrong with tags, in sentences."""
    if len(tags or {}) > MOST:
        yield f"tags: {len(tags)} are given; AWS allows {MOST}"
    for key, value in (tags or {}).items():
        if key.lower().startswith(AWS):
            yield f"tags: {key!r} is not yours to set; keys that begin with {AWS} are AWS's own"
        if not 1 <= len(key) <= LONGEST_KEY:
            yield f"tags: {key!r} has {len(key)} characters; a key has 1 to {LONGEST_KEY}"
        if len(value) > LONGEST_VALUE:
            yield f"tags.{key}: {len(value)} characters; a value has up to {LONGEST_VALUE}"


def wanted(live, given, purge):
    """All tags that there should be; those that are live where none are given. AWS's own stay."""
    if given is None:
        return dict(live)
    kept = {key: value for key, value in live.items() if not purge or key.startswith(AWS)}
    return {**kept, **given}


def steps(live, want):
    """(tags to put on, keys to take off)"""
    put = {key: value for key, value in want.items() if live.get(key) != value}
    return put, [key for key in live if key not in want]


def own(tags):
    """Without those that AWS sets, which nobody can copy."""
    return {key: value for key, value in tags.items() if not key.startswith(AWS)}
