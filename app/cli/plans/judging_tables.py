"""Plans judged, as tables for the terminal: plans side by side, events replayed through a draft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

from app.cli.console import table
from app.cli.plans.summaries import PRINCIPLES

Judged = Mapping[str, Any]
COMPOUNDS_SHOWN = ROWS_SHOWN = 24


def comparison_tables(made: Judged) -> Iterator[Table]:
    """Plans side by side; then who moves from one to another; then the compounds that one of them cuts."""
    plans = made["plans"]
    columns = [_measures(judged) for judged in plans.values()]
    rows = [(name, *(column.get(name, "") for column in columns)) for name in columns[0]]
    yield table("Plans side by side", ("", *plans), rows)
    yield table("Who changes grid", ("from", "to", "counted by", "move", "share", "grids kept whole"), _moves(made))
    if made["compounds_cut"]:
        listed = list(made["compounds_cut"].items())
        cut = [(compound, *(count[name] for name in plans)) for compound, count in listed[:COMPOUNDS_SHOWN]]
        more = f"; {COMPOUNDS_SHOWN} of {len(listed)} shown" if len(listed) > COMPOUNDS_SHOWN else ""
        yield table(f"Grids of each compound that is cut (1: whole){more}", ("compound", *plans), cut)


def replay_tables(made: Judged) -> Iterator[Table]:
    """What became of the events; how even the load is; by month and by matter."""
    yield table("Events replayed", ("", ""), _replay_rows(made))
    columns = ("kind", "grids", "mean", "median", "p95", "max", "deviation", "Gini")
    loads = [
        (kind, load["grids"], *(f"{load[name]:,.1f}" for name in ("mean", "median", "p95", "max")),
         f"{load['deviation']:.2f}", f"{load['gini']:.2f}")
        for kind, load in made["load"].items()
    ]  # fmt: skip
    yield table("Events per grid", columns, loads)
    for what, rows in (("month", made["by_month"]), ("matter", made["by_matter"])):
        if rows:
            shown = rows[:ROWS_SHOWN]
            cells = [(r[what], f"{r['events']:,}", f"{r['owned']:,}", f"{r['changed']:,}") for r in shown]
            more = f"; {ROWS_SHOWN} of {len(rows)} shown" if len(rows) > ROWS_SHOWN else ""
            yield table(f"Events by {what}{more}", (what, "events", "with a grid", "owner changed"), cells)


def _measures(judged: Judged) -> dict[str, str]:
    score, cuts = judged["score"], judged["cuts"]
    rows = {"grids": f"{judged['grids']} ({', '.join(f'{n} {kind}' for kind, n in judged['by_kind'].items())})"}
    rows |= {label: f"{score[name]:.3f}" for label, name in PRINCIPLES.items()}
    rows["total"] = f"{score['total']:.3f}"
    for kind, sizes in judged["sizes"].items():
        rows[f"{kind}: below, inside, above the band"] = f"{sizes['below']}, {sizes['inside']}, {sizes['above']}"
        rows[f"{kind}: {sizes['quantity']} min, mean, max"] = (
            f"{sizes['smallest']:,.0f}, {sizes['mean']:,.0f}, {sizes['largest']:,.0f}"
        )
        rows[f"{kind}: deviation mean, p95, max"] = (
            f"{sizes['deviation_mean']:.3f}, {sizes['deviation_p95']:.3f}, {sizes['deviation_max']:.3f}"
        )
    shapes = judged["shapes"]
    rows["Polsby–Popper mean, p10, lowest"] = f"{shapes['mean']:.3f}, {shapes['p10']:.3f}, {shapes['lowest']:.3f}"
    rows["compounds, and those cut"] = f"{cuts['compounds']}, {len(cuts['compounds_cut'])}"
    rows["areas, and grids over several"] = f"{cuts['areas']}, {len(cuts['over_areas'])}"
    for network, old in judged["old_networks"].items():
        rows[f"{network}: old grids kept whole"] = f"{old['kept_whole']} of {old['grids']}"
        rows[f"{network}: {old['weight']} that change grid"] = f"{old['moved']:,.0f} ({1 - old['stays']:.1%})"
        rows[f"{network}: grids made of one old grid"] = f"{old['from_one']:.1%}"
    for quantity, loads in judged["workload"].items():
        rows[f"{quantity} per grid: max, Gini"] = f"{loads['all']['max']:,.0f}, {loads['all']['gini']:.2f}"
    if "replay" in judged:
        replayed, before = judged["replay"], judged["replay"]["before"]
        rows["events without a grid"] = f"{replayed['unowned']:,} ({replayed['share_unowned']:.1%})"
        rows["events whose owner changes"] = f"{before['share_changed']:.1%}" if before else "not known"
    return rows


def _moves(made: Judged) -> Iterator[tuple[Any, ...]]:
    for change in made["changes"]:
        for name, moves in change["by_quantity"].items():
            share = f"{1 - moves['stays']:.1%}"
            yield change["from"], change["to"], name, f"{moves['moved']:,.0f}", share, change["kept_whole"]


def _replay_rows(made: Judged) -> Iterator[tuple[str, str]]:
    events = max(made["events"], 1)
    yield "events", f"{made['events']:,}"
    for label, name in (("with an error", "errors"), ("with a grid", "owned"), ("without a grid", "unowned"),
                        ("on a border", "on_boundary")):  # fmt: skip
        yield label, f"{made[name]:,} ({made[name] / events:.2%})"
    before = made["before"]
    if before is None:
        yield "owner before", "not known: no such edition; name a network with --network"
        return
    yield "compared with network", before["network"]
    yield "owned in both", f"{before['both']:,}"
    yield "of those, owner changed", f"{before['changed']:,} ({before['share_changed']:.2%})"
    yield "newly with a grid, newly without", f"{before['gained']:,}, {before['lost']:,}"
