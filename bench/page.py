"""The page in headless Chromium (drawing by software): first view, panning, and how soon an edit answers.

A first view is a browser with nothing in its cache, from the address to a map with all its tiles drawn. Panning is the
time between two frames while the map is dragged. An edit is timed from the click to the page's next frame, which on a
map drawn by software comes before the map's own: the browser's account of an interaction (Event Timing) and of the
request that the click sent. As a person does, the bench presses the next button when the page has come to rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import geopandas as gpd
import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect

from app import db
from app.services.accounts import users
from app.services.networks import editions
from bench.browser import chromium, signed_in
from bench.database import database
from bench.edits import PIECES, nearest, plan_of
from bench.lookup_database import ONEGRID, ROOT, serving, url_of
from bench.tiles import LONG_AGO, edition_of

PATIENCE_MS = 60_000
TIMES = 5
EDITS = 12
OWN_WINDOW_MS = 2_500  # a new window of Chromium reads hundreds of files of its own
PERSON, PASSWORD = "bench", "copper lantern drifting"
expect.set_options(timeout=PATIENCE_MS)
DRAWN = "[data-idle] canvas.maplibregl-canvas"
WATCHED = """
window.reactions = [];
new PerformanceObserver((found) => window.reactions.push(...found.getEntries()
  .filter((one) => one.interactionId > 0).map((one) => one.duration)))
  .observe({ type: "event", durationThreshold: 16, buffered: true });
localStorage.setItem("onegrid-language", "en");
"""
FRAMES = """() => { window.frames_ = []; let last = performance.now();
  const step = (now) => { window.frames_.push(now - last); last = now; window.panning && requestAnimationFrame(step); };
  window.panning = true; requestAnimationFrame(step); }"""
SCRIPTS_KB = """() => performance.getEntriesByType("resource")
  .filter((one) => /\\.js$/.test(new URL(one.name).pathname))
  .reduce((sum, one) => sum + one.encodedBodySize, 0) / 1e3"""
SETTLED = """() => { const at = Number(document.querySelector("[data-idle]")?.dataset.idle ?? Infinity);
  return Date.now() - at > 300 ? at - performance.timeOrigin : null; }"""
EDIT_REQUESTS = """() => performance.getEntriesByType("resource").filter((one) => /\\/edits$/.test(one.name))
  .map((one) => one.duration)"""


def run(network: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame) -> str:
    """A Markdown table. `network`: grids to look at, EPSG:4326; `pieces`: metric, what a plan is made of."""
    with database() as engine:
        plan_id = plan_of(engine, nearest(pieces, PIECES))
        with db.transaction(engine) as session:
            editions.publish(session, ROOT, edition_of(session, network), LONG_AGO, datetime.now(UTC))
            users.add(session, ROOT, PERSON, "planner", PASSWORD)
        with serving(ONEGRID, {"ONEGRID_DATABASE_URL": url_of(engine)}) as (port, _), chromium() as browser:
            address = f"http://127.0.0.1:{port}"
            cookies = signed_in(browser, address, PERSON, PASSWORD)
            rows = [
                *_first_views(lambda: _context(browser, address, cookies)),
                *_panned(_context(browser, address, cookies)),
                *_edited(_context(browser, address, cookies), plan_id),
            ]
    head = ["| | times | median ms | p95 ms |", "|---|---|---|---|"]
    return "\n".join([*head, *(_row(name, values) for name, values in rows)]) + "\n"


def _row(name: str, values: list[float]) -> str:
    median, p95 = np.percentile(values, [50, 95])
    return f"| {name} | {len(values)} | {median:,.0f} | {p95:,.0f} |"


def _context(browser: Browser, address: str, cookies: StorageState) -> BrowserContext:
    """A browser that was never there before, but is signed in."""
    context = browser.new_context(
        base_url=address, viewport={"width": 1400, "height": 850}, storage_state=cookies
    )  # fmt: skip
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(WATCHED)
    return context


def _first_views(new: Callable[[], BrowserContext]) -> Iterator[tuple[str, list[float]]]:
    taken, weights = [], []
    for _ in range(TIMES + 1):
        with new() as context:
            page = context.new_page()
            page.wait_for_timeout(OWN_WINDOW_MS)
            page.goto("/networks")
            taken.append(_drawn_ms(page))
            weights.append(page.evaluate(SCRIPTS_KB))
    yield "first view ever: the tiles are made", taken[:1]
    yield "first view", taken[1:]
    yield "its scripts, compressed: kB instead of ms", weights[1:]


def _drawn_ms(page: Page) -> float:
    """From asking for the address to the map drawn and still, by the page's own clock: `expect` looks once in a while
    only, and reads the whole page for it."""
    return float(page.wait_for_function(SETTLED, polling=50).json_value())


def _panned(context: BrowserContext) -> Iterator[tuple[str, list[float]]]:
    page = context.new_page()
    page.goto("/networks")
    expect(page.locator(DRAWN)).to_be_visible()
    box = page.locator(DRAWN).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate(FRAMES)
    for way in (1, -1, 1, -1):
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + way * 300, y + way * 100, steps=40)
        page.mouse.up()
    page.evaluate("window.panning = false")
    yield "between two frames while panning", page.evaluate("window.frames_")
    page.close()


def _edited(context: BrowserContext, plan_id: int) -> Iterator[tuple[str, list[float]]]:
    """Grids chosen on the map and locked, one after another."""
    page = context.new_page()
    page.goto(f"/plans/{plan_id}/edit")
    yield f"a plan of {PIECES:,} pieces opened for editing", [_drawn_ms(page)]
    for number in range(EDITS):
        _lock(page, number)
    yield f"edit of a plan of {PIECES:,} pieces: the request", page.evaluate(EDIT_REQUESTS)
    yield "the same: click, key or tap to the next frame", page.evaluate("window.reactions")
    page.close()


def _lock(page: Page, number: int) -> None:
    box = page.locator(DRAWN).bounding_box()
    assert box is not None
    across, down = number % 4, number // 4
    _drawn_ms(page)
    page.mouse.click(box["x"] + box["width"] * (0.3 + 0.13 * across), box["y"] + box["height"] * (0.3 + 0.17 * down))
    lock = page.get_by_role("button", name="lock Lock")
    lock.wait_for()
    _drawn_ms(page)
    lock.click()
    page.get_by_label("Reason").fill("agreed")
    _drawn_ms(page)
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("button", name="Unlock")).to_be_visible()
    expect(page.locator(".ant-modal-wrap:visible")).to_have_count(0)
