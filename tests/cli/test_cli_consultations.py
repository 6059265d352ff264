"""`onegrid plans consult|comments|end-consultation` by the entry point of the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess

from planned_city import build, divided

from app import db
from app.rules.accounts.access import Caller
from app.services.plans import consultations
from app.services.plans.consultations import Comment

Command = Callable[..., CompletedProcess[str]]


def test_a_plan_is_opened_read_and_ended(command: Command, database: str, tmp_path: Path) -> None:
    engine = db.make_engine(database)
    with db.transaction(engine) as session:
        build(session, tmp_path)
        plan = divided(session, "spring").id
    order = ("plans", "consult", "spring", "--until", "2099-01-01", "--words", "请看", "--json")
    opened = json.loads(command(*order).stdout)
    assert (opened["is_open"], opened["words"], opened["closes_at"]) == (True, "请看", "2099-01-01T00:00:00+08:00")
    with db.transaction(engine) as session:
        said = Comment(text="太大了")
        consultations.comment(session, Caller("public", frozenset()), plan, said, datetime.now(UTC), "0123456789abcdef")
    engine.dispose()
    (comment,) = json.loads(command("plans", "comments", "spring", "--json").stdout)
    assert (comment["text"], comment["grid"], comment["is_current"]) == ("太大了", None, True)
    ended = command("plans", "end-consultation", "spring")
    assert ended.stdout.strip() == "plan spring: not open for comment, 1 comments"
    again = command("plans", "end-consultation", "spring")
    assert (again.returncode, again.stderr.strip()) == (1, "onegrid: plan 'spring' is not open for comment")
