"""What a benchmark writes when it is done, and what it says about where it ran."""

import argparse
import datetime
import hashlib
import os
import platform
import shlex
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil
from baseline_answer import (
    CHUNK_CHARACTERS,
    CHUNK_OVERLAP,
    CHUNKS_GIVEN,
    INSTRUCTION,
    MAX_NEW_TOKENS,
    WRITER,
)
from benchmark_figures import engine_figures, set_figures
from benchmark_page import write_charts, write_page
from benchmark_progress import Progress
from benchmark_sets import Task
from benchmark_sizes import installed_size

from rag.evaluation.report import write_report, write_whole
from rag.evaluation.summary import summarise
from rag.models.threads import available_cores
from rag.serialize import to_json
from rag.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]
CODE = (
    "rag/**/*.py",
    "rag/reader/*",
    "benchmarks/peers/baseline_*.py",
    "benchmarks/peers/benchmark_worker.py",
)
PACKAGES = (
    "faiss-cpu llama-cpp-python numpy sentence-transformers torch transformers txtai"
).split()


def write_results(args: argparse.Namespace, tasks: Sequence[Task], progress: Progress) -> None:
    """Write every file of the results from what was measured."""
    results = origin() | {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": machine(),
        "command": shlex.join(["benchmarks/peers/benchmark.py", *(sys.argv[1:])]),
        "sets": {},
        "engines": engine_results(progress),
        "processes": {
            name: {k: record[k] for k in ("setup_seconds", "peak_bytes")}
            for (kind, name, _), record in progress.records.items()
            if kind == "process"
        },
        "installed": {name: installed_size(name, args.torch_index) for name in args.installed_size},
    }
    for set_name in dict.fromkeys(task.set for task in tasks):
        asked = [task.question.id for task in tasks if task.set == set_name]
        results["sets"][set_name] = {}
        for name in args.systems:
            records = [progress.records.get((set_name, name, id_)) for id_ in asked]
            found = [record for record in records if record is not None]
            if not found:
                continue
            rows = [record["row"] for record in found]
            results["sets"][set_name][name] = set_figures(rows)
            folder = args.output / set_name / name
            folder.mkdir(parents=True, exist_ok=True)
            write_report(folder, joined_runs(found) | {"summary": summarise(rows), "rows": rows})
    write_whole(args.output / "benchmark.json", to_json(results, indent=1) + "\n")
    write_page(results, args.output / "benchmark.md")
    write_charts(results, args.output)
    print(args.output / "benchmark.md")


def joined_runs(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what the rows depend on, with the documents of all of them."""
    documents = {name: v for record in records for name, v in record["run"]["documents"].items()}
    return records[0]["run"] | {"documents": documents}


def engine_results(progress: Progress) -> dict[str, Any]:
    """Return the figures of each engine on the prompts that all of them had."""
    written: dict[str, dict[str, Any]] = {}
    for (kind, name, id_), record in progress.records.items():
        if kind == "generation":
            written.setdefault(name, {})[id_] = record
    if not written:
        return {}
    shared = set.intersection(*(set(records) for records in written.values()))
    first = next(iter(written.values()))
    texts = {id_: first[id_]["text"] for id_ in shared}
    return {
        name: engine_figures([records[id_] for id_ in sorted(shared)], texts)
        for name, records in written.items()
    }


def origin() -> dict[str, Any]:
    """Return what answers depend on: code, settings, versions, and how the baselines are set."""
    settings = load_settings()
    return {
        "settings": {
            name: getattr(settings, name)
            for name in ("embedder", "reader", "min_confidence", "threads")
        },
        "baselines": {
            "chunk_characters": CHUNK_CHARACTERS,
            "chunk_overlap": CHUNK_OVERLAP,
            "chunks_given": CHUNKS_GIVEN,
            "writer": WRITER,
            "max_new_tokens": MAX_NEW_TOKENS,
            "instruction": INSTRUCTION,
        },
        "code_sha256": code_sha256(),
        "versions": {"python": platform.python_version()} | package_versions(),
    }


def code_sha256() -> str:
    """Return a hash of the code and weights that answers come from."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in CODE for path in ROOT.glob(pattern) if path.is_file()):
        digest.update(f"{path.relative_to(ROOT).as_posix()}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def package_versions() -> dict[str, str]:
    """Return the version of every package that the systems use and that is installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        processor = lines[0].partition(":")[2].strip() if lines else processor
    return {
        "processor": processor,
        "cores": available_cores(),
        "memory_bytes": psutil.virtual_memory().total,
        "system": platform.platform(),
        "load_at_end": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }
