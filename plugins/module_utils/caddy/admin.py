# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Caddy's admin endpoint, by TCP or by a socket: what runs, and what shall run. Python's standard library only."""

from __future__ import annotations

import http.client
import json
import socket

from ansible_collections.landfall.aws.plugins.module_utils.caddy.config import parse_address, refusal

PATIENCE = 5  # seconds for an answer
LOADING = 120  # seconds for an answer that comes when a configuration is applied


class NoAnswer(Exception):
    """Nothing that speaks like Caddy is there."""


class Refused(Exception):
    """Caddy does not take the configuration, and goes on with the one that it has."""


class _Connection(http.client.HTTPConnection):
    def __init__(self, address, timeout):
        place = parse_address(address)
        if place is None:
            raise NoAnswer(f"{address} is not an address")
        self.place, (host, port) = place, place
        super().__init__(host if port else "localhost", port or 80, timeout=timeout)

    def connect(self):
        if self.place[1]:
            super().connect()
        else:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(self.timeout)
            self.sock.connect(self.place[0])


def _ask(address, method, path, body=None, headers=(), timeout=PATIENCE):
    connection = None
    try:
        connection = _Connection(address, timeout)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        # Over a socket Caddy wants the name empty, over TCP its own.
        host, port = connection.place
        name = f"[{host}]" if ":" in host else host
        connection.putheader("Host", f"{name}:{port}" if port else "")
        for key, value in headers:
            connection.putheader(key, value)
        connection.putheader("Content-Length", str(len(body or b"")))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, http.client.HTTPException, UnicodeDecodeError) as error:
        raise NoAnswer(f"{address}: {error}") from error
    finally:
        if connection:
            connection.close()


def running(address):
    """The configuration that runs, None where Caddy has none."""
    status, body = _ask(address, "GET", "/config/")
    try:
        config = json.loads(body)
    except ValueError:
        config = body
    if status != 200 or not (config is None or isinstance(config, dict)):
        raise NoAnswer(f"{address}: it answers with status {status}")
    return config


def upstreams(address):
    """What Caddy knows of the addresses that it passes requests on to: ``[{"address": …, "num_requests": …}]``."""
    status, body = _ask(address, "GET", "/reverse_proxy/upstreams")
    if status != 200:
        raise NoAnswer(f"{address}: it answers with status {status}")
    return json.loads(body)


def load(address, config, force=False):
    """Comes back when the configuration is applied. The same as runs already is left alone, unless it is forced."""
    headers = [("Content-Type", "application/json")] + ([("Cache-Control", "must-revalidate")] if force else [])
    status, body = _ask(address, "POST", "/load", json.dumps(config).encode(), headers, LOADING)
    if status != 200:
        raise Refused(refusal(body))
