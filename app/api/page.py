"""/: the web page built from web/; what it asks about the deployment before anybody has signed in."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from app import __version__
from app.api.dependencies import SettingsDep
from app.settings import PROJECT_DIR, Settings

BUILT = PROJECT_DIR / "app" / "static"
router = APIRouter(tags=["page"])


class PageFacts(BaseModel):
    version: str
    time_zone: str
    base_map: list[str] = Field(description="Raster tile templates, bottom first, or the URL of one MapLibre style.")
    public_lookup: bool = Field(description="Look-up and tiles answer callers who have not signed in.")
    public_page: bool = Field(description="There is a page for residents, at /public.")


@router.get("/api/v1/page")
async def page_facts(settings: SettingsDep) -> PageFacts:
    """What the web page asks about the deployment before anybody has signed in."""
    return PageFacts(
        version=__version__,
        time_zone=settings.time_zone,
        base_map=settings.base_map,
        public_lookup=settings.public_lookup,
        public_page=settings.public_page,
    )


def register(app: FastAPI) -> None:
    """The page at /, asked after every other route: its files, and index.html for the addresses of its views. The
    API's own pages where it is not built."""
    if (BUILT / "index.html").exists():
        app.frontend("/", directory=BUILT, fallback="index.html")
    else:
        app.get("/", include_in_schema=False)(_to_docs)


def origins(settings: Settings) -> list[str]:
    """Other sites that the page may fetch its base map from."""
    found = [urlsplit(url) for url in (*settings.base_map, *settings.base_map_origins)]
    return sorted({f"{url.scheme}://{url.netloc}" for url in found if url.scheme in ("http", "https") and url.netloc})


async def _to_docs() -> RedirectResponse:
    return RedirectResponse("docs")
