"""Routes whose answers hold sentences, told in the language that the caller prefers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic_core import to_json

from app.api.sentences.documents import CHINESE, SPOKEN, answer_in, headers_of, language_of

JSON = "application/json"
SAYS = re.compile(f'"(error|{"|".join(sorted(SPOKEN))})": ?["{{[](?![]"])'.encode())
"""A member that may hold a sentence: a large answer without one is not even read."""


class SpokenRoute(APIRoute):
    """Re-tells the JSON of its answers; files, streams and callers who read English get what they would get anyway."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def speak(request: Request) -> Response:
            response = await handle(request)
            return spoken(response, language_of(request.headers.get("accept-language")))

        return speak


def spoken(response: Response, language: str) -> Response:
    """The answer in the language, with the headers that say so."""
    if response.media_type != JSON and not response.headers.get("content-type", "").startswith(JSON):
        return response
    if language == CHINESE and SAYS.search(bytes(response.body)):
        response.body = to_json(answer_in(language, json.loads(bytes(response.body))), inf_nan_mode="null")
        response.headers["content-length"] = str(len(response.body))
    for name, value in headers_of(language).items():
        if name == "Vary":
            response.headers.add_vary_header(value)
        else:
            response.headers[name] = value
    return response
