# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that run side by side: what ``landfall.aws.background`` started, or Ansible with ``async`` and ``poll: 0``."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, pending, render

# How often something is tried that AWS may be ready for later, that nothing is known of, and that AWS has refused.
TRIES_LATER, TRIES_UNKNOWN, TRIES_REFUSED = 4, 2, 1
# What is gone when the same is tried again a little later: AWS has not told all of its parts yet, or is busy.
TRANSIENT = re.compile(
    r"NotFound|DoesNotExist|DependencyViolation|IncorrectState|InvalidState|ResourceInUse|Conflict|Throttl|RequestLimit|"
    r"TooManyRequests|Internal ?(Error|Failure|Server ?Error)|Unavailable|timed? ?out|Connection (was closed|reset|refused)|"
    r"Could not connect|not yet|try again|"
    # A role that was made just before is not known to all of AWS yet.
    r"role .* cannot be assumed|role does not have permissions to call",
    re.IGNORECASE,
)
REFUSED = re.compile(
    r"Unauthorized|Access ?Denied|AuthFailure|OptInRequired|LimitExceeded|InvalidParameter|InvalidSubnet[.]Range|MissingParameter|"
    r"Unsupported|NotSupported|Malformed|Expired|missing required arguments|mutually exclusive",
    re.IGNORECASE,
)
MOST_ROUNDS = 15  # from nothing it takes five or six; the others are for what AWS has not told all of its parts yet
PAUSE = 0.1  # seconds between two looks


def wait_for(files, timeout):
    """The results that the jobs write to these files, in their order; of one that is not through in time, that it is not."""
    deadline, results = time.monotonic() + timeout, {}
    while True:
        for file in files:
            if file not in results:
                result = _read(Path(file))
                if result and not ("started" in result and not result.get("finished")):
                    results[file] = result
        if len(results) == len(set(files)) or time.monotonic() > deadline:
            break
        time.sleep(PAUSE)
    for file in results:
        Path(file).unlink(missing_ok=True)
    late = {"failed": True, "msg": f"it was not through after {timeout} seconds, and may go on"}
    return [results.get(file, late) for file in files]


def _read(path):
    """What a job has written, or nothing while it writes."""
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None


def failures(results, names):
    """Why jobs failed, in one line each, which begins with what the job was for."""
    return [
        f"{name}: {_reason(result)}"
        for name, result in zip(names, results, strict=True)
        if result.get("failed") or result.get("rc", 0) != 0
    ]


def _reason(result):
    error = result.get("error") or {}
    text = result.get("msg") or _root_of(result.get("exception")) or result.get("module_stderr") or str(result)
    code = error.get("code") if isinstance(error, dict) else None
    line = " ".join(str(text).split())
    return f"{line} ({code})" if code and code not in line else line


def _root_of(exception):
    """What ansible-core writes of an exception: the message of the innermost one."""
    event = exception.get("event") if isinstance(exception, dict) else None
    while event:
        if not event.get("chain"):
            return event.get("msg")
        event = {**event["chain"]["event"], "msg": f"{event['msg']}: {event['chain']['event']['msg']}"}
    return exception if isinstance(exception, str) else None


def tries(reason):
    """How often in all what failed for this reason is to be tried."""
    if TRANSIENT.search(reason):
        return TRIES_LATER
    return TRIES_REFUSED if REFUSED.search(reason) else TRIES_UNKNOWN


def counted(results, names, failed_before):
    """``{why something failed: how often so far}``, or Refused where trying again would not help."""
    counts = {}
    for reason in failures(results, names):
        # A request's id is another each time.
        key = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "...", reason)
        counts[key] = failed_before.get(key, 0) + 1
    hopeless = "".join(f"\n- {reason}" for reason, count in counts.items() if count >= tries(reason))
    if hopeless:
        raise Refused(
            f"AWS did not do everything that the plan names; what was done stays, and the next run goes on from there.{hopeless}"
        )
    return counts


def next_round(before, changes):
    """The number of a round of applying a plan, the first being 0, or Refused where it leads nowhere."""
    number = 0 if before is None else before + 1
    if number >= MOST_ROUNDS and pending(changes):
        raise Refused(
            f"Not everything is as it was planned, after {number} rounds. What is left to do:\n{render(changes)}"
        )
    return number
