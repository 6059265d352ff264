"""The page's scripts and styles as its build packed them, to browsers that can unpack them: packed once and well,
not at every first view."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SUFFIXES = {"br": ".br", "gzip": ".gz"}  # the smallest first


class PackedFiles:
    """Asks `app` for the packed copy of a file of `directory` where there is one that the browser takes."""

    def __init__(self, app: ASGIApp, directory: Path) -> None:
        self.app = app
        self._copies = {
            f"/{path.relative_to(directory).as_posix()}"
            for suffix in SUFFIXES.values()
            for path in directory.glob(f"assets/*{suffix}")
        }

    def has(self, scope: Scope) -> bool:
        """Whether the build packed the file that is asked for."""
        return any(scope["path"] + suffix in self._copies for suffix in SUFFIXES.values())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        coding = self._coding(path, Headers(scope=scope).get("accept-encoding", ""))
        media_type, _ = mimetypes.guess_type(path)

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers.add_vary_header("Accept-Encoding")
                if coding and message["status"] in (200, 206):
                    headers["content-encoding"] = coding
                    headers["content-type"] = media_type or "application/octet-stream"
            await send(message)

        asked = {**scope, "path": path + SUFFIXES[coding]} if coding else scope
        await self.app(asked, receive, send_named)

    def _coding(self, path: str, accepted: str) -> str | None:
        """The first coding that the browser takes and the build made."""
        named = (part.replace(" ", "").lower().partition(";q=") for part in accepted.split(","))
        takes = {name for name, _, weight in named if not weight or weight.strip("0.")}  # q=0.0: not that
        made = (coding for coding, suffix in SUFFIXES.items() if path + suffix in self._copies)
        return next((coding for coding in made if coding in takes), None)
