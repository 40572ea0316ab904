"""kill -9 at random moments, and what is left compared with what was said to be done.

    python benchmarks/kills.py home|engine|ray [--times 50] [--seed 1] [--folder FOLDER]

`home` ends `footnote index` while it reads files into SQLite, and compares with an undisturbed
index before and after the next run. `engine` ends a process in which Qdrant's engine runs
(qdrant-edge) while documents are put, changed and removed: whatever was acknowledged is to be
there, what was begun wholly or not at all. `ray` ends workers of a cluster while they read files
into a shared library, which is then compared with one that was filled here. Small documents and the
tests' embedder; prints a line for each kill, exits 1 where something was wrong. `home` and `engine`
go on in FOLDER where they were broken off.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
sys.path[:0] = [str(ROOT), str(TESTS)]

FILES, RAY_FILES = 40, 100
RIGHT, WRONG = "right", "WRONG"


def main() -> int:
    """Kill as often as the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("what", choices=["home", "engine", "ray"])
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where it is done (a temporary folder)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if args.what == "ray":
            return ray(folder, args.times)
        moments = {"home": home, "engine": engine}[args.what]
        return counted(moments(folder, args.seed), folder / f"{args.what}.jsonl", args.times)


def counted(moments: "Iterator[tuple[bool, str]]", kept: Path, times: int) -> int:
    """Print the moments and keep them in a file until it has `times`; return the exit code."""
    lines = kept.read_text().splitlines() if kept.exists() else []
    with kept.open("a") as file:
        while len(lines) < times:
            is_right, line = next(moments)
            print(f"{len(lines) + 1}: {RIGHT if is_right else WRONG}, {line}", flush=True)
            lines.append(json.dumps([is_right, line]))
            print(lines[-1], file=file, flush=True)
    right = sum(json.loads(line)[0] for line in lines[:times])
    print(f"{right} of {times} right")
    return 0 if right == times else 1


def started(script: str, *arguments: object) -> "subprocess.Popen[str]":
    """Start a script of the tests, whose lines are read."""
    return subprocess.Popen(
        [sys.executable, str(TESTS / script), *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{TESTS}"},
    )


def home(folder: Path, seed: int) -> Iterator[tuple[bool, str]]:
    """End indexing at a random moment, again and again."""
    from fake_embedder import FakeEmbedder
    from library_content import check_whole, content_of, open_at, refresh, write_documents

    docs = write_documents(folder / "docs", FILES)
    with open_at(folder / "undisturbed.sqlite") as library:
        refresh(library, docs, FakeEmbedder())
        undisturbed = content_of(library)
    chance = random.Random(f"{seed} {time.time_ns()}")
    while True:
        with tempfile.TemporaryDirectory(dir=folder) as own:
            path = Path(own) / "l.sqlite"
            process = started("index_slowly.py", docs, path, 0.002)
            reached = chance.randrange(1, FILES + 1)
            next((line for line in process.stdout or () if int(line) == reached), None)
            time.sleep(chance.uniform(0, 0.02))
            process.kill()
            process.communicate()
            with open_at(path) as library:
                check_whole(library, FakeEmbedder())
                left = content_of(library)
                is_part = left.items() <= undisturbed.items()
                refresh(library, docs, FakeEmbedder())
                check_whole(library, FakeEmbedder())
                is_same = content_of(library) == undisturbed
        yield is_part and is_same, f"{len(left)} of {FILES} files kept"


def engine(folder: Path, seed: int) -> Iterator[tuple[bool, str]]:
    """End a process with the engine at a random moment; the next goes on with what it left."""
    from test_library_contract import text_of

    chance, data = random.Random(f"{seed} {time.time_ns()}"), folder / "engine"
    said = folder / "said.json"
    expected: dict[str, str] = json.loads(said.read_text()) if said.exists() else {}
    while True:
        process = started("put_on_engine.py", data, chance.random())
        steps, begun = chance.randrange(1, 60), None
        for line in process.stdout or ():
            if line.strip() != "done":
                begun = line.split()
                continue
            expected, begun, steps = _after(expected, begun, text_of), None, steps - 1
            if not steps:
                time.sleep(chance.uniform(0, 0.03))
                process.kill()
        process.wait()
        allowed = [expected, *([_after(expected, begun, text_of)] if begun else [])]
        found, whole, passages = _engine_state(data)
        is_right = found in allowed and whole == passages
        expected = found
        said.write_text(json.dumps(found))
        yield is_right, f"{len(found)} documents, in the middle of {begun or 'nothing'}"


def _after(expected: dict[str, str], step: Any, text_of: Any) -> dict[str, str]:
    """Return what each document says once a step is done."""
    what, name, *number = step
    after = {key: text for key, text in expected.items() if key != name}
    return after if what == "remove" else after | {name: text_of(int(number[0]))}


def _engine_state(data: Path) -> tuple[dict[str, str], int, int]:
    """Return what each document says, how many passages are whole, and how many there are."""
    from edge_client import EdgeClient
    from fake_embedder import FakeEmbedder
    from shared_library import open_local
    from test_library_contract import RECIPE, TOKENS, made

    from rag.documents.split import split_passages

    client, embedder = EdgeClient(data), FakeEmbedder()
    with open_local(embedder, client, recipe=RECIPE | {"dimension": "16"}) as library:
        texts, whole = {}, 0
        for info in library.documents():
            text = texts[info.name] = library.text(info.id)
            drafts = split_passages(made(info.name, text), embedder, TOKENS)
            ids = [place[0] for place in library.passage_places(info.id)]
            views = [passage.view for passage in library.passages(ids)]
            rows = library.rows(ids)
            expected = embedder.embed([draft.words for draft in drafts])
            if views == [draft.view for draft in drafts] and np.array_equal(rows, expected):
                whole += len(ids)
        counted = library.passage_count()
    client.close()
    return texts, whole, counted


def ray(folder: Path, times: int) -> int:
    """Read files with two workers, which are killed; compare with reading them here."""
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, (ROOT, TESTS)))
    os.environ["RAY_memory_monitor_refresh_ms"] = "0"
    from fake_embedder import FakeEmbedder
    from fake_qdrant import fake_qdrant
    from killed_worker import LoadKilled, killed
    from library_content import refresh, write_documents
    from shared_library import open_local
    from test_library_contract import state_of

    from rag.documents.load import find_sources
    from rag.library.qdrant.opening import open_shared
    from rag.library.recipe import library_recipe
    from rag.library.spreading import read_spread
    from rag.settings import Settings

    docs = write_documents(folder / "docs", RAY_FILES, sentences=4)
    sources, marks = find_sources([docs]).sources, str(folder / "killed")
    recipe = library_recipe("fake@1", 40) | {"dimension": str(FakeEmbedder().dimension)}
    here = open_local(FakeEmbedder(), recipe=recipe)
    refresh(here, docs, FakeEmbedder())
    began = time.monotonic()
    with (
        fake_qdrant() as server,
        open_shared(server.address, key="", recipe=recipe, create=True) as library,
    ):
        library.start_over(recipe)
        settings, load = Settings(passage_tokens=40), LoadKilled(marks, times)
        read = read_spread(server.address, sources, settings, load, workers=2)
        failed = [line for _, line in read.skipped]
        first = state_of(library)
        is_part = first.items() <= state_of(here).items()
        again = read_spread(server.address, sources, settings, load, workers=2) if failed else read
        library.settle()
        is_same = state_of(library) == state_of(here) and not (failed and again.skipped)
    print(
        f"{killed(marks)} workers killed in {time.monotonic() - began:.0f} s; {len(first)} of "
        f"{RAY_FILES} files read, {len(failed)} given up and read by a second run; "
        f"nothing half: {is_part}, the same as read here: {is_same}"
    )
    return 0 if is_part and is_same else 1


if __name__ == "__main__":
    sys.exit(main())
