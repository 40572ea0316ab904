"""What writes to the tables of a library; each function is to be called inside a transaction."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from datetime import UTC, datetime

from rag.datatypes import Document, Vectors
from rag.documents.split import PassageDraft
from rag.library.block_store import put_blocks

UNSETTLED = "unsettled"
"""Stands in `meta` while what was removed may still be read from the disk."""
_OPENING = 200
"""Characters among which a document's first line is looked for."""
_MOST_REMOVED = 10_000
"""Removed documents that are remembered for those who follow the library."""


def put_document(
    connection: sqlite3.Connection,
    document: Document,
    passages: Sequence[PassageDraft],
    vectors: Vectors,
) -> bool:
    """Write a document with its passages; say whether it was not there already, just so."""
    stored = connection.execute(
        "SELECT sha256 FROM documents WHERE source = ?", (document.source,)
    ).fetchone()
    if stored == (document.sha256,):  # another process was quicker
        return False
    document_id = _put_row(connection, document, _count_change(connection))
    put_blocks(connection, document_id, document.blocks)
    for draft, vector in zip(passages, vectors, strict=True):
        passage_id = connection.execute(
            "INSERT INTO passages (document_id, start, end, sentences, kinds, text, segments) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                document_id,
                draft.start,
                draft.end,
                json.dumps(draft.sentences),
                " ".join(draft.kinds),
                document.text[draft.start : draft.end],
                json.dumps(draft.segments),
            ),
        ).lastrowid
        connection.execute(
            "INSERT INTO vectors VALUES (?, ?)", (passage_id, vector.astype("<f4").tobytes())
        )
        connection.execute(
            "INSERT INTO words (rowid, view) VALUES (?, ?)", (passage_id, draft.view)
        )
    return True


def rename_document(connection: sqlite3.Connection, source: str, name: str) -> None:
    """Give the document with this source another name, if it is there."""
    connection.execute(
        "UPDATE documents SET name = ?, changed_at = ? WHERE source = ?",
        (name, _count_change(connection), source),
    )


def remove_document(connection: sqlite3.Connection, source: str) -> None:
    """Remove the document with this source and its passages."""
    row = connection.execute("SELECT id FROM documents WHERE source = ?", (source,)).fetchone()
    if row is None:
        return
    _delete_passages(connection, row[0])
    connection.execute("DELETE FROM documents WHERE id = ?", row)
    version = _count_change(connection)
    connection.execute("INSERT INTO removed_documents VALUES (?, ?)", (row[0], version))
    forgotten = connection.execute(
        "SELECT version FROM removed_documents ORDER BY version DESC LIMIT 1 OFFSET ?",
        (_MOST_REMOVED,),
    ).fetchone()
    if forgotten is not None:
        connection.execute("DELETE FROM removed_documents WHERE version <= ?", forgotten)
        _remember_changes_from(connection, forgotten[0])


def empty(connection: sqlite3.Connection, recipe: Mapping[str, str]) -> None:
    """Remove everything but the settings, and keep what the library is made with from now on."""
    for table in (
        *("words", "vectors", "passages", "blocks", "documents"),
        *("removed_passages", "removed_documents"),
    ):
        connection.execute(f"DELETE FROM {table}")
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", recipe.items())
    version = _count_change(connection)
    connection.execute(
        "INSERT OR REPLACE INTO meta VALUES ('codes', json_array(?))", (str(version),)
    )
    _remember_changes_from(connection, version)
    _unsettle(connection)


def _put_row(connection: sqlite3.Connection, document: Document, version: int) -> int:
    """Insert or replace the document's row without its passages, and return its id."""
    data = document.text.encode()
    values = {
        "source": document.source,
        "name": document.name,
        "sha256": document.sha256,
        "characters": len(document.text),
        "bytes": len(data),
        "indexed_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "changed_at": version,
        "page_starts": json.dumps(document.page_starts),
        "title": document.title,
        "opening": document.text[:_OPENING].lstrip().split("\n", 1)[0].rstrip(),
        "regions": json.dumps([astuple(region) for region in document.regions]),
        "warnings": json.dumps(document.warnings),
        "text_sha256": hashlib.sha256(data).hexdigest(),
        "text": document.text,
    }
    columns = ", ".join(values)
    updates = ", ".join(f"{column} = excluded.{column}" for column in values)
    connection.execute(
        f"INSERT INTO documents ({columns}) VALUES ({', '.join('?' * len(values))}) "
        f"ON CONFLICT (source) DO UPDATE SET {updates}",
        tuple(values.values()),
    )
    (document_id,) = connection.execute(
        "SELECT id FROM documents WHERE source = ?", (document.source,)
    ).fetchone()
    _delete_passages(connection, document_id)
    return int(document_id)


def _delete_passages(connection: sqlite3.Connection, document_id: int) -> None:
    first, last = connection.execute(
        "SELECT min(id), max(id) FROM passages WHERE document_id = ?", (document_id,)
    ).fetchone()
    if first is not None:  # they were written in one step: no id between them is another's
        between = (first, last)
        connection.execute("INSERT INTO removed_passages (first, last) VALUES (?, ?)", between)
        connection.execute("DELETE FROM words WHERE rowid BETWEEN ? AND ?", between)
        connection.execute("DELETE FROM vectors WHERE id BETWEEN ? AND ?", between)
        connection.execute("DELETE FROM passages WHERE id BETWEEN ? AND ?", between)
        _unsettle(connection)
    connection.execute("DELETE FROM blocks WHERE document_id = ?", (document_id,))


def _count_change(connection: sqlite3.Connection) -> int:
    """Return the version that the library has with this change."""
    connection.execute(
        "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'content_version'"
    )
    (version,) = connection.execute(
        "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'content_version'"
    ).fetchone()
    return int(version)


def _remember_changes_from(connection: sqlite3.Connection, version: int) -> None:
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('changes_since', ?)", (str(version),))


def _unsettle(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, 'yes')", (UNSETTLED,))
