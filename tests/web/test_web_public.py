"""A resident with a telephone: who owns this place, a report with a photograph, its code, the end of it and the stars;
a draft plan and a comment that its planner reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from test_web_quality import AXE

MakePage = Callable[..., Page]
DRAWN = "[data-idle] canvas.maplibregl-canvas"
PHONE = {"width": 360, "height": 740}
HERE = {"longitude": 113.511, "latitude": 22.761, "accuracy": 12}
CODE = re.compile(r"^([0-9A-Z]{4}-){4}[0-9A-Z]{4}$")
HANDLING = (
    {"action": "verify", "passed": True}, {"action": "file"}, {"action": "dispatch", "receiver": "市政中心"},
    {"action": "accept"}, {"action": "finish"}, {"action": "report"}, {"action": "check", "passed": True},
    {"action": "close", "reason": "井盖已更换，谢谢您。"},
)  # fmt: skip


@pytest.fixture(scope="session")
def axe(project: Path) -> str:
    return (project / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "lid.png"
    Image.effect_noise((2400, 1800), 60).save(path)
    return path


def check(page: Page, axe: str) -> None:
    """Nothing serious for axe, once colours have stopped changing, and nothing wider than the telephone."""
    page.add_style_tag(content="* { transition: none !important }")
    page.evaluate(axe)
    assert page.evaluate(AXE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def at_home(page: Page) -> Page:
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation(HERE)
    return page


def filed(page: Page, text: str, photo: Path | None = None) -> str:
    """Report something from here; its code."""
    page.goto("/public/report")
    page.get_by_role("button", name="使用我的位置").click()
    expect(page.get_by_text("负责单位")).to_be_visible()
    page.get_by_label("情况说明").fill(text)
    if photo is not None:
        page.locator("input[type=file]").set_input_files(photo)
        expect(page.get_by_role("img", name="照片 1")).to_be_visible()
    page.get_by_role("button", name="提交").click()
    code = page.locator("output.code")
    expect(code).to_have_text(CODE)
    return code.inner_text()


def handled(staff: Page, number: str) -> None:
    for step in HANDLING:
        answer = staff.request.post(f"/api/v1/events/{number}/steps", data=step)
        assert answer.ok, answer.text()


def test_a_resident_reports_follows_and_evaluates(make_page: MakePage, axe: str, photo: Path) -> None:
    assert make_page("wang", "/access").request.post("/api/v1/matters/load").ok
    page = at_home(make_page(None, "/public", **PHONE))
    expect(page.get_by_role("heading", name="这里归谁管", level=1)).to_be_visible()
    expect(page.locator(DRAWN)).to_be_visible()
    page.locator(".where").click(position={"x": 150, "y": 150})
    expect(page.locator(".owner")).to_be_visible()
    check(page, axe)
    page.get_by_role("button", name="在这里上报问题").click()

    page.get_by_label("情况说明").fill("井盖松动，车辆经过有响声")
    page.get_by_label("详细地址").fill("学校门口")
    page.locator("input[type=file]").set_input_files(photo)
    expect(page.get_by_role("img", name="照片 1")).to_be_visible()
    expect(page.get_by_role("radio", name="不确定，由系统判断")).to_be_checked()
    check(page, axe)
    page.reload()
    expect(page.get_by_label("情况说明")).to_have_value("井盖松动，车辆经过有响声")
    expect(page.get_by_label("详细地址")).to_have_value("学校门口")
    expect(page.get_by_role("img", name="照片 1")).to_be_visible()

    page.get_by_role("button", name="提交").click()
    expect(page.locator("output.code")).to_have_text(CODE)
    check(page, axe)
    code = page.locator("output.code").inner_text()
    page.get_by_role("button", name="查看进度").click()
    expect(page.get_by_text("正在核实您反映的情况")).to_be_visible()
    expect(page.locator("dl")).to_contain_text("学校门口")
    check(page, axe)
    number = (page.get_by_role("heading", name=re.compile("上报 [0-9]+")).inner_text()).split()[-1]

    staff = make_page("zhao", f"/cases/{number}")
    expect(staff.get_by_role("link", name="photo-1.jpg")).to_be_visible()
    handled(staff, number)
    page.reload()
    expect(page.get_by_text("井盖已更换，谢谢您。").first).to_be_visible()
    page.get_by_role("radio").nth(4).click()
    page.get_by_label("想说的话").fill("很快")
    page.reload()
    expect(page.get_by_label("想说的话")).to_have_value("很快")
    check(page, axe)
    page.get_by_role("button", name="提交评价").click()
    expect(page.get_by_text("您的评价")).to_be_visible()
    assert "zhao" not in page.content()
    kept = staff.request.get(f"/api/v1/events/{number}").json()
    assert (kept["status"], kept["trail"][-1]["actor"], kept["trail"][-1]["score"]) == ("evaluated", "public", 100)
    assert code not in str(kept)


def test_the_code_opens_the_report_on_another_telephone(make_page: MakePage) -> None:
    code = filed(at_home(make_page(None, "/public", **PHONE)), "路灯不亮")
    page = make_page(None, "/public/follow", "en", **PHONE)
    page.get_by_label("Follow code").fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_text("What you reported is being verified.")).to_be_visible()
    page.get_by_label("What to add").fill("两盏都不亮")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_text("You added")).to_be_visible()
    page.get_by_label("Follow code").fill("0000-0000-0000-0000-0000")
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_role("alert")).to_contain_text("no report has this code")


def test_photographs_that_did_not_arrive_are_sent_again(make_page: MakePage, photo: Path) -> None:
    page = at_home(make_page(None, "/public", **PHONE))
    page.context.route("**/case/photos", lambda route: route.fulfill(status=429, json={"type": "#too-many"}))
    filed(page, "垃圾满溢", photo)
    expect(page.get_by_role("alert")).to_contain_text("照片没有传完")
    page.context.unroute("**/case/photos")
    page.reload()
    page.get_by_role("button", name="继续上传照片").click()
    expect(page.get_by_role("button", name="继续上传照片")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_draft_plan_is_commented_on_and_its_planner_reads_it(make_page: MakePage, axe: str) -> None:
    planner = make_page("li", "/plans/1/consultation")
    planner.get_by_label("给居民的说明").fill("请您看看新的网格")
    planner.get_by_role("button", name="开始征求意见").click()
    expect(planner.get_by_role("alert")).to_contain_text("正在征求意见")

    page = make_page(None, "/public/plans", **PHONE)
    check(page, axe)
    page.get_by_role("link", name="spring").click()
    expect(page.get_by_text("请您看看新的网格")).to_be_visible()
    expect(page.locator(DRAWN)).to_be_visible()
    page.locator(".where").click(position={"x": 150, "y": 150})
    expect(page.get_by_role("button", name="取消选中的位置")).to_be_visible()
    page.get_by_label("您的意见").fill("这一格太大了")
    check(page, axe)
    page.reload()
    expect(page.get_by_label("您的意见")).to_have_value("这一格太大了")
    page.get_by_role("button", name="提交意见").click()
    expect(page.get_by_text("谢谢，您的意见已收到。")).to_be_visible()

    planner.reload()
    expect(planner.get_by_role("row", name=re.compile("这一格太大了"))).to_be_visible()
    row = planner.get_by_role("row", name=re.compile("这一格太大了"))
    row.get_by_role("button", name="答复").click()
    planner.get_by_label("答复内容").fill("已拆成两格")
    planner.get_by_role("button", name="保存", exact=True).click()
    expect(row).to_contain_text("已拆成两格")
    page.reload()
    answers = page.get_by_role("region", name="意见与答复")
    expect(answers).to_contain_text("已拆成两格")
    check(page, axe)
    row.get_by_role("button", name="隐藏").click()
    planner.get_by_label("隐藏理由").fill("提到了邻居")
    planner.get_by_role("button", name="保存", exact=True).click()
    expect(row).to_contain_text("提到了邻居")
    page.reload()
    expect(page.get_by_label("您的意见")).to_be_visible()
    expect(answers).to_have_count(0)
    row.get_by_role("button").first.click()
    expect(planner.locator(DRAWN)).to_be_visible()
    planner.add_style_tag(content="* { transition: none !important }")
    planner.evaluate(axe)
    assert planner.evaluate(AXE) == []
    planner.get_by_role("button", name="结束征求意见").click()
    expect(planner.get_by_role("button", name="开始征求意见")).to_be_visible()
    page.goto("/public/plans")
    expect(page.get_by_text("目前没有征求意见的方案")).to_be_visible()


def test_nothing_to_sign_in_for(make_page: MakePage) -> None:
    page = make_page(None, "/")
    page.get_by_role("link", name=re.compile("居民入口")).click()
    expect(page.get_by_role("heading", name="这里归谁管", level=1)).to_be_visible()
