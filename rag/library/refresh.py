"""Libraries on disk: opening one and bringing it up to date.

Receives a loaded embedder; knows neither pages nor command lines.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from rag.absolute_path import absolute_path
from rag.datatypes import Embedder
from rag.documents.kinds import kind_names
from rag.documents.load import Source, find_sources
from rag.errors import LibraryError
from rag.library.changes import Changes, Progress
from rag.library.folders import (
    Say,
    forget,
    remember,
    remember_only,
    remembered_paths,
    remembered_sources,
)
from rag.library.library import open_library
from rag.library.paths import docs_library_path, named_files_path, named_library_path
from rag.library.protocol import Library
from rag.library.qdrant.address import is_shared
from rag.library.qdrant.library import QdrantLibrary
from rag.library.qdrant.opening import open_shared
from rag.library.reading import Reading, bring_up_to_date
from rag.library.recipe import library_recipe
from rag.seed import seed_articles
from rag.settings import Settings, home_folder

Spread = Callable[[Sequence[Source]], Changes]
"""Reads files into a shared library elsewhere; see `rag.library.spreading`."""


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
    groups: Sequence[str] = (),
    spread: Spread | None = None,
) -> tuple[Library, Changes]:
    """Open the library of `docs`, or the one called `name`, and bring it up to date with its files.

    Without either, the seed article is the library. `add` are paths that a named library gets in
    addition, `remove` those that it is to forget. Raises `LibraryError` if no document is left
    (unless some were removed), or for a path that does not exist; of the paths that a named library
    remembers, such a one is only said, and what was read there is kept. Of a shared one only
    `groups` may read what lies in `add`, now and later, without groups everyone; and `spread` may
    read its files first, on other machines.
    """
    paths = [absolute_path(path) for path in (docs or seed_articles() if name is None else add)]
    if paths:
        find_sources(paths)  # raises before an empty library is made
    reading = Reading(settings=settings, embedder=embedder, progress=progress)
    library, copies = _open(settings, embedder, library_id, paths, name, say)
    try:
        if name is None:
            found = find_sources(paths)
            remember_only(library, paths)  # for whoever lists the libraries
        else:
            forgotten = [document for path in remove for document in forget(library, copies, path)]
            if isinstance(library, QdrantLibrary) and groups:
                for path in paths:
                    library.share(str(path), groups)
            remember(library, paths)
            found = remembered_sources(library)
        elsewhere = Changes()
        if spread is not None and isinstance(library, QdrantLibrary):
            library.start_over(library.recipe)
            elsewhere = spread(found.sources)
        changes = bring_up_to_date(library, found, reading, say)
        _merge(elsewhere, changes)
        _say_what_was_not_read(changes, say)
        if remove:
            changes.removed[:0] = forgotten
        elif not library.document_count():
            raise LibraryError(_nothing_read(paths if name is None else remembered_paths(library)))
    except BaseException:
        library.close()
        raise
    return library, changes


def _merge(elsewhere: Changes, changes: Changes) -> None:
    """Say of documents that were read elsewhere, and are up to date since, what was done there."""
    done = {*elsewhere.added, *elsewhere.changed}
    changes.unchanged[:] = [name for name in changes.unchanged if name not in done]
    changes.added[:0] = elsewhere.added
    changes.changed[:0] = elsewhere.changed
    changes.warnings[:0] = elsewhere.warnings


def open_to_ask(
    settings: Settings,
    embedder: Embedder,
    library_id: str,
    *,
    docs: Sequence[Path] | None,
    name: str | None,
    say: Say,
    progress: Callable[[Progress], None] | None = None,
) -> Library:
    """Open a library as `refresh_library` does; a shared one as it is, whoever keeps it."""
    if name is not None and is_shared(name):
        return open_shared_library(settings, embedder, library_id, name)
    library, _ = refresh_library(
        settings, embedder, library_id, docs=docs, name=name, say=say, progress=progress
    )
    return library


def open_as_it_is(
    settings: Settings, embedder: Embedder, library_id: str, name: str, say: Say
) -> Library:
    """Open a library that is there, without looking at its files. Raises `LibraryError`."""
    if is_shared(name):
        return open_shared_library(settings, embedder, library_id, name)
    file = named_library_path(home_folder(settings), name)
    if not file.exists():
        raise LibraryError(_no_library(name))
    library = open_library(
        file, embedder_id=library_id, passage_tokens=settings.passage_tokens, say=say
    )
    if library.stale or not library.document_count():
        library.close()
        raise LibraryError(
            f"library {name!r}: is empty, or made with other models; run first: "
            f"footnote index --library {name}"
        )
    return library


def open_shared_library(
    settings: Settings, embedder: Embedder, library_id: str, name: str, *, create: bool = False
) -> QdrantLibrary:
    """Open the library at `qdrant://…`; it is made, empty, if it may be."""
    recipe = library_recipe(library_id, settings.passage_tokens)
    recipe["dimension"] = str(embedder.dimension)
    return open_shared(name, key=settings.qdrant_api_key, recipe=recipe, create=create)


def _open(
    settings: Settings,
    embedder: Embedder,
    library_id: str,
    paths: Sequence[Path],
    name: str | None,
    say: Say,
) -> tuple[Library, Path | None]:
    """Return the library, which is made if `paths` are read into it, and the folder of its copies.

    A shared one has none.
    """
    home = home_folder(settings)
    if name is not None and is_shared(name):
        return open_shared_library(settings, embedder, library_id, name, create=bool(paths)), None
    if name is None:
        file, copies = docs_library_path(home, paths), None
    else:
        file, copies = named_library_path(home, name), named_files_path(home, name)
        if not file.exists() and not paths:
            raise LibraryError(_no_library(name))
    library = open_library(
        file, embedder_id=library_id, passage_tokens=settings.passage_tokens, say=say
    )
    return library, copies


def _no_library(name: str) -> str:
    return (
        f"there is no library {name!r}: make it with `footnote index --library {name} --add PATH`"
    )


def _say_what_was_not_read(changes: Changes, say: Say) -> None:
    for _, reason in changes.skipped:
        say(f"skipped: {reason}")
    for document, warning in changes.warnings:
        say(f"{document}: {warning}")


def _nothing_read(paths: Sequence[Path]) -> str:
    if not paths:
        return "the library is empty: add files with `footnote index --library NAME --add PATH`"
    return (
        f"no document could be read in {', '.join(map(str, paths))}: "
        f"expected files of a kind that is read ({kind_names()})"
    )
