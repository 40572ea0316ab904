"""Lists and tables around the items and rows that follow each other, nested by their depth.

Values to values.
"""

from collections.abc import Sequence
from dataclasses import replace

from rag.datatypes import Block, BlockKind


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
