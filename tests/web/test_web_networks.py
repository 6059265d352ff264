"""Networks beside each other under a handle, and the tour of what planners can do."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

MakePage = Callable[..., Page]
DRAWN = "[data-idle] canvas.maplibregl-canvas"


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
