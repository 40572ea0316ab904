"""How large the sheets of a spreadsheet are, counted before a library makes tables of them.

A few hundred bytes can claim 1,048,576 rows of 16,384 cells, or one text a million times. On the
way, what the formats of cells show around numbers is noted.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from rag.documents.formats.archive import Archive
from rag.documents.formats.markup import attribute, child_at, parse_xml
from rag.documents.formats.refusals import too_long
from rag.documents.formats.sheet_notes import BUILT_IN, SheetNotes, Shown, parse_format

_BYTES_FOR_CELL = 4
"""A sheet may have one cell, empty ones too, for so many bytes of text that are allowed."""
_TAG = re.compile(
    rb"<(?:\w{1,20}:)?(row|c)\b([^<>]*)>"
    rb"(?:\s*<(?:\w{1,20}:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w{1,20}:)?f>))?"  # the formula of a value
    rb"(?:\s*<(?:\w{1,20}:)?v\b[^<>]*>([^<]{0,40})<)?"
)
_REFERENCE = re.compile(rb'\sr="([A-Z]{0,3})(\d{1,7})"')
_STYLE = re.compile(rb'\ss="(\d{1,6})"')
_SHARED = re.compile(rb'\st="s"')
_SHARED_TEXT = re.compile(rb"<(/?)(?:\w{1,20}:)?(si|t)\b[^<>]*?(/?)>([^<]*)")
_NO_VALUE = (b"</f></c>", b"</f><v></v></c>", b"</f><v/></c>", b"</f><v /></c>")


def check_xlsx(data: bytes, max_bytes: int) -> SheetNotes:
    """Refuse what unpacks to too much; return what is known of the sheets, and which to leave."""
    archive = Archive(data, "a spreadsheet (.xlsx)", max_bytes)
    parts = archive.read_all()
    texts = _text_lengths(parts.get("xl/sharedStrings.xml", b""))
    forms = _formats(parts.get("xl/styles.xml", b""), max_bytes)
    names = dict(_sheet_names(parts, max_bytes))
    notes = SheetNotes()
    most = max_bytes // _BYTES_FOR_CELL
    without_value = 0
    for place, part in parts.items():
        if b"sheetData" not in part:
            continue
        name = names.get(place, "")
        sheet = _Xlsx(texts, forms)
        sheet.read(part)
        if sheet.text_bytes > max_bytes:
            raise too_long(sheet.text_bytes, max_bytes)
        if sheet.area > most:
            notes.too_wide.add(name)
            notes.warnings.append(
                f"the sheet {name} was left out: its cells lie over {sheet.area:,} places; "
                f"expected at most {most:,}; remove what stands far away from the rest"
            )
        notes.formats[name] = sheet.formats
        without_value += sum(map(part.count, _NO_VALUE))
    if without_value:
        notes.warnings.append(
            f"{without_value:,} formulas have no values; open it in a spreadsheet program and save"
        )
    return notes


class _Xlsx:
    """The cells of a sheet that have something: where they lie, how much text they have."""

    def __init__(self, texts: list[int], forms: dict[int, Shown]) -> None:
        self._texts = texts
        self._forms = forms
        self.text_bytes = 0
        self.formats: dict[tuple[int, int], Shown] = {}
        self._rows: list[int] = []
        self._columns: list[int] = []

    @property
    def area(self) -> int:
        """How many cells the smallest rectangle around them has."""
        if not self._rows:
            return 0
        rows, columns = self._rows, self._columns
        return (rows[1] - rows[0] + 1) * (columns[1] - columns[0] + 1)

    def read(self, part: bytes) -> None:
        row, column = -1, -1
        for match in _TAG.finditer(part):
            attributes = match[2]
            reference = _REFERENCE.search(b" " + attributes)
            if match[1] == b"row":
                row, column = (int(reference[2]) - 1 if reference else row + 1), -1
                continue
            if reference and reference[1]:
                row, column = int(reference[2]) - 1, _column(reference[1])
            else:
                column += 1
            if not attributes.endswith(b"/"):
                self._add(row, column, attributes, match[3])

    def _add(self, row: int, column: int, attributes: bytes, value: bytes | None) -> None:
        self._rows = _widened(self._rows, row)
        self._columns = _widened(self._columns, column)
        if value is None:
            return
        if _SHARED.search(attributes):
            index = int(value) if value.isdigit() else len(self._texts)
            self.text_bytes += self._texts[index] if index < len(self._texts) else 0
        elif self._forms:
            style = _STYLE.search(attributes)
            form = self._forms.get(int(style[1])) if style else None
            if form is not None:
                self.formats[row, column] = form


def _widened(ends: list[int], place: int) -> list[int]:
    if not ends:
        return [place, place]
    if place < ends[0]:
        ends[0] = place
    elif place > ends[1]:
        ends[1] = place
    return ends


def _column(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - ord("A") + 1
    return place - 1


def _text_lengths(shared: bytes) -> list[int]:
    """Return how many bytes each of the shared texts has."""
    lengths: list[int] = []
    for match in _SHARED_TEXT.finditer(shared):
        is_end, name, is_empty, text = match.groups()
        if name == b"si" and not is_end:
            lengths.append(0)
        elif name == b"t" and not is_end and not is_empty and lengths:
            lengths[-1] += len(text)
    return lengths


def _formats(styles: bytes, max_bytes: int) -> dict[int, Shown]:
    """Return what the cells' styles show around numbers, by the number of the style."""
    root = _parsed(styles, "xl/styles.xml", max_bytes)
    if root is None:
        return {}
    codes = dict(BUILT_IN)
    for element in root.iter("{*}numFmt"):
        codes[_number(attribute(element, "numFmtId"))] = attribute(element, "formatCode") or ""
    found = {}
    used = child_at(root, "cellXfs")
    for number, element in enumerate(() if used is None else used):
        form = parse_format(codes.get(_number(attribute(element, "numFmtId")), ""))
        if form is not None:
            found[number] = form
    return found


def _sheet_names(parts: dict[str, bytes], max_bytes: int) -> Iterator[tuple[str, str]]:
    """Yield (place of a sheet's part, name of the sheet)."""
    book = _parsed(parts.get("xl/workbook.xml", b""), "xl/workbook.xml", max_bytes)
    place = "xl/_rels/workbook.xml.rels"
    relations = _parsed(parts.get(place, b""), place, max_bytes)
    if book is None or relations is None:
        return
    targets = {attribute(each, "Id"): attribute(each, "Target") or "" for each in relations}
    for sheet in book.iter("{*}sheet"):
        identity = next((v for k, v in sheet.attrib.items() if k.endswith("}id")), "")
        target = posixpath.normpath(posixpath.join("/xl", targets.get(identity, "")))
        yield target.lstrip("/"), attribute(sheet, "name") or ""


def _parsed(part: bytes, name: str, max_bytes: int) -> Any:
    """Return the root of a part that only adds to what is known; None if it is damaged."""
    try:
        return parse_xml(part, name, max_bytes) if part else None
    except ValueError:
        return None


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else -1
