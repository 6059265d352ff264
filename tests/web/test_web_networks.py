"""Networks beside each other under a handle, and the tour of what planners can do."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

MakePage = Callable[..., Page]
DRAWN = "[data-idle] canvas.maplibregl-canvas"
MOVES = """(canvas) => { window.moves = [];
  new MutationObserver(() => window.moves.push(canvas.style.transform)).observe(canvas, { attributes: true }); }"""


def test_two_networks_under_one_handle(make_page: MakePage) -> None:
    page = make_page("qian", "/networks")
    page.get_by_role("tab", name="比较").click()
    expect(page.locator(DRAWN)).to_have_count(2)
    handle = page.get_by_role("slider", name="卷帘分隔线")
    expect(handle).to_have_attribute("aria-valuenow", "50")
    handle.press("ArrowLeft")
    expect(handle).to_have_attribute("aria-valuenow", "48")
    box = page.locator(".swipe").bounding_box()
    assert box is not None
    handle.hover()
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 200, steps=4)
    page.mouse.up()
    expect(handle).to_have_attribute("aria-valuenow", re.compile("7[45]"))
    page.get_by_label("右侧：版本").click()
    page.locator(".ant-select-item-option").last.click()
    expect(page.locator(".float.right")).not_to_contain_text("现在")
    page.get_by_text("并排", exact=True).click()
    expect(handle).to_have_count(0)
    expect(page.locator(DRAWN)).to_have_count(2)


def test_the_tour_is_offered_once_and_can_be_taken_again(make_page: MakePage) -> None:
    page = make_page("li", "/networks")
    offer = page.get_by_role("complementary", name="导览")
    expect(page.locator(DRAWN)).to_be_visible()
    offer.get_by_role("button", name="开始").click()
    expect(page.get_by_text("各家的网格")).to_be_visible()
    for title in ("点一下地图", "换一个日期", "重叠与空白", "两张网对着看", "导入数据", "划分方案", "随时再看"):
        page.get_by_role("button", name="下一步").click()
        expect(page.locator(".ant-tour-title", has_text=title)).to_be_visible()
    page.locator(".ant-tour").get_by_role("button", name="结束导览").click()
    expect(page.locator(".ant-tour")).to_have_count(0)
    page.reload()
    expect(page.locator(DRAWN)).to_be_visible()
    expect(offer).to_have_count(0)
    page.get_by_role("button", name="导览").click()
    expect(page.get_by_text("各家的网格")).to_be_visible()


def test_the_ground_stays_under_a_pointer_that_drags_it(make_page: MakePage) -> None:
    """Chromium draws by software here: the drawn picture is moved, and drawn anew where the pointer rests."""
    page = make_page("li", "/networks")
    canvas = page.locator(DRAWN)
    expect(canvas).to_be_visible()
    place = page.get_by_role("complementary", name="此处归谁管").locator("p.quiet")
    page.mouse.click(700, 300)
    before = place.inner_text()
    page.get_by_role("button", name="关闭", exact=True).click()
    canvas.evaluate(MOVES)
    page.mouse.move(700, 300)
    page.mouse.down()
    page.mouse.move(780, 330, steps=4)
    expect(canvas).to_have_css("transform", "none")
    assert any(move.startswith("translate(") for move in page.evaluate("window.moves"))
    for x in (860, 940, 1020, 1100, 1180, 1260, 1340, 1320):  # further than half of the map
        page.mouse.move(x, 340)
    page.mouse.up()
    expect(canvas).to_have_css("transform", "none")
    expect(place).to_have_count(0)  # the end of a drag is no click
    page.mouse.click(1320, 340)
    assert degrees(place.inner_text()) == pytest.approx(degrees(before), abs=2e-6)


def test_pieces_of_a_plan_are_asked_for_when_they_are_looked_at(make_page: MakePage) -> None:
    """A city has megabytes of them: the first view of the networks does without."""
    page = make_page("li", "/plans")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/networks")
    expect(page.locator(DRAWN)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if url.endswith("/pieces")] == []
    page.get_by_role("tab", name="重叠").click()
    expect(page.get_by_role("cell", name="2 家管理")).to_be_visible()
    assert len([url for url in asked if url.endswith("/pieces")]) == 1


def degrees(place: str) -> list[float]:
    return [float(number) for number in place.split(", ")]
