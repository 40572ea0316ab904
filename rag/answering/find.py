"""What a library has for questions: retrieved passages, read, and what the questions name of it.

Many questions are embedded, searched and read at once. Decides nothing: which span answers, and
whether one does, is for others.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Event, Lock

from rag.answering.comparison import COMPARES, document_sides
from rag.answering.names import Names, Preference
from rag.answering.overviews.target import Target, find_target
from rag.answering.question_kind import (
    QuestionKind,
    asks_for_sentences,
    likeliest,
    load_question_kinds,
)
from rag.answering.retrieve import Retriever
from rag.answering.spelling import corrected, has_unknown_words
from rag.answering.timings import Clock
from rag.answering.turns import Turns
from rag.datatypes import Hit, Passage, Reader, Span, Vectors
from rag.library.protocol import Library

RANKED = 20
"""Passages that are retrieved and ranked; only the first of them are read, unless these leave it
so open that it is worth to read on."""
_MOST_READ = 14
"""Passages that are read where the first ones leave it open. Reading 20 answers one more of 594
questions rightly, and takes a sixth more of the processor for all questions together."""
_READ_FIRST = 3
_SURE_MARGIN = 2.0
"""Logits from which on reading stops after three passages: on the tuning articles 4.8 are read on
average, and neither F1 nor the share answered is other than with ten (0.740, 0.950)."""
_NEAR = 60
"""Passages whose words count as known, so that a question may have them."""
_OVERVIEW, _OVERVIEW_OF_NAMED = 0.25, 0.1
"""Probability of its kind from which a question asks for an overview, if no other kind is likelier;
the lower one, whatever is likelier, where a document is named by half of its name or more. On
`benchmarks/overviews` others have 0.03."""
HALF_NAMED = 0.5
"""Strength of a preference from which on a document is named by half of its name or more."""

Kinds = Callable[[str, Vectors | None], Mapping[QuestionKind, float]]
"""A question, and its unit row, (d,), if the embedder is the one whose rows say something of it, to
the probability of each kind of answer that it may ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A question to find something for; `documents` are those to look through, None for all.

    `typed` is the question as it was typed, if something was added to it: its kind counts as well.
    With `to_read` it is read for, even if it seems to ask for an overview, for which nothing is.
    """

    question: str
    typed: str = ""
    documents: frozenset[int] | None = None
    to_read: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A question, as understood, with what retrieving and reading brought for it.

    `row` is its unit row, (d,), for the models that were trained with one embedder; None where
    another embeds. `kinds` has the probability of each kind of answer that it may ask for;
    `preference` the documents that it names; `target` what an overview is asked of, for which
    nothing is read.
    """

    question: str
    row: Vectors | None
    kinds: Mapping[QuestionKind, float]
    hits: tuple[Hit, ...]
    spans: list[Span]
    preference: Preference
    target: Target | None

    def can_read_on(self, passages: int) -> bool:
        """Say whether there are passages beyond the first ones, and they are wanted."""
        return self.target is None and len(self.hits) > passages


class Finder:
    """Retrieves and reads for the questions on one library; follows it when it changes.

    Those that were given the same `turns` work one at a time. May be used by several threads.
    """

    def __init__(
        self,
        library: Library,
        retriever: Retriever,
        reader: Reader,
        kinds: Kinds | None = None,
        turns: Turns | None = None,
    ) -> None:
        trained = load_question_kinds()
        self.kinds = kinds or trained.kinds
        self.has_topic = trained.has_topic
        self._is_trained_embedder = retriever.embedder_name == trained.embedder
        self._library = library
        self._retriever = retriever
        self._reader = reader
        self._turns = turns or Turns()
        self._naming = Lock()
        self._names: tuple[int, Names] | None = None

    def compares(self, question: str) -> bool:
        """Say whether a question asks for a comparison, so that its sides are no parts of it."""
        (row,) = self._known(self._retriever.embed([question]))
        probability = self.kinds(question, row).get("compare", 0.0)
        return probability >= COMPARES or bool(document_sides(self.names, question, probability))

    def corrected(self, question: str) -> str | None:
        """Return the question as it was meant, if it seems to be misspelt."""
        if not has_unknown_words(question):
            return None
        near = self._retriever.retrieve(question, _NEAR)
        names = self.names.documents.values()
        return corrected(question, [*(hit.passage.text for hit in near), *names])

    @property
    def names(self) -> Names:
        """What the library's documents are called, read anew if it has changed."""
        with self._naming:
            version = self._library.version()
            if self._names is None or self._names[0] != version:
                with self._library.snapshot():
                    self._names = version, Names(self._library)
            return self._names[1]

    def find(
        self,
        requests: Sequence[Request],
        passages: int,
        clock: Clock,
        cancel: Event | None = None,
    ) -> list[Found]:
        """Return what there is for each request, reading up to `passages` passages of each.

        What waits meanwhile is found together; the seconds that takes are those of each. Raises
        `Stopped` where `cancel` is set while others are served.
        """
        return self._together(partial(self._find, passages=passages), requests, clock, cancel)

    def read_on(
        self,
        found: Sequence[Found],
        passages: int,
        clock: Clock,
        cancel: Event | None = None,
    ) -> list[Found]:
        """Return what was found with the passages read that come after the first ones.

        Those of overviews, for which nothing is read, stay as they are. Raises `Stopped` like
        `find`.
        """
        return self._together(partial(self._read_on, passages=passages), found, clock, cancel)

    def _together(
        self,
        do: partial[list[tuple[Found, Clock]]],
        items: Sequence[Request] | Sequence[Found],
        clock: Clock,
        cancel: Event | None,
    ) -> list[Found]:
        """Return what `do` gives for the items, done with what waits for the same meanwhile."""
        kind = (do.func, *do.keywords.values())
        found = self._turns.take(kind, do, items, cancel)
        if found:
            clock.add(found[0][1])
        return [own for own, _ in found]

    def _read_on(self, found: Sequence[Found], passages: int) -> list[tuple[Found, Clock]]:
        clock = Clock()
        with clock.stage("read"):
            others = [
                [hit.passage for hit in own.hits[passages:_MOST_READ]]
                if own.can_read_on(passages)
                else []
                for own in found
            ]
            questions = [own.question for own in found]
            spans = self._reader.read_many(list(zip(questions, others, strict=True)))
        further = [
            replace(own, spans=[*own.spans, *more]) for own, more in zip(found, spans, strict=True)
        ]
        return [(own, clock) for own in further]

    def _find(self, requests: Sequence[Request], passages: int) -> list[tuple[Found, Clock]]:
        """Return what there is for each request, and the clock of them all."""
        clock = Clock()
        with clock.stage("retrieve"):
            names = self.names
            questions = [request.question for request in requests]
            typed = [request.typed for request in requests if request.typed]
            rows = self._retriever.embed([*questions, *typed])
            known = self._known(rows)
            typed_rows = iter(known[len(questions) :])
            rows, known = rows[: len(questions)], known[: len(questions)]
            kinds = [
                _mean(own, self.kinds(request.typed, next(typed_rows))) if request.typed else own
                for request, own in zip(requests, map(self.kinds, questions, known), strict=True)
            ]
            preferences = [names.preferred(question) for question in questions]
            hits = self._retrieve(requests, preferences, max(RANKED, passages), rows)
            targets = [
                find_target(
                    names,
                    question,
                    own,
                    probability=of_question["overview"],
                    has_topic=self.has_topic(question, row),
                )
                if not request.to_read and _asks_overview(of_question, named)
                else None
                for request, question, row, of_question, named, own in zip(
                    requests, questions, known, kinds, preferences, hits, strict=True
                )
            ]
        with clock.stage("read"):
            to_read = [
                [hit.passage for hit in own[:passages]] if target is None else []
                for own, target in zip(hits, targets, strict=True)
            ]
            spans = self._read(questions, kinds, to_read)
        found = map(Found, questions, known, kinds, hits, spans, preferences, targets)
        return [(own, clock) for own in found]

    def _known(self, rows: Vectors) -> list[Vectors | None]:
        """Return the rows for what was trained with one embedder; None for those of another."""
        return [row if self._is_trained_embedder else None for row in rows]

    def _retrieve(
        self,
        requests: Sequence[Request],
        preferences: Sequence[Preference],
        most: int,
        rows: Vectors,
    ) -> list[tuple[Hit, ...]]:
        """Return the hits of each request, those of the documents that it names among the first."""
        naming = [number for number, each in enumerate(preferences) if each.documents]
        asked = [*range(len(requests)), *naming]
        own = [
            _both(requests[number].documents, preferences[number].documents) for number in naming
        ]
        found = self._retriever.retrieve_many(
            [requests[number].question for number in asked],
            most,
            [*(request.documents for request in requests), *own],
            rows[asked],
        )
        hits = found[: len(requests)]
        for number, of_named in zip(naming, found[len(requests) :], strict=True):
            preference = preferences[number]
            if preference.is_certain:
                hits[number] = of_named
                continue
            first = of_named[: round(_READ_FIRST * preference.strength)]
            merged = {hit.passage.id: hit for hit in (*first, *hits[number])}
            hits[number] = tuple(merged.values())[:most]
        return hits

    def _read(
        self,
        questions: Sequence[str],
        kinds: Sequence[Mapping[QuestionKind, float]],
        passages: Sequence[Sequence[Passage]],
    ) -> list[list[Span]]:
        """Read the first passages, and the others if these leave it open or much is asked for."""
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


def _asks_overview(kinds: Mapping[QuestionKind, float], named: Preference) -> bool:
    if named.strength >= HALF_NAMED:
        return kinds["overview"] >= _OVERVIEW_OF_NAMED
    return kinds["overview"] >= _OVERVIEW and likeliest(kinds) == "overview"


def _mean(
    first: Mapping[QuestionKind, float], second: Mapping[QuestionKind, float]
) -> dict[QuestionKind, float]:
    """Return the mean of two distributions over the same kinds."""
    return {kind: (probability + second[kind]) / 2 for kind, probability in first.items()}


def _both(within: frozenset[int] | None, named: frozenset[int]) -> frozenset[int]:
    """Return the documents to look through that are named; those to look through, if none is."""
    if within is None:
        return named
    return within & named or within


def _best_margin(spans: Sequence[Span]) -> float:
    return max((span.score - span.no_answer_score for span in spans), default=-math.inf)
