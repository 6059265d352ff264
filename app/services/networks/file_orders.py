"""What every import of a file is asked for, and when two imports are the same."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, kw_only=True)
class FileOrder:
    """`file` is where the upload lies, `file_name` what it was called; `None` leaves a choice to the file."""

    NOT_CONTENT: ClassVar[frozenset[str]] = frozenset({"file", "file_name", "dry_run"})

    file: str
    file_name: str = ""
    code_field: str | None = None
    name_field: str | None = None
    kind_field: str | None = None
    crs: str | None = None
    encoding: str | None = None
    layer: str | None = None
    dry_run: bool = False

    def to_parameters(self) -> dict[str, Any]:
        """Parameters of the run that carries it out."""
        return asdict(self)

    def content_hash(self, file_hash: str) -> str:
        """Same file, same choices: the same content. What does not change the content is in `NOT_CONTENT`."""
        choices = {name: value for name, value in asdict(self).items() if name not in self.NOT_CONTENT}
        return hashlib.sha256(json.dumps([file_hash, choices], sort_keys=True).encode()).hexdigest()
