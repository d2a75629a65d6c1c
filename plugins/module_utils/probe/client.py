# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask one URL, once or until the time is over, and say in a sentence what was wrong with the answer. Python's standard library only."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import count
from urllib.parse import urlsplit

ANSWER = {"http": 80, "https": 443}
PATIENCE = 5  # seconds for one try
PAUSE = 1  # seconds between tries


class ProbeFailed(Exception):
    """The URL did not answer as it should; the message says why."""


@dataclass(frozen=True)
class Target:
    """Where to connect, and what to ask for there."""

    scheme: str
    host: str
    port: int
    path: str
    address: str
    ca_path: str | None = None
    statuses: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @classmethod
    def from_options(cls, url, connect_to=None, ca_path=None, status=(), refused=()):
        parts = urlsplit(url)
        if parts.scheme not in ANSWER or not parts.hostname:
            raise ValueError(f"url: {url!r} is not a URL; write it like https://app.example.com/")
        wrong = [each for each in (*status, *refused) if not re.fullmatch(r"[1-5]([0-9]{2}|xx)", each)]
        if wrong:
            raise ValueError(f"status: {wrong[0]!r} is not a status; write it like 200 or 2xx")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        port = parts.port or ANSWER[parts.scheme]
        return cls(
            parts.scheme,
            parts.hostname,
            port,
            path,
            connect_to or parts.hostname,
            ca_path,
            tuple(status),
            tuple(refused),
        )

    def complaint(self, status):
        """What is wrong with an answer of this status; None where nothing is."""
        names = {str(status), f"{status // 100}xx"}
        if names & set(self.refused):
            return f"it answers with status {status}"
        if self.statuses and not names & set(self.statuses):
            return f"it answers with status {status} where {' or '.join(self.statuses)} is wanted"
        return None


def keep_asking(target, timeout, successes=1, interval=PAUSE, watched=None):
    """(status, certificate, attempts) of the last of ``successes`` wanted answers in a row; when the time is over, the last failure.

    ``watched`` is the container that answers: what it answered before a restart does not count, and it is not waited for
    once it is lost.
    """
    end = time.monotonic() + timeout
    in_a_row = 0
    for attempts in count(1):
        try:
            answer = ask(target, max(1, min(PATIENCE, end - time.monotonic())))
            in_a_row = 1 if watched and watched.has_restarted() else in_a_row + 1
            if in_a_row >= successes:
                return (*answer, attempts)
            failure = ProbeFailed(f"it answered well {in_a_row} times in a row, where {successes} are wanted")
        except ProbeFailed as error:
            in_a_row, failure = 0, error
            if watched and watched.is_lost():
                raise
        if time.monotonic() + interval > end:
            raise failure
        time.sleep(interval)


def ask(target, patience):
    """(status, certificate) of one try that takes no longer than ``patience`` seconds for each of its steps."""
    try:
        with socket.create_connection((target.address, target.port), patience) as plain:
            if target.scheme == "http":
                return _get(target, plain), None
            context = ssl.create_default_context(cafile=target.ca_path)
            with context.wrap_socket(plain, server_hostname=target.host) as secure:
                certificate = describe(secure.getpeercert(), datetime.now(timezone.utc))
                return _get(target, secure), certificate
    except (OSError, http.client.HTTPException) as error:
        raise ProbeFailed(explain(error, target)) from error


def _get(target, connection):
    """The status of a GET over a connection that stands already; None where any would do."""
    if not target.statuses and not target.refused:
        return None
    client = http.client.HTTPConnection(target.host, target.port)
    client.sock = connection
    default = ANSWER[target.scheme] == target.port
    host = f"[{target.host}]" if ":" in target.host else target.host
    client.request("GET", target.path, headers={"Host": host if default else f"{host}:{target.port}"})
    status = client.getresponse().status
    complaint = target.complaint(status)
    if complaint:
        raise ProbeFailed(complaint)
    return status


def describe(certificate, now):
    """What a person wants to know of a certificate, out of what Python's ssl tells of one that it has verified."""
    not_before, not_after = (
        datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate[each]), timezone.utc)
        for each in ("notBefore", "notAfter")
    )
    return {
        "issuer": _name(certificate["issuer"]),
        "subject": _name(certificate["subject"]),
        "subject_alt_names": [value for _kind, value in certificate.get("subjectAltName", ())],
        "not_before": not_before.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "not_after": not_after.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "days_left": (not_after - now).days,
    }


def _name(distinguished):
    """The common name where there is one, else all parts; Let's Encrypt leaves a certificate's own subject empty."""
    parts = [(key, value) for group in distinguished for key, value in group]
    return dict(parts).get("commonName") or ", ".join(f"{key}={value}" for key, value in parts)


def explain(error, target):
    where = f"{target.address}:{target.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate at {where} is not good for {target.host}: {error.verify_message}"
    if isinstance(error, ssl.SSLError) and "ALERT_INTERNAL_ERROR" in (error.reason or ""):
        return f"the server at {where} has no certificate for {target.host} (TLS alert: internal error)"
    if isinstance(error, ssl.SSLError):
        return f"{where} does not speak TLS as expected: {error.reason or error}"
    if isinstance(error, ConnectionResetError):
        return f"{where} ends the connection without an answer"
    if isinstance(error, ConnectionRefusedError):
        return f"nothing listens on {where}"
    if isinstance(error, socket.gaierror):
        return f"the name {target.address} can't be resolved"
    if isinstance(error, TimeoutError):
        return f"{where} does not answer in time"
    if isinstance(error, http.client.HTTPException):
        return f"{where} does not speak HTTP as expected: {type(error).__name__}"
    return f"{where} can't be asked: {error.strerror or error}"
