"""An admin lets people and machines in, brings lists, and looks at who is responsible for what."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.rules.accounts.access import SCOPES, Caller
from app.services.duties import matters

ROOT = Caller("cli:test", frozenset(SCOPES))

MakePage = Callable[..., Page]


def test_a_user_is_added_and_gets_a_link(make_page: MakePage) -> None:
    page = make_page("wang", "/access")
    page.get_by_label("用户名").fill("chen.jie")
    page.get_by_role("button", name="新增用户").click()
    row = page.get_by_role("row", name=re.compile("chen.jie"))
    row.get_by_role("button", name="登录链接").click()
    expect(page.get_by_role("alert")).to_contain_text("/sign-in")


def test_a_key_is_shown_once_and_can_be_revoked(make_page: MakePage) -> None:
    page = make_page("wang", "/access")
    page.get_by_role("tab", name="密钥").click()
    page.get_by_label("用途").fill("hotline")
    page.get_by_role("button", name="生成密钥").click()
    expect(page.get_by_role("alert")).to_contain_text("og_")
    row = page.get_by_role("row", name=re.compile("hotline"))
    row.get_by_role("button", name="吊销").click()
    page.get_by_role("tooltip").get_by_role("button").last.click()
    expect(row).to_contain_text("已吊销")
    page.get_by_role("tab", name="审计记录").click()
    expect(page.get_by_role("row", name="key/hotline").first).to_be_visible()


def test_departments_grow_into_a_tree(make_page: MakePage) -> None:
    page = make_page("wang", "/staff")
    page.get_by_role("tab", name="部门").click()
    for code, name in (("cm", "区城管局"), ("cm-1", "城管一队")):
        page.get_by_label("编码").fill(code)
        page.get_by_label("名称").fill(name)
        page.locator("form#department").get_by_role("button").click()
        expect(page.get_by_role("treeitem", name=re.compile(name))).to_be_visible()
    page.locator("form#contact").get_by_role("combobox").click()
    page.locator(".ant-select-item-option:visible").filter(has_text="城管一队").click()
    page.get_by_label("电话或地址").fill("12319")
    page.get_by_role("button", name="保存联系方式").click()
    expect(page.get_by_role("treeitem", name=re.compile("城管一队.*12319"))).to_be_visible()


def test_a_duty_list_is_looked_at_before_it_is_taken(make_page: MakePage, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["编号", "类别", "编码", "适用范围", "牵头部门"])
    sheet.append(["D1", "事件", "01001", "", "区城管局"])
    book.save(tmp_path / "duties.xlsx")
    page = make_page("wang", "/duties")
    page.get_by_role("tab", name="导入").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "duties.xlsx")
    outcome = page.get_by_text("将带来的变化").or_(page.get_by_role("alert"))
    expect(outcome.first).to_be_visible()


def choose_kind(page: Page, name: str) -> None:
    page.get_by_role("dialog").get_by_role("combobox").first.click()
    page.locator(".ant-select-item-option:visible").filter(has_text=name).click()


@pytest.fixture
def matters_known(in_database: Callable[[], AbstractContextManager[Session]]) -> Iterator[None]:
    """The standards' code tables, for one test: plans of other tests are published where no matter is known."""
    with in_database() as session:
        matters.load(session, ROOT)
    yield
    with in_database() as session:
        for table in ("duties", "matters", "code_tables"):
            session.execute(text(f"DELETE FROM {table}"))


def test_a_line_of_owners_is_added_changed_and_withdrawn(make_page: MakePage, matters_known: None) -> None:
    page = make_page("wang", "/duties")
    page.get_by_role("tab", name="职责清单", exact=True).click()
    page.get_by_role("button", name="新增职责").click()
    form = page.get_by_role("dialog", name="新增职责")
    choose_kind(page, "部件")
    form.get_by_label("编码").fill("99")
    form.get_by_label("适用范围").fill("owner:水务集团")
    form.get_by_role("button", name="保存").click()
    expect(form.get_by_text("没有部件 “99”")).to_be_visible()
    form.get_by_label("编码").fill("*")
    form.get_by_role("button", name="保存").click()
    expect(form).to_be_hidden()
    row = page.get_by_role("row", name=re.compile("owner:水务集团"))
    row.get_by_role("button", name="修改").click()
    form = page.get_by_role("dialog", name=re.compile("修改职责"))
    form.get_by_label("时限").fill("4 工作时")
    form.get_by_role("button", name="保存").click()
    expect(row).to_contain_text("4")
    row.get_by_role("button", name="撤销").click()
    page.get_by_role("dialog", name=re.compile("撤销职责")).get_by_role("button", name="撤销").click()
    expect(row).to_be_hidden()


def test_owners_and_levels_are_kept_on_the_page(make_page: MakePage) -> None:
    page = make_page("wang", "/duties")
    page.get_by_role("tab", name="对象权属").click()
    page.get_by_role("textbox", name="对象").fill("business:91440101MA5")
    page.get_by_role("textbox", name="权属单位").fill("水务集团")
    page.locator("form#owner").get_by_role("button").click()
    row = page.get_by_role("row", name=re.compile("91440101MA5"))
    row.get_by_role("button", name="撤销").click()
    page.get_by_role("tooltip").get_by_role("button").last.click()
    expect(row).to_be_hidden()

    page.get_by_role("tab", name="三色预警规则").click()
    rules = page.locator("form#level-rule")
    for label, typed in (("编码", "often"), ("件数", "4"), ("天数", "20")):
        rules.get_by_label(label).fill(typed)
    rules.get_by_role("button", name="保存").click()
    row = page.get_by_role("row", name=re.compile("often 案件 4 20"))
    row.get_by_role("button", name="撤销").click()
    page.get_by_role("tooltip").get_by_role("button").last.click()
    expect(row).to_be_hidden()


def test_a_rulebook_is_laid_down_by_a_form_or_as_json(make_page: MakePage) -> None:
    page = make_page("wang", "/duties")
    page.get_by_role("tab", name="考评规则").click()
    page.get_by_role("button", name="制定新规则").click()
    book = page.locator("form#rulebook")
    lay, text = book.get_by_role("button", name="发布规则"), book.get_by_label("规则（JSON）")
    cap = book.get_by_role("spinbutton", name="封顶 1")
    expect(cap).to_have_value("30")
    cap.fill("1")
    book.get_by_label("理由").fill("区政府 2026 年 12 月会议")
    lay.click()
    told = "封顶不小于扣分"
    expect(book.locator(".ant-form-item-explain-error")).to_contain_text(told)
    expect(book.locator(".problem")).to_contain_text(told)
    expect(book.get_by_label("理由")).to_have_value("区政府 2026 年 12 月会议")
    cap.fill("45")
    book.get_by_role("button", name="删除第 6 行").click()

    book.get_by_role("tab", name="JSON").click()
    typed = json.loads(text.input_value())
    assert [(line["code"], line["cap"]) for line in typed["deductions"]][:2] == [("K1", 45), ("K2", 20)]
    assert len(typed["deductions"]) == 5
    text.fill("{")
    book.get_by_role("tab", name="表单").click()
    expect(book.get_by_text("不是 JSON 对象")).to_be_visible()
    text.fill(json.dumps(typed | {"basis": "never"}))
    lay.click()
    expect(book.get_by_role("tabpanel").get_by_text("应为 due, dispatched 之一")).to_be_visible()
    text.fill(json.dumps(typed | {"basis": "dispatched"}))
    book.get_by_role("tab", name="表单").click()
    expect(cap).to_have_value("45")
    expect(book.get_by_role("radio", name="派遣所在的一期")).to_be_checked()
    lay.click()
    row = page.get_by_role("row", name=re.compile("区政府 2026 年 12 月会议"))
    row.get_by_role("button").first.click()
    expect(page.get_by_role("table").get_by_text("派遣所在的一期")).to_be_visible()


def test_the_matrix_tells_who_is_responsible(make_page: MakePage) -> None:
    page = make_page("wang", "/duties")
    expect(page.get_by_role("heading", name="职责清单与责任矩阵")).to_be_visible()
    expect(page.get_by_text("无人").or_(page.get_by_role("alert")).first).to_be_visible()


def test_operators_do_not_see_the_rooms_of_admins(make_page: MakePage) -> None:
    page = make_page("zhao", "/access")
    expect(page.get_by_text("您没有查看此页的权限")).to_be_visible()
    expect(page.get_by_role("link", name="权限")).to_have_count(0)
