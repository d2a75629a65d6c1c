"""How a project of Docker Compose is divided: what runs once, what runs for each colour, and who finds whom."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.deploy import compose

PLACE = {
    "colour": "green",
    "release": "3f2a9c01b7de-5c1b77aa",
    "port": 8001,
    "container_port": 3000,
    "address": "192.168.255.3",
    "network": "landfall",
    "stop_timeout": 7,
}
DONE = {"condition": "service_completed_successfully", "required": True}
HEALTHY = {"condition": "service_healthy", "required": True}
STARTED = {"condition": "service_started", "required": True}


def service(**more):
    return {"image": "x", "networks": {"default": None}, **more}


def shop():
    """What ``docker compose config`` says of a shop, short."""
    return {
        "name": "shop",
        "services": {
            "web": service(
                build={"context": "/source"},
                ports=[{"target": 3000, "published": "80"}],
                depends_on={"db": HEALTHY, "migrate": DONE, "api": STARTED},
                environment={"A": "pa$$word", "NOT_SET": None},
                volumes=[{"type": "bind", "source": "/source/conf", "target": "/conf"}],
                container_name="web",
                secrets=[{"source": "token", "target": "/run/secrets/token"}],
            ),
            "api": service(expose=["9000"], networks={"default": {"aliases": ["backend"], "ipv4_address": "10.0.0.2"}}),
            "migrate": service(depends_on={"db": HEALTHY}),
            "db": service(volumes=[{"type": "volume", "source": "data", "target": "/data"}], ports=[{"target": 5432}]),
            "worker": service(depends_on={"db": STARTED, "web": STARTED}),
        },
        "networks": {"default": {"name": "shop_default", "ipam": {}}},
        "volumes": {"data": {"name": "shop_data"}},
        "secrets": {"token": {"name": "shop_token", "environment": "TOKEN"}},
    }


def neutral(project):
    ids = {name: f"sha256:{name}" for name in project["services"]}
    return compose.neutral(project, ids, lambda path: f"/kept{path}", lambda name: f"/kept/{name}", {"driver": "local"})


def divided(asked=("api",), project=None):
    project = project or shop()
    switched = compose.switched_of(project["services"], "web", asked)
    parts = (neutral(project), "shop", switched, "web")
    return compose.shared(*parts), compose.colour(*parts, PLACE)


def test_what_there_must_be_one_of_runs_once():
    shared, coloured = divided()
    assert sorted(shared["services"]) == ["db", "worker"]
    assert sorted(coloured["services"]) == ["shop-green", "shop-green-api", "shop-green-migrate"]
    assert (shared["name"], coloured["name"]) == ("shop", "shop-green")


def test_only_the_way_in_is_published_and_on_loopback_only():
    shared, coloured = divided()
    (port,) = coloured["services"]["shop-green"]["ports"]
    assert (port["host_ip"], port["published"], port["target"]) == ("127.0.0.1", "8001", 3000)
    others = [
        *shared["services"].values(),
        *(each for name, each in coloured["services"].items() if name != "shop-green"),
    ]
    assert not any("ports" in each for each in others)


def test_the_way_in_is_found_as_a_container_of_an_image_is():
    web = divided()[1]["services"]["shop-green"]
    assert web["container_name"] == "shop-green"
    assert web["labels"]["landfall.aws.app"] == "shop"
    assert web["labels"]["landfall.aws.colour"] == "green"
    assert web["labels"]["landfall.aws.release"] == PLACE["release"]
    assert web["networks"][compose.PROXY] == {"ipv4_address": "192.168.255.3"}
    assert web["stop_grace_period"] == "7s"


def test_the_services_of_a_colour_find_their_own_and_are_not_taken_for_another_release():
    coloured = divided()[1]["services"]
    assert coloured["shop-green-api"]["networks"] == {"default": {}, compose.PEERS: {"aliases": ["api"]}}
    assert coloured["shop-green"]["networks"]["default"] == {"aliases": ["web"]}
    alone = divided(asked=())[1]
    assert compose.PEERS not in alone["networks"]
    assert "aliases" not in alone["services"]["shop-green"]["networks"][compose.PROXY]


def test_nothing_waits_for_a_service_of_another_project():
    shared, coloured = divided()
    assert coloured["services"]["shop-green"]["depends_on"] == {"shop-green-migrate": DONE, "shop-green-api": STARTED}
    assert "depends_on" not in coloured["services"]["shop-green-migrate"]
    assert shared["services"]["worker"]["depends_on"] == {"db": STARTED}
    assert compose.awaited(shop(), ["web", "migrate"]) == ["db"]


def test_work_that_others_wait_for_too_is_not_done_by_each_colour():
    project = shop()
    assert compose.switched_of(project["services"], "web", []) == ["migrate", "web"]
    project["services"]["worker"]["depends_on"]["migrate"] = DONE
    assert compose.switched_of(project["services"], "web", []) == ["web"]


def test_networks_and_volumes_are_one_for_all():
    shared, coloured = divided()
    assert (
        shared["networks"]["default"] == coloured["networks"]["default"] == {"name": "shop_default", "external": True}
    )
    assert shared["volumes"] == {"data": {"name": "shop_data", "external": True}}
    assert coloured["volumes"] == {}
    networks, volumes = compose.made_first(shop())
    assert (list(networks), list(volumes)) == (["shop_default"], ["shop_data"])
    assert compose.made_first({"volumes": {"old": {"name": "old", "external": True}}}) == ({}, {})


def test_what_is_said_of_a_network_or_volume_is_said_to_docker():
    network = {
        "internal": True,
        "driver": "bridge",
        "driver_opts": {"a": "b"},
        "ipam": {"config": [{"subnet": "10.1.0.0/24"}]},
    }
    words = compose.network_words(network)
    assert words == ["--internal", "--driver", "bridge", "--opt", "a=b", "--subnet", "10.1.0.0/24"]
    assert compose.volume_words({"driver_opts": {"type": "tmpfs"}, "labels": {"k": "v"}}) == [
        "--opt",
        "type=tmpfs",
        "--label",
        "k=v",
    ]


def test_a_project_needs_its_source_and_variables_no_more():
    found = neutral(shop())
    web = found["services"]["web"]
    assert web["image"] == "sha256:web"
    assert not {"build", "ports", "container_name"} & set(web)
    assert web["environment"] == {"A": "pa$$word"}
    assert compose.mounted(found) == {"/kept/source/conf", "/kept/TOKEN"}
    assert web["restart"] == "unless-stopped"
    assert found["services"]["migrate"]["restart"] == "no"
    assert web["logging"] == {"driver": "local"}


def test_what_the_project_says_itself_of_restarts_and_logs_stays():
    project = shop()
    project["services"]["db"] |= {"restart": "always", "logging": {"driver": "journald"}}
    found = neutral(project)["services"]["db"]
    assert (found["restart"], found["logging"]) == ("always", {"driver": "journald"})


def test_going_back_leaves_what_keeps_data_as_it_is_while_it_is_well():
    old, _green = divided()
    new = copy.deepcopy(old)
    new["services"]["db"]["image"] = new["services"]["worker"]["image"] = "sha256:newer"
    assert compose.going_back(old, new, {"db", "worker"})["services"] == {
        "db": new["services"]["db"],
        "worker": old["services"]["worker"],
    }
    assert compose.going_back(old, new, {"worker"})["services"] == old["services"]
    assert compose.going_back(old, {}, set())["services"] == old["services"]


def test_read_only_mounts_are_no_data():
    assert not compose.keeps_data(
        service(volumes=[{"type": "bind", "source": "/a", "target": "/a", "read_only": True}])
    )
    assert compose.keeps_data(service(volumes=[{"type": "bind", "source": "/a", "target": "/a"}]))
    assert not compose.keeps_data(service(volumes=[{"type": "tmpfs", "target": "/a"}]))


@pytest.mark.parametrize(
    ("asked", "services", "entry"),
    [
        ("web", {"web": {}, "api": {}}, "web"),
        ("", {"web": {}}, "web"),
        ("", {"web": {"ports": [1]}, "db": {}}, "web"),
        ("", {"web": {"expose": ["1"]}, "db": {}}, "web"),
        ("", {"web": {"ports": [1]}, "db": {"ports": [1]}}, None),
        ("", {"web": {}, "db": {}}, None),
    ],
)
def test_requests_go_to_the_one_that_is_named_or_the_only_one_with_a_port(asked, services, entry):
    assert compose.entry_of(services, asked) == entry


def wrong(change, asked="web", switched=()):
    services = shop()["services"]
    for name, more in change.items():
        services[name] |= more
    return list(compose.problems(services, compose.entry_of(services, asked), asked, switched))


def test_what_can_not_be_divided_is_said_all_at_once():
    assert wrong({}) == []
    found = wrong({"db": {"network_mode": "host"}}, "wbe", ["apii"])
    assert len(found) == 3
    assert "wbe is no service of the project, which has api, db, migrate, web, worker" in found[0]
    assert "apii" in found[1]
    assert "db uses the host's own network" in found[2]
    assert "Name it in app_compose_service" in wrong({}, "")[0]


def test_services_that_share_a_network_or_volumes_are_switched_together():
    tie = {"worker": {"network_mode": "service:api", "networks": {}}}
    assert "worker shares with api" in wrong(tie, switched=["api"])[0]
    assert wrong(tie) == []
    assert "web shares with db" in wrong({"web": {"volumes_from": ["db:ro"]}})[0]
    assert "worker depends on api" in wrong({"worker": {"depends_on": {"api": STARTED}}}, switched=["api"])[0]
    assert "needs a network" in wrong({"web": {"network_mode": "none"}})[0]


def test_services_that_are_switched_together_stay_tied():
    project = shop()
    project["services"]["api"] = {
        "image": "x",
        "network_mode": "service:web",
        "volumes_from": ["web:ro"],
        "links": ["web:w", "db"],
    }
    api = divided(project=project)[1]["services"]["shop-green-api"]
    assert api["network_mode"] == "service:shop-green"
    assert api["volumes_from"] == ["shop-green:ro"]
    assert api["links"] == ["shop-green:w"]
    assert "networks" not in api


@pytest.mark.parametrize(
    ("image", "moves"),
    [
        ("web", True),
        ("a.b:5000/web", True),
        ("web:latest", True),
        ("web:1.0", False),
        ("web@sha256:00", False),
        ("a.b:5/w:1", False),
    ],
)
def test_which_tags_move(image, moves):
    assert compose.tag_moves(image) is moves


def test_compose_names_what_it_builds():
    assert compose.images_of({"web": {"build": {}}, "db": {"image": "postgres:16"}}, "shop") == {
        "web": "shop-web",
        "db": "postgres:16",
    }


NAMES = st.lists(st.sampled_from(["web", "a", "b", "c", "d"]), unique=True)


@st.composite
def projects(draw):
    """Projects of five services that wait for earlier ones, publish ports, and mount volumes as it comes."""
    services = {}
    for name in ["web", "a", "b", "c", "d"]:
        needs = draw(st.lists(st.sampled_from(sorted(services)), unique=True)) if services else []
        services[name] = service(
            depends_on={each: draw(st.sampled_from([DONE, HEALTHY, STARTED])) for each in needs},
            ports=draw(st.lists(st.just({"target": 80, "published": "80"}), max_size=1)),
            volumes=draw(st.lists(st.just({"type": "volume", "source": "data", "target": "/d"}), max_size=1)),
            container_name=draw(st.sampled_from(["taken", name])),
        )
    return {**shop(), "services": services}


@given(projects(), NAMES)
def test_however_a_project_is_divided(project, asked):
    before = copy.deepcopy(project)
    switched = compose.switched_of(project["services"], "web", asked)
    parts = (neutral(project), "shop", switched, "web")
    shared = compose.shared(*parts)
    colours = {colour: compose.colour(*parts, {**PLACE, "colour": colour}) for colour in ("blue", "green")}
    assert project == before

    # Each service is in one of them, and only there.
    assert {*shared["services"], *switched} == set(project["services"])
    assert not set(shared["services"]) & set(switched)
    assert len(colours["green"]["services"]) == len(switched)
    # Of two colours nothing has the same name, and each has the same data.
    assert not set(colours["blue"]["services"]) & set(colours["green"]["services"])
    names = [each["container_name"] for one in colours.values() for each in one["services"].values()]
    assert len(names) == len(set(names))
    assert colours["blue"]["volumes"] == colours["green"]["volumes"]
    for whole in (shared, *colours.values()):
        for name, each in whole["services"].items():
            assert set(each.get("depends_on") or {}) <= set(whole["services"])
            assert ("ports" in each) == (name in ("shop-blue", "shop-green"))
            assert each["labels"][compose.PART] == "shop"
        assert all(each.get("external") for key, each in whole["networks"].items() if key != compose.PEERS)
        assert all(each["external"] for each in whole["volumes"].values())
