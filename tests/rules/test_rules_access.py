from __future__ import annotations

import pytest

from app.errors import Forbidden, InputError, Refused
from app.rules.accounts.access import (
    ROLE_SCOPES,
    SCOPES,
    Caller,
    check_admin_stays,
    check_name,
    check_role,
    check_scopes,
)


@pytest.mark.parametrize("role", ROLE_SCOPES)
@pytest.mark.parametrize("scope", SCOPES)
def test_a_role_gives_its_scopes_and_no_others(role: str, scope: str) -> None:
    caller = Caller("user:wang", ROLE_SCOPES[role])
    if scope in ROLE_SCOPES[role]:
        caller.require(scope)  # type: ignore[arg-type]
    else:
        with pytest.raises(Forbidden, match=scope):
            caller.require(scope)  # type: ignore[arg-type]


def test_only_the_administrator_may_administer() -> None:
    assert [role for role, scopes in ROLE_SCOPES.items() if "admin" in scopes] == ["admin"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Wang.Fang", "wang.fang"),
        (" 王芳 ", "王芳"),
        ("ｗａｎｇ", "wang"),
        ("a@b.example", "a@b.example"),
        ("9-to-5", "9-to-5"),
    ],
)
def test_names_that_look_alike_are_one(given: str, kept: str) -> None:
    assert check_name(given) == kept


@pytest.mark.parametrize("name", ["", " ", "a b", "_hidden", "user:wang", "a/b", "x" * 65, "a\nb", "<b>"])
def test_names_that_would_confuse_are_refused(name: str) -> None:
    with pytest.raises(InputError):
        check_name(name)


def test_roles_and_scopes_are_from_the_list() -> None:
    assert check_role("planner") == "planner"
    assert check_scopes(["plan", "lookup", "plan"]) == ["lookup", "plan"]
    for wrong in ([], ["everything"]):
        with pytest.raises(InputError):
            check_scopes(wrong)
    with pytest.raises(InputError):
        check_role("root")


def test_the_last_administrator_stays() -> None:
    with pytest.raises(Refused) as refused:
        check_admin_stays("wang", ["wang"], stays_admin=False)
    assert "wang" in refused.value.reasons[0]
    check_admin_stays("wang", ["wang"], stays_admin=True)
    check_admin_stays("wang", ["li", "wang"], stays_admin=False)
    check_admin_stays("li", ["wang"], stays_admin=False)
