"""Time and peak memory of one call, in a process of its own so that peers do not share caches or memory."""

from __future__ import annotations

import math
import multiprocessing as mp
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

MEGABYTE = 1024.0  # ru_maxrss is in KiB on Linux
# The peak of the command alone: ru_maxrss begins with that of this process, which has all benchmarks loaded.
COMMAND = """
import atexit, sys
from pathlib import Path
note = Path(sys.argv.pop(1))
status = Path("/proc/self/status")
peak = lambda: next(line for line in status.read_text().splitlines() if line.startswith("VmHWM")).split()[1]
atexit.register(lambda: note.write_text(peak()))
from app.cli import main
main()
"""


@dataclass(frozen=True)
class Measured:
    """`seconds` of the call alone and `peak_mb` of its process; a call stopped at its limit has no facts."""

    name: str
    seconds: float
    peak_mb: float
    facts: dict[str, Any]

    @property
    def finished(self) -> bool:
        return bool(self.facts)


def measure(
    name: str,
    call: Callable[[], Any],
    facts: Callable[[Any], dict[str, Any]] = dict,
    *,
    warm: bool | Callable[[], Any] = False,
    limit_s: float = math.inf,
) -> Measured:
    """Run `call` in a fresh process and tell `facts` of what it gives, outside the time.

    `warm` runs it once before, or something shorter, for what compiles at its first call. The process is ended after
    `limit_s`.
    """
    context = mp.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, call, facts, warm))
    process.start()
    sender.close()  # so that a process that ends without a word is noticed
    if not receiver.poll(None if math.isinf(limit_s) else limit_s):
        process.kill()
        process.join()
        return Measured(name, limit_s, math.nan, {})
    seconds, peak, told = receiver.recv()
    process.join()
    return Measured(name, seconds, peak, told)


def _work(
    sender: Any, call: Callable[[], Any], facts: Callable[[Any], dict[str, Any]], warm: bool | Callable[[], Any]
) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # peers' banners do not belong into the table
    if warm:
        (warm if callable(warm) else call)()
    began = time.perf_counter()
    made = call()
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE
    sender.send((seconds, peak, facts(made)))


def peak_of(note: Path) -> float:
    """The megabytes that `COMMAND` wrote down as it ended."""
    return int(note.read_text()) / MEGABYTE


def report(title: str, rows: Sequence[Measured], ours: Measured | None = None) -> str:
    """A Markdown table; ratios are against `ours`, the last row unless given."""
    base = (ours or rows[-1]).seconds
    names = list(dict.fromkeys(name for row in rows for name in row.facts))
    lines = [f"### {title}", "", "| | seconds | × OneGrid | peak MB | " + " | ".join(names) + " |"]
    lines.append("|---" * (4 + len(names)) + "|")
    for row in rows:
        told = " | ".join(str(row.facts.get(name, "–")) for name in names)
        if row.finished:
            lines.append(f"| {row.name} | {row.seconds:.2f} | {row.seconds / base:.1f} | {row.peak_mb:.0f} | {told} |")
        else:
            lines.append(f"| {row.name} | over {row.seconds:.0f} | over {row.seconds / base:.0f} | – | {told} |")
    return "\n".join(lines) + "\n"


PACKAGES = (
    "numpy", "shapely", "geopandas", "numba", "pymetis", "kahip", "mtkahypar", "scikit-learn", "spopt", "gerrychain",
)  # fmt: skip


def machine() -> str:
    versions = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    return f"{mp.cpu_count()} cores, Python {platform.python_version()}, {versions}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not there)"
