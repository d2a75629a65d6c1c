# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the role caddy takes the installed version for one of the wanted source, from what apt says."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

VARIABLES = Path(__file__).parents[2] / "roles/caddy/vars/main.yml"
OWN = "https://dl.cloudsmith.io/public/caddy/stable/deb/debian"

NOT_INSTALLED = f"""caddy:
  Installed: (none)
  Candidate: 2.10.2
  Version table:
     2.10.2 500
        500 {OWN} any-version/main amd64 Packages
"""
OF_DISTRIBUTION = """caddy:
  Installed: 2.6.2-12
  Candidate: 2.6.2-12
  Version table:
 *** 2.6.2-12 500
        500 http://deb.debian.org/debian trixie/main amd64 Packages
        100 /var/lib/dpkg/status
"""
# A run was killed after apt had read the new repository.
OF_DISTRIBUTION_STILL = f"""caddy:
  Installed: 2.6.2-12
  Candidate: 2.10.2
  Version table:
     2.10.2 500
        500 {OWN} any-version/main amd64 Packages
 *** 2.6.2-12 500
        500 http://deb.debian.org/debian trixie/main amd64 Packages
        100 /var/lib/dpkg/status
     2.6.1 500
        500 {OWN} any-version/main amd64 Packages
"""
OF_CADDY_NOT_THE_NEWEST = f"""caddy:
  Installed: 2.10.1
  Candidate: 2.10.2
  Version table:
     2.10.2 500
        500 {OWN} any-version/main amd64 Packages
 *** 2.10.1 500
        500 {OWN} any-version/main amd64 Packages
        100 /var/lib/dpkg/status
"""


@pytest.mark.parametrize(
    ("source", "policy", "expected"),
    [
        ("caddy", "", False),
        ("caddy", NOT_INSTALLED, False),
        ("caddy", OF_DISTRIBUTION, False),
        ("caddy", OF_DISTRIBUTION_STILL, False),
        ("caddy", OF_CADDY_NOT_THE_NEWEST, True),
        ("distribution", "", False),
        ("distribution", NOT_INSTALLED, False),
        ("distribution", OF_DISTRIBUTION, True),
        ("distribution", OF_CADDY_NOT_THE_NEWEST, True),
    ],
)
@pytest.mark.parametrize("url", [OWN, f"{OWN}/"])
def test_where_the_installed_version_comes_from(url, source, policy, expected):
    loader = DataLoader()
    role = loader.load_from_file(str(VARIABLES), trusted_as_template=True)
    options = {"caddy_source": source, "caddy_repository_url": url, "__caddy_policy": {"stdout": policy.rstrip("\n")}}
    assert Templar(loader, variables={**role, **options}).template(role["__caddy_is_of_source"]) is expected
