"""/docs: the API's own pages, with Swagger UI from a Python package: nothing is fetched from outside."""

from __future__ import annotations

from html import escape
from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from app.api.problems import KINDS, PAGE

router = APIRouter(include_in_schema=False)
ASSETS = Path(fastapi_offline.__file__).parent / "static"
START = """SwaggerUIBundle({url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset], layout: "BaseLayout"});
"""
SWAGGER = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>OneGrid API</title>
<link rel="stylesheet" href="docs/assets/swagger-ui.css"><link rel="icon" href="docs/assets/favicon.png"></head>
<body><div id="swagger-ui"></div>
<script src="docs/assets/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body></html>"""
PROBLEMS = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>OneGrid API: problems</title></head>
<body><h1>Problems</h1><p>Every error is a problem document (RFC 9457). Its <code>type</code> leads here.</p>
<dl>{kinds}</dl></body></html>"""
KIND = '<dt id="{name}"><strong>{title}</strong> — {status}</dt><dd>{meaning}</dd>'


@router.get("/docs")
def swagger() -> HTMLResponse:
    return HTMLResponse(SWAGGER)


@router.get("/docs/start.js")
def start() -> Response:
    """A file of its own: the content policy allows no script inside a page."""
    return Response(START, media_type="text/javascript")


@router.get(PAGE)
def problem_types() -> HTMLResponse:
    """What the types of problem documents lead to."""
    kinds = (KIND.format(name=k.name, title=escape(k.title), status=k.status, meaning=escape(k.meaning)) for k in KINDS)
    return HTMLResponse(PROBLEMS.format(kinds="\n".join(kinds)))


def register(app: FastAPI) -> None:
    app.mount("/docs/assets", StaticFiles(directory=ASSETS), name="docs-assets")
    app.include_router(router)
