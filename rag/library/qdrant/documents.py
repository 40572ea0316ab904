"""Single documents of a shared library: what their points say, their texts and structures.

Texts and structures are kept in memory by their version, which never changes; whether somebody may
read a document, and which version counts, is asked every time, but within a snapshot.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from threading import Lock, local
from typing import Any

from rag.errors import LibraryError
from rag.library.block_store import StoredBlocks, decode_blocks, put_blocks
from rag.library.qdrant.engine import Reader
from rag.library.qdrant.points import STRUCTURE, TEXT
from rag.library.qdrant.scope import has_id, one_of

_KEPT_CHARACTERS = 50_000_000
"""Texts and structures that are kept in memory, those used last."""
_BLOCKS_TABLE = """
CREATE TABLE blocks (document_id, parent, start, number, kind, level, block,
PRIMARY KEY (document_id, parent, start, number)) WITHOUT ROWID
"""


class Documents:
    """The documents that a reader may read. May be used by several threads."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._kept = _Kept()
        self._memory = local()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let each document that is read inside, by this thread, be of one version."""
        outer = getattr(self._memory, "documents", None)
        self._memory.documents = {} if outer is None else outer
        try:
            yield
        finally:
            self._memory.documents = outer

    def find(self, document_id: int) -> Mapping[str, Any] | None:
        """Return what the point of a document says; None if it is gone."""
        seen = getattr(self._memory, "documents", None)
        if seen is not None and document_id in seen:
            found: Mapping[str, Any] = seen[document_id]
            return found
        point = next(self._reader.points(["document"], has_id([document_id])), None)
        if point is None:
            return None
        payload = dict(point.payload or {})
        if seen is not None:
            seen[document_id] = payload
        return payload

    def get(self, document_id: int) -> Mapping[str, Any]:
        """Return what the point of a document says. Raises `LibraryError` if it is gone."""
        found = self.find(document_id)
        if found is None:
            raise LibraryError(
                f"{self._reader.address}: has no document {document_id}; it may have been removed"
            )
        return found

    def text(self, document_id: int, document: Mapping[str, Any]) -> str:
        """Return the text, which is what quotes are cut from, if it is what was read."""
        key = document_id, document["version"], TEXT
        kept = self._kept.get(key)
        if kept is not None:
            return str(kept)
        text = self._part(document_id, document["version"], TEXT)
        if sha256(text.encode()).hexdigest() != document["text_sha256"]:
            raise LibraryError(
                f"{self._reader.address}: the text of {document['name']!r} is not what was read, "
                "or is being changed; ask again, or index it again"
            )
        self._kept.put(key, text, len(text))
        return text

    def blocks(self, document_id: int) -> StoredBlocks:
        """Return the structure of a document; that of one that is gone is empty."""
        document = self.find(document_id)
        if document is None:
            return StoredBlocks(_InMemory(document_id, "").query, document_id)
        key = document_id, document["version"], STRUCTURE
        blocks = self._kept.get(key)
        if blocks is None:
            structure = self._part(document_id, document["version"], STRUCTURE)
            blocks = _InMemory(document_id, structure)
            self._kept.put(key, blocks, len(structure))
        return StoredBlocks(blocks.query, document_id)

    def passages(
        self, document_id: int, payload: Sequence[str], vectors: Sequence[str], *conditions: Any
    ) -> Iterator[tuple[Any, Mapping[str, Any]]]:
        """Yield point and payload of a document's passages that fit all conditions, in order."""
        document = self.find(document_id)
        if document is not None:
            of_document = one_of("document", [document_id])
            version = one_of("version", [document["version"]])
            for point in self._reader.points(
                ["passage"], of_document, version, *conditions, payload=payload, vectors=vectors
            ):
                yield point, point.payload or {}

    def versions(self, documents: Collection[int]) -> dict[int, str]:
        """Return the versions that count of those of some documents that are there."""
        points = self._reader.points(["document"], has_id(documents), payload=["version"])
        return {int(point.id): (point.payload or {})["version"] for point in points}

    def _part(self, document_id: int, version: str, part: str) -> str:
        """Return all pieces of a document's text or structure, put together."""
        of_document = one_of("document", [document_id]), one_of("version", [version])
        points = self._reader.points(
            ["part"], *of_document, one_of("part", [part]), payload=["number", "data"]
        )
        pieces = [point.payload or {} for point in points]
        return "".join(piece["data"] for piece in sorted(pieces, key=lambda own: own["number"]))


class _Kept:
    """What was read of documents and never changes, as far as there is room."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._values: OrderedDict[tuple[Any, ...], tuple[Any, int]] = OrderedDict()
        self._characters = 0

    def get(self, key: tuple[Any, ...]) -> Any:
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def put(self, key: tuple[Any, ...], value: Any, characters: int) -> None:
        with self._lock:
            if key not in self._values:
                self._values[key] = value, characters
                self._characters += characters
            while self._characters > _KEPT_CHARACTERS and len(self._values) > 1:
                _, (_, freed) = self._values.popitem(last=False)
                self._characters -= freed


class _InMemory:
    """The blocks of one document, to be queried as those of a library at home are."""

    def __init__(self, document_id: int, structure: str) -> None:
        self._lock = Lock()
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.execute(_BLOCKS_TABLE)
        put_blocks(self._connection, document_id, decode_blocks(structure) if structure else ())

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Return all rows of one statement."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()
