"""The tables of Word documents as rows of texts, what spans rows or columns repeated."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from rag.documents.formats.docx_parts import Styles, is_on
from rag.documents.formats.docx_text import children
from rag.documents.formats.grid import (
    first_only,
    names_columns,
    repeatable,
    tells_names,
)
from rag.documents.formats.markup import attribute, child_at, value_at

_MOST_COLUMNS = 63
"""As many as Word allows."""
_FIRST_ROW = 0x0020


class Row(NamedTuple):
    """The texts of a row by column; `spans` says that one cell takes all of them."""

    cells: list[str]
    is_header: bool
    spans: bool


def rows_of(table: Any, cell_text: Callable[[Any], str], styles: Styles) -> list[Row]:
    """Return the rows of a table that are shown; `cell_text` says what a cell shows."""
    rows: list[Row] = []
    above: list[str] = []
    is_body = False
    for row in shown_rows(table):
        properties = child_at(row, "trPr")
        cells = list(_cells(row, above, cell_text))
        skipped = _number(value_at(properties, "gridBefore"))
        above = [*[""] * skipped, *[text for text, _ in cells]][:_MOST_COLUMNS]
        is_header = bool(is_on(child_at(properties, "tblHeader")))
        spans = len(cells) > 1 and all(is_repeated for _, is_repeated in cells[1:])
        own = above
        if is_body and not is_header and not skipped:
            own = first_only(above, _first_span(row))
        is_body = is_body or not spans
        rows.append(Row(own, is_header, spans))
    if rows and not any(row.is_header for row in rows) and _shows_header(table, rows, styles):
        rows[0] = rows[0]._replace(is_header=True)
    return rows


def shown_rows(table: Any) -> Iterator[Any]:
    """Yield the rows that are neither deleted nor hidden."""
    for row in children(table, "tr"):
        properties = child_at(row, "trPr")
        if child_at(properties, "del") is None and not is_on(child_at(properties, "hidden")):
            yield row


def shown_cells(row: Any) -> Iterator[Any]:
    """Yield the cells that were not deleted."""
    for cell in children(row, "tc"):
        if child_at(cell, "tcPr", "cellDel") is None:
            yield cell


def is_layout(table: Any) -> bool:
    """Tell whether a table only places text: no row has more than one cell."""
    return all(len(list(shown_cells(row))) < 2 for row in shown_rows(table))


def _first_span(row: Any) -> int:
    """Return how many columns the first cell of a row spans; 1 where it goes on from above."""
    properties = next((child_at(cell, "tcPr") for cell in shown_cells(row)), None)
    if child_at(properties, "vMerge") is not None:
        return 1
    return _number(value_at(properties, "gridSpan"))


def _cells(
    row: Any, above: Sequence[str], cell_text: Callable[[Any], str]
) -> Iterator[tuple[str, bool]]:
    """Yield the text of each column of a row, and whether it is repeated from the left."""
    column = _number(value_at(row, "trPr", "gridBefore"))
    for cell in shown_cells(row):
        properties = child_at(cell, "tcPr")
        merge = child_at(properties, "vMerge")
        if merge is not None and attribute(merge, "val") != "restart":
            text = repeatable(above[column]) if column < len(above) else ""
        else:
            text = cell_text(cell)
        span = max(1, _number(value_at(properties, "gridSpan")))
        for place in range(span):
            yield (text if place == 0 else repeatable(text)), place > 0
        column += span


def _shows_header(table: Any, rows: Sequence[Row], styles: Styles) -> bool:
    """Tell whether the first row looks as if it named the columns.

    Word says "first row" of nearly every table, so that alone means little.
    """
    first, below = rows[0].cells, [row.cells for row in rows[1:]]
    if rows[0].spans or not names_columns(first, below):
        return False
    look = child_at(table, "tblPr", "tblLook")
    styled = _look_is_on(look) and styles.has_header_row(value_at(table, "tblPr", "tblStyle") or "")
    return styled or _is_bold(table) or tells_names(first, below)


def _look_is_on(look: Any) -> bool:
    if look is None:
        return False
    first_row = attribute(look, "firstRow")
    if first_row is not None:
        return first_row not in ("0", "false", "off")
    try:
        return bool(int(attribute(look, "val") or "0", 16) & _FIRST_ROW)
    except ValueError:
        return False


def _is_bold(table: Any) -> bool:
    """Tell whether all text of the first row is bold, and not all of the second."""
    bold = []
    for row in shown_rows(table):
        runs = [run for run in row.iter("{*}r") if child_at(run, "t") is not None]
        bold.append(bool(runs) and all(is_on(child_at(run, "rPr", "b")) for run in runs))
        if len(bold) == 2:
            break
    return len(bold) == 2 and bold[0] and not bold[1]


def _number(text: str | None) -> int:
    return min(int(text), _MOST_COLUMNS) if text and text.isdecimal() else 0
