"""Arrays laid aside on the disk while a computation goes over more than fits in memory."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


class Spool:
    """A folder of its own beside `near`, gone with the `with` block. Names are the caller's."""

    def __init__(self, near: Path) -> None:
        near.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix=".onegrid-", dir=near))

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def add_rows(self, name: str, rows: Rows) -> None:
        """Append rows of whole numbers."""
        with (self._folder / f"{name}.rows").open("ab") as sink:
            np.ascontiguousarray(rows).tofile(sink)

    def rows(self, name: str, width: int) -> Rows:
        """All rows appended under this name, (n, width); none where there are none."""
        path = self._folder / f"{name}.rows"
        if not path.exists():
            return np.zeros((0, width), np.int64)
        return np.fromfile(path, np.int64).reshape(-1, width)

    def put(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep named arrays."""
        np.savez(self._folder / f"{name}.npz", **arrays)  # type: ignore[arg-type]

    def take(self, name: str) -> dict[str, NDArray[Any]]:
        """The arrays kept under this name, which are dropped."""
        path = self._folder / f"{name}.npz"
        with np.load(path) as kept:
            arrays = dict(kept)
        path.unlink()
        return arrays

    def drop_rows(self, name: str) -> None:
        (self._folder / f"{name}.rows").unlink(missing_ok=True)
