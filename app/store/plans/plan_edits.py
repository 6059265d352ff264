"""The history of a plan's edits, and the writing of what one edit changed: touched rows only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_json
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, defer

from app.models.plan_edits import PlanEdit
from app.models.plans import Piece, PlanGrid
from app.store.frames import as_geometry, select_frame

EDIT, UNDO, REDO = "edit", "undo", "redo"
RELABEL = text("""
    UPDATE pieces SET grid = NULLIF(r.grid, ''), kind = r.kind
    FROM unnest(CAST(:pieces AS int[]), CAST(:grids AS text[]), CAST(:kinds AS text[])) AS r(piece, grid, kind)
    WHERE pieces.plan_id = :plan_id AND NOT pieces.superseded AND pieces.piece = r.piece
""")
EXPLAIN = text("""
    UPDATE pieces SET evidence = r.evidence
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(piece int, evidence jsonb)
    WHERE pieces.plan_id = :plan_id AND NOT pieces.superseded AND pieces.piece = r.piece
""")
UNCOVER = text("""
    WITH gone AS (DELETE FROM pieces WHERE plan_id = :plan_id AND derived AND piece = ANY(:pieces))
    UPDATE pieces SET superseded = piece = ANY(:stood_for)
    WHERE plan_id = :plan_id AND NOT derived AND piece = ANY(:pieces)
""")
ADD_PIECES = text("""
    INSERT INTO pieces (plan_id, piece, area, sources, kind, evidence, grid, area_m2, quantities, derived, geom)
    SELECT :plan_id, r.piece, r.area, r.sources, r.kind, r.evidence, NULLIF(r.grid, ''), r.area_m2, r.quantities,
           true, ST_SetSRID(CAST(r.shape AS geometry), 4326)
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
        piece int, area text, sources jsonb, kind text, evidence jsonb, grid text, area_m2 float8, quantities jsonb,
        shape text)
""")
REMOVE_GRIDS = text("DELETE FROM plan_grids WHERE plan_id = :plan_id AND code = ANY(:codes)")
PUT_GRIDS = text("""
    INSERT INTO plan_grids (plan_id, code, name, kind, area, area_m2, pieces, quantities, scores, lock, decision,
                            breaches, geom)
    SELECT :plan_id, r.code, r.name, r.kind, r.area, r.area_m2, r.pieces, r.quantities, r.scores,
           NULLIF(r.lock, 'null'), NULLIF(r.decision, 'null'), r.breaches, ST_SetSRID(CAST(r.shape AS geometry), 4326)
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
        code text, name text, kind text, area text, area_m2 float8, pieces int, quantities jsonb, scores jsonb,
        lock jsonb, decision jsonb, breaches jsonb, shape text)
    ON CONFLICT (plan_id, code) DO UPDATE SET
        (name, kind, area, area_m2, pieces, quantities, scores, lock, decision, breaches, geom) =
        (EXCLUDED.name, EXCLUDED.kind, EXCLUDED.area, EXCLUDED.area_m2, EXCLUDED.pieces, EXCLUDED.quantities,
         EXCLUDED.scores, EXCLUDED.lock, EXCLUDED.decision, EXCLUDED.breaches, EXCLUDED.geom)
""")
REMOVE_LINEAGE = text("DELETE FROM lineage WHERE plan_id = :plan_id AND new = ANY(:codes)")
ADD_LINEAGE = text("""
    INSERT INTO lineage (plan_id, network, old, new, share_area, shares)
    SELECT :plan_id, r.network, r.old, r.new, r.share_area, r.shares
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
        network text, old text, new text, share_area float8, shares jsonb)
""")
Rows = Sequence[Mapping[str, Any]]


def relabel(
    session: Session, plan_id: int, grids: Mapping[int, str], kinds: Mapping[int, str], evidence: Mapping[int, Any]
) -> None:
    """Pieces (by number) to their new grids ('' for none) and kinds, in two statements at most."""
    if grids:
        said = {"pieces": list(grids), "grids": list(grids.values()), "kinds": [kinds[piece] for piece in grids]}
        session.execute(RELABEL, {"plan_id": plan_id, **said})
    if evidence:
        rows = [{"piece": piece, "evidence": known} for piece, known in evidence.items()]
        session.execute(EXPLAIN, {"plan_id": plan_id, "rows": _json(rows)})


def replace_pieces(session: Session, plan_id: int, before: Sequence[int], rows: Rows) -> None:
    """The pieces numbered `before` in other polygons. A row that is not `derived` is the overlay's own, which is there
    still: it only comes to light again, with its labels."""
    if not before and not rows:
        return
    made = [row for row in rows if row["derived"]]
    numbers = sorted({*before, *(row["piece"] for row in rows)})
    covered = [row["piece"] for row in made]
    session.execute(UNCOVER, {"plan_id": plan_id, "pieces": numbers, "stood_for": covered})
    if made:
        session.execute(ADD_PIECES, {"plan_id": plan_id, "rows": _json(made)})
    own = [row for row in rows if not row["derived"]]
    grids, kinds = ({row["piece"]: row[name] for row in own} for name in ("grid", "kind"))
    relabel(session, plan_id, grids, kinds, {row["piece"]: row["evidence"] for row in own})


def replace_grids(session: Session, plan_id: int, gone: Sequence[str], rows: Rows) -> None:
    if gone:
        session.execute(REMOVE_GRIDS, {"plan_id": plan_id, "codes": list(gone)})
    if rows:
        session.execute(PUT_GRIDS, {"plan_id": plan_id, "rows": _json(rows)})


def replace_lineage(session: Session, plan_id: int, codes: Sequence[str], rows: Rows) -> None:
    """`rows` in place of the lineage of the new grids `codes`."""
    if codes:
        session.execute(REMOVE_LINEAGE, {"plan_id": plan_id, "codes": list(codes)})
    if rows:
        session.execute(ADD_LINEAGE, {"plan_id": plan_id, "rows": _json(rows)})


def add(session: Session, entry: PlanEdit) -> PlanEdit:
    session.add(entry)
    session.flush()
    return entry


def history(session: Session, plan_id: int, *, limit: int, before: int | None = None) -> list[PlanEdit]:
    """Without the changes themselves, newest first; `before`: only versions below it."""
    query = select(PlanEdit).where(PlanEdit.plan_id == plan_id).options(defer(PlanEdit.before), defer(PlanEdit.after))
    if before is not None:
        query = query.where(PlanEdit.version < before)
    return list(session.scalars(query.order_by(PlanEdit.version.desc()).limit(limit)))


def since(session: Session, plan_id: int, version: int) -> list[PlanEdit]:
    """Steps after `version`, oldest first, without the changes themselves."""
    query = select(PlanEdit).where(PlanEdit.plan_id == plan_id, PlanEdit.version > version)
    return list(
        session.scalars(query.options(defer(PlanEdit.before), defer(PlanEdit.after)).order_by(PlanEdit.version))
    )


def get(session: Session, edit_id: int) -> PlanEdit:
    """With its change; of a step that exists."""
    return session.get_one(PlanEdit, edit_id)


def last_done(session: Session, plan_id: int) -> PlanEdit | None:
    """The edit that an undo takes back."""
    return session.scalar(_edits(plan_id).where(PlanEdit.undone.is_(False)).order_by(PlanEdit.version.desc()).limit(1))


def next_undone(session: Session, plan_id: int) -> PlanEdit | None:
    """The edit that a redo does again: the oldest undone since the last one that stands."""
    done = last_done(session, plan_id)
    query = _edits(plan_id).where(PlanEdit.undone)
    if done is not None:
        query = query.where(PlanEdit.version > done.version)
    return session.scalar(query.order_by(PlanEdit.version).limit(1))


def _edits(plan_id: int) -> Any:
    return select(PlanEdit).where(PlanEdit.plan_id == plan_id, PlanEdit.action == EDIT, PlanEdit.closed.is_(False))


def grids(session: Session, plan_id: int) -> Any:
    """All grids with locks, decisions and breaches, in EPSG:4326, by code."""
    columns = (
        PlanGrid.code, PlanGrid.name, PlanGrid.kind, PlanGrid.area, PlanGrid.area_m2, PlanGrid.pieces,
        PlanGrid.quantities, PlanGrid.scores, PlanGrid.lock, PlanGrid.decision, PlanGrid.breaches,
    )  # fmt: skip
    query = select(*columns, as_geometry(PlanGrid.geom)).where(PlanGrid.plan_id == plan_id)
    return select_frame(session, query.order_by(PlanGrid.code.collate("C")))


def derived(session: Session, plan_id: int) -> set[int]:
    """Numbers of the pieces that a split or an edit made or changed."""
    return set(session.scalars(select(Piece.piece).where(Piece.plan_id == plan_id, Piece.derived)))


def breaches(session: Session, plan_id: int) -> list[dict[str, Any]]:
    """Rules that edits broke: `grid`, `rule`, `says`."""
    query = (
        select(PlanGrid.code, PlanGrid.breaches)
        .where(PlanGrid.plan_id == plan_id, func.jsonb_array_length(PlanGrid.breaches) > 0)
        .order_by(PlanGrid.code.collate("C"))
    )
    return [{"grid": code, **breach} for code, found in session.execute(query) for breach in found]


def locks(session: Session, plan_id: int) -> list[dict[str, Any]]:
    """Locked grids: `grid`, `reason`, `by`, `at`."""
    query = select(PlanGrid.code, PlanGrid.lock).where(PlanGrid.plan_id == plan_id, PlanGrid.lock.is_not(None))
    return [{"grid": code, **lock} for code, lock in session.execute(query.order_by(PlanGrid.code.collate("C")))]


def _json(rows: Any) -> str:
    return to_json(rows, inf_nan_mode="null").decode()
