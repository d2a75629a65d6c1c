#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: docker_daemon_config
short_description: Manage the Docker engine's daemon.json
version_added: 0.1.0
description:
  - Writes the engine's options, after the engine itself has found them valid, and says whether a reload is enough for the
    running engine to follow.
  - Compares what the file means, not how it is written. Options that are in the file and not in O(options) are removed;
    nothing is merged.
  - No file is written where there is none and O(options) is empty; both tell the engine the same.
  - A file that the engine could not read, for being no JSON, is replaced too. A copy is kept beside it, and a warning
    names it.
  - Reports a change also where the file is right, but the engine has not been started or reloaded since it was written,
    as after a run that was interrupted.
author:
  - The landfall.aws authors (@landfall-aws)
options:
  options:
    description:
      - The options by the names that the engine gives them, like V(log-driver).
      - Needed when O(state=present).
    type: dict
  defaults:
    description:
      - Options that are added where O(options) does not set them, and the engine knows them. An engine refuses to start
        with an option that it does not know.
    type: dict
    default: {}
    version_added: 0.2.0
  path:
    description: The file.
    type: path
    default: /etc/docker/daemon.json
  state:
    description: Whether there is such a file.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    description: Can run in check mode and return a status without changing anything.
    support: full
    details: The options are checked by the engine in check mode too, where it is installed.
  diff_mode:
    description: Returns details on what has changed, or would change.
    support: full
  platform:
    description: What the host must be.
    support: full
    platforms: linux
notes:
  - The engine can check options since version 23. For an older one, or where none is installed yet, RV(validated) is
    V(false).
"""

EXAMPLES = r"""
- name: Engine's options are in daemon.json
  landfall.aws.docker_daemon_config:
    options:
      log-driver: local
      live-restore: true
  register: daemon_config

- name: Engine follows its options
  ansible.builtin.systemd_service:
    name: docker
    state: "{{ daemon_config.effect }}ed"
  when: daemon_config.effect != 'none'

- name: Ports are published on loopback unless something else is asked for, as far as the engine can do that
  landfall.aws.docker_daemon_config:
    options: {}
    defaults:
      ip: 127.0.0.1
      default-network-opts:
        bridge:
          com.docker.network.bridge.host_binding_ipv4: 127.0.0.1
"""

RETURN = r"""
changes:
  description: Names of the options that differ from what the file had before.
  returned: success
  type: list
  elements: str
  sample: [log-driver]
previous:
  description:
    - The file's content before, to go back to where the engine does not start with the new one. Empty where there was no
      file, or one that the engine could not have read.
  returned: success
  type: str
  version_added: 0.2.0
  sample: '{"log-driver": "local"}'
effect:
  description:
    - What the running engine needs to follow the file. V(reload) leaves everything as it is, V(restart) interrupts the
      engine's API, and containers too unless V(live-restore) was on.
  returned: success
  type: str
  choices: [none, reload, restart]
  sample: reload
validated:
  description: Whether the engine has checked the options. It does not check them again when nothing has changed.
  returned: success
  type: bool
  sample: true
"""

import os
import tempfile
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.aws.plugins.module_utils.docker import daemon


def main():
    module = AnsibleModule(
        argument_spec={
            "options": {"type": "dict"},
            "defaults": {"type": "dict", "default": {}},
            "path": {"type": "path", "default": "/etc/docker/daemon.json"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_if=[("state", "present", ("options",))],
        supports_check_mode=True,
    )
    path = Path(module.params["path"])
    usage = engine_usage(module)
    wanted = None
    if module.params["state"] == "present":
        wanted = daemon.with_defaults(module.params["options"], module.params["defaults"], usage)
    before = path.read_text() if path.exists() else None
    live = daemon.parse(before)
    unreadable = before is not None and live is None
    result = {
        "changes": daemon.differing(live, wanted),
        "effect": daemon.effect(live, wanted),
        "previous": "" if unreadable else before or "",
        "validated": False,
    }
    if daemon.is_as_wanted(before, wanted):
        if before is not None and engine_is_behind(module, path):
            result["effect"] = "restart"
        module.exit_json(changed=result["effect"] != "none", **result)

    if unreadable:
        result["effect"] = "restart"
        kept = "" if module.check_mode else f", and kept as {module.backup_local(str(path))}"
        module.warn(f"{path} held nothing that the engine could read; it is replaced{kept}")
    after = "" if wanted is None else daemon.render(wanted)
    try:
        if wanted is not None:
            result["validated"] = put(module, path, after, "--validate" in (usage or ""))
        elif not module.check_mode:
            path.unlink()
    except OSError as error:
        module.fail_json(msg=f"{path} is as it was: {error}")
    module.exit_json(changed=True, diff={"before": before or "", "after": after}, **result)


def put(module, path, text, can_validate):
    """Writes the file where the engine finds it valid; returns whether the engine was asked."""
    with tempfile.TemporaryDirectory(dir=module.tmpdir) as directory:
        new = Path(directory) / "daemon.json"
        new.write_text(text)
        new.chmod(0o644)
        if can_validate:
            validate(module, new)
        if not module.check_mode:
            path.parent.mkdir(parents=True, exist_ok=True)
            module.atomic_move(str(new), str(path))
    return can_validate


def engine_usage(module):
    """What the engine says of its options; None where there is no engine."""
    dockerd = module.get_bin_path("dockerd")
    return module.run_command([dockerd, "--help"])[1] if dockerd else None


def validate(module, file):
    rc, out, err = module.run_command(["dockerd", "--validate", "--config-file", str(file)])
    if rc:
        said = (err or out).strip().replace(str(file), module.params["path"])
        module.fail_json(msg=f"The engine refuses these options, so {module.params['path']} is as it was: {said}")


def engine_is_behind(module, path):
    properties = "ActiveState,StateChangeTimestampMonotonic"
    out = module.run_command(["systemctl", "show", "docker.service", f"--property={properties}"])[1]
    return daemon.is_behind(out, os.stat(path).st_mtime, time.time(), time.monotonic())


if __name__ == "__main__":
    main()
