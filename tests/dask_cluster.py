"""A Dask scheduler and workers as processes of their own, as an operator starts them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE_S = 60.0
LOOK_S = 0.05


@dataclass
class DaskCluster:
    """`address` is what `--scheduler` takes."""

    folder: Path
    address: str = ""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_scheduler(self) -> None:
        said = self.folder / "scheduler.json"
        self._start("scheduler", "--port", "0", "--scheduler-file", str(said))
        deadline = time.monotonic() + PATIENCE_S
        while not (said.exists() and said.stat().st_size):
            assert time.monotonic() < deadline
            time.sleep(LOOK_S)
        self.address = json.loads(said.read_text())["address"]

    def add_worker(self) -> None:
        """A process without a nanny: what is killed stays dead."""
        words = ["--nthreads", "1", "--no-nanny", "--local-directory", str(self.folder)]
        self.workers.append(self._start("worker", self.address, *words))

    def kill_worker(self) -> None:
        """The oldest one, as a power cut does."""
        worker = self.workers.pop(0)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *words, "--host", "127.0.0.1", "--no-dashboard"]
        log = (self.folder / f"{words[0]}-{len(self.processes)}.log").open("wb")
        with log:
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        self.processes.append(process)
        return process


@contextmanager
def dask_cluster(folder: Path, workers: int = 2) -> Iterator[DaskCluster]:
    cluster = DaskCluster(folder)
    try:
        cluster.start_scheduler()
        for _ in range(workers):
            cluster.add_worker()
        yield cluster
    finally:
        for process in reversed(cluster.processes):
            process.kill()
            process.wait()
