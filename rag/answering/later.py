"""What a later mail of a thread says instead of an earlier one, which it quotes perhaps.

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
from rag.documents.moments import QUOTING, is_later, moment_in
from rag.library.protocol import Blocks
from rag.models.checker import PairModel

_CLOSE, _ALIKE = 20.0, 0.45
"""Logits by which what a later mail says may be weaker, and the cosine of both: it says what has
changed, and not all over again."""
_CLOCKS = timedelta(days=1)
"""By how much clocks of who write to each other may differ."""
_MOST_ASKED = 4
"""Candidates of later mails that the checker is asked about."""


@dataclass(frozen=True, slots=True)
class Later:
    """What a later mail of a thread says: the candidate, and who says the first one and this."""

    candidate: Candidate
    earlier_label: str
    label: str


def said_later(
    blocks: Blocks,
    question: str,
    candidates: Sequence[Candidate],
    similarities: Similarities,
    checker: PairModel,
) -> Later | None:
    """Return what a later mail of the thread says instead of the first candidate; None if none.

    The latest of the few best. `blocks` are those of the first one's document. The checker has to
    find that what is said later settles the question, too.
    """
    best = candidates[0]
    first = _turn_at(blocks, best)
    if first is None:
        return None
    later: list[tuple[Candidate, Block]] = []
    for other in candidates[1:]:
        same = other.span.passage.document_id == best.span.passage.document_id
        if not same or best.score - other.score > _CLOSE:
            continue
        turn = _turn_at(blocks, other)
        says_else = answer_words(candidate_text(other)) != answer_words(candidate_text(best))
        if turn is not None and says_else and _is_later(blocks, turn, first):
            later.append((other, turn))
    if not later:
        return None
    texts = [touched_sentences(other) for other, _ in later]
    alike = similarities(touched_sentences(best), texts)
    near = [pair for pair, likeness in zip(later, alike, strict=True) if likeness >= _ALIKE]
    chosen: tuple[Candidate, Block] | None = None
    for other, turn in near[:_MOST_ASKED]:
        if chosen is not None and not _is_later(blocks, turn, chosen[1]):
            continue
        settled = settled_log_odds(question, other, checker)
        if settled is not None and settled > 0:
            chosen = other, turn
    return None if chosen is None else Later(chosen[0], first.label, chosen[1].label)


def with_said_later(answer: Answer, later: Later, said: Answer) -> Answer:
    """Return the answer, and what is said later instead: that is the short answer."""
    joined = join_answers(
        answer.question,
        [(later.earlier_label, answer), (later.label + LATER, said)],
        kind=answer.answer_kind,
    )
    return with_short_answer_of(joined, said)


def _turn_at(blocks: Blocks, candidate: Candidate) -> Block | None:
    """Return the mail of a thread, or the turn of a talk, that the candidate lies in."""
    found = blocks.at(candidate.span.start)
    return found[1] if found is not None and found[1].kind == "turn" else None


def _is_later(blocks: Blocks, turn: Block, other: Block) -> bool:
    """Say whether one is later than the other: it quotes it, or their dates say so.

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
