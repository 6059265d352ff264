"""/api/v1/sign-in, /sign-out for programs that run in a browser; /sign-in, a plain page for people."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, SecretStr

from app.api.callers import cookie_name
from app.api.dependencies import (
    AnyCaller,
    Now,
    SessionDep,
    SettingsDep,
    Transactions,
    client_address,
    request_id,
    same_origin,
)
from app.errors import TooManyAttempts, Unauthenticated
from app.services.accounts import sign_in
from app.services.accounts.sign_in import Door, SignedIn
from app.settings import Settings

router = APIRouter(tags=["sign-in"])
OwnPage = Depends(same_origin)
WORDS = {
    "": "",
    "wrong": "名称或密码有误,或链接已失效。 Name or password is wrong, or the link was used already or is too old.",
    "wait": "尝试次数过多,请稍后再试。 Too many attempts: wait a while.",
}
PAGE = """<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>登录 · Sign in — OneGrid</title>
<link rel="icon" href="favicon.svg" type="image/svg+xml">
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:22rem;margin:12vh auto;padding:0 1rem}}
label,input,button{{display:block;width:100%;box-sizing:border-box;font:inherit}}
input,button{{padding:.5rem;margin:.25rem 0 1rem}}</style></head>
<body><h1>OneGrid</h1><p role="alert">{message}</p><form method="post" action="sign-in">{fields}
<button type="submit">登录 · Sign in</button></form></body></html>"""
BY_PASSWORD = """<label>名称 · Name <input name="name" autocomplete="username" required autofocus></label>
<label>密码 · Password <input name="password" type="password" autocomplete="current-password" required></label>"""
BY_LINK = """<p>点击按钮登录,链接只能使用一次。 Press the button to sign in; the link works once.</p>
<input type="hidden" name="token" value="{token}">"""


class PasswordSignIn(BaseModel):
    name: str
    password: SecretStr


class LinkSignIn(BaseModel):
    token: SecretStr


class SignInAnswer(BaseModel):
    name: str
    role: str
    scopes: list[str]
    expires_at: datetime


async def door(request: Request, settings: SettingsDep, now: Now) -> Door:
    return Door(now, timedelta(hours=settings.session_hours), client_address(request), request_id(request))


TheDoor = Annotated[Door, Depends(door)]


@router.post("/api/v1/sign-in", dependencies=[OwnPage])
def sign_in_with_password(
    body: PasswordSignIn, response: Response, transaction: Transactions, settings: SettingsDep, door: TheDoor
) -> SignInAnswer:
    """Sign in with name and password; the answer sets the cookie."""
    made = _with_password(transaction, body.name, body.password.get_secret_value(), door)
    _set_cookie(response, settings, made)
    return SignInAnswer(name=made.user, role=made.role, scopes=sorted(made.scopes), expires_at=made.expires_at)


@router.post("/api/v1/sign-in/link", dependencies=[OwnPage])
def sign_in_with_link(
    body: LinkSignIn, response: Response, session: SessionDep, settings: SettingsDep, door: TheDoor
) -> SignInAnswer:
    """Sign in with the token of a one-time link."""
    made = sign_in.with_link(session, body.token.get_secret_value(), door)
    _set_cookie(response, settings, made)
    return SignInAnswer(name=made.user, role=made.role, scopes=sorted(made.scopes), expires_at=made.expires_at)


@router.post("/api/v1/sign-out", status_code=204)
def sign_out(request: Request, session: SessionDep, settings: SettingsDep, caller: AnyCaller, now: Now) -> Response:
    """End this browser's sign-in."""
    name = cookie_name(settings)
    if token := request.cookies.get(name):
        sign_in.sign_out(session, caller, token, now=now)
        request.app.state.callers.forget()
    response = Response(status_code=204)
    response.delete_cookie(name, secure=settings.secure_cookies, httponly=True, samesite="lax")
    return response


@router.get("/sign-in", include_in_schema=False)
def sign_in_page(token: str = "", problem: str = "") -> HTMLResponse:
    """The form. Looking at it uses nothing up: mail programs and chats open links to preview them."""
    fields = BY_LINK.format(token=escape(token)) if token else BY_PASSWORD
    return HTMLResponse(PAGE.format(message=escape(WORDS.get(problem, "")), fields=fields))


@router.post("/sign-in", include_in_schema=False, dependencies=[OwnPage])
def sign_in_from_page(
    transaction: Transactions,
    settings: SettingsDep,
    door: TheDoor,
    token: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> RedirectResponse:
    """What the form sends; on to the map, or back to the form with a word on what was wrong."""
    try:
        made = _with_link(transaction, token, door) if token else _with_password(transaction, name, password, door)
    except Unauthenticated:
        return RedirectResponse("sign-in?problem=wrong", status_code=303)
    except TooManyAttempts:
        return RedirectResponse("sign-in?problem=wait", status_code=303)
    response = RedirectResponse("./", status_code=303)
    _set_cookie(response, settings, made)
    return response


def _with_password(transaction: Transactions, name: str, password: str, door: Door) -> SignedIn:
    """Two transactions: the attempt stays counted when signing in fails."""
    with transaction() as session:
        sign_in.count_attempt(session, name, origin=door.origin, now=door.now)
    with transaction() as session:
        return sign_in.with_password(session, name, password, door)


def _with_link(transaction: Transactions, token: str, door: Door) -> SignedIn:
    with transaction() as session:
        return sign_in.with_link(session, token, door)


def _set_cookie(response: Response, settings: Settings, made: SignedIn) -> None:
    response.set_cookie(
        cookie_name(settings),
        made.token,
        expires=made.expires_at,
        path="/",
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )
