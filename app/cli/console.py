"""What the commands print: a table or sentences for people, JSON for machines, one line on stderr for an error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def emit(data: Any, *, as_json: bool, text: str | Table | None = None) -> None:
    """Print `data` as JSON on stdout, or `text` (a sentence or a table) for people."""
    if as_json:
        sys.stdout.write(json.dumps(data, ensure_ascii=False, default=_plain) + "\n")
    elif text is not None:
        out.print(text, markup=False) if isinstance(text, str) else out.print(text)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """A Rich table; every cell is shown as `str`."""
    made = Table(*columns, title=title, title_justify="left")
    for row in rows:
        made.add_row(*("" if cell is None else str(cell) for cell in row))
    return made


def facts(title: str, values: Mapping[str, Any]) -> Table:
    """A two-column table of names and values."""
    return table(title, ("", ""), values.items())


def fail(message: str) -> None:
    """One line on stderr, for an error."""
    sys.stderr.write("onegrid: " + " ".join(message.split()) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if hasattr(value, "item"):  # a number of numpy
        return value.item()
    if hasattr(value, "to_dict"):
        return value.to_dict()
    return str(value)
