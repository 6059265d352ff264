"""One point asked of PostGIS itself, with a GiST index and no HTTP: by pgbench, and by asyncpg."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.load import CONNECTIONS, Load
from bench.lookup_peers import OWNER

POOL = 8
SCALE = 10_000_000  # pgbench draws whole numbers
Pair = tuple[float, float]


def pgbench(url: str, pairs: Sequence[Pair], seconds: float) -> Load | None:
    """Random points of the rectangle of `pairs`; prepared statements; None without the program."""
    program = shutil.which("pgbench")
    if program is None:
        return None
    bounds = [(int(min(side) * SCALE), int(max(side) * SCALE)) for side in zip(*pairs, strict=True)]
    draws = [f"\\set {name} random({low}, {high})" for name, (low, high) in zip("xy", bounds, strict=True)]
    asked = OWNER.replace("$1", f":x / {SCALE}.0").replace("$2", f":y / {SCALE}.0")
    with TemporaryDirectory() as folder:
        script, log = Path(folder) / "owner.sql", Path(folder) / "log"
        script.write_text("\n".join([*draws, " ".join(asked.split()) + ";\n"]))
        options = [
            "-n",
            "-M",
            "prepared",
            "-c",
            str(POOL),
            "-j",
            "2",
            "-T",
            f"{max(seconds, 1):.0f}",
            "-f",
            str(script),
        ]
        made = subprocess.run(
            [program, *options, "-l", f"--log-prefix={log}", url], capture_output=True, text=True, check=False
        )
        if made.returncode:
            raise RuntimeError(made.stderr)
        lines = [line.split() for file in Path(folder).glob("log*") for line in file.read_text().splitlines()]
    took = [int(line[2]) / 1e6 for line in lines]
    rate = next(float(line.split()[2]) for line in made.stdout.splitlines() if line.startswith("tps ="))
    return Load(len(took) / rate, took, {b"200": len(took)})


def asyncpg(url: str, pairs: Sequence[Pair], seconds: float) -> Load:
    """As many askers as HTTP has connections share a pool."""
    return asyncio.run(_asked(url, pairs, seconds))


async def _asked(url: str, pairs: Sequence[Pair], seconds: float) -> Load:
    made, at = Load(), 0
    async with __import__("asyncpg").create_pool(url, min_size=POOL, max_size=POOL) as pool:
        began = time.perf_counter()

        async def ask() -> None:
            nonlocal at
            while (since := time.perf_counter()) < began + seconds:
                pair = pairs[at % len(pairs)]
                at += 1
                await pool.fetchrow(OWNER, *pair)
                made.times.append(time.perf_counter() - since)

        await asyncio.gather(*[ask() for _ in range(CONNECTIONS)])
        made.seconds = time.perf_counter() - began
    made.statuses[b"200"] = len(made.times)
    return made
