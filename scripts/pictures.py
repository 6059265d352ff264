"""Pictures of every view of the page: `python -m scripts.pictures --town small|dc --language zh|en --into docs/page`.

A database and a server of their own are filled (`scripts.picture_towns`), every view is opened in headless Chromium as
the person who uses it (`scripts.picture_views`), looked at by axe-core, and taken; then both are gone. `--only NAME,…`
takes some, `--address` asks a server that was filled so before (its folder in ONEGRID_VAR_DIR). Run it from the
project's folder, after `make web`; it takes some five minutes for a town and a language. docs/page/README.md is written
anew.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import APIRequestContext, Browser, Error, StorageState, expect

from app import db
from app.settings import get_settings
from bench.browser import chromium, signed_in
from bench.database import database
from bench.lookup_database import url_of
from scripts import picture_index
from scripts.picture_towns import TOWNS, Town
from scripts.picture_views import VIEWS, Scene, View, settle
from scripts.picture_work import MONTHS, PASSWORD, PEOPLE

PROJECT = Path(__file__).resolve().parent.parent
AXE_FILE = PROJECT / "web" / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE_MS, DRAWING_MS = 60_000, 2500
expect.set_options(timeout=PATIENCE_MS)
AXE = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .map(found => [found.impact, found.id, found.nodes.map(node => node.html.slice(0, 200))])"""
STILL = "*, *::before, *::after { transition: none !important; animation: none !important; caret-color: transparent }"
QUALITY = 82
PORT, RECEIVER_PORT = 8790, 8799
HANDLING: tuple[dict[str, Any], ...] = (
    {"action": "verify", "passed": True}, {"action": "file"}, {"action": "dispatch", "receiver": ""},
    {"action": "accept"}, {"action": "finish"}, {"action": "report"}, {"action": "check", "passed": True},
    {"action": "close"},
)  # fmt: skip


class _Receiver(BaseHTTPRequestHandler):
    """Takes every message of a webhook."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return None


@contextmanager
def _receiving() -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", RECEIVER_PORT), _Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()


@contextmanager
def filled(town: Town) -> Iterator[str]:
    """The address of a server with everything in its database; both are gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, database() as engine, _receiving():
        more = {"DATABASE_URL": url_of(engine), "VAR_DIR": folder, "TIME_ZONE": town.zone}
        more |= {"PUBLIC_PAGE": "true", "WEBHOOK_LOCAL": "true", "PORT": str(PORT)}
        os.environ |= {f"ONEGRID_{name}": value for name, value in more.items()}
        get_settings.cache_clear()
        db.get_engine.cache_clear()
        try:
            town.fill(Path(folder), f"http://127.0.0.1:{RECEIVER_PORT}/hooks")
        finally:
            db.get_engine().dispose()
        command = [sys.executable, "-c", "from app.cli import main; main()", "serve"]
        process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait(f"http://127.0.0.1:{PORT}")
            yield f"http://127.0.0.1:{PORT}"
        finally:
            process.terminate()
            process.wait(60)


def _wait(address: str) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise RuntimeError("the server did not start")


def _numbers(asked: APIRequestContext, town: Town) -> dict[str, Any]:
    """Which plan, case, score and notice are opened: those with most to show."""

    def get(path: str) -> Any:
        answer = asked.get(f"/api/v1/{path}")
        assert answer.ok, answer.text()
        return answer.json()

    plans = {plan["name"]: plan["id"] for plan in get("plans")}
    called = get("whistles?limit=1")[0]["event"]
    scores = get(f"scores?period={MONTHS[-1]}&unit_type=department")["scores"]
    worst = min((each for each in scores if each["total"] is not None), key=lambda each: each["total"])
    notices = sorted(get("notices"), key=lambda each: -each.get("open_objections", 0))
    return {
        "draft": plans[town.draft], "case": called, "score": worst["number"], "month": MONTHS[-1],
        "notice": notices[0]["id"] if notices else 0,
    }  # fmt: skip


def _replayed(asked: APIRequestContext, plan: int, events: Path) -> None:
    """One replay of a plan, if there is none yet."""
    runs = asked.get("/api/v1/runs?limit=200").json()
    if any(run["kind"] == "replay_plan" for run in runs):
        return
    file = {"name": events.name, "mimeType": "text/csv", "buffer": events.read_bytes()}
    made = asked.post(f"/api/v1/plans/{plan}/replay", multipart={"files": file})
    assert made.ok, made.text()
    while asked.get(f"/api/v1/runs/{made.json()['id']}").json()["status"] in ("queued", "running"):
        time.sleep(0.5)


def _reported(asked: APIRequestContext, town: Town) -> str:
    """The follow code of a resident's report whose case is closed."""
    body = {"lon": town.place[0], "lat": town.place[1], "text": town.says["report"], "address": town.says["address"]}
    made = asked.post("/api/v1/public/reports", data=body, headers={"Idempotency-Key": os.urandom(16).hex()})
    assert made.ok, made.text()
    told = made.json()
    for step in HANDLING:
        sent = {**step, "receiver": told["department"]} if "receiver" in step else step
        sent = {**sent, "reason": town.says["closing"]} if step["action"] == "close" else sent
        taken = asked.post(f"/api/v1/events/{told['number']}/steps", data=sent)
        assert taken.ok, taken.text()
    return str(told["code"])


def take(
    browser: Browser, address: str, state: StorageState | None, view: View, scene: Scene, town: Town, into: Path
) -> Counter[str]:
    """The picture of a view; how many barriers axe-core finds there, by impact."""
    width, height = view.size
    context = browser.new_context(
        base_url=address, storage_state=state, timezone_id=town.zone, reduced_motion="reduce",
        viewport={"width": width, "height": height}, device_scale_factor=1,
    )  # fmt: skip
    context.set_default_timeout(PATIENCE_MS)
    guided = "" if view.name == "tour" else "localStorage.setItem('onegrid-guided', '2026-01-01');"
    context.add_init_script(f"localStorage.setItem('onegrid-language', '{scene.language}'); {guided}")
    page = context.new_page()
    page.goto(view.path.format(**scene.numbers))
    expect(page.locator(view.ready).first).to_be_visible()
    settle(page)
    if view.do is not None:
        view.do(page, scene)
        page.wait_for_timeout(DRAWING_MS)  # what was asked for by it begins to be drawn
    page.add_style_tag(content=STILL)
    settle(page)
    page.mouse.move(1, height - 1)
    expect(page.locator(".ant-skeleton:visible")).to_have_count(0)
    if view.idles and page.locator(".maplibregl-canvas:visible").count():
        expect(page.locator("[data-idle]:visible").first).to_be_visible()
    page.evaluate(AXE_FILE.read_text(encoding="utf-8"))
    found = page.evaluate(AXE)
    for impact, rule, nodes in found:
        sys.stdout.write(f"{view.name}: {impact} {rule} ×{len(nodes)}: {nodes[0]}\n")
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    picture.save(into / f"{view.name}.webp", quality=QUALITY, method=6)
    context.close()
    return Counter(impact for impact, _, _ in found)


def pictures(address: str, town: Town, language: str, into: Path, only: frozenset[str]) -> Mapping[str, Counter[str]]:
    """All views, and what axe-core found in each."""
    into.mkdir(parents=True, exist_ok=True)
    found: dict[str, Counter[str]] = {}
    with chromium() as browser:
        states = {name: signed_in(browser, address, name, PASSWORD) for name in PEOPLE}
        asked = browser.new_context(base_url=address, storage_state=states["wang"]).request
        numbers = _numbers(asked, town)
        _replayed(asked, numbers["draft"], town.replayed())
        scene = Scene(language, numbers, town.dropped(), town.place, _reported(asked, town), town.says)
        for view in VIEWS:
            if only and view.name not in only:
                continue
            state = states[view.who] if view.who else None
            try:
                found[view.name] = take(browser, address, state, view, scene, town, into)
            except (AssertionError, Error) as error:
                sys.stderr.write(f"{view.name}: {str(error).splitlines()[0]}\n")
    return found


def _keep(found: Mapping[str, Counter[str]], file: Path) -> None:
    """What axe-core found, beside what it found in other views before; in the order of the views."""
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    known |= {name: dict(sorted(counts.items())) for name, counts in found.items()}
    told = {view.name: known[view.name] for view in VIEWS if view.name in known}
    file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--town", choices=sorted(TOWNS), default="small")
    parser.add_argument("--language", choices=("zh", "en", "zh,en"), default="zh")
    parser.add_argument("--into", type=Path, default=PROJECT / "docs" / "page")
    parser.add_argument("--only", default="")
    parser.add_argument("--address", default="")
    asked = parser.parse_args()
    town, only = TOWNS[asked.town], frozenset(filter(None, asked.only.split(",")))
    with nullcontext(asked.address) if asked.address else filled(town) as address:
        for language in asked.language.split(","):
            into = asked.into / f"{asked.town}.{language}"
            found = pictures(address, town, language, into, only)
            _keep(found, into / "axe.json")
    picture_index.write(asked.into)


if __name__ == "__main__":
    main()
