"""The SQLite file under a library: its tables, its transactions, and its errors as clear lines.

One connection that all threads share, one at a time. Knows nothing of documents as values, of
models or of ranking.
"""

import errno
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from rag.errors import IndexMismatch, LibraryError

SCHEMA_VERSION = 1
"""Raised with every change of the tables; a library with a lower one is made again."""

_BUSY_SECONDS = 30.0
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
    text TEXT NOT NULL
);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id INTEGER NOT NULL REFERENCES documents(id),
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    sentences TEXT NOT NULL,
    vector BLOB NOT NULL
);
CREATE INDEX passages_of_document ON passages(document_id);
CREATE VIRTUAL TABLE words USING fts5(text, tokenize='porter unicode61 remove_diacritics 2');
"""
_TABLE_NAMES = ("words", "passages", "documents", "meta")
_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}


class Database:
    """An open library file. Its tables are made if it is new, and made again if they are older.

    Raises `LibraryError` if the file cannot be opened or is no library, `IndexMismatch` if a newer
    Footnote made it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = RLock()
        with clear_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self.connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        try:
            with clear_errors(path):
                self._prepare()
        except BaseException:
            self.connection.close()
            raise

    def query(self, statement: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        """Return all rows of one statement."""
        with self._lock, clear_errors(self.path):
            return self.connection.execute(statement, values).fetchall()

    @contextmanager
    def transaction(self, kind: str = "IMMEDIATE") -> Iterator[sqlite3.Connection]:
        """Give the connection for some writes that happen wholly or not at all.

        With `DEFERRED` for some queries that see one state, whatever others write meanwhile.
        """
        with self._lock, clear_errors(self.path):
            try:
                self.connection.execute(f"BEGIN {kind}")
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:  # SQLite itself rolls back on some errors
                    self.connection.execute("ROLLBACK")
                raise

    def meta(self) -> dict[str, str]:
        """Return what the library says of itself: schema, content_version, what it is made with."""
        return dict(self.query("SELECT key, value FROM meta"))

    def close(self) -> None:
        """Close the file; nothing is lost if this is never called."""
        with self._lock:
            self.connection.close()

    def _prepare(self) -> None:
        self._set_write_ahead_log()
        self.connection.execute("PRAGMA synchronous = NORMAL")
        if self._schema_version() == SCHEMA_VERSION:
            return
        with self.transaction() as connection:  # look again: another process may have made it
            version = self._schema_version()
            if version > SCHEMA_VERSION:
                raise IndexMismatch(
                    f"{self.path}: made by a newer Footnote (library version {version}, this one "
                    f"reads {SCHEMA_VERSION}); update Footnote, or delete the file to index again"
                )
            if version < SCHEMA_VERSION:
                self._create_tables(connection)

    def _set_write_ahead_log(self) -> None:
        """Switch the journal; SQLite does not always wait for this lock when two open at once."""
        deadline = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                self.connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _schema_version(self) -> int:
        """Return 0 if there are no tables yet."""
        tables = {
            row[0] for row in self.connection.execute("SELECT name FROM sqlite_master").fetchall()
        }
        if not tables:
            return 0
        if "meta" in tables:
            rows = self.connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchall()
            if rows and rows[0][0].isdigit():
                return int(rows[0][0])
        raise LibraryError(
            f"{self.path}: an SQLite file, but not a Footnote library; give another place"
        )

    def _create_tables(self, connection: sqlite3.Connection) -> None:
        for name in _TABLE_NAMES:
            connection.execute(f"DROP TABLE IF EXISTS {name}")
        for statement in _TABLES.split(";\n"):
            if statement.strip():
                connection.execute(statement.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS"))
        connection.executemany(
            "INSERT INTO meta VALUES (?, ?)",
            [("schema", str(SCHEMA_VERSION)), ("content_version", str(time.time_ns()))],
        )


@contextmanager
def clear_errors(path: Path) -> Iterator[None]:
    """Turn the errors of SQLite and of the file system into a `LibraryError` of one line."""
    try:
        yield
    except sqlite3.Error as error:
        raise LibraryError(f"{path}: {_explain(error)}") from error
    except OSError as error:
        reason = "the disk is full" if error.errno in _FULL else str(error.strerror).lower()
        raise LibraryError(f"{path}: cannot be written ({reason}); {_ROOM}") from error


_ROOM = "make room, check the permissions, or set FOOTNOTE_HOME to another folder"
_EXPLANATIONS = {
    sqlite3.SQLITE_FULL: f"the disk is full, the last document was not saved; {_ROOM}",
    sqlite3.SQLITE_IOERR: f"cannot be written (the disk is full or failing); {_ROOM}",
    sqlite3.SQLITE_CANTOPEN: f"cannot be opened; {_ROOM}",
    sqlite3.SQLITE_PERM: f"cannot be opened; {_ROOM}",
    sqlite3.SQLITE_READONLY: f"cannot be written; {_ROOM}",
    sqlite3.SQLITE_BUSY: "in use by another Footnote for too long; wait for it, or stop it",
    sqlite3.SQLITE_NOTADB: "damaged or not a Footnote library; delete the file to index again",
    sqlite3.SQLITE_CORRUPT: "damaged; delete the file to index again",
}


def _explain(error: sqlite3.Error) -> str:
    return _EXPLANATIONS.get(_code(error)) or f"cannot be used ({error})"


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; 0 if the error is Python's own (a closed library)."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
