"""Uploaded files are kept under the hash of their bytes before the run that reads them is recorded."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated, Any

from fastapi import Depends, File, Form, UploadFile

from app.errors import InputError
from app.settings import Settings

CHUNK = 1 << 20
MAIN_ENDINGS = (".shp", ".zip", ".geojson", ".json", ".gpkg", ".fgb", ".parquet", ".kml", ".kmz", ".topojson")


@dataclass(frozen=True)
class Upload:
    """The files of a form and the choices that every import has."""

    files: list[UploadFile]
    choices: dict[str, Any]

    def order(self, settings: Settings) -> dict[str, Any]:
        """Keep the files; the fields of `FileOrder`."""
        file = keep(settings, self.files)
        return {"file": str(file), "file_name": file.name, **self.choices}


def read_form(
    files: Annotated[list[UploadFile], File(description="One file, or a loose shapefile's parts together.")],
    code_field: Annotated[str | None, Form(description="Field with the codes; guessed when not given.")] = None,
    name_field: Annotated[str | None, Form(description="Field with the names.")] = None,
    kind_field: Annotated[str | None, Form(description="Field with the kind of each feature.")] = None,
    crs: Annotated[str | None, Form(description="EPSG:n, wgs84, cgcs2000, gcj02 or bd09.")] = None,
    encoding: Annotated[str | None, Form(description="Encoding of the attributes, such as GBK.")] = None,
    layer: Annotated[str | None, Form(description="Layer of a file that has several.")] = None,
    dry_run: Annotated[bool, Form(description="Check, store nothing.")] = False,
) -> Upload:
    """The part of a form that all imports share."""
    choices = {
        "code_field": code_field,
        "name_field": name_field,
        "kind_field": kind_field,
        "crs": crs,
        "encoding": encoding,
        "layer": layer,
        "dry_run": dry_run,
    }
    return Upload(files, choices)


UploadForm = Annotated[Upload, Depends(read_form)]


def keep(settings: Settings, files: list[UploadFile]) -> Path:
    """Store the files together in a folder named by their content; returns the one to open.

    The folder is written beside and renamed, so that a run never sees half an upload; the same files give the same
    folder.
    """
    settings.uploads_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(dir=settings.uploads_dir, prefix=".receiving-"))
    try:
        digest = hashlib.sha256()
        for file in sorted(files, key=lambda file: file.filename or ""):
            _receive(file, folder, digest)
        home = settings.uploads_dir / digest.hexdigest()
        with suppress(OSError):  # somebody stored the same content already: theirs is as good
            folder.rename(home)
        return _main_file(home)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _receive(file: UploadFile, folder: Path, digest: hashlib._Hash) -> None:
    name = Path((file.filename or "").replace("\\", "/")).name
    if not name or name.startswith("."):
        raise InputError(f"an uploaded file needs a name; {file.filename!r} is none")
    digest.update(name.encode())
    with (folder / name).open("wb") as out:
        while block := file.file.read(CHUNK):
            digest.update(block)
            out.write(block)


def _main_file(folder: Path) -> Path:
    names = sorted(folder.iterdir())
    for ending in MAIN_ENDINGS:
        for path in names:
            if path.name.lower().endswith(ending):
                return path
    return names[0]
