"""Chromium as benches, pictures and tests of the page drive it: the machine's own, drawing by software."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, StorageState, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")


@contextmanager
def chromium() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, NAMES)), None)
    assert program, "no Chromium on this machine: make setup-tests"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield started
        started.close()


def signed_in(browser: Browser, address: str, name: str, password: str) -> StorageState:
    """The cookies of a person, for contexts of their own: attempts to sign in are counted, so one does for all."""
    context = browser.new_context(base_url=address)
    entered = context.request.post("/api/v1/sign-in", data={"name": name, "password": password})
    assert entered.ok, entered.text()
    state = context.storage_state()
    context.close()
    return state
