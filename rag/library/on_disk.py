"""Which documents of a library are not what their files are now: a quick look, nothing is read in.

Knows paths, times and hashes; nothing of what the files say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rag.documents.load import Source, hash_file
from rag.library.listed import KnownDocument

MOST_FILES = 2_000
"""Files that are looked at: their times take some 20 ms."""
_MOST_HASHED = 20
_MOST_BYTES = 50_000_000
"""Of one file that is hashed, which takes some 50 ms; a larger one is judged by its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChanges:
    """Names of documents whose files say something else now, or are not there."""

    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """One line for a person; empty where nothing changed."""
        parts = [
            f"{_named(names)} {one if len(names) == 1 else several}"
            for names, one, several in (
                (self.changed, "has changed", "have changed"),
                (self.gone, "is not there any more", "are not there any more"),
            )
            if names
        ]
        return f"Since it was read, {' and '.join(parts)}" if parts else ""


def file_changes(files: Sequence[KnownDocument], cited: Iterable[int]) -> FileChanges:
    """Return what changed on the disk of some files, which are to be at most `MOST_FILES`.

    Those of the documents `cited` are compared by their SHA-256, the others if they were written
    after they were read; one of these that was put in place with an older time goes unnoticed.
    """
    changed: list[str] = []
    gone: list[str] = []
    first = set(cited)
    hashed = 0
    for file in sorted(files, key=lambda file: file.id not in first):
        try:
            status = Path(file.source).stat()
        except FileNotFoundError:
            if "\\udc" not in file.source:  # else a name that is no text, and was there
                gone.append(file.name)
            continue
        except OSError:
            continue
        is_newer = status.st_mtime >= _moment(file.indexed_at)
        if not is_newer and file.id not in first:
            continue
        if status.st_size > _MOST_BYTES or hashed >= _MOST_HASHED:
            is_other = is_newer
        else:
            hashed += 1
            source = Source(path=Path(file.source), name=file.name)
            is_other = hash_file(source) not in (None, file.sha256)
        if is_other:
            changed.append(file.name)
    return FileChanges(changed=tuple(changed), gone=tuple(gone))


def _moment(indexed_at: str) -> float:
    try:
        return datetime.fromisoformat(indexed_at).timestamp()
    except ValueError:
        return float("-inf")


def _named(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1:,} more"
