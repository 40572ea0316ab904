"""Libraries as a person manages them: which there are, which paths each remembers, what is removed.

Nothing here ever deletes a person's own file: only copies that Footnote made, and indexes. Receives
loaded models; knows neither pages nor command lines.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any

from rag.datatypes import Embedder
from rag.documents.copies import is_copy, keep_copy, remove_all_copies, remove_copy
from rag.documents.library import (
    Changes,
    Finished,
    Library,
    Progress,
    docs_library_path,
    named_library_path,
    open_library,
)
from rag.documents.load import Source, find_sources
from rag.documents.places import named_files_path
from rag.errors import LibraryError, UnreadableDocument
from rag.seed import seed_articles
from rag.settings import Settings, home_folder

Say = Callable[[str], None]
"""Receives one line for a person to read."""

_PATHS = "paths"
_LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What it takes to read files into a library: the embedder, the settings, and who is told."""

    settings: Settings
    embedder: Embedder
    progress: Callable[[Progress], None] | None = None
    finished: Callable[[Finished], None] | None = None
    cancel: Event | None = None

    def refresh(
        self, library: Library, sources: Sequence[Source], *, keep_others: bool = False
    ) -> Changes:
        """Bring `library` up to date with `sources`; see `Library.refresh`."""
        return library.refresh(
            sources,
            embedder=self.embedder,
            max_document_bytes=self.settings.max_document_bytes,
            passage_tokens=self.settings.passage_tokens,
            progress=self.progress,
            finished=self.finished,
            cancel=self.cancel,
            keep_others=keep_others,
        )


def library_names(home: Path) -> list[str]:
    """Return the names of the libraries that were made, sorted as people sort."""
    folder = named_library_path(home, "any").parent
    names = []
    for file in folder.glob("*.sqlite"):
        try:
            named_library_path(home, file.stem)
        except LibraryError:
            continue  # somebody else's file
        names.append(file.stem)
    return sorted(names, key=lambda name: (name.casefold(), name))


def refresh_library(
    settings: Settings,
    embedder: Embedder,
    library_id: str,
    *,
    docs: Sequence[Path] | None,
    name: str | None,
    say: Say,
    progress: Callable[[Progress], None] | None = None,
    add: Sequence[Path] = (),
    remove: Sequence[Path] = (),
) -> tuple[Library, Changes]:
    """Open the library of `docs`, or the one called `name`, and bring it up to date with its files.

    Without either, the seed article is the library. `add` are paths that a named library gets in
    addition, `remove` those that it is to forget. Raises `LibraryError` if no document is left
    (unless some were removed), or for a path that does not exist; of the paths that a named library
    remembers, such a one is only said.
    """
    home = home_folder(settings)
    paths = [path.absolute() for path in (docs or seed_articles() if name is None else add)]
    if name is None:
        file = docs_library_path(home, paths)
    else:
        file = named_library_path(home, name)
        if not file.exists() and not add:
            raise LibraryError(
                f"there is no library {name!r}: make it with "
                f"`footnote index --library {name} --add PATH`"
            )
    if paths:
        find_sources(paths)  # raises before an empty library is made
    reading = Reading(settings=settings, embedder=embedder, progress=progress)
    library = open_library(file, embedder_id=library_id, passage_tokens=settings.passage_tokens)
    try:
        if name is None:
            sources, skipped = find_sources(paths)
        else:
            copies = named_files_path(home, name)
            forgotten = [document for path in remove for document in forget(library, copies, path)]
            remember(library, paths)
            sources, skipped = remembered_sources(library, say)
        for line in skipped:
            say(line)
        changes = reading.refresh(library, sources)
        for _, reason in changes.skipped:
            say(f"skipped: {reason}")
        if remove:
            changes.removed[:0] = forgotten
        elif not library.documents():
            raise LibraryError(_nothing_read(paths if name is None else remembered_paths(library)))
    except BaseException:
        library.close()
        raise
    return library, changes


def remembered_paths(library: Library) -> list[Path]:
    """Return the files and folders that a named library reads."""
    return [Path(path) for path in _values(library, _PATHS)]


def remember(library: Library, added: Sequence[Path]) -> None:
    """Add to a named library's paths; what was removed of them before is read again."""
    if not added:
        return
    paths = dict.fromkeys([*_values(library, _PATHS), *map(str, added)])
    left_out = [
        key
        for key in _values(library, _LEFT_OUT)
        if not any(Path(key).is_relative_to(path) for path in added)
    ]
    library.set_value(_PATHS, json.dumps(list(paths)))
    library.set_value(_LEFT_OUT, json.dumps(left_out))


def remembered_sources(library: Library, say: Say) -> tuple[list[Source], list[str]]:
    """Return the files that a named library is to hold, and a line for each that is not read.

    A path that is not there is said and stays remembered: it may lie on a disk that comes back.
    Raises `LibraryError` if there are paths and none is there.
    """
    paths, there = remembered_paths(library), []
    for path in paths:
        try:
            find_sources([path])
            there.append(path)
        except LibraryError as error:
            say(f"skipped: {error}")
    if paths and not there:
        raise LibraryError(
            "nothing that the library remembers is there any more: put it back, or add other "
            "files with `footnote index --library NAME --add PATH`"
        )
    sources, skipped = find_sources(there) if there else ([], [])
    left_out = set(_values(library, _LEFT_OUT))
    return [source for source in sources if source.key not in left_out], skipped


def add_copies(
    library: Library, folder: Path, uploaded: Sequence[tuple[str, Path]], reading: Reading
) -> Changes:
    """Move uploaded files, each a name and where it lies, into `folder`, and read them.

    A file that cannot be read, or was not when `reading` was cancelled, is not kept. `reading` is
    told of each file under the name that it came with.
    """
    kept: dict[str, tuple[str, Path]] = {}
    changes = Changes()
    for name, file in uploaded:
        try:
            copy = keep_copy(folder, name, file)
            kept[Source(path=copy, name=name).key] = name, copy
        except UnreadableDocument as error:
            changes.skipped.append((name, str(error)))
            _tell(
                reading.finished,
                Finished(source="", name=name, outcome="skipped", reason=str(error)),
            )
    done: set[str] = set()

    def finished(file: Finished) -> None:
        if file.outcome != "skipped":
            done.add(file.source)
        name = kept[file.source][0] if file.source in kept else file.name
        _tell(reading.finished, replace(file, name=name))

    try:
        if kept:
            remember(library, [folder])
            names = {key: name for key, (name, _) in kept.items()}
            read = _read_copies(library, names, replace(reading, finished=finished))
            changes.skipped.extend(read.skipped)
            changes = replace(read, skipped=changes.skipped)
    finally:
        for key, (_, copy) in kept.items():
            if key not in done:
                remove_copy(folder, copy)
        _forget_if_empty(library, folder)
    return changes


def forget(library: Library, folder: Path, path: Path) -> list[str]:
    """Remove a document, or a path with all its documents, and return their names.

    A copy below `folder` is deleted; a person's own file is only left out from now on. Raises
    `LibraryError` if the library holds nothing there.
    """
    path = Path(os.path.abspath(path.expanduser()))
    key = Source(path=path, name="").key
    below = [
        document
        for document in library.documents()
        if Path(document.source).is_relative_to(key)  # or is the file itself
    ]
    paths = _values(library, _PATHS)
    if not below and str(path) not in paths:
        raise LibraryError(f"{path}: the library holds no such document; nothing was removed")
    if str(path) in paths:
        library.set_value(_PATHS, json.dumps([other for other in paths if other != str(path)]))
    own = [document.source for document in below if not is_copy(folder, Path(document.source))]
    if any(Path(key).is_relative_to(other) for other in paths if other != str(path)):
        left_out = dict.fromkeys([*_values(library, _LEFT_OUT), *own])
        library.set_value(_LEFT_OUT, json.dumps(list(left_out)))
    for document in below:
        remove_copy(folder, Path(document.source))
        library.remove(document.source)
    _forget_if_empty(library, folder)
    return [document.name for document in below]


def delete_library(home: Path, name: str) -> None:
    """Delete the index and the copies of a named library, which is closed; no other file.

    Raises `LibraryError` where they cannot be deleted.
    """
    file = named_library_path(home, name)
    try:
        remove_all_copies(named_files_path(home, name))
        for suffix in ("-wal", "-shm", ""):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
    except OSError as error:
        raise LibraryError(
            f"library {name!r} cannot be deleted ({(error.strerror or str(error)).lower()}): "
            "end other programs that use it"
        ) from None


def _read_copies(library: Library, names: Mapping[str, str], reading: Reading) -> Changes:
    """Read the copies with these keys; progress is told under the names that they came with."""
    sources, _ = remembered_sources(library, lambda line: None)
    ours = [source for source in sources if source.key in names]
    if library.stale:  # all of it has to be read again, or nothing of it would be left
        ours = sources
    uploaded = {source.name: names.get(source.key, source.name) for source in ours}

    def progress(step: Progress) -> None:
        _tell(reading.progress, replace(step, name=uploaded[step.name]))

    return replace(reading, progress=progress).refresh(library, ours, keep_others=True)


def _tell(listener: Callable[[Any], None] | None, news: object) -> None:
    if listener is not None:
        listener(news)


def _forget_if_empty(library: Library, folder: Path) -> None:
    """Forget the folder of copies when it holds none: an empty one would be complained of."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    paths = _values(library, _PATHS)
    if str(folder) in paths and not folder.exists():
        library.set_value(_PATHS, json.dumps([path for path in paths if path != str(folder)]))


def _nothing_read(paths: Sequence[Path]) -> str:
    if not paths:
        return "the library is empty: add files with `footnote index --library NAME --add PATH`"
    return (
        f"no document could be read in {', '.join(map(str, paths))}: "
        "expected text or Markdown files"
    )


def _values(library: Library, key: str) -> list[str]:
    return [str(value) for value in json.loads(library.get_value(key) or "[]")]
