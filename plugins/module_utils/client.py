# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all modules share: clients that count and retry their calls, and a way to end that reads aloud."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

try:
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    AWS_ERRORS: tuple[type[Exception], ...] = (BotoCoreError, ClientError)
except ImportError:  # AnsibleAWSModule says so
    AWS_ERRORS = ()

    class ClientError(Exception):
        """What AWS refuses."""


READERS = 10  # calls that are under way at the same time


class CallCounter:
    """Counts the calls of the clients that it is attached to; a call that botocore repeats counts once."""

    def __init__(self):
        self.calls = []

    def attach(self, client):
        # The same client may be attached again, and still each of its calls is one.
        client.meta.events.register("before-parameter-build", self._count, unique_id=f"calls-{id(self)}")
        return client

    def _count(self, model, **_more):
        # append is atomic, so this holds for calls in threads too.
        self.calls.append(model.name)


class LandfallModule(AnsibleAWSModule):
    """An AnsibleAWSModule whose clients are made once, counted, and patient with throttling."""

    def __init__(self, **arguments):
        super().__init__(**arguments)
        self._clients = {}
        self._counter = CallCounter()

    def client(self, service, *, max_attempts=8, read_timeout=60, **more):
        key = (service, max_attempts, read_timeout, *sorted(more.items()))
        if key not in self._clients:
            # botocore's standard mode repeats what AWS throttles, its internal errors and broken connections.
            retries = {"mode": "standard", "max_attempts": max_attempts}
            config = Config(retries=retries, read_timeout=read_timeout, max_pool_connections=READERS)
            self._clients[key] = self._counter.attach(super().client(service, config=config, **more))
        return self._clients[key]

    @property
    def api_call_count(self):
        return len(self._counter.calls)

    def finish(self, **result):
        # A plan in which nothing is pending is not shown, and what it leaves alone is to be known all the same.
        for note in result.get("notes", ()):
            self.warn(note)
        self.exit_json(**self._calls(), **result)

    def refuse(self, message, **result):
        self.fail_json(msg=message, **self._calls(), **result)

    def _calls(self):
        """How many calls were made, and with -vv which ones."""
        made = {"api_call_count": self.api_call_count}
        return {**made, "api_calls": dict(Counter(self._counter.calls))} if self._verbosity >= 2 else made


def in_parallel(reads=(), **more):
    """Call all functions side by side; their results by the same names. The first failure is raised."""
    reads = {**dict(reads), **more}
    with ThreadPoolExecutor(max_workers=READERS) as pool:
        futures = {name: pool.submit(read) for name, read in reads.items()}
        return {name: future.result() for name, future in futures.items()}


def pages(client, operation, key, **arguments):
    """All items of a call that AWS answers page by page."""
    if not client.can_paginate(operation):
        return getattr(client, operation)(**arguments)[key]
    return [item for page in client.get_paginator(operation).paginate(**arguments) for item in page[key]]
