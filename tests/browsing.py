"""A headless Chromium for tests and screenshots, with everything it asks for and says recorded."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


STREAM_LEFT = "BodyStreamBuffer was aborted"
"""What Gradio says, now and then, of its open stream when a page is left or loaded again."""
STREAM_LOST = "Connection errored out"
"""What it says then, and also where a server is gone: only the former is no complaint."""


@dataclass
class Log:
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    was_left: bool = False

    def watch(self, page) -> None:
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda websocket: self.requests.append(websocket.url))
        page.on("pageerror", lambda error: self._complain(str(error)))
        page.on(
            "console",
            lambda message: message.type in ("error", "warning") and self._complain(message.text),
        )

    def _complain(self, text: str) -> None:
        if STREAM_LEFT in text:
            self.was_left = True
        elif self.was_left and STREAM_LOST in text:
            self.was_left = False  # once for each time
        else:
            self.complaints.append(text)


def find_chromium() -> str:
    """The browser's path; skips the test without one, or fails where one is required."""
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        path = shutil.which(name)
        if path:
            return path
    if os.environ.get("FOOTNOTE_REQUIRE_BROWSER") == "1":
        pytest.fail("no Chromium found, and FOOTNOTE_REQUIRE_BROWSER=1")
    pytest.skip("no Chromium found")


class Pages:
    """Opens the page in sessions of their own. To load it takes seconds, so that a session that a
    test has left is put back to the start and given to the next test that asks for one like it."""

    def __init__(self, browser) -> None:
        self._browser = browser
        self._left: list[tuple[object, object]] = []

    def take(self, address: str, *, fresh: bool = False, **options):
        """Return a page at its start, with an empty log; a new one where `fresh`."""
        shown = {"viewport": {"width": 1440, "height": 900}, **options}
        media = {name: shown.pop(name, None) for name in ("color_scheme", "reduced_motion")}
        viewport = shown.pop("viewport")
        like = (address, shown)
        found = None if fresh else next((i for i, e in enumerate(self._left) if e[0] == like), None)
        if found is None:
            page = self._new(address, {**shown, "viewport": viewport, **media})
        else:
            page = self._left.pop(found)[1]
            page.set_viewport_size(viewport)
            page.emulate_media(
                color_scheme=media["color_scheme"] or "light",
                reduced_motion=media["reduced_motion"] or "no-preference",
            )
        page.like = None if fresh else like
        return page

    def _new(self, address: str, options: dict):
        for like, page in self._left:
            if like[0] != address:  # its server is gone
                page.context.close()
        self._left = [each for each in self._left if each[0][0] == address]
        page = self._browser.new_context(**options).new_page()
        page.set_default_timeout(60_000)
        page.log = Log()
        page.log.watch(page)
        page.goto(address)
        page.wait_for_selector(".welcome")
        page.wait_for_selector("html[data-page=ready]")  # before that, clicks are lost
        return page

    def give_back(self, page) -> Log:
        """Take a page back; return what it asked for and complained of since it was taken."""
        log = Log(list(page.log.requests), list(page.log.complaints))
        try:
            assert page.like, "is not used again"
            _to_the_start(page)
            page.log.requests.clear()
            page.log.complaints.clear()
            self._left.append((page.like, page))
        except Exception:  # whatever a failed test has left of it
            page.context.close()
        return log


def _to_the_start(page) -> None:
    page.set_default_timeout(5_000)
    page.mouse.move(1, 1)
    if page.locator("#stop").is_visible():
        page.click("#stop")
    page.click(".views a[href='#ask']")
    page.wait_for_selector("#question textarea")
    if page.locator(".turn").count():
        page.wait_for_selector('#turn .turn[aria-busy="false"]')
        page.click("#clear")
    page.wait_for_selector(".welcome")
    page.fill("#question textarea", "")
    page.focus("#question textarea")
    page.evaluate("scrollTo(0, 0)")
    page.set_default_timeout(60_000)


@contextmanager
def chromium() -> Iterator:
    path = find_chromium()
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()
