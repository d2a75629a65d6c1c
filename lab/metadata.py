"""The EC2 instance metadata service, IMDSv2, inside the lab's network. Python's standard library only.

Run as ``python3 metadata.py FILE``. FILE maps a host's address to its ``meta-data`` (nested), ``user-data`` and
``identity``; it is read again for each request, so the hypervisor only has to replace it. A token lives as long as the
caller asked for and is good for the caller's address only.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
"""

import http.server
import json
import secrets
import sys
import time

TOKENS = {}  # token: (address, end of its life)
TTL = "X-aws-ec2-metadata-token-ttl-seconds"


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, text="", headers=()):
        body = text.encode()
        self.send_response(status)
        for key, value in (*headers, ("Content-Type", "text/plain"), ("Content-Length", str(len(body)))):
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        seconds = self.headers.get(TTL, "")
        if self.path != "/latest/api/token":
            return self.answer(404)
        if not seconds.isdigit() or not 1 <= int(seconds) <= 21600:
            return self.answer(400)
        token = secrets.token_urlsafe(32)
        TOKENS[token] = (self.client_address[0], time.time() + int(seconds))
        return self.answer(200, token, [(TTL, seconds)])

    def do_GET(self):
        with open(sys.argv[1], encoding="utf-8") as file:
            host = json.load(file).get(self.client_address[0])
        if not host:
            return self.answer(404)
        address, end = TOKENS.get(self.headers.get("X-aws-ec2-metadata-token"), ("", 0))
        if address != self.client_address[0] or end < time.time():
            return self.answer(401)
        parts = [part for part in self.path.split("?")[0].split("/") if part]
        tree = {
            "meta-data": host["meta-data"],
            "dynamic": {"instance-identity": {"document": json.dumps(host["identity"])}},
            **({"user-data": host["user-data"]} if host.get("user-data") else {}),
        }
        for part in parts[1:]:
            if not isinstance(tree, dict) or part not in tree:
                return self.answer(404)
            tree = tree[part]
        if isinstance(tree, dict):
            keys = tree.get("", None) or [key + "/" * isinstance(value, dict) for key, value in tree.items()]
            return self.answer(200, "\n".join(keys))
        return self.answer(200, str(tree))


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("169.254.169.254", 80), Handler).serve_forever()
