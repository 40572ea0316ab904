"""An SQLite file of Footnote: its connection, its transactions, and its errors as clear lines.

One connection that all threads share, one at a time, and a few more for those who read one state of
it, each for itself; several processes may have the file open.
Which tables there are is the business of the subclasses.
"""

import errno
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, RLock, local

from rag.errors import RagError

_BUSY_SECONDS = 30.0
_READERS_MILLISECONDS = 2_000
"""How long what was deleted waits to be overwritten for those who still read it; the next time, or
the last one to close the file, makes up for it."""
_MOST_READERS = 8
"""Connections for reading that are kept open while nobody reads."""
_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
Migration = Callable[[sqlite3.Connection], None]
"""Makes one version of a file's tables of the one before, inside a transaction."""
_ROOM = "make room, check the permissions, or set FOOTNOTE_HOME to another folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKind:
    """What a file is, and how its errors are worded.

    `migrations` are all that ever were, oldest first: the first makes the tables of an empty file.
    How many a file has gone through stands in the table `meta`, which they make, under
    `version_key`.
    `unsaved` says what was lost to a full disk, `remedy` what to do about a file that cannot be
    read.
    """

    noun: str
    version_noun: str
    version_key: str
    migrations: Sequence[Migration]
    unsaved: str
    remedy: str
    error: type[RagError]
    newer: type[RagError]


class SqliteFile:
    """An open file. Its tables are made if it is new, and brought up to date if it is older.

    What is deleted is overwritten, so that it cannot be read from the disk.

    Raises `kind.error` if the file cannot be opened or is something else, `kind.newer` if a newer
    Footnote made it.
    """

    kind: FileKind

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = RLock()
        self._readers: list[sqlite3.Connection] = []
        self._lending = Lock()
        self._own = local()
        self._is_closed = False
        with self._clear_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self.connection = self._connect()
        try:
            with self._clear_errors():
                self._prepare()
        except BaseException:
            self.connection.close()
            raise
        self._identity = _identity(path)

    @property
    def is_replaced(self) -> bool:
        """Say whether another file, or none, lies at its path by now: another program's doing."""
        return _identity(self.path) != self._identity

    def query(self, statement: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        """Return all rows of one statement."""
        reader = self._reader
        if reader is not None:
            with self._clear_errors():
                return reader.execute(statement, values).fetchall()
        with self._lock, self._clear_errors():
            return self.connection.execute(statement, values).fetchall()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let what this thread asks inside be of one state, whatever is written meanwhile.

        Nobody waits for it. A snapshot inside of another is the same one.
        """
        if self._reader is not None:
            yield
            return
        with self._clear_errors():
            reader = self._take_reader()
            reader.execute("BEGIN")
        self._own.reader = reader
        try:
            yield
        finally:
            self._own.reader = None
            with self._clear_errors():
                reader.rollback()
                self._give_back(reader)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for some writes that happen wholly or not at all."""
        with self._lock, self._clear_errors():
            try:
                self.connection.execute("BEGIN IMMEDIATE")
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:  # SQLite itself rolls back on some errors
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def decoding(self) -> Iterator[None]:
        """Turn what goes wrong inside, where values are made of rows, into a `kind.error`.

        A damaged file can have anything in them.
        """
        try:
            yield
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise self._damaged() from error

    def forget_deleted(self) -> None:
        """Bring deletions from the write-ahead log into the file, and give back much free room."""
        with self._lock:
            forget_deleted(self.connection)

    def close(self) -> None:
        """Close the file; nothing is lost if this is never called."""
        with self._lock, self._lending:
            self._is_closed = True
            while self._readers:
                self._readers.pop().close()
            self.connection.close()

    @property
    def _reader(self) -> sqlite3.Connection | None:
        """The connection of the snapshot that this thread is in."""
        return getattr(self._own, "reader", None)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )

    def _take_reader(self) -> sqlite3.Connection:
        with self._lending:
            if self._is_closed:
                self.connection.execute("SELECT 1")  # raises
            if self._readers:
                return self._readers.pop()
        if self.is_replaced:
            raise self.kind.error(
                f"{self.path}: another program deleted it, or made it anew; open it again"
            )
        return self._connect()

    def _give_back(self, reader: sqlite3.Connection) -> None:
        with self._lending:
            if self._is_closed or len(self._readers) >= _MOST_READERS:
                reader.close()
            else:
                self._readers.append(reader)

    def _prepare(self) -> None:
        self._set_write_ahead_log()
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.connection.execute("PRAGMA secure_delete = ON")
        self.connection.execute("PRAGMA foreign_keys = ON")
        newest = len(self.kind.migrations)
        if self._version() == newest:
            return
        with self.transaction() as connection:  # look again: another process may have made it
            version = self._version()
            if version > newest:
                raise self.kind.newer(
                    f"{self.path}: made by a newer Footnote ({self.kind.version_noun} version "
                    f"{version}, this one reads {newest}); update Footnote, "
                    f"or {self.kind.remedy}"
                )
            for migrate in self.kind.migrations[version:]:
                migrate(connection)
            connection.execute(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)", (self.kind.version_key, str(newest))
            )

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

    def _version(self) -> int:
        """Return 0 if there are no tables yet."""
        tables = {
            row[0] for row in self.connection.execute("SELECT name FROM sqlite_master").fetchall()
        }
        if not tables:
            return 0
        if "meta" in tables:
            rows = self.connection.execute(
                "SELECT value FROM meta WHERE key = ?", (self.kind.version_key,)
            ).fetchall()
            if rows and str(rows[0][0]).isdecimal():
                return int(rows[0][0])
        raise self.kind.error(
            f"{self.path}: an SQLite file, but not {self.kind.noun}; give another place"
        )

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        """Turn the errors of SQLite and of the file system into a `kind.error` of one line."""
        try:
            yield
        except sqlite3.Error as error:
            raise self.kind.error(f"{self.path}: {self._explain(error)}") from error
        except UnicodeDecodeError as error:  # in SQLite's own message, which quotes the file
            raise self._damaged() from error
        except OSError as error:
            reason = "the disk is full" if error.errno in _FULL else str(error.strerror).lower()
            raise self.kind.error(f"{self.path}: cannot be written ({reason}); {_ROOM}") from error

    def _damaged(self) -> RagError:
        return self.kind.error(f"{self.path}: damaged; {self.kind.remedy}")

    def _explain(self, error: sqlite3.Error) -> str:
        explanations = {
            sqlite3.SQLITE_FULL: f"the disk is full, {self.kind.unsaved}; {_ROOM}",
            sqlite3.SQLITE_IOERR: f"cannot be written (the disk is full or failing); {_ROOM}",
            sqlite3.SQLITE_CANTOPEN: f"cannot be opened; {_ROOM}",
            sqlite3.SQLITE_PERM: f"cannot be opened; {_ROOM}",
            sqlite3.SQLITE_READONLY: f"cannot be written; {_ROOM}",
            sqlite3.SQLITE_BUSY: "in use by another Footnote for too long; wait for it, or stop it",
            sqlite3.SQLITE_NOTADB: f"damaged or not {self.kind.noun}; {self.kind.remedy}",
            sqlite3.SQLITE_CORRUPT: f"damaged; {self.kind.remedy}",
        }
        if str(error).startswith("Could not decode"):  # Python's own, with no code
            return explanations[sqlite3.SQLITE_CORRUPT]
        return explanations.get(_code(error)) or f"cannot be used ({error})"


def forget_deleted(connection: sqlite3.Connection, *, shrink: bool = False) -> None:
    """Overwrite what was deleted, as far as other programs let it, and shrink the file.

    It shrinks where a quarter of it is free, or if it is to. Nothing is lost where that fails.
    """
    with suppress(sqlite3.Error):
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'words'").fetchone():
            # An index of words only notes that one is gone, until it is written anew.
            connection.execute("INSERT INTO words (words) VALUES ('optimize')")
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        if shrink or free * 4 > pages:
            connection.execute("VACUUM")
    with suppress(sqlite3.Error):
        (patience,) = connection.execute("PRAGMA busy_timeout").fetchone()
        connection.execute(f"PRAGMA busy_timeout = {min(patience, _READERS_MILLISECONDS)}")
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.execute(f"PRAGMA busy_timeout = {patience}")


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from one that is made anew at its path; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; 0 if the error is Python's own (a closed file)."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
