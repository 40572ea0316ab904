"""From the spans that answer to what is shown of the documents: excerpts that are whole.

A sentence in prose, all items of the list that is asked for with the words that lead in, a row with
the names of its columns, what stands under a heading. Reads the structure of documents; knows
nothing of models, confidence or pages.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.datatypes import Block, PartKind, Passage, Span
from rag.documents.block_store import StoredBlocks
from rag.documents.sentences import sentence_spans

MOST_ITEMS = 60
"""Of a list; a longer one says how many items are left out."""
_NEAR = 20
"""Characters between parts that are cited as one place: marks, numbers and white space."""
_UNDER_HEADING = 3
"""Sentences shown of what stands under a heading that was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is shown as one: [start, end) of the document's text, and how.

    `label` is an item's marker, `depth` how deep it is
    nested, `cells` are (column, start, end) of a row.
    """

    start: int
    end: int
    kind: PartKind
    label: str = ""
    depth: int = 0
    cells: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """What is shown of one place of a document, in order. `note` says what is not shown of it.

    `whole_list` says that the parts are all of a list, whose items have numbers if it is
    `ordered`. `row` and `column` are the first row's number, from 1, and the name over the span.
    """

    document_id: int
    parts: tuple[Part, ...]
    note: str = ""
    whole_list: bool = False
    ordered: bool = False
    row: int | None = None
    column: str | None = None

    def holds(self, part: Part) -> bool:
        """Say whether what `part` shows is shown already."""
        return any(own.start <= part.start and part.end <= own.end for own in self.parts)

    def places(self) -> list[tuple[int, int]]:
        """Return (start, end) of what is cited: parts that follow each other are one place.

        Every part lies in one of them.
        """
        places: list[tuple[int, int]] = []
        for part in sorted(self.parts, key=lambda part: part.start):
            near = bool(places) and part.start - places[-1][1] <= _NEAR
            if places and (self.whole_list or (near and part.kind not in ("sentence", "row"))):
                places[-1] = places[-1][0], max(places[-1][1], part.end)
            else:
                places.append((part.start, part.end))
        return places


def list_around(blocks: StoredBlocks, span: Span) -> "ListAround | None":
    """Return the innermost list that the span lies in or leads in; None if there is none."""
    found = _surroundings(blocks, span)
    if found is None or found.listing is None:
        return None
    items = list(_items(found.listing, 0))
    touched = [part for part in items if part.start < span.end and part.end > span.start]
    return ListAround(
        items=tuple((part.start, part.end) for part in items),
        lead_in=found.listing.lead_in,
        touched=tuple((part.start, part.end) for part in touched),
        leads_in=found.leads_in,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAround:
    """A list around a span: (start, end) of its items, and of those that the span touches.

    `lead_in` are the words before it; `leads_in` says that the span lies in these.
    """

    items: tuple[tuple[int, int], ...]
    lead_in: tuple[int, int] | None
    touched: tuple[tuple[int, int], ...]
    leads_in: bool

    @property
    def length(self) -> int:
        """How many characters all items have."""
        return sum(end - start for start, end in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surroundings:
    """The top-level block of a span, the chain down to the innermost block, and its list."""

    number: int
    chain: tuple[Block, ...]
    listing: Block | None
    leads_in: bool = False


def excerpt_of(text: str, blocks: StoredBlocks, span: Span, *, whole_list: bool) -> Excerpt:
    """Return what is shown for a span: `whole_list` of a list it lies in, or the item alone."""
    found = _surroundings(blocks, span)
    document_id = span.passage.document_id
    if found is None:
        return _sentences(document_id, span)
    if found.listing is not None:
        if whole_list or found.leads_in:
            return _list(document_id, found.listing)
        return _item(document_id, found.chain, found.listing, span)
    block = found.chain[0]
    if block.kind == "table":
        return _rows(document_id, blocks, found.number, span)
    if block.kind == "heading":
        return _under_heading(document_id, text, blocks, block)
    return _sentences(document_id, span)


def _surroundings(blocks: StoredBlocks, span: Span) -> _Surroundings | None:
    found = blocks.at(span.start)
    if found is None or found[1].end <= span.start:
        return None
    number, block = found
    chain = [block]
    listing = block if block.kind == "list" else None
    while inner := next((c for c in chain[-1].children if c.start <= span.start < c.end), None):
        chain.append(inner)
        if inner.kind == "list":
            listing = inner
    if listing is None:
        following = _led_in(blocks, chain[-1], span)
        if following is not None:
            return _Surroundings(
                number=number, chain=tuple(chain), listing=following, leads_in=True
            )
    elif chain[-1].kind == "item" and span.end > chain[-1].end:
        listing = next(c for c in reversed(chain) if c.kind == "list")
    return _Surroundings(number=number, chain=tuple(chain), listing=listing)


def _led_in(blocks: StoredBlocks, block: Block, span: Span) -> Block | None:
    """Return the list whose lead-in the span touches, if it is the next block."""
    following = blocks.after(block.end)
    if following is None or following[1].kind != "list" or following[1].lead_in is None:
        return None
    start, end = following[1].lead_in
    return following[1] if span.start < end and span.end > start else None


def _list(document_id: int, listing: Block) -> Excerpt:
    items = list(_items(listing, 0))
    shown = items[:MOST_ITEMS]
    note = f"and {len(items) - len(shown)} more items" if len(items) > len(shown) else ""
    parts = [*_lead_in(listing), *shown]
    return Excerpt(
        document_id=document_id,
        parts=tuple(parts),
        note=note,
        whole_list=True,
        ordered=listing.ordered,
    )


def _items(listing: Block, depth: int) -> Iterator[Part]:
    """Yield the items of a list, each before those nested in it."""
    for item in listing.children:
        if item.text_start < item.text_end:
            yield Part(
                start=item.text_start,
                end=item.text_end,
                kind="item",
                label=item.label,
                depth=depth,
            )
        for child in item.children:
            if child.kind == "list":
                yield from _items(child, depth + 1)
            elif child.text_start < child.text_end:
                yield Part(start=child.text_start, end=child.text_end, kind="sentence", depth=depth)


def _lead_in(block: Block) -> list[Part]:
    if block.lead_in is None:
        return []
    return [Part(start=block.lead_in[0], end=block.lead_in[1], kind="lead_in")]


def _item(document_id: int, chain: Sequence[Block], listing: Block, span: Span) -> Excerpt:
    """Return the items that the span touches, with the words that lead in, and how many there are.

    A nested item comes with the one that it is nested in.
    """
    items = list(_items(listing, 0))
    touched = [part for part in items if part.start < span.end and part.end > span.start]
    if not touched:
        return _sentences(document_id, span)
    above = [
        Part(start=item.text_start, end=item.text_end, kind="item", label=item.label)
        for item in chain
        if item.kind == "item"
        and item.children
        and item.text_end <= touched[0].start
        and item.text_start < item.text_end
    ]
    lead = [] if above else _lead_in(listing)
    parts = [
        *lead,
        *(replace(part, depth=number) for number, part in enumerate(above)),
        *(replace(part, depth=len(above)) for part in touched),
    ]
    note = f"one of {len(items)} items" if len(touched) == 1 and len(items) > 1 else ""
    return Excerpt(
        document_id=document_id,
        parts=tuple(parts),
        note=note,
    )


def _rows(document_id: int, blocks: StoredBlocks, table: int, span: Span) -> Excerpt:
    found = blocks.rows(table, span.start, span.end)
    touched = [(number, row) for number, row in found if not row.header]
    if not touched:  # the names of the columns were found: they say what the table is about
        touched = [(number, row) for number, row in found]
    if not touched:
        return _sentences(document_id, span)
    has_header = any(row.header for _, row in found)
    number, first = touched[0]
    columns = [cell.label for cell in first.children if cell.start < span.end and cell.label]
    count = blocks.count_rows(table)
    return Excerpt(
        document_id=document_id,
        parts=tuple(_row_part(row) for _, row in touched),
        note=f"one of {count} rows" if len(touched) == 1 and count > 1 else "",
        row=first.number or (number if has_header else number + 1),
        column=columns[-1] if columns else None,
    )


def _under_heading(document_id: int, text: str, blocks: StoredBlocks, heading: Block) -> Excerpt:
    """Return a heading with the beginning of what stands under it; a whole list if it is one."""
    own = Part(start=heading.text_start, end=heading.text_end, kind="heading")
    following = blocks.after(heading.end)
    if following is None or following[1].kind == "heading":
        parts: Sequence[Part] = [own]
    else:
        number, block = following
        after = blocks.after(block.end)
        if block.kind == "paragraph" and after and after[1].lead_in is not None:
            block = after[1] if after[1].kind == "list" else block
        if block.kind == "list":
            parts = [own, *_lead_in(block), *list(_items(block, 0))[:MOST_ITEMS]]
        elif block.kind == "table":
            rows = blocks.rows(number, block.start, min(block.end, block.start + 1))
            parts = [own, *(_row_part(row) for _, row in rows if not row.header)]
        else:
            sentences = list(sentence_spans(text, block.text_start, block.text_end))
            parts = [
                own,
                *(
                    Part(start=start, end=end, kind="sentence")
                    for start, end in sentences[:_UNDER_HEADING]
                ),
            ]
    return Excerpt(
        document_id=document_id,
        parts=tuple(parts),
    )


def _row_part(row: Block) -> Part:
    return Part(
        start=row.start,
        end=row.end,
        kind="row",
        cells=tuple((cell.label, cell.text_start, cell.text_end) for cell in row.children),
    )


def _sentences(document_id: int, span: Span) -> Excerpt:
    """Return the sentences of the passage that the span touches."""
    passage = span.passage
    places = [
        (place, kind)
        for place, kind in zip(passage.sentences, _kinds(passage), strict=True)
        if place[0] < span.end and place[1] > span.start
    ]
    return Excerpt(
        document_id=document_id,
        parts=tuple(
            Part(start=start, end=end, kind="code" if kind == "code" else "sentence")
            for (start, end), kind in places
        ),
    )


def _kinds(passage: Passage) -> Sequence[str]:
    return passage.kinds or ["sentence"] * len(passage.sentences)
