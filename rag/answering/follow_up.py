"""A follow-up question and what it may mean: itself, or itself after the question before it.

Which of the two it is, is not decided by its words: both are asked, and the one that the documents
answer more surely is meant. Takes only earlier *questions*: an earlier answer is never evidence.
"""

from collections.abc import Sequence

_MARKS = " \t\r\n?.!"


def readings(question: str, history: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what `question` may mean after the questions of `history`, oldest first.

    The first is itself, the second has the question before it in brackets.
    """
    earlier = next((text for text in reversed(history) if text.strip(_MARKS)), "")
    if not earlier or earlier.strip(_MARKS) == question.strip(_MARKS):
        return (question,)
    return question, with_context(question, earlier)


def with_context(question: str, earlier: str) -> str:
    """Return the question with an earlier one in brackets."""
    return f"{question.strip(_MARKS)} ({earlier.strip(_MARKS)})?"
