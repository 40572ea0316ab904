"""A question through the house: retrieve, read, decide, quote; then write and check.

Composes the stages over models and a library that are already open. Knows neither command lines nor
pages, and takes no answer from a model's memory: what is shown is a quote, or says what one says.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Event

from rag.answering.confidence import Calibration
from rag.answering.decide import Decider
from rag.answering.find import Finder, Found, Kinds, Request
from rag.answering.follow_up import readings
from rag.answering.in_words import InWords, profits
from rag.answering.join import join_answers, says_the_same
from rag.answering.question_kind import QuestionKind, likeliest
from rag.answering.question_parts import load_question_parts
from rag.answering.quote import DocumentChanged
from rag.answering.retrieve import Retriever
from rag.answering.timings import Clock
from rag.answering.turns import Stopped, Turns
from rag.datatypes import Answer, Reader
from rag.errors import QuestionError, RagError
from rag.library.protocol import Library
from rag.models.checker import PairModel, Remembering
from rag.settings import COUNTED_LIMITS, Settings

READ_ON_BELOW = 0.6
"""Confidence below which more is read."""
_TRIES = 3
"""Times a question is answered anew because a document was indexed while it was being read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A question as it was typed, and what is asked with it: its parts, each in its readings."""

    typed: str
    parts: tuple[str, ...]
    readings: tuple[tuple[str, ...], ...]

    @property
    def requests(self) -> list[Request]:
        """All that has to be found something for."""
        return [
            Request(question=question, typed="" if question == part else part)
            for part, questions in zip(self.parts, self.readings, strict=True)
            for question in questions
        ]


class Pipeline:
    """Answers questions from one library; what waits at one moment is found and read together.

    Pipelines that were given the same `turns` find and read one at a time.
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
        checker: PairModel | None = None,
        in_words: InWords | None = None,
        turns: Turns | None = None,
    ) -> None:
        self.library = library
        self.settings = settings
        self.models = dict(models)
        self.checker = checker
        self._parts = load_question_parts()
        self._finder = Finder(library, retriever, reader, kinds, turns)
        self._in_words = in_words
        self._similarities = retriever.similarities
        self._decider = Decider(library, retriever, self._finder, calibration)

    @property
    def can_write(self) -> bool:
        """Whether answers are said in words as soon as there is a writer: there is a checker."""
        return self._in_words is not None

    def read_passages(self, passages_to_read: int) -> None:
        """Give the reader another number of passages, from the next question on."""
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

        First the quotes; then, where a writer says them better, once more for each sentence that
        has passed. `cancel` leaves what has passed. While the caller looks at one that grows, the
        writer waits for it, and other questions do not. Seconds of retrieving and reading that
        were shared with others count whole.
        `history` holds the earlier questions, oldest first; a follow-up is answered as what it
        means after them, which is `Answer.understood`. Halves of surrogate pairs, which no model
        takes, are replaced. Raises `QuestionError` before anything is yielded.
        """
        asked = self._checked(question, history)
        cancel = cancel or Event()
        if cancel.is_set():
            return
        clock = Clock()
        try:
            answer, kinds = self._answer(asked, clock, cancel)
        except Stopped:
            return
        yield answer
        yield from self._written(answer, kinds, clock, cancel)

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
        answers: list[tuple[Answer, Mapping[QuestionKind, float], Clock]] = []
        clock = Clock()
        found = iter(self._find([one for each in asked for one in each.requests], clock))
        shared = clock.read()
        for each in asked:
            own = Clock.after(shared, len(asked))
            of_question = [next(found) for _ in each.requests]
            try:
                answers.append((*self._decide(each, of_question, own), own))
            except DocumentChanged:
                answers.append((*self._answer(each, own), own))
        waiting = iter(answers)
        for outcome in outcomes:
            if isinstance(outcome, QuestionError):
                yield outcome
                continue
            answer, kinds, own = next(waiting)
            *_, final = answer, *self._written(answer, kinds, own, Event())
            yield final

    def _checked(self, question: str, history: Sequence[str]) -> _Asked:
        limit = self.settings.max_question_characters
        typed = _without_surrogates(question)
        check_question(typed, limit)
        earlier = [_without_surrogates(text) for text in history if len(text) <= limit]
        parts = self._parts.find(typed)
        if len(parts) > 1 and self._finder.compares(typed):
            parts = [typed]
        before = [earlier, *(parts[:1] for _ in parts[1:])]
        of_parts = [
            [each for each in self._readings(part, history) if len(each) <= limit]
            for part, history in zip(parts, before, strict=True)
        ]
        return _Asked(
            typed=typed,
            parts=tuple(parts),
            readings=tuple(tuple(own or [part]) for part, own in zip(parts, of_parts, strict=True)),
        )

    def _readings(self, question: str, history: Sequence[str]) -> list[str]:
        """Return what the question may mean, after those before it and if it is misspelt."""
        own = readings(question, history, self._parts.needs_context)
        return [*own, *filter(None, map(self._finder.corrected, own))]

    def _outcome(self, question: str, history: Sequence[str]) -> _Asked | QuestionError:
        """Return the question as it is to be asked, or what is wrong with it."""
        try:
            return self._checked(question, history)
        except QuestionError as error:
            return error

    def _find(
        self, requests: Sequence[Request], clock: Clock, cancel: Event | None = None
    ) -> list[Found]:
        return self._finder.find(requests, self.settings.passages_to_read, clock, cancel)

    def _written(
        self, answer: Answer, kinds: Mapping[QuestionKind, float], clock: Clock, cancel: Event
    ) -> Iterator[Answer]:
        """Yield the answer in words as it grows; nothing where quotes are all there is to say."""
        words = self._in_words
        if words is None or cancel.is_set() or not profits(answer, kinds) or not words.is_there():
            return
        yield from words.grow(answer, kinds, self._similarities, clock, cancel)

    def _answer(
        self, asked: _Asked, clock: Clock, cancel: Event | None = None
    ) -> tuple[Answer, Mapping[QuestionKind, float]]:
        """Find and decide, again if a document was indexed anew in between.

        Raises `RagError` if that does not end, `Stopped`.
        """
        for _ in range(_TRIES):
            found = self._find(asked.requests, clock, cancel)
            try:
                return self._decide(asked, found, clock, cancel)
            except DocumentChanged:
                continue
        raise RagError("the documents are being changed all the time: ask again when that is done")

    def _decide(
        self, asked: _Asked, found: Sequence[Found], clock: Clock, cancel: Event | None = None
    ) -> tuple[Answer, Mapping[QuestionKind, float]]:
        """Return the answer to all parts, and of which kinds its question is.

        Raises `DocumentChanged`, `Stopped`.
        """
        waiting, kinds = iter(found), found[0].kinds
        answers = [
            self._likeliest([next(waiting) for _ in own], clock, cancel) for own in asked.readings
        ]
        if len(answers) > 1 and all(answer.status == "refused" for answer in answers):
            whole = self._find([Request(question=asked.typed)], clock, cancel)
            answers = [self._likeliest(whole, clock, cancel)]
        if len(answers) == 1 or all(says_the_same(answers[0], answer) for answer in answers):
            return replace(answers[0], question=asked.typed, seconds=clock.read()), kinds
        joined = join_answers(asked.typed, list(zip(asked.parts, answers, strict=True)))
        return replace(joined, seconds=clock.read()), kinds

    def _likeliest(self, readings: Sequence[Found], clock: Clock, cancel: Event | None) -> Answer:
        """Return the answer to the reading that the documents answer most surely.

        Where none does so surely, further passages are read before that is said; not where it is
        only open whether the quote means yes or no, which they settle no better (58 and 59 of 103),
        or where there is the overview that is asked for.
        """
        checker = None if self.checker is None else Remembering(self.checker)
        best = self._surest(readings, clock, checker)
        passages = self.settings.passages_to_read
        is_quoted = best.status != "refused"
        asked = {likeliest(found.kinds) for found in readings}
        has_enough = "yesno" in asked or ("overview" in asked and best.answer_kind == "overview")
        is_open = best.confidence < READ_ON_BELOW and not best.is_computed
        is_open &= not (is_quoted and has_enough)
        if not is_open or not any(found.can_read_on(passages) for found in readings):
            return best
        further = self._finder.read_on(readings, passages, clock, cancel)
        return self._surest(further, clock, checker)

    def _surest(self, readings: Sequence[Found], clock: Clock, checker: PairModel | None) -> Answer:
        answers = [self._decider.decide(each, self.settings, clock, checker) for each in readings]
        return max(answers, key=lambda answer: answer.confidence)


def _without_surrogates(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def check_question(question: str, limit: int) -> None:
    """Raise `QuestionError` for a question that is empty, too long, or has no letter or digit."""
    if not question.strip():
        raise QuestionError("the question is empty: type what you want to know")
    if len(question) > limit:
        counted = limit * COUNTED_LIMITS
        count = f"{len(question):,}" if len(question) <= counted else f"more than {counted:,}"
        raise QuestionError(
            f"the question has {count} characters, at most {limit:,} are read: shorten it"
        )
    if not any(character.isalnum() for character in question):
        raise QuestionError("the question has no letter or digit: type what you want to know")
