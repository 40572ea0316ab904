"""A library at home: one SQLite file with documents, passages, a word index and vectors.

It is the truth; a large library has codes of its vectors in a file beside it, which can be made
again. Gives out values and scores; ranking is not its business. How files get in is the business of
`rag.library.indexing`, the tables that of `rag.library.schema`.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import numpy as np

from rag.datatypes import Document, Passage, Segment, Vectors
from rag.documents.split import PassageDraft
from rag.errors import IndexMismatch, LibraryError
from rag.library import vector_index, writing
from rag.library.document_store import StoredDocuments
from rag.library.paths import library_name
from rag.library.protocol import Candidates, Query, Scored, Since
from rag.library.recipe import describe_difference, library_recipe
from rag.library.schema import Database
from rag.library.vector_index import VectorIndex
from rag.library.word_index import WordQuery


class HomeLibrary(StoredDocuments):
    """An open library, as `rag.library.protocol.Library` describes it; made by `open_library`."""

    def __init__(
        self, database: Database, recipe: Mapping[str, str], say: Callable[[str], None]
    ) -> None:
        self.path = database.path
        self.recipe = dict(recipe)
        self._database = database
        self._index = VectorIndex(database, say)
        self._written = 0

    @property
    def name(self) -> str:
        """What people call it; empty for one without a name."""
        return library_name(self.path)

    @property
    def address(self) -> str:
        """Where its file is."""
        return str(self.path)

    @property
    def stale(self) -> bool:
        """Say whether it holds documents that were made with another embedder or splitter."""
        return self._is_stale(self._database.meta())

    def start_over(self, recipe: Mapping[str, str]) -> bool:
        """Empty it if it was made with another recipe, and keep this one; say whether it was."""
        self.recipe = dict(recipe)
        meta = self._database.meta()
        if recipe.items() <= meta.items():
            return False
        with self._database.transaction() as connection:
            writing.empty(connection, recipe)
        return "embedder" in meta

    def put(self, document: Document, passages: Sequence[PassageDraft], vectors: Vectors) -> None:
        """Put a document with its passages in place of what there is of it, in one step."""
        if vectors.shape[:1] != (len(passages),) or not np.isfinite(vectors).all():
            raise ValueError(
                f"{len(passages)} passages, but vectors of shape {vectors.shape}, or not numbers"
            )
        with self._database.transaction() as connection:
            self._check_recipe(vectors)
            if not writing.put_document(connection, document, passages, vectors):
                return
        self._written += len(passages)
        if self._written > vector_index.IN_MEMORY:
            self._fold()

    def rename(self, source: str, name: str) -> None:
        """Let the document with this source be called `name`."""
        with self._database.transaction() as connection:
            writing.rename_document(connection, source, name)

    def remove(self, *sources: str) -> None:
        """Remove the documents with these sources, as far as there are; no file is touched."""
        for source in sources:
            with self._database.transaction() as connection:
                writing.remove_document(connection, source)

    def settle(self) -> None:
        """Overwrite what was removed, and bring the file of codes up to date."""
        if self._database.meta().get(writing.UNSETTLED):
            self._database.forget_deleted()
            with self._database.transaction() as connection:
                connection.execute("DELETE FROM meta WHERE key = ?", (writing.UNSETTLED,))
        self._fold()

    def version(self) -> int:
        """Return a number that is larger after every change of content, by any process."""
        with self._database.decoding():
            return int(self._database.meta()["content_version"])

    def changed_since(self, version: int) -> Since | None:
        """Return what changed after the library was at `version`; None where it cannot say."""
        with self._database.snapshot():
            now = self.version()
            meta = self._database.meta()
            with self._database.decoding():
                if not int(meta["changes_since"]) <= version <= now:
                    return None
            put = self._database.query("SELECT id FROM documents WHERE changed_at > ?", version)
            removed = self._database.query(
                "SELECT document_id FROM removed_documents WHERE version > ?", version
            )
        ids = frozenset(row[0] for row in put)
        return Since(version=now, put=ids, removed=frozenset(row[0] for row in removed) - ids)

    def search(self, queries: Sequence[Query], limit: int) -> list[Candidates]:
        """Return for each query up to `limit` passages by `nearest` and as many by `matching`."""
        with self._database.snapshot():
            self._check_not_stale()
            found = [self._candidates(query, limit) for query in queries]
        if self._index.is_remade:
            with suppress(LibraryError):  # they are right in memory
                self._index.fold()
        return found

    def _candidates(self, query: Query, limit: int) -> Candidates:
        nearest = self._index.nearest(query.row, limit, query.documents)
        words = WordQuery(self._database, query.question, self._index.count())
        matching = words.search(limit, query.documents)
        cosines = {found.passage_id: found.score for found in nearest}
        others = [found.passage_id for found in matching if found.passage_id not in cosines]
        return Candidates(
            nearest=tuple(nearest),
            matching=tuple(matching),
            cosines=cosines | self._index.cosines(query.row, others),
            words_of_all=words.score_of_all() if matching else 0.0,
        )

    def nearest(
        self, row: Vectors, limit: int, documents: Collection[int] | None = None
    ) -> list[Scored]:
        """Return up to `limit` passages with their cosine to the unit row, best first."""
        with self._database.snapshot():
            self._check_not_stale()
            return self._index.nearest(row, limit, documents)

    def matching(
        self, question: str, limit: int, documents: Collection[int] | None = None
    ) -> list[Scored]:
        """Return up to `limit` passages that share words with the question by BM25, best first."""
        with self._database.snapshot():
            return WordQuery(self._database, question, 0).search(limit, documents)

    def words_of_all(self, question: str) -> float:
        """Return the BM25 score of a passage that said every word of the question, at most."""
        with self._database.snapshot():
            return WordQuery(self._database, question, self.passage_count()).score_of_all()

    def rows(self, passage_ids: Sequence[int]) -> Vectors | None:
        """Return the unit rows of passages, in their order; None if one of them is gone."""
        with self._database.snapshot():
            with self._database.decoding():
                dimension = int(self._database.meta().get("dimension", 0))
            wanted = np.array(passage_ids, dtype=np.int64)
            ids, rows = self._index.stored_rows(wanted, dimension)
        places = np.searchsorted(ids, wanted)
        if len(wanted) and (
            not len(ids) or (ids[np.minimum(places, len(ids) - 1)] != wanted).any()
        ):
            return None
        return rows[places]

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

    def rows_by_view(self, source: str) -> dict[str, Vectors]:
        """Return the unit row of each view that the document with this source has."""
        found = self._database.query(
            "SELECT words.view, vector FROM documents JOIN passages ON document_id = documents.id "
            "JOIN words ON words.rowid = passages.id JOIN vectors ON vectors.id = passages.id "
            "WHERE source = ?",
            source,
        )
        with self._database.decoding():
            return {view: np.frombuffer(vector, dtype="<f4") for view, vector in found}

    def get_value(self, key: str) -> str | None:
        """Return a setting of this library; it stays when the content is made again."""
        rows = self._database.query("SELECT value FROM settings WHERE key = ?", key)
        return str(rows[0][0]) if rows else None

    def set_value(self, key: str, value: str) -> None:
        """Keep a setting with this library."""
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, value))

    @property
    def is_replaced(self) -> bool:
        """Say whether its file was deleted, or made anew, by another program."""
        return self._database.is_replaced

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _fold(self) -> None:
        self._index.fold()
        self._written = 0

    def _is_stale(self, meta: Mapping[str, str]) -> bool:
        return "embedder" in meta and not self.recipe.items() <= meta.items()

    def _check_not_stale(self) -> None:
        meta = self._database.meta()
        if self._is_stale(meta):
            raise IndexMismatch(
                f"{self.path}: {describe_difference(meta, self.recipe)}; "
                "index it again with: footnote index"
            )

    def _check_recipe(self, vectors: Vectors) -> None:
        meta = self._database.meta()
        if not self.recipe.items() <= meta.items():
            raise LibraryError(
                f"{self.path}: another Footnote is indexing it with other settings; "
                "stop one of the two and index again"
            )
        if len(vectors) and str(vectors.shape[1]) != meta.get("dimension"):
            raise ValueError(
                f"vectors of shape {vectors.shape}, but the library's have "
                f"{meta.get('dimension')} numbers"
            )


def open_library(
    path: Path,
    *,
    embedder_id: str,
    passage_tokens: int,
    say: Callable[[str], None] = lambda line: None,
) -> HomeLibrary:
    """Open the library at `path`, or make an empty one.

    `embedder_id` names the embedder and its weights. If the library was made with another one, or
    with other passages, it is `stale` until `refresh` has made it again. `say` gets a line if its
    file of codes has to be made again. Raises `LibraryError` if the file cannot be opened,
    `IndexMismatch` if a newer Footnote made it.
    """
    return HomeLibrary(Database(path), library_recipe(embedder_id, passage_tokens), say)
