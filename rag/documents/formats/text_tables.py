"""Tables in plain text and Markdown: cells parted by bars, by tabs, or by columns of spaces.

A table is one only when it is certain: where every line has the same cells in the same places.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rag.datatypes import Block
from rag.documents.formats.grid import names_columns
from rag.documents.formats.lines import Line, has_word

Cells = list[tuple[int, int]]
"""(start, end) in the text of each cell of a row, without the white space around it."""

_BAR = re.compile(r"\\.|\|", re.S)
_GAP = re.compile(r" {2,}")
_RULE = re.compile(r"[|+\-=:\s]*[-=]{2,}[|+\-=:\s]*")
_ALIGNED_ROWS = 3
"""Rows from which on columns of spaces are no accident."""
_MOST_COLUMNS = 200
_UNIT_LETTERS = 3
_LARGE = 3
"""Columns, and rows below the first, from which on a table shows what its first row is."""
_LONGEST_NAME = 25
_SHORT_NAMES = 0.7
"""How long a row of names may be, of the rows below it."""
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


def find_table(
    text: str, lines: Sequence[Line], first: int, *, is_item: bool = False
) -> Table | None:
    """Return the table that begins with lines[first], if one does; no item is one without bars."""
    content = text[lines[first].start : lines[first].end]
    if content[0] in "|+" and content[-1] in "|+":
        return _find(text, lines, first, _bars, least=1)
    if " | " in content:  # of two columns only: they could be two names in any line
        least = 2 if content.count("|") > 1 else _ALIGNED_ROWS
        return _find(text, lines, first, _bars, least=least)
    if is_item:
        return None
    if "\t" in content:
        return _find(text, lines, first, _tabs, least=2)
    if _GAP.search(content):
        return _find(text, lines, first, _spaces, least=_ALIGNED_ROWS) or _below_names(
            text, lines, first
        )
    return None


def _below_names(text: str, lines: Sequence[Line], first: int) -> Table | None:
    """Return the table whose columns lines[first] names all but the first, set above them."""
    head, below = lines[first], lines[first + 1 :]
    if not below or below[0].indent >= head.indent:
        return None
    table = _find(text, lines, first + 1, _spaces, least=_ALIGNED_ROWS)
    if table is None or table.block.children[0].header:
        return None
    names = _spaces(text, head)
    shape: list[tuple[int, int]] = []
    _fits(shape, head, names, _spaces)
    for line in lines[first + 1 : table.stop]:
        cells = _spaces(text, line)[1:]
        if cells and not _fits(shape, line, cells, _spaces):
            return None
    rows = [(row.start, row.end, _cells_of(row)) for row in table.block.children]
    texts = [[text[slice(*cell)] for cell in cells] for _, _, cells in rows]
    if not names_columns(["", *(text[slice(*name)] for name in names)], texts):
        return None
    named = (head.first, head.end, [(head.first, head.first), *names])
    return Table(table_block([named, *rows], header=True), table.stop)


def _cells_of(row: Block) -> Cells:
    return [(cell.text_start, cell.text_end) for cell in row.children]


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
        rows.append((line.first, line.end, cells))
        since_row = 0
        stop += 1
    if len(rows) < (2 if ruled else least):
        return None
    rows = _without_empty_columns(rows)
    if len(rows[0][2]) < 2:
        return None
    header = ruled or (len(rows) > 1 and _names_columns(text, rows))
    return Table(table_block(rows, header=header), stop)


def _without_empty_columns(rows: list[tuple[int, int, Cells]]) -> list[tuple[int, int, Cells]]:
    """Leave out the columns in which no row has anything: more than one tab was between them."""
    columns = max(len(cells) for _, _, cells in rows)
    filled = [
        any(place < len(cells) and cells[place][0] < cells[place][1] for _, _, cells in rows)
        for place in range(columns)
    ]
    return [
        (start, end, [cell for cell, keeps in zip(cells, filled, strict=False) if keeps])
        for start, end, cells in rows
    ]


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
    """Say whether the first row is a header: words above numbers, or few words above many."""
    names = [text[slice(*cell)] for cell in rows[0][2]]
    if not all(names):
        return False
    columns = [
        [text[slice(*cells[place])] for _, _, cells in rows[1:] if place < len(cells)]
        for place in range(len(names))
    ]
    is_large = len(names) >= _LARGE and len(rows) > _LARGE
    return (
        any(map(_is_above_figures, names, columns))
        or (is_large and any(map(_is_above_numbers, names, columns)))
        or (is_large and _is_short_for_its_table(names, columns))
    )


def _is_above_figures(name: str, column: Sequence[str]) -> bool:
    return not _has_digit(name) and all(_has_digit(cell) or not has_word(cell) for cell in column)


def _is_above_numbers(name: str, column: Sequence[str]) -> bool:
    return not _is_number(name) and all(_is_number(cell) or not has_word(cell) for cell in column)


def _is_short_for_its_table(names: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    total = sum(len(cell) for column in columns for cell in column)
    rows = len(columns[0])
    return (
        not any(_has_digit(name) or len(name) > _LONGEST_NAME for name in names)
        and sum(map(len, names)) * rows < _SHORT_NAMES * total
    )


def _has_digit(content: str) -> bool:
    return any(map(str.isdigit, content))


def _is_number(content: str) -> bool:
    """Say whether a cell is a number, a date or a time, perhaps with a unit."""
    return _has_digit(content) and sum(map(str.isalpha, content)) <= _UNIT_LETTERS


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
