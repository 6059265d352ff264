"""Many HTTP/1.1 requests over a few kept connections on this machine: rate, times, answers that are no 200.

One thread and one selector: the client must cost less than the servers it asks. Bounded in time and connections, and
to the loopback.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

CONNECTIONS = 16
END = b"\r\n\r\n"
LENGTH = b"content-length:"
Check = Callable[[bytes], str]


@dataclass
class Load:
    """Seconds of each request in the order of their answers, answers by status, and what `check` said of some."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    statuses: dict[bytes, int] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    def percentile_ms(self, share: float) -> float:
        return float(np.percentile(self.times, share) * 1000)

    @property
    def failed(self) -> int:
        return sum(count for status, count in self.statuses.items() if status != b"200")


class _Kept:
    """One connection: what it waits for, and since when."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.since = 0.0
        self.got = b""

    def ask(self, request: bytes) -> None:
        self.got = b""
        self.since = time.perf_counter()
        self.socket.sendall(request)

    def answer(self) -> bytes | None:
        """The whole answer once it is there."""
        part = self.socket.recv(262_144)
        if not part:
            raise ConnectionError("the server closed a connection")
        self.got = self.got + part if self.got else part
        head = self.got.find(END)
        if head < 0:
            return None
        at = self.got.find(LENGTH, 0, head)
        if at < 0:
            at = self.got.lower().find(LENGTH, 0, head)
        length = int(self.got[at + len(LENGTH) : self.got.index(b"\r\n", at)]) if at >= 0 else 0
        return self.got if len(self.got) >= head + 4 + length else None


def request(path: str, key: str | None = None) -> bytes:
    """A GET as it goes over the wire."""
    bearer = f"Authorization: Bearer {key}\r\n" if key else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{bearer}\r\n".encode()


def load(
    port: int,
    requests: Sequence[bytes],
    seconds: float,
    connections: int = CONNECTIONS,
    check: Check | None = None,
) -> Load:
    """Ask `requests` round and round for some seconds; `check` reads each body and says what is worth saying, or ''."""
    made, at = Load(), 0
    selector = selectors.DefaultSelector()
    kept = [_Kept(port) for _ in range(connections)]
    began = time.perf_counter()
    for connection in kept:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.ask(requests[at % len(requests)])
        at += 1
    end = began + seconds
    while time.perf_counter() < end:
        for ready, _ in selector.select(1.0):
            connection = ready.data
            got = connection.answer()
            if got is None:
                continue
            made.times.append(time.perf_counter() - connection.since)
            status = got[9:12]
            made.statuses[status] = made.statuses.get(status, 0) + 1
            if check and (said := check(got[got.index(END) + 4 :])):
                made.said.add(said)
            connection.ask(requests[at % len(requests)])
            at += 1
    made.seconds = time.perf_counter() - began
    for connection in kept:
        connection.socket.close()
    selector.close()
    return made
