"""An admin decides where the posts of old grids go, and sees on the map where posts are missing."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

MakePage = Callable[..., Page]
DRAWN = "[data-idle] canvas.maplibregl-canvas"
HEAD = "人员编号,姓名,单位,网格体系,网格编号,岗位,任职日期"


def staffed(page: Page) -> int:
    """A chief in every grid of both networks, brought as a list; how many."""
    rows = [HEAD]
    for network in ("governance", "civilization"):
        grids = page.request.get(f"/api/v1/networks/{network}/grids").json()["grids"]
        rows += [
            f"{network}{each['code']},周{each['code']},区城管局,{network},{each['code']},网格长,2026-01-05"
            for each in grids
        ]
    file = {"name": "staff.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}
    taken = page.request.post("/api/v1/staff/imports", multipart={"file": file})
    assert taken.ok, taken.text()
    return len(rows) - 1


def row(page: Page, at: int) -> Locator:
    return page.locator(".ant-table-row").nth(at)


def decide(page: Page, what: str, why: str, grid: str = "") -> None:
    """What is ticked, with a reason."""
    page.get_by_role("button", name=what).click()
    dialogue = page.get_by_role("dialog")
    if grid:
        dialogue.get_by_label("去往网格").fill(grid)
        page.locator(".ant-select-item-option", has_text=grid).click()
    dialogue.get_by_label("理由").fill(why)
    dialogue.get_by_role("button", name="确定").click()
    expect(dialogue).to_be_hidden()


def test_transfers_from_proposals_to_decisions(make_page: MakePage) -> None:
    page = make_page("wang", "/transfers/1")
    posts = staffed(page)
    page.get_by_role("button", name="生成划转建议").click()
    expect(page.get_by_text(f"显示 {posts} / {posts}")).to_be_visible()
    expect(page.locator(DRAWN)).to_be_visible()

    row(page, 0).get_by_role("checkbox").check()
    decide(page, "离岗…", "退休")
    expect(row(page, 0)).to_contain_text("离岗")
    row(page, 1).get_by_role("checkbox").check()
    elsewhere = page.request.get("/api/v1/plans/1/grids").json()["features"][-1]["properties"]["code"]
    decide(page, "改派…", "熟悉情况", elsewhere)
    expect(row(page, 1)).to_contain_text(elsewhere)
    row(page, 1).get_by_role("button", name="Expand row").or_(
        row(page, 1).locator(".ant-table-row-expand-icon")
    ).first.click()
    expect(page.get_by_text(re.compile("user:wang 于 .* 决定：.*熟悉情况"))).to_be_visible()

    decide(page, "采纳其余…", "与各部门核对过")
    expect(page.get_by_text(re.compile(rf"{posts} 个岗位 = .* 离岗 1 \+ 原岗 0；.*一个不少"))).to_be_visible()
    row(page, 0).get_by_role("checkbox").check()
    page.get_by_role("button", name="留待人工").click()
    expect(row(page, 0)).to_contain_text("未决定")
    row(page, 1).get_by_role("button", name=re.compile("在地图上显示")).click()
    expect(row(page, 0)).to_contain_text(elsewhere)
    expect(page.get_by_role("link", name="去发布")).to_be_visible()


def test_who_may_not_decide_sees_masked_names_and_no_buttons(make_page: MakePage) -> None:
    page = make_page("qian", "/transfers/1")
    expect(page.get_by_role("heading", name="人员划转")).to_be_visible()
    outcome = page.get_by_text(re.compile("^显示")).or_(page.get_by_text("该方案还没有人员划转建议"))
    expect(outcome.first).to_be_visible()
    for name in ("生成划转建议", "采纳其余…"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)


def test_grids_on_the_map_by_their_posts(make_page: MakePage) -> None:
    page = make_page("wang", "/staff")
    staffed(page)
    page.get_by_role("tab", name="地图").click()
    expect(page.locator(DRAWN)).to_be_visible()
    code = page.request.get("/api/v1/networks/governance/grids").json()["grids"][0]["code"]
    page.get_by_label("网格体系").click()
    page.locator(".ant-select-item-option", has_text="governance").click()
    expect(page.get_by_role("complementary", name="图例")).to_contain_text("无人 · 0")
    page.get_by_role("combobox", name="网格", exact=True).fill(code)
    page.locator(".ant-select-item-option").get_by_text(code, exact=True).click()
    expect(page.get_by_role("region", name=code)).to_contain_text(f"周{code}")
