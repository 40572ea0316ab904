"""From a document to passages: whole units, packed up to a number of the embedder's tokens.

Offsets are code points in the document's text; they are carried from the first cut on, never found
again by searching. Knows nothing of files or the library. `SPLITTER` names this way of splitting:
change it with every change of the result, so that libraries made before are made again.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from rag.datatypes import Document, Embedder, Segment, UnitKind
from rag.documents.units import Atom, Unit, document_units
from rag.documents.view import ViewBuilder, passage_view

SPLITTER = "blocks-1"

_WELL_FILLED = 0.6
"""Share of the token limit from which a passage may end where a paragraph, list or table ends."""
_SECTION_FILLED = 0.35
"""The same where a heading follows: what stands under another one is about something else."""
_LEFTOVER = 0.4
"""Share of the token limit below which the last passage is balanced with the one before."""
_LONGEST_WORD = 100
"""Characters: WordPiece reads a longer word as one unknown token, which would count for nothing."""
_NAME_MARKS = re.compile(r"[-_\s]+")
_SENTENCE, _ITEM, _PARAGRAPH, _SECTION = range(4)
"""How good a place to end a passage is: between two sentences, ... , before a heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageDraft:
    """A passage that has no id yet; its view is `path` and `words`, one behind the other.

    The other fields are those of `Passage`.
    """

    start: int
    end: int
    sentences: tuple[tuple[int, int], ...]
    kinds: tuple[UnitKind, ...]
    path: str
    words: str
    segments: tuple[Segment, ...]

    @property
    def view(self) -> str:
        """What the models read."""
        return self.path + self.words


def split_passages(document: Document, embedder: Embedder, max_tokens: int) -> list[PassageDraft]:
    """Return the passages of a document, in order, each of at most `max_tokens` tokens.

    A document without a title is called by its file's name. Tokens are counted without the path, of
    which there is little. A passage never has more than
    `embedder.max_tokens - 2` of them either; a unit that is longer is cut, between cells or at a
    space if possible, and its parts count as units.
    """
    limit = max(1, min(max_tokens, embedder.max_tokens - 2))
    text = document.text
    title = document.title or _NAME_MARKS.sub(" ", PurePath(document.source).stem).strip()
    pieces: list[tuple[Unit, int]] = []
    for unit in document_units(document):
        tokens = _count(text, unit, embedder)
        pieces += [(unit, tokens)] if tokens <= limit else _parts(text, unit, embedder, limit)
    units = [unit for unit, _ in pieces]
    drafts = []
    for first, stop in _pack(units, [max(1, tokens) for _, tokens in pieces], limit):
        chosen = units[first:stop]
        path, words, segments = passage_view(text, title, chosen)
        drafts.append(
            PassageDraft(
                start=chosen[0].start,
                end=chosen[-1].end,
                sentences=tuple((unit.start, unit.end) for unit in chosen),
                kinds=tuple(unit.kind for unit in chosen),
                path=path,
                words=words,
                segments=segments,
            )
        )
    return drafts


def _count(text: str, unit: Unit, embedder: Embedder) -> int:
    builder = ViewBuilder(text)
    builder.unit(unit)
    return _tokens(builder.result()[0], embedder)


def _count_between(text: str, start: int, end: int, embedder: Embedder) -> int:
    """Count the tokens of text[start:end] as it is read: "…" is three full stops."""
    builder = ViewBuilder(text)
    builder.show(start, end)
    return _tokens(builder.result()[0], embedder)


def _tokens(words: str, embedder: Embedder) -> int:
    """Count the tokens of `words`; those of a very long word are its letters."""
    return sum(
        1 if end - start <= _LONGEST_WORD else end - start
        for start, end in embedder.token_spans(words)
    )


def _parts(text: str, unit: Unit, embedder: Embedder, limit: int) -> Iterator[tuple[Unit, int]]:
    """Yield the parts of a unit that is too long: as many whole cells as fit, or cuts of one."""
    atoms: list[Atom] = []
    tokens = 0
    for atom in unit.atoms:
        own = _count(text, replace(unit, atoms=(atom,)), embedder) + 1
        if atoms and tokens + own > limit:
            yield _part(unit, atoms), tokens
            atoms, tokens = [], 0
        if own > limit:
            for start, end, count in _cuts(text, atom.start, atom.end, embedder, limit):
                yield _part(unit, [Atom(start=start, end=end)]), count
        else:
            atoms.append(atom)
            tokens += own
    if atoms:
        yield _part(unit, atoms), tokens


def _part(unit: Unit, atoms: Sequence[Atom]) -> Unit:
    return replace(unit, start=atoms[0].start, end=atoms[-1].end, atoms=tuple(atoms))


def _cuts(
    text: str, start: int, end: int, embedder: Embedder, limit: int
) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, tokens) of parts of text[start:end], cut after a space where there is one.

    Half a word can have more tokens than it had in the whole, and what is read more than what
    stands there, so each part is counted again.
    """
    places: list[int] = []
    for left, right in embedder.token_spans(text[start:end]):
        places += range(left, right) if right - left > _LONGEST_WORD else [left]
    places = [start + place for place in sorted(places)]
    first = 0
    while start < end:
        stop = first + limit
        cut = end
        if stop < len(places):
            cut = _cut(text, places[first + 1 : stop + 1]) if stop > first else end
            cut = max(cut, start + 1)
        part_end = start + len(text[start:cut].rstrip())
        count = _count_between(text, start, part_end, embedder)
        while count > limit and part_end - start > 1:
            cut = part_end = start + (part_end - start) // 2
            count = _count_between(text, start, part_end, embedder)
        if part_end > start:
            yield start, part_end, count
        start = cut
        while start < end and text[start].isspace():
            start += 1
        while first < len(places) and places[first] < start:
            first += 1


def _cut(text: str, places: Sequence[int]) -> int:
    """Return the last of `places` that comes after a space, if it is in the second half."""
    for place in reversed(places[len(places) // 2 :]):
        if text[place - 1].isspace():
            return place
    return places[-1]


def _pack(units: Sequence[Unit], tokens: Sequence[int], limit: int) -> list[tuple[int, int]]:
    """Return [first, stop) of the units of each passage."""
    passages: list[tuple[int, int]] = []
    first = 0
    while first < len(units):
        stop, filled = first + 1, tokens[first]
        while stop < len(units) and filled + tokens[stop] <= limit:
            filled += tokens[stop]
            stop += 1
        if stop < len(units):
            stop = _good_end(units, tokens, first, stop, limit)
        passages.append((first, stop))
        first = stop
    if len(passages) > 1 and _is_leftover(units, tokens, passages[-1], limit):
        passages[-2:] = _balance(units, tokens, passages[-2:], limit)
    return passages


def _is_leftover(
    units: Sequence[Unit], tokens: Sequence[int], passage: tuple[int, int], limit: int
) -> bool:
    is_section = _rank(units, passage[0]) == _SECTION
    return not is_section and sum(tokens[slice(*passage)]) < _LEFTOVER * limit


def _rank(units: Sequence[Unit], end: int) -> int:
    """Return how good it is to end a passage before units[end]."""
    before, after = units[end - 1], units[end]
    if before.leads_in or before.kind == "heading":
        return -1  # these belong to what follows
    if after.kind == "heading":
        return _SECTION
    if before.block != after.block:
        return _PARAGRAPH
    return _ITEM if after.kind in ("item", "row") else _SENTENCE


def _good_end(
    units: Sequence[Unit], tokens: Sequence[int], first: int, stop: int, limit: int
) -> int:
    """Return where a passage best ends that could reach `stop`: at a section's or block's end."""
    filled = sum(tokens[first:stop])
    best, best_rank = stop, _rank(units, stop)
    for end in range(stop - 1, first, -1):
        filled -= tokens[end]
        least = _SECTION_FILLED if _rank(units, end) == _SECTION else _WELL_FILLED
        if filled < _SECTION_FILLED * limit and best_rank >= 0:
            break
        rank = _rank(units, end)
        if rank > best_rank and (filled >= least * limit or best_rank < 0):
            best, best_rank = end, rank
    return best


def _balance(
    units: Sequence[Unit], tokens: Sequence[int], passages: list[tuple[int, int]], limit: int
) -> list[tuple[int, int]]:
    """Return two passages of about the same number of tokens, in place of the two given."""
    first, stop = passages[0][0], passages[1][1]
    whole = sum(tokens[first:stop])
    ends = []
    filled = 0
    for end in range(first + 1, stop):
        filled += tokens[end - 1]
        if filled <= limit and whole - filled <= limit and _rank(units, end) >= 0:
            ends.append((abs(whole - 2 * filled), end))
    if not ends:
        return passages
    middle = min(ends)[1]
    return [(first, middle), (middle, stop)]
