"""What a later part of a document says instead of an earlier one: a mail, dated notes, a codicil.

Reads the structure of one document, and asks the checker; knows nothing of how the candidates were
found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from rag.answering.confidence_signals import settled_log_odds
from rag.answering.evidence import Candidate, candidate_text, touched_sentences
from rag.answering.join import join_answers
from rag.answering.retrieve import Similarities
from rag.answering.versions import LATER, answer_words, with_short_answer_of
from rag.datatypes import Answer, Block
from rag.documents.moments import QUOTING, Period, is_later, moment_in, period_in
from rag.library.protocol import Blocks
from rag.models.checker import PairModel

_CLOSE, _ALIKE = 20.0, 0.45
"""Logits by which what is said later may be weaker, and the cosine of both: it says what has
changed, and not all over again."""
_VERY_CLOSE = 5.0
"""Logits by which it may be weaker where both are not alike: "Biscuit to Anneke", "Anneke has a new
dog. So Biscuit to the cattery"."""
_CLOCKS = timedelta(days=1)
"""By how much clocks of who write to each other may differ."""
_MOST_ASKED = 4
"""Candidates of later parts that the checker is asked about."""


@dataclass(frozen=True, slots=True)
class Later:
    """What a later part of the document says: the candidate, and what that and the first are."""

    candidate: Candidate
    earlier_label: str
    label: str


@dataclass(frozen=True, slots=True)
class _Part:
    """A mail of a thread, a turn of a talk, or what stands under a heading.

    `turn` is None of the latter, `period` what its heading says of when; `start` is where it
    begins.
    """

    label: str
    turn: Block | None
    period: Period | None
    start: int


def said_later(
    text: str,
    blocks: Blocks,
    question: str,
    candidates: Sequence[Candidate],
    similarities: Similarities,
    checker: PairModel,
) -> Later | None:
    """Return what a later part of the document says instead of the first candidate; None if none.

    The latest of the few best. `text` and `blocks` are those of the first one's document. The
    checker has to find that what is said later settles the question, too. A question that names a
    day asks of that day.
    """
    best = candidates[0]
    if period_in(question) is not None:
        return None
    first = _part_at(text, blocks, best)
    later: list[tuple[Candidate, _Part]] = []
    for other in candidates[1:]:
        same = other.span.passage.document_id == best.span.passage.document_id
        if not same or best.score - other.score > _CLOSE:
            continue
        if answer_words(candidate_text(other)) == answer_words(candidate_text(best)):
            continue
        part = _part_at(text, blocks, other)
        if _is_later(blocks, part, first):
            later.append((other, part))
    if not later:
        return None
    texts = [touched_sentences(other) for other, _ in later]
    alike = similarities(touched_sentences(best), texts)
    near = [
        (other, part)
        for (other, part), likeness in zip(later, alike, strict=True)
        if likeness >= _ALIKE or best.score - other.score <= _VERY_CLOSE
    ]
    chosen: tuple[Candidate, _Part] | None = None
    for other, part in near[:_MOST_ASKED]:
        if chosen is not None and not _is_later(blocks, part, chosen[1]):
            continue
        settled = settled_log_odds(question, other, checker)
        if settled is not None and settled > 0:
            chosen = other, part
    return None if chosen is None else Later(chosen[0], first.label, chosen[1].label)


def with_said_later(answer: Answer, later: Later, said: Answer) -> Answer:
    """Return the answer, and what is said later instead: that is the short answer."""
    joined = join_answers(
        answer.question,
        [(later.earlier_label, answer), (later.label + LATER, said)],
        kind=answer.answer_kind,
    )
    return with_short_answer_of(joined, said)


def _part_at(text: str, blocks: Blocks, candidate: Candidate) -> _Part:
    """Return the part of the document that a candidate lies in.

    Of headings the innermost one with a date; without one the innermost of all.
    """
    start = candidate.span.start
    found = blocks.at(start)
    if found is not None and found[1].kind == "turn":
        return _Part(found[1].label, found[1], None, found[1].start)
    label, begin = "", 0
    for heading in reversed(blocks.headings_above(start)):
        title = " ".join(text[heading.text_start : heading.text_end].split())
        period = period_in(title)
        if period is not None:
            return _Part(title, None, period, heading.start)
        label, begin = label or title, begin or heading.start
    return _Part(label, None, None, begin)


def _is_later(blocks: Blocks, part: _Part, other: _Part) -> bool:
    """Say whether one part is later than the other: it quotes it, or their dates say so."""
    if part.turn is not None and other.turn is not None:
        return _is_later_turn(blocks, part.turn, other.turn)
    if part.turn is not None or other.turn is not None or part.period is None:
        return False
    is_behind = part.start > other.start
    if other.period is None:
        return is_behind
    if part.period.has_year != other.period.has_year:
        return False
    return part.period.first > other.period.last and (is_behind or part.period.has_year)


def _is_later_turn(blocks: Blocks, turn: Block, other: Block) -> bool:
    """Say whether a turn is later than another.

    Days that are well apart say so first: a text can hold several mails under one subject. Of what
    is quoted without its date nobody knows when it was said, but that it was before.
    """
    own = None if turn.label.endswith(QUOTING) else moment_in(turn.label)
    others = moment_in(other.label)
    is_far = own is not None and others is not None and abs(own.day - others.day) > _CLOCKS
    quotes = turn.level != other.level and _subject(blocks, turn) == _subject(blocks, other)
    if quotes and not is_far:
        return turn.level < other.level
    return is_later(own, others)


def _subject(blocks: Blocks, turn: Block) -> int | None:
    """Return where the heading stands that a mail is under, with all that it quotes."""
    return next((each.start for each in blocks.headings_above(turn.start)), None)
