"""Bringing a library up to date with files: read, split and embed what changed.

Small documents are embedded together, outside of transactions, and then written in one: whatever
interrupts loses at most the documents being done, and none is there by half. Knows nothing of
searching.
"""

import hashlib
import json
import sqlite3
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from rag.datatypes import Document, Embedder
from rag.documents.formats.progress import Cancelled, page_reading, reading_pages
from rag.documents.load import Source, hash_file, read_document
from rag.documents.split import PassageDraft, split_passages
from rag.errors import DocumentAway, LibraryError, UnreadableDocument
from rag.library.block_store import put_blocks
from rag.library.changes import Changes, Finished, Progress
from rag.library.embedding import EMBEDDED_AT_ONCE, embed_views
from rag.library.schema import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class _Split:
    """A document that waits to be embedded; `position` is its number, and of how many.

    `vectors` has those that the library holds already, by the passages' views.
    """

    source: Source
    document: Document
    drafts: Sequence[PassageDraft]
    vectors: Mapping[str, bytes]
    is_known: bool
    position: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexer:
    """One refresh of one library. `recipe` is what its passages and vectors are made with."""

    database: Database
    recipe: dict[str, str]
    embedder: Embedder
    passage_tokens: int
    max_document_bytes: int
    progress: Callable[[Progress], None] | None
    cancel: Event | None
    finished: Callable[[Finished], None] | None = None

    def refresh(
        self,
        sources: Sequence[Source],
        *,
        keep_others: bool = False,
        away: Mapping[Path, str] | None = None,
    ) -> Changes:
        """Make the library hold exactly `sources`; when cancelled, what was done so far stays.

        With `keep_others` documents that are not in `sources` stay as they are. So do those in
        places that are `away`, each with why it cannot be looked into.
        """
        changes = Changes()
        started_over = self._start_over_if_stale()
        if not keep_others:
            self._remove_others(sources, away or {}, changes)
        waiting: list[_Split] = []
        try:
            for number, source in enumerate(sources, 1):
                self._check_cancel()
                split = self._split(source, (number, len(sources)), changes)
                waiting += [] if split is None else [split]
                if sum(len(each.drafts) for each in waiting) >= EMBEDDED_AT_ONCE:
                    self._index(waiting, changes)
                    waiting = []
            self._index(waiting, changes)
        except Cancelled:
            pass
        if started_over or changes.removed or changes.changed or changes.skipped:
            self.database.forget_deleted()
        return changes

    def _split(self, source: Source, position: tuple[int, int], changes: Changes) -> _Split | None:
        """Read a file and divide it; None if it is as the library has it, or cannot be read."""
        known = self.database.query(
            "SELECT sha256, name FROM documents WHERE source = ? AND bytes <= ?",
            source.key,
            self.max_document_bytes,
        )
        if known and known[0][0] == hash_file(source):  # what it says is known: nothing is read
            if known[0][1] != source.name:
                self._rename(source)
            changes.unchanged.append(source.name)
            self._finish(source, "unchanged")
            return None
        try:
            document = self._read(source, position)
        except UnreadableDocument as error:
            reason = str(error)
            if known and isinstance(error, DocumentAway):
                reason += "; what was read of it before stays"
            else:
                self._remove(source.key)
            changes.skipped.append((source.name, reason))
            self._finish(source, "skipped", reason=reason)
            return None
        split = _Split(
            source=source,
            document=document,
            drafts=split_passages(document, self.embedder, self.passage_tokens),
            vectors=self._vectors_before(document.source),
            is_known=bool(known),
            position=position,
        )
        self._report(split, 0, len({d.view for d in split.drafts} - split.vectors.keys()))
        return split

    def _index(self, splits: Sequence[_Split], changes: Changes) -> None:
        """Embed documents and put them in place of what the library had of them, all or none."""
        if not splits:
            return
        vectors = self._vectors(splits)
        with self.database.transaction() as connection:
            self._check_recipe()
            for split in splits:
                _write(connection, split.document, split.drafts, vectors)
        for split in splits:
            name, warnings = split.document.name, split.document.warnings
            (changes.changed if split.is_known else changes.added).append(name)
            changes.warnings.extend((name, line) for line in warnings)
            self._finish(
                split.source,
                "changed" if split.is_known else "added",
                passages=len(split.drafts),
                warnings=warnings,
            )

    def _read(self, source: Source, position: tuple[int, int]) -> Document:
        """Read a file; where its pages have to be recognised, they are reported one by one."""

        def report(recognised: int, pages: int) -> None:
            if self.progress is not None:
                number, documents = position
                self.progress(
                    Progress(
                        name=source.name,
                        number=number,
                        documents=documents,
                        recognised=recognised,
                        pages=pages,
                    )
                )

        with reading_pages(replace(page_reading(), cancel=self.cancel, report=report)):
            return read_document(source, max_bytes=self.max_document_bytes)

    def _vectors(self, splits: Sequence[_Split]) -> dict[str, bytes]:
        """Return the vector of each view; those that the documents had before are not embedded."""
        vectors: dict[str, bytes] = {}
        missing: dict[str, PassageDraft] = {}
        ends: list[int] = []
        for split in splits:
            vectors |= split.vectors
            missing |= {d.view: d for d in split.drafts if d.view not in vectors}
            ends.append(len(missing))

        def step(done: int) -> None:
            number = min(bisect_right(ends, done), len(splits) - 1)
            start = ends[number - 1] if number else 0
            if done:
                self._report(splits[number], done - start, ends[number] - start)
            self._check_cancel()

        names = ", ".join(split.document.name for split in splits[:3])
        return vectors | embed_views(self.embedder, missing, names, step)

    def _vectors_before(self, source: str) -> dict[str, bytes]:
        rows = self.database.query(
            "SELECT words.view, vector FROM documents JOIN passages "
            "ON document_id = documents.id JOIN words ON words.rowid = passages.id "
            "WHERE source = ?",
            source,
        )
        return dict(rows)

    def _report(self, split: _Split, embedded: int, passages: int) -> None:
        if self.progress is not None:
            number, documents = split.position
            self.progress(
                Progress(
                    name=split.document.name,
                    number=number,
                    documents=documents,
                    embedded=embedded,
                    passages=passages,
                )
            )

    def _finish(
        self,
        source: Source,
        outcome: str,
        *,
        passages: int = 0,
        reason: str = "",
        warnings: tuple[str, ...] = (),
    ) -> None:
        if self.finished is not None:
            self.finished(
                Finished(
                    source=source.key,
                    name=source.name,
                    outcome=outcome,
                    passages=passages,
                    reason=reason,
                    warnings=warnings,
                )
            )

    def _check_cancel(self) -> None:
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled

    def _start_over_if_stale(self) -> bool:
        """Empty a library that was made with another embedder or splitter; say whether it was."""
        meta = self.database.meta()
        if self.recipe.items() <= meta.items():
            return False
        with self.database.transaction() as connection:
            for table in ("words", "passages", "blocks", "documents"):
                connection.execute(f"DELETE FROM {table}")
            connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", self.recipe.items())
            _count_change(connection)
        return "embedder" in meta

    def _remove_others(
        self, sources: Sequence[Source], away: Mapping[Path, str], changes: Changes
    ) -> None:
        """Remove what is known to be gone; what may only be away is kept."""
        kept = {source.key for source in sources}
        places = {Source(path=path, name="").key: reason for path, reason in away.items()}
        for key, name in self.database.query("SELECT source, name FROM documents ORDER BY name"):
            if key in kept:
                continue
            around = [str(place) for place in (Path(key), *Path(key).parents)]
            place = next((place for place in around if place in places), None)
            if place is None:
                self._remove(key)
                changes.removed.append(name)
            else:
                changes.kept.append((name, f"{place}: {places[place]}"))

    def _remove(self, key: str) -> None:
        with self.database.transaction() as connection:
            self._check_recipe()
            remove_document(connection, key)

    def _rename(self, source: Source) -> None:
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE documents SET name = ? WHERE source = ?", (source.name, source.key)
            )
            _count_change(connection)

    def _check_recipe(self) -> None:
        if not self.recipe.items() <= self.database.meta().items():
            raise LibraryError(
                f"{self.database.path}: another Footnote is indexing it with other settings; "
                "stop one of the two and index again"
            )


def _write(
    connection: sqlite3.Connection,
    document: Document,
    drafts: Sequence[PassageDraft],
    vectors: Mapping[str, bytes],
) -> None:
    """Put a document in place of what the library had of it, inside of a transaction."""
    stored = connection.execute(
        "SELECT sha256 FROM documents WHERE source = ?", (document.source,)
    ).fetchone()
    if stored == (document.sha256,):  # another process was quicker
        return
    document_id = _put_document(connection, document)
    put_blocks(connection, document_id, document.blocks)
    for draft in drafts:
        passage_id = connection.execute(
            "INSERT INTO passages "
            "(document_id, start, end, sentences, kinds, text, segments, vector) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                document_id,
                draft.start,
                draft.end,
                json.dumps(draft.sentences),
                " ".join(draft.kinds),
                document.text[draft.start : draft.end],
                json.dumps(draft.segments),
                vectors[draft.view],
            ),
        ).lastrowid
        connection.execute(
            "INSERT INTO words (rowid, view) VALUES (?, ?)", (passage_id, draft.view)
        )
    _count_change(connection)


def _put_document(connection: sqlite3.Connection, document: Document) -> int:
    """Insert or replace the document's row without its passages, and return its id."""
    data = document.text.encode()
    connection.execute(
        "INSERT INTO documents "
        "(source, name, sha256, characters, bytes, indexed_at, page_starts, title, regions, "
        "warnings, text_sha256, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (source) DO UPDATE SET name = excluded.name, "
        "sha256 = excluded.sha256, characters = excluded.characters, bytes = excluded.bytes, "
        "indexed_at = excluded.indexed_at, page_starts = excluded.page_starts, "
        "title = excluded.title, regions = excluded.regions, warnings = excluded.warnings, "
        "text_sha256 = excluded.text_sha256, text = excluded.text",
        (
            document.source,
            document.name,
            document.sha256,
            len(document.text),
            len(data),
            datetime.now(UTC).isoformat(timespec="seconds"),
            json.dumps(document.page_starts),
            document.title,
            json.dumps([astuple(region) for region in document.regions]),
            json.dumps(document.warnings),
            hashlib.sha256(data).hexdigest(),
            document.text,
        ),
    )
    (document_id,) = connection.execute(
        "SELECT id FROM documents WHERE source = ?", (document.source,)
    ).fetchone()
    _delete_passages(connection, document_id)
    return int(document_id)


def remove_document(connection: sqlite3.Connection, source: str) -> None:
    """Remove the document with this source and its passages, inside of a transaction."""
    row = connection.execute("SELECT id FROM documents WHERE source = ?", (source,)).fetchone()
    if row is not None:
        _delete_passages(connection, row[0])
        connection.execute("DELETE FROM documents WHERE id = ?", row)
        _count_change(connection)


def _delete_passages(connection: sqlite3.Connection, document_id: int) -> None:
    connection.execute(
        "DELETE FROM words WHERE rowid IN (SELECT id FROM passages WHERE document_id = ?)",
        (document_id,),
    )
    connection.execute("DELETE FROM passages WHERE document_id = ?", (document_id,))
    connection.execute("DELETE FROM blocks WHERE document_id = ?", (document_id,))


def _count_change(connection: sqlite3.Connection) -> None:
    connection.execute(
        "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'content_version'"
    )
