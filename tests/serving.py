"""`onegrid serve` as a process of its own, on a port of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

LOOK_S = 0.1
PATIENCE = 1500


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(database: str, folder: Path, port: int, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """`settings` by the names of their variables."""
    environment = {**os.environ, "ONEGRID_DATABASE_URL": database, "ONEGRID_VAR_DIR": str(folder), **settings}
    command = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def workers(pid: int) -> list[int]:
    """Children of every thread of the process: the worker is started by a thread of its own."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    with httpx.Client(verify=False) as client:  # reading the machine's certificates anew at each look takes its time
        for _ in range(PATIENCE):
            with suppress(httpx.HTTPError):
                if client.get(f"http://127.0.0.1:{port}/readyz").status_code == 200 and workers(process.pid):
                    return
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_S)
                pytest.fail(f"serve ended with {process.returncode}")
    pytest.fail("serve did not get ready")
