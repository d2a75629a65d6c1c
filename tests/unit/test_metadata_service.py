"""The lab's metadata service keeps to IMDSv2: nothing without a token, nothing of another host, the tree as EC2 has it."""

from __future__ import annotations

import http.client
import http.server
import json
import threading

import pytest

from lab import metadata

DATA = {
    "127.0.0.1": {
        "meta-data": {
            "instance-id": "i-1",
            "placement": {"region": "eu-west-3"},
            "public-keys": {"": ["0=shop"], "0": {"openssh-key": "ssh-ed25519 AAAA"}},
        },
        "user-data": "#cloud-config\n",
        "identity": {"instanceId": "i-1"},
    }
}


@pytest.fixture
def service(tmp_path, monkeypatch):
    file = tmp_path / "metadata.json"
    file.write_text(json.dumps(DATA))
    monkeypatch.setattr(metadata.sys, "argv", ["metadata.py", str(file)])
    monkeypatch.setattr(metadata.Handler, "log_message", lambda *_: None)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), metadata.Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def ask(path, method="GET", source="127.0.0.1", **headers):
        connection = http.client.HTTPConnection(*server.server_address, source_address=(source, 0), timeout=5)
        connection.request(method, path, headers={key.replace("_", "-"): value for key, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    yield ask
    server.shutdown()
    server.server_close()


@pytest.fixture
def token(service):
    status, token = service("/latest/api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds="60")
    assert status == 200
    return {"X_aws_ec2_metadata_token": token}


def test_without_a_token_nothing_is_said(service):
    assert service("/latest/meta-data/instance-id")[0] == 401
    assert service("/latest/meta-data/instance-id", X_aws_ec2_metadata_token="made-up")[0] == 401


@pytest.mark.parametrize("seconds", ["", "0", "21601", "soon"])
def test_a_token_has_a_lifetime_within_bounds(service, seconds):
    assert service("/latest/api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds=seconds)[0] == 400


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/latest/meta-data/instance-id", "i-1"),
        ("/2021-03-23/meta-data/placement/region", "eu-west-3"),
        ("/latest/meta-data/", "instance-id\nplacement/\npublic-keys/"),
        ("/latest/meta-data/public-keys/", "0=shop"),
        ("/latest/meta-data/public-keys/0/openssh-key", "ssh-ed25519 AAAA"),
        ("/latest/user-data", "#cloud-config\n"),
        ("/latest/dynamic/instance-identity/document", '{"instanceId": "i-1"}'),
    ],
)
def test_with_a_token_the_tree_is_as_on_ec2(service, token, path, said):
    assert service(path, **token) == (200, said)


def test_what_is_not_there_is_not_found(service, token):
    assert service("/latest/meta-data/kernel-id", **token)[0] == 404


def test_another_host_gets_nothing_with_a_stolen_token(service, token):
    assert service("/latest/meta-data/instance-id", source="127.0.0.2", **token)[0] == 404
