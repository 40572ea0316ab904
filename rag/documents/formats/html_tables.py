"""The rows of a page's tables: cells that span rows or columns stand in each of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.documents.formats.grid import first_only, has_numbers_below, names_columns, repeatable
from rag.documents.formats.writer import DocumentWriter

_WIDEST = 1_000
"""Columns up to which a cell is repeated; browsers take no larger span either."""
_MOST_REPEATED = 20_000
"""Places of a table that are filled by repeating cells; further spans are not heeded, so that a
short page cannot become millions of cells."""
_ROWS_LOOKED_AT = 50


@dataclass(slots=True)
class Cell:
    """A cell that is read: the texts of its blocks, and how many columns and rows it spans."""

    is_name: bool
    columns: int
    rows: int
    parts: list[str] = field(default_factory=list)


class Table:
    """The rows of a table, gathered until it ends."""

    def __init__(self) -> None:
        self._rows: list[tuple[list[str], bool]] = []
        self._from_above: dict[int, tuple[str, int]] = {}
        """Column to the cell that spans into the next row, and into how many it does."""
        self._has_names = False
        self._is_begun = False  # by a row that is no title
        self._repeated = 0

    def add(self, cells: Sequence[Cell], *, in_head: bool) -> None:
        """Add a row."""
        row: list[str] = []
        spans: dict[int, tuple[str, int]] = {}
        is_below = 0 in self._from_above
        for cell in cells:
            self._take_from_above(row, spans)
            text = " ".join(cell.parts)
            is_whole_row = len(cells) == 1 and cell.columns > 1
            columns = min(cell.columns, _WIDEST - len(row)) if len(row) < _WIDEST else 1
            if self._repeated > _MOST_REPEATED:
                columns = 1
            self._repeated += max(0, columns - 1)
            for place in range(max(1, columns)):
                shown = text if place == 0 else "" if is_whole_row else repeatable(text)
                if cell.rows > 1:
                    spans[len(row)] = (repeatable(text), cell.rows - 1)
                row.append(shown)
        self._take_from_above(row, spans)
        self._from_above = spans if self._repeated <= _MOST_REPEATED else {}
        is_header = bool(cells) and (in_head or all(cell.is_name for cell in cells))
        if self._is_begun and cells and not is_header and not is_below:
            row = first_only(row, cells[0].columns)
        self._is_begun = self._is_begun or len(cells) > 1
        self._has_names = self._has_names or is_header
        self._rows.append((row, is_header and len(row) > 1))

    def write(self, writer: DocumentWriter) -> None:
        """Write the rows; the first names the columns where it looks like it and none says so."""
        rows = [(row, is_header) for row, is_header in self._rows if any(row)]
        if all(sum(map(bool, row)) == 1 for row, _ in rows):  # it only sets text apart
            for row, _ in rows:
                writer.paragraph("".join(row))
            return
        if not self._has_names and rows:
            below = [row for row, _ in rows[1 : _ROWS_LOOKED_AT + 1]]
            first = rows[0][0]
            is_header = names_columns(first, below) and has_numbers_below(first, below)
            rows[0] = (first, is_header)
        for row, is_header in rows:
            writer.row(row, header=is_header)

    def _take_from_above(self, row: list[str], spans: dict[int, tuple[str, int]]) -> None:
        while len(row) in self._from_above:
            text, rows = self._from_above.pop(len(row))
            if rows > 1:
                spans[len(row)] = (text, rows - 1)
            row.append(text)
            self._repeated += 1
