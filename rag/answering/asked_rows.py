"""Rows of tables: which of them a question asks about.

In prose a name may stand sentences before what is told of it, in a table it stands in the row.
"""

from collections.abc import Sequence

from rag.answering.evidence import Candidate
from rag.answering.question_words import content_stems
from rag.datatypes import Passage


def rows_of(passage: Passage) -> dict[tuple[int, int], str]:
    """Return the texts of the passage's rows, as its document's format tells them, by offsets."""
    return {
        (start, end): passage.text[start - passage.start : end - passage.start]
        for (start, end), kind in zip(passage.sentences, passage.kinds, strict=False)
        if kind == "row"
    }


def is_in_row(candidate: Candidate) -> bool:
    """Say whether a candidate begins in a row of a table."""
    return any(
        start <= candidate.span.start < end for start, end in rows_of(candidate.span.passage)
    )


def in_rows_asked_about(question: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates without those in a row that fits the question less than another.

    The rows that share most words with it are asked about; prose is left alone.
    """
    asked = set(content_stems(question))
    passages = {each.span.passage.id: each.span.passage for each in candidates}
    shared = {
        (number, *place): len(asked.intersection(content_stems(text)))
        for number, passage in passages.items()
        for place, text in rows_of(passage).items()
    }
    most = max(shared.values(), default=0)

    def is_in_a_worse_row(candidate: Candidate) -> bool:
        span = candidate.span
        return any(
            number == span.passage.id and start < span.end and end > span.start and count < most
            for (number, start, end), count in shared.items()
        )

    return [candidate for candidate in candidates if not is_in_a_worse_row(candidate)]
