"""Three plans of the sample city with different weights: `python -m scripts.three_plans`.

Makes them through the services as a planner would (in the deployment's database, where the sample city is loaded
first if it is not there), compares them, draws their maps into docs/plans/ and writes the table into docs/judging.md.
The same code gives the same plans and the same files, whenever it is run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.cli import context, demo
from app.files.reports.pictures import Picture, maps
from app.files.reports.words import speaker
from app.services.database import upgrade
from app.services.plans import plan_comparison, plans
from app.services.plans.plan_judgement import ground_of
from app.services.plans.plan_report import drawn
from app.store.networks import layers as layers_store
from app.store.networks import networks as networks_store
from app.store.plans import plans as store

DOCS = Path(__file__).resolve().parent.parent / "docs"
BEGIN, END = "<!-- made by scripts.three_plans -->", "<!-- end -->"
NAME = "washington_dc_{}"
WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "balance": {"balance": 4.0, "compact": 0.5, "stable": 0.25, "follow": 0.25},
    "compact": {"balance": 0.5, "compact": 4.0, "stable": 0.25, "follow": 0.25},
    "stable": {"balance": 0.5, "compact": 0.5, "stable": 8.0, "follow": 4.0},
}
MAPS = ("size", "origin")
FONT = "sans-serif"


def main() -> None:
    upgrade(context.engine())
    _load_city()
    for key, weights in WEIGHTS.items():
        _divide(NAME.format(key), weights)
    with context.transaction() as session:
        made = [store.get(session, NAME.format(key)) for key in WEIGHTS]
        compared = plan_comparison.compare(session, made)
        for key in WEIGHTS:
            _draw(session, key)
    _write_table(compared)


def _load_city() -> None:
    with context.transaction() as session:
        networks = {network.code for network in networks_store.every(session)}
        layers = {layer.name for layer in layers_store.every(session)}
    for network in demo.NETWORKS:
        if network.code not in networks:
            demo.import_network(network, quiet=True)
    for layer in demo.LAYERS:
        if layer.name not in layers:
            demo.import_layer(layer, quiet=True)


def _divide(name: str, weights: Mapping[str, float]) -> None:
    with context.transaction() as session:
        plan = store.find(session, name)
        if plan is None:
            codes = demo.PLANNED.split(",")
            plan = plans.create(session, context.caller(), name, codes, areas="areas", cuts=["blocks"])
        fresh = plan.status == store.DRAFT
    if fresh:
        context.run("consolidate", {"plan": name}, quiet=True)
    context.run("divide", {"plan": name, "weights": dict(weights)})


def _draw(session: Session, key: str) -> None:
    """Size against the target, and how much of a new grid comes from one old grid."""
    plan = store.get(session, NAME.format(key))
    ground = drawn(ground_of(session, plan))
    pictures: list[Picture] = list(maps(ground, speaker("en")))[1:3]
    for which, picture in zip(MAPS, pictures, strict=True):
        drawing = str(picture.drawing).replace("<svg ", f'<svg font-family="{FONT}" width="600" ', 1)
        (DOCS / "plans").mkdir(exist_ok=True)
        (DOCS / "plans" / f"{key}_{which}.svg").write_text(drawing + "\n", encoding="utf-8")


def _write_table(compared: Mapping[str, Any]) -> None:
    page = DOCS / "judging.md"
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    table = "\n".join(_table(compared["plans"], compared["changes"]))
    page.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def _table(judged: Mapping[str, Any], changes: list[dict[str, Any]]) -> Iterator[str]:
    columns = [dict(_measures(made)) for made in judged.values()]
    yield "| | " + " | ".join(WEIGHTS) + " |"
    yield "|---" * (len(columns) + 1) + "|"
    for name in columns[0]:
        yield f"| {name} | " + " | ".join(column[name] for column in columns) + " |"
    yield ""
    for change in changes:
        sides = [change[side].removeprefix(NAME.format("")) for side in ("from", "to")]
        share, homes = f"{1 - change['stays']:.0%}", f"{change['moved']:,.0f}"
        yield f"- {' and '.join(sides)}: {homes} households ({share}) are not in grids that stand for each other."


def _measures(made: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    score, sizes = made["score"], made["sizes"]["resident"]
    weights = next(each for each in WEIGHTS.values() if each.items() <= made["weights"].items())
    yield "weights", ", ".join(f"{name} {value:g}" for name, value in weights.items())
    yield "grids", f"{made['grids']} ({', '.join(f'{n} {kind}' for kind, n in made['by_kind'].items())})"
    for name in ("proximity", "size", "interest", "management", "total"):
        yield name, f"{score[name]:.3f}"
    yield "households per resident grid, least to most", f"{sizes['smallest']:,.0f} – {sizes['largest']:,.0f}"
    yield "resident grids inside 300–500", f"{sizes['inside'] / max(sizes['grids'] - sizes['campuses'], 1):.1%}"
    yield "deviation p95, max", f"{score['deviation_p95']:.3f}, {score['deviation_max']:.3f}"
    shapes = made["shapes"]
    yield "Polsby–Popper mean, p10", f"{shapes['mean']:.3f}, {shapes['p10']:.3f}"
    yield "border between grids", f"{score['cut_m'] / 1000:,.0f} km, {score['followed']:.0%} along existing ones"
    yield "broken grids, grids over two areas", f"{score['broken']}, {score['over_areas']}"
    for network, old in made["old_networks"].items():
        yield f"{network}: stay with the largest part of their old grid", f"{old['together']:.1%}"
        yield f"{network}: in a grid mainly of their old one", f"{old['from_one']:.1%}"


if __name__ == "__main__":
    main()
