"""Tables in plain text and Markdown: cells parted by bars, by tabs, or by columns of spaces.

A table is one only when it is certain: where every line has the same cells in the same places.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rag.datatypes import Block
from rag.documents.formats.lines import Line, has_word

Cells = list[tuple[int, int]]
"""(start, end) in the text of each cell of a row, without the white space around it."""

_BAR = re.compile(r"\\.|\|", re.S)
_GAP = re.compile(r" {2,}")
_RULE = re.compile(r"[|+\-=:\s]*[-=]{2,}[|+\-=:\s]*")
_ALIGNED_ROWS = 3
"""Rows from which on columns of spaces are no accident."""
_MOST_COLUMNS = 200
_MOST_RULES = 2
"""Lines of dashes that may follow each other in a table."""


class Table(NamedTuple):
    """A table that was found, and the number of the line after its last."""

    block: Block
    stop: int


def bar_cells(text: str, start: int, end: int) -> Cells:
    """Return the cells between the bars of text[start:end], which need not begin or end with one.

    A bar after a backslash is none.
    """
    cuts = [match.start() for match in _BAR.finditer(text, start, end) if match[0] == "|"]
    edges = [start - 1, *cuts, end]
    cells = [_trimmed(text, left + 1, right) for left, right in zip(edges, edges[1:], strict=False)]
    if cuts and not text[start : cuts[0]].strip():
        del cells[0]
    if cuts and len(cells) > 1 and not text[cuts[-1] + 1 : end].strip():
        del cells[-1]
    return cells


def table_block(rows: Sequence[tuple[int, int, Cells]], *, header: bool) -> Block:
    """Return a table of (start, end, cells) rows, the first of which names the columns or not."""
    children = [
        Block(
            kind="row",
            start=start,
            end=end,
            text_start=start,
            text_end=end,
            header=header and number == 0,
            children=tuple(
                Block(kind="cell", start=left, end=right, text_start=left, text_end=right)
                for left, right in cells
            ),
        )
        for number, (start, end, cells) in enumerate(rows)
    ]
    start, end = children[0].start, children[-1].end
    return Block(
        kind="table",
        start=start,
        end=end,
        text_start=start,
        text_end=end,
        children=tuple(children),
    )


def find_table(text: str, lines: Sequence[Line], first: int) -> Table | None:
    """Return the table that begins with lines[first], if one does."""
    content = text[lines[first].start : lines[first].end]
    if "|" in content or content.startswith("+-"):
        return _find(text, lines, first, _bars, least=1 if content[0] in "|+" else 2)
    if "\t" in content:
        return _find(text, lines, first, _tabs, least=2)
    if _GAP.search(content):
        return _find(text, lines, first, _spaces, least=_ALIGNED_ROWS)
    return None


def _find(
    text: str,
    lines: Sequence[Line],
    first: int,
    cells_of: Callable[[str, Line], Cells],
    *,
    least: int,
) -> Table | None:
    """Gather the rows from lines[first] on that have the same columns."""
    rows: list[tuple[int, int, Cells]] = []
    shape: list[tuple[int, int]] = []
    ruled = False
    needs_rule = cells_of is _bars and least > 1
    stop = first
    since_row = 0
    while stop < len(lines):
        line = lines[stop]
        if _RULE.fullmatch(text, line.start, line.end) and since_row < _MOST_RULES:
            ruled = ruled or len(rows) == 1
            since_row += 1
            stop += 1
            continue
        cells = cells_of(text, line)
        if not 1 < len(cells) <= _MOST_COLUMNS or not _fits(shape, line, cells, cells_of):
            break
        if len(rows) == 1 and needs_rule and not ruled:
            return None
        rows.append((line.first, line.end, cells))
        since_row = 0
        stop += 1
    if len(rows) < least or (needs_rule and not ruled):
        return None
    header = ruled or (len(rows) > 1 and _names_columns(text, rows))
    return Table(table_block(rows, header=header), stop)


def _fits(
    shape: list[tuple[int, int]],
    line: Line,
    cells: Cells,
    cells_of: Callable[[str, Line], Cells],
) -> bool:
    """Say whether a row has the columns of those before; keep in `shape` where they still agree.

    Bars and tabs need the same number, spaces the same left or right edges.
    """
    origin = line.start - line.indent
    places = [(left - origin, right - origin) for left, right in cells]
    if not shape:
        shape.extend(places)
        return True
    if len(shape) != len(places):
        return False
    if cells_of is not _spaces:
        return True
    agreed = [
        (left if left == other_left else -1, right if right == other_right else -1)
        for (left, right), (other_left, other_right) in zip(shape, places, strict=True)
    ]
    if any(left < 0 and right < 0 for left, right in agreed):
        return False
    shape[:] = agreed
    return True


def _bars(text: str, line: Line) -> Cells:
    if text.find("|", line.start, line.end) < 0:
        return []
    return bar_cells(text, line.start, line.end)


def _tabs(text: str, line: Line) -> Cells:
    return _split(text, line, re.compile("\t"))


def _spaces(text: str, line: Line) -> Cells:
    return _split(text, line, _GAP) if text.find("\t", line.start, line.end) < 0 else []


def _split(text: str, line: Line, gap: re.Pattern[str]) -> Cells:
    cells = []
    start = line.start
    for match in gap.finditer(text, line.start, line.end):
        cells.append(_trimmed(text, start, match.start()))
        start = match.end()
    return [*cells, _trimmed(text, start, line.end)]


def _names_columns(text: str, rows: Sequence[tuple[int, int, Cells]]) -> bool:
    """Say whether the first row is a header: no digits in it, and some in all below it."""

    def has_digit(cell: tuple[int, int]) -> bool:
        return any(map(str.isdigit, text[slice(*cell)]))

    names = rows[0][2]
    if any(has_digit(cell) or not has_word(text[slice(*cell)]) for cell in names):
        return False
    below = [cells for _, _, cells in rows[1:]]
    return any(
        all(place < len(cells) and has_digit(cells[place]) for cells in below)
        for place in range(len(names))
    )


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
