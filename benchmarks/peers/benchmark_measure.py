"""The run of a benchmark: asks every system, in turns, what it has not answered yet."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from baseline_answer import WRITER, naive_messages
from benchmark_progress import Progress
from benchmark_sets import Task, seed_tasks
from benchmark_system import WorkerSystem
from tqdm import tqdm

from rag.models.find import find_model
from rag.models.gguf import converted_folder

ENGINES = ("transformers", "llama.cpp")


def measure(args: argparse.Namespace, tasks: Sequence[Task], progress: Progress) -> None:
    """Ask every system every question that it has not answered yet, taking turns."""
    left = [
        (task, name)
        for task in tasks
        for name in args.systems
        if (task.set, name, task.question.id) not in progress
    ]
    systems = start(
        [name for name in args.systems if any(name == other for _, other in left)], args
    )
    try:
        for system in systems.values():  # the first question is slower: it is asked, not counted
            warm_up = seed_tasks(1, args.seed)[0]
            system.open(warm_up.paths)
            system.ask(warm_up.question)
        for number, (task, name) in enumerate(tqdm(in_turns(left, tasks), desc="questions")):
            if name not in systems:
                continue
            systems[name].open(task.paths)
            row = systems[name].ask(task.question)
            record = {"kind": task.set, "system": name, "id": task.question.id, "row": row}
            progress.add(record | {"run": systems[name].run, "number": number})
    finally:
        finish(systems, progress)
    measure_engines(args, tasks, progress)


def in_turns(left: Sequence[tuple[Task, str]], tasks: Sequence[Task]) -> list[tuple[Task, str]]:
    """Return what is left so that with each question another system goes first."""
    place = {(task.set, task.question.id): number for number, task in enumerate(tasks)}
    names = list(dict.fromkeys(name for _, name in left))

    def turn(item: tuple[Task, str]) -> tuple[int, int]:
        task, name = item
        number = place[task.set, task.question.id]
        return number, (names.index(name) - number) % len(names)

    return sorted(left, key=turn)


def measure_engines(args: argparse.Namespace, tasks: Sequence[Task], progress: Progress) -> None:
    """Let both engines write from the prompts that the naive baseline used, taking turns."""
    prompts = {}
    for task in tasks:
        record = progress.records.get((task.set, "naive", task.question.id))
        if record is not None and record["row"]["error"] is None:
            row = record["row"]
            chunks = [c["quote"] for c in row["citations"]] or [n["text"] for n in row["nearest"]]
            prompts[f"{task.set}/{task.question.id}"] = naive_messages(row["question"], chunks)
    asked = dict(list(prompts.items())[: args.prompts])
    left = [
        (key, name)
        for key in asked
        for name in ENGINES
        if ("generation", name, key) not in progress
    ]
    engines = start([name for name in ENGINES if any(name == other for _, other in left)], args)
    try:
        for engine in engines.values():
            engine.generate(naive_messages("Who?", ["Nobody."]))
        for key, name in tqdm(left, desc="generation"):
            if name in engines:
                record = {"kind": "generation", "system": name, "id": key}
                progress.add(record | engines[name].generate(asked[key]))
    finally:
        finish(engines, progress)


def start(names: Sequence[str], args: argparse.Namespace) -> dict[str, WorkerSystem]:
    """Return the systems that can run here, started one after the other."""
    started: dict[str, WorkerSystem] = {}
    for name in names:
        system = WorkerSystem(name, args.output / "home", args.output / "log.txt")
        if system.unavailable:
            say(f"{name} is left out: {system.unavailable}")
            system.close()
        else:
            started[name] = system
    return started


def finish(systems: dict[str, WorkerSystem], progress: Progress) -> None:
    """End the systems' processes, and keep what each needed."""
    for system in systems.values():
        system.close()
        before = progress.records.get(("process", system.name, ""), {})
        progress.add(
            {
                "kind": "process",
                "system": system.name,
                "id": "",
                "setup_seconds": system.setup_seconds,
                "peak_bytes": max(system.peak_bytes, before.get("peak_bytes", 0)),
            }
        )


def prepare_generator(home: Path) -> None:
    """Convert the language model, once, so that no system's set-up has that in it."""
    files = find_model(WRITER, "generator")
    if files.gguf is not None and files.sha256 is not None:
        converted_folder(files.gguf, files.sha256, home / "models", say, remedy=files.remedy)


def say(line: str) -> None:
    """Tell the person what is being done; standard output is left to results."""
    print(line, file=sys.stderr)
