"""Who is responsible before and after there is one grid: the synthetic town by commands, each a process of its own.

Networks, layers, staff and the duty lists of three offices in; consolidated, divided; the matrix of each old network
and of the plan against what the town's maker put in; the transfer of staff against the greedy baseline; published.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.measure import COMMAND, peak_of

BEFORE, AFTER = "2026-01-01", "2026-12-01"
OFFICES = ("civilization", "governance", "city_management")
NETWORKS = {
    "civilization": ("civilization.geojson", "--code-field", "code"),
    "governance": ("governance.gpkg", "--code-field", "网格编号"),
    "city_management": ("city_management.shp.zip", "--code-field", "网格编号", "--crs", "EPSG:4547"),
}
PROBLEMS = {"unowned": "无人", "duplicate": "重复", "crossed": "交叉"}


@dataclass
class Step:
    """What one or several commands took together: CPU and wall seconds, the largest memory of one process."""

    name: str
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mb: float = 0.0
    told: str = ""


@dataclass
class Town:
    """A sample town and the deployment that it is brought into."""

    folder: Path
    environment: dict[str, str]
    steps: list[Step] = field(default_factory=list)

    def step(self, name: str) -> Step:
        self.steps.append(Step(name))
        return self.steps[-1]

    def call(self, step: Step, *words: object) -> Any:
        """One command with --json; what it printed. Its time and memory are added to the step."""
        note = self.folder.parent / "peak"
        command = [sys.executable, "-c", COMMAND, str(note), *map(str, words), "--json"]
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            began = time.perf_counter()
            process = subprocess.Popen(command, env=self.environment, stdout=out, stderr=err)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            step.wall_s += time.perf_counter() - began
            out.seek(0), err.seek(0)
            if process.returncode:
                sys.exit(f"onegrid {' '.join(map(str, words))}: {err.read().decode()}")
            step.cpu_s += used.ru_utime + used.ru_stime
            step.peak_mb = max(step.peak_mb, peak_of(note))
            return json.loads(out.read())


def run(size: str = "town", seed: int = 1) -> str:
    """Markdown: the steps, the matrices found and expected, the transfers beside the baseline's."""
    with _deployment() as town:
        manifest = _grown(town, size, seed)
        _networks(town)
        _layers(town)
        _lists(town)
        found = _before(town)
        plan = _plan(town)
        transfers = _transfers(town)
        after = _after(town, manifest)
        _published(town)
    sections = (_steps_table(town.steps), _matrix_table(found, manifest, after, plan), _transfer_table(transfers))
    title = (
        f"## Responsibility, synthetic {size} of seed {seed}: {manifest['counts']['households']:,} households,"
        f" {manifest['staff']['posts']:,} posts, {manifest['lists']['sent']:,} duty lines\n"
    )
    return "\n".join([title, *(line for section in sections for line in (*section, ""))])


@contextmanager
def _deployment() -> Iterator[Town]:
    with tempfile.TemporaryDirectory(prefix="onegrid-bench-") as made:
        folder = Path(made)
        folder.chmod(0o755)  # a private database run by root belongs to another account
        environment = {name: text for name, text in os.environ.items() if not name.startswith("ONEGRID_")}
        town = Town(folder / "town", environment | {"ONEGRID_VAR_DIR": str(folder / "var")})
        town.call(Step("a private database"), "db", "start")
        try:
            yield town
        finally:
            town.call(Step("the end"), "db", "stop")


def _grown(town: Town, size: str, seed: int) -> dict[str, Any]:
    step = town.step("the town's files made")
    manifest: dict[str, Any] = town.call(step, "sample", "make-town", town.folder, "--size", size, "--seed", seed)
    lines = manifest["lists"]["lines"]
    manifest["lists"]["sent"] = sum(lines[office] for office in OFFICES)
    step.told = ", ".join(f"{number:,} {name}" for name, number in manifest["counts"].items() if number > 1_000)
    return manifest


def _networks(town: Town) -> None:
    step, told = town.step("three networks imported, repaired, published"), []
    for code, (file, *options) in NETWORKS.items():
        town.call(step, "networks", "add", code, "--name", code)
        source = town.folder / "networks" / file
        publish = ("--repair", "full", "--publish", "--valid-from", BEFORE)
        made = town.call(step, "networks", "import", code, source, *options, *publish)
        told.append(f"{made['grids']} {code}")
    step.told = ", ".join(told) + " grids"


def _layers(town: Town) -> None:
    step = town.step("areas, buildings, campuses, businesses imported")
    folder = town.folder / "layers"
    town.call(step, "layers", "import", "areas", folder / "communities.geojson", "--code-field", "code")
    homes = ("--code-field", "code", "--quantity", "households=households,people=people")
    town.call(step, "layers", "import", "buildings", folder / "buildings.fgb", *homes)
    named = ("--code-field", "code", "--name-field", "name", "--kind-field", "kind")
    town.call(step, "layers", "import", "campuses", folder / "campuses.geojson", *named)
    jobs = ("--quantity", "businesses=businesses,jobs=jobs")
    made = town.call(step, "layers", "import", "businesses", folder / "businesses.fgb", *named, *jobs)
    step.told = f"{made['features']:,} businesses"


def _lists(town: Town) -> None:
    step = town.step("staff imported")
    made = town.call(step, "staff", "import", town.folder / "staff.xlsx")
    step.told = f"{made['posts']['added']:,} posts, {made['people']['added']:,} people"
    step = town.step("duty lists of three offices imported")
    town.call(step, "matters", "load")
    town.call(step, "matters", "import", town.folder / "matters.csv", "--table", "town", "--valid-from", BEFORE)
    added = 0
    for office in OFFICES:
        file = town.folder / "lists" / f"{office}.xlsx"
        words = ("--list", office, "--valid-from", BEFORE, "--add-departments")
        added += town.call(step, "duties", "import", file, *words)["added"]
    step.told = f"{added:,} lines"


def _before(town: Town) -> dict[str, dict[str, Any]]:
    found = {}
    for office in OFFICES:
        step = town.step(f"matrix before, grids of {office}")
        found[office] = made = town.call(step, "duties", "audit", "--network", office, "--at", "2026-06-01")
        step.told = f"{made['grids']} × {made['matters']} cells, {made['duties']:,} lines"
    return found


def _plan(town: Town) -> dict[str, Any]:
    step = town.step("plan consolidated")
    town.call(step, "plans", "create", "spring", "--networks", ",".join(OFFICES), "--areas", "areas")
    made = town.call(step, "plans", "consolidate", "spring")
    step.told = f"{made['pieces']:,} pieces"
    step = town.step("plan divided")
    divided: dict[str, Any] = town.call(step, "plans", "divide", "spring")
    step.told = f"{divided['grids']} grids"
    step = town.step("matrix before, grids of the plan")
    judged = town.call(step, "duties", "audit", "--plan", "spring", "--at", "2026-06-01")
    step.told = f"{judged['grids']} × {judged['matters']} cells"
    return {"grids": divided["grids"], "before": judged}


def _transfers(town: Town) -> dict[str, Any]:
    step = town.step("transfers proposed and kept")
    made: dict[str, Any] = town.call(step, "staff", "transfers", "propose", "spring", "--at", AFTER)
    step.told = f"{made['posts']:,} posts, {made['unsure']:,} for a person to decide"
    step = town.step("transfers accepted: the sure ones, then the rest with a reason")
    town.call(step, "staff", "transfers", "accept", "spring", "--all", "--sure")
    left = town.call(step, "staff", "transfers", "accept", "spring", "--all", "--why", "as proposed")
    step.told = f"{left['accepted']:,} accepted, {left['open']} open"
    return made


def _after(town: Town, manifest: dict[str, Any]) -> dict[str, Any]:
    """The offices' lists end, one list begins, on the day of the plan."""
    step = town.step("one list in place of three")
    for office in OFFICES:
        ended = town.folder / "lists" / "ended.xlsx"
        town.call(step, "duties", "import", ended, "--list", office, "--valid-from", AFTER, "--end-missing")
    file = town.folder / "lists" / "unified.xlsx"
    words = ("--list", "unified", "--valid-from", AFTER, "--add-departments")
    step.told = f"{town.call(step, 'duties', 'import', file, *words)['added']} lines"
    step = town.step("matrix after, grids of the plan")
    made: dict[str, Any] = town.call(step, "duties", "audit", "--plan", "spring", "--at", AFTER)
    step.told = f"{made['grids']} × {made['matters']} cells, {made['duties']} lines"
    return made


def _published(town: Town) -> None:
    step = town.step("plan published, its staff with it")
    reason = "the matrix's rest is before the mayor"
    made = town.call(step, "plans", "publish", "spring", "--valid-from", AFTER, "--excuse", reason)
    staff = made["staff"]
    step.told = (
        f"{staff['posts']:,} posts = {staff['moved']:,} moved + {staff['merged']} joined + {staff['left']} left + "
        f"{staff['stayed']} stayed; load {staff['load_before']:g} before, {staff['load_after']:g} after"
    )


def _steps_table(steps: list[Step]) -> list[str]:
    lines = ["| step | seconds | of a core | memory | |", "|---|---|---|---|---|"]
    return lines + [f"| {s.name} | {s.wall_s:.1f} | {s.cpu_s:.1f} | {s.peak_mb:.0f} MB | {s.told} |" for s in steps]


def _matrix_table(
    found: dict[str, dict[str, Any]], manifest: dict[str, Any], after: dict[str, Any], plan: dict[str, Any]
) -> list[str]:
    lines = [
        "| matrix | cells | " + " | ".join(f"{name} {word}" for name, word in PROBLEMS.items()) + " | clean |",
        "|---|---|---|---|---|---|",
    ]
    for office, made in found.items():
        lines.append(_matrix_row(f"before, {office}", made))
        known = manifest["lists"]["before"].get(office)
        if known is not None:
            lines.append(f"| … by the town's parcels | | {' | '.join(str(known[p]['cells']) for p in PROBLEMS)} | |")
    lines.append(_matrix_row("before, the plan's grids", plan["before"]))
    lines.append(_matrix_row("after, the plan's grids", after))
    left = manifest["lists"]["after"]
    lines.append(f"| … left on purpose | | {len(left['unowned'])} matter everywhere | 0 | {_places(left)} | |")
    return lines


def _matrix_row(name: str, made: dict[str, Any]) -> str:
    cells = " | ".join(f"{made[p]['cells']} ({_matters(made[p]['rows'])} matters)" for p in PROBLEMS)
    return f"| {name} | {made['cells']:,} | {cells} | {made['clean']:,} |"


def _matters(rows: list[dict[str, Any]]) -> int:
    return len({(row["kind"], row["code"]) for row in rows})


def _places(left: dict[str, Any]) -> str:
    return "; ".join(f"1 matter in {len(places)} communities" for places in left["crossed"].values()) or "0"


def _transfer_table(made: dict[str, Any]) -> list[str]:
    words = {
        "placed": ("share placed", "{:.1%}"), "mean_share": ("old ground's households kept, mean", "{:.1%}"),
        "mean_distance_m": ("distance, mean", "{:.0f} m"), "roles_kept": ("posts that keep their role", "{:.1%}"),
        "without_chief": ("grids without a 网格长", "{}"), "several_chiefs": ("grids with several", "{}"),
        "spread": ("spread of the load", "{:.2f}"),
    }  # fmt: skip
    rows = [
        f"| {name} | {form.format(made['greedy'][key])} | {form.format(made['figures'][key])} |"
        for key, (name, form) in words.items()
    ]
    return ["| transfers | greedy baseline | proposed |", "|---|---|---|", *rows]
