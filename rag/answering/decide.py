"""From what was found for a question to its answer: overview, comparison, quotes, or a refusal.

Knows the library's names and texts; nothing of locks, batches or conversations.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from rag.answering.asked_rows import in_rows_asked_about
from rag.answering.comparisons import Comparisons
from rag.answering.confidence import Calibration
from rag.answering.confidence_signals import (
    UNCHECKED,
    candidate_signals,
    check_answer,
    put_settling_first,
)
from rag.answering.duplicates import cite_copies, say_once
from rag.answering.evidence import (
    Candidate,
    candidate_text,
    choose_evidence,
    meant_by_name,
    prefer_named,
    rank_candidates,
    rank_hits,
    sentences_with_path,
    touched_sentences,
    with_neighbours,
    yes_log_odds,
)
from rag.answering.find import HALF_NAMED, Finder, Found
from rag.answering.held_number import held_against
from rag.answering.later import Later, said_later, with_said_later
from rag.answering.overviews.choose import Overviews
from rag.answering.question_kind import asks_for_sentences
from rag.answering.quote import quote
from rag.answering.refuse import refuse
from rag.answering.retrieve import Retriever
from rag.answering.rows.cell import put_asked_cell_first
from rag.answering.rows.computed import compute
from rag.answering.timings import Clock
from rag.answering.versions import (
    Version,
    join_versions,
    other_versions,
    without_versions,
)
from rag.answering.word import (
    MOST_DENYING,
    MOST_SETTLING,
    denied_by,
    denying,
    settled_by,
    with_yes_or_no,
)
from rag.datatypes import Answer
from rag.library.protocol import Library
from rag.models.checker import PairModel
from rag.settings import Settings

_WIDTHS = (False, False), (True, False), (False, True), (True, True)
"""Whether what may settle a yes or no is asked with the sentence before, and with that behind."""


class Decider:
    """Decides on answers from one library, with the settings of the moment."""

    def __init__(
        self,
        library: Library,
        retriever: Retriever,
        finder: Finder,
        calibration: Calibration,
    ) -> None:
        self._library = library
        self._retriever = retriever
        self._finder = finder
        self._calibration = calibration
        self._overviews = Overviews(library, retriever, finder, self)
        self._comparisons = Comparisons(library, retriever, finder, self)

    def decide(
        self, found: Found, settings: Settings, clock: Clock, checker: PairModel | None
    ) -> Answer:
        """Return the answer of the kind that is asked for. Raises `DocumentChanged`."""
        least = settings.min_confidence
        overviews = self._overviews
        answer = overviews.asked_for(found) or overviews.of_topic(found, least)
        answer = answer or overviews.in_sentences(found, settings, clock, checker)
        answer = answer or self._comparisons.asked_for(found, settings, clock, checker)
        answer = answer or self._computed(found, checker)
        answer = answer or self.quoted(found, least, checker)
        if answer.status == "refused":
            return overviews.in_place_of_refusal(found, least) or answer
        return answer

    def quoted(self, found: Found, least: float, checker: PairModel | None) -> Answer:
        """Return the quotes, or the refusal below the confidence `least`."""
        question, hits = found.question, found.hits
        every, candidates = self.candidates(found)
        is_long = asks_for_sentences(found.kinds)
        if checker is not None and not is_long:
            candidates = put_settling_first(
                question, candidates, self._calibration.ranking, checker
            )
        candidates, of_cell = put_asked_cell_first(
            self._library, question, candidates, hits, checker
        )
        has_cell = of_cell is not None
        confidence = of_cell or self._confidence(found, candidates, checker)
        of_all = candidates
        preferred = prefer_named(candidates, found.preference) if candidates else []
        if preferred != candidates:
            is_cell = has_cell and preferred[:1] == candidates[:1]
            own = confidence if is_cell else self._confidence(found, preferred, checker)
            if found.preference.is_certain or own >= least:
                candidates, confidence = preferred, own
        if found.preference.strength >= HALF_NAMED:
            of_all = meant_by_name(of_all, found.preference)
        best_of_all = [*candidates[:1], *(c for c in of_all if c not in candidates[:1])]
        versions = [] if is_long else other_versions(best_of_all, self._retriever.similarities)
        if any(version.says_the_same for version in versions):
            own = self._confidence(found, without_versions(candidates, versions), checker)
            confidence = max(confidence, own)
        ranked = rank_hits([*candidates, *every], hits)
        denial = None if has_cell else self._denial(found, candidates, checker)
        if denial is not None:
            place, probability = denial
            quoted = self._quote(found, [candidates[place]], confidence)
            return replace(denying(say_once(quoted), probability), ranked=ranked)
        if not candidates or confidence < least:
            return refuse(self._library, question, ranked, confidence)
        later = None if versions or is_long else self._said_later(found, candidates, checker)
        to_settle = 0 if versions or later else 1 if has_cell else MOST_SETTLING
        answer = self._answered(found, candidates, confidence, checker, to_settle)
        if answer.answer_kind == "short" and versions:
            answer = self._all_versions(found, answer, candidates[0], versions)
        elif later is not None:
            answer = self._quote(found, candidates[:1], confidence)
            said = self._quote(found, [later.candidate], confidence)
            answer = with_said_later(answer, later, said)
        answer = say_once(cite_copies(self._library, answer, hits))
        return replace(answer, ranked=ranked)

    def candidates(self, found: Found) -> tuple[list[Candidate], list[Candidate]]:
        """Return all spans, ranked, and those of them that stand in no row but an asked one."""
        every = rank_candidates(found.spans, found.hits, self._calibration.ranking)
        return every, in_rows_asked_about(found.question, every)

    def _answered(
        self,
        found: Found,
        candidates: Sequence[Candidate],
        confidence: float,
        checker: PairModel | None,
        to_settle: int,
    ) -> Answer:
        """Return the quotes, first the one of `to_settle` that settles a yes or no."""
        settled = None
        if checker is not None:
            first = candidates[:to_settle]
            texts = (_texts(_in_widths(each)) for each in first)
            leanings = [yes_log_odds(each.span) for each in first]
            settled = settled_by(found.question, found.kinds, texts, leanings, checker)
        if settled is not None:
            best = candidates[settled.place]
            others = [each for each in candidates if each is not best]
            shown = _in_widths(best)[settled.width]
            settled = held_against(
                found.question, touched_sentences(shown), candidate_text(best), settled
            )
            candidates = [shown, *others]
        is_long = asks_for_sentences(found.kinds)
        answer = self._quote(found, choose_evidence(candidates, is_long=is_long), confidence)
        return answer if settled is None else with_yes_or_no(answer, settled)

    def _quote(self, found: Found, chosen: Sequence[Candidate], confidence: float) -> Answer:
        return quote(
            self._library,
            found.question,
            chosen,
            self._retriever.similarities,
            kinds=found.kinds,
            confidence=confidence,
        )

    def _all_versions(
        self, found: Found, answer: Answer, best: Candidate, versions: Sequence[Version]
    ) -> Answer:
        """Return the answers of documents that contradict each other."""
        names = self._finder.names
        others = [version.candidate for version in versions]
        answers = [answer, *(self._quote(found, [each], answer.confidence) for each in others)]
        documents = [each.span.passage.document_id for each in (best, *others)]
        known = [
            (names.documents[number], names.called(number), own)
            for number, own in zip(documents, answers, strict=True)
            if number in names.documents
        ]
        return join_versions(answer.question, known) if len(known) > 1 else answer

    def _said_later(
        self, found: Found, candidates: Sequence[Candidate], checker: PairModel | None
    ) -> Later | None:
        """Return what a later part of its document says instead of the first candidate, if any."""
        if checker is None:
            return None
        similarities = self._retriever.similarities
        return said_later(self._library, found.question, candidates, similarities, checker)

    def _confidence(
        self, found: Found, candidates: Sequence[Candidate], checker: PairModel | None
    ) -> float:
        """Return how sure it is that the first candidate answers; 0 for none."""
        if not candidates:
            return 0.0
        question, checked = found.question, UNCHECKED
        if checker is not None and self._calibration.wants_checks:
            is_long = asks_for_sentences(found.kinds)
            number = candidates[0].span.passage.document_id
            name = self._finder.names.documents.get(number, "")
            name = PurePath(name).stem.replace("_", " ")
            checked = check_answer(question, candidates[0], checker, is_long=is_long, name=name)
        signals = candidate_signals(question, candidates, found.hits, found.kinds, checked)
        return self._calibration.confidence(signals)

    def _denial(
        self, found: Found, candidates: Sequence[Candidate], checker: PairModel | None
    ) -> tuple[int, float] | None:
        """Return which candidate denies what is taken for granted, and how probably; None if none.

        The sentence that denies it is like the question, and often is not the one that the reader
        would answer from.
        """
        if checker is None or not candidates:
            return None
        texts = _texts(candidates[:MOST_DENYING])
        return denied_by(found.question, found.kinds, texts, checker)

    def _computed(self, found: Found, checker: PairModel | None) -> Answer | None:
        """Return what code over the rows of a table gives; None if that is not asked, or unsure."""
        every, candidates = self.candidates(found)
        answer = compute(
            self._library,
            self._retriever.embed_once,
            found.question,
            found.row,
            found.kinds,
            candidates,
            found.hits,
            checker,
        )
        ranked = rank_hits([*candidates, *every], found.hits)
        return None if answer is None else replace(answer, ranked=ranked)


def _texts(candidates: Sequence[Candidate]) -> list[str]:
    """Return what is asked whether it denies or settles a question."""
    return [sentences_with_path(candidate, led_in=True) for candidate in candidates]


def _in_widths(candidate: Candidate) -> list[Candidate]:
    """Return a candidate as it is asked whether it settles a yes or no, the narrowest first."""
    return [with_neighbours(candidate, before=before, behind=behind) for before, behind in _WIDTHS]
