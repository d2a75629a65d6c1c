# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An AWS that a client reaches over HTTP, so that what botocore repeats is seen."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import botocore.retries.standard


class Wire(BaseHTTPRequestHandler):
    """Says what it was told to, and remembers what it was asked and sent. Without a status the connection ends instead."""

    answers, asked, sent = [], [], []

    def do_POST(self):
        self.sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.asked.append(self.headers["X-Amz-Target"].partition(".")[2])
        status, answer = self.answers.pop(0)
        if status is None:
            self.close_connection = True
            return
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_anything):
        pass


@contextmanager
def reached(monkeypatch):
    """A Wire that all clients reach, which wait for nothing between two tries."""
    handler = type("Handler", (Wire,), {"answers": [], "asked": [], "sent": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(botocore.retries.standard.ExponentialBackoff, "delay_amount", lambda *_context: 0)
    yield handler
    server.shutdown()
    server.server_close()
