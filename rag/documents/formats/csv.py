"""Tables as text (CSV, TSV): each row a paragraph, "column: value; column: value".

The first row names the columns. So that a row which was copied into a spreadsheet is never run
there, a cell that would be a formula gets an apostrophe, as `rag.evaluation.report` does it.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from io import StringIO

from rag.documents.formats.plain import extract_text
from rag.documents.formats.writer import DocumentWriter, Extracted, collapse

_DELIMITERS = (",", ";", "\t", "|")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_FORMULA_STARTS = ("=", "+", "-", "@")
_HARMLESS = re.compile(r"[+-]?\s?\d[\d\s.,:/()]*(?:[%°€$£]\s?)?[A-Za-z]{0,3}|[+-]+")
"""Numbers, telephone numbers and dashes that stand for nothing."""


def extract_csv(data: bytes, max_bytes: int) -> Extracted:
    """Return a table whose delimiter is the one that its first line has most of."""
    text = extract_text(data, max_bytes).text
    return _extract(text, _delimiter(text), max_bytes)


def extract_tsv(data: bytes, max_bytes: int) -> Extracted:
    """Return a table that is delimited by tabs."""
    text = extract_text(data, max_bytes).text
    return _extract(text, "\t", max_bytes)


def _delimiter(text: str) -> str:
    first_line = _QUOTED.sub("", next(StringIO(text), ""))
    return max(_DELIMITERS, key=first_line.count)  # of equals the first


def _extract(text: str, delimiter: str, max_bytes: int) -> Extracted:
    blocks = DocumentWriter(max_bytes)
    rows = _rows(text, delimiter)
    columns = next(rows, [])
    empty = True
    for row in rows:
        blocks.record(_fields(columns, row))
        empty = False
    if empty:  # the only row names nothing
        blocks.paragraph("; ".join(filter(None, columns)))
    return blocks.result()


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    """Yield the rows that have a cell with text, their cells neutralised."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            cells = [_neutralised(collapse(cell)) for cell in row]
            if any(cells):
                yield cells
    except csv.Error as error:
        raise ValueError(
            f"line {reader.line_num:,} is not a row of a table ({error}); "
            "look for a quotation mark that is not closed"
        ) from None


def _fields(columns: Sequence[str], row: Sequence[str]) -> list[tuple[str, str]]:
    names = [*columns, *[""] * len(row)]
    return [(names[place] or f"column {place + 1}", cell) for place, cell in enumerate(row)]


def _neutralised(cell: str) -> str:
    if cell.startswith(_FORMULA_STARTS) and not _HARMLESS.fullmatch(cell):
        return f"'{cell}"
    return cell
