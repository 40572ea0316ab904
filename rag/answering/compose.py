"""From the spans that answer to what is shown of the documents: excerpts that are whole.

A sentence in prose, all items of the list that is asked for with the words that lead in, a row with
the names of its columns, what stands under a heading. Reads the structure of documents; knows
nothing of models, confidence or pages.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from rag.answering.evidence import units_of
from rag.answering.excerpt import Excerpt, Part, row_part
from rag.datatypes import Block, Span
from rag.documents.sentences import sentence_spans
from rag.library.protocol import Blocks

Beside: TypeAlias = Literal["around", "behind"]
"""Which sentences of a paragraph are shown with the one that is quoted: all, or what goes on from
it, where an exception stands."""
MOST_ITEMS = 60
"""Of a list; a longer one says how many items are left out."""
MOST_ROWS = 10
"""Of a table that is led in by words that were found."""
_CLAUSE = re.compile(r"\d+(?:\.\d+)+\.?")
_SHORT_PARAGRAPH, _FEW_SENTENCES = 280, 4
"""Characters and sentences up to which what stands in a paragraph beside a quoted sentence is shown
with it."""
_TITLE_WORDS = 3
"""Words of a sentence that is a title rather, where it begins a paragraph."""
_UNDER_HEADING = 3
"""Sentences or rows shown of what stands under a heading that was found."""


def list_around(blocks: Blocks, span: Span) -> "ListAround | None":
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
        are_clauses=all(_CLAUSE.fullmatch(item.label) for item in found.listing.children),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAround:
    """A list around a span: (start, end) of its items, and of those that the span touches.

    `lead_in` are the words before it; `leads_in` says that the span lies in these. `are_clauses`:
    the items are numbered like the clauses of a contract, 5.1 and 5.2.
    """

    items: tuple[tuple[int, int], ...]
    lead_in: tuple[int, int] | None
    touched: tuple[tuple[int, int], ...]
    leads_in: bool
    are_clauses: bool

    @property
    def length(self) -> int:
        """How many characters all items have."""
        return sum(end - start for start, end in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surroundings:
    """Number of the top-level block of a span, the chain from it to the innermost, and its list.

    `leads_in`: the span lies in the words before the list, or before `table`.
    """

    number: int
    chain: tuple[Block, ...]
    listing: Block | None = None
    leads_in: bool = False
    table: Block | None = None


def excerpt_of(
    text: str, blocks: Blocks, span: Span, *, whole_list: bool, beside: Beside | None = None
) -> Excerpt:
    """Return what is shown for a span: `whole_list` of a list it lies in, or the item alone.

    Of prose it is the sentences that it touches, with those `beside` them in a short paragraph.
    """
    found = _surroundings(blocks, span)
    document_id = span.passage.document_id
    if found is None:
        return _sentences(document_id, span)
    if found.listing is not None:
        if whole_list or found.leads_in:
            return _list(document_id, found.listing)
        return _item(document_id, found.chain, found.listing, span)
    if found.table is not None:
        return _table(document_id, blocks, found.table)
    table = next((block for block in found.chain if block.kind == "table"), None)
    if table is not None:
        return _rows(document_id, blocks, table, span)
    if found.chain[0].kind == "heading":
        return _under_heading(document_id, text, blocks, found.chain[0])
    around = found.chain[-1]
    if beside is None or around.kind != "paragraph":
        return _sentences(document_id, span)
    following = _following(blocks, found.chain)
    lead_in = following.lead_in if following else None
    end = lead_in[0] if lead_in and lead_in[0] < around.text_end else around.text_end
    if span.end > end:
        return _sentences(document_id, span)
    if beside == "around":
        span = _with_what_it_heads(text, (around.text_start, end), span)
    return _in_paragraph(document_id, (around.text_start, end), span, beside)


def _surroundings(blocks: Blocks, span: Span) -> _Surroundings | None:
    found = blocks.at(span.start)
    if found is None or found[1].end <= span.start:
        return None
    number, block = found
    chain = [block]
    while inner := next((c for c in chain[-1].children if c.start <= span.start < c.end), None):
        chain.append(inner)
    lists = [each for each in chain if each.kind == "list"]
    if not lists:
        following = _led_in(blocks, chain, span)
        is_list = following is not None and following.kind == "list"
        return _Surroundings(
            number=number,
            chain=tuple(chain),
            listing=following if is_list else None,
            leads_in=is_list,
            table=None if is_list else following,
        )
    whole = [each for each in lists if span.end <= each.end]  # a span can end beyond a nested list
    return _Surroundings(
        number=number, chain=tuple(chain), listing=whole[-1] if whole else lists[0]
    )


def _led_in(blocks: Blocks, chain: Sequence[Block], span: Span) -> Block | None:
    """Return the list or table whose lead-in the span touches, if it is the next block."""
    following = _following(blocks, chain)
    if following is None or following.lead_in is None:
        return None
    start, end = following.lead_in
    return following if span.start < end and span.end > start else None


def _following(blocks: Blocks, chain: Sequence[Block]) -> Block | None:
    """Return what comes next to the last block of the chain, or after its own words within it."""
    *around, block = chain
    near = [*block.children, *(around[-1].children if around else ())]
    following = next((each for each in near if each.start >= block.text_end), None)
    if following is None and not around:
        found = blocks.after(block.end)
        following = found[1] if found else None
    return following


def _list(document_id: int, listing: Block) -> Excerpt:
    items = list(_items(listing, 0))
    left = sum(part.kind == "item" for part in items[MOST_ITEMS:])
    return Excerpt(
        document_id=document_id,
        parts=(*_lead_in(listing), *items[:MOST_ITEMS]),
        note=f"and {left} more item{'s' if left > 1 else ''}" if left else "",
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

    A nested item comes with the one that it is nested in, and an item with those nested in it.
    """
    outside = sum(block.kind == "item" for block in chain[: chain.index(listing)])
    touched = _touched(list(_items(listing, outside)), span)
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
        *touched,
    ]
    count = len(listing.children)
    is_one = sum(part.start < span.end and part.end > span.start for part in touched) == 1
    return Excerpt(
        document_id=document_id,
        parts=tuple(parts),
        note=f"one of {count} items" if is_one and count > 1 else "",
    )


def _touched(items: Sequence[Part], span: Span) -> list[Part]:
    """Return the items that the span touches, and those nested in them."""
    touched: list[Part] = []
    depth: int | None = None  # of an item that is touched, while what follows is nested in it
    for part in items:
        if part.start < span.end and part.end > span.start:
            depth = part.depth if depth is None else min(depth, part.depth)
            touched.append(part)
        elif depth is not None and part.depth > depth:
            touched.append(part)
        else:
            depth = None
    return touched


def _rows(document_id: int, blocks: Blocks, table: Block, span: Span) -> Excerpt:
    """Return the rows that the span touches; that of the columns' names where it is the only one.

    These say what the table is about.
    """
    found, count = _rows_of(blocks, table, span.start, span.end)
    touched = [part for part, row in found if not row.header] or [part for part, _ in found]
    if not touched:
        return _sentences(document_id, span)
    is_one = len(touched) == 1
    columns = [
        cell.label
        for _, row in found
        for cell in row.children
        if span.start < cell.end and cell.start < span.end and not row.header
    ]
    return Excerpt(
        document_id=document_id,
        parts=tuple(touched),
        note=f"one of {count} rows" if is_one and count > 1 else "",
        column=(columns[-1] or None) if columns and is_one else None,
    )


def _table(document_id: int, blocks: Blocks, table: Block) -> Excerpt:
    """Return the words that lead in a table, with its first rows."""
    parts, note = _first_rows(blocks, table, MOST_ROWS)
    return Excerpt(document_id=document_id, parts=(*_lead_in(table), *parts), note=note)


def _first_rows(blocks: Blocks, table: Block, most: int) -> tuple[list[Part], str]:
    """Return the first rows of a table, without the columns' names unless that is all; the rest."""
    end = table.end
    if not table.children and (found := blocks.at(table.start)):
        end = max((row.end for _, row in blocks.first_rows(found[0], most + 1)), default=end)
    rows, count = _rows_of(blocks, table, table.start, end)
    own = [part for part, row in rows if not row.header] or [part for part, _ in rows]
    parts = own[:most]
    left = count - len(parts)
    return parts, f"and {left} more row{'s' if left > 1 else ''}" if left > 0 else ""


def _rows_of(
    blocks: Blocks, table: Block, start: int, end: int
) -> tuple[list[tuple[Part, Block]], int]:
    """Return the rows that touch [start, end), and that of the columns' names; how many there are.

    A table that lies in another block has its rows in it, any other in the library.
    """
    found = blocks.at(table.start)
    if table.children or found is None:
        rows = [
            (n, row)
            for n, row in enumerate(table.children)
            if (n == 0 and row.header) or (row.start < end and row.end > start)
        ]
        count = sum(not row.header for row in table.children)
    else:
        rows = blocks.rows(found[0], start, end)
        count = blocks.count_rows(found[0])
    first = 0 if rows and rows[0][1].header else 1
    return [(row_part(row, row.number or n + first or None), row) for n, row in rows], count


def _under_heading(document_id: int, text: str, blocks: Blocks, heading: Block) -> Excerpt:
    """Return a heading with the beginning of what stands under it; a whole list if it is one."""
    parts = [Part(start=heading.text_start, end=heading.text_end, kind="heading")]
    note = ""
    following = blocks.after(heading.end)
    if following is not None and following[1].kind != "heading":
        block = following[1]
        after = blocks.after(block.end)
        lead_in = after[1].lead_in if after else None
        if after and lead_in is not None and lead_in[0] >= block.start:
            block = after[1]
        if block.kind == "list":
            listed = _list(document_id, block)
            parts, note = [*parts, *listed.parts], listed.note
        elif block.kind == "table":
            rows, note = _first_rows(blocks, block, _UNDER_HEADING)
            parts = [*parts, *_lead_in(block), *rows]
        else:
            sentences = list(sentence_spans(text, block.text_start, block.text_end))
            parts += [
                Part(start=start, end=end, kind="sentence")
                for start, end in sentences[:_UNDER_HEADING]
            ]
    return Excerpt(document_id=document_id, parts=tuple(parts), note=note)


def _with_what_it_heads(text: str, paragraph: tuple[int, int], span: Span) -> Span:
    """Return the span; from a few words that begin the paragraph like a title on to what follows.

    "Pay exchange (PX). Instead of paying out of your wages you agree to a lower salary."
    """
    start, end = paragraph
    places = [place for place, _ in units_of(span.passage) if start <= place[0] < end]
    if len(places) < 2 or places[0][0] > start or span.end > places[0][1]:
        return span
    is_title = len(text[slice(*places[0])].split()) <= _TITLE_WORDS
    return replace(span, end=places[1][1]) if is_title else span


def _in_paragraph(
    document_id: int, paragraph: tuple[int, int], span: Span, beside: Beside
) -> Excerpt:
    """Return the sentences that the span touches, with those beside if they are few and short."""
    begin = paragraph[0] if beside == "around" else span.start
    found = _sentences(document_id, replace(span, start=begin, end=paragraph[1]))
    if paragraph[1] - begin > _SHORT_PARAGRAPH or len(found.parts) > _FEW_SENTENCES:
        return _sentences(document_id, span)
    return found


def _sentences(document_id: int, span: Span) -> Excerpt:
    """Return the sentences of the passage that the span touches."""
    places = [
        (place, kind)
        for place, kind in units_of(span.passage)
        if place[0] < span.end and place[1] > span.start
    ]
    return Excerpt(
        document_id=document_id,
        parts=tuple(
            Part(start=start, end=end, kind="code" if kind == "code" else "sentence")
            for (start, end), kind in places
        ),
    )
