"""One system of benchmark.py in a process of its own, so that its memory is its own.

Started by benchmark.py as `benchmark_worker.py SYSTEM HOME`. Reads one JSON object a line from
standard input and answers each with one; whatever libraries print goes to standard error. Answers
are scored here, by the functions that `footnote evaluate` uses, so that only rows travel.
"""

import dataclasses
import gc
import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

STARTED = time.perf_counter()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rag.offline import set_offline  # noqa: E402

set_offline()

from benchmark_rows import sentence_counts  # noqa: E402

from rag.assemble import load_embedder, open_pipeline  # noqa: E402
from rag.evaluation.evaluate import Answerer, describe_run  # noqa: E402
from rag.evaluation.questions import Question  # noqa: E402
from rag.evaluation.rows import answered_row, failed_row  # noqa: E402
from rag.serialize import to_json  # noqa: E402
from rag.settings import Settings, load_settings  # noqa: E402

NEEDS = {"txtai": "txtai", "naive+llama.cpp": "llama_cpp", "llama.cpp": "llama_cpp"}
"""The module without which a system cannot run."""
Open = Callable[[Sequence[Path]], Answerer]


def main() -> int:
    """Answer requests until standard input ends; return the exit code."""
    system, home = sys.argv[1:]
    settings = load_settings(home=home)
    needed = NEEDS.get(system)
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as output:
        os.dup2(2, 1)  # what libraries print must not stand among the answers
        if needed and importlib.util.find_spec(needed) is None:
            replies: Iterator[dict[str, Any]] = iter(
                [{"unavailable": f"{needed} is not installed"}]
            )
        elif system in ("transformers", "llama.cpp"):
            replies = generate_replies(system, settings)
        else:
            replies = answer_replies(system, settings)
        for reply in replies:
            output.write(to_json(reply) + "\n")
            output.flush()
    return 0


def answer_replies(system: str, settings: Settings) -> Iterator[dict[str, Any]]:
    """Yield that the system is ready, then a reply to each request.

    `{"open": [path, …]}` changes the documents, `{"ask": question}` gets a row.
    """
    open_documents = opener(system, settings)
    answerer: Answerer | None = None
    yield {"ready": True}
    for line in sys.stdin:
        request = json.loads(line)
        if "open" in request:
            del answerer
            gc.collect()  # the peak is to be that of one library, not of two
            answerer = open_documents([Path(path) for path in request["open"]])
            described = describe_run(answerer, answerer.library.documents())
            yield {"run": described, "seconds_since_start": time.perf_counter() - STARTED}
        else:
            question = Question(**request["ask"])
            yield {"row": ask(answerer, question), "peak_bytes": peak_bytes()}


def opener(system: str, settings: Settings) -> Open:
    """Return the function that gives the system's `Answerer` over some files."""
    if system == "footnote":
        return lambda paths: open_pipeline(settings, docs=paths, say=say)
    if system == "txtai":
        from baseline_framework import TxtaiRag

        rag: Any = TxtaiRag(settings)
    else:
        from baseline_engines import ENGINES
        from baseline_naive import NaiveRag

        engine = ENGINES["llama.cpp" if system == "naive+llama.cpp" else "transformers"](settings)
        rag = NaiveRag(settings, *load_embedder(settings), engine)

    def open_documents(paths: Sequence[Path]) -> Answerer:
        rag.open(paths)
        return rag  # type: ignore[no-any-return]

    return open_documents


def ask(answerer: Any, question: Question) -> dict[str, Any]:
    """Return the question's row; a question that fails gets one too."""
    documents = answerer.library.documents()
    names = {document.id: document.name for document in documents}
    texts = {document.name: answerer.library.text(document.id) for document in documents}
    try:
        answer = answerer.ask(question.question)
    except Exception as error:
        return failed_row(question, f"{type(error).__name__}: {' '.join(str(error).split())}")
    row = answered_row(question, answer, names, texts)
    return row | {"counts": sentence_counts(row, texts)}


def generate_replies(engine_name: str, settings: Settings) -> Iterator[dict[str, Any]]:
    """Yield that the engine is ready, then what it wrote for each `{"messages": […]}`."""
    from baseline_engines import ENGINES

    engine = ENGINES[engine_name](settings)
    yield {"ready": True, "name": engine.name, "seconds_since_start": time.perf_counter() - STARTED}
    for line in sys.stdin:
        messages = json.loads(line)["messages"]
        begin = time.perf_counter()
        first, text = None, ""
        for piece in engine.stream(messages):
            text += piece
            if first is None and text.strip():
                first = time.perf_counter() - begin
        total = time.perf_counter() - begin
        yield {
            "text": text,
            "prompt_tokens": engine.count_tokens(messages[0]["content"]),
            "tokens": engine.count_tokens(text),
            "first": total if first is None else first,
            "total": total,
            "peak_bytes": peak_bytes(),
        }


def peak_bytes() -> int:
    """Return the most memory that this process has had resident."""
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def say(line: str) -> None:
    """Pass on a line for a person."""
    print(line, file=sys.stderr)


def as_request(question: Question) -> dict[str, Any]:
    """Return the question as the `ask` request takes it."""
    return dataclasses.asdict(question)


if __name__ == "__main__":
    sys.exit(main())
