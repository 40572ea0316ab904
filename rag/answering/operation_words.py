"""Which words of a question make it one for a count, a sum, an overview: "how many", "sum up".

Found by leaving each out: without it the question is far less of that kind. So no list of such
words is needed, and they are not taken for what stands in a table.
"""

import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from rag.answering.question_kind import KINDS, QuestionKind, form_of, load_question_kinds
from rag.answering.question_words import content_stems

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LOSS = 1.5
"""Log-odds of the kind that are lost without a word; others lose 1.2 at most, these from 2 on."""
_BY_ITSELF = 2.0
"""Log-odds of a sum that a word alone has: "overall" 3.9, "combined" 2.9, "meal" 1.1."""
_MOST_WORDS = 60
_QUESTIONS_KEPT = 256
"""It is asked for each table that a question may be about."""


def operation_words(question: str, operation: QuestionKind) -> tuple[str, ...]:
    """Return the words that make `question` one of the kind `operation`."""
    return tuple(question[start:end] for start, end in _places(question, operation))


@lru_cache(maxsize=_QUESTIONS_KEPT)
def _places(question: str, operation: QuestionKind) -> tuple[tuple[int, int], ...]:
    """Return where the words stand that make `question` one of the kind `operation`."""
    words = list(_WORD.finditer(question))
    if len(words) > _MOST_WORDS:
        return ()
    whole = _log_odds(question, operation)
    losses = (whole - _log_odds(rest, operation) for rest in without_each(question, words))
    return tuple(word.span() for word, loss in zip(words, losses, strict=True) if loss >= _LOSS)


def operation_stems(question: str, operation: QuestionKind) -> frozenset[str]:
    """Return the stems of the words that make `question` one of the kind `operation`."""
    words = operation_words(question, operation)
    return frozenset(stem for word in words for stem in content_stems(word))


def without_operation(question: str, operation: QuestionKind) -> str:
    """Return a question without the words that make it one of the kind `operation`."""
    left = list(question)
    for start, end in _places(question, operation):
        left[start:end] = " " * (end - start)
    return " ".join("".join(left).split())


def words_for_sums(question: str) -> tuple[str, ...]:
    """Return the words by which another question asks for sums: "who gave most altogether".

    Each asks for one by itself, too. Else any "meal" would, since meals are summed up more often
    than ranked.
    """
    return tuple(
        word for word in operation_words(question, "sum") if _log_odds(word, "sum") >= _BY_ITSELF
    )


def _log_odds(question: str, operation: QuestionKind) -> float:
    shares: Mapping[str, float] = dict(
        zip(KINDS, load_question_kinds().by_form.probabilities(form_of(question)), strict=True)
    )
    return log_odds(float(shares[operation]))


def without_each(question: str, words: Iterable[re.Match[str]]) -> list[str]:
    """Return the question without each of its words in turn."""
    return [question[: word.start()] + question[word.end() :] for word in words]


def log_odds(share: float) -> float:
    """Return the natural log-odds of a probability, one at 0 or 1 as if just inside."""
    share = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(share / (1 - share))
