# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names and ARNs of Step Functions. Pure."""

from __future__ import annotations

import re

ARN = re.compile(
    r"arn:(?P<partition>[^:]+):states:(?P<region>[^:]+):(?P<account>\d{12}):(?P<kind>[A-Za-z]+):(?P<rest>.+)"
)
ROLE_ARN = re.compile(r"arn:[^:]+:iam::(?P<account>\d{12}):role/.+")
FORBIDDEN = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\U0010ffff]")
LONGEST = 80


def name_mistakes(name, what):
    """Why a name is none that AWS takes for state machines and executions."""
    if not 1 <= len(name) <= LONGEST:
        yield f"{what}: {name!r} has {len(name)} characters; 1 to {LONGEST} are allowed"
    wrong = sorted(set(FORBIDDEN.findall(name)))
    if wrong:
        shown = " ".join(map(repr, wrong))
        yield f'{what}: {name!r} contains {shown}; white space, brackets, wildcards and " # % \\ ^ | ~ ` $ & , ; : / are not allowed'


def alias_mistakes(name):
    if not re.fullmatch(r"(?=.*[A-Za-z_.-])[A-Za-z0-9_.-]{1,80}", name):
        yield f"name: {name!r} is not valid; an alias has 1 to 80 letters, digits, '_', '-' and '.', and is no number"


def arn_mistakes(arn, kinds, what, example):
    found = ARN.fullmatch(arn)
    if not found or found["kind"] not in kinds:
        yield f"{what}: {arn!r} is not valid; it is written like {example}"


def machine_mistakes(given, what, qualified=False):
    """Why a state machine's name or ARN is none."""
    if not given.startswith("arn:"):
        name, mark, qualifier = given.partition(":")
        yield from name_mistakes(name if qualified and mark and qualifier else given, what)
        return
    yield from arn_mistakes(given, ["stateMachine"], what, "arn:aws:states:eu-west-3:123456789012:stateMachine:orders")
    found = ARN.fullmatch(given)
    if found and not qualified and ":" in found["rest"]:
        yield f"{what}: {given!r} is the ARN of a version or an alias; give the state machine's"


def role_mistakes(arn):
    if not ROLE_ARN.fullmatch(arn):
        yield f"role_arn: {arn!r} is not valid; it is written like arn:aws:iam::123456789012:role/orders"


def account_of_role(arn):
    found = ROLE_ARN.fullmatch(arn or "")
    return found["account"] if found else None


def machine_arn(client, account, name):
    """The ARN of a state machine, and with a name like orders:7 or orders:live that of its version or alias."""
    return f"arn:{client.meta.partition}:states:{client.meta.region_name}:{account}:stateMachine:{name}"


def unqualified(arn):
    """The ARN of the state machine that a version or an alias belongs to."""
    return ":".join(arn.split(":")[:7])


def machine_name(arn):
    return arn.split(":")[6]


def last(arn):
    """A version's number, an alias's or an execution's name."""
    return arn.rpartition(":")[2]


def execution_arn(state_machine_arn, name):
    return f"{unqualified(state_machine_arn).replace(':stateMachine:', ':execution:', 1)}:{name}"


def is_express(arn):
    """Whether an execution is one of an EXPRESS machine, whose ARNs say so."""
    return ARN.fullmatch(arn)["kind"] == "express"
