"""An admin lets people and machines in, brings lists, and looks at who is responsible for what."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
from playwright.sync_api import Page, expect

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


def test_the_matrix_tells_who_is_responsible(make_page: MakePage) -> None:
    page = make_page("wang", "/duties")
    expect(page.get_by_role("heading", name="职责清单与责任矩阵")).to_be_visible()
    expect(page.get_by_text("无人").or_(page.get_by_role("alert")).first).to_be_visible()


def test_operators_do_not_see_the_rooms_of_admins(make_page: MakePage) -> None:
    page = make_page("zhao", "/access")
    expect(page.get_by_text("您没有查看此页的权限")).to_be_visible()
    expect(page.get_by_role("link", name="权限")).to_have_count(0)
