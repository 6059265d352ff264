"""The table in docs/import.md is what the program says today, and it names every dirty file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.files.archives import Limits
from app.files.formats import Format
from app.files.writing import WRITERS
from app.spatial.coordinates.china import GCJ02_UNCERTAINTY_M
from app.spatial.coordinates.crs import BALLPARK_UNCERTAINTY_M, CGCS2000_UNCERTAINTY_M
from app.spatial.coordinates.crs_guess import FAR_M


@pytest.fixture(scope="module")
def text(project: Path) -> str:
    return (project / "docs/import.md").read_text(encoding="utf-8")


def test_the_table_of_dirty_files_is_as_the_program_answers(project: Path, shared: Path) -> None:
    done = subprocess.run(
        [sys.executable, "scripts/dirty_table.py", "--check"],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"run scripts/dirty_table.py --write\n{done.stdout}{done.stderr}"


def test_every_dirty_file_is_in_the_table(text: str, shared: Path) -> None:
    """Tables (.dbf) that belong to a shapefile are in its row."""
    for path in (shared / "data/dirty").rglob("*"):
        alone = path.suffix == ".dbf" and not path.with_suffix(".shp").exists()
        if alone or path.suffix in (".geojson", ".json", ".shp"):
            assert f"| {path.relative_to(shared / 'data').as_posix()} |" in text


def test_formats_and_figures_of_the_page_are_those_of_the_program(text: str) -> None:
    for name in Format:
        assert name.value.lower() in text.lower()
    for writer in WRITERS:
        assert f"`{writer.suffix}`" in text
    limits = Limits()
    assert f"{limits.max_features:,}" in text
    assert f"{limits.max_ratio:.0f} times" in text
    assert f"files in a zip | {limits.max_entries:,}" in text
    assert f"more than {FAR_M / 1000:.0f} km" in text
    assert f"GCJ-02, BD-09 | {GCJ02_UNCERTAINTY_M:.0f} |" in text
    assert f"degrees or Gauss–Krüger | {CGCS2000_UNCERTAINTY_M:.0f} |" in text
    assert f"Beijing 1954, Xi'an 1980 | {BALLPARK_UNCERTAINTY_M:.0f} |" in text
