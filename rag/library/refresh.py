"""Libraries on disk: opening one and bringing it up to date.

Receives a loaded embedder; knows neither pages nor command lines.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from rag.absolute_path import absolute_path
from rag.datatypes import Embedder
from rag.documents.kinds import kind_names
from rag.documents.load import find_sources
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
from rag.library.library import HomeLibrary, open_library
from rag.library.paths import docs_library_path, named_files_path, named_library_path
from rag.library.reading import Reading, bring_up_to_date
from rag.seed import seed_articles
from rag.settings import Settings, home_folder


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
) -> tuple[HomeLibrary, Changes]:
    """Open the library of `docs`, or the one called `name`, and bring it up to date with its files.

    Without either, the seed article is the library. `add` are paths that a named library gets in
    addition, `remove` those that it is to forget. Raises `LibraryError` if no document is left
    (unless some were removed), or for a path that does not exist; of the paths that a named library
    remembers, such a one is only said, and what was read there is kept.
    """
    home = home_folder(settings)
    paths = [absolute_path(path) for path in (docs or seed_articles() if name is None else add)]
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
    library = open_library(
        file, embedder_id=library_id, passage_tokens=settings.passage_tokens, say=say
    )
    try:
        if name is None:
            found = find_sources(paths)
            remember_only(library, paths)  # for whoever lists the libraries
        else:
            copies = named_files_path(home, name)
            forgotten = [document for path in remove for document in forget(library, copies, path)]
            remember(library, paths)
            found = remembered_sources(library)
        changes = bring_up_to_date(library, found, reading, say)
        _say_what_was_not_read(changes, say)
        if remove:
            changes.removed[:0] = forgotten
        elif not library.document_count():
            raise LibraryError(_nothing_read(paths if name is None else remembered_paths(library)))
    except BaseException:
        library.close()
        raise
    return library, changes


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
