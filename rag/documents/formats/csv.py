"""Tables as text (CSV, TSV): each row a line, "column: value; column: value".

Values are as the file has them: what must not run in a spreadsheet is the business of whoever
writes one (`rag.evaluation.report`).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from rag.documents.formats.delimited import Row, delimiter_of, rows_of
from rag.documents.formats.encodings import decode_text
from rag.documents.formats.grid import begins_with_names, has_numbers_below, is_list_of_values
from rag.documents.formats.writer import DocumentWriter, Extracted, collapse

_SEPARATOR_LINE = re.compile(r"\"?sep=(.)\"?[ ]*(?:\r\n|\n|\r|\Z)", re.IGNORECASE)
"""A first line by which Excel is told the delimiter."""
_SAMPLE_ROWS = 200
_MOST_LINES = 5
"""Of text above a table."""
_MOSTLY = 0.8
_LONGEST_SHAPE = 60
_NUMBER = re.compile(r"[-+(]*[$€£]?\s?[-+]?\d[\d.,'’\s]*\)?\s?(?:[%‰°€$£]|[A-Za-z]{1,3})?")
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]+")


class _Row(NamedTuple):
    """A row with its number in the file, from 1."""

    number: int
    cells: list[str]


def extract_csv(data: bytes, max_bytes: int) -> Extracted:
    """Return a table whose delimiter is that which its first line names, or fits its rows best."""
    text = decode_text(data)
    if named := _SEPARATOR_LINE.match(text):
        return _extract(text[named.end() :], named[1], max_bytes)
    return _extract(text, delimiter_of(text), max_bytes)


def extract_tsv(data: bytes, max_bytes: int) -> Extracted:
    """Return a table that is delimited by tabs."""
    return _extract(decode_text(data), "\t", max_bytes)


def _extract(text: str, delimiter: str, max_bytes: int) -> Extracted:
    writer = DocumentWriter(max_bytes)
    tables = list(_tables(rows_of(text, delimiter)))
    for place, table in enumerate(tables):
        is_preamble = place + 1 < len(tables) and _is_preamble([row.cells for row in table])
        titles = len(table) if is_preamble else _title_rows([row.cells for row in table])
        for row in table[:titles]:
            writer.paragraph(row.cells[0])
        writer.end_group()
        if not is_preamble:
            _write_table(writer, table[titles:], is_one_of_many=len(tables) > 1)
    return writer.result()


def _tables(rows: Iterable[Row]) -> Iterator[list[_Row]]:
    """Yield the rows of each table, without empty rows; one of these may part it from the next."""
    table: list[_Row] = []
    numbered = (
        _Row(number, [collapse(cell) for cell in row.cells])
        for number, row in enumerate(rows, start=1)
    )
    for is_filled, run in groupby(numbered, key=lambda row: any(row.cells)):
        if is_filled:
            part = list(run)
            if table and _begins_table(part):
                yield table
                table = []
            table += part
    if table:
        yield table


def _begins_table(part: Sequence[_Row]) -> bool:
    """Tell whether rows after an empty one have a title, or names of their columns."""
    sample = [row.cells for row in part[: _SAMPLE_ROWS + 1]]
    if _title_rows(sample):
        return True
    width = max(place for cells in sample for place, cell in enumerate(cells) if cell) + 1
    names = [cell for cell in sample[0][:width] if any(map(str.isalpha, cell))]
    return len(names) == width and begins_with_names(sample)


def _write_table(writer: DocumentWriter, rows: Sequence[_Row], *, is_one_of_many: bool) -> None:
    sample = [row.cells for row in rows[: _SAMPLE_ROWS + 1]]
    if len(rows) == 1:  # it names nothing
        writer.paragraph("; ".join(filter(None, rows[0].cells)))
        return
    if is_one_of_many and is_list_of_values([list(filter(None, cells)) for cells in sample]):
        for row in rows:
            name, value = filter(None, row.cells)
            writer.record([(name.removesuffix(":"), value)], number=row.number)
        return
    has_header = bool(rows) and _is_header(sample[0], sample[1:])
    columns = rows[0].cells if has_header else []
    is_list = not has_header and all(len(cells) == 1 for cells in sample)
    for row in rows[has_header:]:
        names = [""] if is_list else _names(columns, len(row.cells))
        writer.record(list(zip(names, row.cells, strict=False)), number=row.number)


def _names(columns: Sequence[str], width: int) -> list[str]:
    names = [name or f"column {place}" for place, name in enumerate(columns[:width], start=1)]
    return names + [f"column {place}" for place in range(len(names) + 1, width + 1)]


def _title_rows(rows: Sequence[Sequence[str]]) -> int:
    """Return how many rows at the top have a first cell alone, above a table that is wider."""
    filled = [sum(map(bool, cells)) for cells in rows[:_SAMPLE_ROWS]]
    count = 0
    while count < len(filled) and filled[count] == 1 and rows[count][0]:
        count += 1
    below = Counter(filled[count:])
    is_wide = bool(below) and below.most_common(1)[0][0] > 1
    return count if is_wide and len(filled) > count + 1 else 0


def _is_preamble(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether rows above another table are a few lines of text: a first cell alone in each."""
    if len(rows) > _MOST_LINES or not all(cells[0] and not any(cells[1:]) for cells in rows):
        return False
    return not has_numbers_below(rows[0][:1], rows[1:])


def _is_header(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first row names the columns of the others, by what is unlike in them.

    A name of a column is not of the column's kind: "Salary" above numbers. Where the first row has
    what the columns have, a number above numbers, it is a row like the others. Years in a row are
    names. Where all is words it is a header, as nearly every table has one, unless a word of it
    comes again below; a single column needs a reason.
    """
    unlike = alike = 0
    years = [bool(_YEAR.fullmatch(cell)) for cell in first]
    for place, name in enumerate(first):
        below = [cells[place] for cells in rows if len(cells) > place and cells[place]]
        if not name or not below or (years[place] and sum(years) > 1 and not _are_years(below)):
            continue
        shape_of, shape = _common_shape(below)
        if shape:
            unlike += shape_of(name) != shape
            alike += shape_of(name) == shape
        elif not any(map(_shape, [name, *below])):
            alike += name in below and list(first) not in rows
            unlike += name[0].islower() and all(cell[0].isupper() for cell in below)
    is_single = max(map(len, rows), default=0) <= 1 and len(first) == 1
    return unlike > alike or (unlike == alike and not (is_single and not unlike))


def _are_years(cells: Sequence[str]) -> bool:
    return sum(_YEAR.fullmatch(cell) is not None for cell in cells) >= _MOSTLY * len(cells)


def _common_shape(cells: Sequence[str]) -> tuple[Callable[[str], str], str]:
    """Return what nearly all cells look like, and how that is told; empty for words and mixtures.

    Letters count if they are everywhere the same: "col7" does not name a column of "v7", "v8".
    """
    for shape_of in (_spelled_shape, _shape):
        shape, count = Counter(map(shape_of, cells)).most_common(1)[0]
        if shape and count >= _MOSTLY * len(cells):
            return shape_of, shape
    return _shape, ""


def _spelled_shape(cell: str) -> str:
    """Return what a cell looks like with its letters: "9" for numbers, "v9", "9-9-9 h"."""
    cell = cell[:_LONGEST_SHAPE]
    if "@" in cell and " " not in cell.strip():
        return "@"
    if not any(map(str.isdigit, cell)):
        return ""
    return "9" if _NUMBER.fullmatch(cell) else _DIGITS.sub("9", cell)


def _shape(cell: str) -> str:
    """Return what a cell looks like with "A" for letters; empty for words."""
    return _LETTERS.sub("A", _spelled_shape(cell))
