"""Rows of a table: which lines are one row, and whether the first names the columns.

Values to values. Knows nothing of how columns were found.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.documents.formats.grid import has_longer_below
from rag.documents.formats.pdf_cells import NUMERIC
from rag.documents.formats.pdf_columns import Word
from rag.documents.formats.pdf_grids import Grid
from rag.documents.formats.pdf_layout import Line, cell_text
from rag.documents.formats.pdf_line_text import text_of
from rag.documents.formats.pdf_wrapped import starts_of_wrapped

_AMOUNT = re.compile(r"[€$£¥]|(?<![\d.,])\d[\d.,’' ]*[.,’']\d+(?![\d.,/:])")
"""What a number has that is no year, size or date."""
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells; the first names the columns if `header`. `edges` lie between the columns.

    `pairs` says that it is no table but lines of a name, which ends in a colon, and a value.
    """

    rows: tuple[tuple[str, ...], ...]
    page: int
    header: bool = False
    pairs: bool = False
    edges: tuple[float, ...] = ()
    top: float = 0.0
    bottom: float = 0.0


def has_header(rows: Sequence[tuple[int, Sequence[str]]], bold: Sequence[bool]) -> bool:
    """Say whether the first row names the columns: by its weight, or words above numbers.

    `rows` are (number of its first line, cells); `bold` says which lines are.
    """
    if len(rows) < 2:
        return False
    (_, first), body = rows[0], [row for _, row in rows[1:]]
    if sum(map(bool, first)) < max(2, len(first) - 1) or any(len(cell) > 60 for cell in first):
        return False
    if _starts_with_amounts(first, body):
        return False
    until = rows[1][0]
    if all(bold[:until]) and not all(bold[until:]):
        return True
    if any(NUMERIC.fullmatch(cell) for cell in first[1:] if cell):
        return False
    columns = zip(*body, strict=True)
    return any(
        filled and sum(bool(NUMERIC.fullmatch(cell)) for cell in filled) >= 0.6 * len(filled)
        for filled in ([cell for cell in column if cell] for column in columns)
    )


def _starts_with_amounts(first: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Say whether the first row has an amount above amounts: of a block of totals, maybe bold.

    Numbers of several columns may be sizes or days, which name them.
    """
    if len(first) == 2 and first[1].isdecimal() and not _YEAR.fullmatch(first[1]):
        return all(NUMERIC.fullmatch(row[1]) for row in body if row[1])
    columns = zip(first[1:], *(row[1:] for row in body), strict=True)
    return any(
        NUMERIC.fullmatch(cell)
        and _AMOUNT.search(cell)
        and 2 * sum(bool(_AMOUNT.search(each)) for each in below) >= len(list(filter(None, below)))
        for cell, *below in columns
        if any(below)
    )


def joined_rows(
    lines: Sequence[Line], cells: Sequence[Sequence[Sequence[Word]]]
) -> list[tuple[int, list[str]]]:
    """Return (number of its first line, cells) of each row; lines of one row are joined.

    `cells` are the words by line and column.
    """
    texts = [[text_of(cell) if cell else "" for cell in line] for line in cells]
    starts = _row_starts(lines, cells, texts)
    rows: list[tuple[int, list[str]]] = []
    for start, stop in pairwise([*starts, len(lines)]):
        joined = [
            "\n".join(part for part in parts if part)
            for parts in zip(*texts[start:stop], strict=True)
        ]
        rows.append((start, joined))
    return rows


def _row_starts(
    lines: Sequence[Line],
    cells: Sequence[Sequence[Sequence[Word]]],
    texts: Sequence[Sequence[str]],
) -> list[int]:
    """Return which lines begin a row."""
    wrapped = starts_of_wrapped(lines, cells)
    if wrapped:
        return wrapped
    if all(line[0] for line in texts):
        return list(range(len(lines)))
    distances = [one.baseline - two.baseline for one, two in pairwise(lines)]
    filled = [[bool(cell) for cell in line] for line in texts]
    starts = [0]
    for number in range(1, len(lines)):
        open_cells = [
            any(filled[place][column] for place in range(starts[-1], number))
            for column in range(len(texts[0]))
        ]
        wraps = (
            not filled[number][0]
            and all(
                open_cells[column] and not NUMERIC.fullmatch(cell)
                for column, cell in enumerate(texts[number])
                if cell
            )
            and distances[number - 1] <= 1.6 * lines[number].size
        )
        if not wraps:
            starts.append(number)
    return starts


def grid_table(grid: Grid, lines: Sequence[Line]) -> Table:
    """Return the table of lines that stand in a grid."""
    rows: list[tuple[int, list[str]]] = []
    for start, stop in pairwise(
        [*(n for n, line in enumerate(lines) if not n or line.row != lines[n - 1].row), len(lines)]
    ):
        part = lines[start:stop]
        if part[0].row in grid.several:
            cells = [_cells(grid, [line]) for line in part]
            rows += [(start + number, joined) for number, joined in joined_rows(part, cells)]
        else:
            rows.append((start, [cell_text(cell) for cell in _cells(grid, part)]))
    (_, first), *body = rows
    return Table(
        rows=tuple(tuple(row) for _, row in rows),
        page=lines[0].page,
        header=has_header(rows, [line.bold for line in lines])
        or has_longer_below(first, [row for _, row in body]),
        pairs=len(grid.edges) == 1 and all(row[0].endswith(":") for _, row in rows),
        edges=grid.edges,
        top=lines[0].baseline,
        bottom=lines[-1].baseline,
    )


def _cells(grid: Grid, lines: Sequence[Line]) -> list[list[Word]]:
    cells: list[list[Word]] = [[] for _ in range(len(grid.edges) + 1)]
    for line in lines:
        for word in line.words:
            place = grid.place(word)
            if place is not None:
                cells[place[1]].append(word)
    return cells
