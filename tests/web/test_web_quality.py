"""What every view owes everybody: axe-core finds nothing serious, and the first view is not heavy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

MakePage = Callable[..., Page]
DRAWN = "[data-idle] canvas.maplibregl-canvas"
FIRST_VIEW_BYTES = 1_000_000
AXE = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .filter(found => ['serious', 'critical'].includes(found.impact))
    .map(found => found.id + ': ' + found.nodes.map(node => node.html.slice(0, 160)).join(' | '))"""
VIEWS = {
    "/networks": DRAWN,
    "/import": DRAWN,
    "/plans": "text=spring",
    "/plans/1/setup": "text=规模区间",
    "/plans/1/result": DRAWN,
    "/plans/1/edit": DRAWN,
    "/plans/1/compare": "h1",
    "/plans/1/replay": DRAWN,
    "/plans/1/publish": "text=地域相近",
}

ROOMS = {
    "/transfers/1": "h1",
    "/staff": "role=tab",
    "/access": "role=tab",
    "/dashboard": "h1",
    "/scores": "role=tab",
    "/scores?tab=appeals": "table",
    "/scores?tab=chain": "text=开始核验",
    "/objects": DRAWN,
    "/notices": "h1",
}


@pytest.fixture(scope="session")
def axe(project: Path) -> str:
    return (project / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", VIEWS)
def test_a_view_has_no_serious_barrier(make_page: MakePage, axe: str, path: str) -> None:
    page = make_page("li", path)
    expect(page.locator(VIEWS[path]).first).to_be_visible()
    page.evaluate(axe)
    assert page.evaluate(AXE) == []


@pytest.mark.parametrize("path", ROOMS)
def test_a_room_of_admins_and_operators_has_no_serious_barrier(make_page: MakePage, axe: str, path: str) -> None:
    page = make_page("wang", path)
    expect(page.locator(ROOMS[path]).first).to_be_visible()
    page.evaluate(axe)
    assert page.evaluate(AXE) == []


def test_the_door_has_no_serious_barrier(make_page: MakePage, axe: str) -> None:
    page = make_page(None, "/")
    expect(page.get_by_label("用户名")).to_be_visible()
    page.evaluate(axe)
    assert page.evaluate(AXE) == []


def test_the_first_view_is_not_heavy(make_page: MakePage) -> None:
    """Compressed scripts that are fetched until the first map is drawn; the rest is fetched when it is opened."""
    page = make_page(None, "/sign-in")
    fetched: list[Request] = []
    page.on("requestfinished", lambda request: fetched.append(request) if request.url.endswith(".js") else None)
    page.get_by_label("Name").fill("li")
    page.get_by_label("Password").fill("copper lantern drifting")
    page.get_by_role("button").click()
    expect(page.locator(DRAWN)).to_be_visible()
    scripts = {request.url: request.sizes()["responseBodySize"] for request in fetched}
    assert any("NetworksView" in url for url in scripts)
    assert not any("Chart" in url or "EditTab" in url for url in scripts)
    assert 0 < sum(scripts.values()) < FIRST_VIEW_BYTES, scripts


def test_on_a_telephone_nothing_is_wider_than_the_screen(make_page: MakePage) -> None:
    page = make_page("li", "/networks", width=390, height=800)
    expect(page.locator(DRAWN)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
