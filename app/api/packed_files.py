"""The page's scripts and styles as its build packed them, from memory: a first view asks for dozens of them at once,
and each would wait for a thread to look for it on the disk and be packed again."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

SUFFIXES = {"br": ".br", "gzip": ".gz"}  # the smallest first


class PackedFiles:
    """Answers for the files under `directory`/assets that have packed copies beside them (some 2 MB in all)."""

    def __init__(self, directory: Path) -> None:
        self._copies: dict[str, dict[str, bytes]] = {}
        for coding, suffix in SUFFIXES.items():
            for path in directory.glob(f"assets/*{suffix}"):
                name = f"/{path.relative_to(directory).as_posix().removesuffix(suffix)}"
                self._copies.setdefault(name, {})[coding] = path.read_bytes()

    def coding(self, scope: Scope) -> str | None:
        """How the file that is asked for can be sent packed: the first coding that the browser takes."""
        made = self._copies.get(scope["path"])
        if made is None or scope["method"] not in ("GET", "HEAD"):
            return None
        accepted = Headers(scope=scope).get("accept-encoding", "")
        named = (part.replace(" ", "").lower().partition(";q=") for part in accepted.split(","))
        takes = {name for name, _, weight in named if not weight or weight.strip("0.")}  # q=0.0: not that
        return next((coding for coding in made if coding in takes), None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Only for what has a `coding`."""
        path, coding = scope["path"], self.coding(scope) or ""
        content = self._copies[path][coding]
        etag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
        headers = {"content-encoding": coding, "vary": "Accept-Encoding", "etag": etag}
        known = etag in Headers(scope=scope).get("if-none-match", "")
        media_type, _ = mimetypes.guess_type(path)
        answer = (
            Response(status_code=304, headers=headers) if known else Response(content, 200, headers, media_type)
        )  # fmt: skip
        await answer(scope, receive, send)
