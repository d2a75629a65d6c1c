"""Asks Caddy over new connections while it reloads, and tells how many were lost. HTTP is enough: the sockets are alike."""

import json
import re
import socket
import subprocess
import threading
from pathlib import Path

CADDYFILE, CHANGED = "/etc/caddy/Caddyfile", "/etc/caddy/.Caddyfile.reloads"
REQUEST = b"GET / HTTP/1.1\r\nHost: none.test\r\nConnection: close\r\n\r\n"
stop, counts = threading.Event(), {"answered": 0, "lost": 0}


def ask():
    while not stop.is_set():
        try:
            with socket.create_connection(("127.0.0.1", 80), 10) as connection:
                connection.sendall(REQUEST)
                counts["answered" if connection.recv(1000) else "lost"] += 1
        except OSError:
            counts["lost"] += 1


text = Path(CADDYFILE).read_text()
threads = [threading.Thread(target=ask) for _ in range(4)]
for thread in threads:
    thread.start()
for number in range(10):
    with open(CHANGED, "w") as stream:
        stream.write(re.sub("max-age=31536000", f"max-age={number}", text))
    command = ["caddy", "reload", "--adapter", "caddyfile", "--config"]
    subprocess.run([*command, CHANGED], check=True, capture_output=True)
subprocess.run([*command, CADDYFILE], check=True, capture_output=True)
stop.set()
for thread in threads:
    thread.join()
subprocess.run(["rm", CHANGED], check=True)
print(json.dumps(counts))
