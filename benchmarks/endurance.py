"""The tests of kills and crowds, with more of both than a test run has time for.

    python benchmarks/endurance.py kills [--moments 30] [--files 300]
    python benchmarks/endurance.py crowd [--clients 20] [--questions 20]

`kills` ends indexing at random moments with SIGKILL, compares what is left with an undisturbed
index, and lets the next run finish. `crowd` asks from many sessions at once while documents come
and go. Both use the fakes of the tests in place of the models; prints one line a moment, exits 1
where something was wrong.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
sys.path[:0] = [str(ROOT), str(TESTS)]


def main() -> int:
    """Run what the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["kills", "crowd"])
    parser.add_argument("--moments", type=int, default=30)
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if args.what == "kills":
            return kills(Path(folder), args.files, args.moments, args.seed)
        return crowd(Path(folder), args.clients, args.questions)


def kills(folder: Path, files: int, moments: int, seed: int) -> int:
    """End indexing at random moments; compare with what an undisturbed run makes."""
    from fake_embedder import FakeEmbedder
    from library_content import check_whole, content_of, open_at, refresh, write_documents

    chance = random.Random(seed)
    docs = write_documents(folder / "docs", files)
    with open_at(folder / "undisturbed.sqlite") as library:
        refresh(library, docs, FakeEmbedder())
        undisturbed = content_of(library)
    wrong = 0
    for moment in range(moments):
        path = folder / f"{moment}.sqlite"
        process = index(docs, path)
        reached = chance.randrange(1, files + 1)
        next((line for line in process.stdout or () if int(line) == reached), None)
        time.sleep(chance.uniform(0, 0.02))
        process.kill()
        process.communicate()
        with open_at(path) as library:
            check_whole(library, FakeEmbedder())
            left = content_of(library)
            is_part = left.items() <= undisturbed.items()
            refresh(library, docs, FakeEmbedder())
            is_same = content_of(library) == undisturbed
        right = is_part and is_same
        wrong += not right
        print(f"moment {moment}: {len(left)} of {files} files kept, right: {right}", flush=True)
    print(f"{moments - wrong} of {moments} right")
    return 1 if wrong else 0


def index(docs: Path, path: Path) -> "subprocess.Popen[bytes]":
    """Start indexing in a process of its own."""
    return subprocess.Popen(
        [sys.executable, str(TESTS / "index_slowly.py"), str(docs), str(path), "0.002"],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{TESTS}"},
    )


def crowd(folder: Path, clients: int, questions: int) -> int:
    """Ask from many sessions at once; compare each answer with the one right one."""
    import psutil
    import test_crowd

    process = psutil.Process()
    sessions = test_crowd.make_crowded_sessions(folder)
    before = process.memory_info().rss
    started = time.monotonic()
    wrong, rounds, kept, more_files = test_crowd.crowd(
        sessions, folder / "kept.sqlite", folder / "guests", clients=clients, questions=questions
    )
    seconds = time.monotonic() - started
    sessions.close()
    grown = (process.memory_info().rss - before) / 1e6
    print(
        f"{clients * questions} questions in {seconds:.0f} s, {len(wrong)} wrong, {kept - 1} kept; "
        f"documents came and went {rounds} times; {more_files} more open files, {grown:.0f} MB more"
    )
    return 1 if wrong or kept != clients * questions + 1 else 0


if __name__ == "__main__":
    sys.exit(main())
