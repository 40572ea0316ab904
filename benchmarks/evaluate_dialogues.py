"""Measure whether follow-up questions find their evidence: alone, with history, rewritten by hand.

.venv/bin/python benchmarks/evaluate_dialogues.py [DIALOGUES.jsonl --docs PATH…]

Without arguments: the seed article's dialogues. The set has `history` and `rewritten` on each line
(docs/seed-dialogues.md says how it was made). Answers are quotes: no language model is used.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rag.answering.pipeline import Pipeline  # noqa: E402
from rag.assemble import open_pipeline  # noqa: E402
from rag.evaluation.questions import Question, read_questions  # noqa: E402
from rag.evaluation.rows import Row, answered_row  # noqa: E402
from rag.offline import set_offline  # noqa: E402
from rag.settings import load_settings  # noqa: E402

SEED_DIALOGUES = ROOT / "seeds" / "dialogues.jsonl"
Ways = dict[str, Callable[[Question], Question]]


def main() -> int:
    """Ask every follow-up in three ways and print the table; return the exit code."""
    args = _parser().parse_args()
    set_offline()
    questions, problems = read_questions(args.dialogues)
    for line in problems:
        print(line, file=sys.stderr)
    rewritten = read_rewritten(args.dialogues)
    ways: Ways = {
        "without history": lambda question: replace(question, history=()),
        "with history": lambda question: question,
        "rewritten by hand": lambda question: replace(
            question, question=rewritten[question.id], history=()
        ),
    }
    settings = load_settings()
    pipeline = open_pipeline(settings, docs=args.docs, say=_complain)
    rows: dict[str, list[Row]] = {way: [] for way in ways}
    with pipeline.library:
        for question in questions:
            found = [ask(pipeline, change(question)) for change in ways.values()]
            for way, row in zip(ways, found, strict=True):
                rows[way].append(row)
            if args.verbose:
                print_row(found)
    for line in table(rows):
        print(line)
    return 0


def read_rewritten(path: Path) -> dict[str, str]:
    """Return each follow-up as a person rewrote it, by id."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return {line["id"]: line.get("rewritten", line["question"]) for line in lines}


def ask(pipeline: Pipeline, question: Question) -> Row:
    """Return the row of the question, as in a report."""
    documents = pipeline.library.documents()
    names = {document.id: document.name for document in documents}
    texts = {document.name: pipeline.library.text(document.id) for document in documents}
    answer = pipeline.ask(question.question, history=question.history)
    return answered_row(question, answer, names, texts)


def table(rows: dict[str, list[Row]]) -> list[str]:
    """Return a Markdown table: what is found and refused in each way, by group."""
    lines = [
        "| | way | evidence cited | hit@1 | hit@5 | answered | unanswerable refused |",
        "|---|---|---|---|---|---|---|",
    ]
    groups = dict.fromkeys(row.get("group", "") for way in rows.values() for row in way)
    for group in groups:
        for way, all_rows in rows.items():
            own = [row for row in all_rows if row.get("group", "") == group]
            asked = [row for row in own if row["answerable"]]
            others = [row for row in own if not row["answerable"]]
            counts = (
                _count(asked, cites_evidence),
                _count(asked, lambda row: row["hit_rank"] == 1),
                _count(asked, lambda row: (row["hit_rank"] or 99) <= 5),
                _count(asked, lambda row: row["status"] != "refused"),
                _count(others, lambda row: row["status"] == "refused"),
            )
            lines.append(f"| {group} | {way} | {' | '.join(counts)} |")
    return lines


def cites_evidence(row: Row) -> bool:
    """Return whether a citation that is shown touches the evidence."""
    return bool(row["right_citations"])


def print_row(ways: Sequence[Row]) -> None:
    """Print what became of one follow-up in each way."""
    print(f"{ways[0]['id']}: {ways[0]['question']}")
    for row in ways:
        is_right = cites_evidence(row) if row["answerable"] else row["status"] == "refused"
        mark = "+" if is_right else "-"
        print(
            f"  {mark} {row['confidence']:.2f} {row['understood']} → {row['short_answer']}",
            flush=True,
        )


def _count(rows: Sequence[Row], counts: Callable[[Row], bool]) -> str:
    return f"{sum(map(counts, rows))} of {len(rows)}"


def _complain(line: str) -> None:
    print(line, file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("dialogues", type=Path, nargs="?", default=SEED_DIALOGUES)
    parser.add_argument("--docs", type=Path, nargs="+", help="default: the seed article")
    parser.add_argument("--verbose", action="store_true", help="say what became of each one")
    return parser


if __name__ == "__main__":
    sys.exit(main())
