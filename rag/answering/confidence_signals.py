"""What is known of the best candidate before deciding whether to answer: numbers from texts.

The reader's margin alone is fooled by a question about another name, number or kind of thing than
the passage is about; these signals say so. What they weigh is the business of
`rag.answering.confidence`.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from rag.answering.confidence import Ranking, Signals
from rag.answering.evidence import (
    Candidate,
    answer_log_odds,
    candidate_text,
    sentences_of,
    sentences_with_path,
)
from rag.answering.question_kind import QuestionKind
from rag.answering.question_words import content_stems, names_and_numbers, word_keys
from rag.datatypes import Hit
from rag.models.checker import PairModel, with_answer

_LEAST_SURE = 1e-3
_MOST_SETTLED = math.log(1 / _LEAST_SURE - 1)
FIRST = 3
"""Candidates of which the checker may put another one first."""
_LEAD_ALONE = 10.0
"""What a candidate without a rival is taken to lead by: the median of the others."""
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
    kinds: Mapping[QuestionKind, float],
    checked: Checked = UNCHECKED,
) -> Signals:
    """Return the signals of the first of `candidates` (at least one); `hits` are all retrieved.

    `kinds` has the probability of each kind of question, `checked` what a checker says of it.
    """
    best = candidates[0]
    rival = _best_rival(best, candidates[1:])
    names = names_and_numbers(question)
    passages = [_keys_of(hit.passage.text) for hit in hits] if names else []
    return Signals(
        margin=best.span.margin,
        lead=_LEAD_ALONE if rival is None else best.score - rival.score,
        answers=answer_log_odds(best.span),
        retrieval=best.hit.score,
        rank=math.log1p(sum(hit.score > best.hit.score for hit in hits)),
        unknown_names=float(sum(not any(name in keys for keys in passages) for name in names)),
        yes_or_no=kinds.get("yesno", 0.0),
        short=kinds.get("short", 0.0),
        supported=checked.supported,
        settled=checked.settled,
    )


def _best_rival(best: Candidate, others: Sequence[Candidate]) -> Candidate | None:
    """Return the best candidate with other words in other sentences; None if there is none.

    What stands in the best one's sentences is shown with it: the day from which a badge is valid
    beside the one up to which it is.
    """
    words, shown = candidate_text(best).casefold(), set(sentences_of(best.span))
    rivals = (
        other
        for other in others
        if candidate_text(other).casefold() not in words
        and shown.isdisjoint(sentences_of(other.span))
    )
    return max(rivals, key=lambda rival: rival.score, default=None)


@lru_cache(maxsize=_PASSAGES_KEPT)
def _keys_of(text: str) -> frozenset[str]:
    return word_keys(text)


def check_answer(
    question: str,
    candidate: Candidate,
    checker: PairModel,
    *,
    is_long: bool = False,
    name: str = "",
) -> Checked:
    """Return what the checker says of the candidate; nothing where its model cannot be had.

    Of a question that is long, so asks for sentences, it is asked beside all that will be shown;
    there are no few words that answer it. `name` is that of the document, which stands before the
    text where it has words of the question that the text has not: the grant of Lanyon, in "Lanyon
    grant signed.docx".
    """
    text = sentences_with_path(candidate, whole_list=is_long, led_in=True)
    asked = set(content_stems(question)).difference(content_stems(text))
    if not asked.isdisjoint(content_stems(name)):
        text = f"{name}. {text}"
    pairs = [(question, text)]
    if not is_long:
        pairs.append((with_answer(question, candidate_text(candidate)), text))
    found = checker.probabilities(pairs)
    if found is None:
        return UNCHECKED
    settled = -_log_odds(float(found[0, 2]))
    return Checked(None if is_long else _log_odds(float(found[1, 0])), settled)


def put_settling_first(
    question: str, candidates: Sequence[Candidate], ranking: Ranking, checker: PairModel
) -> list[Candidate]:
    """Return the candidates, first of the first few the one whose sentences settle the question.

    What the checker says of them is added to their scores; none is asked about that could not come
    first. Not for a question that asks for sentences.
    """
    if not ranking.settled:
        return list(candidates)
    most = -math.inf
    chosen: Candidate | None = None
    for candidate in candidates[:FIRST]:
        if candidate.score + ranking.settled * _MOST_SETTLED <= most:
            continue
        settled = settled_log_odds(question, candidate, checker)
        if settled is None:
            return list(candidates)
        worth = candidate.score + ranking.settled * settled
        if worth > most:
            most, chosen = worth, candidate
    return sorted(candidates, key=lambda candidate: candidate is not chosen)


def settled_log_odds(question: str, candidate: Candidate, checker: PairModel) -> float | None:
    """Return the log-odds that the candidate's sentences settle a question; None if unchecked."""
    found = checker.probabilities([(question, sentences_with_path(candidate, led_in=True))])
    return None if found is None else -_log_odds(float(found[0, 2]))


def _log_odds(probability: float) -> float:
    kept = min(max(probability, _LEAST_SURE), 1 - _LEAST_SURE)
    return math.log(kept / (1 - kept))
