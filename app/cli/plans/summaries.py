"""What people are told of a consolidation, a division and a score: the figures that matter, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from app.cli.console import table

Rows = list[tuple[str, str]]
PRINCIPLES = {
    "地域相近 proximity": "proximity",
    "规模适度 size": "size",
    "利益相关 interest": "interest",
    "方便管理 management": "management",
}


def consolidation_rows(made: Mapping[str, Any]) -> Rows:
    overlay = made["overlay"]
    error = "not measured" if overlay["area_error"] is None else f"{overlay['area_error']:.1e}"
    rows = [
        ("pieces", f"{overlay['pieces']:,}"),
        ("area error", f"{error} of {overlay['ground_m2'] / 1e6:.3f} km²"),
        ("slivers", f"{overlay['slivers']['absorbed']:,} absorbed, {overlay['slivers']['left']} left"),
        ("valid coverage", str(overlay["valid"])),
    ]
    for name, total in made["totals"].items():
        lost = f", {total['unplaced']:,.0f} outside the ground" if total["unplaced"] else ""
        rows.append((name, f"{total['before']:,.0f} in the layer, {total['after']:,.0f} in the pieces{lost}"))
    return rows


def ownership_table(made: Mapping[str, Any]) -> Table:
    """Share of the ground, and of each quantity, by number of owners; `*` counts networks."""
    quantities = made["quantities"]
    rows = [
        (
            row["network"],
            row["owners"],
            *(f"{row[f'share_{name}']:.2%}" for name in ("area", *quantities)),
        )
        for row in made["ownership"]
    ]
    return table("Owners: 0 无人管理, 2 and more 重复管理", ("network", "owners", "ground", *quantities), rows)


def agreement_table(made: Mapping[str, Any]) -> Table:
    """How far the borders of two networks are meant to be one line, and where they truly cross."""
    rows = [
        (
            f"{pair['a']} × {pair['b']}",
            f"{pair['border_m'] / 1000:.1f} km",
            f"{pair['share']:.1%}",
            f"{pair['mean_wander_m']:.2f} m",
            pair["crossings"],
            f"{pair['crossing_m'] / 1000:.1f} km",
        )
        for pair in made["agreement"]
    ]
    columns = ("networks", "border", "within 5 m", "mean distance", "crossings 交叉", "crossing")
    return table("Borders of two networks", columns, rows)


def division_rows(made: Mapping[str, Any]) -> Rows:
    score = made["score"]
    kinds = ", ".join(f"{count} {kind}" for kind, count in made["by_kind"].items())
    return [
        ("grids", f"{made['grids']} ({kinds})"),
        ("pieces split, too large for a grid", str(len(made["splits"]))),
        ("pieces outside every area, not divided", str(made["undivided"])),
        ("grids below their band, above it", f"{len(made['below_band'])}, {len(made['oversized'])}"),
        ("inside the band", f"{made['inside_band']:.1%}"),
        ("broken grids, grids over two areas", f"{made['broken']}, {made['over_areas']}"),
        ("grids of one kind only, grids that another kind dominates", f"{made['pure']:.1%}, {len(made['mixed'])}"),
        *_rules_rows(made),
        *score_rows(score),
        ("content hash", str(made["content_hash"])[:16]),
    ]


def _rules_rows(made: Mapping[str, Any]) -> Rows:
    """Rows for the rules that were asked for."""
    rows: Rows = []
    if made["locked"]:
        rows.append(("locked grids, kept as they were", str(made["locked"])))
    if made["bridges"]:
        held = sorted({row["code"] for row in made["bridges"] if row["grid"] >= 0})
        joined = ", ".join(held) or "no grid"
        rows.append(("declared bridges, grids that hang together by them", f"{len(made['bridges'])}, {joined}"))
    for kind, loads in made["loads"].items():
        for quantity, figures in loads.items():
            value = f"{figures['deviation_max']:.2f}, {figures['deviation_p95']:.3f}"
            rows.append((f"{quantity} in {kind} grids, deviation max and p95", value))
    return rows


def proposals_table(proposals: Sequence[Mapping[str, Any]]) -> Table:
    """Wishes that cannot be met; `*` marks choices that were tried out."""
    rows = []
    for one in proposals:
        choices = [("* " if choice["verified"] else "  ") + choice["what"] for choice in one["choices"]]
        rows.append((one["area"], one["kind"], one["why"], "\n".join(choices)))
    columns = ("area", "kind", "why", "nearest choices (* tried out: feasible)")
    return table("What cannot be met", columns, rows)


def candidates_table(candidates: Sequence[Mapping[str, Any]], name: str) -> Table:
    """Plans to choose from, side by side."""
    rows = [
        (
            f"{one['number']}{' (chosen)' if one['chosen'] else ''}",
            one["name"],
            one["grids"],
            *(f"{one['measures'][measure]:.3f}" for measure in ("stable", "even", "compact", "followed")),
            f"{one['score']['total']:.3f}",
            f"{one['score']['inside_band']:.1%}",
        )
        for one in candidates
    ]
    columns = ("", "good at", "grids", "stable", "even", "compact", "followed", "score", "inside the band")
    return table(f"Candidates of {name}", columns, rows)


def drawn_rows(score: Mapping[str, Any]) -> Rows:
    """Who drew the borders between the grids; one stretch may have been drawn by several."""
    drawn = {name: metres for name, metres in score["drawn_by"].items() if name != "total"}
    largest_first = sorted(drawn, key=lambda name: (-drawn[name], name))
    said = ", ".join(f"{name} {drawn[name] / 1000:.1f} km" for name in largest_first)
    return [("borders drawn by", said)] if said else []


def score_rows(score: Mapping[str, Any]) -> Rows:
    kept = ", ".join(f"{name} {share:.0%}" for name, share in score["preserved"].items())
    return [
        *((name, f"{score[key]:.3f}") for name, key in PRINCIPLES.items()),
        ("Polsby–Popper, mean and p10", f"{score['polsby_popper_mean']:.3f}, {score['polsby_popper_p10']:.3f}"),
        ("deviation, max and p95", f"{score['deviation_max']:.2f}, {score['deviation_p95']:.3f}"),
        ("borders between grids", f"{score['cut_m'] / 1000:.1f} km, {score['followed']:.0%} along existing ones"),
        ("old grids kept together", kept),
        *([("mean distance to the grid's station", f"{score['station_m']:.0f} m")] if score.get("station_m") else []),
    ]
