"""From files to documents: which files there are, what they are called, and what they say.

Knows nothing of sentences, passages or the library, nor of what is in a file: `rag.documents.kinds`
knows who reads it.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rag.datatypes import Document
from rag.documents.formats.refusals import file_limit, too_large, too_long
from rag.documents.formats.writer import Extracted
from rag.documents.kinds import (
    AS_THEY_ARE,
    NO_DOCUMENTS,
    REMEDY_OF,
    kind_names,
    not_read,
    reader_of,
)
from rag.errors import LibraryError, UnreadableDocument
from rag.paths import absolute_path

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


def find_sources(paths: Sequence[Path]) -> tuple[list[Source], list[str]]:
    """Return the files to read under `paths`, and one line for each file that is not read.

    Folders are walked recursively, sorted, without hidden files and folders; a file that is reached
    twice counts once. Raises `LibraryError` for a path that does not exist, for a folder without
    any document, and where no document is left.
    """
    found: dict[str, tuple[Source, str]] = {}  # real path -> source, prefix in case of a clash
    skipped: dict[str, str] = {}
    for path in paths:
        root = absolute_path(path)
        if not root.exists():
            raise LibraryError(f"{path}: no such file or folder; check the path")
        documents = 0
        for file in _walk(root):
            real = os.path.realpath(file)
            name = _readable(file.name if file == root else file.relative_to(root).as_posix())
            if file.is_file() and reader_of(file.name, partial(_head, file)) is not None:
                prefix = _readable(root.parent.name if file == root else root.name)
                found.setdefault(real, (Source(path=file, name=name), prefix))
                documents += 1
            else:
                skipped.setdefault(real, _skipped_line(name, file))
        if documents == 0 and root.is_dir():
            raise LibraryError(f"{path}: no documents in this folder; add some ({kind_names()})")
    if not found:
        reason = "; ".join(skipped.values()) or "no path was given"
        raise LibraryError(f"nothing to read: {reason}; give a folder or a file ({kind_names()})")
    return _distinct(list(found.values())), list(skipped.values())


def read_document(source: Source, *, max_bytes: int) -> Document:
    """Read one file; `max_bytes` bounds its extracted text as UTF-8.

    Raises `UnreadableDocument` with one line: what is wrong with which file, and what to do.
    """
    try:
        extracted, sha256 = _read(source.path, max_bytes)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnreadableDocument(
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


def _read(path: Path, max_bytes: int) -> tuple[Extracted, str]:
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
    """Return the first bytes of a file; none if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""


def _walk(root: Path) -> Iterator[Path]:
    """Yield `root` if it is a file, else the files below it; each real folder is entered once."""
    if not root.is_dir():
        yield root
        return
    entered: set[str] = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in entered:  # a link to a folder that was walked already, or a loop
            folders.clear()
            continue
        entered.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(files) if not name.startswith("."))


def _skipped_line(name: str, file: Path) -> str:
    if file.suffix.lower() in NO_DOCUMENTS:
        return f"{name}: skipped, a question set is not a document"
    if not file.is_file():
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
