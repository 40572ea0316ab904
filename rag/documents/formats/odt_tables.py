"""The tables of OpenDocument texts: their rows with what spans several, and which name columns."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from rag.documents.formats.grid import (
    first_only,
    names_columns,
    repeatable,
    tells_names,
)
from rag.documents.formats.markup import local_name
from rag.documents.formats.odt_styles import Styles, number_of
from rag.documents.formats.odt_text import is_bold

_ROWS = frozenset("table-header-rows table-rows table-row-group".split())
_CELLS = ("table-cell", "covered-table-cell")
_MOST_REPEATED = 1_000
_MOST_HEADER_ROWS = 3


class Row(NamedTuple):
    """A row: the texts of its cells, whether it names the columns, and its element."""

    cells: list[str]
    is_header: bool
    element: Any


def shown_rows(table: Any, cell_text: Callable[[Any], str], styles: Styles) -> list[Row]:
    """Return the rows of a table; a first row that is one cell is its title, and comes as that.

    What the file does not call a header is one where it is bold and what follows is not, or where
    numbers, or much longer texts, stand below its words.
    """
    rows = list(rows_of(table, cell_text))
    title = []
    if len(rows) > 1 and _is_one_cell(rows[0]):
        first = rows.pop(0)
        title = [first._replace(cells=first.cells[:1], is_header=False)]
    if not any(row.is_header for row in rows):
        for place in range(_header_rows(rows, styles)):
            rows[place] = rows[place]._replace(is_header=True)
    return title + rows


def rows_of(table: Any, cell_text: Callable[[Any], str]) -> Iterator[Row]:
    """Yield the rows of a table, the texts of cells that span several repeated."""
    spanned: dict[int, tuple[int, str]] = {}
    is_body = False
    for element, is_header in _row_elements(table, is_header=False):
        cells = list(_cells(element, cell_text, spanned))
        span = _first_span(element)
        if is_body and not is_header:
            cells = first_only(cells, span)
        is_body = is_body or span < len(cells)
        for _ in range(min(number_of(element, "number-rows-repeated", 1), _MOST_REPEATED)):
            yield Row(cells, is_header, element)


def _header_rows(rows: list[Row], styles: Styles) -> int:
    """Return how many of the first rows name the columns, by their look."""
    cells = [row.cells for row in rows]
    if not rows or not names_columns(cells[0], cells[1:]):
        return 0
    bold = [is_bold(row.element, styles) for row in rows[: _MOST_HEADER_ROWS + 1]]
    leading = bold.index(False) if False in bold else 0
    below = cells[1:]
    return leading or int(tells_names(cells[0], below))


def _is_one_cell(row: Row) -> bool:
    return len(row.cells) > 1 and _first_span(row.element) >= len(row.cells)


def _first_span(row: Any) -> int:
    """Return how many columns the first cell of a row spans; 1 where it goes on from above."""
    first = next((cell for cell in row if local_name(cell) in _CELLS), None)
    return 1 if first is None else number_of(first, "number-columns-spanned", 1)


def _row_elements(table: Any, *, is_header: bool) -> Iterator[tuple[Any, bool]]:
    for child in table:
        name = local_name(child)
        if name == "table-row":
            yield child, is_header
        elif name in _ROWS:
            yield from _row_elements(child, is_header=is_header or name == "table-header-rows")


def _cells(
    row: Any, cell_text: Callable[[Any], str], spanned: dict[int, tuple[int, str]]
) -> Iterator[str]:
    column = 0
    left = ""
    for cell in row:
        name = local_name(cell)
        if name not in _CELLS:
            continue
        times = min(number_of(cell, "number-columns-repeated", 1), _MOST_REPEATED)
        is_covered = name == "covered-table-cell"
        text = "" if is_covered else cell_text(cell)
        rows = number_of(cell, "number-rows-spanned", 1)
        for _ in range(times):
            if is_covered:
                above = spanned.get(column, (0, ""))
                text = above[1] if above[0] > 0 else left
                if above[0] > 0:
                    spanned[column] = above[0] - 1, above[1]
            elif rows > 1:
                width = min(number_of(cell, "number-columns-spanned", 1), _MOST_REPEATED)
                for place in range(column, column + width):
                    spanned[place] = rows - (place == column), repeatable(text)
            left = repeatable(text)
            yield text
            column += 1
