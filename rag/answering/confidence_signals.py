"""What is known of the best candidate before deciding whether to answer: numbers from texts.

The reader's margin alone is fooled by a question about another name, number or kind of thing than
the passage is about; these signals say so. What they weigh is the business of
`rag.answering.confidence`.
"""

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rag.answering.confidence import Signals
from rag.answering.evidence import (
    Candidate,
    answer_log_odds,
    candidate_text,
    sentences_with_path,
)
from rag.answering.question_words import names_and_numbers, word_keys
from rag.datatypes import Hit
from rag.models.checker import PairModel, with_answer

ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|old|long|far|tall|high|large|big|often|deep|wide|heavy|fast)\b"
    r"|\bwhat (?:is the )?(?:percent|percentage|number|share|fraction|amount|population)\b",
    re.IGNORECASE,
)
_ASKS_TIME = re.compile(
    r"^\W*when\b|\b(?:what|which) (?:year|date|day|month|century|decade|time)\b", re.IGNORECASE
)
_ASKS_PERSON = re.compile(r"^\W*(?:who|whom|whose)\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty|dozens?"
    r"|hundreds?|thousands?|[mb]illions?|half|third|quarter|several|twice|once|no)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|\w+day|spring|summer|autumn|fall|winter|centur(?:y|ies)|years?|months?|weeks?|days?|hours?"
    r"|morning|evening|night|noon|christmas|easter|after|before|during)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\W\d_a-z]")
_LEAST_SURE = 1e-3
_PASSAGES_KEPT = 4096
"""Reading the words of ten passages anew took two thirds of a question's time beside the models."""


class Checked(NamedTuple):
    """What a checker says of a candidate, as `Signals` has it."""

    supported: float | None
    settled: float | None


UNCHECKED = Checked(None, None)


def candidate_signals(
    question: str,
    candidates: Sequence[Candidate],
    hits: Sequence[Hit],
    checked: Checked = UNCHECKED,
) -> Signals:
    """Return the signals of the best of `candidates` (at least one); `hits` are all retrieved.

    `checked` is what a checker says of it.
    """
    best = candidates[0]
    words = candidate_text(best).casefold()
    others = (c for c in candidates[1:] if candidate_text(c).casefold() not in words)
    runner_up = next(others, best)
    names = names_and_numbers(question)
    passages = [_keys_of(hit.passage.text) for hit in hits] if names else []
    return Signals(
        margin=best.span.margin,
        lead=best.span.margin - runner_up.span.margin,
        answers=answer_log_odds(best.span),
        retrieval=best.hit.score,
        unknown_names=float(sum(not any(name in keys for keys in passages) for name in names)),
        wrong_kind=float(is_wrong_kind(question, candidate_text(best))),
        supported=checked.supported,
        settled=checked.settled,
    )


@lru_cache(maxsize=_PASSAGES_KEPT)
def _keys_of(text: str) -> frozenset[str]:
    return word_keys(text)


def check_answer(
    question: str, candidate: Candidate, checker: PairModel, *, is_long: bool = False
) -> Checked:
    """Return what the checker says of the candidate; nothing where its model cannot be had.

    Of a question that is long, so asks for sentences, it is asked beside all that will be shown;
    there are no few words that answer it.
    """
    text = sentences_with_path(candidate, whole_list=is_long)
    pairs = [(question, text)]
    if not is_long:
        pairs.append((with_answer(question, candidate_text(candidate)), text))
    found = checker.probabilities(pairs)
    if found is None:
        return UNCHECKED
    settled = -_log_odds(float(found[0, 2]))
    return Checked(None if is_long else _log_odds(float(found[1, 0])), settled)


def _log_odds(probability: float) -> float:
    kept = min(max(probability, _LEAST_SURE), 1 - _LEAST_SURE)
    return math.log(kept / (1 - kept))


def is_wrong_kind(question: str, answer: str) -> bool:
    """Return whether `answer` cannot be the kind of thing asked for: a number, a time, a person."""
    if ASKS_NUMBER.search(question):
        return _NUMBER.search(answer) is None
    if _ASKS_TIME.search(question):
        return _TIME.search(answer) is None
    return bool(_ASKS_PERSON.search(question)) and _NAME.search(answer) is None
