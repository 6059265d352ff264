from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.errors import NotFound
from app.models.editions import Edition
from app.models.layers import Layer
from app.models.networks import Network
from app.models.plan_edits import PlanEdit
from app.models.plans import Lineage, Piece, Plan, PlanEdition, PlanGrid, PlanLayer
from app.store.frames import as_geometry, gather, insert_frame, select_frame, spread

DRAFT, CONSOLIDATED, DIVIDED, PUBLISHED = "draft", "consolidated", "divided", "published"


def add(session: Session, plan: Plan, editions: Sequence[Edition], cuts: Sequence[Layer]) -> Plan:
    """Store a new plan with the editions it is made from and the layers that cut its pieces."""
    session.add(plan)
    session.flush()
    session.add_all(PlanEdition(plan_id=plan.id, edition_id=edition.id) for edition in editions)
    session.add_all(PlanLayer(plan_id=plan.id, layer_id=layer.id, use="cut") for layer in cuts)
    session.flush()
    return plan


def find(session: Session, name: str) -> Plan | None:
    return session.scalar(select(Plan).where(Plan.name == name))


def get(session: Session, name: str) -> Plan:
    """The plan with this name; NotFound names those there are."""
    plan = find(session, name)
    if plan is None:
        known = ", ".join(session.scalars(select(Plan.name).order_by(Plan.id))) or "none yet"
        raise NotFound(f"no plan {name!r}; there are: {known}")
    return plan


def by_id(session: Session, plan_id: int) -> Plan:
    plan = session.get(Plan, plan_id)
    if plan is None:
        raise NotFound(f"no plan {plan_id}")
    return plan


def every(session: Session) -> list[Plan]:
    return list(session.scalars(select(Plan).order_by(Plan.id)))


def lock(session: Session, plan: Plan) -> None:
    """Hold the plan's row until the transaction ends: one change of a plan at a time."""
    session.execute(select(Plan.id).where(Plan.id == plan.id).with_for_update())
    session.refresh(plan)


def editions(session: Session, plan_id: int) -> dict[str, Edition]:
    """Network code → the edition the plan is made from, in the order of the codes."""
    rows = session.execute(
        select(Network.code, Edition)
        .join(Edition, Edition.network_id == Network.id)
        .join(PlanEdition, PlanEdition.edition_id == Edition.id)
        .where(PlanEdition.plan_id == plan_id)
        .order_by(Network.code)
    )
    return {code: edition for code, edition in rows}  # noqa: C416  typed as a dict, a Row is no pair for mypy


def layers(session: Session, plan_id: int, use: str) -> list[Layer]:
    return list(
        session.scalars(
            select(Layer).join(PlanLayer).where(PlanLayer.plan_id == plan_id, PlanLayer.use == use).order_by(Layer.name)
        )
    )


def replace_quantity_layers(session: Session, plan_id: int, used: Sequence[Layer]) -> None:
    session.execute(delete(PlanLayer).where(PlanLayer.plan_id == plan_id, PlanLayer.use == "quantity"))
    session.add_all(PlanLayer(plan_id=plan_id, layer_id=layer.id, use="quantity") for layer in used)
    session.flush()


def replace_pieces(session: Session, plan_id: int, pieces: gpd.GeoDataFrame) -> int:
    """Store a pieces frame (EPSG:4326) in place of the plan's pieces; its grids and lineage go with the old ones."""
    _clear_division(session, plan_id)
    session.execute(delete(Piece).where(Piece.plan_id == plan_id))
    rows = pieces.assign(
        sources=gather(pieces, pieces.attrs["networks"]), quantities=gather(pieces, pieces.attrs["quantities"])
    )
    return insert_frame(session, Piece, rows, plan_id=plan_id)


def pieces_frame(session: Session, plan: Plan, *, unsplit: bool = False, boxes: bool = False) -> gpd.GeoDataFrame:
    """The plan's pieces frame in EPSG:4326, in the order of their numbers; `unsplit`: as the overlay left them;
    `boxes`: the boxes around the shapes instead of the shapes."""
    wanted = Piece.derived.is_(False) if unsplit else Piece.superseded.is_(False)
    statement = (
        select(
            Piece.piece,
            Piece.area,
            Piece.kind,
            Piece.grid,
            Piece.evidence,
            Piece.sources,
            Piece.quantities,
            Piece.area_m2,
            _shape(Piece.geom, boxes=boxes),
        )
        .where(Piece.plan_id == plan.id, wanted)
        .order_by(Piece.piece)
    )
    frame = select_frame(session, statement)
    networks = list(plan.consolidation.get("networks", []))
    quantities = list(plan.consolidation.get("quantities", []))
    frame = spread(frame, "quantities", quantities)
    for network in networks:
        frame[network] = [sources.get(network) or "" for sources in frame["sources"]]
    frame = frame.drop(columns="sources")
    frame.attrs = {"networks": networks, "quantities": quantities}
    return frame


def replace_division(
    session: Session, plan_id: int, pieces: gpd.GeoDataFrame, grids: gpd.GeoDataFrame, lineage: pd.DataFrame
) -> None:
    """Store kinds and grids of the pieces, the grids frame (EPSG:4326, with `quantities` and `scores` as objects) and
    the lineage (`shares` as objects) in place of what was there.

    `pieces`: a pieces frame in EPSG:4326 with `evidence` and `derived`, which marks those that a split made or changed.
    """
    _clear_division(session, plan_id)
    derived = pieces[pieces["derived"]]
    rows = derived.assign(
        sources=gather(derived, pieces.attrs["networks"]), quantities=gather(derived, pieces.attrs["quantities"])
    )
    insert_frame(session, Piece, rows, plan_id=plan_id)
    stands_for = [int(number) for number in derived["piece"]]
    session.execute(
        update(Piece)
        .where(Piece.plan_id == plan_id, Piece.derived.is_(False), Piece.piece.in_(stands_for))
        .values(superseded=True)
    )
    _label_pieces(session, plan_id, pieces[~pieces["derived"]])
    insert_frame(session, PlanGrid, grids, plan_id=plan_id)
    if len(lineage):
        session.execute(insert(Lineage), [{"plan_id": plan_id, **row} for row in lineage.to_dict("records")])


def _label_pieces(session: Session, plan_id: int, pieces: pd.DataFrame) -> None:
    """Kind, evidence and grid of pieces that the overlay made."""
    labels = {row["piece"]: row for row in pieces[["piece", "kind", "evidence", "grid"]].to_dict("records")}
    ids = session.execute(
        select(Piece.id, Piece.piece).where(Piece.plan_id == plan_id, Piece.piece.in_(list(labels)), ~Piece.derived)
    ).all()
    session.execute(
        update(Piece),
        [{"id": key, **{name: labels[piece][name] for name in ("kind", "evidence", "grid")}} for key, piece in ids],
    )


def grids_frame(session: Session, plan_id: int, *, boxes: bool = False) -> gpd.GeoDataFrame:
    """The plan's grids in EPSG:4326 in the order of their codes; `quantities` and `scores` stay objects; `boxes`: the
    boxes around the shapes instead of the shapes."""
    statement = (
        select(
            PlanGrid.code,
            PlanGrid.name,
            PlanGrid.kind,
            PlanGrid.area,
            PlanGrid.area_m2,
            PlanGrid.pieces,
            PlanGrid.quantities,
            PlanGrid.scores,
            _shape(PlanGrid.geom, boxes=boxes),
        )
        .where(PlanGrid.plan_id == plan_id)
        .order_by(PlanGrid.code.collate("C"))
    )
    return select_frame(session, statement)


def _shape(column: InstrumentedAttribute[Any], *, boxes: bool) -> Any:
    return as_geometry(func.ST_Envelope(column) if boxes else column)


def lineage_frame(session: Session, plan_id: int) -> pd.DataFrame:
    """network, old, new, share_area and `shares` (an object) in a stable order."""
    statement = (
        select(Lineage.network, Lineage.old, Lineage.new, Lineage.share_area, Lineage.shares)
        .where(Lineage.plan_id == plan_id)
        .order_by(Lineage.network.collate("C"), Lineage.old.collate("C"), Lineage.new.collate("C"))
    )
    result = session.execute(statement)
    return pd.DataFrame(result.all(), columns=list(result.keys()))


def _clear_division(session: Session, plan_id: int) -> None:
    """Grids and lineage go; the plan is one version on, and edits of what was there cannot be undone any more."""
    session.execute(update(Plan).where(Plan.id == plan_id).values(version=Plan.version + 1))
    session.execute(update(PlanEdit).where(PlanEdit.plan_id == plan_id).values(closed=True))
    session.execute(delete(PlanGrid).where(PlanGrid.plan_id == plan_id))
    session.execute(delete(Lineage).where(Lineage.plan_id == plan_id))
    session.execute(delete(Piece).where(Piece.plan_id == plan_id, Piece.derived))
    session.execute(update(Piece).where(Piece.plan_id == plan_id).values(grid=None, superseded=False))
