"""The collection on disk: one SQLite file with documents, passages, a word index and vectors.

Gives out values and scores; ranking is not its business. How files get in is the business of
`rag.library.indexing`, the tables that of `rag.library.schema`.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from threading import Event
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from rag.datatypes import Embedder, Passage, Region, Segment
from rag.documents.kinds import EXTRACTION
from rag.documents.load import Source
from rag.documents.split import SPLITTER
from rag.errors import IndexMismatch, LibraryError
from rag.library import word_index
from rag.library.block_store import StoredBlocks
from rag.library.changes import Changes, Finished, Progress
from rag.library.embedding import VECTORS
from rag.library.indexing import Indexer, remove_document
from rag.library.listed import DocumentInfo, KnownDocument
from rag.library.paths import docs_library_path, named_library_path
from rag.library.renewal import keeps_passages
from rag.library.schema import Database

__all__ = [
    "Changes",
    "DocumentInfo",
    "Finished",
    "Library",
    "Progress",
    "docs_library_path",
    "named_library_path",
    "open_library",
]


_OPENING = 200
"""Characters among which a document's first line is looked for."""


class Library:
    """An open library; made by `open_library`. May be used by several threads.

    Every method raises `LibraryError` with one line if the file cannot be read or written.
    """

    def __init__(self, database: Database, recipe: dict[str, str]) -> None:
        self.path = database.path
        self._database = database
        self._recipe = recipe

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

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let what is read inside be of one state, whatever others write meanwhile."""
        with self._database.transaction("DEFERRED"):
            yield

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
        stored = self._of_document("page_starts", document_id)
        with self._database.decoding():
            page_starts = json.loads(stored)
            return max(1, bisect_right(page_starts, offset)) if page_starts else None

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

    def known_files(self, limit: int, first: Iterable[int] = ()) -> list[KnownDocument]:
        """Return at most `limit` documents, those of the ids `first` before the others."""
        rows = self._database.query(
            "SELECT id, source, name, sha256, indexed_at FROM documents "
            "ORDER BY id NOT IN (SELECT value FROM json_each(?)), id LIMIT ?",
            json.dumps(list(first)),
            limit,
        )
        return [KnownDocument(*row) for row in rows]

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
        start = str(self._of_document(f"substr(text, 1, {_OPENING})", document_id)).lstrip()
        return start.split("\n", 1)[0].rstrip()

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

    def passages(self, ids: Sequence[int]) -> list[Passage]:
        """Return passages in the order of `ids`, without those that are gone since."""
        rows = self._database.query(
            "SELECT passages.id, document_id, start, end, sentences, kinds, passages.text, "
            "words.view, segments, text_sha256 FROM passages "
            "JOIN words ON words.rowid = passages.id "
            "JOIN documents ON documents.id = document_id "
            "WHERE passages.id IN (SELECT value FROM json_each(?))",
            json.dumps(list(ids)),
        )
        with self._database.decoding():
            found = {
                row[0]: Passage(
                    id=row[0],
                    document_id=row[1],
                    start=row[2],
                    end=row[3],
                    sentences=tuple((start, end) for start, end in json.loads(row[4])),
                    kinds=tuple(row[5].split()),
                    text=row[6],
                    view=row[7],
                    segments=tuple(Segment(*segment) for segment in json.loads(row[8])),
                    text_sha256=row[9],
                )
                for row in rows
            }
        return [found[passage_id] for passage_id in ids if passage_id in found]

    def passage_places(
        self, document_id: int, start: int = 0, end: int | None = None
    ) -> list[tuple[int, int, int]]:
        """Return (id, start, end) of a document's passages that touch [start, end), in order."""
        return self._database.query(
            "SELECT id, start, end FROM passages WHERE document_id = ?1 AND end > ?2 "
            "AND (?3 IS NULL OR start < ?3) ORDER BY start, id",
            document_id,
            start,
            end,
        )

    def passage_ids(self, document_ids: Iterable[int]) -> list[int]:
        """Return the ids of all passages of some documents, ascending."""
        sql = "SELECT id FROM passages WHERE document_id IN (SELECT value FROM json_each(?))"
        rows = self._database.query(f"{sql} ORDER BY id", json.dumps(list(document_ids)))
        return [int(row[0]) for row in rows]

    def passage_count(self) -> int:
        """Return how many passages there are in all documents."""
        return int(self._database.query("SELECT count(*) FROM passages")[0][0])

    def word_score_of_all(self, question: str, passages: int) -> float:
        """Return the BM25 score of a passage that said every word of the question, at most."""
        return word_index.score_of_all(self._database, question, passages)

    def search_words(
        self, question: str, limit: int, documents: Collection[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return (passage id, BM25 score) as `word_index.search` does."""
        return word_index.search(self._database, question, limit, documents)

    def vectors(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the passages' ids, int64 (n,), ascending, and unit rows, float32 (n, d).

        d is 0 in a library that was never filled. Raises `IndexMismatch` if the library was made
        with another embedder or splitter (`refresh` makes it again), or if rows are damaged.
        """
        with self._database.transaction("DEFERRED"):
            meta = self._database.meta()
            if self._is_stale(meta):
                raise IndexMismatch(
                    f"{self.path}: made with {_describe(meta)}, "
                    f"expected {_describe(self._recipe)}; index it again with: footnote index"
                )
            with self._database.decoding():
                dimension = int(meta.get("dimension", 0))
            rows = self._database.query("SELECT id, vector FROM passages ORDER BY id")
        if any(len(vector or b"") != dimension * 4 for _, vector in rows):
            raise IndexMismatch(
                f"{self.path}: damaged, a vector has not {dimension} numbers; "
                "delete the file to index again"
            )
        ids = np.array([passage_id for passage_id, _ in rows], dtype=np.int64)
        matrix = np.frombuffer(b"".join(vector for _, vector in rows), dtype="<f4")
        return ids, matrix.astype(np.float32).reshape(len(rows), dimension)

    @property
    def stale(self) -> bool:
        """Say whether it holds documents that were made with another embedder or splitter."""
        return self._is_stale(self._database.meta())

    def renewal(self) -> str | None:
        """Return one line on how `refresh` makes a stale library again; None for any other."""
        meta = self._database.meta()
        if not self._is_stale(meta):
            return None
        kept = keeps_passages(meta, self._recipe)
        how = "passages are embedded" if kept else "documents are read"
        return (
            f"this library was made with {_describe(meta)}; its {how} again with "
            f"{_describe(self._recipe)}, once"
        )

    @property
    def is_replaced(self) -> bool:
        """Say whether its file was deleted, or made anew, by another program."""
        return self._database.is_replaced

    def version(self) -> int:
        """Return a number that is another one after every change of content, by any process."""
        with self._database.decoding():
            return int(self._database.meta()["content_version"])

    def refresh(
        self,
        sources: Sequence[Source],
        *,
        embedder: Embedder,
        max_document_bytes: int,
        passage_tokens: int,
        progress: Callable[[Progress], None] | None = None,
        finished: Callable[[Finished], None] | None = None,
        cancel: Event | None = None,
        keep_others: bool = False,
        away: Mapping[Path, str] | None = None,
    ) -> Changes:
        """Make the library hold exactly `sources`, embedding only passages that are new.

        With `keep_others` documents that are not in `sources` stay as they are; so do those in
        places that are `away`, each with why it cannot be looked into.

        An unreadable file is reported in `skipped` and not kept. When `cancel` is set it returns
        soon; documents that were finished stay, also on an error or Ctrl-C.
        """
        self._recipe = self._recipe | _recipe(self._recipe["embedder"], passage_tokens)
        indexer = Indexer(
            database=self._database,
            recipe=self._recipe | {"dimension": str(embedder.dimension)},
            embedder=embedder,
            passage_tokens=passage_tokens,
            max_document_bytes=max_document_bytes,
            progress=progress,
            finished=finished,
            cancel=cancel,
        )
        return indexer.refresh(sources, keep_others=keep_others, away=away)

    def remove(self, *sources: str) -> None:
        """Remove the documents with these sources, as far as there are; no file is touched."""
        with self._database.transaction() as connection:
            for source in sources:
                remove_document(connection, source)
        self._database.forget_deleted()

    def get_value(self, key: str) -> str | None:
        """Return a setting of this library; it stays when the content is made again."""
        rows = self._database.query("SELECT value FROM settings WHERE key = ?", key)
        return str(rows[0][0]) if rows else None

    def set_value(self, key: str, value: str) -> None:
        """Keep a setting with this library."""
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, value))

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> "Library":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _is_stale(self, meta: dict[str, str]) -> bool:
        return "embedder" in meta and not self._recipe.items() <= meta.items()

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


def open_library(path: Path, *, embedder_id: str, passage_tokens: int) -> Library:
    """Open the library at `path`, or make an empty one.

    `embedder_id` names the embedder and its weights. If the library was made with another one, or
    with other passages, it is `stale` until `refresh` has made it again. Raises `LibraryError` if
    the file cannot be opened, `IndexMismatch` if a newer Footnote made it.
    """
    return Library(Database(path), _recipe(embedder_id, passage_tokens))


def _recipe(embedder_id: str, passage_tokens: int) -> dict[str, str]:
    return {
        "embedder": embedder_id,
        "splitter": f"{SPLITTER}, {passage_tokens} tokens",
        "extraction": EXTRACTION,
        "vectors": VECTORS,
    }


def _describe(recipe: dict[str, str]) -> str:
    return f"{recipe['embedder']} ({recipe['splitter']})"
