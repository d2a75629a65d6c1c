# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for AWS: until something is so, or until a refusal that passes by itself has passed."""

from __future__ import annotations

import time
from random import uniform

from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError

LONGEST = 10  # seconds between two looks, to which they grow


def poll(look, timeout, delay, longest=LONGEST, spread=0.0):
    """What ``look`` returns as soon as that is something; None where it was not within the timeout.

    ``spread`` is the share by which a pause may be shorter or longer, so that many who wait do not ask all at once.
    """
    end = time.monotonic() + timeout
    while True:
        seen = look()
        left = end - time.monotonic()
        if seen or left <= 0:
            return seen or None
        time.sleep(min(delay * (1 + uniform(-spread, spread)), left))
        delay = max(delay, min(delay * 1.5, longest))


def repeat(call, passes, timeout, delay):
    """Call until AWS no longer refuses it with an error that ``passes``; after the timeout its last error is raised."""
    end = time.monotonic() + timeout
    while True:
        try:
            return call()
        except ClientError as error:
            if not passes(error) or time.monotonic() >= end:
                raise
        time.sleep(delay)


def code_of(error):
    """The name of an error that AWS answered with."""
    return error.response["Error"]["Code"]
