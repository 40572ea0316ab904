"""The tables of a sheet: where they begin and end, their titles, and what their columns are called.

Values to blocks; knows nothing of files.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rag.documents.formats.grid import has_numbers_below, is_list_of_values, names_columns
from rag.documents.formats.writer import DocumentWriter

_LETTERS = 26


class _Row(NamedTuple):
    """A row of a table with its number in the sheet, from 1."""

    number: int
    cells: list[str]


def write_tables(
    writer: DocumentWriter, rows: Sequence[list[str]], first_row: int, first_column: int
) -> None:
    """Write the tables of a sheet, which empty rows (or columns, beside each other) part.

    `first_row` and `first_column` are the places of the first of `rows` in the sheet, from 0.
    """
    tables = _Tables(writer, first_column)
    for part in _parts(rows, first_row):
        for columns in _groups(part):
            table = [_Row(row.number, [row.cells[place] for place in columns]) for row in part]
            writer.end_group()
            tables.write([row for row in table if any(row.cells)], columns)
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
    return groups if all(len(group) > 1 for group in groups) else [used]


class _Tables:
    """Writes tables; one without names goes on with those of the table above it."""

    def __init__(self, writer: DocumentWriter, first_column: int) -> None:
        self._writer = writer
        self._first_column = first_column
        self._above: tuple[list[int], list[str]] = ([], [])

    def write(self, rows: list[_Row], columns: list[int]) -> None:
        has_title = False
        while rows and _is_single(rows[0]) and (len(rows) == 1 or not all(map(_is_single, rows))):
            self._writer.paragraph(next(filter(None, rows.pop(0).cells)))
            has_title = True
        if is_list_of_values([row.cells for row in rows]):
            for row in rows:
                name = row.cells[0].removesuffix(":")
                self._writer.record([(name, row.cells[1])], number=row.number)
            return
        goes_on = not has_title and columns == self._above[0]
        if goes_on and not has_numbers_below(rows[0].cells, [row.cells for row in rows[1:]]):
            names = self._above[1]
        else:
            names, rows = _named(rows)
            self._above = (columns, names) if names else ([], [])
        letters = [column_letter(self._first_column + column) for column in columns]
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


def _is_single(row: _Row) -> bool:
    return sum(map(bool, row.cells)) == 1


def _named(rows: list[_Row]) -> tuple[list[str], list[_Row]]:
    """Return the names of the columns and the rows below them; no names where none are seen.

    Names over two rows, the upper ones over several columns each, become one.
    """
    cells = [row.cells for row in rows]
    if len(rows) < 2:
        return [], rows
    if len(cells[0]) == 1:
        is_named = has_numbers_below(cells[0], cells[1:])
    else:
        is_named = names_columns(cells[0], cells[1:])
    if not is_named:
        return [], rows
    names = cells[0]
    spans = any(name and name == other for name, other in zip(names, names[1:], strict=False))
    if spans and names_columns(cells[1], cells[2:]):
        both = zip(names, cells[1], strict=True)
        joined = [" ".join(dict.fromkeys(filter(None, pair))) for pair in both]
        return joined, rows[2:]
    return names, rows[1:]
