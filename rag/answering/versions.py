"""Two documents that answer a question differently, and which of them is the later one.

Only where both say nearly the same thing but for the answer: fees of two years, plans of two
meetings. A date is looked for in what a document is called. Values to values.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.answering.evidence import Candidate, candidate_text
from rag.answering.join import join_answers
from rag.answering.names import dates_in
from rag.datatypes import Answer

_CLOSE = 2.5
"""Logits by which the other version may be weaker than the best candidate."""
_ALIKE = 0.6
"""Cosine from which two sentences tell of the same thing."""
_LATER = " (later)"
Similarities = Callable[[str, Sequence[str]], list[float]]


def other_version(candidates: Sequence[Candidate], similarities: Similarities) -> Candidate | None:
    """Return the candidate that contradicts the first: as strong, in another document.

    Its sentence is like the first one's, its answer is another.
    """
    best = candidates[0]
    document_id = best.span.passage.document_id
    for other in candidates[1:]:
        if other.score < best.score - _CLOSE:
            return None
        is_other = other.span.passage.document_id != document_id
        if is_other and _words(candidate_text(other)) != _words(candidate_text(best)):
            (alike,) = similarities(_sentence(best), [_sentence(other)])
            return other if alike >= _ALIKE else None
    return None


def join_versions(
    question: str, first: tuple[str, str, Answer], second: tuple[str, str, Answer]
) -> Answer:
    """Return both versions as one answer, the earlier one first, the later one named so.

    Each is (document's name, all that it is called, answer). The short answer is the later one's,
    or the first one's where no dates say which that is.
    """
    older, newer = sorted((first, second), key=lambda each: dates_in(each[1])[-1:])
    dated = [dates_in(each[1])[-1:] for each in (older, newer)]
    is_known = all(dated) and dated[0] != dated[1]
    if not is_known:
        older, newer = first, second
    joined = join_answers(
        question,
        [(older[0], older[2]), (f"{newer[0]}{_LATER if is_known else ''}", newer[2])],
        kind=first[2].answer_kind,
    )
    answering = newer[2] if is_known else first[2]
    return replace(
        joined, short_answer=answering.short_answer, short_span=_span_in(joined, answering)
    )


def _span_in(joined: Answer, own: Answer) -> tuple[int, int, int] | None:
    """Return where the short answer of one of the answers stands in all citations."""
    if own.short_span is None:
        return None
    number, start, end = own.short_span
    return joined.citations.index(own.citations[number - 1]) + 1, start, end


def _sentence(candidate: Candidate) -> str:
    """Return the sentences, items or rows that the span touches."""
    span = candidate.span
    passage = span.passage
    return " ".join(
        passage.text[start - passage.start : end - passage.start]
        for start, end in passage.sentences
        if start < span.end and end > span.start
    )


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
