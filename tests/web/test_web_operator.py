"""An operator takes a report, sees whose it is and why, and leads the case to its end; boards and dashboards."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

MakePage = Callable[..., Page]
DRAWN = "[data-idle] canvas.maplibregl-canvas"


def take(page: Page, name: str, **fields: str) -> None:
    """One step of the case: choose it, say what it asks for, confirm."""
    page.get_by_role("button", name=name, exact=True).click()
    for label, value in fields.items():
        if label == "结果":
            page.get_by_role("radio", name=value, exact=True).check()
        else:
            page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name=f"确认{name}").click()


def stage(page: Page) -> Locator:
    return page.locator("h1 + .ant-tag")


def reported(page: Page, text: str) -> str:
    """Take a report down; the number of its case."""
    page.get_by_label("经度").fill("113.51")
    page.get_by_label("纬度").fill("22.79")
    page.get_by_label("情况说明").fill(text)
    page.get_by_role("button", name="登记", exact=True).click()
    link = page.get_by_role("link", name=re.compile("已登记"))
    expect(link).to_be_visible()
    return link.inner_text().split()[-1]


def test_a_report_is_taken_shown_and_led_to_its_end(make_page: MakePage) -> None:
    page = make_page("zhao", "/report")
    expect(page.locator(DRAWN)).to_be_visible()
    page.locator(".canvas").click(position={"x": 300, "y": 300})
    expect(page.get_by_label("经度")).not_to_have_value("")
    page.get_by_label("情况说明").fill("井盖松动，车辆经过有响声")
    page.get_by_role("button", name="查看归属").click()
    expect(page.get_by_text("负责")).to_be_visible()
    number = reported(page, "井盖松动，车辆经过有响声")

    page.get_by_role("link", name=re.compile(number)).click()
    expect(page.get_by_role("heading", name=f"案件 {number}", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="为何由其负责")).to_be_visible()
    expect(page.locator("[aria-labelledby=route] li").first).to_contain_text("位置 (113.51")
    steps: list[tuple[str, dict[str, str], str]] = [
        ("核实", {"结果": "通过"}, "信息采集"),
        ("立案", {}, "案卷建立"),
        ("派遣", {"接收部门": "市政中心"}, "任务派遣"),
        ("签收", {}, "任务处理"),
        ("处理完成", {}, "处理反馈"),
        ("反馈", {}, "核查结案"),
        ("核查", {"结果": "通过"}, "核查结案"),
        ("结案", {}, "综合评价"),
        ("评价", {"评分": "95"}, "已评价"),
    ]
    for name, fields, after in steps:
        take(page, name, **fields)
        expect(page.get_by_role("button", name=f"确认{name}")).to_have_count(0)
        expect(stage(page)).to_have_text(after)
    expect(page.locator("[aria-labelledby=trail]")).to_contain_text("市政中心")


def test_a_step_that_is_not_possible_says_why_and_keeps_the_form(make_page: MakePage) -> None:
    page = make_page("zhao", "/report")
    number = reported(page, "路灯不亮")
    page.goto(f"/cases/{number}")
    steps: list[tuple[str, dict[str, str]]] = [
        ("核实", {"结果": "通过"}),
        ("立案", {}),
        ("派遣", {"接收部门": "市政中心"}),
        ("申请挂账", {"理由或说明": "等待配件"}),
    ]
    for name, fields in steps:
        take(page, name, **fields)
        expect(page.get_by_role("button", name=f"确认{name}")).to_have_count(0)
    take(page, "同意挂账", 理由或说明="同意")  # whoever asked may not approve
    expect(page.get_by_role("alert")).to_contain_text("不得批准自己的挂账")
    expect(page.get_by_label("理由或说明")).to_have_value("同意")


def test_whistles_are_answered_and_scored(make_page: MakePage) -> None:
    page = make_page("zhao", "/report")
    number = reported(page, "夜间噪声")
    page.goto(f"/cases/{number}")
    take(page, "核实", 结果="通过")
    expect(page.get_by_role("button", name="确认核实")).to_have_count(0)
    take(page, "立案")
    expect(stage(page)).to_have_text("案卷建立")
    section = page.locator("[aria-labelledby=whistles]")
    section.get_by_label("部门").fill("公安,")
    section.get_by_role("button", name="吹哨").click()
    section.get_by_role("button", name="应哨").click()
    section.get_by_role("button", name="报到").click()
    expect(section.get_by_role("button", name="报到")).to_have_count(0)


def test_several_cases_take_one_step_and_who_is_refused_is_told(make_page: MakePage) -> None:
    page = make_page("zhao", "/report")
    numbers = []
    for at in range(3):
        page.goto("/report")
        numbers.append(reported(page, f"乱堆物料 {at}"))
    page.goto("/cases?status=collection")
    many = page.locator(".many")

    def choose() -> None:
        for number in numbers:
            page.get_by_role("checkbox", name=f"选择案件 {number}").check()
        expect(many.get_by_role("heading", name="已选 3 件")).to_be_visible()

    choose()
    many.get_by_role("button", name="核实", exact=True).click()
    many.get_by_role("radio", name="通过", exact=True).check()
    many.get_by_label("理由或说明").fill("现场核实")
    many.get_by_role("button", name="对 3 件案件核实").click()
    expect(many.get_by_role("alert")).to_contain_text("已办理 3 件，0 件未通过")

    page.get_by_text("看板", exact=True).last.click()
    choose()
    many.get_by_role("button", name="立案", exact=True).click()
    moved = page.request.post(f"/api/v1/events/{numbers[1]}/steps", data={"action": "file"})  # by somebody else
    assert moved.ok, moved.text()
    many.get_by_role("button", name="对 3 件案件立案").click()
    told = many.get_by_role("alert")
    expect(told).to_contain_text("已办理 2 件，1 件未通过")
    expect(told.get_by_role("link", name=numbers[1])).to_be_visible()


def test_cases_as_table_board_and_map_by_filters_in_the_address(make_page: MakePage) -> None:
    page = make_page("zhao", "/report")
    number = reported(page, "占道经营")
    page.goto("/cases?status=open")
    expect(page.get_by_role("link", name=number, exact=True)).to_be_visible()
    page.get_by_text("看板", exact=True).last.click()
    expect(page.get_by_role("region", name="信息采集").get_by_role("link", name=number, exact=True)).to_be_visible()
    page.get_by_text("地图", exact=True).click()
    expect(page.locator(DRAWN)).to_be_visible()
    page.goto("/cases?status=closed")
    expect(page.get_by_role("link", name=number, exact=True)).to_have_count(0)


def test_the_dashboard_tells_figures_in_english_too(make_page: MakePage) -> None:
    page = make_page("zhao", "/dashboard", "en")
    expect(page.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()
    expect(page.get_by_text("Open cases")).to_be_visible()
    told = page.get_by_role("img", name=re.compile("in time")).or_(page.get_by_text("in time"))
    expect(told.first).to_be_visible()
