# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All checks of a host: what is asked in which order, and what can't be asked. Nothing here changes anything."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.landfall.aws.plugins.module_utils.preflight import engine as engines
from ansible_collections.landfall.aws.plugins.module_utils.preflight import host, judge, registry
from ansible_collections.landfall.aws.plugins.module_utils.preflight.report import failed, ok, skipped, warning
from ansible_collections.landfall.aws.plugins.module_utils.rules import RULES
from ansible_collections.landfall.aws.plugins.module_utils.swap.state import size_to_bytes

DAEMON_JSON, DOCKER_CONFIG = "/etc/docker/daemon.json", "/root/.docker/config.json"
JOURNAL = ["journalctl", "--unit", "caddy", "--since", "-7d", "--output", "cat", "--no-pager", "--grep", judge.GREP]
TIME_SERVICE = ["timedatectl", "show", "--property", "NTPSynchronized", "--property", "NTP"]


@dataclass(frozen=True)
class Planned:
    """What is to run on the host."""

    image: str = ""
    login: dict = field(default_factory=dict)
    app_name: str = "app"
    app_ports: tuple[int, ...] = ()
    web_ports: tuple[int, ...] = ()
    strategy: str = "blue_green"
    memory: str = ""
    swap: str = ""
    names: tuple[str, ...] = ()
    acme_ca: str = ""
    image_store: str = ""
    controller_time: float | None = None


def mistakes(planned):
    """One sentence for each option that can't be meant like this."""
    given = [("image", "image", planned.image), ("memory", "size", planned.memory), ("swap", "size", planned.swap)]
    given += [("acme_ca", "url", planned.acme_ca), ("app_name", "name", planned.app_name)]
    given += [("app_ports", "port", each) for each in planned.app_ports]
    given += [("web_ports", "port", each) for each in planned.web_ports]
    given += [("names", "domain", each) for each in planned.names]
    given += [("login", "registry_login", planned.login)]
    return [
        f"{option}: {sentence}"
        for option, rule, value in given
        if value not in ("", {})
        for sentence in RULES[rule](value)
    ]


class Inspection:
    """Looks at one host. ``run`` runs a command and returns its exit code, output and errors."""

    def __init__(self, planned, run):
        self.planned, self.run = planned, run
        self.time = time.time()  # before anything that takes its time
        self.engine = self.login = None

    def checks(self):
        looks = {
            "system": self._system,
            "engine": self._engine,
            "clock": self._clock,
            "image": self._image,
            "memory": self._memory,
            "ports": self._ports,
            "certificate": self._certificate,
        }
        found = []
        for name, look in looks.items():
            try:
                found += look()
            except (OSError, ValueError, KeyError) as error:
                found.append(skipped(name, f"{type(error).__name__}: {error}"))
        return found

    def _engine(self):
        """First, because the others ask it."""
        if not engines.is_there():
            return [skipped("engine", "no engine yet, so nothing can lie or run there")]
        try:
            self.engine = engines.read()
        except (OSError, ValueError, KeyError) as error:
            remedy = "systemctl restart docker\nWhy it does not answer says: journalctl --unit docker"
            return [warning("engine", f"Docker does not answer: {error}", remedy)]
        return [ok("engine", f"Docker answers; its images lie in {self.engine.store}")]

    def _system(self):
        return [judge.operating_system(*host.os_release(Path("/etc/os-release").read_text()))]

    def _clock(self):
        return [judge.clock(self.time, self.planned.controller_time, self._clock_is_kept())]

    def _clock_is_kept(self):
        """A container's clock is the machine's."""
        if host.in_container():
            return None
        code, said, _errors = self.run(TIME_SERVICE)
        return "=yes" in said if code == 0 else None

    def _image(self):
        name = self.planned.image
        if not name:
            return [skipped(each, "no image is given") for each in ("registry", "architecture", "disk")]
        try:
            image = self._described(registry.Reference.parse(name))
        except registry.RegistryError as error:
            rest = [skipped(each, "the registry does not describe the image") for each in ("architecture", "disk")]
            if self.engine and engines.has_image(name):
                return [warning("registry", f"{error}; the host has the image already", error.remedy), *rest]
            return [failed("registry", str(error), error.remedy), *rest]
        if image is None:
            return [
                skipped(each, "the host's login comes from a helper") for each in ("registry", "architecture", "disk")
            ]
        return [
            ok("registry", f"describes {name}{' to the login ' + self.login[0] if self.login else ''}"),
            judge.architecture(name, image, host.architecture()),
            self._disk(image),
        ]

    def _described(self, reference):
        docker_config = host.json_file(DOCKER_CONFIG)
        self.login = registry.login_of(reference, self.planned.login, docker_config)
        if not self.login and registry.credential_helper(reference, docker_config):
            return None
        insecure = registry.is_insecure(reference.host, host.json_file(DAEMON_JSON))
        return registry.Registry(reference, self.login, insecure).image(host.architecture())

    def _disk(self, image):
        if image.layers is None:
            return skipped("disk", "the image has no variant for this host")
        store = self.planned.image_store or (self.engine.store if self.engine else engines.CONTAINERD_ROOT)
        there = self.engine.diff_ids if self.engine else frozenset()
        return judge.disk(image, there, host.space(store), store, self.engine is not None)

    def _memory(self):
        in_use = None
        if self.engine and self.planned.strategy != "recreate" and not self.planned.memory:
            running = [each.name for each in self.engine.containers if judge.is_of_app(each, self.planned.app_name)]
            # Of a compose project, all containers together are the copy.
            in_use = sum(engines.memory_in_use(name) or 0 for name in running) or None
        limit = size_to_bytes(self.planned.memory) if self.planned.memory else None
        swap = size_to_bytes(self.planned.swap) if self.planned.swap else 0
        facts = host.meminfo(Path("/proc/meminfo").read_text())
        return [judge.memory(self.planned.strategy, limit, in_use, facts, swap)]

    def _ports(self):
        wanted = {*self.planned.app_ports, *self.planned.web_ports}
        listeners = host.listeners(wanted)
        if not self.engine:
            # Whose container it is for, only an engine that answers could tell.
            listeners = [each for each in listeners if each.program != "docker-proxy"]
        containers = self.engine.containers if self.engine else ()
        return [
            judge.ports(ports, listeners, containers, self.planned.app_name, loopback)
            for ports, loopback in ((self.planned.web_ports, False), (self.planned.app_ports, True))
            if ports
        ]

    def _certificate(self):
        names = self.planned.names
        code, said, errors = self.run(JOURNAL) if names else (0, "", "")
        if code != 0 and errors.strip():
            return [skipped("certificate", f"Caddy's journal can't be read: {errors.strip()}")]
        stored = host.certificates(names)
        return [judge.certificate(names, judge.events(said), stored, self.planned.acme_ca, time.time())]
