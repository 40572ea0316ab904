"""A question through the house: retrieve, read, decide, quote, phrase, verify.

Composes the stages over models and a library that are already open. Knows neither command lines nor
pages, and takes no answer from a model's memory: what is shown is a quote, or was verified against
it.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from threading import Event, Lock

from rag.confidence import Calibration
from rag.datatypes import (
    Answer,
    Citation,
    CitedSentence,
    Generator,
    Hit,
    NearestPassage,
    Reader,
)
from rag.errors import QuestionError, RagError
from rag.evidence import (
    Candidate,
    Place,
    candidate_text,
    choose_evidence,
    is_long_question,
    rank_candidates,
    rank_hits,
)
from rag.library import Library
from rag.retrieve import Retriever
from rag.settings import Settings
from rag.signals import candidate_signals
from rag.split import split_sentences
from rag.verify import verify_sentence

REFUSAL = "Your documents do not seem to say."
_STAGES = ("retrieve", "read", "generate", "verify")
_NEAREST = 3
_MAX_PHRASED_SENTENCES = 2
_LOCK_POLL_SECONDS = 0.1


@dataclass(slots=True)
class _Clock:
    """Seconds spent in each stage of one question."""

    started: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(_STAGES, 0.0))

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] += time.perf_counter() - begin

    def read(self) -> Mapping[str, float]:
        """Return a copy, with `first` set by the first reading and `total` by each."""
        now = time.perf_counter() - self.started
        self.seconds.setdefault("first", now)
        return {**self.seconds, "total": now}


class Pipeline:
    """Answers questions from one library. One question at a time; the others wait."""

    def __init__(
        self,
        *,
        library: Library,
        retriever: Retriever,
        reader: Reader,
        generator: Generator | None,
        calibration: Calibration,
        settings: Settings,
        models: Mapping[str, str],
    ) -> None:
        self.library = library
        self.settings = settings
        self.models = dict(models)
        self._retriever = retriever
        self._reader = reader
        self._generator = generator
        self._calibration = calibration
        self._lock = Lock()

    def ask(
        self, question: str, *, history: Sequence[str] = (), cancel: Event | None = None
    ) -> Answer:
        """Return the final answer.

        Raises `QuestionError` for a question that cannot be asked, `RagError` if `cancel` was set
        before there was anything to show.
        """
        answers = list(self.stream(question, history=history, cancel=cancel))
        if not answers:
            raise RagError("the question was stopped before there was an answer")
        return answers[-1]

    def stream(
        self, question: str, *, history: Sequence[str] = (), cancel: Event | None = None
    ) -> Iterator[Answer]:
        """Yield the answer as it grows: the quote at once, then each phrased sentence that passed.

        The last one is final; after `cancel` the last one shown stands, which may be none.
        `history` holds the earlier questions, oldest first. Halves of surrogate pairs, which no
        model takes, are replaced. Raises `QuestionError` before anything is yielded.
        """
        question = question.encode("utf-8", "replace").decode("utf-8")
        check_question(question, self.settings.max_question_characters)
        cancel = cancel or Event()
        while not self._lock.acquire(timeout=_LOCK_POLL_SECONDS):
            if cancel.is_set():
                return
        try:
            if not cancel.is_set():
                yield from self._stream(question, cancel)
        finally:
            self._lock.release()

    def _stream(self, question: str, cancel: Event) -> Iterator[Answer]:
        clock = _Clock()
        with clock.stage("retrieve"):
            ranking = self._retriever.retrieve(question, self.settings.passages_to_read)
        with clock.stage("read"):
            spans = self._reader.read(question, [hit.passage for hit in ranking.hits])
        candidates = rank_candidates(spans, ranking.hits, self._calibration.retrieval_weight)
        confidence = 0.0
        if candidates:
            signals = candidate_signals(question, candidates, ranking.hits, ranking.best_similarity)
            confidence = self._calibration.confidence(signals)
        ranked = rank_hits(candidates)
        if confidence < self.settings.min_confidence:
            yield self._refuse(question, ranked, confidence, clock)
            return
        with clock.stage("verify"):
            places = choose_evidence(question, candidates)
            quoted = self._quote(question, candidates, places, confidence)
        quoted = replace(quoted, ranked=ranked, seconds=clock.read())
        yield quoted
        answer = quoted
        for answer in self._phrase(quoted, cancel, clock):
            yield answer
        yield replace(answer, seconds=clock.read())

    def _refuse(
        self, question: str, ranked: tuple[Hit, ...], confidence: float, clock: _Clock
    ) -> Answer:
        nearest = tuple(
            NearestPassage(
                document_id=hit.passage.document_id,
                document=self.library.document_name(hit.passage.document_id),
                start=hit.passage.start,
                end=hit.passage.end,
                score=hit.score,
                text=hit.passage.text,
                dense_rank=hit.dense_rank,
                lexical_rank=hit.lexical_rank,
            )
            for hit in ranked[:_NEAREST]
        )
        return Answer(
            question=question,
            understood=question,
            status="refused",
            sentences=(),
            citations=(),
            short_answer=None,
            short_span=None,
            nearest=nearest,
            confidence=confidence,
            refusal=REFUSAL,
            ranked=ranked,
            seconds=clock.read(),
        )

    def _quote(
        self,
        question: str,
        candidates: Sequence[Candidate],
        places: Sequence[Place],
        confidence: float,
    ) -> Answer:
        """Return the answer that is nothing but the cited sentences, exactly as they stand."""
        citations = self._cite(places)
        span = candidates[0].span
        number = next(
            number
            for number, place in enumerate(places, start=1)
            if place.document_id == span.passage.document_id and place.start < span.end <= place.end
        )
        return Answer(
            question=question,
            understood=question,
            status="quoted",
            sentences=tuple(
                CitedSentence(text=citation.quote, citations=(number,))
                for number, citation in enumerate(citations, start=1)
            ),
            citations=citations,
            short_answer=candidate_text(candidates[0]),
            short_span=(number, span.start, span.end),
            nearest=(),
            confidence=confidence,
        )

    def _cite(self, places: Sequence[Place]) -> tuple[Citation, ...]:
        citations: list[Citation] = []
        for document_id, group in groupby(places, key=lambda place: place.document_id):
            text = self.library.text(document_id)
            citations += [
                Citation(
                    document_id=document_id,
                    document=self.library.document_name(document_id),
                    start=place.start,
                    end=place.end,
                    page=self.library.page(document_id, place.start),
                    quote=text[place.start : place.end],
                )
                for place in group
            ]
        return tuple(citations)

    def _phrase(self, quoted: Answer, cancel: Event, clock: _Clock) -> Iterator[Answer]:
        """Yield answers made of the phrased sentences that passed, if any."""
        if self._generator is None:
            return
        evidence = [citation.quote for citation in quoted.citations]
        kept: list[tuple[str, tuple[int, ...]]] = []
        for draft in self._drafts(quoted, evidence, cancel, clock):
            with clock.stage("verify"):
                used = _supported_by(draft, evidence, quoted)
            if not used or any(draft == text for text, _ in kept):
                continue
            kept.append((draft, used))
            yield replace(_phrased(quoted, kept), seconds=clock.read())
            if len(kept) == _MAX_PHRASED_SENTENCES:
                return

    def _drafts(
        self, quoted: Answer, evidence: Sequence[str], cancel: Event, clock: _Clock
    ) -> Iterator[str]:
        """Yield the generator's sentences, each as soon as it is whole."""
        assert self._generator is not None  # noqa: S101  (checked by the only caller)
        answer = "" if is_long_question(quoted.understood) else quoted.short_answer or ""
        pieces = self._generator.generate(quoted.understood, evidence, answer, cancel)
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


def check_question(question: str, limit: int) -> None:
    """Raise `QuestionError` for a question that is empty, too long, or has no letter or digit."""
    if not question.strip():
        raise QuestionError("the question is empty: type what you want to know")
    if len(question) > limit:
        raise QuestionError(
            f"the question has {len(question):,} characters, at most {limit:,} are read: shorten it"
        )
    if not any(character.isalnum() for character in question):
        raise QuestionError("the question has no letter or digit: type what you want to know")


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
