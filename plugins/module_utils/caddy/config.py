# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Caddy's configuration says, and what Caddy says of one. Pure: text and JSON in, values out."""

from __future__ import annotations

import json
import re

DEFAULT_ADMIN = "localhost:2019"


def dials(config):
    """The addresses that requests are passed on to, sorted, wherever in a configuration their handlers are."""
    found, rest = set(), [config]
    while rest:
        each = rest.pop()
        if isinstance(each, dict):
            upstreams = each.get("upstreams")
            if isinstance(upstreams, list):
                found |= {up["dial"] for up in upstreams if isinstance(up, dict) and isinstance(up.get("dial"), str)}
            rest += each.values()
        elif isinstance(each, list):
            rest += each
    return sorted(found)


def looks_for(config, path):
    """Whether a configuration asks for each request whether a file is there."""
    matcher = {"root": str(path.parent), "try_files": [path.name]}
    return json.dumps(matcher, sort_keys=True)[1:-1] in json.dumps(config, sort_keys=True)


def admin_address(config):
    """Where a Caddy with this configuration takes orders; None where it takes none."""
    admin = (config or {}).get("admin") or {}
    return None if admin.get("disabled") else admin.get("listen") or DEFAULT_ADMIN


def parse_address(address):
    """(path, None) of a socket, or (host, port), of an address as Caddy writes it; None of one that can't be asked."""
    network, slash, rest = address.partition("/")
    if slash and network == "unix":
        return rest.partition("|")[0], None
    match = re.fullmatch(r"(?:tcp[46]?/)?(?:\[([^\]]*)\]|([^:/]*)):(\d+)", address)
    if not match:
        return None
    host = match.group(1) or match.group(2) or ""
    return {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), int(match.group(3))


def last_loaded(autosave):
    """What Caddy saved of the configuration that it loaded last; None where that can't be read."""
    try:
        config = json.loads(autosave)
    except ValueError:
        return None
    return config if isinstance(config, dict) else None


def moved(text, base, other):
    """A Caddyfile whose imports from below one folder come from another; relative imports follow the file anyway."""
    return re.sub(rf"(?m)^(\s*import\s+[\"`]?){re.escape(base)}/", lambda match: f"{match.group(1)}{other}/", text)


def complaint(said, base, scratch):
    """Caddy's own words about what is wrong, with the files' real names; log lines that are no errors are left out."""
    lines = []
    for line in said.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            lines.append(re.sub(r"^Error: ", "", line.strip()))
            continue
        if isinstance(entry, dict) and entry.get("level") in ("error", "fatal", "panic"):
            lines.append(": ".join(str(entry[key]) for key in ("msg", "error") if entry.get(key)))
    text = " ".join(line for line in lines if line) or "it gives no reason"
    # Caddy names the root file without its folder.
    return re.sub(r"(?<![\w/])Caddyfile:(\d)", rf"{base}/Caddyfile:\1", text.replace(scratch, base))


def refusal(body):
    """The reason in an answer of the admin endpoint."""
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return body.strip() or "it gives no reason"


def properties(text):
    """What ``systemctl show`` says, as a dict."""
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def environment(text):
    """A process' variables out of /proc/PID/environ, without what belongs to its own talk with systemd."""
    pairs = (pair.split("=", 1) for pair in text.split("\0") if "=" in pair)
    return {
        name: value for name, value in pairs if name not in ("NOTIFY_SOCKET", "MAINPID", "LISTEN_FDS", "LISTEN_PID")
    }


def version(text):
    """The version that ``caddy version`` tells, which begins with a v or not, and may go on with a checksum."""
    match = re.match(r"v?(\d+(?:\.\d+)+)", text)
    return match.group(1) if match else None
