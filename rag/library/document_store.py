"""The documents of a library as its file has them: what they are called, say, and are made of.

Only reads; how they get in is the business of `rag.library.library`.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path

from rag.datatypes import Region
from rag.errors import LibraryError
from rag.library.block_store import StoredBlocks
from rag.library.listed import DocumentInfo, KnownDocument
from rag.library.protocol import Headline
from rag.library.schema import Database


class StoredDocuments:
    """The documents in an open file; see `rag.library.protocol.Library` for what they tell."""

    path: Path
    _database: Database

    def documents(
        self, *, ids: Iterable[int] | None = None, sources: Iterable[str] | None = None
    ) -> list[DocumentInfo]:
        """Return what the library holds, sorted by name; of the `ids` or `sources` only, if given.

        Counts the passages of each: to ask for all of thousands takes a moment.
        """
        wanted = [
            (f"{column} IN (SELECT value FROM json_each(?))", json.dumps(list(values)))
            for column, values in (("id", ids), ("source", sources))
            if values is not None
        ]
        where = f"WHERE {' AND '.join(test for test, _ in wanted)} " if wanted else ""
        names = ("id", "source", "name", "sha256", "characters", "bytes", "indexed_at", "passages")
        rows = self._database.query(
            f"SELECT {', '.join(names[:-1])}, "
            "(SELECT count(*) FROM passages WHERE document_id = documents.id) "
            f"FROM documents {where}ORDER BY name, source",
            *(values for _, values in wanted),
        )
        return [DocumentInfo(**dict(zip(names, row, strict=True))) for row in rows]

    def snapshot(self) -> AbstractContextManager[None]:
        """Let what this thread reads inside be of one state, whatever others write meanwhile."""
        return self._database.snapshot()

    def text(self, document_id: int) -> str:
        """Return the canonical text of a document."""
        text, text_sha256 = self._row_of("text, text_sha256", document_id)
        return self._undamaged(text, str(text_sha256))

    def text_if(self, document_id: int, text_sha256: str) -> str | None:
        """Return the text of a document if it still is the one with this hash, else None."""
        rows = self._database.query(
            "SELECT text FROM documents WHERE id = ? AND text_sha256 = ?", document_id, text_sha256
        )
        return self._undamaged(rows[0][0], text_sha256) if rows else None

    def text_sha256(self, document_id: int) -> str:
        """Return the SHA-256 of a document's canonical text as UTF-8."""
        return str(self._of_document("text_sha256", document_id))

    def page(self, document_id: int, offset: int) -> int | None:
        """Return the page, from 1, on which `offset` stands; None where there are no pages."""
        page_starts = self.page_starts(document_id)
        return max(1, bisect_right(page_starts, offset)) if page_starts else None

    def page_starts(self, document_id: int) -> tuple[int, ...]:
        """Return the offset at which each page begins; empty where there are no pages."""
        stored = self._of_document("page_starts", document_id)
        with self._database.decoding():
            return tuple(map(int, json.loads(stored)))

    def document_name(self, document_id: int) -> str:
        """Return the name that people see."""
        return str(self._of_document("name", document_id))

    def document_names(self, ids: Iterable[int]) -> dict[int, str]:
        """Return the names of those of the documents `ids` that are there."""
        return dict(
            self._database.query(
                "SELECT id, name FROM documents WHERE id IN (SELECT value FROM json_each(?))",
                json.dumps(list(ids)),
            )
        )

    def first_names(self, limit: int) -> dict[int, str]:
        """Return the names of at most `limit` documents by id, the first ones by name."""
        return dict(
            self._database.query(
                "SELECT id, name FROM documents ORDER BY name, source LIMIT ?", limit
            )
        )

    def known_files(
        self, limit: int | None = None, first: Iterable[int] = ()
    ) -> list[KnownDocument]:
        """Return at most `limit` documents by id, those of the ids `first` before the others."""
        rows = self._database.query(
            "SELECT id, source, name, sha256, indexed_at FROM documents "
            "ORDER BY id NOT IN (SELECT value FROM json_each(?)), id LIMIT ?",
            json.dumps(list(first)),
            -1 if limit is None else limit,
        )
        return [KnownDocument(*row) for row in rows]

    def headlines(self, ids: Iterable[int] | None = None) -> list[Headline]:
        """Return what documents are called, by id; of the `ids` only, as far as there are."""
        rows = self._database.query(
            "SELECT id, name, title, opening FROM documents "
            "WHERE ?1 IS NULL OR id IN (SELECT value FROM json_each(?1)) ORDER BY id",
            None if ids is None else json.dumps(list(ids)),
        )
        return [Headline(*row) for row in rows]

    def document_count(self) -> int:
        """Return how many documents there are."""
        return int(self._database.query("SELECT count(*) FROM documents")[0][0])

    def holds(self, sha256: str) -> bool:
        """Say whether there is a document whose file has this hash."""
        return bool(
            self._database.query("SELECT 1 FROM documents WHERE sha256 = ? LIMIT 1", sha256)
        )

    def title(self, document_id: int) -> str:
        """Return what the document calls itself; empty if it does not."""
        return str(self._of_document("title", document_id))

    def opening(self, document_id: int) -> str:
        """Return the beginning of a document's first line that is not blank."""
        return str(self._of_document("opening", document_id))

    def blocks(self, document_id: int) -> StoredBlocks:
        """Return the structure of a document, to be read as it is asked for."""
        return StoredBlocks(self._database.query, document_id, self._database.decoding)

    def regions(self, document_id: int) -> tuple[Region, ...]:
        """Return where the recognised text of a document stands in the pictures of its pages."""
        stored = self._of_document("regions", document_id)
        with self._database.decoding():
            return tuple(
                Region(
                    start=row[0],
                    end=row[1],
                    page=row[2],
                    left=row[3],
                    top=row[4],
                    right=row[5],
                    bottom=row[6],
                )
                for row in json.loads(stored)
            )

    def warnings(self, document_id: int) -> tuple[str, ...]:
        """Return a line for each thing that could not be read of a document."""
        stored = self._of_document("warnings", document_id)
        with self._database.decoding():
            return tuple(json.loads(stored))

    def _undamaged(self, text: str | bytes, text_sha256: str) -> str:
        """Return the text, which is what quotes are cut from, if it is what was read."""
        with self._database.decoding():
            text = str(text)
            if sha256(text.encode("utf-8")).hexdigest() != text_sha256:
                raise ValueError("it is not the text that was read")
            return text

    def _of_document(self, column: str, document_id: int) -> str | bytes:
        value: str | bytes = self._row_of(column, document_id)[0]
        return value

    def _row_of(self, columns: str, document_id: int) -> tuple[str | bytes, ...]:
        rows = self._database.query(f"SELECT {columns} FROM documents WHERE id = ?", document_id)
        if not rows:
            raise LibraryError(
                f"{self.path}: has no document {document_id}; it may have been removed"
            )
        return rows[0]
