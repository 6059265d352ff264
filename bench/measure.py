"""Time and peak memory of one call, in a process of its own so that peers do not share caches or memory."""

from __future__ import annotations

import multiprocessing as mp
import platform
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

MEGABYTE = 1024.0  # ru_maxrss is in KiB on Linux


@dataclass(frozen=True)
class Measured:
    """`seconds` of the call alone (best of the repeats, after one warm-up where asked), `peak_mb` of its process."""

    name: str
    seconds: float
    peak_mb: float
    facts: dict[str, Any]


def measure(name: str, call: Callable[[], dict[str, Any]], *, warm: bool = False) -> Measured:
    """Run `call` in a fresh process; `warm` runs it once before, for peers that compile at their first call."""
    context = mp.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, call, warm))
    process.start()
    seconds, peak, facts = receiver.recv()
    process.join()
    return Measured(name, seconds, peak, facts)


def _work(sender: Any, call: Callable[[], dict[str, Any]], warm: bool) -> None:
    if warm:
        call()
    began = time.perf_counter()
    facts = call()
    seconds = time.perf_counter() - began
    sender.send((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE, facts))


def report(title: str, rows: list[Measured]) -> str:
    """A Markdown table; ratios are against the last row, which is OneGrid's."""
    ours = rows[-1].seconds
    names = list(dict.fromkeys(name for row in rows for name in row.facts))
    lines = [f"### {title}", "", "| | seconds | × OneGrid | peak MB | " + " | ".join(names) + " |"]
    lines.append("|---" * (4 + len(names)) + "|")
    for row in rows:
        facts = " | ".join(str(row.facts.get(name, "")) for name in names)
        lines.append(f"| {row.name} | {row.seconds:.2f} | {row.seconds / ours:.1f} | {row.peak_mb:.0f} | {facts} |")
    return "\n".join(lines) + "\n"


def machine() -> str:
    packages = ("numpy", "shapely", "geopandas", "numba", "pymetis")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return f"{mp.cpu_count()} cores, Python {platform.python_version()}, {versions}"
