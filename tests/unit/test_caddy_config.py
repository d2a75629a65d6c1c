# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""caddy_config: what is read out of configurations and of Caddy's words, and that a change is made whole or not at all."""

from __future__ import annotations

import http.server
import json
import os
import socketserver
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.caddy import admin, config
from ansible_collections.landfall.aws.plugins.module_utils.caddy.change import Change, Failed
from ansible_collections.landfall.aws.plugins.module_utils.caddy.host import File, Host, Invalid

ADDRESSES = st.from_regex(r"[a-z]{1,8}:[1-9][0-9]{0,3}", fullmatch=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def proxy(*dials):
    return {"handler": "reverse_proxy", "upstreams": [{"dial": dial} for dial in dials]}


@given(st.lists(ADDRESSES), JSON)
def test_dials_are_found_wherever_they_are(dials, other):
    nested = {"apps": {"http": {"servers": [{"routes": [{"handle": [proxy(dial)]}]} for dial in dials], "x": other}}}
    assert config.dials(nested) == sorted(set(dials))


@given(JSON)
def test_no_configuration_is_too_odd_to_be_asked_for_dials(anything):
    assert config.dials({"upstreams": anything}) == sorted(config.dials({"upstreams": anything}))


@pytest.mark.parametrize(
    ("configuration", "address"),
    [
        (None, "localhost:2019"),
        ({}, "localhost:2019"),
        ({"admin": {}}, "localhost:2019"),
        ({"admin": {"listen": "unix//run/caddy/admin.sock"}}, "unix//run/caddy/admin.sock"),
        ({"admin": {"disabled": True}}, None),
    ],
)
def test_where_caddy_takes_orders(configuration, address):
    assert config.admin_address(configuration) == address


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("localhost:2019", ("localhost", 2019)),
        ("tcp/127.0.0.1:2020", ("127.0.0.1", 2020)),
        (":2019", ("127.0.0.1", 2019)),
        ("0.0.0.0:2019", ("127.0.0.1", 2019)),
        ("[::1]:2019", ("::1", 2019)),
        ("[::]:2019", ("::1", 2019)),
        ("unix//run/caddy/admin.sock", ("/run/caddy/admin.sock", None)),
        ("unix//run/caddy/admin.sock|0220", ("/run/caddy/admin.sock", None)),
        ("udp/localhost:2019", None),
        ("localhost", None),
    ],
)
def test_addresses_as_caddy_writes_them(address, place):
    assert config.parse_address(address) == place


def test_what_was_loaded_last_is_read_where_it_can_be():
    assert config.last_loaded('{"admin": {}}') == {"admin": {}}
    assert config.last_loaded("null") is None
    assert config.last_loaded("{") is None


def test_imports_are_taken_from_the_other_folder_and_nothing_else_is_changed():
    text = 'import /etc/caddy/a.caddy\n\timport "/etc/caddy/up/*.caddy"\nimport b\ntls /etc/caddy/c.pem\nimport /etc/caddy2/d\n'
    assert config.moved(text, "/etc/caddy", "/tmp/x").splitlines() == [
        "import /tmp/x/a.caddy",
        '\timport "/tmp/x/up/*.caddy"',
        "import b",
        "tls /etc/caddy/c.pem",
        "import /etc/caddy2/d",
    ]


LOGGED = '{"level":"info","msg":"using provided configuration"}\n'


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            LOGGED + "Error: /tmp/x/upstreams/app.caddy:2: unrecognized directive: reverse_proxi\n",
            "/etc/caddy/upstreams/app.caddy:2: unrecognized directive: reverse_proxi",
        ),
        (
            "Error: Caddyfile:6 - Error during parsing: File to import not found: app",
            "/etc/caddy/Caddyfile:6 - Error during parsing: File to import not found: app",
        ),
        ("Error: /tmp/x/Caddyfile:6: no", "/etc/caddy/Caddyfile:6: no"),
        (LOGGED + '{"level":"error","msg":"loading","error":"no space"}', "loading: no space"),
        ("", "it gives no reason"),
    ],
)
def test_a_mistake_is_told_in_caddy_s_words_with_the_real_file_s_name(said, told):
    assert config.complaint(said, "/etc/caddy", "/tmp/x") == told


def test_the_reason_of_a_refusal_is_told():
    assert config.refusal('{"error": "address already in use"}') == "address already in use"
    assert config.refusal("404 page not found\n") == "404 page not found"
    assert config.refusal("[]") == "[]"


def test_the_service_s_variables_are_known_but_for_its_talk_with_systemd():
    assert config.environment("HOME=/var/lib/caddy\0NOTIFY_SOCKET=/run/x\0A=b=c\0\0") == {
        "HOME": "/var/lib/caddy",
        "A": "b=c",
    }
    assert config.properties("ActiveState=active\nUser=\n") == {"ActiveState": "active", "User": ""}


@pytest.mark.parametrize("text", ["2.6.2", "v2.11.4 h1:abc=", "2.6.2\n"])
def test_the_version_is_a_version(text):
    assert config.version(text) in ("2.6.2", "2.11.4")
    assert config.version("unknown") is None


class Admin(http.server.BaseHTTPRequestHandler):
    """An admin endpoint that takes everything that has no "bad" in it."""

    def do_GET(self):
        self.server.hosts.append(self.headers["Host"])
        self.answer(200, self.server.running)

    def do_POST(self):
        wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.loads.append((wanted, self.headers.get("Cache-Control")))
        if "bad" in wanted:
            self.answer(400, {"error": "loading config: bad"})
        else:
            self.server.running = wanted
            self.answer(200, None)

    def answer(self, status, body):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode() + b"\n")

    def log_message(self, *_args):
        pass

    def address_string(self):
        return "test"


class UnixServer(socketserver.UnixStreamServer):
    pass


@pytest.fixture(params=["tcp", "unix"])
def endpoint(request, tmp_path):
    if request.param == "tcp":
        server = http.server.HTTPServer(("127.0.0.1", 0), Admin)
        server.address = f"127.0.0.1:{server.server_address[1]}"
        server.host = server.address
    else:
        os.chdir(tmp_path)  # a socket's path has a limit
        server = UnixServer("admin.sock", Admin)
        server.address, server.host = "unix/admin.sock", ""
    server.running, server.loads, server.hosts = {}, [], []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_endpoint_is_asked_and_told(endpoint):
    wanted = {"admin": {"listen": endpoint.address}, "apps": {}}
    assert admin.running(endpoint.address) == {}
    admin.load(endpoint.address, wanted)
    admin.load(endpoint.address, wanted, force=True)
    assert admin.running(endpoint.address) == wanted
    assert endpoint.loads == [(wanted, None), (wanted, "must-revalidate")]
    assert set(endpoint.hosts) == {endpoint.host}
    with pytest.raises(admin.Refused, match="loading config: bad"):
        admin.load(endpoint.address, {"bad": 1})


def test_what_is_no_caddy_gives_no_answer(endpoint, tmp_path):
    endpoint.running = "hello"
    for address in (endpoint.address, "127.0.0.1:1", f"unix/{tmp_path}/none.sock", "nonsense"):
        with pytest.raises(admin.NoAnswer):
            admin.running(address)


def test_whether_a_configuration_looks_for_a_file_is_seen_wherever_it_does():
    matcher = {"file": {"root": "/run/caddy", "try_files": ["closing"]}}
    assert config.looks_for(
        {"apps": {"http": {"servers": {"a": {"routes": [{"match": [matcher]}]}}}}}, Path("/run/caddy/closing")
    )
    for other in ({"root": "/run", "try_files": ["closing"]}, {"root": "/run/caddy", "try_files": ["closing", "x"]}):
        assert not config.looks_for({"match": [{"file": other}]}, Path("/run/caddy/closing"))
    assert not config.looks_for(None, Path("/run/caddy/closing"))


class FakeHost:
    """A Caddy whose Caddyfile is JSON. It adapts what "bad" is not in, and loads what "unloadable" is not in."""

    def __init__(self, root, running, active=True, installed=True):
        self.root, self.now, self.active = root, running, active
        self.program = "/usr/bin/caddy" if installed else None
        self.state = "active" if active else "inactive"
        self.address, self.loads = None, []

    def adapt(self, file, validate=False):
        text = file.text if file else self.root.read_text()
        if "bad" in text:
            raise Invalid("Caddyfile:1: bad")
        return json.loads(text)

    def running(self, *_configs):
        if self.now == "silent":
            raise admin.NoAnswer("localhost:2019: nothing")
        self.address = "localhost:2019"
        return self.now

    def load(self, wanted, force=False):
        self.loads.append(wanted)
        if "unloadable" in wanted:
            raise admin.Refused("address already in use")
        self.now = wanted


OLD, NEW = {"apps": proxy("a:1")}, {"apps": proxy("a:2")}


@pytest.fixture
def attempt(tmp_path):
    root = tmp_path / "Caddyfile"
    root.write_text(json.dumps(OLD))
    root.chmod(0o644)

    def change(wanted, running="what the file says", prove=lambda: None, **options):
        running = OLD if running == "what the file says" else running
        host = FakeHost(root, running, **{key: options.pop(key) for key in ("active", "installed") if key in options})
        text = wanted if wanted is None or isinstance(wanted, str) else json.dumps(wanted)
        file = File(root, text)
        file.ids = lambda: (os.getuid(), os.getgid())
        made = Change(host, file, prove, **options)
        changed = made.read()
        return SimpleNamespace(
            host=host, changed=changed, change=made, file=lambda: json.loads(root.read_text()), root=root
        )

    return change


def test_a_change_is_loaded_and_written(attempt):
    made = attempt(NEW)
    assert made.changed
    made.change.make()
    assert (made.host.now, made.file(), made.host.loads) == (NEW, NEW, [NEW])
    told = {"active": True, "state": "active", "loaded": True, "dials_before": ["a:1"]}
    assert made.change.report(True) == {**told, "dials": ["a:2"]}
    assert [each.name for each in made.root.parent.iterdir()] == ["Caddyfile"]


def test_what_is_so_already_is_left_alone(attempt):
    made = attempt(OLD)
    assert not made.changed
    told = {"active": True, "state": "active", "loaded": True, "dials_before": ["a:1"]}
    assert made.change.report(False) == {**told, "dials": ["a:1"]}


def test_a_run_that_was_killed_before_the_load_is_finished(attempt):
    made = attempt(OLD, running=NEW)
    assert made.changed
    made.change.make()
    assert made.host.loads == [OLD]


def test_a_run_that_was_killed_between_load_and_file_is_finished(attempt):
    made = attempt(NEW, running=NEW)
    assert made.changed
    made.change.make()
    assert made.file() == NEW


def test_the_file_is_the_old_one_until_the_new_one_is_proven(attempt):
    seen = []
    made = attempt(NEW, prove=lambda: seen.append((made.host.now, made.file())))
    made.change.make()
    assert seen == [(NEW, OLD)]


def test_what_can_not_be_adapted_changes_nothing(attempt):
    with pytest.raises(Failed, match="is as it was: Caddyfile:1: bad"):
        attempt("bad")


def test_what_can_not_be_loaded_changes_nothing(attempt):
    made = attempt({"unloadable": 1})
    with pytest.raises(Failed, match=r"so it runs what it ran before, and .* is as it was: address already in use"):
        made.change.make()
    assert (made.host.now, made.file()) == (OLD, OLD)


@pytest.mark.parametrize("error", [ValueError("status 502"), KeyboardInterrupt()])
def test_what_does_not_answer_is_taken_back(attempt, error):
    def prove():
        raise error

    made = attempt(NEW, prove=prove)
    with pytest.raises((Failed, KeyboardInterrupt)):
        made.change.make()
    assert (made.host.loads, made.file()) == ([NEW, OLD], OLD)


def test_a_file_that_can_not_be_written_is_not_run(attempt):
    made = attempt(NEW)
    made.change.file.put_in_place = lambda: (none for none in ()).throw(OSError("disk full"))
    with pytest.raises(OSError, match="disk full"):
        made.change.make()
    assert made.host.now == OLD


@pytest.mark.parametrize("options", [{"active": False}, {"reload": False}, {"active": False, "installed": False}])
def test_where_nothing_is_to_follow_only_the_file_is_written(attempt, options):
    made = attempt(NEW, **options)
    assert made.changed
    made.change.make()
    assert (made.file(), made.host.loads) == (NEW, [])
    assert made.change.report(True)["loaded"] is False


def test_where_it_is_forced_the_same_is_loaded_again(attempt):
    made = attempt(OLD, force=True)
    assert made.changed
    made.change.make()
    assert made.host.loads == [OLD]


def test_a_caddy_that_does_not_answer_is_not_worked_around(attempt):
    made = attempt(NEW, running="silent")
    with pytest.raises(Failed, match="admin endpoint does not answer"):
        made.change.make()
    assert made.file() == OLD


def test_a_caddy_that_takes_no_orders_follows_at_its_next_start(attempt, tmp_path):
    off = {"admin": {"disabled": True}}
    (tmp_path / "Caddyfile").write_text(json.dumps(off))
    assert not attempt(off, running="silent").changed
    made = attempt(NEW, running="silent")
    made.change.make()
    assert made.file() == NEW
    assert made.change.report(True)["loaded"] is False


def test_the_file_is_removed(attempt):
    made = attempt(None)
    assert made.changed
    made.change.make()
    assert not made.root.exists()
    assert made.host.loads == []


def test_the_tree_that_is_checked_has_the_new_file_and_all_others(tmp_path):
    base, scratch = tmp_path / "caddy", tmp_path / "scratch"
    (base / "upstreams").mkdir(parents=True)
    scratch.mkdir()
    (base / "Caddyfile").write_text(f"import {base}/upstreams/*\n")
    (base / "upstreams/a").write_text("old")
    (base / "upstreams/b").write_text("kept")
    (base / "c.pem").symlink_to("upstreams/b")
    host = Host(base / "Caddyfile", find=lambda _name: None, run=None)
    new = File(base / "upstreams/a", "new")
    File.ids, ids = lambda _self: (os.getuid(), os.getgid()), File.ids
    try:
        host._mirror(scratch, new)
        host._mirror(tmp_path / "without", File(base / "upstreams/a", None))
    finally:
        File.ids = ids
    assert (scratch / "Caddyfile").read_text() == f"import {scratch}/upstreams/*\n"
    assert [(scratch / f"{name}").read_text() for name in ("upstreams/a", "upstreams/b", "c.pem")] == [
        "new",
        "kept",
        "kept",
    ]
    assert (base / "upstreams/a").read_text() == "old"
    assert not (tmp_path / "without/upstreams/a").exists()
