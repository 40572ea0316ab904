"""People who ask one `footnote serve` over HTTP, as a proxy lets them, while documents come.

    FOOTNOTE_HOME=MODELS python benchmarks/crowd.py [--people 100] [--minutes 10] [--questions 20]

The library is the everyday documents' (benchmarks/everyday). One person asks every question first,
alone: that is the answer that all others are to get. Then each of the people asks theirs at random
moments, one at a time, and now and then a document is read by `footnote index`, of which somebody
asks at once. Prints seconds from a question to its answer, errors, answers to somebody else's
question, those that are other than alone, and the server's memory and descriptors before and after;
exits 1 where there was an error or an answer to somebody else's question. `--code` is the checkout
that serves, so that two can be compared. MODELS' models are used, nothing else of it.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil

ROOT = Path(__file__).resolve().parent.parent
EVERYDAY = ROOT / "benchmarks" / "everyday"
LIBRARY = "crowd"
TIMEOUT_SECONDS = 120.0

Question = dict[str, Any]


@dataclass(slots=True)
class Seen:
    """What came of the questions: seconds each, and a line for each thing that was not right."""

    seconds: list[float] = field(default_factory=list)
    shown: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    documents: int = 0


def main() -> int:
    """Serve, ask, print; return the exit code."""
    args = _parser().parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "files"
        shutil.copytree(EVERYDAY / "documents", files)
        environment = _environment(Path(folder) / "home", args.code)
        _run(["index", "--library", LIBRARY, "--add", str(files)], environment, args.code)
        with _served(environment, args.code, args.log) as (server, address):
            return asyncio.run(_measure(args, server, address, environment, files))


async def _measure(
    args: argparse.Namespace,
    server: psutil.Process,
    address: str,
    environment: dict[str, str],
    files: Path,
) -> int:
    """Ask alone, then all together; print what was seen."""
    chance = random.Random(args.seed)
    lines = (EVERYDAY / "questions.jsonl").read_text("utf-8").splitlines()
    questions = chance.sample([json.loads(line) for line in lines], args.different)
    limits = httpx.Limits(max_connections=2 * args.people + 10)
    async with httpx.AsyncClient(
        base_url=address, timeout=TIMEOUT_SECONDS, trust_env=False, limits=limits
    ) as http:
        alone, expected = Seen(), {}
        for number, question in enumerate(questions):
            answer = await _ask(http, f"first {number // 10}", question, alone)
            expected[question["id"]] = answer and answer["text"]
        before, began = _size(server), time.monotonic()
        together, over = Seen(), asyncio.Event()
        guests = asyncio.create_task(_bring(http, args, environment, files, together, over))
        asked = [
            _person(http, f"person {number}", args, questions, expected, together, chance.random())
            for number in range(args.people)
        ]
        await asyncio.gather(*asked)
        seconds = time.monotonic() - began
        over.set()
        await guests
    _print(args, alone, together, seconds, before, _size(server))
    return 1 if alone.errors or together.errors or together.others else 0


async def _person(
    http: httpx.AsyncClient,
    name: str,
    args: argparse.Namespace,
    questions: Sequence[Question],
    expected: dict[str, str],
    seen: Seen,
    seed: float,
) -> None:
    """Ask one's questions, each at a random moment of its part of the time."""
    chance, began = random.Random(seed), time.monotonic()
    part = args.minutes * 60 / args.questions
    for number in range(args.questions):
        at = began + (number + chance.random()) * part
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        question = chance.choice(questions)
        answer = await _ask(http, name, question, seen)
        if answer is not None and answer["text"] != expected[question["id"]]:
            seen.different.append(question["question"])


async def _bring(
    http: httpx.AsyncClient,
    args: argparse.Namespace,
    environment: dict[str, str],
    files: Path,
    seen: Seen,
    over: asyncio.Event,
) -> None:
    """Let a document come every so many seconds, and ask of it as soon as it has been read."""
    while not over.is_set():
        number = seen.documents
        text = f"The tower of Quarrendon {number} was built by Master Ilverin{number} in 1642."
        (files / f"tower-{number}.txt").write_text(text, encoding="utf-8")
        command = ["index", "--library", LIBRARY]
        await asyncio.to_thread(_run, command, environment, args.code)
        question = {"question": f"Who built the tower of Quarrendon {number}?"}
        answer = await _ask(http, f"guest {number}", question, seen)
        if answer is not None and f"Ilverin{number} " not in answer["text"]:
            seen.errors.append(f"document {number} was not found: {answer['text']}")
        seen.documents += 1
        try:
            await asyncio.wait_for(over.wait(), args.every)
        except TimeoutError:
            continue


async def _ask(
    http: httpx.AsyncClient, person: str, question: Question, seen: Seen
) -> dict[str, Any] | None:
    """Return the object that a person gets for a question; None after an error, which is kept."""
    body = {"data": [question["question"], question.get("history", [])]}
    headers = {"X-Forwarded-User": person}
    began = time.monotonic()
    try:
        begun = await http.post("/gradio_api/call/ask", json=body, headers=headers)
        event = begun.raise_for_status().json()["event_id"]
        reply = await http.get(f"/gradio_api/call/ask/{event}", headers=headers)
        kind, data = _event(reply.raise_for_status().text)
    except (httpx.HTTPError, ValueError, KeyError) as error:
        seen.errors.append(f"{type(error).__name__}: {error}")
        return None
    if kind != "complete":
        seen.errors.append(f"{kind}: {data}")
        return None
    seen.seconds.append(time.monotonic() - began)
    (answer,) = json.loads(data)
    seen.shown[answer["status"]] += 1
    if answer["question"] != question["question"]:
        seen.others.append(f"{question['question']!r} got {answer['question']!r}")
    return answer


def _event(text: str) -> tuple[str, str]:
    """Return name and data of the last event of a stream that has any."""
    lines = [line.partition(": ") for line in text.splitlines() if line.strip()]
    pairs = [
        (name[2], data[2])
        for name, data in zip(lines, lines[1:], strict=False)
        if name[0] == "event" and data[0] == "data" and name[2] != "heartbeat"
    ]
    return pairs[-1]


def _environment(home: Path, code: Path) -> dict[str, str]:
    """Return the environment of a home of its own that has the models of FOOTNOTE_HOME."""
    home.mkdir()
    if "FOOTNOTE_HOME" in os.environ:
        (home / "models").symlink_to(Path(os.environ["FOOTNOTE_HOME"]).resolve() / "models")
    return {**os.environ, "FOOTNOTE_HOME": str(home), "PYTHONPATH": str(code)}


def _run(arguments: Sequence[str], environment: dict[str, str], code: Path) -> None:
    """Run a command of Footnote to its end. Raises `CalledProcessError` with what it said."""
    command = [sys.executable, "-m", "rag.cli", *arguments]
    done = subprocess.run(command, cwd=code, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")


@contextmanager
def _served(
    environment: dict[str, str], code: Path, log: Path
) -> Iterator[tuple[psutil.Process, str]]:
    """Give a server of the library, as its process and address, that is ready for questions."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "rag.cli", "serve", "--library", LIBRARY]
    command += ["--port", str(port), "--generator", "none"]
    with log.open("w") as file:
        process = subprocess.Popen(command, cwd=code, env=environment, stderr=file)
    try:
        for _ in range(600):
            try:
                if httpx.get(f"{address}/health", trust_env=False).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.2)
        else:
            raise SystemExit("the server did not start")
        yield psutil.Process(process.pid), address
    finally:
        process.terminate()
        process.wait(60)


def _size(process: psutil.Process) -> tuple[float, int]:
    """Return the memory of a process in megabytes, and its descriptors."""
    descriptors = process.num_fds() if os.name == "posix" else process.num_handles()
    return process.memory_info().rss / 1e6, descriptors


def _print(
    args: argparse.Namespace,
    alone: Seen,
    together: Seen,
    seconds: float,
    before: tuple[float, int],
    after: tuple[float, int],
) -> None:
    print(f"{args.people} people, {args.questions} questions each, {seconds:.0f} s; {args.code}")
    for name, seen in (("alone", alone), ("together", together)):
        low, middle, high = np.percentile(seen.seconds, [50, 95, 100])
        print(
            f"{name}: {len(seen.seconds)} answers {dict(seen.shown)}, "
            f"p50 {low:.2f} s, p95 {middle:.2f} s, longest {high:.2f} s"
        )
    print(f"{len(together.seconds) / seconds:.2f} answers a second")
    print(f"errors: {len(alone.errors) + len(together.errors)}")
    print(f"answers to somebody else's question: {len(together.others)}")
    print(
        f"other than alone: {len(together.different)} of {len(set(together.different))} questions"
    )
    print(f"documents that came, each found by the next question: {together.documents}")
    print(f"memory {before[0]:.0f} MB before, {after[0]:.0f} MB after")
    print(f"descriptors {before[1]} before, {after[1]} after")
    for line in [
        *alone.errors,
        *together.errors,
        *together.others,
        *sorted(set(together.different)),
    ]:
        print(f"  {line}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--questions", type=int, default=20, help="of each of them (20)")
    parser.add_argument("--different", type=int, default=100, help="questions there are (100)")
    parser.add_argument("--every", type=float, default=30, help="seconds between documents (30)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--log", type=Path, default=Path(os.devnull), help="file for what the server says"
    )
    parser.add_argument("--code", type=Path, default=ROOT, help="checkout that serves (this one)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
