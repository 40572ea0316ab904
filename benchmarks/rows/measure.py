"""How many questions over rows are computed rightly, and how many are computed that cannot be.

    python benchmarks/rows/measure.py [--half even|odd] [--gold-kinds] [--answers]

Right: the short answer is the expected one and the rows shown are those it comes from. A question
of kind "none" cannot be computed (the table does not say, or it is one cell): right is whatever is
not computed. `--gold-kinds` takes the kind from the set instead of from the classifier, which parts
its faults from those of the computing. The code was tuned on the even numbers alone.
"""

import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))
_KINDS = ("count", "sum", "highest", "lowest", "earliest", "latest", "filter", "none")


def main() -> int:
    """Ask, count, print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("even", "odd"))
    parser.add_argument("--gold-kinds", action="store_true")
    parser.add_argument("--answers", action="store_true")
    args = parser.parse_args()
    from rag.offline import set_offline

    set_offline()
    from rag.answering.question_kind import KINDS
    from rag.assemble import open_pipeline
    from rag.settings import load_settings

    pipeline = open_pipeline(
        load_settings(),
        docs=[HERE / "documents"],
        say=lambda line: print(line, file=sys.stderr),
    )
    questions = [json.loads(line) for line in (HERE / "questions.jsonl").open(encoding="utf-8")]
    if args.half:
        questions = [q for q in questions if (int(q["id"][1:]) % 2 == 0) == (args.half == "even")]
    if args.gold_kinds:
        gold = {question["question"]: question["kind"] for question in questions}
        pipeline._kinds = lambda question, _: dict.fromkeys(KINDS, 0.0) | {gold[question]: 1.0}
    counts = {name: Counter[str]() for name in ("asked", "right", "rows", "computed", "refused")}
    answers = pipeline.ask_many([question["question"] for question in questions])
    for question, answer in zip(questions, answers, strict=True):
        kind = question["kind"]
        counts["asked"][kind] += 1
        counts["right"][kind] += is_right(question, answer)
        counts["rows"][kind] += has_rows(question, answer)
        counts["computed"][kind] += is_computed(answer)
        counts["refused"][kind] += answer.status == "refused"
        if args.answers:
            show(question, answer)
    print(f"{'kind':10}" + "".join(f"{name:>10}" for name in counts))
    for kind in _KINDS:
        print(f"{kind:10}" + "".join(f"{count[kind]:10}" for count in counts.values()))
    print(f"{'all':10}" + "".join(f"{count.total():10}" for count in counts.values()))
    return 0


def is_computed(answer: Any) -> bool:
    """Say whether code over rows made the answer."""
    return any(sentence.kind == "computed" for sentence in answer.sentences)


def is_right(question: dict[str, Any], answer: Any) -> bool:
    """Say whether the short answer is the expected one, from the expected rows."""
    if question["kind"] == "none":
        return not is_computed(answer)
    given = normal(answer.short_answer or "")
    accepted = [normal(each) for each in question["answers"]]
    return given in accepted and has_rows(question, answer)


def normal(text: str) -> Any:
    """Return a number where there is one alone, else the words in any order of the parts."""
    number = re.fullmatch(r"\D{0,4}(\d[\d,]*(?:\.\d+)?)\D{0,4}", text)
    if number:
        return float(number[1].replace(",", ""))
    return sorted(part.strip().casefold() for part in text.split(";"))


def has_rows(question: dict[str, Any], answer: Any) -> bool:
    """Say whether the rows shown are the expected ones; of many, the first ten."""
    if question["kind"] == "none":
        return not is_computed(answer)
    shown = [sentence.line for sentence in answer.sentences if sentence.kind in ("row", "item")]
    found = [any(row in line for line in shown) for row in question["rows"]]
    enough = sum(found) == min(len(found), len(shown)) or question["kind"] == "none"
    return enough and len(shown) >= min(len(found), 10)


def show(question: dict[str, Any], answer: Any) -> None:
    """Print a question with what was shown and what was expected."""
    mark = "right" if is_right(question, answer) else "WRONG"
    print(f"{mark} {question['id']} {question['kind']}: {question['question']}")
    print("   shown:   ", " / ".join(answer.text.splitlines())[:300], "|", answer.short_answer)
    print(f"    expected: {question['answers']} {answer.confidence:.2f}")


if __name__ == "__main__":
    sys.exit(main())
