from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.api.callers import COOKIE
from app.services.accounts import sign_in
from tests.api.conftest import PASSWORD

Headers = dict[str, str]


def enter(client: TestClient, name: str = "wang", password: str = PASSWORD) -> None:
    answer = client.post("/api/v1/sign-in", json={"name": name, "password": password})
    assert answer.status_code == 200, answer.text


def make_link(client: TestClient, admin: Headers) -> str:
    return client.post("/api/v1/users/wang/links", headers=admin).json()["url"]


def test_password_to_cookie_to_me_to_sign_out(client: TestClient, wang: str) -> None:
    answer = client.post("/api/v1/sign-in", json={"name": wang, "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.json()["scopes"] == ["lookup", "plan"]
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith(f"{COOKIE}=")
    for attribute in ("httponly", "samesite=lax", "path=/", "expires="):
        assert attribute in cookie
    assert "secure" not in cookie
    token = client.cookies[COOKIE]
    assert token not in answer.text
    assert client.get("/api/v1/me").json() == {"kind": "user", "name": "wang", "scopes": ["lookup", "plan"]}
    assert client.post("/api/v1/sign-out").status_code == 204
    client.cookies.set(COOKIE, token)
    assert client.get("/api/v1/me").status_code == 401


def test_behind_tls_the_cookie_is_for_this_host_over_https_only(
    make_client: Callable[..., TestClient], wang: str
) -> None:
    client = make_client(secure_cookies=True)
    answer = client.post("/api/v1/sign-in", json={"name": wang, "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"__Host-{COOKIE}=")
    assert "; Secure" in cookie
    assert "domain" not in cookie.lower()


@pytest.mark.parametrize(("name", "password"), [("wang", "wrong"), ("nobody", PASSWORD), ("", ""), ("a b", "x")])
def test_wrong_name_and_wrong_password_answer_alike(client: TestClient, wang: str, name: str, password: str) -> None:
    answer = client.post("/api/v1/sign-in", json={"name": name, "password": password})
    assert answer.status_code == 401
    assert answer.json()["detail"] == "name or password is wrong"
    assert "set-cookie" not in answer.headers


def test_failed_attempts_stay_counted_although_they_fail(client: TestClient, wang: str) -> None:
    wrong = {"name": wang, "password": "wrong"}
    answers = [client.post("/api/v1/sign-in", json=wrong).status_code for _ in range(sign_in.TRIES_AT_A_NAME + 1)]
    assert answers == [401] * sign_in.TRIES_AT_A_NAME + [429]
    refused = client.post("/api/v1/sign-in", json={"name": wang, "password": PASSWORD})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 15 * 60


def test_looking_at_a_link_uses_nothing_up_and_the_button_does(client: TestClient, admin: Headers, wang: str) -> None:
    url = make_link(client, admin)
    path = url[url.index("/sign-in") :]
    token = url.partition("token=")[2]
    for _ in range(2):
        page = client.get(path)
        assert page.status_code == 200
        assert token in page.text
        assert "<script" not in page.text
    entered = client.post("/sign-in", data={"token": token})
    assert (entered.status_code, entered.headers["location"]) == (303, "./")
    assert client.get("/api/v1/me").json()["name"] == "wang"
    client.cookies.clear()
    again = client.post("/sign-in", data={"token": token})
    assert (again.status_code, again.headers["location"]) == (303, "sign-in?problem=wrong")
    assert 'role="alert"' in client.get("/sign-in?problem=wrong").text


def test_the_page_signs_in_with_a_password_too(client: TestClient, wang: str) -> None:
    refused = client.post("/sign-in", data={"name": wang, "password": "wrong"})
    assert refused.headers["location"] == "sign-in?problem=wrong"
    entered = client.post("/sign-in", data={"name": wang, "password": PASSWORD})
    assert entered.headers["location"] == "./"
    assert client.get("/api/v1/me").json()["name"] == "wang"


def test_the_page_repeats_nothing_unescaped(client: TestClient) -> None:
    page = client.get('/sign-in?token="><script>alert(1)</script>&problem=<b>').text
    assert "<script" not in page
    assert "<b>" not in page


def test_the_api_takes_a_links_token_once(client: TestClient, admin: Headers, wang: str) -> None:
    token = make_link(client, admin).partition("token=")[2]
    assert client.post("/api/v1/sign-in/link", json={"token": token}).status_code == 200
    client.cookies.clear()
    assert client.post("/api/v1/sign-in/link", json={"token": token}).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
    ],
)
def test_a_page_of_another_site_writes_nothing_with_the_cookie(client: TestClient, wang: str, headers: Headers) -> None:
    enter(client)
    body = {"code": "civilization", "name": "文明网格"}
    assert client.post("/api/v1/networks", json=body, headers=headers).status_code == 403
    assert client.get("/api/v1/networks", headers=headers).status_code == 200
    assert client.post("/sign-in", data={"name": wang, "password": PASSWORD}, headers=headers).status_code == 403
    assert client.post("/api/v1/sign-in", json={"name": "a", "password": "b"}, headers=headers).status_code == 403


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"}])
def test_our_own_page_writes_with_the_cookie(client: TestClient, wang: str, headers: Headers) -> None:
    enter(client)
    body = {"code": "civilization", "name": "文明网格"}
    assert client.post("/api/v1/networks", json=body, headers=headers).status_code == 201


def test_a_key_needs_no_proof_of_origin(client: TestClient, make_key: Callable[..., Headers]) -> None:
    headers = make_key("plan") | {"Origin": "https://city.example"}
    assert (
        client.post("/api/v1/networks", json={"code": "civilization", "name": "x"}, headers=headers).status_code == 201
    )


def test_ones_own_password(client: TestClient, wang: str) -> None:
    enter(client)
    wrong = client.put("/api/v1/me/password", json={"current": "wrong", "new": "seven quiet harbours"})
    assert wrong.status_code == 422
    changed = client.put("/api/v1/me/password", json={"current": PASSWORD, "new": "seven quiet harbours"})
    assert changed.status_code == 204
    assert client.get("/api/v1/me").status_code == 401, "the old sign-in has ended"
    enter(client, password="seven quiet harbours")


def test_guessing_the_current_password_is_counted(client: TestClient, wang: str) -> None:
    enter(client)
    guess = {"current": "wrong", "new": "seven quiet harbours"}
    answers = {client.put("/api/v1/me/password", json=guess).status_code for _ in range(sign_in.TRIES_AT_A_NAME + 1)}
    assert answers == {422, 429}


def test_a_user_disabled_by_an_administrator_is_out_at_once(
    client: TestClient, admin: Headers, wang: str, session: Session
) -> None:
    enter(client)
    assert client.get("/api/v1/me").status_code == 200
    assert client.patch("/api/v1/users/wang", json={"active": False}, headers=admin).status_code == 200
    assert client.get("/api/v1/me").status_code == 401
