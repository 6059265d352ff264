"""Files of events: kept under the hash of their bytes, known by their number."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from app.errors import InputError, NotFound, TooLarge, Unavailable
from app.files import photos
from app.models.events import Attachment
from app.rules.accounts.access import Caller
from app.rules.cases.photos import HEAD, photo_kind
from app.services.accounts import audit
from app.store.cases import events as store

MOMENTS = ("before", "after", "other")
CHUNK = 1 << 20
LONGEST_NAME = 200
FOLDER = "attachments"
PHOTO_MOST = 64 << 20  # bytes of a picture that are unpacked


def add(
    session: Session, caller: Caller, event_id: int, stream: BinaryIO, var_dir: Path, *, name: str, media_type: str,
    moment: str = "other",
) -> dict[str, Any]:  # fmt: skip
    """Keep a file of an event: before the work, after it, or other. The same bytes are kept once; photographs without
    what they say of the place and the device (`bare_photo`)."""
    caller.require("events")
    store.get(session, event_id)
    if moment not in MOMENTS:
        raise InputError(f"a file is of {', '.join(MOMENTS)} the work, not {moment!r}")
    bare = Path(name.replace("\\", "/")).name.strip()[-LONGEST_NAME:]
    if not bare or bare.startswith("."):
        raise InputError(f"an attachment needs a name; {name!r} is none")
    sha256, size = _keep(bare_photo(stream, bare), var_dir / FOLDER)
    if size == 0:
        raise InputError(f"{bare} is empty")
    made = store.add_attachment(session, Attachment(
        event_id=event_id, sha256=sha256, name=bare, media_type=media_type[:100] or "application/octet-stream",
        size=size, moment=moment, created_by=caller.name,
    ))  # fmt: skip
    audit.record(session, caller, "attach", f"event/{event_id}", after={"attachment": made.id, "sha256": sha256})
    return describe(made)


def bare_photo(stream: BinaryIO, name: str) -> BinaryIO:
    """A photograph without its metadata, turned as it is seen; any other file as it is. Raises InputError for a picture
    that nothing can be taken out of, TooLarge for one that is no photograph any more by its size."""
    head = stream.read(HEAD)
    stream.seek(0)
    if photo_kind(head) is None:
        return stream
    content = stream.read(PHOTO_MOST + 1)
    if len(content) > PHOTO_MOST:
        raise TooLarge(f"a photograph has at most {PHOTO_MOST // 1024 // 1024} MiB", limit_bytes=PHOTO_MOST)
    return io.BytesIO(photos.without_metadata(content, name))


def find(session: Session, caller: Caller, event_id: int, attachment_id: int, var_dir: Path) -> tuple[Attachment, Path]:
    """An attachment and where its bytes are. Pictures show people: only for those who work on cases."""
    caller.require("events")
    found = next((each for each in store.attachments(session, event_id) if each.id == attachment_id), None)
    if found is None:
        raise NotFound(f"event {event_id} has no attachment {attachment_id}")
    path = _place(var_dir / FOLDER, found.sha256)
    if not path.exists():
        raise Unavailable(f"the bytes of attachment {attachment_id} are not on this machine")
    return found, path


def describe(attachment: Attachment) -> dict[str, Any]:
    names = ("id", "name", "media_type", "size", "sha256", "moment")
    return {name: getattr(attachment, name) for name in names}


def _keep(stream: BinaryIO, folder: Path) -> tuple[str, int]:
    """Hash and size; written beside and renamed, so that nobody sees half a file."""
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with NamedTemporaryFile(dir=folder, prefix=".receiving-", delete=False) as out:
        try:
            while block := stream.read(CHUNK):
                digest.update(block)
                size += out.write(block)
            out.flush()
            os.fsync(out.fileno())
            home = _place(folder, digest.hexdigest())
            home.parent.mkdir(exist_ok=True)
            os.replace(out.name, home)
        except BaseException:
            os.unlink(out.name)
            raise
    return digest.hexdigest(), size


def _place(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / sha256
