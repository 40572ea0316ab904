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
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from rag.answering.confidence import Ranking, load_calibration
from rag.answering.confidence_signals import FIRST
from rag.answering.evidence import (
    Candidate,
    candidate_text,
    rank_candidates,
    sentences_with_path,
    touched_sentences,
)
from rag.answering.question_kind import asks_for_sentences
from rag.evaluation.metrics import contains_answer, token_f1
from rag.evaluation.questions import Question
from rag.models.large_reader import ADAPTER
from rag.offline import set_offline
from training.fit_confidence import Found, collect, first_read, shows_evidence
from training.question_folders import write_everyday

Settles = Literal["yes", "no", "nothing"]
_ENOUGH, _NOT = 0.6, 0.3
"""F1 from which words are the answer, and below which they are not."""


def settles(question: Question, candidate: Candidate) -> Settles | None:
    """Return how the candidate's sentences answer; yes also where that is no yes or no.

    No where they deny what is taken for granted. None where they have an answer in another place
    than the evidence, where it may mean something else.
    """
    if shows_evidence(question, candidate):
        if not question.answerable or question.group == "no":
            return "no"
        if question.group != "span" or _has_answer(question, candidate):
            return "yes"
        return None
    is_elsewhere = question.group == "span" and _has_answer(question, candidate)
    return None if is_elsewhere else "nothing"


def _has_answer(question: Question, candidate: Candidate) -> bool:
    return contains_answer(touched_sentences(candidate), question.answers)


def words_answer(question: Question, candidate: Candidate) -> bool | None:
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


def lines_of(folder: str, found: Found, ranking: Ranking) -> Iterator[dict[str, object]]:
    """Yield what the checker would be asked about one question."""
    question, is_long = found.question, asks_for_sentences(found.kinds)
    for candidate in rank_candidates(found.spans, found.hits, ranking)[:FIRST]:
        yield {
            "folder": folder,
            "question": question.question,
            "answer": candidate_text(candidate),
            "text": sentences_with_path(candidate, whole_list=is_long, led_in=True),
            "settles": settles(question, candidate),
            "right": words_answer(question, candidate),
        }


def main() -> int:
    """Read all questions and write the file; return the exit code."""
    parser = argparse.ArgumentParser(description="Mine what is taken for answers.")
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    set_offline()
    ranking = load_calibration(ADAPTER / "confidence.json").ranking
    done = set()
    if args.out.exists():
        done = {json.loads(line)["folder"] for line in args.out.open(encoding="utf-8")}
    for folder in args.folders:
        if folder.name in done:
            continue
        place = args.out.parent / "mined" / folder.name
        write_everyday(place, folder)
        every = map(first_read, collect(place))
        lines = [line for found in every for line in lines_of(folder.name, found, ranking)]
        with args.out.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
