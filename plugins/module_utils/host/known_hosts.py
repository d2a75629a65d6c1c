# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SSH host keys: found in a console's output, kept in a known_hosts file. Pure.

The file names a host by its instance id (OpenSSH's HostKeyAlias), so it stays right when the address changes, and a new
instance at an old address is never taken for the old one.
"""

from __future__ import annotations

import re

BEGIN, END = "-----BEGIN SSH HOST KEY KEYS-----", "-----END SSH HOST KEY KEYS-----"
KEY = re.compile(r"\b((?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d+) AAAA[A-Za-z0-9+/]+=*)")


def from_console(output):
    """The keys of the last complete block that cloud-init printed; a console may put anything around them."""
    blocks = re.findall(re.escape(BEGIN) + r"(.*?)" + re.escape(END), output or "", re.DOTALL)
    return sorted(set(KEY.findall(blocks[-1]))) if blocks else []


def recorded(text, instance_id):
    """The keys that a known_hosts file has for this instance."""
    keys = set()
    for line in text.splitlines():
        hosts, _space, rest = line.partition(" ")
        if instance_id in hosts.split(","):
            keys.update(KEY.findall(rest))
    return sorted(keys)


def known_hosts(instance_id, addresses, port, keys):
    """The file's text. The addresses are for whoever logs in by hand."""
    names = [instance_id, *(address if port == 22 else f"[{address}]:{port}" for address in addresses if address)]
    return "".join(f"{','.join(names)} {key}\n" for key in keys)


def ssh_arguments(path, instance_id, keys):
    """How OpenSSH uses the file: strictly where it has keys; else it notes the first one that it sees."""
    options = {
        "UserKnownHostsFile": f"'{path}'",
        "HostKeyAlias": instance_id,
        "StrictHostKeyChecking": "yes" if keys else "accept-new",
        "HashKnownHosts": "no",
    }
    return " ".join(f"-o {name}={value}" for name, value in options.items())
