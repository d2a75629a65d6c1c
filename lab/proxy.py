"""AWS's API as it is at a distance and on a bad day: a proxy in front of the emulator.

``python -m lab.proxy http://127.0.0.1:5000 --delay 80 --faults 0.1`` prints an address for AWS_ENDPOINT_URL. Each call takes
longer by the delay and is counted by its name. A share of calls, drawn by a seed, is answered as AWS answers at times: throttled,
with an internal error, or for something that was made seconds ago, that it is not found. What is answered so never reaches the
emulator.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

OF_ONE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade"}
OF_THE_EMULATOR = "/moto-api/"  # neither slowed down, nor counted, nor faulted
ID = re.compile(r"<\w+Id>([a-z]+-(?:[0-9a-f]{8}|[0-9a-f]{17}))</")
# EC2 has a code for each kind of resource: docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
NOT_FOUND = {
    "acl": "InvalidNetworkAclID.NotFound",
    "eigw": "InvalidGatewayID.NotFound",
    "eipalloc": "InvalidAllocationID.NotFound",
    "eni": "InvalidNetworkInterfaceID.NotFound",
    "fl": "InvalidFlowLogId.NotFound",
    "i": "InvalidInstanceID.NotFound",
    "igw": "InvalidInternetGatewayID.NotFound",
    "nat": "NatGatewayNotFound",
    "pcx": "InvalidVpcPeeringConnectionID.NotFound",
    "rtb": "InvalidRouteTableID.NotFound",
    "rtbassoc": "InvalidAssociationID.NotFound",
    "sg": "InvalidGroup.NotFound",
    "sgr": "InvalidSecurityGroupRuleId.NotFound",
    "subnet": "InvalidSubnetID.NotFound",
    "vpc": "InvalidVpcID.NotFound",
    "vpce": "InvalidVpcEndpointId.NotFound",
}
THROTTLED, INTERNAL, YOUNG = "throttled", "internal error", "not found yet"


@dataclass(frozen=True)
class Faults:
    """What goes wrong: in which share of calls, drawn by which seed, and for how long what is new may be unknown."""

    share: float = 0.0
    seed: int = 1
    young: float = 3.0  # seconds


@dataclass
class Call:
    """One call of an API, as far as it can be told from its request."""

    service: str
    action: str
    parameters: dict[str, str] = field(default_factory=dict)
    json: bool = False

    @classmethod
    def of(cls, method: str, path: str, headers, body: bytes) -> Call:
        scope = re.search(r"Credential=[^/]+/\d+/[^/]*/([^/]+)/", headers.get("Authorization", ""))
        service, url = scope.group(1) if scope else "", urlsplit(path)
        if target := headers.get("X-Amz-Target"):
            return cls(service, target.rpartition(".")[2], json=True)
        if "x-www-form-urlencoded" in headers.get("Content-Type", ""):
            parameters = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        else:
            parameters = dict(parse_qsl(url.query, keep_blank_values=True))
        if "Action" in parameters:
            return cls(service, parameters["Action"], parameters)
        return cls(service, f"{method} {url.path}")

    @property
    def names(self) -> set[str]:
        """What it is about by its id; a filter that matches nothing is no error."""
        return {value for key, value in self.parameters.items() if not key.startswith("Filter.")}

    def error(self, status: int, code: str, message: str) -> tuple[int, str, bytes]:
        """(status, content type, body) in the form that the service has for errors."""
        if self.json:
            return status, "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message}).encode()
        if self.service == "ec2":
            form = "<Response><Errors><Error>{}</Error></Errors><RequestID>lab</RequestID></Response>"
        else:
            form = "<ErrorResponse><Error><Type>Sender</Type>{}</Error><RequestId>lab</RequestId></ErrorResponse>"
        said = form.format(f"<Code>{code}</Code><Message>{message}</Message>")
        return status, "text/xml", f'<?xml version="1.0" encoding="UTF-8"?>{said}'.encode()

    def throttled(self) -> tuple[int, str, bytes]:
        if self.service == "ec2":
            return self.error(503, "RequestLimitExceeded", "Request limit exceeded.")
        return self.error(400, "ThrottlingException" if self.json else "Throttling", "Rate exceeded")

    def broken(self) -> tuple[int, str, bytes]:
        code = "InternalError" if self.service == "ec2" else "InternalFailure"
        return self.error(500, code, "An internal error has occurred")

    def unknown(self, resource_id: str) -> tuple[int, str, bytes]:
        code = NOT_FOUND[resource_id.partition("-")[0]]
        return self.error(400, code, f"The ID '{resource_id}' does not exist")


class Proxy:
    """Stands in front of an emulator. What it counts may be read and cleared while it runs."""

    def __init__(self, upstream: str, delay: float = 0.0, faults: Faults | None = None):
        self.upstream = urlsplit(upstream).netloc
        self.delay = delay
        self.calls: Counter[str] = Counter()
        self.faulted: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.faults = faults or Faults()

    @property
    def faults(self) -> Faults:
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        with self._lock:
            self._faults, self._chance = faults, random.Random(faults.seed)
            self._born: dict[str, float] = {}

    def forget(self) -> None:
        """Start counting anew."""
        with self._lock:
            self.calls, self.faulted = Counter(), Counter()

    def count(self, call: Call) -> None:
        with self._lock:
            self.calls[call.action] += 1

    def fault(self, call: Call) -> tuple[int, str, bytes] | None:
        """The answer instead of the emulator's, if this call is one of those."""
        with self._lock:
            # Drawn for each call, so that what one call is has no part in what becomes of the next.
            drawn, kind = self._chance.random(), self._chance.choice((THROTTLED, INTERNAL, YOUNG))
            if drawn >= self.faults.share:
                return None
            since = time.monotonic() - self.faults.young
            young = sorted(name for name in call.names if self._born.get(name, since) > since)
            if kind == YOUNG and not young:
                kind = THROTTLED
            self.faulted[kind] += 1
        if kind == YOUNG:
            return call.unknown(young[0])
        return call.throttled() if kind == THROTTLED else call.broken()

    def learn(self, call: Call, status: int, answer: bytes) -> None:
        """Remember what a call has made, which nobody needs to know at once."""
        if (
            status == 200
            and self.faults.share
            and call.service == "ec2"
            and call.action.startswith(("Create", "Alloc"))
        ):
            made = {
                each for each in ID.findall(answer.decode("utf-8", "replace")) if each.partition("-")[0] in NOT_FOUND
            }
            with self._lock:
                self._born.update(dict.fromkeys(made - call.names, time.monotonic()))

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Answer on 127.0.0.1; the address."""
        server = _Server(("127.0.0.1", port), _Handler)
        server.proxy = self
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    block_on_close = False  # a client that keeps its connection does not keep us
    proxy: Proxy

    def handle_error(self, request, client_address) -> None:
        """A client that is killed in the middle of a call is nothing to report."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def forward(self) -> None:
        proxy, body = self.server.proxy, self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith(OF_THE_EMULATOR):
            self.answer(*self.ask(body))
            return
        call = Call.of(self.command, self.path, self.headers, body)
        proxy.count(call)
        if proxy.delay:
            time.sleep(proxy.delay)  # this is the distance
        if fault := proxy.fault(call):
            status, kind, answer = fault
            self.answer(status, [("Content-Type", kind)], answer)
            return
        status, headers, answer = self.ask(body)
        proxy.learn(call, status, answer)
        self.answer(status, headers, answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = forward

    def ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """The emulator's answer. It closes each connection, so there is none to keep."""
        connection = http.client.HTTPConnection(self.server.proxy.upstream, timeout=60)
        headers = {key: value for key, value in self.headers.items() if key.lower() not in OF_ONE_CONNECTION}
        try:
            connection.request(self.command, self.path, body or None, {**headers, "Content-Length": str(len(body))})
            response = connection.getresponse()
            answer = response.read()
        except OSError as error:
            return 502, [("Content-Type", "text/plain")], f"{self.server.proxy.upstream}: {error}".encode()
        finally:
            connection.close()
        return response.status, response.getheaders(), answer

    def answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        length = str(len(body))
        for key, value in headers:
            if self.command == "HEAD" and key.lower() == "content-length":
                length = value
            elif key.lower() not in OF_ONE_CONNECTION:
                self.send_header(key, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *arguments) -> None:
        """Calls are counted, not logged."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m lab.proxy", description=__doc__.partition("\n")[0])
    parser.add_argument("upstream", help="the emulator's address")
    parser.add_argument("--port", type=int, default=0, help="0 chooses one (default: %(default)s)")
    parser.add_argument("--delay", type=float, default=0, help="milliseconds that each call takes longer")
    parser.add_argument("--faults", type=float, default=0, help="share of calls that go wrong, 0 to 1")
    parser.add_argument("--seed", type=int, default=1, help="another one draws other calls (default: %(default)s)")
    parser.add_argument("--young", type=float, default=3, help="seconds in which what is new may be unknown")
    arguments = parser.parse_args()
    proxy = Proxy(arguments.upstream, arguments.delay / 1000, Faults(arguments.faults, arguments.seed, arguments.young))
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: ended.set())
    with proxy.serve(arguments.port) as url:
        print(url, flush=True)
        ended.wait()
    for action, count in proxy.calls.most_common():
        print(f"{count:6} {action}")
    print(
        f"{proxy.calls.total():6} calls, "
        + (", ".join(f"{n} {kind}" for kind, n in proxy.faulted.items()) or "no faults")
    )


if __name__ == "__main__":
    main()
