"""What a project of Docker Compose leaves on a host: nothing is built twice, lost, or seen by others."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pytest

from ansible_collections.landfall.aws.plugins.action.app_compose_source import pack
from ansible_collections.landfall.aws.plugins.module_utils.deploy import compose, compose_host, compose_run
from ansible_collections.landfall.aws.plugins.module_utils.deploy.compose_host import Engine, Source, Store, tree
from ansible_collections.landfall.aws.plugins.module_utils.deploy.compose_keep import keep, unneeded
from ansible_collections.landfall.aws.plugins.module_utils.deploy.releases import Impossible

OPTIONS = {"name": "shop", "service": "web", "switched": [], "pull": "auto", "logging": {"driver": "local"}}


class Docker:
    """An engine that has images by name, and remembers what it was told."""

    def __init__(self, folder, **images):
        self.folder, self.images, self.said, self.containers = folder, images, [], []
        self.project = {
            "name": "shop",
            "services": {
                "web": {"build": {"context": str(folder)}, "ports": [{"target": 80}]},
                "db": {"image": "db:1", "volumes": [{"type": "volume", "source": "data", "target": "/d"}]},
            },
            "networks": {"default": {"name": "shop_default"}},
            "volumes": {"data": {"name": "shop_data"}},
        }

    def __call__(self, words, environment=None):
        words = [each for each in words if each != "docker"]
        self.said.append(" ".join(words))
        handler = getattr(self, words[0].replace("-", "_"), None)
        return handler(words, environment) if handler else (0, "", "")

    def did(self, *beginnings):
        return [each for each in self.said if each.startswith(beginnings)]

    def compose(self, words, environment):
        if "config" in words:
            return 0, json.dumps(self.project), 'level=warning msg="The \\"X\\" variable is not set."\n'
        if "build" in words:
            self.images["shop-web"] = f"sha256:{(environment or {}).get('RELEASE', '1')}"
        return 0, "", ""

    def image(self, words, _environment):
        if words[1] == "inspect":
            found = [{"Id": id, "Architecture": "amd64"} for name, id in self.images.items() if words[2] in (name, id)]
            return (0, json.dumps(found[:1]), "") if found else (1, "[]", "Error: No such image")
        if words[1] == "tag":
            self.images[words[3]] = words[2]
        if words[1] == "ls":
            return 0, "\n".join(each for each in self.images if each.startswith("landfall/shop/")), ""
        if words[1] == "rm":
            self.images.pop(words[-1])
        return 0, "", ""

    def container(self, words, _environment):
        if words[1] == "ls":
            return 0, "\n".join(each["Id"] for each in self.containers), ""
        return 0, json.dumps(self.containers), ""

    def pull(self, words, _environment):
        self.images[words[-1]] = f"sha256:{words[-1]}"
        return 0, "", ""

    def version(self, _words, _environment):
        return 0, "amd64\n", ""


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    (folder / "data").mkdir(parents=True)
    (folder / "compose.yaml").write_text("services: {}\n")
    (folder / "conf").write_text("colour = red\n")
    return folder


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "shop", "shop", b"key")


def kept(source, store, docker, check_mode=False, **variables):
    found = Source(source, [], [], variables, docker)
    return keep(found, store, Engine(docker), {**OPTIONS}, check_mode)


def test_a_project_is_pulled_built_tagged_and_kept(source, store):
    docker = Docker(source)
    changed, told, warnings = kept(source, store, docker)
    assert changed
    assert warnings == ['The \\"X\\" variable is not set.']
    assert (told["image"], told["service"], told["switched"]) == ("sha256:1", "web", ["web"])
    assert docker.did("pull") == ["pull --quiet db:1"]
    assert f"landfall/shop/db:{told['project']}" in docker.images
    file = store.folder / f"{told['project']}.compose"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_nothing_is_built_again_from_the_same(source, store):
    docker = Docker(source)
    _changed, first, _warnings = kept(source, store, docker)
    docker.said.clear()
    for check_mode in (False, True):
        changed, again, _warnings = kept(source, store, docker, check_mode)
        assert (changed, again) == (False, first)
    assert docker.did("pull", "image tag") == []
    assert not any("build" in each for each in docker.said)


def test_another_file_of_the_source_is_noticed_also_in_check_mode(source, store):
    docker = Docker(source)
    kept(source, store, docker)
    (source / "conf").write_text("colour = blue\n")
    changed, told, _warnings = kept(source, store, docker, check_mode=True)
    assert (changed, told["project"], told["image"]) == (True, "", "")


def test_a_tag_that_moves_is_asked_for_each_time(source, store):
    docker = Docker(source)
    docker.project["services"]["db"]["image"] = "db"
    kept(source, store, docker)
    kept(source, store, docker)
    assert docker.did("pull") == ["pull --quiet db"] * 2


@pytest.mark.parametrize("context", ["https://example.com/web.git", "source2"])
def test_what_is_built_from_elsewhere_is_built_each_time(source, store, context):
    docker = Docker(source)
    docker.project["services"]["web"]["build"]["context"] = (
        str(source.parent / context) if "/" not in context else context
    )
    kept(source, store, docker)
    docker.said.clear()
    assert not kept(source, store, docker)[0]
    assert any("build" in each for each in docker.said)


def test_an_image_for_another_architecture_is_refused(source, store):
    docker = Docker(source)
    docker.version = lambda *_words: (0, "arm64\n", "")
    with pytest.raises(Impossible, match="image db:1 of db is built for amd64, and this host is arm64"):
        kept(source, store, docker)
    assert store.projects() == {}


def test_a_project_of_that_name_that_somebody_else_runs_is_left_alone(source, store):
    docker = Docker(source)
    docker.containers = [
        {"Id": "1", "Name": "/shop-db-1", "Config": {"Labels": {"com.docker.compose.project": "shop"}}}
    ]
    with pytest.raises(Impossible, match="docker compose --project-name shop down"):
        kept(source, store, docker)
    assert docker.did("pull") == []


def test_what_no_release_needs_goes_and_nothing_else(source, store):
    docker = Docker(source, other="sha256:other")
    docker.project["services"]["web"]["volumes"] = [{"type": "bind", "source": str(source / "conf"), "target": "/conf"}]
    old = kept(source, store, docker)[1]["project"]
    docker.project["services"]["db"]["image"] = "db:2"
    (source / "conf").write_text("colour = blue\n")
    new = kept(source, store, docker, RELEASE="2")[1]["project"]
    assert set(store.projects()) == {old, new}
    records = {"a": {"configuration": {"project": new}}}
    for _name, remove in unneeded(store, Engine(docker), records):
        remove()
    assert list(store.projects()) == [new]
    assert len(list((store.folder / "mounts").iterdir())) == 1
    assert sorted(docker.images) == ["db:2", f"landfall/shop/db:{new}", f"landfall/shop/web:{new}", "other", "shop-web"]
    assert unneeded(store, Engine(docker), records) == []


def test_what_was_built_goes_also_when_its_project_has_gone_before(source, store):
    docker = Docker(source, other="sha256:other")
    told = kept(source, store, docker)[1]
    (store.folder / f"{told['project']}.compose").unlink()
    for _name, remove in unneeded(store, Engine(docker), {}):
        remove()
    assert sorted(docker.images) == ["db:1", "other"]


def test_an_image_that_was_there_before_stays(source, store):
    docker = Docker(source, **{"db:1": "sha256:db:1"})
    kept(source, store, docker)
    assert docker.did("pull") == []
    for _name, remove in unneeded(store, Engine(docker), {}):
        remove()
    assert sorted(docker.images) == ["db:1"]


def test_a_service_that_the_app_has_no_longer_goes(store):
    docker = Docker(store.folder)
    docker.containers = [container("db"), container("cache"), container("web", **{compose.PART_COLOUR: "blue"})]
    store.write("compose/shared.json", {"services": {"db": {}}})
    for _name, remove in unneeded(store, Engine(docker), {}):
        remove()
    assert docker.did("stop", "rm") == ["stop cache", "rm --force --volumes cache"]


def test_the_variable_of_a_secret_must_have_a_value(source, store):
    docker = Docker(source)
    docker.project["secrets"] = {"token": {"environment": "TOKEN"}}
    with pytest.raises(Impossible, match="TOKEN, which has no value"):
        kept(source, store, docker)
    (source / ".env").write_text("# comment\nexport TOKEN='s3cret'\n")
    told = kept(source, store, docker)[1]
    file = store.project(told["project"])["project"]["secrets"]["token"]["file"]
    assert Path(file).read_text() == "s3cret"
    assert "s3cret" not in file


def test_what_is_mounted_is_copied_and_data_stays_where_it_is(source, store, tmp_path):
    place = store.place(source)
    first = place(source / "conf")
    assert Path(first).read_text() == "colour = red\n"
    (source / "conf").write_text("colour = blue\n")
    assert place(source / "conf") != first
    assert Path(first).read_text() == "colour = red\n"
    assert place(source / "data") == place(source / "data") == str(compose_host.DATA / "shop/data")
    assert place(source / "not/there") == str(compose_host.DATA / "shop/not/there")
    assert place("/var/run/docker.sock") == "/var/run/docker.sock"
    (source / ".git").mkdir()
    (source / ".git/config").write_text("password")
    whole = place(source)
    assert sorted(each.name for each in Path(whole).iterdir()) == ["compose.yaml", "conf", "data"]


def test_a_placeholder_is_no_content(source, store):
    (source / "data/.gitkeep").touch()
    assert store.place(source)(source / "data") == str(compose_host.DATA / "shop/data")
    (source / "data/seed.sql").touch()
    assert "/mounts/" in store.place(source)(source / "data")


def test_a_tree_is_told_by_names_modes_and_contents(source):
    before = tree(source)
    assert tree(source) == before
    (source / ".git").mkdir()
    (source / ".git/HEAD").touch()
    assert tree(source) == before
    (source / "link").symlink_to("conf")
    linked = tree(source)
    assert linked != before
    (source / "conf").chmod(0o755)
    assert tree(source) != linked


def test_files_are_the_first_that_compose_would_take_or_those_that_are_named(source):
    run = Docker(source)
    assert Source(source, [], ["dev"], {}, run)._words == ["--profile", "dev", "--file", str(source / "compose.yaml")]
    with pytest.raises(Impossible, match=r"no file base\.yml, prod\.yml"):
        Source(source, ["base.yml", "compose.yaml", "prod.yml"], [], {}, run)
    (source / "compose.yaml").unlink()
    with pytest.raises(Impossible, match="app_compose_files"):
        Source(source, [], [], {}, run)


def test_what_compose_says_is_told(source):
    def run(_words, _environment=None):
        return 1, "", "\n".join(f"line {number}" for number in range(30))

    made = Source(source, [], [], {}, run)
    with pytest.raises(Impossible, match="docker compose build failed:\nline 10\n"):
        made.build("shop", ["web"], False)


def test_the_same_folder_is_the_same_archive(source):
    def packed():
        stream = io.BytesIO()
        pack(str(source), stream)
        return stream.getvalue()

    first = packed()
    (source / "conf").touch()
    (source / "conf").chmod(0o640)
    (source / ".git").mkdir()
    assert packed() == first
    (source / "conf").chmod(0o755)
    assert packed() != first
    (source / "conf").write_text("colour = blue\n")
    assert packed() != first


def container(name, running=True, hash="h", code=0, **labels):
    return {
        "Id": name,
        "Name": f"/{name}",
        "Config": {
            "Labels": {"com.docker.compose.service": name, compose_run.HASH: hash, compose.PART: "shop", **labels}
        },
        "State": {"Running": running, "ExitCode": code},
        "HostConfig": {"RestartPolicy": {"Name": "unless-stopped" if running else "no"}},
    }


@pytest.mark.parametrize(
    ("live", "start", "dependencies"),
    [
        ([], ["migrate", "web"], True),
        ([container("web"), container("migrate", running=False)], [], False),
        ([container("web", hash="old"), container("migrate", running=False)], ["web"], False),
        ([container("web", running=False), container("migrate", running=False)], ["web"], False),
        ([container("web"), container("migrate", running=False, code=1)], ["migrate"], True),
        ([container("web"), container("web2"), container("migrate", running=False)], [], False),
    ],
)
def test_only_what_does_not_run_as_it_should_is_started(tmp_path, live, start, dependencies):
    docker = Docker(tmp_path)
    docker.containers = live
    docker.compose = lambda *_words: (0, "web h\nmigrate h\n", "")
    content = {
        "name": "shop-blue",
        "services": {"web": {"depends_on": {"migrate": {"condition": compose.DONE}}}, "migrate": {}},
    }
    found = compose_run._lacking(Engine(docker), tmp_path / "x.json", content)
    assert (sorted(found["start"]), found["dependencies"]) == (start, dependencies)
    assert found["orphans"] == any(each["Id"] == "web2" for each in live)


def test_a_database_is_told_to_stop_before_it_is_removed(tmp_path, store):
    docker = Docker(tmp_path)
    docker.containers = [container("db")]
    assert compose_run.remove(Engine(docker), store, None, False, False) == ["container db"]
    assert docker.did("stop", "rm") == ["stop db", "rm --force --volumes db"]
    docker.said.clear()
    compose_run.remove(Engine(docker), store, None, True, True)
    assert docker.did("stop", "rm", "volume rm", "network rm") == []
    assert docker.did("volume ls") == ["volume ls --quiet --filter label=landfall.aws.part=shop"]
    docker.said.clear()
    compose_run.remove(Engine(docker), store, "blue", False, True)
    assert docker.did("container ls")[0].endswith(
        "--filter label=landfall.aws.part=shop --filter label=landfall.aws.part_colour=blue"
    )


def test_what_is_done_once_is_not_started_again(tmp_path):
    docker = Docker(tmp_path)
    once, web = container("migrate", running=False), container("web", running=False)
    web["HostConfig"]["RestartPolicy"]["Name"] = "always"
    docker.containers = [once, web]
    assert compose_run.start(Engine(docker), "shop", "blue", False) == ["web"]
    assert compose_run.stop(Engine(docker), "shop", "blue", False) == []


def test_a_release_whose_image_somebody_has_removed_can_not_be_prepared(source, store):
    docker = Docker(source)
    told = kept(source, store, docker)[1]
    docker.images.clear()
    with pytest.raises(Impossible, match="removed images of the release from the host: db:1, shop-web"):
        compose_run.prepare(store, Engine(docker), told["project"], {"going_back": True, "colour": None}, False)
    with pytest.raises(Impossible, match="not on the host any more"):
        compose_run.prepare(store, Engine(docker), "gone", {"going_back": True, "colour": None}, False)
