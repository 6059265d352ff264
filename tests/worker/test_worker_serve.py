"""`onegrid serve` as a process: its worker lives and dies with it."""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from serving import free_port, serving, wait_until_ready, workers


def is_alive(pid: int) -> bool:
    with suppress(OSError):
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    return False


def wait_until_gone(pid: int) -> None:
    """A process that is not our child cannot be waited for: its end of a pidfd becomes readable."""
    if not is_alive(pid):
        return
    descriptor = os.pidfd_open(pid)
    with os.fdopen(descriptor, "rb", buffering=0), suppress(OSError):
        readable, _, _ = select.select([descriptor], [], [], 60)
        assert readable, f"process {pid} lives on"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_worker_ends_with_the_server(database: str, tmp_path: Path, how: signal.Signals) -> None:
    port = free_port()
    with serving(database, tmp_path, port) as process:
        wait_until_ready(process, port)
        found = workers(process.pid)
        process.send_signal(how)
        process.wait(60)
        for pid in found:
            wait_until_gone(pid)
        assert not any(is_alive(pid) for pid in found)
