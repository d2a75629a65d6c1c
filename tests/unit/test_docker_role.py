# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role docker makes of a host: its vars, rendered for each release that it supports."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.landfall.aws.plugins.module_utils.docker import host

ROLE = Path(__file__).parents[2] / "roles/docker"
RELEASES = {"bookworm": "debian", "trixie": "debian", "jammy": "ubuntu", "noble": "ubuntu", "resolute": "ubuntu"}
COMPANIONS = ["apparmor", "ca-certificates", "iptables", "python3-requests"]
DOCKERS = ["docker-ce", "docker-ce-cli", "containerd.io"]
PLUGINS = ["docker-compose-plugin", "docker-buildx-plugin"]


def trusted(value):
    if isinstance(value, dict):
        return {key: trusted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [trusted(item) for item in value]
    return trust_as_template(value) if isinstance(value, str) else value


def rendered(name, release="trixie", packages=(), in_between=(), free=1 << 40, missing=(), **options):
    """A variable of the role, on a host of the release that has the packages."""
    variables = {}
    for file in ("defaults/main.yml", "vars/main.yml"):
        variables |= trusted(yaml.safe_load((ROLE / file).read_text()))
    variables |= options
    variables["__docker_known"] = {
        "host": {
            "name": release,
            "distribution": RELEASES[release],
            "release": release,
            "packages": list(packages),
            "in_between": list(in_between),
            "users_missing": list(missing),
            "free": free,
        }
    }
    return Templar(loader=DataLoader(), variables=variables).template(variables[name])


@pytest.mark.parametrize("release", RELEASES)
def test_dockers_own_packages_are_the_same_everywhere(release):
    assert {*rendered("__docker_missing", release, docker_source="docker")} == {*COMPANIONS, *DOCKERS, *PLUGINS}


@pytest.mark.parametrize(
    ("release", "packages"),
    [
        ("trixie", ["docker.io", "docker-cli", "docker-compose", "docker-buildx"]),
        ("jammy", ["docker.io", "docker-compose-v2", "docker-buildx"]),
        ("noble", ["docker.io", "docker-compose-v2", "docker-buildx"]),
        ("resolute", ["docker.io", "docker-compose-v2", "docker-buildx"]),
    ],
)
def test_the_distributions_packages_have_the_names_of_the_release(release, packages):
    assert {*rendered("__docker_missing", release, docker_source="distribution")} == {*COMPANIONS, *packages}
    assert rendered("__docker_obstacles", release, docker_source="distribution") == []


def test_debian_12_has_no_package_for_compose():
    (said,) = rendered("__docker_obstacles", "bookworm", docker_source="distribution")
    assert "no package for 'docker compose'" in said
    without = {"docker_source": "distribution", "docker_compose": False}
    assert rendered("__docker_obstacles", "bookworm", **without) == []
    assert {*rendered("__docker_missing", "bookworm", **without)} == {*COMPANIONS, "docker.io"}


@pytest.mark.parametrize("release", RELEASES)
def test_every_release_that_the_role_names_has_packages(release):
    assert release in rendered("__docker_packages")["distribution"]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("source", "there", "gives_way"),
    [
        ("docker", ["docker.io", "containerd", "runc", "docker-compose-v2", "podman-docker"], None),
        ("docker", DOCKERS + PLUGINS, []),
        ("distribution", [*DOCKERS, "docker-ce-rootless-extras", *PLUGINS], None),
        ("distribution", ["docker.io", "containerd", "runc"], []),
    ],
)
def test_an_engine_of_the_other_source_gives_way(release, source, there, gives_way):
    expected = sorted(there if gives_way is None else gives_way)
    assert sorted(rendered("__docker_in_the_way", release, packages=there, docker_source=source)) == expected
    # Half of it is in the way, too.
    assert sorted(rendered("__docker_in_the_way", release, in_between=there, docker_source=source)) == expected


def test_nothing_is_missing_where_all_is_there():
    assert rendered("__docker_missing", packages=COMPANIONS + DOCKERS + PLUGINS, docker_source="docker") == []


def test_what_is_in_the_way_of_an_installation_is_said_at_once():
    said = rendered("__docker_obstacles", "bookworm", docker_source="distribution", free=300 << 20, missing=["ann"])
    assert [text.split(":")[0].split(" ")[0] for text in said] == ["docker_source", "docker_users", "The"]
    assert '"ann"' in said[1]
    assert "800 MiB" in said[2]
    assert "300 MiB" in said[2]


def test_a_full_disk_is_no_obstacle_where_the_engine_is_there():
    assert rendered("__docker_obstacles", packages=DOCKERS, docker_source="docker", free=0) == []


def test_ports_are_published_on_the_address_of_the_option():
    network = {"bridge": {"com.docker.network.bridge.host_binding_ipv4": "0.0.0.0"}}
    assert rendered("__docker_daemon_defaults", docker_ip="0.0.0.0") == {
        "ip": "0.0.0.0",
        "default-network-opts": network,
    }


def test_os_release_is_read_as_a_shell_would():
    text = "# comment\nPRETTY_NAME=\"Ubuntu 26.04 LTS\"\nID=ubuntu\nVERSION_CODENAME=resolute\nNAME='Ubuntu'\n"
    assert host.parse_os_release(text) == {
        "PRETTY_NAME": "Ubuntu 26.04 LTS",
        "ID": "ubuntu",
        "VERSION_CODENAME": "resolute",
        "NAME": "Ubuntu",
    }


def test_a_package_that_was_removed_is_not_there():
    text = "docker.io installed\ncontainerd config-files\nrunc not-installed\ndocker-cli unpacked\n"
    assert host.parse_packages(text) == {"docker.io": "installed", "docker-cli": "unpacked"}


@pytest.mark.parametrize(
    ("packages", "journal", "expected"),
    [
        ({"docker.io": "installed"}, ["tmp.i"], False),
        ({"docker.io": "installed"}, ["0001"], True),
        ({"docker.io": "half-configured"}, [], True),
        ({}, [], False),
    ],
)
def test_dpkg_was_killed_where_something_is_in_between(packages, journal, expected):
    assert host.is_interrupted(packages, journal) is expected


@pytest.mark.parametrize(
    ("members", "gid", "outside"),
    [([], None, ["ann", "bob"]), ([], 900, ["ann"]), (["ann"], 900, []), (["ann"], 901, ["bob"])],
)
def test_users_are_in_a_group_by_name_or_by_their_own(members, gid, outside):
    assert host.users_outside({"ann": 1000, "bob": 900}, members, gid) == outside
