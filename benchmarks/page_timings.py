"""Measure the page in a real Chromium: `python benchmarks/page_timings.py [--docs PATH…]`.

Prints a Markdown table: from Enter to the evidence, to the first phrased sentence and to the end,
warm, on the seed article and on a library of 1,000 documents (the files given, or synthetic ones);
the same with two browsers at once; bytes transferred and time until a question can be typed. Needs
the `test` extra's playwright and a Chromium on the PATH.
"""

import argparse
import json
import math
import statistics
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.screenshots import FLAGS, find_chromium, serve_pipeline  # noqa: E402

QUESTIONS = ROOT / "seeds" / "questions.jsonl"
SYNTHETIC = 1_000
# Runs in the page: when each stage of the answer to a question was first painted, in milliseconds
# after Enter was pressed.
WATCH = """() => {
  window.stages = {};
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    const start = performance.now();
    const number = document.querySelectorAll('#talk .turn').length + 1;
    window.stages = {};
    const note = (name) => requestAnimationFrame(() => {
      window.stages[name] ??= performance.now() - start;
    });
    const look = () => {
      const turn = document.querySelector(`#turn .turn[data-turn="${number}"]`);
      if (!turn) return;
      if (turn.querySelector('.answer')) note('evidence');
      if (turn.querySelector('.answer.answered')) note('sentence');
      if (turn.getAttribute('aria-busy') === 'false') { note('end'); observer.disconnect(); }
    };
    const observer = new MutationObserver(look);
    observer.observe(document.querySelector('#talk'), {
      childList: true, subtree: true, attributes: true,
    });
  }, true);
}"""
Row = tuple[str, list[dict[str, float]]]


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--docs", type=Path, nargs="+", help="the large library's files")
    parser.add_argument("--documents", type=int, default=SYNTHETIC, help="how many synthetic ones")
    parser.add_argument("--questions", type=int, default=40, help="how many are asked of each")
    args = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        print("no chromium on the PATH: install one", file=sys.stderr)
        return 1
    questions = read_questions(args.questions)
    with tempfile.TemporaryDirectory() as folder:
        large = args.docs or [write_documents(Path(folder), args.documents)]
        rows: list[Row] = []
        loads: list[tuple[str, float, int]] = []
        for name, docs in (("seed article", None), ("large library", large)):
            address, documents = serve_pipeline(docs)
            label = f"{name}, {documents:,} document{'s' if documents > 1 else ''}"
            rows.append((label, ask_all(address, chromium, questions)))
            rows.append((f"{label}, two browsers", ask_in_two(address, chromium, questions)))
            loads.append((label, *measure_load(address, chromium)))
    print(table(rows, loads))
    return 0


def read_questions(count: int) -> list[str]:
    """Return the first questions of the seed set, answerable or not."""
    lines = QUESTIONS.read_text("utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines[:count]]


def write_documents(folder: Path, count: int) -> Path:
    """Write `count` texts of about 200 words, all different, and the seed article among them."""
    seed = next((ROOT / "seeds").glob("*.txt")).read_text("utf-8")
    (folder / "seed.txt").write_text(seed, "utf-8")
    subjects = ("harbour", "orchard", "railway", "library", "glacier", "theatre", "quarry")
    for number in range(1, count):
        subject = subjects[number % len(subjects)]
        lines = [
            f"The {subject} of district {number} counted {number * 7 + line} visitors in month "
            f"{line}, and its keeper wrote that repair {line * number} was done."
            for line in range(1, 9)
        ]
        (folder / f"{subject}-{number:04}.txt").write_text("\n".join(lines), "utf-8")
    return folder


def ask_all(
    address: str, chromium: str, questions: Sequence[str], meet: Callable[[], Any] | None = None
) -> list[dict[str, float]]:
    """Ask every question in a browser, after one to warm up; return the stages' milliseconds."""
    from playwright.sync_api import sync_playwright

    found: list[dict[str, float]] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(300_000)
        page.goto(address)
        page.wait_for_selector(".welcome")
        page.evaluate(WATCH)
        if meet is not None:
            meet()
        for number, question in enumerate([questions[0], *questions]):
            page.fill("#question textarea", question)
            page.press("#question textarea", "Enter")
            page.wait_for_function("window.stages.end !== undefined")
            if number:
                found.append(page.evaluate("window.stages"))
        browser.close()
    return found


def ask_in_two(address: str, chromium: str, questions: Sequence[str]) -> list[dict[str, float]]:
    """Ask in two browsers at once, which have to wait for each other; return all stages."""
    meeting = threading.Barrier(2)
    found: list[dict[str, float]] = []

    def ask(own: Sequence[str]) -> None:
        found.extend(ask_all(address, chromium, own, meeting.wait))

    orders = (questions, questions[::-1])
    threads = [threading.Thread(target=ask, args=(own,)) for own in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(found) != 2 * len(questions):
        raise RuntimeError("a browser broke off: see above")
    return found


def measure_load(address: str, chromium: str) -> tuple[float, int]:
    """Return seconds until a question can be typed, and bytes transferred: medians, empty cache."""
    from playwright.sync_api import sync_playwright

    seconds: list[float] = []
    sizes: list[int] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        for _ in range(5):
            context = browser.new_context()
            page = context.new_page()
            network = context.new_cdp_session(page)
            network.send("Network.enable")
            received: list[int] = []
            network.on(
                "Network.loadingFinished",
                lambda event, received=received: received.append(int(event["encodedDataLength"])),
            )
            page.goto(address)
            page.wait_for_selector("#question textarea:not([disabled])")
            seconds.append(page.evaluate("performance.now()") / 1000)
            page.wait_for_timeout(1000)
            sizes.append(sum(received))
            context.close()
        browser.close()
    return statistics.median(seconds), int(statistics.median(sizes))


def table(rows: Sequence[Row], loads: Sequence[tuple[str, float, int]]) -> str:
    """Return both tables as Markdown; seconds are p50, p95, and how many had such a stage."""
    lines = ["| seconds after Enter: p50, p95 (n) | evidence | phrased sentence | end |"]
    lines.append("|---|---|---|---|")
    for name, stages in rows:
        cells = [percentiles(stages, stage) for stage in ("evidence", "sentence", "end")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", "| opening the page | until a question can be typed | transferred |"]
    lines.append("|---|---|---|")
    lines += [
        f"| {name} | {seconds:.2f} s | {size / 1e6:.2f} MB |" for name, seconds, size in loads
    ]
    return "\n".join(lines)


def percentiles(stages: Sequence[dict[str, float]], stage: str) -> str:
    """Return `p50, p95 (n)` in seconds of the answers that reached the stage (nearest rank)."""
    values = sorted(row[stage] / 1000 for row in stages if stage in row)
    if not values:
        return "none"
    p50, p95 = (values[math.ceil(share * len(values)) - 1] for share in (0.5, 0.95))
    return f"{p50:.2f}, {p95:.2f} ({len(values)})"


if __name__ == "__main__":
    sys.exit(main())
