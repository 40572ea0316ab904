"""How many of the everyday questions are answered, by what is shown; reading them is better.

    python benchmarks/everyday/measure.py [--types list,steps] [--min-confidence 0] [--answers]

A list or steps count if all their items are shown, any other answerable question if an accepted
answer (or, without one, the beginning of its evidence) is shown, an unanswerable one if it is
refused, one of a false premise also if it is said that the text says otherwise, and the quote says
what. `--answers` prints each question with what was shown, to be read. `--folder` names other
documents and questions of this format.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))
_READ = 6
"""Passages among which the evidence is looked for: as many as are read."""
_BEGINNING = 50


def main() -> int:
    """Ask, count, print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--types", help="kinds of questions, parted by commas")
    parser.add_argument("--min-confidence", type=float)
    parser.add_argument("--answers", action="store_true")
    parser.add_argument("--folder", type=Path, default=HERE)
    args = parser.parse_args()
    questions = [
        json.loads(line)
        for line in (args.folder / "questions.jsonl").read_text("utf-8").splitlines()
        if not args.types or json.loads(line)["type"] in args.types.split(",")
    ]
    counts = {
        name: Counter[str]()
        for name in ("asked", "right", "refused", "denied", "retrieved", "unsure")
    }
    answers = ask(args.folder, questions, args.min_confidence)
    for question, answer in zip(questions, answers, strict=True):
        kind = question["type"]
        counts["asked"][kind] += 1
        counts["right"][kind] += is_right(question, answer)
        counts["refused"][kind] += answer.status == "refused"
        counts["denied"][kind] += answer.answer_kind == "denied"
        counts["unsure"][kind] += bool(answer.warning) and not is_right(question, answer)
        counts["retrieved"][kind] += is_retrieved(question, answer)
        if args.answers:
            show(question, answer)
    print_counts(counts)
    return 0


def ask(
    folder: Path, questions: Sequence[dict[str, Any]], min_confidence: float | None = None
) -> list[Any]:
    """Return the answers of a library of the folder's documents, offline."""
    from rag.offline import set_offline

    set_offline()
    from rag.assemble import open_pipeline
    from rag.settings import load_settings

    pipeline = open_pipeline(
        load_settings(),
        docs=[folder / "documents"],
        name=None,
        say=lambda line: print(line, file=sys.stderr),
        progress=None,
        min_confidence=min_confidence,
    )
    return list(
        pipeline.ask_many(
            [question["question"] for question in questions],
            histories=[question.get("history", []) for question in questions],
        )
    )


def print_counts(counts: Mapping[str, Counter[str]]) -> None:
    """Print what was counted of each type; "asked" has all types."""
    print(f"{'type':10}" + "".join(f"{name:>11}" for name in counts))
    for kind in counts["asked"]:
        print(f"{kind:10}" + "".join(f"{count[kind]:11}" for count in counts.values()))
    print(f"{'all':10}" + "".join(f"{count.total():11}" for count in counts.values()))


def normal(text: str) -> str:
    """Return the words of a text in small letters."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def is_right(question: dict[str, Any], answer: Any) -> bool:
    """Say whether what is shown answers the question, as far as a program can tell."""
    shown = normal(" ".join([*(s.text for s in answer.sentences), answer.short_answer or ""]))
    is_denied = answer.answer_kind == "denied"
    if not question["answerable"]:
        correction = normal(question.get("correction", ""))[:_BEGINNING]
        is_corrected = is_denied and bool(correction) and correction in shown
        return answer.status == "refused" or is_corrected
    if is_denied:
        return False
    if question["kind"] in ("yes", "no"):
        return answer.short_answer in ("yes", "no") and answer.answer_kind == question["kind"]
    return holds_answers(question, shown)


def holds_answers(question: dict[str, Any], said: str) -> bool:
    """Say whether a `normal` text has what is accepted, of a list or steps all of it."""
    found = [normal(accepted) in said for accepted in question["answers"]]
    if question["kind"] in ("list", "steps"):
        return all(found)
    return any(found) if found else normal(question["evidence"])[:_BEGINNING] in said


def is_retrieved(question: dict[str, Any], answer: Any) -> bool:
    """Say whether the beginning of the evidence is in a passage that is read."""
    beginning = normal(question.get("evidence") or "")[:_BEGINNING]
    passages = [normal(hit.passage.text) for hit in answer.ranked[:_READ]]
    return bool(beginning) and any(beginning in passage for passage in passages)


def show(question: dict[str, Any], answer: Any) -> None:
    """Print a question with what was shown and what was expected."""
    mark = "right" if is_right(question, answer) else "WRONG"
    print(f"{mark} {question['type']}: {question['question']} ({answer.confidence:.2f})")
    print("   shown:   ", " / ".join(answer.text.splitlines())[:400], "|", answer.short_answer)
    print("   expected:", question["answers"] or question.get("evidence", "")[:200])


if __name__ == "__main__":
    sys.exit(main())
