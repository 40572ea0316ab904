"""Writes what the product takes for answers to our questions, right or wrong.

    python -m training.mine_answers --out RUN/mined.jsonl FOLDER...

Takes folders of everyday documents (`data/everyday/learn/NAME`). Each question is retrieved and
read as when answering, and the first candidates are what the checker would be asked about: one JSON
line each with folder, question, answer, text (the sentences behind what stands above), `settles`
(yes, no, nothing, or null where that is not known) and `right`, whether the words answer (null
likewise). What is wrong in a way that the reader finds right is what the checker has to learn.
Started again it goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from rag.answering.confidence import load_calibration
from rag.answering.confidence_signals import FIRST
from rag.answering.evidence import (
    Candidate,
    candidate_text,
    rank_candidates,
    sentences_with_path,
    touched_sentences,
)
from rag.evaluation.metrics import contains_answer, normalise_answer, token_f1
from rag.evaluation.questions import Question
from rag.models.large_reader import ADAPTER
from training.fit_confidence import Found, collect, first_read
from training.question_folders import write_everyday

Settles = Literal["yes", "no", "nothing"]
_ENOUGH, _NOT = 0.6, 0.3
"""F1 from which words are the answer, and up to which they are not."""


def settles(question: Question, candidate: Candidate) -> Settles | None:
    """Return how the candidate's sentences answer; yes also where that is no yes or no.

    None where they are not the evidence, and may say the same in another place.
    """
    if not question.answerable:
        return "nothing"
    shown = normalise_answer(touched_sentences(candidate))
    evidence = normalise_answer(question.evidence or "")
    if evidence and (evidence in shown or (shown and shown in evidence)):
        if question.group == "span" and not contains_answer(shown, question.answers):
            return None
        return "no" if question.group == "no" else "yes"
    said = question.group == "span" and contains_answer(shown, question.answers)
    return None if said else "nothing"


def is_right(question: Question, candidate: Candidate) -> bool | None:
    """Return whether the candidate's words answer a question for one thing; None if not known."""
    if question.answerable and question.group != "span":
        return None
    settled = settles(question, candidate)
    if settled != "yes":
        return None if settled is None else False
    words = candidate_text(candidate)
    f1 = token_f1(words, question.answers)
    if f1 >= _ENOUGH:
        return True
    return False if f1 < _NOT and not contains_answer(words, question.answers) else None


def lines_of(folder: str, found: Found) -> Iterator[dict[str, object]]:
    """Yield what the checker would be asked about one question."""
    question = found.question
    ranking = load_calibration(ADAPTER / "confidence.json").ranking
    for candidate in rank_candidates(found.spans, found.hits, ranking)[:FIRST]:
        yield {
            "folder": folder,
            "question": question.question,
            "answer": candidate_text(candidate),
            "text": sentences_with_path(candidate, led_in=True),
            "settles": settles(question, candidate),
            "right": is_right(question, candidate),
        }


def main() -> int:
    """Read all questions and write the file; return the exit code."""
    parser = argparse.ArgumentParser(description="Mine what is taken for answers.")
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    done = set()
    if args.out.exists():
        done = {json.loads(line)["folder"] for line in args.out.open(encoding="utf-8")}
    for folder in args.folders:
        if folder.name in done:
            continue
        with tempfile.TemporaryDirectory() as kept:
            place = Path(kept) / folder.name
            write_everyday(place, folder)
            every = collect(place)
        lines = [line for found in every for line in lines_of(folder.name, first_read(found))]
        with args.out.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
