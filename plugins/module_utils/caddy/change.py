# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One file of Caddy's configuration is changed, and Caddy runs it; or all is as it was.

Caddy gets the new configuration before the file is put in place. So the file on the disk, which the next start reads, is
always one that has been proven, wherever a run is killed; the next run finds that Caddy runs another one, and goes on.
"""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.caddy import admin, config
from ansible_collections.landfall.aws.plugins.module_utils.caddy.host import Invalid


class Failed(Exception):
    """The change was not made; the message says why, and in what state Caddy is."""


class Change:
    """``prove()`` raises ValueError where Caddy, running the new configuration, does not answer as it should."""

    def __init__(self, host, file, prove=lambda: None, reload=True, force=False):
        self.host, self.file, self.prove = host, file, prove
        self.reload, self.force = reload, force
        self.warnings = []

    def read(self):
        """What is there, and whether anything must be done."""
        self.before = self._adapted(None) if self.host.program and self.host.root.exists() else None
        self.running = self._running() if self.host.active else None
        self.written = self.file is None or self.file.is_there()
        self.wanted = self.before if self.written else self._wanted()
        self.behind = self.host.active and self.wanted is not None and self.running != self.wanted
        follows = self.reload and self.file is not None and self.wanted is not None and not self._takes_no_orders()
        self.loads = self.host.active and follows and (self.behind or self.force)
        return not self.written or self.loads

    def _adapted(self, file, **options):
        try:
            return self.host.adapt(file, **options)
        except Invalid as error:
            self.warnings.append(f"Caddy could not load its configuration now: {error}")
            return None

    def _running(self):
        try:
            return self.host.running(self.before)
        except admin.NoAnswer as error:
            self.warnings.append(f"Caddy runs, but its admin endpoint does not answer: {error}")
            return None

    def _takes_no_orders(self):
        """With `admin off` Caddy follows at its next restart, and nobody can ask it what it runs."""
        return not self.host.address and self.before is not None and config.admin_address(self.before) is None

    def _wanted(self):
        """What the configuration is once the file is changed; None where nobody can say."""
        root_is_there = self.file.text is not None if self.file.path == self.host.root else self.host.root.exists()
        if not self.host.program or not root_is_there:
            return None
        try:
            return self.host.adapt(self.file, validate=True)
        except Invalid as error:
            also = f"\n{self.host.root} was not valid before, either." if self.warnings and not self.before else ""
            raise Failed(
                f"Caddy refuses this configuration, so {self.file.path} is as it was: {error}{also}"
            ) from error

    def make(self):
        if self.loads:
            self._load()
        if not self.written:
            try:
                self.file.put_in_place()
            except OSError:
                self._go_back()
                raise

    def _load(self):
        if not self.host.address:
            raise Failed(
                f"{self.file.path} is as it was. {self.warnings[-1]}. A restart of the service brings it back."
            )
        try:
            self.host.load(self.wanted, self.force)
            self.prove()
        except (admin.Refused, admin.NoAnswer, ValueError) as error:
            after = self._go_back()
            raise Failed(f"{self._what()}, so {after}: {error}") from error
        except BaseException:
            self._go_back()
            raise

    def _what(self):
        return f"Caddy can't run its configuration with {'the new ' if not self.written else ''}{self.file.path}"

    def _go_back(self):
        """Caddy runs what it ran before, whatever the file said. Returns how that went."""
        if not self.loads or self.running is None:
            return f"{self.file.path} is as it was"
        try:
            self.host.load(self.running)
        except (admin.Refused, admin.NoAnswer) as error:
            return f"{self.file.path} is as it was, but Caddy does not go back to what it ran before ({error})"
        return "it runs what it ran before" + ("" if self.written else f", and {self.file.path} is as it was")

    def report(self, changed):
        """``changed``: whether what was planned is so, or would be in check mode."""
        before = self.running if self.running is not None else self.before
        after = self.wanted if self.loads or not self.host.active else self.running
        done = self.loads and changed
        return {
            "active": self.host.active,
            "state": self.host.state,
            "loaded": done or (self.host.active and self.wanted is not None and not self.behind),
            "dials_before": config.dials(before),
            "dials": config.dials(after if changed else before),
        }
