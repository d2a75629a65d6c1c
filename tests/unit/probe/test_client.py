# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking a URL: real servers on loopback, with certificates that are good or bad in one way each."""

from __future__ import annotations

import http.server
import socket
import ssl
import subprocess
import threading
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.landfall.aws.plugins.module_utils.probe.client import ProbeFailed, Target, ask, describe

NAME = "app.example.com"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for NAME, with its key in the same file."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -keyout {0} -out {0}.crt"
    )
    options = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    subprocess.run([*command.format(path).split(), *options], check=True, capture_output=True)
    path.write_text(path.read_text() + path.with_name("both.pem.crt").read_text())
    return path


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.hosts.append(self.headers["Host"])
        self.send_response(int(self.path.rpartition("/")[2] or 200))
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def serve():
    """Starts a server, with TLS if it gets a certificate, and says where."""
    servers = []

    def start(pem=None):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        server.hosts = []
        if pem:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pem)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def target(server, path="/", scheme="http", host=NAME, status=("2xx", "3xx"), ca_path=None, refused=()):
    url = f"{scheme}://{host}:{server.server_address[1]}{path}"
    return Target.from_options(url, "127.0.0.1", ca_path and str(ca_path), status, refused)


def cause(*arguments, **options):
    with pytest.raises(ProbeFailed) as failure:
        ask(target(*arguments, **options), 2)
    return str(failure.value)


def test_a_page_answers_for_its_own_name(serve):
    server = serve()
    assert ask(target(server), 2) == (200, None)
    assert server.hosts == [f"{NAME}:{server.server_address[1]}"]


def test_a_redirect_is_an_answer_and_not_followed(serve):
    assert ask(target(serve(), "/302"), 2) == (302, None)


def test_a_wrong_status_is_told_with_the_wanted_ones(serve):
    assert cause(serve(), "/502") == "it answers with status 502 where 2xx or 3xx is wanted"
    assert "200 is wanted" in cause(serve(), "/204", status=("200",))


@pytest.mark.parametrize("number", [200, 401, 404, 500, 505])
def test_any_status_but_the_refused_ones(serve, number):
    refused = ("502", "503", "504")
    assert ask(target(serve(), f"/{number}", status=(), refused=refused), 2) == (number, None)
    assert cause(serve(), "/503", status=(), refused=refused) == "it answers with status 503"
    assert cause(serve(), "/503", status=("5xx",), refused=refused) == "it answers with status 503"


def test_a_certificate_is_verified_and_described(serve, certificate):
    status, found = ask(target(serve(certificate), scheme="https", ca_path=certificate), 2)
    assert status == 200
    assert found["issuer"] == found["subject"] == NAME
    assert found["subject_alt_names"] == [NAME]
    assert found["days_left"] == 29


def test_without_a_status_only_the_certificate_counts(serve, certificate):
    server = serve(certificate)
    status, found = ask(target(server, "/502", scheme="https", ca_path=certificate, status=()), 2)
    assert status is None
    assert found["subject_alt_names"] == [NAME]
    assert server.hosts == []


def test_an_authority_that_is_not_trusted(serve, certificate):
    assert f"is not good for {NAME}: self-signed certificate" in cause(serve(certificate), scheme="https").replace(
        "self signed", "self-signed"
    )


def test_a_certificate_of_another_name(serve, certificate):
    message = cause(serve(certificate), scheme="https", host="www.example.com", ca_path=certificate)
    assert "is not good for www.example.com: Hostname mismatch" in message


def test_a_server_without_a_certificate_for_the_name(serve, certificate):
    server = serve(certificate)
    server.socket.context.sni_callback = lambda *_arguments: ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
    assert f"has no certificate for {NAME}" in cause(server, scheme="https", ca_path=certificate)


def test_a_server_that_speaks_no_tls(serve):
    assert "does not speak TLS" in cause(serve(), scheme="https")


def test_nobody_listens():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(ProbeFailed, match=f"nothing listens on 127.0.0.1:{port}"):
            ask(Target.from_options(f"http://{NAME}:{port}/", "127.0.0.1", status=["2xx"]), 2)


def test_somebody_listens_and_says_nothing():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://{NAME}:{silent.getsockname()[1]}/"
        with pytest.raises(ProbeFailed, match="does not answer in time"):
            ask(Target.from_options(url, "127.0.0.1", status=["2xx"]), 0.2)


def test_a_subject_may_be_empty():
    now = datetime(2026, 11, 21, tzinfo=timezone.utc)
    found = describe(
        {
            "issuer": ((("organizationName", "Example"),), (("commonName", "R12"),)),
            "subject": (),
            "subjectAltName": (("DNS", NAME),),
            "notBefore": "Nov  1 00:00:00 2026 GMT",
            "notAfter": "Dec  1 00:00:00 2026 GMT",
        },
        now,
    )
    assert (found["issuer"], found["subject"]) == ("R12", "")
    assert found["days_left"] == (datetime(2026, 12, 1, tzinfo=timezone.utc) - now) // timedelta(days=1)


@pytest.mark.parametrize(
    ("url", "status", "part"),
    [
        ("app.example.com", [], "url: 'app.example.com'"),
        ("https://a.b/", ["ok"], "status: 'ok'"),
        ("ftp://a.b", [], "url"),
    ],
)
def test_options_that_mean_nothing(url, status, part):
    with pytest.raises(ValueError, match=part):
        Target.from_options(url, status=status)
