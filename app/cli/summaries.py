"""What people are told of a consolidation, a division and a score: the figures that matter, in words."""

from __future__ import annotations

from collections.abc import Mapping
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
        *score_rows(score),
        ("content hash", str(made["content_hash"])[:16]),
    ]


def score_rows(score: Mapping[str, Any]) -> Rows:
    kept = ", ".join(f"{name} {share:.0%}" for name, share in score["preserved"].items())
    return [
        *((name, f"{score[key]:.3f}") for name, key in PRINCIPLES.items()),
        ("Polsby–Popper, mean and p10", f"{score['polsby_popper_mean']:.3f}, {score['polsby_popper_p10']:.3f}"),
        ("deviation, max and p95", f"{score['deviation_max']:.2f}, {score['deviation_p95']:.3f}"),
        ("borders between grids", f"{score['cut_m'] / 1000:.1f} km, {score['followed']:.0%} along existing ones"),
        ("old grids kept together", kept),
    ]
