"""Rows and cells of delimited text (CSV, TSV), however its quotation marks are used.

A cell in quotation marks may hold delimiters, line breaks and, doubled, quotation marks, or escaped
by a backslash where a file does it so. A mark that opens a cell and is not closed before the next
delimiter or line break is a character like any other, so that no row after it is lost. Every step
is linear in the text. Knows nothing of what the cells say.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_ROWS = 100
_LINE_END = re.compile(r"\r\n|\n|\r")
_ESCAPE = re.compile(r'\\([\\"])')
_TIGHT_COMMA = re.compile(r",(?=\S)")
_LONGEST_NUMBER = 40
_NUMBER_WITH_COMMA = re.compile(
    r"\s*(?:[$€£¥]|[A-Z]{3})?\s?[-+−(]?[$€£¥]?"
    r"(?:\d+(?:[.'’\s]\d{3})*,\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?)"
    r"\s?\)?[-+]?\s?(?:[%‰°$€£¥]|[A-Za-z]{1,3})?\s*"
)


class Row(NamedTuple):
    """A row: the line on which it begins, from 1, and its cells as they stand there.

    `has_stray_quote` says that a cell opens with a quotation mark that nothing closes.
    """

    line: int
    cells: list[str]
    has_stray_quote: bool = False


def rows_of(text: str, delimiter: str) -> Iterator[Row]:
    """Yield the rows, empty ones too."""
    cell = _Cells(text, delimiter)
    position, line = 0, 1
    while position < len(text):
        end = _LINE_END.search(text, position)
        stop = end.start() if end else len(text)
        if text.find('"', position, stop) < 0:
            yield Row(line, text[position:stop].split(delimiter))
            position, line = end.end() if end else stop, line + 1
        else:
            cells, is_stray, after = cell.of_row(position)
            yield Row(line, cells, is_stray)
            line += len(_LINE_END.findall(text, position, after))
            position = after


def delimiter_of(text: str) -> str:
    """Return what parts the cells: that with which most rows have equally many, more than one.

    Of equals that between which numbers have commas (1,5;2,5), then that which is rarely followed
    by a space, then that of which there are more.
    """
    return max(DELIMITERS, key=lambda delimiter: _fitness(text, delimiter))  # of equals the first


def _fitness(text: str, delimiter: str) -> tuple[float, bool, bool, int]:
    rows = [row.cells for row in islice(rows_of(text, delimiter), _SAMPLE_ROWS)]
    widths = Counter(len(cells) for cells in rows if any(cell.strip() for cell in cells))
    wide = [(count, width) for width, count in widths.items() if width > 1]
    if not wide:
        return 0.0, False, False, 0
    count, width = max(wide)
    inner = [cell for cells in rows for cell in cells[1:] if cell]
    spaced = sum(cell[0] == " " for cell in inner)
    return count / widths.total(), _parts_numbers(rows), 2 * spaced <= len(inner), width


def _parts_numbers(rows: list[list[str]]) -> bool:
    """Tell whether the commas in cells are mostly those of numbers; not those before a space."""
    tight = [cell for cells in rows for cell in cells if _TIGHT_COMMA.search(cell)]
    numbers = sum(
        len(cell) <= _LONGEST_NUMBER and _NUMBER_WITH_COMMA.fullmatch(cell) is not None
        for cell in tight
    )
    return 2 * numbers > len(tight)


class _Cells:
    """Finds the cells of rows that have quotation marks."""

    def __init__(self, text: str, delimiter: str) -> None:
        self._text = text
        self._delimiter = delimiter
        mark = re.escape(delimiter)
        end = rf"(?=[ ]*+(?:{mark}|[\r\n]|\Z))"
        doubled = re.compile(rf'[ ]*+"((?:[^"]++|"")*+)"{end}[ ]*+')
        escaped = re.compile(rf'[ ]*+"((?:[^"\\]++|""|\\.)*+)"{end}[ ]*+', re.DOTALL)
        self._plain = re.compile(rf"[^{mark}\r\n]*+")
        self._escapes = re.search(rf'\\"[^{mark}"\r\n]', text) is not None
        self._quoted = (escaped, doubled) if self._escapes else (doubled,)

    def of_row(self, position: int) -> tuple[list[str], bool, int]:
        """Return the cells of the row at `position`, whether a mark is stray, and the next row."""
        cells: list[str] = []
        is_stray = False
        while True:
            cell, stray, position = self._cell(position)
            cells.append(cell)
            is_stray = is_stray or stray
            if not self._text.startswith(self._delimiter, position):
                end = _LINE_END.match(self._text, position)
                return cells, is_stray, end.end() if end else position
            position += len(self._delimiter)

    def _cell(self, position: int) -> tuple[str, bool, int]:
        for pattern in self._quoted:
            if match := pattern.match(self._text, position):
                own = match[1].replace('""', '"')
                return _ESCAPE.sub(r"\1", own) if self._escapes else own, False, match.end()
        match = self._plain.match(self._text, position)
        own = match[0] if match else ""
        return own, own.lstrip(" ").startswith('"'), position + len(own)
