"""A question through the house: retrieve, read, decide, quote.

Composes the stages over models and a library that are already open. Knows neither command lines nor
pages, and takes no answer from a model's memory: what is shown is a quote.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Event, Lock

from rag.answering.clock import Clock
from rag.answering.confidence import Calibration
from rag.answering.copies import cite_copies
from rag.answering.evidence import (
    choose_evidence,
    rank_candidates,
    rank_hits,
)
from rag.answering.follow_up import understand
from rag.answering.question_kind import (
    QuestionKind,
    asks_for_sentences,
    load_question_kinds,
)
from rag.answering.quote import DocumentChanged, quote
from rag.answering.retrieve import Retriever
from rag.answering.signals import candidate_signals
from rag.answering.tables import in_rows_asked_about
from rag.datatypes import Answer, Hit, NearestPassage, Reader, Span, Vectors
from rag.documents.library import Library
from rag.errors import QuestionError, RagError
from rag.settings import Settings

REFUSAL = "Your documents do not seem to say."
RANKED = 10
"""Passages that are retrieved and ranked; only the first of them are read."""
_READ_FIRST = 3
_SURE_MARGIN = 2.0
"""Logits from which on reading stops after three passages: on the tuning articles 4.8 are read on
average, and neither F1 nor the share answered is other than with ten (0.740, 0.950)."""
_NEAREST = 3
_TRIES = 3
"""Times a question is answered anew because a document was indexed while it was being read."""
_LOCK_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A question as it was typed, and as it stands alone."""

    typed: str
    understood: str


@dataclass(frozen=True, slots=True)
class Found:
    """A question, as understood, with what retrieving and reading brought for it.

    `kinds` has the probability of each kind of answer that it can ask for, the likeliest first.
    """

    question: str
    kinds: Mapping[QuestionKind, float]
    hits: tuple[Hit, ...]
    spans: list[Span]


class Pipeline:
    """Answers questions from one library. One question at a time; the others wait.

    So do those of other pipelines that were given the same `lock`.
    """

    def __init__(
        self,
        *,
        library: Library,
        retriever: Retriever,
        reader: Reader,
        calibration: Calibration,
        settings: Settings,
        models: Mapping[str, str],
        lock: "Lock | None" = None,
    ) -> None:
        self.library = library
        self.settings = settings
        self.models = dict(models)
        self._retriever = retriever
        self._reader = reader
        self._calibration = calibration
        self._lock = lock or Lock()

    def read_passages(self, passages_to_read: int) -> None:
        """Give the reader another number of passages, from the next question on."""
        with self._lock:
            self.settings = replace(self.settings, passages_to_read=passages_to_read)

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
        """Yield the answer as it grows, the last one final; none if `cancel` is set before.

        Now that there are quotes only, it is one. Nothing is held while the caller looks at it.
        `history` holds the earlier questions, oldest first; a follow-up is answered as what it
        means after them, which is `Answer.understood`. Halves of surrogate pairs, which no model
        takes, are replaced. Raises `QuestionError` before anything is yielded.
        """
        asked = self._checked(question, history)
        cancel = cancel or Event()
        while not self._lock.acquire(timeout=_LOCK_POLL_SECONDS):
            if cancel.is_set():
                return
        try:
            if cancel.is_set():
                return
            clock = Clock()
            answer = self._answer(asked.understood, clock)
        finally:
            self._lock.release()
        yield replace(answer, question=asked.typed)

    def ask_many(
        self, questions: Sequence[str], *, histories: Sequence[Sequence[str]] | None = None
    ) -> Iterator[Answer | QuestionError]:
        """Yield what `ask` does for each of `questions`, in order, working on all of them at once.

        Confidences are the same up to the engine's noise (of 0.01 in int8), and exactly if the same
        questions are asked together. A question that cannot be asked gives its error. `histories`
        has one of `stream`'s for each. Of seconds that were shared each answer has its part;
        `first` is NaN, since nobody saw one come.
        """
        histories = [()] * len(questions) if histories is None else histories
        outcomes = list(map(self._outcome, questions, histories))
        asked = [outcome for outcome in outcomes if isinstance(outcome, _Asked)]
        answers: list[Answer] = []
        with self._lock:
            clock = Clock()
            found = self._find([each.understood for each in asked], clock) if asked else []
            shared = clock.read()
            for each, of_question in zip(asked, found, strict=True):
                own = Clock.after(shared, len(found))
                try:
                    answer = self._decide(of_question, own)
                except DocumentChanged:
                    answer = self._answer(each.understood, own)
                answers.append(replace(answer, question=each.typed))
        final_answers = iter(answers)
        for outcome in outcomes:
            yield outcome if isinstance(outcome, QuestionError) else next(final_answers)

    def _checked(self, question: str, history: Sequence[str]) -> _Asked:
        limit = self.settings.max_question_characters
        typed = _without_surrogates(question)
        check_question(typed, limit)
        earlier = [_without_surrogates(text) for text in history if len(text) <= limit]
        understood = understand(typed, earlier)
        return _Asked(typed=typed, understood=understood if len(understood) <= limit else typed)

    def _outcome(self, question: str, history: Sequence[str]) -> _Asked | QuestionError:
        """Return the question as it is to be asked, or what is wrong with it."""
        try:
            return self._checked(question, history)
        except QuestionError as error:
            return error

    def _find(self, questions: Sequence[str], clock: Clock) -> list[Found]:
        """Return what retrieving and reading bring for each question."""
        with clock.stage("retrieve"):
            most = max(RANKED, self.settings.passages_to_read)
            queries = self._retriever.embed(questions)
            hits = self._retriever.retrieve_many(questions, most, queries)
            kinds = list(map(self._kinds, questions, queries))
        with clock.stage("read"):
            spans = self._read(questions, kinds, hits)
        return list(map(Found, questions, kinds, hits, spans))

    def _kinds(self, question: str, query: Vectors) -> dict[QuestionKind, float]:
        """Return how likely each kind of answer is; another embedder's vector says nothing."""
        known = load_question_kinds()
        is_known = self._retriever.embedder_name == known.embedder
        return known.kinds(question, query if is_known else None)

    def _read(
        self,
        questions: Sequence[str],
        kinds: Sequence[Mapping[QuestionKind, float]],
        hits: Sequence[tuple[Hit, ...]],
    ) -> list[list[Span]]:
        """Read the first passages, and the others if these leave it open or much is asked for."""
        most = self.settings.passages_to_read
        passages = [[hit.passage for hit in of_question[:most]] for of_question in hits]
        first = [of_question[:_READ_FIRST] for of_question in passages]
        spans = self._reader.read_many(list(zip(questions, first, strict=True)))
        left_open = [
            number
            for number in range(len(questions))
            if _best_margin(spans[number]) < _SURE_MARGIN or asks_for_sentences(kinds[number])
        ]
        others = self._reader.read_many(
            [(questions[number], passages[number][_READ_FIRST:]) for number in left_open]
        )
        for number, more in zip(left_open, others, strict=True):
            spans[number] = [*spans[number], *more]
        return spans

    def _answer(self, question: str, clock: Clock) -> Answer:
        """Find and decide, again if a document was indexed anew in between.

        Raises `RagError` if that does not end.
        """
        for _ in range(_TRIES):
            (found,) = self._find([question], clock)
            try:
                return self._decide(found, clock)
            except DocumentChanged:
                continue
        raise RagError("the documents are being changed all the time: ask again when that is done")

    def _decide(self, found: Found, clock: Clock) -> Answer:
        """Return the refusal, or the quotes. Raises `DocumentChanged`."""
        question, hits = found.question, found.hits
        every = rank_candidates(found.spans, hits, self._calibration.ranking)
        candidates = in_rows_asked_about(question, every)
        confidence = 0.0
        if candidates:
            signals = candidate_signals(question, candidates, hits)
            confidence = self._calibration.confidence(signals)
        ranked = rank_hits([*candidates, *every], hits)
        if not candidates or confidence < self.settings.min_confidence:
            return self._refuse(question, ranked, confidence, clock)
        quoted = quote(
            self.library,
            question,
            choose_evidence(candidates, is_long=asks_for_sentences(found.kinds)),
            self._retriever.similarities,
            kinds=found.kinds,
            confidence=confidence,
        )
        quoted = cite_copies(self.library, quoted, hits)
        return replace(quoted, ranked=ranked, seconds=clock.read())

    def _refuse(
        self, question: str, ranked: tuple[Hit, ...], confidence: float, clock: Clock
    ) -> Answer:
        near = sorted(ranked[:_NEAREST], key=lambda hit: -hit.score)
        names = self.library.document_names({hit.passage.document_id for hit in near})
        nearest = tuple(
            NearestPassage(
                document_id=hit.passage.document_id,
                document=names[hit.passage.document_id],
                start=hit.passage.start,
                end=hit.passage.end,
                score=hit.score,
                text=hit.passage.text,
                dense_rank=hit.dense_rank,
                lexical_rank=hit.lexical_rank,
                dense_score=hit.dense_score,
                lexical_score=hit.lexical_score,
            )
            for hit in near
            if hit.passage.document_id in names
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


def _best_margin(spans: Sequence[Span]) -> float:
    return max((span.score - span.no_answer_score for span in spans), default=-math.inf)


def _without_surrogates(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


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
