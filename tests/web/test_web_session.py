"""Getting in, being shown what one may see, and being asked again when the sign-in is over."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

MakePage = Callable[..., Page]
PASSWORD = "copper lantern drifting"
DRAWN = "[data-idle] canvas.maplibregl-canvas"


def sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录", exact=True).click()


def test_a_stranger_signs_in_and_gets_the_view_that_they_asked_for(make_page: MakePage) -> None:
    page = make_page(None, "/networks")
    expect(page).to_have_title("OneGrid 多网合一")
    sign_in(page, "li", "wrong words of nobody")
    expect(page.get_by_role("alert")).to_contain_text("登录未成功")
    sign_in(page, "li", PASSWORD)
    expect(page.locator(DRAWN)).to_be_visible()
    expect(page).to_have_url(re.compile("/networks$"))


def test_a_refusal_that_comes_at_once_leaves_no_button_busy(make_page: MakePage) -> None:
    """The spinner of a button whose answer came before the spinner was drawn used to stay, in one of five attempts."""
    page = make_page(None, "/networks")
    problem = '{"type": "about:blank", "title": "no", "status": 401, "detail": "no"}'
    answer = {"status": 401, "content_type": "application/problem+json", "body": problem}
    page.route("**/api/v1/sign-in", lambda route: route.fulfill(**answer))
    for _ in range(12):
        with page.expect_response("**/api/v1/sign-in"):
            sign_in(page, "li", "wrong words of nobody")
        expect(page.get_by_role("button", name="登录", exact=True)).to_be_visible()


def test_a_one_time_link_leads_to_the_page(make_page: MakePage, one_time_link: str) -> None:
    page = make_page(None, one_time_link)
    page.get_by_role("button").click()
    expect(page.get_by_role("button", name="账户：li")).to_be_visible()


def test_when_the_sign_in_is_over_nothing_on_the_page_is_lost(make_page: MakePage) -> None:
    page = make_page("li", "/networks")
    expect(page.locator(DRAWN)).to_be_visible()
    page.get_by_role("checkbox", name="civilization", exact=True).uncheck()
    page.context.clear_cookies()
    page.locator(".canvas").click(position={"x": 500, "y": 400})
    dialogue = page.get_by_role("dialog", name="登录已过期")
    expect(dialogue).to_be_visible()
    dialogue.get_by_label("密码", exact=True).fill(PASSWORD)
    dialogue.get_by_role("button", name="登录", exact=True).click()
    expect(dialogue).to_be_hidden()
    expect(page.get_by_role("checkbox", name="civilization", exact=True)).not_to_be_checked()


@pytest.mark.parametrize(("status", "told"), [(401, "登录已过期"), (403, "地图的一部分未能加载")])
def test_a_map_tells_why_its_tiles_do_not_come(make_page: MakePage, status: int, told: str) -> None:
    page = make_page("li", "/plans")
    page.route("**/tiles/**/*.mvt*", lambda route: route.fulfill(status=status))
    page.goto("/networks")
    expect(page.get_by_text(told)).to_be_visible()


def test_english_by_the_switch_is_remembered(make_page: MakePage) -> None:
    page = make_page("li", "/networks")
    expect(page.get_by_role("heading", name="网格体系", level=1)).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Networks", level=1)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Networks", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize(("who", "sees"), [("qian", False), ("li", True)])
def test_what_one_may_not_do_is_not_shown(make_page: MakePage, who: str, sees: bool) -> None:
    page = make_page(who, "/networks")
    expect(page.get_by_role("link", name="网格体系")).to_be_visible()
    expect(page.get_by_role("link", name="导入数据")).to_have_count(int(sees))
    page.goto("/import")
    expect(page.get_by_text("您没有查看此页的权限")).to_have_count(int(not sees))


def test_somebody_signs_out(make_page: MakePage) -> None:
    page = make_page(None, "/networks")
    sign_in(page, "qian", PASSWORD)
    page.get_by_role("button", name="账户：qian").click()
    page.get_by_role("menuitem", name="退出登录").click()
    expect(page.get_by_label("用户名")).to_be_visible()
