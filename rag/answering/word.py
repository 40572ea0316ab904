"""The word before quotes: yes, no, or that the text says otherwise; none where it is not sure.

A trained model says how what is quoted bears on the question. A yes-or-no question is answered by
it; of any other one it may deny what the question takes for granted, and then the quote says what
is so instead. Knows nothing of retrieving or libraries.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from rag.answering.question_kind import QuestionKind, likeliest
from rag.datatypes import Answer
from rag.models.checker import PairModel

_LEAST = 0.75
"""Probability from which yes or no is said, since a wrong one misleads where a quote alone does
not. On 108 held-out questions that share few words with the text it is said to 35 %, and right for
95 % of these; from 0.65 it would be said to 51 % and right for 87 %."""
LEAST_DENIED = 0.8
"""Probability from which the text is said to say otherwise."""
_WORDS: tuple[Literal["yes", "no"], ...] = ("yes", "no")
_DENIED = 1
_NOTHING_GRANTED: tuple[QuestionKind, ...] = ("yesno", "compare", "overview")


def probability_denied(
    question: str, kinds: Mapping[QuestionKind, float], text: str, checker: PairModel
) -> float:
    """Return how probably `text` denies what the question takes for granted.

    0 where nothing is taken for granted of one sentence, and where nothing can be checked.
    """
    if likeliest(kinds) in _NOTHING_GRANTED:
        return 0.0
    probabilities = checker.probabilities([(question, text)])
    return 0.0 if probabilities is None else float(probabilities[0, _DENIED])


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
