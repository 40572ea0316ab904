"""Which libraries there are on the disk: how large, how old, of what; to delete and to shrink them.

Files are looked at, never brought up to date: those that an earlier Footnote made are listed too.
Knows neither models nor pages.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rag.absolute_path import lies_in
from rag.errors import LibraryError
from rag.library.copies import remove_all_copies
from rag.library.paths import (
    copies_path,
    fit_library_name,
    library_name,
    named_library_path,
    other_codes,
    recognised_pages_path,
    unnamed_folder,
)
from rag.sqlite_file import forget_deleted

PATHS = "paths"
"""The setting of a library with the files and folders that it reads, as JSON."""
UNNAMED = "unnamed:"
"""Begins what a library without a name is called; no name has a colon."""
_SHORT = 8
_BESIDE = ("-wal", "-shm", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLibrary:
    """A library on the disk. `name` is its own, or `unnamed:` and the beginning of its file's name.

    `bytes` counts its copies of files too; `read_at` is the time in ISO 8601, UTC, at which files
    were last read into it; `places` are the files and folders that it reads. `documents` is None
    where the file cannot be read.
    """

    name: str
    path: Path
    bytes: int
    read_at: str
    documents: int | None
    places: tuple[str, ...]


def library_names(home: Path) -> list[str]:
    """Return the names of the libraries that were made, sorted as people sort."""
    folder = named_library_path(home, "any").parent
    names = []
    for file in folder.glob("*.sqlite"):
        try:
            names.append(fit_library_name(file.stem))
        except LibraryError:
            continue  # somebody else's file
    return sorted(names, key=lambda name: (name.casefold(), name))


def stored_libraries(home: Path) -> list[StoredLibrary]:
    """Return the named libraries as people sort, then the others, the one last read first."""
    named = [named_library_path(home, name) for name in library_names(home)]
    unnamed = map(_look_at, unnamed_folder(home).glob("*.sqlite"))
    return [
        *map(_look_at, named),
        *sorted(unnamed, key=lambda library: (library.read_at, library.name), reverse=True),
    ]


def stored_name(path: Path) -> str:
    """Return what the library kept at `path` is called in the list."""
    return library_name(path) or f"{UNNAMED}{path.stem[:_SHORT]}"


def find_stored(home: Path, name: str) -> StoredLibrary:
    """Return the library of that name, as `stored_libraries` gives it; raises `LibraryError`."""
    for library in stored_libraries(home):
        if library.name == name:
            return library
    raise LibraryError(f"there is no library {name!r}: `footnote libraries` lists those there are")


def delete_stored(home: Path, library: StoredLibrary) -> None:
    """Delete a library that nobody has open, with its copies and what was recognised for it.

    No file of a person is touched. Raises `LibraryError` where it cannot be deleted.
    """
    hashes = _hashes(library.path) or set()
    try:
        _check_nobody_has_it_open(library.path)
        remove_all_copies(copies_path(library.path))
        for path in [*other_codes(library.path), *_files_of(library.path)]:
            path.unlink(missing_ok=True)
    except (OSError, sqlite3.OperationalError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise LibraryError(
            f"library {library.name!r} cannot be deleted ({reason.lower()}): "
            "end other programs that use it"
        ) from None
    forget_pages(home, hashes)


def delete_library(home: Path, name: str) -> None:
    """Delete a named library; see `delete_stored`."""
    delete_stored(home, _look_at(named_library_path(home, name)))


def shrink_library(library: StoredLibrary) -> int:
    """Write a library's file anew without what was removed; return how many bytes it takes then.

    Raises `LibraryError` where it cannot be written.
    """
    try:
        with closing(sqlite3.connect(library.path, isolation_level=None)) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("BEGIN IMMEDIATE")  # raises where the rest would keep silent
            connection.execute("COMMIT")
            forget_deleted(connection, shrink=True)
    except sqlite3.Error as error:
        raise LibraryError(f"library {library.name!r} cannot be written ({error})") from None
    return _bytes_of(library.path)


def forget_pages(home: Path, hashes: Collection[str] | None = None) -> None:
    """Delete what was recognised in files with these SHA-256, unless a library still holds them.

    Without `hashes`, in all files. Nothing is deleted while a library cannot be read.
    """
    folders = {
        folder.name: folder
        for folder in _entries(recognised_pages_path(home))
        if hashes is None or folder.name in hashes
    }
    if not folders:
        return
    for path in _files(home):
        held = _hashes(path)
        if held is None:
            return
        for name in held & folders.keys():
            del folders[name]
    for folder in folders.values():
        shutil.rmtree(folder, ignore_errors=True)


def pages_bytes(home: Path) -> int:
    """Return how much room the text takes that was recognised in pictures."""
    return _size(recognised_pages_path(home))


def _files(home: Path) -> Iterator[Path]:
    yield from (named_library_path(home, name) for name in library_names(home))
    yield from unnamed_folder(home).glob("*.sqlite")


def _look_at(path: Path) -> StoredLibrary:
    documents, read_at, places = None, "", []
    try:
        read_at = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
        with closing(_open_to_look(path)) as connection:
            documents, latest = connection.execute(
                "SELECT count(*), max(indexed_at) FROM documents"
            ).fetchone()
            read_at = latest or read_at
            places = _places(connection, copies_path(path))
    except (OSError, sqlite3.Error, ValueError):
        pass  # it is listed, and can be deleted
    return StoredLibrary(
        name=stored_name(path),
        path=path,
        bytes=_bytes_of(path),
        read_at=read_at,
        documents=documents,
        places=tuple(places),
    )


def _places(connection: sqlite3.Connection, copies: Path) -> list[str]:
    """Return what a library reads, its copies apart; of one that does not say, where it was."""
    rows = connection.execute("SELECT value FROM settings WHERE key = ?", (PATHS,)).fetchall()
    places = [str(path) for path in json.loads(rows[0][0])] if rows else []
    if not rows:
        sources = [row[0] for row in connection.execute("SELECT source FROM documents")]
        places = [os.path.commonpath(sources)] if sources else []
    return [place for place in places if not lies_in(place, copies)]


def _hashes(path: Path) -> set[str] | None:
    """Return the SHA-256 of the files that a library holds; None if it cannot be read."""
    try:
        with closing(_open_to_look(path)) as connection:
            return {row[0] for row in connection.execute("SELECT sha256 FROM documents")}
    except sqlite3.Error:
        return None


def _open_to_look(path: Path) -> sqlite3.Connection:
    """Return a connection that makes no file; one that could not write would leave a log behind."""
    connection = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _check_nobody_has_it_open(path: Path) -> None:
    """Raise `sqlite3.OperationalError` if anyone has: this change of mode waits for all to go."""
    if not path.exists():
        return
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            pass  # damaged, or no library at all


def _bytes_of(path: Path) -> int:
    return sum(map(_size, [*_files_of(path), *other_codes(path), copies_path(path)]))


def _files_of(path: Path) -> list[Path]:
    """Return the files of a library that SQLite makes."""
    return [path.with_name(path.name + suffix) for suffix in _BESIDE]


def _size(path: Path) -> int:
    try:
        if path.is_dir() and not path.is_symlink():
            return sum(map(_size, _entries(path)))
        return path.lstat().st_size
    except OSError:
        return 0


def _entries(folder: Path) -> Iterable[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
