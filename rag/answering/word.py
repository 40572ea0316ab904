"""The word before quotes: yes, no, or that the text says otherwise; none where it is not sure.

A trained model says how what is quoted bears on the question. A yes-or-no question is answered by
it; of any other one it may deny what the question takes for granted, and then the quote says what
is so instead. Knows nothing of retrieving or libraries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from rag.answering.question_kind import QuestionKind, likeliest
from rag.datatypes import Answer
from rag.models.checker import PairModel

_LEAST = 0.8
"""Probability from which yes or no is said, since a wrong one misleads where a quote alone does
not. To 135 held-out questions, of which 27 are not settled, it is said to 57 %, and right for 92 %
of these; from 0.65 it would be said to 73 %, and right for 86 %."""
_LEAST_DENIED = 0.9
"""Probability from which the text is said to say otherwise: of held-out texts that deny a question
43 % are above it, of those that answer one 0.4 %, of those that do neither 0.7 %. Asked the whole
way, 487 questions, it is right for 11 of 14; between 0.88 and here it would be for none of 2."""
_ANSWERED = 0.5
"""Probability of answering from which what comes after a text denies nothing."""
MOST_DENYING = 3
"""Texts that are looked at."""
_WORDS: tuple[Literal["yes", "no"], ...] = ("yes", "no")
_DENIED = 1
_NOTHING_GRANTED: tuple[QuestionKind, ...] = ("yesno", "compare", "overview")


def denied_by(
    question: str, kinds: Mapping[QuestionKind, float], texts: Sequence[str], checker: PairModel
) -> tuple[int, float] | None:
    """Return which of the texts, the best first, denies what the question takes for granted.

    With how probably it does; None where none surely does, where one before it answers, where
    nothing is taken for granted of one sentence, and where nothing can be checked.
    """
    if likeliest(kinds) in _NOTHING_GRANTED:
        return None
    for place, text in enumerate(texts):
        found = checker.probabilities([(question, text)])
        if found is None:
            return None
        answered, denied = found[0, :2].tolist()
        if denied >= _LEAST_DENIED:
            return place, denied
        if answered >= _ANSWERED:
            return None
    return None


def denying(answer: Answer, probability: float) -> Answer:
    """Return the quoted `answer` as one that says otherwise than the question takes for granted."""
    return replace(
        answer,
        answer_kind="denied",
        short_answer=None,
        short_span=None,
        confidence=probability,
    )


def with_yes_or_no(
    answer: Answer, kinds: Mapping[QuestionKind, float], text: str, checker: PairModel
) -> Answer:
    """Return the quoted `answer` with yes or no before it, if that is asked and `text` says it.

    `text` is the sentence that it rests on, behind the title and the headings above.
    """
    if likeliest(kinds) != "yesno" or answer.status != "quoted" or not answer.citations:
        return answer
    probabilities = checker.probabilities([(answer.understood, text)])
    if probabilities is None:
        return answer
    word, probability = max(
        zip(_WORDS, probabilities[0, :2].tolist(), strict=True), key=lambda pair: pair[1]
    )
    if probability < _LEAST:
        return answer
    return replace(
        answer,
        short_answer=word,
        short_span=None,
        answer_kind=word,
        confidence=answer.confidence * probability,
    )
