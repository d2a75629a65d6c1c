"""An app that says which release answered, as the web sees it: GET and POST, at once or slowly.

    GET  /x?wait=2     waits that many seconds before it answers
    POST /x            answers with the checksum of what was sent
    GET  /health       200, or 503 for a release that never becomes well

It ends at once when it is told to stop, in the middle of what it answers. So what a deploy does not wait for is lost.
"""

import asyncio
import os
import signal
import zlib

RELEASE = os.environ["RELEASE"]
BOOT_SECONDS = float(os.environ["BOOT_SECONDS"])
CRASH_SECONDS = float(os.environ["CRASH_SECONDS"])
WELL = os.environ["WELL"] == "yes"


class Server(asyncio.Protocol):
    """HTTP/1.1, as much of it as Caddy speaks to an upstream."""

    def connection_made(self, transport):
        self.transport, self.received = transport, b""

    def data_received(self, data):
        self.received += data
        head, end, rest = self.received.partition(b"\r\n\r\n")
        if not end:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if "chunked" in headers.get("transfer-encoding", ""):
            return self.answer(411, "no length is given")
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return
        self.received = rest[length:]
        path, _, query = first.split()[1].partition("?")
        if path == "/health":
            return self.answer(200, "well") if WELL else self.answer(503, "no database can be found")
        text = f"release {RELEASE} {path} {zlib.crc32(rest[:length])}"
        seconds = float(query.removeprefix("wait=")) if query.startswith("wait=") else 0
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self.answer, 200, text)
        else:
            self.answer(200, text)

    def answer(self, status, text):
        content = f"{text}\n".encode()
        self.transport.write(f"HTTP/1.1 {status} -\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)


async def main():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    await asyncio.sleep(BOOT_SECONDS)
    server = await asyncio.get_running_loop().create_server(Server, "0.0.0.0", 8000, backlog=1024)
    print(f"release {RELEASE} listens", flush=True)
    if CRASH_SECONDS:
        await asyncio.sleep(CRASH_SECONDS)
        print("out of luck", flush=True)
        os._exit(1)
    await server.serve_forever()


asyncio.run(main())
