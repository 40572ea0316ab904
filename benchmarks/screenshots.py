"""Make the pictures of the README: `python benchmarks/screenshots.py [--only NAME…]`.

Serves the seed article with the real models, drives a headless Chromium (the `test` extra's
playwright, and a Chromium on the PATH), and writes PNG files to docs/screenshots/.
"""

import argparse
import shutil
import socket
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

ANSWERED = "How many troops would the Ukrainian army keep in peacetime?"
REFUSED = "Who is the prime minister of Ukraine?"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"]
# name: width, height, colour scheme, question (None: the empty page; #view: another view)
PICTURES: dict[str, tuple[int, int, str, str | None]] = {
    "start": (1440, 900, "light", None),
    "settings": (1440, 900, "light", "#settings"),
    "settings-narrow": (360, 780, "dark", "#settings"),
    "light": (1440, 900, "light", ANSWERED),
    "dark": (1440, 900, "dark", ANSWERED),
    "refusal": (1440, 900, "light", REFUSED),
    "wide": (1920, 1080, "light", ANSWERED),
    "narrow": (360, 780, "light", ANSWERED),
    "narrow-dark": (360, 780, "dark", ANSWERED),
    "documents": (1440, 900, "light", "#documents"),
    "history": (1440, 900, "light", "#history"),  # last, when something has been asked
}


def main() -> int:
    """Make the pictures; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=list(PICTURES), default=list(PICTURES))
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "screenshots")
    args = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        print("no chromium on the PATH: install one", file=sys.stderr)
        return 1
    args.output.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as home:
        address, _ = serve_pipeline(home=home)
        take_pictures(address, chromium, args.only, args.output)
    return 0


def find_chromium() -> str | None:
    """Return the path of a Chromium, None without one."""
    return shutil.which("chromium") or shutil.which("google-chrome")


def serve_pipeline(docs: Sequence[Path] | None = None, home: str | None = None) -> tuple[str, int]:
    """Serve documents (the seed article) with the real models in a thread of this process.

    With a `home` other than the person's own the page has nothing of theirs. Returns the address
    and the number of documents. The models are warm, as for a second question.
    """
    from rag.offline import set_offline

    set_offline()
    from rag.conversations.store import conversations_path
    from rag.sessions import open_sessions
    from rag.settings import home_folder, load_settings
    from ui.server import serve

    settings = load_settings(home=home)
    sessions = open_sessions(settings, docs=docs, say=print)
    pipeline = sessions.pipeline()
    list(pipeline.stream(ANSWERED))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    options = {"host": "127.0.0.1", "port": port, "sessions": sessions}
    if home is not None:
        options["conversations"] = conversations_path(home_folder(settings))
    threading.Thread(target=serve, args=(pipeline,), kwargs=options, daemon=True).start()
    wait_for_port(port)
    return f"http://127.0.0.1:{port}", len(pipeline.library.documents())


def wait_for_port(port: int, timeout_seconds: float = 60.0) -> None:
    """Return when something answers on the port."""
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing answers on port {port} after {timeout_seconds:.0f} s")


def take_pictures(address: str, chromium: str, names: list[str], folder: Path) -> None:
    """Write one PNG for each name."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        for name in names:
            width, height, scheme, question = PICTURES[name]
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if scheme == "dark" else "light",
                reduced_motion="reduce",
            )
            page = context.new_page()
            page.goto(address)
            page.wait_for_selector(".welcome")
            page.wait_for_selector("html[data-page=ready]")
            if question is not None and question.startswith("#"):
                page.click(f".views a[href='{question}']")
            elif question is not None:
                page.fill("#question textarea", question)
                page.press("#question textarea", "Enter")
                page.wait_for_selector('#turn .turn[aria-busy="false"]', timeout=120_000)
                page.mouse.move(0, 0)
            page.wait_for_timeout(500)
            page.screenshot(path=folder / f"{name}.png")
            print(folder / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
