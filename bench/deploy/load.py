"""Constant load on a site over HTTPS, with every request that fails counted, dated and explained.

``python -m bench.deploy.load --address 172.30.0.32 --name app.example.test --root root.pem --out load.json``

Requests are sent when they are due, however slow the answers are (an open loop): a site that stalls gets no pity. They come
in two streams side by side: one opens a connection for each request, as webhooks do; the other keeps connections and uses
them again, as browsers and proxies do. Some requests are POST with a body, and some take the app two seconds to answer.

Nothing is ever sent twice. A client may repeat a request by itself when a kept connection breaks before an answer, if the
method is idempotent (RFC 9110, 9.2.2), and Go's net/http, so most load generators, does so unseen. Here it is a failure:
what one client repeats, another one loses. Only a kept connection that is found closed before anything was sent on it is
put away and replaced, as every client does; those are counted as ``idle_closed``.

Ends at SIGTERM, when the answers that are still due have come, and writes the results as JSON. Times are the machine's
monotonic clock, which other processes of this machine share.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import socket
import ssl
import sys
import time
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

# Their parts of the rate. A handshake costs more than the rest of a request, on both sides.
STREAMS = {"new": 0.25, "kept": 0.75}
BODY = b"landfall " * 456  # about 4 KB
POST_EVERY = 5  # requests of a stream
SLOW_EVERY = 51  # so that some of them are POST, too
SLOW_SECONDS = 2


class WrongAnswer(Exception):
    """An answer that came whole, and is not what the app answers."""


@dataclass
class Request:
    stream: str
    number: int
    due: float
    started: float = 0.0
    ended: float = 0.0
    phase: str = "connect"
    release: str = ""  # who answered; empty where the request failed
    cause: str = ""
    reused: bool = False

    @property
    def method(self) -> str:
        return "POST" if self.number % POST_EVERY == 0 else "GET"

    @property
    def slow(self) -> bool:
        return self.number % SLOW_EVERY == SLOW_EVERY // 2

    @property
    def path(self) -> str:
        return f"/{self.stream}/{self.number}"

    @property
    def content(self) -> bytes:
        return BODY if self.method == "POST" else b""

    def encode(self, name: str) -> bytes:
        lines = [
            f"{self.method} {self.path}{f'?wait={SLOW_SECONDS}' if self.slow else ''} HTTP/1.1",
            f"Host: {name}",
            f"Connection: {'close' if self.stream == 'new' else 'keep-alive'}",
        ]
        if self.content:
            lines.append(f"Content-Length: {len(self.content)}")
        return "\r\n".join([*lines, "", ""]).encode() + self.content

    def judge(self, status: int, text: str) -> str:
        """The release that answered."""
        words = text.split()
        if status != 200:
            raise WrongAnswer(f"status {status}")
        if len(words) != 4 or words[0] != "release" or words[2:] != [self.path, str(zlib.crc32(self.content))]:
            raise WrongAnswer(f"body {text[:80]!r}")
        return words[1]


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.reader, self.writer = reader, writer

    @property
    def closed(self) -> bool:
        return self.reader.at_eof() or self.reader.exception() is not None or self.writer.is_closing()

    async def exchange(self, request: Request, name: str) -> tuple[int, str, bool]:
        """Status, body, and whether the connection can be used again."""
        request.phase = "send"
        self.writer.write(request.encode(name))
        await self.writer.drain()
        request.phase = "answer"
        head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in lines[1:])}
        request.phase = "body"
        if "content-length" in headers:
            body = await self.reader.readexactly(int(headers["content-length"]))
        else:
            body = await self.reader.read()
        return int(lines[0].split()[1]), body.decode("utf-8", "replace"), headers.get("connection") != "close"

    def close(self) -> None:
        self.writer.close()

    def abort(self) -> None:
        self.writer.transport.abort()


class Load:
    def __init__(self, address: str, name: str, port: int, root: str, rate: float, timeout: float):
        self.address, self.name, self.port, self.rate, self.timeout = address, name, port, rate, timeout
        self.tls = ssl.create_default_context(cafile=root)
        self.requests: list[Request] = []
        self.kept: list[Connection] = []
        self.idle_closed = 0
        self.over = asyncio.Event()

    async def run(self) -> None:
        tasks: set[asyncio.Task] = set()
        await asyncio.gather(*(self.stream(name, part * self.rate, tasks) for name, part in STREAMS.items()))
        if tasks:
            await asyncio.wait(tasks)
        for connection in self.kept:
            connection.close()

    async def stream(self, name: str, rate: float, tasks: set[asyncio.Task]) -> None:
        begun, number = time.monotonic(), 0
        while not self.over.is_set():
            # All that are due, for a machine that is busy elsewhere wakes late.
            while (due := begun + number / rate) <= time.monotonic():
                request = Request(name, number, due)
                self.requests.append(request)
                task = asyncio.create_task(self.send(request))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                number += 1
            await asyncio.sleep(due - time.monotonic())

    async def send(self, request: Request) -> None:
        request.started = time.monotonic()
        try:
            await asyncio.wait_for(self.ask(request), self.timeout)
        except asyncio.TimeoutError:
            request.cause = f"no answer within {self.timeout:g} s"
        except WrongAnswer as error:
            request.cause = str(error)
        except asyncio.IncompleteReadError:
            request.cause = "connection closed"
        except Exception as error:  # whatever it is, the request has failed of it
            request.cause = f"{type(error).__name__}: {error}"
        request.ended = time.monotonic()

    async def ask(self, request: Request) -> None:
        connection = await self.connection(request)
        try:
            status, text, reusable = await connection.exchange(request, self.name)
        except BaseException:
            connection.abort()
            raise
        if request.stream == "kept" and reusable:
            self.kept.append(connection)
        else:
            connection.close()
        request.release = request.judge(status, text)

    async def connection(self, request: Request) -> Connection:
        while request.stream == "kept" and self.kept:
            connection = self.kept.pop(0)  # the one that has waited longest, so that all are used
            if not connection.closed:
                request.reused = True
                return connection
            self.idle_closed += 1
            connection.close()
        plain = socket.socket()
        plain.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(plain, (self.address, self.port))
        except BaseException:
            plain.close()
            raise
        request.phase = "tls"  # from here on asyncio closes the socket
        return Connection(*await asyncio.open_connection(sock=plain, ssl=self.tls, server_hostname=self.name))


def percentile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))] if values else 0.0


def summarize(requests: list[Request], idle_closed: int = 0) -> dict:
    """What is to be known of finished requests."""
    requests = sorted(requests, key=lambda request: request.started)
    failed = [request for request in requests if not request.release]
    quick = [request.ended - request.started for request in requests if request.release and not request.slow]
    releases: dict[str, dict] = {}
    for request in requests:
        if request.release:
            seen = releases.setdefault(request.release, {"requests": 0, "first": request.started})
            seen["requests"] += 1
            seen["last"] = request.started
    return {
        "requests": len(requests),
        "failed": len(failed),
        "streams": {
            name: [
                sum(request.stream == name for request in requests),
                sum(request.stream == name for request in failed),
            ]
            for name in STREAMS
        },
        "outage": outage(requests),
        "releases": releases,
        "causes": causes(failed),
        "failures": [{**asdict(request), "method": request.method, "slow": request.slow} for request in failed],
        "idle_closed": idle_closed,
        "median": percentile(quick, 0.5),
        "slowest": max(quick, default=0.0),
        "late": percentile([request.started - request.due for request in requests], 0.99),
    }


def outage(requests: list[Request]) -> float:
    """The longest time in which no request was sent that got its answer, while others failed."""
    longest, last_good, failing = 0.0, None, False
    for request in requests:
        if not request.release:
            failing = True
            last_good = request.started if last_good is None else last_good
        else:
            if failing:
                longest = max(longest, request.started - last_good)
            last_good, failing = request.started, False
    if failing:
        longest = max(longest, requests[-1].ended - last_good)
    return longest


def causes(failed: list[Request]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for request in failed:
        kind = f"{request.stream}{' (reused)' if request.reused else ''}, {request.phase}: {request.cause}"
        counted[kind] = counted.get(kind, 0) + 1
    return dict(sorted(counted.items(), key=lambda item: -item[1]))


async def measure(arguments: argparse.Namespace) -> dict:
    load = Load(arguments.address, arguments.name, arguments.port, arguments.root, arguments.rate, arguments.timeout)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, load.over.set)
    running = asyncio.create_task(load.run())
    while not running.done() and not any(request.release for request in load.requests):
        await asyncio.sleep(0.05)
    print("The site answers.", flush=True)
    await running
    return summarize(load.requests, load.idle_closed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", required=True, help="where to connect to")
    parser.add_argument("--name", required=True, help="the site's name, in the certificate too")
    parser.add_argument("--port", type=int, default=443)
    parser.add_argument("--root", required=True, help="file with the root certificate to trust")
    parser.add_argument("--rate", type=float, default=200, help="requests per second")
    parser.add_argument("--timeout", type=float, default=30, help="seconds for each request, with its connection")
    parser.add_argument("--out", required=True, type=Path, help="file for the results")
    arguments = parser.parse_args()
    arguments.out.write_text(json.dumps(asyncio.run(measure(arguments)), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
