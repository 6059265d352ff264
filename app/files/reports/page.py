"""The report of a plan as one HTML document: words, tables, maps and charts, and nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.errors import InputError
from app.files.reports.pictures import Ground, charts, maps
from app.files.reports.words import LANGUAGES, Say, breach, label, speaker, wish

CHINESE = '"Noto Sans CJK SC","Source Han Sans SC","PingFang SC","Microsoft YaHei","WenQuanYi Micro Hei"'
FONTS = {
    "zh": f"{CHINESE},sans-serif",
    "en": f'"Segoe UI","Helvetica Neue","Liberation Sans",Arial,{CHINESE},sans-serif',
}
PRINCIPLES = ("proximity", "size", "interest", "management", "total")
WEIGHTS = ("balance", "compact", "stable", "follow", "barrier", "station", "slack")
LISTED = 6
HASH_CHARS = 16
LOADS_SHOWN = ("events", "households", "people", "businesses", "jobs", "components")


@dataclass(frozen=True)
class PlanReport:
    """What a report tells. `plan` is its description, `judged` its judgement, `events` the summary of a replay;
    `outside` lists grids out of their band: code, name, kind, amount, deviation. `breaches` are sentences, `excuse`
    the reason for which the plan was published in spite of them. `made_at` has a zone."""

    plan: Mapping[str, Any]
    judged: Mapping[str, Any]
    ground: Ground
    editions: Sequence[tuple[str, int, str]]
    made_at: datetime
    outside: Sequence[tuple[str, str, str, float, float]] = ()
    breaches: Sequence[str] = ()
    excuse: str = ""
    events: Mapping[str, Any] | None = None
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Block:
    """One kind of exception: a table or a list."""

    title: str
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    lines: Sequence[str] = ()
    more: str = ""


def render(report: PlanReport, language: str = "zh") -> str:
    """The document in Chinese (`zh`) or English (`en`); the same report gives the same text. Raises InputError."""
    if language not in LANGUAGES:
        raise InputError(f"no report in {language!r}; there are: {', '.join(LANGUAGES)}")
    say = speaker(language)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["css"] = _css_text
    judged = report.judged
    return environment.get_template("page.html.j2").render(
        say=say,
        lang=language,
        fonts=Markup(FONTS[language]),
        name=report.plan["name"],
        status=report.plan["status"],
        day=report.made_at.strftime("%Y-%m-%d"),
        tiles=list(_tiles(report, say)),
        sentences=list(_sentences(report, say)),
        principles=[_principle(key, judged["score"][key], say) for key in PRINCIPLES],
        maps=list(maps(report.ground, say)),
        charts=list(charts(judged, say)),
        moves=[_moves(report.names.get(code, code), old) for code, old in judged["old_networks"].items()],
        weight=say(_weight(judged)),
        loads=list(_loads(report, say)),
        replay_note=_replay_note(report, say),
        exceptions=list(_exceptions(report, say, language)),
        editions=[
            {"network": report.names.get(code, code), "edition": edition, "hash": digest[:HASH_CHARS]}
            for code, edition, digest in report.editions
        ],
        sources=list(_sources(report, say)),
    )


def _css_text(text: str) -> str:
    """A text inside a CSS string: what could end the string or the style element is written as an escape."""
    return "".join(letter if letter.isalnum() or letter in " -_." else f"\\{ord(letter):06x}" for letter in text)


def _weight(judged: Mapping[str, Any]) -> str:
    return next((old["weight"] for old in judged["old_networks"].values()), "households")


def _out_of_band(judged: Mapping[str, Any]) -> tuple[int, int]:
    """Grids outside their band, and all that have one."""
    sizes = judged["sizes"].values()
    return sum(s["below"] + s["above"] for s in sizes), sum(s["grids"] - s["campuses"] for s in sizes)


def _inside(judged: Mapping[str, Any]) -> str:
    out, banded = _out_of_band(judged)
    return f"{1 - out / banded:.1%}" if banded else "100%"


def _tiles(report: PlanReport, say: Say) -> Iterator[dict[str, str]]:
    judged = report.judged
    loads = judged["workload"]
    counted = "households" if "households" in loads else "area_m2"
    yield {"figure": f"{judged['grids']:,}", "words": say("grids")}
    yield {"figure": f"{loads[counted]['all']['total']:,.0f}", "words": say(counted)}
    yield {"figure": _inside(judged), "words": say("in_band_tile")}
    yield {"figure": f"{judged['score']['total']:.2f}", "words": say("total")}
    if report.events:
        yield {"figure": f"{report.events['events']:,}", "words": say("events")}


def _sentences(report: PlanReport, say: Say) -> Iterator[str]:
    judged, loads = report.judged, report.judged["workload"]
    kinds = say("comma").join(f"{say(kind)} {number}" for kind, number in judged["by_kind"].items())
    counted = "households" if "households" in loads else "area_m2"
    ground, amount = loads["area_m2"]["all"]["total"], loads[counted]["all"]["total"]
    yield say(
        "in_all", km2=f"{ground / 1e6:,.1f}", grids=judged["grids"], kinds=kinds, amount=f"{amount:,.0f}",
        quantity=say(counted),
    )  # fmt: skip
    yield say("in_band", share=_inside(judged), out=_out_of_band(judged)[0])
    broken, over = judged["score"].get("broken", 0), judged["score"].get("over_areas", 0)
    yield say("not_hard", broken=broken, over=over) if broken or over else say("all_hard")
    yield say("breaches", count=len(report.breaches)) if report.breaches else say("no_breach")
    for code, old in judged["old_networks"].items():
        yield say(
            "moving", network=report.names.get(code, code), moved=f"{old['moved']:,.0f}", quantity=say(old["weight"]),
            share=f"{1 - old['stays']:.1%}", from_one=f"{old['from_one']:.1%}",
        )  # fmt: skip
    yield from _replay_sentences(report, say)


def _replay_sentences(report: PlanReport, say: Say) -> Iterator[str]:
    if not report.events:
        return
    load, before = report.events["load"]["all"], report.events["before"]
    figures = {"events": f"{report.events['events']:,}", "unowned": f"{report.events['unowned']:,}"}
    yield say("replayed", **figures, max=f"{load['max']:,.0f}", mean=f"{load['mean']:,.1f}")
    if before:
        network = report.names.get(before["network"], before["network"])
        yield say("replayed_changed", share=f"{before['share_changed']:.1%}", network=network)


def _principle(key: str, score: float, say: Say) -> dict[str, Any]:
    why = say(f"{key}_why") if key != "total" else ""
    return {"name": say(key), "score": f"{score:.2f}", "percent": round(100 * score), "why": why}


def _moves(network: str, old: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "network": network,
        "grids": f"{old['grids']:,}",
        "kept": f"{old['kept_whole']:,}",
        "moved": f"{old['moved']:,.0f}",
        "percent": round(100 * (1 - old["stays"])),
        "share": f"{1 - old['stays']:.1%}",
        "together": f"{old['together']:.1%}",
        "from_one": f"{old['from_one']:.1%}",
    }


def _loads(report: PlanReport, say: Say) -> Iterator[dict[str, Any]]:
    """Events of a replay by kind; then the quantities over all grids."""
    workload = report.judged["workload"]
    rows = [("events", kind, load) for kind, load in (report.events or {"load": {}})["load"].items()]
    rows += [(name, "all", workload[name]["all"]) for name in LOADS_SHOWN if name in workload]
    for quantity, kind, load in rows:
        figures = [f"{load['grids']:,}", *(f"{load[key]:,.1f}" for key in ("mean", "median", "p95", "max"))]
        yield {"quantity": label(quantity, say), "kind": say(kind), "figures": [*figures, f"{load['gini']:.2f}"]}


def _replay_note(report: PlanReport, say: Say) -> str:
    if not report.events:
        return ""
    return say("replay_note", file=report.events.get("events_file", ""), events=f"{report.events['events']:,}")


def _exceptions(report: PlanReport, say: Say, language: str) -> Iterator[Block]:
    """What has to be looked at before publishing, the gravest first."""
    division = report.plan.get("division", {})
    if report.breaches:
        lines = [breach(sentence, language) for sentence in report.breaches[:LISTED]]
        lines += [say("excuse", excuse=report.excuse)] if report.excuse else []
        yield Block(say("breaking"), lines=lines, more=_more(len(report.breaches), say))
    if wishes := division.get("proposals", []):
        yield Block(
            say("infeasible"), lines=[wish(each, language) for each in wishes[:LISTED]], more=_more(len(wishes), say)
        )
    if compounds := report.judged["cuts"]["compounds_cut"]:
        listed = [f"{code}: {', '.join(grids)}" for code, grids in list(compounds.items())[:LISTED]]
        yield Block(say("cut_compounds"), lines=listed, more=_more(len(compounds), say))
    if report.outside:
        rows = [
            (code, name, say(kind), f"{amount:,.0f}", f"{deviation:+.0%}")
            for code, name, kind, amount, deviation in report.outside[:LISTED]
        ]
        heads = [say(key) for key in ("code", "name", "kind", "amount", "deviation")]
        yield Block(say("out_of_band"), heads=heads, rows=rows, more=_more(len(report.outside), say))
    counted = [("split_pieces", len(division.get("splits", []))), ("undivided", division.get("undivided", 0))]
    counted.append(("mixed", len(division.get("mixed", []))))
    if lines := [say(key, count=number) for key, number in counted if number]:
        yield Block(say("remarks"), lines=lines)


def _more(number: int, say: Say) -> str:
    return say("more", count=number - LISTED) if number > LISTED else ""


def _sources(report: PlanReport, say: Say) -> Iterator[tuple[str, str]]:
    plan, judged = report.plan, report.judged
    for key, names in (
        ("areas_layer", [plan.get("areas")]), ("cut_layers", plan.get("cuts")),
        ("quantity_layers", plan.get("quantity_layers")),
    ):  # fmt: skip
        if listed := [name for name in names or [] if name]:
            yield say(key), ", ".join(listed)
    bands = [
        f"{say(kind)} {sizes['minimum']:,g}, {sizes['target']:,g}, {sizes['maximum']:,g} {say(sizes['quantity'])}"
        for kind, sizes in judged["sizes"].items()
    ]
    yield say("asked"), "; ".join(bands)
    yield (
        say("weights"),
        ", ".join(f"{say(key)} {judged['weights'][key]:g}" for key in WEIGHTS if key in judged["weights"]),
    )
    yield say("seed"), str(judged["seed"])
    yield say("crs"), str(plan["crs"])
    yield say("plan_hash"), str(plan["content_hash"] or "")
    yield say("created"), say("by", who=plan["created_by"], day=f"{plan['created_at']:%Y-%m-%d %H:%M}")
    yield say("reported"), report.made_at.strftime("%Y-%m-%d %H:%M %z")
