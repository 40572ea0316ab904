"""The same writer as naive RAG: the first passages in a prompt, no reader, no checks.

    python benchmarks/naive_writer.py MODEL.gguf [--folder benchmarks/fresh] [--passages 5]
        [--every 2] [--out answers.jsonl]

Retrieves as Footnote does, so that what differs is what comes after. Writes each answer to `--out`
and leaves out what stands there already. Counts as benchmarks/everyday/measure.py does, save that a
yes or no is right if the answer begins with it and an unanswerable question if the answer says what
the prompt asks it to say then.
"""

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from threading import Event
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.everyday.measure import ask, holds_answers, normal, print_counts  # noqa: E402

_TOKENS = 160
_UNKNOWN = "The documents do not say."
_TASK = (
    "Answer the question with what the documents below say, and with nothing else. Be short and "
    f"complete. If they do not say, reply only: {_UNKNOWN}"
)


def main() -> int:
    """Ask, count, print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--folder", type=Path, default=ROOT / "benchmarks" / "everyday")
    parser.add_argument("--passages", type=int, default=5)
    parser.add_argument("--every", type=int, default=1, help="ask only every nth question")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("naive_writer.jsonl"))
    args = parser.parse_args()
    from rag.models.llama import LlamaModel

    lines = (args.folder / "questions.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line) for line in lines][:: args.every]
    known = {}
    if args.out.exists():
        kept = [json.loads(line) for line in args.out.read_text("utf-8").splitlines()]
        known = {answer["id"]: answer for answer in kept}
    asked = [question for question in questions if question["id"] not in known]
    found = ask(args.folder, asked)
    model = LlamaModel(args.model, args.model.stem, args.threads)
    with args.out.open("a", encoding="utf-8") as out:
        for question, answer in zip(asked, found, strict=True):
            begun = time.perf_counter()
            passages = [hit.passage for hit in answer.ranked[: args.passages]]
            text = "".join(model.stream(prompt(question, passages), _TOKENS, Event()))
            seconds = round(time.perf_counter() - begun, 2)
            known[question["id"]] = {"id": question["id"], "text": text, "seconds": seconds}
            out.write(json.dumps(known[question["id"]], ensure_ascii=False) + "\n")
            out.flush()
    model.close()
    counts = {name: Counter[str]() for name in ("asked", "right", "refused")}
    for question in questions:
        text = known[question["id"]]["text"]
        counts["asked"][question["type"]] += 1
        counts["right"][question["type"]] += is_right(question, text)
        counts["refused"][question["type"]] += is_refused(text)
    print_counts(counts)
    return 0


def prompt(question: dict[str, Any], passages: list[Any]) -> list[dict[str, str]]:
    """Return the messages of a tutorial's RAG."""
    texts = [passage.view for passage in passages]
    earlier = "".join(f"(Asked before: {turn})\n" for turn in question.get("history", []))
    asked = f"{earlier}Question: {question['question']}"
    return [
        {"role": "system", "content": _TASK},
        {"role": "user", "content": "\n\n".join([*texts, asked])},
    ]


def is_refused(text: str) -> bool:
    """Say whether the answer says that the documents do not say."""
    return normal(_UNKNOWN) in normal(text)


def is_right(question: dict[str, Any], text: str) -> bool:
    """Say whether the text answers the question, as far as a program can tell."""
    if not question["answerable"]:
        return is_refused(text)
    said = normal(text)
    if question["kind"] in ("yes", "no"):
        return said.split(" ")[0] == question["kind"]
    return holds_answers(question, said)


if __name__ == "__main__":
    sys.exit(main())
