"""Reading files into a library, with progress and a way to cancel; copies that nobody needs go.

Receives a loaded embedder; knows neither pages nor command lines.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any

from rag.datatypes import Embedder
from rag.documents.formats.progress import PageReading, reading_pages
from rag.documents.kinds import READERS, not_read
from rag.documents.load import Found, Source
from rag.errors import UnreadableDocument
from rag.library.copies import (
    copy_called,
    keep_copy,
    remove_copy,
    remove_if_empty,
    replace_copy,
)
from rag.library.folders import Say, remembered_sources
from rag.library.library import Changes, Finished, Library, Progress
from rag.library.paths import recognised_pages_path
from rag.library.stored_libraries import forget_pages
from rag.settings import Settings, home_folder

_MOUNTS = "mounts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What it takes to read files into a library: the embedder, the settings, and who is told."""

    settings: Settings
    embedder: Embedder
    progress: Callable[[Progress], None] | None = None
    finished: Callable[[Finished], None] | None = None
    cancel: Event | None = None

    def refresh(self, library: Library, found: Found, *, keep_others: bool = False) -> Changes:
        """Bring `library` up to date with what was `found`; see `Library.refresh`.

        Documents of places that cannot be looked into are kept.
        """
        home = home_folder(self.settings)
        kept = recognised_pages_path(home)
        before = _hashes(library) if kept.is_dir() else set()
        away = found.away | _disks_away(library, found)
        with reading_pages(PageReading(kept=kept, threads=self.settings.threads)):
            changes = library.refresh(
                found.sources,
                embedder=self.embedder,
                max_document_bytes=self.settings.max_document_bytes,
                passage_tokens=self.settings.passage_tokens,
                progress=self.progress,
                finished=self.finished,
                cancel=self.cancel,
                keep_others=keep_others,
                away=away,
            )
        forget_pages(home, before - _hashes(library) if before else ())
        return changes


def bring_up_to_date(library: Library, found: Found, reading: Reading, say: Say) -> Changes:
    """Let the library hold what was `found`; say what is not read, and what is only kept."""
    for line in found.skipped:
        say(line)
    if line := library.renewal():
        say(line)
    changes = reading.refresh(library, found)
    kept = Counter(why for _, why in changes.kept)
    places = (found.nothing_at | found.away).items()
    for why in dict.fromkeys([*(f"{path}: {reason}" for path, reason in places), *kept]):
        count = f"{kept[why]:,} document{'' if kept[why] == 1 else 's'}"
        stays = f"; what was read there stays until you remove it ({count})"
        say(f"skipped: {why}{stays if kept[why] else ''}")
    return changes


def _hashes(library: Library) -> set[str]:
    return {document.sha256 for document in library.documents()}


def _disks_away(library: Library, found: Found) -> dict[Path, str]:
    """Return the folders in which another disk began before and does not now; note those of now.

    Where a disk is not, its folder stays, and says nothing of the files that were on it.
    """
    known = [Path(path) for path in json.loads(library.get_value(_MOUNTS) or "[]")]
    library.set_value(_MOUNTS, json.dumps(sorted({*map(str, known), *map(str, found.mounts)})))
    return {
        path: "the disk that was here is not; put it back"
        for path in known
        if not os.path.ismount(path)
    }


def add_copies(
    library: Library,
    folder: Path,
    uploaded: Sequence[tuple[str, Path]],
    reading: Reading,
    *,
    replacing: bool = False,
) -> Changes:
    """Move uploaded files, each a name and where it lies, into `folder`, and read them.

    A file that cannot be read, or was not when `reading` was cancelled, is not kept. `reading` is
    told of each file under the name that it came with. A name that is taken gets a number; when
    `replacing`, the file takes the place of the one that has it, which stays if the new one cannot
    be read.
    """
    kept: dict[str, tuple[str, Path]] = {}
    before: dict[str, Path] = {}
    changes = Changes()
    for name, file in uploaded:
        try:
            if Path(name).suffix.lower() not in READERS:
                raise UnreadableDocument(f"{name}: skipped, {not_read(name)}")
            copy, old = _keep(folder, name, file, replacing=replacing)
            key = Source(path=copy, name=name).key
            kept[key] = name, copy
            before |= {key: old} if old else {}
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
            names = {key: name for key, (name, _) in kept.items()}
            read = _read_copies(library, names, replace(reading, finished=finished))
            changes.skipped.extend(read.skipped)
            changes = replace(read, skipped=changes.skipped)
    finally:
        left = {key: copy for key, (_, copy) in kept.items() if key not in done}
        _put_back(folder, left, before)
        remove_if_empty(folder)
        restored = {key: kept[key][0] for key in left if key in before}
        if restored and not library.stale:
            _read_copies(library, restored, replace(reading, progress=None, cancel=None))
    return changes


def _keep(folder: Path, name: str, file: Path, *, replacing: bool) -> tuple[Path, Path | None]:
    """Return where the file's copy is, and where what it replaced lies now, if it did."""
    copy = copy_called(folder, name) if replacing else None
    return (
        (keep_copy(folder, name, file), None)
        if copy is None
        else (
            copy,
            replace_copy(copy, file),
        )
    )


def _put_back(folder: Path, left: Mapping[str, Path], before: Mapping[str, Path]) -> None:
    """Undo the copies that were not read: `before` says where what they replaced lies now."""
    for key, old in before.items():
        if key in left:
            os.replace(old, left[key])
        else:
            old.unlink(missing_ok=True)
    for key, copy in left.items():
        if key not in before:
            remove_copy(folder, copy)


def _read_copies(library: Library, names: Mapping[str, str], reading: Reading) -> Changes:
    """Read the copies with these keys; progress is told under the names that they came with."""
    found = remembered_sources(library)
    ours = [source for source in found.sources if source.key in names]
    if library.stale:  # all of it has to be read again, or nothing of it would be left
        ours = found.sources
    uploaded = {source.name: names.get(source.key, source.name) for source in ours}

    def progress(step: Progress) -> None:
        _tell(reading.progress, replace(step, name=uploaded[step.name]))

    return replace(reading, progress=progress).refresh(
        library, replace(found, sources=ours), keep_others=True
    )


def _tell(listener: Callable[[Any], None] | None, news: object) -> None:
    if listener is not None:
        listener(news)
