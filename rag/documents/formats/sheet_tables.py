"""The tables of a sheet: where they begin and end, their titles, and which go on after a gap.

Values to blocks; knows nothing of files.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rag.documents.formats.grid import (
    begins_with_names,
    is_amount,
    is_day,
    is_list_of_values,
    is_number,
)
from rag.documents.formats.sheet_groups import carry_labels
from rag.documents.formats.sheet_names import find_names
from rag.documents.formats.writer import DocumentWriter

_LETTERS = 26
_ROWS_LOOKED_AT = 50
_MOST_TITLES = 5
"""Lines above a table; more are a list."""
_FEW = 4
"""One in so many columns may be empty where a table goes on."""


class _Row(NamedTuple):
    """A row of a table with its number in the sheet, from 1."""

    number: int
    cells: Sequence[str]


class _Above(NamedTuple):
    """The last table with names: its columns, their names, which have numbers, and which days."""

    columns: list[int]
    names: list[str]
    numbers: set[int]
    days: set[int]


_NO_TABLE = _Above([], [], set(), set())


def write_tables(
    writer: DocumentWriter, rows: Sequence[list[str]], first_row: int, first_column: int
) -> None:
    """Write the tables of a sheet, which empty rows (or columns, beside each other) part.

    `first_row` and `first_column` are the places of the first of `rows` in the sheet, from 0.
    """
    tables = _Tables(writer, first_column)
    parts = list(_parts(rows, first_row))
    last = max((n for n, part in enumerate(parts) if not all(map(_is_single, part))), default=0)
    for number, part in enumerate(parts):
        for columns in _groups(part):
            table = [_Row(row.number, [row.cells[place] for place in columns]) for row in part]
            filled = [row for row in table if any(row.cells)]
            titles = _count_titles(filled, is_above=number < last)
            writer.end_group()
            for row in filled[:titles]:
                writer.paragraph(next(filter(None, row.cells)))
            tables.write(filled[titles:], columns, has_title=titles > 0, is_alone=len(parts) == 1)
            writer.end_group()


def column_letter(place: int) -> str:
    """Return what a spreadsheet calls the column at `place`, from 0: A, Z, AA."""
    letters = ""
    while place >= 0:
        letters = chr(ord("A") + place % _LETTERS) + letters
        place = place // _LETTERS - 1
    return letters


def _parts(rows: Sequence[list[str]], first_row: int) -> Iterator[list[_Row]]:
    """Yield the runs of rows that have text, without empty ones."""
    part: list[_Row] = []
    for number, cells in enumerate(rows, first_row + 1):
        if any(cells):
            part.append(_Row(number, cells))
        elif part:
            yield part
            part = []
    if part:
        yield part


def _groups(part: Sequence[_Row]) -> list[list[int]]:
    """Return the columns that have text, apart for tables that stand beside each other."""
    used = sorted({place for row in part for place, cell in enumerate(row.cells) if cell})
    groups: list[list[int]] = []
    for place in used:
        if groups and groups[-1][-1] == place - 1:
            groups[-1].append(place)
        else:
            groups.append([place])
    if not all(len(group) > 1 for group in groups):
        return [used]
    apart: list[list[int]] = []
    filled: set[int] = set()  # the rows of the last table
    for group in groups:
        rows = {n for n, row in enumerate(part) if any(row.cells[place] for place in group)}
        column = [part[n].cells[group[0]] for n in sorted(rows)]
        if apart and rows <= filled and 2 * len(rows) > len(part) and not _names_rows(column[1:]):
            apart[-1] += group
        else:
            apart.append(group)
            filled = rows
    return apart


def _names_rows(cells: Sequence[str]) -> bool:
    """Tell whether a table could begin with this column: not with amounts that count no rows."""
    first = list(filter(None, cells))
    if len(first) < 2 or not all(map(is_amount, first)):
        return True
    start = int(first[0][:15]) if first[0].isdecimal() else 0
    return first == [str(start + step) for step in range(len(first))]


class _Tables:
    """Writes tables; one without names goes on with those of the table above it."""

    def __init__(self, writer: DocumentWriter, first_column: int) -> None:
        self._writer = writer
        self._first_column = first_column
        self._above = _NO_TABLE

    def write(
        self, rows: list[_Row], columns: list[int], *, has_title: bool, is_alone: bool
    ) -> None:
        if not is_alone and self._is_note(rows, columns):
            name, value = rows[0].cells
            self._writer.paragraph(f"{name.removesuffix(':')}: {value}")
            return
        if is_list_of_values([row.cells for row in rows]):
            for row in rows:
                name, value = row.cells
                field = (name.removesuffix(":"), value) if value else ("", name)
                self._writer.record([field], number=row.number)
        elif rows and not has_title and _goes_on(rows, columns, self._above):
            names = dict(zip(self._above.columns, self._above.names, strict=True))
            self._write_rows(rows, columns, [names[column] for column in columns])
        elif rows:
            self._write_table(rows, columns)

    def _is_note(self, rows: Sequence[_Row], columns: list[int]) -> bool:
        """Tell whether rows are one name with its value, and not a sum of the table above."""
        if len(rows) != 1 or len(rows[0].cells) != 2 or not all(rows[0].cells):
            return False
        is_dated = is_day(rows[0].cells[1]) and columns[1] not in self._above.days
        return is_dated or not _goes_on(rows, columns, self._above)

    def _write_table(self, rows: list[_Row], columns: list[int]) -> None:
        cells = [list(row.cells) for row in rows]
        names, start, end = find_names(cells)
        for row in rows[:start]:
            self._writer.record(_fields(row.cells), number=row.number)
        self._writer.end_group()
        below = [row for row in rows[end:] if row.cells not in cells[start:end]]
        numbers, days = (
            {column for place, column in enumerate(columns) if _has_mostly(kind, below, place)}
            for kind in (is_number, is_day)
        )
        self._above = _Above(columns, names, numbers, days) if names else _NO_TABLE
        self._write_rows(below, columns, names)

    def _write_rows(self, rows: list[_Row], columns: list[int], names: list[str]) -> None:
        letters = [column_letter(self._first_column + column) for column in columns]
        if names:
            labelled = carry_labels([row.cells for row in rows])
            rows = [row._replace(cells=cells) for row, cells in zip(rows, labelled, strict=True)]
        for row in rows:
            if not names:
                _write_plain(self._writer, row)
            elif _is_single(row) and row.cells[0] and len(row.cells) > 2:  # a section, or a note
                self._writer.record([("", row.cells[0])], number=row.number)
            else:
                fields = zip(names, letters, row.cells, strict=True)
                self._writer.record(
                    [(name or f"column {letter}", cell) for name, letter, cell in fields],
                    number=row.number,
                )


def _write_plain(writer: DocumentWriter, row: _Row) -> None:
    if len(row.cells) == 1:
        writer.record([("", row.cells[0])], number=row.number)
    else:
        writer.row(row.cells, number=row.number)


def _fields(cells: Sequence[str]) -> list[tuple[str, str]]:
    """Return what a row above a table says: "Customer: | Kern" as a name with its value."""
    fields: list[tuple[str, str]] = []
    for cell in filter(None, cells):
        if fields and fields[-1][1].endswith(":") and not cell.endswith(":"):
            fields[-1] = fields[-1][1].removesuffix(":"), cell
        else:
            fields.append(("", cell))
    return fields


def _count_titles(rows: Sequence[_Row], *, is_above: bool) -> int:
    """Return how many of the first rows are lines of text: none of those of a list.

    `is_above` says that a table follows.
    """
    count = next((n for n, row in enumerate(rows) if not _is_single(row)), len(rows))
    if count < len(rows) or count == 1:
        return count
    is_named = bool(find_names([list(row.cells) for row in rows]).columns)
    return count if is_above and count <= _MOST_TITLES and not is_named else 0


def _is_single(row: _Row) -> bool:
    return sum(map(bool, row.cells)) == 1


def _has_mostly(kind: Callable[[str], bool], rows: Sequence[_Row], place: int) -> bool:
    """Tell whether most of the first cells of a column are of a kind."""
    cells = [cell for row in rows[:_ROWS_LOOKED_AT] if (cell := row.cells[place])]
    return 2 * sum(map(kind, cells)) > len(cells)


def _goes_on(rows: Sequence[_Row], columns: list[int], above: _Above) -> bool:
    """Tell whether rows after an empty one have the columns of the table above them.

    Nearly all of these, or numbers where it has numbers; and no names of their own.
    """
    if not set(columns) <= set(above.columns) or begins_with_names([row.cells for row in rows]):
        return False
    are_same = columns == above.columns
    if are_same and len(rows) == 1:
        return True
    filled = {
        column: [is_number(cell) for row in rows[:_ROWS_LOOKED_AT] if (cell := row.cells[place])]
        for place, column in enumerate(columns)
        if column in above.numbers
    }
    if not all(map(any, filter(None, filled.values()))):
        return False
    missing = len(above.columns) - len(columns)
    return any(filled.values()) or missing <= max(1, len(above.columns) // _FEW)
