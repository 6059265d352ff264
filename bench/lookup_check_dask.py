"""Routing by Dask workers, processes of their own with one core each: one worker, two, and two of which one is killed
midway; the bytes of all parts against those of this process."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import distributed
import geopandas as gpd
import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from app.services.lookup.lookup_index import Lookup
from app.services.lookup.route_dask import dask_engine
from app.services.lookup.route_files import RouteOptions
from app.services.lookup.route_parts import Engine, local_engine, route_parts
from app.services.progress import Progress
from bench.lookup import points_in

ROWS = 8_000_000
WARM = 3_000_000
START_S = 120.0


def scaled(network: gpd.GeoDataFrame, lookup: Lookup) -> str:
    """A Markdown table; the network in EPSG:4326, and a look-up that holds it."""
    options = RouteOptions(at=lookup.clock(), as_known_at=lookup.clock())
    columns = (
        "", "seconds", "rows/s", "processor s of each worker", "of this process", "rows/s by the busiest of them",
        "same bytes",
    )  # fmt: skip
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    with TemporaryDirectory() as folder:
        place = Path(folder)
        table, warm = _table(network, place / "rows.parquet", ROWS), _table(network, place / "warm.parquet", WARM)
        truth = _run(lookup, table, place / "here", options, local_engine)
        lines.append(_line("this process, both cores", truth, truth))
        for name, workers, killed in (("one worker", 1, 0), ("two workers", 2, 0), ("two workers, one killed", 2, 1)):
            with _cluster(place / f"dask-{workers}-{killed}", workers) as (address, processes):
                _run(lookup, warm, place / f"warm-{workers}-{killed}", options, dask_engine(address))
                out = place / f"out-{workers}-{killed}"
                made = _run(lookup, table, out, options, dask_engine(address), processes, killed)
                lines.append(_line(name, made, truth))
    told = "Where other work has the machine, seconds say little; the busiest process says what it would take alone."
    return "\n".join(lines) + f"\n\n{ROWS:,} rows, {len(truth[3])} parts. {told}\n"


def _table(network: gpd.GeoDataFrame, path: Path, n: int) -> Path:
    lon, lat = points_in(network, n)
    pq.write_table(pa.table({"id": np.arange(n), "lon": lon, "lat": lat}), path)
    return path


Run = tuple[float, list[float], float, dict[str, str]]


def _run(
    lookup: Lookup, table: Path, out: Path, options: RouteOptions, engine: Engine,
    processes: list[subprocess.Popen[bytes]] | None = None, killed: int = 0,
) -> Run:  # fmt: skip
    """Seconds, processor seconds of each worker that lives and of this process, and the parts' hashes."""
    told: list[str] = []

    def kill(fraction: float, message: str) -> None:
        told.append(message)
        if killed and processes and len(told) == 3:
            os.kill(processes[-1].pid, signal.SIGKILL)
            processes[-1].wait()

    before, began, own = _used(processes), time.perf_counter(), time.process_time()
    route_parts(lookup, table, out, options, Progress(kill), engine)
    seconds = time.perf_counter() - began
    hashes = {part.name: hashlib.sha256(part.read_bytes()).hexdigest() for part in sorted(out.glob("part-*"))}
    used = [now - then for now, then in zip(_used(processes), before, strict=False)]
    return seconds, used, time.process_time() - own, hashes


def _line(name: str, made: Run, truth: Run) -> str:
    seconds, theirs, own, hashes = made
    same = "yes" if hashes == truth[3] else "NO"
    each, rate = ", ".join(f"{used:.1f}" for used in theirs) or "–", ROWS / max([*theirs, own])
    return f"| {name} | {seconds:.1f} | {ROWS / seconds:,.0f} | {each} | {own:.1f} | {rate:,.0f} | {same} |"


def _used(processes: list[subprocess.Popen[bytes]] | None) -> list[float]:
    alive = [psutil.Process(each.pid).cpu_times() for each in processes or [] if each.poll() is None]
    return [each.user + each.system for each in alive]


@contextmanager
def _cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Address of the scheduler and the workers' processes, each bound to a core of its own."""
    folder.mkdir()
    said, started = folder / "scheduler.json", list[subprocess.Popen[bytes]]()
    cores = sorted(os.sched_getaffinity(0))

    def start(*words: str, core: int | None = None) -> subprocess.Popen[bytes]:
        pinned = [] if core is None else ["taskset", "-c", str(core)]
        command = [*pinned, sys.executable, "-m", "dask", *words, "--host", "127.0.0.1", "--no-dashboard"]
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return started[-1]

    try:
        start("scheduler", "--port", "0", "--scheduler-file", str(said))
        end = time.monotonic() + START_S
        while not (said.exists() and said.stat().st_size) and time.monotonic() < end:
            time.sleep(0.1)
        address = json.loads(said.read_text())["address"]
        words = ("worker", address, "--nthreads", "1", "--no-nanny", "--local-directory", str(folder))
        processes = [start(*words, core=cores[at % len(cores)]) for at in range(workers)]
        with distributed.Client(address) as client:
            client.wait_for_workers(workers, timeout=START_S)
        yield address, processes
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()
