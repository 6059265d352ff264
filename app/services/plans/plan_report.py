"""A short report on one plan for those who decide: HTML or PDF, Chinese or English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.errors import InputError
from app.files.reports.page import PlanReport, render
from app.files.reports.pdf import to_pdf
from app.files.reports.pictures import Ground as Drawn
from app.models.plans import Plan
from app.services.plans import plan_publication, plans
from app.services.plans.plan_judgement import Ground, ground_of, judge
from app.services.plans.plan_replay import summary_of
from app.spatial.drawing.outlines import lines_between, simplified
from app.store.frames import spread
from app.store.networks import editions as editions_store
from app.store.networks import networks as networks_store
from app.store.plans import plans as store

Format = Literal["html", "pdf"]
FORMATS: tuple[Format, ...] = get_args(Format)


def make_report(
    session: Session, plan: Plan, form: str, language: str, now: datetime, replay: int | None = None
) -> bytes:
    """The report as a file's content. `replay`: the run of a replay of this plan, whose figures and map come along.

    Raises Conflict for a plan without grids, InputError for a format or a language that there is not, Unavailable
    where no PDF can be made.
    """
    if form not in FORMATS:
        raise InputError(f"no report as {form!r}; there are: {', '.join(FORMATS)}")
    html = render(tell(session, plan, now, replay), language)
    return to_pdf(html) if form == "pdf" else html.encode()


def form_of(path: Path) -> str:
    """html or pdf, by the file's name. Raises InputError."""
    form = path.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        raise InputError(f"{path.name}: a report is a .html or a .pdf")
    return form


def tell(session: Session, plan: Plan, now: datetime, replay: int | None = None) -> PlanReport:
    """What the report says, from the stored plan."""
    ground = ground_of(session, plan)
    events = summary_of(session, plan, replay) if replay is not None else None
    breaches, excuse = _breaches(session, plan)
    return PlanReport(
        plan=plans.describe(session, plan),
        judged=judge(ground),
        ground=drawn(ground, events),
        editions=[(code, each.id, each.content_hash) for code, each in store.editions(session, plan.id).items()],
        made_at=now,
        outside=_outside(ground),
        breaches=breaches,
        excuse=excuse,
        events=events,
        names={network.code: network.name for network in networks_store.every(session)},
    )


def _breaches(session: Session, plan: Plan) -> tuple[list[str], str]:
    """Breaches of the rules of a published edition; of a published plan, those that it was published with and why."""
    edition = editions_store.of_plan(session, plan.id) if plan.status == store.PUBLISHED else None
    if edition is not None:
        return list(edition.report.get("breaches", [])), str(edition.report.get("excuse", ""))
    return plan_publication.find_breaches(session, plan, store.grids_frame(session, plan.id)), ""


def drawn(ground: Ground, events: Mapping[str, Any] | None = None) -> Drawn:
    """The maps' ground: grids with what colours them; `events` is the summary of a replay."""
    grids = simplified(spread(ground.grids, "scores", ("deviation", "kept_old")))
    if not ground.networks:
        grids = grids.drop(columns="kept_old")
    if events:
        counted = dict(zip(events["grids"]["code"], events["grids"]["events"], strict=True))
        amounts = grids["code"].map(counted).fillna(0).astype(float)
        mean = amounts.groupby(grids["kind"]).transform("mean")
        grids["load"] = np.divide(amounts, mean, out=np.zeros(len(grids)), where=(mean > 0).to_numpy())
    return Drawn(grids, lines_between(grids, "area"))


def _outside(ground: Ground) -> list[tuple[str, str, str, float, float]]:
    """Grids outside their band, the furthest from the target first."""
    banded = ground.grids[~ground.grids["campus"] & ~ground.grids["inside_band"].astype(bool)]
    rows = pd.DataFrame(banded[["code", "name", "kind", "amount", "target"]]).to_dict("records")
    found = [
        (row["code"], row["name"], row["kind"], float(row["amount"]), float(row["amount"] / row["target"] - 1.0))
        for row in rows
    ]
    return sorted(found, key=lambda row: (-abs(row[4]), row[0]))
