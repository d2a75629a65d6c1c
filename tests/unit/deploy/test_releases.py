# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.deploy import releases
from ansible_collections.landfall.aws.plugins.module_utils.deploy.releases import COLOURS, Container, Impossible

PORTS = [8000, 8001]
NAMES = ["111111111111-00000001", "222222222222-00000002", "333333333333-00000003", "444444444444-00000004"]


def container(colour, release=NAMES[0], running=True, started="2026-11-21T10:00:00Z"):
    port = PORTS[COLOURS.index(colour)]
    return Container(f"app-{colour}", colour, release, f"sha256:{release[:12]}", port, running, started)


def record(release, activated):
    return {
        "image": f"web:{release[:2]}",
        "image_id": f"sha256:{release[:12]}",
        "activated": f"2026-11-21T10:00:{activated:02}Z",
    }


def plan(containers, routed, records, wanted, keep=5):
    return releases.make_plan(containers, routed, records, wanted, PORTS, keep)


def test_the_first_release_goes_to_blue():
    found = plan([], None, {}, NAMES[0])
    assert (found.active, found.colour, found.port, found.replaces, found.retire) == (None, "blue", 8000, False, None)


def test_a_new_release_goes_to_the_colour_that_does_not_answer():
    found = plan([container("blue")], "blue", {NAMES[0]: record(NAMES[0], 1)}, NAMES[1])
    assert (found.colour, found.port, found.replaces) == ("green", 8001, True)
    assert found.retire.name == "app-blue"


def test_a_container_that_has_the_other_one_s_port_keeps_it():
    shared = container("green")._replace(port=PORTS[0])
    found = plan([shared], "green", {}, NAMES[1])
    assert (found.colour, found.port) == ("blue", 8001)
    both = releases.make_plan([shared], "green", {}, NAMES[1], [8000, 8000], 5)
    assert (both.colour, both.port) == ("blue", 8000)


def test_the_release_that_answers_stays_where_it_is():
    live = container("green", NAMES[1])
    found = plan([live, container("blue", running=False)], "green", {}, NAMES[1])
    assert (found.active, found.colour, found.port, found.replaces, found.retire) == (live, "green", 8001, False, None)


def test_what_a_killed_run_has_left_running_is_retired():
    found = plan([container("green", NAMES[1]), container("blue")], "green", {}, NAMES[1])
    assert found.retire.name == "app-blue"


def test_what_a_killed_run_has_started_and_not_switched_to_is_replaced():
    containers = [container("green", NAMES[1], started="2026-11-21T11:00:00Z"), container("blue")]
    found = plan(containers, "blue", {NAMES[0]: record(NAMES[0], 1)}, NAMES[2])
    assert (found.active.colour, found.colour) == ("blue", "green")


def test_where_nothing_is_routed_what_was_well_once_comes_before_what_runs():
    was_well, never = container("blue", running=False), container("green", NAMES[1])
    assert releases.active_of([never, was_well], None, {NAMES[0]: record(NAMES[0], 1)}) == was_well
    assert releases.active_of([never, was_well], None, {}) == never


def test_a_change_of_image_configuration_or_secret_is_another_release():
    names = {
        releases.identify(image, configuration, secrets, key)
        for image in ("sha256:" + "a" * 64, "sha256:" + "b" * 64)
        for configuration in ({"memory": ""}, {"memory": "1G"})
        for secrets in ({"TOKEN": "x"}, {"TOKEN": "y"})
        for key in (b"one host", b"another")
    }
    assert len(names) == 16
    assert all(releases.RECORD.fullmatch(f"{name}.json") for name in names)


def test_the_order_of_options_does_not_make_a_release():
    first, second = ({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1})
    assert releases.identify("sha256:00", first, {}, b"k") == releases.identify("sha256:00", second, {}, b"k")


@given(
    records=st.dictionaries(st.sampled_from(NAMES), st.integers(0, 59)),
    live=st.sampled_from(NAMES),
    wanted=st.sampled_from(NAMES),
    keep=st.integers(2, 4),
)
def test_what_answers_now_and_what_answers_next_are_never_forgotten(records, live, wanted, keep):
    records = {name: record(name, activated) for name, activated in records.items()}
    found = plan([container("blue", live)], "blue", records, wanted, keep)
    assert not {live, wanted} & set(found.forget)
    assert len(set(records) - set(found.forget)) <= keep
    kept = {each["image_id"] for name, each in records.items() if name not in found.forget}
    assert not kept & set(found.images)
    assert f"sha256:{live[:12]}" not in found.images


@given(live=st.sampled_from(NAMES), history=st.permutations(range(4)))
def test_the_release_before_is_kept_when_the_same_is_deployed_again(live, history):
    records = {name: record(name, at) for name, at in zip(NAMES, history)}
    found = plan([container("blue", live)], "blue", records, live, keep=2)
    assert found.previous is not None
    assert found.previous not in found.forget


@given(
    running=st.lists(st.booleans(), min_size=2, max_size=2),
    routed=st.sampled_from([None, *COLOURS]),
    names=st.lists(st.sampled_from(NAMES), min_size=2, max_size=2),
    wanted=st.sampled_from(NAMES),
)
def test_what_answers_is_never_the_place_for_another_release(running, routed, names, wanted):
    containers = [container(colour, name, run) for colour, name, run in zip(COLOURS, names, running)]
    found = plan(containers, routed, {}, wanted)
    if routed:
        assert found.active.colour == routed
    assert (found.colour == found.active.colour) == (found.active.release == wanted)


def test_a_release_is_chosen_by_its_name_the_beginning_of_it_or_as_the_previous():
    records = {name: record(name, at) for at, name in enumerate(NAMES)}
    assert releases.choose(records, NAMES[3], "previous") == NAMES[2]
    assert releases.choose(records, NAMES[0], "previous") == NAMES[3]
    assert releases.choose(records, NAMES[3], "1111") == NAMES[0]
    assert releases.choose(records, NAMES[3], NAMES[1]) == NAMES[1]


def test_a_release_that_is_not_kept_is_refused_with_those_that_are():
    records = {name: record(name, at) for at, name in enumerate(NAMES[:2])}
    with pytest.raises(Impossible, match="9999 is no release that is kept") as refused:
        releases.choose(records, NAMES[1], "9999")
    assert f"{NAMES[1]} web:22 of 2026-11-21T10:00:01Z (answers now)" in str(refused.value)
    assert NAMES[0] in str(refused.value)
    with pytest.raises(Impossible, match="no earlier release"):
        releases.choose({}, None, "previous")
    with pytest.raises(Impossible, match="the beginning of several"):
        releases.choose(
            {"aaaa11111111-00000000": record("aa", 1), "aaaa22222222-00000000": record("aa", 2)}, None, "aaaa"
        )


@given(port=st.integers(1, 65535), size=st.integers(8, 29))
def test_the_containers_addresses_are_two_and_neither_the_network_s_own_nor_the_gateway_s(port, size):
    import ipaddress

    network = ipaddress.ip_network(f"10.0.0.0/{size}")
    found = [ipaddress.ip_address(each) for each in releases.addresses(str(network), port).values()]
    assert len(set(found)) == 2
    assert all(each in network for each in found)
    assert not {network[0], network[1], network[-1]} & set(found)


def test_docker_s_words_become_containers():
    inspected = {
        "Name": "/app-green",
        "Image": "sha256:abc",
        "Config": {"Labels": {"landfall.aws.colour": "green", "landfall.aws.release": NAMES[0]}},
        "HostConfig": {"PortBindings": {"3000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8001"}]}},
        "State": {"Running": True, "StartedAt": "2026-11-21T10:00:00Z"},
    }
    bare = {**inspected, "Name": "/other", "Config": {"Labels": None}, "HostConfig": {"PortBindings": None}}
    bare["State"] = {"Running": False, "StartedAt": "2026-11-21T11:00:00Z"}
    assert releases.containers_of([inspected, bare]) == [
        Container("other", "", "", "sha256:abc", None, False, "2026-11-21T11:00:00Z"),
        Container("app-green", "green", NAMES[0], "sha256:abc", 8001, True, "2026-11-21T10:00:00Z"),
    ]
