"""A web server on the loopback that counts what it is sent: the other end of webhooks."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver(ThreadingHTTPServer):
    """Keeps every request; answers what `answers` says next, 204 when it says nothing. While `held` is cleared it takes
    requests and does not answer them."""

    daemon_threads = True

    def __init__(self, trust: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        if trust is not None:
            self.socket = trust.wrap_socket(self.socket, server_side=True)
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.retry_after: str | None = None
        self.free = threading.Event()
        self.free.set()
        self.came = threading.Semaphore(0)

    def handle_error(self, *arguments: Any) -> None:
        """A sender that breaks off is no news."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook?of=test"

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.requests]

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.requests]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.server.came.release()
        self.server.free.wait(60)
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        if self.server.retry_after is not None:
            self.send_header("retry-after", self.server.retry_after)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Not to stderr."""


@contextmanager
def receiving(trust: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """`trust`: with a certificate, for https."""
    server = Receiver(trust)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.free.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
