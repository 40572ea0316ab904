"""What a later part of a document says instead of an earlier one: a mail, dated notes, a codicil.

Reads the structure of one document, and asks the checker; knows nothing of how the candidates were
found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from dateutil.parser import parserinfo

from rag.answering.confidence_signals import settled_log_odds
from rag.answering.evidence import Candidate, candidate_text, touched_sentences
from rag.answering.join import join_answers
from rag.answering.names import name_words
from rag.answering.quote import texts_as_read
from rag.answering.retrieve import Similarities
from rag.answering.versions import LATER, answer_words, with_short_answer_of
from rag.datatypes import Answer, Block
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
_MOST_ASKED = 4
"""Candidates of later parts that the checker is asked about."""
_CALENDAR = parserinfo()


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

    `turn` is None of the latter, `period` what its heading says of when; `start` is where it
    begins, `subject` where the heading stands that a mail is under, with all that it quotes.
    """

    label: str
    turn: Block | None
    period: Period | None
    start: int
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
    first, *parts = _parts_at(library, [best, *others])
    later = [
        (other, part)
        for other, part in zip(others, parts, strict=True)
        if _is_later(part, first) and not _asks_of(question, first.label, part.label)
    ]
    if not later:
        return None
    texts = [touched_sentences(other) for other, _ in later]
    alike = similarities(touched_sentences(best), texts)
    near = [
        (other, part)
        for (other, part), likeness in zip(later, alike, strict=True)
        if likeness >= _ALIKE
        or (_is_dated(part, first) and best.score - other.score <= _VERY_CLOSE)
    ]
    chosen: tuple[Candidate, _Part] | None = None
    for other, part in near[:_MOST_ASKED]:
        if chosen is not None and not _is_later(part, chosen[1]):
            continue
        settled = settled_log_odds(question, other, checker)
        if settled is not None and settled > 0:
            chosen = other, part
    if chosen is None:
        return None
    return Later(chosen[0], first.label, chosen[1].label, _is_dated(chosen[1], first))


def with_said_later(answer: Answer, later: Later, said: Answer) -> Answer:
    """Return the answer, and what is said later instead: that is the short answer, if dated."""
    label = later.label + LATER * later.is_dated
    joined = join_answers(
        answer.question, [(later.earlier_label, answer), (label, said)], kind=answer.answer_kind
    )
    return with_short_answer_of(joined, said if later.is_dated else answer)


def _parts_at(library: Library, candidates: Sequence[Candidate]) -> list[_Part]:
    """Return the part of their document that each candidate lies in."""
    passage = candidates[0].span.passage
    with library.snapshot():
        (text,) = texts_as_read(library, [passage]).values()
        blocks = library.blocks(passage.document_id)
        return [_part_at(text, blocks, candidate.span.start) for candidate in candidates]


def _part_at(text: str, blocks: Blocks, start: int) -> _Part:
    """Return the part that stands at `start`.

    Of headings the innermost one with a date; without one the innermost of all.
    """
    found = blocks.at(start)
    if found is not None and found[1].kind == "turn":
        turn = found[1]
        subject = next((each.start for each in blocks.headings_above(turn.start)), None)
        return _Part(turn.label, turn, None, turn.start, subject)
    label, begin = "", 0
    for heading in reversed(blocks.headings_above(start)):
        title = " ".join(text[heading.text_start : heading.text_end].split())
        period = period_in(title)
        if period is not None:
            return _Part(title, None, period, heading.start)
        label, begin = label or title, begin or heading.start
    return _Part(label, None, None, begin)


def _asks_of(question: str, label: str, other: str) -> bool:
    """Say whether a question has a number or month of one label that the other has not."""
    own = name_words(label) - name_words(other)
    return any(
        word.isdecimal() or _CALENDAR.month(word) is not None for word in own & name_words(question)
    )


def _is_dated(part: _Part, other: _Part) -> bool:
    """Say whether a part that is taken for later is surely so."""
    return part.turn is not None or other.period is not None


def _is_later(part: _Part, other: _Part) -> bool:
    """Say whether one part is later than the other: it quotes it, or their dates say so.

    What has a date and stands behind what has none may be.
    """
    if part.turn is not None and other.turn is not None:
        return _is_later_turn(part, part.turn, other, other.turn)
    if part.turn is not None or other.turn is not None or part.period is None:
        return False
    is_behind = part.start > other.start
    if other.period is None:
        return is_behind
    if part.period.has_year != other.period.has_year:
        return False
    is_apart = part.period.first - other.period.first > _PROGRAMME
    is_later_day = is_apart and part.period.first > other.period.last
    return is_later_day and (is_behind or part.period.has_year)


def _is_later_turn(part: _Part, turn: Block, other: _Part, other_turn: Block) -> bool:
    """Say whether a turn is later than another.

    Days that are well apart say so first: a text can hold several mails under one subject. Of what
    is quoted without its date nobody knows when it was said, but that it was before.
    """
    own = None if turn.label.endswith(QUOTING) else moment_in(turn.label)
    others = moment_in(other_turn.label)
    is_far = own is not None and others is not None and abs(own.day - others.day) > _CLOCKS
    if turn.level != other_turn.level and part.subject == other.subject and not is_far:
        return turn.level < other_turn.level
    return is_later(own, others)
