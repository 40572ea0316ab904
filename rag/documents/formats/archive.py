"""Reading parts of a zip file (Word documents, EPUB books) from memory, never onto the disk.

What is unpacked is counted while it is read, so that a small file cannot become a large one.
"""

import zipfile
import zlib
from io import BytesIO
from unicodedata import normalize

from rag.documents.formats.refusals import doctype_refused, file_limit, too_large

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)
_CHUNK_BYTES = 1 << 20
_DOCTYPE = b"<!DOCTYPE"


class DamagedPart(ValueError):
    """A part of an archive that cannot be unpacked, while others may be."""


class Archive:
    """An open zip file. Raises `ValueError` for a damaged one, and for one that unpacks to much.

    `what` is what the file should be, for the refusal; `max_bytes` the limit of text.
    """

    def __init__(self, data: bytes, what: str, max_bytes: int) -> None:
        self._what = what
        self._max_bytes = max_bytes
        self._left = file_limit(max_bytes)
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
            self._names = {name.replace("\\", "/"): name for name in self._zip.namelist()}
            self._alike = {_folded(name): name for name in reversed(self._names)}
        except _DAMAGED:
            raise self._damaged("it cannot be unpacked") from None

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def names(self) -> list[str]:
        """Return the names of all parts."""
        return list(self._names)

    def find(self, place: str) -> str | None:
        """Return the name of the part that a reference means; None if there is none.

        It may differ in case or in how accents are written, have backslashes or a query (?x=1), or
        begin at the root of the archive.
        """
        place = place.replace("\\", "/").removeprefix("/")
        if place in self._names:
            return place
        path = place.partition("?")[0]
        return self._alike.get(_folded(place)) or self._alike.get(_folded(path))

    def read(self, name: str) -> bytes:
        """Return a part; its name only ever finds parts of the archive."""
        return b"".join(self._chunks(name))

    def names_below(self, folder: str) -> list[str]:
        """Return the names of the parts in a folder and its folders, sorted."""
        return sorted(name for name in self._names if name.startswith(f"{folder}/"))

    def read_all(self) -> dict[str, bytes]:
        """Return all parts by their names."""
        return {name: self.read(name) for name in self._names}

    def check(self) -> None:
        """Unpack everything once and keep nothing: what a library unpacks itself is bounded then.

        Raises `ValueError` as `read` does, and for XML with a document type, as `parse_xml`.
        """
        for name in self._names:
            start = b"".join(self._chunks(name, kept=1))
            if name.endswith((".xml", ".rels")) and _DOCTYPE in start.replace(b"\0", b"").upper():
                raise doctype_refused(name)

    def _chunks(self, name: str, kept: int | None = None) -> list[bytes]:
        """Return the pieces of a part, or the first `kept` of them when all were counted."""
        if name not in self._names:
            raise self._damaged(f"the part {name!r} is missing")
        parts: list[bytes] = []
        try:
            with self._zip.open(self._names[name]) as stream:
                while self._left >= 0 and (chunk := stream.read(_CHUNK_BYTES)):
                    self._left -= len(chunk)
                    if kept is None or len(parts) < kept:
                        parts.append(chunk)
        except RuntimeError as error:  # NotImplementedError is one too: an unknown compression
            if isinstance(error, NotImplementedError):
                raise self._damaged(f"the part {name!r} cannot be unpacked") from None
            raise ValueError("it is encrypted; save it without a password") from None
        except _DAMAGED:
            raise self._damaged(f"the part {name!r} cannot be unpacked") from None
        if self._left < 0:
            raise too_large("it unpacks to more", file_limit(self._max_bytes))
        return parts

    def _damaged(self, reason: str) -> DamagedPart:
        return DamagedPart(f"it is damaged, or not {self._what}: {reason}; save it again")


def _folded(name: str) -> str:
    """Return what names have in common that differ in case and in how accents are written."""
    return normalize("NFC", normalize("NFC", name).casefold())
