"""A GeoJSON of 200 MB in less than 30 s of computing and 1 GB of memory, measured in a process of its own."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SIZE = 200_000_000
READ = """
import json, re, resource, sys
from pathlib import Path
from app.services.networks.intake import network_frame, open_boundary_file
opened = open_boundary_file(Path(sys.argv[1]))
used, status = resource.getrusage(resource.RUSAGE_SELF), Path("/proc/self/status")
# ru_maxrss of a started process begins with the peak of the one that started it; Linux tells the process's own apart
peak = int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]) if status.exists() else used.ru_maxrss
print(json.dumps({"features": len(opened.frame), "last": str(opened.frame["code"].iloc[-1]),
                  "cpu_s": used.ru_utime + used.ru_stime, "peak_kb": peak}))
"""


def features(number: int) -> Iterator[str]:
    """Grids of 60 corners each, with Chinese names; one text per shape, moved by its first digits."""
    corners = [(math.cos(math.tau * n / 60), math.sin(math.tau * n / 60)) for n in range(60)]
    ring = [[round(113.5 + x / 1000, 9), round(22.7 + y / 1000, 9)] for x, y in corners]
    geometry = json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})
    for n in range(number):
        properties = (
            f'{{"code": "440115{n:06d}", "name": "第{n}网格", "households": {n % 500}, "people": {n % 1500 / 2}}}'
        )
        yield f'{{"type": "Feature", "properties": {properties}, "geometry": {geometry}}}'


@pytest.fixture
def large(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """The file and the number of its features; removed at once afterwards."""
    path = tmp_path / "large.geojson"
    number = SIZE // len(next(features(1)).encode())
    with path.open("w", encoding="utf-8") as sink:
        sink.write('{"type": "FeatureCollection", "features": [\n')
        for n, text in enumerate(features(number)):
            sink.write((",\n" if n else "") + text)
        sink.write("\n]}\n")
    yield path, number
    path.unlink()


@pytest.mark.timeout(280)
def test_a_large_file_is_read_within_time_and_memory(large: tuple[Path, int], project: Path) -> None:
    """Computing time, not the clock's: the machine may have other work."""
    path, number = large
    assert path.stat().st_size > 0.98 * SIZE
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)], cwd=project, capture_output=True, text=True, check=True, timeout=250
    )
    told = json.loads(done.stdout)
    assert (told["features"], told["last"]) == (number, f"440115{number - 1:06d}")
    assert told["cpu_s"] < 30
    assert told["peak_kb"] < 1_000_000
