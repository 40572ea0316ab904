"""A number of a yes-or-no question held against that of the sentence which settles it.

"Did the stall make more than 400?" beside "The stall made £388": code compares what the checker,
which reads numbers as words, cannot. Where the question only has a value, and the sentence a limit
that it does not keep ("I'm 19, can I join?", "open to those aged 21 or over"), what follows is left
to who reads it. Knows nothing of how the sentence was found.
"""

from dataclasses import replace

from rag.answering.rows.compared import in_unit_of, is_unit
from rag.answering.rows.mentions import YEAR, Mention, counting_numbers_in
from rag.answering.rows.ranges import unit_of
from rag.answering.word import Said, Settled

_SURE = 0.6
"""Probability of a comparison from which a number is compared, or is a limit."""


def held_against(question: str, sentence: str, answer: str, settled: Settled) -> Settled:
    """Return how the sentence settles the question, by the numbers of both if these decide.

    `answer` is what of the sentence the reader takes for the answer: where the sentence has several
    numbers that fit, the one in it is meant.
    """
    asked = _numbers(question)
    if len(asked) != 1:
        return settled
    (number,) = asked
    said = [each for each in _numbers(sentence) if _fits(number, each)]
    if len(said) > 1:
        answered = {each.value for each in _numbers(answer)}
        said = [each for each in said if each.value in answered]
    if len(said) != 1:
        return settled
    (other,) = said
    other = in_unit_of(other, unit_of(number))
    if _is_compared(number) and not _is_compared(other):
        word: Said = "yes" if number.holds(other.value) else "no"
        return replace(settled, word=word, probability=number.certainty)
    is_limit = _is_compared(other) and not _is_compared(number)
    if settled.word == "yes" and is_limit and not other.holds(number.value):
        return replace(settled, word=None)
    return settled


def _is_compared(number: Mention) -> bool:
    return number.comparison != "equal" and number.certainty >= _SURE


def _numbers(text: str) -> list[Mention]:
    """Return the numbers of a text that are neither years nor the pronoun."""
    return [
        each
        for each in counting_numbers_in(text)
        if unit_of(each) or not YEAR.fullmatch(text[each.start : each.end])
    ]


def _fits(number: Mention, other: Mention) -> bool:
    """Say whether two numbers may be compared: by their unit, where both say one."""
    first, second = unit_of(number), unit_of(other)
    if not (first and second):
        return True
    return is_unit(first, second) or is_unit(second, first)
