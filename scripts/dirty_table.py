"""The table of dirty files in docs/import.md: what `onegrid check` says of each, as it is today.

`python scripts/dirty_table.py` prints it, `--write` puts it into the document, `--check` fails where the two differ.
"""

from __future__ import annotations

import sys
from pathlib import Path

from app.errors import CrsUnclear, OneGridError
from app.services.networks.checks import CheckedFile, check_file

PROJECT = Path(__file__).resolve().parent.parent
DOCUMENT = PROJECT / "docs" / "import.md"
DATA = PROJECT.parent / "shared" / "data"
FOLDERS = ("dirty", "china")
SUFFIXES = {".geojson", ".json", ".shp", ".dbf"}
START, END = "<!-- dirty files: made by scripts/dirty_table.py -->\n", "<!-- end of dirty files -->\n"


def files() -> list[Path]:
    """Every boundary file of the collection; a shapefile counts once."""
    found = (path for folder in FOLDERS for path in sorted((DATA / folder).rglob("*")) if path.suffix in SUFFIXES)
    return [path for path in found if path.suffix != ".dbf" or not path.with_suffix(".shp").exists()]


def row(path: Path) -> str:
    try:
        checked = check_file(path)
        answer, words = "held back" if checked.left.errors else "accepted", _read(checked)
    except CrsUnclear as error:
        answer, words = "asked back", str(error)
    except OneGridError as error:
        answer, words = "refused", str(error)
    words = words.removeprefix(f"{path.name}: ").replace("|", "\\|").replace("\n", " ")
    return f"| {path.relative_to(DATA).as_posix()} | {answer} | {words} |"


def _read(checked: CheckedFile) -> str:
    """Rows, system, encoding where there was a choice, problems by kind, and notes of the reader."""
    source = checked.intake.source
    told = [f"{len(checked.intake.frame)} features, {checked.intake.crs_name}"]
    if source.format.startswith("Shapefile"):
        told.append(f"{source.encoding}: {source.encoding_reason}")
    problems = ", ".join(f"{kind} {count}" for kind, count in checked.found.counts.items())
    defects = "; ".join(dict.fromkeys(defect.detail for defect in source.defects))
    told.append(f"**{problems or 'no problems'}**" + (f" ({defects})" if defects else ""))
    return "; ".join([*told, *checked.intake.notes])


def table() -> str:
    return "".join(f"{line}\n" for line in ["| file | answer | in words |", "|---|---|---|", *map(row, files())])


def main() -> int:
    made = table()
    text = DOCUMENT.read_text(encoding="utf-8")
    before, after = text.index(START) + len(START), text.index(END)
    if "--write" in sys.argv:
        DOCUMENT.write_text(text[:before] + made + text[after:], encoding="utf-8")
    elif "--check" in sys.argv:
        return int(text[before:after] != made)
    else:
        sys.stdout.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
