"""How many questions about whole documents, sides, parts and versions are answered as they should.

    python benchmarks/overviews/measure.py [--types overview,compare] [--answers]

A question counts as right if of its `points` as many as `least` says (else all) are shown, nothing
of `absent` is, only its `documents` are cited where it names these, `missing` parts are named as
not answered, and the group of the `later` document says so. `--answers` prints what was shown.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))


def main() -> int:
    """Ask, count, print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--types", help="types of questions, parted by commas")
    parser.add_argument("--answers", action="store_true")
    args = parser.parse_args()
    from rag.offline import set_offline

    set_offline()
    from rag.assemble import open_pipeline
    from rag.settings import load_settings

    questions = [
        json.loads(line) for line in (HERE / "questions.jsonl").read_text("utf-8").splitlines()
    ]
    pipeline = open_pipeline(load_settings(), docs=[HERE / "documents"], say=_complain)
    asked, right = Counter[str](), Counter[str]()
    for question in questions:
        if args.types and question["type"] not in args.types.split(","):
            continue
        answer = pipeline.ask(question["question"], history=question.get("history", []))
        faults = find_faults(question, answer)
        asked[question["type"]] += 1
        right[question["type"]] += not faults
        if args.answers:
            print(f"{'WRONG' if faults else 'right'} {question['id']}: {question['question']}")
            print(f"    {answer.confidence:.2f} {answer.answer_kind}; {'; '.join(faults)}")
            for line in answer.written(with_notes=True).splitlines():
                print("    |", line)
            print("    |", answer.note, answer.unanswered, f"{answer.seconds['total']:.2f} s")
    for kind in asked:
        print(f"{kind:10}{right[kind]:4} of {asked[kind]}")
    print(f"{'all':10}{right.total():4} of {asked.total()}")
    return 0


def find_faults(question: dict[str, Any], answer: Any) -> list[str]:
    """Return what is wrong with an answer; nothing for a right one."""
    shown = " ".join(" ".join(sentence.text.split()) for sentence in answer.sentences)
    cited = sorted({citation.document for citation in answer.citations})
    found = [point for point in question["points"] if point in shown]
    faults = []
    if len(found) < question.get("least", len(question["points"])):
        faults.append(f"missed {[p for p in question['points'] if p not in found]}")
    faults += [f"shows {words!r}" for words in question.get("absent", []) if words in shown]
    if "documents" in question and cited != question["documents"]:
        faults.append(f"cites {cited}")
    if len(answer.unanswered) != question.get("missing", 0):
        faults.append(f"unanswered: {answer.unanswered}")
    later = question.get("later")
    if later and not any(later in s.group and "later" in s.group for s in answer.sentences):
        faults.append("does not say which is later")
    return faults


def _complain(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
