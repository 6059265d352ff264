"""A backup with the attachments of events: a tar of the database's dump and the files, each under the hash of its
bytes."""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from app.errors import FileError

DUMP = "database.backup"
ATTACHMENTS = "attachments"
NAME = re.compile(rf"{ATTACHMENTS}/(?P<place>[0-9a-f]{{2}}/(?P<hash>[0-9a-f]{{64}}))")
CHUNK = 1 << 20


def pack(dump: Path, var_dir: Path, file: Path) -> int:
    """Write the dump and every attachment into `file`; returns how many attachments.

    The dump is made first: files are only ever added, so that none that it speaks of is missing.
    """
    folder = var_dir / ATTACHMENTS
    kept = sorted(path for path in folder.glob("??/*") if NAME.fullmatch(_name(path, folder)))
    with tarfile.open(file, "w") as archive:
        archive.add(dump, DUMP)
        for path in kept:
            archive.add(path, _name(path, folder))
    return len(kept)


@contextmanager
def unpacked(file: Path, var_dir: Path) -> Iterator[Path]:
    """The dump of a backup, while inside: the file itself, or what is inside a tar; attachments of a tar are put back
    first, those that are there stay. Raises FileError for a tar that is damaged or no backup."""
    if not file.is_file() or not tarfile.is_tarfile(file):
        yield file
        return
    with NamedTemporaryFile(suffix=".backup") as dump:
        try:
            with tarfile.open(file) as archive:
                if not _put_back(archive, dump, file, var_dir):
                    raise FileError("is not a backup", file=str(file), remedy="take one of `onegrid db backup`")
        except (tarfile.TarError, EOFError) as error:
            raise FileError(f"is damaged: {error}", file=str(file)) from error
        dump.flush()
        yield Path(dump.name)


def _put_back(archive: tarfile.TarFile, dump: IO[bytes], file: Path, var_dir: Path) -> bool:
    """Whether there was a dump. Names are looked at: nothing is written outside of the attachments' folder."""
    found = False
    for member in archive:
        named = NAME.fullmatch(member.name)
        stream = archive.extractfile(member) if member.isfile() else None
        if stream is None or not (named or member.name == DUMP):
            raise FileError(f"has {member.name!r} inside, which no backup has", file=str(file))
        if named is None:
            found = True
            while block := stream.read(CHUNK):
                dump.write(block)
            continue
        content = stream.read()
        if hashlib.sha256(content).hexdigest() != named["hash"]:
            raise FileError(f"attachment {named['hash']} is damaged", file=str(file))
        _keep(content, var_dir / ATTACHMENTS / named["place"])
    return found


def _keep(content: bytes, home: Path) -> None:
    """Written beside and renamed, so that nobody sees half a file."""
    if home.exists():
        return
    home.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=home.parent, prefix=".receiving-", delete=False) as out:
        out.write(content)
    os.replace(out.name, home)


def _name(path: Path, folder: Path) -> str:
    return f"{ATTACHMENTS}/{path.relative_to(folder).as_posix()}"
