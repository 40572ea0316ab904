"""Which words of a question make it one for a count, a sum, an extreme: "how many", "altogether".

Found by leaving each out: without it the question is far less of that kind. So no list of such
words is needed, and they are not taken for what stands in a table.
"""

import math
import re
from collections.abc import Mapping
from functools import lru_cache

from rag.answering.question_kind import KINDS, QuestionKind, form_of, load_question_kinds
from rag.answering.question_words import content_stems

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LOSS = 1.5
"""Log-odds of the kind that are lost without a word; others lose 1.2 at most, these from 2 on."""
_MOST_WORDS = 60
_QUESTIONS_KEPT = 256
"""It is asked for each table that a question may be about."""


@lru_cache(maxsize=_QUESTIONS_KEPT)
def operation_stems(question: str, operation: QuestionKind) -> frozenset[str]:
    """Return the stems of the words that make `question` one of the kind `operation`."""
    words = list(_WORD.finditer(question))
    if len(words) > _MOST_WORDS:
        return frozenset()
    whole = _log_odds(question, operation)
    stems: set[str] = set()
    for word in words:
        without = question[: word.start()] + question[word.end() :]
        if whole - _log_odds(without, operation) >= _LOSS:
            stems.update(content_stems(word[0]))
    return frozenset(stems)


def _log_odds(question: str, operation: QuestionKind) -> float:
    shares: Mapping[str, float] = dict(
        zip(KINDS, load_question_kinds().by_form.probabilities(form_of(question)), strict=True)
    )
    share = min(max(float(shares[operation]), 1e-6), 1 - 1e-6)
    return math.log(share / (1 - share))
