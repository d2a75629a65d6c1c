#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: docker_apt_source
short_description: Manage Docker's repository among apt's sources, with its key
version_added: 0.2.0
description:
  - Enters Docker's repository in apt's list of sources, with a key that is fetched and checked; or takes it out.
  - Wherever else the repository is listed, by whomever and in whichever format, it is taken out. apt refuses to work when
    two lists name one repository with different keys. What else such a file lists stays.
  - Other copies of Docker's key are removed, above all those that apt trusts for every repository. A keyring that holds
    other keys too stays.
  - The network is asked only where the key is missing, or is another one.
author:
  - The landfall.aws authors (@landfall-aws)
options:
  url:
    description:
      - The repository, or a mirror of it, for the host's distribution. Its key is at C(gpg) below that.
      - Needed when O(state=present).
    type: str
  suite:
    description:
      - Code name of the host's release.
      - Needed when O(state=present).
    type: str
  architecture:
    description:
      - Architecture of the host's packages.
      - Needed when O(state=present).
    type: str
  key_checksum:
    description:
      - SHA-256 checksum that the key must have, with C(sha256:) before it.
      - Needed when O(state=present).
    type: str
  state:
    description: Whether the repository is one of apt's sources.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    description: Can run in check mode and return a status without changing anything.
    support: full
  diff_mode:
    description: Returns details on what has changed, or would change.
    support: full
  platform:
    description: What the host must be.
    support: full
    platforms: debian
"""

EXAMPLES = r"""
- name: Docker's repository is a source of packages
  landfall.aws.docker_apt_source:
    url: https://download.docker.com/linux/debian
    suite: trixie
    architecture: amd64
    key_checksum: sha256:1500c1f56fa9e26b9b8f42452a553675796ade0807cdce11975eb98170b3a570

- name: Docker's repository is no source of packages
  landfall.aws.docker_apt_source:
    state: absent
"""

RETURN = r"""
changes:
  description: The files that were written or removed, or would be.
  returned: success
  type: list
  elements: str
  sample: [/etc/apt/keyrings/docker.asc, /etc/apt/sources.list.d/docker.sources]
"""

import hashlib
import os
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import fetch_url

from ansible_collections.landfall.aws.plugins.module_utils.docker import apt

KEY = Path("/etc/apt/keyrings/docker.asc")
SOURCE = Path("/etc/apt/sources.list.d/docker.sources")
KEYRINGS = "/etc/apt/trusted.gpg.d", "/etc/apt/keyrings", "/usr/share/keyrings"


def main():
    needed = ("url", "suite", "architecture", "key_checksum")
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str"},
            "suite": {"type": "str"},
            "architecture": {"type": "str"},
            "key_checksum": {"type": "str", "no_log": False},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_if=[("state", "present", needed)],
        supports_check_mode=True,
    )
    options = [module.params[name] for name in needed]
    try:
        files = {path: path.read_bytes() for path in candidates()}
        wanted = apt.cleaned(files, KEY, options[0])
        if module.params["state"] == "present":
            wanted[SOURCE] = apt.render(*options[:3], KEY).encode()
            wanted[KEY] = key(module, files.get(KEY), options[0], options[3])
        # The key is there before the list that names it.
        changes = sorted(path for path in wanted if wanted[path] != files.get(path))
        if not module.check_mode:
            for path in changes:
                put(module, path, wanted[path])
    except OSError as error:
        module.fail_json(msg=f"apt's sources can't be changed: {error}")
    diff = [
        {
            "before_header": str(path),
            "after_header": str(path),
            "before": text(files.get(path)),
            "after": text(wanted[path]),
        }
        for path in changes
    ]
    module.exit_json(changed=bool(changes), changes=[str(path) for path in changes], diff=diff)


def candidates():
    """Files that may have to do with Docker's repository."""
    yield from (path for path in [Path("/etc/apt/sources.list")] if path.is_file())
    for directory, suffixes in [
        (SOURCE.parent, (".list", ".sources")),
        *((name, (".gpg", ".asc")) for name in KEYRINGS),
    ]:
        yield from (path for path in sorted(Path(directory).glob("*")) if path.is_file() and path.suffix in suffixes)


def key(module, live, url, checksum):
    """The key's content: what is there, where that is the right one."""
    if live is not None and checksum_of(live) == checksum:
        return live
    if module.check_mode:
        return b"(the key with the checksum that is wanted)\n"
    response, info = fetch_url(module, f"{url}/gpg", timeout=30)
    if info["status"] != 200:
        module.fail_json(
            msg=f"The key of Docker's repository can't be had from {url}/gpg: {info['msg']}; nothing was changed"
        )
    content = response.read()
    if checksum_of(content) != checksum:
        module.fail_json(
            msg=f"The key at {url}/gpg has the checksum {checksum_of(content)}, and {checksum} is wanted; nothing was changed"
        )
    return content


def checksum_of(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def put(module, path, content):
    if content is None:
        path.unlink()
        return
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=module.tmpdir, delete=False) as stream:
        stream.write(content)
    os.chmod(stream.name, 0o644)
    module.atomic_move(stream.name, str(path))


def text(content):
    return "" if content is None else content.decode(errors="replace")


if __name__ == "__main__":
    main()
