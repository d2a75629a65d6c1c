# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SSH host keys: found in a console's output, kept in a known_hosts file. Pure.

The file names a host by its instance id (OpenSSH's HostKeyAlias), so it stays right when the address changes, and a new
instance at an old address is never taken for the old one.
"""

from __future__ import annotations

import re
import shlex

PINNED = "seen-on-the-console"  # the comment of the lines that we write; a key that ssh accepted by itself has none
BEGIN, END = "-----BEGIN SSH HOST KEY KEYS-----", "-----END SSH HOST KEY KEYS-----"
KEY = re.compile(r"\b((?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d+) AAAA[A-Za-z0-9+/]+=*)")


def from_console(output):
    """The keys of the last complete block that cloud-init printed; a console may put anything around them."""
    blocks = re.findall(re.escape(BEGIN) + r"(.*?)" + re.escape(END), output or "", re.DOTALL)
    return sorted(set(KEY.findall(blocks[-1]))) if blocks else []


def recorded(text, instance_id):
    """(pinned, accepted): the keys of this instance that we wrote to a known_hosts file, and those that ssh did."""
    pinned, accepted = set(), set()
    for line in text.splitlines():
        hosts, _space, rest = line.partition(" ")
        if instance_id in hosts.split(","):
            (pinned if rest.endswith(f" {PINNED}") else accepted).update(KEY.findall(rest))
    return sorted(pinned), sorted(accepted)


def known_hosts(instance_id, addresses, port, keys):
    """The file's text. The addresses are for whoever logs in by hand."""
    names = [instance_id, *(address if port == 22 else f"[{address}]:{port}" for address in addresses if address)]
    return "".join(f"{','.join(names)} {key} {PINNED}\n" for key in keys)


def ssh_arguments(path, instance_id, known, unwritten=()):
    """How OpenSSH uses the file: strictly where keys are known; else it notes the first one that it sees.

    Keys that are not in the file, because nothing may be written, are told to OpenSSH by a command.
    """
    options = {
        "UserKnownHostsFile": f"'{path}'",
        "HostKeyAlias": instance_id,
        "StrictHostKeyChecking": "yes" if known else "accept-new",
        "HashKnownHosts": "no",
    }
    if unwritten:
        lines = " ".join(f'"{instance_id} {key}"' for key in unwritten)
        options["KnownHostsCommand"] = shlex.quote(f'/usr/bin/printf "%%s\\n" {lines}')
    return " ".join(f"-o {name}={value}" for name, value in options.items())
