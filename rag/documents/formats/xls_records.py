"""The records of an old spreadsheet (.xls), and the container that they lie in.

The file is a container of streams (Microsoft's MS-CFB), one of which is a list of records (BIFF,
MS-XLS). Knows nothing of what the records say.
"""

from collections.abc import Iterator, Sequence
from struct import unpack_from

_LARGEST_SECTOR = 0xFFFFFFF9
"""Numbers above end a chain of sectors."""
_ENTRY_BYTES = 128
_SMALL_STREAM = 4096
_ROOT = "Root Entry"
_CONTINUE = 0x003C
DAMAGED = "it is damaged, or not a spreadsheet (.xls); save it as .xlsx"


class Container:
    """A compound file: sectors in chains, which are streams with names."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        shift, small_shift = unpack_from("<HH", data, 0x1E)
        if shift not in (9, 12) or small_shift != 6:
            raise ValueError(DAMAGED)
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


def records(book: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (kind, where it begins, size in bytes) of each record."""
    at = 0
    while at + 4 <= len(book):
        kind, size = unpack_from("<HH", book, at)
        if at + 4 + size > len(book):
            return
        yield kind, at + 4, size
        at += 4 + size


def continued(book: bytes, at: int, size: int) -> list[bytes]:
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
