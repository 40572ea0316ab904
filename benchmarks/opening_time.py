"""How soon Footnote is there, in processor seconds: the help, an answer, the page, a warm question.

    python benchmarks/opening_time.py [--runs 3] [--warm] [FOLDER...]

Each FOLDER is a checkout whose models are ready (this one); with several, their runs alternate:
machines are noisy, ratios are less so. Prints the median of each figure.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from resource import struct_rusage
from urllib.request import urlopen

import psutil

QUESTION = "Who is the Kremlin spokesman?"
WARM = """
import json, resource, sys, time
from pathlib import Path
from rag.offline import set_offline
set_offline()
from rag.assemble import open_pipeline
from rag.settings import load_settings

lines = Path("seeds/questions.jsonl").read_text("utf-8").splitlines()
questions = [json.loads(line)["question"] for line in lines][:20]
pipeline = open_pipeline(load_settings(), say=lambda line: None)
[pipeline.ask(question) for question in questions[:5]]
cpu, clock = [], []
for question in questions * 2:
    began, walled = time.process_time(), time.perf_counter()
    pipeline.ask(question)
    cpu.append(time.process_time() - began)
    clock.append(time.perf_counter() - walled)
print(json.dumps([sorted(cpu)[20], sorted(clock)[20]]))
"""


def main() -> int:
    """Measure each checkout in turn; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="*", default=[Path.cwd()])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--warm", action="store_true", help="ask 45 questions one by one, too")
    args = parser.parse_args()
    figures: dict[Path, dict[str, list[float]]] = {f: defaultdict(list) for f in args.folders}
    with tempfile.TemporaryDirectory() as home:
        homes = [os.environ | {"FOOTNOTE_HOME": f"{home}/{place}"} for place in range(len(figures))]
        for folder, environment in zip(figures, homes, strict=True):
            run(folder.resolve(), environment, "ask", QUESTION)  # reads the article, fills caches
        for _ in range(args.runs):
            for folder, environment in zip(figures, homes, strict=True):
                for name, value in measure(folder.resolve(), environment, warm=args.warm):
                    figures[folder][name].append(value)
                    print(f"{folder}: {name} {value:.3f}", file=sys.stderr, flush=True)
    for name in figures[args.folders[0]]:
        medians = [statistics.median(figures[folder][name]) for folder in args.folders]
        shown = "  ".join(f"{value:8.3f}" for value in medians)
        ratio = f"  ratio {medians[-1] / medians[0]:.2f}" if len(medians) > 1 else ""
        print(f"{name:40} {shown}{ratio}")
    return 0


def measure(
    folder: Path, environment: dict[str, str], *, warm: bool
) -> Iterator[tuple[str, float]]:
    """Yield the figures of one run of everything."""
    for name, arguments in (("--help", ["--help"]), ("ask", ["ask", QUESTION])):
        began = time.perf_counter()
        usage = run(folder, environment, *arguments)
        yield f"{name}, processor seconds", usage.ru_utime + usage.ru_stime
        yield f"{name}, by the clock", time.perf_counter() - began
        yield f"{name}, peak MB", usage.ru_maxrss / 1024
    yield from measure_page(folder, environment)
    if not warm:
        return
    done = subprocess.run(
        [sys.executable, "-c", WARM],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    cpu, clock = json.loads(done.stdout.splitlines()[-1])
    yield "warm question, p50, processor seconds", cpu
    yield "warm question, p50, by the clock", clock


def run(folder: Path, environment: dict[str, str], *arguments: str) -> struct_rusage:
    """Run a command of Footnote and return what it used."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        command(*arguments), cwd=folder, env=environment, stdout=quiet, stderr=quiet
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{folder}: {' '.join(arguments)} failed")
    return usage


def measure_page(folder: Path, environment: dict[str, str]) -> list[tuple[str, float]]:
    """Return what the page takes until it is served, and the memory when nobody asks anything."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command("chat", "--no-browser", "--port", "0"),
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if "Footnote is at " in line:
                break
        address = line.split("Footnote is at ")[1].split()[0]
        with urlopen(address, timeout=60) as page:
            page.read()
        ready = time.perf_counter() - began
        watched = psutil.Process(process.pid)
        times = watched.cpu_times()
        time.sleep(3)
        return [
            ("page ready, processor seconds", times.user + times.system),
            ("page ready, by the clock", ready),
            ("idle, MB", watched.memory_info().rss / 2**20),
        ]
    finally:
        process.terminate()
        process.wait()


def command(*arguments: str) -> list[str]:
    """Return the command line of Footnote in the current folder."""
    return [sys.executable, "-m", "rag.cli", *arguments]


if __name__ == "__main__":
    sys.exit(main())
