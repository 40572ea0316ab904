"""From blocks to units: the sentences, items, rows and headings that passages are made of.

A unit is what is shown as a whole and, unless it is too long, never divided. Knows nothing of
tokens or of how units are packed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rag.datatypes import Block, Document, UnitKind
from rag.documents.sentences import sentence_spans

_LONGEST_CODE = 600
"""Characters up to which code is one unit; longer code is a unit for each line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Atom:
    """Words of a unit, [start, end) of the text; `label` is a cell's column or an item's number."""

    start: int
    end: int
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """[start, end) of the text. `atoms` are its words: the cells of a row, else just one.

    `block` numbers the top-level block that it lies in; `first` and `last` say whether it begins
    or ends its paragraph, list or table. `leads_in` is of a sentence before a list or table that
    ends in a colon. `headings` are those above it, outermost first, `above` the words that lead in
    the list or table it lies in, or the item that it is nested in; all as (start, end).
    """

    start: int
    end: int
    kind: UnitKind
    atoms: tuple[Atom, ...]
    block: int
    first: bool
    last: bool
    leads_in: bool
    headings: tuple[tuple[int, int], ...]
    above: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class _Draft:
    """A unit that does not know yet where in its top-level block it stands."""

    start: int
    end: int
    kind: UnitKind
    atoms: tuple[Atom, ...]
    above: tuple[int, int] | None = None


def document_units(document: Document) -> Iterator[Unit]:
    """Yield the units of a document, in order; what is only white space is in none."""
    open_headings: list[tuple[int, tuple[int, int]]] = []
    blocks = document.blocks
    for number, block in enumerate(blocks):
        if block.kind == "heading":
            while open_headings and open_headings[-1][0] >= block.level:
                open_headings.pop()
        headings = tuple(place for _, place in open_headings)
        following = blocks[number + 1].lead_in if number + 1 < len(blocks) else None
        drafts = list(_drafts(document.text, block, None))
        for place, draft in enumerate(drafts):
            leads_in = following is not None and draft.start <= following[0] < draft.end
            yield Unit(
                start=draft.start,
                end=draft.end,
                kind=draft.kind,
                atoms=draft.atoms,
                block=number,
                first=place == 0,
                last=place == len(drafts) - 1,
                leads_in=leads_in,
                headings=headings,
                above=draft.above,
            )
        if block.kind == "heading":
            open_headings.append((block.level, (block.text_start, block.text_end)))


def _drafts(text: str, block: Block, above: tuple[int, int] | None) -> Iterator[_Draft]:
    """Yield the units of a block, `above` being what leads in the list or table it lies in."""
    if block.kind in ("list", "table"):
        for child in block.children:
            yield from _drafts(text, child, block.lead_in or above)
    elif block.kind == "row":
        yield from _row(text, block, above)
    elif block.kind == "code":
        yield from _code(text, block)
    elif block.kind == "item":
        yield from _whole(text, block, "item", above)
        own = (block.text_start, block.text_end) if block.text_end > block.text_start else above
        for child in block.children:
            yield from _drafts(text, child, own)
    elif block.kind == "heading":
        yield from _whole(text, block, "heading", None)
    else:
        start = block.start if block.kind == "turn" else block.text_start
        for sentence in sentence_spans(text, start, block.text_end):
            yield _Draft(*sentence, "sentence", (Atom(start=sentence[0], end=sentence[1]),), above)
        for child in block.children:
            yield from _drafts(text, child, above)


def _whole(
    text: str, block: Block, kind: UnitKind, above: tuple[int, int] | None
) -> Iterator[_Draft]:
    start, end = _trimmed(text, block.text_start, block.text_end)
    if start < end:
        label = block.label if any(map(str.isalnum, block.label)) else ""
        yield _Draft(start, end, kind, (Atom(start=start, end=end, label=label),), above)


def _row(text: str, row: Block, above: tuple[int, int] | None) -> Iterator[_Draft]:
    cells = [
        Atom(start=cell.text_start, end=cell.text_end, label="" if row.header else cell.label)
        for cell in row.children
        if cell.text_start < cell.text_end
    ]
    if cells:
        yield _Draft(row.start, row.end, "heading" if row.header else "row", tuple(cells), above)
    elif text[row.start : row.end].strip():
        yield _Draft(row.start, row.end, "row", (Atom(start=row.start, end=row.end),), above)


def _code(text: str, block: Block) -> Iterator[_Draft]:
    start, end = block.text_start, block.text_end
    if end - start <= _LONGEST_CODE:
        if start < end:
            yield _Draft(start, end, "code", (Atom(start=start, end=end),))
        return
    for line in text[start:end].splitlines(keepends=True):
        place = _trimmed(text, start, start + len(line))
        if place[0] < place[1]:
            yield _Draft(*place, "code", (Atom(start=place[0], end=place[1]),))
        start += len(line)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    own = text[start:end]
    return start + len(own) - len(own.lstrip()), end - len(own) + len(own.rstrip())
