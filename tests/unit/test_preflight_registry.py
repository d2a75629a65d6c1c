# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a registry and an engine are asked, and what is made of the answers. Both are real servers, of the test's own."""

from __future__ import annotations

import base64
import http.server
import json
import socketserver
import threading
from urllib.parse import parse_qs, urlsplit

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.preflight import engine, registry
from ansible_collections.landfall.aws.plugins.module_utils.preflight.registry import (
    Image,
    Layer,
    Reference,
    Registry,
    RegistryError,
)

INDEX, MANIFEST = registry.LISTS[0], registry.MANIFESTS[0]
LOGIN = ("deploy", "s3cret")
BASIC = f"Basic {base64.b64encode(b'deploy:s3cret').decode()}"


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("nginx", ("docker.io", "library/nginx", "latest")),
        ("team/web:1.4", ("docker.io", "team/web", "1.4")),
        ("docker.io/nginx:1", ("docker.io", "library/nginx", "1")),
        ("index.docker.io/team/web", ("docker.io", "team/web", "latest")),
        ("registry.example.com/web", ("registry.example.com", "web", "latest")),
        ("registry.example.com:5000/a/b/c:2", ("registry.example.com:5000", "a/b/c", "2")),
        ("localhost/web:1", ("localhost", "web", "1")),
        (f"web:1@sha256:{'a' * 64}", ("docker.io", "library/web", f"sha256:{'a' * 64}")),
    ],
)
def test_references(image, parts):
    found = Reference.parse(image)
    assert (found.registry, found.repository, found.version) == parts


def test_the_host_of_docker_hub_is_another_than_its_name():
    assert Reference.parse("nginx").host == "registry-1.docker.io"
    assert Reference.parse("a.example.com/nginx").host == "a.example.com"


@pytest.mark.parametrize(
    ("host", "options", "insecure"),
    [
        ("127.0.0.1:5000", {}, True),
        ("localhost", {}, True),
        ("localhost:5000", {}, True),
        ("[::1]:5000", {}, True),
        ("registry.example.com", {}, False),
        ("10.0.0.5:5000", {}, False),
        ("10.0.0.5:5000", {"insecure-registries": ["10.0.0.0/8"]}, True),
        ("registry.example.com:5000", {"insecure-registries": ["registry.example.com:5000"]}, True),
        ("registry.example.com:5000", {"insecure-registries": ["other.example.com"]}, False),
        ("127.0.0.1.example.com", {}, False),
    ],
)
def test_who_may_do_without_a_certificate(host, options, insecure):
    assert registry.is_insecure(host, options) == insecure


HUB = Reference.parse("team/web")
STORED = {"auths": {"https://index.docker.io/v1/": {"auth": base64.b64encode(b"root:a:b").decode()}}}


def test_logins():
    given = {"url": None, "username": "deploy", "password": "s3cret"}
    assert registry.login_of(HUB, given, STORED) == LOGIN
    assert registry.login_of(HUB, {**given, "url": "https://index.docker.io/v1/"}, {}) == LOGIN
    assert registry.login_of(HUB, {**given, "url": "registry.example.com"}, {}) is None
    assert registry.login_of(HUB, {}, STORED) == ("root", "a:b")
    assert registry.login_of(Reference.parse("a.example.com/web"), {}, STORED) is None
    assert registry.login_of(HUB, {}, {"auths": {"index.docker.io": {}}}) is None


def test_helpers_that_keep_logins():
    ecr = Reference.parse("1.dkr.ecr.eu-west-3.amazonaws.com/web")
    assert registry.credential_helper(ecr, {"credHelpers": {ecr.registry: "ecr-login"}}) == "ecr-login"
    assert registry.credential_helper(HUB, {"credHelpers": {ecr.registry: "ecr-login"}}) is None
    assert registry.credential_helper(HUB, {"credsStore": "pass"}) == "pass"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        status, headers, body = self.server.answer(self.path, self.headers.get("Authorization"))
        content = json.dumps(body).encode() if not isinstance(body, bytes) else body
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_words):
        pass


class Server(http.server.ThreadingHTTPServer):
    """Answers with the documents that it is given, by path; ``needs`` says who must be let in how."""

    def __init__(self, documents, needs=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.documents, self.needs, self.asked = documents, needs, []
        self.address = f"127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def answer(self, path, authorization):
        if path.startswith("/token"):
            query = parse_qs(urlsplit(path).query)
            assert query == {"service": ["r"], "scope": ["repository:team/web:pull"]}
            return (200, {}, {"token": "t"}) if authorization in (None, BASIC) else (401, {}, {})
        if self.needs == "basic" and authorization != BASIC:
            return 401, {"WWW-Authenticate": 'Basic realm="r"'}, {}
        if self.needs == "bearer" and authorization != "Bearer t":
            return 401, {"WWW-Authenticate": f'Bearer realm="http://{self.address}/token",service="r"'}, {}
        status, kind, body = self.documents.get(path.removeprefix("/v2/team/web/"), (404, "application/json", {}))
        return status, {"Location" if status == 307 else "Content-Type": kind}, body


@pytest.fixture
def serve():
    servers = []

    def start(documents, needs=None):
        servers.append(Server(documents, needs))
        return servers[-1]

    yield start
    for each in servers:
        each.shutdown()
        each.server_close()


def entry(architecture, digest, os="linux"):
    return {"digest": digest, "platform": {"os": os, "architecture": architecture}}


CONFIG = {"architecture": "amd64", "rootfs": {"diff_ids": ["sha256:x", "sha256:y"]}}
ONE = {"mediaType": MANIFEST, "config": {"digest": "sha256:c"}, "layers": [{"size": 30}, {"size": 12}]}
MANY = {
    "mediaType": INDEX,
    "manifests": [entry("amd64", "sha256:1"), entry("arm64", "sha256:2"), entry("unknown", "sha256:3", "unknown")],
}
DOCUMENTS = {
    "manifests/1.0": (200, INDEX, MANY),
    "manifests/single": (200, MANIFEST, ONE),
    "manifests/sha256:1": (200, MANIFEST, ONE),
    "blobs/sha256:c": (200, "application/octet-stream", CONFIG),
}
LAYERS = (Layer(30, "sha256:x"), Layer(12, "sha256:y"))


def ask(server, version="1.0", architecture="amd64", login=None, insecure=True):
    reference = Reference.parse(f"{server.address}/team/web:{version}")
    return Registry(reference, login, insecure).image(architecture)


def test_an_index_and_the_variant_for_the_host(serve):
    server = serve(DOCUMENTS)
    assert ask(server) == Image(("amd64", "arm64"), LAYERS)
    assert [path.removeprefix("/v2/team/web/") for path, _login in server.asked] == [
        "manifests/1.0",
        "manifests/sha256:1",
        "blobs/sha256:c",
    ]


def test_an_index_without_one_for_the_host(serve):
    server = serve(DOCUMENTS)
    assert ask(server, architecture="riscv64") == Image(("amd64", "arm64"))
    assert len(server.asked) == 1


def test_a_single_image(serve):
    assert ask(serve(DOCUMENTS), "single") == Image(("amd64",), LAYERS)


@pytest.mark.parametrize("needs", ["basic", "bearer"])
def test_a_login_is_sent_once_it_is_asked_for(serve, needs):
    server = serve(DOCUMENTS, needs)
    assert ask(server, login=LOGIN).architectures == ("amd64", "arm64")
    assert server.asked[0][1] is None


def test_a_public_image_needs_a_token_and_no_login(serve):
    assert ask(serve(DOCUMENTS, "bearer")).architectures == ("amd64", "arm64")


@pytest.mark.parametrize("needs", ["basic", "bearer"])
def test_a_wrong_login_is_named_and_its_password_is_not(serve, needs):
    with pytest.raises(RegistryError, match="refuses the login of deploy for team/web") as caught:
        ask(serve(DOCUMENTS, needs), login=("deploy", "wrong"))
    assert "wrong" not in str(caught.value) + caught.value.remedy
    assert "app_registry" in caught.value.remedy


def test_a_missing_login_is_said(serve):
    with pytest.raises(RegistryError, match="without a login") as caught:
        ask(serve(DOCUMENTS, "basic"))
    assert "app_registry" in caught.value.remedy


@pytest.mark.parametrize(
    ("status", "said"),
    [(404, "has no image team/web:x"), (429, "lets nobody pull"), (503, "status 503"), (403, "refuses")],
)
def test_refusals_are_told_apart(serve, status, said):
    with pytest.raises(RegistryError, match=said):
        ask(serve({"manifests/x": (status, "text/plain", {})}), "x")


def test_where_a_registry_redirects_to_does_not_get_the_login(serve):
    storage = serve({"/config": (200, "application/json", CONFIG)})
    redirect = {**DOCUMENTS, "blobs/sha256:c": (307, f"http://{storage.address}/config", {})}
    assert ask(serve(redirect, "basic"), login=LOGIN).layers == LAYERS
    assert storage.asked == [("/config", None)]


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"[]", b"x" * 5_000_000])
def test_something_else_than_a_registry_is_no_traceback(serve, body):
    with pytest.raises(RegistryError, match="can't be asked: "):
        ask(serve({"manifests/1.0": (200, "text/html", body)}))


def test_a_registry_without_tls_is_not_asked_in_the_clear(serve):
    server = serve(DOCUMENTS)
    with pytest.raises(RegistryError, match="can't be asked"):
        ask(server, login=LOGIN, insecure=False)
    assert server.asked == []


def test_nothing_listens():
    with pytest.raises(RegistryError, match=r"127.0.0.1:1 can't be asked: Connection refused"):
        Registry(Reference.parse("127.0.0.1:1/web"), insecure=True).image("amd64")


def test_a_login_is_not_sent_in_the_clear_to_where_a_registry_points():
    guarded = Registry(Reference.parse("registry.example.com/team/web"), LOGIN)
    with pytest.raises(RegistryError, match="refuses"):
        guarded._authorize('Bearer realm="http://127.0.0.1:1/token",service="r"')


def test_layers_whose_ids_do_not_fit_have_none():
    assert registry.layers_of(ONE, {}) == (Layer(30), Layer(12))


class EngineHandler(Handler):
    def address_string(self):
        return "engine"


class EngineServer(socketserver.ThreadingUnixStreamServer):
    def __init__(self, path, documents):
        super().__init__(path, EngineHandler)
        self.documents, self.asked = documents, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def answer(self, path, _authorization):
        return (200, {}, self.documents[path]) if path in self.documents else (404, {}, {})


@pytest.fixture
def docker(tmp_path):
    documents = {
        "/info": {"DockerRootDir": "/data", "DriverStatus": []},
        "/images/json": [{"Id": "sha256:i"}, {"Id": "sha256:gone"}],
        "/images/sha256:i/json": {"RootFS": {"Layers": ["sha256:x"]}},
        "/containers/json": [{"Names": ["/app-blue"], "Ports": []}],
        "/images/team/web:1/json": {},
        "/containers/app-blue/stats?stream=false&one-shot=true": {
            "memory_stats": {"usage": 100, "stats": {"inactive_file": 40}}
        },
    }
    path = str(tmp_path / "docker.sock")
    server = EngineServer(path, documents)
    yield path
    server.shutdown()
    server.server_close()


def test_the_engine_is_asked_over_its_socket(docker, tmp_path):
    found = engine.read(docker, str(tmp_path / "none"))
    assert found.store == "/data"
    assert found.diff_ids == {"sha256:x"}
    assert [each.name for each in found.containers] == ["app-blue"]
    assert engine.has_image("team/web:1", docker)
    assert not engine.has_image("team/web:2", docker)
    assert engine.memory_in_use("app-blue", docker) == 60
    assert engine.memory_in_use("app-green", docker) is None


def test_no_engine(tmp_path):
    assert not engine.is_there(str(tmp_path / "docker.sock"))
    with pytest.raises(FileNotFoundError):
        engine.read(str(tmp_path / "docker.sock"))
