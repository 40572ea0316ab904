"""A follow-up question and what it may mean: itself, or itself after the questions before it.

How likely it needs these is told by a trained model (`rag.answering.question_parts`). Where that is
open both are asked, and what the documents answer more surely is meant. Takes only earlier
*questions*: an earlier answer is never evidence.
"""

from collections.abc import Callable, Sequence

_MARKS = " \t\r\n?.!"
_ALONE, _FOLLOWS = 0.1, 0.9
"""Probabilities of needing context up to which, and from which, nothing else is asked."""
_MOST_EARLIER = 3

NeedsContext = Callable[[str], float]
"""A question to the probability that it cannot be understood without the one before."""


def readings(question: str, history: Sequence[str], needs_context: NeedsContext) -> tuple[str, ...]:
    """Return what `question` may mean after the questions of `history`, oldest first.

    That is itself, or with the earlier one in brackets, or both, itself first. An earlier one that
    needs context itself has its own behind it.
    """
    earlier = [text for text in history if text.strip(_MARKS)]
    if not earlier or earlier[-1].strip(_MARKS) == question.strip(_MARKS):
        return (question,)
    probability = needs_context(question)
    if probability <= _ALONE:
        return (question,)
    context = [earlier.pop()]
    while earlier and len(context) < _MOST_EARLIER and needs_context(context[-1]) >= _FOLLOWS:
        context.append(earlier.pop())
    followed = with_context(question, context)
    return (followed,) if probability >= _FOLLOWS else (question, followed)


def with_context(question: str, earlier: Sequence[str]) -> str:
    """Return the question with earlier ones in brackets."""
    return f"{question.strip(_MARKS)} ({'; '.join(text.strip(_MARKS) for text in earlier)})?"
