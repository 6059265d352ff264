"""`onegrid staff transfers`: proposals kept with a plan, decided, in force, taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session
from staffed_plan import ADMIN, divide, make_plan
from typer.testing import CliRunner

from app import db
from app.cli import app, context
from app.errors import OneGridError
from app.services.plans import plan_publication
from app.services.progress import silent
from app.services.staff import transfer_decisions

Run = Callable[..., Any]
FROM = "2999-12-01T00:00:00+00:00"  # still to come, so that it can be taken back


@pytest.fixture
def transfers(session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """`transfers("accept", "--all")` of the plan `spring` → its JSON; `fails=True` → the words of its domain error."""
    divide(session, make_plan(session, tmp_path))
    monkeypatch.setattr(context, "transaction", partial(db.transaction, session.connection()))

    def run_here(kind: str, parameters: dict[str, Any], *, quiet: bool = False) -> dict[str, Any]:
        assert kind == "propose_transfers"
        return transfer_decisions.keep_step(session, ADMIN, parameters, silent())

    monkeypatch.setattr(context, "run", run_here)  # a run has connections of its own, outside the test's transaction

    def run(command: str, *words: object, fails: bool = False) -> Any:
        result = CliRunner().invoke(app, ["staff", "transfers", command, "spring", *map(str, words), "--json"])
        if fails:
            assert isinstance(result.exception, OneGridError), result.output
            return str(result.exception)
        assert result.exit_code == 0, result.output + repr(result.exception)
        return json.loads(result.stdout)

    return run


def test_from_proposals_to_posts_and_back(transfers: Run, session: Session) -> None:
    assert "no proposals are kept" in transfers("accept", "--all", fails=True)
    made = transfers("propose", "--at", FROM, "--balance", 0.5)
    assert (made["posts"], made["parameters"]["balance"]) == (20, 0.5)
    rows = transfers("list")
    members = [row["post"] for row in rows if row["old_role"] == "grid_member"]
    assert transfers("accept", "--all", "--sure")["accepted"] == sum(row["sure"] for row in rows)
    assert transfers("accept", "--all", "--why", "seen with the offices")["open"] == 0
    assert transfers("leave", members[0], "--why", "retires")["leaves"] == 1
    transfers("edit", members[1], "--role", "志愿者", "--why", "asked for it")
    assert [row["to_role"] for row in transfers("list", "--edited")] == ["volunteer"]
    assert transfers("reset", members[2])["open"] == 1
    assert "not published" in transfers("apply", fails=True)
    assert transfers("show")["problems"] == []
    order = {"plan": "spring", "valid_from": FROM, "excuse": "a test"}
    staff = plan_publication.publish_step(session, ADMIN, order, silent())["staff"]
    assert (staff["moved"], staff["left"], staff["stayed"]) == (18, 1, 1)
    assert transfers("show")["status"] == "applied"
    assert transfers("undo")["posts"] == 19
    assert transfers("show")["status"] == "undone"
    transfers("propose", "--at", FROM)
    transfers("accept", "--all", "--why", "once more")
    assert transfers("apply", "--valid-from", "3000-01-01")["moved"] == 20
