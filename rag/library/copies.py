"""Copies of a person's files that a named library keeps in a folder of its own.

Whatever a file was called where it came from, its copy lies below that folder, under a name that
every system can have. Knows nothing of libraries.
"""

import os
import shutil
import unicodedata
from pathlib import Path, PurePosixPath

from rag.absolute_path import absolute_path
from rag.errors import UnreadableDocument
from rag.library.paths import is_device

_LONGEST_PART_BYTES = 150
_DEEPEST = 8
"""Folders of a name that are kept, the last ones."""
_FORBIDDEN = set('<>:"|?*')


def safe_name(name: str) -> PurePosixPath:
    """Return the relative path under which a file called `name` is kept.

    `name` may have folders (`notes/may.txt`), with either slash; steps up and drives are dropped,
    control and other invisible characters and those that some systems forbid become `_`. Raises
    `UnreadableDocument` for a hidden file, or one without a name.
    """
    text = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode()).replace("\\", "/")
    parts = [part for part in text.split("/") if part.strip(" .") and not _is_drive(part)]
    if not parts:
        raise UnreadableDocument(f"{name!r}: has no name; give the file one")
    if any(part.startswith(".") for part in parts):
        raise UnreadableDocument(f"{name}: skipped, hidden; take the dot from its name to add it")
    return PurePosixPath(*[_safe_part(part) for part in parts[-_DEEPEST:]])


def keep_copy(folder: Path, name: str, uploaded: Path) -> Path:
    """Move `uploaded` to a free place below `folder` and return where it is now.

    Nothing is overwritten: a name that is taken gets a number. Raises as `safe_name`, and
    `UnreadableDocument` where the file cannot be written.
    """
    path = safe_name(name)
    taken: Path | None = None
    try:
        parent = _make_folders(folder, path)
        number = 1
        while taken is None:
            counted = path.name if number == 1 else f"{path.stem} ({number}){path.suffix}"
            try:
                (parent / counted).touch(exist_ok=False)
                taken = parent / counted
            except FileExistsError:
                number += 1
        os.replace(uploaded, taken)
    except OSError as error:
        if taken is not None:  # its place is empty: nothing is to be read there
            remove_copy(folder, taken)
        reason = (error.strerror or str(error)).lower()
        raise UnreadableDocument(
            f"{name}: cannot be kept ({reason}); make room and add it again"
        ) from None
    return taken


def copy_called(folder: Path, name: str) -> Path | None:
    """Return the copy below `folder` that was added under `name`; None if there is none."""
    try:
        path = folder / safe_name(name)
        return path if path.is_file() else None
    except (OSError, UnreadableDocument):
        return None


def replace_copy(copy: Path, uploaded: Path) -> Path:
    """Move `uploaded` in place of a copy, and return where what was there lies now.

    Raises `UnreadableDocument` where that cannot be done; then the copy is as it was.
    """
    before = uploaded.with_name(f"{uploaded.name}.before")
    try:
        shutil.copy2(copy, before)
        os.replace(uploaded, copy)
    except OSError as error:
        before.unlink(missing_ok=True)
        reason = (error.strerror or str(error)).lower()
        raise UnreadableDocument(
            f"{copy.name}: cannot be replaced ({reason}); make room and add it again"
        ) from None
    return before


def is_copy(folder: Path, file: Path) -> bool:
    """Say whether `file` lies below `folder`, the folder of copies."""
    return absolute_path(file).is_relative_to(absolute_path(folder))


def remove_copy(folder: Path, file: Path) -> None:
    """Delete a copy, and the folders below `folder` that are empty then; other files are left."""
    if not is_copy(folder, file):
        return
    file.unlink(missing_ok=True)
    parent = file.parent
    while parent != folder and is_copy(folder, parent):
        try:
            parent.rmdir()
        except OSError:
            return
        parent = parent.parent


def remove_if_empty(folder: Path) -> None:
    """Delete the folder of copies when it holds none: an empty one would be complained of."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def remove_all_copies(folder: Path) -> None:
    """Delete the folder of copies; a link in its place is only unlinked."""
    if folder.is_symlink():
        folder.unlink()
    elif folder.is_dir():
        shutil.rmtree(folder)


def _make_folders(folder: Path, path: PurePosixPath) -> Path:
    """Make the folders of `path` and return the last; one that is a file there gets a `_`."""
    parent = folder
    parent.mkdir(parents=True, exist_ok=True)
    for part in path.parts[:-1]:
        while (parent / part).exists() and not (parent / part).is_dir():
            part += "_"
        parent = parent / part
        parent.mkdir(exist_ok=True)
    return parent


def _is_drive(part: str) -> bool:
    return len(part) == 2 and part[0].isalpha() and part[1] == ":"


def _safe_part(part: str) -> str:
    """Return one folder's or file's name, shortened before its suffix."""
    clean = "".join("_" if c in _FORBIDDEN or not c.isprintable() else c for c in part)
    clean = clean.strip(" ").rstrip(". ") or "_"
    stem, dot, suffix = clean.rpartition(".")
    if not dot or not stem or len(suffix) > 16:
        stem, dot, suffix = clean, "", ""
    room = _LONGEST_PART_BYTES - len(f"{dot}{suffix}".encode())
    stem = stem.encode()[:room].decode(errors="ignore").rstrip(". ") or "_"
    if is_device(stem):
        stem = f"_{stem}"
    return f"{stem}{dot}{suffix}"
