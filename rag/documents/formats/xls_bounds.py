"""How large the sheets of an old spreadsheet (.xls) are, counted before a library reads them.

Only where cells lie, how long the texts are, and what formats show around numbers is looked at.
"""

from collections.abc import Iterator
from struct import error as StructError
from struct import unpack_from

from rag.documents.formats.refusals import password_refused, too_long
from rag.documents.formats.sheet_notes import SheetNotes
from rag.documents.formats.xls_formats import formats_in
from rag.documents.formats.xls_records import DAMAGED, Container, continued, records

_BYTES_FOR_CELL = 4
"""The sheets may have one cell, empty ones too, for so many bytes of text that are allowed."""
_BOF, _TEXTS, _TEXT_CELL, _ENCRYPTED = 0x0809, 0x00FC, 0x00FD, 0x002F
_CELLS = frozenset((0x0006, 0x0203, 0x0204, 0x0205, 0x027E, 0x00D6, _TEXT_CELL))
_MANY_CELLS = 0x00BD
_RICH, _EXTENDED, _WIDE = 8, 4, 1


def check_xls(data: bytes, max_bytes: int) -> SheetNotes:
    """Refuse sheets that would take too much room, and files with a password."""
    try:
        streams = dict(Container(data).streams(("Workbook", "Book", "EncryptedPackage")))
        if "EncryptedPackage" in streams:
            raise password_refused()
        book = streams.get("Workbook") or streams.get("Book")
        if book is None:
            raise ValueError(DAMAGED)
        area, characters = _measure(book)
    except (StructError, IndexError):
        raise ValueError(DAMAGED) from None
    most = max_bytes // _BYTES_FOR_CELL
    if area > most:
        raise ValueError(
            f"its sheets take {area:,} cells; expected at most {most:,}; "
            "remove what stands far away from the rest, or split it into smaller files"
        )
    if characters > max_bytes:
        raise too_long(characters, max_bytes)
    return SheetNotes(formats=formats_in(book))


def _measure(book: bytes) -> tuple[int, int]:
    """Return how many cells all sheets take, and how many characters their texts have."""
    area = characters = 0
    lengths: list[int] = []
    corners: list[int] = []
    for kind, at, size in records(book):
        if kind == _ENCRYPTED:
            raise password_refused()
        if kind == _TEXTS:
            lengths = list(_text_lengths(continued(book, at, size)))
        elif kind == _BOF:
            area, corners = area + _area(corners), []
        elif (kind in _CELLS and size >= 4) or (kind == _MANY_CELLS and size >= 6):
            row, column = unpack_from("<HH", book, at)
            last = unpack_from("<H", book, at + size - 2)[0] if kind == _MANY_CELLS else column
            corners = _widened(corners, row, column, last)
            if kind == _TEXT_CELL and size >= 10:
                (index,) = unpack_from("<I", book, at + 6)
                characters += lengths[index] if index < len(lengths) else 0
    return area + _area(corners), characters


def _text_lengths(pieces: list[bytes]) -> Iterator[int]:
    """Yield how many characters each of the shared texts has."""
    piece, at = 0, 8
    while piece < len(pieces):
        if at >= len(pieces[piece]):
            piece, at = piece + 1, at - len(pieces[piece])
            continue
        length, flags = unpack_from("<HB", pieces[piece], at)
        at += 3
        skipped = 0
        if flags & _RICH:
            skipped += 4 * unpack_from("<H", pieces[piece], at)[0]
            at += 2
        if flags & _EXTENDED:
            skipped += unpack_from("<I", pieces[piece], at)[0]
            at += 4
        yield length
        left, width = length, 1 + (flags & _WIDE)
        while left > (room := max(0, (len(pieces[piece]) - at) // width)):
            left -= room
            piece += 1
            width, at = 1 + (pieces[piece][0] & _WIDE), 1
        at += left * width + skipped


def _widened(corners: list[int], row: int, left: int, right: int) -> list[int]:
    if not corners:
        return [row, left, row, right]
    top, first, bottom, last = corners
    return [min(top, row), min(first, left), max(bottom, row), max(last, right)]


def _area(corners: list[int]) -> int:
    if not corners:
        return 0
    top, left, bottom, right = corners
    return (bottom - top + 1) * max(0, right - left + 1)
