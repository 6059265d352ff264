"""What the architecture tests look at: the files that are committed, and those that are about to be."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

LARGEST_TEXT = 2_000_000


@pytest.fixture(scope="session")
def tracked(project: Path) -> list[Path]:
    """Files of the checkout that git keeps, plus new ones that it does not ignore."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={project}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("the checkout is not a git repository")
    files = [project / name for name in listed.stdout.split("\0") if name]
    return [file for file in files if file.is_file() and not file.is_symlink()]


@pytest.fixture(scope="session")
def texts(tracked: list[Path], project: Path) -> dict[str, str]:
    """Path in the project → content, of every text file of a size that a person wrote."""
    found = {}
    for file in tracked:
        if file.stat().st_size <= LARGEST_TEXT:
            content = file.read_bytes()
            if b"\0" not in content:
                found[str(file.relative_to(project))] = content.decode("utf-8", errors="replace")
    return found


@pytest.fixture(scope="session")
def trees(texts: dict[str, str]) -> dict[str, ast.Module]:
    """Path in the project → syntax tree, of every Python file."""
    return {name: ast.parse(text, name) for name, text in texts.items() if name.endswith(".py")}
