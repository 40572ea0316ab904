"""From files to documents: which files there are, what they are called, and what they say.

Knows nothing of sentences, passages or the library, nor of what is in a file: `rag.documents.kinds`
knows who reads it.
"""

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rag.absolute_path import absolute_path
from rag.datatypes import Document
from rag.documents.formats.refusals import file_limit, too_large, too_long
from rag.documents.kinds import (
    AS_THEY_ARE,
    NO_DOCUMENTS,
    REMEDY_OF,
    kind_names,
    not_read,
    reader_of,
)
from rag.errors import DocumentAway, LibraryError, UnreadableDocument

if TYPE_CHECKING:
    from rag.documents.formats.writer import Extracted

_MARK = "\ufeff".encode()
_HEAD = 65_536
"""Bytes of a file by which it is told whether it is a text, if its name does not say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file to read: where it is (absolute), and the name that people see."""

    path: Path
    name: str

    @property
    def key(self) -> str:
        """Return the path as text that can be stored: a `Document.source`."""
        return str(self.path).encode("utf-8", "backslashreplace").decode()


@dataclass(slots=True, kw_only=True)
class Found:
    """What is to be read under some files and folders.

    `skipped` has a line for each file that is not read. `nothing_at` has those of the paths at
    which there is no document, `away` all places that cannot be looked into, each with what is
    wrong and what to do: what was known of such a place may still be true. `mounts` are the folders
    in which another disk begins.
    """

    sources: list[Source] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    nothing_at: dict[Path, str] = field(default_factory=dict)
    away: dict[Path, str] = field(default_factory=dict)
    mounts: list[Path] = field(default_factory=list)


def find_sources(paths: Sequence[Path]) -> Found:
    """Return the files to read under `paths`; see `look_for_sources`.

    Raises `LibraryError` for a path that does not exist, for a folder without any document, and
    where no document is left.
    """
    found = look_for_sources(paths)
    for path, reason in found.nothing_at.items():
        raise LibraryError(f"{path}: {reason}")
    if not found.sources:
        reason = "; ".join(found.skipped) or "no path was given"
        raise LibraryError(f"nothing to read: {reason}; give a folder or a file ({kind_names()})")
    return found


def look_for_sources(paths: Sequence[Path]) -> Found:
    """Return the files to read under `paths`, and what is not read, or cannot be looked into.

    Folders are walked recursively, sorted, without hidden files and folders; a file that is reached
    twice counts once.
    """
    found = Found()
    sources: dict[str, tuple[Source, str]] = {}  # real path -> source, prefix in case of a clash
    skipped: dict[str, str] = {}
    for path in paths:
        root = absolute_path(path)
        documents = 0
        for file in _walk(root, found):
            real = os.path.realpath(file)
            name = _readable(file.name if file == root else file.relative_to(root).as_posix())
            try:
                is_file = stat.S_ISREG(file.stat().st_mode)
                is_read = is_file and reader_of(file.name, partial(_head, file)) is not None
            except OSError as error:
                found.away[file] = _why_away(error)
                continue
            if is_read:
                prefix = _readable(root.parent.name if file == root else root.name)
                sources.setdefault(real, (Source(path=file, name=name), prefix))
                documents += 1
            else:
                skipped.setdefault(real, _skipped_line(name, file, is_file))
        if root in found.away:
            found.nothing_at[root] = found.away[root]
        elif documents == 0 and root.is_dir():
            found.nothing_at[root] = f"no documents in this folder; add some ({kind_names()})"
            if not any(root.iterdir()):  # as is the place of a disk that is not there
                found.away[root] = found.nothing_at[root]
    found.sources = _distinct(list(sources.values()))
    found.skipped = list(skipped.values())
    return found


def read_document(source: Source, *, max_bytes: int) -> Document:
    """Read one file; `max_bytes` bounds its extracted text as UTF-8.

    Raises `UnreadableDocument` with one line: what is wrong with which file, and what to do;
    `DocumentAway` if the disk or its permissions are in the way.
    """
    try:
        extracted, sha256 = _read(source.path, max_bytes)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DocumentAway(
            f"{source.name}: cannot be read ({reason}); check that it exists and its permissions"
        ) from None
    except ValueError as error:
        raise UnreadableDocument(f"{source.name}: {error}") from None
    return Document(
        source=source.key,
        name=source.name,
        sha256=sha256,
        **extracted._asdict(),
    )


def hash_file(source: Source) -> str | None:
    """Return the SHA-256 of a file, which `Document.sha256` would be; None if it cannot be read."""
    try:
        with source.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _read(path: Path, max_bytes: int) -> "tuple[Extracted, str]":
    size = path.stat().st_size
    extract = reader_of(path.name, partial(_head, path))
    if extract is None:
        told = path.suffix.lower() in REMEDY_OF
        raise ValueError(not_read(path.name) + ("" if told else "; give a file of such a kind"))
    if extract in AS_THEY_ARE and size > max_bytes + len(_MARK) and b"\0" not in _head(path):
        raise too_long(size, max_bytes)  # only UTF-16 and UTF-32 take more room than UTF-8
    if size > file_limit(max_bytes):
        raise too_large(f"{size:,} bytes", file_limit(max_bytes))
    data = path.read_bytes()
    if not data:
        raise ValueError("the file is empty; expected text; add some or remove the file")
    extracted = extract(data, max_bytes)
    if not extracted.text.strip():
        raise ValueError("only white space; expected text; add some or remove the file")
    size = len(extracted.text.encode())
    if size > max_bytes:
        raise too_long(size, max_bytes)
    return extracted, hashlib.sha256(data).hexdigest()


def _head(path: Path) -> bytes:
    """Return the first bytes of a file; a folder has none."""
    if path.is_dir():
        return b""
    with path.open("rb") as file:
        return file.read(_HEAD)


def _walk(root: Path, found: Found) -> Iterator[Path]:
    """Yield `root` if it is no folder, else the files below it; each real folder is entered once.

    Folders that cannot be looked into, and those in which another disk begins, go into `found`.
    """
    if not os.path.isdir(root):
        yield root
        return

    def note(error: OSError) -> None:
        found.away[Path(error.filename or root)] = _why_away(error)

    entered: set[str] = set()
    for folder, folders, files in os.walk(root, followlinks=True, onerror=note):
        real = os.path.realpath(folder)
        if real in entered:  # a link to a folder that was walked already, or a loop
            folders.clear()
            continue
        entered.add(real)
        if os.path.ismount(folder):
            found.mounts.append(Path(folder))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(files) if not name.startswith("."))


def _why_away(error: OSError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "no such file or folder; check the path"
    reason = (error.strerror or str(error)).lower()
    return f"cannot be looked into ({reason}); check the disk and the permissions"


def _skipped_line(name: str, file: Path, is_file: bool) -> str:
    if file.suffix.lower() in NO_DOCUMENTS:
        return f"{name}: skipped, a question set is not a document"
    if not is_file:
        return f"{name}: skipped, not a regular file"
    return f"{name}: skipped, {not_read(file.name)}"


def _readable(name: str) -> str:
    """Replace what cannot be shown or stored: control characters, undecodable bytes of a path."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


def _distinct(found: Sequence[tuple[Source, str]]) -> list[Source]:
    """Prefix the names that clash with their folder's; number those that still do."""
    uses = Counter(source.name for source, _ in found)
    taken = {name for name, count in uses.items() if count == 1}
    sources = []
    for source, prefix in found:
        name = source.name
        if uses[name] > 1:
            name = _free_name(f"{prefix}/{name}", taken)
            taken.add(name)
        sources.append(replace(source, name=name))
    return sources


def _free_name(name: str, taken: set[str]) -> str:
    number = 2
    candidate = name
    while candidate in taken:
        candidate = f"{name} ({number})"
        number += 1
    return candidate
