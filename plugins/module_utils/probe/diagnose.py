# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a certificate does not come: what the service's log says, and what to do about it."""

from __future__ import annotations

import json

from ansible_collections.landfall.aws.plugins.module_utils.probe.client import ANSWER

# What appears in the cause or in the log -> what helps. The first that fits is shown.
HINTS = (
    # First, because the log of a proxy that can't reach its app has "connection refused", too.
    (
        ("answers with status 502", "answers with status 503", "answers with status 504"),
        "What stands behind the proxy does not answer: look at the app's state and log, and at the address and port that the "
        "proxy passes requests on to.",
    ),
    (
        ("ratelimited", "too many certificates", "too many failed authorizations"),
        "The certificate authority's rate limit is reached: it lifts by itself, after an hour for failed attempts and after "
        "up to a week for issued certificates. Try with the authority's staging directory meanwhile.",
    ),
    (
        ("nxdomain", "no valid a records", "dns problem", "no such host"),
        "The name does not resolve for the certificate authority: its A record must point to this host, and no AAAA record "
        "elsewhere.",
    ),
    (
        ("caa record", "error:caa"),
        "A CAA record of the domain forbids this certificate authority: allow it there, or choose another authority.",
    ),
    (
        ("timeout during connect", "likely firewall problem", "no route to host"),
        "The certificate authority can't reach this host: ports 80 and 443 must be open to the whole internet, and the A "
        "record must point here.",
    ),
    (
        ("unauthorized", "invalid response", "urn:ietf:params:acme:error:connection", "connection refused"),
        "The certificate authority reached something that is not this Caddy, or nothing at all: check that the name's A and "
        "AAAA records point to this host and that no proxy stands before it.",
    ),
    (
        ("local issuer", "self-signed", "unknown authority"),
        "The certificate comes from an authority that is not trusted here: name the authority's root certificate.",
    ),
    (
        ("hostname mismatch", "ip address mismatch"),
        "Another site's certificate is shown: check that this name is one of the site's names.",
    ),
    (("nothing listens",), "The service is not running, or listens elsewhere: look at its state and its log."),
    (
        ("has no certificate for",),
        "No certificate has been issued yet, and it is still being tried: the name's A record must point to this host, and "
        "ports 80 and 443 must be open to the certificate authority.",
    ),
)


def hint(cause, lines=()):
    text = " ".join([cause, *lines]).lower()
    return next((advice for signs, advice in HINTS if any(sign in text for sign in signs)), None)


def log_about(run, unit, name):
    """The last lines about a name in the log of a unit of systemd; none without a unit. ``run(words)`` runs a command."""
    if not unit:
        return []
    _code, journal, _errors = run(["journalctl", "--unit", unit, "--lines", "500", "--output", "cat", "--no-pager"])
    return last_lines(journal, name)


def last_lines(journal, name, count=5):
    """The journal's last different lines about a name: those that tell of trouble, or all where none does."""
    lines = list(dict.fromkeys(_readable(line) for line in reversed(journal.splitlines()) if name in line))
    trouble = [line for line in lines if line.startswith(("error:", "warn:"))]
    return list(reversed((trouble or lines)[:count]))


def _readable(line):
    """Caddy logs JSON; this is what a person wants of it."""
    try:
        entry = json.loads(line)
        problem = entry.get("problem") or {}
        parts = [entry["level"], entry.get("logger"), entry["msg"], entry.get("error"), problem.get("detail")]
    except (ValueError, AttributeError, KeyError):
        return line.strip()
    return ": ".join(str(part) for part in parts if part)


def sentence(target, cause, lines, told=None):
    """The whole message: cause, log, hint. ``told`` introduces the lines, or stands in their place where there are none."""
    port = "" if target.port == ANSWER[target.scheme] else f":{target.port}"
    message = [f"{target.scheme}://{target.host}{port}{target.path} does not answer as it should: {cause}."]
    if lines or told:
        message += [told or "The log says:", *(f"  {line}" for line in lines)]
    advice = hint(cause, lines)
    if advice:
        message.append(advice)
    return "\n".join(message)
