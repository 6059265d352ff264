"""Every view of the page: who opens it, where, and what they do there before its picture is taken."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

WEB = Path(__file__).resolve().parent.parent / "web" / "src"
DRAWN = "[data-idle] canvas.maplibregl-canvas"
CANVAS = "canvas.maplibregl-canvas"
DESK, PHONE = (1280, 800), (390, 780)


@dataclass(frozen=True)
class Scene:
    """The language of the page, numbers of things to open, a file to drop, where a resident stands, the follow code of
    a report, and what is typed."""

    language: str
    numbers: Mapping[str, Any]
    dropped: Path
    place: tuple[float, float]
    code: str
    words: Mapping[str, str] = field(default_factory=dict)

    def say(self, key: str) -> str:
        """A text of the page, by `room:key`; placeholders are whatever they may be."""
        room, _, path = key.partition(":")
        found: Any = json.loads((WEB / room / "locales" / f"{self.language}.json").read_text(encoding="utf-8"))
        for part in path.split("."):
            found = found[part]
        return str(found)

    def like(self, key: str) -> re.Pattern[str]:
        parts = re.split(r"\{\{.*?\}\}", self.say(key))
        return re.compile("^" + ".*".join(map(re.escape, parts)) + "$")


@dataclass(frozen=True)
class View:
    """`name` of its picture; `ready`: what is there when it is open; `do`: what is done on the page first;
    `idles`: its map comes to rest."""

    name: str
    who: str | None
    path: str
    ready: str = DRAWN
    do: Callable[[Page, Scene], None] | None = None
    size: tuple[int, int] = DESK
    idles: bool = True


def tab(key: str, then: Callable[[Page, Scene], None] | None = None, ready: str = "") -> Callable[[Page, Scene], None]:
    """Another tab, by the key of its name."""

    def do(page: Page, scene: Scene) -> None:
        page.get_by_role("tab", name=scene.like(key)).click()
        if ready:
            expect(page.locator(ready).first).to_be_visible()
        if then:
            then(page, scene)

    return do


def look(key: str, ready: str = "") -> Callable[[Page, Scene], None]:
    """Another look by a switch."""

    def do(page: Page, scene: Scene) -> None:
        page.locator(".ant-segmented-item", has_text=scene.like(key)).first.click()
        if ready:
            expect(page.locator(ready).first).to_be_visible()

    return do


def both(*steps: Callable[[Page, Scene], None]) -> Callable[[Page, Scene], None]:
    def do(page: Page, scene: Scene) -> None:
        for step in steps:
            step(page, scene)

    return do


def tap(across: float, down: float, where: str = ".canvas", drawn: str = DRAWN) -> Callable[[Page, Scene], None]:
    """A click on the map, by shares of its width and height, once it is `drawn`."""

    def do(page: Page, scene: Scene) -> None:
        expect(page.locator(drawn).first).to_be_visible()
        box = page.locator(where).first.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)

    return do


def settle(page: Page) -> Locator:
    """Nothing is being fetched or drawn."""
    page.wait_for_load_state("networkidle")
    return page.locator("body")


def _tour(page: Page, scene: Scene) -> None:
    page.get_by_role("button", name=scene.say("planner:tour.start"), exact=True).click()
    page.locator(".ant-tour-next-btn").click()
    expect(page.locator(".ant-tour-title")).to_be_visible()


def _dropped(page: Page, scene: Scene) -> None:
    page.locator("input[type=file]").set_input_files(str(scene.dropped))
    guess = page.get_by_role("button").filter(has_text=scene.like("planner:import.takeGuess"))
    full = page.get_by_text(scene.say("planner:repair.full"), exact=True)
    expect(guess.or_(full).first).to_be_visible()
    if guess.is_visible():
        guess.click()
    full.first.click()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    page.get_by_role("button", name=scene.say("planner:repair.full"), exact=True).or_(
        full
    ).first.scroll_into_view_if_needed()


def _grid(page: Page, scene: Scene) -> None:
    name = re.compile(rf"(^|\s){re.escape(scene.say('planner:edit.lock'))}$")  # its icon is part of the name
    lock = page.get_by_role("button", name=name)
    for _ in range(10):  # tiles of the grids come after the map
        tap(0.45, 0.5, drawn=CANVAS)(page, scene)
        page.wait_for_timeout(1500)
        if lock.count():
            break
    expect(lock.first).to_be_visible()


def _follow(page: Page, scene: Scene) -> None:
    page.get_by_label(scene.say("public:follow.code")).fill(scene.code)
    page.get_by_role("button", name=scene.say("public:follow.look"), exact=True).click()
    expect(page.locator("dl").first).to_be_visible()


def _here(page: Page, scene: Scene) -> None:
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": scene.place[0], "latitude": scene.place[1], "accuracy": 12})
    page.get_by_role("button", name=scene.say("public:position.use"), exact=True).click()
    expect(page.locator(".owner")).to_be_visible()
    expect(page.locator(DRAWN)).to_be_visible()


def _report(page: Page, scene: Scene) -> None:
    _here(page, scene)
    page.get_by_label(scene.say("public:report.text")).fill(scene.words["report"])


def _comment(page: Page, scene: Scene) -> None:
    tap(0.5, 0.5, ".where")(page, scene)
    page.get_by_label(scene.say("public:plans.text")).fill(scene.words["comment"])


def _reported(page: Page, scene: Scene) -> None:
    tap(0.5, 0.5)(page, scene)
    page.get_by_label(scene.say("operator:report.text")).fill(scene.words["report"])
    page.get_by_role("button", name=scene.say("operator:report.whose"), exact=True).click()
    found = page.locator(".panel .ant-card").first
    expect(found).to_be_visible()
    found.scroll_into_view_if_needed()


def _first_row(page: Page, scene: Scene) -> None:
    page.locator(".ant-table-row-expand-icon").first.click()


def _chain(page: Page, scene: Scene) -> None:
    page.get_by_role("button", name=scene.say("operator:chain.verify"), exact=True).click()
    expect(page.get_by_role("alert").first).to_be_visible()


def _rulebook(page: Page, scene: Scene) -> None:
    page.get_by_role("button", name=scene.say("admin:rulebooks.new"), exact=True).click()
    expect(page.locator("form#rulebook .rows").first).to_be_visible()


def _object(page: Page, scene: Scene) -> None:
    page.locator(".ant-table-row button").nth(3).click()


_DRAFT = "/plans/{draft}/"
VIEWS = (
    View("sign-in", None, "/", "form"),
    View("networks", "li", "/networks", do=tap(0.45, 0.5)),
    View("overlap", "li", "/networks", do=tab("planner:networks.tabs.overlap")),
    View("crosswalk", "li", "/networks", do=tab("planner:networks.tabs.crosswalk", ready="canvas")),
    View("swipe", "li", "/networks", do=tab("planner:networks.tabs.compare", ready=DRAWN)),
    View("tour", "li", "/networks", do=_tour),
    View("import", "li", "/import", do=_dropped),
    View("plans", "li", "/plans", "table"),
    View("setup", "li", _DRAFT + "setup", "form"),
    View(
        "result",
        "li",
        _DRAFT + "result",
        do=both(tab("planner:result.sizes", ready="canvas"), look("planner:result.by.deviation")),
    ),
    View("grids", "li", _DRAFT + "result", do=tab("planner:result.grids")),
    View("borders", "li", _DRAFT + "result", do=tab("planner:result.borders")),
    View("edit", "li", _DRAFT + "edit", CANVAS, _grid, idles=False),
    View("compare", "li", _DRAFT + "compare"),
    View("replay", "li", _DRAFT + "replay"),
    View("consultation", "li", _DRAFT + "consultation", "table"),
    View("publish", "li", _DRAFT + "publish", ".step"),
    View("transfers", "wang", "/transfers/{draft}"),
    View("posts", "wang", "/staff", "table"),
    View("staff-map", "wang", "/staff", "table", tab("admin:staff.onMap", ready=DRAWN)),
    View("gaps", "wang", "/staff", "table", tab("admin:staff.gaps", ready="table:visible")),
    View("departments", "wang", "/staff", "table", tab("admin:staff.departments", ready="[role=tree]")),
    View("matrix", "wang", "/duties", "h1"),
    View("duties", "wang", "/duties", "h1", tab("admin:duties.list", ready="table:visible")),
    View(
        "rulebook",
        "wang",
        "/duties",
        "h1",
        tab("admin:rulebooks.title", _rulebook, "table:visible"),
    ),
    View("users", "wang", "/access", "table"),
    View("keys", "wang", "/access", "table", tab("admin:access.keys")),
    View(
        "webhooks",
        "wang",
        "/access",
        "table",
        tab("admin:access.subscriptions", _first_row, ".ant-table-row-expand-icon"),
    ),
    View("audit", "wang", "/access", "table", tab("admin:access.audit")),
    View("cases", "zhao", "/cases?status=open", "table"),
    View("board", "zhao", "/cases?status=open", "table", look("operator:cases.looks.board")),
    View("cases-map", "zhao", "/cases?status=open", "table", look("operator:cases.looks.map", DRAWN)),
    View("case", "zhao", "/cases/{case}"),
    View("report", "zhao", "/report", do=_reported),
    View("dashboard", "zhao", "/dashboard", "h1"),
    View("scores", "zhao", "/scores?period={month}", "table"),
    View("score", "zhao", "/scores/{score}", "table"),
    View("appeals", "wang", "/scores?tab=appeals", "table"),
    View("chain", "wang", "/scores?tab=chain", "h1", _chain),
    View("objects", "zhao", "/objects"),
    View("object", "zhao", "/objects", do=_object),
    View("notices", "zhao", "/notices", "table"),
    View("notice", "li", "/notices/{notice}", "h1"),
    View("public-place", None, "/public", "h1", _here, PHONE),
    View("public-report", None, "/public/report", "h1", _report, PHONE),
    View("public-follow", None, "/public/follow", "h1", _follow, PHONE),
    View("public-plans", None, "/public/plans", "h1", None, PHONE),
    View("public-comment", None, "/public/plans/{draft}", "h1", _comment, PHONE),
)
