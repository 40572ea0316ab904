"""What a named library reads: the files and folders it remembers, and what was removed of them.

A person's own file is never deleted: when it is removed from a library, it is left out from then
on. Knows neither models nor how files are read.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from rag.absolute_path import absolute_path, lies_in
from rag.documents.load import Found, Source, look_for_sources
from rag.errors import LibraryError
from rag.library.copies import is_copy, remove_copy, remove_if_empty
from rag.library.library import HomeLibrary
from rag.library.paths import copies_path, home_of
from rag.library.protocol import Library
from rag.library.stored_libraries import PATHS, forget_pages

Say = Callable[[str], None]
"""Receives one line for a person to read."""

LEFT_OUT = "left_out"
"""The setting with the files that are not read, of the paths that are."""


def remembered_paths(library: Library) -> list[Path]:
    """Return the files and folders that a named library reads; its copies, where it has some."""
    paths = dict.fromkeys(absolute_path(path) for path in _values(library, PATHS))
    if not isinstance(library, HomeLibrary):
        return list(paths)
    copies = copies_path(library.path)
    paths.pop(copies, None)
    return [*paths, *([copies] if copies.is_dir() else [])]


def remember(library: Library, added: Sequence[Path]) -> None:
    """Add to a named library's paths; what was removed of them before is read again."""
    if not added:
        return
    added = [absolute_path(path) for path in added]
    left_out = [
        key for key in _values(library, LEFT_OUT) if not any(lies_in(key, path) for path in added)
    ]
    remember_only(library, [*remembered_paths(library), *added])
    library.set_value(LEFT_OUT, json.dumps(left_out))


def remembered_sources(library: Library) -> Found:
    """Return the files that a named library is to hold, and what is not read.

    A path that is not there stays remembered: it may lie on a disk that comes back.
    """
    found = look_for_sources(remembered_paths(library))
    left_out = set(_values(library, LEFT_OUT))
    left_out |= {os.path.realpath(key) for key in left_out}
    sources = [
        source
        for source in found.sources
        if not {source.key, os.path.realpath(source.path)} & left_out
    ]
    return replace(found, sources=sources)


def forget(library: Library, folder: Path | None, path: Path) -> list[str]:
    """Remove a document, or a path with all its documents, and return their names.

    A copy below `folder`, if there is one, is deleted; a person's own file is only left out from
    now on. Raises `LibraryError` if the library holds nothing there.
    """
    path = absolute_path(path)
    key = Path(Source(path=path, name="").key)
    below = [document for document in library.documents() if lies_in(document.source, key)]
    paths = remembered_paths(library)
    others = [other for other in paths if not lies_in(other, path)]
    if not below and others == paths:
        raise LibraryError(f"{path}: the library holds no such document; nothing was removed")
    remember_only(library, others)
    own = [
        document.source
        for document in below
        if not (folder and is_copy(folder, Path(document.source)))
        and any(lies_in(document.source, other) for other in others)  # it would come back
    ]
    left_out = dict.fromkeys([*_values(library, LEFT_OUT), *own])
    library.set_value(LEFT_OUT, json.dumps(list(left_out)))
    if folder is not None:
        for document in below:
            remove_copy(folder, Path(document.source))
    library.remove(*[document.source for document in below])
    library.settle()
    if isinstance(library, HomeLibrary):
        forget_pages(home_of(library.path), {document.sha256 for document in below})
    if folder is not None:
        remove_if_empty(folder)
    return [document.name for document in below]


def remember_only(library: Library, paths: Sequence[Path]) -> None:
    """Let a library's paths be these; nothing is written if they are."""
    if library.get_value(PATHS) != (value := json.dumps(list(dict.fromkeys(map(str, paths))))):
        library.set_value(PATHS, value)


def _values(library: Library, key: str) -> list[str]:
    return [str(value) for value in json.loads(library.get_value(key) or "[]")]
