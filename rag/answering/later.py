"""What a later part of a document says instead of an earlier one: a mail, dated notes, a codicil.

Reads the structure of one document, and asks the checker; knows nothing of how the candidates were
found.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from rag.answering.confidence_signals import settled_log_odds
from rag.answering.evidence import Candidate, candidate_text, touched_sentences
from rag.answering.join import join_answers
from rag.answering.names import is_month, name_words
from rag.answering.quote import texts_as_read
from rag.answering.retrieve import Similarities
from rag.answering.versions import LATER, answer_words, with_short_answer_of
from rag.datatypes import Answer
from rag.documents.moments import QUOTING, Period, is_later, moment_in, period_in
from rag.library.protocol import Blocks, Library
from rag.models.checker import PairModel

_CLOSE, _ALIKE = 20.0, 0.45
"""Logits by which what is said later may be weaker, and the cosine of both: it says what has
changed, and not all over again."""
_VERY_CLOSE = 5.0
"""Logits by which it may be weaker where both are not alike: "Biscuit to Anneke", "Anneke has a new
dog. So Biscuit to the cattery"."""
_CLOCKS = timedelta(days=1)
"""By how much clocks of who write to each other may differ."""
_PROGRAMME = timedelta(days=2)
"""How far apart the days of a programme may be: what is on on the second takes nothing back."""
_YEAR, _MAY = re.compile(r"\d{4}"), re.compile(r"\bMay\b")
_MOST_ASKED = 4
"""Candidates of later parts that the checker is asked about."""


@dataclass(frozen=True, slots=True)
class Later:
    """What a later part of the document says: the candidate, and what that and the first are.

    Unless it `is_dated`, nobody knows that it is later than the first, which has no date.
    """

    candidate: Candidate
    earlier_label: str
    label: str
    is_dated: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """A mail of a thread, a turn of a talk, or what stands under a heading.

    `period` is what it says of when, `start` where it begins. A turn has a `level`: how often what
    is said is quoted; `subject` is where the heading stands that a mail is under, with all that it
    quotes.
    """

    label: str
    period: Period | None
    start: int
    level: int | None = None
    subject: int | None = None


def said_later(
    library: Library,
    question: str,
    candidates: Sequence[Candidate],
    similarities: Similarities,
    checker: PairModel,
) -> Later | None:
    """Return what a later part of the document says instead of the first candidate; None if none.

    The latest of the few best. The checker has to find that what is said later settles the
    question, too. Raises `DocumentChanged` if the document was indexed anew, or removed, meanwhile.
    """
    best = candidates[0]
    said = answer_words(candidate_text(best))
    others = [
        other
        for other in candidates[1:]
        if other.span.passage.document_id == best.span.passage.document_id
        and best.score - other.score <= _CLOSE
        and answer_words(candidate_text(other)) != said
    ]
    if not others:
        return None
    later = [
        (other, first, part)
        for other, (first, part) in zip(others, _parts_at(library, best, others), strict=True)
        if _is_later(part, first) and not _asks_of_before(question, part, first)
    ]
    if not later:
        return None
    texts = [touched_sentences(other) for other, *_ in later]
    alike = similarities(touched_sentences(best), texts)
    near = [
        (other, first, part)
        for (other, first, part), likeness in zip(later, alike, strict=True)
        if likeness >= _ALIKE
        or (_is_dated(part, first) and best.score - other.score <= _VERY_CLOSE)
    ]
    chosen: tuple[Candidate, _Part, _Part] | None = None
    for other, first, part in near[:_MOST_ASKED]:
        if chosen is not None and not _is_later(part, chosen[2]):
            continue
        settled = settled_log_odds(question, other, checker)
        if settled is not None and settled > 0:
            chosen = other, first, part
    if chosen is None:
        return None
    other, first, part = chosen
    return Later(other, first.label, part.label, _is_dated(part, first))


def with_said_later(answer: Answer, later: Later, said: Answer) -> Answer:
    """Return the answer, and what is said later instead: that is the short answer, if dated."""
    label = later.label + LATER * later.is_dated
    joined = join_answers(
        answer.question, [(later.earlier_label, answer), (label, said)], kind=answer.answer_kind
    )
    return with_short_answer_of(joined, said if later.is_dated else answer)


def _parts_at(
    library: Library, best: Candidate, others: Sequence[Candidate]
) -> list[tuple[_Part, _Part]]:
    """Return for each of the others the parts of their document that the best and it lie in.

    A heading above both that has no earlier date than what stands under it, as the title of a
    programme has the day of the show, does not say when the first was written.
    """
    passage = best.span.passage
    with library.snapshot():
        (text,) = texts_as_read(library, [passage]).values()
        blocks = library.blocks(passage.document_id)
        own = _part_at(text, blocks, best.span.start)
        parts = []
        for other in others:
            part = _part_at(text, blocks, other.span.start)
            above = {heading.start for heading in blocks.headings_above(other.span.start)}
            is_of_both = own.start in above and not _is_later(part, own)
            first = _part_at(text, blocks, best.span.start, passing=above) if is_of_both else own
            parts.append((first, part))
        return parts


def _part_at(
    text: str, blocks: Blocks, start: int, *, passing: Collection[int] = frozenset()
) -> _Part:
    """Return the part that stands at `start`.

    Of headings the innermost one with a date, but those that begin at `passing`; without one the
    innermost of all.
    """
    found = blocks.at(start)
    if found is not None and found[1].kind == "turn":
        turn = found[1]
        subject = next((each.start for each in blocks.headings_above(turn.start)), None)
        return _Part(turn.label, period_in(turn.label), turn.start, turn.level, subject)
    label, begin = "", 0
    for heading in reversed(blocks.headings_above(start)):
        title = " ".join(text[heading.text_start : heading.text_end].split())
        period = None if heading.start in passing else period_in(title)
        if period is not None:
            return _Part(title, period, heading.start)
        label, begin = label or title, begin or heading.start
    return _Part(label, None, begin)


def _asks_of_before(question: str, part: _Part, first: _Part) -> bool:
    """Say whether a question is about a time before a part: a day, or a month or year of the first.

    The month has a capital letter where it may be the verb.
    """
    asked = period_in(question)
    if asked is not None and part.period is not None:
        begin = part.period.first
        begin = begin if asked.has_year else begin.replace(year=asked.last.year)
        if (part.period.has_year or not asked.has_year) and begin > asked.last:
            return True
    named = {word for word in name_words(question) if is_month(word) or _YEAR.fullmatch(word)}
    named -= set() if _MAY.search(question) else {"may"}
    return not named.isdisjoint(name_words(first.label) - name_words(part.label))


def _is_dated(part: _Part, other: _Part) -> bool:
    """Say whether a part that is taken for later is surely so."""
    return part.level is not None or other.period is not None


def _is_later(part: _Part, other: _Part) -> bool:
    """Say whether one part is later than the other: it quotes it, or their dates say so.

    What has a date and stands behind what has none may be.
    """
    if part.level is not None and other.level is not None:
        return _is_later_turn(part, other)
    if part.level is not None or other.level is not None or part.period is None:
        return False
    is_behind = part.start > other.start
    if other.period is None:
        return is_behind
    if part.period.has_year != other.period.has_year:
        return False
    is_apart = part.period.first - other.period.first > _PROGRAMME
    is_later_day = is_apart and part.period.first > other.period.last
    return is_later_day and (is_behind or part.period.has_year)


def _is_later_turn(part: _Part, other: _Part) -> bool:
    """Say whether a turn is later than another.

    Days that are well apart say so first: a text can hold several mails under one subject. Of what
    is quoted without its date nobody knows when it was said, but that it was before.
    """
    own = None if part.label.endswith(QUOTING) else moment_in(part.label)
    others = moment_in(other.label)
    is_far = own is not None and others is not None and abs(own.day - others.day) > _CLOCKS
    if part.level != other.level and part.subject == other.subject and not is_far:
        return (part.level or 0) < (other.level or 0)
    return is_later(own, others)
