"""The structure of a document: gathering, finishing, walking and checking its blocks.

Values to values; knows nothing of files or of how a format shows its structure.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, takewhile

from rag.datatypes import Block, BlockKind, Region
from rag.documents.sentences import sentence_spans

_COLON_END = re.compile(r"[:\N{FULLWIDTH COLON}]\s*\Z")
_CLAUSE = re.compile(r"[A-Z]?\d{1,2}(?:\.\d{1,2})*[.)]?\s+[^\W\d_]")
"""How a paragraph begins that is a numbered clause."""
_LONGEST_LEAD_IN = 400
_MOST_HEADER_ROWS = 4


def walk_blocks(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks and all that lie in them, each before its children."""
    waiting = list(reversed(blocks))
    while waiting:
        block = waiting.pop()
        yield block
        waiting.extend(reversed(block.children))


def finish(text: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return top-level `blocks` with the lead-ins of lists and tables, and the columns of cells.

    A lead-in is the last sentence of the paragraph (or item) before, mostly if it ends in a colon.
    Cells without a label get the text of the header's cell in the same place.
    """
    finished: list[Block] = []
    for block in blocks:
        before = finished[-1] if finished else None
        finished.append(_finish_one(text, block, before))
    return tuple(finished)


def _finish_one(text: str, block: Block, before: Block | None) -> Block:
    if block.kind == "table":
        return replace(_with_columns(text, block), lead_in=_lead_in(text, before))
    if block.kind == "list":
        return replace(
            block,
            lead_in=_lead_in(text, before, is_list=True, goes_on=_begins_small(text, block)),
            children=tuple(_finish_within(text, item) for item in block.children),
        )
    return _finish_within(text, block) if block.children else block


def _finish_within(text: str, block: Block) -> Block:
    """Finish the children; the block's own words can lead in the first of them."""
    own = replace(block, kind="paragraph", children=())
    children: list[Block] = []
    for child in block.children:
        children.append(_finish_one(text, child, children[-1] if children else own))
    return replace(block, children=tuple(children))


def _begins_small(text: str, listing: Block) -> bool:
    """Say whether the items of a list begin with small letters, so go on with what leads in."""
    firsts = [text[item.text_start : item.text_start + 1] for item in listing.children]
    return bool(firsts) and all(map(str.islower, firsts))


def _lead_in(
    text: str, before: Block | None, *, is_list: bool = False, goes_on: bool = False
) -> tuple[int, int] | None:
    """Return the last sentence before a list or table, if it ends with a colon, or is no whole one.

    The latter only where the list `goes_on` with it: "You must not (a) smoke". So does a clause of
    one sentence that has nothing but a list: "A2 What a helper does who is worried."
    """
    if before is None or before.kind not in ("paragraph", "caption", "turn"):
        return None
    start, end = before.text_start, before.text_end
    own = text[start:end]
    is_open = goes_on and own[-1:].isalnum()
    is_led = is_open or _COLON_END.search(own) is not None
    is_clause = not is_led and is_list and _CLAUSE.match(own) is not None
    if not (is_led or is_clause):
        return None
    *others, last = sentence_spans(text, start, end)
    if is_clause and others:
        return None
    return last if last[1] - last[0] <= _LONGEST_LEAD_IN else None


def _with_columns(text: str, table: Block) -> Block:
    """Label the cells with the columns of the first header; rows of it that follow refine it."""
    rows = _with_second_header(text, table.children)
    first = next((place for place, row in enumerate(rows) if row.header), len(rows))
    names: list[list[str]] = []
    for row in takewhile(lambda row: row.header, rows[first : first + _MOST_HEADER_ROWS]):
        names += [[] for _ in range(len(row.children) - len(names))]
        for own, cell in zip(names, row.children, strict=False):
            name = " ".join(text[cell.text_start : cell.text_end].split())
            own += [name] if name and name not in own else []
    columns = [" ".join(own) for own in names]
    if not columns:
        return table
    return replace(
        table,
        children=tuple(row if row.header else _labelled(row, columns) for row in rows),
    )


def _with_second_header(text: str, rows: Sequence[Block]) -> Sequence[Block]:
    """Return the rows, the second a header too where it parts what the first has over several.

    "Name | Salary | Salary" above "Name | 2023 | 2024": it says nothing else of the other columns.
    """
    if len(rows) < 3 or not rows[0].header or rows[1].header:
        return rows
    upper, lower = (
        [" ".join(text[cell.text_start : cell.text_end].split()) for cell in row.children]
        for row in rows[:2]
    )
    spans = {name for name, other in pairwise(upper) if name and name == other}
    parts = [own for name, own in zip(upper, lower, strict=False) if name in spans]
    others = zip(upper, lower, strict=False)
    is_header = (
        len(upper) == len(lower)
        and bool(parts)
        and all(parts)
        and len(set(parts)) > 1
        and all(own in ("", name) for name, own in others if name not in spans)
    )
    return [rows[0], replace(rows[1], header=True), *rows[2:]] if is_header else rows


def _labelled(row: Block, columns: Sequence[str]) -> Block:
    cells = [
        cell if cell.label or place >= len(columns) else replace(cell, label=columns[place])
        for place, cell in enumerate(row.children)
    ]
    return replace(row, children=tuple(cells))


def nest_items(items: Sequence[tuple[int, Block]]) -> list[Block]:
    """Return the list (one, unless `items` is empty) of (depth, item), deeper ones nested.

    An item that is deeper than the one before lies in it, as do further paragraphs of it; one that
    is less deep ends the nested lists. A list is ordered if its first item's label has a letter or
    digit.
    """
    nested: list[Block] = []
    outer: list[Block] = []
    position = 0
    while position < len(items):
        depth, item = items[position]
        stop = position + 1
        while stop < len(items) and items[stop][0] > depth:
            stop += 1
        if inner := nest_items(items[position + 1 : stop]):
            item = replace(
                item, end=max(item.end, inner[-1].end), children=(*item.children, *inner)
            )
        if item.kind == "item":
            outer.append(item)
        else:
            nested += [*_listed(outer), item]
            outer = []
        position = stop
    return nested + _listed(outer)


def _listed(items: Sequence[Block]) -> list[Block]:
    return [around("list", items)] if items else []


def around(kind: BlockKind, children: Sequence[Block]) -> Block:
    """Return the list or table that holds `children`, from the first to the last of them."""
    start, end = children[0].start, children[-1].end
    return Block(
        kind=kind,
        start=start,
        end=end,
        text_start=start,
        text_end=end,
        ordered=kind == "list" and any(map(str.isalnum, children[0].label)),
        children=tuple(children),
    )


def shift(block: Block, by: int) -> Block:
    """Return `block` and all that lies in it, with `by` added to every offset."""
    if not by:
        return block
    lead_in = block.lead_in
    return replace(
        block,
        start=block.start + by,
        end=block.end + by,
        text_start=block.text_start + by,
        text_end=block.text_end + by,
        lead_in=None if lead_in is None else (lead_in[0] + by, lead_in[1] + by),
        children=tuple(shift(child, by) for child in block.children),
    )


def cover(text: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return top-level `blocks` that also hold what stands between them and is not space.

    What stands there belongs to the block before, or to the first: rules, fences, marks. Without
    any block all is one paragraph.
    """
    if not blocks:
        start, end = _trimmed(text, 0, len(text))
        whole = Block(kind="paragraph", start=start, end=end, text_start=start, text_end=end)
        return (whole,) if start < end else ()
    covering = list(blocks)
    before = _trimmed(text, 0, covering[0].start)
    if before[0] < before[1]:
        covering[0] = replace(covering[0], start=before[0])
    for number, block in enumerate(covering):
        stop = covering[number + 1].start if number + 1 < len(covering) else len(text)
        start, end = _trimmed(text, block.end, stop)
        if start < end:
            covering[number] = replace(block, end=end)
    return tuple(covering)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where text[start:end] begins and ends without the white space around it."""
    piece = text[start:end]
    stripped = piece.strip()
    start += len(piece) - len(piece.lstrip())
    return start, start + len(stripped)


def regions_of(regions: Sequence[Region], start: int, end: int) -> list[Region]:
    """Return the regions of which some lies in [start, end) of the text."""
    return [region for region in regions if region.start < end and start < region.end]
