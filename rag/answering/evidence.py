"""Which sentences answer: from the reader's spans to the evidence that is shown.

Knows the spans and the passages' sentences; nothing of models, files or wording.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rag.answering.confidence import Ranking
from rag.answering.names import Preference, name_words
from rag.datatypes import Hit, Passage, Span, UnitKind

_MAX_SENTENCES = 3
"""Of several spans; the sentences of the best one are all shown."""
_LONG_MARGIN = 3.0
"""Logits by which a further span of a long question may be weaker than the best."""
_NAMED_LOGITS = 4.0
"""Logits that a span of a document that is named in full may be weaker than the best one."""
_LEAST_SURE = 1e-3
_LISTED: tuple[UnitKind, ...] = ("item", "row")
_SAME_ANSWER_MARGIN = 1.0
"""The same for a short question, where another passage gives the same answer in the same words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A span with the score that compares it with those of other passages."""

    span: Span
    hit: Hit
    score: float


def units_of(passage: Passage) -> list[tuple[tuple[int, int], UnitKind]]:
    """Return the places of a passage's sentences, items and rows, with what each is."""
    kinds: Sequence[UnitKind] = passage.kinds or ["sentence"] * len(passage.sentences)
    return list(zip(passage.sentences, kinds, strict=True))


def candidate_text(candidate: Candidate) -> str:
    """Return the words of the candidate's span."""
    span = candidate.span
    return span.passage.text[span.start - span.passage.start : span.end - span.passage.start]


def touched_sentences(candidate: Candidate) -> str:
    """Return the sentences, items or rows that the candidate's span touches, as they stand."""
    passage = candidate.span.passage
    return " ".join(
        passage.text[start - passage.start : end - passage.start]
        for _, start, end in sentences_of(candidate.span)
    )


def sentences_with_path(
    candidate: Candidate, *, whole_list: bool = False, led_in: bool = False
) -> str:
    """Return the sentences, items or rows that the candidate touches, behind what stands above.

    That is the path to the passage, or what it begins with if that is a heading, and the headings
    nearest above in the passage itself. With `whole_list` those beside an item or a row, too, as
    far as the passage has them, and the sentence that leads in; if `led_in` an item has that alone,
    like "We do not pay for:".
    """
    span, passage = candidate.span, candidate.span.passage
    units = [(*place, kind) for place, kind in units_of(passage)]
    first_line = passage.view.rfind("\n", 0, passage.segments[0].start) + 1
    path = passage.view[:first_line].replace(" > ", "\n").splitlines()
    before = groupby((unit for unit in units if unit[1] <= span.start), lambda unit: unit[2])
    headings = [list(run) for kind, run in before if kind == "heading"]
    above = headings[-1:] if path or len(headings) < 2 else [headings[0][:1], headings[-1]]
    touched = [unit for unit in units if unit[0] < span.end and unit[1] > span.start]
    if whole_list and touched:
        touched = _list_around(units, touched)
    elif led_in and touched and touched[0][2] == "item":
        begin = _list_around(units, touched)[0]
        touched = [begin, *touched] if begin[2] == "sentence" else touched
    said = " ".join(in_view(passage, *unit) for unit in touched)
    return ". ".join([*path, *(in_view(passage, *unit) for run in above for unit in run), said])


def with_neighbours(candidate: Candidate, *, before: bool, behind: bool) -> Candidate:
    """Return the candidate with the sentence `before` it, and the one `behind` it.

    As far as the passage has them. A row or an item says nothing of its neighbours, and is left as
    it is.
    """
    span, places = candidate.span, units_of(candidate.span.passage)
    touched = [
        number
        for number, ((start, end), _) in enumerate(places)
        if start < span.end and end > span.start
    ]
    if not touched or any(places[number][1] in _LISTED for number in touched):
        return candidate
    start, end = span.start, span.end
    nearest = (places[: touched[0]][-1:], before), (places[touched[-1] + 1 :][:1], behind)
    for near, is_wanted in nearest:
        for (first, last), kind in near:
            if is_wanted and kind not in ("heading", *_LISTED):
                start, end = min(start, first), max(end, last)
    return replace(candidate, span=replace(span, start=start, end=end))


def _list_around(
    units: Sequence[tuple[int, int, UnitKind]], touched: Sequence[tuple[int, int, UnitKind]]
) -> list[tuple[int, int, UnitKind]]:
    """Return the units, and those of their kind around if they are items or rows."""
    first, last = units.index(touched[0]), units.index(touched[-1])
    while last + 1 < len(units) and units[last + 1][2] == units[last][2] in _LISTED:
        last += 1
    while first and units[first][2] == units[first - 1][2] in _LISTED:
        first -= 1
    leads_in = first and units[first][2] in _LISTED and units[first - 1][2] == "sentence"
    return list(units[first - 1 if leads_in else first : last + 1])


def in_view(passage: Passage, start: int, end: int, kind: UnitKind) -> str:
    """Return what is read of [start, end) of the document; of a row with the columns' names."""
    shown = [s for s in passage.segments if s.text_start < end and s.text_end > start]
    if not shown:
        return ""
    first = shown[0].start
    if kind in ("row", "item"):
        first = passage.view.rfind("\n", 0, first) + 1
    return passage.view[first : shown[-1].end]


def prefer_named(candidates: Sequence[Candidate], preference: Preference) -> list[Candidate]:
    """Return the candidates of the documents that the question names, if these are to go first.

    They are unless another one is better by more than a name is worth; the file's own name is worth
    any distance. Else all of them are returned. Alone, they are not outdone by look-alikes.
    """
    own = [c for c in candidates if c.span.passage.document_id in preference.documents]
    if preference.is_certain:
        return own
    lead = candidates[0].score - own[0].score if own else math.inf
    return own if lead <= _NAMED_LOGITS * preference.strength else list(candidates)


def meant_by_name(candidates: Sequence[Candidate], preference: Preference) -> list[Candidate]:
    """Return the candidates of what the question names, or whose own sentences say its name.

    "The archive" is the title of one document, and another one may tell of it; "the 2019 edition"
    is one alone.
    """
    return [
        candidate
        for candidate in candidates
        if candidate.span.passage.document_id in preference.documents
        or (
            not preference.is_certain
            and preference.words <= name_words(touched_sentences(candidate))
        )
    ]


def rank_candidates(
    spans: Sequence[Span], hits: Sequence[Hit], ranking: Ranking
) -> list[Candidate]:
    """Return the spans, the one first whose margin and weighted scores add up to most."""
    hit_of = {hit.passage.id: hit for hit in hits}
    candidates = [
        Candidate(
            span=span,
            hit=hit_of[span.passage.id],
            score=span.margin
            + ranking.answers * answer_log_odds(span)
            + ranking.retrieval * hit_of[span.passage.id].score
            + ranking.meaning * (hit_of[span.passage.id].dense_score or 0.0),
        )
        for span in spans
    ]
    return sorted(candidates, key=lambda candidate: -candidate.score)


def answer_log_odds(span: Span) -> float:
    """Return the log-odds that the span's passage answers, by its kinds; 0 if they are not told."""
    if not span.kinds:
        return 0.0
    none = min(max(span.kinds["none"], 1e-6), 1 - 1e-6)
    return math.log(1 / none - 1)


def yes_log_odds(span: Span) -> float:
    """Return the log-odds of yes to no, by the kinds of the span's passage; 0 if not told."""
    yes, no = (span.kinds[kind] + _LEAST_SURE if span.kinds else 1.0 for kind in ("yes", "no"))
    return math.log(yes / no)


def rank_hits(candidates: Sequence[Candidate], hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Return the final ranking: the candidates' passages in their order, then what was not read."""
    read = [candidate.hit for candidate in candidates]
    return tuple({hit.passage.id: hit for hit in (*read, *hits)}.values())


def choose_evidence(candidates: Sequence[Candidate], *, is_long: bool) -> list[Candidate]:
    """Return the candidates whose sentences are shown, the best one first.

    A question that is long, so asks for sentences, gets those of further good spans; any other one
    those of other passages that give the same answer.
    """
    best = candidates[0]
    least = best.score - (_LONG_MARGIN if is_long else _SAME_ANSWER_MARGIN)
    chosen = [best]
    shown = set(sentences_of(best.span))
    for candidate in candidates[1:]:
        if candidate.score < least:
            break
        both = shown.union(sentences_of(candidate.span))
        if len(both) <= _MAX_SENTENCES and (is_long or _agree(best, candidate)):
            chosen.append(candidate)
            shown = both
    return chosen


def _agree(first: Candidate, second: Candidate) -> bool:
    """Return whether two candidates of different passages say the same."""
    elsewhere = first.span.passage.id != second.span.passage.id
    return elsewhere and candidate_text(first).casefold() == candidate_text(second).casefold()


def sentences_of(span: Span) -> list[tuple[int, int, int]]:
    """Return the sentences that the span touches as (document, start, end); at least one."""
    return [
        (span.passage.document_id, start, end)
        for start, end in span.passage.sentences
        if start < span.end and end > span.start
    ]
