"""Everything that a division could not do as it was asked, with what could be instead."""

from __future__ import annotations

from app.errors import Infeasible
from app.spatial.division.layout import Layout
from app.spatial.proposals.bands import band_proposals
from app.spatial.proposals.proposal import Proposal
from app.spatial.proposals.trials import Outcome, Trials
from app.spatial.proposals.wholes import (
    apart_proposals,
    bridge_proposals,
    compound_proposals,
    lone_proposals,
    piece_proposals,
)
from app.spatial.search.tasks import Report

REASONS_SHOWN = 50


def find_proposals(layout: Layout, made: Outcome, effort: float, threads: int, say: Report) -> list[Proposal]:
    """Proposals by area; each choice that says so was tried with the same effort and holds when it is applied alone.

    With a number of grids asked for, the bands follow from it and no choice can be tried.
    """
    trials = None if layout.wish.grids is not None else Trials(layout, effort, threads, say)
    found = [
        *band_proposals(trials, made),
        *lone_proposals(trials, layout),
        *compound_proposals(trials, layout),
        *apart_proposals(trials, layout, made),
        *piece_proposals(trials, made),
        *bridge_proposals(layout),
    ]
    return sorted(found, key=lambda p: (p.area, p.wish, p.kind, p.subject))


def refuse(proposals: list[Proposal]) -> None:
    """For strict rules: raises Infeasible with every proposal as a reason, when there are any."""
    if proposals:
        raise Infeasible(
            f"{len(proposals)} wishes cannot be met; {proposals[0].sentence()}",
            [proposal.sentence() for proposal in proposals[:REASONS_SHOWN]],
            proposals=[proposal.to_dict() for proposal in proposals],
        )
