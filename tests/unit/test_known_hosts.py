# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host keys: found on a console whatever stands around them, and kept by instance, not by address."""

from __future__ import annotations

import base64
import os
import shlex
import subprocess

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.host import known_hosts
from ansible_collections.landfall.aws.plugins.modules import ec2_console_host_keys as module

ED = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZpcnN0"
EC = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAI="
CONSOLE = f"""[    7.1] cloud-init[612]: Cloud-init v. 25.3 running 'modules:final'\r
<14>ci-info: no authorized SSH keys fingerprints found for user ubuntu.\r
<14>-----BEGIN SSH HOST KEY FINGERPRINTS-----\r
<14>256 SHA256:abc root@ip-10-0-1-7 (ED25519)\r
<14>-----END SSH HOST KEY FINGERPRINTS-----\r
-----BEGIN SSH HOST KEY KEYS-----\r
{EC} root@ip-10-0-1-7\r
[    7.2] cloud-init[612]: {ED} root@ip-10-0-1-7\r
-----END SSH HOST KEY KEYS-----\r
"""


def test_keys_are_found_on_a_console():
    assert known_hosts.from_console(CONSOLE) == [EC, ED]


def test_the_last_boot_counts():
    assert known_hosts.from_console(CONSOLE + CONSOLE.replace("IGZpcnN0", "IHNlY29uZA")) == [
        EC,
        ED.replace("IGZpcnN0", "IHNlY29uZA"),
    ]


@pytest.mark.parametrize("length", [0, 100, CONSOLE.index(ED), CONSOLE.index("-----END SSH HOST KEY KEYS")])
def test_a_block_that_is_not_complete_yet_is_not_used(length):
    assert known_hosts.from_console(CONSOLE[:length]) == []


@given(
    st.lists(st.sampled_from([ED, EC]), min_size=1, unique=True),
    st.lists(st.ip_addresses().map(str), max_size=3),
    st.sampled_from([22, 2222]),
)
def test_what_is_written_is_found_again(keys, addresses, port):
    text = known_hosts.known_hosts("i-1", addresses, port, keys)
    assert known_hosts.recorded(text, "i-1") == (sorted(keys), [])
    assert known_hosts.recorded(text, "i-2") == ([], [])
    if port != 22:
        assert all(f"[{address}]:2222" in text for address in addresses)


def test_ssh_checks_strictly_what_is_known_and_notes_what_is_not():
    assert "StrictHostKeyChecking=yes" in known_hosts.ssh_arguments("/k", "i-1", [ED])
    assert "StrictHostKeyChecking=accept-new" in known_hosts.ssh_arguments("/k", "i-1", [])
    assert "HostKeyAlias=i-1" in known_hosts.ssh_arguments("/k", "i-1", [])


def test_a_key_that_ssh_accepted_by_itself_is_not_pinned():
    assert known_hosts.recorded(f"i-1 {ED}\n", "i-1") == ([], [ED])


def test_keys_that_may_not_be_written_are_told_by_a_command():
    """As OpenSSH reads it: %% is %, and what the shell would not touch stays."""
    arguments = shlex.split(known_hosts.ssh_arguments(os.devnull, "i-1", [EC, ED], [EC, ED]))
    (command,) = (each.partition("=")[2] for each in arguments if each.startswith("KnownHostsCommand="))
    told = subprocess.run(shlex.split(command.replace("%%", "%")), capture_output=True, text=True, check=True).stdout
    assert told == f"i-1 {EC}\ni-1 {ED}\n"


class Ended(Exception):
    pass


class Run:
    """A run of the module, with a console that shows what it is told to."""

    def __init__(self, monkeypatch, path, console, check_mode=False):
        self.check_mode, self.warnings, self.asked, self.result = check_mode, [], 0, None
        self.params = {"instance_id": "i-1", "path": str(path), "addresses": [], "port": 22, "wait_timeout": 1}
        monkeypatch.setattr(module, "LandfallModule", lambda **arguments: self)
        monkeypatch.setattr(module.api, "console_output", lambda client, instance_id: self.ask(console))
        with pytest.raises(Ended):
            module.main()

    def ask(self, console):
        self.asked += 1
        return console

    def client(self, service):
        return service

    def warn(self, warning):
        self.warnings.append(warning)

    def atomic_move(self, source, destination):
        os.replace(source, destination)

    def finish(self, **result):
        self.result = result
        raise Ended


def test_check_mode_asks_the_console_and_writes_nothing(monkeypatch, tmp_path):
    path = tmp_path / "known_hosts"
    seen = Run(monkeypatch, path, CONSOLE, check_mode=True)
    assert (seen.asked, seen.result["source"], seen.warnings) == (1, "console", [])
    assert "StrictHostKeyChecking=yes" in seen.result["ssh_arguments"]
    silent = Run(monkeypatch, path, "", check_mode=True)
    assert silent.asked == 1
    assert "could not be verified" in silent.warnings[0]
    assert f"UserKnownHostsFile='{os.devnull}'" in silent.result["ssh_arguments"]
    assert not path.exists()


def test_the_console_is_asked_again_after_ssh_accepted_a_key_by_itself(monkeypatch, tmp_path):
    path = tmp_path / "known_hosts"
    path.write_text(f"i-1 {ED}\n")
    silent = Run(monkeypatch, path, "")
    assert (silent.asked, silent.result["source"], len(silent.warnings)) == (1, "none", 1)
    assert "StrictHostKeyChecking=yes" in silent.result["ssh_arguments"]
    seen = Run(monkeypatch, path, CONSOLE)
    assert (seen.asked, seen.result["source"], seen.warnings) == (1, "console", [])
    pinned = Run(monkeypatch, path, "")
    assert (pinned.asked, pinned.result["source"], pinned.result["changed"]) == (0, "file", False)
    assert pinned.result["host_keys"] == [EC, ED]


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def stubbed():
    client = boto3.client("ec2", region_name="eu-west-3", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


def test_the_console_is_asked_until_it_shows_keys(stubbed):
    client, stubber = stubbed
    clock = Clock()
    latest = {"InstanceId": "i-1", "Latest": True}
    encoded = base64.b64encode(CONSOLE.encode()).decode()
    stubber.add_response("get_console_output", {"InstanceId": "i-1"}, latest)
    stubber.add_client_error("get_console_output", "UnsupportedOperation", expected_params=latest)
    stubber.add_response("get_console_output", {"InstanceId": "i-1", "Output": encoded}, {"InstanceId": "i-1"})
    assert module.wait_for_keys(client, "i-1", 60, clock, clock.sleep) == [EC, ED]
    assert clock.now == module.PAUSE


def test_the_wait_is_bounded(stubbed):
    client, stubber = stubbed
    clock = Clock()
    for _attempt in range(3):
        stubber.add_response("get_console_output", {"InstanceId": "i-1", "Output": "booting"})
    assert module.wait_for_keys(client, "i-1", 12, clock, clock.sleep) == []
    assert clock.now == 12


def test_no_time_means_no_call(stubbed):
    client, _stubber = stubbed
    assert module.wait_for_keys(client, "i-1", 0, Clock()) == []
