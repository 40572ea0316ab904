"""Whether key sentences are the answer: of what an overview is asked of, or of a section on it.

Knows the library's names and texts, and what was found; nothing of confidence in single spans.
"""

from dataclasses import replace

from rag.answering.answers import Answers
from rag.answering.asked_rows import is_in_row
from rag.answering.evidence import prefer_named
from rag.answering.find import Finder, Found, Request
from rag.answering.operation_words import without_operation
from rag.answering.overviews.overview import overview
from rag.answering.overviews.target import Target, find_section
from rag.answering.overviews.topic import overview_of_topic
from rag.answering.question_kind import asks_for_sentences
from rag.answering.retrieve import Retriever
from rag.answering.timings import Clock
from rag.datatypes import Answer, Span
from rag.library.protocol import Library
from rag.models.checker import PairModel
from rag.settings import Settings

_MAY_BE_OVERVIEW = 0.05
"""Probability of asking for an overview from which on a section may be shown instead."""
_SECTION = 0.4
"""Confidence in a section where nothing answers: it is marked as unsure, and not shown to who wants
to be surer. Set, not measured."""
_TOPIC = 0.6
"""The same where the reader looks into it too: of the five questions of all development sets that
it was met by, four asked for just that section."""
_IS_OVERVIEW = 0.4
"""Probability of asking for an overview from which on sentences on a topic are gathered."""
_MOST_DOCUMENTS = 1_000
"""All headings are looked through, so not in a large library."""


class Overviews:
    """Overviews of one library's documents and sections."""

    def __init__(
        self, library: Library, retriever: Retriever, finder: Finder, answers: Answers
    ) -> None:
        self._library = library
        self._retriever = retriever
        self._finder = finder
        self._answers = answers

    def asked_for(self, found: Found) -> Answer | None:
        """Return the key sentences of what an overview is asked of; None if none is, or can be."""
        if found.target is None:
            return None
        confidence = found.kinds["overview"] * found.target.certainty
        return self._key_sentences(found, found.target, confidence)

    def of_topic(self, found: Found, least: float) -> Answer | None:
        """Return the section on the one topic that an overview may be asked of; None if unlikely.

        "Rules about late work in short" seems to ask for a list. The first candidate has to stand
        in the section that is called so.
        """
        confidence = max(_TOPIC, found.kinds.get("overview", 0.0))
        if least > confidence or not self._may_be_asked_for(found):
            return None
        if not self._finder.has_topic(found.question, found.row):
            return None
        target = find_section(self._finder.names, found.question, found.hits)
        _, candidates = self._answers.candidates(found)
        if target is None or target.section is None or not candidates:
            return None
        best, section = candidates[0].span, target.section
        is_there = best.passage.document_id == target.document_id and (
            section.start <= best.start < section.end
        )
        return self._key_sentences(found, target, confidence, best) if is_there else None

    def in_sentences(
        self, found: Found, settings: Settings, clock: Clock, checker: PairModel | None
    ) -> Answer | None:
        """Return sentences on the topic that an overview is asked of; None if none is, or unsure.

        Without the words that ask for it ("sum up") the topic is looked for anew. Where a row of a
        table answers that is all.
        """
        if found.kinds.get("overview", 0.0) < _IS_OVERVIEW:
            return None
        topic = without_operation(found.question, "overview") or found.question
        own = found
        if topic != found.question:
            named = found.preference
            documents = named.documents if named.is_certain else None
            request = Request(question=topic, documents=documents, to_read=True)
            (own,) = self._finder.find([request], settings.passages_to_read, clock)
            own = replace(own, kinds=found.kinds, preference=named)
        _, candidates = self._answers.candidates(own)
        candidates = prefer_named(candidates, own.preference) if candidates else []
        if not candidates or is_in_row(candidates[0]):
            return None
        answer = self._answers.quoted(own, settings.min_confidence, checker)
        if answer.status != "quoted" or answer.answer_kind == "denied":
            return None
        gathered = overview_of_topic(
            self._library,
            self._retriever,
            found.question,
            topic,
            candidates,
            confidence=answer.confidence,
        )
        return gathered and replace(gathered, ranked=answer.ranked)

    def in_place_of_refusal(self, found: Found, least: float) -> Answer | None:
        """Return the key sentences of the section that is about what is asked, by its heading.

        "Rules for the darkroom" asks for many sentences, and no one of them may seem to answer.
        """
        if least > _SECTION or not self._may_be_asked_for(found):
            return None
        has_topic = self._finder.has_topic
        if not (asks_for_sentences(found.kinds) or has_topic(found.question, found.row)):
            return None
        target = find_section(self._finder.names, found.question, found.hits)
        return None if target is None else self._key_sentences(found, target, _SECTION)

    def _may_be_asked_for(self, found: Found) -> bool:
        """Say whether an overview may be asked for, of documents that are few enough."""
        may_be = found.kinds.get("overview", 0.0) >= _MAY_BE_OVERVIEW
        return may_be and len(self._finder.names.documents) <= _MOST_DOCUMENTS

    def _key_sentences(
        self, found: Found, target: Target, confidence: float, answering: Span | None = None
    ) -> Answer | None:
        answer = overview(
            self._library,
            self._retriever,
            found.question,
            target,
            confidence=confidence,
            answering=answering,
        )
        return None if answer is None else replace(answer, ranked=found.hits)
