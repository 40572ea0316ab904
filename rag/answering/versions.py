"""Documents that answer a question differently, and which of them is the latest one.

Only where both say nearly the same thing but for the answer: fees of two years, plans of two
meetings. A date is looked for in what a document is called. Values to values.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answering.evidence import Candidate, candidate_text, touched_sentences
from rag.answering.join import join_answers
from rag.answering.names import dates_in
from rag.answering.retrieve import Similarities
from rag.datatypes import Answer

_CLOSE, _CLOSE_IF_SAME = 2.5, 5.0
"""Logits by which another version may be weaker than the best candidate; where it says the same."""
_ALIKE, _SAME = 0.6, 0.85
"""Cosine from which two sentences tell of the same thing; and say the same but for the answer."""
_SURE_MARGIN, _VERY_SURE_MARGIN = 2.0, 6.0
"""Logits from which on the reader is sure that a weaker one answers: where it says the same, and
where it need not."""
_MOST_OTHERS = 2
LATER = " (later)"


@dataclass(frozen=True, slots=True)
class Version:
    """A candidate that contradicts the best one; `says_the_same` but for the answer."""

    candidate: Candidate
    says_the_same: bool


def other_versions(candidates: Sequence[Candidate], similarities: Similarities) -> list[Version]:
    """Return the candidates that contradict the first, best first: each in another document.

    Their sentences are like the first one's, their answers are others.
    """
    if not candidates:
        return []
    best = candidates[0]
    documents = {best.span.passage.document_id}
    answers = [answer_words(candidate_text(best))]
    found: list[Version] = []
    for other in candidates[1:]:
        lag = best.score - other.score
        if lag > _CLOSE_IF_SAME or len(found) == _MOST_OTHERS:
            break
        document_id, words = other.span.passage.document_id, answer_words(candidate_text(other))
        if document_id in documents or words in answers or not words:
            continue
        is_close = lag <= _CLOSE or other.span.margin >= _VERY_SURE_MARGIN
        if not is_close and other.span.margin < _SURE_MARGIN:
            continue
        (alike,) = similarities(touched_sentences(best), [touched_sentences(other)])
        if alike >= (_ALIKE if is_close else _SAME):
            found.append(Version(other, says_the_same=alike >= _SAME))
            documents.add(document_id)
            answers.append(words)
    return found


def without_versions(
    candidates: Sequence[Candidate], versions: Sequence[Version]
) -> list[Candidate]:
    """Return the candidates of other documents than those that say the same: no rivals of it."""
    same = {v.candidate.span.passage.document_id for v in versions if v.says_the_same}
    return [c for c in candidates if c.span.passage.document_id not in same]


def join_versions(question: str, versions: Sequence[tuple[str, str, Answer]]) -> Answer:
    """Return all versions as one answer, the earliest first, the latest named so.

    Each is (document's name, all that it is called, answer). The short answer is the latest one's,
    or the first one's where not all have dates that say which that is.
    """
    dates = [dates_in(called)[-1:] for _, called, _ in versions]
    is_known = all(dates) and len(set(map(str, dates))) == len(versions)
    shown = list(versions)
    if is_known:
        shown = [version for _, version in sorted(zip(dates, versions, strict=True), key=_date)]
    kind = versions[0][2].answer_kind
    latest = len(shown) - 1 if is_known else None
    joined = join_answers(
        question,
        [
            (f"{name}{LATER if number == latest else ''}", answer)
            for number, (name, _, answer) in enumerate(shown)
        ],
        kind=kind,
    )
    return with_short_answer_of(joined, shown[-1][2] if is_known else versions[0][2])


def _date(version: tuple[list[tuple[int, int, int]], object]) -> list[tuple[int, int, int]]:
    return version[0]


def with_short_answer_of(joined: Answer, own: Answer) -> Answer:
    """Return joined answers with the short answer of one of them, where all citations have it."""
    span = None
    if own.short_span is not None:
        number, start, end = own.short_span
        span = joined.citations.index(own.citations[number - 1]) + 1, start, end
    return replace(joined, short_answer=own.short_answer, short_span=span)


def answer_words(text: str) -> list[str]:
    """Return the words of an answer, by which it is the same as another one."""
    return re.findall(r"\w+", text.casefold())
