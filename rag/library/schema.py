"""The SQLite file under a library: which tables it has, and how they are made.

Knows nothing of documents as values, of models or of ranking; connection, transactions and errors
are those of `rag.sqlite_file`.
"""

import json
import sqlite3
import time

from rag.errors import IndexMismatch, LibraryError
from rag.sqlite_file import FileKind, SqliteFile

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    characters INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    indexed_at TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    page_starts TEXT NOT NULL,
    title TEXT NOT NULL,
    opening TEXT NOT NULL,
    regions TEXT NOT NULL,
    warnings TEXT NOT NULL,
    text_sha256 TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX documents_by_change ON documents(changed_at);
CREATE TABLE removed_documents (document_id INTEGER NOT NULL, version INTEGER PRIMARY KEY);
CREATE TABLE blocks (
    document_id INTEGER NOT NULL REFERENCES documents(id),
    parent INTEGER NOT NULL,
    start INTEGER NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    level INTEGER NOT NULL,
    block TEXT NOT NULL,
    PRIMARY KEY (document_id, parent, start, number)
) WITHOUT ROWID;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id INTEGER NOT NULL REFERENCES documents(id),
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    sentences TEXT NOT NULL,
    kinds TEXT NOT NULL,
    text TEXT NOT NULL,
    segments TEXT NOT NULL
);
CREATE INDEX passages_of_document ON passages(document_id);
CREATE TABLE vectors (id INTEGER PRIMARY KEY REFERENCES passages(id), vector BLOB NOT NULL);
CREATE TABLE removed_passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5(view, tokenize='porter unicode61 remove_diacritics 2');
"""
_TABLE_NAMES = (
    *("words", "removed_passages", "vectors", "passages", "blocks", "removed_documents"),
    *("documents", "meta"),
)


def _make_again(connection: sqlite3.Connection) -> None:
    """Make empty tables: what was read of files can be read again. The settings stay."""
    for name in _TABLE_NAMES:
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            connection.execute(statement.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS"))
    now = str(time.time_ns())
    connection.executemany(
        "INSERT INTO meta VALUES (?, ?)",
        [("content_version", now), ("changes_since", now), ("codes", json.dumps([now]))],
    )


class Database(SqliteFile):
    """An open library file."""

    kind = FileKind(
        noun="a Footnote library",
        version_noun="library",
        version_key="schema",
        migrations=(_make_again, _make_again, _make_again),
        unsaved="the last document was not saved",
        remedy="delete the file to index again",
        error=LibraryError,
        newer=IndexMismatch,
    )

    def meta(self) -> dict[str, str]:
        """Return what the library says of itself: schema, content_version, what it is made with."""
        return dict(self.query("SELECT key, value FROM meta"))
