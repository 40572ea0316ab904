"""The word before quotes: yes, no, or that the text says otherwise; none where it is not sure.

A trained model says how what is quoted bears on the question. A yes-or-no question is answered by
it; of any other one it may deny what the question takes for granted, and then the quote says what
is so instead. Knows nothing of retrieving or libraries.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from rag.answering.question_kind import QuestionKind, likeliest
from rag.datatypes import Answer
from rag.models.checker import PairModel

LEAST_SAID = 0.65
"""Probability from which yes or no is said, since a wrong one misleads where a quote alone does
not. To 262 questions beside what settles them it is said to 204, and right for 185 of these; from
0.6 it would be right for 193 of 219, from 0.75 for 153 of 167."""
_READER = 0.38
"""What the reader's log-odds of yes to no count beside the checker's: fitted to the same questions
by logistic regression. The checker alone was right for 157 of 174, from 0.7."""
_LEAST_DENIED = 0.93
"""Probability from which the text is said to say otherwise. Of 1,230 questions, asked the whole
way, it is right for 20 of 25; from 0.9 it was for 22 of 32."""
_ANSWERED = 0.5
"""Probability of answering from which what comes after a text denies nothing."""
MOST_DENYING = 3
"""Texts that are looked at."""
MOST_SETTLING = 5
"""Texts that are looked at for yes or no, while those before leave it open."""
_BY_ITSELF = 0.5
"""Probability of its word from which a text says it without what else stands around it."""
_LEFT_OPEN = 0.05
"""Probability of saying neither yes nor no from which a text leaves a question open. One that does
not settles it, though it is unsure which way (often by a number): of 12 questions for which a later
text had been taken, the first was the right one for the 5 below, and the later one for 3 of 7."""
_LEAST_SURE = 1e-6
Said: TypeAlias = Literal["yes", "no"]
SAID_WORDS: tuple[Said, ...] = ("yes", "no")
_DENIED = 1
_NOTHING_GRANTED: tuple[QuestionKind, ...] = ("yesno", "compare", "overview")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Which text settles a question for yes or no, how, and how probably.

    `word` is None where that is not sure enough to be said; `width` is the first of the text's
    widths that says so.
    """

    place: int
    word: Said | None
    probability: float
    width: int = 0


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


def settled_by(
    question: str,
    kinds: Mapping[QuestionKind, float],
    texts: Iterable[Sequence[str]],
    leanings: Sequence[float],
    checker: PairModel,
) -> Settled | None:
    """Return which of the texts, the best first, settles a question for yes or no.

    The first one where none surely does, or one before leaves nothing open; a sentence that asks
    itself settles nothing. None for another question, and where nothing can be checked. Each text
    is given in several widths: a sentence behind the title and the headings above, and the same
    with sentences around it, where an exception stands or what it refers to. The last one is
    judged. No text is taken that is not needed. `leanings` are the reader's log-odds of yes to no
    for each of the texts.
    """
    if likeliest(kinds) != "yesno":
        return None
    first: Settled | None = None
    for place, (widths, leaning) in enumerate(zip(texts, leanings, strict=True)):
        both = _yes_or_no(question, widths[-1], leaning, checker)
        if both is None:
            return None
        asks = widths[0].rstrip().endswith("?")
        probability = 0.0 if asks else max(both)
        if probability >= LEAST_SAID:
            said = both.index(probability)
            width = _narrowest(question, said, widths, leaning, checker)
            return Settled(place=place, word=SAID_WORDS[said], probability=probability, width=width)
        first = first or Settled(place=place, word=None, probability=probability)
        if not asks and 1 - sum(both) < _LEFT_OPEN:
            break
    return first


def _yes_or_no(
    question: str, text: str, leaning: float, checker: PairModel
) -> tuple[float, float] | None:
    """Return how probably a text means yes, and no; None where nothing can be checked."""
    found = checker.probabilities([(question, text)])
    if found is None:
        return None
    yes, no = (max(float(each), _LEAST_SURE) for each in found[0, : len(SAID_WORDS)])
    share = 1 / (1 + no / yes * math.exp(-_READER * leaning))
    return (yes + no) * share, (yes + no) * (1 - share)


def _narrowest(
    question: str, said: int, widths: Sequence[str], leaning: float, checker: PairModel
) -> int:
    """Return the first of a text's widths that says the word; the last one does."""
    for width, text in enumerate(widths[:-1]):
        both = _yes_or_no(question, text, leaning, checker)
        if both is not None and both[said] >= _BY_ITSELF:
            return width
    return len(widths) - 1


def with_yes_or_no(answer: Answer, settled: Settled) -> Answer:
    """Return the quoted `answer` with yes or no before it, if its first quote says it.

    Where none is said, the confidence still is that of a question for yes or no: the quote may be
    the right one, but which of both it means is left to who reads it.
    """
    if answer.status != "quoted" or not answer.citations:
        return answer
    answer = replace(answer, confidence=answer.confidence * settled.probability)
    if settled.word is None:
        return answer
    return replace(answer, short_answer=settled.word, short_span=None, answer_kind=settled.word)
