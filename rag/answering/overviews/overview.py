"""What a document, or a section of it, is about: its key sentences, in its order, by section.

A long document is not read whole: of each section the passages nearest to its middle are taken, by
the vectors that the library keeps, and only their sentences are embedded. Knows nothing of how a
document is found.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from rag.answering.compose import list_around
from rag.answering.evidence import units_of
from rag.answering.names import Section, sections_of
from rag.answering.overviews.key_sentences import (
    choose,
    lexrank,
    share_out,
    with_figures,
    with_position,
)
from rag.answering.overviews.target import Target
from rag.answering.quote import SHORT_ITEMS, DocumentChanged, quote_places, texts_as_read
from rag.answering.retrieve import Retriever
from rag.datatypes import Answer, Passage, Span, Vectors
from rag.library.protocol import Blocks, Library

LEAST_SENTENCES = 8
MOST_SENTENCES = 12
_SHORT_TEXT = 2 * MOST_SENTENCES
"""Sentences of a text of which as many are shown as of any: all of a short letter."""
_MOST_PASSAGES = 24
"""Passages whose sentences are embedded, which takes most of the time."""
_MOST_ROWS = 3
"""Of a table, where a section has nothing else."""
_SHORT_TABLE = 6
"""Rows up to which the table of a section that is asked about is shown with its sentences."""
_SHORT_LIST = 400
"""Characters up to which a list is shown whole where an item of it, or its lead-in, is chosen."""
_FEWEST_WORDS = 5
_FEWEST_POINTS = 3
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
_SENTENCE_END = re.compile(r"[.!?\N{HORIZONTAL ELLIPSIS}][\W_]*\Z")


@dataclass(frozen=True, slots=True)
class _Part:
    """What is shown under one heading, or of one mail; it ends where the next begins."""

    title: str
    start: int
    is_mail: bool = False


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, item or row that can be shown; `part` numbers the part that it stands in."""

    passage: Passage
    start: int
    end: int
    kind: str
    part: int

    @property
    def span(self) -> Span:
        return Span(
            passage=self.passage, start=self.start, end=self.end, score=0.0, no_answer_score=0.0
        )


def overview(
    library: Library,
    retriever: Retriever,
    question: str,
    target: Target,
    *,
    confidence: float,
    answering: Span | None = None,
) -> Answer | None:
    """Return the key sentences of `target`; None if nothing of it can be shown.

    The one that is `answering` the question, if any is, is preferred. Raises `DocumentChanged` if
    the document was indexed anew, or removed, meanwhile.
    """
    document_id = target.document_id
    with library.snapshot():
        if document_id not in library.document_names([document_id]):
            raise DocumentChanged
        start, end = 0, None
        if target.section is not None:
            start, end = target.section.start, target.section.end
        blocks = library.blocks(document_id)
        parts = _parts(blocks, sections_of(library, document_id), target.section)
        places = library.passage_places(document_id, start, end)
        if len(parts) == 1 and len(places) <= _MOST_PASSAGES:
            parts = _points(blocks, parts[0], max((last for _, _, last in places), default=0))
        passages = library.passages(_sampled(retriever, places, parts))
        text = texts_as_read(library, passages).get(document_id, "")
        place = start, len(text) if end is None else end
        units = _units(text, blocks, passages, parts, place, with_tables=target.section is not None)
        if not units:
            return None
        title = library.title(document_id) or library.opening(document_id)
        topics = [question, f"{title}. {parts[0].title}"]
        chosen = _choose(retriever, text, units, topics, answering)
        name = library.document_name(document_id)
    answer = quote_places(
        library,
        question,
        [(unit.span, parts[unit.part].title) for unit in chosen],
        kind="overview",
        confidence=confidence,
        short_list=_SHORT_LIST,
    )
    return replace(answer, note=_note(name, len(passages), len(places), target.others))


def _parts(blocks: Blocks, sections: Sequence[Section], target: Section | None) -> list[_Part]:
    """Return the parts of a document or section: what stands before a heading, then its sections.

    Of a thread of mails these are the newest one, with its own sections, and those that it quotes.
    """
    start, end, title = (
        (0, None, "") if target is None else (target.start, target.end, target.title)
    )
    inside = [
        section
        for section in sections
        if section is not target and section.start > start and (end is None or section.end <= end)
    ]
    if target is None:
        inside = list(sections)
    mails = [section for section in inside if section.is_mail]
    if not mails:
        return [_Part(title, start), *_outermost(inside)]
    newest = [section for section in inside if section.start < mails[0].start]
    said = (block for block in blocks.between(start, mails[0].start) if block.kind == "turn")
    label = next((block.label for block in said), title)
    return [
        _Part(label, start, is_mail=True),
        *_outermost(newest),
        *(_Part(each.title, each.start, is_mail=True) for each in mails),
    ]


def _outermost(sections: Sequence[Section]) -> list[_Part]:
    """Return those of the outermost level that has several, so that a title is none."""
    for level in sorted({section.level for section in sections}):
        own = [section for section in sections if section.level == level]
        if len(own) > 1:
            return [_Part(each.title, each.start) for each in own]
    return []


def _points(blocks: Blocks, whole: _Part, end: int) -> list[_Part]:
    """Return the parts of a text without sections: its points, and what stands before them.

    These are the items of its lists, if they are several and long, like those of minutes.
    """
    lists = [block for block in blocks.between(whole.start, end) if block.kind == "list"]
    items = [item for block in lists for item in block.children]
    if (
        len(items) < _FEWEST_POINTS
        or median(item.end - item.start for item in items) <= SHORT_ITEMS
    ):
        return [whole]
    return [whole, *(_Part(whole.title, item.start) for item in items)]


def _sampled(
    retriever: Retriever, places: Sequence[tuple[int, int, int]], parts: Sequence[_Part]
) -> list[int]:
    """Return the ids of the passages to read, in order: all, or those that stand for each part.

    Of a long document the longest parts, and of each the first passage and those nearest to the
    mean of its vectors (the centroid of Radev, Jing, Styś and Tam 2004).
    """
    if len(places) <= _MOST_PASSAGES:
        return [passage_id for passage_id, _, _ in places]
    of_part: dict[int, list[int]] = {}
    for passage_id, start, _ in places:
        of_part.setdefault(_part_at(parts, start), []).append(passage_id)
    longest = sorted(of_part.values(), key=len, reverse=True)[:MOST_SENTENCES]
    most = _MOST_PASSAGES // len(longest)
    order = {passage_id: number for number, (passage_id, _, _) in enumerate(places)}
    sampled: list[int] = []
    for ids in longest:
        rows = retriever.rows(ids)
        if rows is None:
            raise DocumentChanged
        near = np.argsort(-(rows @ rows.mean(axis=0)), kind="stable")
        chosen = dict.fromkeys([ids[0], *(ids[place] for place in near)])
        sampled += list(chosen)[:most]
    return sorted(sampled, key=order.__getitem__)


def _units(
    text: str,
    blocks: Blocks,
    passages: Sequence[Passage],
    parts: Sequence[_Part],
    place: tuple[int, int],
    *,
    with_tables: bool,
) -> list[_Unit]:
    """Return what can be shown of the passages, in order: of a part sentences and items, or rows.

    Neither headings nor code, nor a few words, unless a part has nothing else; before the first
    heading (addresses, who was present) only whole sentences. `with_tables`: short tables too,
    anywhere, each as a whole.
    """
    units: dict[int, list[_Unit]] = {}
    for passage in passages:
        for (start, end), kind in units_of(passage):
            if place[0] <= start < place[1] and kind not in ("heading", "code"):
                part = _part_at(parts, start)
                units.setdefault(part, []).append(_Unit(passage, start, end, kind, part))
    shown = []
    for part, own in units.items():
        prose = [unit for unit in own if unit.kind != "row"]
        if parts[part].is_mail:
            prose = [unit for unit in prose if not _is_field(text, unit)]
        telling = [unit for unit in prose if _is_telling(text, blocks, unit)]
        is_first = part == 0 and len(parts) > 1
        before_all = is_first and not parts[0].is_mail
        tables = _short_tables(blocks, own) if with_tables else []
        chosen = telling or ([] if before_all else prose)
        if not chosen and not tables and not is_first:
            chosen = own[:_MOST_ROWS]
        shown += sorted([*chosen, *tables], key=lambda unit: unit.start)
    return shown


def _short_tables(blocks: Blocks, units: Sequence[_Unit]) -> list[_Unit]:
    """Return the rows of each table that has few, as one unit."""
    rows: dict[int, list[_Unit]] = {}
    for unit in units:
        found = blocks.at(unit.start) if unit.kind == "row" else None
        if found is not None and found[1].kind == "table":
            rows.setdefault(found[0], []).append(unit)
    return [
        replace(own[0], end=own[-1].end)
        for number, own in rows.items()
        if blocks.count_rows(number) <= _SHORT_TABLE
    ]


def _is_telling(text: str, blocks: Blocks, unit: _Unit) -> bool:
    """Say whether a sentence says something by itself, or with a list that is short."""
    own = text[unit.start : unit.end]
    if own.rstrip().endswith(":"):
        around = list_around(blocks, unit.span)
        return around is not None and around.length <= _SHORT_LIST
    is_whole = unit.kind == "item" or _SENTENCE_END.search(own) is not None
    return is_whole and len(own.split()) >= _FEWEST_WORDS


def _is_field(text: str, unit: _Unit) -> bool:
    """Say whether a unit is a field of a quoted mail's header: "Sent: Monday, 6 October"."""
    before = text[text.rfind("\n", 0, unit.start) + 1 : unit.start]
    return before.rstrip(" *").endswith(":")


def _choose(
    retriever: Retriever,
    text: str,
    units: Sequence[_Unit],
    topics: Sequence[str],
    answering: Span | None,
) -> list[_Unit]:
    """Return the key sentences, in order; from each part at least one."""
    said = [" ".join(text[unit.start : unit.end].split()) for unit in units]
    embedded: Vectors = retriever.embed_once([*topics, *said])
    rows = embedded[len(topics) :]
    likeness = np.asarray(rows @ embedded[: len(topics)].T, dtype=np.float64)
    topic = np.clip(likeness.mean(axis=1), 0.0, None)
    of_part: dict[int, list[int]] = {}
    for place, unit in enumerate(units):
        of_part.setdefault(unit.part, []).append(place)
    scores = with_figures(lexrank(rows, topic), [len(_FIGURE.findall(each)) for each in said])
    for places in of_part.values():
        scores[places] = with_position(scores, places)
    highest = scores.max()
    for place, unit in enumerate(units):
        if answering and unit.start < answering.end and unit.end > answering.start:
            scores[place] += highest
    is_short = len(units) <= _SHORT_TEXT
    most = len(units) if is_short else max(LEAST_SENTENCES, 3 * len(of_part) // 2)
    total = min(MOST_SENTENCES, most)
    counts = share_out(total, [len(places) for places in of_part.values()])
    chosen = [
        place
        for places, count in zip(of_part.values(), counts, strict=True)
        for place in choose(rows, scores, places, count)
    ]
    return [units[place] for place in chosen]


def _note(name: str, read: int, passages: int, others: Sequence[str]) -> str:
    note = f"Key sentences of {name}"
    if read < passages:
        note += f", from {read} of its {passages:,} passages"
    if others:
        note += f"; it could also mean {', '.join(others)}"
    return f"{note}."


def _part_at(parts: Sequence[_Part], offset: int) -> int:
    """Return the number of the part that `offset` stands in."""
    return max(0, bisect_right([part.start for part in parts], offset) - 1)
