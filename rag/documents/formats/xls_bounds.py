"""How large the sheets of an old spreadsheet (.xls) are, counted before a library reads them.

The file is a container of streams (Microsoft's MS-CFB), one of which is a list of records (BIFF,
MS-XLS): only where cells lie, and how long the texts are, is looked at.
"""

from collections.abc import Iterator, Sequence
from struct import error as StructError
from struct import unpack_from

from rag.documents.formats.refusals import password_refused, too_long
from rag.documents.formats.sheet_notes import SheetNotes

_BYTES_FOR_CELL = 4
"""The sheets may have one cell, empty ones too, for so many bytes of text that are allowed."""
_LARGEST_SECTOR = 0xFFFFFFF9
"""Numbers above end a chain of sectors."""
_ENTRY_BYTES = 128
_SMALL_STREAM = 4096
_ROOT = "Root Entry"
_BOF, _TEXTS, _CONTINUE, _TEXT_CELL, _ENCRYPTED = 0x0809, 0x00FC, 0x003C, 0x00FD, 0x002F
_CELLS = frozenset((0x0006, 0x0203, 0x0204, 0x0205, 0x027E, 0x00D6, _TEXT_CELL))
_MANY_CELLS = 0x00BD
_RICH, _EXTENDED, _WIDE = 8, 4, 1
_DAMAGED = "it is damaged, or not a spreadsheet (.xls); save it as .xlsx"


def check_xls(data: bytes, max_bytes: int) -> SheetNotes:
    """Refuse sheets that would take too much room, and files with a password."""
    try:
        streams = dict(_Container(data).streams(("Workbook", "Book", "EncryptedPackage")))
        if "EncryptedPackage" in streams:
            raise password_refused()
        book = streams.get("Workbook") or streams.get("Book")
        if book is None:
            raise ValueError(_DAMAGED)
        area, characters = _measure(book)
    except (StructError, IndexError):
        raise ValueError(_DAMAGED) from None
    most = max_bytes // _BYTES_FOR_CELL
    if area > most:
        raise ValueError(
            f"its sheets take {area:,} cells; expected at most {most:,}; "
            "remove what stands far away from the rest, or split it into smaller files"
        )
    if characters > max_bytes:
        raise too_long(characters, max_bytes)
    return SheetNotes()


class _Container:
    """A compound file: sectors in chains, which are streams with names."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        shift, small_shift = unpack_from("<HH", data, 0x1E)
        if shift not in (9, 12) or small_shift != 6:
            raise ValueError(_DAMAGED)
        self._shift = shift
        self._next = self._table(self._table_sectors())
        (directory,) = unpack_from("<I", data, 0x30)
        (small,) = unpack_from("<I", data, 0x3C)
        self._small_next = self._table(self._chain(small, self._next))
        entries = b"".join(map(self._sector, self._chain(directory, self._next)))
        self._entries = dict(_entries(entries))

    def streams(self, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the streams that have one of these names."""
        root = self._entries.get(_ROOT, (_LARGEST_SECTOR + 1, 0))[0]
        for name in names:
            if name in self._entries:
                start, size = self._entries[name]
                if size >= _SMALL_STREAM:
                    yield name, b"".join(map(self._sector, self._chain(start, self._next)))[:size]
                else:
                    inside = b"".join(map(self._sector, self._chain(root, self._next)))
                    places = self._chain(start, self._small_next)
                    yield name, b"".join(inside[at << 6 : (at + 1) << 6] for at in places)[:size]

    def _sector(self, number: int) -> bytes:
        start = (number + 1) << self._shift
        return self._data[start : start + (1 << self._shift)]

    def _table_sectors(self) -> list[int]:
        """Return the sectors that hold the table of which sector follows which."""
        sectors = list(unpack_from("<109I", self._data, 0x4C))
        further, seen = unpack_from("<I", self._data, 0x44)[0], 0
        per_sector = (1 << self._shift) // 4
        while further <= _LARGEST_SECTOR and seen <= len(self._data) >> self._shift:
            numbers = unpack_from(f"<{per_sector}I", self._sector(further))
            sectors += numbers[:-1]
            further, seen = numbers[-1], seen + 1
        return [sector for sector in sectors if sector <= _LARGEST_SECTOR]

    def _table(self, sectors: Sequence[int]) -> Sequence[int]:
        most = (len(self._data) >> self._shift) + 1
        joined = b"".join(map(self._sector, sectors[:most]))
        return unpack_from(f"<{len(joined) // 4}I", joined)

    def _chain(self, start: int, following: Sequence[int]) -> list[int]:
        """Return the sectors from `start` on; a chain that never ends is cut."""
        chain: list[int] = []
        while start < len(following) and len(chain) < len(following):
            chain.append(start)
            start = following[start]
        return chain


def _entries(directory: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the name of each stream with its first sector and its size in bytes."""
    for at in range(0, len(directory) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
        (length,) = unpack_from("<H", directory, at + 64)
        start, size = unpack_from("<II", directory, at + 116)
        name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        if name:
            yield name, (start, size)


def _measure(book: bytes) -> tuple[int, int]:
    """Return how many cells all sheets take, and how many characters their texts have."""
    area = characters = 0
    lengths: list[int] = []
    corners: list[int] = []
    for kind, at, size in _records(book):
        if kind == _ENCRYPTED:
            raise password_refused()
        if kind == _TEXTS:
            lengths = list(_text_lengths(_continued(book, at, size)))
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


def _records(book: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (kind, where it begins, size in bytes) of each record."""
    at = 0
    while at + 4 <= len(book):
        kind, size = unpack_from("<HH", book, at)
        if at + 4 + size > len(book):
            return
        yield kind, at + 4, size
        at += 4 + size


def _continued(book: bytes, at: int, size: int) -> list[bytes]:
    """Return the pieces of a record that goes on in the records after it."""
    pieces = [book[at : at + size]]
    at += size
    while at + 4 <= len(book):
        kind, size = unpack_from("<HH", book, at)
        if kind != _CONTINUE:
            break
        pieces.append(book[at + 4 : at + 4 + size])
        at += 4 + size
    return pieces


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
