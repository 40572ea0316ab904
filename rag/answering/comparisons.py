"""What is said of each of two things that a question compares: documents, sides, or sentences.

Knows the library's names and texts, and what was found. How a side is answered is the business of
whoever decides on all answers.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from rag.answering.answers import Answers
from rag.answering.comparison import (
    COMPARES,
    Side,
    choose_together,
    document_sides,
    may_compare_sentences,
    sentence_sides,
)
from rag.answering.evidence import Candidate, touched_sentences
from rag.answering.find import Finder, Found, Request
from rag.answering.join import join_answers
from rag.answering.names import name_words
from rag.answering.question_sides import QuestionSide, load_question_sides
from rag.answering.quote import quote_places
from rag.answering.retrieve import Retriever
from rag.answering.timings import Clock
from rag.datatypes import Answer
from rag.library.protocol import Library
from rag.models.checker import PairModel
from rag.settings import Settings

_SIDE = 0.25
"""Share of the confidence which is asked for that a side of a comparison needs: the question is
about two things, and each text knows of one."""
_ASKED = 0.75
"""The same that both sides need where each is asked apart: else sentences are looked for that stand
beside each other. Of 20 such questions three had less, all of them wrong."""
_ALONE = 0.5
"""The same of one sentence that says both, and of a side that does not go with the others."""


class Comparisons:
    """Comparisons from one library."""

    def __init__(
        self, library: Library, retriever: Retriever, finder: Finder, answers: Answers
    ) -> None:
        self._library = library
        self._retriever = retriever
        self._finder = finder
        self._answers = answers

    def asked_for(
        self, found: Found, settings: Settings, clock: Clock, checker: PairModel | None
    ) -> Answer | None:
        """Return what each side says, if two are compared; None if not, or if none is found."""
        probability = found.kinds.get("compare", 0.0)
        documents = document_sides(self._finder.names, found.question, probability)
        if documents:
            answer = self._documents_compared(found, documents, settings, clock, checker)
            is_likely = probability >= COMPARES
            return answer if answer and (is_likely or not answer.unanswered) else None
        if probability >= COMPARES:
            asked = load_question_sides().find(found.question)
            answer = self._questions_compared(found, asked, settings, clock, checker)
            if answer is not None:
                return answer
        if not may_compare_sentences(found.question, probability):
            return None
        return self._sentences_compared(found, settings, checker)

    def _documents_compared(
        self,
        found: Found,
        documents: Sequence[Side],
        settings: Settings,
        clock: Clock,
        checker: PairModel | None,
    ) -> Answer | None:
        """Return what each of the documents says, None if none says anything."""
        requests = [
            Request(question=side.question, documents=frozenset([side.document_id]))
            for side in documents
        ]
        sides = self._finder.find(requests, settings.passages_to_read, clock)
        ranked = [
            [
                candidate
                for candidate in self._answers.candidates(own)[1]
                if not side.others & name_words(touched_sentences(candidate))
            ]
            for side, own in zip(documents, sides, strict=True)
        ]
        labels = [self._finder.names.documents[side.document_id] for side in documents]
        joined = self._together(found, labels, sides, ranked, settings, checker)
        return None if joined.status == "refused" else joined

    def _questions_compared(
        self,
        found: Found,
        asked: Sequence[QuestionSide],
        settings: Settings,
        clock: Clock,
        checker: PairModel | None,
    ) -> Answer | None:
        """Return what is said of each side that the question names; None unless it is of both.

        Of both it may be in the same place, which is shown once where it names both.
        """
        if not asked:
            return None
        requests = [Request(question=side.question) for side in asked]
        sides = self._finder.find(requests, settings.passages_to_read, clock)
        labels = [side.label for side in asked]
        names = [name_words(label) for label in labels]
        ranked = [
            [
                candidate
                for candidate in self._answers.candidates(own)[1]
                if not _tells_of_other(touched_sentences(candidate), names[n], names[1 - n])
            ]
            for n, own in enumerate(sides)
        ]
        joined = self._together(found, labels, sides, ranked, settings, checker)
        is_sure = joined.confidence >= settings.min_confidence * _ASKED
        if not is_sure or joined.status == "refused" or joined.unanswered:
            return None
        return _said_once(joined, labels)

    def _together(
        self,
        found: Found,
        labels: Sequence[str],
        sides: Sequence[Found],
        ranked: Sequence[Sequence[Candidate]],
        settings: Settings,
        checker: PairModel | None,
    ) -> Answer:
        """Return what answers each side, of its `ranked` candidates, under its label."""
        chosen = choose_together(found.question, ranked, self._retriever.embed_once)
        least = settings.min_confidence * (_SIDE if chosen else _ALONE)
        answers = []
        for place, (label, own) in enumerate(zip(labels, sides, strict=True)):
            most = chosen[place].score if chosen else math.inf
            spans = [each.span for each in ranked[place] if each.score <= most]
            answer = self._answers.quoted(
                replace(own, kinds=found.kinds, spans=spans), least, checker
            )
            answers.append((label, answer))
        return join_answers(found.question, answers, kind="comparison")

    def _sentences_compared(
        self, found: Found, settings: Settings, checker: PairModel | None
    ) -> Answer | None:
        """Return the two sentences that a question compares, or the one that does, if found."""
        passages = [hit.passage for hit in found.hits[: settings.passages_to_read]]
        places = sentence_sides(
            self._finder.names,
            found.question,
            found.kinds.get("compare", 0.0),
            passages,
            found.spans,
            self._retriever.embed_once,
        )
        if not places:
            return None
        share = _SIDE if len(places) > 1 else _ALONE
        whole = self._answers.quoted(found, settings.min_confidence * share, checker)
        if whole.status == "refused":
            return None
        answer = quote_places(
            self._library,
            found.question,
            places,
            kind="comparison",
            confidence=whole.confidence,
            short_list=0,
        )
        return replace(answer, ranked=whole.ranked)


def _tells_of_other(text: str, own: frozenset[str], other: frozenset[str]) -> bool:
    """Say whether a text has words of the other side alone, and none of this side alone."""
    said = name_words(text)
    return not said.isdisjoint(other - own) and said.isdisjoint(own - other)


def _said_once(joined: Answer, labels: Sequence[str]) -> Answer | None:
    """Return a comparison, once where both sides have the same; None if that names not both."""
    of_each = [
        [each for each in joined.sentences if f"{each.group} > ".startswith(f"{label} > ")]
        for label in labels
    ]
    first, second = ([(each.text, each.start) for each in own] for own in of_each)
    if first != second:
        return joined
    said = name_words(" ".join(text for text, _ in first))
    one, other = map(name_words, labels)
    if not (said & (one - other) and said & (other - one)):
        return None
    shown = tuple(replace(sentence, group="") for sentence in of_each[0])
    return replace(joined, sentences=shown)
