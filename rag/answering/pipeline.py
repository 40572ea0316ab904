"""A question through the house: retrieve, read, decide, quote.

Composes the stages over models and a library that are already open. Knows neither command lines nor
pages, and takes no answer from a model's memory: what is shown is a quote.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Event, Lock

from rag.answering.clock import Clock
from rag.answering.comparison import COMPARES, document_sides, sentence_sides
from rag.answering.confidence import Calibration
from rag.answering.evidence import (
    Candidate,
    choose_evidence,
    prefer_named,
    rank_candidates,
    rank_hits,
)
from rag.answering.find import Finder, Found, Kinds, Request
from rag.answering.follow_up import understand
from rag.answering.join import join_answers
from rag.answering.overview import overview
from rag.answering.question_kind import QuestionKind
from rag.answering.quote import DocumentChanged, quote, quote_places
from rag.answering.retrieve import Retriever
from rag.answering.signals import candidate_signals
from rag.answering.tables import in_rows_asked_about
from rag.datatypes import Answer, Hit, NearestPassage, Reader, Vectors
from rag.documents.library import Library
from rag.errors import QuestionError, RagError
from rag.settings import Settings

REFUSAL = "Your documents do not seem to say."
_NEAREST = 3
_SIDE = 0.3
"""Share of the confidence which is asked for that a side of a comparison needs: the question is
about two things, and each text knows of one."""
_TRIES = 3
"""Times a question is answered anew because a document was indexed while it was being read."""
_LOCK_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A question as it was typed, and as it stands alone."""

    typed: str
    understood: str


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
        kinds: Kinds | None = None,
        lock: "Lock | None" = None,
    ) -> None:
        self.library = library
        self.settings = settings
        self.models = dict(models)
        self._retriever = retriever
        self._finder = Finder(library, retriever, reader, kinds or _unknown)
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
            found = self._find([each.understood for each in asked], clock)
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
        requests = [Request(question=question) for question in questions]
        return self._finder.find(requests, self.settings.passages_to_read, clock)

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
        """Return the answer of the kind that is asked for. Raises `DocumentChanged`."""
        answer = self._overview(found) or self._comparison(found, clock)
        return answer or self._quoted(found, clock)

    def _quoted(self, found: Found, clock: Clock, least: float | None = None) -> Answer:
        """Return the refusal, or the quotes. Raises `DocumentChanged`.

        `least` is the confidence that it takes, if not that of the settings.
        """
        least = self.settings.min_confidence if least is None else least
        question, hits = found.question, found.hits
        every = rank_candidates(found.spans, hits, self._calibration.ranking)
        candidates = in_rows_asked_about(question, every)
        confidence = self._confidence(question, candidates, hits)
        preferred = prefer_named(candidates, found.preference) if candidates else []
        if preferred != candidates:
            own = self._confidence(question, preferred, hits)
            if found.preference.is_certain or own >= least:
                candidates, confidence = preferred, own
        ranked = rank_hits([*candidates, *every], hits)
        if not candidates or confidence < least:
            return self._refuse(question, ranked, confidence, clock)
        quoted = quote(
            self.library,
            question,
            choose_evidence(question, candidates),
            self._retriever.similarities,
            confidence=confidence,
        )
        return replace(quoted, ranked=ranked, seconds=clock.read())

    def _confidence(
        self, question: str, candidates: Sequence[Candidate], hits: Sequence[Hit]
    ) -> float:
        """Return how sure it is that the first candidate answers; 0 for none."""
        if not candidates:
            return 0.0
        return self._calibration.confidence(candidate_signals(question, candidates, hits))

    def _overview(self, found: Found) -> Answer | None:
        """Return the key sentences of what an overview is asked of; None if none is, or can be."""
        if found.target is None:
            return None
        confidence = found.kinds["overview"] * found.target.certainty
        answer = overview(
            self.library, self._retriever, found.question, found.target, confidence=confidence
        )
        return None if answer is None else replace(answer, ranked=found.hits)

    def _comparison(self, found: Found, clock: Clock) -> Answer | None:
        """Return what each side says, if two are compared; None if not, or if none is found."""
        names = self._finder.names
        probability = found.kinds.get("compare", 0.0)
        documents = document_sides(names, found.question, probability)
        if documents:
            requests = [
                Request(question=found.question, documents=frozenset([each])) for each in documents
            ]
            sides = self._finder.find(requests, self.settings.passages_to_read, clock)
            least = self.settings.min_confidence * _SIDE
            answers = [
                (names.documents[document], self._quoted(side, clock, least))
                for document, side in zip(documents, sides, strict=True)
            ]
            joined = join_answers(found.question, answers, kind="comparison")
            return None if joined.status == "refused" else replace(joined, seconds=clock.read())
        if probability < COMPARES:
            return None
        return self._sentences_compared(found, clock)

    def _sentences_compared(self, found: Found, clock: Clock) -> Answer | None:
        """Return the two sentences that a question compares, if they are found."""
        passages = [hit.passage for hit in found.hits[: self.settings.passages_to_read]]
        pair = sentence_sides(self._finder.names, found.question, passages, self._retriever.embed)
        whole = self._quoted(found, clock, self.settings.min_confidence * _SIDE)
        if not pair or whole.status == "refused":
            return None
        answer = quote_places(
            self.library,
            found.question,
            pair,
            kind="comparison",
            confidence=whole.confidence,
            short_list=0,
        )
        return replace(answer, ranked=whole.ranked, seconds=clock.read())

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


def _unknown(question: str, embedding: Vectors) -> Mapping[QuestionKind, float]:
    """Return no kind: what a pipeline without a classifier knows."""
    return {}


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
