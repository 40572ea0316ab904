"""OpenDocument spreadsheets (.ods): bounds, counted before a library makes tables of them.

What cells show around their numbers, and which are merged, is noted.
"""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

from rag.documents.formats.archive import Archive
from rag.documents.formats.markup import attribute, parse_xml
from rag.documents.formats.refusals import ODF_ENCRYPTED, file_limit, password_refused, too_long
from rag.documents.formats.sheet_notes import Place, SheetNotes, Shown, parse_shown
from rag.documents.formats.writer import collapse

_BYTES_FOR_CELL = 4
"""The sheets may have one cell, empty ones too, for so many bytes of text that are allowed."""
_ODS_TAG = re.compile(
    rb"<(/?)table:(table-row|table-cell|covered-table-cell|table)(?=[\s/>])([^<>]*)>"
)
_ODS_REPEATED = re.compile(rb'\stable:number-(?:rows|columns)-repeated="(\d{1,9})"')
_ODS_VALUE = b"office:value-type"


def check_ods(data: bytes, max_bytes: int) -> SheetNotes:
    """Refuse what unpacks to too much, or repeats rows and cells without measure."""
    archive = Archive(data, "a spreadsheet (.ods)", max_bytes)
    parts = archive.read_all()
    if any(sign in parts.get("META-INF/manifest.xml", b"") for sign in ODF_ENCRYPTED):
        raise password_refused()
    content = parts.get("content.xml", b"")
    sheets = _Ods()
    sheets.read(content)
    most = max_bytes // _BYTES_FOR_CELL
    if sheets.area > most:
        raise ValueError(
            f"its sheets take {sheets.area:,} cells; expected at most {most:,}; "
            "remove what stands far away from the rest, or split it into smaller files"
        )
    if sheets.repeated_bytes > file_limit(max_bytes):
        raise too_long(sheets.repeated_bytes, max_bytes)
    notes = SheetNotes()
    root = parse_xml(content, "content.xml", max_bytes)
    for table in root.iterfind("./{*}body/{*}spreadsheet/{*}table"):
        name = attribute(table, "name") or ""
        notes.formats[name], notes.merged[name] = {}, []
        for place, cell in _cells(table):
            _note(cell, place, notes.formats[name], notes.merged[name])
    return notes


def _cells(table: Any) -> Iterator[tuple[Place, Any]]:
    """Yield the cells of a sheet that have something, one that is repeated as often."""
    top = 0
    for row in table.iter("{*}table-row"):
        rows = range(top, top := top + _repeats(row, "rows"))
        left = 0
        for cell in row:
            columns = range(left, left := left + _repeats(cell, "columns"))
            if len(cell) or attribute(cell, "value-type"):
                yield from ((place, cell) for place in product(rows, columns))


def _repeats(element: Any, kind: str) -> int:
    return _number(element, f"number-{kind}-repeated")


def _number(element: Any, name: str) -> int:
    text = attribute(element, name) or ""
    return max(1, int(text)) if text.isdecimal() and len(text) < 10 else 1


def _note(
    cell: Any, place: Place, formats: dict[Place, Shown], merged: list[tuple[Place, Place]]
) -> None:
    rows, columns = (_number(cell, f"number-{kind}-spanned") for kind in ("rows", "columns"))
    if rows > 1 or columns > 1:
        merged.append((place, (place[0] + rows - 1, place[1] + columns - 1)))
    kind = attribute(cell, "value-type")
    if kind not in ("float", "percentage", "currency"):
        return
    try:
        value = float(attribute(cell, "value") or "")
    except ValueError:
        return
    shown = collapse(" ".join("".join(each.itertext()) for each in cell.iterfind("./{*}p")))
    form = parse_shown(shown, value)
    if form is None and kind == "percentage":
        form = Shown("", "%", is_percent=True)
    elif form is None and kind == "currency" and attribute(cell, "currency"):
        form = Shown("", f" {attribute(cell, 'currency')}")
    if form is not None:
        formats[place] = form


class _Ods:
    """The cells of all sheets: how many, empty ones before others too, and what is repeated."""

    def __init__(self) -> None:
        self.area = 0
        self.repeated_bytes = 0

    def read(self, content: bytes) -> None:
        rows = width = row_repeats = 0
        columns = used_columns = empty_rows = cell_start = cell_repeats = row_bytes = 0
        for match in _ODS_TAG.finditer(content):
            is_end, name, attributes = match.groups()
            is_alone = attributes.endswith(b"/")
            repeated = _ODS_REPEATED.search(attributes)
            times = max(1, int(repeated[1])) if repeated else 1
            if name == b"table":
                self.area += rows * width
                rows = width = empty_rows = 0
            elif name == b"table-row":
                if not is_end:
                    row_repeats, columns, used_columns, row_bytes = times, 0, 0, 0
                if is_end or is_alone:
                    empty_rows += row_repeats
                    if used_columns:
                        rows, empty_rows = rows + empty_rows, 0
                        width = max(width, used_columns)
                        self.repeated_bytes += row_bytes * row_repeats
            elif is_end:
                size = match.start() - cell_start
                row_bytes += size * (cell_repeats if cell_repeats > 1 or row_repeats > 1 else 0)
            else:
                columns += times
                cell_start, cell_repeats = match.end(), times
                if not is_alone or _ODS_VALUE in attributes:
                    used_columns = columns
        self.area += rows * width
