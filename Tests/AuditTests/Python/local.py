"""Ports, waiting, and a FastCGI client, for a run of processes on this machine."""

import json
import secrets
import socket
import struct
import time


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait(what, condition, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise RuntimeError(f"{what}: not within {seconds} s")


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


class FastCGI:
    """A client of a process at its socket."""

    def __init__(self, path, token):
        self.path, self.token = path, token

    def ask(self, method, path, body=None):
        path, _, query = path.partition("?")
        data = json.dumps(body).encode() if body is not None else b""
        parameters = {
            "REQUEST_METHOD": method, "DOCUMENT_URI": path, "REQUEST_URI": path, "SCRIPT_NAME": path,
            "QUERY_STRING": query, "CONTENT_TYPE": "application/json" if body is not None else "",
            "CONTENT_LENGTH": str(len(data)), "HTTP_AUTHORIZATION": f"Bearer {self.token}",
            "REMOTE_ADDR": "127.0.0.1", "REQUEST_ID": secrets.token_hex(8), "SERVER_PROTOCOL": "HTTP/1.1",
        }

        def record(kind, content=b""):
            return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content

        pairs = b"".join(struct.pack(">II", len(n) | 1 << 31, len(v) | 1 << 31) + n.encode() + v.encode()
                         for n, v in parameters.items())
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(60)
            client.connect(str(self.path))
            client.sendall(record(1, struct.pack(">HB5x", 1, 0)) + record(4, pairs) + record(4)
                           + (record(5, data) if data else b"") + record(5))
            stream, output = client.makefile("rb"), b""
            while header := stream.read(8):
                _, kind, _, length, padding, _ = struct.unpack(">BBHHBB", header)
                content = stream.read(length + padding)[:length]
                if kind == 6:
                    output += content
                if kind == 3:
                    break
        head, _, rest = output.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        return int(fields.get("Status", "200")[:3]), fields, rest

    def json(self, method, path, body=None, status=200):
        code, _, answer = self.ask(method, path, body)
        if code != status:
            raise RuntimeError(f"{method} {path}: {code} {answer[:300]}")
        return json.loads(answer) if answer else None
