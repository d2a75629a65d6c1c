# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is made of the findings on a host, and how the table of it looks."""

from __future__ import annotations

import json
import os
import socket

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.filter.preflight_table import preflight_table
from ansible_collections.landfall.aws.plugins.module_utils.preflight import engine, host, judge, report
from ansible_collections.landfall.aws.plugins.module_utils.preflight.engine import Container
from ansible_collections.landfall.aws.plugins.module_utils.preflight.host import Listener, Space
from ansible_collections.landfall.aws.plugins.module_utils.preflight.inspection import Inspection, Planned, mistakes
from ansible_collections.landfall.aws.plugins.module_utils.preflight.registry import Image, Layer
from ansible_collections.landfall.aws.plugins.module_utils.preflight.report import Check, failed, ok, skipped, warning

MIB, GIB = 1024**2, 1024**3
NAME = "app.example.com"
NOW = 1_800_000_000.0

TABLE = """\
CHECK  RESULT   FOUND
-----  -------  --------------------------------------------
disk   FAILED   8.1 GiB needed, 2.0 GiB free in
                /var/lib/containerd
                => docker image prune --all
clock  warning  40 s behind
                => chronyc makestep
ports  ok       free
image  skipped  not checked: no image is given

4 checks: 1 failed, 1 with a warning, 1 ok, 1 not checked."""


def test_the_table():
    checks = [
        failed("disk", "8.1 GiB needed, 2.0 GiB free in /var/lib/containerd", "docker image prune --all"),
        warning("clock", "40 s behind", "chronyc makestep"),
        ok("ports", "free"),
        skipped("image", "no image is given"),
    ]
    assert report.table(checks, width=60) == TABLE
    assert preflight_table([each.as_dict() for each in checks]).endswith(TABLE.splitlines()[-1])


def test_a_command_is_left_whole_and_a_sentence_is_not():
    command = f"docker buildx build --tag {'x' * 60} --push ."
    shown = report.table([failed("image", "it is wrong", f"{command}\nTake {'another ' * 30}one.")], width=80)
    assert f"=> {command}" in shown
    assert [len(line) <= 80 for line in shown.splitlines()].count(False) == 1


def test_a_table_where_all_is_well():
    assert report.table([ok("ports", "free")]).endswith("\n\n1 check: all is well.")
    assert report.table([]).endswith("\n\n0 checks: all is well.")


@given(st.lists(st.tuples(st.sampled_from(report.RESULTS), st.text(st.characters(codec="ascii"), max_size=300))))
def test_no_line_of_the_table_is_too_long_unless_one_word_is(found):
    shown = report.table([Check("architecture", result, text, f"Do {text}") for result, text in found])
    for line in shown.splitlines():
        assert len(line) <= report.WIDTH or len(max(line.split(), key=len)) > 60


@pytest.mark.parametrize(
    "wrong",
    [{}, {"name": "x"}, {"name": "x", "result": "fine"}, {"result": "ok"}, "text", None, {"name": "", "result": "ok"}],
)
def test_what_is_no_check_is_refused(wrong):
    with pytest.raises(AnsibleFilterError, match="preflight_table"):
        preflight_table([wrong])


@pytest.mark.parametrize(
    ("name", "version", "result"),
    [
        ("debian", "12", "ok"),
        ("debian", "13", "ok"),
        ("debian", "11", "failed"),
        ("debian", "", "failed"),
        ("ubuntu", "22.04", "ok"),
        ("ubuntu", "24.04", "ok"),
        ("ubuntu", "26.04", "ok"),
        ("ubuntu", "25.10", "failed"),
        ("amzn", "2023", "failed"),
        ("", "", "failed"),
    ],
)
def test_systems(name, version, result):
    assert judge.operating_system(name, version, "x").result == result


def test_os_release():
    text = "# a comment\nPRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nID=debian\nVERSION_ID='13'\n"
    assert host.os_release(text) == ("debian", "13", "Debian GNU/Linux 13 (trixie)")
    assert host.os_release("") == ("", "", "unknown")


@pytest.mark.parametrize(
    ("difference", "kept", "result", "found"),
    [
        (0, True, "ok", "within 1 s"),
        (-29, None, "ok", "within 30 s"),
        (3, False, "warning", "no service keeps it right"),
        (30, True, "warning", "30 s ahead of"),
        (-239, True, "warning", "239 s behind"),
        (240, True, "failed", "240 s ahead of"),
        (-400, False, "failed", "400 s behind"),
    ],
)
def test_clocks(difference, kept, result, found):
    check = judge.clock(NOW + difference, NOW, kept)
    assert (check.result, found in check.found) == (result, True)
    assert bool(check.remedy) == (result != "ok")


def test_a_clock_that_can_not_be_compared():
    assert judge.clock(NOW, None, True).result == "skipped"


def image(*sizes, architectures=("amd64",)):
    return Image(architectures, tuple(Layer(size, f"sha256:{index}") for index, size in enumerate(sizes)))


def test_architectures():
    assert judge.architecture("web:1", image(1, architectures=("amd64", "arm64")), "amd64").result == "ok"
    check = judge.architecture("web:1", Image(("arm64",)), "amd64")
    assert check.found == "web:1 is built for arm64, and this host is amd64"
    assert check.remedy == "docker buildx build --platform linux/amd64 --tag web:1 --push ."
    single = judge.architecture("web@sha256:1", image(1, architectures=("arm64",)), "amd64")
    assert (single.result, "--tag web " in single.remedy) == ("failed", True)
    assert "no Linux at all" in judge.architecture("web", Image(()), "amd64").found


def disk(image, free, inodes=10**9, there=frozenset(), engine_is_there=True):
    return judge.disk(image, there, Space("/", free, inodes), "/var/lib/containerd", engine_is_there)


def test_the_disk_must_hold_layers_packed_and_unpacked_and_leave_some_room():
    needed = int(100 * MIB * 3.5) + judge.RESERVE
    assert disk(image(60 * MIB, 40 * MIB), needed).result == "ok"
    check = disk(image(60 * MIB, 40 * MIB), needed - 1)
    assert check.result == "failed"
    assert check.found.startswith(
        "350.0 MiB needed (100.0 MiB to pull, about 2.5 times that unpacked), 606.0 MiB free in"
    )
    assert "docker image prune --all" in check.remedy


def test_layers_that_are_there_need_no_room():
    assert disk(image(60 * GIB, 40 * MIB), GIB, there={"sha256:0"}).result == "ok"
    assert "all layers are there already" in disk(image(60 * GIB), 0, there={"sha256:0"}).found
    assert disk(Image(("amd64",), (Layer(60 * GIB),)), GIB, there={""}).result == "failed"


def test_inodes_count_where_there_is_a_number_of_them():
    assert disk(image(GIB), 100 * GIB, inodes=1000).result == "failed"
    assert "inodes" in disk(image(GIB), 100 * GIB, inodes=1000).found
    assert disk(image(GIB), 100 * GIB, inodes=None).result == "ok"


def test_a_disk_without_an_engine_is_that_of_the_engine_to_come():
    assert "where an engine will keep its images" in disk(image(MIB), GIB, engine_is_there=False).found


def test_space_of_a_path_that_does_not_exist_is_that_of_its_nearest_folder(tmp_path):
    assert host.space(str(tmp_path / "a" / "b")).path == str(tmp_path)


MEMORY = {"MemAvailable": 300 * MIB, "SwapFree": 100 * MIB, "SwapTotal": 100 * MIB}


@pytest.mark.parametrize(
    ("strategy", "limit", "in_use", "swap", "result"),
    [
        ("blue_green", 400 * MIB, None, 0, "ok"),
        ("blue_green", 401 * MIB, None, 0, "failed"),
        ("blue_green", 401 * MIB, None, 200 * MIB, "ok"),
        ("blue_green", 401 * MIB, None, 100 * MIB, "failed"),
        ("blue_green", None, 401 * MIB, 0, "failed"),
        ("blue_green", None, 100 * MIB, 0, "ok"),
        ("blue_green", None, None, 0, "skipped"),
        ("recreate", 401 * MIB, None, 0, "skipped"),
    ],
)
def test_memory_for_a_second_copy(strategy, limit, in_use, swap, result):
    check = judge.memory(strategy, limit, in_use, MEMORY, swap)
    assert check.result == result
    assert ("app_strategy: recreate" in check.remedy and "swap" in check.remedy) == (result == "failed")


def test_meminfo():
    assert host.meminfo("MemAvailable:    1024 kB\nHugePages_Total:       0\n") == {"MemAvailable": MIB}


def web(*listeners, containers=()):
    return judge.ports([80, 443], listeners, containers, "app", loopback=False)


def app(*listeners, containers=()):
    return judge.ports([8000, 8001], listeners, containers, "app", loopback=True)


def test_ports_that_nobody_has():
    assert web().found == "80, 443: free"
    assert app().found == "8000, 8001: free"


def test_ports_that_caddy_has():
    assert web(Listener("::", 80, "caddy"), Listener("::", 443, "caddy")).found == "80, 443: Caddy has them"
    assert web(Listener("::", 80, "caddy")).found == "80, 443: free, or Caddy's already"


def test_a_program_in_the_way_is_named_with_its_unit_and_its_end():
    check = web(Listener("0.0.0.0", 80, "nginx", 812, "nginx.service"), Listener("10.0.0.1", 443, "stunnel", 99))
    assert check.found.splitlines() == [
        "80 is taken by nginx (process 812, nginx.service), and Caddy needs it",
        "443 is taken by stunnel (process 99), and Caddy needs it",
    ]
    assert check.remedy.splitlines() == ["systemctl disable --now nginx.service", "kill 99"]


def test_a_program_that_can_not_be_seen():
    assert "can't be seen" in web(Listener("0.0.0.0", 80)).found


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::"])
def test_the_app_needs_loopback(address):
    assert app(Listener(address, 8000, "python3", 5)).result == "failed"


def test_another_address_is_not_in_the_app_s_way():
    assert app(Listener("10.0.0.1", 8000, "python3", 5)).result == "ok"
    assert app(containers=[Container("guest", ports=(("10.0.0.1", 8000),))]).result == "ok"


PROXY = (Listener("127.0.0.1", 8000, "docker-proxy", 9, "docker.service"),)


@pytest.mark.parametrize(
    "container",
    [
        Container("app-blue", ports=(("127.0.0.1", 8000),)),
        Container("app-green", ports=(("127.0.0.1", 8000),)),
        Container("app", ports=(("127.0.0.1", 8000),)),
        Container("app-blue-web-1", "app-blue", (("127.0.0.1", 8000),)),
    ],
)
def test_the_app_s_own_containers_may_have_its_ports(container):
    assert app(*PROXY, containers=[container]).result == "ok"


@pytest.mark.parametrize("name", ["app-red", "guest", "myapp-blue"])
def test_another_container_is_named(name):
    check = app(*PROXY, containers=[Container(name, ports=(("127.0.0.1", 8000),))])
    assert check.found == f"8000 is taken by the container {name}, and app needs it"
    assert check.remedy.splitlines() == [f"docker stop {name}", "Or give app_port another number."]


def test_a_container_without_a_proxy_is_seen_too():
    assert web(containers=[Container("guest", ports=(("0.0.0.0", 80),))]).found.startswith(
        "80 is taken by the container"
    )
    assert web(containers=[Container("app-blue", ports=(("0.0.0.0", 80),))]).result == "failed"


def test_listening_sockets_of_this_machine_are_found_with_their_program():
    with socket.socket() as plain, socket.socket(socket.AF_INET6) as six:
        plain.bind(("127.0.0.1", 0))
        plain.listen()
        six.bind(("::1", 0))
        six.listen()
        ports = plain.getsockname()[1], six.getsockname()[1]
        found = {each.address: each for each in host.listeners({*ports})}
    assert found["127.0.0.1"].port == ports[0]
    assert found["::1"].port == ports[1]
    assert found["127.0.0.1"].pid == found["::1"].pid == os.getpid()
    assert host.listeners({*ports}) == []


@pytest.mark.parametrize(
    ("cgroup", "unit"),
    [
        ("0::/system.slice/nginx.service", "nginx.service"),
        ("1:name=systemd:/system.slice/nginx.service\n0::/", "nginx.service"),
        ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/app.service", "app.service"),
        ("0::/user.slice/user-1000.slice/session-2.scope", ""),
        ("", ""),
    ],
)
def test_the_unit_of_a_process(cgroup, unit):
    assert host.unit_of(cgroup) == unit


def log(msg, ago, name=NAME, **more):
    return json.dumps({"level": "info", "ts": NOW - ago, "msg": msg, "identifier": name, **more}, separators=(",", ":"))


def certificate(*lines, stored=None, authority="", names=(NAME,)):
    return judge.certificate(list(names), judge.events("\n".join(lines)), stored or {}, authority, NOW)


def failures(count, ago=60):
    return [log("challenge failed", ago + number) for number in range(count)]


def issues(count, ago=86400):
    return [log("certificate obtained successfully", ago + number) for number in range(count)]


@pytest.mark.parametrize(("count", "result"), [(0, "ok"), (2, "ok"), (3, "warning"), (4, "warning"), (5, "failed")])
def test_attempts_that_failed_within_the_hour(count, result):
    assert certificate(*failures(count)).result == result


def test_attempts_that_failed_long_ago_or_for_another_name_do_not_count():
    assert certificate(*failures(9, ago=3601)).result == "ok"
    assert certificate(*[log("challenge failed", 9, "other.example.com")] * 9).result == "ok"


@pytest.mark.parametrize(("count", "result"), [(1, "warning"), (4, "warning"), (5, "failed")])
def test_a_certificate_that_was_issued_and_is_gone(count, result):
    check = certificate(*issues(count))
    assert check.result == result
    assert f"was issued {count} times in the last 7 days" in check.found
    assert "backup" in check.remedy


def test_certificates_of_more_than_a_week_ago_do_not_count():
    assert certificate(*issues(9, ago=8 * 86400)).result == "ok"


def test_a_certificate_in_store_needs_no_authority():
    check = certificate(*failures(9), *issues(9), stored={NAME: 3})
    assert (check.result, check.found) == ("ok", f"Caddy has one in store for {NAME} (3 days old)")
    assert certificate(*failures(9), stored={NAME: 90}).result == "failed"


def test_a_refusal_counts_for_every_authority():
    refusal = log("could not get certificate from issuer", 60, error="HTTP 429 urn:ietf:params:acme:error:rateLimited")
    assert certificate(refusal).result == "failed"
    assert "staging" in certificate(refusal, authority="https://acme.example.com").remedy
    assert certificate(refusal, stored={NAME: 1}).result == "ok"


def test_limits_of_another_authority_are_not_known():
    assert certificate(*failures(9), authority="https://acme.example.com/directory").result == "skipped"
    assert certificate(*failures(9), authority=f"https://{judge.LETS_ENCRYPT}/directory").result == "failed"


def test_a_site_without_names_needs_no_certificate():
    assert certificate(names=()).result == "skipped"


@pytest.mark.parametrize("line", ["", "challenge failed", "[1]", '{"msg":"challenge failed"}', '"rateLimited"', "{"])
def test_odd_lines_of_the_journal_are_passed_over(line):
    assert judge.events(line) == []


def test_certificates_of_the_store_are_found_by_name(tmp_path):
    for issuer, days in (("acme-v02", 50), ("acme-staging", 3)):
        folder = tmp_path / ".local/share/caddy/certificates" / issuer / NAME
        folder.mkdir(parents=True)
        (folder / f"{NAME}.crt").write_text("x")
        os.utime(folder / f"{NAME}.crt", (NOW - days * 86400,) * 2)
    assert host.certificates([NAME, "other.example.com"], tmp_path, NOW) == {NAME: 3}


def test_where_the_engine_keeps_its_images():
    classic = {"DockerRootDir": "/data", "DriverStatus": [["Backing Filesystem", "extfs"]]}
    assert not engine.uses_containerd(classic)
    assert engine.uses_containerd({"DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]]})
    assert engine.containerd_root("") == "/var/lib/containerd"
    assert engine.containerd_root('version = 2\nroot = "/mnt/images"\n[grpc]\nroot = "/other"\n') == "/mnt/images"


def test_a_container_as_the_engine_describes_it():
    described = {
        "Names": ["/app-blue"],
        "Labels": {"com.docker.compose.project": "shop"},
        "Ports": [{"PrivatePort": 9000}, {"IP": "127.0.0.1", "PrivatePort": 8000, "PublicPort": 8000}],
    }
    assert engine.container_of(described) == Container("app-blue", "shop", (("127.0.0.1", 8000),))
    assert engine.container_of({}).ports == ()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"image": "Team/Web"}, "image: "),
        ({"memory": "lots"}, "memory: "),
        ({"swap": "2 gigs"}, "swap: "),
        ({"app_ports": (0,)}, "app_ports: 0"),
        ({"web_ports": (80, 70000)}, "web_ports: 70000"),
        ({"names": ("https://x",)}, "names: "),
        ({"acme_ca": "acme"}, "acme_ca: "),
        ({"app_name": "a b"}, "app_name: "),
        ({"login": {"username": "deploy"}}, "login: password must be given, too"),
    ],
)
def test_bad_options_are_named(options, said):
    (sentence,) = mistakes(Planned(**options))
    assert sentence.startswith(said)


def test_all_bad_options_are_named_at_once_and_good_ones_are_not():
    assert len(mistakes(Planned(image="Team/Web", memory="lots", names=("x", "y.example.com")))) == 3
    login = {"url": None, "username": None, "password": None}
    assert mistakes(Planned(image="web", login=login, names=(NAME,), app_ports=(8000,), memory="1G")) == []


def test_an_engine_that_does_not_answer_is_warned_of_and_its_ports_are_not_judged(monkeypatch):
    def refused():
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(engine, "is_there", lambda: True)
    monkeypatch.setattr(engine, "read", refused)
    monkeypatch.setattr(host, "listeners", lambda _ports: list(PROXY))
    found = Inspection(Planned(app_ports=(8000,)), run=lambda _words: (0, "", "")).checks()
    found = {check.name: check for check in found}
    assert (found["engine"].result, found["app ports"].result) == ("warning", "ok")
    assert "systemctl restart docker" in found["engine"].remedy


def test_one_check_that_can_not_be_made_does_not_keep_the_others_from_it(monkeypatch):
    monkeypatch.setattr(engine, "is_there", lambda: False)

    def broken(_path):
        raise OSError("no such thing")

    monkeypatch.setattr(host, "meminfo", broken)
    inspection = Inspection(Planned(names=(NAME,)), run=lambda _words: (1, "", "no journal\n"))
    found = {check.name: check for check in inspection.checks()}
    assert found["memory"].found == "not checked: OSError: no such thing"
    assert found["certificate"].found == "not checked: Caddy's journal can't be read: no journal"
    assert found["disk"].found == "not checked: no image is given"
    assert found["system"].result in ("ok", "failed")
