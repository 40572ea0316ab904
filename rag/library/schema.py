"""The SQLite file under a library: which tables it has, and how they came to be so.

Knows nothing of documents as values, of models or of ranking; connection, transactions and errors
are those of `rag.sqlite_file`.
"""

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
    page_starts TEXT NOT NULL,
    title TEXT NOT NULL,
    regions TEXT NOT NULL,
    warnings TEXT NOT NULL,
    text_sha256 TEXT NOT NULL,
    text TEXT NOT NULL
);
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
    segments TEXT NOT NULL,
    vector BLOB NOT NULL
);
CREATE INDEX passages_of_document ON passages(document_id);
CREATE VIRTUAL TABLE words USING fts5(view, tokenize='porter unicode61 remove_diacritics 2');
"""
_TABLE_NAMES = ("words", "passages", "blocks", "documents", "meta")


def _make_again(connection: sqlite3.Connection) -> None:
    """Make empty tables: what was read of files can be read again. The settings stay."""
    for name in _TABLE_NAMES:
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            connection.execute(statement.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS"))
    connection.execute("INSERT INTO meta VALUES ('content_version', ?)", (str(time.time_ns()),))


class Database(SqliteFile):
    """An open library file."""

    kind = FileKind(
        noun="a Footnote library",
        version_noun="library",
        version_key="schema",
        migrations=(_make_again, _make_again),
        unsaved="the last document was not saved",
        remedy="delete the file to index again",
        error=LibraryError,
        newer=IndexMismatch,
    )

    def meta(self) -> dict[str, str]:
        """Return what the library says of itself: schema, content_version, what it is made with."""
        return dict(self.query("SELECT key, value FROM meta"))
