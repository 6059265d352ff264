"""Lists that offices keep (duties, codes): the table of a file as rows of text by heading, in the words of a field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import FileError
from app.files.tables import read_table


@dataclass(frozen=True)
class ListFile:
    """`rows`: number of the row as a spreadsheet shows it (the headings are 1), heading → text without outer blanks."""

    name: str
    fields: list[str]
    rows: list[tuple[int, dict[str, str]]]


def read_list(path: Path, name: str | None = None) -> ListFile:
    """The rows of a list, blank ones left out. Raises what `read_table` raises."""
    with path.open("rb") as source:
        table = read_table(source, name or path.name)
    named = [(at, field) for at, field in enumerate(table.fields) if field]
    rows = [(number, {field: cells[at] for at, field in named}) for number, cells in table.rows]
    return ListFile(table.file, [field for _, field in named], rows)


def rename(rows: ListFile, headings: dict[str, str], needed: Sequence[str]) -> ListFile:
    """The list with its fields named as `headings` (heading, in small letters → field) says; others are left out.

    Raises FileError when a field of `needed` has no heading, or two headings mean the same field.
    """
    meant = {field: headings[field.strip().lower()] for field in rows.fields if field.strip().lower() in headings}
    for field in needed:
        if field not in meant.values():
            known = ", ".join(heading for heading, named in headings.items() if named == field)
            raise FileError("no column for it", file=rows.name, row=1, field=field, remedy=f"add one of: {known}")
    twice = [field for field in meant.values() if list(meant.values()).count(field) > 1]
    if twice:
        both = ", ".join(heading for heading, named in meant.items() if named == twice[0])
        raise FileError(f"{both} mean the same", file=rows.name, row=1, field=twice[0], remedy="keep one of them")
    named = [(number, {meant[f]: text for f, text in row.items() if f in meant}) for number, row in rows.rows]
    return ListFile(rows.name, list(meant.values()), named)
