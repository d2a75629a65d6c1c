# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import boto3
import pytest

from tests.unit.ecs.account import KEYS, Ecs
from tests.unit.stepfunctions.account import emulated


@pytest.fixture
def aws():
    """An account of moto's, empty."""
    with emulated() as account:
        account.ecs = boto3.client("ecs", **KEYS)
        yield account


@pytest.fixture
def script():
    """An ECS that answers what the test says."""
    return Ecs()
