# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A state machine as it is compared, and the plan to change it. Pure.

Properties have the API's names in snake_case. The definition is its canonical text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from ansible_collections.landfall.aws.plugins.module_utils.changes import (
    Change,
    Refused,
    Resource,
    compare,
    differences,
    refuse_mistakes,
    removals,
)
from ansible_collections.landfall.aws.plugins.module_utils.shapes import as_argument, as_option, option_names
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import names
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions.definition import canonical, canonical_text

TYPE, VERSION = "state_machine", "state_machine_version"
# What a new state machine has where nothing else is said.
DEFAULTS = {
    "logging_configuration": {"level": "OFF", "include_execution_data": False, "destinations": []},
    "tracing_configuration": {"enabled": False},
    "encryption_configuration": {"type": "AWS_OWNED_KEY"},
}
KEY_REUSE = 300  # seconds, where it is not said
UPDATED = ("definition", "role_arn", *DEFAULTS)  # by UpdateStateMachine; tags have calls of their own


@dataclass(frozen=True)
class Live:
    """What there is under a name."""

    described: dict | None = None  # as AWS answered, in snake_case
    tags: dict | None = None  # None: nobody asked
    versions: tuple = ()  # ARNs, the newest first
    published: str | None = None  # the version that is the current revision
    aliased: frozenset = frozenset()  # ARNs of the versions that aliases lead to

    @property
    def deleting(self):
        return bool(self.described) and self.described.get("status") == "DELETING"

    @property
    def there(self):
        return bool(self.described) and not self.deleting


def checked(options, shape):
    """(options with their configurations in the API's form, mistakes), before anything is known of what is live."""
    found, result = [], dict(options)
    if options["name"]:
        found += names.name_mistakes(options["name"], "name")
    if options["arn"]:
        found += names.machine_mistakes(options["arn"], "arn")
    if options["role_arn"]:
        found += names.role_mistakes(options["role_arn"])
    for name in DEFAULTS:
        if options[name] is not None:
            member = shape.members[option_names(shape)[name]]
            wrong = []
            argument = as_argument(member, options[name], name, wrong)
            result[name] = options[name] if wrong else as_option(member, argument)
            found += wrong
    if options["version_description"] and not options["publish"]:
        found.append("version_description: given, and publish is not true; only a new version has a description")
    if options["keep_versions"] is not None and options["keep_versions"] < 1:
        found.append(f"keep_versions: {options['keep_versions']} is not valid; 1 or more versions can be kept")
    for name in ("role_propagation_timeout", "wait_timeout"):
        if options[name] < 0:
            found.append(f"{name}: {options[name]} is not valid; give 0 or more seconds")
    if options["wait_delay"] <= 0:
        found.append(f"wait_delay: {options['wait_delay']} is not valid; give more than 0 seconds")
    return result, found


def wanted(options, source, live):
    """The properties that the options name, over what is live; what was left out is None."""
    before = properties(live)
    given = [each for each in (options["tags"], options["owner_tags"]) if each is not None]
    return {
        "definition": canonical(source.tree) if source else None,
        "role_arn": options["role_arn"],
        "type": options["type"],
        **{name: _over(name, options[name], before.get(name)) for name in DEFAULTS},
        "tags": {str(key): str(value) for each in given for key, value in each.items()} if given else None,
    }


def is_changed(options, source, live):
    """Whether more than tags differs."""
    return bool({*UPDATED, "type"} & {*differences(wanted(options, source, live), properties(live))})


def properties(live):
    """The same of what is live."""
    described = live.described
    if not described:
        return {}
    text = described["definition"]
    return {
        "definition": None if text is None else canonical_text(text),
        "role_arn": described["role_arn"],
        "type": described["type"],
        **{name: _over(name, described.get(name) or {}, None) for name in DEFAULTS},
        "tags": live.tags,
    }


def unknown_key(options, live):
    """The alias of a key that only KMS can tell from the key that is live, if one is given."""
    given = (options["encryption_configuration"] or {}).get("kms_key_id") or ""
    have = ((live.described or {}).get("encryption_configuration") or {}).get("kms_key_id")
    return given if "alias/" in given and have and have != given else None


def _over(name, given, live):
    """A configuration over the one that is live, in the one form in which two are compared."""
    if given is None:
        return None
    result = {**DEFAULTS[name], **(live or {}), **given}
    if name == "logging_configuration":
        result["destinations"] = [_destination(each) for each in result["destinations"] or []]
    if name == "encryption_configuration":
        result = {"type": result["type"]} if result["type"] == "AWS_OWNED_KEY" else _key(result, live)
    return result


def _destination(given):
    """Step Functions wants a log group's ARN with what CloudWatch Logs writes behind it."""
    arn = given["cloud_watch_logs_log_group"]["log_group_arn"]
    return {"cloud_watch_logs_log_group": {"log_group_arn": f"{arn.removesuffix(':*')}:*"}}


def _key(given, live):
    """A key's id and its ARN are the same key."""
    key, before = given.get("kms_key_id"), (live or {}).get("kms_key_id") or ""
    return {
        "type": given["type"],
        "kms_key_id": before if key and before.endswith(f":key/{key}") else key,
        "kms_data_key_reuse_period_seconds": given.get("kms_data_key_reuse_period_seconds") or KEY_REUSE,
    }


def refuse_configurations(want):
    """Refuse what AWS does not take, and what only the live state machine could have made right."""
    logging, encryption = want["logging_configuration"] or {}, want["encryption_configuration"] or {}
    mistakes = []
    if logging.get("level", "OFF") != "OFF" and not logging["destinations"]:
        mistakes.append(f"logging_configuration: level {logging['level']} needs a log group in destinations")
    if encryption.get("type") == "CUSTOMER_MANAGED_KMS_KEY" and not encryption["kms_key_id"]:
        mistakes.append("encryption_configuration: CUSTOMER_MANAGED_KMS_KEY needs kms_key_id")
    refuse_mistakes(mistakes)


def plan(name, arn, options, source, live):
    """The changes that make it so: the state machine's own, a version that comes, versions that go."""
    _refuse_strangers(name, options, live)
    if options["state"] == "absent":
        return removals([Resource(TYPE, name, properties(live), arn)] if live.there else [], "no longer wanted")
    want, before = wanted(options, source, live), properties(live)
    refuse_configurations(want)
    if live.there and options["purge_tags"] and options["tags"] is not None:
        want["other_tags"], before["other_tags"] = [], sorted(foreign_tags(live.tags, want["tags"]))
    have = [Resource(TYPE, name, before, arn)] if live.there else []
    (change,) = compare([Resource(TYPE, name, want, arn, immutable=("type",))], have)
    if live.deleting:
        change = replace(change, why="is being deleted; is made anew when it is gone")
    _refuse_new(name, options, change)
    return [change, *_versions(name, options, live, change)]


def foreign_tags(live, wanted_tags):
    """The keys that a user may take off and does not name."""
    return [key for key in live if key not in wanted_tags and not key.startswith("aws:")]


def _refuse_strangers(name, options, live):
    lacking = [
        f"{key}={value}"
        for key, value in (options["owner_tags"] or {}).items()
        if live.there and live.tags.get(key) != str(value)
    ]
    if lacking:
        raise Refused(
            f"The state machine {name} exists and does not carry {', '.join(lacking)}, so it is not yours and is left "
            "alone. Give it these tags, choose another name, or leave owner_tags out."
        )


def _refuse_new(name, options, change):
    if change.action == "add":
        lacking = [option for option in ("definition", "role_arn") if not change.after[option]]
        refuse_mistakes(
            [f"{option}: must be given, because the state machine {name} does not exist" for option in lacking]
        )
    if change.action == "replace":
        if not options["recreate"]:
            raise Refused(
                f"The state machine {name} is {change.before['type']}, and its type can't be changed to "
                f"{change.after['type']}. With recreate: true it is deleted with its versions, aliases and executions, and "
                "made anew."
            )
        if not (change.after["definition"] or change.before["definition"]):
            raise Refused(f"definition: must be given to make {name} anew, because the one that it has can't be read")


def _versions(name, options, live, change):
    rides = change.action in ("add", "replace") or (change.pending and update_of(change))
    fresh = change.action in ("add", "replace")
    kept = [] if fresh else list(live.versions)
    result = []
    if options["publish"] and (rides or not live.published):
        why = "publish" if rides else "the current revision has no version"
        result.append(Change("add", VERSION, name, None, None, {"description": options["version_description"]}, why))
    if options["keep_versions"] is not None:
        room = max(0, options["keep_versions"] - len(result))
        old = [each for each in kept[room:] if each not in live.aliased]
        why = f"more than keep_versions={options['keep_versions']}, and no alias leads to it"
        result += [Change("remove", VERSION, f"{name}:{names.last(each)}", each, {}, None, why) for each in old]
    return result


def sends_definition(change):
    return change.action in ("add", "replace") or "definition" in update_of(change)


def update_of(change):
    """What UpdateStateMachine has to change."""
    return [name for name in differences(change.after, change.before or {}) if name in UPDATED]


def tag_changes(change):
    """(tags to put on, keys to take off)"""
    before, after = change.before["tags"] or {}, change.after["tags"] or {}
    put = {key: value for key, value in after.items() if before.get(key) != value}
    return put, (change.before["other_tags"] if "other_tags" in change.after else [])


def merged(change):
    """What the state machine will be like."""
    before, after = change.before or {}, change.after or {}
    result = {**before, **{key: value for key, value in after.items() if value is not None}}
    off = (result.pop("other_tags", None) is not None and before.get("other_tags")) or []
    if result.get("tags") is not None:
        kept = {key: value for key, value in (before.get("tags") or {}).items() if key not in off}
        result["tags"] = {**kept, **(after.get("tags") or {})}
    return {key: value for key, value in result.items() if value is not None}


def documents(change):
    """A change's before and after, as a person reads it."""
    before = {key: value for key, value in (change.before or {}).items() if key != "other_tags"}
    return _readable(before), _readable({} if change.action == "remove" else merged(change))


def _readable(properties_):
    shown = {key: value for key, value in properties_.items() if value is not None}
    return {**shown, "definition": json.loads(shown["definition"])} if "definition" in shown else shown


def shown(arn, change, live, revision_id):
    """The state machine as it is returned: as AWS described it, and what was changed since."""
    described = live.described if live.there and change.action != "replace" else {}
    defaults = {"name": names.machine_name(arn), "state_machine_arn": arn, "type": "STANDARD", **DEFAULTS}
    more = {"revision_id": revision_id} if revision_id else {}
    return {**defaults, **described, **_readable(merged(change)), **more}


def still_differs(change, described):
    """Which of the properties that were sent are not yet what AWS describes."""
    live = Live(described)
    sent = {name: value for name, value in change.after.items() if name in (*UPDATED, "type")}
    if not described or described["definition"] is None:
        sent.pop("definition")
    return differences(sent, properties(live)) if live.there else ["status"]
