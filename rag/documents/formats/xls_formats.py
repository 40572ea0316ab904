"""What the formats of an old spreadsheet (.xls) show around its numbers: units, %, leading zeros.

Only BIFF8 (Excel 97 and later) is read: older books have none. What is damaged in a format only
adds nothing.
"""

from collections.abc import Iterator
from struct import unpack_from

from rag.documents.formats.sheet_notes import BUILT_IN, Place, Shown, parse_format
from rag.documents.formats.xls_records import records

_BOF, _EOF, _SHEET, _FORMAT, _STYLE = 0x0809, 0x000A, 0x0085, 0x041E, 0x00E0
_NUMBER, _PACKED, _FORMULA, _MANY_PACKED = 0x0203, 0x027E, 0x0006, 0x00BD
_BIFF8 = 0x0600
_PACKED_BYTES = 6
"""Of a style and a number in a record of several cells."""
_NO_NUMBER = 0xFFFF
"""At the end of a formula's value that is text, true, false or an error."""


def formats_in(book: bytes) -> dict[str, dict[Place, Shown]]:
    """Return by the name of each sheet what the formats of its cells show around numbers."""
    names: dict[int, str] = {}
    codes = dict(BUILT_IN)
    styles: list[int] = []
    for kind, at, size in records(book):
        if kind == _BOF and (size < 2 or unpack_from("<H", book, at)[0] != _BIFF8):
            return {}
        if kind == _EOF:
            break
        if kind == _SHEET and size >= 8:
            (start,) = unpack_from("<I", book, at)
            names[start] = _text(book[at + 6], book[at + 7 : at + size])
        elif kind == _FORMAT and size >= 5:
            number, length = unpack_from("<HH", book, at)
            codes[number] = _text(length, book[at + 4 : at + size])
        elif kind == _STYLE:
            styles.append(unpack_from("<H", book, at + 2)[0] if size >= 4 else 0)
    parsed = {number: parse_format(code) for number, code in codes.items()}
    forms = {place: form for place, each in enumerate(styles) if (form := parsed.get(each))}
    return _of_sheets(book, names, forms) if forms else {}


def _of_sheets(
    book: bytes, names: dict[int, str], forms: dict[int, Shown]
) -> dict[str, dict[Place, Shown]]:
    found: dict[str, dict[Place, Shown]] = {}
    cells: dict[Place, Shown] = {}
    for kind, at, size in records(book):
        if kind == _BOF:  # the record's own start, four bytes before, is what a sheet is named by
            name = names.get(at - 4)
            cells = {} if name is None else found.setdefault(name, {})
        for place, style in _numbers(book, kind, at, size):
            if style in forms:
                cells[place] = forms[style]
    return found


def _numbers(book: bytes, kind: int, at: int, size: int) -> Iterator[tuple[Place, int]]:
    """Yield (place, style) of the numbers in a record."""
    if kind == _MANY_PACKED:
        row, first = unpack_from("<HH", book, at) if size >= 4 else (0, 0)
        for step in range((size - 4) // _PACKED_BYTES):
            yield (row, first + step), unpack_from("<H", book, at + 4 + step * _PACKED_BYTES)[0]
    elif kind in (_NUMBER, _PACKED, _FORMULA) and size >= 10:
        if kind != _FORMULA or size < 14 or unpack_from("<H", book, at + 12)[0] != _NO_NUMBER:
            row, column, style = unpack_from("<HHH", book, at)
            yield (row, column), style


def _text(length: int, data: bytes) -> str:
    """Return a text of `length` characters: a byte that says how wide they are, then these."""
    if data[0] & 1:
        return data[1 : 1 + 2 * length].decode("utf-16-le", "replace")
    return data[1 : 1 + length].decode("latin-1")
