"""What stands behind Caddy: a page, an answer to every upload, and a WebSocket's way of keeping a connection."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.headers.get("Upgrade"):
            self.send_response(101)
            self.send_header("Connection", "Upgrade")
            self.send_header("Upgrade", self.headers["Upgrade"])
            self.end_headers()
            while line := self.rfile.readline():
                self.wfile.write(line)
            self.close_connection = True
            return
        self.answer(b"hello from upstream\n")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(b"taken\n")

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
