# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a plan can be done now, side by side, with nothing else of it done before. Pure.

Like a network, functions and their surroundings are applied in rounds: what is ready is done, then it is planned anew from
what is live.
"""

from __future__ import annotations

from dataclasses import asdict

# Changed by reading the whole, and writing the whole, so of each bucket's or function's only one at a time.
ONE_AT_A_TIME = {"s3_expiration": "bucket", "s3_notification": "bucket", "lambda_permission": "function"}


def references(change_type, name, properties):
    """Identities that a resource needs to be made, and that can't go before it."""
    if change_type in ("s3_expiration", "s3_notification"):
        found = [("s3_bucket", properties["bucket"])]
        if change_type == "s3_notification":
            function = properties["function_arn"].rpartition(":")[2]
            found += [("lambda_function", function), ("lambda_permission", f"{function} for {properties['bucket']}")]
        return found
    if change_type == "iam_role_policy":
        return [("iam_role", name)]
    if change_type == "lambda_permission":
        return [("lambda_function", properties["function"])]
    if change_type == "lambda_function":
        return [
            *_role(properties["role"]),
            ("log_group", f"/aws/lambda/{name}"),
            *_topics([properties["dead_letter_arn"]]),
        ]
    if change_type == "state_machine":
        logs = (properties["logging"]["log_group_arn"] or "").removesuffix(":*").partition(":log-group:")[2]
        return [
            *_role(properties["role_arn"]),
            ("log_group", logs),
            *(("lambda_function", each) for each in _called(properties)),
        ]
    if change_type == "cloudwatch_alarm":
        return _topics(properties["alarm_actions"])
    return []


def _role(arn):
    name = arn.rpartition("/")[2]
    return [("iam_role", name), ("iam_role_policy", name)]


def _topics(arns):
    return [("sns_topic", arn.rpartition(":")[2]) for arn in arns if arn]


def _called(properties):
    """The functions that a definition names anywhere."""

    def texts(value):
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            return [text for each in value for text in texts(each)]
        return [value] if isinstance(value, str) else []

    found = (text.partition(":function:") for text in texts(properties["definition"]))
    return {name.partition(":")[0] for _before, mark, name in found if mark}


def ready(changes):
    """``{"create": {type: [...]}, "remove": {type: [...]}}`` of the changes that can be done now."""
    coming = {(each.type, each.name) for each in changes if each.action in ("add", "change")}
    going = [each for each in changes if each.action == "remove"]
    # What is changed lets go of it first, too.
    leaving = [*going, *(each for each in changes if each.action == "change")]
    held = {identity for each in leaving for identity in references(each.type, each.name, each.before)}
    found, taken = {"create": {}, "remove": {}}, set()
    for change in sorted(changes, key=lambda each: each.action != "remove"):
        if not change.pending:
            continue
        removing = change.action == "remove"
        waits = (change.type, change.name) in held if removing else _waits(change, coming)
        part = ONE_AT_A_TIME.get(change.type)
        turn = (change.type, (change.before if removing else change.after)[part]) if part else None
        if waits or (turn and turn in taken):
            continue
        taken.add(turn)
        found["remove" if removing else "create"].setdefault(change.type, []).append(asdict(change))
    return found


def _waits(change, coming):
    needed = {each for each in references(change.type, change.name, change.after) if each != (change.type, change.name)}
    return bool(needed & coming)
