"""Reports over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi.testclient import TestClient
from planned_city import build, divided
from sqlalchemy.orm import Session

from app.rules.accounts.access import Caller
from app.services.plans import plans


def test_a_report_in_two_formats_and_two_languages(
    session: Session, client: TestClient, make_key: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    build(session, tmp_path)
    plan = divided(session, "spring")
    bare = plans.create(session, Caller("user:li", frozenset({"plan"})), "bare", ["governance"])
    session.commit()
    base, key = f"/api/v1/plans/{plan.id}/report", make_key("lookup")
    page = client.get(base, headers=key)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "网格划分方案报告" in page.text
    assert "Report on a plan" in client.get(base, params={"lang": "en"}, headers=key).text
    pdf = client.get(base, params={"format": "pdf"}, headers=key)
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["content-disposition"] == f'inline; filename="plan_{plan.id}_zh.pdf"'
    assert pdf.content.startswith(b"%PDF")
    for wrong in ({"format": "docx"}, {"lang": "fr"}):
        assert client.get(base, params=wrong, headers=key).status_code == 422
    assert client.get(base, params={"replay": 999}, headers=key).status_code == 404
    assert client.get(base).status_code == 401
    assert client.get(f"/api/v1/plans/{bare.id}/report", headers=key).status_code == 409
