"""A proxy in front of moto that records each request with the name of the key that signed it.

moto judges the Authorization header only, and reads no signature from a query. The proxy therefore verifies a presigned
URL itself, and signs the same request with the same key in a header, so that moto judges it by the policy of that key.
"""

import http.client
import http.server
import threading
import urllib.parse

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server", "expect"}


class Recorder:
    """The proxy; `names` maps access keys to names, `secrets` to secret keys, and `calls` gets every request."""

    def __init__(self, target, calls):
        self.target, self.names, self.secrets = target, {}, {}
        self.calls, self.lock = calls, threading.Lock()
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                recorder.serve(self)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_OPTIONS = handle_one

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def serve(self, handler):
        """Passes a request on and records it."""
        if handler.headers.get("expect", "").lower() == "100-continue":
            handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        parts = urllib.parse.urlsplit(handler.path)
        query = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
        values = dict(query)
        authorization = handler.headers.get("authorization", "")
        presigned = "X-Amz-Credential" in values
        credential = values.get("X-Amz-Credential") or authorization.partition("Credential=")[2].partition(",")[0]
        key = credential.split("/")[0]
        path, headers = handler.path, {n: v for n, v in handler.headers.items() if n.lower() not in HOP}
        status, answer, fields = 403, b"", []
        if presigned and not self.verifies(handler, parts, query, key):
            pass
        else:
            if presigned:
                path, headers = self.resigned(handler, parts, query, key, headers, body)
            status, fields, answer = self.ask(handler.command, path, headers, body)
        bucket, _, name = urllib.parse.unquote(parts.path).lstrip("/").partition("/")
        with self.lock:
            self.calls.append({
                "party": self.names.get(key, key), "method": handler.command, "bucket": bucket, "key": name,
                "query": sorted(n for n, _ in query if not n.startswith("X-Amz-")),
                # AWS refuses header fields that a presigned URL does not sign.
                "headers": sorted(values["X-Amz-SignedHeaders"].split(";") if presigned
                                  else (n.lower() for n in handler.headers.keys())),
                "presigned": presigned, "status": status,
                "source": handler.headers.get("x-amz-copy-source", ""),
            })
        handler.send_response(status)
        for name, value in fields:
            if name.lower() not in HOP:
                handler.send_header(name, value)
        length = dict((n.lower(), v) for n, v in fields).get("content-length")
        handler.send_header("Content-Length", length if handler.command == "HEAD" and length else str(len(answer)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(answer)

    def ask(self, method, path, headers, body):
        """Sends a request to moto."""
        connection = http.client.HTTPConnection("127.0.0.1", self.target, timeout=60)
        try:
            connection.request(method, path, body=body if body or method in ("PUT", "POST") else None, headers=headers)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def verifies(self, handler, parts, query, key):
        """True if the signature in the query is the one that botocore computes."""
        values = dict(query)
        if key not in self.secrets:
            return False
        signed = values["X-Amz-SignedHeaders"].split(";")
        rest = urllib.parse.urlencode([p for p in query if p[0] != "X-Amz-Signature"], quote_via=urllib.parse.quote)
        request = AWSRequest(handler.command, f"http://{handler.headers['host']}{parts.path}?{rest}",
                             headers={n: handler.headers[n] for n in signed if n in handler.headers})
        request.context["timestamp"] = values["X-Amz-Date"]
        region = values["X-Amz-Credential"].split("/")[2]
        auth = S3SigV4QueryAuth(Credentials(key, self.secrets[key]), "s3", region)
        canonical = auth.canonical_request(request)
        return auth.signature(auth.string_to_sign(request, canonical), request) == values["X-Amz-Signature"]

    def resigned(self, handler, parts, query, key, headers, body):
        """Returns the request without the signature in its query, signed in a header."""
        rest = urllib.parse.urlencode([p for p in query if not p[0].startswith("X-Amz-")], quote_via=urllib.parse.quote)
        path = parts.path + ("?" + rest if rest else "")
        request = AWSRequest(handler.command, f"http://{handler.headers['host']}{path}", data=body, headers=headers)
        region = dict(query)["X-Amz-Credential"].split("/")[2]
        S3SigV4Auth(Credentials(key, self.secrets[key]), "s3", region).add_auth(request)
        return path, dict(request.headers.items())
