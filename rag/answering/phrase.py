"""A quote in fewer words: what the generator writes, shown only once the verifier has passed it.

Knows the quoted answer and nothing of retrieval or reading.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from threading import Event

from rag.answering.clock import Clock
from rag.answering.dangling import dangles
from rag.answering.evidence import is_long_question
from rag.answering.verify import verify_sentence
from rag.datatypes import Answer, Citation, CitedSentence, Generator
from rag.documents.split import split_sentences

_MAX_PHRASED_SENTENCES = 2


def phrase(quoted: Answer, generator: Generator, cancel: Event, clock: Clock) -> Iterator[Answer]:
    """Yield `quoted` with the phrased sentences that passed so far instead of its quotes."""
    evidence = [citation.quote for citation in quoted.citations]
    kept: list[tuple[str, tuple[int, ...]]] = []
    for draft in _drafts(quoted, evidence, generator, cancel, clock):
        with clock.stage("verify"):
            used = _supported_by(draft, evidence, quoted)
        if not used or any(draft == text for text, _ in kept):
            continue
        if dangles(draft) and not _is_introduced(used, kept, quoted):
            continue
        kept.append((draft, used))
        yield replace(_phrased(quoted, kept), seconds=clock.read())
        if len(kept) == _MAX_PHRASED_SENTENCES:
            return


def _drafts(
    quoted: Answer, evidence: Sequence[str], generator: Generator, cancel: Event, clock: Clock
) -> Iterator[str]:
    """Yield the generator's sentences, each as soon as it is whole."""
    answer = "" if is_long_question(quoted.understood) else quoted.short_answer or ""
    pieces = generator.generate(quoted.understood, evidence, answer, cancel)
    text, done = "", 0
    try:
        while True:
            with clock.stage("generate"):
                piece = next(pieces, None)
            if cancel.is_set():
                return
            text += piece or ""
            bounds = split_sentences(text)
            whole = bounds if piece is None else bounds[:-1]
            for start, end in whole[done:]:
                yield _as_sentence(text[start:end])
            done = len(whole)
            if piece is None:
                return
    finally:
        close = getattr(pieces, "close", None)
        if close:
            close()


def _as_sentence(words: str) -> str:
    """Return `words` with the capital and the full stop that leaving out its rest took away."""
    plain = " ".join(words.split())
    stop = "" if plain[-1:] in ".!?" or plain[-2:-1] in ".!?" else "."
    return plain[:1].upper() + plain[1:].rstrip(",;:") + stop


def _supported_by(draft: str, evidence: Sequence[str], quoted: Answer) -> tuple[int, ...]:
    """Return the numbers of the citations that support `draft`; () if it must not be shown.

    A draft that only repeats its evidence adds nothing to the quote, and one that answers a short
    question must hold the short answer.
    """
    plain = " ".join(draft.split())
    if any(plain == " ".join(text.split()) for text in evidence):
        return ()
    short = " ".join((quoted.short_answer or "").split())
    if not is_long_question(quoted.understood) and short.casefold() not in plain.casefold():
        return ()
    used = verify_sentence(draft, evidence).used
    places = [quoted.citations[index] for index in used]
    if any(not _adjoin(first, second) for first, second in pairwise(places)):
        return ()  # "he" was resolved from a sentence that does not stand before it
    return tuple(index + 1 for index in used)


def _is_introduced(
    used: tuple[int, ...], kept: Sequence[tuple[str, tuple[int, ...]]], quoted: Answer
) -> bool:
    """Whether what is shown already tells of the sentence before those that were `used`."""
    shown = {number for _, numbers in kept for number in numbers}
    place = quoted.citations[used[0] - 1]
    return any(_adjoin(quoted.citations[number - 1], place) for number in shown)


def _adjoin(first: Citation, second: Citation) -> bool:
    return first.document_id == second.document_id and 0 <= second.start - first.end <= 2


def _phrased(quoted: Answer, kept: Sequence[tuple[str, tuple[int, ...]]]) -> Answer:
    """Return `quoted` with the kept sentences in place of its quotes, citations renumbered."""
    order = list(dict.fromkeys(number for _, used in kept for number in used))
    renumbered = {old: new for new, old in enumerate(order, start=1)}
    short_span = quoted.short_span
    if short_span is not None:
        number, start, end = short_span
        short_span = (renumbered[number], start, end) if number in renumbered else None
    return replace(
        quoted,
        status="answered",
        sentences=tuple(
            CitedSentence(text=text, citations=tuple(renumbered[number] for number in used))
            for text, used in kept
        ),
        citations=tuple(quoted.citations[old - 1] for old in order),
        short_span=short_span,
    )
