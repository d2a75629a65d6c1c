# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from tests.unit.wire import reached


@pytest.fixture
def wire(monkeypatch):
    with reached(monkeypatch) as handler:
        yield handler
