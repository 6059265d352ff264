"""A backup with the attachments of events, restored on another machine."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from app.errors import FileError
from app.services import backup_files
from app.services import database as service
from app.settings import Settings

PICTURE = b"a picture"
HASH = hashlib.sha256(PICTURE).hexdigest()
PLACE = Path("attachments") / HASH[:2] / HASH


def test_attachments_go_with_the_database_and_come_back(database: str, tmp_path: Path) -> None:
    here = Settings(database_url=database, var_dir=tmp_path / "here")
    (here.var_dir / PLACE).parent.mkdir(parents=True)
    (here.var_dir / PLACE).write_bytes(PICTURE)
    (here.var_dir / "attachments" / ".receiving-x").write_bytes(b"half")
    file = tmp_path / "day.backup"
    made = service.back_up(here, file, with_files=True)
    assert made.files == 1
    there = Settings(database_url=database, var_dir=tmp_path / "there")
    outcome = service.restore(there, file, replace=True)
    assert outcome.before == made.revision
    assert (there.var_dir / PLACE).read_bytes() == PICTURE
    assert [path.name for path in (there.var_dir / "attachments").iterdir()] == [HASH[:2]]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["day.backup", "here", "there"]


def archive(file: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(file, "w") as out:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            out.addfile(entry, io.BytesIO(content))
    return file


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({backup_files.DUMP: b"x", "../escape": b"x"}, "no backup has"),
        ({backup_files.DUMP: b"x", f"attachments/../{HASH}": b"x"}, "no backup has"),
        ({backup_files.DUMP: b"x", PLACE.as_posix(): b"another"}, "is damaged"),
        ({PLACE.as_posix(): PICTURE}, "is not a backup"),
    ],
)
def test_what_is_no_backup_writes_nothing_beside_the_attachments(
    tmp_path: Path, members: dict[str, bytes], says: str
) -> None:
    file = archive(tmp_path / "x.tar", members)
    with pytest.raises(FileError, match=says), backup_files.unpacked(file, tmp_path / "var"):
        pytest.fail("it was taken for a backup")
    assert not (tmp_path / "escape").exists()
