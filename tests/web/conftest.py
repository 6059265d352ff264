"""The page in a real Chromium, on a real server and database. Changes stay: each test makes things of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import planned_city
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect
from serving import free_port, serving, wait_until_ready
from sqlalchemy.orm import Session

from app import db
from app.api.page import BUILT
from app.rules.accounts.access import SCOPES, Caller
from app.services.accounts import sign_in, users
from bench.browser import chromium, signed_in

ROOT = Caller("cli:test", frozenset(SCOPES))
PASSWORD = "copper lantern drifting"
PEOPLE = {"wang": "admin", "li": "planner", "zhao": "operator", "qian": "viewer"}
PATIENCE_MS = 30_000  # two cores shared with other tests, and no graphics card
MakePage = Callable[..., Page]
expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def _session(database: str) -> Iterator[Session]:
    engine = db.make_engine(database)
    with db.transaction(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture(scope="session")
def address(browser_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where `onegrid serve` answers, public page and all, with the city of squares, a divided plan `spring` and PEOPLE
    in its database."""
    assert (BUILT / "index.html").exists(), "the page is not built: make web"
    folder = tmp_path_factory.mktemp("served")
    with _session(browser_database) as session:
        for name, role in PEOPLE.items():
            users.add(session, ROOT, name, role, PASSWORD)
        planned_city.build(session, folder)
        planned_city.divided(session, "spring")
    port = free_port()
    with serving(browser_database, folder, port, ONEGRID_PUBLIC_PAGE="true") as process:
        wait_until_ready(process, port)
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def in_database(browser_database: str, address: str) -> Callable[[], AbstractContextManager[Session]]:
    """Opens a transaction on the served database, committed at its end: `with in_database() as session`."""
    return lambda: _session(browser_database)


@pytest.fixture
def one_time_link(browser_database: str, address: str) -> str:
    """A link that signs li in once."""
    with _session(browser_database) as session:
        asked = {"address": address, "lifetime": timedelta(hours=1), "now": datetime.now(UTC)}
        return sign_in.make_link(session, ROOT, "li", **asked).url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def cookies(browser: Browser, address: str) -> dict[str, Any]:
    """The cookies of each of PEOPLE: everybody signs in once, since attempts are counted."""
    return {name: signed_in(browser, address, name, PASSWORD) for name in PEOPLE}


class Watch:
    """What a page must not do: complain on the console, or ask any other site for anything."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []

    def on_console(self, message: ConsoleMessage) -> None:
        expected = "the server responded with a status of 4" in message.text  # the page shows those as problems
        if message.type == "error" and not expected:
            self.complaints.append(message.text)

    def on_request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "blob:", "data:")):
            self.elsewhere.append(request.url)


@pytest.fixture
def make_page(browser: Browser, address: str, cookies: dict[str, Any]) -> Iterator[MakePage]:
    """Opens `path` as one of PEOPLE (None: not signed in), apart from all other pages: `make_page("li", "/plans")`."""
    contexts: list[BrowserContext] = []
    watch = Watch(address)

    def make(who: str | None, path: str = "/", language: str = "zh", width: int = 1400, height: int = 850) -> Page:
        state = cookies[who] if who else None
        context = browser.new_context(
            viewport={"width": width, "height": height},
            base_url=address,
            storage_state=state,
            timezone_id="Asia/Shanghai",
        )
        kept = "localStorage.getItem('onegrid-language')"
        context.add_init_script(f"{kept} ?? localStorage.setItem('onegrid-language', '{language}')")
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", watch.on_console)
        page.on("pageerror", lambda error: watch.complaints.append(str(error)))
        page.on("request", watch.on_request)
        page.goto(path)
        return page

    yield make
    for context in contexts:
        context.close()
    assert watch.complaints == []
    assert watch.elsewhere == []


@pytest.fixture
def shapefiles(tmp_path: Path) -> Path:
    """A folder for files that a test drops onto the page."""
    folder = tmp_path / "dropped"
    folder.mkdir()
    return folder
