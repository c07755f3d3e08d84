#!/usr/bin/python3 -S
"""Answers at every port that an example exposes with what it was given; `serve.py --reach HOST PORT` prints another's answer."""

import encodings.idna  # noqa: F401  names of hosts are looked up with it
import http.client
import http.server
import json
import os
import signal
import site  # noqa: F401  of a Python that is started without -S
import sys
import threading

PORTS = (80, 5432, 6379, 8000, 8080, 9000)


def told():
    with open("/proc/mounts") as mounts:
        folders = {line.split()[1]: line.split()[3].split(",")[0] for line in mounts}
    return {"args": sys.argv, "env": dict(os.environ), "mounts": folders}


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(told()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def reach(host, port):
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    connection.request("GET", "/")
    print(connection.getresponse().read().decode())


def serve():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    for port in PORTS:
        server = http.server.ThreadingHTTPServer(("", port), Answer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("serves", flush=True)
    signal.pause()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--reach"]:
        reach(*sys.argv[2:])
    elif sys.argv[1:2] != ["--imports"]:
        serve()
