"""/users, /keys and /audit."""

from __future__ import annotations

from fastapi.testclient import TestClient

Headers = dict[str, str]


def test_users_are_added_changed_and_listed(client: TestClient, admin: Headers) -> None:
    made = client.post("/api/v1/users", json={"name": "Li.Na", "role": "viewer"}, headers=admin)
    assert made.status_code == 201
    assert made.json() | {"created_at": ""} == {
        "name": "li.na",
        "role": "viewer",
        "active": True,
        "has_password": False,
        "created_at": "",
    }
    changed = client.patch(
        "/api/v1/users/li.na", json={"role": "planner", "password": "seven quiet harbours"}, headers=admin
    )
    assert (changed.json()["role"], changed.json()["has_password"]) == ("planner", True)
    listed = client.get("/api/v1/users", headers=admin).json()
    assert [user["name"] for user in listed] == ["li.na"]
    assert "argon2" not in client.get("/api/v1/users", headers=admin).text


def test_refusals_of_users(client: TestClient, admin: Headers) -> None:
    boss = {"name": "boss", "role": "admin"}
    assert client.post("/api/v1/users", json=boss, headers=admin).status_code == 201
    assert client.post("/api/v1/users", json=boss, headers=admin).status_code == 409
    assert client.post("/api/v1/users", json={"name": "a b", "role": "viewer"}, headers=admin).status_code == 422
    assert client.patch("/api/v1/users/nobody", json={"active": False}, headers=admin).status_code == 404
    last = client.patch("/api/v1/users/boss", json={"active": False}, headers=admin)
    assert last.status_code == 409
    assert last.json()["reasons"] == ["boss is the only active user with the role admin"]
    weak = client.patch("/api/v1/users/boss", json={"password": "password123"}, headers=admin)
    assert weak.status_code == 422
    assert "password123" not in weak.text


def test_a_key_is_shown_once(client: TestClient, admin: Headers) -> None:
    made = client.post("/api/v1/keys", json={"name": "city-app", "scopes": ["lookup"]}, headers=admin)
    assert made.status_code == 201
    key = made.json()["key"]
    assert client.get("/api/v1/me", headers={"Authorization": f"Bearer {key}"}).json()["name"] == "city-app"
    listed = client.get("/api/v1/keys", headers=admin)
    assert key not in listed.text
    (shown,) = [row for row in listed.json() if row["name"] == "city-app"]
    assert key.startswith(f"og_{shown['prefix']}_")
    assert set(shown) == {"name", "prefix", "scopes", "created_by", "created_at", "expires_at", "revoked_at"}


def test_refusals_of_keys(client: TestClient, admin: Headers) -> None:
    def status(**body: object) -> int:
        return client.post("/api/v1/keys", json=body, headers=admin).status_code

    assert status(name="a", scopes=["lookup"]) == 201
    assert status(name="a", scopes=["lookup"]) == 409
    assert status(name="b", scopes=[]) == 422
    assert status(name="b", scopes=["everything"]) == 422
    assert status(name="b", scopes=["lookup"], expires_at="2020-01-01T00:00:00Z") == 422
    assert status(name="b", scopes=["lookup"], expires_at="2999-01-01T00:00:00") == 422, "a moment needs its zone"
    assert client.delete("/api/v1/keys/nobody", headers=admin).status_code == 404


def test_every_write_is_in_the_trail_with_where_it_came_from(client: TestClient, admin: Headers) -> None:
    sent = admin | {"X-Request-ID": "trace-12345678"}
    client.post("/api/v1/users", json={"name": "li", "role": "viewer"}, headers=sent)
    client.patch("/api/v1/users/li", json={"role": "planner"}, headers=sent)
    client.post("/api/v1/users/li/links", headers=sent)
    client.post("/api/v1/keys", json={"name": "city-app", "scopes": ["lookup"]}, headers=sent)
    client.delete("/api/v1/keys/city-app", headers=sent)
    client.post("/api/v1/networks", json={"code": "civilization", "name": "文明网格"}, headers=sent)
    page = client.get("/api/v1/audit", params={"actor": "key:test-lookup-events-plan-admin"}, headers=admin).json()
    done = [(entry["action"].split()[0], entry["subject"]) for entry in reversed(page["entries"])]
    assert done == [
        ("add", "user/li"),
        ("change", "user/li"),
        ("make", "user/li"),
        ("add", "key/city-app"),
        ("revoke", "key/city-app"),
        ("add", "network/civilization"),
    ]
    assert {(entry["origin"], entry["request_id"]) for entry in page["entries"]} == {("10.0.0.7", "trace-12345678")}


def test_a_refused_write_leaves_no_entry(client: TestClient, admin: Headers) -> None:
    before = client.get("/api/v1/audit", headers=admin).json()["entries"]
    client.post("/api/v1/users", json={"name": "li", "role": "viewer", "password": "weak"}, headers=admin)
    assert client.get("/api/v1/audit", headers=admin).json()["entries"] == before


def test_pages_of_the_trail(client: TestClient, admin: Headers) -> None:
    for number in range(5):
        client.post("/api/v1/users", json={"name": f"u{number}", "role": "viewer"}, headers=admin)
    seen, before = [], None
    while True:
        params = {"subject": "user", "limit": 2} | ({"before": before} if before else {})
        page = client.get("/api/v1/audit", params=params, headers=admin).json()
        seen += [entry["subject"] for entry in page["entries"]]
        before = page["next"]
        if before is None:
            break
    assert seen == [f"user/u{number}" for number in reversed(range(5))]
    assert client.get("/api/v1/audit", params={"limit": 0}, headers=admin).status_code == 422
