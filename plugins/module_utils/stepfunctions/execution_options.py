# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an execution's options say, and what is wrong with them, before anything is known of AWS. Pure."""

from __future__ import annotations

import hashlib
import json
import uuid

from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import names
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions.definition import canonical

LARGEST_INPUT = 262144  # bytes
STATES = {"start": "started", "stop": "stopped"}  # as community.aws calls them
EXPRESS = "an execution of an EXPRESS state machine, of which AWS tells nothing; look at its log group"


def input_text(given):
    """(the text that AWS gets, mistakes)"""
    if isinstance(given, str):
        try:
            json.loads(given)
        except ValueError as error:
            return given, [f"input: this is not JSON: {error}. A text needs quotes of its own, like '\"hello\"'"]
        text = given
    else:
        text = json.dumps(given, ensure_ascii=False)
    size = len(text.encode())
    if size > LARGEST_INPUT:
        return text, [
            f"input: {size} bytes; AWS takes {LARGEST_INPUT} (256 KiB). Keep the data in S3, and pass its place on"
        ]
    return text, []


def checked(params):
    """(options with the input as a text and the state by one name, mistakes)"""
    options = {**params, "state": STATES.get(params["state"], params["state"])}
    options["input"], found = input_text(params["input"])
    machine, name, arn = options["state_machine"], options["name"], options["execution_arn"]
    if machine:
        found += names.machine_mistakes(machine, "state_machine", qualified=True)
    if name:
        found += names.name_mistakes(name, "name")
    if options["state"] == "started":
        found += _start_mistakes(options)
    else:
        if not arn and not (machine and name):
            found.append(f"execution_arn: must be given for state {options['state']}, or state_machine and name")
        for option in ("sync", "once"):
            if options[option]:
                found.append(f"{option}: only for state started")
    if arn:
        found += _arn_mistakes(arn, options["state"])
    if options["wait_timeout"] < 0:
        found.append(f"wait_timeout: {options['wait_timeout']} is not valid; give 0 or more seconds")
    if options["wait_delay"] <= 0:
        found.append(f"wait_delay: {options['wait_delay']} is not valid; give more than 0 seconds")
    return options, found


def _arn_mistakes(arn, verb):
    example = "arn:aws:states:eu-west-3:123456789012:execution:orders:nightly"
    wrong = list(names.arn_mistakes(arn, ["execution", "express"], "execution_arn", example))
    if not wrong and names.is_express(arn):
        wrong = [f"execution_arn: {arn} is {EXPRESS}. It can't be {verb}"]
    return wrong


def info_mistakes(options):
    """What is wrong with the options of those who only look."""
    if options["state_machine"]:
        yield from names.machine_mistakes(options["state_machine"], "state_machine", qualified=True)
    for arn in options["execution_arns"] or []:
        yield from _arn_mistakes(arn, "described")
    if options["limit"] < 1:
        yield f"limit: {options['limit']} is not valid; give 1 or more executions"


def _start_mistakes(options):
    if not options["state_machine"]:
        yield "state_machine: must be given for state started"
    if options["execution_arn"]:
        yield "execution_arn: AWS gives an execution its ARN; give state_machine and name instead"
    if options["once"] and options["sync"]:
        yield "once: not with sync; AWS remembers no names of EXPRESS executions"


def name_for(options):
    """Its name: the given one, one for each input, or one for this run, so that a call that is repeated starts nothing twice."""
    if options["name"]:
        return options["name"]
    if options["once"]:
        same = canonical(json.loads(options["input"]))
        return f"once-{hashlib.sha256(same.encode()).hexdigest()[:40]}"
    return str(uuid.uuid4())
